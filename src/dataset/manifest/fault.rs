//! Errors of the manifest, told by whoever finds them in the data.

use std::path::Path;

use super::MANIFEST_FILE;
use crate::dataset::error::DatasetError;

/// An error of the manifest next to the data file (whose folder is the data set's or `raw/` in it).
pub(in crate::dataset) fn manifest_error(
    data_file: &Path,
    key: impl Into<String>,
    message: impl Into<String>,
) -> DatasetError {
    let folder = data_file
        .ancestors()
        .skip(1)
        .find(|folder| folder.join(MANIFEST_FILE).exists())
        .or_else(|| data_file.parent())
        .unwrap_or(data_file);
    DatasetError::manifest(&folder.join(MANIFEST_FILE), key, message)
}
