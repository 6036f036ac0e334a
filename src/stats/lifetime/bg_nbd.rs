//! The BG/NBD model of repeat purchases: P. S. Fader, B. G. S. Hardie, K. L. Lee (2005) "Counting your customers" the easy
//! way: an alternative to the Pareto/NBD model, Marketing Science 24, 275-284.
//!
//! While active, a customer buys at random with a rate of its own; rates vary between customers as a gamma distribution of
//! shape `r` and rate `alpha`. After each repeat purchase the customer leaves for good with a probability of its own, which
//! varies as a beta distribution of `a` and `b`. Nobody can leave before the first repeat purchase, so a customer without one
//! is alive for certain: a property of the model, not a finding.

use super::likelihood::Likelihood;
use super::optimise::minimise;
use super::{CustomerSummary, LifetimeError, checked};
use serde::{Deserialize, Serialize};

/// The four parameters, each above 0. `alpha` is in the unit of the customers' ages; the others have none.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BgNbd {
    /// Shape of the distribution of purchase rates.
    pub r: f64,
    /// Rate of the distribution of purchase rates: the mean rate is `r / alpha` purchases per unit of time.
    pub alpha: f64,
    /// First parameter of the distribution of leaving: its mean is `a / (a + b)` per purchase.
    pub a: f64,
    /// Second parameter of the distribution of leaving.
    pub b: f64,
}

/// A model fitted by maximum likelihood.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BgNbdFit {
    /// The parameters.
    pub model: BgNbd,
    /// Log-likelihood of all customers; its size depends on the unit of time.
    pub log_likelihood: f64,
    /// Whether the search found nothing left to gain.
    pub converged: bool,
    /// Whether a parameter (`alpha` as a share of the mean age) is below 1e-4 or above 1e4: it ran towards the limits of the
    /// search, 1e-5 and 1e5, as the customers do not determine it. Predictions hold, the parameter means nothing.
    pub undetermined: bool,
}

/// Groups of customers on which starts are compared.
const START_GROUPS: usize = 2_000;
/// Shapes of the purchase rate from which the search starts.
const START_R: [f64; 3] = [0.25, 1.0, 4.0];
/// Parameters of leaving from which the search starts: a third leaves after a purchase, a tenth, or a fifth of the customers
/// at once and the others never.
const START_LEAVING: [(f64, f64); 3] = [(0.8, 1.6), (1.0, 9.0), (0.02, 0.08)];
/// Purchases beyond this many are not counted in an expectation.
const MOST_PURCHASES: u32 = 100_000;

impl BgNbd {
    /// Fits the parameters by maximum likelihood: quasi-Newton searches over their logarithms from nine starts on a part of the
    /// customers, the best of which is finished on all. Deterministic, whatever the number of threads.
    ///
    /// # Errors
    ///
    /// When there are fewer than two customers, when none bought again, or when a summary is impossible: an age that is not
    /// above 0, a last purchase outside `0..=age`, or a number that is not finite. Values of purchases are not looked at.
    pub fn fit(customers: &[CustomerSummary]) -> Result<BgNbdFit, LifetimeError> {
        checked(customers)?;
        if customers.len() < 2 {
            return Err(LifetimeError::TooFewCustomers { count: customers.len() });
        }
        let n = customers.len() as f64;
        let mean_age = customers.iter().map(|c| c.age / n).sum::<f64>();
        let mean_repeats = customers.iter().map(|c| f64::from(c.repeat_purchases) / n).sum::<f64>();
        if mean_repeats <= 0.0 {
            return Err(LifetimeError::NoRepeatPurchases);
        }
        let all = Likelihood::new(customers);
        let search = |likelihood: &Likelihood, start: [f64; 4]| {
            minimise(
                |x: &[f64; 4]| {
                    let (value, gradient) = likelihood.mean(at(x, mean_age));
                    (-value, gradient.map(|slope| -slope))
                },
                start,
            )
        };
        let part = all.part(START_GROUPS);
        let mut start = ([0.0; 4], f64::INFINITY);
        for r in START_R {
            for (a, b) in START_LEAVING {
                // Those who stay buy about twice as often as all, many of whom left early.
                let from = [r.ln(), (r / (2.0 * mean_repeats)).ln(), f64::ln(a), f64::ln(b)];
                let found = search(&part, from);
                if found.value < start.1 {
                    start = (found.at, found.value);
                }
            }
        }
        let best = search(&all, start.0);
        let [r, alpha, a, b] = at(&best.at, mean_age);
        Ok(BgNbdFit {
            model: Self { r, alpha, a, b },
            log_likelihood: -best.value * all.customers(),
            converged: best.converged,
            undetermined: best.is_undetermined(),
        })
    }

