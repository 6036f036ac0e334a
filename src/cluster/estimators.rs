//! The algorithms behind linfa's traits, which is how the rest of the program calls them: parameters are guarded, fit a data set, and
//! what they found predicts new rows. linfa's traits know nobody who watches; [`Watch::watched`] adds one who hears of the progress and
//! may stop the work, and a prediction is a result, so that a row that cannot be placed is an error and not noise.

pub use linfa::traits::{Fit, Predict};
pub use linfa::{DatasetBase, ParamGuard};

use super::dbscan::{self, DbscanFit, DbscanParams};
use super::hdbscan::{self, HdbscanFit, HdbscanModel, HdbscanParams};
use super::hierarchical::{self, HierarchicalFit, HierarchicalParams};
use super::kmeans::{self, KMeansFit, KMeansParams};
use super::mixture::{self, Mixture, MixtureFit, MixtureParams};
use super::{ClusterError, NOISE, Progress};
use linfa::traits::PredictInplace;
use ndarray::{Array2, ArrayBase, ArrayView2, Data, Ix2};

/// Cluster of each row.
pub type Labels = Result<Vec<i32>, ClusterError>;

/// Parameters or a model, and who watches the work. Parameters are not checked yet.
pub struct Watched<'a, T>(Checked<'a, T>);

/// The same after the check.
pub struct Checked<'a, T> {
    what: T,
    watch: &'a dyn Progress,
}

/// Adds who watches.
pub trait Watch: Sized {
    /// The same with somebody who hears of the progress and may stop the work.
    fn watched(self, watch: &dyn Progress) -> Watched<'_, Self> {
        Watched(Checked { what: self, watch })
    }
}

impl<T> Watch for T {}

impl From<linfa::error::Error> for ClusterError {
    fn from(error: linfa::error::Error) -> Self {
        Self::Library { message: error.to_string() }
    }
}

macro_rules! fits {
    ($params:ty, $found:ty, $fit:path) => {
        impl<'a> ParamGuard for Watched<'a, $params> {
            type Checked = Checked<'a, $params>;
            type Error = ClusterError;

            fn check_ref(&self) -> Result<&Self::Checked, ClusterError> {
                self.0.what.check().map(|()| &self.0)
            }

            fn check(self) -> Result<Self::Checked, ClusterError> {
                self.0.what.check().map(|()| self.0)
            }
        }

        impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, ClusterError> for Checked<'_, $params> {
            type Object = $found;

            fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<$found, ClusterError> {
                $fit(dataset.records.view(), &self.what, self.watch)
            }
        }
    };
}

fits!(KMeansParams, KMeansFit, kmeans::fit);
fits!(DbscanParams, DbscanFit, dbscan::fit);
fits!(HdbscanParams, HdbscanFit, hdbscan::fit);
fits!(HierarchicalParams, HierarchicalFit, hierarchical::fit);
fits!(MixtureParams, MixtureFit, mixture::fit);

/// A K-Means model: a row a cluster.
#[derive(Debug, Clone)]
pub struct Centroids(pub Array2<f64>);

/// A DBSCAN model.
#[derive(Debug, Clone)]
pub struct Cores<'a> {
    /// Radius.
    pub eps: f64,
    /// A row a core sample.
    pub points: Array2<f64>,
    /// Their clusters.
    pub labels: &'a [i32],
}

/// The lowest level of a hierarchy.
#[derive(Debug, Clone)]
pub struct Leaves<'a> {
    /// A row a leaf.
    pub points: Array2<f64>,
    /// Their clusters.
    pub labels: &'a [i32],
}

/// What places rows.
pub trait Model {
    /// Cluster of each row.
    ///
    /// # Errors
    /// As the algorithm's own `predict`.
    fn labels(&self, x: ArrayView2<f64>, watch: &dyn Progress) -> Labels;
}

/// The labels of rows that were placed, or were not.
fn placed(places: Vec<Option<(i32, f64)>>) -> Vec<i32> {
    places.into_iter().map(|place| place.map_or(NOISE, |(label, _)| label)).collect()
}

impl Model for Centroids {
    fn labels(&self, x: ArrayView2<f64>, _: &dyn Progress) -> Labels {
        Ok(kmeans::predict(self.0.view(), x))
    }
}

