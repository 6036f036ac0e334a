//! How good forecasts would have been: every model forecasts from several days of the past what is known by now.
//!
//! Rolling origins (Tashman 2000): the model sees the values before an origin and forecasts the next `horizon`. The form of a model (of
//! exponential smoothing, the orders of ARIMA, see [`Choice`]) is chosen once, from the values before the earliest origin, so that no origin
//! sees its own future; its parameters are estimated anew at every origin. Origins run in parallel; the result does not depend on the number
//! of threads.

use super::forecast::{self, Choice, Forecast, Model, Settings};
use super::{Progress, SeriesError, calendar, check};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Horizon, season and transform, the same for every model.
    pub settings: Settings,
    /// Origins, 1 to 100; fewer are used, with a note, when the series is too short for so many.
    pub origins: usize,
    /// Steps from one origin to the next; `None` for the horizon, so that no value is forecast twice.
    pub spacing: Option<usize>,
}

impl Default for Plan {
    fn default() -> Self {
        Self { settings: Settings::default(), origins: 6, spacing: None }
    }
}

/// How one model did, over all origins and steps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = BacktestScore)]
pub struct Score {
    /// The model.
    pub model: Model,
    /// Its form; absent when it failed.
    pub choice: Option<Choice>,
    /// Its form in the usual notation.
    pub name: String,
    /// Mean absolute error, in the unit of the series.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub mae: f64,
    /// Root of the mean squared error, in the unit of the series.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub rmse: f64,
    /// Mean absolute scaled error (Hyndman and Koehler 2006): absolute errors divided by the mean absolute seasonal difference of the values
    /// before the origin. 1 is as good as the seasonal naive forecast was there one season ahead. NaN when those differences are all 0.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub mase: f64,
    /// Mean of forecast minus value: above 0 the model forecasts too much.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub bias: f64,
    /// Share of values inside the 80 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub coverage_80: f64,
    /// Share of values inside the 95 % intervals.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub coverage_95: f64,
    /// Mean absolute error at each step ahead; NaN where no value is known.
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub mae_by_step: Vec<f64>,
    /// Mean absolute scaled error at each origin, in the order of [`Backtest::origins`].
    #[serde(deserialize_with = "crate::stats::missing::list")]
    pub mase_by_origin: Vec<f64>,
    /// Why there are no numbers.
    pub failure: Option<String>,
}

/// The comparison of all models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Backtest {
    /// A score for each model, in the order asked for.
    pub scores: Vec<Score>,
    /// Index of the first value forecast at each origin, ascending.
    pub origins: Vec<usize>,
    /// The model with the lowest MASE; the simplest of equals.
    pub best: Model,
    /// Lower MASE of the best model than of the seasonal naive one, as a share of the latter; 0 when that is the best, NaN when undefined.
    #[serde(deserialize_with = "crate::stats::missing::number")]
    pub improvement: f64,
    /// Whether that is worth having, as a sentence.
    pub sentence: String,
    /// What the reader must know, as sentences.
    pub notes: Vec<String>,
}

/// Most origins.
const MOST: usize = 100;

