//! The theta method of Assimakopoulos and Nikolopoulos (2000) with theta 2, which is simple exponential smoothing with half the slope of a
//! straight line as drift (Hyndman and Billah 2003).

use super::super::autocorrelation::autocorrelation;
use super::super::decompose::{Form as Kind, classical, suggested_form};
use super::super::least_squares::line;
use super::super::verdict::{difference, differences};
use super::super::{Progress, SeriesError, normal};
use super::{Path, ets};

/// An estimated model.
pub(super) struct Fit {
    smoothing: ets::Fit,
    slope: f64,
    count: usize,
    /// The season at the place of the next value first, and whether it is a factor; empty when the season does not show.
    season: Vec<f64>,
    multiplicative: bool,
    pub(super) fitted: Vec<f64>,
    /// Mean square of the one-step errors, with alpha, the first level and the slope taken off the degrees of freedom.
    pub(super) variance: f64,
}

/// Estimates the model: takes the season off when it shows, then smooths. The season is additive unless every value is positive and a
/// multiplicative one leaves less.
pub(super) fn fit(values: &[f64], period: usize, watch: &dyn Progress) -> Result<Fit, SeriesError> {
    let n = values.len();
    let seasonal = season_shows(values, period);
    let kind = if seasonal { suggested_form(values, period) } else { Kind::Additive };
    let multiplicative = kind == Kind::Multiplicative;
    let season = if seasonal { classical(values, period, kind)?.seasonal[0].clone() } else { vec![0.0; n] };
    let adjust = |(value, season): (&f64, &f64)| if multiplicative { value / season } else { value - season };
    let adjusted: Vec<f64> = values.iter().zip(&season).map(adjust).collect();
    let form = ets::Form { multiplicative: false, trend: ets::Trend::None, seasonal: false };
    let smoothing = ets::fit(&adjusted, 1, form, watch)?;
    let (_, slope) = line(&adjusted);
    let drift = |earlier: usize| slope / 2.0 * weight(smoothing.alpha, earlier);
    let restore = |t: usize, value: f64| if multiplicative { value * season[t] } else { value + season[t] };
    let fitted: Vec<f64> = (0..n).map(|t| restore(t, smoothing.fitted[t] + drift(t))).collect();
    // The first forecast is the estimated first level and no forecast at all.
    let squares: f64 = values.iter().zip(&fitted).skip(1).map(|(value, fitted)| (value - fitted).powi(2)).sum();
    let season = if seasonal { (0..period).map(|place| season[(n + place) % period]).collect() } else { Vec::new() };
    let variance = squares / n.saturating_sub(4).max(1) as f64;
    Ok(Fit { smoothing, slope, count: n, season, multiplicative, fitted, variance })
}

/// How much of the drift the level has not taken up yet after `n` values: `(1 - (1 - alpha)^n) / alpha`.
fn weight(alpha: f64, n: usize) -> f64 {
    (1.0 - (1.0 - alpha).powf(n as f64)) / alpha
}

/// Whether the autocorrelation at the season's length is outside its 90 % band (as statsmodels' `ThetaModel(use_test=True)`), with at least
/// two seasons. A series that wanders is differenced first, since its autocorrelation is high at every lag.
fn season_shows(values: &[f64], period: usize) -> bool {
    if period < 2 || values.len() < 2 * period {
        return false;
    }
    let steady = if differences(values) > 0 { difference(values, 1) } else { values.to_vec() };
    autocorrelation(&steady, period).is_ok_and(|r| {
        let earlier: f64 = r[1..period].iter().map(|r| r * r).sum();
        r[period].abs() > normal::quantile(0.95) * ((1.0 + 2.0 * earlier) / steady.len() as f64).sqrt()
    })
}

impl Fit {
    /// Forecasts `level + slope / 2 (h - 1 + (1 - (1 - alpha)^n) / alpha)`, with variance `sigma^2 (1 + (h - 1) alpha^2)` as simple exponential
    /// smoothing (R's `thetaf`), the season put back.
    pub(super) fn forecast(&self, horizon: usize) -> Path {
        let (level, alpha) = (self.smoothing.level(), self.smoothing.alpha);
        let mean = |h: usize| {
            let value = level + self.slope / 2.0 * (h as f64 + weight(alpha, self.count));
            match self.season.get(h % self.season.len().max(1)) {
                Some(season) if self.multiplicative => value * season,
                Some(season) => value + season,
                None => value,
            }
        };
        let variance = |h: usize| self.variance * (1.0 + h as f64 * alpha * alpha);
        Path { mean: (0..horizon).map(mean).collect(), variance: (0..horizon).map(variance).collect() }
    }

    /// What was taken off, in words.
    pub(super) fn name(&self) -> String {
        let season = match (self.season.is_empty(), self.multiplicative) {
            (true, _) => "no season",
            (false, true) => "multiplicative season",
            (false, false) => "additive season",
        };
        format!("Theta, {season}")
    }

    /// The estimates, as names and numbers.
    pub(super) fn parameters(&self) -> Vec<(String, f64)> {
        vec![("alpha".to_owned(), self.smoothing.alpha), ("drift".to_owned(), self.slope / 2.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Silent;
    use super::super::super::golden::{number, numbers, walk, weekly};
    use super::*;

    /// `ThetaModel(y, period=7, use_test=False, method="additive").fit(use_mle=False).forecast(14)`, statsmodels 0.15.0, which smooths with
    /// another optimiser.
    #[test]
    fn agrees_with_statsmodels() {
        let found = fit(&weekly(70), 7, &Silent).unwrap();
        assert!((found.smoothing.alpha - number("/theta/alpha")).abs() < 1e-3);
        assert!((found.slope - number("/theta/b0")).abs() < 1e-9);
        let path = found.forecast(14);
        for (found, expected) in path.mean.iter().zip(numbers("/theta/forecast")) {
            assert!((found - expected).abs() < 2e-3, "{found} is not {expected}");
        }
        assert!(path.variance.windows(2).all(|pair| pair[1] > pair[0]));
    }

    #[test]
    fn a_season_that_does_not_show_is_left_alone() {
        assert!(fit(&walk(80), 7, &Silent).unwrap().season.is_empty());
        assert!(!season_shows(&[1.0; 30], 7) && !season_shows(&[1.0], 7));
        assert!(matches!(fit(&[1.0, 2.0], 7, &Silent), Err(SeriesError::TooShort { .. })));
    }
}
