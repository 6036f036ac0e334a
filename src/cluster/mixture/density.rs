//! Logarithms of normal densities, block by block.

use super::{Covariance, Mixture};
use crate::cluster::ClusterError;
use ndarray::ArrayView2;
use std::f64::consts::PI;

/// Rows handled at a time: a block of a few features stays in the first-level cache.
pub(super) const BLOCK: usize = 128;

/// Densities so small that they underflow are this, which keeps sums and differences of them finite.
const LEAST: f64 = -1e300;

/// A block of rows stored feature by feature, [`BLOCK`] values each.
pub(super) struct Block {
    pub(super) start: usize,
    pub(super) len: usize,
    pub(super) values: Vec<f64>,
}

impl Block {
    pub(super) fn new(features: usize) -> Self {
        Self { start: 0, len: 0, values: vec![0.0; features * BLOCK] }
    }

    /// Reads the rows from `start` to `end`, at most [`BLOCK`].
    pub(super) fn read(&mut self, x: ArrayView2<f64>, start: usize, end: usize) {
        (self.start, self.len) = (start, end - start);
        for row in start..end {
            for (feature, value) in x.row(row).iter().enumerate() {
                self.values[feature * BLOCK + row - start] = *value;
            }
        }
    }

    /// Differences from a point, feature by feature.
    pub(super) fn minus(&self, point: &[f64], out: &mut [f64]) {
        for ((out, values), centre) in out.chunks_exact_mut(BLOCK).zip(self.values.chunks_exact(BLOCK)).zip(point) {
            for (out, value) in out.iter_mut().zip(values) {
                *out = value - centre;
            }
        }
    }
}

/// What turns a difference from the mean into one of unit variance.
enum Factor {
    /// The inverse of the lower Cholesky factor, row by row up to the diagonal.
    Lower(Vec<f64>),
    /// The inverse deviation of each feature.
    Diagonal(Vec<f64>),
}

struct Component {
    mean: Vec<f64>,
    factor: Factor,
    /// Logarithm of the weight and of the density at the mean.
    constant: f64,
}

/// A mixture prepared for many rows.
pub(super) struct Densities {
    components: Vec<Component>,
    features: usize,
}

impl Densities {
    /// Checks the shape of a mixture and factors its covariances.
    pub(super) fn new(mixture: &Mixture) -> Result<Self, ClusterError> {
        let wrong = || {
            ClusterError::parameter(
                "mixture",
                "must have parameters of matching shapes, weights and covariances above 0",
            )
        };
        let k = mixture.weights.len();
        let features = mixture.means.first().map_or(0, Vec::len);
        let tied = mixture.covariance == Covariance::Tied;
        let size = mixture.covariance.size(features);
        let fits = features > 0
            && mixture.means.len() == k
            && mixture.means.iter().all(|mean| mean.len() == features && mean.iter().all(|value| value.is_finite()))
            && mixture.covariances.len() == if tied { 1 } else { k }
            && mixture.covariances.iter().all(|values| values.len() == size)
            && mixture.weights.iter().all(|weight| (0.0..=1.0).contains(weight));
        if !fits {
            return Err(wrong());
        }
        let components = (0..k).map(|component| {
            let values = &mixture.covariances[if tied { 0 } else { component }];
            let (factor, log_determinant) = match mixture.covariance {
                Covariance::Full | Covariance::Tied => {
                    let lower = cholesky(values, features).ok_or_else(wrong)?;
                    let logs = (0..features).map(|i| lower[i * features + i].ln()).sum::<f64>();
                    (Factor::Lower(invert(&lower, features)), logs)
                }
                Covariance::Diag | Covariance::Spherical => {
                    if !values.iter().all(|value| *value > 0.0 && value.is_finite()) {
                        return Err(wrong());
                    }
                    let deviations: Vec<f64> = (0..features).map(|i| values[i % size].sqrt()).collect();
                    let logs = deviations.iter().map(|value| value.ln()).sum::<f64>();
                    (Factor::Diagonal(deviations.iter().map(|value| 1.0 / value).collect()), logs)
                }
            };
            let constant = mixture.weights[component].ln() - log_determinant - features as f64 * (2.0 * PI).ln() / 2.0;
            Ok(Component { mean: mixture.means[component].clone(), factor, constant: constant.max(LEAST) })
        });
        Ok(Self { components: components.collect::<Result<_, _>>()?, features })
    }

    pub(super) fn features(&self) -> usize {
        self.features
    }

