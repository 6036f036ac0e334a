//! Splitting a series into trend, season and remainder; the classical way, and the strength of each part whichever way was used.
//!
//! [`stl`](super::stl) holds the decompositions by local regression.

use super::{SeriesError, complete, is_constant};
use serde::{Deserialize, Serialize};

/// How the parts make up the series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = DecompositionForm)]
pub enum Form {
    /// `x = trend + season + remainder`, all in the unit of the series.
    #[default]
    Additive,
    /// `x = trend * season * remainder`; season and remainder are factors around 1.
    Multiplicative,
}

/// The parts of a series, each as long as the series.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Decomposition {
    /// How the parts make up the series.
    pub form: Form,
    /// Steps in a season, one for each seasonal part, ascending.
    pub periods: Vec<usize>,
    /// The trend; NaN in the first and last half season of a classical decomposition.
    pub trend: Vec<f64>,
    /// One seasonal part for each period.
    pub seasonal: Vec<Vec<f64>>,
    /// What is left; NaN where the trend is.
    pub remainder: Vec<f64>,
}

impl Decomposition {
    /// Strength of the trend, `max(0, 1 - var(R) / var(T + R))`: 0 for none, 1 when nothing else is there (Wang, Smith and Hyndman 2006).
    /// Of logarithms for the multiplicative form; over the places where the trend is known. NaN when trend and remainder together do
    /// not vary.
    #[must_use]
    pub fn trend_strength(&self) -> f64 {
        self.strength(&self.trend)
    }

    /// Strength of the seasonal part `index`, `max(0, 1 - var(R) / var(S + R))`, read as [`Self::trend_strength`]. NaN without such a
    /// part.
    #[must_use]
    pub fn seasonal_strength(&self, index: usize) -> f64 {
        self.seasonal.get(index).map_or(f64::NAN, |seasonal| self.strength(seasonal))
    }

    fn strength(&self, part: &[f64]) -> f64 {
        let scale = |value: f64| if self.form == Form::Multiplicative { value.ln() } else { value };
        let known: Vec<(f64, f64)> = (self.remainder.iter().zip(part))
            .map(|(remainder, part)| (scale(*remainder), scale(*part)))
            .filter(|(remainder, part)| remainder.is_finite() && part.is_finite())
            .collect();
        let rest = variance(known.iter().map(|(remainder, _)| *remainder));
        let both = variance(known.iter().map(|(remainder, part)| remainder + part));
        // A variance of rounding errors is none.
        let size = known.iter().map(|(remainder, part)| (remainder + part).abs()).fold(0.0, f64::max);
        if both.is_nan() || both <= (1e-13 * size).powi(2) { f64::NAN } else { (1.0 - rest / both).max(0.0) }
    }
}

fn variance(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let n = values.clone().count() as f64;
    let mean = values.clone().sum::<f64>() / n;
    values.map(|value| (value - mean).powi(2)).sum::<f64>() / n
}

/// The classical decomposition: the trend is a centred moving average over one season (with half weights at both ends when the period is
/// even), the season the mean of what is left at each place in it, shifted to sum to 0 (or scaled to average 1). Reproduces
/// `statsmodels.tsa.seasonal.seasonal_decompose(x, model, period=period)`; the trend is NaN for half a season at both ends.
///
/// # Errors
///
/// With missing values, fewer than two seasons, a period below 2; for the multiplicative form when a value is 0 or negative.
pub fn classical(values: &[f64], period: usize, form: Form) -> Result<Decomposition, SeriesError> {
    enough(values, period)?;
    let min = values.iter().copied().fold(f64::INFINITY, f64::min);
    let multiplicative = form == Form::Multiplicative;
    if multiplicative && min <= 0.0 {
        let (what, instead) = ("a multiplicative decomposition", "use the additive form");
        return Err(SeriesError::NotPositive { what, instead, min });
    }
    let without = |value: f64, part: f64| if multiplicative { value / part } else { value - part };
    let trend = centred_average(values, period);
    let detrended: Vec<f64> = values.iter().zip(&trend).map(|(value, trend)| without(*value, *trend)).collect();
    let at_place = |place: usize| {
        let known: Vec<f64> = detrended.iter().skip(place).step_by(period).copied().filter(|x| !x.is_nan()).collect();
        super::mean(&known)
    };
    let places: Vec<f64> = (0..period).map(at_place).collect();
    let centre = super::mean(&places);
    let seasonal: Vec<f64> = (0..values.len()).map(|t| without(places[t % period], centre)).collect();
    let remainder = detrended.iter().zip(&seasonal).map(|(rest, season)| without(*rest, *season)).collect();
    Ok(Decomposition { form, periods: vec![period], trend, seasonal: vec![seasonal], remainder })
}

fn centred_average(values: &[f64], period: usize) -> Vec<f64> {
    let half = period / 2;
    let even = period.is_multiple_of(2);
    let average = |t: usize| {
        if t < half || t + half >= values.len() {
            return f64::NAN;
        }
        let window = &values[t - half..=t + half];
        let whole: f64 = window.iter().sum();
        let ends = if even { 0.5 * (window[0] + window[2 * half]) } else { 0.0 };
        (whole - ends) / period as f64
    };
    (0..values.len()).map(average).collect()
}

