//! Rows that are no rows of the table: totals, the header once more, lines of dashes, blank rows.

use std::sync::Mutex;

use polars::prelude::*;

use super::cells::RawPiece;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::LeaveOut;

/// A source without the rows that are left out.
pub(super) struct LeftOut {
    source: Box<dyn Source>,
    rules: Vec<LeaveOut>,
    /// Columns that are handed on; all when silent.
    wanted: Option<Vec<String>>,
    file: std::path::PathBuf,
    /// Rows and those left out of each piece, by call and place.
    pieces: Mutex<Vec<Piece>>,
    calls: usize,
}

/// What was left out of a piece.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Piece {
    at: (usize, usize),
    rows: usize,
    left_out: Vec<usize>,
}

impl LeftOut {
    /// Leaves rows out of a source that has at least the columns that the rules name.
    pub(super) fn new(
        source: Box<dyn Source>,
        rules: &[LeaveOut],
        wanted: Option<Vec<String>>,
        file: &std::path::Path,
    ) -> Self {
        Self { source, rules: rules.to_vec(), wanted, file: file.to_owned(), pieces: Mutex::new(Vec::new()), calls: 0 }
    }

    /// What is worth telling.
    fn told(&self) -> Vec<String> {
        let rows: usize = self.pieces.lock().map_or(0, |pieces| pieces.iter().map(|piece| piece.left_out.len()).sum());
        if rows == 0 {
            return Vec::new();
        }
        let are = if rows == 1 { "1 row is" } else { &format!("{rows} rows are") };
        let values: Vec<String> = self.rules.iter().map(LeaveOut::words).collect();
        vec![format!("{are} no rows of the table and left out: {}.", values.join("; "))]
    }
}

/// Which rows of a piece a rule means.
fn marked(frame: &DataFrame, rule: &LeaveOut) -> Result<Vec<bool>, PolarsError> {
    let is_meant = |column: &Column| -> Result<Vec<bool>, PolarsError> {
        let texts = column.cast(&DataType::String)?;
        let meant = |text: Option<&str>| rule.values.iter().any(|value| value == text.unwrap_or("").trim());
        Ok(texts.str()?.iter().map(meant).collect())
    };
    if rule.column == LeaveOut::EVERY {
        let mut all = vec![true; frame.height()];
        for column in frame.columns() {
            for (all, is) in all.iter_mut().zip(is_meant(column)?) {
                *all &= is;
            }
        }
        return Ok(all);
    }
    is_meant(frame.column(&rule.column)?)
}

fn filtered(
    frame: &DataFrame,
    rules: &[LeaveOut],
    wanted: Option<&[String]>,
) -> Result<(DataFrame, Vec<usize>), PolarsError> {
    let mut out = vec![false; frame.height()];
    for rule in rules {
        for (out, is) in out.iter_mut().zip(marked(frame, rule)?) {
            *out |= is;
        }
    }
    let left_out: Vec<usize> = out.iter().enumerate().filter(|(_, is)| **is).map(|(row, _)| row).collect();
    let kept: BooleanChunked = out.iter().map(|is| Some(!is)).collect();
    let mut frame = if left_out.is_empty() { frame.clone() } else { frame.filter(&kept)? };
    if let Some(wanted) = wanted {
        let there = frame.get_column_names_owned();
        frame = frame.select(
            wanted.iter().filter(|name| there.iter().any(|own| own.as_str() == name.as_str())).map(String::as_str),
        )?;
    }
    Ok((frame, left_out))
}

impl Source for LeftOut {
    fn names(&self) -> &[String] {
        self.source.names()
    }

    fn expected_rows(&self) -> usize {
        self.source.expected_rows()
    }

    fn separator(&self) -> Option<char> {
        self.source.separator()
    }

    fn is_at_end(&self) -> bool {
        self.source.is_at_end()
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        self.source.hash()
    }

    fn set_aside(&self) -> Option<&super::fit::SetAside> {
        self.source.set_aside()
    }

    fn end(&mut self) -> Result<Vec<String>, DatasetError> {
        let mut notes = self.source.end()?;
        notes.extend(self.told());
        Ok(notes)
    }

    fn relocated(&self, error: DatasetError) -> DatasetError {
        let DatasetError::Data { file, row: Some(row), column, message } = error else {
            return self.source.relocated(error);
        };
        let mut found = row;
        if let Ok(mut pieces) = self.pieces.lock() {
            pieces.sort();
            let (mut kept, mut before) = (0, 0);
            for piece in pieces.iter() {
                let of_piece = piece.rows - piece.left_out.len();
                if row <= kept + of_piece {
                    let mut at = row - kept;
                    // Rows left out above move it down.
                    for left_out in &piece.left_out {
                        at += usize::from(*left_out < at);
                    }
                    found = before + at;
                    break;
                }
                (kept, before) = (kept + of_piece, before + piece.rows);
                found = before + (row - kept);
            }
        }
        self.source.relocated(DatasetError::Data { file, row: Some(found), column, message })
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let Self { source, rules, wanted, file, pieces, calls } = self;
        let pieces = &*pieces;
        let call = *calls;
        *calls += 1;
        source.next(most, &|at, piece| {
            let piece = piece.and_then(|piece| {
                let frame = piece.frame(file)?;
                let rows = frame.height();
                let (frame, left_out) = filtered(&frame, rules, wanted.as_deref())
                    .map_err(|error| DatasetError::data(file, first_line(&error)))?;
                if let Ok(mut pieces) = pieces.lock() {
                    pieces.push(Piece { at: (call, at), rows, left_out });
                }
                Ok(frame)
            });
            work(at, piece.map(RawPiece::Frame));
        });
    }
}
