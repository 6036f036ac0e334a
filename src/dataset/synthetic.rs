//! The mark that generated files carry, so that they are called synthetic wherever they are shown.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::error::DatasetError;

/// How a generated file was made. It counts only while the file is the one that was generated:
/// put real data in its place and the mark goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntheticOrigin {
    /// The generator's recipe.
    pub recipe: String,
    /// Its seed.
    pub seed: u64,
    /// Rows it wrote.
    pub rows: usize,
    /// Hash of the file it wrote.
    hash: String,
}

/// Takes the mark of a file, if it has one, along to a copy of it. What cannot be copied is no mark.
pub(crate) fn copy_mark(from: &Path, to: &Path) {
    let _ = std::fs::copy(mark_of(from), mark_of(to));
}

fn mark_of(file: &Path) -> std::path::PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".synthetic.json");
    name.into()
}

impl SyntheticOrigin {
    /// The mark of `file`, if it has one and still is the generated file.
    #[must_use]
    pub(super) fn of(file: &Path, hash: u64) -> Option<Self> {
        let text = std::fs::read_to_string(mark_of(file)).ok()?;
        let origin: Self = serde_json::from_str(&text).ok()?;
        (origin.hash == format!("{hash:016x}")).then_some(origin)
    }

    /// Marks `file`, whose content is `bytes`.
    ///
    /// # Errors
    /// [`DatasetError::Unwritable`].
    pub fn write(file: &Path, bytes: &[u8], recipe: &str, seed: u64, rows: usize) -> Result<(), DatasetError> {
        let hash = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(bytes));
        let origin = Self { recipe: recipe.to_owned(), seed, rows, hash };
        let mark = mark_of(file);
        let text = serde_json::to_string_pretty(&origin).unwrap_or_default();
        std::fs::write(&mark, text + "\n").map_err(|source| DatasetError::Unwritable { file: mark, source })
    }
}
