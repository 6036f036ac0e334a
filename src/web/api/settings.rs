//! Editing a data set: what its manifest says, what other settings would do, and writing them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::jobs::JobView;
use super::models::body;
use crate::dataset::{Facts, Ledger};
use crate::library::edit::{Settings, Source};
use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::work::editing;

/// What a manifest says.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct SettingsView {
    /// Names this form of the manifest; to be sent back with a change of it.
    mark: String,
    /// What can be edited.
    settings: Settings,
    /// The whole text.
    manifest: String,
}

/// Other settings.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    /// The mark that was read with the settings.
    mark: String,
    /// The settings, changed.
    settings: Settings,
}

/// What other settings would do.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Outcome {
    /// Customers after cleaning.
    customers: usize,
    /// Facts after cleaning.
    facts: usize,
    /// What cleaning would do to the customers.
    ledger: Ledger,
    /// What cleaning would do to the facts, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts_ledger: Option<Ledger>,
    /// The text that would be written.
    manifest: String,
}

/// What the manifest says, as it stands in the folder now.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/settings", tag = "data sets", params(("dataset" = String, Path)), responses((status = 200, body = SettingsView), (status = 404), (status = 422)))]
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<SettingsView>, AppError> {
    state
        .compute(move || {
            let source = Source::read(&context.dataset.folder)?;
            Ok(Json(SettingsView { mark: source.mark(), settings: source.settings, manifest: source.text }))
        })
        .await?
}

/// What other settings would do. Nothing is written.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/settings/preview", tag = "data sets", params(("dataset" = String, Path)), request_body = Settings, responses((status = 200, body = Outcome), (status = 400), (status = 404), (status = 422)))]
pub(super) async fn preview(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    settings: Result<Json<Settings>, JsonRejection>,
) -> Result<Json<Outcome>, AppError> {
    let settings = body(settings)?;
    state
        .look(move |watch| {
            let source = Source::read(&context.dataset.folder)?;
            let edited = editing::try_out(&source, &settings, watch)?;
            Ok(Json(Outcome {
                customers: edited.customers.len(),
                facts: edited.facts.as_ref().map_or(0, Facts::len),
                facts_ledger: edited.facts.map(|facts| facts.ledger),
                ledger: edited.ledger,
                manifest: source.with(&settings)?,
            }))
        })
        .await?
}

/// Writes other settings and shows the data set with them, as a job.
#[utoipa::path(put, path = "/api/v1/datasets/{dataset}/settings", tag = "data sets", params(("dataset" = String, Path)), request_body = Change, responses((status = 202, body = JobView), (status = 400), (status = 404), (status = 422), (status = 503)))]
pub(super) async fn write(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    change: Result<Json<Change>, JsonRejection>,
) -> Result<(StatusCode, Json<JobView>), AppError> {
    let Change { mark, settings } = body(change)?;
    let shared = Arc::clone(&state);
    state
        .compute(move || {
            let source = Source::read(&context.dataset.folder)?;
            let job = editing::start(&shared, &context.dataset, source, &settings, &mark)?;
            Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))))
        })
        .await?
}

/// Reads the files of the data set again, as a job.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/reload", tag = "data sets", params(("dataset" = String, Path)), responses((status = 202, body = JobView), (status = 404), (status = 503)))]
pub(super) async fn reload(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<(StatusCode, Json<JobView>), AppError> {
    let job = editing::start_reading(&state, &context.dataset)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))))
}
