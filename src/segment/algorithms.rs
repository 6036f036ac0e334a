//! Runs a recipe's algorithm: one place that knows all of them.

use ndarray::{Array2, ArrayView2, Axis};

use super::estimator::{Estimator, to_rows};
use super::{Algorithm, SegmentError};
use crate::cluster::dbscan::DbscanParams;
use crate::cluster::estimators::{DatasetBase, Fit, Watch};
use crate::cluster::hdbscan::HdbscanParams;
use crate::cluster::hierarchical::HierarchicalParams;
use crate::cluster::kmeans::{KMeansFit, KMeansParams};
use crate::cluster::mixture::{MixtureFit, MixtureParams};
use crate::cluster::select_k::{KScore, scored, sweep};
use crate::cluster::{NOISE, Progress};
use crate::progress::Part;

/// Above this many customers the silhouette is computed from a seeded stratified sample.
pub const SILHOUETTE_LIMIT: usize = 20_000;

/// Numbers of clusters that are tried when the best is looked for.
pub const K_RANGE: std::ops::RangeInclusive<usize> = 2..=12;

/// What an algorithm found.
#[derive(Debug)]
pub struct Outcome {
    /// What new customers are placed by.
    pub estimator: Estimator,
    /// Cluster of each row.
    pub labels: Vec<i32>,
    /// Inertia, or log-likelihood, of each restart; empty where there are none.
    pub restarts: Vec<f64>,
    /// Bayesian and Akaike information criterion (Gaussian mixture).
    pub criteria: Option<(f64, f64)>,
    /// What was approximated, in words.
    pub note: Option<String>,
}

impl Outcome {
    /// A K-Means solution.
    #[must_use]
    pub fn of_kmeans(found: KMeansFit) -> Self {
        Self {
            estimator: Estimator::Kmeans { centroids: to_rows(found.centroids.view()) },
            labels: found.labels,
            restarts: found.restart_inertias,
            criteria: None,
            note: None,
        }
    }

    /// A mixture; components that are the likeliest of nobody go.
    #[must_use]
    pub fn of_mixture(found: MixtureFit) -> Self {
        let mut mixture = found.mixture;
        let kept = sizes(&found.labels).len();
        // Components are numbered by rows, so those without any come last.
        mixture.keep_first(kept);
        let note = (!found.converged).then(|| "The iterations ended before the likelihood settled.".to_owned());
        Self {
            estimator: Estimator::GaussianMixture { mixture },
            labels: found.labels,
            restarts: found.restart_log_likelihoods,
            criteria: Some((found.bic, found.aic)),
            note,
        }
    }
}

/// K-Means parameters of a recipe.
fn kmeans_params(n_clusters: usize, n_init: usize, seed: u64) -> KMeansParams {
    KMeansParams { n_clusters, n_init, seed, ..KMeansParams::default() }
}

