//! Text cut into blocks of whole rows, each of which can be cut into columns on its own.

use std::io::Read;
use std::path::{Path, PathBuf};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::{memchr, memchr_iter, memrchr};
use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::cells::{Cells, MissingValues, RawPiece, Uneven};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::{Format, Table};
use crate::dataset::read::header::{column_names, infer_separator};
use crate::dataset::read::rows::{Broken, rows_end, without_blank_lines};
use crate::dataset::read::{MAX_COLUMNS, too_many_columns};

/// Bytes that are read before a block ends at the next row.
const BLOCK: usize = 4 << 20;

/// Longest row; a quote that is never closed makes one row of all that follows.
const LONGEST_ROW: usize = 16 << 20;

/// Bytes that are decoded at once.
const DECODED: usize = 1 << 16;

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

/// Text on its way in.
pub(super) struct Blocks {
    input: Box<dyn Read + Send>,
    /// Bytes that were read and not handed on, from the start of a row.
    rest: Vec<u8>,
    /// Bytes at the front of `rest` whose line ends were looked at.
    settled: usize,
    is_at_end: bool,
    hash: Xxh3,
    separator: u8,
    /// Turns what is read into UTF-8; none when it is that already.
    decoder: Option<Decoder>,
}

impl Blocks {
    /// Starts on a text: decodes it, reads its header.
    pub(super) fn open(
        file: &Path,
        table: &Table,
        format: Format,
        input: Box<dyn Read + Send>,
        wanted: Option<Vec<String>>,
        notes: &mut Vec<String>,
    ) -> Result<(Self, Layout), DatasetError> {
        let mut blocks = Self {
            input,
            rest: Vec::new(),
            settled: 0,
            is_at_end: false,
            hash: Xxh3::new(),
            separator: b',',
            decoder: None,
        };
        blocks.read(file, BLOCK)?;
        blocks.decode(file, table)?;
        blocks.fill(file, BLOCK)?;
        if blocks.rest.is_empty() {
            return Err(DatasetError::data(file, "is empty; export the data again"));
        }
        if memchr(0, &blocks.rest).is_some() {
            return Err(DatasetError::data(file, NUL));
        }
        blocks.separator = match (table.separator, format) {
            (Some(separator), _) => u8::try_from(separator).unwrap_or(b','),
            (None, Format::Tsv) => b'\t',
            (None, _) => infer_separator(&blocks.rest),
        };
        let names = blocks.header(file, notes)?;
        let missing = MissingValues::new(&table.missing_values);
        let missing_values = table.missing_values.iter().map(|value| value.as_str().into()).collect();
        // A column that is not there is reported by whoever needs it.
        let wanted = wanted.map(|wanted| wanted.into_iter().filter(|name| names.contains(name)).collect());
        let layout =
            Layout { file: file.to_owned(), separator: blocks.separator, names, missing_values, missing, wanted };
        Ok((blocks, layout))
    }

    /// Reads until that many bytes wait or the text ends.
    fn fill(&mut self, file: &Path, size: usize) -> Result<(), DatasetError> {
        while !self.is_at_end && self.rest.len() < size {
            match self.decoder.take() {
                None => self.read(file, size)?,
                Some(mut decoder) => {
                    let decoded = std::mem::take(&mut self.rest);
                    self.read(file, DECODED)?;
                    let read = std::mem::replace(&mut self.rest, decoded);
                    append_decoded(&mut decoder, &read, self.is_at_end, &mut self.rest)
                        .map_err(|()| undecodable(file, decoder.encoding()))?;
                    self.decoder = Some(decoder);
                }
            }
        }
        self.settle_line_ends();
        Ok(())
    }

