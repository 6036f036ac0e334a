//! Jobs: state and cancel.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::jobs::{Job, Status};
use crate::web::error::AppError;
use crate::web::state::AppState;

/// A job and its state.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct JobView {
    /// Number.
    pub id: u64,
    /// Data set it works on.
    pub dataset: String,
    /// What it does.
    pub title: String,
    /// State.
    #[serde(flatten)]
    pub status: Status,
    /// Live state as server-sent events.
    pub events: String,
}

impl From<&Job> for JobView {
    fn from(job: &Job) -> Self {
        Self {
            id: job.id,
            dataset: job.dataset.clone(),
            title: job.title.clone(),
            status: job.status(),
            events: format!("/api/v1/jobs/{}/events", job.id),
        }
    }
}

/// Remembered jobs, newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "jobs", responses((status = 200, body = [JobView])))]
pub(super) async fn list(State(state): State<Arc<AppState>>) -> Json<Vec<JobView>> {
    Json(state.jobs.all().iter().map(|job| JobView::from(job.as_ref())).collect())
}

/// One job.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = u64, Path)), responses((status = 200, body = JobView), (status = 404)))]
pub(super) async fn show(State(state): State<Arc<AppState>>, Path(id): Path<u64>) -> Result<Json<JobView>, AppError> {
    Ok(Json(JobView::from(find(&state, id)?.as_ref())))
}

/// Cancels a job.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "jobs", params(("id" = u64, Path)), responses((status = 200, body = JobView), (status = 404)))]
pub(super) async fn cancel(State(state): State<Arc<AppState>>, Path(id): Path<u64>) -> Result<Json<JobView>, AppError> {
    let job = find(&state, id)?;
    job.cancel();
    Ok(Json(JobView::from(job.as_ref())))
}

fn find(state: &AppState, id: u64) -> Result<Arc<Job>, AppError> {
    state.jobs.get(id).ok_or_else(|| AppError::NotFound(format!("There is no job {id}.")))
}
