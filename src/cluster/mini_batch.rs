//! Mini-batch K-Means (Sculley, 2010), for rows that are read in batches and never held together.

use super::columns::Columns;
use super::kmeans::{self, KMeansParams};
use super::lloyd::assign_rows;
use super::{ClusterError, NOISE, Progress, check_matrix};
use ndarray::{Array2, ArrayView2};

/// Centroids that follow the rows seen so far. Memory does not grow with their number.
///
/// ```
/// use ndarray::array;
/// use segmenta::cluster::Silent;
/// use segmenta::cluster::kmeans::KMeansParams;
/// use segmenta::cluster::mini_batch::MiniBatch;
///
/// let params = KMeansParams { n_clusters: 2, ..KMeansParams::default() };
/// let mut model = MiniBatch::start(array![[0.0], [1.0], [9.0]].view(), &params, &Silent)?;
/// model.partial_fit(array![[11.0], [0.5]].view())?;
/// assert_eq!(model.centroids(), array![[0.5], [10.0]]);
/// # Ok::<(), segmenta::cluster::ClusterError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MiniBatch {
    centroids: Array2<f64>,
    weights: Vec<f64>,
}

impl MiniBatch {
    /// Starts from K-Means on a first batch, which should be a fair sample: a group that it lacks gets no centroid.
    ///
    /// # Errors
    ///
    /// As [`kmeans::fit`].
    pub fn start(first: ArrayView2<f64>, params: &KMeansParams, observer: &dyn Progress) -> Result<Self, ClusterError> {
        let found = kmeans::fit(first, params, observer)?;
        Ok(Self { centroids: found.centroids, weights: found.counts.into_iter().map(|count| count as f64).collect() })
    }

    /// Assigns the rows of a batch to the centroids as they are and moves each to the mean of all rows that it was given so
    /// far, so that late batches move it little. Returns the batch's inertia before the move.
    ///
    /// # Errors
    ///
    /// When the batch is empty, has another number of features, or a cell is not finite.
    pub fn partial_fit(&mut self, batch: ArrayView2<f64>) -> Result<f64, ClusterError> {
        let (columns, labels, inertia) = self.assign(batch)?;
        let (k, features) = self.centroids.dim();
        let (mut sums, mut counts) = (vec![0.0; k * features], vec![0.0; k]);
        columns.add_by_label(0..labels.len(), &labels, &mut sums, &mut counts);
        for (cluster, mut centroid) in self.centroids.rows_mut().into_iter().enumerate() {
            let total = self.weights[cluster] + counts[cluster];
            for (value, sum) in centroid.iter_mut().zip(&sums[cluster * features..]) {
                *value += (sum - counts[cluster] * *value) / total;
            }
            self.weights[cluster] = total;
        }
        Ok(inertia)
    }

    /// The inertia of rows, which does not move the centroids: summed over all batches it scores them.
    ///
    /// # Errors
    ///
    /// As [`partial_fit`](Self::partial_fit).
    pub fn inertia(&self, batch: ArrayView2<f64>) -> Result<f64, ClusterError> {
        Ok(self.assign(batch)?.2)
    }

    /// One row a cluster.
    #[must_use]
    pub fn centroids(&self) -> ArrayView2<'_, f64> {
        self.centroids.view()
    }

    fn assign<'a>(&self, batch: ArrayView2<'a, f64>) -> Result<(Columns<'a>, Vec<i32>, f64), ClusterError> {
        check_matrix(batch)?;
        if batch.ncols() != self.centroids.ncols() {
            return Err(ClusterError::WrongFeatureCount { expected: self.centroids.ncols(), found: batch.ncols() });
        }
        let columns = Columns::new(batch);
        let flat: Vec<f64> = self.centroids.iter().copied().collect();
        let (mut labels, mut distances) = (vec![NOISE; batch.nrows()], vec![0.0; batch.nrows()]);
        assign_rows(&columns, 0, &flat, &mut labels, &mut distances);
        let inertia = columns.weighted_sum(&distances);
        Ok((columns, labels, inertia))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::super::test_points::many_rows;
    use super::*;
    use ndarray::{Axis, array};

    #[test]
    fn batches_come_near_to_what_all_rows_give() {
        let x = many_rows(20_000);
        let params = KMeansParams { n_clusters: 5, ..KMeansParams::default() };
        let all = kmeans::fit(x.view(), &params, &Silent).unwrap().inertia;
        let batches: Vec<ArrayView2<f64>> = x.axis_chunks_iter(Axis(0), 2_000).collect();
        let mut model = MiniBatch::start(batches[0], &params, &Silent).unwrap();
        for _ in 0..3 {
            for batch in &batches {
                model.partial_fit(*batch).unwrap();
            }
        }
        let found: f64 = batches.iter().map(|batch| model.inertia(*batch).unwrap()).sum();
        assert!(found >= all * (1.0 - 1e-9) && found < all * 1.01, "{found} after {all}");
    }

    #[test]
    fn batches_that_do_not_fit_are_refused() {
        let params = KMeansParams { n_clusters: 1, ..KMeansParams::default() };
        let mut model = MiniBatch::start(array![[0.0], [2.0]].view(), &params, &Silent).unwrap();
        assert_eq!(
            model.partial_fit(array![[0.0, 1.0]].view()),
            Err(ClusterError::WrongFeatureCount { expected: 1, found: 2 })
        );
        assert!(model.partial_fit(array![[f64::NAN]].view()).is_err());
        assert_eq!(model.partial_fit(Array2::zeros((0, 1)).view()), Err(ClusterError::Empty));
        assert_eq!(model.centroids(), array![[1.0]]);
    }
}
