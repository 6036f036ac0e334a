//! Earlier versions of a data set: what it was before new data took its place.
//!
//! Each is a whole data set in `versions/<four digits>/` inside the data set's folder, counted from 0001; the highest number is
//! the most recent. `version.toml` beside its manifest says when it was replaced and why.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{Dataset, DatasetError, dates, load as load_folder};
use crate::unfinished;

/// Folder of the earlier versions inside a data set's folder.
pub const VERSIONS_FOLDER: &str = "versions";

/// File that says when and why a version was replaced.
pub(crate) const VERSION_FILE: &str = "version.toml";

/// How folders begin in which a version is put together.
pub(crate) const ASIDE: &str = ".aside-";

/// Seconds of a day.
const DAY: u64 = 86_400;

/// The highest number that four digits hold.
const LAST_NUMBER: u32 = 9999;

/// An earlier version of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// From 1 for the oldest; a higher number is more recent.
    pub number: u32,
    /// Its folder, which holds a manifest and its files.
    pub folder: PathBuf,
    /// When other data took its place, in seconds since 1970-01-01 UTC, where that is known.
    pub replaced_at: Option<u64>,
    /// What was said about the replacement; may be empty.
    pub note: String,
}

impl Version {
    /// The day when other data took its place, such as 2026-03-01 (UTC), where that is known.
    #[must_use]
    pub fn replaced_on(&self) -> Option<String> {
        self.replaced_at.map(|seconds| dates::format_iso((seconds / DAY) as f64))
    }
}

/// What [`VERSION_FILE`] holds.
#[derive(Debug, Default, Serialize, Deserialize)]
struct About {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaced_at: Option<u64>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    note: String,
}

/// The earlier versions of the data set in `folder`, newest first.
///
/// What is no folder of four digits from 0001 with a manifest is ignored, and a `version.toml` that is missing or cannot be
/// read leaves time and note unknown. A data set without earlier versions has none.
#[must_use]
pub fn list(folder: &Path) -> Vec<Version> {
    let mut versions: Vec<Version> = numbered(folder)
        .into_iter()
        .filter(|(_, folder)| folder.join(MANIFEST_FILE).is_file())
        .map(|(number, folder)| {
            let About { replaced_at, note } = about(&folder);
            Version { number, folder, replaced_at, note }
        })
        .collect();
    versions.sort_unstable_by_key(|version| std::cmp::Reverse(version.number));
    versions
}

/// Whether the data set in `folder` has an earlier version.
#[must_use]
pub fn has_any(folder: &Path) -> bool {
    numbered(folder).iter().any(|(_, folder)| folder.join(MANIFEST_FILE).is_file())
}

/// Loads an earlier version of the data set in `folder`. It bears the data set's name.
///
/// # Errors
/// [`DatasetError::Refused`] with the known numbers when there is no such version, or why it cannot be loaded.
pub fn load(folder: &Path, number: u32) -> Result<Dataset, DatasetError> {
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let versions = list(folder);
    let Some(version) = versions.iter().find(|version| version.number == number) else {
        let known: Vec<String> = versions.iter().map(|version| version.number.to_string()).collect();
        return Err(DatasetError::refused(if known.is_empty() {
            format!("data set \"{name}\" has no earlier version; one is kept when new data replaces old")
        } else {
            format!("data set \"{name}\" has no version {number}; there are {}", known.join(", "))
        }));
    };
    let mut dataset = load_folder(&version.folder)?;
    dataset.name = name;
    Ok(dataset)
}

