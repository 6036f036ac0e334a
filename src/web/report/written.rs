//! Values of the report in words.

use crate::dataset::Column;
use crate::figures;
use crate::segment::report::{Report, ReportedSegment};
use crate::web::charts::palette;

/// A line of a table that is about a segment; without a colour one about several.
pub(super) struct TotalsRow {
    pub name: String,
    pub colour: String,
    pub cells: Vec<String>,
}

/// A mean of a column in words; the bare number when the column is gone.
pub(super) fn mean_text(value: f64, column: Option<&Column>) -> String {
    column.map_or_else(|| figures::number(value), |column| figures::of_column(value, column))
}

/// A segment's colour.
pub(super) fn colour(segment: &ReportedSegment) -> String {
    palette::colour(segment.colour)
}

/// A written amount of the value measure with its unit.
pub(super) fn amount(report: &Report, text: &str) -> String {
    figures::with_unit(text, report.value.unit.as_deref())
}
