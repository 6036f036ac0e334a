//! A sheet of a workbook as one piece.

mod archive;
mod binary;
mod book;
mod cell;
mod grid;
mod open_document;

use std::path::Path;

use calamine::Dimensions;
use polars::prelude::*;

use self::book::Book;
pub(super) use self::book::{Wanted, sheets};
pub(super) use self::cell::Writing;
pub(super) use self::grid::{Finished, Grid, MAX_CELLS};
use super::cells::RawPiece;
use super::guarded::guarded;
use super::hash_of;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::{Format, Table};

/// A sheet that was read.
pub(super) struct Sheet {
    names: Vec<String>,
    /// The rows; none once they were handed on, or when there are none.
    frame: Option<DataFrame>,
    /// Whether all rows were read.
    is_complete: bool,
    hash: u64,
}

impl Sheet {
    /// Reads a sheet, of its rows at most so many.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`], or [`DatasetError::Data`] for what is no workbook, too large, or lacks the sheet.
    pub(super) fn open(
        (at, file): (&Path, &Path),
        format: Format,
        table: &Table,
        Wanted { sheet, columns, rows }: Wanted<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let hash = std::fs::File::open(at).and_then(hash_of);
        let hash = hash.map_err(|source| DatasetError::Unreadable { file: file.to_owned(), source })?;
        let (read, is_complete) = guarded(|| {
            let mut workbook = Book::open(at, file, format)?;
            let sheet = choose(file, sheet, &workbook.sheets())?;
            let merged = workbook.merged(&sheet, file)?;
            let mut grid = Grid::new(file, table, columns, rows);
            let is_complete = workbook.fill(&sheet, file, &mut grid)?;
            Ok((grid.end(&sheet, &merged)?, is_complete))
        })
        .unwrap_or_else(|| Err(damaged(file, &"its cells make no sense")))?;
        Ok(Self::of(read, is_complete, hash, notes))
    }

    /// A table that was put together from cells.
    pub(super) fn of(read: Finished, is_complete: bool, hash: u64, notes: &mut Vec<String>) -> Self {
        notes.extend(read.notes);
        let frame = Some(read.frame).filter(|frame| frame.height() > 0);
        Self { names: read.names, frame, is_complete, hash }
    }
}

/// No merged cells.
pub(super) const UNMERGED: &[Dimensions] = &[];

impl Source for Sheet {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn is_at_end(&self) -> bool {
        self.is_complete && self.frame.is_none()
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        Ok(self.hash)
    }

    fn next(&mut self, _most: usize, work: &Work<'_>) {
        if let Some(frame) = self.frame.take() {
            work(0, Ok(RawPiece::Frame(frame)));
        }
    }
}

/// The sheet that the table names, else the only one that people see.
pub(super) fn choose(file: &Path, wanted: Option<&str>, sheets: &[(String, bool)]) -> Result<String, DatasetError> {
    let listed = |names: &mut dyn Iterator<Item = &String>| {
        names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    };
    if let Some(wanted) = wanted {
        return match sheets.iter().find(|(name, _)| name == wanted) {
            Some((name, _)) => Ok(name.clone()),
            None => Err(DatasetError::data(
                file,
                format!(
                    "has no sheet \"{wanted}\"; its sheets are {}",
                    listed(&mut sheets.iter().map(|(name, _)| name))
                ),
            )),
        };
    }
    let visible: Vec<&String> = sheets.iter().filter(|(_, is_visible)| *is_visible).map(|(name, _)| name).collect();
    match visible[..] {
        [only] => Ok(only.clone()),
        [] => Err(DatasetError::data(file, "has no sheet with cells; save the workbook again")),
        [first, ..] => Err(DatasetError::data(
            file,
            format!(
                "has {} sheets ({}); name one with sheet = \"{first}\" in the manifest's [[table]], or save one alone",
                visible.len(),
                listed(&mut visible.iter().copied())
            ),
        )),
    }
}

fn damaged(file: &Path, error: &impl std::fmt::Display) -> DatasetError {
    DatasetError::data(
        file,
        format!(
            "is a damaged workbook ({why}); open it in a spreadsheet program and save it again",
            why = first_line(error)
        ),
    )
}

#[cfg(test)]
mod tests;
