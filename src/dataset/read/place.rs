//! Where the bytes of a table are and what they are: below a packing, in an archive, by content and not by the ending of a name.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use super::content::{self, Content};
use super::packed::archive::{self, Entry};
use super::packed::{Bytes, Layer};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Format;

/// The bytes of a table, or of several.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) bytes: Bytes,
    pub(super) format: Format,
    /// The path in the archive, where the file is one of several files.
    pub(super) entry: Option<String>,
    /// The table in that file; none where it is the only one.
    pub(super) sheet: Option<String>,
}

/// Finds the table that `sheet` names, of the format that somebody told or that the content shows.
///
/// # Errors
/// [`DatasetError`] for what is not read, with what it is and what to do.
pub(super) fn find(file: &Path, sheet: Option<&str>, told: Option<Format>) -> Result<Place, DatasetError> {
    let whole = Bytes::of(file);
    let sheet = sheet.map(str::to_owned);
    match look(&whole)? {
        Found::Files(entries) => {
            let (entry, sheet) = choose(file, &entries, sheet)?;
            let bytes = if entries.len() > 1 { whole.entry(entry) } else { whole.only_entry(entry) };
            let format = within(&bytes, &entry.name, told)?;
            Ok(Place { bytes, format, entry: (entries.len() > 1).then(|| entry.name.clone()), sheet })
        }
        Found::Packed(layer) => {
            let bytes = whole.unpacked(layer);
            let format = within(&bytes, &file.to_string_lossy(), told)?;
            Ok(Place { bytes, format, entry: None, sheet })
        }
        Found::Content(shown) => {
            let format = settle(&whole, shown, &file.to_string_lossy(), told)?;
            Ok(Place { bytes: whole, format, entry: None, sheet })
        }
    }
}

/// Every file in it that may hold tables: itself, or those of an archive; and what is left out of an archive, with why.
///
/// # Errors
/// [`DatasetError`] when there is none.
pub(super) fn all(file: &Path) -> Result<(Vec<Place>, Vec<DatasetError>), DatasetError> {
    let whole = Bytes::of(file);
    let Found::Files(entries) = look(&whole)? else { return Ok((vec![find(file, None, None)?], Vec::new())) };
    if entries.len() == 1 {
        return Ok((vec![find(file, None, None)?], Vec::new()));
    }
    let (mut places, mut left_out) = (Vec::new(), Vec::new());
    for entry in &entries {
        let bytes = whole.entry(entry);
        match within(&bytes, &entry.name, None) {
            Ok(format) => places.push(Place { bytes, format, entry: Some(entry.name.clone()), sheet: None }),
            Err(error) => left_out.push(error),
        }
    }
    match left_out.pop() {
        Some(error) if places.is_empty() => Err(error),
        last => {
            left_out.extend(last);
            Ok((places, left_out))
        }
    }
}

/// What is at the outside of a file.
enum Found {
    Content(Content),
    Packed(Layer),
    Files(Vec<Entry>),
}

fn look(whole: &Bytes) -> Result<Found, DatasetError> {
    Ok(match content::of(&whole.head()?) {
        Content::Gzip => Found::Packed(Layer::Gzip),
        Content::Zstandard => Found::Packed(Layer::Zstandard),
        Content::Zip => match of_zip(whole)? {
            Some(content) => Found::Content(content),
            None => Found::Files(archive::entries(whole.on_disk()?.at(), whole.named())?),
        },
        Content::Compound => Found::Content(of_compound(whole)?),
        other => Found::Content(other),
    })
}

/// The format of what was packed.
fn within(bytes: &Bytes, name: &str, told: Option<Format>) -> Result<Format, DatasetError> {
    let twice = |bytes: &Bytes| {
        let message = "is packed twice, an archive in an archive; unpack it once and import what is in it";
        Err(DatasetError::data(bytes.named(), message))
    };
    let shown = match content::of(&bytes.head()?) {
        Content::Gzip | Content::Zstandard => return twice(bytes),
        Content::Zip => match of_zip(bytes)? {
            Some(content) => content,
            None => return twice(bytes),
        },
        Content::Compound => of_compound(bytes)?,
        other => other,
    };
    settle(bytes, shown, name, told)
}

fn of_zip(bytes: &Bytes) -> Result<Option<Content>, DatasetError> {
    let names = archive::names(bytes.on_disk()?.at(), bytes.named())?;
    Ok(content::of_zip(&names.iter().map(String::as_str)))
}

fn of_compound(bytes: &Bytes) -> Result<Content, DatasetError> {
    let held = bytes.on_disk()?;
    let opened = File::open(held.at());
    let opened = opened.map_err(|source| DatasetError::Unreadable { file: bytes.named().to_owned(), source })?;
    Ok(content::of_compound(BufReader::new(opened)))
}

/// The format that somebody told, unless the content is surely another; else the one that the content shows.
fn settle(bytes: &Bytes, shown: Content, name: &str, told: Option<Format>) -> Result<Format, DatasetError> {
    let refused = |message: String| Err(DatasetError::data(bytes.named(), message));
    match (shown, told) {
        (Content::Empty, _) => refused("is empty; export the data again".to_owned()),
        (Content::Table(shown), Some(told)) if shown != told && !(shown.is_of_letters() && told.is_of_letters()) => {
            refused(format!(
                "is {}, not {} as format = \"{}\" says; take format out of the manifest's [[table]]",
                shown.named(),
                told.named(),
                told.word()
            ))
        }
        (Content::Text, Some(told)) if !told.is_of_letters() => refused(format!(
            "is {}, not {} as format = \"{}\" says; take format out of the manifest's [[table]]",
            Format::Csv.named(),
            told.named(),
            told.word()
        )),
        // What calls a file of letters something that is not read may err; whoever says the format is believed.
        (_, Some(told)) if told.is_of_letters() => Ok(told),
        (Content::Refused(sentence), _) => refused(sentence),
        (Content::Table(format), _) => Ok(format),
        // Tabs are told by the ending: in a csv file they may stand in cells.
        _ if content::of_ending(Path::new(name)) == Some(Format::Tsv) => Ok(Format::Tsv),
        _ => Ok(Format::Csv),
    }
}

/// The file of an archive that a sheet names, and the sheet in it.
fn choose<'a>(
    file: &Path,
    entries: &'a [Entry],
    sheet: Option<String>,
) -> Result<(&'a Entry, Option<String>), DatasetError> {
    let listed = || entries.iter().take(20).map(|entry| format!("\"{}\"", entry.name)).collect::<Vec<_>>().join(", ");
    let Some(sheet) = sheet else {
        return match entries {
            [only] => Ok((only, None)),
            _ => Err(DatasetError::data(
                file,
                format!(
                    "holds {} files ({}); name one with sheet = in the manifest's [[table]]",
                    entries.len(),
                    listed()
                ),
            )),
        };
    };
    if let Some(entry) = entries.iter().find(|entry| entry.name == sheet) {
        return Ok((entry, None));
    }
    let below = |entry: &Entry| sheet.strip_prefix(&entry.name)?.strip_prefix('/').map(str::to_owned);
    if let Some(found) = entries.iter().find_map(|entry| Some((entry, Some(below(entry)?)))) {
        return Ok(found);
    }
    match entries {
        // A sheet of the only file.
        [only] => Ok((only, Some(sheet))),
        _ => Err(DatasetError::data(file, format!("holds no file \"{sheet}\"; its files are {}", listed()))),
    }
}
