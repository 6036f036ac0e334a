//! What is made sure of a workbook of Excel 5 to 2003 before its content is believed: its sheets fit into memory.
//!
//! The reader makes room for the whole rectangle that the cells of a sheet span, and copies a shared text into each cell of it.
//! A file of a few kilobytes can ask for a terabyte in both ways, so that its records are walked through here, as the reader does.

use std::io::{Read, Seek};
use std::path::Path;

use super::archive::MAX_UNPACKED;
use super::damaged;
use super::grid::MAX_CELLS;
use crate::dataset::error::DatasetError;
use crate::dataset::read::content::Compound;

/// Records that say where cells stand, whose first fields are row and column.
const CELLS: [u16; 8] = [0x0006, 0x00D6, 0x00FD, 0x00BD, 0x0203, 0x0204, 0x0205, 0x027E];

/// Looks at all sheets.
///
/// # Errors
/// [`DatasetError`] for a workbook that is damaged or too large.
pub(super) fn check(input: impl Read + Seek, file: &Path) -> Result<(), DatasetError> {
    let stream = Compound::open(input).and_then(|mut compound| {
        let workbook = compound.stream("Workbook");
        workbook.or_else(|| compound.stream("Book"))
    });
    let Some(stream) = stream else { return Err(damaged(file, &"its sheets cannot be found")) };
    let Some((cells, text)) = size(&stream) else { return Err(damaged(file, &"its records make no sense")) };
    if cells > MAX_CELLS as u64 || text > MAX_UNPACKED {
        return Err(DatasetError::data(file, "has cells that span too large an area; save its sheets as csv"));
    }
    Ok(())
}

/// Cells that all sheets span, and bytes of the shared texts that they hold.
fn size(stream: &[u8]) -> Option<(u64, u64)> {
    let (mut sheets, mut texts) = (Vec::new(), Vec::new());
    let mut records = Records { rest: stream };
    while let Some((kind, data, more)) = records.next()? {
        match kind {
            0x0085 => sheets.push(u32_at(data, 0)? as usize),
            0x00FC => texts = lengths(data, &more),
            0x000A => break,
            _ => {}
        }
    }
    let (mut cells, mut text) = (0, 0);
    for start in sheets {
        let (mut rows, mut columns) = (Span::default(), Span::default());
        let (mut has_begun, mut depth) = (false, 0);
        let mut records = Records { rest: stream.get(start..)? };
        while let Some((kind, data, _)) = records.next()? {
            match kind {
                0x0809 if has_begun => depth += 1,
                0x0809 => has_begun = true,
                0x000A if depth == 0 => break,
                0x000A => depth -= 1,
                _ if depth > 0 => {}
                0x0200 => {
                    let rows = u64::from(u32_at(data, 4)?).saturating_sub(u64::from(u32_at(data, 0)?));
                    let columns = u64::from(u16_at(data, 10)?).saturating_sub(u64::from(u16_at(data, 8)?));
                    // Room for these is made at once, though none of it is filled.
                    if rows.saturating_mul(columns) > 2 * MAX_CELLS as u64 {
                        return Some((u64::MAX, 0));
                    }
                }
                _ if CELLS.contains(&kind) => {
                    rows.take(u16_at(data, 0)?);
                    columns.take(u16_at(data, 2)?);
                    if kind == 0x00BD {
                        columns.take(u16_at(data, data.len().checked_sub(2)?)?);
                    }
                    if kind == 0x00FD {
                        text += texts.get(u32_at(data, 6)? as usize).copied().unwrap_or(0);
                    }
                }
                _ => {}
            }
        }
        cells += rows.length() * columns.length();
    }
    Some((cells, text))
}

/// From the least to the greatest.
#[derive(Default)]
struct Span(Option<(u16, u16)>);

impl Span {
    fn take(&mut self, at: u16) {
        let (least, most) = self.0.unwrap_or((at, at));
        self.0 = Some((least.min(at), most.max(at)));
    }

    fn length(&self) -> u64 {
        self.0.map_or(0, |(least, most)| u64::from(most - least) + 1)
    }
}

/// Records one after the other, each with those that continue it.
struct Records<'a> {
    rest: &'a [u8],
}

type Record<'a> = (u16, &'a [u8], Vec<&'a [u8]>);

