//! Spread without the tails.

use super::describe::{sorted_finite, sum};

/// The population variance of what is left after cutting a share of the smallest and of the largest values
/// (`scipy.stats.mstats.trimmed_var(a, limits=(lower, upper), inclusive=(True, True), relative=True, ddof=0)`).
///
/// In the squared unit of the values, from 0 upward. `lower` and `upper` are shares from 0 to 1 of the values that are not
/// missing; a share of `n` values cuts `floor(share * n)` of them, so that few values are cut less than the shares say. NaN
/// when nothing is left or a share is not between 0 and 1.
#[must_use]
pub fn trimmed_var(values: &[f64], lower: f64, upper: f64) -> f64 {
    if !((0.0..=1.0).contains(&lower) && (0.0..=1.0).contains(&upper)) {
        return f64::NAN;
    }
    let sorted = sorted_finite(values);
    let n = sorted.len();
    let cut = |share: f64| (share * n as f64) as usize;
    let Some(kept) = sorted.get(cut(lower)..n - cut(upper).min(n)).filter(|kept| !kept.is_empty()) else {
        return f64::NAN;
    };
    let mean = sum(kept) / kept.len() as f64;
    let squares: Vec<f64> = kept.iter().map(|value| (value - mean) * (value - mean)).collect();
    sum(&squares) / kept.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    /// `mstats.trimmed_var(a, limits, inclusive=(True, True), relative=True, ddof=0)`, SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        let a = [3.0, -7.5, 0.25, 12.0, 5.0, 5.0, 100.0, 2.0, 1.0, 8.0, -1.0];
        close(trimmed_var(&a, 0.1, 0.1), 15.0);
        close(trimmed_var(&a, 0.2, 0.05), 912.154_320_987_654_5);
        close(trimmed_var(&a, 0.0, 0.3), 14.225_585_937_5);
        close(trimmed_var(&a, 0.0, 0.0), 804.151_859_504_132_4);
        close(trimmed_var(&a, 0.45, 0.45), 1.555_555_555_555_555_6);
        let missing: Vec<f64> = a.iter().flat_map(|&value| [value, f64::NAN, f64::INFINITY]).collect();
        assert_eq!(trimmed_var(&missing, 0.1, 0.1), trimmed_var(&a, 0.1, 0.1));
    }

    #[test]
    fn nothing_left_has_no_variance() {
        assert!(trimmed_var(&[], 0.1, 0.1).is_nan());
        assert!(trimmed_var(&[f64::NAN], 0.1, 0.1).is_nan());
        assert!(trimmed_var(&[1.0, 2.0], 0.5, 0.5).is_nan());
        assert!(trimmed_var(&[1.0, 2.0], 1.0, 1.0).is_nan());
        for share in [-0.1, 1.1, f64::NAN] {
            assert!(trimmed_var(&[1.0, 2.0, 3.0], share, 0.1).is_nan());
            assert!(trimmed_var(&[1.0, 2.0, 3.0], 0.1, share).is_nan());
        }
        assert_eq!(trimmed_var(&[4.0], 0.1, 0.1), 0.0);
    }

    proptest! {
        #[test]
        fn cutting_never_widens(values in prop::collection::vec(-1e6..1e6, 1..60), share in 0.0..0.5) {
            let whole = trimmed_var(&values, 0.0, 0.0);
            let cut = trimmed_var(&values, share, share);
            prop_assert!(cut.is_nan() || (cut >= 0.0 && cut <= whole * (1.0 + 1e-9) + 1e-9));
        }
    }
}
