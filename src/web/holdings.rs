//! Data sets that come, change and go while the program runs.

use std::path::Path;
use std::sync::Arc;

use super::error::AppError;
use super::state::{AppState, ModelEntry, Storage, now};
use crate::dataset::catalog::{self, BrokenDataset};
use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{Dataset, load, trash};
use crate::segment::forecasts;
use crate::segment::store::{self, SetAside};

impl AppState {
    /// Whether exactly this data set is shown: it was neither deleted nor given other data.
    pub(super) fn is_shown(&self, dataset: &Dataset) -> bool {
        let snapshot = self.snapshot();
        snapshot.datasets.get(&dataset.name).is_some_and(|shown| shown.fingerprint == dataset.fingerprint)
    }

    /// Shows a data set that is new or has changed. Its models stay and place the customers as they are now; one that misses a
    /// feature is set aside. Forecasts and suggestions made from other data go.
    pub(super) fn adopt(&self, dataset: Dataset) -> Arc<Dataset> {
        let dataset = Arc::new(dataset);
        let name = &dataset.name;
        let before = self.snapshot();
        let mut set_aside = Vec::new();
        let mut entries = Vec::new();
        for entry in before.models_of(name) {
            match ModelEntry::new(entry.model.clone(), &dataset, entry.storage.clone()) {
                Ok(placed) => entries.push((entry, Arc::new(placed))),
                Err(error) if entry.storage == Storage::Trial => {
                    tracing::info!(model = entry.model.name, %error, "a trial does not fit the new data");
                }
                Err(error) => {
                    let models_dir = &self.config.folders.models_dir;
                    let file = store::put_aside(models_dir, name, &entry.model.name)
                        .unwrap_or_else(|_| store::path(models_dir, name, &entry.model.name));
                    set_aside.push(SetAside { file, reason: error.to_string() });
                }
            }
        }
        self.update(|snapshot| {
            // Deleted or renamed meanwhile; whoever does that forgets it after moving the folder.
            if !dataset.folder.join(MANIFEST_FILE).is_file() {
                return;
            }
            let now_shown = snapshot.models_of(name);
            snapshot.models.retain(|(owner, _), _| owner != name);
            for entry in now_shown {
                let placed = entries.iter().find(|(before, _)| Arc::ptr_eq(before, &entry)).map(|(_, placed)| placed);
                // One that was edited or trained meanwhile is placed anew.
                let placed = placed.cloned().or_else(|| {
                    ModelEntry::new(entry.model.clone(), &dataset, entry.storage.clone()).map(Arc::new).ok()
                });
                if let Some(placed) = placed {
                    snapshot.models.insert((name.clone(), entry.model.name.clone()), placed);
                }
            }
            snapshot.forecasts.retain(|_, kept| kept.dataset != *name || kept.fingerprint == dataset.fingerprint);
            snapshot.broken.retain(|broken| broken.name != *name);
            snapshot.set_aside.extend(set_aside);
            snapshot.datasets.insert(name.clone(), Arc::clone(&dataset));
        });
        dataset
    }

    /// Moves a data set and its models to the trash and shows it no more.
    ///
    /// # Errors
    /// `AppError::NotFound` for an unknown data set, `AppError::Unprocessable` when it cannot be moved.
    pub(super) fn delete_dataset(&self, name: &str) -> Result<(), AppError> {
        self.check_known(name)?;
        self.jobs.cancel_of(name);
        let folders = &self.config.folders;
        let trashed = trash::delete(&folders.data_dir, name, now())?;
        self.forget(name);
        if let Err(error) = store::trash(&folders.models_dir, name, &trashed.key) {
            tracing::warn!(dataset = name, %error, "its models stay where they are");
        }
        Ok(())
    }

    /// Takes a data set back from the trash and says its name, which is another when the old one is taken.
    ///
    /// # Errors
    /// `AppError::Unprocessable` when it is not there or cannot be moved.
    pub(super) fn restore_dataset(&self, key: &str) -> Result<String, AppError> {
        let folders = &self.config.folders;
        let folder = trash::restore(&folders.data_dir, key)?;
        let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        if let Err(error) = store::restore(&folders.models_dir, key, &name) {
            tracing::warn!(dataset = name, %error, "its models stay in the trash");
        }
        self.appear(&folder, &name);
        Ok(name)
    }

    /// Gives a data set another name in links, files and commands.
    ///
    /// # Errors
    /// `AppError::NotFound` for an unknown data set, `AppError::Unprocessable` for a name that is taken or cannot be one.
    pub(super) fn rename_dataset(&self, from: &str, to: &str) -> Result<(), AppError> {
        self.check_known(from)?;
        if from == to {
            return Ok(());
        }
        let folders = &self.config.folders;
        let folder = catalog::rename(&folders.data_dir, from, to)?;
        self.jobs.cancel_of(from);
        if let Err(error) = store::rename(&folders.models_dir, from, to) {
            catalog::rename(&folders.data_dir, to, from)?;
            return Err(error.into());
        }
        self.forget(from);
        self.appear(&folder, to);
        Ok(())
    }

    fn check_known(&self, name: &str) -> Result<(), AppError> {
        let snapshot = self.snapshot();
        let is_known = snapshot.datasets.contains_key(name) || snapshot.broken.iter().any(|broken| broken.name == name);
        if is_known { Ok(()) } else { Err(AppError::NotFound(format!("There is no data set named \"{name}\"."))) }
    }

    /// Loads a folder that has appeared, with the models that are saved for it.
    fn appear(&self, folder: &Path, name: &str) {
        let dataset = match load(folder) {
            Ok(dataset) => self.adopt(dataset),
            Err(error) => {
                let broken = BrokenDataset { name: name.to_owned(), reason: error.to_string() };
                self.update(|snapshot| snapshot.broken.push(broken));
                return;
            }
        };
        let models_dir = &self.config.folders.models_dir;
        let stored = store::read_all(models_dir).models.into_iter().filter(|model| model.dataset == name);
        let entries: Vec<ModelEntry> =
            stored.filter_map(|model| ModelEntry::new(model, &dataset, Storage::Saved).ok()).collect();
        let kept = forecasts::read_all(models_dir).forecasts.into_iter();
        let kept: Vec<_> =
            kept.filter(|forecast| forecast.dataset == name && forecast.fingerprint == dataset.fingerprint).collect();
        self.update(|snapshot| {
            for entry in entries {
                snapshot.models.insert((name.to_owned(), entry.model.name.clone()), Arc::new(entry));
            }
            for forecast in kept {
                snapshot.forecasts.insert(forecast.key(), Arc::new(forecast));
            }
        });
    }

    /// Shows nothing of a data set any more.
    fn forget(&self, name: &str) {
        self.update(|snapshot| {
            snapshot.datasets.remove(name);
            snapshot.broken.retain(|broken| broken.name != name);
            snapshot.models.retain(|(owner, _), _| owner != name);
            snapshot.forecasts.retain(|_, forecast| forecast.dataset != name);
        });
    }
}