impl<'a> Records<'a> {
    /// The next record; none at the end; nothing at all when there is no whole one.
    #[expect(clippy::option_option, reason = "damage and end are different things")]
    fn next(&mut self) -> Option<Option<Record<'a>>> {
        let Some((kind, data)) = self.one()? else { return Some(None) };
        let mut more = Vec::new();
        while u16_at(self.rest, 0) == Some(0x003C) {
            let Some((_, data)) = self.one()? else { break };
            more.push(data);
        }
        Some(Some((kind, data, more)))
    }

    #[expect(clippy::option_option, reason = "damage and end are different things")]
    fn one(&mut self) -> Option<Option<(u16, &'a [u8])>> {
        if self.rest.len() < 4 {
            return Some(None);
        }
        let (kind, length) = (u16_at(self.rest, 0)?, usize::from(u16_at(self.rest, 2)?));
        let data = self.rest.get(4..4 + length)?;
        self.rest = &self.rest[4 + length..];
        Some(Some((kind, data)))
    }
}

/// Bytes of the shared texts, at most, in their order.
fn lengths(data: &[u8], more: &[&[u8]]) -> Vec<u64> {
    let mut parts = std::iter::once(data).chain(more.iter().copied());
    let mut part = parts.next().and_then(|part| part.get(8..)).unwrap_or_default();
    let mut lengths = Vec::new();
    loop {
        while part.is_empty() {
            match parts.next() {
                Some(next) => part = next,
                None => return lengths,
            }
        }
        let (Some(letters), Some(flags)) = (u16_at(part, 0), part.get(2).copied()) else { return lengths };
        let (has_runs, has_sounds) = (flags & 8 > 0, flags & 4 > 0);
        let runs = if has_runs { u16_at(part, 3).map_or(0, |count| usize::from(count) * 4) } else { 0 };
        let behind = 3 + 2 * usize::from(has_runs);
        let sounds = if has_sounds { u32_at(part, behind).unwrap_or(0) as usize } else { 0 };
        part = part.get(behind + 4 * usize::from(has_sounds)..).unwrap_or_default();
        // Letters of a text that goes on in the next record begin there with a sign of their width.
        let (mut ahead, mut width) = (usize::from(letters), 1 + usize::from(flags & 1));
        while ahead > part.len() / width {
            ahead -= part.len() / width;
            let Some(next) = parts.next() else { return lengths };
            width = 1 + usize::from(next.first().is_some_and(|flags| flags & 1 > 0));
            part = next.get(1..).unwrap_or_default();
        }
        part = &part[ahead * width..];
        let mut ahead = runs.saturating_add(sounds);
        while ahead > part.len() {
            ahead -= part.len();
            let Some(next) = parts.next() else { return lengths };
            part = next;
        }
        part = &part[ahead..];
        lengths.push(u64::from(letters) * 3);
    }
}

fn u16_at(data: &[u8], at: usize) -> Option<u16> {
    data.get(at..at + 2).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]))
}

fn u32_at(data: &[u8], at: usize) -> Option<u32> {
    data.get(at..at + 4).map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(data.len() as u16).to_le_bytes(), data].concat()
    }

    /// A workbook of one sheet with these records.
    fn workbook(texts: &[u8], sheet: &[Vec<u8>]) -> Vec<u8> {
        let bound = |at: u32| record(0x0085, &[&at.to_le_bytes()[..], &[0, 0, 1, 0, b'A']].concat());
        let front = [record(0x0809, &[0, 6, 5, 0]), record(0x00FC, texts)].concat();
        let start = front.len() + bound(0).len() + 4;
        [
            front,
            bound(start as u32),
            record(0x000A, &[]),
            record(0x0809, &[0, 6, 16, 0]),
            sheet.concat(),
            record(0x000A, &[]),
        ]
        .concat()
    }

    fn cell(kind: u16, row: u16, column: u16, rest: &[u8]) -> Vec<u8> {
        record(kind, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0, 0], rest].concat())
    }

    #[test]
    fn the_area_and_the_texts_of_a_sheet_are_counted() {
        let texts = [&[0; 8][..], &[5, 0, 0], b"abcde", &[2, 0, 1], b"a\0b\0"].concat();
        let two = [cell(0x00FD, 0, 0, &[0, 0, 0, 0]), cell(0x0203, 65_535, 255, &[0; 8])];
        assert_eq!(size(&workbook(&texts, &two)), Some((65_536 * 256, 15)));
        let one = [cell(0x00FD, 7, 7, &[1, 0, 0, 0]), cell(0x00FD, 8, 7, &[1, 0, 0, 0])];
        assert_eq!(size(&workbook(&texts, &one)), Some((2, 12)));
        assert_eq!(size(&workbook(&texts, &one)[..30]), None);
        let wide = [record(0x0200, &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0])];
        assert_eq!(size(&workbook(&texts, &wide)), Some((u64::MAX, 0)));
    }

    #[test]
    fn a_text_over_the_edge_of_a_record_is_one() {
        let first = [&[0; 8][..], &[6, 0, 0], b"abc"].concat();
        assert_eq!(lengths(&first, &[&[1, b'd', 0, b'e', 0, b'f', 0, 1, 0, 0, b'x'][..]]), [18, 3]);
    }
}
