//! What is looked at before and after a fit: principal components, silhouettes of a sample, the
//! number of clusters and DBSCAN's radius.

use ndarray::{Array2, ArrayView2, Axis};
use serde::Serialize;

use super::encode::prepare;
use super::trust::recommend;
use super::{Algorithm, Model, Recipe, SegmentError};
use crate::cluster::metrics::silhouette_samples;
use crate::cluster::pca::{self, PcaFit};
use crate::cluster::select_k::{Consensus, KScore};
use crate::cluster::{NOISE, Progress, Silent, dbscan};
use crate::dataset::Dataset;
use crate::query::relation::{MAX_POINTS, sampled};

/// Most customers whose neighbours are measured for the k-distance curve.
const MAX_K_DISTANCE_ROWS: usize = 60_000;

/// Points of the k-distance curve that are kept for drawing.
const CURVE_POINTS: usize = 300;

/// A model's customers as they are drawn: a seeded sample in scaled space and on principal axes.
#[derive(Debug)]
pub struct Geometry {
    /// Principal axes of all customers in scaled space.
    pub pca: PcaFit,
    /// Sampled rows, ascending.
    pub rows: Vec<u32>,
    /// The sampled rows on the first two principal axes.
    pub projected: Array2<f64>,
    /// Silhouette of each sampled row, measured within the sample; NaN for undecided. Empty where
    /// it is undefined (one cluster).
    pub silhouettes: Vec<f64>,
}

impl Geometry {
    /// Computes what is drawn of a model.
    ///
    /// # Errors
    /// [`SegmentError`] when the data set lost a feature or its values do not fit the transform.
    pub fn of(model: &Model, dataset: &Dataset, labels: &[i32]) -> Result<Self, SegmentError> {
        let (scaled, _) = model.scaled(model.features_of(dataset)?.view())?;
        let pca = pca::fit(scaled.view())?;
        let all: Vec<u32> = (0..scaled.nrows() as u32).collect();
        let rows = sampled(&all, MAX_POINTS);
        let positions: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        let sample = scaled.select(Axis(0), &positions);
        let projected = pca.project(sample.view(), 2.min(sample.ncols()))?;
        let sample_labels: Vec<i32> = positions.iter().map(|row| labels[*row]).collect();
        let silhouettes = silhouette_samples(sample.view(), &sample_labels, &Silent).unwrap_or_default();
        Ok(Self { pca, rows, projected, silhouettes })
    }

    /// Where a scaled row lies on the first two principal axes; missing axes are 0.
    #[must_use]
    pub fn place(&self, scaled: &[f64]) -> (f64, f64) {
        let on = |axis: usize| {
            self.pca.components.outer_iter().nth(axis).map_or(0.0, |component| {
                component.iter().zip(scaled).zip(&self.pca.mean).map(|((c, x), mean)| c * (x - mean)).sum()
            })
        };
        (on(0), on(1))
    }
}

/// A suggestion for an algorithm's main parameter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "parameter", rename_all = "snake_case")]
pub enum Suggestion {
    /// The number of clusters.
    NClusters {
        /// Scores for each number tried.
        scores: Vec<KScore>,
        /// What most criteria prefer.
        consensus: Option<Consensus>,
    },
    /// The radius of DBSCAN.
    Eps {
        /// Distance to the `min_samples`-th neighbour (itself counted), falling, at evenly spread ranks.
        curve: Vec<(usize, f64)>,
        /// Radius at the curve's bend.
        eps: Option<f64>,
        /// Neighbours counted.
        min_samples: usize,
        /// Customers measured.
        rows: usize,
    },
}

/// Names a suggestion: the same data and the same question give the same key.
#[must_use]
pub fn suggestion_key(dataset: &Dataset, recipe: &Recipe) -> String {
    let question = match &recipe.algorithm {
        Algorithm::Dbscan { min_samples, .. } | Algorithm::Hdbscan { min_samples, .. } => format!("eps {min_samples}"),
        other => format!("k {} {}", other.name(), other.with_n_clusters(0).parameters()),
    };
    let text = serde_json::json!([
        dataset.name,
        dataset.fingerprint,
        recipe.features,
        recipe.weights,
        recipe.transform,
        recipe.scale,
        recipe.seed,
        question
    ]);
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.to_string().as_bytes()))
}

