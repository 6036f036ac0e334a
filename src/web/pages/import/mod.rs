//! Adding a data set: files are sent, what they are taken for is shown and corrected, and a data set is made of them.

mod form;
mod view;

pub(super) use form::{ROLES, malformed, role_of};

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::{Multipart, Path, RawForm, State};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::web::address::Query;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::state::AppState;
use crate::web::work::importing;

/// `GET /import`: where files are chosen; a reader who reloads a refused upload comes here.
pub(in crate::web) async fn begin() -> Redirect {
    Redirect::to("/#add")
}

/// `POST /import`: takes files and goes on to what they are taken for.
pub(in crate::web) async fn send(State(state): State<Arc<AppState>>, form: Multipart) -> Result<Redirect, AppError> {
    let upload = importing::take_in(&state, form).await?;
    Ok(Redirect::to(&format!("/import/{}", upload.key)))
}

/// `GET /import/{key}`: what the files are taken for.
pub(super) async fn show(State(state): State<Arc<AppState>>, Path(key): Path<String>) -> Result<Response, AppError> {
    let upload = state.uploads.get(&key)?;
    let job = upload.job.load(Ordering::Relaxed);
    let is_open = state.jobs.get(job).is_some_and(|job| !job.status().phase.is_over());
    if is_open {
        return Ok(Redirect::to(&format!("/jobs/{job}")).into_response());
    }
    let snapshot = state.snapshot();
    let shown: Html<String> = state
        .compute(move || {
            let held = upload.held()?;
            page(&view::ImportPage::new(Shell::outer(&snapshot, "Add a data set"), &upload.key, &held))
        })
        .await??;
    Ok(shown.into_response())
}

/// `POST /import/{key}`: takes corrections; with `make` among the fields the data set is made, with `discard` nothing is kept.
pub(super) async fn correct(
    State(state): State<Arc<AppState>>,
    Path(key): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let upload = state.uploads.get(&key)?;
    let fields = Query::parse(std::str::from_utf8(&body).map_err(|_| form::malformed())?)?;
    if fields.get("discard").is_some() {
        importing::discard(&state, &key).await?;
        return Ok(Redirect::to("/#add"));
    }
    let (held, asked) = (Arc::clone(&upload), fields.clone());
    let corrected = state
        .compute(move || {
            let wanted = form::wanted(&held.held()?.proposal, &asked)?;
            importing::correct(&held, wanted, asked.get("name"))
        })
        .await?;
    match corrected {
        Ok(()) => {}
        // What does not fit is told on the page, where it can be corrected.
        Err(AppError::Unprocessable(reason) | AppError::BadRequest(reason)) => {
            let told = Arc::clone(&upload);
            state.compute(move || told.held().map(|mut held| held.problem = Some(reason))).await??;
            return Ok(Redirect::to(&format!("/import/{key}")));
        }
        Err(error) => return Err(error),
    }
    if fields.get("make").is_some() {
        let job = importing::start(&state, &upload).await?;
        return Ok(Redirect::to(&format!("/jobs/{}", job.id)));
    }
    let place = fields.get("at").filter(|at| at.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    Ok(Redirect::to(&format!("/import/{key}{}", place.map_or_else(String::new, |at| format!("#{at}")))))
}
