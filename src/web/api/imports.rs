//! New data sets from files, new data for those that are there, other names and the trash.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Multipart, Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::jobs::JobView;
use super::models::body;
use crate::library::trash;
use crate::propose::Proposal;
use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::state::uploads::Upload;
use crate::web::work::importing;

/// Files that were sent, and what they are taken for.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct ImportView {
    /// Names it in addresses.
    key: String,
    /// Name that the data set will have.
    name: String,
    /// Names of the files.
    files: Vec<String>,
    /// What the files are taken for.
    proposal: Proposal,
    /// The manifest that will be written.
    manifest: String,
    /// Why the last attempt to make the data set failed.
    problem: Option<String>,
}

/// Files in a form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form only")]
pub(super) struct Files {
    /// One or several files of any format that is read, packed or not; what they are is told by their content.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<String>,
}

/// New data in a form.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form only")]
pub(super) struct NewData {
    /// Files that take the place of those of the same names.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<String>,
    /// `no` moves the former data to the trash; else it stays as a version.
    keep: Option<String>,
    /// What to remember of the replacement.
    note: Option<String>,
}

/// Corrections.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Correction {
    /// Another name for the data set.
    name: Option<String>,
    /// The proposal, changed.
    proposal: Proposal,
}

/// Another name.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Renaming {
    /// Small letters, digits, `-` and `_`.
    name: String,
}

/// The name of a data set.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Named {
    /// Name used in addresses.
    name: String,
}

/// A data set in the trash.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct TrashView {
    /// Names it in addresses.
    key: String,
    /// Its name before.
    name: String,
    /// When it was deleted, seconds since 1970-01-01 UTC.
    at: u64,
}

fn view(upload: &Upload) -> Result<ImportView, AppError> {
    let held = upload.held()?;
    Ok(ImportView {
        key: upload.key.clone(),
        name: held.staging.name().to_owned(),
        files: held.staging.file_names().collect(),
        manifest: held.proposal.manifest(),
        proposal: held.proposal.clone(),
        problem: held.problem.clone(),
    })
}

/// Sends files for a new data set and says what they are taken for. Nothing is kept until the data set is made.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", request_body(content = Files, content_type = "multipart/form-data"), responses((status = 201, body = ImportView), (status = 400), (status = 422), (status = 503)))]
pub(super) async fn send(
    State(state): State<Arc<AppState>>,
    form: Multipart,
) -> Result<(StatusCode, Json<ImportView>), AppError> {
    let upload = importing::take_in(&state, form).await?;
    state.compute(move || Ok((StatusCode::CREATED, Json(view(&upload)?)))).await?
}

/// What files are taken for.
#[utoipa::path(get, path = "/api/v1/imports/{key}", tag = "imports", params(("key" = String, Path)), responses((status = 200, body = ImportView), (status = 404), (status = 503)))]
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
) -> Result<Json<ImportView>, AppError> {
    let upload = state.uploads.get(&key)?;
    state.compute(move || view(&upload).map(Json)).await?
}

/// Corrects what files are taken for: send the proposal back with changes. What follows from them is inferred anew.
#[utoipa::path(put, path = "/api/v1/imports/{key}", tag = "imports", params(("key" = String, Path)), request_body = Correction, responses((status = 200, body = ImportView), (status = 400), (status = 404), (status = 422)))]
pub(super) async fn correct(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
    correction: Result<Json<Correction>, JsonRejection>,
) -> Result<Json<ImportView>, AppError> {
    let Correction { name, proposal } = body(correction)?;
    let upload = state.uploads.get(&key)?;
    state
        .compute(move || {
            importing::correct(&upload, proposal, name.as_deref())?;
            view(&upload).map(Json)
        })
        .await?
}

/// Discards files; nothing of them stays.
#[utoipa::path(delete, path = "/api/v1/imports/{key}", tag = "imports", params(("key" = String, Path)), responses((status = 204), (status = 404), (status = 503)))]
pub(super) async fn discard(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
) -> Result<StatusCode, AppError> {
    importing::discard(&state, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the data set, as a job.
#[utoipa::path(post, path = "/api/v1/imports/{key}/dataset", tag = "imports", params(("key" = String, Path)), responses((status = 202, body = JobView), (status = 404), (status = 503)))]
pub(super) async fn make(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
) -> Result<(StatusCode, Json<JobView>), AppError> {
    let upload = state.uploads.get(&key)?;
    let job = importing::start(&state, &upload).await?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))))
}

/// Gives a data set new data, as a job. Cleaning, columns and models stay.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/data", tag = "data sets", params(("dataset" = String, Path)), request_body(content = NewData, content_type = "multipart/form-data"), responses((status = 202, body = JobView), (status = 400), (status = 404), (status = 422), (status = 503)))]
pub(super) async fn replace(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    form: Multipart,
) -> Result<(StatusCode, Json<JobView>), AppError> {
    let job = importing::take_new_data(&state, &context.dataset, form).await?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))))
}

/// Gives a data set another name.
#[utoipa::path(patch, path = "/api/v1/datasets/{dataset}", tag = "data sets", params(("dataset" = String, Path)), request_body = Renaming, responses((status = 200, body = Named), (status = 404), (status = 422)))]
pub(super) async fn rename(
    State(state): State<Arc<AppState>>,
    Path(dataset): Path<String>,
    renaming: Result<Json<Renaming>, JsonRejection>,
) -> Result<Json<Named>, AppError> {
    let Renaming { name } = body(renaming)?;
    let shared = Arc::clone(&state);
    state.compute(move || shared.rename_dataset(&dataset, &name).map(|()| Json(Named { name }))).await?
}

/// Moves a data set to the trash.
#[utoipa::path(delete, path = "/api/v1/datasets/{dataset}", tag = "data sets", params(("dataset" = String, Path)), responses((status = 204), (status = 404), (status = 422)))]
pub(super) async fn delete(
    State(state): State<Arc<AppState>>,
    Path(dataset): Path<String>,
) -> Result<StatusCode, AppError> {
    let shared = Arc::clone(&state);
    state.compute(move || shared.delete_dataset(&dataset)).await??;
    Ok(StatusCode::NO_CONTENT)
}

/// What is in the trash, the latest first.
#[utoipa::path(get, path = "/api/v1/trash", tag = "data sets", responses((status = 200, body = [TrashView])))]
pub(super) async fn trashed(State(state): State<Arc<AppState>>) -> Result<Json<Vec<TrashView>>, AppError> {
    let folder = state.config.folders.data_dir.clone();
    let items = state.compute(move || trash::list(&folder)).await?;
    Ok(Json(items.into_iter().map(|item| TrashView { key: item.key, name: item.name, at: item.at }).collect()))
}

/// Takes a data set back from the trash.
#[utoipa::path(post, path = "/api/v1/trash/{key}", tag = "data sets", params(("key" = String, Path)), responses((status = 200, body = Named), (status = 422)))]
pub(super) async fn restore(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
) -> Result<Json<Named>, AppError> {
    let shared = Arc::clone(&state);
    state.compute(move || shared.restore_dataset(&key).map(|name| Json(Named { name }))).await?
}
