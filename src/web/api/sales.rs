//! Sales, RFM and forecasts, from the same queries as the pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::jobs::JobView;
use super::models::body;
use crate::dataset::dates;
use crate::dataset::facts::ReturnsFound;
use crate::query::sales::{Grain, Measure, ReturnedSales, Totals, check_steps, dimension};
use crate::segment::anatomy::{Anatomy, Choices, Transform, take_apart};
use crate::segment::outlook::{LONGEST, Outlook, daily};
use crate::stats::rfm::{Cuts, Heatmap, SegmentSummary};
use crate::web::address::href;
use crate::web::error::AppError;
use crate::web::question::{Asked, Asking, Nothing, Question, RecencyRule};
use crate::web::state::AppState;
use crate::web::work::forecasts::{self, ForecastQuestion, choices};

/// Totals of a step of time.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct StepView {
    /// First day of the step.
    from: String,
    /// What was sold. Different orders and customers are counted when the measure asks for them.
    totals: Totals,
}

/// Totals of a level of a dimension.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LevelView {
    /// The level; `null` for facts without one.
    level: Option<String>,
    /// What was sold.
    totals: Totals,
}

/// Sales of the chosen facts.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct SalesResponse {
    /// All chosen facts.
    totals: Totals,
    /// Gross sales, returns and net sales; absent for facts without returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<ReturnedSales>,
    /// By step of time.
    series: Vec<StepView>,
    /// By weekday, Monday first.
    weekdays: Vec<Totals>,
    /// By the dimension named in `by`.
    levels: Vec<LevelView>,
}

/// What sales can be asked by.
pub(super) struct SalesKeys {
    measure: Option<Measure>,
    step: Option<Grain>,
    by: Option<String>,
}

impl Question for SalesKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            measure: asking.parsed("measure", Measure::parse)?,
            step: asking.parsed("step", Grain::parse)?,
            by: asking.text("by"),
        })
    }
}

/// Sales in all, over time, by weekday and by a dimension. Filters are those of the Sales page.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/sales", tag = "sales", params(("dataset" = String, Path), ("measure" = Option<String>, Query), ("step" = Option<String>, Query), ("by" = Option<String>, Query), ("from" = Option<String>, Query), ("to" = Option<String>, Query)), responses((status = 200, body = SalesResponse), (status = 400), (status = 404)))]
pub(super) async fn sales(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<SalesKeys>,
) -> Result<Json<SalesResponse>, AppError> {
    state
        .compute(move || {
            let view = context.sales()?;
            let measure = context.measure(question.measure, Measure::main(context.facts()?))?;
            let grain = question.step.unwrap_or(Grain::Day);
            check_steps(view.days()?, grain)?;
            let by = question.by.as_deref();
            let by = by.map(|name| dimension(view.facts, name, "to compare sales by")).transpose()?;
            let mut levels = Vec::new();
            if let Some(by) = by {
                let names = by.names.iter().cloned().map(Some).chain([None]);
                let found = names.zip(view.by_level(by, measure)?).filter(|(_, totals)| totals.lines > 0);
                levels.extend(found.map(|(level, totals)| LevelView { level, totals }));
            }
            let step = |(day, totals): (i32, Totals)| StepView { from: dates::format_iso(f64::from(day)), totals };
            let totals = view.totals()?;
            Ok(Json(SalesResponse {
                totals,
                returns: view.returned_of(&totals),
                series: view.by_time(grain, measure)?.into_iter().map(step).collect(),
                weekdays: view.by_weekday(measure)?,
                levels,
            }))
        })
        .await?
}

/// RFM of the chosen customers.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct RfmView {
    /// What earns each score.
    cuts: Cuts,
    /// Customers without scores, of all.
    missing: usize,
    /// Returns, which are left out of recency and frequency and lower monetary value; absent for facts without returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<ReturnsFound>,
    /// Chosen customers by recency and frequency score.
    heatmap: Heatmap,
    /// Chosen customers by segment.
    segments: Vec<SegmentSummary>,
}

