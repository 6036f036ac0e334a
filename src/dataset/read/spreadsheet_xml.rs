//! Workbooks in one XML file (SpreadsheetML of 2003), which programs write under the ending .xls.

use std::io::{BufReader, Read};
use std::path::Path;

use calamine::{CellErrorType, DataRef};
use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::excel::{Grid, Sheet, UNMERGED, Wanted, Writing, choose};
use super::letters;
use super::packed::{Bytes, unreadable};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::Table;

/// Names of the sheets.
///
/// # Errors
/// [`DatasetError`] for broken XML.
pub(super) fn sheets(bytes: &Bytes, told: Option<&str>) -> Result<Vec<String>, DatasetError> {
    let mut names = Vec::new();
    walk(bytes, told, &mut Vec::new(), &mut |found| {
        if let Found::Sheet(name) = found {
            names.push(name.to_owned());
        }
        Ok(())
    })?;
    Ok(names)
}

/// Reads a sheet.
///
/// # Errors
/// [`DatasetError`] for broken XML, and for a sheet that is not there or too large.
pub(super) fn open(
    bytes: &Bytes,
    table: &Table,
    Wanted { sheet, columns, rows }: Wanted<'_>,
    notes: &mut Vec<String>,
) -> Result<Sheet, DatasetError> {
    let file = bytes.named();
    let told = table.encoding.as_deref();
    let names: Vec<(String, bool)> = sheets(bytes, told)?.into_iter().map(|name| (name, true)).collect();
    let sheet = choose(file, sheet, &names)?;
    let writing = Writing::of(table);
    let mut grid = Grid::new(file, table, columns, rows);
    let (mut is_wanted, mut is_complete) = (false, true);
    walk(bytes, told, notes, &mut |found| match found {
        Found::Sheet(name) => {
            is_wanted = name == sheet;
            Ok(())
        }
        Found::Cell { .. } if !is_wanted || !is_complete => Ok(()),
        Found::Cell { at, kind, text, is_formula } => {
            let cell = match kind {
                "Number" => DataRef::String(writing.digits(text)),
                "Boolean" => DataRef::Bool(text == "1"),
                "DateTime" => DataRef::DateTimeIso(text.to_owned()),
                "Error" => DataRef::Error(text.parse().unwrap_or(CellErrorType::Value)),
                _ if text.is_empty() => DataRef::Empty,
                _ => DataRef::String(text.to_owned()),
            };
            is_complete = grid.cell(at, &cell, is_formula)?;
            Ok(())
        }
    })?;
    let hash = super::hash_of(bytes.read()?).map_err(|source| unreadable(file, source))?;
    Ok(Sheet::of(grid.end(&sheet, UNMERGED)?, is_complete, hash, notes))
}

/// What is found on the way through a workbook.
enum Found<'a> {
    Sheet(&'a str),
    Cell { at: (u32, u32), kind: &'a str, text: &'a str, is_formula: bool },
}

