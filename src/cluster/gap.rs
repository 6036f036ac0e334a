//! The gap statistic (Tibshirani, Walther and Hastie, 2001): is there more structure than in rows without any?

use super::{ClusterError, Progress, check_matrix, pca};
use ndarray::{Array2, ArrayView2, Axis};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What finds the inertia of clustering rows into a number of clusters, given a seed.
pub type InertiaOf<'a> = dyn Fn(ArrayView2<f64>, usize, u64) -> Result<f64, ClusterError> + Sync + 'a;

/// The gap of one number of clusters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Number of clusters.
    pub k: usize,
    /// By how much the logarithm of the inertia is below its mean on reference rows.
    pub gap: f64,
    /// Standard deviation of that logarithm on reference rows times `sqrt(1 + 1 / references)`.
    pub standard_error: f64,
}

/// Compares inertias with those of `references` matrices whose rows are uniform in the box along the principal components of
/// `x` (the paper's reference distribution b; R's `cluster::clusGap`, `spaceH0="scaledPCA"`).
///
/// `inertias` holds numbers of clusters, each at least 1, with the inertia of `x`; there is one gap for each, in that order.
/// Inertia is the sum of squared distances to the mean of the cluster, as the paper's pooled `W`. References run in parallel, each
/// with its own seed, so that the number of threads does not matter. An inertia of 0 counts as the least positive number.
///
/// # Errors
///
/// When `references` is 0, a number of clusters is 0, an inertia is negative or not finite, a cell is not finite, `inertia_of`
/// fails, or the observer cancels, which is asked before each clustering of a reference.
pub fn gap_statistic(
    x: ArrayView2<f64>,
    inertias: &[(usize, f64)],
    references: usize,
    seed: u64,
    inertia_of: &InertiaOf,
    observer: &dyn Progress,
) -> Result<Vec<Gap>, ClusterError> {
    check_matrix(x)?;
    if references == 0 {
        return Err(ClusterError::parameter("references", "must be at least 1"));
    }
    for &(k, inertia) in inertias {
        if k == 0 {
            return Err(ClusterError::parameter("n_clusters", "must be at least 1"));
        }
        if !(inertia >= 0.0 && inertia.is_finite()) {
            return Err(ClusterError::parameter("inertias", format!("must be numbers from 0 upward, not {inertia}")));
        }
    }
    let frame = Frame::new(x)?;
    let done = AtomicUsize::new(0);
    let steps = references * inertias.len();
    let logs = (0..references)
        .into_par_iter()
        .map(|reference| {
            // Multiplied, so that the references of neighbouring seeds are not the same ones.
            let own_seed = seed ^ (reference as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let rows = frame.draw(x.nrows(), own_seed);
            let one = |&(k, _): &(usize, f64)| {
                if observer.is_cancelled() {
                    return Err(ClusterError::Cancelled);
                }
                let found = log(inertia_of(rows.view(), k, own_seed)?);
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                observer.progress(done as f64 / steps as f64, "clustering rows without structure");
                Ok(found)
            };
            inertias.iter().map(one).collect::<Result<Vec<f64>, ClusterError>>()
        })
        .collect::<Result<Vec<_>, ClusterError>>()?;
    let count = references as f64;
    let gap = |(index, &(k, inertia)): (usize, &(usize, f64))| {
        let mean = logs.iter().map(|logs| logs[index]).sum::<f64>() / count;
        let variance = logs.iter().map(|logs| (logs[index] - mean).powi(2)).sum::<f64>() / count;
        Gap { k, gap: mean - log(inertia), standard_error: (variance * (1.0 + 1.0 / count)).sqrt() }
    };
    Ok(inertias.iter().enumerate().map(gap).collect())
}

fn log(inertia: f64) -> f64 {
    inertia.max(f64::MIN_POSITIVE).ln()
}

/// The smallest number of clusters whose gap is at least the next one's less its standard error; `None` when each is exceeded.
/// `gaps` are in ascending order of `k`.
#[must_use]
pub fn choose(gaps: &[Gap]) -> Option<usize> {
    gaps.windows(2).find(|pair| pair[0].gap >= pair[1].gap - pair[1].standard_error).map(|pair| pair[0].k)
}

/// The box along the principal components that holds all rows.
struct Frame {
    mean: Vec<f64>,
    components: Array2<f64>,
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Frame {
    fn new(x: ArrayView2<f64>) -> Result<Self, ClusterError> {
        let fitted = pca::fit(x)?;
        let (mut low, mut high) = (vec![f64::INFINITY; x.ncols()], vec![f64::NEG_INFINITY; x.ncols()]);
        for place in fitted.project(x, x.ncols())?.axis_iter(Axis(0)) {
            for ((value, low), high) in place.iter().zip(&mut low).zip(&mut high) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
        Ok(Self { mean: fitted.mean, components: fitted.components, low, high })
    }

    fn draw(&self, rows: usize, seed: u64) -> Array2<f64> {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        let places = Array2::from_shape_fn((rows, self.low.len()), |(_, axis)| {
            self.low[axis] + rng.r#gen::<f64>() * (self.high[axis] - self.low[axis])
        });
        places.dot(&self.components) + ndarray::ArrayView1::from(&self.mean[..])
    }
}

#[cfg(test)]
mod tests;
