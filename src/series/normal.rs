//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The share of the distribution below `x` (`scipy.stats.norm.cdf`), to about 1e-15 absolute. NaN for NaN.
pub(super) fn cumulative(x: f64) -> f64 {
    if x.is_nan() {
        return f64::NAN;
    }
    let z = x.abs() * FRAC_1_SQRT_2;
    let tail = if z > 27.0 {
        0.0
    } else if z < 2.0 {
        0.5 * (1.0 - erf_series(z))
    } else {
        0.5 * erfc_fraction(z)
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// `erf(z) = 2 / sqrt(pi) e^(-z^2) sum 2^n z^(2n + 1) / (1 * 3 * ... * (2n + 1))`, all terms positive (Abramowitz and
/// Stegun 1964, 7.1.6).
fn erf_series(z: f64) -> f64 {
    let (mut term, mut total, mut n) = (z, z, 0.0);
    while term > total * 1e-17 && n < 200.0 {
        n += 1.0;
        term *= 2.0 * z * z / (2.0 * n + 1.0);
        total += term;
    }
    2.0 / PI.sqrt() * (-z * z).exp() * total
}

/// The continued fraction of Abramowitz and Stegun 7.1.14, from its far end.
fn erfc_fraction(z: f64) -> f64 {
    let mut fraction = z;
    for k in (1..=120).rev() {
        fraction = z + 0.5 * f64::from(k) / fraction;
    }
    (-z * z).exp() / (PI.sqrt() * fraction)
}

/// The value below which the share `p` lies (`scipy.stats.norm.ppf`), by Newton's method; infinite at 0 and 1, NaN outside.
pub(super) fn quantile(p: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    if p > 0.5 {
        return -quantile(1.0 - p);
    }
    // The lower tail starts from its asymptote and moves up: the function is convex there, so that Newton's steps are safe.
    let mut x = if p < 0.02 { -(-2.0 * p.ln()).sqrt() } else { 0.0 };
    for _ in 0..100 {
        let density = (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
        let step = (cumulative(x) - p) / density;
        x -= step.clamp(-1.0, 1.0);
        if step.abs() < 1e-14 * x.abs().max(1.0) {
            break;
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.norm.cdf` and `.ppf`, SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        for (x, share) in [
            (-8.0, 6.220_960_574_271_785e-16),
            (-3.0, 0.001_349_898_031_630_094_6),
            (-1.0, 0.158_655_253_931_457_05),
            (0.3, 0.617_911_422_188_952_6),
            (2.5, 0.993_790_334_674_223_8),
            (3.5, 0.999_767_370_920_964_5),
        ] {
            assert!((cumulative(x) - share).abs() <= 1e-13 * share, "{x}: {} is not {share}", cumulative(x));
        }
        for (p, x) in [(0.975, 1.959_963_984_540_054), (0.9, 1.281_551_565_544_600_4), (1e-6, -4.753_424_308_822_899)] {
            assert!((quantile(p) - x).abs() < 1e-12, "{p}: {} is not {x}", quantile(p));
        }
    }

    #[test]
    fn ends_and_nonsense() {
        assert_eq!(quantile(0.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0), f64::INFINITY);
        assert!(quantile(1.5).is_nan() && quantile(f64::NAN).is_nan() && cumulative(f64::NAN).is_nan());
        assert_eq!(cumulative(f64::INFINITY), 1.0);
        assert_eq!(cumulative(f64::NEG_INFINITY), 0.0);
    }
}
