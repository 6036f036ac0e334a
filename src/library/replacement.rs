//! New data for a data set that is there: files that take the place of those of its manifest, which stays as it is.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::dataset::manifest::{MANIFEST_FILE, Table};
use crate::dataset::{Dataset, DatasetError, Manifest, synthetic};
use crate::library::{Staging, catalog, trash, versions};
use crate::progress::Progress;
use crate::unfinished;

/// New data that is being put together. Dropping it removes what was there so far and changes nothing.
#[derive(Debug)]
pub struct Replacement {
    staging: Staging,
    folder: PathBuf,
    /// Files of the manifest below its folder.
    expected: BTreeSet<String>,
    brought: BTreeSet<String>,
}

/// What becomes of the data that was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    /// It stays as a version to compare with.
    Kept,
    /// It goes to the trash.
    Trashed,
}

impl Replacement {
    /// Starts on new data for a data set.
    ///
    /// # Errors
    /// [`DatasetError::Unknown`]; of reading the manifest; [`DatasetError::Refused`] when its tables stand in a database.
    pub fn new(data_dir: &Path, name: &str) -> Result<Self, DatasetError> {
        let folder = catalog::folder_of(data_dir, name)?;
        let manifest = Manifest::read(&folder)?;
        let expected: BTreeSet<String> = manifest.table.iter().flat_map(Table::files).map(str::to_owned).collect();
        if expected.is_empty() {
            return Err(DatasetError::refused(
                "the tables of this data set stand in a database, which always gives its latest data; start the program again to read it",
            ));
        }
        let staging = Staging::beside(data_dir, name)?;
        Ok(Self { staging, folder, expected, brought: BTreeSet::new() })
    }

    /// The files that the data set is made of, by their names.
    pub fn expected(&self) -> impl Iterator<Item = &str> {
        self.expected.iter().map(|file| file_name(file))
    }

    /// Writes what is read as one of the data set's files: the one of that name, or its only one.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a file that the manifest does not know or that came twice, [`DatasetError::Unwritable`].
    pub fn add_from(&mut self, name: &str, content: &mut dyn Read) -> Result<(), DatasetError> {
        let target = self.target(name)?.to_owned();
        if !self.brought.insert(target.clone()) {
            return Err(DatasetError::refused(format!(
                "two files are named \"{}\"; send one of them",
                file_name(&target)
            )));
        }
        let place = self.staging.folder().join(&target);
        let unwritable = |source| DatasetError::Unwritable { file: PathBuf::from(name), source };
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(unwritable)?;
        }
        std::fs::File::create_new(&place)
            .and_then(|mut file| std::io::copy(content, &mut file))
            .map(drop)
            .map_err(unwritable)
    }

    /// The file of the manifest that an uploaded one stands for.
    fn target(&self, name: &str) -> Result<&str, DatasetError> {
        if let Some(same) = self.expected.iter().find(|file| file_name(file).eq_ignore_ascii_case(name)) {
            return Ok(same);
        }
        let ending = |name: &str| Path::new(name).extension().map(std::ffi::OsStr::to_ascii_lowercase);
        match self.expected.iter().next() {
            Some(only) if self.expected.len() == 1 && ending(only) == ending(name) => Ok(only),
            _ => Err(DatasetError::refused(format!(
                "\"{}\" is no file of this data set; it is made of {}, so rename the file, or make a new data set of it",
                name.escape_default(),
                self.expected().collect::<Vec<_>>().join(", ")
            ))),
        }
    }

    /// Loads the data set with the new files, where nobody sees it yet. Files that were not sent are those of before.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] when nothing was sent; of loading, with files called by their names.
    pub fn prove(&self, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
        if self.brought.is_empty() {
            return Err(DatasetError::refused("no file was sent; choose at least one"));
        }
        let staged = self.staging.folder();
        for file in &self.expected {
            let (from, to) = (self.folder.join(file), staged.join(file));
            if to.exists() {
                continue;
            }
            let unreadable = |source| DatasetError::Unreadable { file: from.clone(), source };
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(unreadable)?;
            }
            // No link: whoever writes into the new file later must not change the version with it.
            std::fs::copy(&from, &to).map_err(unreadable)?;
            synthetic::copy_mark(&from, &to);
        }
        let manifest = std::fs::read_to_string(self.folder.join(MANIFEST_FILE))
            .map_err(|source| DatasetError::Unreadable { file: self.folder.join(MANIFEST_FILE), source })?;
        self.staging.prove(&manifest, watch)
    }

    /// Moves proved data into place and says where the former went. `now` is seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// [`DatasetError::Unwritable`]; then the former data is where it was.
    pub fn place(&self, mut dataset: Dataset, former: Former, note: &str, now: u64) -> Result<Dataset, DatasetError> {
        let version = versions::set_aside(&self.folder, now, note)?;
        if let Err(source) = move_content(&self.staging.folder(), &self.folder) {
            put_back(&version.folder, &self.folder);
            return Err(DatasetError::Unwritable { file: self.folder.clone(), source });
        }
        // The new data is in place: that the old cannot be moved on is no failure of it.
        if former == Former::Trashed
            && let Err(error) = trash::discard(&version.folder, self.staging.data_dir(), self.staging.name(), now)
        {
            tracing::warn!(%error, version = version.number, "the former data stays as a version");
        }
        dataset.folder.clone_from(&self.folder);
        Ok(dataset)
    }
}

