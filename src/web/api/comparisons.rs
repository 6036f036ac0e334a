//! Variables across groups, suggestions for an algorithm's parameters, and all algorithms side by side.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::jobs::JobView;
use super::models::body;
use crate::dataset::Column;
use crate::query::distribution::densities_by_segment;
use crate::query::relation::{Colour, boxes as boxes_of};
use crate::query::view::is_splitter;
use crate::segment::RecipeRequest;
use crate::segment::comparison::{Comparison, comparison_key};
use crate::segment::explore::suggestion_key;
use crate::stats::describe::BoxStats;
use crate::web::address::href;
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::pages::recipe_fields;
use crate::web::question::{Asked, Asking, Nothing, Question};
use crate::web::state::AppState;
use crate::web::work::train;

/// A box of a box plot.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct BoxView {
    /// Segment or level; empty when all customers are one group.
    group: String,
    /// Five numbers, mean and outliers.
    stats: BoxStats,
}

/// A density curve.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DensityView {
    /// Segment; `All customers` without a model.
    segment: String,
    /// Values of the column.
    x: Vec<f64>,
    /// Density there.
    y: Vec<f64>,
}

fn numeric<'a>(context: &'a PageContext, name: &str) -> Result<&'a Column, AppError> {
    context
        .dataset
        .customers
        .column(name)
        .filter(|column| column.numbers().is_some())
        .ok_or_else(|| AppError::NotFound(format!("There is no numeric column \"{name}\".")))
}

/// What box plots can be asked by.
pub(super) struct BoxKeys {
    by: Option<String>,
}

impl Question for BoxKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { by: asking.text("by") })
    }
}

/// Box plots of a column by segment, or by the levels of the category or flag named in `by`.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/boxes/{column}", tag = "data sets", params(("dataset" = String, Path), ("column" = String, Path), ("by" = Option<String>, Query)), responses((status = 200, body = [BoxView]), (status = 400), (status = 404)))]
pub(super) async fn boxes(
    State(state): State<Arc<AppState>>,
    Path((_dataset, column)): Path<(String, String)>,
    Asked(context, question): Asked<BoxKeys>,
) -> Result<Json<Vec<BoxView>>, AppError> {
    state
        .compute(move || {
            let view = context.view();
            let column = numeric(&context, &column)?;
            let by = question.by.as_deref();
            let by = by.map(|name| view.column(name, "to group by", is_splitter)).transpose()?;
            let colour = if by.is_none() && context.entry.is_some() { Colour::Segment } else { Colour::Single };
            let style = context.style();
            let found = boxes_of(&view, column, by, colour, None).into_iter().map(|b| BoxView {
                group: if matches!(colour, Colour::Segment) { style.name(b.colour.0) } else { b.x },
                stats: b.stats,
            });
            Ok(Json(found.collect()))
        })
        .await?
}

/// Density curves of a column by segment.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/densities/{column}", tag = "data sets", params(("dataset" = String, Path), ("column" = String, Path)), responses((status = 200, body = [DensityView]), (status = 400), (status = 404)))]
pub(super) async fn densities(
    State(state): State<Arc<AppState>>,
    Path((_dataset, column)): Path<(String, String)>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<Vec<DensityView>>, AppError> {
    state
        .compute(move || {
            let style = context.style();
            let curves = densities_by_segment(&context.view(), numeric(&context, &column)?);
            Ok(Json(curves.into_iter().map(|(key, x, y)| DensityView { segment: style.name(key), x, y }).collect()))
        })
        .await?
}

/// Suggests the number of clusters, or eps (DBSCAN, HDBSCAN), for a recipe. The first request queues the
/// work and answers 202 with the job; once that is done the same request answers with the suggestion.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/suggestions", tag = "models", params(("dataset" = String, Path)), request_body = RecipeRequest, responses((status = 200, description = "The suggestion", body = Object), (status = 202, body = JobView), (status = 400), (status = 404), (status = 503)))]
pub(super) async fn suggest(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    request: Result<Json<RecipeRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let recipe = train::resolve(&state, &context.dataset, body(request)?).await?;
    if let Some(known) = context.snapshot.suggestions.get(&suggestion_key(&context.dataset, &recipe)) {
        return Ok(Json(known.as_ref()).into_response());
    }
    let page = format!("/d/{}/cluster", context.dataset.name);
    let job = train::start_suggestion(&state, &context.dataset, recipe, page)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))).into_response())
}

/// Fits every algorithm to a recipe's features and scores all alike. The first request queues the work and answers 202 with
/// the job; once that is done the same request answers with the comparison.
#[utoipa::path(post, path = "/api/v1/datasets/{dataset}/algorithm-comparisons", tag = "models", params(("dataset" = String, Path)), request_body = RecipeRequest, responses((status = 200, body = Comparison), (status = 202, body = JobView), (status = 400), (status = 404), (status = 503)))]
pub(super) async fn compare(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    request: Result<Json<RecipeRequest>, JsonRejection>,
) -> Result<Response, AppError> {
    let recipe = train::resolve(&state, &context.dataset, body(request)?).await?;
    if let Some(known) = context.snapshot.comparisons.get(&comparison_key(&context.dataset, &recipe)) {
        return Ok(Json(known.as_ref()).into_response());
    }
    let page = href(&format!("/d/{}/cluster/compare", context.dataset.name), &recipe_fields(&recipe));
    let job = train::start_comparison(&state, &context.dataset, recipe, page)?;
    Ok((StatusCode::ACCEPTED, Json(JobView::from(job.as_ref()))).into_response())
}