    /// Reads bytes as they are, until that many wait or the text ends.
    fn read(&mut self, file: &Path, size: usize) -> Result<(), DatasetError> {
        while !self.is_at_end && self.rest.len() < size {
            let start = self.rest.len();
            let more = (size - start) as u64;
            let read = self.input.by_ref().take(more).read_to_end(&mut self.rest);
            let read = read.map_err(|source| unreadable(file, source))?;
            self.hash.update(&self.rest[start..]);
            self.is_at_end = (read as u64) < more;
        }
        Ok(())
    }

    /// Makes the text UTF-8 without a byte-order mark.
    fn decode(&mut self, file: &Path, table: &Table) -> Result<(), DatasetError> {
        let label = table.encoding.as_deref().unwrap_or("utf-8");
        let declared = Encoding::for_label(label.as_bytes()).unwrap_or(UTF_8);
        let (encoding, mark) = Encoding::for_bom(&self.rest).unwrap_or((declared, 0));
        self.rest.drain(..mark);
        if encoding != UTF_8 {
            let mut decoder = encoding.new_decoder_without_bom_handling();
            let read = std::mem::take(&mut self.rest);
            append_decoded(&mut decoder, &read, self.is_at_end, &mut self.rest)
                .map_err(|()| undecodable(file, encoding))?;
            self.decoder = Some(decoder);
        }
        Ok(())
    }

    /// Makes line ends of old Macs (a carriage return alone) those of everybody else. Within quotes too: there it is the same
    /// text on screen, and telling one from the other would take a look at every byte.
    fn settle_line_ends(&mut self) {
        let mut from = self.settled;
        self.settled = self.rest.len();
        while let Some(at) = memchr(b'\r', &self.rest[from..]) {
            let at = from + at;
            match self.rest.get(at + 1) {
                Some(b'\n') => {}
                // What follows is not known yet.
                None if !self.is_at_end => {
                    self.settled = at;
                    return;
                }
                _ => self.rest[at] = b'\n',
            }
            from = at + 1;
        }
    }

    fn header(&mut self, file: &Path, notes: &mut Vec<String>) -> Result<Vec<String>, DatasetError> {
        let mut reader = csv::ReaderBuilder::new().delimiter(self.separator).from_reader(self.rest.as_slice());
        let header = reader.byte_headers().map_err(|error| {
            DatasetError::data(file, format!("has no readable header ({why})", why = first_line(&error)))
        })?;
        if header.len() > MAX_COLUMNS {
            return Err(too_many_columns(file));
        }
        if header.iter().any(|name| std::str::from_utf8(name).is_err()) {
            return Err(DatasetError::data(file, format!("its header {NOT_UTF8}")));
        }
        let names = column_names(file, header, self.separator, notes)?;
        let mut end = reader.position().byte() as usize;
        // The csv crate ends a line with the first of its two bytes.
        if self.rest[..end].ends_with(b"\r") && self.rest.get(end) == Some(&b'\n') {
            end += 1;
        }
        if end == self.rest.len() && !self.is_at_end {
            return Err(DatasetError::data(
                file,
                format!(
                    "its first line does not end (within {} MB); look for a quote that is never closed",
                    BLOCK >> 20
                ),
            ));
        }
        self.drop_front(end);
        Ok(names)
    }

    fn drop_front(&mut self, end: usize) -> Vec<u8> {
        let rest = self.rest.split_off(end);
        self.settled = self.settled.saturating_sub(end);
        std::mem::replace(&mut self.rest, rest)
    }

    /// Whether every row was handed on.
    pub(super) fn is_at_end(&self) -> bool {
        self.is_at_end && self.rest.is_empty()
    }

