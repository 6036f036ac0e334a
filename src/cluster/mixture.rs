//! Gaussian mixtures by expectation and maximisation, with scikit-learn's parameters (`sklearn.mixture.GaussianMixture`).

use super::micro::first_of_distinct;
use super::numbering::number_by_size;
use super::{ClusterError, NOISE, Progress, check_matrix, label_of};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

mod density;
mod estimate;
mod evidence;
mod start;

use density::{BLOCK, Block, Densities, Scratch};
use estimate::Problem;
use start::start;

/// What the covariances of components have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Covariance {
    /// Nothing: each component is an ellipsoid of any direction.
    #[default]
    Full,
    /// All are the same.
    Tied,
    /// Each is along the axes: features are independent within a component.
    Diag,
    /// Each component has one variance for all features.
    Spherical,
}

impl Covariance {
    /// Every kind, in the order they are offered.
    pub const ALL: [Self; 4] = [Self::Full, Self::Tied, Self::Diag, Self::Spherical];

    /// The name used in links and files, scikit-learn's.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Tied => "tied",
            Self::Diag => "diag",
            Self::Spherical => "spherical",
        }
    }

    /// Numbers that one covariance is stored as.
    const fn size(self, features: usize) -> usize {
        match self {
            Self::Full | Self::Tied => features * features,
            Self::Diag => features,
            Self::Spherical => 1,
        }
    }
}

impl FromStr for Covariance {
    type Err = ClusterError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|covariance| covariance.as_str() == name)
            .ok_or_else(|| ClusterError::parameter("covariance_type", "must be full, tied, diag or spherical"))
    }
}

/// What a mixture fit is told.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MixtureParams {
    /// Number of components, at least 1.
    pub n_components: usize,
    /// What the covariances have in common.
    pub covariance: Covariance,
    /// Number of restarts, at least 1; the likeliest is kept.
    pub n_init: usize,
    /// Bound on the iterations of each restart, at least 1.
    pub max_iter: usize,
    /// A restart ends when the mean log-likelihood of a row changes by less; not negative.
    pub tol: f64,
    /// Added to every variance, in the squared unit of the features; not negative. Keeps components from collapsing.
    pub reg_covar: f64,
    /// Seed of the first restart; the result is a function of it.
    pub seed: u64,
}

impl Default for MixtureParams {
    /// 4 components, full covariances, 10 restarts, 1000 iterations, tolerance 1e-5, `reg_covar` 1e-6, seed 42.
    /// scikit-learn has 100 iterations and 1e-3, at which it often stops well short of the optimum.
    fn default() -> Self {
        Self {
            n_components: 4,
            covariance: Covariance::Full,
            n_init: 10,
            max_iter: 1_000,
            tol: 1e-5,
            reg_covar: 1e-6,
            seed: 42,
        }
    }
}

impl MixtureParams {
    /// Checks the range of each parameter.
    ///
    /// # Errors
    ///
    /// Names the parameter that is out of range.
    pub fn check(&self) -> Result<(), ClusterError> {
        for (name, value) in [("n_components", self.n_components), ("n_init", self.n_init), ("max_iter", self.max_iter)]
        {
            if value == 0 {
                return Err(ClusterError::parameter(name, "must be at least 1"));
            }
        }
        for (name, value) in [("tol", self.tol), ("reg_covar", self.reg_covar)] {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(ClusterError::parameter(name, format!("must be a number from 0 upward, not {value}")));
            }
        }
        Ok(())
    }
}

/// A weighted sum of normal distributions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mixture {
    /// How `covariances` are to be read.
    pub covariance: Covariance,
    /// Share of each component, from 0 to 1, adding up to 1.
    pub weights: Vec<f64>,
    /// Mean of each component, in the unit of the features.
    pub means: Vec<Vec<f64>>,
    /// Covariance of each component, or the only one if tied: a matrix row by row, a variance per feature (diag) or one
    /// variance (spherical). `reg_covar` is part of them.
    pub covariances: Vec<Vec<f64>>,
}

/// Log-likelihoods, labels and, on request, responsibilities row by row.
type Reading = (Vec<f64>, Vec<i32>, Vec<f64>);

/// What was found about a run of rows.
struct Found<'a> {
    log_likelihoods: &'a mut [f64],
    labels: &'a mut [i32],
    responsibilities: &'a mut [f64],
}

impl Mixture {
    /// Whether shapes match, weights are shares and covariances can be factored.
    ///
    /// # Errors
    ///
    /// Says what a mixture must have.
    pub fn check(&self) -> Result<(), ClusterError> {
        Densities::new(self).map(drop)
    }

    /// Drops the components after the first `kept` and lets the weights of the others add up to 1 again.
    pub fn keep_first(&mut self, kept: usize) {
        self.weights.truncate(kept);
        self.means.truncate(kept);
        if self.covariance != Covariance::Tied {
            self.covariances.truncate(kept);
        }
        let total: f64 = self.weights.iter().sum();
        self.weights.iter_mut().for_each(|weight| *weight /= total);
    }

