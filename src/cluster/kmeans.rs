//! K-Means: linfa's restarts, driven one by one and polished by exact Lloyd iterations and single-row moves.

use super::columns::{BLOCK, Columns};
use super::lloyd::{Polished, assign, count, polish};
use super::{ClusterError, NOISE, Observer, check_matrix, distinct_rows, label_of};
use linfa::DatasetBase;
use linfa::prelude::Fit;
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array2, ArrayView2, Axis};
use rand::distributions::{Distribution, WeightedIndex};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Swaps tried in parallel before the best is kept; fixed, so that the number of threads does not matter.
const SWAPS_AT_ONCE: usize = 8;

/// Swapping ends when this many rounds in a row gained nothing.
const FUTILE_ROUNDS: usize = 5;

/// Beyond this many rows swaps are tried on a sample and only the winner is polished on all rows.
const SWAP_ROWS: usize = 8_192;

/// What K-Means is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct KMeansParams {
    /// Number of clusters, at least 1.
    pub n_clusters: usize,
    /// Number of restarts from other k-means++ seeds, at least 1; the best is kept and improved by up to as many rounds of
    /// swaps.
    pub n_init: usize,
    /// Bound on the iterations of each of the two stages of a restart, at least 1.
    pub max_iter: usize,
    /// When the first stage of a restart ends: the squared shift of all centroids relative to the mean variance of the
    /// features, as in scikit-learn; not negative. The second stage runs until no row changes its cluster.
    pub tol: f64,
    /// Seed of the first restart; the result is a function of it.
    pub seed: u64,
}

impl Default for KMeansParams {
    /// 4 clusters, 10 restarts, 300 iterations, tolerance 1e-4 (scikit-learn's), seed 42.
    fn default() -> Self {
        Self { n_clusters: 4, n_init: 10, max_iter: 300, tol: 1e-4, seed: 42 }
    }
}

impl KMeansParams {
    /// Checks the range of each parameter.
    ///
    /// # Errors
    ///
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), ClusterError> {
        for (name, value) in [("n_clusters", self.n_clusters), ("n_init", self.n_init), ("max_iter", self.max_iter)] {
            if value == 0 {
                return Err(ClusterError::parameter(name, "must be at least 1"));
            }
        }
        if !(self.tol >= 0.0 && self.tol.is_finite()) {
            return Err(ClusterError::parameter("tol", format!("must be a number from 0 upward, not {}", self.tol)));
        }
        Ok(())
    }
}

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

/// Clusters the rows of `x` (`sklearn.cluster.KMeans`, Lloyd's algorithm).
///
/// Each restart runs linfa's K-Means once from k-means++ seeds (Arthur and Vassilvitskii, 2007) and then Lloyd iterations
/// (1982) until the labels are stable, a cluster that runs empty taking over the row farthest from its centroid, and then
/// moves of single rows (Hartigan, 1975), which get out of optima where Lloyd's algorithm stops. The best restart is improved by random swaps (Fränti, 2018).
/// Restarts and swaps run in parallel; the result is the same for any number of threads, the first of equally good restarts being kept.
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
pub fn fit(x: ArrayView2<f64>, params: &KMeansParams, observer: &dyn Observer) -> Result<KMeansFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    let k = params.n_clusters;
    let distinct = distinct_rows(x, k);
    if distinct < k {
        return Err(ClusterError::TooFewDistinctRows { k, distinct });
    }
    let columns = Columns::new(x);
    let shift = shift_tolerance(x, params.tol);
    let done = AtomicUsize::new(0);
    let restarts = (0..params.n_init)
        .into_par_iter()
        .map(|restart| {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let model = linfa_centroids(x, params, shift, restart)?;
            let found = polish(&columns, model, params.max_iter, observer)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let message = format!("restart {done} of {}: inertia {:.6}", params.n_init, found.inertia);
            observer.progress(done as f64 / params.n_init as f64, &message);
            Ok(found)
        })
        .collect::<Result<Vec<Polished>, ClusterError>>()?;
    let restart_inertias = restarts.iter().map(|found| found.inertia).collect();
    // `min_by` keeps the first of equal minima.
    let best = restarts.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia)).ok_or(ClusterError::Empty)?;
    let best = swap_on_sample(x, &columns, best, params, observer)?;
    Ok(canonical(&best, restart_inertias))
}

/// [`swap`] with a bounded cost: on many rows it searches a sample, and the result stands only if it is better on all.
fn swap_on_sample(
    x: ArrayView2<f64>,
    columns: &Columns,
    best: Polished,
    params: &KMeansParams,
    observer: &dyn Observer,
) -> Result<Polished, ClusterError> {
    if params.n_clusters < 2 {
        return Ok(best);
    }
    let mut rng = Xoshiro256Plus::seed_from_u64(!params.seed);
    if columns.rows() <= SWAP_ROWS {
        return swap(columns, best, params, &mut rng, observer);
    }
    let mut rows = index::sample(&mut rng, columns.rows(), SWAP_ROWS).into_vec();
    rows.sort_unstable();
    let sample = Columns::select(x, &rows);
    let start = polish(&sample, best.centroids.clone(), params.max_iter, observer)?;
    let found = swap(&sample, start, params, &mut rng, observer)?;
    let found = polish(columns, found.centroids, params.max_iter, observer)?;
    Ok(if found.inertia < best.inertia { found } else { best })
}

