//! Defaults of a data set's model.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Defaults of the segmentation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segmentation {
    /// Numeric column that says what a customer is worth.
    pub value: String,
    /// Numeric column that counts visits or purchases; gives value per visit as a ratio of sums.
    #[serde(default)]
    pub visits: Option<String>,
    /// Columns the model looks at: numbers and categories.
    pub features: Vec<String>,
    /// Weights of features, 1 where silent.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
    /// Transform of each feature before scaling.
    #[serde(default)]
    pub transform: Option<String>,
    /// Scaling of each feature.
    #[serde(default)]
    pub scale: Option<String>,
    /// Algorithm.
    #[serde(default)]
    pub algorithm: Option<String>,
    /// Number of clusters (K-Means).
    #[serde(default)]
    pub n_clusters: Option<usize>,
    /// Restarts (K-Means).
    #[serde(default)]
    pub n_init: Option<usize>,
    /// Neighbourhood radius in scaled units (DBSCAN).
    #[serde(default)]
    pub eps: Option<f64>,
    /// Neighbours, itself included, that make a core sample (DBSCAN, HDBSCAN).
    #[serde(default)]
    pub min_samples: Option<usize>,
    /// Fewest customers of a cluster (HDBSCAN).
    #[serde(default)]
    pub min_cluster_size: Option<usize>,
    /// Linkage (hierarchical).
    #[serde(default)]
    pub linkage: Option<String>,
    /// Covariance (Gaussian mixture).
    #[serde(default)]
    pub covariance: Option<String>,
    /// Seed of every random choice.
    #[serde(default)]
    pub seed: Option<u64>,
    /// Names for the segments, when there are as many of them as of these.
    #[serde(default)]
    pub naming: Vec<Naming>,
}

/// A name, and the segment that gets it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Naming {
    /// The name.
    pub name: String,
    /// The numeric column in which that segment's mean is highest, of the segments without a name yet.
    pub highest: String,
}
