//! What the server knows: an immutable snapshot of data sets and models, swapped whole.

mod clock;
mod holdings;
pub mod lifetimes;
pub(in crate::web) mod metrics;
pub mod recent;
pub(in crate::web) mod transit;
pub(in crate::web) mod uploads;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arc_swap::ArcSwap;
use serde::Serialize;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::lifetimes::Lifetimes;
use self::metrics::Metrics;
use self::recent::{Bounds, Recent};
use self::transit::Transit;
use self::uploads::Uploads;
use crate::config::{Folders, ServeConfig};
use crate::dataset::export::ExtraColumn;
use crate::dataset::{Dataset, DatasetError};
use crate::jobs::JobQueue;
use crate::library::catalog::{BrokenDataset, Catalog};
use crate::library::{replacement, staging};
use crate::progress::StopFlag;
use crate::segment::comparison::Comparison;
use crate::segment::explore::{Geometry, Suggestion};
use crate::segment::forecasts::{self, SavedForecast};
use crate::segment::predict::placements;
use crate::segment::store::{self, SetAside};
use crate::segment::versions::VersionComparison;
use crate::segment::{Model, SegmentError, moves};
use crate::web::error::AppError;

pub use self::clock::now;

/// Name of the model that pages use unless told otherwise.
pub const DEFAULT_MODEL: &str = "default";

/// Looks at files and previews that are worked out at the same time.
const LOOKS: usize = 2;

/// Trial models of all data sets that are kept in memory.
const TRIALS: Bounds = Bounds { most: 40, bytes: 256 << 20 };

/// Suggestions, comparisons and forecasts that are kept in memory, each.
const ANSWERS: Bounds = Bounds { most: 100, bytes: 64 << 20 };

/// About what a model takes beside its labels: centroids, profiles, a picture.
const SMALL_PARTS: usize = 256 * 1024;

/// A model in use.
#[derive(Debug)]
pub struct ModelEntry {
    /// The model.
    pub model: Model,
    /// Cluster of every customer as the data is now, where that is not what the model was fitted to.
    moved: Option<Vec<i32>>,
    /// Whether it is on disk, and if not, why.
    pub storage: Storage,
    geometry: OnceLock<Option<Geometry>>,
    placements: OnceLock<Arc<Vec<ExtraColumn>>>,
}

/// Where a model is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In the models folder.
    Saved,
    /// In memory; nobody asked to save it.
    Trial,
    /// In memory; saving failed for this reason.
    Failed(String),
}

impl ModelEntry {
    /// A model with its labels on a data set.
    ///
    /// # Errors
    /// When the data set lost a feature of the model.
    pub fn new(model: Model, dataset: &Dataset, storage: Storage) -> Result<Self, SegmentError> {
        let moved = if model.is_fitted_to(dataset) { None } else { Some(model.labels_for(dataset)?) };
        Ok(Self { model, moved, storage, geometry: OnceLock::new(), placements: OnceLock::new() })
    }

    /// Cluster of every customer as the data is now.
    pub fn labels(&self) -> &[i32] {
        self.moved.as_deref().unwrap_or(&self.model.labels)
    }

