//! The folder of saved models: one JSON file a model, written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::artefact::SCHEMA_VERSION;
use super::{Model, SegmentError};
use crate::unfinished;

/// Folder of a data set's forecasts below that of its models.
pub(super) const FORECASTS: &str = "forecasts";

/// A model or forecast file that is not used; the rest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The file.
    pub file: PathBuf,
    /// Why, and what to do.
    pub reason: String,
}

/// What the models folder holds.
#[derive(Debug, Default)]
pub struct Stored {
    /// Models that were read.
    pub models: Vec<Model>,
    /// Files that were not.
    pub set_aside: Vec<SetAside>,
}

/// Where a model is saved below the models folder.
#[must_use]
pub fn path(models_dir: &Path, dataset: &str, name: &str) -> PathBuf {
    models_dir.join(dataset).join(format!("{name}.json"))
}

/// Whether a text can be a model's name.
///
/// # Errors
/// [`SegmentError::BadName`].
pub fn check_name(name: &str) -> Result<(), SegmentError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'));
    if fits { Ok(()) } else { Err(SegmentError::BadName(name.to_owned())) }
}

/// Reads every model below the folder; a folder that does not exist holds none.
#[must_use]
pub fn read_all(models_dir: &Path) -> Stored {
    let mut stored = Stored::default();
    for folder in entries(models_dir).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&folder).into_iter().filter(|path| path.extension().is_some_and(|e| e == "json")) {
            match read(&file) {
                Ok(model) => stored.models.push(model),
                Err(reason) => stored.set_aside.push(SetAside { file, reason }),
            }
        }
    }
    stored
}

pub(super) fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn read(file: &Path) -> Result<Model, String> {
    let form = Form { what: "model", known: SCHEMA_VERSION, again: "train the model again" };
    let model: Model = read_form(file, &form, Model::check)?;
    let named = file.file_stem().is_some_and(|stem| stem.to_string_lossy() == model.name);
    let placed = file.parent().and_then(Path::file_name).is_some_and(|f| f.to_string_lossy() == model.dataset);
    if named && placed {
        Ok(model)
    } else {
        Err(format!("holds model \"{}\" of \"{}\"; move it to the matching file name", model.name, model.dataset))
    }
}

/// A form of file with versions.
pub(super) struct Form {
    /// What it holds.
    pub what: &'static str,
    /// The latest version that is known.
    pub known: u32,
    /// What to do when it cannot be used.
    pub again: &'static str,
}

/// Reads a file of a form; the reason why it cannot be used, in words, is the error.
pub(super) fn read_form<T: DeserializeOwned>(
    file: &Path,
    form: &Form,
    check: impl FnOnce(&T) -> Result<(), String>,
) -> Result<T, String> {
    #[derive(serde::Deserialize)]
    struct Head {
        schema_version: u32,
    }
    let Form { what, known, again } = form;
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})"))?;
    let head: Head = serde_json::from_str(&text).map_err(|error| format!("is no {what} file ({error}); {again}"))?;
    if head.schema_version > *known {
        return Err(format!(
            "was written by a newer version of the program (form {}, known up to {known}); update the program",
            head.schema_version
        ));
    }
    let value: T = serde_json::from_str(&text).map_err(|error| format!("is damaged ({error}); {again}"))?;
    check(&value).map_err(|reason| format!("is damaged ({reason}); {again}"))?;
    Ok(value)
}

/// Saves a model so that a reader sees either the old file or the new one. A file of that name that
/// cannot be read is kept beside it with the ending `.set-aside`.
///
/// # Errors
/// [`SegmentError::BadName`] or [`SegmentError::Unwritable`].
pub fn save(models_dir: &Path, model: &Model) -> Result<PathBuf, SegmentError> {
    check_name(&model.name)?;
    let file = path(models_dir, &model.dataset, &model.name);
    write(&file, model, |file| read(file).is_ok())
        .map_err(|source| SegmentError::Unwritable { file: file.clone(), source })?;
    Ok(file)
}

