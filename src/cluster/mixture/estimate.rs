//! Expectation and maximisation (Dempster, Laird and Rubin, 1977).

use super::density::{BLOCK, Block, Densities, Scratch, cholesky};
use super::{Covariance, Mixture};
use crate::cluster::{ClusterError, Progress};
use ndarray::ArrayView2;
use rayon::prelude::*;

/// Parts of the rows that are summed on their own; fixed, so that rounding does not depend on the number of threads.
const PARTS: usize = 64;

/// The least variance, in the squared unit of the features, where `reg_covar` leaves none.
const LEAST_VARIANCE: f64 = 1e-18;

/// Sums over rows, for each component: the mass, the first and the second moments about its reference point.
pub(super) struct Moments {
    pub(super) log_likelihood: f64,
    mass: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Moments {
    fn new(components: usize, features: usize, second: usize) -> Self {
        let (first, second) = (vec![0.0; components * features], vec![0.0; components * second]);
        Self { log_likelihood: 0.0, mass: vec![0.0; components], first, second }
    }

    fn add(mut self, other: &Self) -> Self {
        self.log_likelihood += other.log_likelihood;
        for (to, from) in
            [(&mut self.mass, &other.mass), (&mut self.first, &other.first), (&mut self.second, &other.second)]
        {
            to.iter_mut().zip(from).for_each(|(to, from)| *to += from);
        }
        self
    }
}

/// Which second moments are summed.
#[derive(Clone, Copy)]
enum Second {
    /// The lower triangle, row by row.
    Triangle,
    /// Squares only.
    Squares,
    Nothing,
}

impl Second {
    fn of(covariance: Covariance) -> Self {
        match covariance {
            Covariance::Full => Self::Triangle,
            // The scatter of all rows does not change, and what is between components follows from their means.
            Covariance::Tied => Self::Nothing,
            Covariance::Diag | Covariance::Spherical => Self::Squares,
        }
    }

    fn size(self, features: usize) -> usize {
        match self {
            Self::Triangle => features * (features + 1) / 2,
            Self::Squares => features,
            Self::Nothing => 0,
        }
    }
}

/// Sums moments over all rows, in parallel, without keeping responsibilities. `share` writes the shares of a block in each
/// component and returns the block's log-likelihood.
fn moments(
    x: ArrayView2<f64>,
    references: &[Vec<f64>],
    second: Second,
    observer: &dyn Progress,
    share: impl Fn(&Block, &mut Scratch, &mut [f64]) -> f64 + Sync,
) -> Result<Moments, ClusterError> {
    let features = x.ncols();
    let k = references.len();
    let size = second.size(features);
    let part = x.nrows().div_ceil(PARTS).next_multiple_of(BLOCK);
    let starts: Vec<usize> = (0..x.nrows()).step_by(part).collect();
    let parts = starts
        .into_par_iter()
        .map(|first| {
            let mut sums = Moments::new(k, features, size);
            let (mut block, mut scratch) = (Block::new(features), Scratch::new(features));
            let mut shares = vec![0.0; k * BLOCK];
            let mut weighted = vec![0.0; features * BLOCK];
            let last = (first + part).min(x.nrows());
            for start in (first..last).step_by(BLOCK) {
                if observer.is_cancelled() {
                    return Err(ClusterError::Cancelled);
                }
                block.read(x, start, (start + BLOCK).min(last));
                sums.log_likelihood += share(&block, &mut scratch, &mut shares);
                for (component, shares) in shares.chunks_exact_mut(BLOCK).enumerate() {
                    shares[block.len..].fill(0.0);
                    sums.mass[component] += sum(shares);
                    block.minus(&references[component], &mut scratch.differences);
                    let first = &mut sums.first[component * features..(component + 1) * features];
                    let second_moments = &mut sums.second[component * size..(component + 1) * size];
                    add_moments(shares, &scratch.differences, &mut weighted, first, (second, second_moments));
                }
            }
            Ok(sums)
        })
        .collect::<Result<Vec<Moments>, ClusterError>>()?;
    Ok(parts.iter().fold(Moments::new(k, features, size), Moments::add))
}

fn add_moments(
    shares: &[f64],
    differences: &[f64],
    weighted: &mut [f64],
    first: &mut [f64],
    (second, moments): (Second, &mut [f64]),
) {
    let mut place = 0;
    for (feature, first) in first.iter_mut().enumerate() {
        let column = feature * BLOCK..(feature + 1) * BLOCK;
        let line = &mut weighted[column.clone()];
        for ((weighted, value), share) in line.iter_mut().zip(&differences[column.clone()]).zip(shares) {
            *weighted = value * share;
        }
        *first += sum(line);
        match second {
            Second::Nothing => {}
            Second::Squares => moments[feature] += dot(line, &differences[column]),
            Second::Triangle => {
                for other in differences.chunks_exact(BLOCK).take(feature + 1) {
                    moments[place] += dot(line, other);
                    place += 1;
                }
            }
        }
    }
}

/// Eight lanes have no order among them, so they vectorise.
const LANES: usize = 8;

fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for chunk in values.chunks_exact(LANES) {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

/// What stays the same through all iterations of a fit.
pub(super) struct Problem<'a> {
    pub(super) x: ArrayView2<'a, f64>,
    pub(super) covariance: Covariance,
    pub(super) reg_covar: f64,
    /// Mean and scatter per row of all rows, for tied covariances.
    overall: (Vec<f64>, Vec<f64>),
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        x: ArrayView2<'a, f64>,
        covariance: Covariance,
        reg_covar: f64,
        observer: &dyn Progress,
    ) -> Result<Self, ClusterError> {
        let problem = Self { x, covariance, reg_covar, overall: (Vec::new(), Vec::new()) };
        if covariance != Covariance::Tied {
            return Ok(problem);
        }
        let all = |_: &Block, _: &mut Scratch, shares: &mut [f64]| {
            shares.fill(1.0);
            0.0
        };
        // The second pass is about the mean, where the moments are exact.
        let rough = moments(x, &[x.row(0).to_vec()], Second::Nothing, observer, all)?;
        let mean: Vec<f64> =
            x.row(0).iter().zip(&rough.first).map(|(value, sum)| value + sum / x.nrows() as f64).collect();
        let sums = moments(x, std::slice::from_ref(&mean), Second::Triangle, observer, all)?;
        let scatter = sums.second.iter().map(|sum| sum / x.nrows() as f64).collect();
        Ok(Self { overall: (mean, scatter), ..problem })
    }

