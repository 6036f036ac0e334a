//! The algorithms behind linfa's traits: parameters `fit` a data set, what they found `predict`s new rows.
//!
//! The functions of the modules do the work and take an [`Progress`](super::Progress); these are for code written against
//! linfa.

use super::dbscan::{self, DbscanFit, DbscanParams};
use super::hdbscan::{self, HdbscanFit, HdbscanModel, HdbscanParams};
use super::hierarchical::{self, HierarchicalFit, HierarchicalParams};
use super::kmeans::{self, KMeansFit, KMeansParams};
use super::mixture::{self, Mixture, MixtureFit, MixtureParams};
use super::{ClusterError, NOISE, Silent};
use linfa::DatasetBase;
use linfa::traits::{Fit, PredictInplace};
use ndarray::{Array1, ArrayBase, ArrayView2, Data, Ix2};

impl From<linfa::error::Error> for ClusterError {
    fn from(error: linfa::error::Error) -> Self {
        Self::Library { message: error.to_string() }
    }
}

macro_rules! fits {
    ($params:ty, $found:ty, $fit:path) => {
        impl<D: Data<Elem = f64>, T> Fit<ArrayBase<D, Ix2>, T, ClusterError> for $params {
            type Object = $found;

            fn fit(&self, dataset: &DatasetBase<ArrayBase<D, Ix2>, T>) -> Result<$found, ClusterError> {
                $fit(dataset.records.view(), self, &Silent)
            }
        }
    };
}

fits!(KMeansParams, KMeansFit, kmeans::fit);
fits!(DbscanParams, DbscanFit, dbscan::fit);
fits!(HdbscanParams, HdbscanFit, hdbscan::fit);
fits!(HierarchicalParams, HierarchicalFit, hierarchical::fit);
fits!(MixtureParams, MixtureFit, mixture::fit);

/// Rows that cannot be placed, for which linfa's trait has no error, are noise.
fn or_noise(rows: usize, labels: Result<Vec<i32>, ClusterError>) -> Array1<i32> {
    labels.map_or_else(|_| Array1::from_elem(rows, NOISE), Array1::from_vec)
}

macro_rules! predicts {
    ($found:ty, $labels:expr) => {
        impl<D: Data<Elem = f64>> PredictInplace<ArrayBase<D, Ix2>, Array1<i32>> for $found {
            fn predict_inplace(&self, x: &ArrayBase<D, Ix2>, labels: &mut Array1<i32>) {
                let predict: fn(&$found, ArrayView2<f64>) -> Result<Vec<i32>, ClusterError> = $labels;
                *labels = or_noise(x.nrows(), predict(self, x.view()));
            }

            fn default_target(&self, x: &ArrayBase<D, Ix2>) -> Array1<i32> {
                Array1::from_elem(x.nrows(), NOISE)
            }
        }
    };
}

predicts!(KMeansFit, |found, x| Ok(kmeans::predict(found.centroids.view(), x)));
predicts!(Mixture, |found, x| found.predict(x, &Silent));
predicts!(HierarchicalFit, |found, x| {
    let placed = hierarchical::predict(found.representatives.view(), &found.representative_labels, x, &Silent)?;
    Ok(placed.into_iter().map(|(label, _)| label).collect())
});
predicts!(HdbscanModel, |found, x| {
    let placed = HdbscanModel::predict(found, x, &Silent)?;
    Ok(placed.into_iter().map(|place| place.map_or(NOISE, |(label, _)| label)).collect())
});

#[cfg(test)]
mod tests {
    use super::super::test_points::points;
    use super::*;
    use linfa::traits::Predict;
    use ndarray::Array2;

    #[test]
    fn parameters_fit_and_what_they_found_predicts() {
        let data = DatasetBase::from(points());
        let found = KMeansParams { n_clusters: 3, ..KMeansParams::default() }.fit(&data).unwrap();
        assert_eq!(Predict::predict(&found, &data.records).to_vec(), found.labels);
        let found = HierarchicalParams { n_clusters: 3, ..HierarchicalParams::default() }.fit(&data).unwrap();
        assert_eq!(Predict::predict(&found, &data.records).to_vec(), found.labels);
        let found = MixtureParams { n_components: 2, ..MixtureParams::default() }.fit(&data).unwrap();
        assert_eq!(Predict::predict(&found.mixture, &data.records).to_vec(), found.labels);
        let found =
            HdbscanParams { min_cluster_size: 2, min_samples: 2, ..HdbscanParams::default() }.fit(&data).unwrap();
        assert_eq!(Predict::<&Array2<f64>, Array1<i32>>::predict(&found.model, &data.records).to_vec(), found.labels);
        assert_eq!(DbscanParams { eps: 1.0, min_samples: 3 }.fit(&data).unwrap().n_clusters, 2);
        assert!(DbscanParams { eps: 0.0, min_samples: 3 }.fit(&data).is_err());
    }

    #[test]
    fn rows_of_another_width_are_noise() {
        let data = DatasetBase::from(points());
        let found = MixtureParams { n_components: 2, ..MixtureParams::default() }.fit(&data).unwrap();
        assert_eq!(Predict::predict(&found.mixture, &Array2::<f64>::zeros((2, 5))).to_vec(), [NOISE; 2]);
    }
}
