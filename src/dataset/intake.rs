//! A new data set from files: put together beside the others where nobody looks, proved to load, and moved into place as a
//! whole, so that a failure leaves nothing behind.

use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::manifest::MANIFEST_FILE;
use super::{Dataset, DatasetError, Proposal, load, propose, synthetic};

/// Folder of a data set for its files.
const RAW: &str = "raw";

/// Longest name of a data set; it stands in links, and in names of files with something behind it.
const LONGEST_NAME: usize = 64;

/// A data set that is being put together. Dropping it removes what was there so far.
#[derive(Debug)]
pub struct Staging {
    name: String,
    data_dir: PathBuf,
    /// Holds the data set's folder and has no manifest itself, so that it is not taken for a data set.
    shelter: TempDir,
    files: Vec<PathBuf>,
}

/// Refuses names that do not do for a folder and a link.
///
/// # Errors
/// [`DatasetError::Refused`].
pub fn check_name(name: &str) -> Result<(), DatasetError> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if name.is_empty() || name.len() > LONGEST_NAME || name.starts_with('-') || !name.chars().all(is_plain) {
        return Err(DatasetError::refused(format!(
            "\"{}\" cannot be a data set's name; use up to {LONGEST_NAME} small letters, digits, \"-\" and \"_\"",
            name.escape_default()
        )));
    }
    Ok(())
}

impl Staging {
    /// Starts on a data set of that name below `data_dir`.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a name that is taken or cannot be one, [`DatasetError::Unwritable`].
    pub fn new(data_dir: &Path, name: &str) -> Result<Self, DatasetError> {
        check_name(name)?;
        let unwritable = |source| DatasetError::Unwritable { file: data_dir.to_owned(), source };
        std::fs::create_dir_all(data_dir).map_err(unwritable)?;
        let shelter = tempfile::Builder::new().prefix(".import-").tempdir_in(data_dir).map_err(unwritable)?;
        let staging = Self { name: name.to_owned(), data_dir: data_dir.to_owned(), shelter, files: Vec::new() };
        staging.check_free()?;
        std::fs::create_dir_all(staging.folder().join(RAW)).map_err(unwritable)?;
        Ok(staging)
    }

    fn check_free(&self) -> Result<(), DatasetError> {
        // Also a broken link or a folder without a manifest is somebody's.
        match self.data_dir.join(&self.name).symlink_metadata() {
            Ok(_) => Err(DatasetError::refused(format!(
                "there is a data set or folder named \"{}\" already; choose another name",
                self.name
            ))),
            Err(_) => Ok(()),
        }
    }

    fn folder(&self) -> PathBuf {
        self.shelter.path().join(&self.name)
    }

