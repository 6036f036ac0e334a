//! How strongly a series resembles itself some steps earlier.
//!
//! anofox-forecast 0.19 divides each lag by `n - k` (tsfresh's convention), which differs from the usual estimate by up to 4 %
//! at 14 lags of 374 days and gives partial autocorrelations outside `[-1, 1]` on short series, so these are our own.

use super::{SeriesError, complete, is_constant, mean, normal};
use serde::{Deserialize, Serialize};

/// Autocorrelations of one series with the bands outside which they count as real.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Correlogram {
    /// Autocorrelation at lags 0, 1, ...; the first is 1.
    pub autocorrelation: Vec<f64>,
    /// Partial autocorrelation at the same lags: what is left of each after the shorter lags are accounted for.
    pub partial: Vec<f64>,
    /// Half width of the 95 % band around 0 for a series without memory: `1.96 / sqrt(n)`, the same at all lags.
    pub band: f64,
    /// Half width of Bartlett's 95 % band at each lag, which takes shorter lags into account; 0 at lag 0.
    pub bartlett: Vec<f64>,
    /// Lags above 0 whose autocorrelation lies outside Bartlett's band.
    pub significant: Vec<usize>,
}

/// Autocorrelations, partial autocorrelations and their bands at lags 0 to `lags`, cut to `n - 1`.
///
/// # Errors
///
/// With missing values, fewer than 3 values, or when all are equal.
pub fn correlogram(values: &[f64], lags: usize) -> Result<Correlogram, SeriesError> {
    let autocorrelation = autocorrelation(values, lags)?;
    let partial = durbin_levinson(&autocorrelation);
    let bartlett = bartlett_band(&autocorrelation, values.len());
    let outside = |&lag: &usize| autocorrelation[lag].abs() > bartlett[lag];
    let significant = (1..autocorrelation.len()).filter(outside).collect();
    let band = normal::quantile(0.975) / (values.len() as f64).sqrt();
    Ok(Correlogram { autocorrelation, partial, band, bartlett, significant })
}

/// `r_k = sum((x_t - m)(x_(t+k) - m)) / sum((x_t - m)^2)` at lags 0 to `lags`, cut to `n - 1`: the biased estimate, which stays in
/// `[-1, 1]` (Box and Jenkins 1970; `statsmodels.tsa.stattools.acf(x, nlags)`).
///
/// # Errors
///
/// With missing values, fewer than 3 values, or when all are equal.
pub fn autocorrelation(values: &[f64], lags: usize) -> Result<Vec<f64>, SeriesError> {
    complete("autocorrelation", values, 3)?;
    if is_constant(values) {
        return Err(SeriesError::Constant { what: "autocorrelation" });
    }
    let centre = mean(values);
    let centred: Vec<f64> = values.iter().map(|value| value - centre).collect();
    let product = |lag: usize| centred[lag..].iter().zip(&centred).map(|(later, earlier)| later * earlier).sum::<f64>();
    let variance = product(0);
    Ok((0..=lags.min(values.len() - 1)).map(|lag| product(lag) / variance).collect())
}

/// Partial autocorrelations at lags 0 to `lags`, cut to `n - 1`, by the Yule-Walker equations with biased autocovariances
/// (`statsmodels.tsa.stattools.pacf(x, nlags, method="ywm")`), solved by the recursion of Durbin (1960) and Levinson. In `[-1, 1]`.
///
/// # Errors
///
/// With missing values, fewer than 3 values, or when all are equal.
pub fn partial_autocorrelation(values: &[f64], lags: usize) -> Result<Vec<f64>, SeriesError> {
    Ok(durbin_levinson(&autocorrelation(values, lags)?))
}

