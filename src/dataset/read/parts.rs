//! The tables that a file holds, before any of them is read.

use std::path::Path;

use super::code_page::{self, CodePage};
use super::packed::unreadable;
use super::place::{self, Place};
use super::{excel, html, json, spreadsheet_xml, sqlite};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Format;

/// A table of a file.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    /// What names it in the file, where the file may hold several.
    pub(crate) sheet: Option<String>,
    pub(crate) format: Format,
    /// How the letters of a text with separators are written; none for UTF-8, and for one with a mark.
    pub(crate) code_page: Option<CodePage>,
}

/// The tables of a file, and what of an archive is left out, with why.
///
/// # Errors
/// [`DatasetError`] for what is not read, with what it is and what to do.
pub(crate) fn parts(file: &Path) -> Result<(Vec<Part>, Vec<DatasetError>), DatasetError> {
    let (places, mut left_out) = place::all(file)?;
    let several = places.len() > 1;
    let mut parts = Vec::new();
    for place in places {
        match of_place(&place) {
            Ok(found) => parts.extend(found),
            Err(error) if several => left_out.push(error),
            Err(error) => return Err(error),
        }
    }
    match left_out.pop() {
        Some(error) if parts.is_empty() => Err(error),
        last => {
            left_out.extend(last);
            Ok((parts, left_out))
        }
    }
}

fn of_place(place: &Place) -> Result<Vec<Part>, DatasetError> {
    let Place { bytes, format, entry, .. } = place;
    let file = bytes.named();
    let sheets = match format {
        Format::Csv | Format::Tsv | Format::Parquet | Format::Arrow => Vec::new(),
        Format::Xlsx | Format::Xls | Format::Xlsb | Format::Ods => excel::sheets(bytes.on_disk()?.at(), file, *format)?,
        Format::Sqlite => sqlite::tables(bytes.on_disk()?.at(), file)?,
        Format::Xml => spreadsheet_xml::sheets(bytes, None)?,
        Format::Html => html::tables(bytes, None)?,
        Format::Json => json::lists(bytes, None)?,
    };
    let code_page = if format.is_text() {
        code_page::tell(bytes.read()?).map_err(|source| unreadable(file, source))?
    } else {
        None
    };
    let part = |sheet: Option<String>| Part { sheet, format: *format, code_page };
    if sheets.is_empty() {
        return Ok(vec![part(entry.clone())]);
    }
    let below = |sheet: String| match entry {
        Some(entry) => format!("{entry}/{sheet}"),
        None => sheet,
    };
    Ok(sheets.into_iter().map(|sheet| part(Some(below(sheet)))).collect())
}
