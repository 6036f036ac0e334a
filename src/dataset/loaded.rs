//! A data set as it was loaded.

use std::path::PathBuf;

use crate::dataset::customers::{Column, Customers};
use crate::dataset::facts::Facts;
use crate::dataset::ledger::Ledger;
use crate::dataset::manifest::{Manifest, Table};
use crate::dataset::prepare::derive;
use crate::dataset::synthetic::SyntheticOrigin;

/// A column as it was in the file, for the before-and-after table.
#[derive(Debug, Clone)]
pub struct RawColumn {
    /// Name in the file.
    pub name: String,
    /// Missing cells in the file.
    pub missing: usize,
}

/// A loaded data set.
#[derive(Debug)]
pub struct Dataset {
    /// The folder's name, used in links and commands.
    pub name: String,
    /// The folder.
    pub folder: PathBuf,
    /// The manifest.
    pub manifest: Manifest,
    /// Customers after cleaning.
    pub customers: Customers,
    /// What cleaning did.
    pub ledger: Ledger,
    /// Purchases or other events, where the data set has them.
    pub facts: Option<Facts>,
    /// Columns of the file as they were.
    pub raw: Vec<RawColumn>,
    /// Where generated data came from; `None` for anything else.
    pub synthetic: Option<SyntheticOrigin>,
    /// Changes when the files, the cleaning or the derivations change.
    pub fingerprint: String,
    pub(in crate::dataset) derivations: Vec<derive::Frozen>,
}

impl Dataset {
    /// The files that the data set is made of, each once, in the order of the manifest; none where all is in a database.
    #[must_use]
    pub fn source_files(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for file in self.manifest.table.iter().flat_map(Table::files) {
            let file = self.folder.join(file);
            if !files.contains(&file) {
                files.push(file);
            }
        }
        files
    }

    /// The value measure's column.
    #[must_use]
    pub fn value(&self) -> Option<&Column> {
        self.customers.column(&self.manifest.segmentation.value)
    }
}
