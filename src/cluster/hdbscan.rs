//! HDBSCAN*: clusters of any density, and noise (Campello, Moulavi and Sander, 2013; `McInnes` and Healy, 2017).
//!
//! Labels and strengths equal `sklearn.cluster.HDBSCAN(min_cluster_size, min_samples)` but for the numbers of the clusters,
//! where distances have no ties. Equal distances are cut at once, as the paper has it, so that neither the order of the rows
//! nor that of the edges matters; scikit-learn cuts them one by one, and rows that leave at the very distance at which their
//! cluster is born are sometimes members there and always noise here. The crate `hdbscan` gives no strengths, cannot be
//! stopped and keeps nothing to predict with; it is a test oracle.

use super::chain::tree;
use super::dbscan::for_rows;
use super::neighbors::KdTree;
use super::numbering::{number_by_size, rename, renaming};
use super::spanning::minimum_spanning_tree;
use super::{ClusterError, NOISE, Progress, check_matrix};
use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256Plus;
use serde::{Deserialize, Serialize};

mod condensed;

use condensed::{Chosen, Condensed, strength};

/// What HDBSCAN is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HdbscanParams {
    /// Rows that make a cluster, at least 2; fewer that split off are noise.
    pub min_cluster_size: usize,
    /// Rows in the neighbourhood that a row's density is measured in, the row included, at least 1 and no more than there are
    /// rows; more make more noise.
    pub min_samples: usize,
    /// Rows up to which all are fitted, at least 2. Of more, a sample of as many is, and the others are predicted; both sizes
    /// above then count rows of the sample. Time grows with the square of it, memory does not.
    pub row_limit: usize,
    /// Seed of the sample; without effect up to `row_limit` rows.
    pub seed: u64,
}

impl Default for HdbscanParams {
    /// Clusters from 5 rows and neighbourhoods of 5 (scikit-learn's), 20,000 rows, seed 42.
    fn default() -> Self {
        Self { min_cluster_size: 5, min_samples: 5, row_limit: 20_000, seed: 42 }
    }
}

impl HdbscanParams {
    /// Checks the range of each parameter.
    ///
    /// # Errors
    ///
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), ClusterError> {
        for (name, value, least) in [
            ("min_cluster_size", self.min_cluster_size, 2),
            ("min_samples", self.min_samples, 1),
            ("row_limit", self.row_limit, 2),
        ] {
            if value < least {
                return Err(ClusterError::parameter(name, format!("must be at least {least}")));
            }
        }
        Ok(())
    }
}

/// What HDBSCAN found.
#[derive(Clone, Debug, PartialEq)]
pub struct HdbscanFit {
    /// One label per row: the cluster from 0, by size descending and equal sizes by first row, or [`NOISE`].
    pub labels: Vec<i32>,
    /// How firmly each row belongs to its cluster, from 0 to 1 (`probabilities_`); 0 for noise.
    pub strengths: Vec<f64>,
    /// Number of clusters, 0 when all is noise.
    pub n_clusters: usize,
    /// What new rows are compared with.
    pub model: HdbscanModel,
}

impl HdbscanFit {
    /// Whether only a sample was fitted and the other rows were predicted.
    #[must_use]
    pub fn on_sample(&self) -> bool {
        self.model.labels.len() < self.labels.len()
    }
}

/// The rows fitted and what is known about them and their clusters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HdbscanModel {
    /// Features of a row.
    pub features: usize,
    /// The rows fitted, one after the other.
    pub points: Vec<f64>,
    /// The cluster of each row fitted, or [`NOISE`].
    pub labels: Vec<i32>,
    /// How firmly each row fitted belongs to it.
    pub strengths: Vec<f64>,
    /// Distance of each row fitted to the last row of its neighbourhood.
    pub core_distances: Vec<f64>,
    /// Distance at which each cluster came apart from the rest: the reciprocal of its least lambda.
    pub births: Vec<f64>,
    /// Distance at which the last rows left each cluster: the reciprocal of its greatest lambda, which can be infinite.
    pub closest: Vec<f64>,
    /// Rows in a neighbourhood, the row itself included.
    pub min_samples: usize,
}

