//! The same purchases in every format, under right endings and wrong ones, packed or not, in every code page: the same customers and
//! the same total. What is not read is called by its name.

use std::io::Write;

use segmenta::dataset::Dataset;
use segmenta::library::Staging;
use segmenta::propose::Proposal;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::app::TestApp;
use crate::command_line::segmenta;
use crate::upload::{form, send};

/// 36 purchases of 8 customers: order, customer, month and day of 2023, cents.
fn purchases() -> Vec<(usize, usize, usize, usize, usize)> {
    let of = |at: usize| {
        (1001 + at, 1 + (at * 5 + at / 7) % 8, 1 + at / 3, 3 + (at * 7) % 25, 500 + (at * 37_919) % 180_000)
    };
    (0..36).map(of).collect()
}

/// The cells of a row as text.
fn cells() -> Vec<[String; 4]> {
    let row = |(order, customer, month, day, cents): (usize, usize, usize, usize, usize)| {
        let amount = format!("{}.{:02}", cents / 100, cents % 100);
        [format!("O{order}"), format!("C{customer}"), format!("2023-{month:02}-{day:02}"), amount]
    };
    purchases().into_iter().map(row).collect()
}

const NAMES: [&str; 4] = ["order_id", "customer_id", "order_date", "amount"];

fn csv() -> String {
    let lines: Vec<String> = cells().iter().map(|row| row.join(",")).collect();
    format!("{}\n{}\n", NAMES.join(","), lines.join("\n"))
}

fn objects() -> Vec<String> {
    let object = |[order, customer, day, amount]: &[String; 4]| {
        format!(
            "{{\"order_id\": \"{order}\", \"customer_id\": \"{customer}\", \"order_date\": \"{day}\", \"amount\": {amount}}}"
        )
    };
    cells().iter().map(object).collect()
}

fn html() -> String {
    let row = |row: &[String; 4]| format!("<tr><td>{}</td></tr>\n", row.join("</td><td>"));
    let rows: String = cells().iter().map(row).collect();
    format!(
        "<html><head><meta charset=\"utf-8\"></head><body>\n<table><tr><th>{}</th></tr>\n{rows}</table></body></html>",
        NAMES.join("</th><th>")
    )
}

fn spreadsheet_xml() -> String {
    let cell = |kind: &str, text: &str| format!("<Cell><Data ss:Type=\"{kind}\">{text}</Data></Cell>");
    let header: String = NAMES.iter().map(|name| cell("String", name)).collect();
    let row = |[order, customer, day, amount]: &[String; 4]| {
        let day = cell("DateTime", &format!("{day}T00:00:00.000"));
        format!("<Row>{}{}{day}{}</Row>", cell("String", order), cell("String", customer), cell("Number", amount))
    };
    let rows: String = cells().iter().map(row).collect();
    format!(
        "<?xml version=\"1.0\"?><?mso-application progid=\"Excel.Sheet\"?><Workbook xmlns=\"urn:schemas-microsoft-com:office:spreadsheet\" \
         xmlns:ss=\"urn:schemas-microsoft-com:office:spreadsheet\"><Worksheet ss:Name=\"Orders\"><Table><Row>{header}</Row>{rows}</Table></Worksheet></Workbook>"
    )
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn xlsx() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in NAMES.iter().enumerate() {
        sheet.write_string(0, column as u16, *name).unwrap();
    }
    for (row, cells) in cells().iter().enumerate() {
        for (column, text) in cells.iter().enumerate().take(3) {
            sheet.write_string(row as u32 + 1, column as u16, text).unwrap();
        }
        sheet.write_number(row as u32 + 1, 3, cells[3].parse::<f64>().unwrap()).unwrap();
    }
    book.save_to_buffer().unwrap()
}

