//! Pure statistics on slices of `f64`: no data frame, no input or output, no clustering library.
//!
//! One convention holds throughout: a value that is not finite (NaN or an infinity) is *missing*, and a statistic that is
//! undefined for its input is NaN or `None`, never a panic. Each function names the `NumPy` or `SciPy` call whose
//! results it reproduces.

pub mod chi_squared;
pub mod correlation;
pub mod describe;
pub mod drift;
pub mod histogram;
pub mod kde;
pub mod lifetime;
pub mod missing;
pub mod power;
pub mod rank;
pub mod rfm;
mod special;
pub mod tests_of_difference;
pub mod trimmed;
