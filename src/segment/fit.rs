//! Fits a recipe to a data set's customers.

use std::time::Instant;

use ndarray::{Array2, ArrayView2, Axis};

use super::artefact::{Estimator, Model, SCHEMA_VERSION, Scores, Segment, features_of, impute, name_feature, to_rows};
use super::{Algorithm, Recipe, SegmentError, compare, names};
use crate::cluster::dbscan::DbscanParams;
use crate::cluster::kmeans::{self, KMeansParams};
use crate::cluster::scale::FittedScale;
use crate::cluster::transform::FittedTransform;
use crate::cluster::{ClusterError, NOISE, Observer, dbscan, metrics, select_k};
use crate::dataset::Dataset;
use crate::stats::describe::{median, quantile_sorted, sorted_finite};

/// Above this many customers the silhouette is computed from a seeded stratified sample.
pub const SILHOUETTE_LIMIT: usize = 20_000;

/// Numbers of clusters that are tried when the best is looked for.
pub const K_RANGE: std::ops::RangeInclusive<usize> = 2..=12;

/// Features in scaled space with what was fitted on the way.
#[derive(Debug)]
pub struct Prepared {
    /// A row a customer.
    pub scaled: Array2<f64>,
    /// Rows with every feature known; only these are fitted.
    pub complete: Vec<usize>,
    /// Median of each feature over the known values.
    pub medians: Vec<f64>,
    /// Fitted transform.
    pub transform: FittedTransform,
    /// Fitted scaling.
    pub scale: FittedScale,
}

impl Prepared {
    /// The rows that are fitted.
    #[must_use]
    pub fn fitted_rows(&self) -> Array2<f64> {
        self.scaled.select(Axis(0), &self.complete)
    }
}

/// Transforms and scales the recipe's features; the transform and the scaling are fitted to the
/// customers whose features are all known.
///
/// # Errors
/// [`SegmentError::MissingColumn`], or [`SegmentError::Cluster`] when nobody is complete or a
/// transform does not fit the values.
pub fn prepare(dataset: &Dataset, recipe: &Recipe) -> Result<Prepared, SegmentError> {
    let mut features = features_of(dataset, &recipe.features, "")?;
    let complete: Vec<usize> = features
        .rows()
        .into_iter()
        .enumerate()
        .filter(|(_, row)| row.iter().all(|value| value.is_finite()))
        .map(|(index, _)| index)
        .collect();
    if complete.is_empty() {
        return Err(ClusterError::Empty.into());
    }
    let medians: Vec<f64> = features.axis_iter(Axis(1)).map(|column| median(&column.to_vec())).collect();
    impute(&mut features, &medians);
    let mut fitted = features.select(Axis(0), &complete);
    let named = |error| name_feature(&recipe.features, error);
    let transform = FittedTransform::fit(recipe.transform, fitted.view(), &recipe.features).map_err(named)?;
    transform.apply(&mut fitted).map_err(named)?;
    let scale = FittedScale::fit(recipe.scale, fitted.view()).map_err(named)?;
    transform.apply(&mut features).map_err(named)?;
    scale.apply(&mut features).map_err(named)?;
    Ok(Prepared { scaled: features, complete, medians, transform, scale })
}

/// Circumstances of a fit that are not part of the recipe.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Name of the model.
    pub name: &'a str,
    /// The model whose names and colours the new segments inherit.
    pub predecessor: Option<&'a Model>,
    /// Seconds since 1970-01-01 UTC.
    pub now: u64,
}