/// Random swaps after Fränti (2018): replaces a centroid by a row, likelier one that is far from its own, polishes, and keeps
/// what is better; as many rounds as there are restarts. A swap costs less than a restart and leaves optima that most
/// restarts end in.
fn swap(
    columns: &Columns,
    mut best: Polished,
    params: &KMeansParams,
    rng: &mut Xoshiro256Plus,
    observer: &dyn Observer,
) -> Result<Polished, ClusterError> {
    let mut futile = 0;
    for _ in 0..params.n_init {
        // No row is away from its centroid when there are as many clusters as distinct rows.
        let Ok(weights) = WeightedIndex::new(&best.distances) else {
            break;
        };
        // Drawn before the parallel part, so that threads share no randomness.
        let starts: Vec<Array2<f64>> = (0..SWAPS_AT_ONCE)
            .map(|_| {
                let mut start = best.centroids.clone();
                let row = weights.sample(rng);
                if let Some(point) = start.row_mut(rng.gen_range(0..params.n_clusters)).as_slice_mut() {
                    columns.row_into(row, point);
                }
                start
            })
            .collect();
        let found = starts
            .into_par_iter()
            .map(|start| polish(columns, start, params.max_iter, observer))
            .collect::<Result<Vec<_>, _>>()?;
        let before = best.inertia;
        best = found.into_iter().fold(best, |best, found| if found.inertia < best.inertia { found } else { best });
        futile = if best.inertia < before * (1.0 - 1e-9) { 0 } else { futile + 1 };
        if futile == FUTILE_ROUNDS {
            break;
        }
    }
    Ok(best)
}

/// Polishes given centroids instead of seeding, for a sweep that starts from the solution for one cluster fewer.
pub(super) fn fit_from(
    x: ArrayView2<f64>,
    centroids: Array2<f64>,
    max_iter: usize,
    observer: &dyn Observer,
) -> Result<KMeansFit, ClusterError> {
    let found = polish(&Columns::new(x), centroids, max_iter, observer)?;
    Ok(canonical(&found, vec![found.inertia]))
}

/// The cluster of each row of `x`: the nearest centroid, the lowest of equally near ones. A row with a NaN, or with another
/// number of features than the centroids, is [`NOISE`], as is every row when there are no centroids.
#[must_use]
pub fn predict(centroids: ArrayView2<f64>, x: ArrayView2<f64>) -> Vec<i32> {
    if centroids.ncols() != x.ncols() || centroids.is_empty() {
        return vec![NOISE; x.nrows()];
    }
    let flat: Vec<f64> = centroids.iter().copied().collect();
    let mut labels = vec![NOISE; x.nrows()];
    labels.par_chunks_mut(16 * BLOCK).zip(x.axis_chunks_iter(Axis(0), 16 * BLOCK).into_par_iter()).for_each(
        |(labels, rows)| {
            let mut distances = vec![f64::INFINITY; labels.len()];
            assign(&Columns::new(rows), &flat, labels, &mut distances);
        },
    );
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

/// linfa compares the distance between all old and new centroids with an absolute tolerance above 0.
fn shift_tolerance(x: ArrayView2<f64>, tol: f64) -> f64 {
    let variance = x.var_axis(Axis(0), 0.0).mean().unwrap_or(0.0);
    // linfa counts the old centroid as one more row, so its shifts shrink for ever; the second stage is exact anyway.
    (tol.max(1e-12) * variance).sqrt().max(f64::MIN_POSITIVE)
}

/// One restart of linfa's K-Means. Its inertia and counts are not used: the first lags an iteration, both are recounted.
fn linfa_centroids(
    x: ArrayView2<f64>,
    params: &KMeansParams,
    shift: f64,
    restart: usize,
) -> Result<Array2<f64>, ClusterError> {
    let rng = Xoshiro256Plus::seed_from_u64(params.seed.wrapping_add(restart as u64));
    let model = KMeans::params_with_rng(params.n_clusters, rng)
        .n_runs(1)
        .init_method(KMeansInit::KMeansPlusPlus)
        .max_n_iterations(params.max_iter as u64)
        .tolerance(shift)
        .fit(&DatasetBase::from(x))
        .map_err(|error| ClusterError::Library { message: error.to_string() })?;
    Ok(model.centroids().clone())
}

/// Renumbers clusters by size descending, then first row.
fn canonical(found: &Polished, restart_inertias: Vec<f64>) -> KMeansFit {
    let k = found.centroids.nrows();
    let counts = count(&found.labels, k);
    let mut first_rows = vec![usize::MAX; k];
    for (row, &label) in found.labels.iter().enumerate().rev() {
        if let Some(first) = first_rows.get_mut(label as usize) {
            *first = row;
        }
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by_key(|&cluster| (std::cmp::Reverse(counts[cluster]), first_rows[cluster]));
    let mut renamed = vec![NOISE; k];
    for (new, &old) in order.iter().enumerate() {
        renamed[old] = label_of(new);
    }
    KMeansFit {
        centroids: found.centroids.select(Axis(0), &order),
        labels: found.labels.iter().map(|&label| renamed.get(label as usize).copied().unwrap_or(NOISE)).collect(),
        inertia: found.inertia,
        counts: order.iter().map(|&cluster| counts[cluster]).collect(),
        n_iter: found.n_iter,
        converged: found.converged,
        restart_inertias,
    }
}

#[cfg(test)]
mod tests;
