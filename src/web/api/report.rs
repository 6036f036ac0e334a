//! The content of the report.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::segment::report::Report;
use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::report::content;
use crate::web::state::AppState;

/// What the report on a model holds: the story, segments, variables, chart groups, facts, method and trust notes. It is about all
/// customers; filters are not applied.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/report", tag = "models", params(("dataset" = String, Path), ("model" = Option<String>, Query)), responses((status = 200, body = Report), (status = 404), (status = 422)))]
pub(super) async fn report(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<Report>, AppError> {
    Ok(Json(state.compute(move || content(&context)).await??))
}
