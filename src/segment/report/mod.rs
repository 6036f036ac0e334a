//! The report on a model's segments: what a manager takes away, as plain values. It covers all customers of the data set, whatever
//! is filtered elsewhere, and its numbers come from the functions that the pages ask.

mod content;
mod facts;
mod method;
mod story;
#[cfg(test)]
mod tests;
mod worth;

use super::Model;
use super::lifetime::LifetimeValues;
use super::profile::{SegmentTotals, SegmentWorth, VariableProfile, group_finding, profiles};
use super::scores::Score;
use super::verdict::{doubts, effect_words};
use crate::cluster::stability;
use crate::dataset::{Column, Dataset, DatasetError, Ledger, dates};
use crate::figures;
use crate::query::view::{mean, sum};
use crate::query::{Group, View};

pub use content::{
    Cleaning, LeftOut, Mark, Report, ReportedColumn, ReportedGroup, ReportedSegment, ReportedTrust, ReportedValue,
};
pub use facts::ReportedFacts;
pub use worth::ReportedWorth;

/// Most segments that are described one by one, the largest; an algorithm can find hundreds.
pub const SHOWN_SEGMENTS: usize = 16;

/// Most variables in the table of means; the model's features and then those that differ most.
pub const SHOWN_VARIABLES: usize = 40;

/// Most columns of a chart group that are drawn, those of the largest sums.
pub const SHOWN_COLUMNS: usize = 12;

/// Most bars of all chart groups together, a bar for each column and segment; it bounds the size of the page.
const SHOWN_BARS: usize = 400;

/// Most variables that are said to set a segment apart, and how many of them do without the value measure.
const MARKS: std::ops::RangeInclusive<usize> = 3..=5;

/// Seconds of a day.
const DAY: u64 = 86_400;

impl Report {
    /// The report on a model over all customers of a data set. `labels` holds the cluster of every customer as the data is now,
    /// `lifetimes` what customers are expected to be worth, where there are sales.
    ///
    /// # Errors
    /// [`DatasetError::Database`] when the facts are in a database that cannot be asked, [`DatasetError::Refused`] without a
    /// value measure.
    pub fn of(
        dataset: &Dataset,
        model: &Model,
        labels: &[i32],
        lifetimes: Option<&LifetimeValues>,
    ) -> Result<Self, DatasetError> {
        let view = View::all(&dataset.customers, Some(labels));
        let value = dataset.value().ok_or_else(|| DatasetError::refused("the value measure is gone"))?;
        let groups = view.by_segment();
        let total = sum(value, &view.rows);
        let has_shares = total > 0.0;
        let mut all_totals = SegmentWorth::of(&view, value, None).segments;
        if !has_shares {
            for totals in &mut all_totals {
                totals.value_share = f64::NAN;
            }
        }
        let (shown, left_out) = largest(&all_totals);
        let measures: Vec<&Column> = dataset.customers.measures().collect();
        let mut variables = profiles(&view, &measures);
        for variable in &mut variables {
            variable.segments.retain(|segment| shown.iter().any(|totals| totals.cluster == segment.cluster));
        }
        let segments: Vec<ReportedSegment> =
            shown.iter().map(|totals| segment(groups, value, model, totals, &variables)).collect();
        let clusters: Vec<i32> = shown.iter().map(|totals| totals.cluster).collect();
        let undecided_share = all_totals.iter().find(|t| t.cluster < 0).map_or(0.0, |t| t.customer_share);
        let report = Self {
            dataset: dataset.name.clone(),
            title: dataset.manifest.title.clone(),
            description: dataset.manifest.description.clone(),
            model: model.name.clone(),
            trained_on: dates::format_iso((model.trained_at / DAY) as f64),
            fingerprint: short_fingerprint(&dataset.fingerprint),
            current: model.is_fitted_to(dataset),
            synthetic: dataset.synthetic.as_ref().map(figures::origin),
            customers: view.rows.len(),
            value: ReportedValue {
                column: value.name.clone(),
                label: value.label.clone(),
                unit: value.unit.clone(),
                total,
                mean: mean(value, &view.rows),
                has_shares,
            },
            story: story::story(&view, dataset, model, &all_totals, &segments),
            features: model.recipe.features.clone(),
            variables_in_all: variables.len(),
            variables: kept_variables(variables, model),
            groups_in_all: dataset.manifest.group.len(),
            groups: groups_of(&view, dataset, model, &clusters),
            facts: facts::of(&view, dataset, labels, &clusters)?,
            worth: lifetimes.and_then(|lifetimes| worth::of(&view, dataset, lifetimes, &clusters)),
            method: method::method(dataset, model),
            trust: ReportedTrust {
                silhouette: model.scores.silhouette,
                silhouette_words: model.scores.silhouette.and_then(|score| Score::Silhouette.words(score)),
                undecided_share,
                imputed: model.scores.imputed,
                sentences: doubts(dataset, model),
            },
            cleaning: cleaning(dataset, value),
            segments,
            left_out,
        };
        Ok(report)
    }
}

