//! The table that compares segments by every variable, cut into pieces that fit a page.

use super::written::{colour, mean_text};
use crate::dataset::{Dataset, Role};
use crate::figures;
use crate::segment::report::{Report, ReportedSegment};

/// Segments beside each other in one piece.
const ACROSS: usize = 5;

/// A piece of the table: some of the segments.
pub(super) struct CompareTable {
    pub header: Vec<Head>,
    pub rows: Vec<CompareRow>,
}

/// A segment above its column.
pub(super) struct Head {
    pub name: String,
    pub colour: String,
}

/// A variable.
pub(super) struct CompareRow {
    pub label: String,
    pub eta: String,
    pub all: String,
    pub cells: Vec<Cell>,
}

/// A variable in a segment: its mean, and median and difference from all beside it.
pub(super) struct Cell {
    pub value: String,
    pub note: String,
}

/// The table in pieces of five segments, each with all variables.
pub(super) fn compare(dataset: &Dataset, report: &Report) -> Vec<CompareTable> {
    report.segments.chunks(ACROSS).map(|segments| piece(dataset, report, segments)).collect()
}

fn piece(dataset: &Dataset, report: &Report, segments: &[ReportedSegment]) -> CompareTable {
    let rows = report.variables.iter().map(|variable| {
        let column = dataset.customers.column(&variable.column);
        let is_flag = column.is_some_and(|column| column.role == Role::Flag);
        let median = |median: f64| match column {
            Some(_) if is_flag => String::new(),
            Some(column) => format!("({}) ", figures::bare_of_column(median, column)),
            None => format!("({}) ", figures::number(median)),
        };
        let cell = |segment: &ReportedSegment| {
            let own = variable.segments.iter().find(|own| own.cluster == segment.totals.cluster);
            own.map_or_else(
                || Cell { value: "–".to_owned(), note: String::new() },
                |own| Cell {
                    value: mean_text(own.mean, column),
                    note: format!("{}{}", median(own.median), figures::relative(own.mean, variable.mean)),
                },
            )
        };
        CompareRow {
            label: variable.label.clone(),
            eta: if variable.eta_squared.is_finite() {
                format!("{:.2}", variable.eta_squared)
            } else {
                "–".to_owned()
            },
            all: format!("{} {}", mean_text(variable.mean, column), median(variable.median)).trim_end().to_owned(),
            cells: segments.iter().map(cell).collect(),
        }
    });
    CompareTable {
        rows: rows.collect(),
        header: segments.iter().map(|segment| Head { name: segment.name.clone(), colour: colour(segment) }).collect(),
    }
}
