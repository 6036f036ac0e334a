//! Arrow files, which Feather of version 2 is too, read as a whole and handed on in slices.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, DataType, Field, PolarsError, SerReader};
use polars_io::ipc::IpcReader;
use rayon::prelude::*;

use super::cells::RawPiece;
use super::guarded::guarded;
use super::hash_of;
use super::nested::Plan;
use super::packed::Held;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};

/// Rows of a slice.
const ROWS: usize = 1 << 20;

/// A file whose rows were read.
pub(super) struct Batches {
    names: Vec<String>,
    rows: usize,
    /// What is still to come, backwards.
    ahead: Vec<DataFrame>,
    hash: u64,
}

impl Batches {
    /// Reads the wanted columns, of the rows at most so many.
    ///
    /// # Errors
    /// [`DatasetError`] for a damaged file.
    pub(super) fn open(
        held: &Held,
        file: &Path,
        wanted: Option<&[String]>,
        limit: usize,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let damaged = || Err(DatasetError::data(file, "is a damaged Arrow file; export it again"));
        guarded(|| Self::open_trusted(held.at(), file, wanted, limit, notes)).unwrap_or_else(damaged)
    }

    fn open_trusted(
        at: &Path,
        file: &Path,
        wanted: Option<&[String]>,
        limit: usize,
        notes: &mut Vec<String>,
    ) -> Result<Self, DatasetError> {
        let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
        let hash = File::open(at).and_then(hash_of).map_err(unreadable)?;
        let mut reader = IpcReader::new(File::open(at).map_err(unreadable)?);
        let schema = reader.schema().map_err(|error| broken(file, &error))?;
        let fields =
            schema.iter_values().map(|field| Field::new(field.name.clone(), DataType::from_arrow_field(field)));
        let plan = Plan::of(fields, notes);
        let roots = plan.roots_of(wanted);
        // One row more tells whether there are more.
        let rows = (limit < usize::MAX).then(|| limit + 1);
        let frame =
            reader.with_columns(Some(roots)).with_n_rows(rows).finish().map_err(|error| broken(file, &error))?;
        let frame = Plan::flatten(file, &frame, wanted)?;
        let rows = frame.height();
        let mut ahead: Vec<DataFrame> = (0..rows).step_by(ROWS).map(|first| frame.slice(first as i64, ROWS)).collect();
        ahead.reverse();
        Ok(Self { names: plan.names, rows, ahead, hash })
    }
}

impl Source for Batches {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn expected_rows(&self) -> usize {
        self.rows
    }

    fn is_at_end(&self) -> bool {
        self.ahead.is_empty()
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        Ok(self.hash)
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let kept = self.ahead.len().saturating_sub(most);
        let mut next = self.ahead.split_off(kept);
        next.reverse();
        next.into_par_iter().enumerate().for_each(|(at, slice)| work(at, Ok(RawPiece::Frame(slice))));
    }
}

fn broken(file: &Path, error: &PolarsError) -> DatasetError {
    DatasetError::data(file, format!("is not a readable Arrow file ({why}); export it again", why = first_line(error)))
}
