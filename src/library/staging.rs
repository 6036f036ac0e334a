//! A new data set from files: put together beside the others where nobody looks, proved to load, and moved into place as a
//! whole, so that a failure leaves nothing behind.

use std::io::Read;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::names::{check_free, check_name};
use crate::dataset::manifest::MANIFEST_FILE;
use crate::dataset::{Dataset, DatasetError, load_watched, synthetic};
use crate::progress::{Progress, Silent};
use crate::propose::{Answers, Proposal, propose};
use crate::unfinished;

/// Folder of a data set for its files.
pub(crate) const RAW: &str = "raw";

/// How folders begin in which data sets are put together.
const SHELTER: &str = ".import-";

/// A data set that is being put together. Dropping it removes what was there so far.
#[derive(Debug)]
pub struct Staging {
    name: String,
    data_dir: PathBuf,
    /// Holds the data set's folder and has no manifest itself, so that it is not taken for a data set.
    shelter: TempDir,
    files: Vec<PathBuf>,
}

/// Removes what programs left behind that were killed while they put a data set together or wrote a manifest.
pub fn sweep(data_dir: &Path) {
    unfinished::sweep(data_dir, SHELTER);
    for entry in std::fs::read_dir(data_dir).into_iter().flatten().flatten() {
        unfinished::sweep(&entry.path(), unfinished::TEMPORARY);
    }
}

impl Staging {
    /// Starts on a data set of that name below `data_dir`.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a name that is taken or cannot be one, [`DatasetError::Unwritable`].
    pub fn new(data_dir: &Path, name: &str) -> Result<Self, DatasetError> {
        check_name(name)?;
        check_free(data_dir, name)?;
        Self::beside(data_dir, name)
    }

    /// Starts on new files of a data set that may be there.
    ///
    /// # Errors
    /// [`DatasetError::Unwritable`].
    pub(crate) fn beside(data_dir: &Path, name: &str) -> Result<Self, DatasetError> {
        let unwritable = |source| DatasetError::Unwritable { file: data_dir.to_owned(), source };
        std::fs::create_dir_all(data_dir).map_err(unwritable)?;
        let shelter =
            tempfile::Builder::new().prefix(&unfinished::prefix(SHELTER)).tempdir_in(data_dir).map_err(unwritable)?;
        let staging = Self { name: name.to_owned(), data_dir: data_dir.to_owned(), shelter, files: Vec::new() };
        std::fs::create_dir_all(staging.folder().join(RAW)).map_err(unwritable)?;
        Ok(staging)
    }

