//! The folder of saved models: one JSON file a model, written whole or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::artefact::SCHEMA_VERSION;
use super::{Model, SegmentError};

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
    #[derive(serde::Deserialize)]
    struct Head {
        schema_version: u32,
    }
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})"))?;
    let head: Head =
        serde_json::from_str(&text).map_err(|error| format!("is no model file ({error}); train the model again"))?;
    if head.schema_version > SCHEMA_VERSION {
        return Err(format!(
            "was written by a newer version of the program (form {}, known up to {SCHEMA_VERSION}); update the program",
            head.schema_version
        ));
    }
    let model: Model =
        serde_json::from_str(&text).map_err(|error| format!("is damaged ({error}); train the model again"))?;
    model.check().map_err(|reason| format!("is damaged ({reason}); train the model again"))?;
    let named = file.file_stem().is_some_and(|stem| stem.to_string_lossy() == model.name);
    let placed = file.parent().and_then(Path::file_name).is_some_and(|f| f.to_string_lossy() == model.dataset);
    if named && placed {
        Ok(model)
    } else {
        Err(format!("holds model \"{}\" of \"{}\"; move it to the matching file name", model.name, model.dataset))
    }
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
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    let mut out = std::io::BufWriter::new(temporary.as_file_mut());
    serde_json::to_writer(&mut out, value)?;
    out.flush()?;
    drop(out);
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
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

/// Moves the models and forecasts of a deleted data set to a trash, under the key of the data set there. Without any, nothing
/// happens.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn trash(models_dir: &Path, dataset: &str, key: &str) -> Result<(), SegmentError> {
    move_folder(&models_dir.join(dataset), &models_dir.join(TRASH).join(key))
}

/// Takes them back for a data set, whose name may be another now.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn restore(models_dir: &Path, key: &str, dataset: &str) -> Result<(), SegmentError> {
    move_folder(&models_dir.join(TRASH).join(key), &models_dir.join(dataset))?;
    own(models_dir, dataset)
}

/// Gives the models and forecasts of a data set to its new name.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn rename(models_dir: &Path, from: &str, to: &str) -> Result<(), SegmentError> {
    move_folder(&models_dir.join(from), &models_dir.join(to))?;
    own(models_dir, to)
}

fn move_folder(from: &Path, to: &Path) -> Result<(), SegmentError> {
    let unwritable = |source| SegmentError::Unwritable { file: to.to_owned(), source };
    if !from.is_dir() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(unwritable)?;
    }
    std::fs::rename(from, to).map_err(unwritable)
}

/// Writes the name of the data set into files that were made under another.
fn own(models_dir: &Path, dataset: &str) -> Result<(), SegmentError> {
    let folder = models_dir.join(dataset);
    let inside = entries(&folder).into_iter().chain(entries(&folder.join(super::forecasts::FOLDER)));
    for file in inside.filter(|path| path.extension().is_some_and(|ending| ending == "json")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let Ok(mut value) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let Some(owner) = value.get_mut("dataset").filter(|owner| owner.as_str() != Some(dataset)) else { continue };
        *owner = dataset.into();
        write(&file, &value, |_| true).map_err(|source| SegmentError::Unwritable { file: file.clone(), source })?;
    }
    Ok(())
}

/// Removes a saved model; one that does not exist is no error.
///
/// # Errors
/// [`SegmentError::Unwritable`].
pub fn delete(models_dir: &Path, dataset: &str, name: &str) -> Result<(), SegmentError> {
    check_name(name)?;
    let file = path(models_dir, dataset, name);
    match std::fs::remove_file(&file) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => Err(SegmentError::Unwritable { file, source }),
        _ => Ok(()),
    }
}