    /// The log-likelihood of customers, the sum of equation 6. NaN for parameters that are not above 0 or impossible summaries.
    #[must_use]
    pub fn log_likelihood(&self, customers: &[CustomerSummary]) -> f64 {
        if !self.is_valid() || checked(customers).is_err() {
            return f64::NAN;
        }
        let likelihood = Likelihood::new(customers);
        likelihood.mean([self.r, self.alpha, self.a, self.b]).0 * likelihood.customers()
    }

    /// The probability that a customer is still active at its age, 0 to 1; 1 without repeat purchases:
    /// `1 / (1 + a / (b + x - 1) ((alpha + T) / (alpha + t_x))^(r + x))` (the authors' note "Computing P(alive)
    /// using the BG/NBD model", 2008). NaN for parameters or a summary that are not valid.
    #[must_use]
    pub fn probability_alive(&self, customer: &CustomerSummary) -> f64 {
        if !self.is_valid() || !customer.is_valid() {
            return f64::NAN;
        }
        if customer.repeat_purchases == 0 {
            return 1.0;
        }
        let x = f64::from(customer.repeat_purchases);
        let silence = ((customer.age - customer.last_purchase) / (self.alpha + customer.last_purchase)).ln_1p();
        1.0 / (1.0 + ((self.a / (self.b + x - 1.0)).ln() + (self.r + x) * silence).exp())
    }

    /// The expected number of purchases of a customer in the next `t` units of time (equation 10), from 0 upward and rising
    /// with `t`; at most the next 100,000 are counted. NaN when `t` is negative or not finite, or for parameters or a summary
    /// that are not valid.
    #[must_use]
    pub fn expected_purchases(&self, t: f64, customer: &CustomerSummary) -> f64 {
        let x = f64::from(customer.repeat_purchases);
        let ahead = t / (self.alpha + customer.age);
        self.probability_alive(customer) * expected_while_alive(self.r + x, self.a, self.b + x, ahead)
    }

    /// The expected number of repeat purchases of a new customer in its first `t` units of time (equation 9). As for
    /// [`expected_purchases`](Self::expected_purchases).
    #[must_use]
    pub fn expected_of_new_customer(&self, t: f64) -> f64 {
        if self.is_valid() { expected_while_alive(self.r, self.a, self.b, t / self.alpha) } else { f64::NAN }
    }

    fn is_valid(&self) -> bool {
        [self.r, self.alpha, self.a, self.b].iter().all(|parameter| parameter.is_finite() && *parameter > 0.0)
    }
}

/// Parameters from the variables of the search; `alpha` is sought in mean ages, so that the unit of time does not matter.
fn at(x: &[f64; 4], mean_age: f64) -> [f64; 4] {
    [x[0].exp(), x[1].exp() * mean_age, x[2].exp(), x[3].exp()]
}

/// Expected purchases of a customer known to be active, whose rate has shape `shape` and whose probability of leaving is
/// beta of `a` and `b`, over a time `ahead` given in units of the rate's parameter.
///
/// The papers give this as `(a + b - 1) / (a - 1) (1 - (1 + ahead)^-shape 2F1(shape, b; a + b - 1; ahead / (1 + ahead)))`, a
/// difference of nearly equal numbers for short times or `a` near 1, and 0 / 0 at `a = 1`. The same number is the sum over
/// k >= 0 of `P(no leaving at k purchases) P(N > k)`, where `P(no leaving at k purchases) = (b)_k / (a + b)_k` and N, the
/// purchases if nobody left, is negative binomial. All terms are positive, so nothing cancels.
fn expected_while_alive(shape: f64, a: f64, b: f64, ahead: f64) -> f64 {
    if !(ahead.is_finite() && ahead >= 0.0) {
        return f64::NAN;
    }
    let share = ahead / (1.0 + ahead);
    let log_none = -shape * ahead.ln_1p();
    // P(N = k), as its logarithm while it is too small for a number, and P(N > k).
    let mut log_probability = log_none;
    let mut probability = log_none.exp();
    let mut more = -log_none.exp_m1();
    let (mut stays, mut sum) = (1.0, 0.0);
    for k in 0..MOST_PURCHASES {
        sum += stays * more;
        let k = f64::from(k);
        stays *= (b + k) / (a + b + k);
        let ratio = (shape + k) / (k + 1.0) * share;
        if log_probability < -700.0 {
            log_probability += ratio.ln();
            probability = log_probability.exp();
        } else {
            probability *= ratio;
        }
        more = (more - probability).max(0.0);
        // From here on probabilities fall at least as a geometric series, which bounds all that is still to come.
        let falls = ratio.max(share);
        if falls < 1.0 && stays * probability * falls <= 1e-16 * sum * (1.0 - falls).powi(2) {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests;
