//! Tables and views of a SQLite database in a file, which is only read.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::excel::{Wanted, choose};
use super::fed::{Fed, Feeder};
use super::hash_of;
use super::packed::Held;
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::Table;
use crate::words;

/// Rows that are looked at for values that are no text and no number.
const LOOKED_AT: usize = 10_000;

/// Names of the tables and views.
///
/// # Errors
/// [`DatasetError`] for a damaged database.
pub(super) fn tables(at: &Path, file: &Path) -> Result<Vec<String>, DatasetError> {
    if is_cut(at).map_err(|source| DatasetError::Unreadable { file: file.to_owned(), source })? {
        return Err(DatasetError::data(
            file,
            "is a damaged SQLite database, because it ends before its last page; copy it again, or export its tables as csv",
        ));
    }
    let base = open_base(at, file)?;
    let read = || -> rusqlite::Result<Vec<String>> {
        let mut found = base.prepare(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
        )?;
        let names = found.query_map([], |row| row.get(0))?;
        names.collect()
    };
    let names = read().map_err(|error| damaged(file, &error))?;
    if names.is_empty() {
        return Err(DatasetError::data(file, "is a SQLite database without tables; export the data again"));
    }
    Ok(names)
}

/// Reads a table or view.
///
/// # Errors
/// [`DatasetError`] for a damaged database, and for one without that table.
pub(super) fn open(
    held: Held,
    file: &Path,
    table: &Table,
    Wanted { sheet, columns, .. }: Wanted<'_>,
    notes: &mut Vec<String>,
) -> Result<Fed, DatasetError> {
    let tables: Vec<(String, bool)> = tables(held.at(), file)?.into_iter().map(|name| (name, true)).collect();
    let chosen = choose(file, sheet, &tables)?;
    let hash = File::open(held.at()).and_then(hash_of);
    let hash = hash.map_err(|source| DatasetError::Unreadable { file: file.to_owned(), source })?;
    let base = open_base(held.at(), file)?;
    let sql = format!("SELECT * FROM \"{}\"", chosen.replace('"', "\"\""));
    let (names, blobs) = look(&base, &sql).map_err(|error| damaged(file, &error))?;
    if !blobs.is_empty() {
        let (hold, are) = if blobs.len() == 1 { ("holds", "is") } else { ("hold", "are") };
        notes.push(format!("{} {hold} bytes that are no text and {are} left out.", words::all_of(&blobs)));
    }
    // Bytes further down count as missing only in columns that are kept.
    let kept: Vec<Option<usize>> = {
        let mut place = 0;
        let mut next = |name: &String| {
            (!blobs.contains(name)).then(|| {
                place += 1;
                place - 1
            })
        };
        names.iter().map(&mut next).collect()
    };
    let named: Vec<String> = names.into_iter().filter(|name| !blobs.contains(name)).collect();
    let (file, missing, decimal) = (file.to_owned(), table.missing_values.clone(), table.decimal);
    let broken = DatasetError::data(&file, "is a damaged SQLite database; export its tables as csv");
    let names_for_errors = named.clone();
    let read = move |feeder: &mut Feeder| {
        let _held = held;
        let mut rows_before = 0;
        let mut hand_on = || -> rusqlite::Result<Result<(), DatasetError>> {
            let mut statement = base.prepare(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                for (column, place) in kept.iter().enumerate() {
                    let Some(place) = *place else { continue };
                    let Ok(text) = text_of(row.get_ref(column)?, decimal) else {
                        let name = names_for_errors.get(place).map_or("", String::as_str);
                        let message = "holds bytes that are no text; export the table as csv";
                        return Ok(Err(DatasetError::cell(&file, rows_before + 1, name, message)));
                    };
                    let text = text.filter(|text| !text.is_empty() && !missing.contains(text));
                    feeder.cell(place, text.as_deref());
                }
                rows_before += 1;
                match feeder.end_row() {
                    Ok(true) => {}
                    // Nobody wants more.
                    Ok(false) => return Ok(Ok(())),
                    Err(error) => return Ok(Err(error)),
                }
            }
            Ok(Ok(()))
        };
        hand_on().unwrap_or_else(|error| Err(damaged(&file, &error)))
    };
    Ok(Fed::start(named, columns, (0, hash), broken, read))
}

/// Names of the columns, and of those that hold bytes.
fn look(base: &Connection, sql: &str) -> rusqlite::Result<(Vec<String>, Vec<String>)> {
    let mut statement = base.prepare(sql)?;
    let mut names: Vec<String> = Vec::new();
    for name in statement.column_names() {
        let again = names.iter().filter(|other| other.as_str() == name).count();
        names.push(if again > 0 { format!("{name}_{}", again + 1) } else { name.to_owned() });
    }
    let mut has_bytes = vec![false; names.len()];
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        for (column, has_bytes) in has_bytes.iter_mut().enumerate() {
            *has_bytes |= matches!(row.get_ref(column)?, ValueRef::Blob(_));
        }
        count += 1;
        if count == LOOKED_AT {
            break;
        }
    }
    let blobs = names.iter().zip(has_bytes).filter(|(_, has_bytes)| *has_bytes).map(|(name, _)| name.clone());
    let blobs = blobs.collect();
    Ok((names, blobs))
}

