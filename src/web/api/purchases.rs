//! What the customers of each segment buy, from the same queries as the Insights page.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use crate::query::sales::{ClusterNumbers, Measure, Totals, dimension};
use crate::web::error::AppError;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;

/// A level of a dimension for each segment.
#[derive(Serialize, utoipa::ToSchema)]
struct LevelOfSegments {
    /// The level; `null` for facts without one.
    level: Option<String>,
    /// Totals in the order of the segments.
    segments: Vec<Totals>,
}

/// A number of the facts for each segment.
#[derive(Serialize, utoipa::ToSchema)]
struct NumberOfSegments {
    /// Column.
    column: String,
    /// Name for people.
    label: String,
    /// Unit, where there is one.
    unit: Option<String>,
    /// Whether it counts once for an order.
    per_order: bool,
    /// Edges of the bins, one more than counts.
    edges: Vec<f64>,
    /// Values in the order of the segments.
    segments: Vec<ClusterNumbers>,
}

/// What each segment's purchases hold.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct PurchasesResponse {
    /// Clusters in the order of all lists.
    clusters: Vec<i32>,
    /// Names of the segments.
    names: Vec<String>,
    /// By the dimension named in `by`.
    levels: Vec<LevelOfSegments>,
    /// Numbers of the facts.
    numbers: Vec<NumberOfSegments>,
}

/// What purchases can be asked by.
pub(super) struct PurchaseKeys {
    by: Option<String>,
}

impl Question for PurchaseKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { by: asking.text("by") })
    }
}

/// What the customers of each segment buy: levels of the dimension named in `by`, and numbers such as prices. Filters are those of
/// the Insights page.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/purchases", tag = "sales", params(("dataset" = String, Path), ("model" = Option<String>, Query), ("by" = Option<String>, Query)), responses((status = 200, body = PurchasesResponse), (status = 400), (status = 404), (status = 422)))]
pub(super) async fn purchases(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<PurchaseKeys>,
) -> Result<Json<PurchasesResponse>, AppError> {
    state
        .compute(move || {
            let entry = context.model()?;
            let view = context.sales()?;
            let clusters = entry.model.clusters();
            let mut levels = Vec::new();
            if let Some(name) = &question.by {
                let by = dimension(view.facts, name, "to compare segments by")?;
                let totals = view.by_level_and_cluster(by, entry.labels(), &clusters, Measure::main(view.facts))?;
                let names = by.names.iter().cloned().map(Some).chain([None]);
                let known = names.zip(totals).filter(|(_, totals)| totals.iter().any(|totals| totals.lines > 0));
                levels.extend(known.map(|(level, segments)| LevelOfSegments { level, segments }));
            }
            let numbers = view.facts.numbers.iter().filter_map(|number| {
                let found = view.number_by_cluster(number, entry.labels(), &clusters)?;
                Some(NumberOfSegments {
                    column: number.name.clone(),
                    label: number.label.clone(),
                    unit: number.unit.clone(),
                    per_order: number.per_order,
                    edges: found.edges,
                    segments: found.clusters,
                })
            });
            let numbers = numbers.collect();
            let names = clusters.iter().map(|cluster| context.segment_name(*cluster)).collect();
            Ok(Json(PurchasesResponse { clusters, names, levels, numbers }))
        })
        .await?
}
