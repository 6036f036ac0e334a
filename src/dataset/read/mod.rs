//! From a file's bytes to a table of text and numbers, with every structural problem named by row.

use std::io::Cursor;
use std::path::Path;

use polars::prelude::*;

use super::DatasetError;
use super::error::first_line;
use super::manifest::{Format, Table};

/// Separators that are tried when the manifest names none.
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];

/// A file as read, before any value is interpreted.
#[derive(Debug)]
pub(super) struct RawTable {
    /// Columns as text (from text files) or as stored (from Parquet).
    pub(super) frame: DataFrame,
    /// Hash of the file's bytes.
    pub(super) hash: u64,
    /// Things worth telling that are no errors.
    pub(super) notes: Vec<String>,
}

/// Reads the table's file below `folder`.
///
/// # Errors
/// [`DatasetError::Unreadable`] or [`DatasetError::Data`].
pub(super) fn read(folder: &Path, table: &Table) -> Result<RawTable, DatasetError> {
    let file = folder.join(&table.file);
    let bytes = std::fs::read(&file).map_err(|source| DatasetError::Unreadable { file: file.clone(), source })?;
    let hash = xxhash_rust::xxh3::xxh3_64(&bytes);
    let mut notes = Vec::new();
    let frame = match format(&file, table)? {
        Format::Parquet => read_parquet(&file, bytes)?,
        text => {
            let bytes = decode(&file, table, bytes)?;
            read_text(&file, table, text, &bytes, &mut notes)?
        }
    };
    if frame.height() == 0 {
        return Err(DatasetError::data(&file, "has a header but no rows; export the data again with its rows"));
    }
    Ok(RawTable { frame, hash, notes })
}

fn format(file: &Path, table: &Table) -> Result<Format, DatasetError> {
    if let Some(format) = table.format {
        return Ok(format);
    }
    match file.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("csv" | "txt") => Ok(Format::Csv),
        Some("tsv" | "tab") => Ok(Format::Tsv),
        Some("parquet" | "pq") => Ok(Format::Parquet),
        _ => Err(DatasetError::data(
            file,
            "its ending names no known format; set format = \"csv\", \"tsv\" or \"parquet\" in the manifest's [[table]]",
        )),
    }
}

fn read_parquet(file: &Path, bytes: Vec<u8>) -> Result<DataFrame, DatasetError> {
    ParquetReader::new(Cursor::new(bytes)).finish().map_err(|error| {
        DatasetError::data(file, format!("is not a readable Parquet file ({why})", why = first_line(&error)))
    })
}

/// The text as UTF-8 without a byte-order mark.
fn decode(file: &Path, table: &Table, bytes: Vec<u8>) -> Result<Vec<u8>, DatasetError> {
    if bytes.is_empty() {
        return Err(DatasetError::data(file, "is empty; export the data again"));
    }
    let label = table.encoding.as_deref().unwrap_or("utf-8");
    let declared = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap_or(encoding_rs::UTF_8);
    let (encoding, mark) = encoding_rs::Encoding::for_bom(&bytes).unwrap_or((declared, 0));
    if encoding == encoding_rs::UTF_8 {
        return match std::str::from_utf8(&bytes[mark..]) {
            Ok(_) if mark == 0 => Ok(bytes),
            Ok(_) => Ok(bytes[mark..].to_vec()),
            Err(error) => {
                let line = bytes[..mark + error.valid_up_to()].iter().filter(|b| **b == b'\n').count();
                Err(DatasetError::Data {
                    file: file.to_owned(),
                    row: Some(line),
                    column: None,
                    message: "holds bytes that are not UTF-8; set encoding (for example \"windows-1252\") in the manifest's [[table]]".to_owned(),
                })
            }
        };
    }
    let (text, _, broken) = encoding.decode(&bytes);
    if broken {
        return Err(DatasetError::data(
            file,
            format!("holds bytes that are not {}; set another encoding in the manifest's [[table]]", encoding.name()),
        ));
    }
    Ok(text.into_owned().into_bytes())
}

fn read_text(
    file: &Path,
    table: &Table,
    format: Format,
    bytes: &[u8],
    notes: &mut Vec<String>,
) -> Result<DataFrame, DatasetError> {
    let separator = match (table.separator, format) {
        (Some(separator), _) => u8::try_from(separator).unwrap_or(b','),
        (None, Format::Tsv) => b'\t',
        (None, _) => infer_separator(bytes),
    };
    let names = check_structure(file, bytes, separator, notes)?;
    let schema: Schema = names.iter().map(|name| Field::new(name.as_str().into(), DataType::String)).collect();
    let parse_options = CsvParseOptions::default()
        .with_separator(separator)
        .with_null_values(Some(NullValues::AllColumns(
            table.missing_values.iter().map(|value| value.as_str().into()).collect(),
        )))
        .with_missing_is_null(true);
    CsvReadOptions::default()
        .with_has_header(true)
        .with_schema(Some(schema.into()))
        .with_parse_options(parse_options)
        .into_reader_with_file_handle(Cursor::new(bytes))
        .finish()
        .map_err(|error| {
            DatasetError::data(
                file,
                format!(
                    "cannot be cut into columns ({why}); look for a quote that is never closed",
                    why = first_line(&error)
                ),
            )
        })
}

