//! From features as people know them to the space algorithms work in.
//!
//! A raw row has a cell a feature: a number, or the position of a category's level. The space has a column a number and a
//! column a level: numbers are transformed and scaled, levels are one-hot, and both are multiplied by the feature's weight.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_1_SQRT_2;
use std::ops::Range;

use ndarray::{Array2, ArrayView2, ShapeBuilder};
use serde::{Deserialize, Serialize};

use super::{Recipe, SegmentError};
use crate::cluster::scale::FittedScale;
use crate::cluster::transform::FittedTransform;
use crate::cluster::{ClusterError, Progress};
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::newcomers::Wanted;
use crate::dataset::{Dataset, Values};
use crate::stats::describe::median;

/// What was learned about the features of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    /// Median of each feature over the known values, used where a value is unknown; `None` for categories.
    pub medians: Vec<Option<f64>>,
    /// Transform of the numeric features.
    pub transform: FittedTransform,
    /// Scaling of the numeric features.
    pub scale: FittedScale,
    /// Levels of each category.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Vec<String>>,
}

/// Customers in the space, with what was fitted on the way.
#[derive(Debug)]
pub struct Prepared {
    /// A row a customer, stored by columns.
    pub scaled: Array2<f64>,
    /// Rows with every number known; only these are fitted.
    pub complete: Vec<usize>,
    /// What maps raw rows to scaled ones.
    pub encoder: Encoder,
}

impl Prepared {
    /// The rows that are fitted.
    #[must_use]
    pub fn fitted_rows(&self) -> Array2<f64> {
        rows_of(self.scaled.view(), &self.complete)
    }
}

/// Some rows of a matrix, stored by columns.
pub(super) fn rows_of(matrix: ArrayView2<'_, f64>, rows: &[usize]) -> Array2<f64> {
    let cells = matrix.columns().into_iter().flat_map(|column| rows.iter().map(move |row| column[*row])).collect();
    by_columns(rows.len(), matrix.ncols(), cells)
}

/// A matrix stored by columns, which the algorithms read without copying, from its cells in that order.
fn by_columns(rows: usize, columns: usize, cells: Vec<f64>) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns).f(), cells).unwrap_or_else(|_| Array2::zeros((0, columns)))
}

/// What a level's column holds so that two customers of different levels are one weight apart.
fn level_mark(weight: f64) -> f64 {
    weight * FRAC_1_SQRT_2
}

/// Raw features of all customers of a data set, a row a customer; unknown values are NaN.
///
/// # Errors
/// [`SegmentError::MissingColumn`] with the name of the model that needs it.
pub(super) fn raw_features(
    dataset: &Dataset,
    recipe: &Recipe,
    levels: &BTreeMap<String, Vec<String>>,
    model: &str,
) -> Result<Array2<f64>, SegmentError> {
    let mut cells = Vec::with_capacity(dataset.customers.len() * recipe.features.len());
    for name in &recipe.features {
        let missing = || SegmentError::MissingColumn {
            model: model.to_owned(),
            column: name.clone(),
            dataset: dataset.name.clone(),
        };
        match (&dataset.customers.column(name).ok_or_else(missing)?.values, levels.get(name)) {
            (Values::Numbers(numbers), None) => cells.extend_from_slice(numbers),
            (Values::Levels { codes, names }, Some(known)) => {
                // The data may have other levels by now than the model knows.
                let positions: Vec<f64> = names
                    .iter()
                    .map(|name| known.iter().position(|level| level == name).map_or(f64::NAN, |at| at as f64))
                    .collect();
                cells.extend(codes.iter().map(|code| match *code {
                    MISSING_LEVEL => f64::NAN,
                    code => positions.get(code as usize).copied().unwrap_or(f64::NAN),
                }));
            }
            _ => return Err(missing()),
        }
    }
    Ok(by_columns(dataset.customers.len(), recipe.features.len(), cells))
}