    /// The name that the data set will have.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The folder of data sets.
    pub(crate) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// Names of the files, in the order in which they came.
    pub fn file_names(&self) -> impl Iterator<Item = String> {
        let name = |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into_owned());
        self.files.iter().filter_map(name)
    }

    /// Gives the data set another name before it is there.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn rename(&mut self, name: &str) -> Result<(), DatasetError> {
        if name == self.name {
            return Ok(());
        }
        check_name(name)?;
        check_free(&self.data_dir, name)?;
        let target = self.shelter.path().join(name);
        std::fs::rename(self.folder(), &target)
            .map_err(|source| DatasetError::Unwritable { file: PathBuf::from(name), source })?;
        for file in &mut self.files {
            if let Some(name) = file.file_name() {
                *file = target.join(RAW).join(name);
            }
        }
        name.clone_into(&mut self.name);
        Ok(())
    }

    pub(crate) fn folder(&self) -> PathBuf {
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
    /// As [`propose`](propose()).
    pub fn propose(&self) -> Result<Proposal, DatasetError> {
        self.propose_watched(&Answers::new(), &Silent)
    }

    /// The same with answers to what the files leave open, for somebody who may ask to stop.
    ///
    /// # Errors
    /// As [`Self::propose`]; [`DatasetError::Cancelled`].
    pub fn propose_watched(&self, answers: &Answers, watch: &dyn Progress) -> Result<Proposal, DatasetError> {
        propose(&self.name, &self.files, answers, watch).map_err(|error| self.shortened(error))
    }

    /// A proposal with the corrections of a changed copy of it.
    ///
    /// # Errors
    /// As [`Proposal::revised`].
    pub fn revise(&self, proposal: &Proposal, wanted: Proposal) -> Result<Proposal, DatasetError> {
        proposal.revised(wanted, &self.name, &self.files).map_err(|error| self.shortened(error))
    }

    /// Writes the manifest, loads the data set to prove that it loads, and moves it into place.
    ///
    /// # Errors
    /// As [`Self::prove`] and [`Self::place`].
    pub fn finish(&self, manifest: &str) -> Result<Dataset, DatasetError> {
        self.place(self.prove(manifest, &Silent)?)
    }

    /// Writes the manifest and loads the data set, where nobody sees it yet.
    ///
    /// # Errors
    /// [`DatasetError`] of loading, with files called by their names; [`DatasetError::Unwritable`].
    pub fn prove(&self, manifest: &str, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
        let folder = self.folder();
        std::fs::write(folder.join(MANIFEST_FILE), manifest)
            .map_err(|source| DatasetError::Unwritable { file: PathBuf::from(MANIFEST_FILE), source })?;
        load_watched(&folder, watch).map_err(|error| self.shortened(error))
    }

    /// Moves a proved data set into place.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] when the name was taken meanwhile; [`DatasetError::Unwritable`].
    pub fn place(&self, mut dataset: Dataset) -> Result<Dataset, DatasetError> {
        check_free(&self.data_dir, &self.name)?;
        let target = self.data_dir.join(&self.name);
        std::fs::rename(self.folder(), &target)
            .map_err(|source| DatasetError::Unwritable { file: target.clone(), source })?;
        dataset.folder = target;
        Ok(dataset)
    }

    /// An error with files called by their names, because the folder is gone when people read it.
    pub(crate) fn shortened(&self, error: DatasetError) -> DatasetError {
        error.below(&self.folder().join(RAW)).below(&self.folder())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::names::free_name;

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
        assert!(crate::library::catalog::Catalog::load(data.path()).unwrap().datasets.is_empty());
        let manifest = staging.propose().unwrap().manifest();
        let dataset = staging.finish(&manifest).unwrap();
        assert_eq!((dataset.name.as_str(), dataset.customers.len()), ("shop", 3));
        assert_eq!(dataset.source_files()[0], data.path().join("shop/raw/people.csv"));
        drop(staging);
        assert_eq!(left_over(data.path()), ["shop"]);
        assert_eq!(crate::dataset::load(&data.path().join("shop")).unwrap().fingerprint, dataset.fingerprint);
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
    fn a_name_is_made_of_a_file_and_can_change_until_the_end() {
        let data = tempfile::tempdir().unwrap();
        for (text, name) in [("Kunden & Käufe 2024", "kunden-k-ufe-2024"), ("---", "data"), ("shop", "shop")] {
            assert_eq!(free_name(data.path(), text), name);
        }
        assert_eq!(free_name(data.path(), &"x".repeat(99)).len(), 56);
        std::fs::create_dir(data.path().join("shop")).unwrap();
        assert_eq!(free_name(data.path(), "Shop"), "shop-2");
        let mut staging = Staging::new(data.path(), "new").unwrap();
        staging.add_from("people.csv", &mut &GOOD[..]).unwrap();
        assert!(staging.rename("shop").unwrap_err().to_string().contains("already"));
        assert!(staging.rename("../x").unwrap_err().to_string().contains("cannot be a data set's name"));
        staging.rename("newer").unwrap();
        let manifest = staging.propose().unwrap().manifest();
        assert_eq!(staging.finish(&manifest).unwrap().name, "newer");
    }

    #[test]
    fn only_what_a_killed_program_left_is_swept() {
        let data = tempfile::tempdir().unwrap();
        let staging = Staging::new(data.path(), "shop").unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let old = data.path().join(format!(".import-{}-old", child.id()));
        child.wait().unwrap();
        std::fs::create_dir(&old).unwrap();
        sweep(data.path());
        assert!(!old.exists() && staging.folder().exists());
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
        staging.add_from("people.csv", &mut &b"id,spent\n1,5\n2,3,4\n3,4,5\n4,7\n"[..]).unwrap();
        let message = staging.propose().unwrap_err().to_string();
        assert!(message.starts_with("people.csv, row 2: has 3 fields"), "{message}");
        let message = staging.finish("title = 'x'").unwrap_err().to_string();
        assert!(message.starts_with("dataset.toml: line 1: "), "{message}");
        drop(staging);
        assert!(left_over(data.path()).is_empty());
    }
}
