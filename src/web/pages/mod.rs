//! Pages: a file a tab. A handler reads the question from the address, asks `query` and `segment`,
//! and fills a template; it computes no statistic itself.

mod cluster;
mod coupons;
mod data;
mod datasets;
mod edit;
mod explore;
pub(super) mod forecast;
mod import;
mod insights;
pub(super) mod jobs;
mod manage;
mod overview;
mod parts;
mod predict;
pub(super) mod rfm;
mod sales;
mod segments;
pub(super) mod shell;
mod versions;
pub(super) mod worth;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use super::state::AppState;

pub(in crate::web) use cluster::recipe_fields;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/", get(datasets::show))
        .route("/d/{dataset}", get(datasets::enter))
        .route("/d/{dataset}/overview", get(overview::show))
        .route("/d/{dataset}/data", get(data::show))
        .route("/d/{dataset}/explore", get(explore::show))
        .route("/d/{dataset}/cluster", get(cluster::show))
        .route("/d/{dataset}/cluster/train", post(cluster::train))
        .route("/d/{dataset}/cluster/suggest", post(cluster::suggest))
        .route("/d/{dataset}/cluster/save", post(cluster::save))
        .route("/d/{dataset}/cluster/compare", get(cluster::compare::show).post(cluster::compare::start))
        .route("/d/{dataset}/segments", get(segments::show))
        .route("/d/{dataset}/segments/edit", post(segments::edit))
        .route("/d/{dataset}/insights", get(insights::show))
        .route("/d/{dataset}/sales", get(sales::show))
        .route("/d/{dataset}/sales/forecast", get(forecast::show).post(forecast::start))
        .route("/d/{dataset}/coupons", get(coupons::show))
        .route("/d/{dataset}/rfm", get(rfm::show))
        .route("/d/{dataset}/predict", get(predict::show))
        .route("/d/{dataset}/predict/file", post(predict::file))
        .route("/d/{dataset}/edit", get(edit::show).post(edit::save))
        .route("/d/{dataset}/edit/preview", post(edit::preview))
        .route("/d/{dataset}/reload", post(edit::reload))
        .route("/d/{dataset}/rename", post(manage::rename))
        .route("/d/{dataset}/delete", post(manage::delete))
        .route("/restore", post(manage::restore))
        .route("/import/{key}", get(import::show).post(import::correct))
        .route("/d/{dataset}/versions", get(versions::show).post(versions::start))
        .route("/jobs/{id}", get(jobs::show))
}

/// What takes files of any size: no limit on the body but that of uploads, and no limit on time.
pub(super) fn uploads() -> Router<Arc<AppState>> {
    Router::new()
        .route("/import", get(import::begin).post(import::send))
        .route("/d/{dataset}/replace", get(manage::begin).post(manage::replace))
        .layer(DefaultBodyLimit::disable())
}
