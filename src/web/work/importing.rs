//! Making data sets of files and giving them new data, as jobs.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::extract::Multipart;

use crate::dataset::{Dataset, DatasetError};
use crate::figures;
use crate::jobs::{Ending, Job};
use crate::library::replacement::{Former, Replacement};
use crate::library::{Staging, names};
use crate::progress::{Part, Progress};
use crate::propose::{Answers, Proposal};
use crate::segment::RecipeRequest;
use crate::web::error::AppError;
use crate::web::state::uploads::Upload;
use crate::web::state::{AppState, DEFAULT_MODEL, now};
use crate::web::uploads::{Fields, problem, receive};
use crate::web::work::train::{Keep, Unfit, fit_and_keep};

/// Letters of the note on new data.
const LONGEST_NOTE: usize = 200;

/// Takes files for a new data set, looks at them, and keeps them to be corrected.
///
/// # Errors
/// As [`receive`]; `AppError::Unprocessable` when a file cannot be read or nothing in the files tells customers apart.
pub(in crate::web) async fn take_in(state: &Arc<AppState>, form: Multipart) -> Result<Arc<Upload>, AppError> {
    let data_dir = state.config.folders.data_dir.clone();
    let start = move |file: &str| {
        let stem = Path::new(file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        Staging::new(&data_dir, &names::free_name(&data_dir, &stem))
    };
    let (staging, _) = receive(form, state.config.upload_limit, start).await?;
    let looked =
        state.look(move |watch| staging.propose_watched(&Answers::new(), watch).map(|proposal| (staging, proposal)));
    let (staging, proposal) = looked.await??;
    state.uploads.keep(staging, proposal)
}

/// Takes the corrections of a proposal; `name` is the data set's, when it changes too.
///
/// # Errors
/// `AppError::Busy` while the data set is being made; `AppError::Unprocessable` for what does not fit the files.
pub(in crate::web) fn correct(upload: &Upload, wanted: Proposal, name: Option<&str>) -> Result<(), AppError> {
    let mut held = upload.held()?;
    held.proposal = held.staging.revise(&held.proposal, wanted)?;
    // A name that is taken must not cost the other corrections.
    if let Some(name) = name {
        held.staging.rename(name)?;
    }
    held.problem = None;
    Ok(())
}

/// Queues the making of a data set of files.
///
/// # Errors
/// `AppError::Busy` when the queue is full or the data set is being made already; `AppError::Unprocessable` while a question is open.
pub(in crate::web) async fn start(state: &Arc<AppState>, upload: &Arc<Upload>) -> Result<Arc<Job>, AppError> {
    let looked_at = Arc::clone(upload);
    // Another request may be reading the files anew for seconds.
    let named = state.compute(move || {
        let held = looked_at.held()?;
        check_answered(&held.proposal)?;
        Ok::<_, AppError>((format!("Making the data set {}", held.proposal.title), held.staging.name().to_owned()))
    });
    let (title, name) = named.await??;
    let (shared, files) = (Arc::clone(state), Arc::clone(upload));
    let job = state.jobs.submit_from(
        Some(format!("/import/{}", upload.key)),
        &name,
        &title,
        &format!("import {}", upload.key),
        Box::new(move |observer| make(&shared, &files, observer)),
    )?;
    upload.job.store(job.id, Ordering::Relaxed);
    Ok(job)
}

/// Refuses a proposal with a question that nobody has answered.
fn check_answered(proposal: &Proposal) -> Result<(), AppError> {
    let Some(open) = proposal.questions.iter().find(|question| question.is_open()) else { return Ok(()) };
    Err(AppError::Unprocessable(format!("One answer is missing. {}", open.text)))
}

fn make(state: &AppState, upload: &Upload, observer: &dyn Progress) -> Ending {
    // Discarded while it waited.
    if state.uploads.get(&upload.key).is_err() {
        return Ending::Cancelled;
    }
    let placed = upload.make(|held| {
        let files = held.staging.file_names().count();
        observer.progress(0.05, &format!("Reading and cleaning {}", figures::counted(files, "file", "files")));
        let placed = held
            .staging
            .prove(&held.proposal.manifest(), observer)
            .and_then(|dataset| if observer.is_cancelled() { Ok(None) } else { held.staging.place(dataset).map(Some) });
        let failed = placed.as_ref().err().filter(|error| !matches!(error, DatasetError::Cancelled));
        held.problem = failed.map(problem);
        placed
    });
    let dataset = match placed {
        Ok(Some(dataset)) => dataset,
        Ok(None) | Err(DatasetError::Cancelled) => return Ending::Cancelled,
        Err(error) => return Ending::Failed(problem(&error)),
    };
    drop(state.uploads.discard(&upload.key));
    observer.progress(0.5, "Showing it");
    let dataset = state.adopt(dataset);
    let customers = figures::counted(dataset.customers.len(), "customer", "customers");
    first_model(state, &dataset, &format!("{customers} read."), observer)
}

/// Forgets files that nobody wants; a job that waits to make a data set of them is cancelled.
///
/// # Errors
/// `AppError::NotFound`; `AppError::Busy` while the data set is being made.
pub(in crate::web) async fn discard(state: &AppState, key: &str) -> Result<(), AppError> {
    let upload = state.uploads.get(key)?;
    upload.check_idle()?;
    if let Some(job) = state.jobs.get(upload.job.load(Ordering::Relaxed)) {
        job.cancel();
    }
    let discarded = state.uploads.discard(key);
    state.compute(move || drop((upload, discarded))).await
}

/// Trains the manifest's choice on a data set that is there; that this fails does not undo the data set.
pub(in crate::web) fn first_model(state: &AppState, dataset: &Dataset, said: &str, observer: &dyn Progress) -> Ending {
    let keep = Keep::Save(DEFAULT_MODEL.to_owned());
    let trained = RecipeRequest::default()
        .resolve(dataset)
        .map_err(Unfit::from)
        .and_then(|recipe| fit_and_keep(state, dataset, &recipe, &keep, true, &Part::of(observer, 0.5..1.0)));
    let (page, message) = match trained {
        Ok(message) => ("overview", format!("{said} {message}")),
        Err(Unfit::Segment(error)) if error.is_cancelled() => ("data", format!("{said} Training was cancelled.")),
        Err(Unfit::Segment(error)) => ("data", format!("{said} No segments yet: {}", AppError::from_segment(&error))),
        Err(Unfit::Gone(gone)) => return Ending::Failed(gone.to_string()),
    };
    Ending::Done { result: format!("/d/{}/{page}", dataset.name), message }
}

/// Takes new data for a data set and queues what puts it in place of the old.
///
/// # Errors
/// As [`receive`]; `AppError::Busy` when the queue is full.
pub(in crate::web) async fn take_new_data(
    state: &Arc<AppState>,
    dataset: &Dataset,
    form: Multipart,
) -> Result<Arc<Job>, AppError> {
    let (data_dir, name) = (state.config.folders.data_dir.clone(), dataset.name.clone());
    let start = move |_: &str| Replacement::new(&data_dir, &name);
    let (replacement, fields) = receive(form, state.config.upload_limit, start).await?;
    let former = if field(&fields, "keep") == Some("no") { Former::Trashed } else { Former::Kept };
    let note: String = field(&fields, "note").unwrap_or_default().chars().take(LONGEST_NOTE).collect();
    let shared = Arc::clone(state);
    let (name, title) = (dataset.name.clone(), dataset.manifest.title.clone());
    let job = state.jobs.submit_from(
        Some(format!("/d/{name}/data#manage")),
        &name.clone(),
        &format!("Giving {title} new data"),
        &format!("replace {name} {:016x}", rand::random::<u64>()),
        Box::new(move |observer| {
            observer.progress(0.05, "Reading and cleaning the new data");
            replace(&shared, &replacement, &name, former, &note, observer)
        }),
    )?;
    Ok(job)
}

fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.trim())
}

fn replace(
    state: &AppState,
    replacement: &Replacement,
    name: &str,
    former: Former,
    note: &str,
    observer: &dyn Progress,
) -> Ending {
    let placed = replacement.prove(observer).and_then(|dataset| {
        if observer.is_cancelled() {
            return Ok(None);
        }
        replacement.place(dataset, former, note, now()).map(Some)
    });
    let dataset = match placed {
        Ok(Some(dataset)) => dataset,
        Ok(None) | Err(DatasetError::Cancelled) => return Ending::Cancelled,
        Err(error) => return Ending::Failed(format!("{} The data is as it was.", problem(&error))),
    };
    observer.progress(0.6, "Placing the customers in their segments");
    let dataset = state.adopt(dataset);
    let customers = figures::counted(dataset.customers.len(), "customer", "customers");
    let has_model = !state.snapshot().models_of(name).is_empty();
    if !has_model {
        return first_model(state, &dataset, &format!("{customers} read."), observer);
    }
    let page = if former == Former::Kept { "versions" } else { "data" };
    Ending::Done {
        result: format!("/d/{name}/{page}"),
        message: format!("{customers} read and placed by the models that were there."),
    }
}
