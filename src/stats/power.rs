//! Power transforms that make a column more nearly normal: Box-Cox and Yeo-Johnson.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

use super::describe::sum;

/// Why no power could be estimated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PowerError {
    /// Box-Cox takes logarithms.
    #[error("Box-Cox needs values above zero, but the smallest is {min}; use Yeo-Johnson")]
    NotPositive {
        /// The smallest value.
        min: f64,
    },
    /// All values are equal, so every power fits equally well.
    #[error("all values are equal, so no power can be estimated; leave the feature out")]
    Constant,
    /// A variance needs two values.
    #[error("a power needs at least 2 values to be estimated from, not {count}")]
    TooFew {
        /// Number of finite values.
        count: usize,
    },
}

/// The Box-Cox transform (1964): `(x^lambda - 1) / lambda`, or `ln x` at 0 (`scipy.special.boxcox`). NaN for `x < 0`.
#[must_use]
pub fn box_cox(x: f64, lambda: f64) -> f64 {
    if x < 0.0 { f64::NAN } else { power_of_log(x.ln(), lambda) }
}

/// Undoes [`box_cox`] (`scipy.special.inv_boxcox`). NaN where no `x` has that image.
#[must_use]
pub fn inverse_box_cox(y: f64, lambda: f64) -> f64 {
    log_of_power(y, lambda).exp()
}

/// The transform of Yeo and Johnson (2000), defined for all numbers (`scipy.stats.yeojohnson`).
#[must_use]
pub fn yeo_johnson(x: f64, lambda: f64) -> f64 {
    if x >= 0.0 { power_of_log(x.ln_1p(), lambda) } else { -power_of_log((-x).ln_1p(), 2.0 - lambda) }
}

/// Undoes [`yeo_johnson`] (`sklearn.preprocessing.PowerTransformer.inverse_transform`). NaN where no `x` has that image.
#[must_use]
pub fn inverse_yeo_johnson(y: f64, lambda: f64) -> f64 {
    if y >= 0.0 { log_of_power(y, lambda).exp_m1() } else { -log_of_power(-y, 2.0 - lambda).exp_m1() }
}

/// `(e^(lambda * log) - 1) / lambda`, which tends to `log` as lambda does to 0.
fn power_of_log(log: f64, lambda: f64) -> f64 {
    // Below this the quotient is the logarithm to the last digit, and the division would only add noise.
    if lambda.abs() < 1e-19 { log } else { (lambda * log).exp_m1() / lambda }
}

fn log_of_power(y: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-19 { y } else { (lambda * y).ln_1p() / lambda }
}

/// The power that maximises the Box-Cox likelihood (`scipy.stats.boxcox_normmax(values, method="mle")`), by Brent's method.
/// Values that are not finite are left out.
///
/// # Errors
///
/// When a value is not positive, all are equal, or there are fewer than two.
pub fn box_cox_lambda(values: &[f64]) -> Result<f64, PowerError> {
    let finite = checked(values)?;
    let min = finite.iter().copied().fold(f64::INFINITY, f64::min);
    if min <= 0.0 {
        return Err(PowerError::NotPositive { min });
    }
    Ok(box_cox_mle(&finite.iter().map(|value| value.ln()).collect::<Vec<_>>()))
}

/// The power that maximises the Yeo-Johnson likelihood (`scipy.stats.yeojohnson_normmax(values)`), by Brent's method.
/// Values that are not finite are left out.
///
/// # Errors
///
/// When all values are equal or there are fewer than two.
pub fn yeo_johnson_lambda(values: &[f64]) -> Result<f64, PowerError> {
    let finite = checked(values)?;
    // On one side of zero the transform is Box-Cox of 1 + |x|, whose likelihood can be computed without cancellation.
    if finite.iter().all(|&value| value >= 0.0) {
        return Ok(box_cox_mle(&finite.iter().map(|value| value.ln_1p()).collect::<Vec<_>>()));
    }
    if finite.iter().all(|&value| value <= 0.0) {
        return Ok(2.0 - box_cox_mle(&finite.iter().map(|value| (-value).ln_1p()).collect::<Vec<_>>()));
    }
    let n = finite.len() as f64;
    let jacobian = sum(&finite.iter().map(|value| value.signum() * value.abs().ln_1p()).collect::<Vec<_>>()) / n;
    Ok(brent(|lambda| {
        let image: Vec<f64> = finite.iter().map(|&value| yeo_johnson(value, lambda)).collect();
        0.5 * variance(&image).ln() - (lambda - 1.0) * jacobian
    }))
}

