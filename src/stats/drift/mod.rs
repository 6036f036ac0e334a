//! Whether two samples of a variable come from the same distribution, and how far apart they are if not.
//!
//! [`Psi`] measures the distance and knows its own sampling noise; [`kolmogorov_smirnov()`] (numbers) and [`homogeneity()`] (counts)
//! are the tests beside it, and [`holm`] corrects for asking of many variables at once. All take the two samples as independent.

pub mod homogeneity;
pub mod kolmogorov_smirnov;
pub mod psi;

pub use homogeneity::{Homogeneity, homogeneity};
pub use kolmogorov_smirnov::{KolmogorovSmirnov, kolmogorov_smirnov};
pub use psi::{Psi, psi};

/// Holm's (1979) adjusted p-values: when those below 0.05 are called findings, the probability of any false one is at most 5 %
/// (`statsmodels.stats.multitest.multipletests(p, method="holm")`).
///
/// NaN stands for no test: it stays and does not count.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).filter(|index| !p_values[*index].is_nan()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut adjusted = vec![f64::NAN; p_values.len()];
    let mut highest = 0.0_f64;
    for (rank, index) in order.iter().enumerate() {
        highest = highest.max((order.len() - rank) as f64 * p_values[*index]).min(1.0);
        adjusted[*index] = highest;
    }
    adjusted
}

/// The normal quantile of two-sided 95 %.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of Wilson (1927) for a share of `hits` among `count`
/// (`scipy.stats.binomtest(hits, count).proportion_ci(method="wilson")`). (0, 1) for a count of 0.
#[must_use]
pub fn wilson(hits: usize, count: usize) -> (f64, f64) {
    if count == 0 {
        return (0.0, 1.0);
    }
    let n = count as f64;
    let share = hits as f64 / n;
    let centre = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let low = if hits == 0 { 0.0 } else { (centre - half).max(0.0) };
    let high = if hits == count { 1.0 } else { (centre + half).min(1.0) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand after Holm (1979): sorted 0.005 0.01 0.03 0.04 0.5 times 5 4 3 2 1, never falling.
    #[test]
    fn holm_by_hand() {
        let adjusted = holm(&[0.01, 0.04, f64::NAN, 0.03, 0.005, 0.5]);
        let expected = [0.04, 0.09, f64::NAN, 0.09, 0.025, 0.5];
        for (found, expected) in adjusted.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-15 || (found.is_nan() && expected.is_nan()), "{adjusted:?}");
        }
        assert_eq!(holm(&[0.6, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }

    /// `stats.binomtest(k, n).proportion_ci(.95, method="wilson")`, SciPy 1.17.1.
    #[test]
    fn wilson_agrees_with_scipy() {
        for (hits, count, low, high) in [
            (0, 10, 0.0, 0.277_532_799_862_889_26),
            (3, 10, 0.107_791_267_406_301_02, 0.603_221_852_538_854_6),
            (10, 10, 0.722_467_200_137_110_1, 1.0),
            (480, 500, 0.939_026_404_165_149_2, 0.973_959_202_610_222_7),
            (1, 1, 0.206_549_314_377_237_45, 1.0),
        ] {
            let found = wilson(hits, count);
            assert!((found.0 - low).abs() < 1e-14 && (found.1 - high).abs() < 1e-14, "{hits} of {count}: {found:?}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}

#[cfg(test)]
mod calibration;
