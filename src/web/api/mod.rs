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
use axum::routing::get;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use super::state::AppState;
use crate::web::state::metrics;

/// The API's description.
#[derive(OpenApi)]
#[openapi(info(
    title = "Segmenta",
    description = "Customers, segments, models and predictions. Filters are query keys: `min.COLUMN`, `max.COLUMN`, `in.COLUMN` and `seg`, as in the addresses of the pages."
))]
struct Description;

/// What is described where it stands: each handler says its method, its path, what it takes and what it answers.
fn described() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(datasets::list))
        .routes(routes!(datasets::show, imports::rename, imports::delete))
        .routes(routes!(datasets::ledger))
        .routes(routes!(datasets::distribution))
        .routes(routes!(datasets::correlations))
        .routes(routes!(datasets::customers))
        .routes(routes!(comparisons::boxes))
        .routes(routes!(comparisons::densities))
        .routes(routes!(comparisons::suggest))
        .routes(routes!(comparisons::compare))
        .routes(routes!(models::list, models::train))
        .routes(routes!(models::show))
        .routes(routes!(models::segments))
        .routes(routes!(models::edit_segment))
        .routes(routes!(models::predict))
        .routes(routes!(sales::sales))
        .routes(routes!(coupons::coupons))
        .routes(routes!(purchases::purchases))
        .routes(routes!(report::report))
        .routes(routes!(sales::rfm))
        .routes(routes!(lifetime::lifetime))
        .routes(routes!(versions::list))
        .routes(routes!(versions::show, versions::ask))
        .routes(routes!(sales::series))
        .routes(routes!(sales::forecast))
        .routes(routes!(imports::show, imports::correct, imports::discard))
        .routes(routes!(imports::make))
        .routes(routes!(imports::trashed))
        .routes(routes!(imports::restore))
        .routes(routes!(settings::show, settings::write))
        .routes(routes!(settings::preview))
        .routes(routes!(settings::reload))
        .routes(routes!(jobs::list))
        .routes(routes!(jobs::show, jobs::cancel))
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
}

fn described_uploads() -> OpenApiRouter<Arc<AppState>> {
    OpenApiRouter::new().routes(routes!(imports::send)).routes(routes!(imports::replace))
}

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::from(described()).route("/metrics", get(metrics::show))
}

/// What takes files of any size: no limit on the body but that of uploads, and no limit on time.
pub(super) fn uploads() -> Router<Arc<AppState>> {
    Router::from(described_uploads()).layer(DefaultBodyLimit::disable())
}

/// The OpenAPI description and its browsable page.
pub(super) fn documentation() -> Router<Arc<AppState>> {
    let (_, description) = described().merge(described_uploads()).split_for_parts();
    SwaggerUi::new("/api/docs").url("/api/openapi.json", description).into()
}
