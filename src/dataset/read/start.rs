//! Where a table begins in a text: below a line that names the separator, comments, titles and rows of groups; and whether its first row
//! is a header.

use std::cmp::Ordering;

use csv::ByteRecord;

use crate::dataset::{dates, numbers};

/// Rows that are looked at.
const ROWS: usize = 60;

/// Rows above a table, at most.
const ABOVE: usize = 20;

/// Separators that are tried when nobody names one.
const SEPARATORS: [u8; 6] = [b'\t', b';', b',', b'|', b'^', b'~'];

/// The beginning of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Start {
    /// Bytes above it.
    pub(super) skip: usize,
    pub(super) separator: u8,
    pub(super) has_header: bool,
    /// Columns of the table: those of the header, and such behind it that hold nothing.
    pub(super) width: usize,
    /// What is worth telling.
    pub(super) notes: Vec<String>,
}

/// Finds the beginning of a table in the first bytes of a text; `separator` is that which somebody named.
pub(super) fn find(bytes: &[u8], separator: Option<u8>) -> Start {
    let (above, named) = named_separator(bytes);
    let mut notes = Vec::new();
    if named.is_some() {
        notes.push("The first line names the separator and is no row.".to_owned());
    }
    let body = &bytes[above..];
    let comments = comments(body);
    if comments > 0 {
        let lines = body[..comments].iter().filter(|byte| **byte == b'\n').count();
        let (begin, are) = if lines == 1 { ("begins", "is") } else { ("begin", "are") };
        notes.push(format!("{} above the table {begin} with # and {are} left out.", lines_in_words(lines)));
    }
    let body = &body[comments..];
    let skip = above + comments;
    let separator = separator.or(named).unwrap_or_else(|| infer(body));
    let rows = rows(body, separator);
    let Some(width) = usual_width(&rows) else {
        return Start { skip, separator, has_header: true, width: 0, notes };
    };
    let first = header_at(&rows, width);
    if first > 0 {
        let said: Vec<String> = rows[..first].iter().map(|(_, row)| in_words(row)).collect();
        let are = if first == 1 { "is" } else { "are" };
        notes.push(format!("{} above the header {are} left out: {}.", lines_in_words(first), said.join(", ")));
    }
    let below: Vec<&ByteRecord> =
        rows[first + 1..].iter().map(|(_, row)| row).filter(|row| row.len() == width).collect();
    let has_header = is_header(&rows[first].1, &below);
    if !has_header {
        notes.push("Its first row is no header but looks like those below, so that columns are numbered.".to_owned());
    }
    let width = width_behind(&rows[first].1, &rows[first + 1..]);
    Start { skip: skip + rows[first].0, separator, has_header, width, notes }
}

/// Columns of the rows below a header that is shorter, where what is behind it is empty in each: a separator ends each row.
fn width_behind(header: &ByteRecord, below: &[(usize, ByteRecord)]) -> usize {
    let is_longer = |row: &ByteRecord| {
        row.len() > header.len() && row.iter().skip(header.len()).all(|cell| cell.trim_ascii().is_empty())
    };
    let width = below.first().map_or(0, |(_, row)| row.len());
    let all = !below.is_empty() && below.iter().all(|(_, row)| row.len() == width && is_longer(row));
    if all { width } else { 0 }
}

fn lines_in_words(lines: usize) -> String {
    if lines == 1 { "One line".to_owned() } else { format!("{lines} lines") }
}

fn in_words(row: &ByteRecord) -> String {
    let cells = row.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).filter(|cell| !cell.is_empty());
    let text: String = cells.collect::<Vec<_>>().join(" ").chars().take(60).collect();
    format!("\"{text}\"")
}

/// The line `sep=;` by which Excel is told the separator: its length, and the separator.
fn named_separator(bytes: &[u8]) -> (usize, Option<u8>) {
    let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
    let line = bytes[..end].trim_ascii_end();
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] => (end, Some(*separator)),
        // A tab goes with the blanks at the end of the line.
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'='] => (end, Some(b'\t')),
        _ => (0, None),
    }
}

