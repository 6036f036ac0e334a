//! DBSCAN: density-based clusters with noise (Ester, Kriegel, Sander and Xu, 1996).
//!
//! Labels equal `sklearn.cluster.DBSCAN(eps, min_samples).fit(x).labels_`: a row is a core sample when at least
//! `min_samples` rows, itself included, lie within `eps` (closed ball); clusters are numbered by their first core sample in
//! row order; a border row near several clusters belongs to the lowest numbered. linfa's DBSCAN gives the same labels and is
//! the test oracle; it is not used because it does not report core samples, cannot be stopped, and is quadratic when `eps`
//! is wide.

use super::columns::Columns;
pub use super::dbscan_fit::DbscanFit;
use super::grid::Grid;
use super::neighbors::KdTree;
use super::{ClusterError, NOISE, Progress, check_labels, check_matrix, label_of, select_k};
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows between two questions whether to stop.
const CHUNK: usize = 512;

/// What DBSCAN is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DbscanParams {
    /// Radius of a neighbourhood, above 0, in the unit of the scaled features.
    pub eps: f64,
    /// Rows in a core sample's neighbourhood, the sample included; at least 1.
    pub min_samples: usize,
}

impl Default for DbscanParams {
    /// scikit-learn's: `eps` 0.5, `min_samples` 5.
    fn default() -> Self {
        Self { eps: 0.5, min_samples: 5 }
    }
}

impl DbscanParams {
    /// Checks the range of each parameter.
    ///
    /// # Errors
    ///
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), ClusterError> {
        if !(self.eps > 0.0 && self.eps.is_finite()) {
            return Err(ClusterError::parameter("eps", format!("must be a number above 0, not {}", self.eps)));
        }
        if self.min_samples == 0 {
            return Err(ClusterError::parameter("min_samples", "must be at least 1"));
        }
        Ok(())
    }
}

/// Clusters the rows of `x`.
///
/// Up to three features are searched by a grid of cells, more by a k-d tree. Beyond some ten features trees prune little and
/// the time tends to the square of the rows.
///
/// # Errors
///
/// When a parameter is out of range, a cell is not finite, `x` is empty or the observer cancels.
pub fn fit(x: ArrayView2<f64>, params: &DbscanParams, observer: &dyn Progress) -> Result<DbscanFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    match Grid::new(&Columns::new(x), params.eps) {
        Some(grid) => grid.fit(params.min_samples, observer),
        None => fit_by_tree(x, params, observer),
    }
}

/// [`fit`] in any number of dimensions: neighbourhoods are counted in parallel, the rest is serial and near linear, since a
/// k-d tree hands out every core sample once, whatever `eps`.
fn fit_by_tree(x: ArrayView2<f64>, params: &DbscanParams, observer: &dyn Progress) -> Result<DbscanFit, ClusterError> {
    let radius = params.eps * params.eps;
    let tree = KdTree::build(x, observer)?;
    observer.progress(0.05, "counting neighbours");
    let counts = for_rows(x, observer, (0.05, 0.7), |row| tree.count_within(row, radius, params.min_samples))?;
    let core_samples: Vec<usize> = (0..x.nrows()).filter(|&row| counts[row] >= params.min_samples).collect();

    observer.progress(0.7, "connecting core samples");
    let core_x = x.select(Axis(0), &core_samples);
    let core_tree = KdTree::build(core_x.view(), observer)?;
    let (core_labels, n_clusters) = connect(core_x.view(), &core_tree, radius, observer)?;
    let mut labels = vec![NOISE; x.nrows()];
    for (&row, &label) in core_samples.iter().zip(&core_labels) {
        labels[row] = label;
    }

    observer.progress(0.85, "assigning border rows");
    let borders: Vec<usize> = (0..x.nrows()).filter(|&row| labels[row] == NOISE).collect();
    let border_x = x.select(Axis(0), &borders);
    let border_labels = for_rows(border_x.view(), observer, (0.85, 1.0), |row| {
        // A border row has fewer neighbours than `min_samples`, so looking at all of them is cheap.
        let mut lowest = i32::MAX;
        core_tree.for_each_within(row, radius, |core| lowest = lowest.min(core_labels[core]));
        if lowest == i32::MAX { NOISE } else { lowest }
    })?;
    for (row, label) in borders.into_iter().zip(border_labels) {
        labels[row] = label;
    }
    Ok(DbscanFit { labels, core_samples, n_clusters })
}

/// Labels core samples by connected component, numbered by first row.
fn connect(
    core_x: ArrayView2<f64>,
    tree: &KdTree,
    radius: f64,
    observer: &dyn Progress,
) -> Result<(Vec<i32>, usize), ClusterError> {
    let mut labels = vec![NOISE; core_x.nrows()];
    let mut remaining = tree.remaining();
    let mut queue = Vec::new();
    let mut point = vec![0.0; core_x.ncols()];
    let (mut clusters, mut visited) = (0, 0_usize);
    for first in 0..core_x.nrows() {
        if labels[first] != NOISE {
            continue;
        }
        queue.push(first);
        labels[first] = label_of(clusters);
        while let Some(row) = queue.pop() {
            if visited.is_multiple_of(CHUNK) && observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            visited += 1;
            point.iter_mut().zip(core_x.row(row)).for_each(|(to, from)| *to = *from);
            let before = queue.len();
            tree.take_within(&point, radius, &mut remaining, &mut queue);
            for &found in &queue[before..] {
                labels[found] = label_of(clusters);
            }
        }
        clusters += 1;
    }
    Ok((labels, clusters))
}

