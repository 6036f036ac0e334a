//! From a file or a database to tables of text and numbers, piece by piece, with every structural problem named by row.

mod arrow;
mod cells;
mod code_page;
mod content;
mod excel;
mod fed;
mod fit;
mod guarded;
mod header;
mod html;
mod json;
mod layout;
mod left_out;
mod letters;
mod nested;
mod packed;
mod parquet;
mod parts;
mod place;
mod rows;
mod source;
mod spreadsheet_xml;
mod sqlite;
mod start;
mod text;
mod united;
mod whole_day;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

pub(in crate::dataset) use self::cells::RawPiece;
pub(crate) use self::code_page::{CodePage, label};
pub(crate) use self::content::of_ending;
use self::excel::Wanted;
pub(crate) use self::fit::{Misfit, SetAside};
pub(crate) use self::parts::{Part, parts};
use self::place::Place;
use self::source::Source;
use super::manifest::{Format, LeaveOut, Table};
use crate::dataset::database::{self, Relation};
use crate::dataset::error::DatasetError;
use crate::progress::Progress;

/// Most columns of a table. Pages list columns and models compare them two by two, so that more would help nobody.
const MAX_COLUMNS: usize = 2000;

/// A table as read, before any value is interpreted.
#[derive(Debug)]
pub(in crate::dataset) struct RawTable {
    /// Columns as text (from text files and databases) or as stored (from Parquet).
    pub(in crate::dataset) frame: DataFrame,
    /// Hash of the file's bytes.
    pub(in crate::dataset) hash: u64,
    /// Things worth telling that are no errors.
    pub(in crate::dataset) notes: Vec<String>,
}

/// Reads the whole table.
///
/// # Errors
/// [`DatasetError::Unreadable`], [`DatasetError::Database`] or [`DatasetError::Data`].
pub(in crate::dataset) fn read(folder: &Path, table: &Table, watch: &dyn Progress) -> Result<RawTable, DatasetError> {
    let mut reader = Reader::open(folder, table, None)?;
    let frame = reader.whole(watch)?;
    Ok(RawTable { frame, hash: reader.hash()?, notes: reader.notes })
}

/// Reads a table piece by piece.
pub(in crate::dataset) struct Reader {
    file: PathBuf,
    source: Box<dyn Source>,
    /// Things worth telling that are no errors.
    pub(in crate::dataset) notes: Vec<String>,
}

/// The first rows of a table.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Columns as [`RawTable`] holds them.
    pub(crate) frame: DataFrame,
    /// Whether these are all rows.
    pub(crate) is_complete: bool,
    /// Separator of a text file.
    pub(crate) separator: Option<char>,
    /// Rows that do not fit their header.
    pub(crate) set_aside: Option<SetAside>,
    /// Things worth telling that are no errors.
    pub(crate) notes: Vec<String>,
}

/// The first rows of a table: at most so many, and about that many bytes of text.
///
/// # Errors
/// As [`read`].
pub(crate) fn sample(folder: &Path, table: &Table, rows: usize, bytes: usize) -> Result<Sample, DatasetError> {
    let mut reader = Reader::open_rows(folder, table, None, rows)?;
    let frame = reader.first(rows, bytes)?;
    let is_complete = reader.source.is_at_end() && frame.height() <= rows;
    let separator = reader.source.separator();
    let set_aside = reader.source.set_aside().cloned();
    Ok(Sample { frame: frame.head(Some(rows)), is_complete, separator, set_aside, notes: reader.notes })
}

impl Reader {
    /// Opens a table; only the wanted columns will be read, all when that is silent.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`], [`DatasetError::Database`], or [`DatasetError::Data`] for a header that cannot be used.
    pub(in crate::dataset) fn open(
        folder: &Path,
        table: &Table,
        wanted: Option<&BTreeSet<String>>,
    ) -> Result<Self, DatasetError> {
        Self::open_rows(folder, table, wanted, usize::MAX)
    }