/// Clusters the rows of `x`.
///
/// Core distances are measured in parallel, the spanning tree takes time that grows with the square of the rows (at most
/// `row_limit`) and memory linear in them. There is never only one cluster of all rows (`allow_single_cluster=False`).
///
/// ```
/// use ndarray::array;
/// use segmenta::cluster::Silent;
/// use segmenta::cluster::hdbscan::{HdbscanParams, fit};
///
/// let x = array![[0.0], [0.1], [0.2], [9.0], [9.1], [9.2], [9.3], [50.0]];
/// let params = HdbscanParams { min_cluster_size: 3, min_samples: 2, ..HdbscanParams::default() };
/// let fitted = fit(x.view(), &params, &Silent)?;
/// assert_eq!(fitted.labels, [1, 1, 1, 0, 0, 0, 0, -1]);
/// # Ok::<(), segmenta::cluster::ClusterError>(())
/// ```
///
/// # Errors
///
/// When a parameter is out of range, a cell is not finite, `x` is empty or the observer cancels.
pub fn fit(x: ArrayView2<f64>, params: &HdbscanParams, observer: &dyn Progress) -> Result<HdbscanFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    if x.nrows() <= params.row_limit {
        let mut model = fit_rows(x, params, observer)?;
        let order = number_by_size(&mut model.labels, model.births.len());
        model.reorder(&order);
        let (labels, strengths) = (model.labels.clone(), model.strengths.clone());
        return Ok(HdbscanFit { labels, strengths, n_clusters: order.len(), model });
    }
    let mut rng = Xoshiro256Plus::seed_from_u64(params.seed);
    let mut rows = index::sample(&mut rng, x.nrows(), params.row_limit).into_vec();
    rows.sort_unstable();
    let mut model = fit_rows(x.select(Axis(0), &rows).view(), params, observer)?;
    let found = model.predict(x, observer)?;
    let (mut labels, mut strengths): (Vec<i32>, Vec<f64>) =
        found.into_iter().map(|member| member.unwrap_or((NOISE, 0.0))).unzip();
    for (position, &row) in rows.iter().enumerate() {
        labels[row] = model.labels[position];
        strengths[row] = model.strengths[position];
    }
    let order = number_by_size(&mut labels, model.births.len());
    rename(&mut model.labels, &renaming(&order));
    model.reorder(&order);
    Ok(HdbscanFit { labels, strengths, n_clusters: order.len(), model })
}

fn fit_rows(x: ArrayView2<f64>, params: &HdbscanParams, observer: &dyn Progress) -> Result<HdbscanModel, ClusterError> {
    let rows = x.nrows();
    if params.min_samples > rows {
        return Err(ClusterError::parameter("min_samples", format!("must be at most the {rows} rows")));
    }
    let neighbours = KdTree::build(x, observer)?;
    let squared_cores =
        for_rows(x, observer, (0.0, 0.2), |row| neighbours.kth_squared_distance(row, params.min_samples))?;
    let edges = minimum_spanning_tree(x, &squared_cores, observer)?;
    let merges = tree(edges, &vec![1; rows]);
    let Chosen { labels, strengths, births, closest } = Condensed::new(&merges, rows, params.min_cluster_size).choose();
    Ok(HdbscanModel {
        features: x.ncols(),
        points: x.iter().copied().collect(),
        labels,
        strengths,
        core_distances: squared_cores.into_iter().map(f64::sqrt).collect(),
        births,
        closest,
        min_samples: params.min_samples,
    })
}

impl HdbscanModel {
    fn reorder(&mut self, order: &[usize]) {
        self.births = order.iter().map(|&cluster| self.births[cluster]).collect();
        self.closest = order.iter().map(|&cluster| self.closest[cluster]).collect();
    }

    /// The rows fitted, in their order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.points.chunks_exact(self.features.max(1))
    }

    /// Whether the parts agree in number.
    ///
    /// # Errors
    ///
    /// Says what a model must have.
    pub fn check(&self) -> Result<(), ClusterError> {
        let rows = self.labels.len();
        let fits = self.features > 0
            && self.min_samples > 0
            && rows.checked_mul(self.features) == Some(self.points.len())
            && self.strengths.len() == rows
            && self.core_distances.len() == rows
            && self.closest.len() == self.births.len()
            && self.labels.iter().all(|&label| label < self.births.len() as i32);
        if fits {
            Ok(())
        } else {
            Err(ClusterError::parameter("model", "must have as many values as rows and clusters"))
        }
    }

    /// The cluster of each row of `x` with the strength of belonging to it, from 0 to 1; `None` for noise.
    ///
    /// After `hdbscan.approximate_predict`: a row joins the cluster of the row fitted that is nearest by mutual reachability,
    /// if it would have been in it when the cluster came apart from the rest, with the strength of its density there. A row
    /// equal to one fitted gets its label and strength again. A row with a NaN is noise.
    ///
    /// # Errors
    ///
    /// When the model is malformed, features differ in number, or the observer cancels.
    pub fn predict(
        &self,
        x: ArrayView2<f64>,
        observer: &dyn Progress,
    ) -> Result<Vec<Option<(i32, f64)>>, ClusterError> {
        self.check()?;
        if x.ncols() != self.features {
            return Err(ClusterError::WrongFeatureCount { expected: self.features, found: x.ncols() });
        }
        let points = ArrayView2::from_shape((self.labels.len(), self.features), &self.points)
            .map_err(|error| ClusterError::Library { message: error.to_string() })?;
        let tree = KdTree::build(points, observer)?;
        let squared_cores: Vec<f64> = self.core_distances.iter().map(|core| core * core).collect();
        let member = |label: i32| usize::try_from(label).ok();
        for_rows(x, observer, (0.8, 1.0), |row| {
            if row.iter().any(|value| value.is_nan()) {
                return None;
            }
            if let Some((same, _)) = tree.nearest_within(row, 0.0) {
                return member(self.labels[same]).map(|_| (self.labels[same], self.strengths[same]));
            }
            let core = tree.kth_squared_distance(row, self.min_samples);
            let (nearest, reach) = tree.nearest_by_reach(row, core, &squared_cores)?;
            let (label, reach) = (self.labels[nearest], reach.sqrt());
            let cluster = member(label)?;
            (reach <= self.births[cluster]).then(|| (label, strength(reach, self.closest[cluster])))
        })
    }
}

#[cfg(test)]
mod tests;
