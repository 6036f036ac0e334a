//! Trying out and writing an edit of a data set's manifest.

use std::path::Path;
use std::sync::Arc;

use crate::dataset::{Dataset, DatasetError, load_watched};
use crate::figures;
use crate::jobs::{Ending, Job};
use crate::library::edit::{Settings, Source};
use crate::progress::Progress;
use crate::web::error::AppError;
use crate::web::state::AppState;
use crate::web::uploads::problem;
use crate::web::work::importing::first_model;

/// What is said when the manifest is not the one that an edit began with.
pub(in crate::web) const CHANGED_MEANWHILE: &str =
    "The manifest was changed by somebody else meanwhile; open the page again and repeat the change.";

/// A data set as it would be with other settings.
///
/// # Errors
/// [`DatasetError`] as a sentence for the page.
pub(in crate::web) fn try_out(
    source: &Source,
    wanted: &Settings,
    watch: &dyn Progress,
) -> Result<Dataset, DatasetError> {
    let text = source.with(wanted)?;
    source.try_out(&text, watch)
}

/// Queues the writing of settings: they are tried out, written, and shown.
///
/// # Errors
/// `AppError::Unprocessable` when the manifest is not the one that `mark` names any more, `AppError::Busy` when the queue is
/// full.
pub(in crate::web) fn start(
    state: &Arc<AppState>,
    dataset: &Dataset,
    source: Source,
    wanted: &Settings,
    mark: &str,
) -> Result<Arc<Job>, AppError> {
    if source.mark() != mark {
        return Err(AppError::Unprocessable(CHANGED_MEANWHILE.to_owned()));
    }
    let text = source.with(wanted)?;
    let name = dataset.name.clone();
    let shared = Arc::clone(state);
    let job = state.jobs.submit_from(
        Some(format!("/d/{name}/edit")),
        &name.clone(),
        &format!("Cleaning {} as edited", dataset.manifest.title),
        &format!("edit {name} {mark} {:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes())),
        Box::new(move |observer| {
            observer.progress(0.05, "Reading and cleaning");
            let edited = match source.try_out(&text, observer) {
                Ok(edited) => edited,
                Err(DatasetError::Cancelled) => return Ending::Cancelled,
                Err(error) => return Ending::Failed(format!("{} Nothing was changed.", problem(&error))),
            };
            if observer.is_cancelled() {
                return Ending::Cancelled;
            }
            if let Err(error) = source.write(&text) {
                return Ending::Failed(problem(&error));
            }
            observer.progress(0.5, "Placing the customers in their segments");
            show(&shared, edited, observer)
        }),
    )?;
    Ok(job)
}

/// Queues the reading of a folder as it stands now, after somebody changed its files.
///
/// # Errors
/// `AppError::Busy` when the queue is full.
pub(in crate::web) fn start_reading(state: &Arc<AppState>, dataset: &Dataset) -> Result<Arc<Job>, AppError> {
    let (name, folder) = (dataset.name.clone(), dataset.folder.clone());
    let shared = Arc::clone(state);
    let job = state.jobs.submit_from(
        Some(format!("/d/{name}/data")),
        &name.clone(),
        &format!("Reading {} again", dataset.manifest.title),
        &format!("read {name}"),
        Box::new(move |observer| {
            observer.progress(0.05, "Reading and cleaning");
            match read(&folder, observer) {
                Ok(dataset) => show(&shared, dataset, observer),
                Err(DatasetError::Cancelled) => Ending::Cancelled,
                Err(error) => Ending::Failed(format!("{} What is shown stays as it was.", problem(&error))),
            }
        }),
    )?;
    Ok(job)
}

fn read(folder: &Path, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
    load_watched(folder, watch).map_err(|error| error.below(folder))
}

fn show(state: &AppState, dataset: Dataset, observer: &dyn Progress) -> Ending {
    let dataset = state.adopt(dataset);
    let customers = figures::counted(dataset.customers.len(), "customer", "customers");
    if state.snapshot().models_of(&dataset.name).is_empty() {
        return first_model(state, &dataset, &format!("{customers} read."), observer);
    }
    Ending::Done { result: format!("/d/{}/data", dataset.name), message: format!("{customers} read.") }
}