/// Whether the season grows with the level: the form whose remainder is the smaller part of the series. Additive when a value is not
/// positive, when the series is too short, or when nothing varies.
#[must_use]
pub fn suggested_form(values: &[f64], period: usize) -> Form {
    let (Ok(sum), Ok(product)) =
        (classical(values, period, Form::Additive), classical(values, period, Form::Multiplicative))
    else {
        return Form::Additive;
    };
    if is_constant(values) {
        return Form::Additive;
    }
    // Both remainders are brought to the unit of the series.
    let left = |decomposition: &Decomposition| -> f64 {
        let fitted = |t: usize| {
            let (trend, season) = (decomposition.trend[t], decomposition.seasonal[0][t]);
            if decomposition.form == Form::Multiplicative { trend * season } else { trend + season }
        };
        (0..values.len()).map(|t| (values[t] - fitted(t)).powi(2)).filter(|square| !square.is_nan()).sum()
    };
    if left(&product) < left(&sum) { Form::Multiplicative } else { Form::Additive }
}

/// Refuses a season that does not repeat.
pub(super) fn enough(values: &[f64], period: usize) -> Result<(), SeriesError> {
    if period < 2 {
        let allowed = "2 steps or more";
        return Err(SeriesError::Parameter { parameter: "the period", allowed, value: period.to_string() });
    }
    complete("a decomposition", values, 0)?;
    let needed = period.saturating_mul(2);
    if values.len() < needed {
        return Err(SeriesError::TooFewSeasons { period, needed, count: values.len() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::golden::{all_close, noise, numbers, petshop, weekly};
    use super::*;

    fn agrees(found: &Decomposition, name: &str) {
        all_close(&found.trend, &numbers(&format!("/{name}/trend")), 1e-12);
        all_close(&found.seasonal[0], &numbers(&format!("/{name}/seasonal")), 1e-12);
        all_close(&found.remainder, &numbers(&format!("/{name}/remainder")), 1e-11);
    }

    /// `seasonal_decompose(y, model="additive", period=7)` and `seasonal_decompose(y, model="multiplicative", period=12)`, statsmodels
    /// 0.15.0.
    #[test]
    fn agrees_with_statsmodels() {
        agrees(&classical(&weekly(70), 7, Form::Additive).unwrap(), "additive");
        agrees(&classical(&weekly(45), 12, Form::Multiplicative).unwrap(), "multiplicative");
    }

    /// `seasonal_decompose(y, model="additive", period=7).seasonal[:7]` of the daily sales, statsmodels 0.15.0.
    #[test]
    fn agrees_on_the_real_file() {
        let Some(sales) = petshop("sale") else { return };
        let found = classical(&sales, 7, Form::Additive).unwrap();
        let expected = [752.358_702_348_864, 1_427.584_526_524_688_3, 553.728_372_678_534_1, -3_411.475_663_191_256];
        all_close(&found.seasonal[0][..4], &expected, 1e-11);
    }

    #[test]
    fn strength_tells_season_from_noise() {
        let found = classical(&weekly(140), 7, Form::Additive).unwrap();
        assert!(found.seasonal_strength(0) > 0.7 && found.trend_strength() > 0.7);
        assert!(found.seasonal_strength(1).is_nan());
        let random = classical(&noise(700, 3), 7, Form::Additive).unwrap();
        assert!(random.seasonal_strength(0) < 0.2, "{}", random.seasonal_strength(0));
        let constant = classical(&[5.0; 20], 7, Form::Additive).unwrap();
        assert!(constant.trend_strength().is_nan());
    }

    #[test]
    fn suggests_the_form_that_leaves_less() {
        let grows = |t: usize| (100.0 + 10.0 * t as f64) * [1.0, 1.5, 0.5, 1.0, 1.2, 0.8, 1.0][t % 7];
        let values: Vec<f64> = (0..70).map(grows).collect();
        assert_eq!(suggested_form(&values, 7), Form::Multiplicative);
        assert_eq!(suggested_form(&weekly(70), 7), Form::Additive);
        assert_eq!(suggested_form(&[0.0; 30], 7), Form::Additive);
    }

    #[test]
    fn refuses_what_cannot_be_split() {
        let zero = classical(&[0.0; 20], 7, Form::Multiplicative).unwrap_err();
        assert_eq!(
            zero.to_string(),
            "a multiplicative decomposition needs values above zero, but the smallest is 0; use the additive form"
        );
        let short = classical(&[1.0; 13], 7, Form::Additive);
        assert_eq!(short, Err(SeriesError::TooFewSeasons { period: 7, needed: 14, count: 13 }));
        assert!(matches!(classical(&[1.0, f64::NAN], 2, Form::Additive), Err(SeriesError::Missing { .. })));
        assert!(matches!(classical(&[1.0; 9], 0, Form::Additive), Err(SeriesError::Parameter { .. })));
    }
}