/// What a value is as text, none for NULL; nothing for bytes that are none.
fn text_of(value: ValueRef<'_>, decimal: char) -> Result<Option<String>, ()> {
    let number = |text: String| if decimal == '.' { text } else { text.replace('.', decimal.encode_utf8(&mut [0; 4])) };
    Ok(Some(match value {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(number) => number.to_string(),
        // Adding zero takes the sign from a negative zero.
        ValueRef::Real(real) => number((real + 0.0).to_string()),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_err(|_| ())?.to_owned(),
        ValueRef::Blob(_) => return Err(()),
    }))
}

/// Opens a database that is not written to by anybody, so that no file is made beside it.
fn open_base(at: &Path, file: &Path) -> Result<Connection, DatasetError> {
    let address: String = at
        .to_string_lossy()
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let base = Connection::open_with_flags(format!("file:{address}?immutable=1"), flags);
    let base = base.map_err(|error| damaged(file, &error))?;
    // What a file says of itself is not believed: views may not call what changes something, cells may not lead astray.
    base.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;")
        .map_err(|error| damaged(file, &error))?;
    Ok(base)
}

/// Whether a file is shorter than its header says, whose missing rows nobody would see (SQLite file format, 1.3: size of a page at 16,
/// pages at 28, which hold where the counters at 24 and 92 are the same).
fn is_cut(at: &Path) -> std::io::Result<bool> {
    let mut head = [0; 100];
    let mut opened = File::open(at)?;
    if opened.read_exact(&mut head).is_err() {
        return Ok(true);
    }
    let number = |at: usize| u64::from(u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]));
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 1 << 16,
        size => u64::from(size),
    };
    Ok(number(24) == number(92) && number(28) * page > opened.metadata()?.len())
}

fn damaged(file: &Path, error: &rusqlite::Error) -> DatasetError {
    DatasetError::data(
        file,
        format!("is a damaged SQLite database ({why}); export its tables as csv", why = first_line(error)),
    )
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use crate::dataset::manifest::Table;
    use crate::dataset::read::{RawTable, read};

    fn base(script: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        Connection::open(folder.path().join("a.db")).unwrap().execute_batch(script).unwrap();
        folder
    }

    fn read_base(folder: &tempfile::TempDir, extra: &str) -> Result<RawTable, String> {
        let table: Table = toml::from_str(&format!("file = 'a.db'\n{extra}")).unwrap();
        read(folder.path(), &table, &crate::progress::Silent).map_err(|error| error.to_string())
    }

    fn column(raw: &RawTable, name: &str) -> Vec<String> {
        let column = raw.frame.column(name).unwrap().str().unwrap().clone();
        column.iter().map(|text| text.unwrap_or("missing").to_owned()).collect()
    }

    #[test]
    fn tables_and_views_are_read_with_their_values() {
        let folder = base(
            "CREATE TABLE orders (id INTEGER, name TEXT, sum REAL, photo BLOB);
             INSERT INTO orders VALUES (1234567890123456789, 'Zoë', 12.5, x'00ff'), (2, NULL, -0.0, NULL), (3, '', 1e3, x'01');
             CREATE VIEW large AS SELECT id AS \"the id\" FROM orders WHERE sum > 5;",
        );
        let raw = read_base(&folder, "sheet = 'orders'").unwrap();
        assert_eq!(raw.frame.get_column_names(), ["id", "name", "sum"]);
        assert_eq!(column(&raw, "id"), ["1234567890123456789", "2", "3"]);
        assert_eq!(column(&raw, "name"), ["Zoë", "missing", "missing"]);
        assert_eq!(column(&raw, "sum"), ["12.5", "0", "1000"]);
        assert_eq!(raw.notes, ["photo holds bytes that are no text and is left out."]);
        assert_eq!(column(&read_base(&folder, "sheet = 'large'").unwrap(), "the id"), ["1234567890123456789", "3"]);
        assert!(read_base(&folder, "").unwrap_err().contains("has 2 sheets (\"orders\", \"large\"); name one"));
        let names: Vec<String> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(names, ["a.db"], "nothing is written beside it");
    }

    #[test]
    fn many_rows_come_in_pieces_and_damage_is_told() {
        let folder = base(
            "CREATE TABLE t (id INTEGER, word TEXT);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 70000)
             INSERT INTO t SELECT i, 'word ' || i FROM n;",
        );
        let raw = read_base(&folder, "").unwrap();
        assert_eq!((raw.frame.height(), column(&raw, "word")[69_999].as_str()), (70_000, "word 70000"));
        let file = folder.path().join("a.db");
        let mut bytes = std::fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 5000].fill(0xAA);
        std::fs::write(&file, &bytes).unwrap();
        assert!(read_base(&folder, "").unwrap_err().contains("is a damaged SQLite database"));
        std::fs::write(&file, &bytes[..300]).unwrap();
        assert!(read_base(&folder, "").unwrap_err().contains("is a damaged SQLite database"));
    }
}
