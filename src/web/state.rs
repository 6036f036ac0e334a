//! What the server knows: an immutable snapshot of data sets and models, swapped whole.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::error::AppError;
use super::lifetimes::Lifetimes;
use super::metrics::Metrics;
use super::uploads::Uploads;
use crate::config::ServeConfig;
use crate::dataset::catalog::{BrokenDataset, Catalog};
use crate::dataset::{Dataset, DatasetError, intake};
use crate::jobs::JobQueue;
use crate::segment::comparison::Comparison;
use crate::segment::explore::{Geometry, Suggestion};
use crate::segment::forecasts::{self, SavedForecast};
use crate::segment::store::{self, SetAside};
use crate::segment::versions::VersionComparison;
use crate::segment::{Model, SegmentError};

/// Name of the model that pages use unless told otherwise.
pub const DEFAULT_MODEL: &str = "default";

/// A model in use.
#[derive(Debug)]
pub struct ModelEntry {
    /// The model.
    pub model: Model,
    /// Cluster of every customer as the data is now.
    pub labels: Vec<i32>,
    /// Whether it is on disk, and if not, why.
    pub storage: Storage,
    geometry: std::sync::OnceLock<Option<Geometry>>,
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
        let labels = model.labels_for(dataset)?;
        Ok(Self { model, labels, storage, geometry: std::sync::OnceLock::new() })
    }

    /// Principal components and a sample for drawing, computed once.
    pub fn geometry(&self, dataset: &Dataset) -> Option<&Geometry> {
        self.geometry
            .get_or_init(|| {
                Geometry::of(&self.model, dataset, &self.labels)
                    .inspect_err(|error| tracing::warn!(%error, model = self.model.name, "cannot draw model"))
                    .ok()
            })
            .as_ref()
    }

    /// The same model, kept elsewhere.
    #[must_use]
    pub fn stored(&self, model: Model, storage: Storage) -> Self {
        Self { model, labels: self.labels.clone(), storage, geometry: std::sync::OnceLock::new() }
    }
}

/// Everything that is shown, at one moment.
#[derive(Debug, Default, Clone)]
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
    pub suggestions: BTreeMap<String, Arc<Suggestion>>,
    /// Comparisons of all algorithms by [`crate::segment::comparison::comparison_key`].
    pub comparisons: BTreeMap<String, Arc<Comparison>>,
    /// Comparisons with earlier versions by [`crate::segment::versions::key`].
    pub version_comparisons: BTreeMap<String, Arc<VersionComparison>>,
    /// Forecasts by [`crate::segment::forecasts::key`].
    pub forecasts: BTreeMap<String, Arc<SavedForecast>>,
    /// What customers are expected to be worth, by data set, worked out when first asked for.
    pub lifetimes: Lifetimes,
}

impl Snapshot {
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
    snapshot: ArcSwap<Snapshot>,
    /// Held while a snapshot is rebuilt from the one before, so that no change is lost.
    change: Mutex<()>,
    /// Held while a model's texts are edited, for the same reason.
    edit: Mutex<()>,
    compute: Arc<Semaphore>,
    stop: CancellationToken,
}

impl AppState {
    /// Loads data sets and models.
    ///
    /// # Errors
    /// [`DatasetError`] when the data folder cannot be listed, or the system's when a thread cannot start.
    pub fn load(config: ServeConfig) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        intake::sweep(&config.folders.data_dir);
        let snapshot = load_snapshot(&config)?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            jobs: JobQueue::start()?,
            metrics: Metrics::new(),
            uploads: Uploads::default(),
            snapshot: ArcSwap::from_pointee(snapshot),
            change: Mutex::new(()),
            edit: Mutex::new(()),
            compute: Arc::new(Semaphore::new(cores.max(2))),
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

    /// Saves a model and shows it; when saving fails it is shown all the same, with the reason.
    pub fn keep(&self, entry: ModelEntry) -> Storage {
        let storage = match store::save(&self.config.folders.models_dir, &entry.model) {
            Ok(_) => Storage::Saved,
            Err(error) => Storage::Failed(error.to_string()),
        };
        self.show(ModelEntry { storage: storage.clone(), ..entry });
        storage
    }

    /// Shows a model without saving it, unless its data set is gone.
    pub fn show(&self, entry: ModelEntry) {
        let key = (entry.model.dataset.clone(), entry.model.name.clone());
        self.update(|snapshot| {
            let Some(dataset) = snapshot.datasets.get(&key.0) else { return };
            // The data set may have got other customers since the labels were worked out.
            let placed = if entry.labels.len() == dataset.customers.len() {
                Ok(entry)
            } else {
                ModelEntry::new(entry.model, dataset, entry.storage)
            };
            match placed {
                Ok(entry) => drop(snapshot.models.insert(key, Arc::new(entry))),
                Err(error) => tracing::warn!(model = key.1, %error, "a model does not fit the data any more"),
            }
        });
    }

    /// Saves a forecast and shows it, unless its data set is gone; when saving fails it is shown all the same, and the reason returned.
    pub fn keep_forecast(&self, forecast: SavedForecast) -> Option<String> {
        if !self.snapshot().datasets.contains_key(&forecast.dataset) {
            return None;
        }
        let saved = forecasts::save(&self.config.folders.models_dir, &forecast);
        self.update(|snapshot| {
            snapshot.forecasts.insert(forecast.key(), Arc::new(forecast));
        });
        saved.err().map(|error| error.to_string())
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

/// Seconds since 1970-01-01 UTC.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
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
            snapshot.forecasts.insert(forecast.key(), Arc::new(forecast));
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
            Storage::Failed(reason) => {
                Err(AppError::Unprocessable(format!("The change is shown but could not be saved: {reason}.")))
            }
            _ => Ok(()),
        }
    }
}
