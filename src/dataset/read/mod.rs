//! From a file or a database to tables of text and numbers, piece by piece, with every structural problem named by row.

mod cells;
mod parquet;
mod text;

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rayon::prelude::*;

pub(super) use self::cells::RawPiece;
use super::DatasetError;
use super::database;
use super::manifest::{Format, Table};

/// A table as read, before any value is interpreted.
#[derive(Debug)]
pub(super) struct RawTable {
    /// Columns as text (from text files and databases) or as stored (from Parquet).
    pub(super) frame: DataFrame,
    /// Hash of the file's bytes.
    pub(super) hash: u64,
    /// Things worth telling that are no errors.
    pub(super) notes: Vec<String>,
}

/// Reads the whole table.
///
/// # Errors
/// [`DatasetError::Unreadable`], [`DatasetError::Database`] or [`DatasetError::Data`].
pub(super) fn read(folder: &Path, table: &Table) -> Result<RawTable, DatasetError> {
    let mut reader = Reader::open(folder, table, None)?;
    let frame = reader.whole()?;
    Ok(RawTable { frame, hash: reader.hash()?, notes: reader.notes })
}

/// Reads a table piece by piece.
pub(super) struct Reader {
    file: PathBuf,
    pieces: Pieces,
    /// About how many rows there are; 0 when that cannot be told.
    pub(super) expected_rows: usize,
    /// Things worth telling that are no errors.
    pub(super) notes: Vec<String>,
}

enum Pieces {
    Text(Box<text::Blocks>, Box<text::Layout>),
    Parquet(parquet::Slices),
}

impl Reader {
    /// Opens a table; only the wanted columns will be read, all when that is silent.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`], [`DatasetError::Database`], or [`DatasetError::Data`] for a header that cannot be used.
    pub(super) fn open(folder: &Path, table: &Table, wanted: Option<&BTreeSet<String>>) -> Result<Self, DatasetError> {
        let file = table.place(folder);
        let wanted: Option<Vec<String>> = wanted.map(|names| names.iter().cloned().collect());
        let (mut notes, mut expected_rows) = (Vec::new(), 0);
        let pieces = if let Some(relation) = table.relation() {
            let input = Box::new(database::stream(&file, &relation, wanted.as_deref())?);
            let (blocks, layout) = text::Blocks::open(&file, table, Format::Csv, input, wanted, &mut notes)?;
            Pieces::Text(Box::new(blocks), Box::new(layout))
        } else {
            let opened = File::open(&file).map_err(|source| DatasetError::Unreadable { file: file.clone(), source })?;
            match format(&file, table)? {
                Format::Parquet => {
                    let slices = parquet::Slices::open(&file, &opened, wanted)?;
                    expected_rows = slices.rows();
                    Pieces::Parquet(slices)
                }
                text => {
                    let bytes = opened.metadata().map_or(0, |about| about.len());
                    let input = Box::new(opened);
                    let (blocks, layout) = text::Blocks::open(&file, table, text, input, wanted, &mut notes)?;
                    expected_rows = blocks.rows_in(bytes);
                    Pieces::Text(Box::new(blocks), Box::new(layout))
                }
            }
        };
        Ok(Self { file, pieces, expected_rows, notes })
    }

