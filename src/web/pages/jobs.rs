//! A job's page: progress, cancel, result.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};

use crate::figures;
use crate::jobs::{Job, Phase};
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    shell: Shell,
    id: u64,
    title: String,
    phase: &'static str,
    message: String,
    fraction: f64,
    percent: String,
    over: bool,
    result: String,
    back: String,
    back_to: &'static str,
}

pub(super) async fn show(State(state): State<Arc<AppState>>, Path(id): Path<u64>) -> Result<Html<String>, AppError> {
    let job = find(&state, id)?;
    let status = job.status();
    page(&JobPage {
        shell: Shell::outer(&state.snapshot(), &job.title),
        id,
        title: job.title.clone(),
        phase: match status.phase {
            Phase::Queued => "queued",
            Phase::Running => "running",
            Phase::Done => "done",
            Phase::Failed => "failed",
            Phase::Cancelled => "cancelled",
        },
        message: status.message,
        fraction: status.fraction,
        percent: figures::percent(status.fraction),
        over: status.phase.is_over(),
        result: status.result.unwrap_or_default(),
        back: job.back.clone().unwrap_or_else(|| format!("/d/{}/cluster", job.dataset)),
        back_to: if job.back.is_some() { "Go back" } else { "Back to the data set" },
    })
}

/// `POST /jobs/{id}/cancel`
pub(in crate::web) async fn cancel(
    State(state): State<Arc<AppState>>,
    Path(id): Path<u64>,
) -> Result<Redirect, AppError> {
    find(&state, id)?.cancel();
    Ok(Redirect::to(&format!("/jobs/{id}")))
}

fn find(state: &AppState, id: u64) -> Result<Arc<Job>, AppError> {
    state
        .jobs
        .get(id)
        .ok_or_else(|| AppError::NotFound(format!("There is no job {id}; jobs are forgotten when the program ends.")))
}