    /// The same when no more than so many rows will be asked for.
    fn open_rows(
        folder: &Path,
        table: &Table,
        wanted: Option<&BTreeSet<String>>,
        rows: usize,
    ) -> Result<Self, DatasetError> {
        let wanted: Option<Vec<String>> = wanted.map(|names| names.iter().cloned().collect());
        let mut notes = Vec::new();
        // A day that is put together is read as its parts.
        let handed_on = wanted;
        let wanted: Option<Vec<String>> = handed_on.clone().map(|mut names| {
            for day in table.whole_day.iter().filter(|day| handed_on.iter().flatten().any(|name| *name == day.name)) {
                let parts: Vec<String> =
                    day.columns().map(str::to_owned).filter(|name| !names.contains(name)).collect();
                names.extend(parts);
            }
            names.retain(|name| !table.whole_day.iter().any(|day| day.name == *name));
            names
        });
        let read: Option<Vec<String>> = wanted.clone().map(|mut names| {
            names.extend(
                table
                    .leave_out
                    .iter()
                    .map(|rule| rule.column.clone())
                    .filter(|name| !names.contains(name))
                    .collect::<Vec<_>>(),
            );
            names
        });
        // Whether a row is blank shows in all its columns.
        let read = read.filter(|_| !table.leave_out.iter().any(|rule| rule.column == LeaveOut::EVERY));
        let mut source = if table.part.is_empty() {
            Self::source(folder, table, read, rows, &mut notes)?
        } else {
            Self::united(folder, table, read.as_deref(), rows, &mut notes)?
        };
        if !table.leave_out.is_empty() {
            source = Box::new(left_out::LeftOut::new(source, &table.leave_out, wanted, &table.place(folder)));
        }
        if !table.whole_day.is_empty() {
            source = Box::new(whole_day::WholeDay::new(source, &table.whole_day, handed_on, &table.place(folder))?);
        }
        let reader = Self { file: table.place(folder), source, notes };
        if reader.names().len() > MAX_COLUMNS {
            return Err(too_many_columns(&reader.file));
        }
        Ok(reader)
    }

    /// The table and its further parts.
    fn united(
        folder: &Path,
        table: &Table,
        wanted: Option<&[String]>,
        rows: usize,
        notes: &mut Vec<String>,
    ) -> Result<Box<dyn Source>, DatasetError> {
        let mut parts = Vec::new();
        for table in table.parts() {
            let mut own = Vec::new();
            // How a part spells the wanted names is known from its header.
            let mut source = Self::source(folder, &table, None, rows, &mut own)?;
            if let Some(wanted) = wanted {
                let is_wanted =
                    |name: &&String| wanted.iter().any(|wanted| united::plain(wanted) == united::plain(name));
                let spelt = source.names().iter().filter(is_wanted).cloned().collect();
                own.clear();
                source = Self::source(folder, &table, Some(spelt), rows, &mut own)?;
            }
            let label = table.part_label();
            notes.extend(own.into_iter().map(|note| format!("{label}: {note}")));
            parts.push((united::Named { file: table.place(folder), label }, source));
        }
        Ok(Box::new(united::United::new(parts, wanted, table.part_column.clone())))
    }

    /// What hands on a table of one file, sheet or relation.
    fn source(
        folder: &Path,
        table: &Table,
        wanted: Option<Vec<String>>,
        rows: usize,
        notes: &mut Vec<String>,
    ) -> Result<Box<dyn Source>, DatasetError> {
        let file = table.place(folder);
        Ok(if let Some(relation) = Relation::of(table) {
            let input = Box::new(database::stream(&file, &relation, wanted.as_deref())?);
            Box::new(text::Text::open(&file, table, Format::Csv, (input, None), wanted, notes)?)
        } else {
            // What is opened is a plain file of the folder.
            drop(guarded::open(folder, &file)?);
            open_place(place::find(&file, table.sheet.as_deref(), table.format)?, table, wanted, rows, notes)?
        })
    }

    /// The first rows, or some more; no rows are an error.
    fn first(&mut self, rows: usize, bytes: usize) -> Result<DataFrame, DatasetError> {
        let mut whole: Option<DataFrame> = None;
        let mut size = 0;
        let file = self.file.clone();
        while whole.as_ref().map_or(0, DataFrame::height) < rows && size < bytes {
            let Some(piece) = source::next(&mut *self.source, 1, |piece| piece.frame(&file)).pop() else { break };
            let height = whole.as_ref().map_or(0, DataFrame::height);
            let piece = piece.map_err(|error| self.source.relocated(error.after_rows(height)))?;
            size += piece.estimated_size();
            match &mut whole {
                None => whole = Some(piece),
                Some(whole) => {
                    whole.vstack_mut_owned(piece).map_err(|error| DatasetError::data(&file, error.to_string()))?;
                }
            }
        }
        whole.filter(|frame| frame.height() > 0).ok_or_else(|| no_rows(&file))
    }

