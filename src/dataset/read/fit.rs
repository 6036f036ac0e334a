//! Rows of a text that are not as long as its header: filled up or set aside, where people agreed, and told.

use csv::ByteRecord;

use crate::dataset::error::DatasetError;
use crate::dataset::manifest::{Table, Uneven};
use std::path::Path;

/// Rows that are told one by one.
const TOLD: usize = 5;

/// Letters of a row that are told.
const LETTERS: usize = 80;

/// Share of the rows that may be set aside: more of them are another kind of file.
const BEARABLE: f64 = 0.01;

/// A row that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Line of the file, from 1.
    pub(crate) line: usize,
    pub(crate) fields: usize,
    /// How it begins.
    pub(crate) text: String,
}

/// What was done to rows that do not fit.
#[derive(Debug, Clone, Default)]
pub(crate) struct SetAside {
    /// The first of those that are set aside.
    pub(crate) first: Vec<Misfit>,
    pub(crate) rows: usize,
    /// Rows that fit, or were filled up.
    pub(crate) fitting: usize,
    /// Rows that fit and came before the first that does not.
    pub(crate) before: usize,
    /// Rows that were filled up.
    pub(crate) filled: usize,
    /// Rows that are shorter than the header among those set aside.
    pub(crate) short: usize,
    /// Whether no row behind the first misfit fits.
    pub(crate) is_tail: bool,
}

/// How rows are made to fit.
#[derive(Debug)]
pub(super) struct Fit {
    separator: u8,
    columns: usize,
    uneven: Uneven,
    /// Rows that are still wanted.
    wanted: Option<usize>,
    /// Line of the file at which the next block begins.
    line: usize,
    pub(super) done: SetAside,
}

impl Fit {
    /// How the rows of a table are made to fit; none where each must by itself. The first row stands in that line of the file.
    pub(super) fn of(table: &Table, separator: u8, columns: usize, line: usize) -> Option<Self> {
        let is_needed = table.rows.is_some() || table.uneven != Uneven::Refuse;
        let done = SetAside::default();
        is_needed.then_some(Self { separator, columns, uneven: table.uneven, wanted: table.rows, line, done })
    }

    /// Whether the rows that the table has were all seen.
    pub(super) fn is_done(&self) -> bool {
        self.wanted == Some(0)
    }

    /// The rows of a block that are the table's, each as long as the header; `None` when one is not and may not be set aside.
    pub(super) fn fitted(&mut self, block: &[u8]) -> Option<Vec<u8>> {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(self.separator).has_headers(false).flexible(true).from_reader(block);
        let mut kept = Vec::with_capacity(block.len());
        let (mut row, mut next) = (ByteRecord::new(), ByteRecord::new());
        let mut has_row = reader.read_byte_record(&mut row).unwrap_or(false);
        while has_row && !self.is_done() {
            let has_next = reader.read_byte_record(&mut next).unwrap_or(false);
            let at = |row: &ByteRecord| row.position().map_or(0, |at| (at.byte() as usize).min(block.len()));
            let end = if has_next { at(&next) } else { block.len() };
            // A row begins behind the blank lines above it.
            let (blank, text) = block[at(&row)..end].without_line_ends();
            let fields = row.len();
            if fields < self.columns && self.uneven == Uneven::Fill {
                kept.extend_from_slice(text);
                kept.resize(kept.len() + self.columns - fields, self.separator);
                self.done.filled += 1;
                self.keep(&mut kept);
            } else if fields == self.columns {
                kept.extend_from_slice(text);
                self.keep(&mut kept);
            } else if self.uneven == Uneven::SetAside {
                let line = self.line + row.position().map_or(0, |at| at.line() as usize - 1) + blank;
                self.set_aside(line, fields, text);
            } else {
                return None;
            }
            std::mem::swap(&mut row, &mut next);
            has_row = has_next;
        }
        self.line += memchr::memchr_iter(b'\n', block).count();
        Some(kept)
    }

    fn keep(&mut self, kept: &mut Vec<u8>) {
        kept.push(b'\n');
        self.done.fitting += 1;
        self.done.is_tail = false;
        if self.done.rows == 0 {
            self.done.before += 1;
        }
        if let Some(wanted) = &mut self.wanted {
            *wanted -= 1;
        }
    }

