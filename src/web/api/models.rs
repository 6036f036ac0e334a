//! Models: list, train, segments, edit, predict.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::jobs::JobView;
use crate::query::filter::UNDECIDED_WORD;
use crate::segment::artefact::Scores;
use crate::segment::predict::{Prediction, parse_features, predict_among, scaled_customers};
use crate::segment::profile::{SegmentTotals, SegmentWorth, VariableProfile, findings, profiles};
use crate::segment::{RecipeRequest, Segment, SegmentError, store};
use crate::web::address::Query;
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::question::{self, Asked, Nothing};
use crate::web::state::{AppState, DEFAULT_MODEL, ModelEntry, SegmentEdit, Storage};
use crate::web::work::train::{self, Keep};

/// A model without its bulk.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ModelView {
    /// Name.
    name: String,
    /// Data set.
    dataset: String,
    /// Seconds since 1970-01-01 UTC.
    trained_at: u64,
    /// Time of the fit.
    seconds: f64,
    /// What was fitted.
    #[schema(value_type = Object)]
    recipe: serde_json::Value,
    /// Quality.
    scores: Scores,
    /// Segments.
    segments: Vec<Segment>,
    /// Whether the data is still what the model was fitted to.
    current: bool,
    /// Whether it is on disk.
    saved: bool,
}

/// A request to train.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TrainRequest {
    /// Name to save the model under; `default` when silent.
    name: Option<String>,
    /// What to fit; silence takes the manifest's choice.
    recipe: RecipeRequest,
}

/// New texts of a segment; silence keeps the old.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SegmentPatch {
    /// Name.
    name: Option<String>,
    /// Description.
    description: Option<String>,
}

/// A feature of a new customer: a number, or the level of a category.
#[derive(Deserialize)]
#[serde(untagged)]
enum FeatureValue {
    Number(f64),
    Level(String),
}

impl FeatureValue {
    fn text(self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Level(level) => level,
        }
    }
}

/// New customers: each a map from feature to a number or a level; features left out or null are unknown.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PredictRequest {
    /// At most 1,000 customers.
    #[schema(value_type = Vec<BTreeMap<String, Object>>)]
    customers: Vec<BTreeMap<String, Option<FeatureValue>>>,
}

/// Predictions in the order of the request.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Predictions {
    /// A prediction a customer.
    predictions: Vec<Prediction>,
}

/// Segments with totals and profiles over the customers that pass the filter.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct SegmentsView {
    /// Texts, colours and sizes.
    segments: Vec<Segment>,
    /// Customers and value.
    totals: Vec<SegmentTotals>,
    /// How each variable differs, the most distinguishing first.
    profiles: Vec<VariableProfile>,
    /// What stands out, in words.
    findings: Vec<String>,
}

/// Most customers of one prediction request.
const MAX_CUSTOMERS: usize = 1_000;

/// The body, or what is wrong with it in words.
pub(super) fn body<T>(body: Result<Json<T>, JsonRejection>) -> Result<T, AppError> {
    body.map(|Json(body)| body).map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => AppError::BadRequest("The body is larger than the server accepts.".to_owned()),
        _ => AppError::BadRequest(rejection.body_text()),
    })
}

/// The context with the model named in the path.
fn with_model(state: &AppState, dataset: &str, model: &str, query: Query) -> Result<PageContext, AppError> {
    let Nothing = question::read(&query)?;
    let mut query = query;
    query.0.push(("model".to_owned(), model.to_owned()));
    PageContext::new(state.snapshot(), dataset, query)
}

fn view(context: &PageContext, entry: &ModelEntry) -> Result<ModelView, AppError> {
    let model = &entry.model;
    Ok(ModelView {
        name: model.name.clone(),
        dataset: model.dataset.clone(),
        trained_at: model.trained_at,
        seconds: model.seconds,
        recipe: serde_json::to_value(&model.recipe).map_err(AppError::internal)?,
        scores: model.scores.clone(),
        segments: model.segments.clone(),
        current: model.is_fitted_to(&context.dataset),
        saved: entry.storage == Storage::Saved,
    })
}

/// Models of a data set.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/models", tag = "models", params(("dataset" = String, Path)), responses((status = 200, body = [ModelView]), (status = 404)))]
pub(super) async fn list(Asked(context, Nothing): Asked<Nothing>) -> Result<Json<Vec<ModelView>>, AppError> {
    context
        .snapshot
        .models_of(&context.dataset.name)
        .iter()
        .map(|entry| view(&context, entry))
        .collect::<Result<_, _>>()
        .map(Json)
}

/// One model.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/models/{model}", tag = "models", params(("dataset" = String, Path), ("model" = String, Path)), responses((status = 200, body = ModelView), (status = 404)))]
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Path((dataset, model)): Path<(String, String)>,
) -> Result<Json<ModelView>, AppError> {
    let context = with_model(&state, &dataset, &model, Query::default())?;
    view(&context, context.model()?).map(Json)
}