/// Learns the encoding of a recipe's features and applies it. Transform and scaling are fitted to the customers whose
/// numbers are all known; an unknown category is no obstacle.
///
/// # Errors
/// [`SegmentError::MissingColumn`], or [`SegmentError::Cluster`] when nobody is complete, a transform does not fit the
/// values, or the observer cancels.
pub fn prepare(dataset: &Dataset, recipe: &Recipe, observer: &dyn Progress) -> Result<Prepared, SegmentError> {
    let levels = levels_of(dataset, recipe);
    let raw = raw_features(dataset, recipe, &levels, "")?;
    learn(recipe, raw.view(), levels, observer)
}

/// [`prepare`] as if some customers were all.
///
/// # Errors
/// As [`prepare`].
pub(super) fn prepare_rows(
    dataset: &Dataset,
    recipe: &Recipe,
    rows: &[usize],
    observer: &dyn Progress,
) -> Result<Prepared, SegmentError> {
    let levels = levels_of(dataset, recipe);
    let raw = raw_features(dataset, recipe, &levels, "")?;
    learn(recipe, rows_of(raw.view(), rows).view(), levels, observer)
}

fn levels_of(dataset: &Dataset, recipe: &Recipe) -> BTreeMap<String, Vec<String>> {
    let levels = |name: &String| Some((name.clone(), dataset.customers.column(name)?.levels()?.to_vec()));
    recipe.features.iter().filter_map(levels).collect()
}

fn learn(
    recipe: &Recipe,
    raw: ArrayView2<'_, f64>,
    levels: BTreeMap<String, Vec<String>>,
    observer: &dyn Progress,
) -> Result<Prepared, SegmentError> {
    let numeric: Vec<usize> =
        (0..recipe.features.len()).filter(|index| !levels.contains_key(&recipe.features[*index])).collect();
    let complete: Vec<usize> =
        (0..raw.nrows()).filter(|row| numeric.iter().all(|column| raw[(*row, *column)].is_finite())).collect();
    if complete.is_empty() {
        return Err(ClusterError::Empty.into());
    }
    let medians = recipe
        .features
        .iter()
        .zip(raw.columns())
        .map(|(name, column)| (!levels.contains_key(name)).then(|| median(&column.to_vec())))
        .collect();
    let names: Vec<String> = numeric.iter().map(|index| recipe.features[*index].clone()).collect();
    let named = |error| name_feature(&names, error);
    let cells = numeric.iter().flat_map(|column| complete.iter().map(|row| raw[(*row, *column)])).collect();
    let mut fitted = by_columns(complete.len(), numeric.len(), cells);
    let transform = FittedTransform::fit(recipe.transform, fitted.view(), &names, observer).map_err(named)?;
    transform.apply(&mut fitted).map_err(named)?;
    let scale = FittedScale::fit(recipe.scale, fitted.view()).map_err(named)?;
    drop(fitted);
    if observer.is_cancelled() {
        return Err(ClusterError::Cancelled.into());
    }
    let encoder = Encoder { medians, transform, scale, levels };
    let (scaled, _) = encoder.apply(recipe, raw)?;
    Ok(Prepared { scaled, complete, encoder })
}

impl Encoder {
    /// The columns of the space that belong to each feature.
    #[must_use]
    pub fn spans(&self, recipe: &Recipe) -> Vec<Range<usize>> {
        let mut end = 0;
        let width = |name: &String| self.levels.get(name).map_or(1, Vec::len);
        recipe
            .features
            .iter()
            .map(|name| {
                let start = end;
                end += width(name);
                start..end
            })
            .collect()
    }

    /// Number of columns of the space.
    #[must_use]
    pub fn width(&self, recipe: &Recipe) -> usize {
        self.spans(recipe).last().map_or(0, |span| span.end)
    }

