//! The report's page: values become texts, tables and pictures.

use askama::Template;

use super::cards::{SegmentPart, segments};
use super::comparison::{CompareTable, compare};
use super::glossary::{Word, words};
use super::groups::{GroupPart, group_part};
use super::svg::{Item, Row, Shape, Svg, stacked};
use super::what_facts_say::{FactsPart, WorthPart};
use super::written::{TotalsRow, amount, colour, mean_text};
use crate::dataset::{Column, Dataset, LedgerEntry};
use crate::figures;
use crate::segment::report::{Cleaning, Report, ReportedSegment};
use crate::segment::scores::Score;
use crate::web::charts::palette;

/// Most notes of a ledger.
const SHOWN_NOTES: usize = 20;

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    report: &'a Report,
    customers: String,
    facts_title: String,
    cards: Vec<Headline>,
    shares: Svg,
    no_shares: Option<String>,
    header: Vec<String>,
    totals: Vec<TotalsRow>,
    segments: Vec<SegmentPart>,
    compared: Vec<CompareTable>,
    groups: Vec<GroupPart>,
    facts: Option<FactsPart>,
    worth: Option<WorthPart>,
    trust: Vec<TrustRow>,
    cleaning: Vec<CleaningPart>,
    words: Vec<Word>,
}

/// A figure above everything.
struct Headline {
    label: String,
    value: String,
    note: String,
}

impl Headline {
    fn new(label: impl Into<String>, value: String, note: impl Into<String>) -> Self {
        Self { label: label.into(), value, note: note.into() }
    }
}

struct TrustRow {
    name: String,
    colour: String,
    cells: [String; 3],
    words: &'static str,
}

struct CleaningPart {
    rows: &'static str,
    sentence: String,
    reconciles: bool,
    value_label: String,
    entries: Vec<[String; 6]>,
    notes: Vec<String>,
}

/// The report on a data set as an HTML page that needs nothing beside it. The same report gives the same bytes.
///
/// # Errors
/// Only when the template cannot be written, which is a defect of the program.
pub fn html(dataset: &Dataset, report: &Report) -> askama::Result<String> {
    let column = |name: &str| dataset.customers.column(name);
    let value = column(&report.value.column);
    let facts = report.facts.as_ref().map(|facts| FactsPart::of(dataset, report, facts));
    ReportPage {
        report,
        customers: figures::count(report.customers),
        facts_title: facts.as_ref().map_or_else(String::new, |facts| facts.title.clone()),
        cards: cards(report, value),
        shares: shares(report),
        no_shares: no_shares(report),
        header: header(report),
        totals: totals(report, value),
        segments: segments(dataset, report, value),
        compared: compare(dataset, report),
        groups: report.groups.iter().enumerate().map(|(at, group)| group_part(dataset, report, at, group)).collect(),
        facts,
        worth: report.worth.as_ref().map(|worth| WorthPart::of(dataset, report, worth)),
        trust: report.segments.iter().filter(|segment| segment.totals.cluster >= 0).map(trust_row).collect(),
        cleaning: report.cleaning.iter().map(cleaning_part).collect(),
        words: words(report),
    }
    .render()
}

fn cards(report: &Report, value: Option<&Column>) -> Vec<Headline> {
    let decided = report.segments.iter().filter(|segment| segment.totals.cluster >= 0).count();
    let found = decided + report.left_out.as_ref().map_or(0, |others| others.segments);
    let label = report.value.label.to_lowercase();
    let mut cards = vec![
        Headline::new("Customers", figures::count(report.customers), "all of the data set"),
        Headline::new(report.value.label.clone(), amount(report, &figures::short(report.value.total)), "all customers"),
        Headline::new(format!("Mean {label}"), mean_text(report.value.mean, value), "per customer"),
        Headline::new("Segments", figures::count(found), "with customers"),
        Headline::new("Undecided", figures::percent(report.trust.undecided_share), "customers without a segment"),
    ];
    if let (Some(score), Some(words)) = (report.trust.silhouette, report.trust.silhouette_words) {
        let note = format!("{words} structure; {}", Score::Silhouette.range());
        cards.push(Headline::new(Score::Silhouette.title(), Score::Silhouette.text(Some(score)), note));
    }
    cards
}

/// Why shares of value are not drawn.
fn no_shares(report: &Report) -> Option<String> {
    let label = report.value.label.to_lowercase();
    if !report.value.has_shares {
        return Some(format!(
            "The sum of {label} over all customers is {}, so shares of it mean nothing and are left out.",
            amount(report, &figures::number(report.value.total))
        ));
    }
    report.segments.iter().any(|segment| segment.totals.value < 0.0).then(|| {
        format!("A segment's {label} adds up to less than 0, so shares of it cannot be drawn; the table has them.")
    })
}

