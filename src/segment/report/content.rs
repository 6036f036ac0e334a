//! What the report holds, as plain values.

use serde::Serialize;

use super::facts::ReportedFacts;
use super::worth::ReportedWorth;
use crate::dataset::Ledger;
use crate::segment::profile::{SegmentTotals, VariableProfile};

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
    /// Segments that have customers, undecided last; at most 16, the largest.
    pub segments: Vec<ReportedSegment>,
    /// Segments beyond those, added up.
    pub left_out: Option<LeftOut>,
    /// Columns that the model looks at.
    pub features: Vec<String>,
    /// How variables differ between these segments, the most distinguishing first; at most 40.
    pub variables: Vec<VariableProfile>,
    /// How many variables there are.
    pub variables_in_all: usize,
    /// The manifest's chart groups, as many as can be drawn.
    pub groups: Vec<ReportedGroup>,
    /// How many chart groups there are.
    pub groups_in_all: usize,
    /// What purchases or other facts say; absent without facts.
    pub facts: Option<ReportedFacts>,
    /// What the segments are expected to be worth in the next twelve months; absent where nothing was sold.
    pub worth: Option<ReportedWorth>,
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
    /// What sets the segment apart at least slightly, the strongest first; at most five variables.
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
