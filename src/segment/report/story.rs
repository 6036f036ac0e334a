//! The story of a segmentation in three to six sentences.

use super::ReportedSegment;
use crate::dataset::Dataset;
use crate::figures;
use crate::query::View;
use crate::segment::Model;
use crate::segment::names::lower_first;
use crate::segment::profile::{SegmentTotals, findings};
use crate::segment::scores::Score;
use crate::segment::verdict::reliable;

/// Segments whose mark is told; the others have theirs on their cards.
const TOLD: usize = 6;

/// How many segments there are, what they are worth, what sets them apart, and how far that can be trusted.
pub(super) fn story(
    view: &View<'_>,
    dataset: &Dataset,
    model: &Model,
    totals: &[SegmentTotals],
    segments: &[ReportedSegment],
) -> Vec<String> {
    let decided: Vec<&SegmentTotals> = totals.iter().filter(|totals| totals.cluster >= 0).collect();
    let mut told = vec![opening(view.rows.len(), model, totals, &decided)];
    if decided.is_empty() {
        told.push(
            "The algorithm found no group that is dense enough; try a larger radius, fewer neighbours, or another algorithm."
                .to_owned(),
        );
        return told;
    }
    if totals.len() > 1 {
        let mut found = findings(view, dataset, model, totals).into_iter();
        told.extend(found.by_ref().take(2));
        told.extend(marks(segments));
        told.extend(found);
    }
    told.extend(trust(model));
    told
}

fn opening(customers: usize, model: &Model, totals: &[SegmentTotals], decided: &[&SegmentTotals]) -> String {
    let all = figures::count(customers);
    let undecided = totals.iter().find(|totals| totals.cluster < 0).map(|totals| totals.customer_share);
    let Some(largest) = decided.iter().rev().max_by_key(|totals| totals.customers) else {
        return format!("None of {all} customers is placed in a segment: all of them are undecided.");
    };
    let name = model.segment_name(largest.cluster);
    let share = figures::percent(largest.customer_share);
    let of_model = match model.n_clusters() {
        count if count > decided.len() => format!(" of the model's {count}"),
        _ => String::new(),
    };
    let mut text = match (decided.len(), customers) {
        (1, 1) => format!("There is one customer, in the segment {name}."),
        (1, _) if undecided.is_none() => format!("All {all} customers are in one segment, {name}."),
        (1, _) => format!("{share} of {all} customers are in the one segment there is, {name}."),
        (count, _) => {
            format!("{all} customers fall into {count}{of_model} segments; the largest, {name}, holds {share} of them.")
        }
    };
    if let Some(undecided) = undecided {
        text.push_str(&format!(" {} fit none and stay undecided.", figures::percent(undecided)));
    }
    text
}

/// The strongest mark of each segment, of the largest when there are many.
fn marks(segments: &[ReportedSegment]) -> Option<String> {
    let mut ranked: Vec<&ReportedSegment> =
        segments.iter().filter(|segment| segment.totals.cluster >= 0 && !segment.marks.is_empty()).collect();
    let many = ranked.len() > TOLD;
    if many {
        ranked.sort_by_key(|segment| std::cmp::Reverse(segment.totals.customers));
        ranked.truncate(TOLD);
    }
    let parts: Vec<String> = ranked
        .iter()
        .filter_map(|segment| {
            let mark = segment.marks.first()?;
            Some(format!("{} ({} {})", segment.name, lower_first(&mark.label), mark.words))
        })
        .collect();
    let whom = if many { "the six largest" } else { "them" };
    (!parts.is_empty()).then(|| format!("What sets {whom} apart most: {}.", parts.join("; ")))
}

fn trust(model: &Model) -> Option<String> {
    let scores = &model.scores;
    let silhouette = scores.silhouette?;
    let mut text = format!(
        "The division shows {} structure (silhouette {})",
        Score::Silhouette.words(silhouette)?,
        Score::Silhouette.text(Some(silhouette))
    );
    if !scores.stability.is_empty() {
        text.push_str(&format!(
            ", and {} of {} segments are found again reliably when customers are drawn again",
            reliable(scores),
            scores.stability.len()
        ));
    }
    text.push('.');
    Some(text)
}
