use super::*;

fn table(extra: &str) -> Table {
    toml::from_str(&format!("file = 'a.csv'\n{extra}")).unwrap()
}

fn read_bytes(bytes: &[u8], extra: &str) -> Result<RawTable, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), bytes).unwrap();
    read(folder.path(), &table(extra), &crate::progress::Silent).map_err(|error| error.to_string())
}

#[test]
fn separators_are_inferred() {
    for text in ["a,b\n1,2\n", "a;b\n1;2\n", "a\tb\n1\t2\n", "a|b\n1|2\n"] {
        assert_eq!(read_bytes(text.as_bytes(), "").unwrap().frame.width(), 2, "{text:?}");
    }
}

#[test]
fn structural_problems_name_the_row() {
    for (bytes, extra, expected) in [
        (&b""[..], "", "is empty"),
        (b"a,b\n", "", "no rows"),
        (b"a,b\r\n\r\n\n", "", "no rows"),
        (b"a,b\n1,2\n3\n", "", "row 2: has 1 fields where the header has 2"),
        (b"a,b\n1,2\n3,4,5\n", "", "row 2: has 3 fields"),
        (b"a,b\n1,2\n\xff,4\n", "", "row 2: holds bytes that are not UTF-8"),
        (b"a,b\n1,\"2\n", "", "look for a quote that is never closed"),
        (b"a\tb\n1\t2\n", "separator = ','", "set separator = \"\\t\""),
    ] {
        let message = read_bytes(bytes, extra).unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn a_declared_encoding_is_decoded() {
    let raw = read_bytes(b"name,b\nJos\xe9,1\n", "encoding = 'windows-1252'").unwrap();
    assert_eq!(raw.frame.column("name").unwrap().str().unwrap().get(0), Some("José"));
}

#[test]
fn columns_of_one_name_are_numbered_and_told() {
    let raw = read_bytes(b"a,a,a_2,a\n1,2,3,4\n", "").unwrap();
    assert_eq!(raw.frame.get_column_names(), ["a", "a_2", "a_2_2", "a_3"]);
    assert!(raw.notes[0].contains("Two columns are called a; the one in place 2 is called a_2."), "{:?}", raw.notes);
}

#[test]
fn marks_and_unnamed_headers_are_no_obstacle() {
    let raw = read_bytes(b"\xef\xbb\xbf,b\n1,2\n", "").unwrap();
    assert_eq!(raw.frame.get_column_names(), ["column_1", "b"]);
    assert_eq!(raw.notes.len(), 1);
}

fn column(raw: &RawTable, name: &str) -> Vec<Option<String>> {
    raw.frame.column(name).unwrap().str().unwrap().iter().map(|text| text.map(str::to_owned)).collect()
}

#[test]
fn utf_16_is_known_by_its_mark_and_decoded_piece_by_piece() {
    let rows = 60_000;
    let text: String =
        std::iter::once("id,name\n".to_owned()).chain((0..rows).map(|row| format!("{row},José 😀 {row}\n"))).collect();
    for (mark, bytes) in [
        ([0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>()),
        ([0xfe, 0xff], text.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ] {
        let raw = read_bytes(&[&mark[..], &bytes].concat(), "").unwrap();
        assert_eq!(raw.frame.height(), rows);
        assert_eq!(column(&raw, "name")[rows - 1].as_deref(), Some("José 😀 59999"));
    }
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read_bytes(&bytes, "").unwrap_err().contains("set encoding = \"utf-16le\""));
    assert_eq!(read_bytes(&bytes, "encoding = 'utf-16le'").unwrap().frame.height(), rows);
    let odd = read_bytes(&[&[0xff, 0xfe], &bytes[..bytes.len() - 1]].concat(), "").unwrap_err();
    assert!(odd.contains("holds bytes that are not UTF-16LE"), "{odd}");
}

#[test]
fn line_ends_of_every_kind_end_rows() {
    for text in [
        "a,b\n1,x\n\n2,\"y\"\n\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "a,b\r1,x\r2,y",
        "a,b\r\n1,x\n2,y\r",
        "a,b\n\n1,x\r\r\n2,y\n\n",
    ] {
        let raw = read_bytes(text.as_bytes(), "").unwrap();
        assert_eq!(column(&raw, "b"), [Some("x".to_owned()), Some("y".to_owned())], "{text:?}");
    }
    let quoted = read_bytes(b"a,b\r\n1,\"x\r\ny\"\r\n", "").unwrap();
    assert_eq!(column(&quoted, "b"), [Some("x\r\ny".to_owned())]);
}

#[test]
fn separators_within_quotes_do_not_mislead() {
    let raw = read_bytes(b"a;b\n1;\"x, y, z\"\n2;\"u, v, w\"\n", "").unwrap();
    assert_eq!(raw.frame.get_column_names(), ["a", "b"]);
}

#[test]
fn what_is_no_table_is_refused_without_reading_it_all() {
    let wide = (0..=MAX_COLUMNS).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    let mut open = b"a,b\n1,2\n3,\"".to_vec();
    open.resize(40 << 20, b'x');
    let mut line = b"a,b\n".to_vec();
    line.resize(40 << 20, b'x');
    for (bytes, expected) in [
        (format!("{wide}\n").into_bytes(), "has more than 2000 columns; leave out"),
        (open, "row 2: does not end (within 16 MB); look for a quote"),
        (line, "row 1: does not end (within 16 MB)"),
        (vec![b'x'; 9 << 20], "its first line does not end (within 4 MB)"),
        (b"a,b\n1,2\n3,\0\n".to_vec(), "holds bytes of zero"),
        (b"na\xefve,b\n1,2\n".to_vec(), "its header holds bytes that are not UTF-8"),
    ] {
        let message = read_bytes(&bytes, "").unwrap_err();
        assert!(message.contains(expected), "{message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

#[test]
fn the_row_of_a_quote_that_is_never_closed_counts_from_the_top() {
    let mut bytes = b"a,b\n".to_vec();
    let rows = (9 << 20) / "12345678,y\n".len();
    (0..rows).for_each(|_| bytes.extend_from_slice(b"12345678,y\n"));
    bytes.extend_from_slice(b"3,\"");
    bytes.resize(bytes.len() + (20 << 20), b'x');
    let message = read_bytes(&bytes, "").unwrap_err();
    assert!(message.contains(&format!("row {}: does not end", rows + 1)), "{message}");
}

#[test]
fn a_sample_is_the_first_rows_and_says_whether_there_are_more() {
    let folder = tempfile::tempdir().unwrap();
    let text = (0..1000).map(|row| format!("{row};x\n")).collect::<Vec<_>>().concat();
    std::fs::write(folder.path().join("a.csv"), format!("id;b\n{text}")).unwrap();
    for (rows, height, is_complete) in [(10, 10, false), (1000, 1000, true), (5000, 1000, true)] {
        let sample = sample(folder.path(), &table(""), rows, usize::MAX).unwrap();
        assert_eq!((sample.frame.height(), sample.is_complete), (height, is_complete));
        assert_eq!(sample.separator, Some(';'));
    }
}

#[test]
fn a_missing_file_is_named() {
    let message = read(Path::new("/nowhere"), &table(""), &crate::progress::Silent).unwrap_err().to_string();
    assert!(message.starts_with("/nowhere/a.csv: cannot be read"), "{message}");
}