/// Maps every row in parallel, in chunks between which the observer is asked and told.
pub(super) fn for_rows<T: Send + Clone + Default>(
    x: ArrayView2<f64>,
    observer: &dyn Progress,
    (from, to): (f64, f64),
    map: impl Fn(&[f64]) -> T + Sync,
) -> Result<Vec<T>, ClusterError> {
    let mut found = vec![T::default(); x.nrows()];
    let done = AtomicUsize::new(0);
    found.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, out)| {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let mut point = vec![0.0; x.ncols()];
        for (offset, slot) in out.iter_mut().enumerate() {
            point.iter_mut().zip(x.row(chunk * CHUNK + offset)).for_each(|(to, from)| *to = *from);
            *slot = map(&point);
        }
        let done = done.fetch_add(out.len(), Ordering::Relaxed) + out.len();
        observer.progress(from + (to - from) * done as f64 / x.nrows() as f64, "searching neighbours");
        Ok(())
    })?;
    Ok(found)
}

/// The cluster of a new row: that of the nearest core sample within `eps`, with the distance to it; `None` for noise.
///
/// `core_x` holds the core samples in the order of `core_labels`; of equally near ones the first counts. Scans all core
/// samples: for many rows use [`predict_batch`]. A row with a NaN is noise.
#[must_use]
pub fn predict(core_x: ArrayView2<f64>, core_labels: &[i32], eps: f64, row: &[f64]) -> Option<(i32, f64)> {
    let mut best: Option<(i32, f64)> = None;
    for (core, &label) in core_x.rows().into_iter().zip(core_labels) {
        let mut squared = 0.0;
        for (a, b) in core.iter().zip(row) {
            squared += (a - b) * (a - b);
        }
        if squared <= eps * eps && best.is_none_or(|(_, known)| squared < known) {
            best = Some((label, squared));
        }
    }
    best.map(|(label, squared)| (label, squared.sqrt()))
}

/// [`predict`] for every row of `x`, by a k-d tree and in parallel.
///
/// # Errors
///
/// When the numbers of features or of core labels do not match, or the observer cancels.
pub fn predict_batch(
    core_x: ArrayView2<f64>,
    core_labels: &[i32],
    eps: f64,
    x: ArrayView2<f64>,
    observer: &dyn Progress,
) -> Result<Vec<Option<(i32, f64)>>, ClusterError> {
    if core_x.ncols() != x.ncols() {
        return Err(ClusterError::WrongFeatureCount { expected: core_x.ncols(), found: x.ncols() });
    }
    check_labels(core_x.nrows(), core_labels)?;
    let tree = KdTree::build(core_x, observer)?;
    for_rows(x, observer, (0.0, 1.0), |row| {
        tree.nearest_within(row, eps * eps).map(|(core, squared)| (core_labels[core], squared.sqrt()))
    })
}

/// For each row the distance to its `k`-th nearest row, itself counted as the first; sorted descending, one per row.
///
/// With `k = min_samples`, the rows up to the bend of this curve are those an `eps` at the bend would make noise or border.
///
/// # Errors
///
/// When `k` is 0 or exceeds the number of rows, or `x` is empty or has a cell that is not finite.
pub fn k_distances(x: ArrayView2<f64>, k: usize, observer: &dyn Progress) -> Result<Vec<f64>, ClusterError> {
    check_matrix(x)?;
    if k == 0 || k > x.nrows() {
        return Err(ClusterError::parameter(
            "min_samples",
            format!("must be between 1 and the {} rows, not {k}", x.nrows()),
        ));
    }
    let tree = KdTree::build(x, observer)?;
    let mut distances = for_rows(x, observer, (0.0, 1.0), |row| tree.kth_squared_distance(row, k).sqrt())?;
    distances.sort_unstable_by(|a, b| b.total_cmp(a));
    Ok(distances)
}

/// An `eps` at the bend of the curve of [`k_distances`]: the distance at the top of Kneedle's difference curve, which is the
/// point farthest below the chord. `None` when the curve is flat, has no bend, or bends at zero.
///
/// The whole curve has one bend and much noise, so the highest point is taken rather than the first local one that
/// [`select_k::kneedle`] stops at.
#[must_use]
pub fn suggest_eps(k_distances: &[f64]) -> Option<f64> {
    let x: Vec<f64> = (0..k_distances.len()).map(|index| index as f64).collect();
    let difference = select_k::difference_curve(&x, k_distances)?;
    let (index, height) = difference.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0)))?;
    let eps = k_distances[index];
    (*height > 1e-9 && eps > 0.0).then_some(eps)
}

#[cfg(test)]
mod tests;
