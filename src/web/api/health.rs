//! Whether the program lives, and whether it is ready for work.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::web::state::AppState;

/// The program's condition.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct Condition {
    /// Always `ok`.
    status: &'static str,
    /// Data sets that can be used.
    datasets: usize,
    /// Models in use.
    models: usize,
}

/// Lives.
#[utoipa::path(get, path = "/healthz", tag = "operation", responses((status = 200, body = Condition)))]
pub(super) async fn health(State(state): State<Arc<AppState>>) -> Json<Condition> {
    condition(&state)
}

/// Is ready: data sets are loaded before the first request is taken.
#[utoipa::path(get, path = "/readyz", tag = "operation", responses((status = 200, body = Condition)))]
pub(super) async fn ready(State(state): State<Arc<AppState>>) -> Json<Condition> {
    condition(&state)
}

fn condition(state: &AppState) -> Json<Condition> {
    let snapshot = state.snapshot();
    Json(Condition { status: "ok", datasets: snapshot.datasets.len(), models: snapshot.models.len() })
}
