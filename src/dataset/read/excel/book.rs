//! A workbook of any of the four kinds, behind one face.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Data, DataRef, Dimensions, Ods, OdsError, Range, Reader, SheetType, SheetVisible};
use calamine::{Xls, XlsError, Xlsb, XlsbError, Xlsx, XlsxError};

use super::grid::Grid;
use super::{archive, binary, damaged, open_document};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Format;
use crate::dataset::read::guarded::guarded;

type Input = BufReader<File>;

/// What is wanted of a workbook.
#[derive(Debug, Clone, Copy)]
pub(in crate::dataset::read) struct Wanted<'a> {
    /// The sheet; the only one that people see when silent.
    pub(in crate::dataset::read) sheet: Option<&'a str>,
    /// The columns; all when silent.
    pub(in crate::dataset::read) columns: Option<&'a [String]>,
    /// Rows, at most.
    pub(in crate::dataset::read) rows: usize,
}

/// An open workbook.
pub(super) enum Book {
    Xlsx { book: Box<Xlsx<Input>>, may_be_merged: bool },
    Xls(Box<Xls<Input>>),
    Xlsb(Box<Xlsb<Input>>),
    Ods(Box<Ods<Input>>),
}

/// Names of the sheets with cells that people see.
///
/// # Errors
/// [`DatasetError`] for a damaged workbook or one that is too large.
pub(in crate::dataset::read) fn sheets(at: &Path, file: &Path, format: Format) -> Result<Vec<String>, DatasetError> {
    let read = guarded(|| {
        let sheets = Book::open(at, file, format)?.sheets();
        Ok(sheets.into_iter().filter(|(_, is_visible)| *is_visible).map(|(name, _)| name).collect())
    });
    read.unwrap_or_else(|| Err(damaged(file, &"its sheets make no sense")))
}

impl Book {
    /// Opens a workbook after it is made sure that it fits into memory.
    pub(super) fn open(at: &Path, file: &Path, format: Format) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let input = || File::open(at).map(BufReader::new).map_err(unreadable);
        let locked = || {
            DatasetError::data(file, "is protected by a password; open it, remove the password and save it as .xlsx")
        };
        Ok(match format {
            Format::Xls => {
                binary::check(input()?, file)?;
                let book = Xls::new(input()?).map_err(|error| match error {
                    XlsError::Password => locked(),
                    error => damaged(file, &error),
                })?;
                Self::Xls(Box::new(book))
            }
            Format::Xlsb => {
                archive::check(at, file)?;
                let book = Xlsb::new(input()?).map_err(|error| match error {
                    XlsbError::Password => locked(),
                    error => damaged(file, &error),
                })?;
                Self::Xlsb(Box::new(book))
            }
            Format::Ods => {
                archive::check(at, file)?;
                open_document::check(input()?, file)?;
                let book = Ods::new(input()?).map_err(|error| match error {
                    OdsError::Password => locked(),
                    error => damaged(file, &error),
                })?;
                Self::Ods(Box::new(book))
            }
            _ => {
                let seen = archive::check(at, file)?;
                let book = Xlsx::new(input()?).map_err(|error| match error {
                    XlsxError::Password => locked(),
                    error => damaged(file, &error),
                })?;
                Self::Xlsx { book: Box::new(book), may_be_merged: seen.merged }
            }
        })
    }

    /// The sheets with cells, and whether people see them.
    pub(super) fn sheets(&self) -> Vec<(String, bool)> {
        let sheets = match self {
            Self::Xlsx { book, .. } => book.sheets_metadata(),
            Self::Xls(book) => book.sheets_metadata(),
            Self::Xlsb(book) => book.sheets_metadata(),
            Self::Ods(book) => book.sheets_metadata(),
        };
        let sheets = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets.map(|sheet| (sheet.name.clone(), sheet.visible == SheetVisible::Visible)).collect()
    }

    /// Areas of merged cells of a sheet, where the format says them.
    pub(super) fn merged(&mut self, sheet: &str, file: &Path) -> Result<Vec<Dimensions>, DatasetError> {
        match self {
            Self::Xlsx { book, may_be_merged: true } => {
                book.merge_cells_by_sheet_name(sheet).map_err(|error| damaged(file, &error))
            }
            Self::Xls(book) => book.merge_cells_by_sheet_name(sheet).map_err(|error| damaged(file, &error)),
            _ => Ok(Vec::new()),
        }
    }

    /// Hands the cells of a sheet to a table, as many as it takes; says whether these were all.
    pub(super) fn fill(&mut self, sheet: &str, file: &Path, grid: &mut Grid<'_>) -> Result<bool, DatasetError> {
        match self {
            Self::Xlsx { book, .. } => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damaged(file, &error))?;
                while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(|error| damaged(file, &error))? {
                    if !grid.cell(cell.pos, &cell.value, cell.formula.is_some())? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Xlsb(book) => {
                let mut cells = book.worksheet_cells_reader(sheet).map_err(|error| damaged(file, &error))?;
                while let Some(cell) = cells.next_cell().map_err(|error| damaged(file, &error))? {
                    if !grid.cell(cell.get_position(), cell.get_value(), false)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Xls(book) => fill(&book.worksheet_range(sheet).map_err(|error| damaged(file, &error))?, grid),
            Self::Ods(book) => fill(&book.worksheet_range(sheet).map_err(|error| damaged(file, &error))?, grid),
        }
    }
}

fn fill(range: &Range<Data>, grid: &mut Grid<'_>) -> Result<bool, DatasetError> {
    let Some((row, column)) = range.start() else { return Ok(true) };
    for (down, right, cell) in range.used_cells() {
        let cell = match cell {
            Data::Empty => DataRef::Empty,
            Data::Int(number) => DataRef::Int(*number),
            Data::Float(number) => DataRef::Float(*number),
            Data::String(text) => DataRef::SharedString(text),
            Data::Bool(value) => DataRef::Bool(*value),
            Data::DateTime(moment) => DataRef::DateTime(*moment),
            Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
            Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
            Data::Error(error) => DataRef::Error(error.clone()),
        };
        if !grid.cell((row + down as u32, column + right as u32), &cell, false)? {
            return Ok(false);
        }
    }
    Ok(true)
}
