//! Keeping models and forecasts: shown, saved, and never for a data set that has gone.

use std::sync::PoisonError;

use super::AppState;
use super::entry::{ModelEntry, Storage};
use crate::dataset::Dataset;
use crate::segment::forecasts::{self, SavedForecast};
use crate::segment::store;
use crate::web::error::AppError;

/// A data set is not what work on it began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The data set was renamed, deleted or given other data while this was worked out, so that nothing was kept; start it again."
)]
pub struct Gone;

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
        self.show(entry.kept(storage.clone()));
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
