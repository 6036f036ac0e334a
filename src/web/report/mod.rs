//! The report as one HTML page that needs nothing beside it: for reading in the browser, saving, printing and sending on. The
//! server and the command line write the same bytes.

mod cards;
mod comparison;
mod glossary;
mod groups;
mod page;
mod svg;
mod what_facts_say;
mod written;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{Html, Response};
use axum::routing::get;

use super::error::AppError;
use super::state::AppState;
use crate::segment::report::Report;
use crate::web::address::href;
use crate::web::attachment::attachment;
use crate::web::context::PageContext;
use crate::web::question::{Asked, Nothing};

pub use page::html;

/// Links to the report of the model that a page shows.
#[derive(Debug, Clone)]
pub(super) struct ReportLinks {
    /// To read it.
    pub page: String,
    /// To save it.
    pub file: String,
}

impl ReportLinks {
    /// The links; `None` without a model.
    pub(super) fn of(context: &PageContext) -> Option<Self> {
        context.entry.as_ref()?;
        let to = |path: &str| href(&format!("/d/{}/{path}", context.dataset.name), &context.model_pair());
        Some(Self { page: to("report"), file: to("download/report.html") })
    }
}

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new().route("/d/{dataset}/report", get(show)).route("/d/{dataset}/download/report.html", get(download))
}

/// The content of the report on the model of a request, over all customers.
pub(super) fn content(context: &PageContext) -> Result<Report, AppError> {
    let entry = context.model()?;
    Ok(Report::of(&context.dataset, &entry.model, entry.labels(), context.lifetimes().as_deref())?)
}

fn written(context: &PageContext) -> Result<String, AppError> {
    Ok(html(&context.dataset, &content(context)?)?)
}

async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Html<String>, AppError> {
    Ok(Html(state.compute(move || written(&context)).await??))
}

async fn download(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Response, AppError> {
    let name = format!("segments-{}-{}.html", context.dataset.name, context.model()?.model.name);
    let page = state.compute(move || written(&context)).await??;
    Ok(attachment(page.into_bytes(), &name, "text/html; charset=utf-8"))
}
