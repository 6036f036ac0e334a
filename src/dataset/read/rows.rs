//! Where rows of a text end: line ends within quotes do not count.

use std::borrow::Cow;

use memchr::memmem::find;
use memchr::{memchr, memchr2};

/// Why a block cannot be cut into rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Fields { row: usize, found: usize },
    OpenQuote { row: usize },
}

/// Where the last whole row of a text with quotes ends; separators and line ends within quotes do not count. Rows have that many columns,
/// where that is told.
pub(super) fn rows_end(text: &[u8], separator: u8, columns: Option<usize>, is_at_end: bool) -> Result<usize, Broken> {
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
            if columns.is_some_and(|columns| fields != columns) {
                return Err(Broken::Fields { row, found: fields });
            }
            row += 1;
        }
        (end, fields) = (at, 1);
    }
    if is_at_end && end < text.len() {
        if columns.is_some_and(|columns| fields != columns) {
            return Err(Broken::Fields { row, found: fields });
        }
        end = text.len();
    }
    Ok(end)
}

/// The same rows without lines that hold nothing, of which the reader of columns would make rows of missing values.
pub(super) fn without_blank_lines(text: &[u8], separator: u8) -> Cow<'_, [u8]> {
    let starts_blank = text.starts_with(b"\n") || text.starts_with(b"\r\n");
    if !starts_blank && find(text, b"\n\n").is_none() && find(text, b"\n\r\n").is_none() {
        return Cow::Borrowed(text);
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut start = 0;
    while start < text.len() {
        let end = row_end(text, start, separator);
        if !matches!(&text[start..end], b"\n" | b"\r\n") {
            kept.extend_from_slice(&text[start..end]);
        }
        start = end;
    }
    Cow::Owned(kept)
}

/// Where the row that begins at `start` ends, with its line end.
fn row_end(text: &[u8], start: usize, separator: u8) -> usize {
    let mut at = start;
    // Each turn begins with a field.
    loop {
        if text.get(at) == Some(&b'"') {
            at += 1;
            while let Some(quote) = memchr(b'"', &text[at..]) {
                at += quote + 1;
                if text.get(at) != Some(&b'"') {
                    break;
                }
                at += 1;
            }
        }
        let Some(next) = memchr2(separator, b'\n', &text[at..]) else { return text.len() };
        at += next + 1;
        if text[at - 1] == b'\n' {
            return at;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_end_outside_quotes_only() {
        let ends = |text: &str, is_at_end| rows_end(text.as_bytes(), b',', Some(2), is_at_end);
        assert_eq!(ends("a,\"b\nc\"\nd,", false), Ok(8));
        assert_eq!(ends("a,\"b\nc\"\nd,e", true), Ok(11));
        assert_eq!(ends("a,\"b\"\"\n\"\n\r\n", true), Ok(11));
        assert_eq!(ends("a,5\" pipe\nb,\"c\"\n", false), Ok(16), "a quote within a field is a letter");
        assert_eq!(ends("a,\"b\nc", false), Ok(0), "the row goes on");
        assert_eq!(ends("a,\"b\"\nc,\"d", true), Err(Broken::OpenQuote { row: 2 }));
        assert_eq!(ends("a,\"b\"\n\"c\"\n", false), Err(Broken::Fields { row: 2, found: 1 }));
    }

    #[test]
    fn blank_lines_go_and_those_within_quotes_stay() {
        for (text, expected) in [
            ("a,b\nc,d\n", "a,b\nc,d\n"),
            ("\na,b\n\r\n\nc,d\n\n", "a,b\nc,d\n"),
            ("a,\"b\n\nb\"\n\nc,d", "a,\"b\n\nb\"\nc,d"),
            ("a,\"b\"\"\n\n\"\n\nc,5\" x\n\n", "a,\"b\"\"\n\n\"\nc,5\" x\n"),
        ] {
            let kept = without_blank_lines(text.as_bytes(), b',');
            assert_eq!(String::from_utf8_lossy(&kept), expected);
        }
    }
}