/// Back-tests models; [`Model::SeasonalNaive`] is always among them, first. Missing values are interpolated for the models and not scored.
///
/// # Errors
///
/// When the plan is out of range, the series is shorter than three seasons plus the horizon, every model fails, or on cancelling. A model that
/// fails alone is reported in its score.
pub fn backtest(values: &[f64], models: &[Model], plan: &Plan, watch: &dyn Progress) -> Result<Backtest, SeriesError> {
    let origins = origins(values.len(), plan)?;
    let mut notes = Vec::new();
    if origins.len() < plan.origins {
        notes.push(format!("The series is long enough for {} origins, not {}.", origins.len(), plan.origins));
    }
    let mut asked = vec![Model::SeasonalNaive];
    asked.extend(models.iter().filter(|model| **model != Model::SeasonalNaive));
    let mut models: Vec<Model> = Vec::new();
    for model in asked {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    let total = models.len() * (origins.len() + 1);
    let done = AtomicUsize::new(0);
    let report = |message: &str| {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        watch.progress(done as f64 / total as f64, message);
    };
    let choices: Vec<Result<Choice, SeriesError>> = models
        .par_iter()
        .map(|model| {
            let choice = forecast::choose(&values[..origins[0]], *model, &plan.settings, watch);
            report("Choosing forms");
            choice
        })
        .collect();
    check(watch)?;
    let pairs: Vec<(usize, usize)> =
        (0..models.len()).flat_map(|model| origins.iter().map(move |origin| (model, *origin))).collect();
    let forecasts: Vec<Result<Forecast, SeriesError>> = pairs
        .par_iter()
        .map(|(model, origin)| {
            let choice = choices[*model].clone()?;
            let found = forecast::forecast_as(&values[..*origin], choice, &plan.settings, watch);
            report("Testing on the past");
            found
        })
        .collect();
    check(watch)?;
    let scores: Vec<Score> = models
        .iter()
        .zip(forecasts.chunks(origins.len()))
        .map(|(model, forecasts)| score(values, *model, &origins, forecasts, plan.settings.period))
        .collect();
    let best = best(&scores)?;
    let (improvement, sentence) = verdict(&scores[0], best, plan.settings.period);
    Ok(Backtest { best: best.model, improvement, sentence, notes, origins, scores })
}

fn origins(n: usize, plan: &Plan) -> Result<Vec<usize>, SeriesError> {
    let Settings { horizon, period, .. } = plan.settings;
    let refuse =
        |parameter, allowed, value: usize| SeriesError::Parameter { parameter, allowed, value: value.to_string() };
    if !(1..=MOST).contains(&plan.origins) {
        return Err(refuse("the number of origins", "1 to 100", plan.origins));
    }
    let spacing = plan.spacing.unwrap_or(horizon);
    if spacing == 0 {
        return Err(refuse("the spacing of origins", "1 step or more", 0));
    }
    let least = period.saturating_mul(3).max(8);
    let needed = least.saturating_add(horizon);
    if n < needed {
        return Err(SeriesError::TooShort { what: "a back-test", needed, count: n });
    }
    let last = n - horizon;
    let mut list: Vec<usize> =
        (0..plan.origins).map_while(|i| last.checked_sub(i * spacing)).filter(|origin| *origin >= least).collect();
    list.reverse();
    Ok(list)
}

fn score(
    values: &[f64],
    model: Model,
    origins: &[usize],
    forecasts: &[Result<Forecast, SeriesError>],
    period: usize,
) -> Score {
    let mut tally = Tally::default();
    let mut failure = None;
    for (origin, forecast) in origins.iter().zip(forecasts) {
        match forecast {
            Ok(forecast) => tally.add(&values[*origin..], forecast, seasonal_scale(&values[..*origin], period)),
            Err(error) => failure = Some(error.to_string()),
        }
    }
    let described = forecasts.iter().flatten().next();
    if failure.is_some() {
        tally = Tally::default();
    }
    let count = tally.errors.len() as f64;
    let mean = |of: &dyn Fn(f64) -> f64| tally.errors.iter().map(|error| of(*error)).sum::<f64>() / count;
    Score {
        model,
        choice: described.map(|forecast| forecast.choice),
        name: described.map_or_else(|| model.label().to_owned(), |forecast| forecast.name.clone()),
        mae: mean(&f64::abs),
        rmse: mean(&|error| error * error).sqrt(),
        mase: tally.scaled.iter().sum::<f64>() / tally.scaled.len() as f64,
        bias: mean(&|error| error),
        coverage_80: tally.inside_80 as f64 / count,
        coverage_95: tally.inside_95 as f64 / count,
        mae_by_step: tally.by_step.iter().map(|(sum, count)| sum / *count as f64).collect(),
        mase_by_origin: tally.by_origin,
        failure,
    }
}

#[derive(Default)]
struct Tally {
    errors: Vec<f64>,
    scaled: Vec<f64>,
    inside_80: usize,
    inside_95: usize,
    by_step: Vec<(f64, usize)>,
    by_origin: Vec<f64>,
}

impl Tally {
    fn add(&mut self, values: &[f64], forecast: &Forecast, scale: f64) {
        self.by_step.resize(forecast.point.len(), (0.0, 0));
        let before = self.scaled.len();
        for (h, (value, point)) in values.iter().zip(&forecast.point).enumerate().filter(|(_, (v, _))| v.is_finite()) {
            let error = point - value;
            self.errors.push(error);
            self.scaled.push(if scale > 0.0 { error.abs() / scale } else { f64::NAN });
            let inside = |low: &[f64], high: &[f64]| usize::from(low[h] <= *value && *value <= high[h]);
            self.inside_80 += inside(&forecast.low_80, &forecast.high_80);
            self.inside_95 += inside(&forecast.low_95, &forecast.high_95);
            self.by_step[h].0 += error.abs();
            self.by_step[h].1 += 1;
        }
        let new = &self.scaled[before..];
        self.by_origin.push(new.iter().sum::<f64>() / new.len() as f64);
    }
}

/// Mean absolute seasonal difference, the unit of MASE.
fn seasonal_scale(values: &[f64], period: usize) -> f64 {
    let (filled, _) = calendar::interpolate(values);
    let differences = super::verdict::difference(&filled, period);
    differences.iter().map(|difference| difference.abs()).sum::<f64>() / differences.len() as f64
}

/// The score with the lowest MASE, or MAE where MASE is undefined; the earlier of equals.
fn best(scores: &[Score]) -> Result<&Score, SeriesError> {
    let key = |score: &Score| if score.mase.is_nan() { score.mae } else { score.mase };
    let mut best: Option<&Score> = None;
    for score in scores.iter().filter(|score| score.failure.is_none() && !key(score).is_nan()) {
        if best.is_none_or(|best| key(score) < key(best)) {
            best = Some(score);
        }
    }
    best.ok_or_else(|| SeriesError::Model {
        model: "the back-test",
        reason: scores
            .iter()
            .find_map(|score| score.failure.clone())
            .unwrap_or_else(|| "no value to compare with".to_owned()),
    })
}

fn verdict(naive: &Score, best: &Score, period: usize) -> (f64, String) {
    let yardstick = if period > 1 { "repeating the last season" } else { "repeating the last value" };
    if best.model == Model::SeasonalNaive {
        return (0.0, format!("No model beats {yardstick}: use that, and treat it as a rough guide."));
    }
    let label = best.model.label();
    if naive.mase.is_nan() || best.mase.is_nan() || naive.mase <= 0.0 {
        return (f64::NAN, format!("{label} has the lowest mean absolute error."));
    }
    let improvement = 1.0 - best.mase / naive.mase;
    let origins = best.mase_by_origin.len();
    let nearer = best.mase_by_origin.iter().zip(&naive.mase_by_origin).filter(|(best, naive)| best < naive).count();
    let strength = if improvement < 0.05 {
        ", too little to rely on"
    } else if nearer * 4 < origins * 3 || origins < 4 {
        ", but not steadily"
    } else {
        ""
    };
    let sentence = format!(
        "{label} is best: its error is {:.0} % below that of {yardstick} (MASE {:.2} against {:.2}), nearer at {nearer} of \
         {origins} origins{strength}.",
        100.0 * improvement,
        best.mase,
        naive.mase,
    );
    (improvement, sentence)
}

#[cfg(test)]
#[path = "backtest_tests.rs"]
mod tests;
