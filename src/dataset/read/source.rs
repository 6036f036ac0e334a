//! What a format has to do to be read.

use std::sync::Mutex;

use super::cells::RawPiece;
use super::fit::SetAside;
use crate::dataset::error::DatasetError;

/// Takes a piece, or why it cannot be read, with its place among those that were asked for.
pub(super) type Work<'a> = dyn Fn(usize, Result<RawPiece<'_>, DatasetError>) + Sync + 'a;

/// A table on its way from a file or a database, in pieces of whole rows. Each format has one.
pub(super) trait Source: Send {
    /// Names of all columns of the table.
    fn names(&self) -> &[String];

    /// About how many rows there are; 0 when that cannot be told.
    fn expected_rows(&self) -> usize {
        0
    }

    /// The character between columns, where there is one.
    fn separator(&self) -> Option<char> {
        None
    }

    /// Whether every row was handed on.
    fn is_at_end(&self) -> bool;

    /// Hash of the bytes that were read; asked for once, at the end.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`].
    fn hash(&mut self) -> Result<u64, DatasetError>;

    /// What was done to rows that do not fit their header.
    fn set_aside(&self) -> Option<&SetAside> {
        None
    }

    /// What is worth telling once every row was handed on.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when too many rows do not fit.
    fn end(&mut self) -> Result<Vec<String>, DatasetError> {
        Ok(Vec::new())
    }

    /// An error whose row counts from the start of the table, with the file and row that people find it in.
    fn relocated(&self, error: DatasetError) -> DatasetError {
        error
    }

    /// Hands on the next pieces, at most so many, from as many threads as it likes; none at the end. After one that cannot be read
    /// there are no more.
    fn next(&mut self, most: usize, work: &Work<'_>);
}

/// What is made of the next pieces, at most so many, in their order; empty at the end.
pub(super) fn next<T: Send>(
    source: &mut dyn Source,
    most: usize,
    work: impl Fn(RawPiece<'_>) -> Result<T, DatasetError> + Sync,
) -> Vec<Result<T, DatasetError>> {
    let places: Vec<Mutex<Option<Result<T, DatasetError>>>> = (0..most).map(|_| Mutex::new(None)).collect();
    source.next(most, &|at, piece| {
        let done = piece.and_then(&work);
        if let Ok(mut place) = places[at].lock() {
            *place = Some(done);
        }
    });
    places.into_iter().map_while(|place| place.into_inner().ok().flatten()).collect()
}