    /// Cluster, segment and confidence of every customer for downloads, worked out once and shared by all of them.
    ///
    /// # Errors
    /// When the data set lost a feature of the model.
    pub fn placement_columns(&self, dataset: &Dataset) -> Result<Arc<Vec<ExtraColumn>>, SegmentError> {
        if let Some(known) = self.placements.get() {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(placements(&self.model, dataset)?.columns(dataset));
        Ok(Arc::clone(self.placements.get_or_init(|| found)))
    }

    /// About the memory it takes.
    fn bytes(&self) -> usize {
        let labels = self.model.labels.len() + self.moved.as_ref().map_or(0, Vec::len);
        labels * size_of::<i32>() + SMALL_PARTS
    }

    /// Principal components and a sample for drawing, computed once.
    pub fn geometry(&self, dataset: &Dataset) -> Option<&Geometry> {
        self.geometry
            .get_or_init(|| {
                Geometry::of(&self.model, dataset, self.labels())
                    .inspect_err(|error| tracing::warn!(%error, model = self.model.name, "cannot draw model"))
                    .ok()
            })
            .as_ref()
    }

    /// The same model, kept elsewhere.
    #[must_use]
    pub fn stored(&self, model: Model, storage: Storage) -> Self {
        Self { model, moved: self.moved.clone(), storage, geometry: OnceLock::new(), placements: OnceLock::new() }
    }
}

/// Everything that is shown, at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Data sets by name.
    pub datasets: BTreeMap<String, Arc<Dataset>>,
    /// Folders that could not be loaded.
    pub broken: Vec<BrokenDataset>,
    /// Models by data set and name.
    pub models: BTreeMap<(String, String), Arc<ModelEntry>>,
    /// Files of models and forecasts that are not used.
    pub set_aside: Vec<SetAside>,
    /// Suggestions by [`crate::segment::explore::suggestion_key`].
    pub suggestions: Recent<Suggestion>,
    /// Comparisons of all algorithms by [`crate::segment::comparison::comparison_key`].
    pub comparisons: Recent<Comparison>,
    /// Comparisons with earlier versions by [`crate::segment::versions::key`].
    pub version_comparisons: Recent<VersionComparison>,
    /// Forecasts by [`crate::segment::forecasts::key`].
    pub forecasts: Recent<SavedForecast>,
    /// What customers are expected to be worth, by data set, worked out when first asked for.
    pub lifetimes: Lifetimes,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            datasets: BTreeMap::new(),
            broken: Vec::new(),
            models: BTreeMap::new(),
            set_aside: Vec::new(),
            suggestions: Recent::new(ANSWERS),
            comparisons: Recent::new(ANSWERS),
            version_comparisons: Recent::new(ANSWERS),
            forecasts: Recent::new(ANSWERS),
            lifetimes: Lifetimes::default(),
        }
    }
}

impl Snapshot {
    /// Keeps an answer about a data set, as large as it is when written.
    pub fn keep_answer<T: Serialize>(recent: &mut Recent<T>, key: String, dataset: &str, answer: T) {
        let bytes = serde_json::to_vec(&answer).map_or(0, |text| text.len());
        recent.insert(key, dataset, bytes, answer);
    }

    /// Keeps a forecast.
    pub fn keep_forecast(&mut self, forecast: SavedForecast) {
        let (key, dataset) = (forecast.key(), forecast.dataset.clone());
        Self::keep_answer(&mut self.forecasts, key, &dataset, forecast);
    }

    /// Forgets what was worked out of a data set, but for forecasts from data with a fingerprint.
    pub fn forget_answers(&mut self, dataset: &str, still: Option<&str>) {
        self.suggestions.forget(dataset);
        self.comparisons.forget(dataset);
        self.version_comparisons.forget(dataset);
        self.forecasts.retain(|kept| kept.dataset != dataset || Some(kept.fingerprint.as_str()) == still);
    }

    /// Shows a model; the oldest trials go where there are too many.
    pub fn place(&mut self, entry: ModelEntry) {
        let key = (entry.model.dataset.clone(), entry.model.name.clone());
        self.models.insert(key.clone(), Arc::new(entry));
        let is_trial = |entry: &ModelEntry| entry.storage == Storage::Trial;
        let mut trials: Vec<_> =
            self.models.iter().filter(|(other, entry)| **other != key && is_trial(entry)).collect();
        trials.sort_by_key(|(_, entry)| entry.model.trained_at);
        let mut bytes: usize = trials.iter().map(|(_, entry)| entry.bytes()).sum();
        let mut left = trials.len();
        let mut gone = Vec::new();
        for (old, entry) in trials {
            if left < TRIALS.most && bytes <= TRIALS.bytes {
                break;
            }
            left -= 1;
            bytes -= entry.bytes();
            gone.push(old.clone());
        }
        self.models.retain(|key, _| !gone.contains(key));
    }