fn ods() -> Vec<u8> {
    let text = |text: &str| {
        format!("<table:table-cell office:value-type=\"string\"><text:p>{text}</text:p></table:table-cell>")
    };
    let header: String = NAMES.iter().map(|name| text(name)).collect();
    let row = |[order, customer, day, amount]: &[String; 4]| {
        format!(
            "<table:table-row>{}{}<table:table-cell office:value-type=\"date\" office:date-value=\"{day}\"/>\
             <table:table-cell office:value-type=\"float\" office:value=\"{amount}\"/></table:table-row>",
            text(order),
            text(customer)
        )
    };
    let rows: String = cells().iter().map(row).collect();
    let content = format!(
        "<?xml version=\"1.0\"?><office:document-content><office:body><office:spreadsheet><table:table table:name=\"Orders\">\
         <table:table-row>{header}</table:table-row>{rows}<table:table-row table:number-rows-repeated=\"1048000\">\
         <table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>"
    );
    zip(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
        ("content.xml", content.as_bytes()),
    ])
}

/// A binary workbook, record by record.
fn xlsb() -> Vec<u8> {
    fn record(kind: u16, data: &[u8]) -> Vec<u8> {
        let mut bytes = if kind < 128 { vec![kind as u8] } else { vec![(kind & 0x7F) as u8 | 0x80, (kind >> 7) as u8] };
        let mut length = data.len();
        loop {
            let low = (length & 0x7F) as u8;
            length >>= 7;
            bytes.push(if length > 0 { low | 0x80 } else { low });
            if length == 0 {
                break;
            }
        }
        [bytes, data.to_vec()].concat()
    }
    let wide = |text: &str| {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [&(units.len() as u32 / 2).to_le_bytes()[..], &units].concat()
    };
    let cell = |column: u32| [column.to_le_bytes(), [0; 4]].concat();
    let text = |column: u32, text: &str| record(0x0006, &[cell(column), wide(text)].concat());
    let row = |row: u32| record(0x0000, &[&row.to_le_bytes()[..], &[0; 12]].concat());
    let mut sheet = [record(0x0081, &[]), record(0x0094, &[0; 16]), record(0x0091, &[])].concat();
    sheet.extend(row(0));
    NAMES.iter().enumerate().for_each(|(column, name)| sheet.extend(text(column as u32, name)));
    for (at, cells) in cells().iter().enumerate() {
        sheet.extend(row(at as u32 + 1));
        (0..3).for_each(|column| sheet.extend(text(column, &cells[column as usize])));
        let amount: f64 = cells[3].parse().unwrap();
        sheet.extend(record(0x0005, &[cell(3), amount.to_le_bytes().to_vec()].concat()));
    }
    sheet.extend([record(0x0092, &[]), record(0x0082, &[])].concat());
    let bundle = [vec![0; 4], 1_u32.to_le_bytes().to_vec(), wide("rId1"), wide("Orders")].concat();
    let book =
        [record(0x0083, &[]), record(0x008F, &[]), record(0x009C, &bundle), record(0x0090, &[]), record(0x0084, &[])];
    let relations = "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.bin\"/></Relationships>";
    zip(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.bin", &book.concat()),
        ("xl/_rels/workbook.bin.rels", relations.as_bytes()),
        ("xl/worksheets/sheet1.bin", &sheet),
    ])
}

/// The tables of polars that the library writes.
fn columnar() -> polars::prelude::DataFrame {
    use polars::prelude::*;
    let column = |at: usize| cells().iter().map(|row| row[at].clone()).collect::<Vec<String>>();
    let amounts: Vec<f64> = column(3).iter().map(|text| text.parse().unwrap()).collect();
    let tags: Vec<Series> = (0..36).map(|at| Series::new("".into(), [format!("t{at}"), "x".to_owned()])).collect();
    let mut frame = df!("order_id" => column(0), "customer_id" => column(1), "order_date" => column(2)).unwrap();
    let home = df!("city" => (0..36).map(|at| ["Bari", "Bonn"][at % 2]).collect::<Vec<_>>(), "zip" => (0..36).collect::<Vec<i32>>());
    frame.with_column(Series::new("amount".into(), amounts).into_column()).unwrap();
    frame.with_column(Series::new("tags".into(), tags).into_column()).unwrap();
    frame.with_column(home.unwrap().into_struct("home".into()).into_series().into_column()).unwrap();
    frame
}

