//! Cells put together to columns, a row at a time.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use calamine::Dimensions;
use polars::prelude::*;

use super::cell::{Content, Writing};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Table;
use crate::dataset::read::{MAX_COLUMNS, too_many_columns};

/// Rows of a sheet, as Excel limits them.
const MAX_ROWS: u32 = 1 << 20;

/// Columns of a sheet, as Excel limits them.
const MAX_SHEET_COLUMNS: u32 = 1 << 14;

/// Cells of the table, empty ones included: about what unpacks to as much as a workbook may.
pub(in crate::dataset::read) const MAX_CELLS: usize = 10_000_000;

/// Bytes of all texts of the table.
const MAX_TEXT: usize = 1 << 30;

/// First rows among which the header is looked for.
const HEAD_ROWS: usize = 10;

/// A row: texts by column, empty cells left out.
type Row = Vec<(u32, String)>;

/// A table on its way out of a sheet.
pub(in crate::dataset::read) struct Grid<'a> {
    file: &'a Path,
    writing: Writing,
    missing: HashSet<&'a str>,
    wanted: Option<&'a [String]>,
    /// Rows that are read at most.
    limit: usize,
    /// The row that is being read, counted from 0 in the sheet.
    row: u32,
    current: Row,
    /// Rows read before it is known which is the header.
    head: Vec<(u32, Row)>,
    header: Option<u32>,
    /// The last row with cells.
    last: u32,
    columns: Vec<Column>,
    /// Position in `columns` of each column of the sheet.
    places: Vec<Option<usize>>,
    rows: usize,
    /// Bytes of all texts so far.
    text: usize,
    empty_rows: u32,
    errors: usize,
    kinds: BTreeSet<String>,
    unsaved: usize,
    /// Columns of the sheet with formulas that have no stored value.
    unsaved_in: BTreeSet<u32>,
    pub(in crate::dataset::read) notes: Vec<String>,
}

struct Column {
    /// Column of the sheet, counted from 0.
    at: u32,
    name: Option<String>,
    values: Option<StringChunkedBuilder>,
    len: usize,
}

/// A finished table.
pub(in crate::dataset::read) struct Finished {
    pub(in crate::dataset::read) names: Vec<String>,
    /// The wanted columns.
    pub(in crate::dataset::read) frame: DataFrame,
    pub(in crate::dataset::read) notes: Vec<String>,
}

impl<'a> Grid<'a> {
    pub(in crate::dataset::read) fn new(
        file: &'a Path,
        table: &'a Table,
        wanted: Option<&'a [String]>,
        limit: usize,
    ) -> Self {
        Self {
            file,
            writing: Writing::of(table),
            missing: table.missing_values.iter().map(String::as_str).collect(),
            wanted,
            limit,
            row: 0,
            current: Row::new(),
            head: Vec::new(),
            header: None,
            last: 0,
            columns: Vec::new(),
            places: Vec::new(),
            rows: 0,
            text: 0,
            empty_rows: 0,
            errors: 0,
            kinds: BTreeSet::new(),
            unsaved: 0,
            unsaved_in: BTreeSet::new(),
            notes: Vec::new(),
        }
    }

    /// Takes in the next cell; says whether there is room for more.
    pub(in crate::dataset::read) fn cell(
        &mut self,
        (row, column): (u32, u32),
        cell: &calamine::DataRef<'_>,
        is_formula: bool,
    ) -> Result<bool, DatasetError> {
        if row < self.row || row >= MAX_ROWS || column >= MAX_SHEET_COLUMNS {
            return Err(
                self.fail("has cells out of order; open the workbook in a spreadsheet program and save it again")
            );
        }
        if row > self.row {
            self.end_row()?;
            self.row = row;
            if self.is_full() {
                return Ok(false);
            }
        }
        match self.writing.content(cell) {
            Content::Text(text) => {
                self.text += text.len();
                if self.text > MAX_TEXT {
                    return Err(self.fail("has more than 1 GB of text; save the sheet as csv"));
                }
                self.current.push((column, text));
            }
            Content::Empty if is_formula && *cell == calamine::DataRef::Empty => {
                self.unsaved += 1;
                self.unsaved_in.insert(column);
            }
            Content::Empty => {}
            Content::Error(kind) => {
                self.errors += 1;
                self.kinds.insert(kind);
            }
        }
        Ok(true)
    }

