//! Earlier versions of a data set, and what changed since.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::jobs::JobView;
use crate::library::versions;
use crate::segment::versions::VersionComparison;
use crate::web::address::href;
use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::tab::Tab;
use crate::web::work::versions::{Choice, known, start};

/// An earlier version.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct VersionView {
    /// From 1 for the oldest.
    number: u32,
    /// When other data took its place, in seconds since 1970-01-01 UTC; `null` when unknown.
    replaced_at: Option<u64>,
    /// What was said about the replacement.
    note: String,
}

/// Earlier versions of a data set, the newest first.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/versions", tag = "versions", params(("dataset" = String, Path)), responses((status = 200, body = [VersionView]), (status = 404)))]
pub(super) async fn list(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<Vec<VersionView>>, AppError> {
    state
        .compute(move || {
            let view = |version: versions::Version| VersionView {
                number: version.number,
                replaced_at: version.replaced_at,
                note: version.note,
            };
            Json(versions::list(&context.dataset.folder).into_iter().map(view).collect())
        })
        .await
}

/// What changed since an earlier version, when the comparison was made; ask for it by POST to the same address.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/versions/{version}", tag = "versions", params(("dataset" = String, Path), ("version" = u32, Path), ("model" = Option<String>, Query)), responses((status = 200, body = VersionComparison), (status = 400), (status = 404)))]
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Path((_dataset, version)): Path<(String, String)>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<VersionComparison>, AppError> {
    state
        .compute(move || {
            let choice = Choice::of(&context, Some(&version))?;
            known(&context, context.model()?, &choice.chosen).map(Json).ok_or_else(|| {
                AppError::NotFound("This comparison was not made yet; POST to this address to make it.".to_owned())
            })
        })
        .await?
}

/// Compares with an earlier version. The first request queues the work and answers 202 with the job; once that is done the
/// same request, and GET, answer with the comparison.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/versions/{version}", tag = "versions", params(("dataset" = String, Path), ("version" = u32, Path), ("model" = Option<String>, Query)), responses((status = 200, body = VersionComparison), (status = 202, body = JobView), (status = 400), (status = 404), (status = 503)))]
pub(super) async fn ask(
    State(state): State<Arc<AppState>>,
    Path((_dataset, version)): Path<(String, String)>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Response, AppError> {
    let shared = Arc::clone(&state);
    state
        .compute(move || {
            let choice = Choice::of(&context, Some(&version))?;
            let entry = context.model_entry()?;
            if let Some(found) = known(&context, entry, &choice.chosen) {
                return Ok(Json(found).into_response());
            }
            let mut pairs = context.model_pair();
            pairs.push(("with".to_owned(), choice.chosen.number.to_string()));
            let page = href(&context.path(Tab::Versions), &pairs);
            let job = start(&shared, &context, entry, &choice.chosen, page)?;
            Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))).into_response())
        })
        .await?
}
