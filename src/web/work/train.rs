//! Training as a job, from the page, the API and at the start.

use std::sync::Arc;

use crate::cluster::Progress;
use crate::dataset::Dataset;
use crate::jobs::{Ending, Job, Work};
use crate::segment::comparison::{compare_algorithms, comparison_key};
use crate::segment::explore::{suggest, suggestion_key};
use crate::segment::fit::{Occasion, fit};
use crate::segment::{Recipe, RecipeRequest, SegmentError};
use crate::web::address::href;
use crate::web::error::AppError;
use crate::web::state::{AppState, DEFAULT_MODEL, Gone, ModelEntry, Snapshot, Storage, now};

/// What to do with a trained model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::web) enum Keep {
    /// Show it under a name made from the recipe.
    Trial,
    /// Save it under this name.
    Save(String),
}

impl Keep {
    /// The name that the model gets.
    fn name(&self, recipe: &Recipe) -> String {
        match self {
            Self::Save(name) => name.clone(),
            Self::Trial => trial_name(recipe),
        }
    }
}

/// The recipe that a request means for a data set. Choosing features by how much they vary goes over all customers.
///
/// # Errors
/// As [`RecipeRequest::resolve`].
pub(in crate::web) async fn resolve(
    state: &AppState,
    dataset: &Arc<Dataset>,
    request: RecipeRequest,
) -> Result<Recipe, AppError> {
    let dataset = Arc::clone(dataset);
    Ok(state.compute(move || request.resolve(&dataset)).await??)
}

/// Queues a training; a quick one leaves out what only describes the result.
///
/// # Errors
/// [`AppError::Busy`] when the queue is full.
pub(in crate::web) fn start(
    state: &Arc<AppState>,
    dataset: &Arc<Dataset>,
    recipe: Recipe,
    keep: Keep,
    quick: bool,
) -> Result<Arc<Job>, AppError> {
    let Training { title, key, work } = training(state, dataset, recipe, keep, quick)?;
    Ok(state.jobs.submit(&dataset.name, &title, &key, work)?)
}

/// A training as a job.
struct Training {
    title: String,
    key: String,
    work: Work,
}

