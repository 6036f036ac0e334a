//! Parquet, a few rows of the file at a time.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::dataset::DatasetError;
use crate::dataset::error::first_line;

/// Rows that are read at once.
const ROWS: usize = 1 << 17;

/// A file and how far it was read.
pub(super) struct Slices {
    file: PathBuf,
    names: Vec<String>,
    wanted: Option<Vec<String>>,
    /// First row and number of rows of what is still to come, backwards.
    ahead: Vec<(usize, usize)>,
    hash: u64,
}

impl Slices {
    pub(super) fn open(file: &Path, mut opened: File, wanted: Option<Vec<String>>) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let (mut hash, mut block) = (Xxh3::new(), vec![0; 1 << 20]);
        loop {
            match opened.read(&mut block).map_err(unreadable)? {
                0 => break,
                read => hash.update(&block[..read]),
            }
        }
        let mut reader = ParquetReader::new(opened);
        let schema = reader.schema().map_err(|error| broken(file, &error))?;
        let rows = reader.num_rows().map_err(|error| broken(file, &error))?;
        let names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        // A column that is not there is reported by whoever needs it.
        let wanted = wanted.map(|wanted| wanted.into_iter().filter(|name| names.contains(name)).collect());
        let ahead = (0..rows).step_by(ROWS).map(|first| (first, ROWS.min(rows - first))).rev().collect();
        Ok(Self { file: file.to_owned(), names, wanted, ahead, hash: hash.digest() })
    }

    /// The next slices, at most so many.
    pub(super) fn next(&mut self, most: usize) -> Vec<(usize, usize)> {
        let kept = self.ahead.len().saturating_sub(most);
        let mut slices = self.ahead.split_off(kept);
        slices.reverse();
        slices
    }

    pub(super) fn frame(&self, slice: (usize, usize)) -> Result<DataFrame, DatasetError> {
        // A handle of its own: copies of a handle share their place in the file.
        let opened = File::open(&self.file);
        let opened = opened.map_err(|source| DatasetError::Unreadable { file: self.file.clone(), source })?;
        ParquetReader::new(opened)
            .with_columns(self.wanted.clone())
            .with_slice(Some(slice))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .map_err(|error| broken(&self.file, &error))
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether every slice was handed on.
    pub(super) fn is_at_end(&self) -> bool {
        self.ahead.is_empty()
    }

    pub(super) fn hash(&self) -> u64 {
        self.hash
    }
}

fn broken(file: &Path, error: &PolarsError) -> DatasetError {
    DatasetError::data(file, format!("is not a readable Parquet file ({why})", why = first_line(error)))
}
