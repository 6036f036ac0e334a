//! What comes next: a series of sales analysed, forecast, and the forecast put to the test on its own past.

use serde::{Deserialize, Serialize};

use crate::dataset::DatasetError;
use crate::dataset::manifest::Gaps;
use crate::progress::{Part, Progress};
use crate::query::sales::{Grain, Measure, SalesView, check_steps};
use crate::series::backtest::{Backtest, Plan, backtest};
use crate::series::calendar::interpolate;
use crate::series::forecast::{Forecast, Model, Settings, forecast};
use crate::series::{SeriesError, stl, transform};
use crate::stats::describe::mean;

/// Days of a season.
pub const WEEK: usize = 7;

/// Longest horizon that can be asked for, in days.
pub const LONGEST: usize = 365;

/// What is asked of the future.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ForecastQuestion)]
pub struct Question {
    /// What is forecast.
    pub measure: Measure,
    /// Days ahead, 1 to 365.
    pub horizon: usize,
    /// Whether a Box-Cox transform of the series is modelled.
    pub box_cox: bool,
    /// Which facts, as keys and values of an address.
    pub filter: Vec<(String, String)>,
    /// Name and time of training of the model whose segments the filter names; `null` when it names none.
    pub model: Option<(String, u64)>,
}

/// What is expected of a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Outlook {
    /// First day of the series since 1970-01-01.
    pub first_day: i32,
    /// A value a day; NaN where it is not known.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub values: Vec<f64>,
    /// How good each model would have been.
    pub backtest: Option<Backtest>,
    /// The forecast of the best model.
    pub forecast: Forecast,
    /// The model behind it.
    pub model: Model,
    /// What could not be worked out and why, as sentences.
    pub missing: Vec<String>,
}

impl Outlook {
    /// Mean of the forecast days.
    #[must_use]
    pub fn mean_ahead(&self) -> f64 {
        mean(&self.forecast.point)
    }

    /// Mean of as many known days before as are forecast; NaN when none of them is known.
    #[must_use]
    pub fn mean_before(&self) -> f64 {
        let start = self.values.len().saturating_sub(self.forecast.point.len());
        mean(&self.values[start..])
    }
}

/// Daily values of a measure from the first to the last day of the view, with what a day without facts means for it.
///
/// # Errors
/// [`SeriesError::Source`] when the period is too long, or the facts are in a database that cannot be asked.
pub fn daily(view: &SalesView<'_>, measure: Measure) -> Result<(i32, Vec<f64>), SeriesError> {
    let source = |error: DatasetError| SeriesError::Source(error.to_string());
    check_steps(view.days().map_err(source)?, Grain::Day).map_err(|error| SeriesError::Source(error.to_string()))?;
    let series = view.by_time(Grain::Day, measure).map_err(source)?;
    let unknown = view.facts.missing_days == Gaps::Missing;
    let values = series
        .iter()
        .map(|(_, totals)| if unknown && totals.lines == 0 { f64::NAN } else { measure.of(totals) })
        .collect();
    Ok((series.first().map_or(0, |(day, _)| *day), values))
}

/// Whether the values allow what is asked of them; quick, for asking before the work is queued.
///
/// # Errors
/// [`SeriesError::NotPositive`] when a Box-Cox transform is asked for and a value is 0 or negative; [`SeriesError::Source`] as
/// [`daily`].
pub fn check(view: &SalesView<'_>, question: &Question) -> Result<(), SeriesError> {
    let (_, values) = daily(view, question.measure)?;
    if !question.box_cox {
        return Ok(());
    }
    let (complete, _) = interpolate(&values);
    match transform::box_cox(&complete) {
        Err(error @ SeriesError::NotPositive { .. }) => Err(error),
        _ => Ok(()),
    }
}

/// Forecasts a measure of the view, whose facts are those that the question names.
///
/// The model is the one of the lowest mean absolute scaled error when each forecast several weeks of the past.
///
/// # Errors
/// [`SeriesError`] when there is nothing to forecast, the horizon or the period is out of range, a value is not positive although
/// a Box-Cox transform is asked for, the facts are in a database that cannot be asked, or the observer cancels.
pub fn look_ahead(view: &SalesView<'_>, question: &Question, observer: &dyn Progress) -> Result<Outlook, SeriesError> {
    let horizon = question.horizon;
    if !(1..=LONGEST).contains(&horizon) {
        return Err(SeriesError::Parameter {
            parameter: "the horizon",
            allowed: "1 to 365 days",
            value: horizon.to_string(),
        });
    }
    let (first_day, values) = daily(view, question.measure)?;
    let watch = |from: f64, to: f64| Part::of(observer, from..to);
    let mut missing = Vec::new();
    let seasons = Settings { horizon, period: WEEK, box_cox: question.box_cox, ..Settings::default() };
    let plan = Plan { settings: Settings { horizon: horizon.min(28), ..seasons }, ..Plan::default() };
    let tested = backtest(&values, &Model::ALL, &plan, &watch(0.0, 0.9));
    let backtest = found(tested, "No model could be tested on the past", &mut missing)?;
    let model = backtest.as_ref().map_or(Model::SeasonalNaive, |backtest| backtest.best);
    let forecast = forecast(&values, model, &seasons, &watch(0.9, 1.0))?;
    Ok(Outlook { first_day, values, backtest, forecast, model, missing })
}

/// Cancelling ends everything; any other failure leaves its part out with the reason.
fn found<T>(result: Result<T, SeriesError>, what: &str, missing: &mut Vec<String>) -> Result<Option<T>, SeriesError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(SeriesError::Cancelled) => Err(SeriesError::Cancelled),
        Err(error) => {
            missing.push(format!("{what}: {error}."));
            Ok(None)
        }
    }
}

/// Days whose value lies far from what trend and weekday make likely: the remainder is more than three interquartile ranges
/// outside its quartiles (Tukey, 1977). Empty for series that are too short to tell.
#[must_use]
pub fn unusual_days(values: &[f64]) -> Vec<usize> {
    use crate::stats::describe::{quantile_sorted, sorted_finite};
    let (complete, _) = interpolate(values);
    let settings = stl::Settings { robust: true, ..stl::Settings::default() };
    let Ok(parts) = stl::stl(&complete, WEEK, &settings, &crate::series::Silent) else { return Vec::new() };
    let sorted = sorted_finite(&parts.remainder);
    let (low, high) = (quantile_sorted(&sorted, 0.25), quantile_sorted(&sorted, 0.75));
    let reach = 3.0 * (high - low);
    let far = |at: &usize| values[*at].is_finite() && !(low - reach..=high + reach).contains(&parts.remainder[*at]);
    (0..values.len()).filter(far).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_out_of_line_is_unusual_and_a_busy_weekday_is_not() {
        let mut values: Vec<f64> = (0..140)
            .map(|day| 100.0 + f64::from(day % 7) * 20.0 + f64::from(day) * 0.5 + f64::from(day * 37 % 11))
            .collect();
        assert!(unusual_days(&values).is_empty());
        values[70] += 300.0;
        values[99] = f64::NAN;
        assert_eq!(unusual_days(&values), [70]);
        assert!(unusual_days(&values[..10]).is_empty());
        assert!(unusual_days(&[]).is_empty());
    }
}
