//! A sheet of an Excel workbook as one piece.

mod archive;
mod cell;
mod grid;

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Reader as _, SheetType, SheetVisible, Xlsx, XlsxError};
use polars::prelude::*;

use super::cells::RawPiece;
use super::guarded::guarded;
use super::hash_of;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::Table;

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
        file: &Path,
        table: &Table,
        wanted: Option<&[String]>,
        limit: usize,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let seen = archive::check(file)?;
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let hash = File::open(file).and_then(hash_of).map_err(unreadable)?;
        let senseless = || Err(damaged(file, &"its cells make no sense"));
        let (read, is_complete) = guarded(|| {
            let mut workbook = open(file)?;
            let sheet = choose(file, table, &sheets_of(&workbook))?;
            let merged = if seen.merged { workbook.merge_cells_by_sheet_name(&sheet) } else { Ok(Vec::new()) };
            let merged = merged.map_err(|error| damaged(file, &error))?;
            let mut cells = workbook.worksheet_cells_reader(&sheet).map_err(|error| damaged(file, &error))?;
            let mut grid = grid::Grid::new(file, table, wanted, limit);
            let mut is_complete = true;
            while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| damaged(file, &error))? {
                if !grid.cell(cell.pos, &cell.value, cell.formula.is_some())? {
                    is_complete = false;
                    break;
                }
            }
            Ok((grid.end(&sheet, &merged)?, is_complete))
        })
        .unwrap_or_else(senseless)?;
        notes.extend(read.notes);
        let frame = Some(read.frame).filter(|frame| frame.height() > 0);
        Ok(Self { names: read.names, frame, is_complete, hash })
    }
}

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

/// Names of the sheets with cells that people see.
///
/// # Errors
/// As [`Sheet::open`].
pub(super) fn sheets(file: &Path) -> Result<Vec<String>, DatasetError> {
    archive::check(file)?;
    let read = guarded(|| {
        let sheets = sheets_of(&open(file)?);
        Ok(sheets.into_iter().filter(|(_, is_visible)| *is_visible).map(|(name, _)| name).collect())
    });
    read.unwrap_or_else(|| Err(damaged(file, &"its sheets make no sense")))
}

fn open(file: &Path) -> Result<Xlsx<BufReader<File>>, DatasetError> {
    let opened = File::open(file).map_err(|source| DatasetError::Unreadable { file: file.to_owned(), source })?;
    Xlsx::new(BufReader::new(opened)).map_err(|error| match error {
        XlsxError::Password => {
            DatasetError::data(file, "is protected by a password; open it, remove the password and save it as .xlsx")
        }
        error => damaged(file, &error),
    })
}

/// The sheets with cells, and whether people see them.
fn sheets_of(workbook: &Xlsx<BufReader<File>>) -> Vec<(String, bool)> {
    let sheets = workbook.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    sheets.map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible)).collect()
}

/// The sheet that the table names, else the only one that people see.
fn choose(file: &Path, table: &Table, sheets: &[(String, bool)]) -> Result<String, DatasetError> {
    let listed = |names: &mut dyn Iterator<Item = &String>| {
        names.map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ")
    };
    if let Some(wanted) = &table.sheet {
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
