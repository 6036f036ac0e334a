//! Forecasts: known ones found, new ones asked for as jobs and kept.

use crate::query::QueryError;
use crate::query::sales::Measure;
use crate::segment::anatomy::{Choices, Differencing, Method};
use crate::segment::outlook::LONGEST;
use std::sync::Arc;

use crate::jobs::{Ending, Job};
use crate::segment::anatomy::Transform;
use crate::segment::forecasts::{SavedForecast, key};
use crate::segment::outlook::{self, check, look_ahead};
use crate::series::SeriesError;
use crate::web::context::PageContext;
use crate::web::error::{AppError, sentence};
use crate::web::question::{Asking, Question};
use crate::web::state::AppState;

/// What is to be forecast.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct ForecastQuestion {
    pub measure: Measure,
    pub horizon: usize,
    pub transform: Transform,
}

impl ForecastQuestion {
    pub(in crate::web) fn of(context: &PageContext, asked: &ForecastKeys) -> Result<Self, AppError> {
        let measure = context.measure(asked.measure, Measure::main(context.facts()?))?;
        Ok(Self { measure, horizon: asked.horizon, transform: asked.choices.transform })
    }
}

/// What addresses say of forecasts.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct ForecastKeys {
    pub measure: Option<Measure>,
    pub horizon: usize,
    /// How the series is to be looked at.
    pub choices: Choices,
}

impl Question for ForecastKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        let days = |text: &str| {
            let known = text.parse().ok().filter(|days| (1..=LONGEST).contains(days));
            known.ok_or_else(|| QueryError::BadLimit {
                column: "the days ahead".to_owned(),
                text: text.to_owned(),
                expected: "number from 1 to 365",
            })
        };
        // The way back leads to where one came from, as it was set.
        for key in ["step", "facet", "down", "across"] {
            asking.text(key);
        }
        Ok(Self {
            measure: asking.parsed("measure", Measure::parse)?,
            horizon: asking.parsed("horizon", days)?.unwrap_or(28),
            choices: choices(asking)?,
        })
    }
}

/// How a series is to be looked at.
pub(in crate::web) fn choices(asking: &mut Asking<'_>) -> Result<Choices, AppError> {
    Ok(Choices {
        method: asking.parsed("decomposition", Method::parse)?.unwrap_or_default(),
        transform: asking.parsed("transform", Transform::parse)?.unwrap_or_default(),
        differencing: asking.parsed("differences", Differencing::parse)?.unwrap_or_default(),
    })
}

/// The whole question: what was asked, and of which facts.
fn question(context: &PageContext, asked: ForecastQuestion) -> outlook::Question {
    // A model only matters where segments are filtered by.
    let model = context.entry.as_ref().filter(|_| !context.filter.segments.is_empty());
    outlook::Question {
        measure: asked.measure,
        horizon: asked.horizon,
        box_cox: asked.transform == Transform::BoxCox,
        filter: context.filter.pairs(&context.dataset.customers),
        model: model.map(|entry| (entry.model.name.clone(), entry.model.trained_at)),
    }
}

/// The answer, when it was worked out before from the same data.
pub(in crate::web) fn known(context: &PageContext, asked: ForecastQuestion) -> Option<&Arc<SavedForecast>> {
    context.snapshot.forecasts.get(&key(&context.dataset, &question(context, asked)))
}

/// Queues a forecast, unless the values allow none.
///
/// # Errors
/// [`AppError::Unprocessable`] when the transform does not fit the values, [`AppError::Busy`] when the queue is full.
pub(in crate::web) async fn start(
    state: &Arc<AppState>,
    context: PageContext,
    asked: ForecastQuestion,
    result: String,
) -> Result<Arc<Job>, AppError> {
    let question = question(&context, asked);
    let context = Arc::new(context);
    let (checked, what) = (Arc::clone(&context), question.clone());
    state
        .compute(move || {
            let view = checked.sales()?;
            // A database that does not answer is told as such.
            view.days()?;
            check(&view, &what).map_err(AppError::from)
        })
        .await??;
    let key = key(&context.dataset, &question);
    let title =
        format!("Forecasting {} of {}", question.measure.label().to_lowercase(), context.dataset.manifest.title);
    let dataset = context.dataset.name.clone();
    let shared = Arc::clone(state);
    let job = state.jobs.submit(
        &dataset,
        &title,
        &format!("forecast {key}"),
        Box::new(move |observer| {
            let found = match context.sales() {
                Ok(view) => look_ahead(&view, &question, observer),
                Err(error) => return Ending::Failed(error.to_string()),
            };
            match found {
                Ok(outlook) => {
                    let mut message = format!("{} days by {}.", question.horizon, outlook.forecast.name);
                    let forecast = SavedForecast::new(&context.dataset, question, outlook);
                    match shared.keep_forecast(forecast) {
                        Ok(None) => {}
                        Ok(Some(reason)) => message.push_str(&format!(
                            " It is shown until the program ends, but could not be saved: {reason}"
                        )),
                        Err(gone) => return Ending::Failed(gone.to_string()),
                    }
                    Ending::Done { result, message }
                }
                Err(SeriesError::Cancelled) => Ending::Cancelled,
                Err(error) => Ending::Failed(sentence(&error.to_string())),
            }
        }),
    )?;
    Ok(job)
}
