//! Transforms that take the skew out of features before scaling.

use super::{ClusterError, Progress};
use crate::stats::power::{self, PowerError};
use ndarray::{Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Which function is applied to every feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// The values as they are.
    #[default]
    None,
    /// `ln(1 + x)` (`numpy.log1p`), for values above -1.
    #[serde(rename = "log1p")]
    Log1p,
    /// Box-Cox with the power of greatest likelihood, for values above 0 (`scipy.stats.boxcox`).
    BoxCox,
    /// Yeo-Johnson with the power of greatest likelihood (`scipy.stats.yeojohnson`).
    YeoJohnson,
}

impl Transform {
    /// Every transform, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::None, Self::Log1p, Self::BoxCox, Self::YeoJohnson];

    /// The name used in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Log1p => "log1p",
            Self::BoxCox => "box-cox",
            Self::YeoJohnson => "yeo-johnson",
        }
    }

    const fn has_lambda(self) -> bool {
        matches!(self, Self::BoxCox | Self::YeoJohnson)
    }
}

impl FromStr for Transform {
    type Err = ClusterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|transform| transform.as_str() == name)
            .ok_or_else(|| ClusterError::parameter("transform", "must be none, log1p, box-cox or yeo-johnson"))
    }
}

/// A transform with the powers it learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedTransform {
    /// The function.
    pub transform: Transform,
    /// One power per feature for Box-Cox and Yeo-Johnson; as many ones for the others, where they mean nothing.
    pub lambdas: Vec<f64>,
}

impl Transform {
    /// Refuses values outside the domain of the transform.
    fn admits<'a>(
        self,
        values: impl IntoIterator<Item = &'a f64>,
        feature: impl FnOnce() -> String,
    ) -> Result<(), ClusterError> {
        let (least, instead) = match self {
            Self::Log1p => (-1.0, "yeo-johnson or none"),
            Self::BoxCox => (0.0, "yeo-johnson or log1p"),
            Self::None | Self::YeoJohnson => return Ok(()),
        };
        let min = values.into_iter().copied().fold(f64::INFINITY, f64::min);
        if min > least {
            return Ok(());
        }
        let message = format!("has the value {min}, and {} needs values above {least}; use {instead}", self.as_str());
        Err(ClusterError::Feature { feature: feature(), message })
    }
}

impl FittedTransform {
    /// Learns the powers from the columns of `x`, `names` being theirs; no columns are no error.
    ///
    /// A constant column keeps the power 1: no power fits it better than another.
    ///
    /// # Errors
    ///
    /// Names the first feature with a value that the transform does not admit, or a cell that is not finite.
    pub fn fit(
        transform: Transform,
        x: ArrayView2<f64>,
        names: &[String],
        observer: &dyn Progress,
    ) -> Result<Self, ClusterError> {
        if x.ncols() > 0 {
            super::check_matrix(x)?;
        }
        let mut lambdas = Vec::with_capacity(x.ncols());
        for (index, column) in x.axis_iter(Axis(1)).enumerate() {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let values = column.to_vec();
            transform.admits(&values, || names.get(index).cloned().unwrap_or_else(|| format!("column {index}")))?;
            lambdas.push(match transform {
                Transform::None | Transform::Log1p => 1.0,
                Transform::BoxCox => power_or_one(power::box_cox_lambda(&values)),
                Transform::YeoJohnson => power_or_one(power::yeo_johnson_lambda(&values)),
            });
        }
        Ok(Self { transform, lambdas })
    }

    /// Makes sure that `x`, with columns of these names, can be transformed: rows that nothing was learned from may hold what
    /// the others do not.
    ///
    /// # Errors
    ///
    /// Names the first feature with a value that the transform does not admit.
    pub fn check(&self, x: ArrayView2<f64>, names: &[String]) -> Result<(), ClusterError> {
        x.axis_iter(Axis(1))
            .zip(names)
            .try_for_each(|(column, name)| self.transform.admits(column.iter(), || name.clone()))
    }

    /// Transforms `x` in place.
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit, or a new value is outside the domain of the transform, in which
    /// case `x` is left half transformed.
    pub fn apply(&self, x: &mut Array2<f64>) -> Result<(), ClusterError> {
        self.map(x, Self::value)
    }

    /// Undoes [`apply`](Self::apply) in place. An image that no value has, which a mean of images never is, becomes an
    /// error.
    ///
    /// # Errors
    ///
    /// When the number of features differs from the fit or a cell has no inverse.
    pub fn inverse(&self, x: &mut Array2<f64>) -> Result<(), ClusterError> {
        self.map(x, Self::inverse_value)
    }

