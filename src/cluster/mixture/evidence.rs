//! Which features decide between two components.

use super::{Covariance, Mixture};
use crate::cluster::{ClusterError, Silent};
use ndarray::{Array2, ArrayView1};

impl Mixture {
    /// What knowing each feature of a row adds to the logarithm of the odds of component `a` against `b`, the other features
    /// being known: the log-odds less those of the marginal mixture without the feature. One number per feature.
    ///
    /// # Errors
    ///
    /// When the mixture is malformed, there is no such component, features differ in number, or a cell is not finite.
    pub fn evidence(&self, row: ArrayView1<f64>, a: usize, b: usize) -> Result<Vec<f64>, ClusterError> {
        self.check()?;
        if a.max(b) >= self.weights.len() {
            return Err(ClusterError::parameter("component", format!("must be below {}", self.weights.len())));
        }
        let all = self.log_odds(&row.to_vec(), a, b)?;
        (0..row.len())
            .map(|feature| {
                let rest: Vec<f64> = without(&row.to_vec(), feature);
                Ok(all
                    - if rest.is_empty() {
                        self.prior_odds(a, b)
                    } else {
                        self.marginal(feature).log_odds(&rest, a, b)?
                    })
            })
            .collect()
    }

    fn prior_odds(&self, a: usize, b: usize) -> f64 {
        self.weights[a].max(f64::MIN_POSITIVE).ln() - self.weights[b].max(f64::MIN_POSITIVE).ln()
    }

    fn log_odds(&self, row: &[f64], a: usize, b: usize) -> Result<f64, ClusterError> {
        let x = Array2::from_shape_vec((1, row.len()), row.to_vec())
            .map_err(|error| ClusterError::Library { message: error.to_string() })?;
        let density = |component: usize| -> Result<f64, ClusterError> {
            let shared = self.covariance == Covariance::Tied;
            let alone = Self {
                covariance: self.covariance,
                weights: vec![1.0],
                means: vec![self.means[component].clone()],
                covariances: vec![self.covariances[if shared { 0 } else { component }].clone()],
            };
            Ok(alone.log_likelihoods(x.view(), &Silent)?[0])
        };
        Ok(self.prior_odds(a, b) + density(a)? - density(b)?)
    }

    /// The distribution of the other features.
    fn marginal(&self, feature: usize) -> Self {
        let features = self.means.first().map_or(0, Vec::len);
        let covariances = self.covariances.iter().map(|values| match self.covariance {
            Covariance::Full | Covariance::Tied => {
                let kept = |index: &usize| index / features != feature && index % features != feature;
                (0..values.len()).filter(kept).map(|index| values[index]).collect()
            }
            Covariance::Diag => without(values, feature),
            Covariance::Spherical => values.clone(),
        });
        Self {
            covariance: self.covariance,
            weights: self.weights.clone(),
            means: self.means.iter().map(|mean| without(mean, feature)).collect(),
            covariances: covariances.collect(),
        }
    }
}

fn without(values: &[f64], index: usize) -> Vec<f64> {
    values.iter().enumerate().filter(|(other, _)| *other != index).map(|(_, value)| *value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn independent_features_add_up() {
        let mixture = Mixture {
            covariance: Covariance::Diag,
            weights: vec![0.5, 0.5],
            means: vec![vec![0.0, 0.0], vec![2.0, 1.0]],
            covariances: vec![vec![1.0, 1.0], vec![1.0, 4.0]],
        };
        let parts = mixture.evidence(array![0.5, 0.5].view(), 0, 1).unwrap();
        // ln N(0.5; 0, 1) - ln N(0.5; 2, 1) and ln N(0.5; 0, 1) - ln N(0.5; 1, 2).
        assert!((parts[0] - (2.25 - 0.25) / 2.0).abs() < 1e-12);
        assert!((parts[1] - (2.0_f64.ln() - 0.125 + 0.25 / 8.0)).abs() < 1e-12);
    }

    #[test]
    fn one_feature_decides_all_but_the_weights() {
        let mixture = Mixture {
            covariance: Covariance::Full,
            weights: vec![0.8, 0.2],
            means: vec![vec![0.0], vec![1.0]],
            covariances: vec![vec![1.0], vec![1.0]],
        };
        let parts = mixture.evidence(array![0.0].view(), 0, 1).unwrap();
        assert!((parts[0] - 0.5).abs() < 1e-12);
        assert!(mixture.evidence(array![0.0].view(), 0, 2).is_err());
        assert!(mixture.evidence(array![0.0, 1.0].view(), 0, 1).is_err());
    }

    #[test]
    fn a_feature_can_decide_through_its_correlation() {
        // The second feature has the same mean in both, yet tells what the first should have been.
        let shared = vec![1.0, 0.9, 0.9, 1.0];
        let mixture = Mixture {
            covariance: Covariance::Tied,
            weights: vec![0.5, 0.5],
            means: vec![vec![0.0, 0.0], vec![2.0, 0.0]],
            covariances: vec![shared],
        };
        let parts = mixture.evidence(array![1.0, 1.0].view(), 0, 1).unwrap();
        assert!(parts[1].abs() > 1.0, "{parts:?}");
    }
}