/// Works out a suggestion for the recipe's algorithm.
///
/// # Errors
/// [`SegmentError`] when the recipe does not fit the data or the observer cancels.
pub fn suggest(dataset: &Dataset, recipe: &Recipe, observer: &dyn Progress) -> Result<Suggestion, SegmentError> {
    let rows = prepare(dataset, recipe, observer)?.fitted_rows();
    match &recipe.algorithm {
        Algorithm::Kmeans { .. } | Algorithm::Hierarchical { .. } | Algorithm::GaussianMixture { .. } => {
            let found = recommend(rows.view(), &recipe.algorithm, recipe.seed, observer)?;
            Ok(Suggestion::NClusters { scores: found.scores, consensus: found.consensus })
        }
        Algorithm::Dbscan { min_samples, .. } | Algorithm::Hdbscan { min_samples, .. } => {
            let (distances, eps) = bend_of_neighbours(rows.view(), *min_samples, observer)?;
            let step = distances.len().div_ceil(CURVE_POINTS).max(1);
            let curve = distances.iter().copied().enumerate().step_by(step).collect();
            Ok(Suggestion::Eps { curve, eps, min_samples: *min_samples, rows: distances.len() })
        }
    }
}

/// Distances to the `min_samples`-th neighbour, falling, and the radius at their bend; of a part when there are many rows.
///
/// # Errors
/// [`SegmentError::Cluster`] when the observer cancels.
pub(super) fn bend_of_neighbours(
    rows: ArrayView2<'_, f64>,
    min_samples: usize,
    observer: &dyn Progress,
) -> Result<(Vec<f64>, Option<f64>), SegmentError> {
    let all: Vec<u32> = (0..rows.nrows() as u32).collect();
    let chosen: Vec<usize> = sampled(&all, MAX_K_DISTANCE_ROWS).into_iter().map(|row| row as usize).collect();
    let measured = super::encode::rows_of(rows, &chosen);
    // In a sample neighbours are as much rarer as customers are.
    let share = measured.nrows() as f64 / all.len() as f64;
    let k = ((min_samples as f64 * share).round() as usize).clamp(1, measured.nrows());
    let distances = dbscan::k_distances(measured.view(), k, observer)?;
    let eps = dbscan::suggest_eps(&distances);
    Ok((distances, eps))
}

/// Sampled silhouettes by cluster, each falling, for the silhouette plot.
#[must_use]
pub fn silhouettes_by_cluster(geometry: &Geometry, labels: &[i32]) -> Vec<(i32, Vec<f64>)> {
    let mut clusters: std::collections::BTreeMap<i32, Vec<f64>> = std::collections::BTreeMap::new();
    for (row, silhouette) in geometry.rows.iter().zip(&geometry.silhouettes) {
        let label = labels[*row as usize];
        if label != NOISE && silhouette.is_finite() {
            clusters.entry(label).or_default().push(*silhouette);
        }
    }
    for values in clusters.values_mut() {
        values.sort_by(|a, b| b.total_cmp(a));
    }
    clusters.into_iter().collect()
}

impl Geometry {
    /// Principal axes of some rows only; nothing is drawn of them but the axes.
    ///
    /// # Errors
    /// As [`Geometry::of`].
    pub fn within(model: &Model, dataset: &Dataset, rows: &[u32]) -> Result<Self, SegmentError> {
        let positions: Vec<usize> = rows.iter().map(|row| *row as usize).collect();
        let features = model.features_of(dataset)?.select(Axis(0), &positions);
        let (scaled, _) = model.scaled(features.view())?;
        let pca = pca::fit(scaled.view())?;
        Ok(Self { pca, rows: Vec::new(), projected: Array2::zeros((0, 2)), silhouettes: Vec::new() })
    }
}