    /// Works on all pieces, several at a time, and takes the results in the order of the table. The first piece is worked on
    /// alone, so that what it settles is known to the others.
    ///
    /// # Errors
    /// The first error in the order of the table, with the row counted from the start of the table.
    pub(super) fn pieces<T: Send>(
        &mut self,
        work: impl Fn(RawPiece<'_>) -> Result<T, DatasetError> + Sync,
        mut take: impl FnMut(T) -> Result<(), DatasetError> + Send,
    ) -> Result<(), DatasetError> {
        let measured = |piece: RawPiece<'_>| {
            let height = piece.height();
            work(piece).map(|done| (height, done))
        };
        let mut rows = 0;
        let mut waiting = self.pieces.some(1, measured)?;
        while !waiting.is_empty() {
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
                || self.pieces.some(2 * rayon::current_num_threads(), measured),
            );
            taken?;
            waiting = next?;
        }
        if rows == 0 {
            return Err(DatasetError::data(
                &self.file,
                "has a header but no rows; export the data again with its rows",
            ));
        }
        Ok(())
    }

    /// The whole table.
    ///
    /// # Errors
    /// As [`Self::pieces`].
    pub(super) fn whole(&mut self) -> Result<DataFrame, DatasetError> {
        let file = self.file.clone();
        let mut whole: Option<DataFrame> = None;
        let in_columns = |piece: RawPiece<'_>| piece.frame(&file);
        self.pieces(in_columns, |piece| {
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
    pub(super) fn names(&self) -> &[String] {
        match &self.pieces {
            Pieces::Text(_, layout) => layout.names(),
            Pieces::Parquet(slices) => slices.names(),
        }
    }

    /// Hash of the bytes that were read; of a Parquet file it is told once.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`].
    pub(super) fn hash(&mut self) -> Result<u64, DatasetError> {
        match &mut self.pieces {
            Pieces::Text(blocks, _) => Ok(blocks.hash()),
            Pieces::Parquet(slices) => slices.hash(),
        }
    }
}

impl Pieces {
    /// Results of the next pieces, at most so many; empty at the end.
    fn some<T: Send>(
        &mut self,
        most: usize,
        work: impl Fn(RawPiece<'_>) -> Result<T, DatasetError> + Sync,
    ) -> Result<Vec<Result<T, DatasetError>>, DatasetError> {
        match self {
            Self::Text(blocks, layout) => {
                let mut texts = Vec::new();
                while texts.len() < most
                    && let Some(block) = blocks.next(layout)?
                {
                    texts.push(block);
                }
                Ok(texts.into_par_iter().map(|block| layout.piece(block).and_then(&work)).collect())
            }
            Self::Parquet(slices) => {
                // Slices are larger than blocks of text; one for each thread is enough.
                let next = slices.next(most.min(rayon::current_num_threads()));
                let slices = &*slices;
                Ok(next.into_par_iter().map(|slice| slices.frame(slice).map(RawPiece::Frame).and_then(&work)).collect())
            }
        }
    }
}

fn format(file: &Path, table: &Table) -> Result<Format, DatasetError> {
    if let Some(format) = table.format {
        return Ok(format);
    }
    match file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "txt") => Ok(Format::Csv),
        Some("tsv" | "tab") => Ok(Format::Tsv),
        Some("parquet" | "pq") => Ok(Format::Parquet),
        _ => Err(DatasetError::data(
            file,
            "its ending names no known format; set format = \"csv\", \"tsv\" or \"parquet\" in the manifest's [[table]]",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(extra: &str) -> Table {
        toml::from_str(&format!("file = 'a.csv'\n{extra}")).unwrap()
    }

    fn read_bytes(bytes: &[u8], extra: &str) -> Result<RawTable, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), bytes).unwrap();
        read(folder.path(), &table(extra)).map_err(|error| error.to_string())
    }

    #[test]
    fn separators_are_inferred() {
        for text in ["a,b\n1,2\n", "a;b\n1;2\n", "a\tb\n1\t2\n", "a|b\n1|2\n"] {
            assert_eq!(read_bytes(text.as_bytes(), "").unwrap().frame.width(), 2, "{text:?}");
        }
    }

    #[test]
    fn structural_problems_name_the_row() {
        for (bytes, extra, expected) in [
            (&b""[..], "", "is empty"),
            (b"a,b\n", "", "no rows"),
            (b"a,b\n1,2\n3\n", "", "row 2: has 1 fields where the header has 2"),
            (b"a,b\n1,2\n3,4,5\n", "", "row 2: has 3 fields"),
            (b"a,b\n1,2\n\xff,4\n", "", "row 2: holds bytes that are not UTF-8"),
            (b"a,a\n1,2\n", "", "column \"a\": stands twice"),
            (b"a,b\n1,\"2\n", "", "look for a quote that is never closed"),
            (b"a\tb\n1\t2\n", "separator = ','", "set separator = \"\\t\""),
        ] {
            let message = read_bytes(bytes, extra).unwrap_err();
            assert!(message.contains(expected), "{message}");
            assert_eq!(message.lines().count(), 1, "{message}");
        }
    }

    #[test]
    fn a_declared_encoding_is_decoded() {
        let raw = read_bytes(b"name,b\nJos\xe9,1\n", "encoding = 'windows-1252'").unwrap();
        assert_eq!(raw.frame.column("name").unwrap().str().unwrap().get(0), Some("José"));
    }

    #[test]
    fn marks_and_unnamed_headers_are_no_obstacle() {
        let raw = read_bytes(b"\xef\xbb\xbf,b\n1,2\n", "").unwrap();
        assert_eq!(raw.frame.get_column_names(), ["column_1", "b"]);
        assert_eq!(raw.notes.len(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = read(Path::new("/nowhere"), &table("")).unwrap_err().to_string();
        assert!(message.starts_with("/nowhere/a.csv: cannot be read"), "{message}");
    }
}
