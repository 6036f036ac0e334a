//! Fits a recipe to a data set's customers.

use std::time::Instant;

use ndarray::ArrayView2;

pub use super::algorithms::{K_RANGE, SILHOUETTE_LIMIT};
use super::algorithms::{Outcome, decided, run};
use super::artefact::{Model, SCHEMA_VERSION, Scores, Segment};
use super::encode::prepare;
use super::estimator::Estimator;
use super::opinions::second_opinion;
use super::trust::{recommend, stability};
use super::{Recipe, SegmentError, continuity, names};
use crate::cluster::{ClusterError, NOISE, Progress, metrics};
use crate::dataset::Dataset;
use crate::progress::Part;
use crate::stats::describe::{quantile_sorted, sorted_finite};

/// Circumstances of a fit that are not part of the recipe.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    /// Name of the model.
    pub name: &'a str,
    /// The model whose names and colours the new segments inherit.
    pub predecessor: Option<&'a Model>,
    /// Seconds since 1970-01-01 UTC.
    pub now: u64,
    /// Whether to leave out what only describes the result and takes longest: the stability of the segments and the second opinion.
    pub quick: bool,
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
    observer: &dyn Progress,
) -> Result<Model, SegmentError> {
    let started = Instant::now();
    observer.progress(0.02, "Preparing features");
    let prepared = prepare(dataset, recipe, observer)?;
    let rows = prepared.fitted_rows();
    let outcome = cluster(rows.view(), recipe, &Part::of(observer, 0.05..0.7))?;

    observer.progress(0.7, "Scoring");
    let mut scores = score(rows.view(), &outcome, recipe.seed, &Part::of(observer, 0.7..0.8))?;
    scores.imputed = prepared.scaled.nrows() - prepared.complete.len();
    if !occasion.quick {
        let stage = Part::of(observer, 0.8..0.95);
        scores.stability = stability(rows.view(), &outcome.labels, &recipe.algorithm, recipe.seed, &stage)?;
        scores.second_opinion = second_opinion(rows.view(), &recipe.algorithm, &outcome.labels, recipe.seed, observer)?;
    }

    observer.progress(0.95, "Naming segments");
    let mut model = Model {
        schema_version: SCHEMA_VERSION,
        name: occasion.name.to_owned(),
        dataset: dataset.name.clone(),
        data_fingerprint: dataset.fingerprint.clone(),
        trained_at: occasion.now,
        seconds: 0.0,
        recipe: recipe.clone(),
        encoder: prepared.encoder,
        estimator: outcome.estimator,
        scores,
        segments: Vec::new(),
        labels: Vec::new(),
    };
    model.labels = all_labels(&model, prepared.scaled.view(), &prepared.complete, &outcome.labels)?;
    model.scores.undecided = model.labels.iter().filter(|label| **label == NOISE).count();
    model.segments = segments(dataset, &model, prepared.scaled.view(), observer)?;
    if let Some(predecessor) = occasion.predecessor {
        continuity::inherit(&mut model, predecessor, dataset);
    }
    model.seconds = started.elapsed().as_secs_f64();
    observer.progress(1.0, "Done");
    Ok(model)
}

/// The algorithm's result; where the number of clusters is to be chosen, that for the recommended one.
fn cluster(rows: ArrayView2<'_, f64>, recipe: &Recipe, observer: &dyn Progress) -> Result<Outcome, SegmentError> {
    if !recipe.algorithm.chooses_k() {
        return run(rows, &recipe.algorithm, recipe.seed, observer);
    }
    let recommended = recommend(rows, &recipe.algorithm, recipe.seed, observer)?;
    match recommended.outcome {
        Some(outcome) => Ok(outcome),
        None => run(rows, &recipe.algorithm.with_n_clusters(1), recipe.seed, observer),
    }
}

fn score(
    rows: ArrayView2<'_, f64>,
    outcome: &Outcome,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Scores, SegmentError> {
    let mut scores = Scores {
        restart_inertias: outcome.restarts.clone(),
        bic: outcome.criteria.map(|(bic, _)| bic).filter(|criterion| criterion.is_finite()),
        aic: outcome.criteria.map(|(_, aic)| aic).filter(|criterion| criterion.is_finite()),
        note: outcome.note.clone(),
        inertia: Some(metrics::inertia(rows, &outcome.labels)?),
        ..Scores::default()
    };
    let (x, labels) = decided(rows, &outcome.labels);
    let n_labels = labels.iter().collect::<std::collections::BTreeSet<_>>().len();
    if n_labels < 2 || n_labels >= labels.len() {
        return Ok(scores);
    }
    scores.davies_bouldin = metrics::davies_bouldin_score(x.view(), &labels).ok().filter(|s| s.is_finite());
    scores.calinski_harabasz = metrics::calinski_harabasz_score(x.view(), &labels).ok().filter(|s| s.is_finite());
    let silhouette = metrics::silhouette_score(x.view(), &labels, SILHOUETTE_LIMIT, seed, observer)?;
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
    let placed = model.assign_all(super::encode::rows_of(scaled, &others).view())?;
    for (row, label) in others.into_iter().zip(placed) {
        labels[row] = label;
    }
    Ok(labels)
}

fn segments(
    dataset: &Dataset,
    model: &Model,
    scaled: ArrayView2<'_, f64>,
    observer: &dyn Progress,
) -> Result<Vec<Segment>, SegmentError> {
    let highest = model.labels.iter().copied().max().unwrap_or(NOISE);
    let clusters = (0..=highest).chain(model.labels.contains(&NOISE).then_some(NOISE));
    let mut segments = Vec::new();
    for cluster in clusters {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled.into());
        }
        segments.push(Segment {
            cluster,
            name: String::new(),
            description: String::new(),
            colour: cluster,
            size: model.labels.iter().filter(|label| **label == cluster).count(),
            name_edited: false,
            description_edited: false,
            usual_distance: usual_distance(model, scaled, cluster),
        });
    }
    names::name(&mut segments, dataset, &model.labels, &model.recipe.features);
    Ok(segments)
}

/// Rows measured for a segment's usual distance; enough for a 99 % quantile.
const DISTANCE_ROWS: usize = 2_000;

fn usual_distance(model: &Model, scaled: ArrayView2<'_, f64>, cluster: i32) -> Option<f64> {
    if cluster == NOISE {
        return None;
    }
    match &model.estimator {
        Estimator::Dbscan { eps, .. } => return Some(*eps),
        Estimator::Hdbscan { .. } => return None,
        Estimator::Kmeans { .. } | Estimator::Hierarchical { .. } | Estimator::GaussianMixture { .. } => {}
    }
    let members: Vec<usize> =
        model.labels.iter().enumerate().filter(|(_, label)| **label == cluster).map(|(row, _)| row).collect();
    let step = members.len().div_ceil(DISTANCE_ROWS).max(1);
    let own = |row: &usize| {
        let references = model.estimator.references(scaled.row(*row));
        references.into_iter().find(|reference| reference.cluster == cluster).map(|reference| reference.distance)
    };
    let distances: Vec<f64> = members.iter().step_by(step).filter_map(own).collect();
    Some(quantile_sorted(&sorted_finite(&distances), 0.99))
}
