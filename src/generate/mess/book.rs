//! Workbooks, as small as they can be: one sheet, and a style for days.

use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::sheet::{Line, Sheet};
use crate::dataset::dates;

const TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#;
const PARTS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;
const BOOK: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>"#;
const SHEETS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;
/// Style 1 shows a number as a day.
const STYLES: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>"#;

/// From 1970-01-01 to the day 0 of a spreadsheet.
const DAY_ZERO: i32 = 25_569;

/// Rows after which one writes its day as text, where days are mixed.
const MIXED: usize = 4;

/// What the cells of a workbook are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cells {
    /// Text.
    Text,
    /// Numbers and days where they look like some.
    Typed,
    /// The same, with some days as text.
    Mixed,
}

/// A sheet as a workbook; `day` is the place of its days from the left.
pub(super) fn written(format: Cells, sheet: &Sheet, day: Option<usize>) -> Option<Vec<u8>> {
    let mut rows = String::new();
    for (number, line) in sheet.lines().enumerate() {
        let cells = match line {
            Line::Cells(cells) => cells,
            Line::Bare(text) => vec![text],
            Line::Separator => vec!["sep=,".to_owned()],
        };
        rows.push_str(&format!("<row r=\"{}\">", number + 1));
        for (at, text) in cells.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            let place = format!("{}{}", letters(at), number + 1);
            let is_text = format == Cells::Mixed && number.is_multiple_of(MIXED) && Some(at) == day;
            rows.push_str(&if format == Cells::Text || is_text { in_text(&place, text) } else { typed(&place, text) });
        }
        rows.push_str("</row>");
    }
    let sheet = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
    );
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", PARTS),
        ("xl/workbook.xml", BOOK),
        ("xl/_rels/workbook.xml.rels", SHEETS),
        ("xl/styles.xml", STYLES),
        ("xl/worksheets/sheet1.xml", sheet.as_str()),
    ] {
        writer.start_file(name, SimpleFileOptions::default()).ok()?;
        writer.write_all(text.as_bytes()).ok()?;
    }
    Some(writer.finish().ok()?.into_inner())
}

/// Letters of a column, from A.
fn letters(mut column: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

fn in_text(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{}</t></is></c>", escaped(text))
}

/// A day or number as such, and anything else as text.
fn typed(place: &str, text: &str) -> String {
    let is_iso = text.len() == 10 && text.as_bytes()[4] == b'-';
    if let Some(day) = dates::parse_iso(text).filter(|_| is_iso) {
        return format!("<c r=\"{place}\" s=\"1\"><v>{}</v></c>", day + DAY_ZERO);
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && text.parse::<f64>().is_ok()
        && digits.len() < 16
        && (!digits.starts_with('0') || digits.len() == 1 || digits.starts_with("0."));
    if is_number { format!("<c r=\"{place}\"><v>{text}</v></c>") } else { in_text(place, text) }
}

/// A text as XML and HTML have it.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\r', "&#13;")
}

/// A sheet in the XML of Excel 2003.
pub(super) fn spreadsheet(sheet: &Sheet) -> String {
    let cell = |text: &String| format!("<Cell><Data ss:Type=\"String\">{}</Data></Cell>", escaped(text));
    let row = |line: Line| {
        let cells: String = line.cells().unwrap_or_default().iter().map(cell).collect();
        format!("<Row>{cells}</Row>\n")
    };
    let rows: String = sheet.lines().map(row).collect();
    format!(
        "<?xml version=\"1.0\"?>\n<?mso-application progid=\"Excel.Sheet\"?>\n<Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\">\n<Worksheet ss:Name=\"orders\"><Table>\n{rows}</Table></Worksheet></Workbook>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        for (column, expected) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letters(column), expected);
        }
    }

    #[test]
    fn what_only_looks_like_a_number_is_text() {
        for (text, is_text) in
            [("12.50", false), ("-3", false), ("0", false), ("0.5", false), ("007", true), ("1E5", true), ("NAN", true)]
        {
            assert_eq!(typed("A1", text).contains("inlineStr"), is_text, "{text}");
        }
        assert_eq!(typed("A1", "2023-01-07"), "<c r=\"A1\" s=\"1\"><v>44933</v></c>");
    }
}
