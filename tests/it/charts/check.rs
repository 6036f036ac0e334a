//! What a figure says held against what its table says.

use serde_json::Value;

use super::figure::{Chart, day, is_nothing, name, number, numbers, texts};

/// Rows of a table that a page carries, as the program has it.
const TABLE_ROWS: usize = 60;

/// Letters after which a long name is cut in a figure, as the program has it.
const CUT: usize = 27;

pub(super) struct Check<'a> {
    pub(super) chart: &'a Chart,
    /// Numbers that were held against each other.
    pub(super) compared: usize,
    /// What does not agree: its kind, and the words for it.
    pub(super) faults: Vec<(&'static str, String)>,
}

/// What stands along the axis that is not the numbers'.
#[derive(Clone, Copy)]
pub(super) enum Along {
    /// Names from left to right.
    Names,
    /// Names from bottom to top, so that the last one stands where the table has the first.
    Upward,
    /// Names around a circle.
    Round,
    /// Days from left to right, which the table has from the newest to the oldest.
    Days,
    /// Numbers or days in the order of the table.
    Forward,
}

/// Traces that are columns of the table.
pub(super) struct Grid<'a> {
    pub(super) traces: &'a [Value],
    pub(super) along: Along,
    /// The column of each trace.
    pub(super) columns: Vec<usize>,
    /// Whether the traces are called as their columns are, and are all of them.
    pub(super) is_named: bool,
    /// How many rows are drawn where the table has more.
    pub(super) most: usize,
    /// The number within a cell.
    pub(super) part: fn(&str) -> &str,
}

impl<'a> Grid<'a> {
    pub(super) fn new(traces: &'a [Value], along: Along) -> Self {
        let columns = (1..=traces.len()).collect();
        Self { traces, along, columns, is_named: true, most: usize::MAX, part: |cell| cell }
    }

    /// With traces of no name, or of another.
    pub(super) fn unnamed(traces: &'a [Value], along: Along, columns: &[usize]) -> Self {
        Self { columns: columns.to_vec(), is_named: false, ..Self::new(traces, along) }
    }
}

/// How far the five digits of a figure may be from the number that they stand for.
pub(super) fn rounding(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { 0.5 * 10_f64.powf(value.abs().log10().floor() - 4.0) }
}

fn is_alike(figure: &str, table: &str) -> bool {
    match figure.strip_suffix('…') {
        Some(start) if start.chars().count() == CUT => table.starts_with(start),
        _ => figure == table,
    }
}

/// Whether the axis would take these names for numbers or days, and put them in an order of its own.
fn has_own_order(names: &[String]) -> bool {
    let numbers =
        names.iter().filter(|name| name.starts_with(|c: char| c.is_ascii_digit()) && name.parse::<f64>().is_ok());
    let days = names.iter().filter(|name| day(name).is_some()).count();
    !names.is_empty() && (3 * numbers.count() >= names.len() || 2 * days > names.len())
}

