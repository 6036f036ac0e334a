//! How text is cut into columns.

use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter};
use polars::prelude::*;

use super::cells::{Cells, MissingValues, RawPiece, Uneven};
use super::rows::{Broken, without_blank_lines};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::Table;

/// Longest row; a quote that is never closed makes one row of all that follows.
pub(super) const LONGEST_ROW: usize = 16 << 20;

/// Why bytes of zero are no text.
pub(super) const NUL: &str = "holds bytes of zero, so it is no text or in UTF-16; set encoding = \"utf-16le\" in the manifest's [[table]], or export it as UTF-8";

/// What to do about another encoding.
pub(super) const NOT_UTF8: &str =
    "holds bytes that are not UTF-8; set encoding (for example \"windows-1252\") in the manifest's [[table]]";

/// How text is cut into columns.
#[derive(Debug)]
pub(super) struct Layout {
    file: PathBuf,
    separator: u8,
    names: Vec<String>,
    missing_values: Vec<PlSmallStr>,
    missing: MissingValues,
    /// Columns that are kept; all when silent.
    wanted: Option<Vec<String>>,
}

impl Layout {
    /// How a table's text is cut, with the names of its header.
    pub(super) fn new(
        file: &Path,
        table: &Table,
        separator: u8,
        names: Vec<String>,
        wanted: Option<Vec<String>>,
    ) -> Self {
        let missing = MissingValues::new(&table.missing_values);
        let missing_values = table.missing_values.iter().map(|value| value.as_str().into()).collect();
        // A column that is not there is reported by whoever needs it.
        let wanted = wanted.map(|wanted| wanted.into_iter().filter(|name| names.contains(name)).collect());
        Self { file: file.to_owned(), separator, names, missing_values, missing, wanted }
    }

    /// The file that is cut.
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    /// The character between columns.
    pub(super) fn separator(&self) -> char {
        char::from(self.separator)
    }

    /// Names of the columns in the file.
    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Cuts a block into cells, or into columns where quotes or a single column ask for it.
    pub(super) fn piece(&self, block: Vec<u8>) -> Result<RawPiece<'_>, DatasetError> {
        // A line of one column may be empty and yet a row.
        if self.names.len() < 2 || memchr(b'"', &block).is_some() {
            return self.frame(&block).map(RawPiece::Frame);
        }
        if let Some(at) = memchr(0, &block) {
            return Err(self.refused(&block, at, NUL));
        }
        let text = String::from_utf8(block)
            .map_err(|error| self.refused(error.as_bytes(), error.utf8_error().valid_up_to(), NOT_UTF8))?;
        let is_wanted = |name: &String| self.wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        let columns: Vec<Option<&str>> =
            self.names.iter().map(|name| is_wanted(name).then_some(name.as_str())).collect();
        Cells::cut(text, self.separator, &columns, &self.missing)
            .map(RawPiece::Cells)
            .map_err(|Uneven { row, found }| self.broken(&Broken::Fields { row, found }))
    }

    /// Cuts a block into columns of text.
    pub(super) fn frame(&self, block: &[u8]) -> Result<DataFrame, DatasetError> {
        let has_blank_lines = self.check(block)?;
        let block = if has_blank_lines { without_blank_lines(block, self.separator) } else { block.into() };
        let schema: Schema = self.names.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
        let parse_options = CsvParseOptions::default()
            .with_separator(self.separator)
            .with_null_values(Some(NullValues::AllColumns(self.missing_values.clone())))
            .with_missing_is_null(true);
        let wanted = self.wanted.as_ref().map(|names| names.iter().map(|name| name.as_str().into()).collect());
        CsvReadOptions::default()
            .with_has_header(false)
            .with_schema(Some(schema.into()))
            .with_columns(wanted)
            .with_n_threads(Some(1))
            .with_parse_options(parse_options)
            .into_reader_with_file_handle(std::io::Cursor::new(block))
            .finish()
            .map_err(|error| {
                DatasetError::data(
                    &self.file,
                    format!(
                        "cannot be cut into columns ({why}); look for a quote that is never closed",
                        why = first_line(&error)
                    ),
                )
            })
    }

    /// Text must be UTF-8 without NUL.
    fn check_text(&self, block: &[u8]) -> Result<(), DatasetError> {
        if let Some(at) = memchr(0, block) {
            return Err(self.refused(block, at, NUL));
        }
        std::str::from_utf8(block).map(|_| ()).map_err(|error| self.refused(block, error.valid_up_to(), NOT_UTF8))
    }

    fn refused(&self, block: &[u8], at: usize, message: &str) -> DatasetError {
        DatasetError::Data {
            file: self.file.clone(),
            row: Some(memchr_iter(b'\n', &block[..at]).count() + 1),
            column: None,
            message: message.to_owned(),
        }
    }

    /// Text must be UTF-8 and rows must be as long as the header. Says whether there may be lines with nothing in them.
    fn check(&self, block: &[u8]) -> Result<bool, DatasetError> {
        self.check_text(block)?;
        // Rows of blocks with quotes were counted when the block was cut off.
        if memchr(b'"', block).is_some() {
            return Ok(true);
        }
        let (mut start, mut row, mut has_blank_lines) = (0, 0, false);
        while start < block.len() {
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |at| start + at);
            let line = block[start..end].strip_suffix(b"\r").unwrap_or(&block[start..end]);
            start = end + 1;
            if line.is_empty() {
                has_blank_lines = true;
                continue;
            }
            row += 1;
            let found = memchr_iter(self.separator, line).count() + 1;
            if found != self.names.len() {
                return Err(self.broken(&Broken::Fields { row, found }));
            }
        }
        Ok(has_blank_lines)
    }

    /// An error of a row.
    pub(super) fn broken(&self, broken: &Broken) -> DatasetError {
        let (row, message) = match *broken {
            Broken::Fields { row, found } => (
                row,
                format!(
                    "has {found} fields where the header has {}; look for a missing or extra separator, or a quote that is never closed",
                    self.names.len()
                ),
            ),
            Broken::OpenQuote { row } => {
                (row, format!("does not end (within {} MB); look for a quote that is never closed", LONGEST_ROW >> 20))
            }
        };
        DatasetError::Data { file: self.file.clone(), row: Some(row), column: None, message }
    }
}
