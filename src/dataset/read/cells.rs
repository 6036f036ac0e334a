//! A block of text without quotes, cut into cells in one pass; nothing is copied.

use memchr::memchr2_iter;
use polars::prelude::*;

use crate::dataset::error::DatasetError;

/// Which texts stand for a missing value; an empty cell always does.
#[derive(Debug)]
pub(super) struct MissingValues {
    texts: Vec<String>,
    /// Whether one of them starts with the byte, so that most cells need not be compared.
    starts: [bool; 256],
}

impl MissingValues {
    pub(super) fn new(texts: &[String]) -> Self {
        let mut starts = [false; 256];
        texts.iter().filter_map(|text| text.bytes().next()).for_each(|byte| starts[usize::from(byte)] = true);
        Self { texts: texts.to_vec(), starts }
    }

    pub(super) fn present<'a>(&self, text: &'a str) -> Option<&'a str> {
        let start = *text.as_bytes().first()?;
        let is_missing = self.starts[usize::from(start)] && self.texts.iter().any(|missing| missing == text);
        (!is_missing).then_some(text)
    }
}

/// How many fields a row has that has not as many as the header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Uneven {
    /// Row of the block, from 1.
    pub(super) row: usize,
    pub(super) found: usize,
}

/// The cells of some columns.
#[derive(Debug)]
pub(in crate::dataset) struct Cells<'a> {
    text: String,
    names: Vec<&'a str>,
    /// Where each cell starts and ends, by column.
    places: Vec<Vec<(u32, u32)>>,
    missing: &'a MissingValues,
}

impl<'a> Cells<'a> {
    /// Cuts whole rows. Of the columns by their place in the file, those with a name are kept. Empty lines are no rows.
    pub(super) fn cut(
        text: String,
        separator: u8,
        columns: &[Option<&'a str>],
        missing: &'a MissingValues,
    ) -> Result<Self, Uneven> {
        let names: Vec<&str> = columns.iter().flatten().copied().collect();
        let mut places: Vec<Vec<(u32, u32)>> = vec![Vec::new(); names.len()];
        let mut kept = 0;
        let slots: Vec<Option<usize>> = columns
            .iter()
            .map(|name| {
                name.map(|_| {
                    kept += 1;
                    kept - 1
                })
            })
            .collect();
        let bytes = text.as_bytes();
        let (mut start, mut field, mut row) = (0, 0, 1);
        let mut end_cell = |field: usize, start: usize, end: usize| {
            if let Some(slot) = slots.get(field).copied().flatten() {
                places[slot].push((start as u32, end as u32));
            }
        };
        for at in memchr2_iter(separator, b'\n', bytes).chain(std::iter::once(bytes.len())) {
            if bytes.get(at) == Some(&separator) {
                end_cell(field, start, at);
                field += 1;
            } else {
                let end = if bytes[start..at].last() == Some(&b'\r') { at - 1 } else { at };
                if field > 0 || end > start {
                    end_cell(field, start, end);
                    if field + 1 != columns.len() {
                        return Err(Uneven { row, found: field + 1 });
                    }
                    row += 1;
                }
                field = 0;
            }
            start = at + 1;
        }
        Ok(Self { text, names, places, missing })
    }

    pub(in crate::dataset) fn height(&self) -> usize {
        self.places.first().map_or(0, Vec::len)
    }

    pub(in crate::dataset) fn names(&self) -> &[&'a str] {
        &self.names
    }

    /// The texts of a column; none where a value is missing.
    pub(in crate::dataset) fn texts(&self, column: usize) -> impl Iterator<Item = Option<&str>> + Clone {
        self.places[column].iter().map(|(start, end)| self.missing.present(&self.text[*start as usize..*end as usize]))
    }

    /// A column as one of a table.
    pub(in crate::dataset) fn series(&self, column: usize) -> Series {
        let texts: StringChunked = self.texts(column).collect();
        texts.with_name(self.names[column].into()).into_series()
    }

    pub(super) fn frame(&self) -> Result<DataFrame, PolarsError> {
        let columns = (0..self.names.len()).map(|column| self.series(column).into_column()).collect();
        DataFrame::new(self.height(), columns)
    }
}

/// A piece of a table before its values are interpreted.
#[derive(Debug)]
pub(in crate::dataset) enum RawPiece<'a> {
    /// Columns as text (from text files and databases) or as stored (from Parquet).
    Frame(DataFrame),
    /// Cells of text.
    Cells(Cells<'a>),
}

impl RawPiece<'_> {
    /// Number of rows.
    pub(in crate::dataset) fn height(&self) -> usize {
        match self {
            Self::Frame(frame) => frame.height(),
            Self::Cells(cells) => cells.height(),
        }
    }

    /// The piece as a table.
    pub(in crate::dataset) fn frame(self, file: &std::path::Path) -> Result<DataFrame, DatasetError> {
        match self {
            Self::Frame(frame) => Ok(frame),
            Self::Cells(cells) => cells.frame().map_err(|error| DatasetError::data(file, error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut<'a>(text: &str, columns: &[Option<&'a str>], missing: &'a MissingValues) -> Result<Cells<'a>, Uneven> {
        Cells::cut(text.to_owned(), b',', columns, missing)
    }

    #[test]
    fn cells_are_cut_at_separators_and_line_ends() {
        let missing = MissingValues::new(&["NA".to_owned(), String::new()]);
        let columns = [Some("a"), None, Some("c")];
        for text in ["1,x,NA\n\n,y,é\r\n\r\nNAB,z,\n", "1,x,NA\n,y,é\nNAB,z,"] {
            let cells = cut(text, &columns, &missing).unwrap();
            assert_eq!((cells.names(), cells.height()), (&["a", "c"][..], 3));
            assert_eq!(cells.texts(0).collect::<Vec<_>>(), [Some("1"), None, Some("NAB")]);
            assert_eq!(cells.texts(1).collect::<Vec<_>>(), [None, Some("é"), None]);
            assert_eq!(cells.frame().unwrap().column("c").unwrap().null_count(), 2);
        }
        assert_eq!(cut("", &columns, &missing).unwrap().height(), 0);
    }

    #[test]
    fn rows_of_another_length_are_named() {
        let missing = MissingValues::new(&[]);
        let columns = [Some("a"), Some("b")];
        assert_eq!(cut("1,2\n3\n", &columns, &missing).unwrap_err(), Uneven { row: 2, found: 1 });
        assert_eq!(cut("1,2\n\n3,4,5,6", &columns, &missing).unwrap_err(), Uneven { row: 2, found: 4 });
    }
}