fn parquet() -> Vec<u8> {
    use polars::prelude::ParquetWriter;
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut columnar()).unwrap();
    bytes
}

fn arrow() -> Vec<u8> {
    use polars::prelude::SerWriter;
    let mut bytes = Vec::new();
    polars_io::ipc::IpcWriter::new(&mut bytes).finish(&mut columnar()).unwrap();
    bytes
}

fn sqlite() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let base = rusqlite::Connection::open(folder.path().join("a.db")).unwrap();
    base.execute_batch("CREATE TABLE orders (order_id TEXT, customer_id TEXT, order_date TEXT, amount REAL)").unwrap();
    for row in cells() {
        base.execute("INSERT INTO orders VALUES (?1, ?2, ?3, ?4)", [&row[0], &row[1], &row[2], &row[3]]).unwrap();
    }
    drop(base);
    std::fs::read(folder.path().join("a.db")).unwrap()
}

fn utf16(text: &str, mark: bool) -> Vec<u8> {
    let mark: &[u8] = if mark { &[0xff, 0xfe] } else { &[] };
    [mark, &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()].concat()
}

fn propose(files: &[(&str, &[u8])]) -> Result<(Proposal, Staging, tempfile::TempDir), String> {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "imported").unwrap();
    for (name, bytes) in files {
        staging.add_from(name, &mut &**bytes).unwrap();
    }
    let proposal = staging.propose().map_err(|error| error.to_string())?;
    Ok((proposal, staging, data))
}

fn import(name: &str, bytes: &[u8]) -> Result<(Proposal, Dataset), String> {
    let (proposal, staging, _data) = propose(&[(name, bytes)])?;
    let manifest = proposal.manifest();
    let dataset = staging.finish(&manifest).map_err(|error| format!("{error}\n{manifest}"))?;
    Ok((proposal, dataset))
}

/// Customers, purchases, cents, first and last day.
fn outcome(dataset: &Dataset) -> (usize, usize, i64, i32, i32) {
    let facts = dataset.facts.as_ref().expect("there are purchases");
    let total: f64 = facts.amount.iter().sum();
    (dataset.customers.len(), facts.len(), (total * 100.0).round() as i64, facts.day[0], *facts.day.last().unwrap())
}