impl Check<'_> {
    pub(super) fn fault(&mut self, kind: &'static str, words: impl Into<String>) {
        self.faults.push((kind, words.into()));
    }

    pub(super) fn must(&mut self, kind: &'static str, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.fault(kind, words());
        }
    }

    pub(super) fn same(&mut self, kind: &'static str, figure: &str, table: &str) {
        self.must(kind, is_alike(figure, table), || format!("figure {figure:?}, table {table:?}"));
    }

    /// Names in the order in which they are read.
    pub(super) fn names(&mut self, figure: &[String], table: &[&str]) {
        if figure.len() == table.len() && figure.iter().zip(table).all(|(figure, table)| is_alike(figure, table)) {
            return;
        }
        let (mut ours, mut theirs) = (figure.to_vec(), table.to_vec());
        ours.sort();
        theirs.sort_unstable();
        let kind = if ours == theirs { "order" } else { "names" };
        self.fault(kind, format!("figure {figure:?}, table {table:?}"));
    }

    /// Whether as many are drawn as the table has, and the number of those to compare.
    pub(super) fn rows(&mut self, drawn: usize, most: usize) -> usize {
        let rows = self.chart.rows.len();
        let is_cut = (rows == TABLE_ROWS && drawn > rows) || (drawn == most && drawn < rows);
        self.must("rows", drawn == rows || is_cut, || format!("figure {drawn}, table {rows}"));
        drawn.min(rows)
    }

    /// A number of the figure and its cell; a share of 1 is per cents there.
    pub(super) fn number(&mut self, what: &str, figure: Option<f64>, cell: &str) {
        let times = if number(cell).is_some_and(|written| written.unit == "%") { 100.0 } else { 1.0 };
        let off = figure.map_or(0.0, |value| rounding(value) * times);
        self.close(what, figure.map(|value| value * times), off, cell);
    }

    /// A number of the figure that is in the unit of its cell.
    pub(super) fn in_unit(&mut self, what: &str, figure: Option<f64>, cell: &str) {
        self.close(what, figure, figure.map_or(0.0, rounding), cell);
    }

    /// A number in the unit of its cell that may be `off` from the one that the cell was written from.
    pub(super) fn close(&mut self, what: &str, figure: Option<f64>, off: f64, cell: &str) {
        self.compared += 1;
        let agrees = match (figure, number(cell)) {
            (Some(value), Some(written)) if written.is_below => value > 0.0 && value < written.value / 2.0 + off,
            (Some(value), Some(written)) => {
                (value - written.value).abs() <= written.half + off + 1e-9 * value.abs().max(1.0)
            }
            (None, None) => is_nothing(cell),
            _ => false,
        };
        self.must("value", agrees, || format!("{what}: figure {figure:?}, table {cell:?}"));
    }

    /// Shares of the total of `values` in a column.
    pub(super) fn shares(&mut self, at: usize, values: &[Option<f64>]) {
        let total: f64 = values.iter().flatten().sum();
        for (value, row) in values.iter().zip(&self.chart.rows) {
            let share = value.map(|value| 100.0 * value / total).filter(|share| share.is_finite());
            self.close(&format!("share of {}", row[0]), share, 0.01, &row[at]);
        }
    }

    /// Whether an axis and a column are in the same unit. An axis without a title leaves it to the sentence above.
    pub(super) fn units(&mut self, axis: &str, at: usize, part: fn(&str) -> &str) {
        let chart = self.chart;
        let Some(unit) = chart.unit_of_column(at, part) else { return };
        let is_said = match chart.unit_of_axis(axis) {
            Some(said) => said == unit,
            None => chart.summary.contains(&unit),
        };
        let first = chart.column(at).first().copied().unwrap_or("");
        self.must("unit", is_said, || {
            let (title, header) = (chart.title(axis), &chart.header[at]);
            format!("{axis} {title:?} is not in {unit:?}, column {header:?} is, such as {first:?}")
        });
        // Years have no thousands. One number alone may look like a year.
        let years = |text: &str| text.len() == 4 && text.parse::<u32>().is_ok_and(|year| (1800..2100).contains(&year));
        if chart.rows.len() > 1 && chart.column(at).into_iter().all(years) {
            let hovers = chart.traces.iter().any(|trace| trace["hovertemplate"].as_str().unwrap_or("").contains(":,}"));
            let format = chart.layout[axis]["tickformat"].as_str().unwrap_or("");
            self.must("years", format == "d" && !hovers, || {
                format!("{axis} {:?} has the format {format:?}, table {first:?}", chart.title(axis))
            });
        }
    }

    pub(super) fn grid(&mut self, grid: &Grid<'_>) {
        let chart = self.chart;
        let (across, up, axis, other) = match grid.along {
            Along::Upward => ("y", "x", "xaxis", "yaxis"),
            Along::Round => ("theta", "r", "", ""),
            _ => ("x", "y", "yaxis", "xaxis"),
        };
        if grid.is_named {
            let columns = chart.header.len() - 1;
            self.must("columns", columns == grid.traces.len(), || format!("{} traces, {columns}", grid.traces.len()));
        }
        for (trace, at) in grid.traces.iter().zip(&grid.columns).filter(|(_, at)| **at < chart.header.len()) {
            let (mut labels, mut values) = (texts(&trace[across]), numbers(&trace[up]));
            self.must("length", labels.len() == values.len(), || format!("{} and {}", labels.len(), values.len()));
            if matches!(grid.along, Along::Names | Along::Upward) && chart.layout[other]["type"] != "category" {
                self.must("axis", !has_own_order(&labels), || format!("{other} takes {labels:?} for no names"));
            }
            if matches!(grid.along, Along::Upward | Along::Days) {
                labels.reverse();
                values.reverse();
            }
            if grid.is_named {
                self.same("trace", &name(trace), &chart.header[*at]);
            }
            let rows = self.rows(labels.len(), grid.most);
            self.names(&labels[..rows], &chart.column(0)[..rows]);
            let in_percent = chart.is_in_percent(axis);
            for ((label, value), cell) in labels.iter().zip(values).zip(chart.column(*at)) {
                let what = format!("{label}, {}", chart.header[*at]);
                let cell = (grid.part)(cell);
                if in_percent { self.in_unit(&what, value, cell) } else { self.number(&what, value, cell) }
            }
            if !axis.is_empty() {
                self.units(axis, *at, grid.part);
            }
        }
    }

    /// Bars over bins that the table has as the ends `from` and `to`.
    pub(super) fn bins(&mut self, trace: &Value, ends: &[(&str, &str)]) {
        let hovers = texts(&trace["hovertext"]);
        self.must("length", hovers.len() >= ends.len(), || format!("{} bars, {} rows", hovers.len(), ends.len()));
        let milliseconds = 86_400_000.0;
        let end = |text: &str| {
            day(text).map(|day| (day, 0.5)).or_else(|| number(text).map(|written| (written.value, written.half)))
        };
        for ((place, (from, to)), hover) in texts(&trace["x"]).iter().zip(ends).zip(&hovers) {
            self.compared += 1;
            let (Some((low, off_low)), Some((high, off_high))) = (end(from), end(to)) else {
                self.fault("bins", format!("{from:?} to {to:?} are no ends"));
                continue;
            };
            let is_day = day(from).is_some();
            let centre = if is_day { day(place) } else { place.parse().ok() }.unwrap_or(f64::NAN);
            let off = f64::midpoint(off_low, off_high) + if is_day { 0.5 } else { rounding(centre) } + 1e-9;
            let is_between = (centre - f64::midpoint(low, high)).abs() <= off;
            self.must("bins", is_between, || format!("a bar at {place} for {from} to {to}"));
            let width = trace["width"].as_f64().unwrap_or(f64::NAN) / if is_day { milliseconds } else { 1.0 };
            let is_wide = (width - (high - low)).abs() <= off_low + off_high + 1e-9;
            self.must("bins", is_wide, || format!("a bar of {width} for {from} to {to}"));
            self.same("hover", hover, &format!("{from} to {to}"));
        }
    }

    /// Whether a column of ends or ranges is in the unit of the axis below the bars.
    pub(super) fn range_units(&mut self) {
        let chart = self.chart;
        let Some(first) = chart.rows.first().map(|row| row[0].as_str()) else { return };
        let unit = chart.unit_of_axis("xaxis").unwrap_or_default();
        let is_said = unit.is_empty() || first.contains(&unit) || chart.header[0].ends_with(&format!("({unit})"));
        self.must("unit", is_said, || {
            format!(
                "xaxis {:?} is in {unit:?}, column {:?} is not, such as {first:?}",
                chart.title("xaxis"),
                chart.header[0]
            )
        });
    }
}
