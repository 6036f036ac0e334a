//! What DBSCAN found.

use serde::{Deserialize, Serialize};

/// What DBSCAN found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DbscanFit {
    /// One label per row: the cluster from 0, or [`NOISE`](super::NOISE).
    pub labels: Vec<i32>,
    /// Rows that are core samples, ascending.
    pub core_samples: Vec<usize>,
    /// Number of clusters, 0 when all is noise.
    pub n_clusters: usize,
}
