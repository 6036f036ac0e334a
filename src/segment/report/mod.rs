//! The report on a model's segments: what a manager takes away, as plain values. It covers all customers of the data set, whatever
//! is filtered elsewhere, and its numbers come from the functions that the pages ask.

mod facts;
mod method;
mod story;
#[cfg(test)]
mod tests;

use serde::Serialize;

use super::Model;
use super::explore::silhouette_words;
use super::profile::{SegmentTotals, VariableProfile, group_finding, profiles, totals};
use super::verdict::{doubts, effect_words};
use crate::cluster::stability;
use crate::dataset::manifest::ChartGroup;
use crate::dataset::{Column, Dataset, DatasetError, Ledger, dates};
use crate::figures;
use crate::query::view::{mean, sum};
use crate::query::{Group, View};

pub use facts::ReportedFacts;

/// Most segments that are described one by one, the largest; an algorithm can find hundreds.
pub const SHOWN_SEGMENTS: usize = 24;

/// Most variables in the table of means; the model's features and then those that differ most.
pub const SHOWN_VARIABLES: usize = 40;

/// Most columns of a chart group that are drawn, those of the largest sums.
pub const SHOWN_COLUMNS: usize = 12;

/// Variables that set a segment apart.
const MARKS: std::ops::RangeInclusive<usize> = 3..=5;

/// Seconds of a day.
const DAY: u64 = 86_400;

/// What the report holds.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Report {
    /// Name of the data set.
    pub dataset: String,
    /// Its title.
    pub title: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Name of the model.
    pub model: String,
    /// Day on which the model was trained, UTC.
    pub trained_on: String,
    /// Short form of the data's fingerprint.
    pub fingerprint: String,
    /// Whether the data is still what the model was trained on.
    pub current: bool,
    /// How the data was made, when it is synthetic.
    pub synthetic: Option<String>,
    /// All customers.
    pub customers: usize,
    /// What a customer is worth.
    pub value: ReportedValue,
    /// The findings in a few sentences.
    pub story: Vec<String>,
    /// Segments that have customers, undecided last; at most 24, the largest.
    pub segments: Vec<ReportedSegment>,
    /// Segments beyond those, added up.
    pub left_out: Option<LeftOut>,
    /// Columns that the model looks at.
    pub features: Vec<String>,
    /// How variables differ between these segments, the most distinguishing first; at most 40.
    pub variables: Vec<VariableProfile>,
    /// How many variables there are.
    pub variables_in_all: usize,
    /// The manifest's chart groups.
    pub groups: Vec<ReportedGroup>,
    /// What purchases or other facts say; absent without facts.
    pub facts: Option<ReportedFacts>,
    /// What was done, in sentences.
    pub method: Vec<String>,
    /// How far the result can be trusted.
    pub trust: ReportedTrust,
    /// What cleaning did: to the facts, where there are some, and to the customers.
    pub cleaning: Vec<Cleaning>,
}

/// The value measure over all customers.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedValue {
    /// Column.
    pub column: String,
    /// Name for people.
    pub label: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// Sum; missing values count as 0.
    pub total: f64,
    /// Mean of the known values; `null` without one.
    pub mean: f64,
    /// Whether shares of the sum mean something: it is above 0.
    pub has_shares: bool,
}

/// A segment.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedSegment {
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
    /// Position in the palette; -1 is the grey of undecided.
    pub colour: i32,
    /// Customers and value; the share of value is `null` when it means nothing.
    #[serde(flatten)]
    pub totals: SegmentTotals,
    /// Mean of the value measure's known values; `null` without one.
    pub mean_value: f64,
    /// What sets the segment apart, the strongest first; at most five variables.
    pub marks: Vec<Mark>,
    /// Mean silhouette; `null` for undecided and where it is undefined.
    pub silhouette: Option<f64>,
    /// How surely it is found again, 0 to 1; `null` where that was not measured.
    pub stability: Option<f64>,
    /// The same in words.
    pub stability_words: Option<&'static str>,
}

/// A variable in which a segment differs from all customers.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Mark {
    /// Column.
    pub column: String,
    /// Name for people.
    pub label: String,
    /// Mean in the segment.
    pub mean: f64,
    /// Mean of all customers.
    pub mean_of_all: f64,
    /// Difference in standard deviations of all customers.
    pub standardised: f64,
    /// The difference in words.
    pub words: &'static str,
}

/// Segments that are not described one by one.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LeftOut {
    /// How many.
    pub segments: usize,
    /// Their customers.
    pub customers: usize,
    /// Share of all customers.
    pub customer_share: f64,
    /// Their value.
    pub value: f64,
    /// Share of the value; `null` when it means nothing.
    pub value_share: f64,
}

/// A chart group by segment.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedGroup {
    /// Name for people.
    pub label: String,
    /// What stands out, where something does.
    pub finding: Option<String>,
    /// Its columns; at most 12, those of the largest sums, in the manifest's order.
    pub columns: Vec<ReportedColumn>,
    /// How many columns the group has.
    pub columns_in_all: usize,
}

