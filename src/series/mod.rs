//! Time series as slices of `f64` at equal steps: what they are like, what they will be, and how far that can be trusted.
//!
//! [`calendar`] turns dated values into regular series; everything else takes the regular series. No data frame, no clock,
//! no randomness. A value that is not finite is *missing*. Functions that cannot work with missing values say so with
//! [`SeriesError::Missing`]; [`calendar::interpolate`] fills gaps and says where.
//!
//! Each function names the statsmodels 0.15 call whose results it reproduces; `golden/series.py` made the values that the
//! tests compare with.

pub mod autocorrelation;
pub mod backtest;
pub mod calendar;
pub mod cohorts;
pub mod decompose;
pub mod forecast;
mod least_squares;
mod loess;
mod normal;
mod optimise;
pub mod stationarity;
pub mod stl;
pub mod transform;
pub mod verdict;

#[cfg(test)]
mod golden;

pub use crate::progress::{Progress, Silent};

/// Stops a computation whose watcher asks for it.
fn check(watch: &dyn Progress) -> Result<(), SeriesError> {
    if watch.is_cancelled() { Err(SeriesError::Cancelled) } else { Ok(()) }
}

/// Why a series could not be analysed, and what to change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SeriesError {
    /// The method needs more values.
    #[error("{what} needs at least {needed} values, and there are {count}")]
    TooShort {
        /// The method.
        what: &'static str,
        /// Values needed.
        needed: usize,
        /// Values given.
        count: usize,
    },
    /// A season shows only when it repeats.
    #[error(
        "a season of {period} steps needs at least {needed} values to show, and there are {count}; take a longer period or a shorter season"
    )]
    TooFewSeasons {
        /// Steps in a season.
        period: usize,
        /// Values needed.
        needed: usize,
        /// Values given.
        count: usize,
    },
    /// Gaps.
    #[error("{what} cannot work with gaps, and {count} values are missing; fill them first")]
    Missing {
        /// The method.
        what: &'static str,
        /// Number of values that are not finite.
        count: usize,
    },
    /// Nothing varies.
    #[error("all values are equal, so {what} is undefined")]
    Constant {
        /// The method.
        what: &'static str,
    },
    /// The values could not be had.
    #[error("{0}")]
    Source(String),
    /// Logarithms and ratios need positive values.
    #[error("{what} needs values above zero, but the smallest is {min}; {instead}")]
    NotPositive {
        /// The method.
        what: &'static str,
        /// What to do instead.
        instead: &'static str,
        /// The smallest value.
        min: f64,
    },
    /// A parameter is out of its range.
    #[error("{parameter} must be {allowed}, not {value}")]
    Parameter {
        /// Its name.
        parameter: &'static str,
        /// What it may be.
        allowed: &'static str,
        /// What it was.
        value: String,
    },
    /// Two inputs belong together row by row.
    #[error("{what} differ in length: {left} and {right}")]
    Lengths {
        /// The inputs.
        what: &'static str,
        /// Length of the first.
        left: usize,
        /// Length of the second.
        right: usize,
    },
    /// A model could not be fitted.
    #[error("{model} could not be fitted: {reason}")]
    Model {
        /// The model.
        model: &'static str,
        /// Why.
        reason: String,
    },
    /// The watcher asked to stop.
    #[error("stopped")]
    Cancelled,
}

/// Refuses missing values and series with fewer than `needed` values.
fn complete(what: &'static str, values: &[f64], needed: usize) -> Result<(), SeriesError> {
    let count = values.iter().filter(|value| !value.is_finite()).count();
    if count > 0 {
        return Err(SeriesError::Missing { what, count });
    }
    if values.len() < needed {
        return Err(SeriesError::TooShort { what, needed, count: values.len() });
    }
    Ok(())
}

/// Whether no value differs from the first. True for the empty series.
fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| value == &values[0])
}

/// The arithmetic mean; NaN when empty.
fn mean(values: &[f64]) -> f64 {
    crate::stats::describe::sum(values) / values.len() as f64
}
