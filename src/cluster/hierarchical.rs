//! Agglomerative clustering: the two nearest clusters merge until one is left.
//!
//! Merges equal `scipy.cluster.hierarchy.linkage(x, method)` and labels the partition of
//! `sklearn.cluster.AgglomerativeClustering(n_clusters, linkage=linkage)`. Ward's linkage and the single one need memory
//! linear in the rows, the others hold all distances. Many rows are first replaced by weighted micro-clusters.

use super::chain::{CondensedSpace, Update, WardSpace, merge_all, tree};
use super::micro::{Micro, first_of_distinct, micro_clusters, nearest};
use super::numbering::{number_by_size, rename, renaming};
use super::spanning::minimum_spanning_tree;
use super::{ClusterError, NOISE, Progress, check_labels, check_matrix};
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

pub use super::chain::Merge;
pub use super::dendrogram::{DendrogramNode, cut, top_of_tree};

/// How far two clusters are apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Linkage {
    /// By the growth of the sum of squares when they merge (Ward, 1963): compact clusters of like size.
    #[default]
    Ward,
    /// By their farthest rows: compact clusters.
    Complete,
    /// By the mean distance between their rows.
    Average,
    /// By their nearest rows: clusters of any shape, and outliers on their own.
    Single,
}

impl Linkage {
    /// Every linkage, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Ward, Self::Complete, Self::Average, Self::Single];

    /// The name used in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ward => "ward",
            Self::Complete => "complete",
            Self::Average => "average",
            Self::Single => "single",
        }
    }
}

impl FromStr for Linkage {
    type Err = ClusterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|linkage| linkage.as_str() == name)
            .ok_or_else(|| ClusterError::parameter("linkage", "must be ward, complete, average or single"))
    }
}

/// What agglomerative clustering is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HierarchicalParams {
    /// How far two clusters are apart.
    pub linkage: Linkage,
    /// Number of clusters, at least 1 and at most `micro_clusters`.
    pub n_clusters: usize,
    /// Rows up to which every row is a leaf of the hierarchy. Time grows with the square of it; the complete and the average
    /// linkage take 4 bytes times the square, 400 MB for 10,000 rows.
    pub row_limit: usize,
    /// Leaves when there are more rows, at most `row_limit`.
    pub micro_clusters: usize,
    /// Seed of the sample that places micro-clusters; without effect up to `row_limit` rows.
    pub seed: u64,
}

impl Default for HierarchicalParams {
    /// Ward's linkage, 4 clusters, 10,000 rows, 2,000 micro-clusters, seed 42.
    fn default() -> Self {
        Self { linkage: Linkage::Ward, n_clusters: 4, row_limit: 10_000, micro_clusters: 2_000, seed: 42 }
    }
}

impl HierarchicalParams {
    /// Checks the range of each parameter.
    ///
    /// # Errors
    ///
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), ClusterError> {
        if self.n_clusters == 0 {
            return Err(ClusterError::parameter("n_clusters", "must be at least 1"));
        }
        if self.micro_clusters < self.n_clusters {
            let message = format!("must be at least the {} clusters", self.n_clusters);
            return Err(ClusterError::parameter("micro_clusters", message));
        }
        if self.row_limit < self.micro_clusters {
            let message = format!("must be at least the {} micro-clusters", self.micro_clusters);
            return Err(ClusterError::parameter("row_limit", message));
        }
        Ok(())
    }
}

/// What agglomerative clustering found.
#[derive(Clone, Debug, PartialEq)]
pub struct HierarchicalFit {
    /// The cluster of each row, from 0: numbered by size, the largest first, and equal sizes by their first row.
    pub labels: Vec<i32>,
    /// The whole hierarchy, one merge fewer than there are representatives, by height.
    pub merges: Vec<Merge>,
    /// The leaves of the hierarchy, one row each: the rows themselves, or means of micro-clusters.
    pub representatives: Array2<f64>,
    /// Rows that each representative stands for, at least 1.
    pub weights: Vec<usize>,
    /// The cluster of each representative.
    pub representative_labels: Vec<i32>,
}

impl HierarchicalFit {
    /// Whether rows were merged into micro-clusters first, so that the hierarchy is an approximation.
    #[must_use]
    pub fn on_micro_clusters(&self) -> bool {
        self.representatives.nrows() < self.labels.len()
    }
}