/// The largest segments, undecided among them, in their own order; and the others added up.
fn largest(all: &[SegmentTotals]) -> (Vec<SegmentTotals>, Option<LeftOut>) {
    let mut ranked: Vec<&SegmentTotals> = all.iter().collect();
    // Undecided is said in any case; of equal sizes the first stays.
    ranked.sort_by_key(|totals| (totals.cluster >= 0, std::cmp::Reverse(totals.customers)));
    let others = ranked.split_off(ranked.len().min(SHOWN_SEGMENTS));
    let is_shown = |totals: &&SegmentTotals| others.iter().all(|other| other.cluster != totals.cluster);
    let shown = all.iter().filter(is_shown).cloned().collect();
    let added = |figure: fn(&SegmentTotals) -> f64| others.iter().map(|totals| figure(totals)).sum();
    let left_out = (!others.is_empty()).then(|| LeftOut {
        segments: others.len(),
        customers: others.iter().map(|totals| totals.customers).sum(),
        customer_share: added(|totals| totals.customer_share),
        value: added(|totals| totals.value),
        value_share: added(|totals| totals.value_share),
    });
    (shown, left_out)
}

fn segment(
    groups: &[Group],
    value: &Column,
    model: &Model,
    totals: &SegmentTotals,
    variables: &[VariableProfile],
) -> ReportedSegment {
    let cluster = totals.cluster;
    let rows = groups.iter().find(|group| group.key == cluster).map_or(&[][..], |group| &group.rows);
    let stable = model.stability(cluster).filter(|jaccard| jaccard.is_finite());
    let silhouettes = &model.scores.silhouette_per_cluster;
    ReportedSegment {
        name: model.segment_name(cluster).to_owned(),
        description: model.segment(cluster).map_or_else(String::new, |segment| segment.description.clone()),
        colour: model.segment(cluster).map_or(cluster, |segment| segment.colour),
        totals: totals.clone(),
        mean_value: mean(value, rows),
        marks: marks(variables, cluster, &value.name),
        silhouette: usize::try_from(cluster).ok().and_then(|at| silhouettes.get(at).copied()).filter(|s| s.is_finite()),
        stability: stable,
        stability_words: stable.map(stability::words),
    }
}

/// The variables in which a segment differs at least slightly from all customers, the farthest first, five at most. The value measure
/// has figures of its own and stands here only where there are not three others.
fn marks(variables: &[VariableProfile], cluster: i32, value: &str) -> Vec<Mark> {
    let mut found: Vec<Mark> = variables
        .iter()
        .filter_map(|variable| {
            let own = variable.segments.iter().find(|segment| segment.cluster == cluster)?;
            Some(Mark {
                column: variable.column.clone(),
                label: variable.label.clone(),
                mean: own.mean,
                mean_of_all: variable.mean,
                standardised: own.standardised,
                words: effect_words(own.standardised),
            })
        })
        .filter(|mark| mark.words != effect_words(0.0))
        .collect();
    found.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    if found.len() > *MARKS.start() {
        found.retain(|mark| mark.column != value);
    }
    found.truncate(*MARKS.end());
    found
}