    fn set_aside(&mut self, line: usize, fields: usize, text: &[u8]) {
        let done = &mut self.done;
        if done.rows == 0 {
            done.is_tail = true;
        }
        done.rows += 1;
        done.short += usize::from(fields < self.columns);
        if done.first.len() < TOLD {
            let text = String::from_utf8_lossy(text).chars().take(LETTERS).collect();
            done.first.push(Misfit { line, fields, text });
        }
    }
}

impl SetAside {
    /// Whether no more rows than a few are set aside.
    pub(crate) fn is_bearable(&self) -> bool {
        self.rows as f64 <= (BEARABLE * (self.fitting + self.rows) as f64).max(1.0)
    }

    /// What is worth telling.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when more rows than a few do not fit.
    pub(super) fn told(&self, file: &Path, columns: usize) -> Result<Vec<String>, DatasetError> {
        let mut notes = Vec::new();
        if self.filled > 0 {
            notes.push(format!(
                "{} of {} rows leave out cells at their end, which are missing.",
                self.filled, self.fitting
            ));
        }
        if let Some(first) = self.first.first() {
            if !self.is_bearable() {
                return Err(DatasetError::data(
                    file,
                    format!(
                        "{} of {} rows have more or fewer fields than the {columns} of the header, the first in line {}; correct the file, because more than one row in a hundred is not set aside",
                        self.rows,
                        self.fitting + self.rows,
                        first.line
                    ),
                ));
            }
            let told: Vec<String> = self.first.iter().map(Misfit::words).collect();
            let more =
                if self.rows > told.len() { format!(" and {} more", self.rows - told.len()) } else { String::new() };
            let rows = if self.rows == 1 {
                "1 row does not fit the header and is".to_owned()
            } else {
                format!("{} rows do not fit the header and are", self.rows)
            };
            notes.push(format!("{rows} set aside: {}{more}.", told.join("; ")));
        }
        Ok(notes)
    }
}

impl Misfit {
    /// The row in words.
    pub(crate) fn words(&self) -> String {
        let fields = if self.fields == 1 { "1 field".to_owned() } else { format!("{} fields", self.fields) };
        format!("line {} ({fields}): \"{}\"", self.line, self.text)
    }
}

/// Takes line ends off a row.
trait Lines {
    /// How many lines end before it, and the row.
    fn without_line_ends(&self) -> (usize, &[u8]);
}

impl Lines for [u8] {
    fn without_line_ends(&self) -> (usize, &[u8]) {
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let start = self.iter().position(|byte| !is_end(byte)).unwrap_or(self.len());
        let end = self.iter().rposition(|byte| !is_end(byte)).map_or(start, |at| at + 1);
        (memchr::memchr_iter(b'\n', &self[..start]).count(), &self[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(settings: &str) -> Fit {
        let table: Table = toml::from_str(&format!("file = 'a.csv'\n{settings}")).unwrap();
        Fit::of(&table, b',', 3, 2).unwrap()
    }

    #[test]
    fn rows_that_do_not_fit_are_filled_set_aside_or_refused() {
        let block = b"1,\"a\nb\",x\n2\n3,c\n\n4,d,e\n\n5,f,g,h\n";
        let mut filling = fit("uneven = 'fill'");
        assert!(filling.fitted(block).is_none(), "a longer row cannot be filled");
        let kept = fit("uneven = 'fill'").fitted(&block[..block.len() - 9]).unwrap();
        assert_eq!(kept, b"1,\"a\nb\",x\n2,,\n3,c,\n4,d,e\n");
        let mut setting = fit("uneven = 'set-aside'");
        assert_eq!(setting.fitted(block).unwrap(), b"1,\"a\nb\",x\n4,d,e\n");
        let lines: Vec<(usize, usize)> = setting.done.first.iter().map(|misfit| (misfit.line, misfit.fields)).collect();
        assert_eq!(lines, [(4, 1), (5, 2), (9, 4)]);
        assert!(!setting.done.is_tail && setting.done.before == 1);
        assert!(setting.done.told(Path::new("a.csv"), 3).unwrap_err().to_string().contains("3 of 5 rows"));
        assert!(Fit::of(&Table::default(), b',', 3, 2).is_none());
    }

    #[test]
    fn what_is_below_the_table_is_not_looked_at() {
        let mut fit = fit("rows = 2");
        assert_eq!(fit.fitted(b"1,a,b\n2,c,d\nPerson,Region\nAnna,West\n").unwrap(), b"1,a,b\n2,c,d\n");
        assert!(fit.is_done());
    }
}
