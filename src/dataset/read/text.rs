//! Text cut into blocks of whole rows, each of which can be cut into columns on its own.

use std::io::Read;
use std::path::Path;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::{memchr, memchr_iter, memrchr};
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::fit::{Fit, SetAside};
use super::layout::{LONGEST_ROW, Layout, NOT_UTF8, NUL};
use super::packed::unreadable;
use super::source::{Source, Work};
use super::start;
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::{Format, Table};
use crate::dataset::read::header::column_names;
use crate::dataset::read::rows::{Broken, rows_end};
use crate::dataset::read::{MAX_COLUMNS, too_many_columns};

/// Bytes that are read before a block ends at the next row.
const BLOCK: usize = 4 << 20;

/// Bytes that are decoded at once.
const DECODED: usize = 1 << 16;

/// A text with how it is cut.
pub(super) struct Text {
    blocks: Blocks,
    layout: Layout,
    fit: Option<Fit>,
    expected_rows: usize,
}

impl Text {
    /// Starts on a text of so many bytes, which are unknown for one that comes from elsewhere.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`], or [`DatasetError::Data`] for what is no text or has a header that cannot be used.
    pub(super) fn open(
        file: &Path,
        table: &Table,
        format: Format,
        (input, bytes): (Box<dyn Read + Send>, Option<u64>),
        wanted: Option<Vec<String>>,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let (blocks, layout) = Blocks::open(file, table, format, input, wanted, notes)?;
        let expected_rows = bytes.map_or(0, |bytes| blocks.rows_in(bytes));
        let fit = Fit::of(table, blocks.separator, layout.names().len(), blocks.lines + 1);
        Ok(Self { blocks, layout, fit, expected_rows })
    }
}

impl Source for Text {
    fn names(&self) -> &[String] {
        self.layout.names()
    }

    fn expected_rows(&self) -> usize {
        self.expected_rows
    }

    fn separator(&self) -> Option<char> {
        Some(self.layout.separator())
    }

    fn is_at_end(&self) -> bool {
        self.blocks.is_at_end()
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        Ok(self.blocks.hash())
    }

    fn set_aside(&self) -> Option<&SetAside> {
        self.fit.as_ref().map(|fit| &fit.done)
    }

    fn end(&mut self) -> Result<Vec<String>, DatasetError> {
        let columns = self.layout.names().len();
        self.fit.as_ref().map_or_else(|| Ok(Vec::new()), |fit| fit.done.told(self.layout.file(), columns))
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let mut texts = Vec::new();
        while texts.len() < most {
            match self.blocks.next(&self.layout, self.fit.as_mut()) {
                Ok(None) => break,
                Ok(Some(block)) => texts.push(Ok(block)),
                // Its row counts from the blocks before it, like that of an error within a block.
                Err(error) => {
                    texts.push(Err(error));
                    break;
                }
            }
        }
        let layout = &self.layout;
        texts.into_par_iter().enumerate().for_each(|(at, block)| work(at, block.and_then(|block| layout.piece(block))));
    }
}

/// Text on its way in.
struct Blocks {
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
    /// Lines in front of the first row.
    lines: usize,
}

impl Blocks {
    /// Starts on a text: decodes it, reads its header.
    fn open(
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
            lines: 0,
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
        let told = table.separator.map(|separator| u8::try_from(separator).unwrap_or(b','));
        let told = told.or((format == Format::Tsv).then_some(b'\t'));
        let start = start::find(&blocks.rest, told);
        blocks.separator = start.separator;
        notes.extend(start.notes);
        blocks.lines += memchr_iter(b'\n', &blocks.drop_front(start.skip)).count();
        let mut names = blocks.header(file, start.has_header, notes)?;
        for place in names.len()..start.width {
            names.push(format!("column_{}", place + 1));
        }
        let layout = Layout::new(file, table, blocks.separator, names, wanted);
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

    fn header(&mut self, file: &Path, is_there: bool, notes: &mut Vec<String>) -> Result<Vec<String>, DatasetError> {
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
        if !is_there {
            return Ok((1..=header.len()).map(|number| format!("column_{number}")).collect());
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
        self.lines += memchr_iter(b'\n', &self.drop_front(end)).count();
        Ok(names)
    }

    fn drop_front(&mut self, end: usize) -> Vec<u8> {
        let rest = self.rest.split_off(end);
        self.settled = self.settled.saturating_sub(end);
        std::mem::replace(&mut self.rest, rest)
    }

    /// Whether every row was handed on.
    fn is_at_end(&self) -> bool {
        self.is_at_end && self.rest.is_empty()
    }

    /// The next block of whole rows, made to fit where that is agreed; none at the end.
    fn next(&mut self, layout: &Layout, mut fit: Option<&mut Fit>) -> Result<Option<Vec<u8>>, DatasetError> {
        let mut size = BLOCK;
        loop {
            if fit.as_ref().is_some_and(|fit| fit.is_done()) {
                self.finish(layout.file())?;
            }
            self.fill(layout.file(), size)?;
            if self.rest.is_empty() {
                return Ok(None);
            }
            let end = if memchr(b'"', &self.rest).is_none() {
                if self.is_at_end { self.rest.len() } else { memrchr(b'\n', &self.rest).map_or(0, |at| at + 1) }
            } else {
                let columns = if fit.is_some() { None } else { Some(layout.names().len()) };
                rows_end(&self.rest, self.separator, columns, self.is_at_end)
                    .map_err(|broken| layout.broken(&broken))?
            };
            if end > 0 {
                let block = self.drop_front(end);
                if block.iter().all(|byte| matches!(byte, b'\n' | b'\r')) {
                    continue;
                }
                let Some(fit) = fit.as_deref_mut() else { return Ok(Some(block)) };
                // A row that may not be set aside is named by whoever cuts the block.
                match fit.fitted(&block) {
                    Some(kept) if kept.is_empty() => continue,
                    Some(kept) => return Ok(Some(kept)),
                    None => return Ok(Some(block)),
                }
            }
            if size >= LONGEST_ROW {
                return Err(layout.broken(&Broken::OpenQuote { row: 1 }));
            }
            size *= 2;
        }
    }

    /// Takes in what is behind the last row, for the hash alone.
    fn finish(&mut self, file: &Path) -> Result<(), DatasetError> {
        self.rest.clear();
        self.settled = 0;
        while !self.is_at_end {
            self.read(file, BLOCK)?;
            self.rest.clear();
        }
        Ok(())
    }

    /// About how many rows there are in so many bytes, going by those that were read first.
    fn rows_in(&self, bytes: u64) -> usize {
        let lines = memchr_iter(b'\n', &self.rest).count() as f64;
        (bytes as f64 * lines / self.rest.len().max(1) as f64) as usize
    }

    /// Hash of all bytes that were read.
    fn hash(&self) -> u64 {
        self.hash.digest()
    }
}

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
        while let Some(block) = blocks.next(&layout, None).unwrap() {
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