    /// Models of a data set, the default first, then by name.
    #[must_use]
    pub fn models_of(&self, dataset: &str) -> Vec<Arc<ModelEntry>> {
        let mut models: Vec<Arc<ModelEntry>> =
            self.models.iter().filter(|((owner, _), _)| owner == dataset).map(|(_, entry)| Arc::clone(entry)).collect();
        models.sort_by_key(|entry| entry.model.name != DEFAULT_MODEL);
        models
    }

    /// A model by data set and name.
    #[must_use]
    pub fn model(&self, dataset: &str, name: &str) -> Option<Arc<ModelEntry>> {
        self.models.get(&(dataset.to_owned(), name.to_owned())).cloned()
    }
}

/// Shared by all requests.
#[derive(Debug)]
pub struct AppState {
    /// Settings.
    pub config: ServeConfig,
    /// Long work.
    pub jobs: JobQueue,
    pub(super) metrics: Metrics,
    /// Files that were sent and are being looked at.
    pub(super) uploads: Uploads,
    /// Who is sending files.
    pub(super) transit: Transit,
    snapshot: ArcSwap<Snapshot>,
    /// Held while a snapshot is rebuilt from the one before, so that no change is lost.
    change: Mutex<()>,
    /// Held while a model's texts are edited, for the same reason.
    edit: Mutex<()>,
    /// Held while folders move and models are saved, so that no model is saved into a folder that has moved meanwhile.
    files: Mutex<()>,
    compute: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    stop: CancellationToken,
}