    fn map(&self, x: &mut Array2<f64>, value: impl Fn(&Self, f64, f64) -> f64) -> Result<(), ClusterError> {
        if x.ncols() != self.lambdas.len() {
            return Err(ClusterError::WrongFeatureCount { expected: self.lambdas.len(), found: x.ncols() });
        }
        for (row, mut cells) in x.rows_mut().into_iter().enumerate() {
            for (column, (cell, &lambda)) in cells.iter_mut().zip(&self.lambdas).enumerate() {
                *cell = value(self, *cell, lambda);
                if !cell.is_finite() {
                    return Err(ClusterError::NotFinite { row, column });
                }
            }
        }
        Ok(())
    }

    fn value(&self, x: f64, lambda: f64) -> f64 {
        match self.transform {
            Transform::None => x,
            Transform::Log1p => x.ln_1p(),
            Transform::BoxCox => power::box_cox(x, lambda),
            Transform::YeoJohnson => power::yeo_johnson(x, lambda),
        }
    }

    fn inverse_value(&self, y: f64, lambda: f64) -> f64 {
        match self.transform {
            Transform::None => y,
            Transform::Log1p => y.exp_m1(),
            Transform::BoxCox => power::inverse_box_cox(y, lambda),
            Transform::YeoJohnson => power::inverse_yeo_johnson(y, lambda),
        }
    }

    /// Whether [`lambdas`](Self::lambdas) were learned and are worth showing.
    #[must_use]
    pub const fn has_lambdas(&self) -> bool {
        self.transform.has_lambda()
    }
}

fn power_or_one(lambda: Result<f64, PowerError>) -> f64 {
    lambda.unwrap_or(1.0)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the results are exact")]
mod tests {
    use super::super::Silent;
    use super::*;
    use ndarray::array;

    fn names() -> Vec<String> {
        vec!["income".to_owned(), "spent".to_owned()]
    }

    #[test]
    fn every_transform_inverts() {
        let x = array![[1.0, 0.5], [20.0, 3.0], [300.0, 0.25], [4.0, 8.0]];
        for transform in Transform::ALL {
            let fitted = FittedTransform::fit(transform, x.view(), &names(), &Silent).unwrap();
            let mut y = x.clone();
            fitted.apply(&mut y).unwrap();
            assert_eq!(y == x, transform == Transform::None);
            fitted.inverse(&mut y).unwrap();
            assert!((&y - &x).iter().all(|d| d.abs() < 1e-9), "{transform:?}");
            assert_eq!(fitted.has_lambdas(), fitted.lambdas.iter().any(|l| *l != 1.0));
        }
    }

    #[test]
    fn the_feature_outside_the_domain_is_named() {
        let x = array![[1.0, 0.0], [2.0, 1.0]];
        let error = FittedTransform::fit(Transform::BoxCox, x.view(), &names(), &Silent).unwrap_err().to_string();
        assert!(error.starts_with("feature \"spent\" has the value 0") && error.contains("yeo-johnson"), "{error}");
        let error =
            FittedTransform::fit(Transform::Log1p, array![[-1.0]].view(), &[], &Silent).unwrap_err().to_string();
        assert!(error.starts_with("feature \"column 0\""), "{error}");
        let nan = FittedTransform::fit(Transform::None, array![[f64::NAN]].view(), &[], &Silent);
        assert_eq!(nan, Err(ClusterError::NotFinite { row: 0, column: 0 }));
    }

    #[test]
    fn one_row_and_constant_columns_keep_the_power_one() {
        for transform in [Transform::BoxCox, Transform::YeoJohnson] {
            let x = array![[3.0, 1.0]];
            assert_eq!(FittedTransform::fit(transform, x.view(), &names(), &Silent).unwrap().lambdas, [1.0, 1.0]);
            let x = array![[3.0, 1.0], [3.0, 2.0]];
            assert_eq!(FittedTransform::fit(transform, x.view(), &names(), &Silent).unwrap().lambdas[0], 1.0);
        }
    }

    #[test]
    fn new_rows_must_fit_the_model() {
        let fitted =
            FittedTransform::fit(Transform::BoxCox, array![[1.0, 1.0], [2.0, 5.0]].view(), &names(), &Silent).unwrap();
        let wrong = fitted.apply(&mut array![[1.0]]);
        assert_eq!(wrong, Err(ClusterError::WrongFeatureCount { expected: 2, found: 1 }));
        assert_eq!(fitted.apply(&mut array![[1.0, -2.0]]), Err(ClusterError::NotFinite { row: 0, column: 1 }));
    }

    #[test]
    fn names_round_trip() {
        for transform in Transform::ALL {
            assert_eq!(transform.as_str().parse(), Ok(transform));
            assert_eq!(serde_json::to_string(&transform).unwrap(), format!("\"{}\"", transform.as_str()));
        }
        assert!("log".parse::<Transform>().is_err());
    }
}
