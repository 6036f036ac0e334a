//! The chi-squared distribution.

use super::special::ln_gamma;

/// Terms after which a series or fraction is given up; it ends long before for any number of degrees that occurs.
const MOST_TERMS: u32 = 100_000;

/// The share of the distribution with `dof` degrees of freedom above `x` (`scipy.stats.chi2.sf`): the regularised upper
/// incomplete gamma function `Q(dof / 2, x / 2)`, by the series of Abramowitz and Stegun (1964) 6.5.29 below the middle and the
/// continued fraction 6.5.31 above, to about 1e-13 relative.
///
/// 1 for `x <= 0`; NaN for NaN and for no degree of freedom.
#[must_use]
pub fn tail(x: f64, dof: usize) -> f64 {
    if x.is_nan() || dof == 0 {
        return f64::NAN;
    }
    if x <= 0.0 {
        return 1.0;
    }
    if x.is_infinite() {
        return 0.0;
    }
    let (a, x) = (dof as f64 / 2.0, x / 2.0);
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 { (1.0 - front * series(a, x)).max(0.0) } else { front * fraction(a, x) }
}

/// `sum x^n / (a (a + 1) ... (a + n))`.
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut total) = (1.0 / a, 1.0 / a);
    for n in 1..MOST_TERMS {
        term *= x / (a + f64::from(n));
        total += term;
        if term < total * 1e-17 {
            break;
        }
    }
    total
}

/// The continued fraction by the method of Lentz (1976).
fn fraction(a: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - a;
    let mut d = 1.0 / b;
    let (mut c, mut value) = (f64::INFINITY, d);
    for n in 1..MOST_TERMS {
        let n = f64::from(n);
        let numerator = -n * (n - a);
        b += 2.0;
        d = 1.0 / (numerator * d + b);
        c = b + numerator / c;
        value *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    value
}

/// The value that the share `above` of the distribution exceeds (`scipy.stats.chi2.isf`), by bisection. NaN for no degree of
/// freedom and for shares outside 0 to 1, both excluded.
#[must_use]
pub fn limit(above: f64, dof: usize) -> f64 {
    if dof == 0 || !(above > 0.0 && above < 1.0) {
        return f64::NAN;
    }
    let (mut low, mut high) = (0.0, dof as f64 + 1.0);
    while tail(high, dof) > above {
        high *= 2.0;
    }
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if tail(middle, dof) > above {
            low = middle;
        } else {
            high = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs(), "{found} is not {expected}");
    }

    /// `stats.chi2.sf(x, dof)`, SciPy 1.17.1.
    #[test]
    fn tails_agree_with_scipy() {
        for (x, dof, share) in [
            (0.5, 1, 0.479_500_122_186_953_37),
            (3.841_458_820_694_124, 1, 0.049_999_999_999_999_89),
            (10.0, 4, 0.040_427_681_994_512_79),
            (16.918_977_604_620_448, 9, 0.050_000_000_000_000_07),
            (60.0, 9, 1.340_678_048_395_962_5e-9),
            (200.0, 3, 4.218_541_107_192_018e-43),
            (95.0, 100, 0.622_579_291_878_173_6),
            (1e-3, 2, 0.999_500_124_979_169_3),
            (700.0, 500, 7.728_992_111_216_604e-9),
        ] {
            close(tail(x, dof), share);
        }
    }

    /// `stats.chi2.ppf(0.95, dof)` and `stats.chi2.ppf(0.99, 9)`, SciPy 1.17.1.
    #[test]
    fn limits_agree_with_scipy() {
        for (dof, x) in [
            (1, 3.841_458_820_694_124),
            (2, 5.991_464_547_107_979),
            (9, 16.918_977_604_620_448),
            (50, 67.504_806_549_541_2),
            (1000, 1_074.679_448_803_441),
        ] {
            close(limit(0.05, dof), x);
        }
        close(limit(0.01, 9), 21.665_994_333_461_924);
    }

    #[test]
    fn ends_and_nonsense() {
        assert_eq!((tail(0.0, 3), tail(-1.0, 3), tail(f64::INFINITY, 3)), (1.0, 1.0, 0.0));
        assert!(tail(1.0, 0).is_nan() && tail(f64::NAN, 2).is_nan());
        assert!(
            limit(0.05, 0).is_nan() && limit(0.0, 1).is_nan() && limit(1.0, 1).is_nan() && limit(f64::NAN, 1).is_nan()
        );
    }
}