fn file_name(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file)
}

/// Moves files first and the manifest last: a folder without one is not taken for a data set.
fn move_content(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut names: Vec<std::ffi::OsString> =
        std::fs::read_dir(from)?.map(|entry| entry.map(|entry| entry.file_name())).collect::<Result<_, _>>()?;
    names.sort_by_key(|name| name == MANIFEST_FILE);
    names.iter().try_for_each(|name| std::fs::rename(from.join(name), to.join(name)))
}

/// Takes the former data back after the new could not be moved; what was moved of the new goes.
fn put_back(version: &Path, folder: &Path) {
    // Everything but the versions is new: the former data was set aside as a whole.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name() != versions::VERSIONS_FOLDER {
            let place = entry.path();
            let _ = if place.is_dir() { std::fs::remove_dir_all(&place) } else { std::fs::remove_file(&place) };
        }
    }
    if let Err(error) = move_content(version, folder) {
        tracing::error!(%error, version = %version.display(), "the former data could not be moved back; it is kept there");
        return;
    }
    let _ = std::fs::remove_file(folder.join(versions::VERSION_FILE));
    let _ = std::fs::remove_dir(version);
}

/// Puts data sets back that were being replaced when the program was killed: what was set aside returns, as a whole, and what
/// was moved of the new data goes. Says which.
#[must_use]
pub fn recover(data_dir: &Path) -> Vec<String> {
    let mut said = Vec::new();
    for folder in std::fs::read_dir(data_dir).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = file_name(&folder.to_string_lossy()).to_owned();
        for shelter in unfinished::left_behind(&folder.join(versions::VERSIONS_FOLDER), versions::ASIDE) {
            let inside = std::fs::read_dir(&shelter).into_iter().flatten().flatten().map(|entry| entry.path());
            match inside.into_iter().try_for_each(|version| take_back(&version, &folder)) {
                Ok(()) => said.push(format!("{name} was about to get new data; it is as it was")),
                Err(error) => {
                    said.push(format!(
                        "parts of {name} are in {} and cannot be moved back ({error})",
                        shelter.display()
                    ));
                    continue;
                }
            }
            let _ = std::fs::remove_dir_all(&shelter);
        }
        if !folder.join(MANIFEST_FILE).exists()
            && let Some(latest) = versions::list(&folder).into_iter().next()
        {
            put_back(&latest.folder, &folder);
            said.push(format!(
                "{name} was getting new data, of which only a part was in place; it has its former data again"
            ));
        }
    }
    said
}

