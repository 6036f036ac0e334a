//! How segments differ: means, medians, effect sizes, and the findings in words.

use rayon::prelude::*;
use serde::Serialize;

use crate::dataset::{Column, Dataset};
use crate::figures;
use crate::query::View;
use crate::query::view::{mean, pick, sum};
use crate::segment::Model;
use crate::stats::describe::median;
use crate::stats::tests_of_difference::eta_squared;

/// One variable over the segments of a view.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct VariableProfile {
    /// Column name.
    pub column: String,
    /// Column label.
    pub label: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// Share of the variable's variance that lies between the segments, 0 to 1.
    pub eta_squared: f64,
    /// Mean over all chosen customers.
    pub mean: f64,
    /// Median over all chosen customers.
    pub median: f64,
    /// A line a segment.
    pub segments: Vec<SegmentProfile>,
}

/// One variable in one segment.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SegmentProfile {
    /// Cluster; -1 is undecided.
    pub cluster: i32,
    /// Mean.
    pub mean: f64,
    /// Median.
    pub median: f64,
    /// Mean in standard deviations from the mean of all chosen customers.
    pub standardised: f64,
}

/// Profiles of columns over the view's segments, the most distinguishing first.
#[must_use]
pub fn profiles(view: &View<'_>, columns: &[&Column]) -> Vec<VariableProfile> {
    let groups = view.by_segment();
    let mut profiles: Vec<VariableProfile> = columns
        .par_iter()
        .map(|column| {
            let all = view.numbers(column);
            let values: Vec<Vec<f64>> = groups.iter().map(|group| finite(pick(column, &group.rows))).collect();
            let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
            let overall = mean(column, &view.rows);
            let std = population_std(&all, overall);
            VariableProfile {
                column: column.name.clone(),
                label: column.label.clone(),
                unit: column.unit.clone(),
                eta_squared: eta_squared(&slices),
                mean: overall,
                median: median(&all),
                segments: groups
                    .iter()
                    .zip(&values)
                    .map(|(group, values)| {
                        let own = mean(column, &group.rows);
                        SegmentProfile {
                            cluster: group.key,
                            mean: own,
                            median: median(values),
                            standardised: if std > 0.0 { (own - overall) / std } else { 0.0 },
                        }
                    })
                    .collect(),
            }
        })
        .collect();
    let strength = |profile: &VariableProfile| if profile.eta_squared.is_nan() { -1.0 } else { profile.eta_squared };
    profiles.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    profiles
}

fn finite(mut values: Vec<f64>) -> Vec<f64> {
    values.retain(|value| value.is_finite());
    values
}

fn population_std(values: &[f64], mean: f64) -> f64 {
    let (mut total, mut count) = (0.0, 0.0);
    for value in values.iter().filter(|value| value.is_finite()) {
        total += (value - mean).powi(2);
        count += 1.0;
    }
    (total / count).sqrt()
}

/// The variables to picture segments by: the model's features, and those that distinguish most, without repetition.
#[must_use]
pub fn leading(profiles: &[VariableProfile], features: &[String], most: usize) -> Vec<VariableProfile> {
    let (own, others): (Vec<_>, Vec<_>) =
        profiles.iter().cloned().partition(|profile| features.contains(&profile.column));
    own.into_iter().chain(others).take(most).collect()
}

/// What a segment, or all of the chosen customers, is worth.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct SegmentTotals {
    /// Cluster; -1 is undecided. 0 where it is all of them.
    pub cluster: i32,
    /// Chosen customers.
    pub customers: usize,
    /// Share of the chosen customers.
    pub customer_share: f64,
    /// Sum of the value measure.
    pub value: f64,
    /// Share of that sum.
    pub value_share: f64,
    /// Value divided by visits, a ratio of sums; `None` without a visits column or visits.
    pub value_per_visit: Option<f64>,
    /// Mean of the value measure over those who have one; NaN when nobody has.
    #[serde(skip)]
    pub mean_value: f64,
    /// Sum of the visits column.
    #[serde(skip)]
    pub visits: Option<f64>,
}

/// What the chosen customers are worth: the one place where pages, report and API take it from.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentWorth {
    /// All of them.
    pub all: SegmentTotals,
    /// Each segment that has some, in the order of the clusters.
    pub segments: Vec<SegmentTotals>,
}

impl SegmentWorth {
    /// Adds up the value measure, and visits where there are some.
    #[must_use]
    pub fn of(view: &View<'_>, value: &Column, visits: Option<&Column>) -> Self {
        let all = sum(value, &view.rows);
        let totals = |cluster: i32, rows: &[u32]| {
            let own = sum(value, rows);
            let visits = visits.map(|visits| sum(visits, rows));
            SegmentTotals {
                cluster,
                customers: rows.len(),
                customer_share: rows.len() as f64 / view.rows.len() as f64,
                value: own,
                value_share: if all == 0.0 { 0.0 } else { own / all },
                value_per_visit: visits.map(|visits| own / visits).filter(|ratio| ratio.is_finite()),
                mean_value: mean(value, rows),
                visits,
            }
        };
        let segments = view.by_segment().iter().map(|group| totals(group.key, &group.rows)).collect();
        Self { all: SegmentTotals { customer_share: 1.0, value_share: 1.0, ..totals(0, &view.rows) }, segments }
    }
}

