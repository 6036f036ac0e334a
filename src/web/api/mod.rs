//! `/api/v1`: what the pages show, as JSON from the same queries; health, readiness, metrics.

mod comparisons;
mod coupons;
mod datasets;
mod health;
mod imports;
mod jobs;
mod lifetime;
mod models;
mod purchases;
mod report;
mod sales;
mod settings;
mod versions;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use utoipa::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use super::state::AppState;
use crate::web::state::metrics;

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
        versions::list,
        versions::show,
        versions::ask,
        sales::series,
        sales::forecast,
        imports::send,
        imports::show,
        imports::correct,
        imports::discard,
        imports::make,
        imports::replace,
        imports::rename,
        imports::delete,
        imports::trashed,
        imports::restore,
        settings::show,
        settings::preview,
        settings::write,
        settings::reload,
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
        .route("/api/v1/datasets/{dataset}", get(datasets::show).patch(imports::rename).delete(imports::delete))
        .route("/api/v1/imports/{key}", get(imports::show).put(imports::correct).delete(imports::discard))
        .route("/api/v1/imports/{key}/dataset", post(imports::make))
        .route("/api/v1/datasets/{dataset}/settings", get(settings::show).put(settings::write))
        .route("/api/v1/datasets/{dataset}/settings/preview", post(settings::preview))
        .route("/api/v1/datasets/{dataset}/reload", post(settings::reload))
        .route("/api/v1/trash", get(imports::trashed))
        .route("/api/v1/trash/{key}", post(imports::restore))
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
        .route("/api/v1/datasets/{dataset}/versions", get(versions::list))
        .route("/api/v1/datasets/{dataset}/versions/{version}", get(versions::show).post(versions::ask))
        .route("/api/v1/jobs", get(jobs::list))
        .route("/api/v1/jobs/{id}", get(jobs::show).delete(jobs::cancel))
        .route("/healthz", get(health::health))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::show))
}

/// What takes files of any size: no limit on the body but that of uploads, and no limit on time.
pub(super) fn uploads() -> Router<Arc<AppState>> {
    Router::new()
        .route("/api/v1/imports", post(imports::send))
        .route("/api/v1/datasets/{dataset}/data", post(imports::replace))
        .layer(DefaultBodyLimit::disable())
}

/// The OpenAPI description and its browsable page.
pub(super) fn documentation() -> Router<Arc<AppState>> {
    SwaggerUi::new("/api/docs").url("/api/openapi.json", Description::openapi()).into()
}