/// Sets the present data aside as the most recent earlier version: moves everything in `folder` but the versions into the next
/// version's folder. It is put together where nobody looks and appears as a whole; after a failure everything is where it was.
///
/// # Errors
/// [`DatasetError::Refused`] when there is no manifest to set aside or no number is left, [`DatasetError::Unwritable`].
pub fn set_aside(folder: &Path, replaced_at: u64, note: &str) -> Result<Version, DatasetError> {
    if !folder.join(MANIFEST_FILE).is_file() {
        return Err(DatasetError::refused(format!(
            "{}: holds no {MANIFEST_FILE}, so there is nothing to set aside",
            folder.display()
        )));
    }
    let number = numbered(folder).into_iter().map(|(number, _)| number).max().unwrap_or(0) + 1;
    if number > LAST_NUMBER {
        return Err(DatasetError::refused(format!(
            "{}: there is no number left for another version; move old ones elsewhere",
            folder.display()
        )));
    }
    let versions = folder.join(VERSIONS_FOLDER);
    let unwritable = |file: &Path, source| DatasetError::Unwritable { file: file.to_owned(), source };
    std::fs::create_dir_all(&versions).map_err(|source| unwritable(&versions, source))?;
    let shelter = tempfile::Builder::new().prefix(&unfinished::prefix(ASIDE)).tempdir_in(&versions);
    let shelter = shelter.map_err(|source| unwritable(&versions, source))?;
    let name = format!("{number:04}");
    let (built, target) = (shelter.path().join(&name), versions.join(&name));
    let about = About { replaced_at: Some(replaced_at), note: note.to_owned() };
    let text = toml::to_string(&about).map_err(|error| DatasetError::data(&target, error.to_string()))?;
    std::fs::create_dir(&built)
        .and_then(|()| std::fs::write(built.join(VERSION_FILE), text))
        .map_err(|source| unwritable(&target, source))?;
    if let Err(failure) = move_all(folder, &built, &target) {
        if !failure.put_back {
            // What could not go back must not be removed with the shelter.
            let kept = shelter.keep();
            return Err(DatasetError::refused(format!(
                "{}: could not be set aside ({}); parts of it are in {}, move them back",
                folder.display(),
                failure.source,
                kept.display()
            )));
        }
        return Err(unwritable(&target, failure.source));
    }
    Ok(Version { number, folder: target, replaced_at: Some(replaced_at), note: note.to_owned() })
}

/// Why moving ended early, and whether everything is where it was.
#[derive(Debug)]
struct Failure {
    source: std::io::Error,
    put_back: bool,
}

/// Moves all of a data set into `built` and that to `target`; takes all back when one of it fails.
fn move_all(folder: &Path, built: &Path, target: &Path) -> Result<(), Failure> {
    let mut done: Vec<(PathBuf, PathBuf)> = Vec::new();
    let mut rename = |from: PathBuf, to: PathBuf| {
        std::fs::rename(&from, &to)?;
        done.push((from, to));
        Ok(())
    };
    let moved = entries(folder).and_then(|entries| {
        entries.into_iter().try_for_each(|(name, from)| rename(from, built.join(name)))?;
        rename(built.to_owned(), target.to_owned())
    });
    moved.map_err(|source| {
        let put_back = done.iter().rev().fold(true, |all, (from, to)| std::fs::rename(to, from).is_ok() && all);
        Failure { source, put_back }
    })
}

/// What is moved with a data set, the manifest first: a folder without one is not taken for a data set.
fn entries(folder: &Path) -> std::io::Result<Vec<(std::ffi::OsString, PathBuf)>> {
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name != VERSIONS_FOLDER && name != VERSION_FILE {
            entries.push((name, entry.path()));
        }
    }
    entries.sort_by_key(|(name, _)| (name != MANIFEST_FILE, name.clone()));
    Ok(entries)
}

/// What has a version number for a name.
fn numbered(folder: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder.join(VERSIONS_FOLDER)) else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let is_number = name.len() == 4 && name.bytes().all(|digit| digit.is_ascii_digit());
            let number = name.parse().ok().filter(|number| is_number && *number > 0)?;
            Some((number, entry.path()))
        })
        .collect()
}

