//! Several variables together: correlations, scatter samples and box plots.

use rand::SeedableRng;
use rand::seq::index::sample;
use rand_xoshiro::Xoshiro256PlusPlus;
use rayon::prelude::*;
use serde::Serialize;

use super::view::{Group, View, pick};
use crate::dataset::{Column, Values};
use crate::query::error::MISSING_NAME;
use crate::stats::correlation::{Method, matrix};
use crate::stats::describe::{BoxStats, box_stats};

/// Most customers drawn as points.
pub const MAX_POINTS: usize = 2_000;

/// Most customers a correlation is computed from; above, a seeded sample (a tenth of it for Kendall).
pub const MAX_CORRELATED: usize = 100_000;

/// Seed of samples for display, so that a link always shows the same points.
const DISPLAY_SEED: u64 = 42;

/// Correlations between columns.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Correlations {
    /// Method.
    pub method: Method,
    /// Column names in the order of the matrix.
    pub columns: Vec<String>,
    /// Column labels in the order of the matrix.
    pub labels: Vec<String>,
    /// Coefficients; not a number (null) where a column is constant.
    pub matrix: Vec<Vec<f64>>,
    /// Customers used.
    pub used: usize,
    /// Customers chosen.
    pub total: usize,
}

/// Correlations over the view, from at most [`MAX_CORRELATED`] customers.
#[must_use]
pub fn correlations(view: &View<'_>, columns: &[&Column], method: Method) -> Correlations {
    let limit = if method == Method::Kendall { MAX_CORRELATED / 10 } else { MAX_CORRELATED };
    let rows = sampled(&view.rows, limit);
    let values: Vec<Vec<f64>> = columns.par_iter().map(|column| pick(column, &rows)).collect();
    let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
    Correlations {
        method,
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        labels: columns.iter().map(|column| column.label.clone()).collect(),
        matrix: matrix(&slices, method),
        used: rows.len(),
        total: view.rows.len(),
    }
}

/// A seeded sample of at most `limit` rows, ascending; all rows when there are no more.
#[must_use]
pub fn sampled(rows: &[u32], limit: usize) -> Vec<u32> {
    if rows.len() <= limit {
        return rows.to_vec();
    }
    let mut random = Xoshiro256PlusPlus::seed_from_u64(DISPLAY_SEED);
    let mut chosen = sample(&mut random, rows.len(), limit).into_vec();
    chosen.sort_unstable();
    chosen.into_iter().map(|position| rows[position]).collect()
}

/// What splits points or boxes into colours.
#[derive(Debug, Clone, Copy)]
pub enum Colour<'a> {
    /// One colour.
    Single,
    /// A colour a segment.
    Segment,
    /// A colour a level.
    Level(&'a Column),
}

/// A named part of a chart: key (cluster or level position; -1 missing or undecided), name where
/// it comes from the data, rows.
#[derive(Debug, Clone)]
pub struct Part {
    /// Name; empty for segments, whose names the model knows.
    pub name: String,
    /// Rows.
    pub group: Group,
}

/// The rows of a view cut into coloured parts.
#[must_use]
pub fn parts(view: &View<'_>, colour: Colour<'_>) -> Vec<Part> {
    match colour {
        Colour::Single => vec![Part { name: String::new(), group: Group { key: 0, rows: view.rows.clone() } }],
        Colour::Segment => view.by_segment().iter().cloned().map(|group| Part { name: String::new(), group }).collect(),
        Colour::Level(column) => view.by_level(column).into_iter().map(|(name, group)| Part { name, group }).collect(),
    }
}

/// One box of a box plot.
#[derive(Debug, Clone)]
pub struct BoxOf {
    /// Level on the x axis; empty when there is none.
    pub x: String,
    /// Colour part: key and name.
    pub colour: (i32, String),
    /// Panel; empty when there is none.
    pub facet: String,
    /// Five numbers.
    pub stats: BoxStats,
}

/// Boxes of `y` by level of `x`, colour and facet; groups without a value have no box.
#[must_use]
pub fn boxes(
    view: &View<'_>,
    y: &Column,
    x: Option<&Column>,
    colour: Colour<'_>,
    facet: Option<&Column>,
) -> Vec<BoxOf> {
    let mut result = Vec::new();
    for (facet_name, facet_view) in split(view, facet) {
        for (x_name, x_view) in split(&facet_view, x) {
            for part in parts(&x_view, colour) {
                if let Some(stats) = box_stats(&pick(y, &part.group.rows)) {
                    result.push(BoxOf {
                        x: x_name.clone(),
                        colour: (part.group.key, part.name),
                        facet: facet_name.clone(),
                        stats,
                    });
                }
            }
        }
    }
    result
}

fn split<'a>(view: &View<'a>, by: Option<&Column>) -> Vec<(String, View<'a>)> {
    match by {
        None => vec![(String::new(), view.clone())],
        Some(column) => {
            view.by_level(column).into_iter().map(|(name, group)| (name, view.with_rows(group.rows))).collect()
        }
    }
}

/// The level of one customer, or what stands for a missing one.
#[must_use]
pub fn level_of(column: &Column, row: usize) -> &str {
    match &column.values {
        Values::Levels { codes, names } => names.get(codes[row] as usize).map_or(MISSING_NAME, String::as_str),
        Values::Numbers(numbers) if numbers[row] == 1.0 => "yes",
        Values::Numbers(numbers) if numbers[row] == 0.0 => "no",
        Values::Numbers(_) => MISSING_NAME,
    }
}
