//! JSON: a list of objects, an object that holds one, or an object a line. Objects in objects become columns of both names.

mod rows;
mod token;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use polars::prelude::*;
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use self::rows::{Cell, Rows, Shape, Survey, survey};
use self::token::Tokens;
use super::cells::{MissingValues, RawPiece};
use super::letters;
use super::packed::Bytes;
use super::source::{Source, Work};
use super::{MAX_COLUMNS, too_many_columns};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Table;
use crate::words;

/// Rows of a piece, at most.
const ROWS: usize = 20_000;

/// Bytes of a piece, about.
const PIECE: usize = 4 << 20;

/// The rows of a JSON file with how they become columns.
pub(super) struct Records {
    named: PathBuf,
    rows: Rows,
    names: Vec<String>,
    /// Place of each wanted column among the pieces, by name.
    places: HashMap<String, usize>,
    missing: MissingValues,
    decimal: char,
    expected_rows: usize,
    handed_on: usize,
    is_broken: bool,
    hash: u64,
}

/// Names of the lists of objects in a file that is an object of several; none when the whole file is one table.
///
/// # Errors
/// [`DatasetError`] for what is no JSON, or none of rows.
pub(super) fn lists(bytes: &Bytes, told: Option<&str>) -> Result<Vec<String>, DatasetError> {
    let mut tokens = Tokens::new(letters::utf8(bytes, told, &mut Vec::new())?);
    Ok(match survey(&mut tokens, bytes.named())? {
        Survey::Lists(lists) if lists.len() > 1 => lists.iter().map(|path| path.join(".")).collect(),
        _ => Vec::new(),
    })
}

impl Records {
    /// Looks through the whole file for the names of its columns and goes back to its first row.
    ///
    /// # Errors
    /// [`DatasetError`] for what is no JSON, with the row, or none of rows.
    pub(super) fn open(
        bytes: &Bytes,
        table: &Table,
        sheet: Option<&str>,
        wanted: Option<&[String]>,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let named = bytes.named();
        let told = table.encoding.as_deref();
        let shape = choose(survey(&mut Tokens::new(letters::utf8(bytes, told, notes)?), named)?, sheet, named, notes)?;
        let found = look_through(bytes, told, &shape)?;
        if !found.lists.is_empty() {
            let lists: Vec<&str> = found.lists.iter().map(String::as_str).collect();
            let (hold, are) = if lists.len() == 1 { ("holds lists", "is") } else { ("hold lists", "are") };
            notes.push(format!("{} {hold} and {are} left out.", words::all_of(&lists)));
        }
        let is_wanted = |name: &&String| wanted.is_none_or(|wanted| wanted.contains(name));
        let kept = found.names.iter().filter(is_wanted).cloned();
        let rows = Rows::new(Tokens::new(letters::utf8(bytes, told, &mut Vec::new())?), &shape, named)?;
        Ok(Self {
            named: named.to_owned(),
            rows,
            places: kept.enumerate().map(|(place, name)| (name, place)).collect(),
            names: found.names,
            missing: MissingValues::new(&table.missing_values),
            decimal: table.decimal,
            expected_rows: found.rows,
            handed_on: 0,
            is_broken: false,
            hash: found.hash,
        })
    }

    /// The next rows as columns.
    fn piece(&mut self) -> Result<Option<DataFrame>, DatasetError> {
        let mut names: Vec<(&String, &usize)> = self.places.iter().collect();
        names.sort_by_key(|(_, place)| **place);
        let mut columns: Vec<StringChunkedBuilder> =
            names.iter().map(|(name, _)| StringChunkedBuilder::new(name.as_str().into(), 0)).collect();
        let mut filled = vec![0; columns.len()];
        let (mut height, mut size) = (0, 0);
        let (places, missing, decimal, named) = (&self.places, &self.missing, self.decimal, &self.named);
        while height < ROWS && size < PIECE {
            let row = height + 1;
            let mut take = |name: &str, cell: Cell| {
                let Some(place) = places.get(name).copied() else { return Ok(()) };
                if filled[place] == row {
                    return Err(DatasetError::cell(named, row, name, "stands twice in one object; export it again"));
                }
                (filled[place] + 1..row).for_each(|_| columns[place].append_null());
                filled[place] = row;
                size += 16;
                match cell {
                    Cell::Text(text) => {
                        size += text.len();
                        columns[place].append_option(missing.present(&text));
                    }
                    Cell::Number(digits) if decimal != '.' => {
                        columns[place].append_value(digits.replace('.', decimal.encode_utf8(&mut [0; 4])));
                    }
                    Cell::Number(digits) => columns[place].append_value(digits),
                    Cell::Flag(is_true) => columns[place].append_value(if is_true { "1" } else { "0" }),
                    Cell::Missing | Cell::List => columns[place].append_null(),
                }
                Ok(())
            };
            if !self.rows.next(&mut take)? {
                break;
            }
            height += 1;
        }
        if height == 0 {
            return Ok(None);
        }
        let columns = columns.into_iter().zip(filled).map(|(mut column, filled)| {
            (filled..height).for_each(|_| column.append_null());
            column.finish().into_column()
        });
        let frame = DataFrame::new(height, columns.collect());
        frame.map(Some).map_err(|error| DatasetError::data(named, error.to_string()))
    }
}