/// Three plain sentences on the view's segments, whose totals are given, each with the numbers behind it.
#[must_use]
pub fn findings(view: &View<'_>, dataset: &Dataset, model: &Model, totals: &[SegmentTotals]) -> Vec<String> {
    let mut findings = Vec::new();
    let Some(value) = dataset.value() else { return findings };
    let decided: Vec<&SegmentTotals> = totals.iter().filter(|t| t.cluster >= 0).collect();
    let sum_of_all: f64 = totals.iter().map(|totals| totals.value).sum();
    if let Some(top) = decided.iter().max_by(|a, b| a.value_share.total_cmp(&b.value_share))
        && sum_of_all > 0.0
    {
        findings.push(format!(
            "{} are {} of customers and bring {} of {} ({} of {}).",
            model.segment_name(top.cluster),
            figures::percent(top.customer_share),
            figures::percent(top.value_share),
            lower(&value.label),
            figures::with_unit(&figures::short(top.value), value.unit.as_deref()),
            figures::with_unit(&figures::short(sum_of_all), value.unit.as_deref()),
        ));
    }
    let per_head = |t: &SegmentTotals| t.value / t.customers as f64;
    let richest = decided.iter().max_by(|a, b| per_head(a).total_cmp(&per_head(b)));
    let poorest = decided.iter().min_by(|a, b| per_head(a).total_cmp(&per_head(b)));
    if let (Some(high), Some(low)) = (richest, poorest)
        && high.cluster != low.cluster
        && per_head(low) > 0.0
    {
        findings.push(format!(
            "A customer of {} is worth {} times one of {}: {} against {} of {} on average.",
            model.segment_name(high.cluster),
            figures::number((per_head(high) / per_head(low) * 10.0).round() / 10.0),
            model.segment_name(low.cluster),
            figures::of_column(per_head(high), value),
            figures::of_column(per_head(low), value),
            lower(&value.label),
        ));
    }
    let others: Vec<&Column> = dataset
        .customers
        .numeric()
        .filter(|column| !model.recipe.features.contains(&column.name) && column.name != value.name)
        .collect();
    if let Some(profile) = profiles(view, &others).into_iter().find(|p| p.eta_squared.is_finite()) {
        let extreme = |sign: f64| {
            profile
                .segments
                .iter()
                .filter(|s| s.cluster >= 0 && s.mean.is_finite())
                .max_by(|a, b| (sign * a.mean).total_cmp(&(sign * b.mean)))
        };
        if let (Some(high), Some(low), Some(column)) =
            (extreme(1.0), extreme(-1.0), dataset.customers.column(&profile.column))
        {
            findings.push(format!(
                "Beyond the model's own features, segments differ most in {}: {} on average in {}, {} in {}.",
                lower(&profile.label),
                figures::of_column(high.mean, column),
                model.segment_name(high.cluster),
                figures::of_column(low.mean, column),
                model.segment_name(low.cluster),
            ));
        }
    }
    findings
}

/// Least share of a group's total that a segment must have to be said to stand out in it.
const LEAST_SHARE: f64 = 0.05;

/// One sentence on the columns of a chart group: which brings most, and where a segment stands out.
#[must_use]
pub fn group_finding(view: &View<'_>, label: &str, columns: &[&Column], model: &Model) -> Option<String> {
    let totals: Vec<f64> = columns.iter().map(|column| sum(column, &view.rows)).collect();
    let all: f64 = totals.iter().sum();
    let top = (0..columns.len()).max_by(|a, b| totals[*a].total_cmp(&totals[*b]))?;
    if all <= 0.0 {
        return None;
    }
    let mut text =
        format!("{}: {} leads with {} of the total.", label, columns[top].label, figures::percent(totals[top] / all));
    let mut widest: Option<(f64, i32, usize, f64)> = None;
    for group in view.by_segment().iter().filter(|group| group.key >= 0) {
        let own: Vec<f64> = columns.iter().map(|column| sum(column, &group.rows)).collect();
        let own_all: f64 = own.iter().sum();
        if own_all < all * LEAST_SHARE {
            continue;
        }
        for index in 0..columns.len() {
            let gap = own[index] / own_all - totals[index] / all;
            if gap.is_finite() && widest.is_none_or(|(best, ..)| gap > best) {
                widest = Some((gap, group.key, index, own[index] / own_all));
            }
        }
    }
    if let Some((gap, cluster, index, share)) = widest
        && gap >= 0.02
    {
        text.push_str(&format!(
            " {} takes {} in {}, against {} overall.",
            columns[index].label,
            figures::percent(share),
            model.segment_name(cluster),
            figures::percent(totals[index] / all)
        ));
    }
    Some(text)
}

fn lower(label: &str) -> String {
    let mut chars = label.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
