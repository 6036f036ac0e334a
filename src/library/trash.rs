//! The trash below the folder of data sets: what was deleted or replaced is moved there and can be taken back.

use std::path::{Path, PathBuf};

use crate::dataset::DatasetError;
use crate::library::catalog;
use crate::library::names::{check_free, free_name};

/// Folder of what was deleted. It holds no manifest itself, so that it is not taken for a data set.
const TRASH: &str = ".trash";

/// A deleted data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trashed {
    /// Names it: the data set's name, a dot, and the time.
    pub key: String,
    /// The data set's name.
    pub name: String,
    /// When it was deleted, in seconds since 1970-01-01 UTC.
    pub at: u64,
    /// Where it is.
    pub folder: PathBuf,
}

/// Where a data set goes that is deleted at `now`, in seconds since 1970-01-01 UTC.
///
/// # Errors
/// [`DatasetError::Unknown`], [`DatasetError::Unwritable`] when there can be no trash.
pub fn deleting(data_dir: &Path, name: &str, now: u64) -> Result<(PathBuf, Trashed), DatasetError> {
    let folder = catalog::folder_of(data_dir, name)?;
    Ok((folder, place(data_dir, name, now)?))
}

fn place(data_dir: &Path, name: &str, now: u64) -> Result<Trashed, DatasetError> {
    let trash = data_dir.join(TRASH);
    let at = (now..now.saturating_add(10_000)).find(|at| !trash.join(format!("{name}.{at}")).exists()).unwrap_or(now);
    let key = format!("{name}.{at}");
    std::fs::create_dir_all(&trash).map_err(|source| DatasetError::Unwritable { file: trash.clone(), source })?;
    Ok(Trashed { folder: trash.join(&key), key, name: name.to_owned(), at })
}

/// Moves any folder to the trash under the name of a data set.
pub(crate) fn discard(folder: &Path, data_dir: &Path, name: &str, now: u64) -> Result<Trashed, DatasetError> {
    let trashed = place(data_dir, name, now)?;
    std::fs::rename(folder, &trashed.folder)
        .map_err(|source| DatasetError::Unwritable { file: trashed.folder.clone(), source })?;
    Ok(trashed)
}

/// What is in the trash, the latest first.
#[must_use]
pub fn list(data_dir: &Path) -> Vec<Trashed> {
    let entries = std::fs::read_dir(data_dir.join(TRASH)).into_iter().flatten().flatten();
    let mut trashed: Vec<Trashed> = entries.filter_map(|entry| of(&entry.path())).collect();
    trashed.sort_by(|left, right| (right.at, &right.name).cmp(&(left.at, &left.name)));
    trashed
}

fn of(folder: &Path) -> Option<Trashed> {
    let key = folder.file_name()?.to_str()?.to_owned();
    // Folders that people made may have names that are not given here.
    let (name, at) = key.rsplit_once('.').filter(|(name, _)| !name.is_empty())?;
    Some(Trashed { name: name.to_owned(), at: at.parse().ok()?, folder: folder.to_owned(), key })
}

/// Where a data set of the trash is, and where it goes that is taken back: under its name or, when that is taken, another.
///
/// # Errors
/// [`DatasetError::Refused`] when it is not in the trash.
pub fn restoring(data_dir: &Path, key: &str) -> Result<(PathBuf, PathBuf), DatasetError> {
    let Some(trashed) = list(data_dir).into_iter().find(|trashed| trashed.key == key) else {
        return Err(DatasetError::refused("that is not in the trash any more; look at the list again"));
    };
    let name = free_name(data_dir, &trashed.name);
    let name = if check_free(data_dir, &trashed.name).is_ok() { trashed.name } else { name };
    Ok((trashed.folder, data_dir.join(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::catalog::Catalog;

    fn put(data: &Path, name: &str) {
        std::fs::create_dir_all(data.join(name)).unwrap();
        std::fs::write(data.join(name).join("a.csv"), "id,spent\n1,2\n2,3\n").unwrap();
        let text = "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n";
        std::fs::write(data.join(name).join("dataset.toml"), text).unwrap();
    }

    fn delete(data: &Path, name: &str, now: u64) -> Result<Trashed, DatasetError> {
        let (from, trashed) = deleting(data, name, now)?;
        std::fs::rename(from, &trashed.folder).unwrap();
        Ok(trashed)
    }

    fn restore(data: &Path, key: &str) -> Result<PathBuf, DatasetError> {
        let (from, to) = restoring(data, key)?;
        std::fs::rename(from, &to).unwrap();
        Ok(to)
    }

    fn names(data: &Path) -> Vec<String> {
        Catalog::load(data).unwrap().datasets.iter().map(|dataset| dataset.name.clone()).collect()
    }

    #[test]
    fn a_folder_of_any_name_can_be_taken_back() {
        let data = tempfile::tempdir().unwrap();
        put(data.path(), "My Shop 2.0");
        let trashed = delete(data.path(), "My Shop 2.0", 100).unwrap();
        assert_eq!(list(data.path()), std::slice::from_ref(&trashed));
        assert_eq!(restore(data.path(), &trashed.key).unwrap(), data.path().join("My Shop 2.0"));
    }

    #[test]
    fn what_is_deleted_is_gone_and_can_be_taken_back() {
        let data = tempfile::tempdir().unwrap();
        put(data.path(), "shop");
        let first = delete(data.path(), "shop", 100).unwrap();
        assert!(names(data.path()).is_empty());
        put(data.path(), "shop");
        let second = delete(data.path(), "shop", 100).unwrap();
        assert_eq!((first.at, second.at), (100, 101));
        assert_eq!(list(data.path()), [second.clone(), first.clone()]);
        assert_eq!(restore(data.path(), &second.key).unwrap(), data.path().join("shop"));
        assert_eq!(restore(data.path(), &first.key).unwrap(), data.path().join("shop-2"));
        assert_eq!(names(data.path()), ["shop", "shop-2"]);
        for key in ["shop.100", "../shop.1", "", "shop"] {
            assert!(restore(data.path(), key).unwrap_err().to_string().contains("not in the trash"));
        }
        assert!(delete(data.path(), "nothing", 1).unwrap_err().to_string().contains("there are shop, shop-2"));
        assert!(delete(data.path(), ".trash", 1).is_err());
    }
}
