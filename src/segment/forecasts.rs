//! The folder of saved forecasts: one JSON file a question, below the models of its data set.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::SegmentError;
use super::outlook::{LONGEST, Outlook, Question};
use super::store::{self, FORECASTS, Form, SetAside};
use crate::dataset::{Dataset, dates};

/// Form of the files; a newer one is not read.
const SCHEMA_VERSION: u32 = 1;

/// Days of a series that a file may hold: 200 years.
const MOST_DAYS: usize = 73_050;

/// A forecast with what was asked and of which data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SavedForecast {
    /// Form of the file.
    pub schema_version: u32,
    /// Data set.
    pub dataset: String,
    /// Fingerprint of the data that was forecast from; the forecast holds for no other.
    pub fingerprint: String,
    /// What was asked.
    pub question: Question,
    /// The answer.
    pub outlook: Outlook,
}

/// What the folders hold.
#[derive(Debug, Default)]
pub struct Stored {
    /// Forecasts that were read.
    pub forecasts: Vec<SavedForecast>,
    /// Files that were not.
    pub set_aside: Vec<SetAside>,
}

impl SavedForecast {
    /// An answer for a data set as it is.
    #[must_use]
    pub fn new(dataset: &Dataset, question: Question, outlook: Outlook) -> Self {
        let (name, fingerprint) = (dataset.name.clone(), dataset.fingerprint.clone());
        Self { schema_version: SCHEMA_VERSION, dataset: name, fingerprint, question, outlook }
    }

    /// The key under which [`key`] finds it.
    #[must_use]
    pub fn key(&self) -> String {
        hash(&(&self.dataset, &self.fingerprint, &self.question))
    }

    /// Refuses what the pages could not show.
    fn check(&self) -> Result<(), String> {
        let (steps, found) = (self.question.horizon, &self.outlook.forecast);
        let lists = [&found.point, &found.low_80, &found.high_80, &found.low_95, &found.high_95];
        let days = self.outlook.values.len();
        if !(1..=LONGEST).contains(&steps) || lists.iter().any(|list| list.len() != steps) {
            return Err(format!("the forecast does not have {steps} days"));
        }
        let far = i64::from(self.outlook.first_day).abs() > 10 * MOST_DAYS as i64;
        if days == 0 || days > MOST_DAYS || far {
            return Err(format!("a series of {days} days from day {} cannot be", self.outlook.first_day));
        }
        Ok(())
    }
}

/// Names an answer: the same facts and the same question give the same key.
#[must_use]
pub fn key(dataset: &Dataset, question: &Question) -> String {
    hash(&(&dataset.name, &dataset.fingerprint, question))
}

fn hash(what: &impl Serialize) -> String {
    let text = serde_json::to_string(what).unwrap_or_default();
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
}

/// Where the answer to a question is saved. Later answers, from other data or a model trained anew, take its place.
#[must_use]
pub fn path(models_dir: &Path, dataset: &str, question: &Question) -> PathBuf {
    let model = question.model.as_ref().map(|(name, _)| (name.clone(), 0));
    let name = hash(&Question { model, ..question.clone() });
    models_dir.join(dataset).join(FORECASTS).join(format!("{name}.json"))
}

/// Saves a forecast so that a reader sees either the old file or the new one. A file in its place that cannot be read is kept
/// beside it with the ending `.set-aside`.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn save(models_dir: &Path, forecast: &SavedForecast) -> Result<PathBuf, SegmentError> {
    let file = path(models_dir, &forecast.dataset, &forecast.question);
    store::write(&file, forecast, |file| read(file).is_ok())
        .map_err(|source| SegmentError::Unwritable { file: file.clone(), source })?;
    Ok(file)
}

/// Reads every forecast below the folder of models; a folder that does not exist holds none.
#[must_use]
pub fn read_all(models_dir: &Path) -> Stored {
    let mut stored = Stored::default();
    for folder in store::entries(models_dir).into_iter().map(|folder| folder.join(FORECASTS)) {
        for file in store::entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
            match read(&file) {
                Ok(forecast) if path(models_dir, &forecast.dataset, &forecast.question) == file => {
                    stored.forecasts.push(forecast);
                }
                Ok(forecast) => {
                    let reason = format!(
                        "holds another forecast of \"{}\" than its name says; forecast again",
                        forecast.dataset
                    );
                    stored.set_aside.push(SetAside { file, reason });
                }
                Err(reason) => stored.set_aside.push(SetAside { file, reason }),
            }
        }
    }
    stored
}

fn read(file: &Path) -> Result<SavedForecast, String> {
    let form = Form { what: "forecast", known: SCHEMA_VERSION, again: "forecast again" };
    store::read_form(file, &form, SavedForecast::check)
}

/// Writes the days ahead as csv with a header: day, forecast and the ends of both intervals, in the unit of the measure.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(out: impl Write, outlook: &Outlook) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(["day", "forecast", "low_80", "high_80", "low_95", "high_95"])?;
    let first = outlook.first_day + outlook.values.len() as i32;
    let found = &outlook.forecast;
    for step in 0..found.point.len() {
        let numbers =
            [&found.point, &found.low_80, &found.high_80, &found.low_95, &found.high_95].map(|list| list[step]);
        writer.write_field(dates::format_iso(f64::from(first + step as i32)))?;
        for number in numbers {
            writer.write_field(if number.is_finite() { number.to_string() } else { String::new() })?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests;
