//! The value of customers over the months ahead: expected purchases times expected value.

use super::bg_nbd::{BgNbd, BgNbdFit};
use super::gamma_gamma::{GammaGamma, GammaGammaFit, is_usable};
use super::{CustomerSummary, LifetimeError};
use crate::stats::correlation::pearson;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Mean length of a month of the Gregorian calendar in days: 365.2425 / 12.
pub const DAYS_PER_MONTH: f64 = 30.436_875;

/// Over which time customers are valued. The default is 12 months without discount, ages being in days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Horizon {
    /// Months ahead, 1 to 1200.
    pub months: u32,
    /// Length of a month in the unit of the customers' ages, above 0.
    pub month: f64,
    /// Discount per month, 0 or more: 0.01 makes money a month from now worth 1 / 1.01 of money now.
    pub monthly_discount: f64,
}

impl Default for Horizon {
    fn default() -> Self {
        Self { months: 12, month: DAYS_PER_MONTH, monthly_discount: 0.0 }
    }
}

/// What is expected of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerLifetime {
    /// Probability that the customer is still active, 0 to 1.
    pub probability_alive: f64,
    /// Expected purchases within the horizon, from 0 upward.
    pub expected_purchases: f64,
    /// Expected mean value of these purchases.
    pub expected_value: f64,
    /// Value over the horizon, discounted.
    pub lifetime_value: f64,
}

/// What to doubt in a fit. [`Display`](fmt::Display) writes it as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Warning {
    /// How often customers buy is correlated with how much they spend, which the Gamma-Gamma model takes to be independent.
    ValueDependsOnFrequency {
        /// Pearson's correlation of repeat purchases with their mean value.
        correlation: f64,
    },
    /// The distribution of values has no mean (`q <= 1`), so customers without repeat purchases are given the observed one.
    NoMeanValue {
        /// The parameter.
        q: f64,
    },
    /// The customers do not determine all parameters of the purchases.
    PurchasesUndetermined,
    /// The customers do not determine all parameters of the values.
    ValuesUndetermined,
    /// A search ended before its time.
    NotConverged,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ValueDependsOnFrequency { correlation } => write!(
                f,
                "Customers who buy more often spend {} per purchase (correlation {correlation:.2}), but the model takes \
                 the two to be independent: values of the most frequent buyers are {}.",
                if *correlation > 0.0 { "more" } else { "less" },
                if *correlation > 0.0 { "too low" } else { "too high" },
            ),
            Self::NoMeanValue { q } => write!(
                f,
                "A few purchases are so large that the fitted distribution has no mean (q = {q:.2}): customers without \
                 repeat purchases are given the observed mean."
            ),
            Self::PurchasesUndetermined => f.write_str(
                "The purchases do not determine all parameters of the purchase model: use its predictions only.",
            ),
            Self::ValuesUndetermined => {
                f.write_str("The values do not determine all parameters of the value model: use its predictions only.")
            }
            Self::NotConverged => {
                f.write_str("The search for the best parameters ended early: take all values as rough.")
            }
        }
    }
}

/// From this correlation on, either way, the value of purchases is said to depend on their number. A rule of thumb: the
/// authors of the model accept 0.11 in their own example.
const NOTABLE_CORRELATION: f64 = 0.15;

/// Both models, fitted, and what they expect of every customer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lifetime {
    /// The model of purchases.
    pub purchases: BgNbdFit,
    /// The model of their value.
    pub values: GammaGammaFit,
    /// Pearson's correlation of repeat purchases with their mean value, of the customers that the value model used; NaN when
    /// all of them bought equally often.
    pub correlation: f64,
    /// Mean value of the repeat purchases of these customers, each purchase counting once.
    pub observed_mean_value: f64,
    /// The time ahead.
    pub horizon: Horizon,
    /// Expectations, in the order of the customers.
    pub customers: Vec<CustomerLifetime>,
    /// What to doubt.
    pub warnings: Vec<Warning>,
}

impl Lifetime {
    /// Fits both models and values every customer. The same for any number of threads.
    ///
    /// # Errors
    ///
    /// As [`BgNbd::fit`] and [`GammaGamma::fit`], and when the horizon is not valid.
    pub fn fit(customers: &[CustomerSummary], horizon: Horizon) -> Result<Self, LifetimeError> {
        let Horizon { months, month, monthly_discount } = horizon;
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !(1..=1200).contains(&months) || !positive(month) || !(monthly_discount == 0.0 || positive(monthly_discount))
        {
            return Err(LifetimeError::Horizon);
        }
        let purchases = BgNbd::fit(customers)?;
        let values = GammaGamma::fit(customers)?;
        let (counts, means): (Vec<f64>, Vec<f64>) = customers
            .iter()
            .filter(|c| c.repeat_purchases > 0 && is_usable(c.mean_value))
            .map(|c| (f64::from(c.repeat_purchases), c.mean_value))
            .unzip();
        let all: f64 = counts.iter().sum();
        let mut lifetime = Self {
            purchases,
            values,
            correlation: pearson(&counts, &means),
            observed_mean_value: counts.iter().zip(&means).map(|(count, mean)| count / all * mean).sum(),
            horizon,
            customers: Vec::new(),
            warnings: Vec::new(),
        };
        lifetime.warnings = lifetime.doubts();
        lifetime.customers = customers.par_iter().map(|customer| lifetime.predict(customer)).collect();
        Ok(lifetime)
    }

    /// What is expected of a customer, in the fit or not; NaN throughout when its summary is not valid.
    ///
    /// The value is `sum over months m of (Y(m) - Y(m - 1)) / (1 + discount)^m` times the expected value, where `Y(m)` are the
    /// expected purchases within m months: without discount, expected purchases times expected value.
    #[must_use]
    pub fn predict(&self, customer: &CustomerSummary) -> CustomerLifetime {
        let Horizon { months, month, monthly_discount } = self.horizon;
        let within = |m: u32| self.purchases.model.expected_purchases(f64::from(m) * month, customer);
        let expected_purchases = within(months);
        let mut discounted = expected_purchases;
        if monthly_discount > 0.0 {
            let (mut before, mut worth) = (0.0, 1.0);
            discounted = 0.0;
            for m in 1..=months {
                let until = within(m);
                worth /= 1.0 + monthly_discount;
                discounted += (until - before) * worth;
                before = until;
            }
        }
        let modelled = self.values.model.expected_value(customer.repeat_purchases, customer.mean_value);
        let expected_value = if modelled.is_nan() { self.observed_mean_value } else { modelled };
        CustomerLifetime {
            probability_alive: self.purchases.model.probability_alive(customer),
            expected_purchases,
            expected_value: if customer.is_valid() { expected_value } else { f64::NAN },
            lifetime_value: discounted * expected_value,
        }
    }

    fn doubts(&self) -> Vec<Warning> {
        let (purchases, values, correlation) = (&self.purchases, &self.values, self.correlation);
        [
            (correlation.abs() > NOTABLE_CORRELATION).then_some(Warning::ValueDependsOnFrequency { correlation }),
            (values.model.q <= 1.0).then_some(Warning::NoMeanValue { q: values.model.q }),
            purchases.undetermined.then_some(Warning::PurchasesUndetermined),
            values.undetermined.then_some(Warning::ValuesUndetermined),
            (!purchases.converged || !values.converged).then_some(Warning::NotConverged),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests;
