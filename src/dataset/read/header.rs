//! The first line of a text: what separates columns, and what they are called.

use std::path::Path;

use crate::dataset::error::DatasetError;

/// Separators that are tried when the manifest names none.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// The separator that cuts the first rows into the same number (above one) of fields most often.
pub(super) fn infer_separator(bytes: &[u8]) -> u8 {
    let agreement = |separator: u8| {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(bytes);
        let fields: Vec<usize> = reader.byte_records().take(20).flatten().map(|row| row.len()).collect();
        match fields.first() {
            Some(first) if *first > 1 => (fields.iter().filter(|count| *count == first).count(), *first),
            _ => (0, 0),
        }
    };
    SEPARATORS.into_iter().max_by_key(|separator| agreement(*separator)).unwrap_or(b',')
}

/// Names of the columns: unnamed ones are numbered, with a note.
///
/// # Errors
/// [`DatasetError::Data`] for a name that stands twice, and for a separator that cannot be meant.
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
            return Err(DatasetError::column(file, &name, "stands twice in the header; give each column its own name"));
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
    Ok(names)
}

fn separator_name(separator: u8) -> String {
    if separator == b'\t' { "tabs".to_owned() } else { format!("\"{}\"", char::from(separator)) }
}