#[track_caller]
fn is_right(name: &str, bytes: &[u8]) -> Proposal {
    let (proposal, dataset) = import(name, bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    let expected = outcome(&import("orders.csv", csv().as_bytes()).unwrap().1);
    let total: usize = purchases().iter().map(|purchase| purchase.4).sum();
    assert_eq!((expected.0, expected.1, expected.2), (8, 36, total as i64));
    assert_eq!(outcome(&dataset), expected, "{name}");
    assert!(proposal.questions.is_empty(), "{name}: {:?}", proposal.questions);
    proposal
}

#[test]
fn every_format_gives_the_same_customers_under_any_ending() {
    let csv = csv();
    let list = format!("[{}]", objects().join(", "));
    let wrapped = format!("{{\"count\": 36, \"data\": {list}, \"next\": null}}");
    let lines = objects().join("\n");
    let old_workbook = include_bytes!("../fixtures/formats/orders.xls");
    for (name, bytes) in [
        ("orders.xlsx", csv.clone().into_bytes()),
        ("orders.dat", csv.clone().into_bytes()),
        ("orders.csv.gz", gzip(csv.as_bytes())),
        ("orders.csv", gzip(csv.as_bytes())),
        ("orders.csv.zst", zstd::encode_all(csv.as_bytes(), 3).unwrap()),
        ("orders.zip", zip(&[("in/orders.csv", csv.as_bytes()), ("__MACOSX/in/._orders.csv", b"\0\x05\x16\x07")])),
        ("orders.json", list.clone().into_bytes()),
        ("orders.csv", list.clone().into_bytes()),
        ("wrapped.json", wrapped.into_bytes()),
        ("orders.jsonl", lines.clone().into_bytes()),
        ("orders.jsonl.gz", gzip(lines.as_bytes())),
        ("utf16.json", utf16(&list, true)),
        ("orders.xls", html().into_bytes()),
        ("orders.html", html().into_bytes()),
        ("report.xls", spreadsheet_xml().into_bytes()),
        ("orders.xml", spreadsheet_xml().into_bytes()),
        ("old.xls", old_workbook.to_vec()),
        ("old.xlsx", old_workbook.to_vec()),
        ("orders.xlsx", xlsx()),
        ("orders.csv", xlsx()),
        ("orders.zip", zip(&[("orders.xlsx", &xlsx())])),
        ("orders.xlsb", xlsb()),
        ("orders.ods", ods()),
        ("orders.xls", ods()),
        ("orders.parquet", parquet()),
        ("orders.parquet.gz", gzip(&parquet())),
        ("orders.feather", arrow()),
        ("orders.csv", arrow()),
        ("orders.sqlite", sqlite()),
        ("orders.db.gz", gzip(&sqlite())),
    ] {
        is_right(name, &bytes);
    }
}

#[test]
fn what_is_left_out_or_flattened_is_told() {
    for (name, bytes) in [("orders.parquet", parquet()), ("orders.arrow", arrow())] {
        let table = is_right(name, &bytes).tables.remove(0);
        let columns: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(columns, ["order_id", "customer_id", "order_date", "amount", "home.city", "home.zip"]);
        for note in ["tags holds lists and is left out.", "home holds several values; each is a column."] {
            assert!(table.reasons.iter().any(|reason| reason == note), "{:?}", table.reasons);
        }
    }
    let wrapped = format!("{{\"data\": [{}]}}", objects().join(", "));
    let table = is_right("orders.json", wrapped.as_bytes()).tables.remove(0);
    assert!(table.reasons.iter().any(|reason| reason.contains("those of its list \"data\"")), "{:?}", table.reasons);
}

#[test]
fn days_of_a_time_zone_are_those_of_its_clocks() {
    use polars::prelude::*;
    let late = |(_, _, month, day, _): (usize, usize, usize, usize, usize)| {
        let at = segmenta::dataset::dates::parse_iso(&format!("2023-{month:02}-{day:02}")).unwrap();
        // Half past eleven at night in New York, in winter; next day's in Greenwich.
        (i64::from(at) * 86_400 + 86_400 + 3 * 3600 + 1800) * 1_000_000
    };
    let moments: Vec<i64> = purchases().into_iter().map(late).collect();
    let zone = TimeZone::opt_try_new(Some("America/New_York")).unwrap();
    let days = Int64Chunked::from_vec("order_date".into(), moments).into_series();
    let days = days.cast(&DataType::Datetime(TimeUnit::Microseconds, zone)).unwrap();
    let mut frame = columnar().select(["order_id", "customer_id", "amount"]).unwrap();
    frame.with_column(days.into_column()).unwrap();
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame).unwrap();
    let table = is_right("orders.parquet", &bytes).tables.remove(0);
    let note = "Days are those of the time zone of the column (America/New_York).";
    assert!(table.reasons.iter().any(|reason| reason == note), "{:?}", table.reasons);
}

