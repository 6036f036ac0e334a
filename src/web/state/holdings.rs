//! Data sets that come, change and go while the program runs.

use std::path::Path;
use std::sync::Arc;

use crate::config::Folders;
use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{Dataset, load};
use crate::library::catalog::{self, BrokenDataset};
use crate::library::trash;
use crate::segment::moves::Move;
use crate::segment::store::{self, SetAside};
use crate::segment::{Model, forecasts};
use crate::web::error::AppError;
use crate::web::state::{AppState, ModelEntry, Storage, now};

impl AppState {
    /// Whether exactly this data set is shown: it was neither deleted nor given other data.
    pub(in crate::web) fn is_shown(&self, dataset: &Dataset) -> bool {
        let snapshot = self.snapshot();
        snapshot.datasets.get(&dataset.name).is_some_and(|shown| shown.fingerprint == dataset.fingerprint)
    }

    /// Shows a data set that is new or has changed. Its models stay and place the customers as they are now; one that misses a
    /// feature is set aside. What was worked out from other data goes.
    pub(in crate::web) fn adopt(&self, dataset: Dataset) -> Arc<Dataset> {
        let _files = self.files();
        self.adopt_in_order(dataset)
    }

    /// The same for whoever holds the lock on files.
    fn adopt_in_order(&self, dataset: Dataset) -> Arc<Dataset> {
        let dataset = Arc::new(dataset);
        let name = &dataset.name;
        let mut set_aside = Vec::new();
        let mut entries = Vec::new();
        for entry in self.snapshot().models_of(name) {
            match ModelEntry::new(entry.model.clone(), &dataset, entry.storage.clone()) {
                Ok(placed) => entries.push(Arc::new(placed)),
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
            // Its folder was removed by somebody beside the program.
            if !dataset.folder.join(MANIFEST_FILE).is_file() {
                return;
            }
            snapshot.models.retain(|(owner, _), _| owner != name);
            for entry in entries {
                snapshot.models.insert((name.clone(), entry.model.name.clone()), entry);
            }
            snapshot.forget_answers(name, Some(&dataset.fingerprint));
            snapshot.broken.retain(|broken| broken.name != *name);
            snapshot.set_aside.extend(set_aside);
            snapshot.datasets.insert(name.clone(), Arc::clone(&dataset));
        });
        dataset
    }

    /// Moves a data set and its models to the trash and shows it no more.
    ///
    /// # Errors
    /// `AppError::NotFound` for an unknown data set, `AppError::NoRoom` when it cannot be moved.
    pub(in crate::web) fn delete_dataset(&self, name: &str) -> Result<(), AppError> {
        self.check_known(name)?;
        let _files = self.files();
        let Folders { data_dir, models_dir } = &self.config.folders;
        let (from, trashed) = trash::deleting(data_dir, name, now())?;
        self.jobs.cancel_of(name);
        let models = (store::home(models_dir, name), store::in_trash(models_dir, &trashed.key));
        Move { data: (from, trashed.folder), models, owner: None }.carry_out(data_dir)?;
        self.forget(name);
        Ok(())
    }

    /// Takes a data set back from the trash and says its name, which is another when the old one is taken.
    ///
    /// # Errors
    /// `AppError::Unprocessable` when it is not there, `AppError::NoRoom` when it cannot be moved.
    pub(in crate::web) fn restore_dataset(&self, key: &str) -> Result<String, AppError> {
        let _files = self.files();
        let Folders { data_dir, models_dir } = &self.config.folders;
        let (from, to) = trash::restoring(data_dir, key)?;
        let name = to.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let models = (store::in_trash(models_dir, key), store::home(models_dir, &name));
        Move { data: (from, to.clone()), models, owner: Some(name.clone()) }.carry_out(data_dir)?;
        self.appear(&to, &name);
        Ok(name)
    }

    /// Gives a data set another name in links, files and commands.
    ///
    /// # Errors
    /// `AppError::NotFound` for an unknown data set, `AppError::Unprocessable` for a name that is taken or cannot be one,
    /// `AppError::NoRoom` when it cannot be moved; then everything has its old name.
    pub(in crate::web) fn rename_dataset(&self, from: &str, to: &str) -> Result<(), AppError> {
        self.check_known(from)?;
        if from == to {
            return Ok(());
        }
        let _files = self.files();
        let Folders { data_dir, models_dir } = &self.config.folders;
        let data = catalog::renaming(data_dir, from, to)?;
        let folder = data.1.clone();
        self.jobs.cancel_of(from);
        let models = (store::home(models_dir, from), store::home(models_dir, to));
        Move { data, models, owner: Some(to.to_owned()) }.carry_out(data_dir)?;
        let unsaved: Vec<_> = self.snapshot().models_of(from);
        self.forget(from);
        self.appear(&folder, to);
        self.update(|snapshot| {
            let Some(dataset) = snapshot.datasets.get(to).cloned() else { return };
            for entry in unsaved.into_iter().filter(|entry| entry.storage != Storage::Saved) {
                let model = Model { dataset: to.to_owned(), ..entry.model.clone() };
                if let Ok(entry) = ModelEntry::new(model, &dataset, entry.storage.clone()) {
                    snapshot.models.entry((to.to_owned(), entry.model.name.clone())).or_insert(Arc::new(entry));
                }
            }
        });
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
            Ok(dataset) => self.adopt_in_order(dataset),
            Err(error) => {
                let broken = BrokenDataset { name: name.to_owned(), reason: error.below(folder).to_string() };
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
                snapshot.keep_forecast(forecast);
            }
        });
    }

    /// Shows nothing of a data set any more.
    fn forget(&self, name: &str) {
        self.update(|snapshot| {
            snapshot.datasets.remove(name);
            snapshot.broken.retain(|broken| broken.name != name);
            snapshot.models.retain(|(owner, _), _| owner != name);
            snapshot.forget_answers(name, None);
        });
    }
}