/// RFM scores of the chosen customers, by quintiles of all or by bands of recency such as `recency=30,90,180,365`.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/rfm", tag = "sales", params(("dataset" = String, Path), ("recency" = Option<String>, Query)), responses((status = 200, body = RfmView), (status = 400), (status = 404), (status = 422)))]
pub(super) async fn rfm(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<RecencyRule>,
) -> Result<Json<RfmView>, AppError> {
    state
        .compute(move || {
            let found = context.scored(question.0.as_deref())?;
            let (cuts, missing) = (found.scores.cuts, found.scores.missing);
            let returns = context.dataset.facts.as_ref().and_then(|facts| facts.returns.as_ref());
            let returns = returns.map(|returns| returns.found);
            Ok(Json(RfmView { cuts, missing, returns, heatmap: found.heatmap, segments: found.segments }))
        })
        .await?
}

/// What a series can be asked.
pub(super) struct SeriesKeys {
    measure: Option<Measure>,
    choices: Choices,
}

impl Question for SeriesKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { measure: asking.parsed("measure", Measure::parse)?, choices: choices(asking)? })
    }
}

/// What the daily series of the chosen facts is made of: `decomposition` is stl, additive, multiplicative or mstl, `transform` none
/// or box-cox, `differences` none, first or weekly.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/series", tag = "sales", params(("dataset" = String, Path), ("measure" = Option<String>, Query), ("decomposition" = Option<String>, Query), ("transform" = Option<String>, Query), ("differences" = Option<String>, Query)), responses((status = 200, body = Anatomy), (status = 400), (status = 404)))]
pub(super) async fn series(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<SeriesKeys>,
) -> Result<Json<Anatomy>, AppError> {
    state
        .compute(move || {
            let view = context.sales()?;
            let measure = context.measure(question.measure, Measure::main(context.facts()?))?;
            view.days()?;
            let (first_day, values) = daily(&view, measure)?;
            Ok(Json(take_apart(first_day, &values, question.choices)))
        })
        .await?
}

/// What to forecast.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ForecastRequest {
    /// `sales` (the default), `units`, `orders`, `customers`, `average_order_value` or `average_price`.
    measure: Option<String>,
    /// Days ahead, 1 to 365; 28 when silent.
    horizon: Option<usize>,
    /// `none` (the default) or `box-cox`.
    transform: Option<String>,
}

/// Forecasts the chosen facts. The first request queues the work and answers 202 with the job; once that is done the same
/// request answers with the forecast and its back-test. What the series is made of is at `/series`.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/forecasts", tag = "sales", params(("dataset" = String, Path)), request_body = ForecastRequest, responses((status = 200, body = Outlook), (status = 202, body = JobView), (status = 400), (status = 404), (status = 422), (status = 503)))]
pub(super) async fn forecast(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    request: Result<Json<ForecastRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let request = body(request)?;
    let facts = context.facts()?;
    let horizon = request.horizon.unwrap_or(28);
    if !(1..=LONGEST).contains(&horizon) {
        return Err(AppError::BadRequest(format!("The horizon is 1 to {LONGEST} days, not {horizon}.")));
    }
    let measure = request.measure.as_deref().map_or_else(|| Ok(Measure::main(facts)), Measure::parse)?;
    context.check_measure(measure)?;
    let transform = request.transform.as_deref().map_or(Ok(Transform::None), Transform::parse)?;
    let asked = ForecastQuestion { measure, horizon, transform };
    if let Some(known) = forecasts::known(&context, asked) {
        return Ok(Json(&known.outlook).into_response());
    }
    let mut pairs = context.query.0.clone();
    let own = [
        ("measure", measure.as_str().to_owned()),
        ("horizon", horizon.to_string()),
        ("transform", transform.as_str().to_owned()),
    ];
    pairs.retain(|(key, _)| own.iter().all(|(own, _)| key != own));
    pairs.extend(own.map(|(key, value)| (key.to_owned(), value)));
    let page = href(&format!("/d/{}/sales/forecast", context.dataset.name), &pairs);
    let job = forecasts::start(&state, context, asked, page).await?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))).into_response())
}
