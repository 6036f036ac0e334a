use std::io::{Read, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use crate::dataset::manifest::Table;
use crate::dataset::read::{RawTable, read};

/// What is read of a workbook that `fill` makes.
fn read_book(fill: impl FnOnce(&mut Workbook), extra: &str) -> Result<RawTable, String> {
    let mut book = Workbook::new();
    fill(&mut book);
    read_bytes(&book.save_to_buffer().unwrap(), extra)
}

fn read_bytes(bytes: &[u8], extra: &str) -> Result<RawTable, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("book.xlsx"), bytes).unwrap();
    let table: Table = toml::from_str(&format!("file = 'book.xlsx'\n{extra}")).unwrap();
    read(folder.path(), &table, &crate::progress::Silent).map_err(|error| error.to_string())
}

/// Writes rows of text and numbers, `_` for an empty cell.
fn write(sheet: &mut Worksheet, first: (u32, u16), rows: &[&[&str]]) {
    for (row, cells) in rows.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let at = (first.0 + row as u32, first.1 + column as u16);
            match cell.parse::<f64>() {
                _ if *cell == "_" => continue,
                Ok(number) => sheet.write_number(at.0, at.1, number).unwrap(),
                Err(_) => sheet.write_string(at.0, at.1, *cell).unwrap(),
            };
        }
    }
}

fn column(raw: &RawTable, name: &str) -> Vec<String> {
    let column = raw.frame.column(name).unwrap().str().unwrap().clone();
    column.iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
}

#[test]
fn cells_are_what_a_csv_would_hold() {
    let raw = read_book(
        |book| {
            let sheet = book.add_worksheet();
            write(
                sheet,
                (0, 0),
                &[&["id", "code", "spent", "day", "vip"], &["123", "85123A", "15.3"], &["124", "22423", "NA"]],
            );
            let (day, moment) =
                (Format::new().set_num_format("dd/mm/yyyy"), Format::new().set_num_format("d mmm yy hh:mm"));
            sheet.write_datetime_with_format(1, 3, ExcelDateTime::parse_from_str("2024-12-31").unwrap(), &day).unwrap();
            let at = ExcelDateTime::parse_from_str("2024-02-29T08:26:00").unwrap();
            sheet.write_datetime_with_format(2, 3, &at, &moment).unwrap();
            sheet.write_boolean(1, 4, true).unwrap().write_boolean(2, 4, false).unwrap();
        },
        "",
    )
    .unwrap();
    assert_eq!(column(&raw, "id"), ["123", "124"]);
    assert_eq!(column(&raw, "code"), ["85123A", "22423"]);
    assert_eq!(column(&raw, "spent"), ["15.3", "missing"]);
    assert_eq!(column(&raw, "day"), ["2024-12-31", "2024-02-29 08:26:00"]);
    assert_eq!(column(&raw, "vip"), ["1", "0"]);
    assert!(raw.notes.is_empty(), "{:?}", raw.notes);
}

#[test]
fn titles_and_empty_rows_and_columns_are_left_out_and_told() {
    let raw = read_book(
        |book| {
            let sheet = book.add_worksheet();
            write(
                sheet,
                (1, 1),
                &[
                    &["Customers 2024"],
                    &["_"],
                    &["id", "_", "spent"],
                    &["1", "_", "5"],
                    &["_"],
                    &["_"],
                    &["2", "_", "6"],
                ],
            );
            sheet.write_blank(12, 1, &Format::new().set_bold()).unwrap();
        },
        "",
    )
    .unwrap();
    assert_eq!(raw.frame.get_column_names(), ["id", "spent"]);
    assert_eq!(column(&raw, "spent"), ["5", "6"]);
    assert_eq!(
        raw.notes,
        [
            "Row 2 (\"Customers 2024\") is taken for a title and is left out.",
            "2 empty columns are left out.",
            "4 empty rows are left out.",
        ]
    );
}

