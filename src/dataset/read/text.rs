//! Text cut into blocks of whole rows, each of which can be cut into columns on its own.

use std::io::Read;
use std::path::{Path, PathBuf};

use memchr::{memchr, memchr_iter, memchr2, memrchr};
use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::cells::{Cells, MissingValues, RawPiece, Uneven};
use crate::dataset::DatasetError;
use crate::dataset::error::first_line;
use crate::dataset::manifest::{Format, Table};

/// Separators that are tried when the manifest names none.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// Bytes that are read before a block ends at the next row.
const BLOCK: usize = 4 << 20;

/// Longest row; a quote that is never closed makes one row of all that follows.
const LONGEST_ROW: usize = 64 << 20;

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
    is_at_end: bool,
    hash: Xxh3,
    separator: u8,
}

/// Why a block cannot be cut into rows.
#[derive(Debug, PartialEq, Eq)]
enum Broken {
    Fields { row: usize, found: usize },
    OpenQuote { row: usize },
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
        let mut blocks = Self { input, rest: Vec::new(), is_at_end: false, hash: Xxh3::new(), separator: b',' };
        blocks.fill(file, BLOCK)?;
        if blocks.rest.is_empty() {
            return Err(DatasetError::data(file, "is empty; export the data again"));
        }
        blocks.decode(file, table)?;
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
            let start = self.rest.len();
            let more = (size - start) as u64;
            let read = self.input.by_ref().take(more).read_to_end(&mut self.rest);
            let read = read.map_err(|source| unreadable(file, source))?;
            self.hash.update(&self.rest[start..]);
            self.is_at_end = (read as u64) < more;
        }
        Ok(())
    }

    /// Makes the text UTF-8 without a byte-order mark. Other encodings are decoded as a whole.
    fn decode(&mut self, file: &Path, table: &Table) -> Result<(), DatasetError> {
        let label = table.encoding.as_deref().unwrap_or("utf-8");
        let declared = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        let (encoding, mark) = encoding_rs::Encoding::for_bom(&self.rest).unwrap_or((declared, 0));
        if encoding == encoding_rs::UTF_8 {
            self.rest.drain(..mark);
            return Ok(());
        }
        self.fill(file, usize::MAX)?;
        let (text, _, broken) = encoding.decode(&self.rest);
        if broken {
            return Err(DatasetError::data(
                file,
                format!(
                    "holds bytes that are not {}; set another encoding in the manifest's [[table]]",
                    encoding.name()
                ),
            ));
        }
        self.rest = text.into_owned().into_bytes();
        Ok(())
    }

    fn header(&mut self, file: &Path, notes: &mut Vec<String>) -> Result<Vec<String>, DatasetError> {
        let mut reader = csv::ReaderBuilder::new().delimiter(self.separator).from_reader(self.rest.as_slice());
        let header = reader.byte_headers().map_err(|error| {
            DatasetError::data(file, format!("has no readable header ({why})", why = first_line(&error)))
        })?;
        let names = column_names(file, header, self.separator, notes)?;
        let end = reader.position().byte() as usize;
        self.rest.drain(..end);
        Ok(names)
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
                let rest = self.rest.split_off(end);
                return Ok(Some(std::mem::replace(&mut self.rest, rest)));
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

fn unreadable(file: &Path, source: std::io::Error) -> DatasetError {
    match source.downcast::<DatasetError>() {
        Ok(error) => error,
        Err(source) => DatasetError::Unreadable { file: file.to_owned(), source },
    }
}

impl Layout {
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
        let text = String::from_utf8(block).map_err(|error| self.not_utf8(error.as_bytes(), error.utf8_error()))?;
        let is_wanted = |name: &String| self.wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
        let columns: Vec<Option<&str>> =
            self.names.iter().map(|name| is_wanted(name).then_some(name.as_str())).collect();
        Cells::cut(text, self.separator, &columns, &self.missing)
            .map(RawPiece::Cells)
            .map_err(|Uneven { row, found }| self.broken(&Broken::Fields { row, found }))
    }

    fn not_utf8(&self, block: &[u8], error: std::str::Utf8Error) -> DatasetError {
        DatasetError::Data {
            file: self.file.clone(),
            row: Some(memchr_iter(b'\n', &block[..error.valid_up_to()]).count() + 1),
            column: None,
            message: "holds bytes that are not UTF-8; set encoding (for example \"windows-1252\") in the manifest's [[table]]".to_owned(),
        }
    }

    /// Cuts a block into columns of text.
    pub(super) fn frame(&self, block: &[u8]) -> Result<DataFrame, DatasetError> {
        self.check(block)?;
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

    /// Text must be UTF-8 and rows must be as long as the header.
    fn check(&self, block: &[u8]) -> Result<(), DatasetError> {
        std::str::from_utf8(block).map_err(|error| self.not_utf8(block, error))?;
        // Rows of blocks with quotes were counted when the block was cut off.
        if memchr(b'"', block).is_some() {
            return Ok(());
        }
        let (mut start, mut row) = (0, 0);
        while start < block.len() {
            let end = memchr(b'\n', &block[start..]).map_or(block.len(), |at| start + at);
            let line = block[start..end].strip_suffix(b"\r").unwrap_or(&block[start..end]);
            start = end + 1;
            if line.is_empty() {
                continue;
            }
            row += 1;
            let found = memchr_iter(self.separator, line).count() + 1;
            if found != self.names.len() {
                return Err(self.broken(&Broken::Fields { row, found }));
            }
        }
        Ok(())
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

/// Where the last whole row of a text with quotes ends; separators and line ends within quotes do not count.
fn rows_end(text: &[u8], separator: u8, columns: usize, is_at_end: bool) -> Result<usize, Broken> {
    let (mut at, mut end, mut row) = (0, 0, 1);
    let (mut fields, mut is_field_start) = (1, true);
    while at < text.len() {
        if is_field_start && text[at] == b'"' {
            is_field_start = false;
            at += 1;
            loop {
                match memchr(b'"', &text[at..]) {
                    None if is_at_end => return Err(Broken::OpenQuote { row }),
                    None => return Ok(end),
                    Some(quote) => at += quote + 1,
                }
                if text.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
            continue;
        }
        is_field_start = true;
        let Some(next) = memchr2(separator, b'\n', &text[at..]) else { break };
        let line_end = text[at + next] == b'\n';
        let is_blank = fields == 1 && at == end && matches!(&text[at..at + next], b"" | b"\r");
        at += next + 1;
        if !line_end {
            fields += 1;
            continue;
        }
        if !is_blank {
            if fields != columns {
                return Err(Broken::Fields { row, found: fields });
            }
            row += 1;
        }
        (end, fields) = (at, 1);
    }
    if is_at_end && end < text.len() {
        if fields != columns {
            return Err(Broken::Fields { row, found: fields });
        }
        end = text.len();
    }
    Ok(end)
}

/// The separator that cuts the first lines into the same number (above one) of fields most often.
fn infer_separator(bytes: &[u8]) -> u8 {
    let sample: Vec<&[u8]> = bytes.split(|b| *b == b'\n').take(20).filter(|l| !l.is_empty()).collect();
    SEPARATORS
        .into_iter()
        .max_by_key(|separator| {
            let counts: Vec<usize> =
                sample.iter().map(|line| line.iter().filter(|b| *b == separator).count()).collect();
            let first = counts.first().copied().unwrap_or(0);
            let agreeing = counts.iter().filter(|count| **count == first).count();
            if first == 0 { (0, 0) } else { (agreeing, first) }
        })
        .unwrap_or(b',')
}

fn column_names(
    file: &Path,
    header: &csv::ByteRecord,
    separator: u8,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, DatasetError> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (position, field) in header.iter().enumerate() {
        let mut name = String::from_utf8_lossy(field).trim().to_owned();
        if name.is_empty() {
            name = format!("column_{}", position + 1);
            notes.push(format!("Column {} has no name in the header and is called {name}.", position + 1));
        }
        if names.contains(&name) {
            return Err(DatasetError::column(file, &name, "stands twice in the header; give each column its own name"));
        }
        names.push(name);
    }
    if let [only] = names.as_slice()
        && let Some(other) = SEPARATORS.into_iter().find(|s| *s != separator && only.as_bytes().contains(s))
    {
        return Err(DatasetError::data(
            file,
            format!(
                "has a single column when cut at {}, but its header holds {}; set separator = {} in the manifest's [[table]]",
                separator_name(separator),
                separator_name(other),
                if other == b'\t' { "\"\\t\"".to_owned() } else { format!("\"{}\"", char::from(other)) }
            ),
        ));
    }
    Ok(names)
}

fn separator_name(separator: u8) -> String {
    if separator == b'\t' { "tabs".to_owned() } else { format!("\"{}\"", char::from(separator)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_outside_quotes_only() {
        let ends = |text: &str, is_at_end| rows_end(text.as_bytes(), b',', 2, is_at_end);
        assert_eq!(ends("a,\"b\nc\"\nd,", false), Ok(8));
        assert_eq!(ends("a,\"b\nc\"\nd,e", true), Ok(11));
        assert_eq!(ends("a,\"b\"\"\n\"\n\r\n", true), Ok(11));
        assert_eq!(ends("a,5\" pipe\nb,\"c\"\n", false), Ok(16), "a quote within a field is a letter");
        assert_eq!(ends("a,\"b\nc", false), Ok(0), "the row goes on");
        assert_eq!(ends("a,\"b\"\nc,\"d", true), Err(Broken::OpenQuote { row: 2 }));
        assert_eq!(ends("a,\"b\"\n\"c\"\n", false), Err(Broken::Fields { row: 2, found: 1 }));
    }

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