/// Bytes of the lines in front that are comments.
fn comments(bytes: &[u8]) -> usize {
    let mut at = 0;
    while bytes[at..].starts_with(b"#") || bytes[at..].starts_with(b"//") {
        match bytes[at..].iter().position(|byte| *byte == b'\n') {
            Some(end) => at += end + 1,
            None => return 0,
        }
    }
    at
}

fn rows(bytes: &[u8], separator: u8) -> Vec<(usize, ByteRecord)> {
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(bytes);
    let rows = reader.byte_records().take(ROWS).flatten();
    rows.map(|row| (row.position().map_or(0, |at| at.byte() as usize), row)).collect()
}

/// The number of fields that most rows have, of several the largest; `None` when most have one.
fn usual_width(rows: &[(usize, ByteRecord)]) -> Option<usize> {
    let widths = || rows.iter().map(|(_, row)| row.len());
    let times = |width: usize| widths().filter(|other| *other == width).count();
    widths()
        .filter(|width| *width > 1)
        .max_by_key(|width| (times(*width), *width))
        .filter(|width| 2 * times(*width) >= rows.len().min(8))
}

/// The separator that cuts most rows into the same number of fields, above one.
pub(super) fn infer(bytes: &[u8]) -> u8 {
    let agreement = |separator: u8| {
        let rows = rows(bytes, separator);
        let width = usual_width(&rows);
        width.map_or((0, 0), |width| (rows.iter().filter(|(_, row)| row.len() == width).count(), width))
    };
    SEPARATORS
        .into_iter()
        .max_by_key(|separator| agreement(*separator))
        .filter(|s| agreement(*s) > (0, 0))
        .unwrap_or(b',')
}

fn filled(row: &ByteRecord) -> usize {
    row.iter().filter(|cell| !cell.trim_ascii().is_empty()).count()
}

/// What a cell holds, as far as a header has none of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Number,
    Day,
    Text,
}

fn cell(bytes: &[u8]) -> Option<Cell> {
    let text = std::str::from_utf8(bytes).ok()?.trim();
    if text.is_empty() {
        return None;
    }
    Some(if dates::looks_like_date(text) {
        Cell::Day
    } else if numbers::body(text).is_some() {
        Cell::Number
    } else {
        Cell::Text
    })
}

/// The row that is the header: the first that is as wide as the others and filled, where what stands above says less.
fn header_at(rows: &[(usize, ByteRecord)], width: usize) -> usize {
    let fits = |at: usize, row: &ByteRecord| match row.len().cmp(&width) {
        Ordering::Equal => true,
        // A separator behind each row but the header.
        Ordering::Less => row.len() > 1 && width_behind(row, &rows[at + 1..]) == width,
        // Empty cells left out at the end of each row but the header.
        Ordering::Greater => rows[at + 1..].iter().all(|(_, other)| other.len() == width),
    };
    let is_header = |at: usize, row: &ByteRecord| {
        fits(at, row)
            && filled(row) * 5 >= row.len() * 4
            && row.iter().all(|bytes| !matches!(cell(bytes), Some(Cell::Number | Cell::Day)))
    };
    let is_title = |row: &ByteRecord| row.len() != width || filled(row) <= 1 || filled(row) * 5 < width * 3;
    let header = rows.iter().enumerate().take(ABOVE).position(|(at, (_, row))| is_header(at, row));
    // Where none is one, the table begins with the first row that is as wide as the others.
    let Some(at) = header.or_else(|| rows.iter().take(ABOVE).position(|(_, row)| row.len() == width)) else { return 0 };
    // What is above must be no row of the table itself.
    if at > 0 && rows.len() > at + 1 && rows[..at].iter().all(|(_, row)| is_title(row)) { at } else { 0 }
}

