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
use axum::routing::{MethodRouter, get, post};

use super::state::AppState;
use super::tab::Tab;

pub(in crate::web) use cluster::recipe_fields;

pub(super) fn router() -> Router<Arc<AppState>> {
    let tabs = Tab::ALL
        .iter()
        .fold(Router::new(), |router, tab| router.route(&format!("/d/{{dataset}}/{}", tab.path()), of_tab(*tab)));
    tabs.route("/", get(datasets::show))
        .route("/d/{dataset}", get(datasets::enter))
        .route("/d/{dataset}/cluster/train", post(cluster::train))
        .route("/d/{dataset}/cluster/suggest", post(cluster::suggest))
        .route("/d/{dataset}/cluster/save", post(cluster::save))
        .route("/d/{dataset}/cluster/compare", get(cluster::compare::show).post(cluster::compare::start))
        .route("/d/{dataset}/segments/edit", post(segments::edit))
        .route("/d/{dataset}/sales/forecast", get(forecast::show).post(forecast::start))
        .route("/d/{dataset}/predict/file", post(predict::file))
        .route("/d/{dataset}/edit", get(edit::show).post(edit::save))
        .route("/d/{dataset}/edit/preview", post(edit::preview))
        .route("/d/{dataset}/reload", post(edit::reload))
        .route("/d/{dataset}/rename", post(manage::rename))
        .route("/d/{dataset}/delete", post(manage::delete))
        .route("/restore", post(manage::restore))
        .route("/import/{key}", get(import::show).post(import::correct))
        .route("/jobs/{id}", get(jobs::show))
}

/// The page of each tab.
fn of_tab(tab: Tab) -> MethodRouter<Arc<AppState>> {
    match tab {
        Tab::Overview => get(overview::show),
        Tab::Explore => get(explore::show),
        Tab::Cluster => get(cluster::show),
        Tab::Segments => get(segments::show),
        Tab::Insights => get(insights::show),
        Tab::Predict => get(predict::show),
        Tab::Rfm => get(rfm::show),
        Tab::Sales => get(sales::show),
        Tab::Coupons => get(coupons::show),
        Tab::Data => get(data::show),
        Tab::Versions => get(versions::show).post(versions::start),
    }
}

/// What takes files of any size: no limit on the body but that of uploads, and no limit on time.
pub(super) fn uploads() -> Router<Arc<AppState>> {
    Router::new()
        .route("/import", get(import::begin).post(import::send))
        .route("/d/{dataset}/replace", get(manage::begin).post(manage::replace))
        .layer(DefaultBodyLimit::disable())
}
