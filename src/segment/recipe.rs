//! What to fit: features, weights, transform, scaling, algorithm and seed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::cluster::hierarchical::Linkage;
use crate::cluster::mixture::Covariance;
use crate::cluster::scale::Scale;
use crate::cluster::transform::Transform;

/// Seed when nobody says otherwise.
pub const DEFAULT_SEED: u64 = 42;

/// Most levels of a category that can be a feature; each level is a column of the space.
pub const MAX_LEVELS: usize = 50;

/// A complete description of a fit; the same recipe on the same data gives the same model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Numeric columns and categories, in order.
    pub features: Vec<String>,
    /// Weights other than 1 by feature; a feature's distances are multiplied by its weight.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, f64>,
    /// Transform of each numeric feature.
    pub transform: Transform,
    /// Scaling of each transformed feature.
    pub scale: Scale,
    /// Algorithm with its parameters.
    pub algorithm: Algorithm,
    /// Seed of every random choice.
    pub seed: u64,
}

/// Algorithms with their parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Algorithm {
    /// K-Means.
    Kmeans {
        /// Number of clusters; `None` asks for the one most criteria agree on.
        n_clusters: Option<usize>,
        /// Restarts.
        n_init: usize,
    },
    /// Agglomerative clustering.
    Hierarchical {
        /// Number of clusters; `None` asks for the one most criteria agree on.
        n_clusters: Option<usize>,
        /// How far apart two clusters are.
        linkage: Linkage,
    },
    /// Gaussian mixture.
    GaussianMixture {
        /// Number of components; `None` asks for the one most criteria agree on.
        n_clusters: Option<usize>,
        /// What the components' covariances share.
        covariance: Covariance,
        /// Restarts.
        n_init: usize,
    },
    /// DBSCAN.
    Dbscan {
        /// Neighbourhood radius in scaled units.
        eps: f64,
        /// Neighbours, itself included, that make a core sample.
        min_samples: usize,
    },
    /// HDBSCAN.
    Hdbscan {
        /// Fewest customers of a cluster.
        min_cluster_size: usize,
        /// Neighbours, itself included, that a core distance reaches.
        min_samples: usize,
    },
}

impl Algorithm {
    /// Names on the command line and in the API.
    pub const NAMES: [&'static str; 5] = ["kmeans", "hierarchical", "gaussian-mixture", "dbscan", "hdbscan"];

    /// Name on the command line and in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kmeans { .. } => "kmeans",
            Self::Hierarchical { .. } => "hierarchical",
            Self::GaussianMixture { .. } => "gaussian-mixture",
            Self::Dbscan { .. } => "dbscan",
            Self::Hdbscan { .. } => "hdbscan",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Kmeans { .. } => "K-Means",
            Self::Hierarchical { .. } => "Hierarchical",
            Self::GaussianMixture { .. } => "Gaussian mixture",
            Self::Dbscan { .. } => "DBSCAN",
            Self::Hdbscan { .. } => "HDBSCAN",
        }
    }

    /// Parameters for people.
    #[must_use]
    pub fn parameters(&self) -> String {
        let count = |n_clusters: &Option<usize>| n_clusters.map_or("k chosen".to_owned(), |k| format!("k {k}"));
        let restarts = |n_init: usize| format!("{n_init} {}", if n_init == 1 { "restart" } else { "restarts" });
        match self {
            Self::Kmeans { n_clusters, n_init } => format!("{}, {}", count(n_clusters), restarts(*n_init)),
            Self::Hierarchical { n_clusters, linkage } => {
                format!("{}, {} linkage", count(n_clusters), linkage.as_str())
            }
            Self::GaussianMixture { n_clusters, covariance, n_init } => {
                format!("{}, {} covariance, {}", count(n_clusters), covariance.as_str(), restarts(*n_init))
            }
            Self::Dbscan { eps, min_samples } => format!("eps {eps}, min_samples {min_samples}"),
            Self::Hdbscan { min_cluster_size, min_samples } => {
                format!("min_cluster_size {min_cluster_size}, min_samples {min_samples}")
            }
        }
    }

    /// The number of clusters asked for; `None` where the algorithm finds it or it is to be chosen.
    #[must_use]
    pub fn n_clusters(&self) -> Option<usize> {
        match self {
            Self::Kmeans { n_clusters, .. }
            | Self::Hierarchical { n_clusters, .. }
            | Self::GaussianMixture { n_clusters, .. } => *n_clusters,
            Self::Dbscan { .. } | Self::Hdbscan { .. } => None,
        }
    }

    /// Whether the number of clusters is to be chosen.
    #[must_use]
    pub fn chooses_k(&self) -> bool {
        !matches!(self, Self::Dbscan { .. } | Self::Hdbscan { .. }) && self.n_clusters().is_none()
    }

    /// The same algorithm with that many clusters, where it takes a number.
    #[must_use]
    pub fn with_n_clusters(&self, k: usize) -> Self {
        let mut changed = self.clone();
        if let Self::Kmeans { n_clusters, .. }
        | Self::Hierarchical { n_clusters, .. }
        | Self::GaussianMixture { n_clusters, .. } = &mut changed
        {
            *n_clusters = Some(k);
        }
        changed
    }
}
