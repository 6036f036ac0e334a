//! What another library finds with a model's own settings.

use ndarray::{ArrayView2, Axis};

use super::algorithms::{run, sizes};
use super::{Algorithm, SegmentError};
use crate::cluster::second_opinion::{SecondOpinion, of_dbscan, of_kmeans, sampled_rows};
use crate::cluster::{ClusterError, Progress};
use crate::progress::Quiet;

/// What linfa-clustering finds with the settings that gave `labels`, on at most 20,000 of the rows; beyond those, ours is fitted anew to the
/// same ones. `None` for algorithms that it lacks, without a cluster, and where it gives up, which says nothing of ours.
///
/// # Errors
/// [`SegmentError`] when the settings do not fit the rows or the observer cancels.
pub fn second_opinion(
    rows: ArrayView2<'_, f64>,
    algorithm: &Algorithm,
    labels: &[i32],
    seed: u64,
    observer: &dyn Progress,
) -> Result<Option<SecondOpinion>, SegmentError> {
    let found = sizes(labels).len();
    if found == 0 || !matches!(algorithm, Algorithm::Kmeans { .. } | Algorithm::Dbscan { .. }) {
        return Ok(None);
    }
    let quiet = Quiet(observer);
    let algorithm = if algorithm.chooses_k() { algorithm.with_n_clusters(found) } else { algorithm.clone() };
    let chosen = sampled_rows(rows.nrows(), seed);
    let part = rows.select(Axis(0), &chosen);
    let ours =
        if chosen.len() == rows.nrows() { labels.to_vec() } else { run(part.view(), &algorithm, seed, &quiet)?.labels };
    let opinion = match algorithm {
        Algorithm::Dbscan { eps, min_samples } => of_dbscan(part.view(), &ours, eps, min_samples, &quiet),
        _ => of_kmeans(part.view(), &ours, algorithm.n_clusters().unwrap_or(found), seed, &quiet),
    };
    match opinion {
        Ok(opinion) => Ok(Some(opinion)),
        Err(ClusterError::Cancelled) => Err(ClusterError::Cancelled.into()),
        Err(error) => {
            tracing::info!(%error, "no second opinion");
            Ok(None)
        }
    }
}
