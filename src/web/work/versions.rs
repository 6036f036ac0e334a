//! Comparing versions of a data set as a job, from the page and the API.

use std::sync::Arc;

use crate::jobs::{Ending, Job};
use crate::library::versions::{self, Version};
use crate::segment::versions::{VersionComparison, compare, key};
use crate::web::context::PageContext;
use crate::web::error::{AppError, sentence};
use crate::web::state::{AppState, ModelEntry, Snapshot};

/// The earlier versions of a page's data set, the newest first, and the one that is asked for.
pub(in crate::web) struct Choice {
    pub(in crate::web) versions: Vec<Version>,
    pub(in crate::web) chosen: Version,
}

impl Choice {
    /// The version that a text names; without one the newest.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when there is none such, [`AppError::BadRequest`] for a text that is no number.
    pub(in crate::web) fn of(context: &PageContext, asked: Option<&str>) -> Result<Self, AppError> {
        let versions = versions::list(&context.dataset.folder);
        let Some(newest) = versions.first() else {
            return Err(AppError::NotFound(
                "This data set has no earlier version; one is kept when new data replaces old.".to_owned(),
            ));
        };
        let known = || versions.iter().map(|version| version.number.to_string()).collect::<Vec<_>>().join(", ");
        let chosen = match asked {
            None => newest.clone(),
            Some(text) => {
                let number: u32 = text.parse().map_err(|_| {
                    AppError::BadRequest(format!("\"{text}\" is no version; choose one of {}.", known()))
                })?;
                let found = versions.iter().find(|version| version.number == number).cloned();
                found.ok_or_else(|| {
                    AppError::NotFound(format!("This data set has no version {number}; choose one of {}.", known()))
                })?
            }
        };
        Ok(Self { versions, chosen })
    }
}

/// The day when a version was replaced, or its number.
pub(in crate::web) fn called(version: &Version) -> String {
    let number = version.number;
    version.replaced_on().map_or_else(|| format!("version {number}"), |day| format!("version {number}, replaced {day}"))
}

/// The comparison with a version, where it was made, with the segments' present names.
pub(in crate::web) fn known(context: &PageContext, entry: &ModelEntry, version: &Version) -> Option<VersionComparison> {
    let found = context.snapshot.version_comparisons.get(&key(&context.dataset, version, &entry.model))?;
    Some(VersionComparison::clone(found).named_by(&entry.model))
}

/// Queues the comparison with a version; its page is `result`.
///
/// # Errors
/// [`AppError::Busy`] when the queue is full.
pub(in crate::web) fn start(
    state: &Arc<AppState>,
    context: &PageContext,
    entry: &Arc<ModelEntry>,
    version: &Version,
    result: String,
) -> Result<Arc<Job>, AppError> {
    let key = key(&context.dataset, version, &entry.model);
    let title = format!("Comparing {} with {}", context.dataset.manifest.title, called(version));
    let (shared, new, entry) = (Arc::clone(state), Arc::clone(&context.dataset), Arc::clone(entry));
    let version = version.clone();
    let job = state.jobs.submit(
        &context.dataset.name,
        &title,
        &format!("versions {key}"),
        Box::new(move |observer| {
            observer.progress(0.02, "Loading the earlier version");
            let old = match versions::load(&new.folder, version.number) {
                Ok(old) => old,
                Err(error) => return Ending::Failed(sentence(&error.to_string())),
            };
            match compare(&entry.model, &version, &old, &new, observer) {
                Ok(comparison) => {
                    let message = comparison.alarm.headline.clone();
                    shared.update(|snapshot| {
                        Snapshot::keep_answer(&mut snapshot.version_comparisons, key, &new.name, comparison);
                    });
                    Ending::Done { result, message }
                }
                Err(error) if error.is_cancelled() => Ending::Cancelled,
                Err(error) => Ending::Failed(AppError::from_segment(&error)),
            }
        }),
    )?;
    Ok(job)
}