fn about(folder: &Path) -> About {
    let text = std::fs::read_to_string(folder.join(VERSION_FILE)).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::catalog::Catalog;

    const MANIFEST: &str =
        "title='t'\n[[table]]\nfile='raw/a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n";

    fn put(folder: &Path, spent: &str) {
        std::fs::create_dir_all(folder.join("raw")).unwrap();
        std::fs::write(folder.join("raw/a.csv"), format!("id,spent\n1,{spent}\n2,3\n")).unwrap();
        std::fs::write(folder.join(MANIFEST_FILE), MANIFEST).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_set_aside_is_listed_and_loads_under_the_data_sets_name() {
        let data = tempfile::tempdir().unwrap();
        let shop = data.path().join("shop");
        put(&shop, "5");
        std::fs::create_dir(shop.join("processed")).unwrap();
        assert!(list(&shop).is_empty() && !has_any(&shop));
        let first = set_aside(&shop, 1_700_000_000, "March \"data\"\nof two lines").unwrap();
        assert_eq!(first.replaced_on().unwrap(), "2023-11-14");
        assert_eq!((first.number, first.folder.clone()), (1, shop.join("versions/0001")));
        assert_eq!(names(&shop), [VERSIONS_FOLDER]);
        assert_eq!(names(&first.folder), ["dataset.toml", "processed", "raw", "version.toml"]);
        put(&shop, "7");
        let second = set_aside(&shop, 1_800_000_000, "").unwrap();
        put(&shop, "9");
        assert_eq!(list(&shop), [second, first]);
        assert!(has_any(&shop));
        assert_eq!(names(&shop.join(VERSIONS_FOLDER)), ["0001", "0002"]);
        for (number, spent) in [(1, 5.0), (2, 7.0)] {
            let dataset = load(&shop, number).unwrap();
            assert_eq!(dataset.name, "shop");
            assert_eq!(dataset.customers.numbers("spent").unwrap()[0], spent);
            assert_eq!(dataset.source_files()[0], shop.join(format!("versions/{number:04}/raw/a.csv")));
        }
        let catalog = Catalog::load(data.path()).unwrap();
        assert_eq!(catalog.datasets.iter().map(|dataset| dataset.name.as_str()).collect::<Vec<_>>(), ["shop"]);
        assert!(catalog.broken.is_empty());
        assert_eq!(load_folder(&shop).unwrap().customers.numbers("spent").unwrap()[0], 9.0);
    }

    #[test]
    fn what_is_no_version_is_ignored() {
        let data = tempfile::tempdir().unwrap();
        let shop = data.path().join("shop");
        put(&shop, "5");
        for name in ["0000", "1", "00003", "abcd", "+001", ".aside-x", "0003", "0003/versions/0009"] {
            put(&shop.join(VERSIONS_FOLDER).join(name), "1");
        }
        std::fs::create_dir(shop.join("versions/0004")).unwrap();
        std::fs::write(shop.join("versions/0005"), "a file").unwrap();
        std::fs::write(shop.join("versions/0003/version.toml"), "replaced_at = 'then'").unwrap();
        let found = list(&shop);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].number, found[0].replaced_at, found[0].note.as_str()), (3, None, ""));
        // A number that anything has is not given again.
        assert_eq!(set_aside(&shop, 0, "").unwrap().number, 6);
    }

    #[test]
    fn unknown_and_broken_versions_are_refused_in_a_sentence() {
        let data = tempfile::tempdir().unwrap();
        let shop = data.path().join("shop");
        put(&shop, "5");
        let message = load(&shop, 1).unwrap_err().to_string();
        assert_eq!(message, "data set \"shop\" has no earlier version; one is kept when new data replaces old");
        put(&shop.join("versions/0001"), "1");
        put(&shop.join("versions/0002"), "1");
        let message = load(&shop, 99_999).unwrap_err().to_string();
        assert_eq!(message, "data set \"shop\" has no version 99999; there are 2, 1");
        std::fs::remove_file(shop.join("versions/0001/raw/a.csv")).unwrap();
        let message = load(&shop, 1).unwrap_err().to_string();
        assert!(message.contains("versions/0001/raw/a.csv: cannot be read"), "{message}");
        assert!(load_folder(&shop).is_ok());
    }

    #[test]
    fn a_failure_puts_everything_back() {
        let data = tempfile::tempdir().unwrap();
        let shop = data.path().join("shop");
        put(&shop, "5");
        let built = shop.join("versions/.aside-x");
        std::fs::create_dir_all(&built).unwrap();
        // Folders do not take the place of files.
        let target = shop.join("versions/0001");
        std::fs::write(&target, "in the way").unwrap();
        let failure = move_all(&shop, &built, &target).unwrap_err();
        assert!(failure.put_back, "{}", failure.source);
        assert_eq!(names(&shop), ["dataset.toml", "raw", "versions"]);
        assert!(names(&built).is_empty());
        assert!(load_folder(&shop).is_ok());
        std::fs::remove_file(shop.join(MANIFEST_FILE)).unwrap();
        let message = set_aside(&shop, 0, "").unwrap_err().to_string();
        assert!(message.ends_with("holds no dataset.toml, so there is nothing to set aside"), "{message}");
    }

    #[test]
    fn numbers_run_out_after_four_digits() {
        let data = tempfile::tempdir().unwrap();
        put(data.path(), "5");
        put(&data.path().join("versions/9999"), "1");
        let message = set_aside(data.path(), 0, "").unwrap_err().to_string();
        assert!(message.contains("there is no number left"), "{message}");
    }
}
