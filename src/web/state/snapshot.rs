//! Everything that is shown at one moment, and reading it from the folders.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::entry::{ModelEntry, Storage};
use super::lifetimes::Lifetimes;
use super::recent::{Bounds, Recent};
use crate::config::{Folders, ServeConfig};
use crate::dataset::{Dataset, DatasetError};
use crate::library::catalog::{BrokenDataset, Catalog};
use crate::library::{replacement, staging};
use crate::segment::comparison::Comparison;
use crate::segment::explore::Suggestion;
use crate::segment::forecasts::{self, SavedForecast};
use crate::segment::moves;
use crate::segment::store::{self, SetAside};
use crate::segment::versions::VersionComparison;

/// Name of the model that pages use unless told otherwise.
pub const DEFAULT_MODEL: &str = "default";

/// Trial models of all data sets that are kept in memory.
const TRIALS: Bounds = Bounds { most: 40, bytes: 256 << 20 };

/// Suggestions, comparisons and forecasts that are kept in memory, each.
const ANSWERS: Bounds = Bounds { most: 100, bytes: 64 << 20 };

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

/// Ends or takes back what a killed program left half done.
pub(super) fn recover(config: &ServeConfig) {
    let Folders { data_dir, models_dir } = &config.folders;
    let moved = moves::recover(data_dir, models_dir);
    for said in replacement::recover(data_dir).into_iter().chain(moved) {
        tracing::warn!("after an unexpected end: {said}");
    }
    staging::sweep(data_dir);
}

/// Reads data sets, models and forecasts; what cannot be used is named and left.
///
/// # Errors
/// [`DatasetError`] when the data folder cannot be listed.
pub(super) fn load_snapshot(config: &ServeConfig) -> Result<Snapshot, DatasetError> {
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