fn shares(report: &Report) -> Svg {
    let row = |label: String, share: fn(&ReportedSegment) -> f64, others: Option<f64>| Row {
        label,
        parts: report
            .segments
            .iter()
            .map(|segment| (segment.name.clone(), colour(segment), share(segment)))
            .chain(others.map(|others| ("All other segments".to_owned(), palette::UNDECIDED.to_owned(), others)))
            .map(|(name, colour, value)| Item { name, colour, value, text: figures::percent(value) })
            .collect(),
    };
    let left_out = report.left_out.as_ref();
    let mut rows = vec![row(
        "Share of customers".to_owned(),
        |segment| segment.totals.customer_share,
        left_out.map(|others| others.customer_share),
    )];
    if no_shares(report).is_none() {
        rows.push(row(
            format!("Share of {}", report.value.label.to_lowercase()),
            |segment| segment.totals.value_share,
            left_out.map(|others| others.value_share),
        ));
    }
    stacked("shares", "How the segments share customers and value", &rows)
}

fn header(report: &Report) -> Vec<String> {
    let label = &report.value.label;
    ["Customers", "Share", label, &format!("Share of {}", label.to_lowercase()), "Mean"].map(ToString::to_string).into()
}

fn totals(report: &Report, value: Option<&Column>) -> Vec<TotalsRow> {
    let cells = |customers: usize, share: f64, total: f64, value_share: f64, mean: String| {
        vec![
            figures::count(customers),
            figures::percent(share),
            amount(report, &figures::number(total)),
            figures::percent(value_share),
            mean,
        ]
    };
    let of_segment = |segment: &ReportedSegment| {
        let own = &segment.totals;
        let mean = mean_text(segment.mean_value, value);
        TotalsRow {
            name: segment.name.clone(),
            colour: colour(segment),
            cells: cells(own.customers, own.customer_share, own.value, own.value_share, mean),
        }
    };
    let mut rows: Vec<TotalsRow> = report.segments.iter().map(of_segment).collect();
    rows.extend(report.left_out.as_ref().map(|others| TotalsRow {
        name: format!("{} other segments", figures::count(others.segments)),
        colour: String::new(),
        cells: cells(others.customers, others.customer_share, others.value, others.value_share, "–".to_owned()),
    }));
    let whole = if report.value.has_shares { 1.0 } else { f64::NAN };
    rows.push(TotalsRow {
        name: "Total".to_owned(),
        colour: String::new(),
        cells: cells(report.customers, 1.0, report.value.total, whole, mean_text(report.value.mean, value)),
    });
    rows
}

fn trust_row(segment: &ReportedSegment) -> TrustRow {
    TrustRow {
        name: segment.name.clone(),
        colour: colour(segment),
        cells: [
            figures::count(segment.totals.customers),
            segment.silhouette.map_or("–".to_owned(), |score| format!("{score:.3}")),
            Score::Stability.text(segment.stability),
        ],
        words: segment.stability_words.unwrap_or("not measured"),
    }
}

fn cleaning_part(cleaning: &Cleaning) -> CleaningPart {
    let ledger = &cleaning.ledger;
    let money = |value: f64| figures::with_unit(&figures::number(value), cleaning.unit.as_deref());
    let mut sentence = format!(
        "{} rows were read, {} removed, {} remain.",
        figures::count(ledger.rows_in),
        figures::count(ledger.rows_removed()),
        figures::count(ledger.rows_out)
    );
    if !cleaning.value_label.is_empty() {
        sentence.push_str(&format!(
            " {}: {} before, {} after cleaning ({}).",
            cleaning.value_label,
            money(ledger.value_in),
            money(ledger.value_out),
            money(ledger.value_out - ledger.value_in)
        ));
    }
    let mut notes = ledger.notes.clone();
    if notes.len() > SHOWN_NOTES {
        let more = notes.split_off(SHOWN_NOTES).len();
        notes.push(format!("{} more notes are on the Data page.", figures::count(more)));
    }
    let did_something = |entry: &&LedgerEntry| entry.rows_removed > 0 || entry.cells_changed > 0;
    let row = |entry: &LedgerEntry| {
        [
            entry.rule.clone(),
            if entry.columns.len() > 4 { format!("{} columns", entry.columns.len()) } else { entry.columns.join(", ") },
            figures::count(entry.rows_removed),
            figures::count(entry.cells_changed),
            money(-entry.value_removed),
            money(entry.value_changed),
        ]
    };
    CleaningPart {
        rows: cleaning.rows,
        sentence,
        reconciles: cleaning.reconciles,
        value_label: cleaning.value_label.clone(),
        entries: ledger.entries.iter().filter(did_something).map(row).collect(),
        notes,
    }
}