    /// The next block of whole rows; none at the end.
    pub(super) fn next(&mut self, layout: &Layout) -> Result<Option<Vec<u8>>, DatasetError> {
        let mut size = BLOCK;
        loop {
            self.fill(&layout.file, size)?;
            if self.rest.is_empty() {
                return Ok(None);
            }
            let end = if memchr(b'"', &self.rest).is_none() {
                if self.is_at_end { self.rest.len() } else { memrchr(b'\n', &self.rest).map_or(0, |at| at + 1) }
            } else {
                rows_end(&self.rest, self.separator, layout.names.len(), self.is_at_end)
                    .map_err(|broken| layout.broken(&broken))?
            };
            if end > 0 {
                let block = self.drop_front(end);
                if block.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
                    continue;
                }
                return Ok(Some(block));
            }
            if size >= LONGEST_ROW {
                return Err(layout.broken(&Broken::OpenQuote { row: 1 }));
            }
            size *= 2;
        }
    }

    /// About how many rows there are in so many bytes, going by those that were read first.
    pub(super) fn rows_in(&self, bytes: u64) -> usize {
        let lines = memchr_iter(b'\n', &self.rest).count() as f64;
        (bytes as f64 * lines / self.rest.len().max(1) as f64) as usize
    }

    /// Hash of all bytes that were read.
    pub(super) fn hash(&self) -> u64 {
        self.hash.digest()
    }
}

/// Why bytes of zero are no text.
const NUL: &str = "holds bytes of zero, so it is no text or in UTF-16; set encoding = \"utf-16le\" in the manifest's [[table]], or export it as UTF-8";

/// What to do about another encoding.
const NOT_UTF8: &str =
    "holds bytes that are not UTF-8; set encoding (for example \"windows-1252\") in the manifest's [[table]]";

/// Decodes a piece of text behind another.
fn append_decoded(decoder: &mut Decoder, mut read: &[u8], is_last: bool, text: &mut Vec<u8>) -> Result<(), ()> {
    let mut room = vec![0; 3 * DECODED];
    loop {
        let (result, used, written) = decoder.decode_to_utf8_without_replacement(read, &mut room, is_last);
        text.extend_from_slice(&room[..written]);
        read = &read[used..];
        match result {
            DecoderResult::InputEmpty => return Ok(()),
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => return Err(()),
        }
    }
}

fn undecodable(file: &Path, encoding: &'static Encoding) -> DatasetError {
    DatasetError::data(
        file,
        format!("holds bytes that are not {}; set another encoding in the manifest's [[table]]", encoding.name()),
    )
}

fn unreadable(file: &Path, source: std::io::Error) -> DatasetError {
    match source.downcast::<DatasetError>() {
        Ok(error) => error,
        Err(source) => DatasetError::Unreadable { file: file.to_owned(), source },
    }
}

impl Layout {
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

    fn broken(&self, broken: &Broken) -> DatasetError {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_any_size_hold_the_same_rows() {
        let rows: Vec<String> =
            (0..60_000).map(|row| format!("{row},\"name, {row}\nof \"\"many\"\"\",{}\n", row * 7)).collect();
        let text = rows.concat();
        let text = format!("id,name,value\n{text}");
        assert!(text.len() < BLOCK);
        let long = format!("{text}{}", &text["id,name,value\n".len()..].repeat(4));
        let table: Table = toml::from_str("file = 'a.csv'").unwrap();
        let input = Box::new(std::io::Cursor::new(long.clone().into_bytes()));
        let (mut blocks, layout) = Blocks::open(
            Path::new("a.csv"),
            &table,
            Format::Csv,
            input,
            Some(vec!["name".to_owned()]),
            &mut Vec::new(),
        )
        .unwrap();
        let (mut rows, mut count) = (0, 0);
        while let Some(block) = blocks.next(&layout).unwrap() {
            let frame = layout.frame(&block).unwrap();
            let names = frame.column("name").unwrap().str().unwrap();
            assert_eq!(frame.width(), 1);
            for (at, name) in names.iter().enumerate() {
                let id = (rows + at) % 60_000;
                assert_eq!(name, Some(format!("name, {id}\nof \"many\"").as_str()));
            }
            rows += frame.height();
            count += 1;
        }
        assert_eq!(rows, 300_000);
        assert!(count > 1);
        assert_eq!(blocks.hash(), xxhash_rust::xxh3::xxh3_64(long.as_bytes()));
    }
}
