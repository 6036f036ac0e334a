//! Live progress of a job as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::{Stream, StreamExt};
use tokio_stream::wrappers::WatchStream;

use super::error::AppError;
use super::state::AppState;

/// `GET /api/v1/jobs/{id}/events`: the state now and at each change; ends with the job or the server.
pub(super) async fn job_events(
    State(state): State<Arc<AppState>>,
    Path(id): Path<u64>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, AppError> {
    let job = state.jobs.get(id).ok_or_else(|| AppError::NotFound(format!("There is no job {id}.")))?;
    let mut over = false;
    let states = WatchStream::new(job.follow()).take_while(move |status| {
        let more = !over;
        over = status.phase.is_over();
        std::future::ready(more)
    });
    let stopping = Arc::clone(&state);
    let events = states
        .take_until(async move { stopping.stopped().await })
        .map(|status| Ok(Event::default().json_data(&status).unwrap_or_else(|_| Event::default())));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