/// Clusters the rows of `x`.
///
/// Up to `row_limit` rows every row is a leaf. Beyond, rows are gathered into at most `micro_clusters` small clusters, which
/// are merged with the weight of their rows, and every row gets the label of the nearest representative; with no more
/// distinct rows than micro-clusters these are exact.
///
/// ```
/// use ndarray::array;
/// use segmenta::cluster::Silent;
/// use segmenta::cluster::hierarchical::{HierarchicalParams, fit};
///
/// let x = array![[0.0], [3.0], [20.0], [24.0], [21.0]];
/// let params = HierarchicalParams { n_clusters: 2, ..HierarchicalParams::default() };
/// let fitted = fit(x.view(), &params, &Silent)?;
/// assert_eq!(fitted.labels, [1, 1, 0, 0, 0]);
/// assert_eq!(fitted.merges[0].distance, 1.0);
/// # Ok::<(), segmenta::cluster::ClusterError>(())
/// ```
///
/// # Errors
///
/// When a parameter is out of range, a cell is not finite, there are fewer distinct rows than clusters, or the observer
/// cancels.
pub fn fit(
    x: ArrayView2<f64>,
    params: &HierarchicalParams,
    observer: &dyn Progress,
) -> Result<HierarchicalFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    let k = params.n_clusters;
    let distinct = first_of_distinct(x, k, observer)?.len();
    if distinct < k {
        return Err(ClusterError::TooFewDistinctRows { k, distinct });
    }
    let micro = if x.nrows() <= params.row_limit {
        Micro { points: x.to_owned(), weights: vec![1; x.nrows()], of_row: (0..x.nrows()).collect() }
    } else {
        micro_clusters(x, params.micro_clusters, k, params.seed, observer)?
    };
    let merges = link(micro.points.view(), &micro.weights, params.linkage, observer)?;
    let mut representative_labels = cut(&merges, micro.weights.len(), k)?;
    let mut labels: Vec<i32> = micro.of_row.iter().map(|&point| representative_labels[point]).collect();
    let order = number_by_size(&mut labels, k);
    rename(&mut representative_labels, &renaming(&order));
    Ok(HierarchicalFit { labels, merges, representatives: micro.points, weights: micro.weights, representative_labels })
}

fn link(
    x: ArrayView2<f64>,
    weights: &[usize],
    linkage: Linkage,
    observer: &dyn Progress,
) -> Result<Vec<Merge>, ClusterError> {
    let condensed = |update| {
        let mut space = CondensedSpace::new(x, weights, update, observer)?;
        merge_all(&mut space, x.nrows(), observer)
    };
    let pairs = match linkage {
        Linkage::Ward => merge_all(&mut WardSpace::new(x, weights), x.nrows(), observer)?,
        Linkage::Complete => condensed(Update::Complete)?,
        Linkage::Average => condensed(Update::Average)?,
        // Gower and Ross (1969): the edges of a minimum spanning tree are the merges.
        Linkage::Single => minimum_spanning_tree(x, &vec![0.0; x.nrows()], observer)?,
    };
    Ok(tree(pairs, weights))
}

/// The cluster of the representative nearest to each row of `x`, the first of equally near ones, with the distance to it in
/// the unit of the features. The rows fitted get their own label again; a row with a NaN is [`NOISE`] at a distance of NaN.
///
/// # Errors
///
/// When the numbers of features or of labels do not match, there are no representatives, or the observer cancels.
pub fn predict(
    representatives: ArrayView2<f64>,
    representative_labels: &[i32],
    x: ArrayView2<f64>,
    observer: &dyn Progress,
) -> Result<Vec<(i32, f64)>, ClusterError> {
    if representatives.ncols() != x.ncols() {
        return Err(ClusterError::WrongFeatureCount { expected: representatives.ncols(), found: x.ncols() });
    }
    check_labels(representatives.nrows(), representative_labels)?;
    check_matrix(representatives)?;
    let found = nearest(representatives, x, None, observer, (0.0, 1.0))?;
    let label = |point: usize| representative_labels.get(point).copied().unwrap_or(NOISE);
    Ok(found.into_iter().map(|(point, squared)| (label(point), squared.sqrt())).collect())
}

#[cfg(test)]
mod tests;