/// The separator that cuts the first lines into the same number (above one) of fields most often.
fn infer_separator(bytes: &[u8]) -> u8 {
    let sample: Vec<&[u8]> = bytes.split(|b| *b == b'\n').take(20).filter(|l| !l.is_empty()).collect();
    SEPARATORS
        .into_iter()
        .max_by_key(|separator| {
            let counts: Vec<usize> =
                sample.iter().map(|line| line.iter().filter(|b| *b == separator).count()).collect();
            let first = counts.first().copied().unwrap_or(0);
            let agreeing = counts.iter().filter(|count| **count == first).count();
            if first == 0 { (0, 0) } else { (agreeing, first) }
        })
        .unwrap_or(b',')
}

/// Checks header and row lengths; returns the column names.
fn check_structure(
    file: &Path,
    bytes: &[u8],
    separator: u8,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, DatasetError> {
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(bytes);
    let header = reader
        .byte_headers()
        .map_err(|error| DatasetError::data(file, format!("has no readable header ({why})", why = first_line(&error))))?
        .clone();
    let names = column_names(file, &header, separator, notes)?;
    let mut record = csv::ByteRecord::new();
    let mut row = 0;
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => row += 1,
            Ok(false) => return Ok(names),
            Err(error) => {
                return Err(DatasetError::data(file, format!("cannot be read ({why})", why = first_line(&error))));
            }
        }
        if record.len() != names.len() {
            return Err(DatasetError::Data {
                file: file.to_owned(),
                row: Some(row),
                column: None,
                message: format!(
                    "has {} fields where the header has {}; look for a missing or extra separator, or a quote that is never closed",
                    record.len(),
                    names.len()
                ),
            });
        }
    }
}

fn column_names(
    file: &Path,
    header: &csv::ByteRecord,
    separator: u8,
    notes: &mut Vec<String>,
) -> Result<Vec<String>, DatasetError> {
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (position, field) in header.iter().enumerate() {
        let mut name = String::from_utf8_lossy(field).trim().to_owned();
        if name.is_empty() {
            name = format!("column_{}", position + 1);
            notes.push(format!("Column {} has no name in the header and is called {name}.", position + 1));
        }
        if names.contains(&name) {
            return Err(DatasetError::column(file, &name, "stands twice in the header; give each column its own name"));
        }
        names.push(name);
    }
    if let [only] = names.as_slice()
        && let Some(other) = SEPARATORS.into_iter().find(|s| *s != separator && only.as_bytes().contains(s))
    {
        return Err(DatasetError::data(
            file,
            format!(
                "has a single column when cut at {}, but its header holds {}; set separator = {} in the manifest's [[table]]",
                separator_name(separator),
                separator_name(other),
                if other == b'\t' { "\"\\t\"".to_owned() } else { format!("\"{}\"", char::from(other)) }
            ),
        ));
    }
    Ok(names)
}

fn separator_name(separator: u8) -> String {
    if separator == b'\t' { "tabs".to_owned() } else { format!("\"{}\"", char::from(separator)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(extra: &str) -> Table {
        toml::from_str(&format!("file = 'a.csv'\n{extra}")).unwrap()
    }

    fn read_bytes(bytes: &[u8], extra: &str) -> Result<RawTable, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), bytes).unwrap();
        read(folder.path(), &table(extra)).map_err(|error| error.to_string())
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
            (b"a,b\n1,2\n3\n", "", "row 2: has 1 fields where the header has 2"),
            (b"a,b\n1,2\n3,4,5\n", "", "row 2: has 3 fields"),
            (b"a,b\n1,2\n\xff,4\n", "", "row 2: holds bytes that are not UTF-8"),
            (b"a,a\n1,2\n", "", "column \"a\": stands twice"),
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
    fn marks_and_unnamed_headers_are_no_obstacle() {
        let raw = read_bytes(b"\xef\xbb\xbf,b\n1,2\n", "").unwrap();
        assert_eq!(raw.frame.get_column_names(), ["column_1", "b"]);
        assert_eq!(raw.notes.len(), 1);
    }

    #[test]
    fn a_missing_file_is_named() {
        let message = read(Path::new("/nowhere"), &table("")).unwrap_err().to_string();
        assert!(message.starts_with("/nowhere/a.csv: cannot be read"), "{message}");
    }
}