    /// Whether the rows that were asked for are there.
    pub(in crate::dataset::read) fn is_full(&self) -> bool {
        self.rows >= self.limit
    }

    fn end_row(&mut self) -> Result<(), DatasetError> {
        let row = std::mem::take(&mut self.current);
        if row.is_empty() {
            return Ok(());
        }
        if self.header.is_some() {
            return self.data_row(self.row, row);
        }
        let is_header = row.len() > 1;
        self.head.push((self.row, row));
        if is_header || self.head.len() == HEAD_ROWS { self.settle_header(is_header) } else { Ok(()) }
    }

    /// Makes one of the first rows the header: the last one where that is the first with several cells, so that single cells
    /// above it are titles; else the first one.
    fn settle_header(&mut self, is_last: bool) -> Result<(), DatasetError> {
        let mut titles = std::mem::take(&mut self.head);
        let below = titles.split_off(if is_last { titles.len() - 1 } else { 0 });
        for (row, cells) in &titles {
            let title: String = cells.iter().flat_map(|(_, text)| text.chars()).take(60).collect();
            self.notes.push(format!("Row {} (\"{title}\") is taken for a title and is left out.", row + 1));
        }
        let mut below = below.into_iter();
        let Some((row, cells)) = below.next() else { return Ok(()) };
        (self.header, self.last) = (Some(row), row);
        self.empty_rows = row - titles.len() as u32;
        for (at, text) in cells {
            let name = text.trim();
            if !name.is_empty() {
                self.add_column(at, Some(name.to_owned()))?;
            }
        }
        below.try_for_each(|(row, cells)| self.data_row(row, cells))
    }

    fn data_row(&mut self, row: u32, cells: Row) -> Result<(), DatasetError> {
        self.empty_rows += row - self.last - 1;
        self.last = row;
        for (at, text) in cells {
            let position = match self.places.get(at as usize).copied().flatten() {
                Some(position) => position,
                None => self.add_column(at, None)?,
            };
            let rows = self.rows;
            let Some(column) = self.columns.get_mut(position) else { continue };
            let Some(values) = &mut column.values else { continue };
            if column.len > rows {
                return Err(self.fail("has a cell twice; open the workbook in a spreadsheet program and save it again"));
            }
            (column.len..rows).for_each(|_| values.append_null());
            let is_missing = self.missing.contains(text.as_str());
            values.append_option((!is_missing).then_some(text.as_str()));
            column.len = rows + 1;
        }
        self.rows += 1;
        if self.rows.saturating_mul(self.columns.len()) > MAX_CELLS {
            return Err(self.fail(&format!(
                "has more than {} million cells; save the sheet as csv, or leave out columns",
                MAX_CELLS / 1_000_000
            )));
        }
        Ok(())
    }

    fn add_column(&mut self, at: u32, name: Option<String>) -> Result<usize, DatasetError> {
        if self.columns.len() == MAX_COLUMNS {
            return Err(too_many_columns(self.file));
        }
        let called = name.clone().unwrap_or_else(|| unnamed(at));
        let is_taken = |name: &str| self.columns.iter().any(|column| column.name.as_deref() == Some(name));
        let numbered = (2..=self.columns.len() + 1).map(|number| format!("{called}_{number}"));
        let (called, name) = match numbered.into_iter().find(|other| is_taken(&called) && !is_taken(other)) {
            Some(other) => {
                self.notes
                    .push(format!("Two columns are called {called}; the one in place {} is called {other}.", at + 1));
                (other.clone(), Some(other))
            }
            None => (called, name),
        };
        let is_wanted = self.wanted.is_none_or(|wanted| wanted.contains(&called));
        let values = is_wanted.then(|| StringChunkedBuilder::new(called.as_str().into(), 0));
        self.columns.push(Column { at, name, values, len: 0 });
        let needed = at as usize + 1;
        if self.places.len() < needed {
            self.places.resize(needed, None);
        }
        self.places[at as usize] = Some(self.columns.len() - 1);
        Ok(self.columns.len() - 1)
    }