/// A column of a chart group.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedColumn {
    /// Column.
    pub column: String,
    /// Name for people.
    pub label: String,
    /// Mean of all customers.
    pub mean: f64,
    /// Mean in each segment, in the order of the segments.
    pub means: Vec<f64>,
}

/// How far the result can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedTrust {
    /// Mean silhouette of the model; `null` with fewer than two segments.
    pub silhouette: Option<f64>,
    /// What that says of the structure.
    pub silhouette_words: Option<&'static str>,
    /// Share of the customers without a segment.
    pub undecided_share: f64,
    /// Customers of the fit with an unknown feature.
    pub imputed: usize,
    /// All of it in sentences.
    pub sentences: Vec<String>,
}

/// What cleaning did to a table.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Cleaning {
    /// What the rows are.
    pub rows: &'static str,
    /// Name of what is added up; empty where nothing is.
    pub value_label: String,
    /// Its unit, where there is one.
    pub unit: Option<String>,
    /// What each rule did.
    pub ledger: Ledger,
    /// Whether its rows and sums add up.
    pub reconciles: bool,
}

impl Report {
    /// The report on a model over all customers of a data set; `labels` holds the cluster of every customer as the data is now.
    ///
    /// # Errors
    /// [`DatasetError::Database`] when the facts are in a database that cannot be asked, [`DatasetError::Refused`] without a
    /// value measure.
    pub fn of(dataset: &Dataset, model: &Model, labels: &[i32]) -> Result<Self, DatasetError> {
        let view = View::all(&dataset.customers, Some(labels));
        let value = dataset.value().ok_or_else(|| DatasetError::refused("the value measure is gone"))?;
        let groups = view.by_segment();
        let total = sum(value, &view.rows);
        let has_shares = total > 0.0;
        let mut all_totals = totals(&view, value, None);
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
            shown.iter().map(|totals| segment(&groups, value, model, totals, &variables)).collect();
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
            groups: dataset
                .manifest
                .group
                .iter()
                .filter_map(|of| group(&view, dataset, model, of, &clusters))
                .collect(),
            facts: facts::of(&view, dataset, labels, &clusters)?,
            method: method::method(dataset, model),
            trust: ReportedTrust {
                silhouette: model.scores.silhouette,
                silhouette_words: model.scores.silhouette.map(silhouette_words),
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

/// The variables in which a segment is farthest from all customers: five that differ at least slightly, or three that differ at
/// all. The value measure has figures of its own and is left out where there is another variable.
fn marks(variables: &[VariableProfile], cluster: i32, value: &str) -> Vec<Mark> {
    let mut found: Vec<Mark> = variables
        .iter()
        .filter(|variable| variables.len() == 1 || variable.column != value)
        .filter_map(|variable| {
            let own = variable.segments.iter().find(|segment| segment.cluster == cluster)?;
            (own.standardised.is_finite() && own.standardised.abs() > 1e-9).then(|| Mark {
                column: variable.column.clone(),
                label: variable.label.clone(),
                mean: own.mean,
                mean_of_all: variable.mean,
                standardised: own.standardised,
                words: effect_words(own.standardised),
            })
        })
        .collect();
    found.sort_by(|a, b| b.standardised.abs().total_cmp(&a.standardised.abs()));
    let notable = found.iter().take_while(|mark| mark.words != effect_words(0.0)).count();
    found.truncate(notable.clamp(*MARKS.start(), *MARKS.end()));
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

fn group(
    view: &View<'_>,
    dataset: &Dataset,
    model: &Model,
    of: &ChartGroup,
    clusters: &[i32],
) -> Option<ReportedGroup> {
    let columns: Vec<&Column> = of.columns.iter().filter_map(|name| dataset.customers.column(name)).collect();
    let finding = group_finding(view, &of.label, &columns, model);
    let mut ranked: Vec<(usize, f64)> = columns.iter().map(|column| sum(column, &view.rows)).enumerate().collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    let kept: Vec<usize> = ranked.into_iter().take(SHOWN_COLUMNS).map(|(position, _)| position).collect();
    let groups = view.by_segment();
    let means = |column: &Column| {
        let of_cluster = |cluster: &i32| groups.iter().find(|group| group.key == *cluster);
        clusters.iter().map(|cluster| of_cluster(cluster).map_or(f64::NAN, |group| mean(column, &group.rows))).collect()
    };
    let reported: Vec<ReportedColumn> = columns
        .iter()
        .enumerate()
        .filter(|(position, _)| kept.contains(position))
        .map(|(_, column)| ReportedColumn {
            column: column.name.clone(),
            label: column.label.clone(),
            mean: mean(column, &view.rows),
            means: means(column),
        })
        .collect();
    (!reported.is_empty()).then(|| ReportedGroup {
        label: of.label.clone(),
        finding,
        columns_in_all: columns.len(),
        columns: reported,
    })
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