    /// Copies a file into the data set under its own name.
    ///
    /// # Errors
    /// As [`Self::add_from`]; [`DatasetError::Unreadable`].
    pub fn add(&mut self, file: &Path) -> Result<(), DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let mut opened = std::fs::File::open(file).map_err(unreadable)?;
        if opened.metadata().map_err(unreadable)?.is_dir() {
            return Err(DatasetError::data(file, "is a folder; name the files in it"));
        }
        let place = self.add_from(&name, &mut opened)?;
        synthetic::copy_mark(file, &place);
        Ok(())
    }

    /// Writes what is read into the data set as a file of that name.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a name that is no plain file name or that another file has, [`DatasetError::Unwritable`].
    pub fn add_from(&mut self, name: &str, content: &mut dyn Read) -> Result<PathBuf, DatasetError> {
        let is_plain =
            !name.starts_with('.') && !name.contains(['/', '\\', ':']) && !name.chars().any(char::is_control);
        if name.trim().is_empty() || !is_plain {
            return Err(DatasetError::refused(format!(
                "\"{}\" cannot be a file's name in a data set; rename the file",
                name.escape_default()
            )));
        }
        // Some systems do not tell Sale.csv from sale.csv.
        let is_taken = |known: &PathBuf| known.file_name().is_some_and(|known| known.eq_ignore_ascii_case(name));
        if self.files.iter().any(is_taken) {
            return Err(DatasetError::refused(format!("two files are named \"{name}\"; rename one of them")));
        }
        let place = self.folder().join(RAW).join(name);
        let written = std::fs::File::create_new(&place).and_then(|mut file| std::io::copy(content, &mut file));
        if let Err(source) = written {
            let _ = std::fs::remove_file(&place);
            return Err(DatasetError::Unwritable { file: PathBuf::from(name), source });
        }
        self.files.push(place.clone());
        Ok(place)
    }

    /// Looks at the files and proposes a data set of them.
    ///
    /// # Errors
    /// As [`propose::propose`].
    pub fn propose(&self) -> Result<Proposal, DatasetError> {
        propose(&self.name, &self.files).map_err(|error| self.shortened(error))
    }

    /// Writes the manifest, loads the data set to prove that it loads, and moves it into place.
    ///
    /// # Errors
    /// [`DatasetError`] of loading, with files called by their names; [`DatasetError::Refused`] when the name was taken
    /// meanwhile; [`DatasetError::Unwritable`].
    pub fn finish(&self, manifest: &str) -> Result<Dataset, DatasetError> {
        let folder = self.folder();
        let file = folder.join(MANIFEST_FILE);
        std::fs::write(&file, manifest)
            .map_err(|source| DatasetError::Unwritable { file: PathBuf::from(MANIFEST_FILE), source })?;
        let mut dataset = load(&folder).map_err(|error| self.shortened(error))?;
        self.check_free()?;
        let target = self.data_dir.join(&self.name);
        std::fs::rename(&folder, &target)
            .map_err(|source| DatasetError::Unwritable { file: target.clone(), source })?;
        dataset.folder = target;
        Ok(dataset)
    }

    /// An error with files called by their names, because the folder is gone when people read it.
    fn shortened(&self, error: DatasetError) -> DatasetError {
        error.below(&self.folder().join(RAW)).below(&self.folder())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] = b"id,spent,visits\n1,5,2\n2,6,3\n3,9,4\n";

    fn left_over(data: &Path) -> Vec<String> {
        let names =
            std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
        names.collect()
    }

    #[test]
    fn a_data_set_appears_as_a_whole() {
        let data = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(data.path(), "shop").unwrap();
        staging.add_from("people.csv", &mut &GOOD[..]).unwrap();
        assert!(super::super::catalog::Catalog::load(data.path()).unwrap().datasets.is_empty());
        let manifest = staging.propose().unwrap().manifest();
        let dataset = staging.finish(&manifest).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.customers.len()), ("shop", 3));
        assert_eq!(dataset.source_file().unwrap(), data.path().join("shop/raw/people.csv"));
        drop(staging);
        assert_eq!(left_over(data.path()), ["shop"]);
        assert_eq!(load(&data.path().join("shop")).unwrap().fingerprint, dataset.fingerprint);
        let message = Staging::new(data.path(), "shop").unwrap_err().to_string();
        assert!(message.contains("named \"shop\" already; choose another name"), "{message}");
    }

    #[test]
    fn names_cannot_leave_the_data_folder() {
        let data = tempfile::tempdir().unwrap();
        for name in ["", "..", "../up", "a/b", "/etc", "Shop", "shöp", "a b", "-x", ".hidden", "a\0b", &"x".repeat(65)]
        {
            let message = Staging::new(data.path(), name).unwrap_err().to_string();
            assert!(message.contains("cannot be a data set's name"), "{message}");
        }
        assert!(left_over(data.path()).is_empty());
    }

    #[test]
    fn files_need_plain_names_of_their_own() {
        let data = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(data.path(), "shop").unwrap();
        for name in ["", " ", "../a.csv", "a/b.csv", "a\\b.csv", ".hidden", "C:a.csv", "a\nb.csv"] {
            let message = staging.add_from(name, &mut &GOOD[..]).unwrap_err().to_string();
            assert!(message.contains("cannot be a file's name"), "{message}");
        }
        staging.add_from("a.csv", &mut &GOOD[..]).unwrap();
        let message = staging.add_from("A.CSV", &mut &GOOD[..]).unwrap_err().to_string();
        assert!(message.contains("two files are named \"A.CSV\"; rename one"), "{message}");
    }

    #[test]
    fn a_failure_leaves_nothing_behind_and_calls_files_by_their_names() {
        let data = tempfile::tempdir().unwrap();
        let mut staging = Staging::new(data.path(), "shop").unwrap();
        staging.add_from("people.csv", &mut &b"id,spent\n1,5\n2\n"[..]).unwrap();
        let message = staging.propose().unwrap_err().to_string();
        assert!(message.starts_with("people.csv, row 2: has 1 fields"), "{message}");
        let message = staging.finish("title = 'x'").unwrap_err().to_string();
        assert!(message.starts_with("dataset.toml: line 1: "), "{message}");
        drop(staging);
        assert!(left_over(data.path()).is_empty());
    }
}