fn checked(values: &[f64]) -> Result<Vec<f64>, PowerError> {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.len() < 2 {
        return Err(PowerError::TooFew { count: finite.len() });
    }
    if finite.iter().all(|value| *value == finite[0]) {
        return Err(PowerError::Constant);
    }
    Ok(finite)
}

/// Maximises the likelihood from logarithms. Centred on their mean `m`, `ln var(x^lambda / lambda)` is
/// `2 lambda m + ln var((e^(lambda (log - m)) - 1) / lambda)`, and the first term cancels the Jacobian's: what is left is
/// well scaled whatever the unit of the column.
fn box_cox_mle(logs: &[f64]) -> f64 {
    let mean = sum(logs) / logs.len() as f64;
    let centred: Vec<f64> = logs.iter().map(|log| log - mean).collect();
    brent(|lambda| {
        let image: Vec<f64> = centred.iter().map(|&log| power_of_log(log, lambda)).collect();
        variance(&image).ln()
    })
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n
}

/// Powers are sought in this interval: beyond it a transformed column is a constant with an outlier.
const LIMIT: f64 = 64.0;

/// Minimises a function of one power: expands `[-2, 2]` while an end is the best of three, then Brent's method (1973,
/// chapter 5) without derivatives, to about 1e-9.
fn brent(objective: impl Fn(f64) -> f64) -> f64 {
    let f = |lambda: f64| {
        let value = objective(lambda);
        // An overflowing variance is as bad as can be; so is the NaN that infinity minus infinity gives.
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let (mut low, mut high) = (-2.0, 2.0);
    let mut x = 0.0;
    while high < LIMIT && f(high) < f(x) {
        (low, x, high) = (x, high, high * 2.0);
    }
    while low > -LIMIT && f(low) < f(x) {
        (low, x, high) = (low * 2.0, low, x);
    }
    let golden = 0.5 * (3.0 - 5f64.sqrt());
    let (mut w, mut v) = (x, x);
    let mut fx = f(x);
    let (mut fw, mut fv) = (fx, fx);
    let (mut step, mut previous) = (0.0_f64, 0.0_f64);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        let tolerance = 1e-9 * x.abs() + 1e-10;
        if (x - middle).abs() <= 2.0 * tolerance - 0.5 * (high - low) {
            break;
        }
        let r = (x - w) * (fx - fv);
        let q = (x - v) * (fx - fw);
        let (mut p, mut q) = ((x - v) * q - (x - w) * r, 2.0 * (q - r));
        if q > 0.0 {
            p = -p;
        }
        q = q.abs();
        let before = previous;
        previous = step;
        if p.is_finite() && p.abs() < (0.5 * q * before).abs() && p > q * (low - x) && p < q * (high - x) {
            step = p / q;
            if (x + step) - low < 2.0 * tolerance || high - (x + step) < 2.0 * tolerance {
                step = tolerance.copysign(middle - x);
            }
        } else {
            previous = if x < middle { high - x } else { low - x };
            step = golden * previous;
        }
        let u = x + if step.abs() >= tolerance { step } else { tolerance.copysign(step) };
        let fu = f(u);
        if fu <= fx {
            if u < x {
                high = x;
            } else {
                low = x;
            }
            (v, fv) = (w, fw);
            (w, fw) = (x, fx);
            (x, fx) = (u, fu);
        } else {
            if u < x {
                low = u;
            } else {
                high = u;
            }
            if fu <= fw || w == x {
                (v, fv) = (w, fw);
                (w, fw) = (u, fu);
            } else if fu <= fv || v == x || v == w {
                (v, fv) = (u, fu);
            }
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    const B: [f64; 8] = [0.5, 1.0, 1.2, 2.5, 4.0, 7.5, 20.0, 33.0];
    const MIXED: [f64; 10] = [-8.0, -3.0, -1.0, -0.5, 0.0, 0.4, 1.0, 2.0, 6.0, 15.0];

    fn close(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }

    /// `stats.boxcox_normmax(b, method="mle")`, `stats.yeojohnson_normmax(...)`, SciPy 1.17.1.
    #[test]
    fn powers_agree_with_scipy() {
        close(box_cox_lambda(&B).unwrap(), -0.107_956_746_421_597_61, 1e-6);
        close(yeo_johnson_lambda(&B).unwrap(), -0.352_940_551_964_964_3, 1e-6);
        close(yeo_johnson_lambda(&MIXED).unwrap(), 0.826_378_985_600_856_2, 1e-6);
        close(yeo_johnson_lambda(&B.map(|value| -value)).unwrap(), 2.352_940_551_986_573_6, 1e-6);
    }

    /// `stats.yeojohnson([-2, 3], lmbda)` at .5, 2, 0 and `stats.boxcox([.5, 3], .5)`, SciPy 1.17.1.
    #[test]
    fn values_agree_with_scipy() {
        for (lambda, below, above) in [
            (0.5, -2.797_434_948_471_088, 2.0),
            (2.0, -1.098_612_288_668_109_8, 7.5),
            (0.0, -4.0, 1.386_294_361_119_890_6),
        ] {
            close(yeo_johnson(-2.0, lambda), below, 1e-14);
            close(yeo_johnson(3.0, lambda), above, 1e-14);
        }
        close(box_cox(0.5, 0.5), -0.585_786_437_626_905, 1e-15);
        close(box_cox(3.0, 0.5), 1.464_101_615_137_754_8, 1e-15);
    }

    #[test]
    fn the_unit_of_the_column_does_not_matter() {
        let cents = B.map(|value| value * 1e12);
        close(box_cox_lambda(&cents).unwrap(), box_cox_lambda(&B).unwrap(), 1e-7);
    }

    #[test]
    fn a_strong_skew_needs_a_wide_bracket() {
        let values: Vec<f64> = (0..100).map(|i| (100.0 + f64::from(i)).powf(0.1)).collect();
        let lambda = box_cox_lambda(&values).unwrap();
        assert!((5.0..20.0).contains(&lambda), "{lambda}");
    }

    #[test]
    fn rejects_what_has_no_power() {
        assert_eq!(box_cox_lambda(&[1.0, 0.0]), Err(PowerError::NotPositive { min: 0.0 }));
        assert_eq!(box_cox_lambda(&[2.0, 2.0]), Err(PowerError::Constant));
        assert_eq!(box_cox_lambda(&[2.0, f64::NAN]), Err(PowerError::TooFew { count: 1 }));
        assert_eq!(yeo_johnson_lambda(&[-2.0, -2.0]), Err(PowerError::Constant));
        assert_eq!(yeo_johnson_lambda(&[]), Err(PowerError::TooFew { count: 0 }));
    }

    #[test]
    fn images_outside_the_range_have_no_inverse() {
        assert!(box_cox(-1.0, 0.5).is_nan());
        assert!(inverse_box_cox(-3.0, 1.0).is_nan());
        assert!(inverse_yeo_johnson(2.0, -1.0).is_nan());
        assert!(yeo_johnson(f64::NAN, 1.0).is_nan());
    }

    proptest::proptest! {
        #[test]
        fn transforms_invert(x in -1e4..1e4f64, lambda in -1.0..3.0f64) {
            let close = |back: f64, x: f64| (back - x).abs() <= 1e-6 * x.abs().max(1.0);
            let y = yeo_johnson(x, lambda);
            // Where the image is nearly flat digits are lost for good.
            if (0.0..=2.0).contains(&lambda) {
                proptest::prop_assert!(close(inverse_yeo_johnson(y, lambda), x));
                proptest::prop_assert!(close(inverse_box_cox(box_cox(x.abs() + 1e-3, lambda), lambda), x.abs() + 1e-3));
            }
        }
    }
}