    fn fail(&self, message: &str) -> DatasetError {
        DatasetError::data(self.file, message)
    }

    /// The table, after the last cell.
    pub(in crate::dataset::read) fn end(
        mut self,
        sheet: &str,
        merged: &[Dimensions],
    ) -> Result<Finished, DatasetError> {
        self.end_row()?;
        if self.header.is_none() {
            self.settle_header(false)?;
        }
        if self.columns.is_empty() {
            return Err(self.fail(&format!(
                "its sheet \"{sheet}\" is empty; name another with sheet = in the manifest's [[table]]"
            )));
        }
        let is_lost =
            |column: &&Column| column.values.is_some() && column.len == 0 && self.unsaved_in.contains(&column.at);
        if let Some(lost) = self.columns.iter().find(is_lost).filter(|_| self.rows > 0) {
            let name = lost.name.clone().unwrap_or_else(|| unnamed(lost.at));
            return Err(DatasetError::column(
                self.file,
                &name,
                "holds formulas without stored values; open the workbook in a spreadsheet program, save it and import that",
            ));
        }
        self.say_what_was_seen(merged);
        let rows = self.rows;
        self.columns.sort_by_key(|column| column.at);
        let names: Vec<String> =
            self.columns.iter().map(|column| column.name.clone().unwrap_or_else(|| unnamed(column.at))).collect();
        let columns = self.columns.into_iter().filter_map(|column| {
            let mut values = column.values?;
            (column.len..rows).for_each(|_| values.append_null());
            Some(values.finish().into_column())
        });
        let frame = DataFrame::new(rows, columns.collect())
            .map_err(|error| DatasetError::data(self.file, crate::dataset::error::first_line(&error)))?;
        Ok(Finished { names, frame, notes: self.notes })
    }

    fn say_what_was_seen(&mut self, merged: &[Dimensions]) {
        let mut say = |text: String| self.notes.push(text);
        let header = self.header.unwrap_or_default();
        for area in merged.iter().filter(|area| area.start.0 <= header && header <= area.end.0) {
            say(format!("Cells {} of the header are merged; their text names the first column only.", range(area)));
        }
        let below = merged.iter().filter(|area| area.start.0 > header).count();
        if below > 0 {
            let areas = counted(below, "area of merged cells holds its", "areas of merged cells hold their");
            say(format!("{areas} value in the first cell only; the others count as missing."));
        }
        for column in self.columns.iter().filter(|column| column.name.is_none()) {
            say(format!("Column {} has no name in the header and is called {}.", column.at + 1, unnamed(column.at)));
        }
        let empty_columns = self.places.iter().filter(|place| place.is_none()).count();
        if empty_columns > 0 {
            say(format!("{} left out.", counted(empty_columns, "empty column is", "empty columns are")));
        }
        if self.empty_rows > 0 {
            say(format!("{} left out.", counted(self.empty_rows as usize, "empty row is", "empty rows are")));
        }
        if self.errors > 0 {
            let kinds: Vec<&str> = self.kinds.iter().map(String::as_str).collect();
            let cells = counted(self.errors, "cell holds an error", "cells hold an error");
            say(format!("{cells} ({}) and {} as missing.", kinds.join(", "), counts(self.errors)));
        }
        if self.unsaved > 0 {
            let formulas = counted(self.unsaved, "formula has", "formulas have");
            say(format!(
                "{formulas} no stored value and {} as missing; open the workbook in a spreadsheet program and save it.",
                counts(self.unsaved)
            ));
        }
    }
}

fn counts(count: usize) -> &'static str {
    if count == 1 { "counts" } else { "count" }
}

/// A count with its words.
fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// An area in the words of a spreadsheet, such as `B1:D1`.
fn range(area: &Dimensions) -> String {
    let cell = |(row, column): (u32, u32)| {
        let (mut letters, mut rest) = (String::new(), column + 1);
        while rest > 0 {
            letters.insert(0, char::from(b'A' + ((rest - 1) % 26) as u8));
            rest = (rest - 1) / 26;
        }
        format!("{letters}{}", row + 1)
    };
    format!("{}:{}", cell(area.start), cell(area.end))
}

fn unnamed(at: u32) -> String {
    format!("column_{}", at + 1)
}
