//! The first rows of a file, and how the file is read.

use crate::propose::reading::{Reading, Values, stored};
use std::fs::File;
use std::io::Read;
use std::path::Path;

use polars::prelude::*;

use crate::dataset::manifest::{Format, Table};
use crate::dataset::{DatasetError, read};
use crate::progress::Progress;

/// Rows that are looked at, at most.
pub(super) const ROWS: usize = 200_000;

/// Bytes that are looked at, at most.
pub(super) const BYTES: usize = 64 << 20;

/// Bytes of a file that are looked at in one go.
const BLOCK: usize = 1 << 20;

/// Rows that are shown.
pub(super) const PREVIEW: usize = 20;

/// The first rows of one table.
pub(super) struct Look {
    /// How the file is read.
    pub(super) table: Table,
    pub(super) format: Format,
    pub(super) columns: Vec<Values>,
    pub(super) rows: usize,
    pub(super) is_complete: bool,
    /// Rows that are equal to an earlier one in every column.
    pub(super) repeated_rows: usize,
    pub(super) preview: Vec<Vec<Option<String>>>,
    pub(super) notes: Vec<String>,
}

/// Looks at a file: at each sheet of a workbook that people see, and at the only table of any other.
///
/// # Errors
/// [`DatasetError`], when it cannot be read or holds no table.
pub(super) fn look(file: &Path, readings: &[Reading], watch: &dyn Progress) -> Result<Vec<Look>, DatasetError> {
    let (folder, name) = (file.parent().unwrap_or(Path::new("")), file.file_name().unwrap_or_default());
    DatasetError::check(watch)?;
    let format = format_of(file)?;
    let table = Table { file: name.to_string_lossy().into_owned(), format: Some(format), ..Table::default() };
    if format.is_text() {
        let (separator, encoding) = match readings.iter().find(|reading| reading.is_of(&table.file, None)) {
            Some(reading) => (reading.separator, reading.encoding.clone()),
            None => (None, encoding_of(file)?),
        };
        return Ok(vec![look_at(folder, Table { separator, encoding, ..table })?]);
    }
    if format.has_sheets() { sheets_of(file, folder, &table, watch) } else { Ok(vec![look_at(folder, table)?]) }
}

/// Looks at each sheet that people see.
fn sheets_of(file: &Path, folder: &Path, table: &Table, watch: &dyn Progress) -> Result<Vec<Look>, DatasetError> {
    let sheets = read::sheets(file)?;
    if sheets.len() > crate::propose::MOST_TABLES {
        return Err(crate::propose::too_many_tables(file));
    }
    let several = sheets.len() > 1;
    let tables = sheets.into_iter().map(|sheet| Table { sheet: Some(sheet), ..table.clone() });
    let mut looks = Vec::new();
    let mut failure = None;
    for table in tables {
        DatasetError::check(watch)?;
        match look_at(folder, table) {
            Ok(look) => looks.push(look),
            // An empty sheet beside others is no table.
            Err(error) if several => failure = Some(error),
            Err(error) => return Err(error),
        }
    }
    match failure {
        Some(error) if looks.is_empty() => Err(error),
        Some(error) => {
            if let Some(first) = looks.first_mut() {
                first.notes.push(format!("A sheet is left out: {error}."));
            }
            Ok(looks)
        }
        None => Ok(looks),
    }
}

fn look_at(folder: &Path, table: Table) -> Result<Look, DatasetError> {
    let sample = read::sample(folder, &table, ROWS, BYTES)?;
    let frame = sample.frame;
    let file = table.place(folder);
    let mut texts = Vec::with_capacity(frame.width());
    let mut columns = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        let series = column.as_materialized_series();
        let fail = |error: PolarsError| DatasetError::column(&file, column.name(), error.to_string());
        let cast =
            if series.dtype() == &DataType::Boolean { series.cast(&DataType::Int32) } else { Ok(series.clone()) };
        let text = cast.and_then(|series| series.cast(&DataType::String)).map_err(fail)?;
        let text = text.str().map_err(fail)?.clone();
        columns.push(Values::of(column.name(), stored(series), &text));
        texts.push(text);
    }
    let preview = (0..frame.height().min(PREVIEW))
        .map(|row| texts.iter().map(|text| text.get(row).map(str::to_owned)).collect())
        .collect();
    let different = frame.unique_stable(None, UniqueKeepStrategy::First, None);
    let different = different.map_or(frame.height(), |different| different.height());
    Ok(Look {
        format: table.format.unwrap_or(Format::Csv),
        table: Table { separator: sample.separator, ..table },
        columns,
        rows: frame.height(),
        is_complete: sample.is_complete,
        repeated_rows: frame.height() - different,
        preview,
        notes: sample.notes,
    })
}

/// The format that a file's content shows, else the one of its ending; text is the last resort.
fn format_of(file: &Path) -> Result<Format, DatasetError> {
    let first = first_bytes(file, 4)?;
    Ok(match first.as_slice() {
        b"PAR1" => Format::Parquet,
        // A zip file or an old compound file: the reader of workbooks says which.
        [b'P', b'K', ..] | [0xD0, 0xCF, 0x11, 0xE0] => Format::Xlsx,
        _ => read::format(file, &Table::default()).unwrap_or(Format::Csv),
    })
}

fn first_bytes(file: &Path, bytes: u64) -> Result<Vec<u8>, DatasetError> {
    let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
    let mut first = Vec::new();
    File::open(file).map_err(unreadable)?.take(bytes).read_to_end(&mut first).map_err(unreadable)?;
    Ok(first)
}

/// The encoding of a text: UTF-8 (none) when its first bytes are that, UTF-16 when every second one is zero, else
/// windows-1252, in which every byte is a letter.
fn encoding_of(file: &Path) -> Result<Option<String>, DatasetError> {
    let head = first_bytes(file, 4096)?;
    if encoding_rs::Encoding::for_bom(&head).is_some() {
        return Ok(None);
    }
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    if zeros(0).max(zeros(1)) * 8 > head.len() {
        return Ok(Some(if zeros(1) > zeros(0) { "utf-16le" } else { "utf-16be" }.to_owned()));
    }
    let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
    let mut opened = File::open(file).map_err(unreadable)?.take(BYTES as u64);
    let mut block = vec![0; BLOCK];
    // The last letter of a block may be cut; its bytes go on in the next one.
    let mut kept = 0;
    loop {
        let read = opened.read(&mut block[kept..]).map_err(unreadable)?;
        if read == 0 {
            return Ok(None);
        }
        let filled = kept + read;
        let valid = match std::str::from_utf8(&block[..filled]) {
            Ok(_) => filled,
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Ok(Some("windows-1252".to_owned())),
        };
        block.copy_within(valid..filled, 0);
        kept = filled - valid;
    }
}