impl AppState {
    /// Loads data sets and models.
    ///
    /// # Errors
    /// [`DatasetError`] when the data folder cannot be listed, or the system's when a thread cannot start.
    pub fn load(config: ServeConfig) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        recover(&config);
        let snapshot = load_snapshot(&config)?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            jobs: JobQueue::start()?,
            metrics: Metrics::new(),
            uploads: Uploads::default(),
            transit: Transit::default(),
            snapshot: ArcSwap::from_pointee(snapshot),
            change: Mutex::new(()),
            edit: Mutex::new(()),
            files: Mutex::new(()),
            compute: Arc::new(Semaphore::new(cores.max(2))),
            looks: Arc::new(Semaphore::new(LOOKS)),
            stop: CancellationToken::new(),
            config,
        })
    }

    /// What is shown now. Hold it for one request.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Changes what is shown. Changes wait for each other; readers wait for nobody.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        let _guard = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.snapshot.load());
        change(&mut next);
        self.snapshot.store(Arc::new(next));
    }

    /// Runs short computing off the server's threads, at most one a core.
    ///
    /// # Errors
    /// `AppError::Internal` when the work panicked.
    pub async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let permit = Arc::clone(&self.compute).acquire_owned().await.map_err(AppError::internal)?;
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(work)
        })
        .await
        .map_err(AppError::internal)
    }

    /// Waits until nobody else moves folders or saves models.
    pub(super) fn files(&self) -> MutexGuard<'_, ()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs longer computing of which nothing is kept, such as a look at files: beside the short work of pages, so that those go
    /// on, and no longer than somebody waits for it.
    ///
    /// # Errors
    /// `AppError::Internal` when the work panicked.
    pub async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StopFlag) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        /// Stops the work when the request is given up.
        struct Waiting(StopFlag);
        impl Drop for Waiting {
            fn drop(&mut self) {
                self.0.stop();
            }
        }
        let permit = Arc::clone(&self.looks).acquire_owned().await.map_err(AppError::internal)?;
        let flag = StopFlag::default();
        let _waiting = Waiting(flag.clone());
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| work(&flag))
        })
        .await
        .map_err(AppError::internal)
    }

    /// Saves a model and shows it; when saving fails it is shown all the same, with the reason.
    ///
    /// # Errors
    /// [`Gone`] when its data set is not shown any more; then nothing is saved.
    pub fn keep(&self, entry: ModelEntry) -> Result<Storage, Gone> {
        let _files = self.files();
        if !self.snapshot().datasets.contains_key(&entry.model.dataset) {
            return Err(Gone);
        }
        Ok(self.save_and_show(entry))
    }

    /// Keeps a model that was fitted to a data set, in the models folder or, as a trial, in memory.
    ///
    /// # Errors
    /// [`Gone`] when the data set was renamed, deleted or got other data meanwhile; then nothing is kept.
    pub fn keep_fitted(&self, entry: ModelEntry, dataset: &Dataset, save: bool) -> Result<Storage, Gone> {
        let _files = self.files();
        if !self.is_shown(dataset) {
            return Err(Gone);
        }
        if save {
            return Ok(self.save_and_show(entry));
        }
        self.show(entry);
        Ok(Storage::Trial)
    }

    fn save_and_show(&self, entry: ModelEntry) -> Storage {
        let storage = match store::save(&self.config.folders.models_dir, &entry.model) {
            Ok(_) => Storage::Saved,
            Err(error) => Storage::Failed(AppError::from(error).to_string()),
        };
        self.show(ModelEntry { storage: storage.clone(), ..entry });
        storage
    }

    /// Shows a model without saving it, unless its data set is gone.
    pub fn show(&self, entry: ModelEntry) {
        let name = entry.model.name.clone();
        self.update(|snapshot| {
            let Some(dataset) = snapshot.datasets.get(&entry.model.dataset).cloned() else { return };
            // The data set may have got other customers since the labels were worked out.
            let placed = if entry.labels().len() == dataset.customers.len() {
                Ok(entry)
            } else {
                ModelEntry::new(entry.model, &dataset, entry.storage)
            };
            match placed {
                Ok(entry) => snapshot.place(entry),
                Err(error) => tracing::warn!(model = name, %error, "a model does not fit the data any more"),
            }
        });
    }

    /// Saves a forecast and shows it, unless its data set is gone; when saving fails it is shown all the same, and the reason returned.
    ///
    /// # Errors
    /// [`Gone`] when its data set was renamed, deleted or got other data meanwhile; then nothing is saved.
    pub fn keep_forecast(&self, forecast: SavedForecast) -> Result<Option<String>, Gone> {
        let _files = self.files();
        let shown = self.snapshot().datasets.get(&forecast.dataset).map(|dataset| dataset.fingerprint.clone());
        if shown.as_ref() != Some(&forecast.fingerprint) {
            return Err(Gone);
        }
        let saved = forecasts::save(&self.config.folders.models_dir, &forecast);
        self.update(|snapshot| snapshot.keep_forecast(forecast));
        Ok(saved.err().map(|error| AppError::from(error).to_string()))
    }

    /// Asks everything to end.
    pub fn stop(&self) {
        self.jobs.cancel_all();
        self.stop.cancel();
    }

    /// Ends when [`AppState::stop`] was called.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}

/// A data set is not what work on it began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The data set was renamed, deleted or given other data while this was worked out, so that nothing was kept; start it again."
)]
pub struct Gone;

/// Ends or takes back what a killed program left half done.
fn recover(config: &ServeConfig) {
    let Folders { data_dir, models_dir } = &config.folders;
    let moved = moves::recover(data_dir, models_dir);
    for said in replacement::recover(data_dir).into_iter().chain(moved) {
        tracing::warn!("after an unexpected end: {said}");
    }
    staging::sweep(data_dir);
}

