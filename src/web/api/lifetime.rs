//! What customers are expected to be worth, from the same fit as the Segments page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::dataset::dates;
use crate::segment::lifetime::{Expectation, MONTHS, Models};
use crate::web::error::AppError;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;

/// What is expected of the chosen customers in the months after the snapshot.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LifetimeView {
    /// Day from which on it is expected.
    from: String,
    /// Months ahead.
    months: u32,
    /// Why nothing can be told; `null` when it can.
    failure: Option<String>,
    /// What to doubt.
    notes: Vec<String>,
    /// The fitted models.
    models: Models,
    /// All chosen customers.
    all: Expectation,
    /// Chosen customers by segment.
    segments: Vec<Expectation>,
}

/// Expected activity, orders and value of the chosen customers in the next 12 months, in all and by segment of the model.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/lifetime", tag = "sales", params(("dataset" = String, Path), ("model" = Option<String>, Query)), responses((status = 200, body = LifetimeView), (status = 400), (status = 404)))]
pub(super) async fn lifetime(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<LifetimeView>, AppError> {
    state
        .compute(move || {
            let snapshot = context.facts()?.snapshot;
            let found = context.expected_values()?;
            let view = context.view();
            Ok(Json(LifetimeView {
                from: dates::format_iso(f64::from(snapshot)),
                months: MONTHS,
                failure: found.failure.clone(),
                notes: found.notes.clone(),
                models: found.models.clone(),
                all: found.expect(0, &view.rows),
                segments: found.by_segment(&view),
            }))
        })
        .await?
}