    /// The mixture in which every row of `x` is from the component of its label, given the means of the labels.
    pub(super) fn hard_estimate(
        &self,
        labels: &[i32],
        means: &[Vec<f64>],
        observer: &dyn Progress,
    ) -> Result<Mixture, ClusterError> {
        let sums = moments(self.x, means, Second::of(self.covariance), observer, |block, _, shares| {
            for (component, shares) in shares.chunks_exact_mut(BLOCK).enumerate() {
                for (share, &label) in shares.iter_mut().zip(&labels[block.start..block.start + block.len]) {
                    *share = if label as usize == component { 1.0 } else { 0.0 };
                }
            }
            0.0
        })?;
        Ok(self.maximise(&sums, means))
    }

    /// Sums moments with the shares that a mixture gives.
    pub(super) fn expect(&self, mixture: &Mixture, observer: &dyn Progress) -> Result<Moments, ClusterError> {
        let densities = Densities::new(mixture)?;
        moments(self.x, &mixture.means, Second::of(self.covariance), observer, |block, scratch, shares| {
            let mut log_likelihoods = [0.0; BLOCK];
            densities.responsibilities(block, scratch, shares, &mut log_likelihoods);
            log_likelihoods[..block.len].iter().sum()
        })
    }

    /// The likeliest mixture given moments about reference points. A component without rows stays at its own.
    pub(super) fn maximise(&self, sums: &Moments, references: &[Vec<f64>]) -> Mixture {
        let features = self.x.ncols();
        // scikit-learn's guard of components without rows.
        let masses: Vec<f64> = sums.mass.iter().map(|mass| mass + 10.0 * f64::EPSILON).collect();
        let total: f64 = masses.iter().sum();
        let shifts: Vec<Vec<f64>> = sums
            .first
            .chunks_exact(features)
            .zip(&masses)
            .map(|(first, mass)| first.iter().map(|sum| sum / mass).collect())
            .collect();
        let means: Vec<Vec<f64>> = references
            .iter()
            .zip(&shifts)
            .map(|(reference, shift)| reference.iter().zip(shift).map(|(a, b)| a + b).collect())
            .collect();
        let weights: Vec<f64> = masses.iter().map(|mass| mass / total).collect();
        let size = Second::of(self.covariance).size(features);
        let covariances = if self.covariance == Covariance::Tied {
            vec![self.tied(&weights, &means)]
        } else {
            let moments = |component: usize| &sums.second[component * size..(component + 1) * size];
            (0..masses.len()).map(|c| self.covariance_of(moments(c), masses[c], &shifts[c])).collect()
        };
        Mixture { covariance: self.covariance, weights, means, covariances }
    }

    fn covariance_of(&self, second: &[f64], mass: f64, shift: &[f64]) -> Vec<f64> {
        if self.covariance == Covariance::Full {
            let scatter: Vec<f64> = second.iter().map(|sum| sum / mass).collect();
            return self.regular(&scatter, |a, b| shift[a] * shift[b], shift.len());
        }
        let variances: Vec<f64> = second
            .iter()
            .zip(shift)
            .map(|(sum, shift)| ((sum / mass - shift * shift).max(0.0) + self.reg_covar).max(LEAST_VARIANCE))
            .collect();
        if self.covariance == Covariance::Diag {
            return variances;
        }
        vec![variances.iter().sum::<f64>() / variances.len() as f64]
    }

    fn tied(&self, weights: &[f64], means: &[Vec<f64>]) -> Vec<f64> {
        let (centre, scatter) = &self.overall;
        let between = |a: usize, b: usize| {
            weights.iter().zip(means).map(|(weight, mean)| weight * (mean[a] - centre[a]) * (mean[b] - centre[b])).sum()
        };
        self.regular(scatter, between, centre.len())
    }

    /// A whole matrix from the lower triangle of `scatter - correction`, with as much on the diagonal as makes it positive
    /// definite: `reg_covar`, and more only where rounding leaves no other way.
    fn regular(&self, scatter: &[f64], correction: impl Fn(usize, usize) -> f64, size: usize) -> Vec<f64> {
        let mut matrix = vec![0.0; size * size];
        let mut place = 0;
        for row in 0..size {
            for column in 0..=row {
                let value = scatter[place] - correction(row, column);
                place += 1;
                (matrix[row * size + column], matrix[column * size + row]) = (value, value);
            }
        }
        let mut greatest = 0.0_f64;
        for feature in 0..size {
            let value = &mut matrix[feature * size + feature];
            *value = (value.max(0.0) + self.reg_covar).max(LEAST_VARIANCE);
            greatest = greatest.max(*value);
        }
        let mut ridge = greatest * 1e-14;
        while cholesky(&matrix, size).is_none() && ridge.is_finite() {
            for feature in 0..size {
                matrix[feature * size + feature] += ridge;
            }
            ridge *= 10.0;
        }
        matrix
    }
}
