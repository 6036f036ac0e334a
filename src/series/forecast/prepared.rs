//! From a series to a forecast: gaps, transform, fallbacks, intervals and their way back.

use super::super::{Progress, SeriesError, calendar, check, is_constant, normal, transform};
use super::{Choice, Forecast, LONGEST, Model, Settings, arima, baseline, ets, search, theta};
use crate::stats::power;

/// A complete series on the scale on which it is modelled.
pub(super) struct Prepared<'a> {
    settings: &'a Settings,
    values: Vec<f64>,
    lambda: Option<f64>,
    notes: Vec<String>,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(values: &[f64], settings: &'a Settings) -> Result<Self, SeriesError> {
        let refuse =
            |parameter, allowed, value: usize| SeriesError::Parameter { parameter, allowed, value: value.to_string() };
        if !(1..=LONGEST).contains(&settings.horizon) {
            return Err(refuse("the horizon", "1 to 1,000 steps", settings.horizon));
        }
        if settings.period == 0 {
            return Err(refuse("the period", "1 step or more", 0));
        }
        let (mut values, filled) = calendar::interpolate(values);
        if !values.first().is_some_and(|value| value.is_finite()) {
            return Err(SeriesError::TooShort { what: "a forecast", needed: 1, count: 0 });
        }
        let mut notes = Vec::new();
        if filled > 0 {
            notes.push(format!("{filled} missing values were filled on the line between their neighbours."));
        }
        let mut lambda = None;
        if settings.box_cox && !is_constant(&values) {
            let (scaled, power) = transform::box_cox(&values)?;
            values = scaled;
            notes.push(format!(
                "Modelled after a Box-Cox transform with power {power:.3}: point forecasts are medians, and lie below the mean where the \
                 distribution is skewed to the right."
            ));
            lambda = Some(power);
        }
        Ok(Self { settings, values, lambda, notes })
    }

    /// Searches for the best form, unless the series allows none.
    pub(super) fn choose(&self, model: Model, watch: &dyn Progress) -> Result<Choice, SeriesError> {
        check(watch)?;
        let (values, period) = (&self.values, self.settings.period);
        if is_constant(values) || values.len() < 4 {
            return Ok(Choice::SeasonalNaive);
        }
        if values.len() < 2 * period {
            return Ok(Choice::Mean);
        }
        Ok(match model {
            Model::SeasonalNaive => Choice::SeasonalNaive,
            Model::Ets => Choice::Ets(ets::choose(values, period, watch)?.form),
            Model::Arima => Choice::Arima(search::choose(values, period, watch)?),
            Model::Theta => Choice::Theta,
        })
    }

    /// Estimates the form and forecasts.
    pub(super) fn forecast(self, choice: Choice, watch: &dyn Progress) -> Result<Forecast, SeriesError> {
        let Settings { horizon, period, .. } = *self.settings;
        let values = &self.values;
        let mut notes = self.notes.clone();
        let (path, fitted, name, parameters) = match choice {
            Choice::SeasonalNaive => {
                let short = values.len() <= period;
                if is_constant(values) {
                    notes.push(
                        "All values are equal: the forecast is that value, and its intervals have no width.".to_owned(),
                    );
                } else if short {
                    notes.push("The series is too short for any model: the forecast is its last value.".to_owned());
                }
                let season = if short || is_constant(values) { 1 } else { period };
                let (path, fitted) = baseline::seasonal_naive(values, season, horizon);
                (path, fitted, if season == 1 { "Naive" } else { "Seasonal naive" }.to_owned(), Vec::new())
            }
            Choice::Mean => {
                notes.push("The series is shorter than two seasons: the forecast is its mean.".to_owned());
                let (path, fitted) = baseline::average(values, horizon);
                (path, fitted, "Mean".to_owned(), Vec::new())
            }
            Choice::Ets(form) => {
                let fit = ets::fit(values, period, form, watch)?;
                (fit.forecast(horizon), fit.fitted.clone(), form.name(), fit.parameters())
            }
            Choice::Arima(orders) => {
                let fit = arima::fit(values, period, orders, watch)?;
                (fit.forecast(values, horizon), fit.fitted.clone(), orders.name(period), fit.parameters())
            }
            Choice::Theta => {
                let fit = theta::fit(values, period, watch)?;
                (fit.forecast(horizon), fit.fitted.clone(), fit.name(), fit.parameters())
            }
        };
        let fitted = fitted.into_iter().map(|value| self.restore(value)).collect();
        let at = |z: f64| -> Vec<f64> {
            path.mean
                .iter()
                .zip(&path.variance)
                .map(|(mean, variance)| self.restore(mean + z * variance.sqrt()))
                .collect()
        };
        let (eighty, ninety_five) = (normal::quantile(0.9), normal::quantile(0.975));
        let mut lists = [at(0.0), at(-eighty), at(eighty), at(-ninety_five), at(ninety_five)];
        if self.settings.non_negative {
            cut(&mut lists, &mut notes);
        }
        let [point, low_80, high_80, low_95, high_95] = lists;
        Ok(Forecast { choice, name, point, low_80, high_80, low_95, high_95, fitted, parameters, notes })
    }

    /// Back to the unit of the series. Below the range of the transform lies 0, above it nothing.
    fn restore(&self, value: f64) -> f64 {
        let Some(lambda) = self.lambda else { return value };
        if value.is_nan() || lambda * value + 1.0 > 0.0 {
            return power::inverse_box_cox(value, lambda);
        }
        if lambda > 0.0 { 0.0 } else { f64::INFINITY }
    }
}

/// Raises negative numbers to 0 and notes how many point forecasts and lower ends that were.
fn cut(lists: &mut [Vec<f64>; 5], notes: &mut Vec<String>) {
    let below = |list: &[f64]| list.iter().filter(|value| **value < 0.0).count();
    let (points, lows) = (below(&lists[0]), below(&lists[3]));
    if points > 0 {
        notes.push(format!("{points} point forecasts were below 0 and were raised to 0."));
    }
    if lows > 0 {
        notes.push(format!("{lows} lower ends of 95 % intervals were below 0 and were raised to 0."));
    }
    for value in lists.iter_mut().flatten() {
        *value = if *value < 0.0 { 0.0 } else { *value };
    }
}