fn durbin_levinson(correlations: &[f64]) -> Vec<f64> {
    let mut partial = vec![1.0];
    let mut coefficients: Vec<f64> = Vec::new();
    for (lag, correlation) in correlations.iter().enumerate().skip(1) {
        let explained: f64 = coefficients.iter().zip(correlations[1..lag].iter().rev()).map(|(phi, r)| phi * r).sum();
        let left: f64 = 1.0 - coefficients.iter().zip(&correlations[1..lag]).map(|(phi, r)| phi * r).sum::<f64>();
        // A series that its past explains wholly has nothing left to explain.
        let last = if left > 0.0 { (correlation - explained) / left } else { 0.0 };
        let reversed: Vec<f64> = coefficients.iter().rev().copied().collect();
        coefficients.iter_mut().zip(&reversed).for_each(|(phi, mirrored)| *phi -= last * mirrored);
        coefficients.push(last);
        partial.push(last);
    }
    partial
}

/// `1.96 sqrt((1 + 2 sum(r_i^2, i < k)) / n)` (Bartlett 1946), as `statsmodels.tsa.stattools.acf(x, alpha=0.05)` draws around each
/// correlation.
fn bartlett_band(correlations: &[f64], n: usize) -> Vec<f64> {
    let quantile = normal::quantile(0.975);
    let mut variance = 1.0;
    let mut band = vec![0.0];
    for correlation in correlations.iter().skip(1) {
        band.push(quantile * (variance / n as f64).sqrt());
        variance += 2.0 * correlation.powi(2);
    }
    band
}

#[cfg(test)]
mod tests {
    use super::super::golden::{all_close, autoregressive, numbers, petshop, walk, weekly};
    use super::*;

    /// `acf(y, nlags=10, alpha=0.05)` and `pacf(y, nlags=10, method="ywm")`, statsmodels 0.15.0.
    #[test]
    fn agrees_with_statsmodels() {
        for (name, values) in [("weekly", weekly(70)), ("walk", walk(80)), ("autoregressive", autoregressive(90))] {
            let found = correlogram(&values, 10).unwrap();
            all_close(&found.autocorrelation, &numbers(&format!("/tests/{name}/acf")), 1e-12);
            all_close(&found.partial, &numbers(&format!("/tests/{name}/pacf")), 1e-12);
            all_close(&found.bartlett, &numbers(&format!("/tests/{name}/bartlett")), 1e-12);
        }
    }

    /// `acf(y, nlags=14)[1:4]` and `pacf(y, nlags=14, method="ywm")[1:4]` of the daily sales, statsmodels 0.15.0.
    #[test]
    fn agrees_on_the_real_file() {
        let Some(sales) = petshop("sale") else { return };
        let found = correlogram(&sales, 14).unwrap();
        let expected = [0.366_332_768_990_010_4, 0.094_682_854_535_545_05, 0.095_579_339_823_100_1];
        all_close(&found.autocorrelation[1..4], &expected, 1e-9);
        let expected = [0.366_332_768_990_010_2, -0.045_641_983_483_304_845, 0.087_999_123_129_124_83];
        all_close(&found.partial[1..4], &expected, 1e-9);
        assert!(found.significant.contains(&7));
    }

    #[test]
    fn a_weekly_series_repeats_after_seven_days() {
        let found = correlogram(&weekly(140), 8).unwrap();
        assert!(found.significant.contains(&7));
        assert_eq!(found.autocorrelation[0], 1.0);
        assert!((found.band - 1.96 / 140f64.sqrt()).abs() < 1e-4);
    }

    #[test]
    fn refuses_what_has_no_correlation() {
        assert_eq!(correlogram(&[2.0; 5], 2), Err(SeriesError::Constant { what: "autocorrelation" }));
        assert!(matches!(correlogram(&[1.0, f64::NAN, 2.0], 2), Err(SeriesError::Missing { count: 1, .. })));
        assert!(matches!(correlogram(&[1.0], 2), Err(SeriesError::TooShort { needed: 3, count: 1, .. })));
        assert_eq!(autocorrelation(&[1.0, 2.0, 4.0], 99).unwrap().len(), 3);
    }

    proptest::proptest! {
        #[test]
        fn stays_between_minus_one_and_one(values in proptest::collection::vec(-1e6..1e6f64, 3..60)) {
            if let Ok(found) = correlogram(&values, 60) {
                let inside = |r: &f64| r.abs() <= 1.0 + 1e-9;
                proptest::prop_assert!(found.autocorrelation.iter().all(inside) && found.partial.iter().all(inside));
            }
        }
    }
}