#[test]
fn an_archive_of_several_files_is_several_tables() {
    let people: Vec<String> =
        (1..=8).map(|at| format!("C{at},{},{}\n", 20 + at * 3, ["Bari", "Bonn"][at % 2])).collect();
    let people = format!("customer_id,age,city\n{}", people.concat());
    let files: [(&str, &[u8]); 5] = [
        ("shop/orders.csv", csv().leak().as_bytes()),
        ("shop/people.csv", people.as_bytes()),
        ("shop/terms.pdf", b"%PDF-1.7 and so on"),
        ("shop/inner.zip", &zip(&[("a.csv", b"a,b\n1,2\n")])),
        (".DS_Store", b"\0\0\0\x01Bud1"),
    ];
    let (proposal, staging, _data) = propose(&[("shop.zip", &zip(&files))]).unwrap();
    let names: Vec<&str> = proposal.tables.iter().map(|table| table.name.as_str()).collect();
    assert_eq!(names, ["orders", "people"]);
    let told = proposal.tables[0].reasons.join(" ");
    assert!(told.contains("terms.pdf: is a PDF document, which is not read"), "{told}");
    assert!(told.contains("inner.zip: is packed twice, an archive in an archive"), "{told}");
    let manifest = proposal.manifest();
    assert!(manifest.contains("sheet = \"shop/orders.csv\""), "{manifest}");
    let dataset = staging.finish(&manifest).unwrap_or_else(|error| panic!("{error}\n{manifest}"));
    assert_eq!(outcome(&dataset).1, 36);
    assert!(dataset.customers.column("city").is_some());
}

#[test]
fn code_pages_are_told_and_an_example_is_shown() {
    use encoding_rs::{GB18030, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};
    let text = |cities: &[&str]| {
        let row = |(at, row): (usize, &[String; 4])| format!("{},{}\n", row.join(","), cities[at % cities.len()]);
        let rows: String = cells().iter().enumerate().map(row).collect();
        format!("{},city\n{rows}", NAMES.join(","))
    };
    let shown = |name: &str, bytes: &[u8], label: Option<&str>, cities: &[&str]| {
        let proposal = is_right(name, bytes);
        let table = &proposal.tables[0];
        assert_eq!(table.encoding.as_deref(), label, "{name}");
        let mut expected: Vec<&str> = cities.to_vec();
        expected.sort_unstable();
        let column = table.columns.iter().find(|column| column.name == "city").unwrap();
        assert_eq!(column.levels, expected, "{name}");
        if label.is_some() {
            let example = table.reasons.iter().find(|reason| reason.contains("a cell says")).unwrap();
            assert!(cities.iter().any(|city| example.contains(city)), "{example}");
        }
    };
    for (encoding, label, cities) in [
        (WINDOWS_1251, "windows-1251", &["Москва", "Казань", "Самара", "Томск"][..]),
        (WINDOWS_1250, "windows-1250", &["Łódź", "Kraków", "Gdańsk", "Częstochowa"]),
        (WINDOWS_1252, "windows-1252", &["Zürich", "Genève", "Neuchâtel"]),
        (SHIFT_JIS, "shift_jis", &["東京", "大阪", "札幌"]),
        (GB18030, "gbk", &["北京", "上海", "广州", "深圳"]),
    ] {
        shown(label, &encoding.encode(&text(cities)).0, Some(label), cities);
    }
    let cities = ["Zürich", "東京", "Москва"];
    shown("mark.csv", &utf16(&text(&cities), true), None, &cities);
    shown("bare.csv", &utf16(&text(&cities), false), Some("utf-16le"), &cities);
    shown("utf8.csv", text(&cities).as_bytes(), None, &cities);
}

#[test]
fn few_letters_tell_no_code_page_which_is_said() {
    let text = csv().replacen("O1001", "Zo\u{eb}", 1);
    let (proposal, _, _data) = propose(&[("a.csv", &encoding_rs::WINDOWS_1252.encode(&text).0)]).unwrap();
    let told = proposal.tables[0].reasons.join(" ");
    assert!(
        told.contains("Too few of its letters tell how they are written; read as windows-1252, a cell says \"Zoë\"."),
        "{told}"
    );
}