/// Fits an algorithm with a given number of clusters.
///
/// # Errors
/// [`SegmentError`] when the parameters do not fit the rows or the observer cancels.
pub fn run(
    rows: ArrayView2<'_, f64>,
    algorithm: &Algorithm,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Outcome, SegmentError> {
    let k = algorithm.n_clusters().unwrap_or(1);
    let data = DatasetBase::from(rows);
    match algorithm {
        Algorithm::Kmeans { n_init, .. } => {
            Ok(Outcome::of_kmeans(kmeans_params(k, *n_init, seed).watched(observer).fit(&data)?))
        }
        Algorithm::Hierarchical { linkage, .. } => {
            let params = HierarchicalParams { linkage: *linkage, n_clusters: k, seed, ..HierarchicalParams::default() };
            let found = params.watched(observer).fit(&data)?;
            let note = found.on_micro_clusters().then(|| {
                format!(
                    "Customers were first gathered into {} micro-clusters, which the hierarchy is built on.",
                    found.weights.len()
                )
            });
            Ok(Outcome {
                estimator: Estimator::Hierarchical {
                    linkage: *linkage,
                    representatives: to_rows(found.representatives.view()),
                    representative_labels: found.representative_labels,
                    weights: found.weights,
                    merges: found.merges,
                },
                labels: found.labels,
                restarts: Vec::new(),
                criteria: None,
                note,
            })
        }
        Algorithm::GaussianMixture { covariance, n_init, .. } => {
            let params = MixtureParams {
                n_components: k,
                covariance: *covariance,
                n_init: *n_init,
                seed,
                ..MixtureParams::default()
            };
            Ok(Outcome::of_mixture(params.watched(observer).fit(&data)?))
        }
        Algorithm::Dbscan { eps, min_samples } => {
            let params = DbscanParams { eps: *eps, min_samples: *min_samples };
            let found = params.watched(observer).fit(&data)?;
            let cores = rows.select(Axis(0), &found.core_samples);
            Ok(Outcome {
                estimator: Estimator::Dbscan {
                    eps: *eps,
                    core_samples: to_rows(cores.view()),
                    core_labels: found.core_samples.iter().map(|row| found.labels[*row]).collect(),
                },
                labels: found.labels,
                restarts: Vec::new(),
                criteria: None,
                note: None,
            })
        }
        Algorithm::Hdbscan { min_cluster_size, min_samples } => {
            let params = HdbscanParams {
                min_cluster_size: *min_cluster_size,
                min_samples: (*min_samples).min(rows.nrows()),
                seed,
                ..HdbscanParams::default()
            };
            let found = params.watched(observer).fit(&data)?;
            let note = found.on_sample().then(|| {
                format!("A sample of {} customers was fitted; the others were placed by it.", found.model.labels.len())
            });
            Ok(Outcome {
                labels: found.labels,
                estimator: Estimator::Hdbscan { model: found.model },
                restarts: Vec::new(),
                criteria: None,
                note,
            })
        }
    }
}

/// The algorithm for a part of the rows, with fewer restarts: for resamples, which are many.
///
/// `share` is the part's share of the rows that the parameters are meant for; neighbours are as much rarer there.
#[must_use]
pub fn for_a_part(algorithm: &Algorithm, share: f64) -> Algorithm {
    let scaled = |count: usize, least: usize| ((count as f64 * share).round() as usize).max(least.min(count));
    match algorithm.clone() {
        Algorithm::Kmeans { n_clusters, n_init } => Algorithm::Kmeans { n_clusters, n_init: n_init.min(3) },
        Algorithm::GaussianMixture { n_clusters, covariance, .. } => {
            Algorithm::GaussianMixture { n_clusters, covariance, n_init: 1 }
        }
        Algorithm::Dbscan { eps, min_samples } => Algorithm::Dbscan { eps, min_samples: scaled(min_samples, 2) },
        Algorithm::Hdbscan { min_cluster_size, min_samples } => Algorithm::Hdbscan {
            min_cluster_size: scaled(min_cluster_size, 5).max(2),
            min_samples: scaled(min_samples, 2),
        },
        other @ Algorithm::Hierarchical { .. } => other,
    }
}

/// Every number of clusters in [`K_RANGE`] that the rows allow: its scores and what was found.
///
/// # Errors
/// [`SegmentError`] when the rows do not allow two clusters or the observer cancels.
pub fn for_each_k(
    rows: ArrayView2<'_, f64>,
    algorithm: &Algorithm,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Vec<(KScore, Outcome)>, SegmentError> {
    if let Algorithm::Kmeans { n_init, .. } = algorithm {
        let swept = sweep(rows, K_RANGE, &kmeans_params(1, *n_init, seed), SILHOUETTE_LIMIT, observer)?;
        return Ok(swept.into_iter().map(|(score, found)| (score, Outcome::of_kmeans(found))).collect());
    }
    let mut found = Vec::new();
    for k in K_RANGE {
        let done = (k - K_RANGE.start()) as f64 / K_RANGE.clone().count() as f64;
        observer.progress(done, &format!("k = {k}"));
        let stage = Part::of(observer, done..done);
        let outcome = match run(rows, &algorithm.with_n_clusters(k), seed, &stage) {
            Ok(outcome) => outcome,
            // Fewer distinct customers than clusters: larger numbers have no answer.
            Err(SegmentError::Cluster(crate::cluster::ClusterError::TooFewDistinctRows { .. }))
                if !found.is_empty() =>
            {
                break;
            }
            Err(error) => return Err(error),
        };
        let mut score = scored(rows, k, &outcome.labels, SILHOUETTE_LIMIT, seed, &stage)?;
        score.bic = outcome.criteria.map(|(bic, _)| bic);
        found.push((score, outcome));
    }
    Ok(found)
}

/// Rows of each cluster, from 0.
#[must_use]
pub fn sizes(labels: &[i32]) -> Vec<usize> {
    let highest = labels.iter().copied().max().unwrap_or(NOISE);
    let mut sizes = vec![0; usize::try_from(highest + 1).unwrap_or(0)];
    for label in labels {
        if let Some(size) = usize::try_from(*label).ok().and_then(|label| sizes.get_mut(label)) {
            *size += 1;
        }
    }
    sizes
}

/// Rows that have a cluster, and their labels.
#[must_use]
pub fn decided(rows: ArrayView2<'_, f64>, labels: &[i32]) -> (Array2<f64>, Vec<i32>) {
    let kept: Vec<usize> = (0..labels.len()).filter(|row| labels[*row] != NOISE).collect();
    (super::encode::rows_of(rows, &kept), kept.iter().map(|row| labels[*row]).collect())
}