/// Moves back what was set aside so far, the manifest last.
fn take_back(version: &Path, folder: &Path) -> std::io::Result<()> {
    let _ = std::fs::remove_file(version.join(versions::VERSION_FILE));
    move_content(version, folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::library::staging::RAW;

    const MANIFEST: &str =
        "# mine\ntitle='t'\n[[table]]\nfile='raw/a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n";

    fn shop(data: &Path) -> PathBuf {
        let folder = data.join("shop");
        std::fs::create_dir_all(folder.join(RAW)).unwrap();
        std::fs::write(folder.join("raw/a.csv"), "id,spent\n1,5\n2,3\n").unwrap();
        std::fs::write(folder.join(MANIFEST_FILE), MANIFEST).unwrap();
        folder
    }

    fn spent(folder: &Path) -> Vec<f64> {
        crate::dataset::load(folder).unwrap().customers.numbers("spent").unwrap().to_vec()
    }

    fn hidden(data: &Path) -> usize {
        let entries = std::fs::read_dir(data).unwrap().map(Result::unwrap);
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".import-")).count()
    }

    #[test]
    fn new_data_takes_the_place_of_the_old_which_is_kept_or_trashed() {
        let data = tempfile::tempdir().unwrap();
        let folder = shop(data.path());
        for (former, expected) in [(Former::Kept, 7.0), (Former::Trashed, 8.0)] {
            let mut replacement = Replacement::new(data.path(), "shop").unwrap();
            let text = format!("id,spent\n1,{expected}\n3,1\n");
            replacement.add_from("export of today.csv", &mut text.as_bytes()).unwrap();
            let dataset = replacement.prove(&crate::progress::Silent).unwrap();
            assert_ne!(spent(&folder)[0], expected, "nothing changes before it is placed");
            let dataset = replacement.place(dataset, former, "", 1_800_000_000).unwrap();
            assert_eq!((dataset.name.as_str(), &dataset.folder), ("shop", &folder));
            assert_eq!(spent(&folder), [expected, 1.0]);
        }
        assert!(std::fs::read_to_string(folder.join(MANIFEST_FILE)).unwrap().starts_with("# mine"));
        let kept = versions::list(&folder);
        assert_eq!(kept.iter().map(|version| version.number).collect::<Vec<_>>(), [1]);
        assert_eq!(versions::load(&folder, 1).unwrap().customers.numbers("spent").unwrap(), [5.0, 3.0]);
        assert_eq!(trash::list(data.path()).len(), 1);
        assert_eq!(hidden(data.path()), 0);
    }

    /// What a data set holds, but for the folder of versions itself.
    fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(inside) = folders.pop() {
            for entry in std::fs::read_dir(&inside).unwrap().map(Result::unwrap) {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push((path.clone(), std::fs::read(&path).unwrap()));
                }
            }
        }
        files.sort();
        files
    }

    #[test]
    fn a_replacement_that_was_killed_at_any_step_leaves_the_old_data_whole() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let shelter = format!("{}{}-x", versions::ASIDE, child.id());
        child.wait().unwrap();
        // Setting aside moves the manifest, then the folder of files, then the whole; then new data comes, manifest last.
        for step in 0..6 {
            let data = tempfile::tempdir().unwrap();
            let folder = shop(data.path());
            let before = content(&folder);
            let built = folder.join("versions").join(&shelter).join("0001");
            std::fs::create_dir_all(&built).unwrap();
            std::fs::write(built.join(versions::VERSION_FILE), "note = 'x'").unwrap();
            if step >= 1 {
                std::fs::rename(folder.join(MANIFEST_FILE), built.join(MANIFEST_FILE)).unwrap();
            }
            if step >= 2 {
                std::fs::rename(folder.join(RAW), built.join(RAW)).unwrap();
            }
            if step >= 3 {
                std::fs::rename(&built, folder.join("versions/0001")).unwrap();
            }
            if step >= 4 {
                std::fs::remove_dir_all(built.parent().unwrap()).unwrap();
            }
            if step >= 5 {
                std::fs::create_dir(folder.join(RAW)).unwrap();
                std::fs::write(folder.join("raw/a.csv"), "id,spent\n9,9\n").unwrap();
            }
            let said = recover(data.path());
            assert!(said.iter().any(|said| said.starts_with("shop was")), "{step}: {said:?}");
            assert_eq!(content(&folder), before, "{step}");
            assert_eq!(spent(&folder), [5.0, 3.0]);
            assert!(recover(data.path()).is_empty(), "{step}");
        }
    }

    #[test]
    fn bad_new_data_changes_nothing() {
        let data = tempfile::tempdir().unwrap();
        let folder = shop(data.path());
        let mut replacement = Replacement::new(data.path(), "shop").unwrap();
        assert!(replacement.prove(&crate::progress::Silent).unwrap_err().to_string().contains("choose at least one"));
        let message = replacement.add_from("b.xlsx", &mut &b"x"[..]).unwrap_err().to_string();
        assert_eq!(
            message,
            "\"b.xlsx\" is no file of this data set; it is made of a.csv, so rename the file, or make a new data set of it"
        );
        replacement.add_from("A.csv", &mut &b"id,paid\n1,5\n2,3\n"[..]).unwrap();
        assert!(replacement.add_from("a.csv", &mut &b""[..]).unwrap_err().to_string().contains("two files"));
        let message = replacement.prove(&crate::progress::Silent).unwrap_err().to_string();
        assert!(message.contains("segmentation.value") && !message.contains(".import-"), "{message}");
        drop(replacement);
        assert_eq!(spent(&folder), [5.0, 3.0]);
        assert_eq!(hidden(data.path()), 0);
        assert!(Replacement::new(data.path(), "../shop").unwrap_err().to_string().contains("there is no data set"));
    }
}