    /// Maps raw rows into the space; also how many had an unknown cell. Unknown numbers take their median, an unknown
    /// category is equally far from each of its levels.
    ///
    /// # Errors
    /// [`SegmentError::Input`] when a value is outside what the transform can take.
    pub fn apply(&self, recipe: &Recipe, raw: ArrayView2<'_, f64>) -> Result<(Array2<f64>, usize), SegmentError> {
        let rows = raw.nrows();
        let imputed = raw.rows().into_iter().filter(|row| row.iter().any(|value| value.is_nan())).count();
        let numeric: Vec<(usize, f64)> =
            self.medians.iter().enumerate().filter_map(|(index, median)| Some((index, (*median)?))).collect();
        let known = |value: f64, median: f64| if value.is_nan() { median } else { value };
        let cells = numeric
            .iter()
            .flat_map(|(index, median)| raw.column(*index).to_vec().into_iter().map(|v| known(v, *median)));
        let mut numbers = by_columns(rows, numeric.len(), cells.collect());
        let names: Vec<String> = numeric.iter().map(|(index, _)| recipe.features[*index].clone()).collect();
        let named = |error| name_feature(&names, error);
        self.transform.check(numbers.view(), &names).map_err(named)?;
        self.transform.apply(&mut numbers).map_err(named)?;
        self.scale.apply(&mut numbers).map_err(named)?;
        if self.levels.is_empty() && recipe.weights.is_empty() {
            return Ok((numbers, imputed));
        }
        let mut cells = Vec::with_capacity(rows * self.width(recipe));
        let mut position = 0;
        for (name, column) in recipe.features.iter().zip(raw.columns()) {
            let weight = recipe.weights.get(name).copied().unwrap_or(1.0);
            if let Some(levels) = self.levels.get(name) {
                for level in 0..levels.len() {
                    let mark = |value: &f64| if *value == level as f64 { level_mark(weight) } else { 0.0 };
                    cells.extend(column.iter().map(mark));
                }
            } else {
                cells.extend(numbers.column(position).iter().map(|value| value * weight));
                position += 1;
            }
        }
        Ok((by_columns(rows, self.width(recipe), cells), imputed))
    }

    /// A name for each column of the space: the feature's label, with the level of a category.
    #[must_use]
    pub fn space_labels(&self, recipe: &Recipe, dataset: &Dataset) -> Vec<String> {
        let label = |name: &String| dataset.customers.column(name).map_or(name.clone(), |column| column.label.clone());
        recipe
            .features
            .iter()
            .flat_map(|name| match self.levels.get(name) {
                Some(levels) => levels.iter().map(|level| format!("{}: {level}", label(name))).collect(),
                None => vec![label(name)],
            })
            .collect()
    }

    /// What to read of new customers.
    #[must_use]
    pub fn wanted<'a>(&'a self, recipe: &'a Recipe) -> Vec<Wanted<'a>> {
        let levels = |name: &String| self.levels.get(name).map(Vec::as_slice);
        recipe.features.iter().map(|name| Wanted { name, levels: levels(name) }).collect()
    }

    /// Whether the parts fit together and to the recipe.
    pub(super) fn fits(&self, recipe: &Recipe) -> bool {
        let numeric = self.medians.iter().flatten().count();
        self.medians.len() == recipe.features.len()
            && recipe.features.iter().zip(&self.medians).all(|(name, m)| m.is_none() == self.levels.contains_key(name))
            && [self.scale.center.len(), self.scale.spread.len(), self.transform.lambdas.len()] == [numeric; 3]
    }
}

/// Names the feature of a value that the transform, the scaling or the algorithm cannot take.
fn name_feature(features: &[String], error: ClusterError) -> SegmentError {
    match error {
        ClusterError::NotFinite { row, column } => SegmentError::Input {
            feature: features.get(column).cloned().unwrap_or_default(),
            message: format!(
                "the value in row {} is too large, or outside what the transform can take; correct it, cap it in the manifest, or choose another transform",
                row + 1
            ),
        },
        other => other.into(),
    }
}
