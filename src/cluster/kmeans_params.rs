//! What K-Means is told.

use super::ClusterError;
use serde::{Deserialize, Serialize};

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