/// The model's features and those that differ most, in the order of how much they differ.
fn kept_variables(variables: Vec<VariableProfile>, model: &Model) -> Vec<VariableProfile> {
    let is_feature = |variable: &VariableProfile| model.recipe.features.contains(&variable.column);
    let features = variables.iter().filter(|variable| is_feature(variable)).count().min(SHOWN_VARIABLES);
    let (mut own, mut others) = (features, SHOWN_VARIABLES - features);
    variables
        .into_iter()
        .filter(|variable| {
            let left = if is_feature(variable) { &mut own } else { &mut others };
            let keeps = *left > 0;
            *left = left.saturating_sub(1);
            keeps
        })
        .collect()
}

/// The chart groups as far as their bars do not become too many.
fn groups_of(view: &View<'_>, dataset: &Dataset, model: &Model, clusters: &[i32]) -> Vec<ReportedGroup> {
    let mut left = SHOWN_BARS / clusters.len().max(1);
    let segments = view.by_segment();
    let mut reported = Vec::new();
    for of in &dataset.manifest.group {
        let columns: Vec<&Column> = of.columns.iter().filter_map(|name| dataset.customers.column(name)).collect();
        let shown = with_largest_sums(view, &columns, left.min(SHOWN_COLUMNS));
        if shown.is_empty() {
            continue;
        }
        left -= shown.len();
        let means = |column: &Column| -> Vec<f64> {
            let group = |cluster: &i32| segments.iter().find(|group| group.key == *cluster);
            clusters.iter().map(|cluster| group(cluster).map_or(f64::NAN, |group| mean(column, &group.rows))).collect()
        };
        reported.push(ReportedGroup {
            label: of.label.clone(),
            finding: group_finding(view, &of.label, &columns, model),
            columns_in_all: columns.len(),
            columns: shown
                .into_iter()
                .map(|column| ReportedColumn {
                    column: column.name.clone(),
                    label: column.label.clone(),
                    mean: mean(column, &view.rows),
                    means: means(column),
                })
                .collect(),
        });
    }
    reported
}

/// As many columns as wanted, those of the largest sums, in their own order.
fn with_largest_sums<'a>(view: &View<'_>, columns: &[&'a Column], most: usize) -> Vec<&'a Column> {
    let mut ranked: Vec<(usize, f64)> = columns.iter().map(|column| sum(column, &view.rows)).enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut kept: Vec<usize> = ranked.into_iter().take(most).map(|(position, _)| position).collect();
    kept.sort_unstable();
    kept.into_iter().map(|position| columns[position]).collect()
}

fn cleaning(dataset: &Dataset, value: &Column) -> Vec<Cleaning> {
    let of = |rows, value_label: &str, unit: Option<String>, ledger: &Ledger| Cleaning {
        rows,
        value_label: value_label.to_owned(),
        unit,
        reconciles: ledger.reconciles(),
        ledger: ledger.clone(),
    };
    let of_facts = dataset.facts.as_ref().map(|facts| {
        let (rows, label) = if facts.has_amounts { ("Sales", "Sales") } else { ("Facts", "") };
        of(rows, label, Some(dataset.manifest.currency.clone()), &facts.ledger)
    });
    of_facts.into_iter().chain([of("Customers", &value.label, value.unit.clone(), &dataset.ledger)]).collect()
}

/// The first eight digits of either half: of the files, and of what is done with them.
fn short_fingerprint(fingerprint: &str) -> String {
    let part = |from: usize| fingerprint.get(from..from + 8);
    match (part(0), part(16)) {
        (Some(files), Some(settings)) => format!("{files}-{settings}"),
        _ => fingerprint.to_owned(),
    }
}