/// Trains and saves a model as a job.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/models", tag = "models", params(("dataset" = String, Path)), request_body = TrainRequest, responses((status = 202, body = JobView), (status = 400), (status = 404), (status = 503)))]
pub(super) async fn train(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    request: Result<Json<TrainRequest>, JsonRejection>,
) -> Result<(StatusCode, Json<JobView>), AppError> {
    let request = body(request)?;
    let name = request.name.unwrap_or_else(|| DEFAULT_MODEL.to_owned());
    store::check_name(&name)?;
    let recipe = train::resolve(&state, &context.dataset, request.recipe).await?;
    let job = train::start(&state, &context.dataset, recipe, Keep::Save(name), false)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))))
}

/// Segments of a model over the customers that pass the filter.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/models/{model}/segments", tag = "models", params(("dataset" = String, Path), ("model" = String, Path)), responses((status = 200, body = SegmentsView), (status = 400), (status = 404)))]
pub(super) async fn segments(
    State(state): State<Arc<AppState>>,
    Path((dataset, model)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Json<SegmentsView>, AppError> {
    let context = with_model(&state, &dataset, &model, Query::parse(query.as_deref().unwrap_or(""))?)?;
    state
        .compute(move || {
            let customer_view = context.view();
            let measures: Vec<_> = context.dataset.customers.measures().collect();
            let value = context.dataset.value().ok_or_else(|| AppError::internal("the value measure is gone"))?;
            let visits = context.dataset.manifest.segmentation.visits.as_deref();
            let visits = visits.and_then(|name| context.dataset.customers.column(name));
            let worth = SegmentWorth::of(&customer_view, value, visits);
            Ok(Json(SegmentsView {
                findings: findings(&customer_view, &context.dataset, &context.model()?.model, &worth.segments),
                segments: context.model()?.model.segments.clone(),
                totals: worth.segments,
                profiles: profiles(&customer_view, &measures),
            }))
        })
        .await?
}

/// Gives a segment (its cluster number or `undecided`) a new name or description.
#[utoipa::path(patch, path = "/api/v1/datasets/{dataset}/models/{model}/segments/{segment}", tag = "models", params(("dataset" = String, Path), ("model" = String, Path), ("segment" = String, Path)), request_body = SegmentPatch, responses((status = 200, body = Segment), (status = 400), (status = 404)))]
pub(super) async fn edit_segment(
    State(state): State<Arc<AppState>>,
    Path((dataset, model, segment)): Path<(String, String, String)>,
    patch: Result<Json<SegmentPatch>, JsonRejection>,
) -> Result<Json<Segment>, AppError> {
    let patch = body(patch)?;
    let cluster = if segment == UNDECIDED_WORD { Some(-1) } else { segment.parse().ok() };
    let find = |state: &AppState| -> Result<Segment, AppError> {
        let context = with_model(state, &dataset, &model, Query::default())?;
        let found = cluster.and_then(|cluster| context.entry.as_ref()?.model.segment(cluster).cloned());
        found.ok_or_else(|| AppError::NotFound(format!("There is no segment \"{segment}\".")))
    };
    let old = find(&state)?;
    let edit = SegmentEdit {
        cluster: old.cluster,
        name: patch.name.unwrap_or(old.name),
        description: patch.description.unwrap_or(old.description),
    };
    let (shared, in_dataset, in_model) = (Arc::clone(&state), dataset.clone(), model.clone());
    state.compute(move || shared.edit_segment(&in_dataset, &in_model, &edit)).await??;
    find(&state).map(Json)
}

/// Predicts the segment of new customers.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/models/{model}/predict", tag = "models", params(("dataset" = String, Path), ("model" = String, Path)), request_body = PredictRequest, responses((status = 200, body = Predictions), (status = 400), (status = 404), (status = 422)))]
pub(super) async fn predict(
    State(state): State<Arc<AppState>>,
    Path((dataset, model)): Path<(String, String)>,
    request: Result<Json<PredictRequest>, JsonRejection>,
) -> Result<Json<Predictions>, AppError> {
    let request = body(request)?;
    if request.customers.is_empty() || request.customers.len() > MAX_CUSTOMERS {
        return Err(AppError::BadRequest(format!("Send 1 to {MAX_CUSTOMERS} customers at once.")));
    }
    let context = with_model(&state, &dataset, &model, Query::default())?;
    state
        .compute(move || {
            let model = &context.model()?.model;
            let customers = scaled_customers(model, &context.dataset)?;
            let predictions = request
                .customers
                .into_iter()
                .map(|customer| {
                    let inputs = customer
                        .into_iter()
                        .map(|(name, value)| (name, value.map_or_else(String::new, FeatureValue::text)))
                        .collect();
                    let features = parse_features(model, &context.dataset, &inputs)?;
                    predict_among(model, &context.dataset, customers.view(), &features)
                })
                .collect::<Result<Vec<_>, SegmentError>>()?;
            Ok(Json(Predictions { predictions }))
        })
        .await?
}