#[test]
fn what_is_not_read_is_called_by_its_name() {
    let padded = |front: &[u8]| [front, &[0; 600][..]].concat();
    let stata: &[u8] = &[0x72, 2, 1, 0];
    let bomb = zstd::encode_all(format!("id,spent\n1,2\n{}", "3,4\n5,7\n".repeat(15 << 20)).as_bytes(), 3).unwrap();
    let mut tar = vec![0; 600];
    tar[..5].copy_from_slice(b"a.csv");
    tar[257..262].copy_from_slice(b"ustar");
    for (name, bytes, expected) in [
        (
            "a.sas7bdat",
            padded(b"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60"),
            "is a SAS file (.sas7bdat), which is not read; export the table as csv",
        ),
        (
            "a.xpt",
            padded(b"HEADER RECORD*******LIBRARY HEADER RECORD"),
            "is a SAS transport file (.xpt), which is not read",
        ),
        ("a.dta", padded(stata), "is a Stata file (.dta), which is not read; export the table as csv"),
        ("a.sav", padded(b"$FL2@(#) IBM SPSS"), "is an SPSS file (.sav), which is not read"),
        ("a.orc", padded(b"ORC\x08\x03"), "is an ORC file, which is not read; export the table as Parquet or csv"),
        ("a.avro", padded(b"Obj\x01"), "is an Avro file, which is not read"),
        ("a.pkl", padded(b"\x80\x04\x95\x02"), "is a pickle of Python, which is not read; save the table as csv"),
        (
            "a.rds",
            gzip(&padded(b"X\n\0\0\0\x03")),
            "is an R data file (.rds), which is not read; export the table as csv, in R",
        ),
        ("a.h5", padded(b"\x89HDF\r\n\x1a\n"), "is an HDF5 file, which is not read"),
        ("a.pdf", padded(b"%PDF-1.7"), "is a PDF document, which is not read; export the table in it as csv or .xlsx"),
        (
            "a.docx",
            zip(&[("[Content_Types].xml", b"<a/>"), ("word/document.xml", b"<a/>")]),
            "is a Word document (.docx), which is not read",
        ),
        (
            "a.numbers",
            zip(&[("Index/Document.iwa", b"x")]),
            "is a Numbers document, which is not read; export it as .xlsx or csv",
        ),
        ("a.mdb", padded(b"\0\x01\0\0Standard Jet DB"), "is an Access database (.mdb), which is not read"),
        (
            "a.7z",
            padded(b"7z\xbc\xaf\x27\x1c"),
            "is a 7z archive, which is not read; unpack it and import the files in it",
        ),
        ("a.tar", tar.clone(), "is a tar archive, which is not read"),
        ("a.tar.gz", gzip(&tar), "is a tar archive, which is not read"),
        ("a.csv.gz", gzip(&gzip(b"a,b\n1,2\n")), "is packed twice, an archive in an archive; unpack it once"),
        ("a.png", padded(b"\x89PNG\r\n\x1a\n"), "is a picture (PNG), which is not read"),
        ("a.exe", padded(b"MZ\x90\0"), "is a program of Windows, which is not read"),
        (
            "a.bin",
            (0..4000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes()).collect(),
            "is a file of a kind that is not known and no text",
        ),
        ("a.csv", Vec::new(), "is empty; export the data again"),
        ("a.gz", gzip(b""), "is empty; export the data again"),
        (
            "a.html",
            b"<html><body>Log in</body></html>".to_vec(),
            "is a web page without a table, perhaps one that asks to log in",
        ),
        (
            "a.xml",
            b"<orders><order/></orders>".to_vec(),
            "is an XML file, which is not read; export the table as csv, .xlsx or JSON",
        ),
        (
            "a.sql",
            b"-- MySQL dump 10\nINSERT INTO a VALUES (1);".to_vec(),
            "is a script of a database (.sql), which is not read",
        ),
        ("a.csv.zst", bomb, "unpacks to more than 300 times its size"),
        ("a.zip", zip(&[("../a.csv", b"a,b\n1,2\n")]), "which would lie outside of it"),
        ("a.csv.gz", gzip(csv().as_bytes())[..300].to_vec(), "is damaged and cannot be unpacked to its end"),
        ("a.db", sqlite()[..5000].to_vec(), "is a damaged SQLite database"),
    ] {
        let message = import(name, &bytes).map(drop).expect_err(expected);
        assert!(message.starts_with(name) && message.contains(expected), "{expected}: {message}");
        let sentence = message.split("\n# ").next().unwrap();
        assert_eq!(sentence.lines().count(), 1, "{message}");
    }
}