fn load_snapshot(config: &ServeConfig) -> Result<Snapshot, DatasetError> {
    let Catalog { datasets, broken } = Catalog::load(&config.folders.data_dir)?;
    for dataset in &broken {
        tracing::warn!(dataset = dataset.name, reason = dataset.reason, "data set cannot be used");
    }
    let stored = store::read_all(&config.folders.models_dir);
    let mut snapshot = Snapshot {
        datasets: datasets.into_iter().map(|dataset| (dataset.name.clone(), dataset)).collect(),
        broken,
        set_aside: stored.set_aside,
        ..Snapshot::default()
    };
    for model in stored.models {
        let Some(dataset) = snapshot.datasets.get(&model.dataset) else { continue };
        let key = (model.dataset.clone(), model.name.clone());
        let file = store::path(&config.folders.models_dir, &key.0, &key.1);
        match ModelEntry::new(model, dataset, Storage::Saved) {
            Ok(entry) => {
                snapshot.models.insert(key, Arc::new(entry));
            }
            Err(error) => snapshot.set_aside.push(SetAside { file, reason: error.to_string() }),
        }
    }
    let kept = forecasts::read_all(&config.folders.models_dir);
    snapshot.set_aside.extend(kept.set_aside);
    for forecast in kept.forecasts {
        let dataset = snapshot.datasets.get(&forecast.dataset);
        if dataset.is_some_and(|dataset| dataset.fingerprint == forecast.fingerprint) {
            snapshot.keep_forecast(forecast);
        } else {
            tracing::info!(dataset = forecast.dataset, "a forecast from other data is not used");
        }
    }
    for aside in &snapshot.set_aside {
        tracing::warn!(file = %aside.file.display(), reason = aside.reason, "file is set aside");
    }
    Ok(snapshot)
}

/// New texts of a segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SegmentEdit {
    /// Cluster; -1 is undecided.
    pub cluster: i32,
    /// Name.
    pub name: String,
    /// Description.
    pub description: String,
}

impl AppState {
    /// Gives a segment new texts and saves its model, unless that is a trial in memory.
    ///
    /// # Errors
    /// `AppError::BadRequest` for an empty, long or taken name; `AppError::NotFound` for an
    /// unknown model or segment; `AppError::Unprocessable` when the model cannot be saved (the
    /// edit is shown all the same).
    pub fn edit_segment(&self, dataset: &str, model: &str, edit: &SegmentEdit) -> Result<(), AppError> {
        let _guard = self.edit.lock().unwrap_or_else(PoisonError::into_inner);
        let name = edit.name.trim();
        if name.is_empty() || name.chars().count() > 60 || edit.description.chars().count() > 500 {
            return Err(AppError::BadRequest(
                "Give a name of 1 to 60 characters and a description of at most 500.".to_owned(),
            ));
        }
        let entry = self
            .snapshot()
            .model(dataset, model)
            .ok_or_else(|| AppError::NotFound(format!("There is no model named \"{model}\".")))?;
        let mut changed = entry.model.clone();
        if changed.segments.iter().any(|s| s.cluster != edit.cluster && s.name == name) {
            return Err(AppError::BadRequest(format!(
                "Another segment is called \"{name}\"; choose a different name."
            )));
        }
        let Some(segment) = changed.segments.iter_mut().find(|segment| segment.cluster == edit.cluster) else {
            return Err(AppError::NotFound("There is no such segment.".to_owned()));
        };
        if segment.name != name {
            name.clone_into(&mut segment.name);
            segment.name_edited = true;
        }
        let description = edit.description.trim().replace("\r\n", "\n");
        if segment.description != description {
            segment.description = description;
            segment.description_edited = true;
        }
        if entry.storage == Storage::Trial {
            self.show(entry.stored(changed, Storage::Trial));
            return Ok(());
        }
        match self.keep(entry.stored(changed, Storage::Trial)) {
            Ok(Storage::Failed(reason)) => {
                Err(AppError::NoRoom(format!("The change is shown but could not be saved: {reason}")))
            }
            Ok(_) => Ok(()),
            Err(gone) => Err(AppError::NotFound(gone.to_string())),
        }
    }
}