    /// Log densities with the weights, component by component, [`BLOCK`] values each.
    fn weighted(&self, block: &Block, scratch: &mut Scratch, out: &mut [f64]) {
        for (component, out) in self.components.iter().zip(out.chunks_exact_mut(BLOCK)) {
            block.minus(&component.mean, &mut scratch.differences);
            out.fill(0.0);
            match &component.factor {
                Factor::Diagonal(inverse) => {
                    for (values, inverse) in scratch.differences.chunks_exact(BLOCK).zip(inverse) {
                        for (out, value) in out.iter_mut().zip(values) {
                            *out += (value * inverse) * (value * inverse);
                        }
                    }
                }
                Factor::Lower(lower) => {
                    let mut rest = &lower[..];
                    for feature in 0..self.features {
                        let (row, below) = rest.split_at(feature + 1);
                        rest = below;
                        combine(row, &scratch.differences, &mut scratch.line);
                        for (out, value) in out.iter_mut().zip(&scratch.line) {
                            *out += value * value;
                        }
                    }
                }
            }
            for out in out {
                *out = (component.constant - 0.5 * *out).max(LEAST);
            }
        }
    }

    /// The probability that each row came from each component, component by component, and each row's log-likelihood.
    pub(super) fn responsibilities(
        &self,
        block: &Block,
        scratch: &mut Scratch,
        out: &mut [f64],
        log_likelihoods: &mut [f64; BLOCK],
    ) {
        self.weighted(block, scratch, out);
        let mut greatest = [f64::NEG_INFINITY; BLOCK];
        for logs in out.chunks_exact(BLOCK) {
            for (greatest, &log) in greatest.iter_mut().zip(logs) {
                *greatest = if log > *greatest { log } else { *greatest };
            }
        }
        let mut totals = [0.0; BLOCK];
        for logs in out.chunks_exact_mut(BLOCK) {
            for ((log, greatest), total) in logs.iter_mut().zip(&greatest).zip(&mut totals).take(block.len) {
                *log = (*log - greatest).exp();
                *total += *log;
            }
        }
        for ((found, greatest), total) in log_likelihoods.iter_mut().zip(&greatest).zip(&mut totals).take(block.len) {
            *found = greatest + total.ln();
            *total = 1.0 / *total;
        }
        for shares in out.chunks_exact_mut(BLOCK) {
            for (share, scale) in shares.iter_mut().zip(&totals) {
                *share *= scale;
            }
        }
    }
}

/// Room for the intermediate values of a block.
pub(super) struct Scratch {
    pub(super) differences: Vec<f64>,
    line: [f64; BLOCK],
}

impl Scratch {
    pub(super) fn new(features: usize) -> Self {
        Self { differences: vec![0.0; features * BLOCK], line: [0.0; BLOCK] }
    }
}

/// A combination of the first features of a block. Four a pass quarter the traffic through `out`.
fn combine(factors: &[f64], features: &[f64], out: &mut [f64; BLOCK]) {
    out.fill(0.0);
    let fours = factors.chunks_exact(4);
    let rest = fours.remainder();
    for (factors, values) in fours.zip(features.chunks_exact(4 * BLOCK)) {
        let (a, values) = values.split_at(BLOCK);
        let (b, values) = values.split_at(BLOCK);
        let (c, d) = values.split_at(BLOCK);
        for ((((out, a), b), c), d) in out.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *out += (factors[0] * a + factors[1] * b) + (factors[2] * c + factors[3] * d);
        }
    }
    let done = factors.len() - rest.len();
    for (factor, values) in rest.iter().zip(features[done * BLOCK..].chunks_exact(BLOCK)) {
        for (out, value) in out.iter_mut().zip(values) {
            *out += factor * value;
        }
    }
}

/// The lower factor of a symmetric matrix, row by row; `None` unless the matrix is positive definite.
pub(super) fn cholesky(matrix: &[f64], size: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; size * size];
    for row in 0..size {
        for column in 0..=row {
            let (a, b) = (&lower[row * size..row * size + column], &lower[column * size..column * size + column]);
            let rest = matrix[row * size + column] - a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
            lower[row * size + column] = if column < row {
                rest / lower[column * size + column]
            } else if rest > 0.0 && rest.is_finite() {
                rest.sqrt()
            } else {
                return None;
            };
        }
    }
    Some(lower)
}

/// The inverse of a lower triangular matrix, row by row up to the diagonal.
fn invert(lower: &[f64], size: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; size * size];
    for column in 0..size {
        for row in column..size {
            let sum: f64 =
                (column..row).map(|between| lower[row * size + between] * inverse[between * size + column]).sum();
            let unit = if row == column { 1.0 } else { 0.0 };
            inverse[row * size + column] = (unit - sum) / lower[row * size + row];
        }
    }
    (0..size).flat_map(|row| inverse[row * size..=row * size + row].to_vec()).collect()
}