#[test]
fn a_sheet_of_one_column_has_a_header_and_no_title() {
    let raw = read_book(|book| write(book.add_worksheet(), (0, 0), &[&["id"], &["1"], &["2"]]), "").unwrap();
    assert_eq!(column(&raw, "id"), ["1", "2"]);
    let many: Vec<Vec<String>> = (0..40).map(|row| vec![row.to_string()]).collect();
    let raw = read_book(
        |book| {
            let sheet = book.add_worksheet();
            sheet.write_string(0, 0, "id").unwrap();
            many.iter().enumerate().for_each(|(row, cells)| write(sheet, (row as u32 + 1, 0), &[&[cells[0].as_str()]]));
        },
        "",
    )
    .unwrap();
    assert_eq!(column(&raw, "id").len(), 40);
}

#[test]
fn merged_cells_and_columns_without_a_name_are_told() {
    let raw = read_book(
        |book| {
            let sheet = book.add_worksheet();
            write(sheet, (0, 0), &[&["id", "sales", "_", "city"], &["1", "5", "6", "Bari"], &["2", "7", "8", "_"]]);
            sheet.merge_range(0, 1, 0, 2, "sales", &Format::new()).unwrap();
            sheet.merge_range(1, 3, 2, 3, "Bari", &Format::new()).unwrap();
        },
        "",
    )
    .unwrap();
    assert_eq!(raw.frame.get_column_names(), ["id", "sales", "column_3", "city"]);
    assert_eq!(column(&raw, "column_3"), ["6", "8"]);
    assert_eq!(
        raw.notes,
        [
            "Cells B1:C1 of the header are merged; their text names the first column only.",
            "1 area of merged cells holds its value in the first cell only; the others count as missing.",
            "Column 3 has no name in the header and is called column_3.",
        ]
    );
}

#[test]
fn errors_count_as_missing_and_formulas_are_their_stored_values() {
    let raw = read_book(
        |book| {
            let sheet = book.add_worksheet();
            write(sheet, (0, 0), &[&["id", "share"], &["1"], &["2"], &["3"]]);
            sheet.write_formula(1, 1, Formula::new("=1/4").set_result("0.25")).unwrap();
            sheet.write_formula(2, 1, Formula::new("=1/0").set_result("#DIV/0!")).unwrap();
            sheet.write_formula(3, 1, Formula::new("=NA()").set_result("#N/A")).unwrap();
        },
        "",
    )
    .unwrap();
    assert_eq!(column(&raw, "share"), ["0.25", "missing", "missing"]);
    assert_eq!(raw.notes, ["2 cells hold an error (#DIV/0!, #N/A) and count as missing."]);
}

#[test]
fn sheets_are_found_by_name() {
    let two = |book: &mut Workbook| {
        for name in ["people", "sales"] {
            let sheet = book.add_worksheet();
            sheet.set_name(name).unwrap();
            write(sheet, (0, 0), &[&["id", name], &["1", "2"]]);
        }
        book.add_worksheet().set_name("secret").unwrap().set_hidden(true);
    };
    assert_eq!(read_book(two, "sheet = 'sales'").unwrap().frame.get_column_names(), ["id", "sales"]);
    let message = read_book(two, "").unwrap_err();
    assert!(message.contains("has 2 sheets (\"people\", \"sales\"); name one with sheet = \"people\""), "{message}");
    let message = read_book(two, "sheet = 'gone'").unwrap_err();
    assert!(message.contains("has no sheet \"gone\"; its sheets are \"people\", \"sales\", \"secret\""), "{message}");
    let message = read_book(two, "sheet = 'secret'").unwrap_err();
    assert!(message.contains("its sheet \"secret\" is empty"), "{message}");
    let table: Table = toml::from_str("file = 'book.xlsx'\nsheet = 'sales'").unwrap();
    assert_eq!(table.name(), "sales");
}

