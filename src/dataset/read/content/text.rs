//! What a text is: rows with separators, JSON, a web page, a SpreadsheetML workbook, or none of these.

use encoding_rs::{Encoding, UTF_8};
use memchr::memmem::find;

use super::{Content, known};
use crate::dataset::manifest::Format;
use crate::dataset::read::code_page;

/// Bytes in which a web page has to show its table.
const MARKUP: usize = 1 << 16;

/// What the first bytes of a file show when they are none of the marks of other formats.
pub(super) fn of(head: &[u8]) -> Content {
    let text = decoded(head);
    let start = text.trim_start();
    if start.is_empty() && !head.is_empty() && !head.contains(&0) {
        return Content::Refused("holds nothing but blanks; export the data again".to_owned());
    }
    if let Some(format) = markup(start) {
        return format;
    }
    if is_json(start) {
        return Content::Table(Format::Json);
    }
    if let Some(sentence) = script(start) {
        return Content::Refused(sentence);
    }
    if is_binary(head) {
        return Content::Refused(
            "is a file of a kind that is not known and no text; export the table in it as csv or .xlsx".to_owned(),
        );
    }
    Content::Text
}

/// The first bytes as text, as far as it is ASCII; marks of formats are.
fn decoded(head: &[u8]) -> String {
    let encoding = match Encoding::for_bom(head) {
        Some((encoding, _)) => encoding,
        None => code_page::utf16_without_mark(head).unwrap_or(UTF_8),
    };
    let head = &head[..head.len().min(MARKUP)];
    encoding.decode_with_bom_removal(head).0.into_owned()
}

/// What begins like a web page or XML.
fn markup(start: &str) -> Option<Content> {
    if !start.starts_with('<') {
        return None;
    }
    let lower = start.to_ascii_lowercase();
    let has = |text: &str| find(lower.as_bytes(), text.as_bytes()).is_some();
    if has("urn:schemas-microsoft-com:office:spreadsheet") && has("<workbook") || has("<ss:workbook") {
        return Some(Content::Table(Format::Xml));
    }
    if has("office:spreadsheet") || has("urn:oasis:names:tc:opendocument") {
        return Some(refused("an OpenDocument spreadsheet in one XML file (.fods)", "save it as .ods or .xlsx"));
    }
    let is_page = ["<!doctype html", "<html", "<table", "<meta", "<head", "<body", "<style", "<div"]
        .iter()
        .any(|tag| lower.starts_with(tag) || has(&format!("\n{tag}")) || has(&format!(">{tag}")));
    if is_page || has("<table") {
        return Some(Content::Table(Format::Html));
    }
    if lower.starts_with("<?xml")
        || lower.starts_with("<!--")
        || lower[1..].starts_with(|c: char| c.is_ascii_lowercase())
    {
        return Some(refused("an XML file", "export the table as csv, .xlsx or JSON"));
    }
    None
}

fn refused(what: &str, advice: &str) -> Content {
    Content::Refused(known::refusal(what, advice))
}

/// A list of objects or lists, or an object with a key; what else begins with a bracket is a text such as `[id],[name]`.
fn is_json(start: &str) -> bool {
    let behind = |open: char| start.strip_prefix(open).map(str::trim_start);
    let in_list = behind('[').is_some_and(|rest| rest.starts_with(['{', '[', ']']));
    in_list || behind('{').is_some_and(|rest| rest.starts_with(['"', '}']))
}

/// Scripts that make tables of a database.
fn script(start: &str) -> Option<String> {
    let lower = start.get(..start.len().min(4096)).unwrap_or_default().to_ascii_lowercase();
    let first =
        lower.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with("--") && *line != "begin;");
    let is_dump = ["-- mysql dump", "-- mariadb dump", "-- postgresql database dump", "-- dump"]
        .iter()
        .any(|mark| lower.contains(mark))
        && lower.starts_with("--");
    let is_script = first.is_some_and(|line| {
        ["create table ", "insert into ", "drop table ", "create database "].iter().any(|word| line.starts_with(word))
    });
    (is_dump || is_script).then(|| {
        known::refusal(
            "a script of a database (.sql)",
            "run it there and read the tables from the database, or export them as csv",
        )
    })
}

/// Whether bytes are no text in any encoding: control characters that no text has.
fn is_binary(head: &[u8]) -> bool {
    if Encoding::for_bom(head).is_some() || code_page::utf16_without_mark(head).is_some() {
        return false;
    }
    let is_control = |byte: &&u8| matches!(**byte, 1..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let controls = head.iter().filter(is_control).count();
    let zeros = head.iter().filter(|byte| **byte == 0).count();
    // A single zero among thousands of letters is told with its row.
    controls * 50 > head.len() || zeros > 4 && zeros * 20 > head.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &[u8]) -> String {
        match of(text) {
            Content::Text => "text".to_owned(),
            Content::Table(format) => format.word().to_owned(),
            Content::Refused(sentence) => sentence,
            _ => "other".to_owned(),
        }
    }

    #[test]
    fn texts_are_told_apart() {
        let workbook = "<?xml version=\"1.0\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\">";
        let utf16: Vec<u8> = "[{\"id\": 1}]".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (text, expected) in [
            (&b"id,name\n1,a\n"[..], "text"),
            (b"[id],[name]\n1,a\n", "text"),
            (b"{id},b\n", "text"),
            (b" [ {\"id\": 1} ]", "json"),
            (b"\xef\xbb\xbf{\"id\": 1}\n{\"id\": 2}\n", "json"),
            (&utf16, "json"),
            (workbook.as_bytes(), "xml"),
            (b"<html><body><table>", "html"),
            (b"<!-- made by a shop -->\n<table><tr><td>", "html"),
            (b"<?xml version='1.0'?><html xmlns='x'><table>", "html"),
            (b"<orders><order/></orders>", "is an XML file, which is not read"),
            (b"<5,>10\n1,2\n", "text"),
            (b"-- PostgreSQL database dump\nSET x;", "is a script of a database (.sql)"),
            (b"CREATE TABLE a (b int);", "is a script of a database (.sql)"),
            (b"\x01\x02\x03\x04\x05\x06", "is a file of a kind that is not known"),
            (b" \n\n", "holds nothing but blanks"),
        ] {
            assert!(shown(text).starts_with(expected), "{expected}: {}", shown(text));
        }
    }
}
