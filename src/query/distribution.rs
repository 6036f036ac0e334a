//! One variable: counts per bin or level, for all chosen customers or per group.

use serde::Serialize;

use super::view::{View, pick};
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::{Column, Role, Values};
use crate::stats::describe::{Summary, describe};
use crate::stats::histogram::count_into;
use crate::stats::kde::density;

/// Levels shown by name before the rest is added up.
pub const MAX_LEVELS: usize = 20;

/// Name of the rest.
pub const OTHER_NAME: &str = "Other";

/// How a variable is distributed over the chosen customers.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Distribution {
    /// Column name.
    pub column: String,
    /// Column label.
    pub label: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// Role.
    pub role: Role,
    /// Customers with a value.
    pub count: usize,
    /// Customers without.
    pub missing: usize,
    /// Mean, quartiles and shape of numbers (days count from 1970-01-01).
    pub summary: Option<Summary>,
    /// Bin edges of numbers, one more than counts; the same for every selection of a data set.
    pub edges: Vec<f64>,
    /// Customers per bin.
    pub counts: Vec<u64>,
    /// Customers per level of a category or flag, most frequent first.
    pub levels: Vec<LevelCount>,
}

/// Customers of one level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LevelCount {
    /// Level.
    pub name: String,
    /// Customers.
    pub count: u64,
}

/// Distribution of a column over the view.
#[must_use]
pub fn distribution(view: &View<'_>, column: &Column) -> Distribution {
    let mut result = Distribution {
        column: column.name.clone(),
        label: column.label.clone(),
        unit: column.unit.clone(),
        role: column.role,
        count: 0,
        missing: 0,
        summary: None,
        edges: Vec::new(),
        counts: Vec::new(),
        levels: Vec::new(),
    };
    match (column.role, &column.values) {
        (Role::Category, _) | (_, Values::Levels { .. }) => {
            result.levels = level_counts(view, column);
        }
        (Role::Flag, Values::Numbers(_)) => {
            result.levels = level_counts(view, column);
            result.summary = summary(view, column);
        }
        (_, Values::Numbers(_)) => {
            result.summary = summary(view, column);
            result.edges = column.edges().to_vec();
            result.counts = count_into(&view.numbers(column), column.edges());
        }
    }
    result.missing = match &result.summary {
        Some(summary) => summary.missing,
        None if column.numbers().is_some() => view.rows.len(),
        None => missing_levels(view, column),
    };
    result.count = view.rows.len() - result.missing;
    result
}

/// Statistics of the chosen customers; those of all customers are computed once.
fn summary(view: &View<'_>, column: &Column) -> Option<Summary> {
    if view.rows.len() == view.customers.len() {
        return column.summary().cloned();
    }
    describe(&view.numbers(column))
}

fn missing_levels(view: &View<'_>, column: &Column) -> usize {
    match &column.values {
        Values::Levels { codes, .. } => view.rows.iter().filter(|row| codes[**row as usize] == MISSING_LEVEL).count(),
        Values::Numbers(_) => 0,
    }
}

/// Customers per level, most frequent first, the rest beyond [`MAX_LEVELS`] as [`OTHER_NAME`].
#[must_use]
pub fn level_counts(view: &View<'_>, column: &Column) -> Vec<LevelCount> {
    let mut levels: Vec<LevelCount> = view
        .by_level(column)
        .into_iter()
        .map(|(name, group)| LevelCount { name, count: group.rows.len() as u64 })
        .collect();
    levels.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    if levels.len() > MAX_LEVELS {
        let rest = levels.split_off(MAX_LEVELS - 1);
        let count = rest.iter().map(|level| level.count).sum();
        levels.push(LevelCount { name: OTHER_NAME.to_owned(), count });
    }
    levels
}

/// Customers per bin for each segment, on the column's common edges.
#[must_use]
pub fn counts_by_segment(view: &View<'_>, column: &Column) -> Vec<(i32, Vec<u64>)> {
    view.by_segment().iter().map(|group| (group.key, count_into(&pick(column, &group.rows), column.edges()))).collect()
}

/// Points of a density curve.
const DENSITY_POINTS: usize = 96;

/// Density curve of a column for each segment over the common range: (cluster, x, y). Segments with
/// fewer than two different values have none.
#[must_use]
pub fn densities_by_segment(view: &View<'_>, column: &Column) -> Vec<(i32, Vec<f64>, Vec<f64>)> {
    let Some(all) = column.summary() else { return Vec::new() };
    view.by_segment()
        .iter()
        .filter_map(|group| {
            let density = density(&pick(column, &group.rows), DENSITY_POINTS, all.min, all.max)?;
            Some((group.key, density.x, density.y))
        })
        .collect()
}
