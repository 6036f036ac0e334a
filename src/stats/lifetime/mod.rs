//! What a customer is worth: how long it stays and how often it buys ([`bg_nbd`]), what it spends each time
//! ([`gamma_gamma`]), and the product of both over the months ahead ([`Lifetime`]).
//!
//! Customers are summarised by [`summarise`]. Errors say why nothing can be fitted, [`Warning`]s what to doubt in a fit.

pub mod bg_nbd;
pub mod gamma_gamma;
mod likelihood;
mod optimise;
mod summary;
#[cfg(test)]
mod test_customers;
mod value;

pub use summary::{CustomerSummary, summarise};
pub use value::{CustomerLifetime, DAYS_PER_MONTH, Horizon, Lifetime, Warning};

/// Why no lifetime could be estimated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LifetimeError {
    /// A distribution over customers needs several.
    #[error("a lifetime model needs at least 2 customers, not {count}")]
    TooFewCustomers {
        /// Number of customers.
        count: usize,
    },
    /// A time is not a finite number.
    #[error("customer {} has an age or last purchase that is not a number", customer + 1)]
    NotFinite {
        /// Index of the customer, from 0; the message counts from 1.
        customer: usize,
    },
    /// The age is not above 0.
    #[error("customer {} was observed for {age}; it must have been observed for longer than 0", customer + 1)]
    NoAge {
        /// Index of the customer, from 0; the message counts from 1.
        customer: usize,
        /// The age.
        age: f64,
    },
    /// The last purchase lies before the first or after the end of the observation.
    #[error("the last purchase of customer {} is at {last_purchase}, outside 0 to its age {age}", customer + 1)]
    LastPurchase {
        /// Index of the customer, from 0; the message counts from 1.
        customer: usize,
        /// Time of the last purchase since the first.
        last_purchase: f64,
        /// The age.
        age: f64,
    },
    /// Nobody bought twice, so nothing is known of repetition.
    #[error("no customer bought again, so repeat purchases cannot be predicted")]
    NoRepeatPurchases,
    /// Too few customers tell what a repeat purchase is worth.
    #[error("the value of purchases needs at least 2 customers with repeat purchases of positive value, not {count}")]
    TooFewValues {
        /// Number of such customers.
        count: usize,
    },
    /// All mean values are equal, so there is no distribution to fit.
    #[error(
        "the repeat purchases of every customer have the same mean value {value}, so no distribution can be fitted"
    )]
    EqualValues {
        /// The value.
        value: f64,
    },
    /// The time ahead cannot be computed with.
    #[error("the horizon needs 1 to 1200 months of a length above 0 and a monthly discount of 0 or more")]
    Horizon,
}

/// Refuses the first customer whose times are impossible.
fn checked(customers: &[CustomerSummary]) -> Result<(), LifetimeError> {
    for (customer, summary) in customers.iter().enumerate() {
        let &CustomerSummary { repeat_purchases, last_purchase, age, .. } = summary;
        if !age.is_finite() || (repeat_purchases > 0 && !last_purchase.is_finite()) {
            return Err(LifetimeError::NotFinite { customer });
        }
        if age <= 0.0 {
            return Err(LifetimeError::NoAge { customer, age });
        }
        if !summary.is_valid() {
            return Err(LifetimeError::LastPurchase { customer, last_purchase, age });
        }
    }
    Ok(())
}