/// Fits a recipe: prepare, cluster, score, name.
///
/// The same recipe on the same data gives the same labels on any number of threads.
///
/// # Errors
/// [`SegmentError`] when the recipe does not fit the data or the observer cancels.
pub fn fit(
    dataset: &Dataset,
    recipe: &Recipe,
    occasion: Occasion<'_>,
    observer: &dyn Observer,
) -> Result<Model, SegmentError> {
    let started = Instant::now();
    observer.progress(0.02, "Preparing features");
    let prepared = prepare(dataset, recipe)?;
    let rows = prepared.fitted_rows();
    let outcome = cluster(rows.view(), recipe, observer)?;

    observer.progress(0.75, "Scoring");
    let mut scores = score(rows.view(), &outcome, recipe.seed, observer)?;
    scores.imputed = prepared.scaled.nrows() - prepared.complete.len();

    observer.progress(0.95, "Naming segments");
    let mut model = Model {
        schema_version: SCHEMA_VERSION,
        name: occasion.name.to_owned(),
        dataset: dataset.name.clone(),
        data_fingerprint: dataset.fingerprint.clone(),
        trained_at: occasion.now,
        seconds: 0.0,
        recipe: recipe.clone(),
        medians: prepared.medians,
        transform: prepared.transform,
        scale: prepared.scale,
        estimator: outcome.estimator,
        scores,
        segments: Vec::new(),
        labels: Vec::new(),
    };
    model.labels = all_labels(&model, prepared.scaled.view(), &prepared.complete, &outcome.labels)?;
    model.scores.undecided = model.labels.iter().filter(|label| **label == NOISE).count();
    model.segments = segments(dataset, &model, prepared.scaled.view());
    if let Some(predecessor) = occasion.predecessor {
        compare::inherit(&mut model, predecessor, dataset);
    }
    model.seconds = started.elapsed().as_secs_f64();
    observer.progress(1.0, "Done");
    Ok(model)
}

struct Outcome {
    estimator: Estimator,
    labels: Vec<i32>,
    inertia: Option<f64>,
    restart_inertias: Vec<f64>,
}

/// Lets a stage report its own 0..1 as a part of the whole.
struct Stage<'a> {
    inner: &'a dyn Observer,
    from: f64,
    to: f64,
}

impl Observer for Stage<'_> {
    fn is_cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    fn progress(&self, fraction: f64, message: &str) {
        self.inner.progress(self.from + (self.to - self.from) * fraction, message);
    }
}

fn cluster(rows: ArrayView2<'_, f64>, recipe: &Recipe, observer: &dyn Observer) -> Result<Outcome, SegmentError> {
    match &recipe.algorithm {
        Algorithm::Kmeans { n_clusters, n_init } => {
            let mut params = KMeansParams { n_init: *n_init, seed: recipe.seed, ..KMeansParams::default() };
            let from = if let Some(k) = n_clusters {
                params.n_clusters = *k;
                0.05
            } else {
                let stage = Stage { inner: observer, from: 0.05, to: 0.55 };
                params.n_clusters = choose_k(rows, &params, &stage)?;
                0.55
            };
            let stage = Stage { inner: observer, from, to: 0.75 };
            let fitted = kmeans::fit(rows, &params, &stage)?;
            Ok(Outcome {
                estimator: Estimator::Kmeans { centroids: to_rows(fitted.centroids.view()) },
                labels: fitted.labels,
                inertia: Some(fitted.inertia),
                restart_inertias: fitted.restart_inertias,
            })
        }
        Algorithm::Dbscan { eps, min_samples } => {
            let stage = Stage { inner: observer, from: 0.05, to: 0.75 };
            let fitted = dbscan::fit(rows, &DbscanParams { eps: *eps, min_samples: *min_samples }, &stage)?;
            let cores = rows.select(Axis(0), &fitted.core_samples);
            Ok(Outcome {
                estimator: Estimator::Dbscan {
                    eps: *eps,
                    core_samples: to_rows(cores.view()),
                    core_labels: fitted.core_samples.iter().map(|row| fitted.labels[*row]).collect(),
                },
                labels: fitted.labels,
                inertia: None,
                restart_inertias: Vec::new(),
            })
        }
    }
}

/// Scores K-Means for every number of clusters in [`K_RANGE`] that the rows allow.
///
/// # Errors
/// [`SegmentError::Cluster`].
pub fn sweep(
    rows: ArrayView2<'_, f64>,
    n_init: usize,
    seed: u64,
    observer: &dyn Observer,
) -> Result<Vec<select_k::KScore>, SegmentError> {
    let params = KMeansParams { n_init, seed, ..KMeansParams::default() };
    Ok(select_k::sweep(rows, K_RANGE, &params, SILHOUETTE_LIMIT, observer)?)
}

fn choose_k(rows: ArrayView2<'_, f64>, params: &KMeansParams, observer: &dyn Observer) -> Result<usize, SegmentError> {
    let scores = sweep(rows, params.n_init, params.seed, observer)?;
    Ok(select_k::consensus(&scores).map_or(1, |consensus| consensus.k))
}

