//! The first rows of a file, and how the file is read.

use crate::propose::reading::{Reading, Values, stored};
use crate::propose::{around, day_parts, uneven};
use std::path::Path;

use polars::prelude::*;

use crate::dataset::manifest::{Format, LeaveOut, Table};
use crate::dataset::read::{CodePage, Part, SetAside};
use crate::dataset::{DatasetError, read};
use crate::progress::Progress;

/// Rows that are shown.
pub(super) const PREVIEW: usize = 20;

/// The first rows of one table.
pub(super) struct Look {
    /// How the file is read.
    pub(super) table: Table,
    pub(super) format: Format,
    pub(super) columns: Vec<Values>,
    /// The cells, by column.
    pub(super) cells: Vec<StringChunked>,
    pub(super) rows: usize,
    pub(super) is_complete: bool,
    /// Rows that are equal to an earlier one in every column of the file.
    pub(super) repeated_rows: usize,
    /// Those of them that are equal to one of another part of the table.
    pub(super) overlap: usize,
    /// Rows that do not fit their header, where it is to be asked what becomes of them.
    pub(super) misfits: Option<SetAside>,
    pub(super) preview: Vec<Vec<Option<String>>>,
    pub(super) notes: Vec<String>,
}

/// Looks at a file: at each table of a workbook, a database or an archive that people see, and at the only one of any other.
///
/// # Errors
/// [`DatasetError`], when it cannot be read or holds no table.
pub(super) fn look(file: &Path, readings: &[Reading], watch: &dyn Progress) -> Result<Vec<Look>, DatasetError> {
    let (folder, name) = (file.parent().unwrap_or(Path::new("")), file.file_name().unwrap_or_default());
    let name = name.to_string_lossy().into_owned();
    DatasetError::check(watch)?;
    let (parts, mut left_out) = read::parts(file)?;
    if parts.len() > crate::propose::MOST_TABLES {
        return Err(crate::propose::too_many_tables(file));
    }
    let several = parts.len() > 1;
    let mut looks: Vec<Look> = Vec::new();
    for part in parts {
        DatasetError::check(watch)?;
        let reading = readings.iter().find(|reading| reading.is_of(&name, part.sheet.as_deref()));
        match look_at_part(folder, &name, part, reading) {
            Ok(look) => looks.push(look),
            // An empty sheet beside others is no table.
            Err(error) if several => left_out.push(error),
            Err(error) => return Err(error),
        }
    }
    let Some(first) = looks.first_mut() else {
        return Err(left_out
            .pop()
            .unwrap_or_else(|| DatasetError::data(file, "holds no table; export the data again")));
    };
    first.notes.extend(left_out.into_iter().map(|error| format!("A table is left out: {}.", error.below(folder))));
    Ok(looks)
}

fn look_at_part(folder: &Path, name: &str, part: Part, reading: Option<&Reading>) -> Result<Look, DatasetError> {
    let table = Table { file: name.to_owned(), sheet: part.sheet, format: Some(part.format), ..Table::default() };
    if !part.format.is_text() {
        return look_at(folder, table);
    }
    if let Some(reading) = reading {
        return look_at(folder, Table { separator: reading.separator, encoding: reading.encoding.clone(), ..table });
    }
    let encoding = part.code_page.map(|told| read::label(told.encoding));
    let mut look = look_at(folder, Table { encoding, ..table })?;
    if let Some(told) = part.code_page {
        look.notes.extend(example(&look, told));
    }
    Ok(look)
}

/// What a cell says in the code page that was told, so that people see whether it is right.
fn example(look: &Look, told: CodePage) -> Option<String> {
    let is_odd = |text: &&str| text.chars().any(|letter| !letter.is_ascii() && letter.is_alphabetic());
    let names = look.columns.iter().map(|column| column.name.as_str());
    let mut cells: Vec<&str> =
        look.columns.iter().flat_map(|column| column.counts.keys().map(String::as_str)).collect();
    cells.sort_unstable();
    let text = cells.into_iter().find(is_odd).or_else(|| names.into_iter().find(|name| is_odd(name)));
    let shown = |text: &str| format!("\"{}\"", text.chars().take(40).collect::<String>());
    let label = read::label(told.encoding);
    match text {
        Some(text) if told.is_sure => Some(format!("Read as {label}, a cell says {}.", shown(text))),
        Some(text) => Some(format!(
            "Too few of its letters tell how they are written; read as {label}, a cell says {}. Choose another way where that is wrong.",
            shown(text)
        )),
        None => None,
    }
}

pub(super) fn look_at(folder: &Path, table: Table) -> Result<Look, DatasetError> {
    // Which texts stand for a missing value is told from all of them.
    let asked = Table { missing_values: Vec::new(), ..table };
    let (table, sample, misfits, mut notes) = uneven::sample(folder, asked.clone())?;
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
    let called: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let names = called.iter().map(String::as_str).collect();
    let left_out = if table.leave_out.is_empty() && texts_only(&frame) {
        around::left_out(&around::Cells { names, columns: &texts })
    } else {
        Vec::new()
    };
    if !left_out.is_empty() {
        // The same rows are left out when the table is loaded.
        let (rules, sentences): (Vec<LeaveOut>, Vec<String>) = left_out.into_iter().unzip();
        let mut look = look_at(folder, Table { leave_out: rules, ..asked })?;
        look.notes.extend(sentences);
        return Ok(look);
    }
    let names = called.iter().map(String::as_str).collect();
    if table.whole_day.is_empty()
        && texts_only(&frame)
        && let Some(day) = day_parts::tell(&around::Cells { names, columns: &texts })
    {
        let parts: Vec<&str> = day.columns().collect();
        let note = format!("{} is the day that {} make up together.", day.name, crate::words::all_of(&parts));
        let mut look = look_at(folder, Table { whole_day: vec![day], ..asked })?;
        look.notes.push(note);
        return Ok(look);
    }
    let preview = (0..frame.height().min(PREVIEW))
        .map(|row| texts.iter().map(|text| text.get(row).map(str::to_owned)).collect())
        .collect();
    let of_file: Vec<String> = frame
        .get_column_names()
        .into_iter()
        .map(ToString::to_string)
        .filter(|name| Some(name) != table.part_column.as_ref())
        .collect();
    let different = frame.unique_stable(Some(&of_file), UniqueKeepStrategy::First, None);
    let different = different.map_or(frame.height(), |different| different.height());
    Ok(Look {
        format: table.format.unwrap_or(Format::Csv),
        table: Table { separator: sample.separator, ..table },
        columns,
        cells: texts,
        rows: frame.height(),
        is_complete: sample.is_complete,
        misfits,
        repeated_rows: frame.height() - different,
        overlap: 0,
        preview,
        notes: {
            notes.splice(0..0, sample.notes);
            notes
        },
    })
}

/// Whether every column is text, so that anything may stand in it.
fn texts_only(frame: &DataFrame) -> bool {
    frame.columns().iter().all(|column| column.dtype() == &DataType::String)
}