#[test]
fn what_is_no_workbook_is_refused_in_one_sentence() {
    let encrypted = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 600]].concat();
    let mut book = Workbook::new();
    write(book.add_worksheet(), (0, 0), &[&["id", "a"], &["1", "2"]]);
    let whole = book.save_to_buffer().unwrap();
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle..middle + 40].fill(0xAA);
    for (bytes, expected) in [
        (encrypted, "is a damaged workbook or document of Microsoft Office"),
        (Vec::new(), "is empty"),
        (whole[..whole.len() / 2].to_vec(), "is a damaged zip file or workbook"),
        (flipped, "is a damaged workbook"),
    ] {
        let message = read_bytes(&bytes, "").unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    {
        let (rows, expected) = (&[&["id", "spent"][..]][..], "has a header but no rows");
        let message = read_book(|book| write(book.add_worksheet(), (0, 0), rows), "").unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
    let wide: Vec<String> = (0..=2000).map(|at| format!("c{at}")).collect();
    let wide: Vec<&str> = wide.iter().map(String::as_str).collect();
    let message = read_book(|book| write(book.add_worksheet(), (0, 0), &[&wide[..]]), "").unwrap_err();
    assert!(message.contains("has more than 2000 columns"), "{message}");
}

/// A workbook with a part of it changed.
fn changed(mut book: Workbook, part: &str, from: &str, to: &str) -> Vec<u8> {
    let whole = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for position in 0..archive.len() {
        let mut file = archive.by_index(position).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        if name == part {
            assert!(text.contains(from), "{text}");
            text = text.replace(from, to);
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[test]
fn formulas_that_were_never_computed_are_told() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, (0, 0), &[&["id", "share"], &["1"], &["2", "7"]]);
    sheet.write_formula(1, 1, Formula::new("=1/4").set_result("0.25")).unwrap();
    let raw = read_bytes(&changed(book, SHEET, "<v>0.25</v>", ""), "").unwrap();
    assert_eq!(column(&raw, "share"), ["missing", "7"]);
    assert_eq!(
        raw.notes,
        [
            "1 formula has no stored value and counts as missing; open the workbook in a spreadsheet program and save it."
        ]
    );
}

#[test]
fn a_column_of_formulas_that_were_never_computed_is_refused() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, (0, 0), &[&["id", "share"], &["1"], &["2"]]);
    sheet.write_formula(1, 1, Formula::new("=1/4").set_result("0.25")).unwrap();
    let message = read_bytes(&changed(book, SHEET, "<v>0.25</v>", ""), "").unwrap_err();
    assert!(message.contains("column \"share\": holds formulas without stored values; open the workbook"), "{message}");
}

#[test]
fn days_of_old_macs_count_from_1904() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    write(sheet, (0, 0), &[&["id", "day"], &["1"]]);
    let day = Format::new().set_num_format("yyyy-mm-dd");
    sheet.write_number_with_format(1, 1, 45_657.0 - 1462.0, &day).unwrap();
    let bytes = changed(book, "xl/workbook.xml", "<workbookPr ", "<workbookPr date1904=\"1\" ");
    assert_eq!(column(&read_bytes(&bytes, "").unwrap(), "day"), ["2024-12-31"]);
}

#[test]
fn cells_that_cannot_be_are_refused() {
    for (from, to, expected) in [
        ("r=\"A3\"", "r=\"A1\"", "has cells out of order"),
        ("r=\"A3\"", "r=\"A2000000\"", "has cells out of order"),
        ("r=\"A3\"", "r=\"ZZZZ3\"", "has cells out of order"),
        ("r=\"A3\"", "r=\"A99999999999\"", "damaged workbook"),
        ("r=\"B2\"", "r=\"A2\"", "has a cell twice"),
        ("</sheetData>", "", "is a damaged workbook"),
    ] {
        let mut book = Workbook::new();
        write(book.add_worksheet(), (0, 0), &[&["id", "a"], &["1", "2"], &["3", "4"]]);
        let message = read_bytes(&changed(book, SHEET, from, to), "").unwrap_err();
        assert!(message.contains(expected), "{to}: {message}");
    }
}