impl Model for Cores<'_> {
    fn labels(&self, x: ArrayView2<f64>, watch: &dyn Progress) -> Labels {
        dbscan::predict_batch(self.points.view(), self.labels, self.eps, x, watch).map(placed)
    }
}

impl Model for Leaves<'_> {
    fn labels(&self, x: ArrayView2<f64>, watch: &dyn Progress) -> Labels {
        let places = hierarchical::predict(self.points.view(), self.labels, x, watch)?;
        Ok(places.into_iter().map(|(label, _)| label).collect())
    }
}

impl Model for &Mixture {
    fn labels(&self, x: ArrayView2<f64>, watch: &dyn Progress) -> Labels {
        self.predict(x, watch)
    }
}

impl Model for &HdbscanModel {
    fn labels(&self, x: ArrayView2<f64>, watch: &dyn Progress) -> Labels {
        HdbscanModel::predict(self, x, watch).map(placed)
    }
}

impl<D: Data<Elem = f64>, M: Model> PredictInplace<ArrayBase<D, Ix2>, Labels> for Watched<'_, M> {
    fn predict_inplace(&self, x: &ArrayBase<D, Ix2>, labels: &mut Labels) {
        *labels = self.0.what.labels(x.view(), self.0.watch);
    }

    fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Labels {
        Ok(vec![NOISE; x.nrows()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::super::test_points::points;
    use super::*;
    use crate::progress::StopFlag;

    #[test]
    fn parameters_fit_and_what_they_found_predicts() {
        let data = DatasetBase::from(points());
        let x = &data.records;
        let found = KMeansParams { n_clusters: 3, ..KMeansParams::default() }.watched(&Silent).fit(&data).unwrap();
        assert_eq!(Centroids(found.centroids).watched(&Silent).predict(x).unwrap(), found.labels);
        let found =
            HierarchicalParams { n_clusters: 3, ..HierarchicalParams::default() }.watched(&Silent).fit(&data).unwrap();
        let leaves = Leaves { points: found.representatives, labels: &found.representative_labels };
        assert_eq!(leaves.watched(&Silent).predict(x).unwrap(), found.labels);
        let found = MixtureParams { n_components: 2, ..MixtureParams::default() }.watched(&Silent).fit(&data).unwrap();
        assert_eq!((&found.mixture).watched(&Silent).predict(x).unwrap(), found.labels);
        let params = HdbscanParams { min_cluster_size: 2, min_samples: 2, ..HdbscanParams::default() };
        let found = params.watched(&Silent).fit(&data).unwrap();
        assert_eq!(Predict::<_, Labels>::predict(&(&found.model).watched(&Silent), x).unwrap(), found.labels);
        let found = DbscanParams { eps: 1.0, min_samples: 3 }.watched(&Silent).fit(&data).unwrap();
        assert_eq!(found.n_clusters, 2);
        let labels: Vec<i32> = found.core_samples.iter().map(|row| found.labels[*row]).collect();
        let cores = Cores { eps: 1.0, points: x.select(ndarray::Axis(0), &found.core_samples), labels: &labels };
        assert_eq!(cores.watched(&Silent).predict(x).unwrap(), found.labels);
    }

    #[test]
    fn wrong_parameters_are_refused_before_anything_is_fitted() {
        let wrong = || DbscanParams { eps: 0.0, min_samples: 3 }.watched(&Silent);
        assert!(wrong().check_ref().is_err() && wrong().check().is_err());
        assert!(wrong().fit(&DatasetBase::from(points())).is_err());
    }

    #[test]
    fn who_watches_can_stop_and_rows_of_another_width_are_an_error() {
        let data = DatasetBase::from(points());
        let stop = StopFlag::default();
        stop.stop();
        let params = || MixtureParams { n_components: 2, ..MixtureParams::default() };
        assert!(matches!(params().watched(&stop).fit(&data), Err(ClusterError::Cancelled)));
        let found = params().watched(&Silent).fit(&data).unwrap();
        let narrow = Array2::<f64>::zeros((2, 5));
        assert!(Predict::<_, Labels>::predict(&(&found.mixture).watched(&Silent), &narrow).is_err());
    }
}
