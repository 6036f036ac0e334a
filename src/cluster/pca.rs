//! Principal components, for drawing clusters in two or three dimensions.

use super::{ClusterError, check_matrix};
use linfa_linalg::eigh::Eigh;
use ndarray::{Array2, ArrayView2, Axis, Slice};

/// The principal axes of a matrix (`sklearn.decomposition.PCA`, all components kept).
#[derive(Clone, Debug, PartialEq)]
pub struct PcaFit {
    /// Mean of each feature.
    pub mean: Vec<f64>,
    /// One unit vector per row, features by features, of falling variance. The entry of largest magnitude is positive.
    pub components: Array2<f64>,
    /// Sample variance along each component, not negative.
    pub explained_variance: Vec<f64>,
    /// The same as a share of the variance of all components; all 0 when there is no variance.
    pub explained_variance_ratio: Vec<f64>,
}

/// Finds the principal axes as eigenvectors of the sample covariance matrix.
///
/// Constant features get no weight in components with variance. One row, or rows that are all equal, have no variance: the
/// components are then the axes.
///
/// # Errors
///
/// When `x` is empty or has a cell that is not finite, or the decomposition fails.
pub fn fit(x: ArrayView2<f64>) -> Result<PcaFit, ClusterError> {
    check_matrix(x)?;
    let features = x.ncols();
    let mean = x.mean_axis(Axis(0)).ok_or(ClusterError::Empty)?;
    let centred = &x - &mean;
    let freedom = x.nrows().saturating_sub(1).max(1) as f64;
    let covariance = centred.t().dot(&centred) / freedom;
    let total: f64 = covariance.diag().sum();
    let none = PcaFit {
        mean: mean.to_vec(),
        components: Array2::eye(features),
        explained_variance: vec![0.0; features],
        explained_variance_ratio: vec![0.0; features],
    };
    if total <= 0.0 {
        return Ok(none);
    }
    let (values, vectors) = covariance.eigh().map_err(|error| ClusterError::Library { message: error.to_string() })?;
    let mut order: Vec<usize> = (0..features).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut components = vectors.t().select(Axis(0), &order);
    for mut component in components.rows_mut() {
        fix_sign(component.as_slice_mut().unwrap_or_default());
    }
    // Rounding can leave a variance of zero slightly negative.
    let explained_variance: Vec<f64> = order.iter().map(|&index| values[index].max(0.0)).collect();
    let sum: f64 = explained_variance.iter().sum();
    let explained_variance_ratio = explained_variance.iter().map(|variance| variance / sum).collect();
    Ok(PcaFit { components, explained_variance, explained_variance_ratio, ..none })
}

/// scikit-learn's `svd_flip(u_based_decision=False)`: of equal magnitudes the first decides.
fn fix_sign(component: &mut [f64]) {
    let largest =
        component.iter().copied().fold(0.0_f64, |most, value| if value.abs() > most.abs() { value } else { most });
    if largest < 0.0 {
        for value in component {
            *value = -*value;
        }
    }
}

impl PcaFit {
    /// Coordinates of the rows of `x` along the first `n` components, or along all when there are fewer.
    ///
    /// # Errors
    ///
    /// When `x` has another number of features than the fit.
    pub fn project(&self, x: ArrayView2<f64>, n: usize) -> Result<Array2<f64>, ClusterError> {
        if x.ncols() != self.mean.len() {
            return Err(ClusterError::WrongFeatureCount { expected: self.mean.len(), found: x.ncols() });
        }
        let mean = ndarray::ArrayView1::from(&self.mean[..]);
        let kept = self.components.slice_axis(Axis(0), Slice::from(..n.min(self.mean.len())));
        Ok((&x - &mean).dot(&kept.t()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_points::points;
    use super::*;
    use ndarray::array;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    /// `PCA().fit(x * [1, 2])`, scikit-learn 1.9.1.
    #[test]
    fn agrees_with_scikit_learn() {
        let x = points() * array![1.0, 2.0];
        let p = fit(x.view()).unwrap();
        assert_eq!(p.mean.len(), 2);
        close(p.mean[0], 4.1);
        close(p.mean[1], 4.4);
        let expected = array![
            [0.345_497_281_997_848_35, 0.938_419_750_501_927_2],
            [0.938_419_750_501_927_2, -0.345_497_281_997_848_35]
        ];
        p.components.iter().zip(&expected).for_each(|(found, expected)| close(*found, *expected));
        close(p.explained_variance[0], 23.255_312_151_881_622);
        close(p.explained_variance[1], 13.111_354_514_785_045);
        close(p.explained_variance_ratio[0], 0.639_467_795_193_811_8);
        let y = p.project(x.view(), 1).unwrap();
        assert_eq!(y.dim(), (10, 1));
        close(y.column(0).mapv(|v| v * v).sum() / 9.0, 23.255_312_151_881_622);
        assert_eq!(p.project(x.view(), 9).unwrap().dim(), (10, 2));
    }

    #[test]
    fn constant_features_carry_no_variance() {
        let p = fit(array![[1.0, 7.0, 2.0], [2.0, 7.0, 4.0], [4.0, 7.0, 8.5]].view()).unwrap();
        close(p.components[(0, 1)], 0.0);
        close(p.explained_variance_ratio.iter().sum(), 1.0);
        close(p.explained_variance[2], 0.0);
        let one = fit(array![[5.0], [5.5]].view()).unwrap();
        close(one.components[(0, 0)], 1.0);
        close(one.explained_variance_ratio[0], 1.0);
    }

    #[test]
    fn no_variance_keeps_the_axes() {
        for x in [array![[1.0, 2.0]], Array2::ones((5, 2))] {
            let p = fit(x.view()).unwrap();
            assert_eq!(p.components, Array2::<f64>::eye(2));
            assert_eq!(p.explained_variance_ratio, [0.0, 0.0]);
        }
    }

    #[test]
    fn rejects_what_has_no_axes() {
        assert_eq!(fit(Array2::zeros((0, 2)).view()), Err(ClusterError::Empty));
        assert!(fit(array![[f64::NAN]].view()).is_err());
        let p = fit(array![[1.0, 2.0], [3.0, 5.0]].view()).unwrap();
        assert_eq!(p.project(array![[1.0]].view(), 1), Err(ClusterError::WrongFeatureCount { expected: 2, found: 1 }));
    }
}
