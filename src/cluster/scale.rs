//! Scaling that gives features comparable weight.

use super::ClusterError;
use crate::stats::describe::quantile_sorted;
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How features are centred and scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Mean 0, population standard deviation 1 (`sklearn.preprocessing.StandardScaler`).
    #[default]
    Standard,
    /// From 0 to 1 (`sklearn.preprocessing.MinMaxScaler`).
    MinMax,
    /// Median 0, interquartile range 1 (`sklearn.preprocessing.RobustScaler`).
    Robust,
    /// The values as they are.
    None,
}

impl Scale {
    /// Every scale, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Standard, Self::MinMax, Self::Robust, Self::None];

    /// The name used in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::MinMax => "minmax",
            Self::Robust => "robust",
            Self::None => "none",
        }
    }
}

impl FromStr for Scale {
    type Err = ClusterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scale| scale.as_str() == name)
            .ok_or_else(|| ClusterError::parameter("scale", "must be standard, minmax, robust or none"))
    }
}

/// A scale with what it learned: a value becomes `(value - center) / spread`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedScale {
    /// How the two were chosen.
    pub scale: Scale,
    /// One per feature: mean, minimum or median, or 0; in the unit of the (transformed) feature.
    pub center: Vec<f64>,
    /// One per feature, never 0: standard deviation, range or interquartile range, or 1. Features without spread get 1,
    /// as in scikit-learn, so that they become 0.
    pub spread: Vec<f64>,
}

impl FittedScale {
    /// Learns centres and spreads from the columns of `x`; no columns are no error.
    ///
    /// # Errors
    ///
    /// When `x` is empty or has a cell that is not finite.
    pub fn fit(scale: Scale, x: ArrayView2<f64>) -> Result<Self, ClusterError> {
        if x.ncols() > 0 {
            super::check_matrix(x)?;
        }
        let (center, spread) = x
            .axis_iter(Axis(1))
            .map(|column| match scale {
                Scale::Standard => mean_and_deviation(&column.to_vec()),
                Scale::None => (0.0, 1.0),
                Scale::MinMax | Scale::Robust => {
                    let mut sorted = column.to_vec();
                    sorted.sort_unstable_by(f64::total_cmp);
                    let (low, centre, high) = if scale == Scale::MinMax { (0.0, 0.0, 1.0) } else { (0.25, 0.5, 0.75) };
                    let spread = quantile_sorted(&sorted, high) - quantile_sorted(&sorted, low);
                    // scikit-learn's `_handle_zeros_in_scale`.
                    (quantile_sorted(&sorted, centre), if spread < 10.0 * f64::EPSILON { 1.0 } else { spread })
                }
            })
            .unzip();
        Ok(Self { scale, center, spread })
    }

    /// Scales `x` in place.
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit.
    pub fn apply(&self, x: &mut Array2<f64>) -> Result<(), ClusterError> {
        self.check(x.ncols())?;
        for mut row in x.rows_mut() {
            for ((value, center), spread) in row.iter_mut().zip(&self.center).zip(&self.spread) {
                *value = (*value - center) / spread;
            }
        }
        Ok(())
    }

    /// Undoes [`apply`](Self::apply) in place.
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit.
    pub fn inverse(&self, x: &mut Array2<f64>) -> Result<(), ClusterError> {
        self.check(x.ncols())?;
        for mut row in x.rows_mut() {
            for ((value, center), spread) in row.iter_mut().zip(&self.center).zip(&self.spread) {
                *value = *value * spread + center;
            }
        }
        Ok(())
    }

    /// Scales one row in place.
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit.
    pub fn apply_row(&self, row: &mut [f64]) -> Result<(), ClusterError> {
        self.check(row.len())?;
        for ((value, center), spread) in row.iter_mut().zip(&self.center).zip(&self.spread) {
            *value = (*value - center) / spread;
        }
        Ok(())
    }

    /// Undoes [`apply_row`](Self::apply_row).
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit.
    pub fn inverse_row(&self, row: &mut [f64]) -> Result<(), ClusterError> {
        self.check(row.len())?;
        for ((value, center), spread) in row.iter_mut().zip(&self.center).zip(&self.spread) {
            *value = *value * spread + center;
        }
        Ok(())
    }