impl Source for Records {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn expected_rows(&self) -> usize {
        self.expected_rows
    }

    fn is_at_end(&self) -> bool {
        self.handed_on == self.expected_rows
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        Ok(self.hash)
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let mut pieces = Vec::new();
        while pieces.len() < most && !self.is_broken {
            match self.piece() {
                Ok(Some(frame)) => {
                    self.handed_on += frame.height();
                    pieces.push(Ok(frame));
                }
                Ok(None) => break,
                Err(error) => {
                    self.is_broken = true;
                    pieces.push(Err(error));
                }
            }
        }
        pieces.into_par_iter().enumerate().for_each(|(at, piece)| work(at, piece.map(RawPiece::Frame)));
    }
}

/// Which rows of a file are the table.
fn choose(survey: Survey, sheet: Option<&str>, named: &Path, notes: &mut Vec<String>) -> Result<Shape, DatasetError> {
    let lists = match survey {
        Survey::Lists(lists) => lists,
        Survey::Whole(shape) if sheet.is_none() => return Ok(shape),
        Survey::Whole(_) => {
            return Err(DatasetError::data(named, "is one table and has no sheets; leave sheet out of its [[table]]"));
        }
    };
    let names: Vec<String> = lists.iter().map(|path| format!("\"{}\"", path.join("."))).collect();
    let chosen = match sheet {
        Some(sheet) => lists.iter().find(|path| path.join(".") == sheet),
        None if lists.len() == 1 => {
            notes
                .push(format!("The rows are those of its list {}; what stands beside it is left out.", names.concat()));
            lists.first()
        }
        None => {
            let (count, all) = (names.len(), names.join(", "));
            let first = names.first().map_or("", String::as_str);
            return Err(DatasetError::data(
                named,
                format!(
                    "holds {count} lists of rows ({all}); name one with sheet = {first} in the manifest's [[table]]"
                ),
            ));
        }
    };
    match chosen {
        Some(path) => Ok(Shape::List(path.clone())),
        None => Err(DatasetError::data(
            named,
            format!("has no list \"{}\"; its lists are {}", sheet.unwrap_or_default(), names.join(", ")),
        )),
    }
}

/// What is known of a file after it was read once.
struct Whole {
    names: Vec<String>,
    lists: BTreeSet<String>,
    rows: usize,
    hash: u64,
}

/// Reads a file for the names of its columns, of which some may come late.
fn look_through(bytes: &Bytes, told: Option<&str>, shape: &Shape) -> Result<Whole, DatasetError> {
    let named = bytes.named();
    let hash = Arc::new(Mutex::new(Xxh3::new()));
    let input = Hashing { input: letters::utf8(bytes, told, &mut Vec::new())?, hash: hash.clone() };
    let mut rows = Rows::new(Tokens::new(Box::new(input)), shape, named)?;
    let mut known: HashMap<String, usize> = HashMap::new();
    let (mut names, mut lists, mut count) = (Vec::new(), BTreeSet::new(), 0);
    while rows.next(&mut |name, cell| {
        if cell == Cell::List && !lists.contains(name) {
            lists.insert(name.to_owned());
        }
        if !known.contains_key(name) {
            known.insert(name.to_owned(), names.len());
            names.push(name.to_owned());
        }
        if names.len() > 2 * MAX_COLUMNS { Err(too_many_columns(named)) } else { Ok(()) }
    })? {
        count += 1;
    }
    // A column that holds a list in one row cannot be told from its other rows.
    names.retain(|name| !lists.contains(name));
    let hash = hash.lock().map_or(0, |hash| hash.digest());
    Ok(Whole { names, lists, rows: count, hash })
}

/// Hashes what is read.
struct Hashing {
    input: Box<dyn std::io::Read + Send>,
    hash: Arc<Mutex<Xxh3>>,
}

impl std::io::Read for Hashing {
    fn read(&mut self, room: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(room)?;
        if let Ok(mut hash) = self.hash.lock() {
            hash.update(&room[..read]);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
