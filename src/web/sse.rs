//! Live progress of a job as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt, stream};

use super::error::AppError;
use super::state::AppState;

/// `GET /api/v1/jobs/{id}/events`: the state now and at each change; ends with the job or the server.
pub(super) async fn job_events(
    State(state): State<Arc<AppState>>,
    Path(id): Path<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    let job = state.jobs.get(id).ok_or_else(|| AppError::NotFound(format!("There is no job {id}.")))?;
    let mut states = job.follow();
    states.mark_changed();
    let stopping = Arc::clone(&state);
    let events = stream::unfold(Some(states), |states| async {
        let mut states = states?;
        states.changed().await.ok()?;
        let status = states.borrow_and_update().clone();
        let event = Event::default().json_data(&status).unwrap_or_default();
        Some((Ok(event), (!status.phase.is_over()).then_some(states)))
    })
    .take_until(async move { stopping.stopped().await });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
