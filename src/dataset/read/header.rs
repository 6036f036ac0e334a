//! The first line of a text: what separates columns, and what they are called.

use std::path::Path;

use crate::dataset::error::DatasetError;

/// Separators that are tried when the manifest names none.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// Names of the columns: unnamed ones are numbered, with a note.
///
/// # Errors
/// [`DatasetError::Data`] for a separator that cannot be meant, and for columns that are separated by blanks.
pub(super) fn column_names(
    file: &Path,
    header: &csv::ByteRecord,
    separator: u8,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, DatasetError> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (position, field) in header.iter().enumerate() {
        let mut name = String::from_utf8_lossy(field).trim().to_owned();
        if name.is_empty() {
            name = format!("column_{}", position + 1);
            notes.push(format!("Column {} has no name in the header and is called {name}.", position + 1));
        }
        if names.contains(&name) {
            let numbered =
                (2..=header.len() + 1).map(|number| format!("{name}_{number}")).find(|other| !names.contains(other));
            let numbered = numbered.unwrap_or_default();
            notes.push(format!(
                "Two columns are called {name}; the one in place {} is called {numbered}.",
                position + 1
            ));
            name = numbered;
        }
        names.push(name);
    }
    if let [only] = names.as_slice()
        && let Some(other) = SEPARATORS.into_iter().find(|s| *s != separator && only.as_bytes().contains(s))
    {
        return Err(DatasetError::data(
            file,
            format!(
                "has a single column when cut at {}, but its header holds {}; set separator = {} in the manifest's [[table]]",
                separator_name(separator),
                separator_name(other),
                if other == b'\t' { "\"\\t\"".to_owned() } else { format!("\"{}\"", char::from(other)) }
            ),
        ));
    }
    if let [only] = names.as_slice() {
        let words: Vec<&str> = only.split_whitespace().collect();
        let is_data = words.iter().filter(|word| crate::dataset::numbers::body(word).is_some()).count() > 1;
        if words.len() > 2 && is_data {
            return Err(DatasetError::data(
                file,
                "its columns are separated by blanks, which are in cells too; export it with commas, semicolons or tabs between the columns",
            ));
        }
    }
    Ok(names)
}

fn separator_name(separator: u8) -> String {
    if separator == b'\t' { "tabs".to_owned() } else { format!("\"{}\"", char::from(separator)) }
}
