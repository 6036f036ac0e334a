//! One table out of several files or sheets, one after the other, with columns matched by their names.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use super::cells::RawPiece;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};

/// Where a part stands and what it is called.
pub(super) struct Named {
    pub(super) file: PathBuf,
    /// What its rows have in the column that names the part.
    pub(super) label: String,
}

/// All parts of a table.
pub(super) struct United {
    sources: Vec<Box<dyn Source>>,
    fit: Fit,
    current: usize,
    /// Rows handed on, by part.
    rows: Vec<AtomicUsize>,
}

/// How the parts of a table become one.
struct Fit {
    places: Vec<Named>,
    /// Names of all columns of the table; each is spelt as in the first part that has it.
    names: Vec<String>,
    wanted: Vec<String>,
    /// The column that names the part.
    label: Option<String>,
}

/// A name by which columns of different parts are the same.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names of the columns of a table of which these are the parts' columns.
pub(super) fn united<'a>(parts: impl IntoIterator<Item = &'a [String]>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in parts.into_iter().flatten() {
        if !names.iter().any(|known| plain(known) == plain(name)) {
            names.push(name.clone());
        }
    }
    names
}

impl United {
    /// Puts parts together; of the columns only the wanted ones are handed on, all when that is silent.
    pub(super) fn new(parts: Vec<(Named, Box<dyn Source>)>, wanted: Option<&[String]>, label: Option<String>) -> Self {
        let (places, sources): (Vec<Named>, Vec<Box<dyn Source>>) = parts.into_iter().unzip();
        let mut names = united(sources.iter().map(|source| source.names()));
        names.extend(label.clone().filter(|label| !names.contains(label)));
        let is_wanted = |name: &&String| wanted.is_none_or(|wanted| wanted.contains(*name));
        let wanted = names.iter().filter(is_wanted).cloned().collect();
        let rows = places.iter().map(|_| AtomicUsize::new(0)).collect();
        Self { sources, fit: Fit { places, names, wanted, label }, current: 0, rows }
    }
}

impl Fit {
    /// A piece of a part with the columns of the table.
    fn fitted(&self, part: usize, piece: RawPiece<'_>) -> Result<DataFrame, DatasetError> {
        let Named { file, label } = &self.places[part];
        let frame = piece.frame(file)?;
        let own = frame.get_column_names();
        let columns = self.wanted.iter().map(|name| {
            if self.label.as_ref() == Some(name) {
                let label = Scalar::from(PlSmallStr::from(label.as_str()));
                return Column::new_scalar(name.as_str().into(), label, frame.height());
            }
            let found = own.iter().position(|own| plain(own) == plain(name));
            let empty = || Column::full_null(name.as_str().into(), frame.height(), &DataType::String);
            found.map_or_else(empty, |at| frame.columns()[at].clone().with_name(name.as_str().into()))
        });
        let columns = columns.collect();
        DataFrame::new(frame.height(), columns).map_err(|error| DatasetError::data(file, first_line(&error)))
    }
}

impl Source for United {
    fn names(&self) -> &[String] {
        &self.fit.names
    }

    fn expected_rows(&self) -> usize {
        self.sources.iter().map(|source| source.expected_rows()).sum()
    }

    fn separator(&self) -> Option<char> {
        self.sources.first().and_then(|source| source.separator())
    }

    fn is_at_end(&self) -> bool {
        self.sources[self.current..].iter().all(|source| source.is_at_end())
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        let mut all = Xxh3::new();
        for source in &mut self.sources {
            all.update(&source.hash()?.to_le_bytes());
        }
        Ok(all.digest())
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let Self { sources, fit, current, rows } = self;
        loop {
            let (found, part) = (AtomicUsize::new(0), *current);
            sources[part].next(most, &|at, piece| {
                found.fetch_add(1, Ordering::Relaxed);
                let piece = piece.and_then(|piece| {
                    rows[part].fetch_add(piece.height(), Ordering::Relaxed);
                    fit.fitted(part, piece)
                });
                work(at, piece.map(RawPiece::Frame));
            });
            if found.into_inner() > 0 || part + 1 == sources.len() {
                return;
            }
            *current += 1;
        }
    }

    fn end(&mut self) -> Result<Vec<String>, DatasetError> {
        let mut notes = Vec::new();
        for (source, place) in self.sources.iter_mut().zip(&self.fit.places) {
            notes.extend(source.end()?.into_iter().map(|note| format!("{}: {note}", place.label)));
        }
        Ok(notes)
    }

    fn relocated(&self, error: DatasetError) -> DatasetError {
        let DatasetError::Data { file, row: Some(mut row), column, message } = error else { return error };
        for (part, (place, rows)) in self.fit.places.iter().zip(&self.rows).enumerate() {
            let rows = rows.load(Ordering::Relaxed);
            // The part in which reading ended holds what is behind the rows handed on.
            if row <= rows || part == self.current {
                return DatasetError::Data { file: place.file.clone(), row: Some(row), column, message };
            }
            row -= rows;
        }
        DatasetError::Data { file, row: Some(row), column, message }
    }
}