fn score(
    rows: ArrayView2<'_, f64>,
    outcome: &Outcome,
    seed: u64,
    observer: &dyn Observer,
) -> Result<Scores, SegmentError> {
    let mut scores = Scores {
        inertia: outcome.inertia,
        silhouette: None,
        silhouette_per_cluster: Vec::new(),
        silhouette_samples: 0,
        davies_bouldin: None,
        calinski_harabasz: None,
        undecided: 0,
        imputed: 0,
        restart_inertias: outcome.restart_inertias.clone(),
    };
    let decided: Vec<usize> = (0..rows.nrows()).filter(|row| outcome.labels[*row] != NOISE).collect();
    let labels: Vec<i32> = decided.iter().map(|row| outcome.labels[*row]).collect();
    let n_labels = labels.iter().collect::<std::collections::BTreeSet<_>>().len();
    if n_labels < 2 || n_labels >= labels.len() {
        return Ok(scores);
    }
    let x = rows.select(Axis(0), &decided);
    scores.davies_bouldin = metrics::davies_bouldin_score(x.view(), &labels).ok().filter(|s| s.is_finite());
    scores.calinski_harabasz = metrics::calinski_harabasz_score(x.view(), &labels).ok().filter(|s| s.is_finite());
    let stage = Stage { inner: observer, from: 0.75, to: 0.95 };
    let silhouette = metrics::silhouette_score(x.view(), &labels, SILHOUETTE_LIMIT, seed, &stage)?;
    scores.set_silhouette(silhouette);
    Ok(scores)
}

/// Labels of all customers: fitted for complete rows, predicted for the others.
fn all_labels(
    model: &Model,
    scaled: ArrayView2<'_, f64>,
    complete: &[usize],
    fitted: &[i32],
) -> Result<Vec<i32>, SegmentError> {
    if complete.len() == scaled.nrows() {
        return Ok(fitted.to_vec());
    }
    let mut labels = vec![NOISE; scaled.nrows()];
    let mut known = vec![false; scaled.nrows()];
    for (row, label) in complete.iter().zip(fitted) {
        labels[*row] = *label;
        known[*row] = true;
    }
    let others: Vec<usize> = (0..scaled.nrows()).filter(|row| !known[*row]).collect();
    let placed = model.assign_all(scaled.select(Axis(0), &others).view())?;
    for (row, label) in others.into_iter().zip(placed) {
        labels[row] = label;
    }
    Ok(labels)
}

fn segments(dataset: &Dataset, model: &Model, scaled: ArrayView2<'_, f64>) -> Vec<Segment> {
    let highest = model.labels.iter().copied().max().unwrap_or(NOISE);
    let clusters = (0..=highest).chain(model.labels.contains(&NOISE).then_some(NOISE));
    let mut segments: Vec<Segment> = clusters
        .map(|cluster| Segment {
            cluster,
            name: String::new(),
            description: String::new(),
            colour: cluster,
            size: model.labels.iter().filter(|label| **label == cluster).count(),
            name_edited: false,
            description_edited: false,
            usual_distance: usual_distance(model, scaled, cluster),
        })
        .collect();
    names::name(&mut segments, dataset, &model.labels, &model.recipe.features);
    segments
}

/// Rows measured for a segment's usual distance; enough for a 99 % quantile.
const DISTANCE_ROWS: usize = 2_000;

fn usual_distance(model: &Model, scaled: ArrayView2<'_, f64>, cluster: i32) -> Option<f64> {
    if cluster == NOISE {
        return None;
    }
    if let Estimator::Dbscan { eps, .. } = &model.estimator {
        return Some(*eps);
    }
    let members: Vec<usize> =
        model.labels.iter().enumerate().filter(|(_, label)| **label == cluster).map(|(row, _)| row).collect();
    let step = members.len().div_ceil(DISTANCE_ROWS).max(1);
    let distances: Vec<f64> = members.iter().step_by(step).map(|row| model.assign(scaled.row(*row)).1).collect();
    Some(quantile_sorted(&sorted_finite(&distances), 0.99))
}
