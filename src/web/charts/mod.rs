//! Charts from query results, through the plotly crate.
//!
//! A chart is a question, an answer in one sentence, a figure for plotly.js and a table of the same
//! numbers. Colours of text, grid and background come from the page's style sheet in the browser.

pub(super) mod agreement;
pub(super) mod coupons;
pub(super) mod distribution;
pub(super) mod lifetime;
pub(super) mod palette;
pub(super) mod purchases;
pub(super) mod relation;
pub(super) mod rfm;
pub(super) mod sales;
pub(super) mod segments;
pub(super) mod selection;
pub(super) mod series;
pub(super) mod style;
pub(super) mod tree;
pub(super) mod versions;

use plotly::common::{Marker, Title};
use plotly::layout::{Axis, AxisType, Margin};
use plotly::{Layout, Plot, Trace};

use crate::dataset::{Column, Role};

/// A chart on a page.
#[derive(Debug)]
pub(super) struct Chart {
    /// Unique on the page; also names downloads.
    pub id: String,
    /// The question it answers.
    pub question: String,
    /// The answer in words.
    pub summary: String,
    /// The figure as JSON, safe inside a script element.
    pub figure: String,
    /// Height in pixels.
    pub height: u32,
    /// The numbers.
    pub table: Table,
    /// Whether it wants the full width.
    pub wide: bool,
}

/// Numbers behind a chart.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Rows of a table that a page carries; the rest is in the downloads.
const TABLE_ROWS: usize = 60;

impl Table {
    pub(super) fn new(header: &[&str], rows: Vec<Vec<String>>) -> Self {
        let mut rows = rows;
        rows.truncate(TABLE_ROWS);
        Self { header: header.iter().map(|text| (*text).to_owned()).collect(), rows }
    }
}

impl Chart {
    pub(super) fn new(
        id: &str,
        question: impl Into<String>,
        summary: impl Into<String>,
        plot: &Plot,
        table: Table,
    ) -> Self {
        Self {
            id: identifier(id),
            question: question.into(),
            summary: summary.into(),
            figure: figure_json(plot),
            height: 260,
            table,
            wide: false,
        }
    }

    pub(super) fn height(mut self, height: u32) -> Self {
        self.height = height;
        self
    }

    pub(super) fn wide(mut self) -> Self {
        self.wide = true;
        self
    }
}

fn identifier(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Markup of plotly that our own texts use.
const OWN_MARKUP: [&str; 3] = ["extra>", "/extra>", "br>"];

/// The figure's JSON. `<` is escaped so that no text can end the script element; names from the data are drawn as they are
/// written, because plotly would make links of what looks like one.
fn figure_json(plot: &Plot) -> String {
    let json = plot.to_json();
    let mut parts = json.split('<');
    let mut safe = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        safe.push_str(if OWN_MARKUP.iter().any(|own| part.starts_with(own)) { "\\u003c" } else { "&lt;" });
        safe.push_str(part);
    }
    safe
}

fn plot(traces: Vec<Box<dyn Trace>>, layout: Layout) -> Plot {
    let mut plot = Plot::new();
    plot.add_traces(traces);
    plot.set_layout(layout);
    plot
}

/// Axes with titles and tight margins; plotly grows them for labels.
fn layout(x: &str, y: &str) -> Layout {
    Layout::new()
        .margin(Margin::new().left(48).right(12).top(8).bottom(40).auto_expand(true))
        .x_axis(axis(x))
        .y_axis(axis(y))
}

fn axis(title: &str) -> Axis {
    let axis = Axis::new().auto_margin(true);
    if title.is_empty() { axis } else { axis.title(Title::with_text(title)) }
}

/// An axis of names, some of which may look like numbers or days.
fn names_axis(title: &str) -> Axis {
    axis(title).type_(AxisType::Category)
}

/// An axis of a column's values: days as days, shares as per cents, years without thousands.
fn axis_of(column: &Column) -> Axis {
    formatted(axis(&column.axis_title()), column)
}

fn formatted(axis: Axis, column: &Column) -> Axis {
    match column.role {
        Role::Date => axis.type_(AxisType::Date),
        Role::Flag => axis.tick_format(PER_CENT),
        _ if column.is_year() => axis.tick_format("d"),
        _ => axis,
    }
}

/// Shares of 1 as per cents on an axis.
const PER_CENT: &str = ".0%";

/// Milliseconds of a day, the unit of days on an axis.
const DAY: f64 = 86_400_000.0;

/// A header with the unit of the column's values below it.
fn headed(what: &str, column: &Column) -> String {
    match column.unit.as_deref() {
        Some(unit) if !unit.is_empty() && !column.is_year() => format!("{what} ({unit})"),
        _ => what.to_owned(),
    }
}

fn marker(colour: &str) -> Marker {
    Marker::new().color(colour.to_owned())
}

/// A number with five significant digits, enough for any screen and short on the wire.
fn brief(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let digits = 4 - value.abs().log10().floor() as i32;
    if digits >= 15 {
        return value;
    }
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}

fn briefs(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    values.into_iter().map(brief).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_the_script_element() {
        let trace = plotly::Bar::new(vec!["</script><script>alert(1)"], vec![1.0]);
        let json = figure_json(&plot(vec![trace], layout("<b>", "y")));
        assert!(!json.contains('<'));
        assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }

    #[test]
    fn numbers_are_cut_to_five_digits() {
        assert_eq!(
            [brief(1.234_567_8), brief(123_456.7), brief(-0.001_234_56), brief(0.0)],
            [1.2346, 123_460.0, -0.001_234_6, 0.0]
        );
    }
}
