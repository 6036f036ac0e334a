//! Formats other than plain text.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::book::{self, Cells};
use super::export::{Export, Field, MessFile, Writer};
use super::kind::{Aspect, Kind};
use super::sheet::{Line, Sheet};

/// A file that can be written; what has other letters than its code page is none.
#[expect(clippy::unnecessary_wraps, reason = "a writer may fail")]
fn file(name: &str, ending: &str, bytes: Vec<u8>) -> Option<MessFile> {
    Some(MessFile { name: format!("{name}.{ending}"), bytes })
}

fn workbook(name: &str, sheet: &Sheet, export: &Export, cells: Cells) -> Option<MessFile> {
    file(name, "xlsx", book::written(cells, sheet, export.position(Field::Day))?)
}

fn zipped(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    writer.start_file(name, SimpleFileOptions::default()).ok()?;
    writer.write_all(bytes).ok()?;
    Some(writer.finish().ok()?.into_inner())
}

/// Bytes as RFC 1952 has them, in blocks that are stored as they are.
fn gzipped(bytes: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 0xffff;
    let mut packed = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    let blocks: Vec<&[u8]> = if bytes.is_empty() { vec![bytes] } else { bytes.chunks(BLOCK).collect() };
    for (number, block) in blocks.iter().enumerate() {
        let length = block.len() as u16;
        packed.push(u8::from(number + 1 == blocks.len()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend_from_slice(block);
    }
    packed.extend(checksum(bytes).to_le_bytes());
    packed.extend((bytes.len() as u32).to_le_bytes());
    packed
}

/// The CRC-32 of RFC 1952.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum: u32, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum)))
}

/// Rows as objects; numbers that JSON can hold are numbers.
fn objects(sheet: &Sheet, front: &str, between: &str, end: &str) -> String {
    let header = sheet.header.clone().unwrap_or_default();
    let object = |row: &[String]| {
        let members: Vec<String> = header
            .iter()
            .zip(row)
            .map(|(name, cell)| {
                let is_number = cell.parse::<f64>().is_ok()
                    && !cell.starts_with('0')
                    && cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
                let value = if is_number && cell.len() < 16 { cell.clone() } else { quoted(cell) };
                format!("{}: {value}", quoted(name))
            })
            .collect();
        format!("{{{}}}", members.join(", "))
    };
    let rows: Vec<String> = sheet.rows.iter().filter_map(Line::cells).map(object).collect();
    format!("{front}{}{end}", rows.join(between))
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn html(sheet: &Sheet) -> String {
    let row = |cells: &[String], tag: &str| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", book::escaped(cell))).collect();
        let cells = cells.concat();
        format!("<tr>{cells}</tr>\n")
    };
    let header = sheet.header.as_ref().map_or_else(String::new, |header| row(header, "th"));
    let rows: String = sheet.rows.iter().filter_map(Line::cells).map(|cells| row(cells, "td")).collect();
    format!("<html><head><meta charset=\"utf-8\"></head><body><table>\n{header}{rows}</table></body></html>\n")
}

/// A kind of format: text by another name, cells of any sheet, or a bare table.
macro_rules! format_as {
    (text $name:literal, $writer:expr) => {
        format_as!($name, $writer, |_| true)
    };
    (cells $name:literal, $writer:expr) => {
        format_as!($name, $writer, |export: &Export| export.style.is_default())
    };
    (table $name:literal, $writer:expr) => {
        format_as!($name, $writer, |export: &Export| {
            export.style.is_default() && export.has_header && export.edits.is_empty()
        })
    };
    ($name:literal, $writer:expr, $fits:expr) => {
        Kind::new(concat!("format: ", $name), Aspect::Formats, |export, _| {
            let writer: Writer = $writer;
            let fits: fn(&Export) -> bool = $fits;
            export.writer = writer;
            fits(export)
        })
    };
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    format_as!(text "text named .txt", |name, sheet, export| file(name, "txt", export.text(sheet)?)),
    format_as!(text "text named .xls", |name, sheet, export| file(name, "xls", export.text(sheet)?)),
    format_as!(text "text named .dat", |name, sheet, export| file(name, "dat", export.text(sheet)?)),
    format_as!(text "zip", |name, sheet, export| {
        file(name, "zip", zipped(&format!("{name}.csv"), &export.text(sheet)?)?)
    }),
    format_as!(text "gzip", |name, sheet, export| file(name, "csv.gz", gzipped(&export.text(sheet)?))),
    format_as!(cells "xlsx of text", |name, sheet, export| workbook(name, sheet, export, Cells::Text)),
    format_as!(cells "xlsx of numbers and days", |name, sheet, export| workbook(name, sheet, export, Cells::Typed)),
    format_as!(cells "xlsx with some days as text", |name, sheet, export| workbook(name, sheet, export, Cells::Mixed)),
    format_as!(table "JSON", |name, sheet, _| {
        file(name, "json", objects(sheet, "[\n", ",\n", "\n]\n").into_bytes())
    }),
    format_as!(table "JSON lines", |name, sheet, _| file(name, "jsonl", objects(sheet, "", "\n", "\n").into_bytes())),
    format_as!(table "HTML named .xls", |name, sheet, _| file(name, "xls", html(sheet).into_bytes())),
    format_as!(table "XML of Excel 2003", |name, sheet, _| file(name, "xml", book::spreadsheet(sheet).into_bytes())),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        // crc32(b"123456789") of zlib.
        assert_eq!(checksum(b"123456789"), 0xcbf4_3926);
        assert_eq!(gzipped(b"ab")[10..15], [1, 2, 0, 0xfd, 0xff]);
    }
}
