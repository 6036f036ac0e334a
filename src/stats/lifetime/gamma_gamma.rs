//! The Gamma-Gamma model of the value of a purchase: P. S. Fader, B. G. S. Hardie (2013) The Gamma-Gamma model of monetary
//! value, note, <https://brucehardie.com/notes/025/>.
//!
//! The values of one customer's purchases vary as a gamma distribution of shape `p` and a rate of its own; rates vary between
//! customers as a gamma distribution of shape `q` and rate `v`. How much a customer spends is taken to be independent of how
//! often it buys.

use super::optimise::minimise;
use super::{CustomerSummary, LifetimeError};
use crate::stats::special::{digamma, ln_gamma};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The three parameters, each above 0. `v` is in the unit of the values; the others have none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GammaGamma {
    /// Shape of the values of one customer: the larger, the more alike its purchases.
    pub p: f64,
    /// Shape of the distribution between customers: the larger, the more alike the customers.
    pub q: f64,
    /// Scale of the distribution between customers.
    pub v: f64,
}

/// A model fitted by maximum likelihood.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct GammaGammaFit {
    /// The parameters.
    pub model: GammaGamma,
    /// Log-likelihood of the customers used; its size depends on the unit of value.
    pub log_likelihood: f64,
    /// Whether the search found nothing left to gain.
    pub converged: bool,
    /// Whether a parameter (`v` as a share of the mean value) is below 1e-4 or above 1e4: it ran towards the limits of the
    /// search, 1e-5 and 1e5, as the customers do not determine it. Predictions hold, the parameter means nothing.
    pub undetermined: bool,
    /// Customers used: those with repeat purchases of a positive mean value.
    pub customers: usize,
    /// Customers with repeat purchases whose mean value is missing, 0 or negative, as refunds make it.
    pub left_out: usize,
}

/// Customers on which starts are compared.
const START_CUSTOMERS: usize = 2_000;
/// Shapes p and q from which the search starts.
const STARTS: [(f64, f64); 4] = [(6.0, 4.0), (1.0, 2.0), (1.0, 20.0), (40.0, 4.0)];
/// Sums are taken over blocks of this many customers and then in order, so that they do not depend on the number of threads.
const BLOCK: usize = 4096;

impl GammaGamma {
    /// Fits the parameters by maximum likelihood on customers with repeat purchases of a positive mean value. Deterministic,
    /// whatever the number of threads.
    ///
    /// # Errors
    ///
    /// When fewer than two customers can be used, or when the mean values are all equal.
    pub fn fit(customers: &[CustomerSummary]) -> Result<GammaGammaFit, LifetimeError> {
        let spenders = Spenders::new(customers);
        let count = spenders.values.len();
        let repeaters = customers.iter().filter(|c| c.repeat_purchases > 0).count();
        if count < 2 {
            return Err(LifetimeError::TooFewValues { count });
        }
        if spenders.values.iter().all(|&(_, value)| value == spenders.values[0].1) {
            return Err(LifetimeError::EqualValues { value: spenders.values[0].1 });
        }
        let mean = spenders.values.iter().map(|&(_, value)| value / count as f64).sum::<f64>();
        let search = |spenders: &Spenders, start: [f64; 3]| {
            minimise(
                |x: &[f64; 3]| {
                    let (value, gradient) = spenders.mean(at(x, mean));
                    (-value, gradient.map(|slope| -slope))
                },
                start,
            )
        };
        let part = spenders.part(START_CUSTOMERS);
        let mut start = ([0.0; 3], f64::INFINITY);
        for (p, q) in STARTS {
            // v makes the mean of the model that of the customers.
            let found = search(&part, [p.ln(), q.ln(), ((q - 1.0) / p).ln()]);
            if found.value < start.1 {
                start = (found.at, found.value);
            }
        }
        let best = search(&spenders, start.0);
        let [p, q, v] = at(&best.at, mean);
        Ok(GammaGammaFit {
            model: Self { p, q, v },
            log_likelihood: -best.value * count as f64,
            converged: best.converged,
            undetermined: best.is_undetermined(),
            customers: count,
            left_out: repeaters - count,
        })
    }