fn training(
    state: &Arc<AppState>,
    dataset: &Arc<Dataset>,
    recipe: Recipe,
    keep: Keep,
    quick: bool,
) -> Result<Training, AppError> {
    let name = keep.name(&recipe);
    let recipe_text = serde_json::to_string(&recipe).map_err(AppError::internal)?;
    let key = format!("train {} {} {name} {recipe_text}", dataset.name, dataset.fingerprint);
    let title = format!("Training {} on {}", recipe.algorithm.title(), dataset.manifest.title);
    let (shared, data) = (Arc::clone(state), Arc::clone(dataset));
    let work: Work = Box::new(move |observer| match fit_and_keep(&shared, &data, &recipe, &keep, quick, observer) {
        Ok(message) => {
            let result = href(&format!("/d/{}/cluster", data.name), &[("model".to_owned(), name)]);
            Ending::Done { result: format!("{result}#result"), message }
        }
        Err(Unfit::Segment(error)) => ending(&error),
        Err(Unfit::Gone(gone)) => Ending::Failed(gone.to_string()),
    });
    Ok(Training { title, key, work })
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub(in crate::web) enum Unfit {
    /// The recipe does not fit the data, or somebody cancelled.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The data is not there any more.
    #[error(transparent)]
    Gone(#[from] Gone),
}

/// Trains, keeps the model as told, and says what came out.
///
/// # Errors
/// [`Unfit`].
pub(in crate::web) fn fit_and_keep(
    state: &AppState,
    dataset: &Dataset,
    recipe: &Recipe,
    keep: &Keep,
    quick: bool,
    observer: &dyn Progress,
) -> Result<String, Unfit> {
    let name = keep.name(recipe);
    let snapshot = state.snapshot();
    let predecessor = snapshot.model(&dataset.name, &name).or_else(|| snapshot.model(&dataset.name, DEFAULT_MODEL));
    let occasion =
        Occasion { name: &name, predecessor: predecessor.as_ref().map(|entry| &entry.model), now: now(), quick };
    let model = fit(dataset, recipe, occasion, observer)?;
    let message = format!("{} segments in {:.1} s.", model.n_clusters(), model.seconds);
    let entry = ModelEntry::new(model, dataset, Storage::Trial)?;
    match state.keep_fitted(entry, dataset, matches!(keep, Keep::Save(_)))? {
        Storage::Failed(reason) => {
            Ok(format!("{message} Trained, not saved: {reason} It is shown until the program ends."))
        }
        Storage::Saved | Storage::Trial => Ok(message),
    }
}

fn ending(error: &SegmentError) -> Ending {
    if error.is_cancelled() {
        return Ending::Cancelled;
    }
    Ending::Failed(AppError::from_segment(error))
}

/// A name that says what was tried.
fn trial_name(recipe: &Recipe) -> String {
    let text = serde_json::to_string(recipe).unwrap_or_default();
    let hash = xxhash_rust::xxh3::xxh3_64(text.as_bytes()) & 0xffff;
    format!("trial-{}-{hash:04x}", recipe.algorithm.name())
}

/// Queues the work behind a suggestion.
///
/// # Errors
/// [`AppError::Busy`] when the queue is full.
pub(in crate::web) fn start_suggestion(
    state: &Arc<AppState>,
    dataset: &Arc<Dataset>,
    recipe: Recipe,
    result: String,
) -> Result<Arc<Job>, AppError> {
    let key = suggestion_key(dataset, &recipe);
    let title = format!("Suggesting parameters for {} on {}", recipe.algorithm.title(), dataset.manifest.title);
    let (shared, data) = (Arc::clone(state), Arc::clone(dataset));
    let job = state.jobs.submit(
        &dataset.name,
        &title,
        &format!("suggest {key}"),
        Box::new(move |observer| match suggest(&data, &recipe, observer) {
            Ok(suggestion) => {
                shared.update(|snapshot| {
                    Snapshot::keep_answer(&mut snapshot.suggestions, key, &data.name, suggestion);
                });
                Ending::Done { result, message: "Done.".to_owned() }
            }
            Err(error) => ending(&error),
        }),
    )?;
    Ok(job)
}

/// Queues the comparison of all algorithms.
///
/// # Errors
/// [`AppError::Busy`] when the queue is full.
pub(in crate::web) fn start_comparison(
    state: &Arc<AppState>,
    dataset: &Arc<Dataset>,
    recipe: Recipe,
    result: String,
) -> Result<Arc<Job>, AppError> {
    let key = comparison_key(dataset, &recipe);
    let title = format!("Comparing all algorithms on {}", dataset.manifest.title);
    let (shared, data) = (Arc::clone(state), Arc::clone(dataset));
    let job = state.jobs.submit(
        &dataset.name,
        &title,
        &format!("compare {key}"),
        Box::new(move |observer| match compare_algorithms(&data, &recipe, observer) {
            Ok(comparison) => {
                let message = comparison.reason.clone();
                shared.update(|snapshot| {
                    Snapshot::keep_answer(&mut snapshot.comparisons, key, &data.name, comparison);
                });
                Ending::Done { result, message }
            }
            Err(error) => ending(&error),
        }),
    )?;
    Ok(job)
}

/// Trains the manifest's choice for every data set that has no default model yet, behind what people ask for.
pub fn missing_defaults(state: &Arc<AppState>) {
    let snapshot = state.snapshot();
    for dataset in snapshot.datasets.values() {
        if snapshot.model(&dataset.name, DEFAULT_MODEL).is_some() {
            continue;
        }
        let started = RecipeRequest::default()
            .resolve(dataset)
            .map_err(AppError::from)
            .and_then(|recipe| training(state, dataset, recipe, Keep::Save(DEFAULT_MODEL.to_owned()), true));
        match started {
            Ok(Training { title, key, work }) => {
                let job = state.jobs.submit_behind(&dataset.name, &title, &key, work);
                tracing::debug!(dataset = dataset.name, job = job.id, "a first model is queued");
            }
            Err(error) => tracing::warn!(dataset = dataset.name, %error, "no default model"),
        }
    }
}
