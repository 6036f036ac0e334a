//! The test of Kolmogorov and Smirnov for two samples of numbers.

use std::f64::consts::PI;

use serde::Serialize;

use crate::stats::describe::sorted_finite;

/// Up to this product of the sizes the p-value is exact.
const EXACT_UP_TO: usize = 1_000_000;

/// The largest difference of two distribution functions, and how likely it is by chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct KolmogorovSmirnov {
    /// The largest difference, 0 to 1.
    pub statistic: f64,
    /// How likely so large a difference is when both samples come from one distribution.
    pub p_value: f64,
    /// Whether the p-value is exact.
    pub exact: bool,
}

/// The two-sided test of two samples; values that are not finite are left out. `None` when a side has no finite value.
///
/// The statistic is that of `scipy.stats.ks_2samp`. While the product of the sizes is at most a million the p-value is exact
/// given the ties: the share of orders of the pooled values whose largest difference is as large (Schröer and Trenkler 1995);
/// without ties it is SciPy's `method="exact"`, which takes no account of ties. Beyond that it is Kolmogorov's (1933) limit at
/// `(e + 0.12 + 0.11 / e) d` with `e = sqrt(n m / (n + m))` (Stephens 1970), which errs on the side of chance when there are
/// ties.
#[must_use]
pub fn kolmogorov_smirnov(a: &[f64], b: &[f64]) -> Option<KolmogorovSmirnov> {
    let (a, b) = (sorted_finite(a), sorted_finite(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (n, m) = (a.len(), b.len());
    let (mut i, mut j, mut largest) = (0, 0, 0);
    // Whether a value of the pooled samples is the last of its ties, by its place.
    let mut ends = vec![false; n + m + 1];
    while i < n || j < m {
        let value = match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) => x.min(*y),
            (Some(x), None) | (None, Some(x)) => *x,
            (None, None) => break,
        };
        while a.get(i).is_some_and(|x| *x <= value) {
            i += 1;
        }
        while b.get(j).is_some_and(|y| *y <= value) {
            j += 1;
        }
        ends[i + j] = true;
        largest = largest.max(apart(i, j, n, m));
    }
    let statistic = largest as f64 / (n as f64 * m as f64);
    let exact = n.checked_mul(m).is_some_and(|product| product <= EXACT_UP_TO);
    let p_value = if exact {
        exact_tail(largest, n, m, &ends)
    } else {
        let e = (n as f64 * m as f64 / (n + m) as f64).sqrt();
        limit_tail((e + 0.12 + 0.11 / e) * statistic)
    };
    Some(KolmogorovSmirnov { statistic, p_value, exact })
}

/// The difference of the distribution functions after `i` and `j` values, times `n m`.
fn apart(i: usize, j: usize, n: usize, m: usize) -> u128 {
    (i as u128 * m as u128).abs_diff(j as u128 * n as u128)
}

/// The share of paths from (0, 0) to (n, m) that are `largest` apart at the end of some ties.
fn exact_tail(largest: u128, n: usize, m: usize, ends: &[bool]) -> f64 {
    // Of the paths to (i, j), the share that has been so far apart; the last step came from (i - 1, j) in i of i + j.
    let mut hit = vec![0.0_f64; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            hit[j] = if ends[i + j] && apart(i, j, n, m) >= largest {
                1.0
            } else if i + j == 0 {
                0.0
            } else {
                let from_left = if j > 0 { hit[j - 1] * j as f64 } else { 0.0 };
                (hit[j] * i as f64 + from_left) / (i + j) as f64
            };
        }
    }
    hit[m]
}

