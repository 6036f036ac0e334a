use crate::dataset::manifest::Table;
use crate::dataset::read::{RawTable, read, sample};

fn read_json(text: &str, extra: &str) -> Result<RawTable, String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), text).unwrap();
    let table: Table = toml::from_str(&format!("file = 'a.json'\n{extra}")).unwrap();
    read(folder.path(), &table, &crate::progress::Silent).map_err(|error| error.to_string())
}

fn column(raw: &RawTable, name: &str) -> Vec<String> {
    let column = raw.frame.column(name).unwrap().str().unwrap().clone();
    column.iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
}

#[test]
fn lists_lines_and_lists_in_an_object_are_the_same_table() {
    let (one, two) = ("{\"id\": 1, \"name\": \"Zoë\"}", "{\"id\": 2, \"name\": null}");
    for text in [
        format!("[{one}, {two}]"),
        format!("{one}\n{two}\n"),
        format!("{one}\r\n\r\n{two}"),
        format!("{{\"status\": {{\"ok\": true}}, \"data\": [{one},{two}], \"next\": null}}"),
        format!("{{\"answer\": {{\"rows\": [{one},{two}]}}}}"),
    ] {
        let raw = read_json(&text, "").unwrap();
        assert_eq!(raw.frame.get_column_names(), ["id", "name"], "{text}");
        assert_eq!(column(&raw, "name"), ["Zoë", "missing"]);
        let is_told = raw.notes.iter().any(|note| note.contains("The rows are those of its list"));
        assert_eq!(is_told, text.starts_with("{\"status") || text.starts_with("{\"answer"), "{:?}", raw.notes);
    }
}

#[test]
fn names_that_come_late_are_columns_and_digits_stay() {
    let late = "{\"id\": 9223372036854775807123, \"price\": 12.50, \"vip\": true, \"city\": \"Bari\"}";
    let text = format!("{}{late}\n", "{\"id\": 1234567890123456789}\n".repeat(45_000));
    let raw = read_json(&text, "").unwrap();
    assert_eq!(raw.frame.get_column_names(), ["id", "price", "vip", "city"]);
    let (ids, cities) = (column(&raw, "id"), column(&raw, "city"));
    assert_eq!((ids[0].as_str(), ids[45_000].as_str()), ("1234567890123456789", "9223372036854775807123"));
    assert_eq!((cities[0].as_str(), cities[45_000].as_str()), ("missing", "Bari"));
    assert_eq!((column(&raw, "price")[45_000].as_str(), column(&raw, "vip")[45_000].as_str()), ("12.50", "1"));
    let raw = read_json(late, "decimal = ','").unwrap();
    assert_eq!(column(&raw, "price"), ["12,50"]);
}

#[test]
fn objects_in_objects_are_flattened_and_lists_are_left_out_and_told() {
    let text = "[{\"id\": 1, \"who\": {\"name\": \"A\", \"home\": {\"city\": \"Bari\"}}, \"tags\": [\"x\"], \"items\": [{\"a\": 1}]},
                 {\"id\": 2, \"who\": null, \"tags\": \"y\"}]";
    let raw = read_json(text, "").unwrap();
    assert_eq!(raw.frame.get_column_names(), ["id", "who.name", "who.home.city", "who"]);
    assert_eq!(column(&raw, "who.home.city"), ["Bari", "missing"]);
    assert_eq!(raw.notes, ["items and tags hold lists and are left out."]);
}

#[test]
fn several_lists_are_sheets() {
    let text = "{\"people\": [{\"id\": 1}], \"orders\": [{\"no\": 7}, {\"no\": 8}]}";
    assert_eq!(column(&read_json(text, "sheet = 'orders'").unwrap(), "no"), ["7", "8"]);
    let message = read_json(text, "").unwrap_err();
    assert!(
        message.contains("holds 2 lists of rows (\"people\", \"orders\"); name one with sheet = \"people\""),
        "{message}"
    );
    assert!(read_json(text, "sheet = 'x'").unwrap_err().contains("has no list \"x\"; its lists are"));
}

#[test]
fn broken_json_names_the_row() {
    for (text, expected) in [
        ("{\"id\": 1}\n{\"id\": 2\n{\"id\": 3}\n", "row 2: is broken JSON (\"{\" stands where a comma or \"}\""),
        ("[{\"id\": 1}, {\"id\": 2}", "row 3: is broken JSON (the end of the file stands where a comma"),
        ("[{\"id\": 1} {\"id\": 2}]", "row 2: is broken JSON (\"{\" stands where a comma was expected)"),
        ("{\"id\": 1}\n7\n", "row 2: is broken JSON (a number stands where an object in braces"),
        ("[{\"id\": 1, \"id\": 2}]", "row 1, column \"id\": stands twice in one object"),
        ("[[1, 2]]", "is a JSON list without objects"),
        (
            "{\"a\": {\"0\": 1, \"1\": 2}, \"b\": {\"0\": 1, \"1\": 2}}",
            "is JSON by columns; write it as a list of rows",
        ),
        ("{\"a\": [1, 2], \"b\": [3, 4]}", "is JSON by columns"),
        ("[]", "has a header but no rows"),
        ("{\"id\": \"abc", "a text is never closed"),
    ] {
        let message = read_json(text, "").unwrap_err();
        assert!(message.contains(expected), "{text}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let deep = format!("[{{\"a\": {}1{}}}]", "{\"b\": ".repeat(5000), "}".repeat(5000));
    assert!(read_json(&deep, "").unwrap_err().contains("more than 64 objects stand in each other"));
    let deep = format!("[{{\"a\": {}{}}}]", "[".repeat(5000), "]".repeat(5000));
    assert!(read_json(&deep, "").unwrap_err().contains("more than 64 objects and lists stand in each other"));
}

#[test]
fn a_sample_is_the_first_rows() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.json"), "{\"id\": 1}\n".repeat(50_000)).unwrap();
    let table: Table = toml::from_str("file = 'a.json'").unwrap();
    for (rows, height, is_complete) in [(10, 10, false), (60_000, 50_000, true)] {
        let sample = sample(folder.path(), &table, rows, usize::MAX).unwrap();
        assert_eq!((sample.frame.height(), sample.is_complete), (height, is_complete));
    }
}
