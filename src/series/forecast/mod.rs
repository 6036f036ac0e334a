//! What comes next, with intervals that say how sure that is.
//!
//! Four models: seasonal naive (the yardstick), [exponential smoothing](ets), [ARIMA](arima) and theta. Each gives a mean and a variance for
//! every step; the intervals are those of the normal distribution, `mean ± z sqrt(variance)`, with z 1.2816 for 80 % and 1.9600 for 95 %.
//! They hold for errors that are normal, independent and as large in future as they were, and they leave out that the parameters are
//! estimated: [`backtest`](super::backtest) measures how often they hold.
//!
//! anofox-forecast 0.19 was measured and not used; `docs/METHODS.md` says why.

pub mod arima;
mod arma;
mod baseline;
pub mod ets;
mod ets_form;
mod ets_start;
mod prepared;
mod search;
mod theta;

use super::{Progress, SeriesError};
use prepared::Prepared;
use serde::{Deserialize, Serialize};

/// A model to forecast with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = ForecastModel)]
pub enum Model {
    /// The last season again.
    #[default]
    SeasonalNaive,
    /// Exponential smoothing, the form by AICc.
    Ets,
    /// Seasonal ARIMA, the orders by AICc.
    Arima,
    /// The theta method.
    Theta,
}

impl Model {
    /// Every model, the yardstick first.
    pub const ALL: [Self; 4] = [Self::SeasonalNaive, Self::Ets, Self::Arima, Self::Theta];

    /// The name used in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "seasonal-naive",
            Self::Ets => "ets",
            Self::Arima => "arima",
            Self::Theta => "theta",
        }
    }

    /// The name for people.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::SeasonalNaive => "Seasonal naive",
            Self::Ets => "Exponential smoothing",
            Self::Arima => "ARIMA",
            Self::Theta => "Theta",
        }
    }
}

/// How a model looks in detail: what a search found, to be estimated again on other data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case", tag = "model", content = "form")]
#[schema(as = ForecastChoice)]
pub enum Choice {
    /// The last season again.
    SeasonalNaive,
    /// The mean of all values: what is left for series shorter than two seasons.
    Mean,
    /// Exponential smoothing of this form.
    Ets(ets::Form),
    /// ARIMA of these orders.
    Arima(arima::Orders),
    /// The theta method.
    Theta,
}

/// What to forecast and how.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Steps ahead, 1 to 1,000.
    pub horizon: usize,
    /// Steps in a season, such as 7 for days; 1 for none.
    pub period: usize,
    /// Whether to model a Box-Cox transform whose power is estimated by maximum likelihood. Needs values above zero.
    pub box_cox: bool,
    /// Whether negative forecasts and bounds become 0.
    pub non_negative: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { horizon: 28, period: 7, box_cox: false, non_negative: true }
    }
}

/// Longest horizon.
const LONGEST: usize = 1_000;

/// A forecast. Lists have one number for each step ahead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Forecast {
    /// The model and what its search found.
    pub choice: Choice,
    /// The model in the usual notation, such as `ETS(A,N,A)`.
    pub name: String,
    /// Point forecasts in the unit of the series.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub point: Vec<f64>,
    /// Lower ends of the 80 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub low_80: Vec<f64>,
    /// Upper ends of the 80 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub high_80: Vec<f64>,
    /// Lower ends of the 95 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub low_95: Vec<f64>,
    /// Upper ends of the 95 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub high_95: Vec<f64>,
    /// One-step forecasts of the past; NaN where there is none.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub fitted: Vec<f64>,
    /// Estimated numbers by name.
    #[serde(deserialize_with = "crate::stats::missing::named")]
    pub parameters: Vec<(String, f64)>,
    /// What the reader must know, as sentences.
    pub notes: Vec<String>,
}

/// Mean and variance of each step ahead.
struct Path {
    mean: Vec<f64>,
    variance: Vec<f64>,
}

/// Forecasts a series with the best form of a model.
///
/// Missing values are interpolated, with a note. A series shorter than two seasons gets the mean (or, below 4 values, its last value), a
/// constant one itself, each with a note and whatever model was asked for.
///
/// # Errors
///
/// Without any finite value; with a horizon of 0 or above 1,000 or a period of 0; with `box_cox` when a value is 0 or negative; when the model
/// cannot be estimated; when cancelled.
pub fn forecast(
    values: &[f64],
    model: Model,
    settings: &Settings,
    watch: &dyn Progress,
) -> Result<Forecast, SeriesError> {
    let prepared = Prepared::new(values, settings)?;
    let choice = prepared.choose(model, watch)?;
    prepared.forecast(choice, watch)
}

/// Finds the best form of a model without forecasting.
///
/// # Errors
///
/// As [`forecast`].
pub fn choose(values: &[f64], model: Model, settings: &Settings, watch: &dyn Progress) -> Result<Choice, SeriesError> {
    Prepared::new(values, settings)?.choose(model, watch)
}

/// Forecasts with a form that was chosen before; its parameters are estimated from `values`.
///
/// # Errors
///
/// As [`forecast`].
pub fn forecast_as(
    values: &[f64],
    choice: Choice,
    settings: &Settings,
    watch: &dyn Progress,
) -> Result<Forecast, SeriesError> {
    Prepared::new(values, settings)?.forecast(choice, watch)
}

#[cfg(test)]
#[path = "forecast_tests.rs"]
mod tests;