/// The share of Kolmogorov's limiting distribution above `x` (`scipy.stats.kstwobign.sf`).
fn limit_tail(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    if x < 1.18 {
        // The series by theta functions converges at once where the other does not.
        let power = (-PI * PI / (8.0 * x * x)).exp();
        let sum: f64 = [1, 9, 25, 49].iter().map(|odd| power.powi(*odd)).sum();
        return 1.0 - (2.0 * PI).sqrt() / x * sum;
    }
    let term = |k: i32| (-2.0 * f64::from(k * k) * x * x).exp() * if k % 2 == 1 { 2.0 } else { -2.0 };
    (1..=6).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 7] = [1.0, 2.0, 2.0, 3.0, 5.0, 8.0, 13.0];
    const B: [f64; 9] = [2.0, 3.0, 4.0, 4.0, 9.0, 9.0, 10.0, 12.0, 20.0];
    const C: [f64; 5] = [0.1, 0.2, 0.5, 0.9, 1.3];
    const D: [f64; 6] = [0.15, 0.6, 1.0, 1.1, 2.0, 2.5];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
    }

    /// `stats.ks_2samp(x, y, method="exact")`, SciPy 1.17.1; no ties.
    #[test]
    fn agrees_with_scipy() {
        let found = kolmogorov_smirnov(&C, &D).unwrap();
        close(found.statistic, 0.466_666_666_666_666_7);
        close(found.p_value, 0.474_025_974_025_974);
        let e: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 101) / 10.0).collect();
        let f: Vec<f64> = (0..45).map(|i| f64::from(i * 53 % 97) / 8.0 + 2.053).collect();
        let found = kolmogorov_smirnov(&e, &f).unwrap();
        close(found.statistic, 0.338_888_888_888_888_9);
        close(found.p_value, 0.004_185_361_256_442_244);
        let with_missing = [&f[..], &[f64::NAN, f64::INFINITY]].concat();
        assert_eq!(kolmogorov_smirnov(&e, &with_missing), Some(found));
        close(kolmogorov_smirnov(&f, &e).unwrap().p_value, found.p_value);
    }

    /// `stats.ks_2samp(a, b).statistic`; the p-value by going through `itertools.combinations(range(16), 7)` of the pooled
    /// values: 4066 of 11440 have a statistic as large (SciPy, without regard to ties, says 0.43).
    #[test]
    fn ties_are_exact() {
        let found = kolmogorov_smirnov(&A, &B).unwrap();
        close(found.statistic, 0.412_698_412_698_412_6);
        close(found.p_value, 4066.0 / 11440.0);
    }

    /// `stats.kstwobign.sf((e + .12 + .11 / e) * d)` with `e = np.sqrt(n * m / (n + m))`, SciPy 1.17.1; `method="exact"` gives
    /// 0.5972.
    #[test]
    fn large_samples_take_the_limit() {
        let x: Vec<f64> = (0..3000).map(|i| f64::from(i * 7919 % 10007) / 10007.0).collect();
        let y: Vec<f64> = (0..2500).map(|i| f64::from((i * 104_729 + 11) % 10007) / 10007.0 * 1.02).collect();
        let found = kolmogorov_smirnov(&x, &y).unwrap();
        close(found.statistic, 0.020_666_666_666_666_722);
        assert!((found.p_value - 0.600_797_344_988_515_6).abs() < 1e-9, "{}", found.p_value);
        assert!(!found.exact);
    }

    /// `stats.kstwobign.sf(x)`, SciPy 1.17.1.
    #[test]
    fn the_limit_agrees_with_scipy() {
        for (x, share) in [
            (0.1, 1.0),
            (0.3, 0.999_990_694_198_665_5),
            (0.5, 0.963_945_243_664_875_1),
            (1.0, 0.269_999_671_677_354_56),
            (1.18, 0.123_453_809_429_765_7),
            (1.3581, 0.049_999_630_431_667_4),
            (2.0, 0.000_670_925_255_779_695_3),
            (5.0, 3.857_499_695_927_835_6e-22),
        ] {
            assert!((limit_tail(x) - share).abs() <= 1e-12 * share, "{x}: {} is not {share}", limit_tail(x));
        }
    }

    #[test]
    fn ends() {
        assert_eq!(kolmogorov_smirnov(&[], &A), None);
        assert_eq!(kolmogorov_smirnov(&A, &[f64::NAN]), None);
        let same = kolmogorov_smirnov(&A, &A).unwrap();
        assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
        let one = kolmogorov_smirnov(&[1.0], &[2.0]).unwrap();
        assert_eq!((one.statistic, one.p_value), (1.0, 1.0));
        let tied = kolmogorov_smirnov(&[4.0; 30], &[4.0; 20]).unwrap();
        assert_eq!((tied.statistic, tied.p_value), (0.0, 1.0));
        let apart = kolmogorov_smirnov(&[1.0; 200], &[2.0; 300]).unwrap();
        assert!(apart.p_value > 0.0 && apart.p_value < 1e-100, "no cancellation: {}", apart.p_value);
    }
}