#[test]
fn an_explicit_format_wins_where_content_allows_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("shop")).unwrap();
    let load = |bytes: &[u8], format: &str| {
        std::fs::write(folder.path().join("shop/a.x"), bytes).unwrap();
        let manifest = format!(
            "title = 't'\n[[table]]\nfile = 'a.x'\n{format}\n[segmentation]\nvalue = 'amount'\nfeatures = ['amount']\n"
        );
        std::fs::write(folder.path().join("shop/dataset.toml"), manifest).unwrap();
        let loaded = segmenta::dataset::load(&folder.path().join("shop"));
        loaded.map(|dataset| dataset.customers.len()).map_err(|error| error.to_string())
    };
    let csv = "id,amount\n1,5\n2,6\n";
    let json = "{\"id\": 1, \"amount\": 5}\n{\"id\": 2, \"amount\": 6}\n";
    assert_eq!(load(csv.as_bytes(), "").unwrap(), 2);
    assert_eq!(load(csv.as_bytes(), "format = 'csv'").unwrap(), 2);
    assert_eq!(load(json.as_bytes(), "format = 'jsonl'").unwrap(), 2);
    let message = load(csv.as_bytes(), "format = 'xlsx'").unwrap_err();
    assert!(
        message.contains("is a text with separators, not an Excel workbook (.xlsx) as format = \"xlsx\" says"),
        "{message}"
    );
    assert!(load(&xlsx(), "format = 'csv'").unwrap_err().contains("take format out of the manifest's [[table]]"));
    assert!(load(json.as_bytes(), "format = 'csv'").is_err());
}

#[test]
fn ids_of_19_digits_stay_exact() {
    let id = |at: usize| format!("12345678901234567{:02}", at % 8);
    let lines: Vec<String> = cells()
        .iter()
        .enumerate()
        .map(|(at, row)| {
            format!("{{\"customer_id\": {}, \"order_date\": \"{}\", \"amount\": {}}}", id(at), row[2], row[3])
        })
        .collect();
    let (_, dataset) = import("orders.jsonl", lines.join("\n").as_bytes()).unwrap();
    let ids: Vec<String> = (0..8).map(|at| dataset.customers.ids.get(at).to_owned()).collect();
    assert_eq!(ids, (0..8).map(id).collect::<Vec<_>>());
}

#[tokio::test]
async fn the_command_line_and_the_wizard_go_the_same_way() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("orders.xls"), gzip(html().as_bytes())).unwrap();
    let made = segmenta(folder.path(), &["import", "--name", "shop", "orders.xls", "--json"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    std::fs::write(folder.path().join("a.sav"), [&b"$FL2@(#)"[..], &[0; 200]].concat()).unwrap();
    let refused = segmenta(folder.path(), &["import", "--name", "other", "a.sav"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("a.sav: is an SPSS file (.sav), which is not read; export the table as csv"), "{said}");
    let app = TestApp::of_files(&[("none.txt", String::new())]);
    let page =
        send(&app, "/import", form(&[("orders.json", format!("[{}]", objects().join(",")).as_bytes())], &[])).await;
    assert_eq!(page.status.as_u16(), 303, "{}", page.text());
}
