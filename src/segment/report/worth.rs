//! What the segments are expected to be worth.

use serde::Serialize;

use crate::dataset::{Dataset, dates};
use crate::query::View;
use crate::segment::lifetime::{Expectation, LifetimeValues};

/// What is expected of the segments in the twelve months after the snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedWorth {
    /// Day from which on it is expected.
    pub from: String,
    /// The expectation of all in a sentence, or why nothing can be told.
    pub sentence: String,
    /// Whether something can be told.
    pub is_known: bool,
    /// Whether the value of orders is told, and not only their number.
    pub has_values: bool,
    /// All customers.
    pub all: Expectation,
    /// The segments, in the order of the report's.
    pub segments: Vec<Expectation>,
    /// What to doubt.
    pub notes: Vec<String>,
}

/// The expectations of some clusters; `None` without facts.
pub(super) fn of(
    view: &View<'_>,
    dataset: &Dataset,
    lifetimes: &LifetimeValues,
    clusters: &[i32],
) -> Option<ReportedWorth> {
    let from = dates::format_iso(f64::from(dataset.facts.as_ref()?.snapshot));
    let all = lifetimes.expect(0, &view.rows);
    let mut segments = lifetimes.by_segment(view);
    segments.retain(|segment| clusters.contains(&segment.cluster));
    Some(ReportedWorth {
        sentence: lifetimes
            .failure
            .clone()
            .unwrap_or_else(|| lifetimes.sentence(&all, &from, &dataset.manifest.currency)),
        is_known: lifetimes.failure.is_none() && all.known > 0,
        has_values: lifetimes.has_values(),
        notes: lifetimes.notes.clone(),
        from,
        all,
        segments,
    })
}