    /// Works on all pieces, several at a time, and takes the results in the order of the table. The first piece is worked on
    /// alone, so that what it settles is known to the others.
    ///
    /// # Errors
    /// The first error in the order of the table, with the row counted from the start of the table;
    /// [`DatasetError::Cancelled`].
    pub(in crate::dataset) fn pieces<T: Send>(
        &mut self,
        watch: &dyn Progress,
        work: impl Fn(RawPiece<'_>) -> Result<T, DatasetError> + Sync,
        mut take: impl FnMut(T) -> Result<(), DatasetError> + Send,
    ) -> Result<(), DatasetError> {
        let measured = |piece: RawPiece<'_>| {
            let height = piece.height();
            work(piece).map(|done| (height, done))
        };
        let mut rows = 0;
        let mut waiting = source::next(&mut *self.source, 1, measured);
        while !waiting.is_empty() {
            DatasetError::check(watch)?;
            let ready = std::mem::take(&mut waiting);
            // While some pieces are taken, the next ones are worked on.
            let (taken, next) = rayon::join(
                || {
                    for result in ready {
                        let (height, done) = result.map_err(|error| error.after_rows(rows))?;
                        rows += height;
                        take(done)?;
                    }
                    Ok(())
                },
                || source::next(&mut *self.source, 2 * rayon::current_num_threads(), measured),
            );
            taken.map_err(|error| self.source.relocated(error))?;
            waiting = next;
        }
        if rows == 0 {
            return Err(no_rows(&self.file));
        }
        self.notes.extend(self.source.end()?);
        Ok(())
    }

    /// The whole table.
    ///
    /// # Errors
    /// As [`Self::pieces`].
    pub(in crate::dataset) fn whole(&mut self, watch: &dyn Progress) -> Result<DataFrame, DatasetError> {
        let file = self.file.clone();
        let mut whole: Option<DataFrame> = None;
        let in_columns = |piece: RawPiece<'_>| piece.frame(&file);
        self.pieces(watch, in_columns, |piece| {
            match &mut whole {
                None => whole = Some(piece),
                Some(whole) => {
                    whole.vstack_mut_owned(piece).map_err(|error| DatasetError::data(&file, error.to_string()))?;
                }
            }
            Ok(())
        })?;
        let mut whole = whole.unwrap_or_default();
        whole.rechunk_mut_par();
        Ok(whole)
    }

    /// Names of all columns of the table.
    pub(in crate::dataset) fn names(&self) -> &[String] {
        self.source.names()
    }

    /// Hash of the bytes that were read; of a Parquet file it is told once.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`].
    pub(in crate::dataset) fn hash(&mut self) -> Result<u64, DatasetError> {
        self.source.hash()
    }

    /// About how many rows there are; 0 when that cannot be told.
    pub(in crate::dataset) fn expected_rows(&self) -> usize {
        self.source.expected_rows()
    }
}

/// Opens a table of the format that was told or found.
fn open_place(
    place: Place,
    table: &Table,
    wanted: Option<Vec<String>>,
    rows: usize,
    notes: &mut Vec<String>,
) -> Result<Box<dyn Source>, DatasetError> {
    let Place { bytes, format, sheet, .. } = place;
    let file = bytes.named();
    if sheet.is_some() && !format.has_sheets() {
        return Err(DatasetError::data(file, "is no workbook and has no sheets; leave sheet out of its [[table]]"));
    }
    let columns = wanted.as_deref();
    let of_sheet = Wanted { sheet: sheet.as_deref(), columns, rows };
    Ok(match format {
        Format::Csv | Format::Tsv => {
            Box::new(text::Text::open(file, table, format, (bytes.read()?, bytes.size()), wanted, notes)?)
        }
        Format::Parquet => Box::new(parquet::Slices::open(bytes.on_disk()?, file, wanted, notes)?),
        Format::Arrow => Box::new(arrow::Batches::open(&bytes.on_disk()?, file, columns, rows, notes)?),
        Format::Xlsx | Format::Xls | Format::Xlsb | Format::Ods => {
            Box::new(excel::Sheet::open((bytes.on_disk()?.at(), file), format, table, of_sheet, notes)?)
        }
        Format::Json => Box::new(json::Records::open(&bytes, table, of_sheet.sheet, columns, notes)?),
        Format::Html => Box::new(html::open(&bytes, table, of_sheet, notes)?),
        Format::Xml => Box::new(spreadsheet_xml::open(&bytes, table, of_sheet, notes)?),
        Format::Sqlite => Box::new(sqlite::open(bytes.on_disk()?, file, table, of_sheet, notes)?),
    })
}

/// Hash of bytes.
fn hash_of(mut input: impl Read) -> std::io::Result<u64> {
    let (mut hash, mut block) = (Xxh3::new(), vec![0; 1 << 20]);
    loop {
        match input.read(&mut block)? {
            0 => return Ok(hash.digest()),
            read => hash.update(&block[..read]),
        }
    }
}

fn no_rows(file: &Path) -> DatasetError {
    DatasetError::data(file, "has a header but no rows; export the data again with its rows")
}

fn too_many_columns(file: &Path) -> DatasetError {
    DatasetError::data(file, format!("has more than {MAX_COLUMNS} columns; leave out those that are not needed"))
}

#[cfg(test)]
mod tests;