    /// Log-likelihood of each row (`GaussianMixture.score_samples`); finite, at least about -1e300.
    ///
    /// # Errors
    ///
    /// When the mixture is malformed, features differ in number, a cell is not finite, or the observer cancels.
    pub fn log_likelihoods(&self, x: ArrayView2<f64>, observer: &dyn Progress) -> Result<Vec<f64>, ClusterError> {
        Ok(self.read(x, false, observer)?.0)
    }

    /// The probability that each row is from each component (`GaussianMixture.predict_proba`), rows by components. Each row
    /// adds up to 1, and rows far from all components have no NaN.
    ///
    /// # Errors
    ///
    /// When the mixture is malformed, features differ in number, a cell is not finite, or the observer cancels.
    pub fn responsibilities(&self, x: ArrayView2<f64>, observer: &dyn Progress) -> Result<Array2<f64>, ClusterError> {
        let flat = self.read(x, true, observer)?.2;
        Array2::from_shape_vec((x.nrows(), self.weights.len()), flat)
            .map_err(|error| ClusterError::Library { message: error.to_string() })
    }

    /// The likeliest component of each row (`GaussianMixture.predict`), the first of equally likely ones.
    ///
    /// # Errors
    ///
    /// When the mixture is malformed, features differ in number, a cell is not finite, or the observer cancels.
    pub fn predict(&self, x: ArrayView2<f64>, observer: &dyn Progress) -> Result<Vec<i32>, ClusterError> {
        Ok(self.read(x, false, observer)?.1)
    }

    /// Free parameters, as the information criteria count them.
    #[must_use]
    pub fn parameters_count(&self) -> usize {
        let (k, d) = (self.weights.len(), self.means.first().map_or(0, Vec::len));
        let covariances = match self.covariance {
            Covariance::Full => k * d * (d + 1) / 2,
            Covariance::Tied => d * (d + 1) / 2,
            Covariance::Diag => k * d,
            Covariance::Spherical => k,
        };
        (covariances + k * d + k).saturating_sub(1)
    }

    /// Reads all rows, in parallel.
    fn read(
        &self,
        x: ArrayView2<f64>,
        responsibilities: bool,
        observer: &dyn Progress,
    ) -> Result<Reading, ClusterError> {
        let densities = Densities::new(self)?;
        let (k, features) = (self.weights.len(), densities.features());
        if x.ncols() != features {
            return Err(ClusterError::WrongFeatureCount { expected: features, found: x.ncols() });
        }
        check_matrix(x)?;
        let mut log_likelihoods = vec![0.0; x.nrows()];
        let mut labels = vec![NOISE; x.nrows()];
        let mut flat = vec![0.0; if responsibilities { x.nrows() * k } else { 0 }];
        let mut shares_of = flat.chunks_mut(BLOCK * k);
        let runs: Vec<Found> = log_likelihoods
            .chunks_mut(BLOCK)
            .zip(labels.chunks_mut(BLOCK))
            .map(|(log_likelihoods, labels)| {
                let responsibilities = shares_of.next().unwrap_or_default();
                Found { log_likelihoods, labels, responsibilities }
            })
            .collect();
        runs.into_par_iter().enumerate().try_for_each_init(
            || (Block::new(features), Scratch::new(features), vec![0.0; k * BLOCK]),
            |(block, scratch, shares), (index, found)| {
                if observer.is_cancelled() {
                    return Err(ClusterError::Cancelled);
                }
                block.read(x, index * BLOCK, index * BLOCK + found.labels.len());
                let mut logs = [0.0; BLOCK];
                densities.responsibilities(block, scratch, shares, &mut logs);
                found.log_likelihoods.copy_from_slice(&logs[..block.len]);
                let mut most = [-1.0; BLOCK];
                for (component, shares) in shares.chunks_exact(BLOCK).enumerate() {
                    for (row, &share) in shares[..block.len].iter().enumerate() {
                        if share > most[row] {
                            most[row] = share;
                            found.labels[row] = label_of(component);
                        }
                        if let Some(to) = found.responsibilities.get_mut(row * k + component) {
                            *to = share;
                        }
                    }
                }
                Ok(())
            },
        )?;
        Ok((log_likelihoods, labels, flat))
    }
}

