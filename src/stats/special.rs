//! The logarithm of the gamma function, its derivative, and their differences over whole steps.

/// From here on Stirling's series is exact to the last digits.
const STIRLING_FROM: f64 = 10.0;

/// `ln Γ(x)` for `x > 0` (`scipy.special.gammaln`): Stirling's series, reached by the recurrence for small `x`. NaN for
/// `x <= 0`.
pub(super) fn ln_gamma(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NAN;
    }
    let (mut y, mut product) = (x, 1.0);
    while y < STIRLING_FROM {
        product *= y;
        y += 1.0;
    }
    let (inverse, square) = (1.0 / y, 1.0 / (y * y));
    let tail = square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square * (1.0 / 1188.0 - square * 691.0 / 360_360.0)));
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - tail));
    (y - 0.5) * y.ln() - y + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

/// The derivative of `ln Γ` at `x > 0` (`scipy.special.digamma`). NaN for `x <= 0`.
pub(super) fn digamma(x: f64) -> f64 {
    if x <= 0.0 {
        return f64::NAN;
    }
    let (mut y, mut sum) = (x, 0.0);
    while y < STIRLING_FROM {
        sum += 1.0 / y;
        y += 1.0;
    }
    let square = 1.0 / (y * y);
    let tail = square * (1.0 / 240.0 - square * (1.0 / 132.0 - square * 691.0 / 32_760.0));
    let series = square * (1.0 / 12.0 - square * (1.0 / 120.0 - square * (1.0 / 252.0 - tail)));
    y.ln() - 0.5 / y - series - sum
}

/// Up to so many steps a product is both quicker and more exact than a difference of two values.
const FEW_STEPS: u32 = 16;

/// `ln Γ(z + n) - ln Γ(z)`, the logarithm of the rising factorial `z (z + 1) ... (z + n - 1)`, for `z > 0`.
pub(super) fn ln_rising(z: f64, n: u32) -> f64 {
    if n <= FEW_STEPS {
        (0..n).map(|i| (z + f64::from(i)).ln()).sum()
    } else {
        ln_gamma(z + f64::from(n)) - ln_gamma(z)
    }
}

/// The derivative of [`ln_rising`] by `z`: `ψ(z + n) - ψ(z)`.
pub(super) fn ln_rising_slope(z: f64, n: u32) -> f64 {
    if n <= FEW_STEPS { (0..n).map(|i| 1.0 / (z + f64::from(i))).sum() } else { digamma(z + f64::from(n)) - digamma(z) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x, scipy.special.gammaln(x), scipy.special.digamma(x)`, SciPy 1.17.1.
    const REFERENCE: [(f64, f64, f64); 10] = [
        (0.1, 2.252_712_651_734_206, -10.423_754_940_411_076),
        (0.5, 0.572_364_942_924_7, -1.963_510_026_021_423_5),
        (1.0, 0.0, -0.577_215_664_901_532_9),
        (1.5, -0.120_782_237_635_245_26, 0.036_489_973_978_576_52),
        (2.0, 0.0, 0.422_784_335_098_467_13),
        (3.7, 1.428_072_326_665_388, 1.167_153_539_361_511_3),
        (9.99, 12.779_315_214_350_195, 2.250_700_372_831_201),
        (10.0, 12.801_827_480_081_469, 2.251_752_589_066_721),
        (123.4, 469.336_097_442_190_6, 4.811_373_775_116_277_5),
        (1e6, 12_815_504.569_147_611, 13.815_510_057_964_19),
    ];

    #[test]
    fn gamma_and_digamma_agree_with_scipy() {
        for (x, ln, slope) in REFERENCE {
            assert!((ln_gamma(x) - ln).abs() <= 1e-14 * ln.abs().max(1.0), "ln_gamma({x})");
            assert!((digamma(x) - slope).abs() <= 1e-14 * slope.abs().max(1.0), "digamma({x})");
        }
        assert!(ln_gamma(0.0).is_nan() && digamma(-1.0).is_nan());
    }

    #[test]
    fn short_and_long_rises_meet() {
        for z in [0.01, 0.7, 3.0, 250.0] {
            let by_product: f64 = (0..40).map(|i| (z + f64::from(i)).ln()).sum();
            assert!((ln_rising(z, 40) - by_product).abs() < 1e-11, "{z}");
            let by_sum: f64 = (0..40).map(|i| 1.0 / (z + f64::from(i))).sum();
            assert!((ln_rising_slope(z, 40) - by_sum).abs() < 1e-12 * by_sum.max(1.0), "{z}");
        }
        assert_eq!((ln_rising(2.0, 0), ln_rising_slope(2.0, 0)), (0.0, 0.0));
    }
}