    /// The log-likelihood of the customers with repeat purchases of a positive mean value (equation 1a of the note); 0 when
    /// there are none, NaN for parameters that are not above 0.
    #[must_use]
    pub fn log_likelihood(&self, customers: &[CustomerSummary]) -> f64 {
        let spenders = Spenders::new(customers);
        match (self.is_valid(), spenders.values.len()) {
            (false, _) => f64::NAN,
            (true, 0) => 0.0,
            (true, count) => spenders.mean([self.p, self.q, self.v]).0 * count as f64,
        }
    }

    /// The mean value of a purchase over all customers, `p v / (q - 1)`. NaN when `q <= 1`: the tail is then so heavy that the
    /// distribution has no mean.
    #[must_use]
    pub fn mean_value(&self) -> f64 {
        if self.is_valid() && self.q > 1.0 { self.p * self.v / (self.q - 1.0) } else { f64::NAN }
    }

    /// The expected mean value of a customer's future purchases given the `mean_value` of its `x` repeat purchases:
    /// `p (v + x mean_value) / (p x + q - 1)` (equation 5), which lies between the customer's own mean and that of all, the
    /// nearer its own the more purchases there are. Without repeat purchases, or when their mean value is missing or not above
    /// 0, the mean of all. NaN when no mean exists (`p x + q <= 1`).
    #[must_use]
    pub fn expected_value(&self, repeat_purchases: u32, mean_value: f64) -> f64 {
        if repeat_purchases == 0 || !is_usable(mean_value) {
            return self.mean_value();
        }
        let x = f64::from(repeat_purchases);
        let weight = self.p * x + self.q - 1.0;
        if self.is_valid() && weight > 0.0 { self.p * (self.v + x * mean_value) / weight } else { f64::NAN }
    }

    fn is_valid(&self) -> bool {
        [self.p, self.q, self.v].iter().all(|parameter| parameter.is_finite() && *parameter > 0.0)
    }
}

/// Parameters from the variables of the search; `v` is sought in mean values, so that the currency does not matter.
fn at(x: &[f64; 3], mean: f64) -> [f64; 3] {
    [x[0].exp(), x[1].exp(), x[2].exp() * mean]
}

/// Whether a mean value can be that of a gamma distribution.
pub(super) fn is_usable(mean_value: f64) -> bool {
    mean_value.is_finite() && mean_value > 0.0
}

/// Repeat purchases and their mean value, in ascending order of both.
struct Spenders {
    values: Vec<(u32, f64)>,
}

impl Spenders {
    fn new(customers: &[CustomerSummary]) -> Self {
        let usable = |c: &&CustomerSummary| c.repeat_purchases > 0 && is_usable(c.mean_value);
        let mut values: Vec<_> = customers.iter().filter(usable).map(|c| (c.repeat_purchases, c.mean_value)).collect();
        values.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        Self { values }
    }

    fn part(&self, size: usize) -> Self {
        let every = self.values.len().div_ceil(size).max(1);
        Self { values: self.values.iter().copied().step_by(every).collect() }
    }

    /// The mean log-likelihood of a customer and its derivatives by the *logarithms* of p, q, v.
    fn mean(&self, [p, q, v]: [f64; 3]) -> (f64, [f64; 3]) {
        let blocks: Vec<[f64; 4]> = self.values.par_chunks(BLOCK).map(|block| block_sum(block, [p, q, v])).collect();
        let mut sum = [0.0; 4];
        for block in &blocks {
            for (total, term) in sum.iter_mut().zip(block) {
                *total += term;
            }
        }
        let [value, by_p, by_q, by_v] = sum.map(|total| total / self.values.len() as f64);
        (value, [by_p * p, by_q * q, by_v * v])
    }
}

fn block_sum(block: &[(u32, f64)], [p, q, v]: [f64; 3]) -> [f64; 4] {
    let mut sum = [0.0; 4];
    for equal in block.chunk_by(|a, b| a.0 == b.0) {
        let x = f64::from(equal[0].0);
        let (own, all) = (p * x, p * x + q);
        let constant = ln_gamma(all) - ln_gamma(own) - ln_gamma(q) + q * v.ln() + own * x.ln();
        let (by_all, by_own, by_q) = (digamma(all), digamma(own), digamma(q));
        for &(_, value) in equal {
            let total = v + x * value;
            let (log_value, log_total) = (value.ln(), total.ln());
            sum[0] += constant + (own - 1.0) * log_value - all * log_total;
            sum[1] += x * (by_all - by_own + x.ln() + log_value - log_total);
            sum[2] += by_all - by_q + v.ln() - log_total;
            sum[3] += q / v - all / total;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