/// What a mixture fit found.
#[derive(Clone, Debug, PartialEq)]
pub struct MixtureFit {
    /// The distribution; components are numbered as the labels are.
    pub mixture: Mixture,
    /// The likeliest component of each row, from 0: numbered by rows, the most first, and equal ones by their first row.
    /// A component may be the likeliest of no row.
    pub labels: Vec<i32>,
    /// Mean log-likelihood of a row (`GaussianMixture.score`).
    pub mean_log_likelihood: f64,
    /// Information criterion of Schwarz (1978), lower is better (`GaussianMixture.bic`).
    pub bic: f64,
    /// Information criterion of Akaike (1974), lower is better (`GaussianMixture.aic`).
    pub aic: f64,
    /// Iterations of the restart kept.
    pub n_iter: usize,
    /// Whether it ended because the likelihood changed by less than `tol`.
    pub converged: bool,
    /// Mean log-likelihood each restart ended with, in order: how many agree tells how hard the problem is.
    pub restart_log_likelihoods: Vec<f64>,
}

/// Fits a mixture to the rows of `x`.
///
/// The first restart starts from the clusters of K-Means, the others from the rows nearest to k-means++ seeds, on a sample of
/// many rows. Rows are summed in fixed parts and restarts compared in order, so the number of threads does not matter.
/// Memory beyond `x` does not grow with the rows but for the labels.
///
/// A component that loses its rows stays where it was, with next to no weight.
///
/// ```
/// use ndarray::array;
/// use segmenta::cluster::Silent;
/// use segmenta::cluster::mixture::{MixtureParams, fit};
///
/// let x = array![[0.0], [0.2], [9.0], [9.2], [9.4]];
/// let params = MixtureParams { n_components: 2, ..MixtureParams::default() };
/// let fitted = fit(x.view(), &params, &Silent)?;
/// assert_eq!(fitted.labels, [1, 1, 0, 0, 0]);
/// assert!((fitted.mixture.weights[0] - 0.6).abs() < 1e-9);
/// # Ok::<(), segmenta::cluster::ClusterError>(())
/// ```
///
/// # Errors
///
/// When a parameter is out of range, a cell is not finite, there are fewer distinct rows than components, or the observer
/// cancels.
pub fn fit(x: ArrayView2<f64>, params: &MixtureParams, observer: &dyn Progress) -> Result<MixtureFit, ClusterError> {
    params.check()?;
    check_matrix(x)?;
    let k = params.n_components;
    let distinct = first_of_distinct(x, k, observer)?.len();
    if distinct < k {
        return Err(ClusterError::TooFewDistinctRows { k, distinct });
    }
    let problem = Problem::new(x, params.covariance, params.reg_covar, observer)?;
    let done = AtomicUsize::new(0);
    let restarts = (0..params.n_init)
        .into_par_iter()
        .map(|restart| {
            let found = iterate(&problem, start(&problem, params, restart, observer)?, params, observer)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let message = format!("restart {done} of {}: mean log-likelihood {:.6}", params.n_init, found.mean);
            observer.progress(done as f64 / params.n_init as f64, &message);
            Ok(found)
        })
        .collect::<Result<Vec<Restart>, ClusterError>>()?;
    let restart_log_likelihoods = restarts.iter().map(|found| found.mean).collect();
    let better = |best: Restart, found: Restart| if found.mean > best.mean { found } else { best };
    let Restart { mut mixture, mean, n_iter, converged } =
        restarts.into_iter().reduce(better).ok_or(ClusterError::Empty)?;

    let mut labels = mixture.predict(x, observer)?;
    let order = number_by_size(&mut labels, k);
    mixture.weights = order.iter().map(|&component| mixture.weights[component]).collect();
    mixture.means = order.iter().map(|&component| mixture.means[component].clone()).collect();
    if mixture.covariance != Covariance::Tied {
        mixture.covariances = order.iter().map(|&component| mixture.covariances[component].clone()).collect();
    }
    let (rows, parameters) = (x.len_of(Axis(0)) as f64, mixture.parameters_count() as f64);
    Ok(MixtureFit {
        labels,
        mean_log_likelihood: mean,
        bic: parameters * rows.ln() - 2.0 * mean * rows,
        aic: 2.0 * parameters - 2.0 * mean * rows,
        n_iter,
        converged,
        restart_log_likelihoods,
        mixture,
    })
}

/// A mixture that no iteration improves, unless the iterations ran out.
struct Restart {
    mixture: Mixture,
    mean: f64,
    n_iter: usize,
    converged: bool,
}

fn iterate(
    problem: &Problem,
    mut mixture: Mixture,
    params: &MixtureParams,
    observer: &dyn Progress,
) -> Result<Restart, ClusterError> {
    let rows = problem.x.nrows() as f64;
    let mut previous = f64::NEG_INFINITY;
    let mut n_iter = 0;
    loop {
        let sums = problem.expect(&mixture, observer)?;
        let mean = sums.log_likelihood / rows;
        let converged = (mean - previous).abs() < params.tol;
        if converged || n_iter == params.max_iter {
            return Ok(Restart { mixture, mean, n_iter, converged });
        }
        previous = mean;
        n_iter += 1;
        mixture = problem.maximise(&sums, &mixture.means);
    }
}

#[cfg(test)]
mod tests;
