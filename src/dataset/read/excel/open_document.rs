//! What is made sure of an OpenDocument spreadsheet before its content is believed: it is one, and with all repetitions its cells
//! fit into memory. A cell and a row may say that they stand many thousand times.

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::archive::MAX_UNPACKED;
use super::damaged;
use super::grid::MAX_CELLS;
use crate::dataset::error::DatasetError;

/// Looks at all sheets.
///
/// # Errors
/// [`DatasetError`] for another document, and for one that is damaged or too large.
pub(super) fn check(input: impl Read + Seek, file: &Path) -> Result<(), DatasetError> {
    let mut archive = ZipArchive::new(input).map_err(|error| damaged(file, &error))?;
    let mut kind = String::new();
    if let Ok(part) = archive.by_name("mimetype") {
        part.take(100).read_to_string(&mut kind).map_err(|error| damaged(file, &error))?;
    }
    if !kind.contains("spreadsheet") {
        return Err(DatasetError::data(
            file,
            "is a document of OpenOffice or LibreOffice and no spreadsheet, which is not read; export the table in it as csv or .ods",
        ));
    }
    let content = archive.by_name("content.xml").map_err(|error| damaged(file, &error))?;
    let Some((cells, text)) = size(content) else { return Err(damaged(file, &"its content is broken XML")) };
    if cells > MAX_CELLS as u64 || text > MAX_UNPACKED {
        return Err(DatasetError::data(file, "has cells that span too large an area; save its sheets as csv"));
    }
    Ok(())
}

/// Cells of all sheets, and bytes of what stands in them, with repetitions.
fn size(content: impl Read) -> Option<(u64, u64)> {
    let mut reader = Reader::from_reader(BufReader::new(content));
    let (mut cells, mut text) = (0_u64, 0_u64);
    // Of the sheet: its rows with cells, and the widest of them. Of the row: how often it stands, and up to its last cell.
    let (mut rows, mut widest, mut times, mut width, mut at) = (0_u64, 0_u64, 1_u64, 0_u64, 0_u64);
    // Empty rows, which only count when rows with cells follow.
    let mut empty = 0_u64;
    let (mut buffer, mut before) = (Vec::new(), 0);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(tag) if tag.name().as_ref() == "table:table-row" => {
                times = repeated(&tag, "table:number-rows-repeated").min(1 << 20);
                (width, at) = (0, 0);
            }
            Event::Start(tag) | Event::Empty(tag)
                if matches!(tag.name().as_ref(), "table:table-cell" | "table:covered-table-cell") =>
            {
                let repeats = repeated(&tag, "table:number-columns-repeated").min(1 << 14);
                at += repeats;
                if tag.attributes_raw().contains("office:") || tag.attributes_raw().contains("formula") {
                    width = at.min(1 << 14);
                    text = text.saturating_add(tag.len() as u64 * repeats * times);
                }
            }
            // Blanks of a text are counted and not written.
            Event::Start(tag) | Event::Empty(tag) if tag.name().as_ref() == "text:s" => {
                text = text.saturating_add(repeated(&tag, "text:c").saturating_mul(times));
            }
            Event::Text(letters) if at > width => {
                width = at.min(1 << 14);
                text = text.saturating_add(letters.len() as u64 * times);
            }
            Event::End(tag) if tag.name().as_ref() == "table:table-row" => {
                empty += times;
                if width > 0 {
                    rows += std::mem::take(&mut empty);
                }
                widest = widest.max(width);
                cells = cells.saturating_add(width);
            }
            Event::End(tag) if tag.name().as_ref() == "table:table" => {
                cells = cells.saturating_add(rows * widest);
                (rows, widest, empty) = (0, 0, 0);
            }
            Event::Eof => return Some((cells, text)),
            _ => {}
        }
        let position = reader.buffer_position();
        if position == before {
            return Some((cells, text));
        }
        before = position;
    }
}

fn repeated(tag: &BytesStart<'_>, name: &str) -> u64 {
    let value = tag.try_get_attribute(name).ok().flatten();
    value.and_then(|value| value.value.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(rows: &str) -> String {
        format!("<office:spreadsheet><table:table>{rows}</table:table></office:spreadsheet>")
    }

    #[test]
    fn repetitions_count() {
        let cell = "<table:table-cell office:value=\"1\" table:number-columns-repeated=\"500\"/>";
        let empty = "<table:table-cell table:number-columns-repeated=\"16384\"/>";
        let row = |times: u32, cells: &str| {
            format!("<table:table-row table:number-rows-repeated=\"{times}\">{cells}</table:table-row>")
        };
        let count = |rows: &str| size(sheet(rows).as_bytes()).unwrap().0;
        assert_eq!(count(&row(1, cell)), 1000);
        assert_eq!(count(&row(1_000_000, cell)), 500_000_500);
        assert_eq!(count(&(row(2, cell) + &row(1_048_576, empty))), 1500);
        assert_eq!(count(&(row(1, cell) + &row(1000, empty) + &row(1, cell))), 1000 + 1002 * 500);
        let blanks = "<table:table-cell office:value-type=\"string\"><text:p><text:s text:c=\"9000000000\"/></text:p></table:table-cell>";
        assert!(size(sheet(&row(1, blanks)).as_bytes()).unwrap().1 > MAX_UNPACKED);
        assert_eq!(size("<a><b></a>".as_bytes()), None);
    }
}
