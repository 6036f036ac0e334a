//! `/api/v1`: what the pages show, as JSON from the same queries; health, readiness, metrics.

mod comparisons;
mod coupons;
mod datasets;
mod health;
mod jobs;
mod lifetime;
mod models;
mod purchases;
mod report;
mod sales;

use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use utoipa::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use super::metrics;
use super::state::AppState;

/// The API's description.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Segmenta",
        description = "Customers, segments, models and predictions. Filters are query keys: `min.COLUMN`, `max.COLUMN`, `in.COLUMN` and `seg`, as in the addresses of the pages."
    ),
    paths(
        datasets::list,
        datasets::show,
        datasets::ledger,
        datasets::distribution,
        datasets::correlations,
        datasets::customers,
        comparisons::boxes,
        comparisons::densities,
        comparisons::suggest,
        comparisons::compare,
        models::list,
        models::show,
        models::train,
        models::segments,
        models::edit_segment,
        models::predict,
        sales::sales,
        coupons::coupons,
        purchases::purchases,
        report::report,
        sales::rfm,
        lifetime::lifetime,
        sales::series,
        sales::forecast,
        jobs::list,
        jobs::show,
        jobs::cancel,
        health::health,
        health::ready,
    )
)]
struct Description;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/v1/datasets", get(datasets::list))
        .route("/api/v1/datasets/{dataset}", get(datasets::show))
        .route("/api/v1/datasets/{dataset}/ledger", get(datasets::ledger))
        .route("/api/v1/datasets/{dataset}/distributions/{column}", get(datasets::distribution))
        .route("/api/v1/datasets/{dataset}/correlations", get(datasets::correlations))
        .route("/api/v1/datasets/{dataset}/customers", get(datasets::customers))
        .route("/api/v1/datasets/{dataset}/boxes/{column}", get(comparisons::boxes))
        .route("/api/v1/datasets/{dataset}/densities/{column}", get(comparisons::densities))
        .route("/api/v1/datasets/{dataset}/suggestions", post(comparisons::suggest))
        .route("/api/v1/datasets/{dataset}/algorithm-comparisons", post(comparisons::compare))
        .route("/api/v1/datasets/{dataset}/models", get(models::list).post(models::train))
        .route("/api/v1/datasets/{dataset}/models/{model}", get(models::show))
        .route("/api/v1/datasets/{dataset}/models/{model}/segments", get(models::segments))
        .route(
            "/api/v1/datasets/{dataset}/models/{model}/segments/{segment}",
            axum::routing::patch(models::edit_segment),
        )
        .route("/api/v1/datasets/{dataset}/models/{model}/predict", post(models::predict))
        .route("/api/v1/datasets/{dataset}/sales", get(sales::sales))
        .route("/api/v1/datasets/{dataset}/coupons", get(coupons::coupons))
        .route("/api/v1/datasets/{dataset}/purchases", get(purchases::purchases))
        .route("/api/v1/datasets/{dataset}/report", get(report::report))
        .route("/api/v1/datasets/{dataset}/rfm", get(sales::rfm))
        .route("/api/v1/datasets/{dataset}/lifetime", get(lifetime::lifetime))
        .route("/api/v1/datasets/{dataset}/series", get(sales::series))
        .route("/api/v1/datasets/{dataset}/forecasts", post(sales::forecast))
        .route("/api/v1/jobs", get(jobs::list))
        .route("/api/v1/jobs/{id}", get(jobs::show).delete(jobs::cancel))
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}

/// The OpenAPI description and its browsable page.
pub(super) fn documentation() -> Router<Arc<AppState>> {
    SwaggerUi::new("/api/docs").url("/api/openapi.json", Description::openapi()).into()
}
