//! A card a segment.

use super::svg::{Item, Svg, diverging};
use super::written::{amount, colour, mean_text};
use crate::dataset::{Column, Dataset};
use crate::figures;
use crate::segment::profile::{VariableProfile, leading};
use crate::segment::report::{Mark, Report, ReportedSegment};
use crate::segment::scores::Score;

/// Variables in the little picture of each segment.
const PICTURED: usize = 8;

/// Standard deviations that fill a side of that picture; more are written and end there.
const MOST_DEVIATIONS: f64 = 3.0;

/// A segment's card.
pub(super) struct SegmentPart {
    pub name: String,
    pub description: String,
    pub colour: String,
    pub facts: Vec<SegmentFact>,
    pub marks: Vec<MarkRow>,
    pub picture: Svg,
}

/// A figure of a segment; the note may be empty.
pub(super) struct SegmentFact {
    pub label: String,
    pub value: String,
    pub note: String,
}

/// A variable that sets it apart.
pub(super) struct MarkRow {
    pub label: String,
    pub mean: String,
    pub all: String,
    pub words: &'static str,
}

/// The cards of all segments.
pub(super) fn segments(dataset: &Dataset, report: &Report, value: Option<&Column>) -> Vec<SegmentPart> {
    let pictured = leading(&report.variables, &report.features, PICTURED);
    let standardised = pictured.iter().flat_map(|variable| &variable.segments).map(|own| own.standardised.abs());
    let most = standardised.filter(|z| z.is_finite()).fold(1.0, f64::max).min(MOST_DEVIATIONS);
    report
        .segments
        .iter()
        .enumerate()
        .map(|(at, segment)| SegmentPart {
            name: segment.name.clone(),
            description: segment.description.clone(),
            colour: colour(segment),
            facts: segment_facts(report, segment, value),
            marks: segment.marks.iter().map(|mark| mark_row(dataset, mark)).collect(),
            picture: picture(at, segment, &pictured, most),
        })
        .collect()
}

fn mark_row(dataset: &Dataset, mark: &Mark) -> MarkRow {
    let column = dataset.customers.column(&mark.column);
    MarkRow {
        label: mark.label.clone(),
        mean: mean_text(mark.mean, column),
        all: mean_text(mark.mean_of_all, column),
        words: mark.words,
    }
}

fn picture(at: usize, segment: &ReportedSegment, pictured: &[VariableProfile], most: f64) -> Svg {
    let items: Vec<Item> = pictured
        .iter()
        .filter_map(|variable| {
            let own = variable.segments.iter().find(|own| own.cluster == segment.totals.cluster)?;
            let rounded = (own.standardised * 100.0).round() / 100.0;
            let sign = if rounded > 0.0 { "+" } else { "" };
            Some(Item {
                name: variable.label.clone(),
                colour: colour(segment),
                value: own.standardised,
                text: format!("{sign}{}", figures::number(rounded)),
            })
        })
        .collect();
    diverging(
        &format!("means-{at}"),
        &format!("{}: means in standard deviations from all customers", segment.name),
        &items,
        most,
    )
}

fn segment_facts(report: &Report, segment: &ReportedSegment, value: Option<&Column>) -> Vec<SegmentFact> {
    let own = &segment.totals;
    let label = &report.value.label;
    let lower = label.to_lowercase();
    let fact = |label: String, value: String, note: String| SegmentFact { label, value, note };
    let mut facts = vec![
        fact("Customers".to_owned(), figures::count(own.customers), String::new()),
        fact("Share of customers".to_owned(), figures::percent(own.customer_share), String::new()),
        fact(label.clone(), amount(report, &figures::short(own.value)), String::new()),
        fact(format!("Share of {lower}"), figures::percent(own.value_share), String::new()),
        fact(
            format!("Mean {lower}"),
            mean_text(segment.mean_value, value),
            format!("{} against all", figures::relative(segment.mean_value, report.value.mean)),
        ),
    ];
    if let (Some(words), Some(stability)) = (segment.stability_words, segment.stability) {
        facts.push(fact(
            "Found again".to_owned(),
            words.to_owned(),
            format!("stability {}", Score::Stability.text(Some(stability))),
        ));
    }
    facts
}
