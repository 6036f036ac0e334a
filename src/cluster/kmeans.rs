//! K-Means: restarts on all rows or on a sample that stands for them, single-row moves, swaps, and exact iterations.
//!
//! linfa's K-Means is the test oracle. It is not used because its restarts cannot be stopped inside and take minutes at a
//! million rows, and because Lloyd's iterations alone often end in worse optima.

use super::columns::{BLOCK, Columns};
pub use super::kmeans_params::KMeansParams;
use super::lloyd::{Polished, Stop, assign_rows, polish};
use super::numbering::number_by_size;
use super::search::{SAMPLE_ROWS, search};
use super::{ClusterError, NOISE, Progress, check_matrix, distinct_rows};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

/// What K-Means found.
///
/// Clusters are numbered by size, the largest first, and equal sizes by their first row: the numbers do not depend on the
/// seed as long as the partition does not.
#[derive(Clone, Debug, PartialEq)]
pub struct KMeansFit {
    /// One row per cluster, in the unit of the features given.
    pub centroids: Array2<f64>,
    /// The nearest centroid of each row, from 0.
    pub labels: Vec<i32>,
    /// Sum of squared distances of the rows to their centroid.
    pub inertia: f64,
    /// Rows in each cluster.
    pub counts: Vec<usize>,
    /// Iterations of the last polishing that led to the result.
    pub n_iter: usize,
    /// Whether those iterations ended because no row changed its cluster.
    pub converged: bool,
    /// Inertia each restart ended with, in order, before swaps: how many agree tells how hard the problem is.
    pub restart_inertias: Vec<f64>,
}

/// Clusters the rows of `x` (`sklearn.cluster.KMeans`).
///
/// Each restart runs Lloyd's iterations (1982) from greedy k-means++ seeds, a cluster that runs empty taking over the row
/// farthest from its centroid, and then moves of single rows (Hartigan, 1975), which get out of optima where Lloyd's
/// algorithm stops. The best restart is improved by random swaps (Fränti, 2018). Beyond 32,768 rows all this runs on
/// a weighted sample that keeps far groups, and the best few solutions are refined by iterations on all rows. The result is
/// the same for any number of threads, the first of equally good solutions being kept.
///
/// ```
/// use ndarray::array;
/// use segmenta::cluster::Silent;
/// use segmenta::cluster::kmeans::{KMeansParams, fit};
///
/// let x = array![[0.0], [0.2], [9.0], [9.2], [9.4]];
/// let params = KMeansParams { n_clusters: 2, ..KMeansParams::default() };
/// let fitted = fit(x.view(), &params, &Silent)?;
/// assert_eq!(fitted.labels, [1, 1, 0, 0, 0]);
/// assert!((fitted.inertia - 0.1).abs() < 1e-12);
/// # Ok::<(), segmenta::cluster::ClusterError>(())
/// ```
///
/// # Errors
///
/// When a parameter is out of range, a cell is not finite, there are fewer distinct rows than clusters, or the observer
/// cancels, which is asked before each restart and each iteration.
pub fn fit(x: ArrayView2<f64>, params: &KMeansParams, observer: &dyn Progress) -> Result<KMeansFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    let k = params.n_clusters;
    let distinct = distinct_rows(x, k);
    if distinct < k {
        return Err(ClusterError::TooFewDistinctRows { k, distinct });
    }
    let found = search(&Columns::new(x), params, observer)?;
    Ok(canonical(found.best, found.restart_inertias))
}

/// Polishes given centroids instead of seeding, for a sweep that starts from the solution for one cluster fewer.
pub(super) fn fit_from(
    x: ArrayView2<f64>,
    centroids: Array2<f64>,
    max_iter: usize,
    observer: &dyn Progress,
) -> Result<KMeansFit, ClusterError> {
    let stop = Stop { max_iter, shift: 0.0, exchange: x.nrows() <= SAMPLE_ROWS };
    let found = polish(&Columns::new(x), centroids, stop, observer)?;
    let inertia = found.inertia;
    Ok(canonical(found, vec![inertia]))
}

/// The cluster of each row of `x`: the nearest centroid, the lowest of equally near ones. A row with a NaN, or with another
/// number of features than the centroids, is [`NOISE`], as is every row when there are no centroids.
#[must_use]
pub fn predict(centroids: ArrayView2<f64>, x: ArrayView2<f64>) -> Vec<i32> {
    if centroids.ncols() != x.ncols() || centroids.is_empty() {
        return vec![NOISE; x.nrows()];
    }
    let flat: Vec<f64> = centroids.iter().copied().collect();
    let columns = Columns::new(x);
    let mut labels = vec![NOISE; x.nrows()];
    labels.par_chunks_mut(16 * BLOCK).enumerate().for_each(|(chunk, labels)| {
        let mut distances = vec![f64::INFINITY; labels.len()];
        assign_rows(&columns, chunk * 16 * BLOCK, &flat, labels, &mut distances);
    });
    labels
}

/// Euclidean distances from one row to every centroid, in order. NaN where the row has a NaN; features beyond the shorter
/// of the two are ignored.
#[must_use]
pub fn distances(centroids: ArrayView2<f64>, row: &[f64]) -> Vec<f64> {
    centroids
        .rows()
        .into_iter()
        .map(|centroid| centroid.iter().zip(row).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt())
        .collect()
}

/// Renumbers clusters by size descending, then first row.
fn canonical(found: Polished, restart_inertias: Vec<f64>) -> KMeansFit {
    let mut labels = found.labels;
    let k = found.centroids.nrows();
    let order = number_by_size(&mut labels, k);
    let mut counts = vec![0; k];
    for &label in &labels {
        counts[label as usize] += 1;
    }
    KMeansFit {
        centroids: found.centroids.select(Axis(0), &order),
        labels,
        inertia: found.inertia,
        counts,
        n_iter: found.n_iter,
        converged: found.converged,
        restart_inertias,
    }
}

#[cfg(test)]
mod tests;
