//! All data sets below a folder.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{Dataset, DatasetError, load};
use crate::library::names::{check_free, check_name};
use crate::library::versions;

/// A folder with a manifest that could not be loaded; the rest is served.
#[derive(Debug, Clone)]
pub struct BrokenDataset {
    /// The folder's name.
    pub name: String,
    /// Why, in one sentence.
    pub reason: String,
}

/// What a data folder holds.
#[derive(Debug, Default, Clone)]
pub struct Catalog {
    /// Data sets by name.
    pub datasets: Vec<Arc<Dataset>>,
    /// Folders that could not be loaded.
    pub broken: Vec<BrokenDataset>,
}

impl Catalog {
    /// Loads every data set below `data_dir`, several at a time.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`] when the folder itself cannot be listed.
    pub fn load(data_dir: &Path) -> Result<Self, DatasetError> {
        let folders = folders(data_dir)?;
        let loaded: Vec<_> = folders.par_iter().map(|folder| (folder, load_safely(folder))).collect();
        let mut catalog = Self { broken: cut_off(data_dir), ..Self::default() };
        for (folder, outcome) in loaded {
            match outcome {
                Ok(dataset) => catalog.datasets.push(Arc::new(dataset)),
                Err(error) => {
                    let reason = error.below(folder).to_string();
                    catalog.broken.push(BrokenDataset { name: folder_name(folder), reason });
                }
            }
        }
        Ok(catalog)
    }
}

/// Loads a data set so that no fault of the program in doing so takes the others down.
fn load_safely(folder: &Path) -> Result<Dataset, DatasetError> {
    std::panic::catch_unwind(|| load(folder)).unwrap_or_else(|_| {
        Err(DatasetError::data(
            &folder.join(MANIFEST_FILE),
            "cannot be evaluated, which is a fault of the program; the details are in its log",
        ))
    })
}

/// Loads one data set by name.
///
/// # Errors
/// [`DatasetError::Unknown`] with the known names, or why it cannot be loaded.
pub fn load_named(data_dir: &Path, name: &str) -> Result<Dataset, DatasetError> {
    load(&folder_of(data_dir, name)?)
}

/// The folder of a data set by name.
///
/// # Errors
/// [`DatasetError::Unknown`] with the known names.
pub fn folder_of(data_dir: &Path, name: &str) -> Result<PathBuf, DatasetError> {
    let known = folders(data_dir)?;
    match known.iter().find(|folder| folder_name(folder) == name) {
        Some(folder) => Ok(folder.clone()),
        None => Err(DatasetError::Unknown {
            name: name.to_owned(),
            data_dir: data_dir.to_owned(),
            known: if known.is_empty() {
                format!("no folder there holds a {MANIFEST_FILE}")
            } else {
                let names: Vec<String> = known.iter().map(|folder| folder_name(folder)).collect();
                format!("there are {}", names.join(", "))
            },
        }),
    }
}

/// Where a data set's folder is, and where it will be under another name.
///
/// # Errors
/// [`DatasetError::Unknown`]; [`DatasetError::Refused`] for a name that is taken or cannot be one.
pub fn renaming(data_dir: &Path, from: &str, to: &str) -> Result<(PathBuf, PathBuf), DatasetError> {
    let folder = folder_of(data_dir, from)?;
    check_name(to)?;
    check_free(data_dir, to)?;
    Ok((folder, data_dir.join(to)))
}

/// Folders whose data was set aside for newer that never came, because the program was killed in between.
fn cut_off(data_dir: &Path) -> Vec<BrokenDataset> {
    let entries = std::fs::read_dir(data_dir).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut cut_off: Vec<BrokenDataset> = entries
        .filter(|folder| !folder.join(MANIFEST_FILE).exists())
        .filter_map(|folder| {
            let latest = versions::list(&folder).into_iter().next()?;
            let reason = format!(
                "it got no newer data after the former was set aside; move what is in {} back into {}, and start the program again",
                latest.folder.display(),
                folder.display()
            );
            Some(BrokenDataset { name: folder_name(&folder), reason })
        })
        .collect();
    cut_off.sort_by(|left, right| left.name.cmp(&right.name));
    cut_off
}

fn folders(data_dir: &Path) -> Result<Vec<PathBuf>, DatasetError> {
    let unreadable = |source| DatasetError::Unreadable { file: data_dir.to_owned(), source };
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(data_dir).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.join(MANIFEST_FILE).is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_data_set_does_not_hide_the_others() {
        let data = tempfile::tempdir().unwrap();
        for (name, file) in [("good", "a.csv"), ("bad", "gone.csv")] {
            let folder = data.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("a.csv"), "id,spent\n1,2\n2,3\n").unwrap();
            let text =
                format!("title='t'\n[[table]]\nfile='{file}'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n");
            std::fs::write(folder.join(MANIFEST_FILE), text).unwrap();
        }
        std::fs::create_dir(data.path().join("no-manifest")).unwrap();
        let catalog = Catalog::load(data.path()).unwrap();
        assert_eq!(catalog.datasets.len(), 1);
        assert_eq!(catalog.broken[0].name, "bad");
        assert!(catalog.broken[0].reason.contains("gone.csv: cannot be read"));
        let message = load_named(data.path(), "nothing").unwrap_err().to_string();
        assert!(message.ends_with("there are bad, good"), "{message}");
    }

    #[test]
    fn data_that_was_only_set_aside_is_told() {
        let data = tempfile::tempdir().unwrap();
        let version = data.path().join("shop/versions/0002");
        std::fs::create_dir_all(&version).unwrap();
        std::fs::write(version.join(MANIFEST_FILE), "").unwrap();
        let broken = Catalog::load(data.path()).unwrap().broken;
        assert_eq!((broken.len(), broken[0].name.as_str()), (1, "shop"));
        assert!(broken[0].reason.contains("versions/0002 back into"), "{}", broken[0].reason);
    }

    #[test]
    fn a_data_set_gets_a_name_that_is_free_and_can_be_one() {
        let data = tempfile::tempdir().unwrap();
        for name in ["shop", "mall"] {
            let folder = data.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join(MANIFEST_FILE), "").unwrap();
        }
        assert!(renaming(data.path(), "shop", "mall").unwrap_err().to_string().contains("already"));
        assert!(renaming(data.path(), "shop", "../x").unwrap_err().to_string().contains("cannot be a data set's name"));
        let (from, to) = renaming(data.path(), "shop", "kiosk").unwrap();
        assert_eq!((from, to), (data.path().join("shop"), data.path().join("kiosk")));
    }
}