/// Hands on sheets and cells in their order.
fn walk(
    bytes: &Bytes,
    told: Option<&str>,
    notes: &mut Vec<String>,
    take: &mut dyn FnMut(Found<'_>) -> Result<(), DatasetError>,
) -> Result<(), DatasetError> {
    let file = bytes.named();
    let input: Box<dyn Read + Send> = letters::utf8(bytes, told, notes)?;
    let mut reader = Reader::from_reader(BufReader::new(input));
    let mut buffer = Vec::new();
    // Places count from 0; the next row and cell stand behind the last ones unless they say where.
    let (mut row, mut column, mut next) = (0_u32, 0_u32, 0_u32);
    let (mut kind, mut text, mut in_data, mut is_formula, mut has_data) =
        (String::new(), String::new(), false, false, false);
    let mut depth = 0_usize;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer).map_err(|error| match error {
            quick_xml::Error::Io(source) => io_error(file, &source),
            error => damaged(file, &error),
        })?;
        match event {
            Event::Start(tag) => {
                depth += 1;
                match local(&tag) {
                    "Worksheet" => {
                        (row, column) = (0, 0);
                        take(Found::Sheet(&attribute(&tag, "Name").unwrap_or_default()))?;
                    }
                    "Row" => {
                        row = attribute(&tag, "Index")
                            .and_then(|at| at.parse().ok())
                            .map_or(row, |at: u32| at.saturating_sub(1));
                        column = 0;
                    }
                    "Cell" => {
                        column = cell_at(&tag, column);
                        next = behind(&tag, column);
                        is_formula = attribute(&tag, "Formula").is_some();
                        has_data = false;
                    }
                    "Data" => {
                        kind = attribute(&tag, "Type").unwrap_or_default();
                        text.clear();
                        (in_data, has_data) = (true, true);
                    }
                    _ => {}
                }
            }
            Event::Empty(tag) => match local(&tag) {
                "Worksheet" => {
                    take(Found::Sheet(&attribute(&tag, "Name").unwrap_or_default()))?;
                }
                "Row" => {
                    let at = attribute(&tag, "Index").and_then(|at| at.parse().ok());
                    let span: u32 = attribute(&tag, "Span").and_then(|span| span.parse().ok()).unwrap_or(0);
                    row = at.map_or(row, |at: u32| at.saturating_sub(1)).saturating_add(1).saturating_add(span);
                }
                "Cell" => {
                    column = cell_at(&tag, column);
                    let formula = attribute(&tag, "Formula").is_some();
                    if formula {
                        take(Found::Cell { at: (row, column), kind: "", text: "", is_formula: true })?;
                    }
                    column = behind(&tag, column);
                }
                _ => {}
            },
            Event::Text(part) if in_data => text.push_str(&part.xml10_content()),
            Event::CData(part) if in_data => text.push_str(&part.xml10_content()),
            Event::GeneralRef(name) if in_data => {
                let written = format!("&{};", name.xml10_content());
                text.push_str(&unescape(&written).map_err(|error| damaged(file, &error))?);
            }
            Event::End(tag) => {
                depth = depth.saturating_sub(1);
                match tag.local_name().as_ref() {
                    "Data" => {
                        in_data = false;
                        take(Found::Cell { at: (row, column), kind: &kind, text: text.trim(), is_formula })?;
                    }
                    "Cell" => {
                        if is_formula && !has_data {
                            take(Found::Cell { at: (row, column), kind: "", text: "", is_formula: true })?;
                        }
                        column = next;
                    }
                    "Row" => row = row.saturating_add(1),
                    _ => {}
                }
            }
            Event::DocType(_) => return Err(damaged(file, &"it declares a document type")),
            Event::Eof if depth > 0 => return Err(damaged(file, &"it ends in the middle")),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn local<'a>(tag: &'a BytesStart<'_>) -> &'a str {
    let name = tag.local_name();
    name.into_inner()
}

/// The place of a cell; its own, or that behind the one before.
fn cell_at(tag: &BytesStart<'_>, column: u32) -> u32 {
    attribute(tag, "Index").and_then(|at| at.parse().ok()).map_or(column, |at: u32| at.saturating_sub(1))
}

/// The place behind a cell, which may span several.
fn behind(tag: &BytesStart<'_>, column: u32) -> u32 {
    let across: u32 = attribute(tag, "MergeAcross").and_then(|across| across.parse().ok()).unwrap_or(0);
    column.saturating_add(1).saturating_add(across)
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = tag.attributes().flatten().find(|attribute| attribute.key.local_name().as_ref() == name)?;
    unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

fn io_error(file: &Path, source: &std::io::Error) -> DatasetError {
    let own = source.get_ref().and_then(|error| error.downcast_ref::<DatasetError>());
    match own {
        Some(error) => DatasetError::data(file, message(error)),
        None => DatasetError::Unreadable { file: file.to_owned(), source: source.kind().into() },
    }
}

/// What an error says of its file.
fn message(error: &DatasetError) -> String {
    match error {
        DatasetError::Data { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

fn damaged(file: &Path, error: &impl std::fmt::Display) -> DatasetError {
    DatasetError::data(
        file,
        format!(
            "is a damaged workbook in XML ({why}); open it in a spreadsheet program and save it as .xlsx",
            why = first_line(error)
        ),
    )
}

#[cfg(test)]
mod tests {
    use crate::dataset::manifest::Table;
    use crate::dataset::read::{RawTable, read};

    const FRONT: &str = "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">";

    fn read_book(sheets: &str, extra: &str) -> Result<RawTable, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.xls"), format!("{FRONT}{sheets}</Workbook>")).unwrap();
        let table: Table = toml::from_str(&format!("file = 'a.xls'\n{extra}")).unwrap();
        read(folder.path(), &table, &crate::progress::Silent).map_err(|error| error.to_string())
    }

    fn column(raw: &RawTable, name: &str) -> Vec<String> {
        let column = raw.frame.column(name).unwrap().str().unwrap().clone();
        column.iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
    }

    fn cell(kind: &str, text: &str) -> String {
        format!("<Cell><Data ss:Type=\"{kind}\">{text}</Data></Cell>")
    }

    #[test]
    fn cells_stand_where_they_say_and_are_of_their_kinds() {
        let header = ["id", "name", "day", "sum"].map(|name| cell("String", name)).concat();
        let one = [
            cell("Number", "1234567890123456789"),
            cell("String", "Zo&#235; &amp; Co"),
            cell("DateTime", "2024-12-31T00:00:00.000"),
            cell("Number", "12.50"),
        ];
        let two = format!("{}<Cell ss:Index=\"4\"><Data ss:Type=\"Number\">7</Data></Cell>", cell("Number", "2"));
        let book = format!(
            "<Worksheet ss:Name=\"Orders\"><Table><Row>{header}</Row><Row>{}</Row><Row ss:Index=\"5\">{two}</Row></Table></Worksheet>",
            one.concat()
        );
        let raw = read_book(&book, "").unwrap();
        assert_eq!(column(&raw, "id"), ["1234567890123456789", "2"]);
        assert_eq!(column(&raw, "name"), ["Zoë & Co", "missing"]);
        assert_eq!(column(&raw, "day"), ["2024-12-31", "missing"]);
        assert_eq!(column(&raw, "sum"), ["12.50", "7"]);
        assert_eq!(raw.notes, ["2 empty rows are left out."]);
        assert_eq!(column(&read_book(&book, "decimal = ','").unwrap(), "sum"), ["12,50", "7"]);
    }

    #[test]
    fn sheets_are_found_by_name_and_damage_is_told() {
        let sheet = |name: &str| {
            format!(
                "<Worksheet ss:Name=\"{name}\"><Table><Row>{}{}</Row><Row>{}{}</Row></Table></Worksheet>",
                cell("String", "id"),
                cell("String", name),
                cell("Number", "1"),
                cell("Error", "#DIV/0!")
            )
        };
        let two = sheet("people") + &sheet("sales");
        let raw = read_book(&two, "sheet = 'sales'").unwrap();
        assert_eq!(raw.frame.get_column_names(), ["id", "sales"]);
        assert!(raw.notes[0].contains("1 cell holds an error (#DIV/0!)"), "{:?}", raw.notes);
        assert!(read_book(&two, "").unwrap_err().contains("has 2 sheets (\"people\", \"sales\"); name one"));
        let cut = &two[..two.len() / 2];
        assert!(read_book(cut, "").unwrap_err().contains("is a damaged workbook in XML"));
    }
}