    fn check(&self, found: usize) -> Result<(), ClusterError> {
        let expected = self.center.len();
        if expected == found { Ok(()) } else { Err(ClusterError::WrongFeatureCount { expected, found }) }
    }
}

fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    // scikit-learn's `_is_constant_feature`: a variance that rounding alone can make counts as none.
    let noise = n * f64::EPSILON * variance + (n * mean * f64::EPSILON).powi(2);
    (mean, if variance <= noise { 1.0 } else { variance.sqrt() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// `StandardScaler().fit_transform(x)` and so on, scikit-learn 1.9.1.
    #[test]
    fn agrees_with_scikit_learn() {
        let x = array![[1.0, 10.0, 5.0], [2.0, 20.0, 5.0], [4.0, 20.0, 5.0], [9.0, 50.0, 5.0]];
        let expected = [
            (
                Scale::Standard,
                [-0.973_328_526_784_575_3, -1.0, 0.0],
                [1.622_214_211_307_625_4, 1.666_666_666_666_666_7, 0.0],
            ),
            (Scale::MinMax, [0.0, 0.0, 0.0], [1.0, 1.0, 0.0]),
            (Scale::Robust, [-0.571_428_571_428_571_4, -1.0, 0.0], [1.714_285_714_285_714_2, 3.0, 0.0]),
            (Scale::None, [1.0, 10.0, 5.0], [9.0, 50.0, 5.0]),
        ];
        for (scale, first, last) in expected {
            let fitted = FittedScale::fit(scale, x.view()).unwrap();
            let mut y = x.clone();
            fitted.apply(&mut y).unwrap();
            for column in 0..3 {
                assert!((y[(0, column)] - first[column]).abs() < 1e-14, "{scale:?}");
                assert!((y[(3, column)] - last[column]).abs() < 1e-14, "{scale:?}");
            }
            let mut row = [9.0, 50.0, 5.0];
            fitted.apply_row(&mut row).unwrap();
            assert_eq!(row.to_vec(), y.row(3).to_vec());
            fitted.inverse_row(&mut row).unwrap();
            assert!((row[1] - 50.0).abs() < 1e-12);
            fitted.inverse(&mut y).unwrap();
            assert!((&y - &x).iter().all(|d| d.abs() < 1e-12));
        }
    }

    #[test]
    fn features_without_spread_become_zero() {
        for scale in [Scale::Standard, Scale::MinMax, Scale::Robust] {
            let fitted = FittedScale::fit(scale, array![[0.1], [0.1], [0.1]].view()).unwrap();
            assert_eq!(fitted.spread, [1.0]);
            let one = FittedScale::fit(scale, array![[7.0, 8.0]].view()).unwrap();
            assert_eq!((one.center, one.spread), (vec![7.0, 8.0], vec![1.0, 1.0]));
        }
    }

    #[test]
    fn rejects_what_cannot_be_scaled() {
        assert_eq!(FittedScale::fit(Scale::None, Array2::zeros((0, 2)).view()), Err(ClusterError::Empty));
        assert!(FittedScale::fit(Scale::Standard, array![[f64::NAN]].view()).is_err());
        let fitted = FittedScale::fit(Scale::Standard, array![[1.0], [2.0]].view()).unwrap();
        let wrong = Err(ClusterError::WrongFeatureCount { expected: 1, found: 2 });
        assert_eq!(fitted.apply(&mut array![[1.0, 2.0]]), wrong);
        assert_eq!(fitted.inverse(&mut array![[1.0, 2.0]]), wrong);
        assert_eq!(fitted.apply_row(&mut [1.0, 2.0]), wrong);
        assert_eq!(fitted.inverse_row(&mut [1.0, 2.0]), wrong);
    }

    #[test]
    fn names_round_trip() {
        for scale in Scale::ALL {
            assert_eq!(scale.as_str().parse(), Ok(scale));
            assert_eq!(serde_json::to_string(&scale).unwrap(), format!("\"{}\"", scale.as_str()));
        }
        assert!("zscore".parse::<Scale>().is_err());
    }
}
