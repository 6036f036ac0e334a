//! Names of data sets, which are names of folders and stand in links.

use std::path::Path;

use crate::dataset::DatasetError;

/// Longest name of a data set; it stands in links, and in names of files with something behind it.
const LONGEST_NAME: usize = 64;

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

/// Refuses a name that a data set or anything else below the folder has.
///
/// # Errors
/// [`DatasetError::Refused`].
pub fn check_free(data_dir: &Path, name: &str) -> Result<(), DatasetError> {
    // Also a broken link or a folder without a manifest is somebody's.
    match data_dir.join(name).symlink_metadata() {
        Ok(_) => Err(DatasetError::refused(format!(
            "there is a data set or folder named \"{name}\" already; choose another name"
        ))),
        Err(_) => Ok(()),
    }
}

/// A name made of a text, such as that of a file, that no data set has yet.
#[must_use]
pub fn free_name(data_dir: &Path, text: &str) -> String {
    let mut name = String::new();
    for letter in text.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(LONGEST_NAME - 8);
    let base = name.trim_matches('-');
    let base = if base.is_empty() { "data" } else { base };
    let numbered = (2..).map(|number| format!("{base}-{number}"));
    let mut names = std::iter::once(base.to_owned()).chain(numbered);
    names.find(|name| check_free(data_dir, name).is_ok()).unwrap_or_default()
}
