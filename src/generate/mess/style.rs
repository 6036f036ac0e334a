//! How a sheet becomes the bytes of a text file.

use encoding_rs::Encoding;

use super::sheet::{Line, Sheet};

/// Which cells stand in quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Those that must.
    Needed,
    /// All.
    All,
}

/// Letters as bytes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Letters {
    /// UTF-8.
    Utf8,
    /// UTF-16, big-endian or little-endian.
    Utf16 { is_big: bool },
    /// A code page.
    Page(&'static Encoding),
}

/// How a text is written.
#[derive(Debug, Clone)]
pub(super) struct Style {
    pub(super) separator: char,
    pub(super) quotes: Quotes,
    /// The end of a line, by its number.
    pub(super) line_end: fn(usize) -> &'static str,
    /// Whether the last line has an end.
    pub(super) is_ended: bool,
    /// Whether a byte-order mark stands in front.
    pub(super) has_mark: bool,
    pub(super) letters: Letters,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            separator: ',',
            quotes: Quotes::Needed,
            line_end: |_| "\n",
            is_ended: true,
            has_mark: false,
            letters: Letters::Utf8,
        }
    }
}

impl Style {
    /// Whether it is the one that nobody chose, so that another format than text loses nothing.
    pub(super) fn is_default(&self) -> bool {
        let Self { separator, quotes, line_end, is_ended, has_mark, letters } = self;
        *separator == ','
            && *quotes == Quotes::Needed
            && (0..10).all(|number| line_end(number) == "\n")
            && *is_ended
            && !has_mark
            && matches!(letters, Letters::Utf8)
    }

    /// The text of a sheet.
    pub(super) fn text(&self, sheet: &Sheet) -> String {
        let lines: Vec<String> = sheet.lines().map(|line| self.line(&line)).collect();
        let mut text = String::new();
        for (number, line) in lines.iter().enumerate() {
            text.push_str(line);
            if number + 1 < lines.len() || self.is_ended {
                text.push_str((self.line_end)(number));
            }
        }
        text
    }

    fn line(&self, line: &Line) -> String {
        match line {
            Line::Cells(cells) => {
                let cells: Vec<String> = cells.iter().map(|cell| self.cell(cell)).collect();
                cells.join(&self.separator.to_string())
            }
            Line::Bare(text) => text.clone(),
            Line::Separator => format!("sep={}", self.separator),
        }
    }

    fn cell(&self, text: &str) -> String {
        let is_needed = text.contains([self.separator, '"', '\n', '\r']);
        if is_needed || self.quotes == Quotes::All {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    }

    /// The bytes of a text; none when its letters do not stand in the code page.
    pub(super) fn bytes(&self, text: &str) -> Option<Vec<u8>> {
        let marked = if self.has_mark { format!("\u{feff}{text}") } else { text.to_owned() };
        match self.letters {
            Letters::Utf8 => Some(marked.into_bytes()),
            Letters::Utf16 { is_big } => {
                let bytes = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
                Some(marked.encode_utf16().flat_map(bytes).collect())
            }
            Letters::Page(page) => {
                let (bytes, _, has_unknown) = page.encode(text);
                (!has_unknown).then(|| bytes.into_owned())
            }
        }
    }
}