/// Whether a first row is a header: not when each of its cells is of the kind of those below, and some are numbers or days.
fn is_header(first: &ByteRecord, below: &[&ByteRecord]) -> bool {
    if below.is_empty() {
        return true;
    }
    let (mut alike, mut typed) = (0, 0);
    for (at, own) in first.iter().enumerate() {
        let kinds: Vec<Cell> = below.iter().filter_map(|row| row.get(at).and_then(cell)).collect();
        let Some(kind) = kinds.first().copied().filter(|kind| *kind != Cell::Text) else { continue };
        if kinds.iter().all(|other| *other == kind) {
            typed += 1;
            alike += usize::from(cell(own) == Some(kind));
        }
    }
    // Years and other numbers in a row are names of columns, as of one month each.
    let numbers: Vec<f64> =
        first.iter().filter_map(|own| numbers::parse(std::str::from_utf8(own).ok()?, '.', None)).collect();
    let counts = numbers.len() > 2 && numbers.windows(2).all(|pair| pair[1] - pair[0] == 1.0);
    typed == 0 || alike < typed || counts
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "id,day,amount\nA1,2024-01-02,5.5\nA2,2024-01-03,7\nA3,2024-01-04,9\n";

    fn start(text: &str) -> (usize, char, bool) {
        let start = find(text.as_bytes(), None);
        (start.skip, char::from(start.separator), start.has_header)
    }

    #[test]
    fn a_table_begins_below_what_stands_above_it() {
        assert_eq!(start(TABLE), (0, ',', true));
        for (above, text) in [
            ("Orders,,\n", "id,day,amount\nA1,2024-01-02,5.5,\nA2,2024-01-03,7,\n"),
            ("Orders\n", "id,day,amount,more\nA1,2024-01-02,5.5\nA2,2024-01-03,7\nA3,2024-01-03,7\n"),
            ("Orders\n", "A1,2024-01-02,5.5\nA2,2024-01-03,7\n"),
        ] {
            let found = find(format!("{above}{text}").as_bytes(), None);
            assert_eq!((found.skip, found.has_header), (above.len(), text.starts_with("id")), "{text}");
        }
        for above in [
            "Orders of 2024\n",
            "Orders of 2024,,\n",
            "Report:,Orders\n\n",
            "# made by a shop\n# on Monday\n",
            "sep=,\n",
            "\"sep=,\"\r\n",
            ",When,\n",
            "Title\nSubtitle\n\n",
        ] {
            let text = format!("{above}{TABLE}");
            let (skip, separator, has_header) = start(&text);
            assert!(text[skip..].trim_start().starts_with("id,day"), "{above:?} {skip}");
            assert_eq!((separator, has_header), (',', true), "{above:?}");
            assert_eq!(find(text.as_bytes(), None).notes.len(), 1, "{above:?}");
        }
        assert_eq!(start("sep=;\na;b\n1;2\n").1, ';');
        assert_eq!(start("a|b\n1|2\n3|4\n").1, '|');
    }

    #[test]
    fn what_looks_like_data_is_no_header() {
        for (text, has_header) in [
            ("A1,2024-01-02,5.5\nA2,2024-01-03,7\nA3,2024-01-04,9\n", false),
            ("311,14.20\n312,5.00\n", false),
            ("a,b\nx,y\nz,w\n", true),
            ("1,2\nx,y\nz,w\n", true),
            ("who,2019,2020,2021\nA,5,6,7\nB,4,3,2\n", true),
            ("only,header\n", true),
            ("name\nAnna\nBen\n", true),
        ] {
            assert_eq!(start(text).2, has_header, "{text}");
        }
    }

    #[test]
    fn a_header_with_blanks_stays_the_header() {
        assert_eq!(start(",name,\n1,Anna,x\n2,Ben,y\n3,Cleo,z\n").0, 0);
        assert_eq!(start("").0, 0);
    }
}