/// Writes a file whole or not at all; one in its place that is not usable is kept beside it.
pub(super) fn write(file: &Path, value: &impl Serialize, is_usable: impl Fn(&Path) -> bool) -> std::io::Result<()> {
    let folder = file.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    if file.exists() && !is_usable(file) {
        std::fs::rename(file, file.with_extension("json.set-aside"))?;
    }
    temporary(file, value)?.persist(file)?;
    Ok(())
}

/// A value written beside the file that it will replace.
fn temporary(file: &Path, value: &impl Serialize) -> std::io::Result<tempfile::NamedTempFile> {
    let mut temporary = unfinished::file_in(file.parent().unwrap_or(Path::new(".")))?;
    let mut out = std::io::BufWriter::new(temporary.as_file_mut());
    serde_json::to_writer(&mut out, value)?;
    out.flush()?;
    drop(out);
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

/// Puts a saved model that does not fit its data set any more beside itself, so that no other of its name takes its place.
/// Says where it is.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn put_aside(models_dir: &Path, dataset: &str, name: &str) -> Result<PathBuf, SegmentError> {
    let file = path(models_dir, dataset, name);
    let ending = |number: usize| if number == 1 { String::new() } else { format!("-{number}") };
    let mut targets = (1..=1000).map(|number| file.with_extension(format!("json.set-aside{}", ending(number))));
    let target = targets.find(|target| !target.exists()).unwrap_or_else(|| file.with_extension("json.set-aside"));
    std::fs::rename(&file, &target).map_err(|source| SegmentError::Unwritable { file: file.clone(), source })?;
    Ok(target)
}

/// Folder below that of the models for those of deleted data sets.
const TRASH: &str = ".trash";

/// Where the models and forecasts of a data set are.
#[must_use]
pub fn home(models_dir: &Path, dataset: &str) -> PathBuf {
    models_dir.join(dataset)
}

/// Where those of a deleted data set are, by its key in the trash.
#[must_use]
pub fn in_trash(models_dir: &Path, key: &str) -> PathBuf {
    models_dir.join(TRASH).join(key)
}

/// Removes what programs left behind that were killed while they saved.
pub fn sweep(models_dir: &Path) {
    for folder in entries(models_dir).into_iter().filter(|path| path.is_dir()) {
        unfinished::sweep(&folder, unfinished::TEMPORARY);
        unfinished::sweep(&folder.join(FORECASTS), unfinished::TEMPORARY);
    }
}

/// Files with the name of another data set in them, written beside those that they will replace. Dropping them changes nothing.
#[derive(Debug)]
pub(super) struct Renamed(Vec<(tempfile::NamedTempFile, PathBuf)>);

/// Prepares the models and forecasts in a folder for a data set of another name.
///
/// # Errors
/// [`SegmentError::Unwritable`]; then nothing has changed.
pub(super) fn prepare_owner(folder: &Path, dataset: &str) -> Result<Renamed, SegmentError> {
    let inside = entries(folder).into_iter().chain(entries(&folder.join(FORECASTS)));
    let mut renamed = Vec::new();
    for file in inside.filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let Some(owner) = value.get_mut("dataset").filter(|owner| owner.as_str() != Some(dataset)) else { continue };
        *owner = dataset.into();
        let written = temporary(&file, &value);
        renamed.push((written.map_err(|source| SegmentError::Unwritable { file: file.clone(), source })?, file));
    }
    Ok(Renamed(renamed))
}

impl Renamed {
    /// Puts the files in the place of the others, which needs no room on the disk; they may have moved to another folder.
    ///
    /// # Errors
    /// [`SegmentError::Unwritable`].
    pub(super) fn put(self, from: &Path, to: &Path) -> Result<(), SegmentError> {
        for (temporary, file) in self.0 {
            let moved = |path: &Path| path.strip_prefix(from).map_or_else(|_| path.to_owned(), |below| to.join(below));
            let target = moved(&file);
            let (_, written) = temporary
                .keep()
                .map_err(|error| SegmentError::Unwritable { file: target.clone(), source: error.error })?;
            std::fs::rename(moved(&written), &target)
                .map_err(|source| SegmentError::Unwritable { file: target.clone(), source })?;
        }
        Ok(())
    }
}
