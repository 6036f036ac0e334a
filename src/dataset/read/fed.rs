//! A table whose rows come from a thread of their own, for libraries that hand them on only while they hold what is open.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use polars::prelude::*;
use rayon::prelude::*;

use super::cells::RawPiece;
use super::source::{Source, Work};
use crate::dataset::error::DatasetError;

/// Rows of a piece, at most.
const ROWS: usize = 20_000;

/// Bytes of a piece, about.
const PIECE: usize = 4 << 20;

/// Pieces that wait to be taken.
const AHEAD: usize = 2;

/// A piece, an error, or the end, after which there is nothing more.
enum Message {
    Piece(DataFrame),
    Error(DatasetError),
    End,
}

/// A table that comes from a thread.
pub(super) struct Fed {
    names: Vec<String>,
    pieces: Receiver<Message>,
    /// What comes next, so that it is known whether that is the end.
    ahead: Option<Message>,
    expected_rows: usize,
    hash: u64,
    /// What is said when the thread ends without a word.
    broken: Option<DatasetError>,
}

/// Takes rows and hands them on in pieces.
pub(super) struct Feeder {
    kept: Vec<Option<usize>>,
    columns: Vec<StringChunkedBuilder>,
    names: Vec<String>,
    rows: usize,
    size: usize,
    to: SyncSender<Message>,
}

impl Fed {
    /// Starts a thread that reads rows of columns of these names, of which the wanted ones are kept.
    pub(super) fn start(
        names: Vec<String>,
        wanted: Option<&[String]>,
        (expected_rows, hash): (usize, u64),
        broken: DatasetError,
        read: impl FnOnce(&mut Feeder) -> Result<(), DatasetError> + Send + 'static,
    ) -> Self {
        let (to, pieces) = sync_channel(AHEAD);
        let is_wanted = |name: &String| wanted.is_none_or(|wanted| wanted.contains(name));
        let mut count = 0;
        let kept = names.iter().map(|name| {
            is_wanted(name).then(|| {
                count += 1;
                count - 1
            })
        });
        let kept: Vec<Option<usize>> = kept.collect();
        let kept_names: Vec<String> = names.iter().filter(|name| is_wanted(name)).cloned().collect();
        std::thread::spawn(move || {
            let mut feeder = Feeder { kept, columns: Vec::new(), names: kept_names, rows: 0, size: 0, to };
            feeder.begin();
            let message = match read(&mut feeder).and_then(|()| feeder.hand_on().map(drop)) {
                Ok(()) => Message::End,
                Err(error) => Message::Error(error),
            };
            let _ = feeder.to.send(message);
        });
        let mut fed = Self { names, pieces, ahead: None, expected_rows, hash, broken: Some(broken) };
        fed.look_ahead();
        fed
    }

    fn look_ahead(&mut self) {
        let next = self.pieces.recv().ok();
        self.ahead = next.or_else(|| self.broken.take().map(Message::Error));
    }
}

impl Feeder {
    fn begin(&mut self) {
        self.columns = self.names.iter().map(|name| StringChunkedBuilder::new(name.as_str().into(), ROWS)).collect();
        (self.rows, self.size) = (0, 0);
    }

    /// Takes a cell of the row, by the place of its column among all.
    pub(super) fn cell(&mut self, column: usize, text: Option<&str>) {
        if let Some(place) = self.kept.get(column).copied().flatten() {
            self.size += 16 + text.map_or(0, str::len);
            self.columns[place].append_option(text);
        }
    }

    /// Ends a row; says whether more are wanted.
    ///
    /// # Errors
    /// [`DatasetError`] when the columns are no table.
    pub(super) fn end_row(&mut self) -> Result<bool, DatasetError> {
        self.rows += 1;
        if self.rows == ROWS || self.size >= PIECE { self.hand_on() } else { Ok(true) }
    }

    fn hand_on(&mut self) -> Result<bool, DatasetError> {
        if self.rows == 0 {
            return Ok(true);
        }
        let columns = std::mem::take(&mut self.columns).into_iter().map(|column| column.finish().into_column());
        let piece = DataFrame::new(self.rows, columns.collect());
        let piece = piece.map_err(|error| DatasetError::refused(error.to_string()))?;
        self.begin();
        Ok(self.to.send(Message::Piece(piece)).is_ok())
    }
}

impl Source for Fed {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn expected_rows(&self) -> usize {
        self.expected_rows
    }

    fn is_at_end(&self) -> bool {
        matches!(self.ahead, Some(Message::End) | None)
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        Ok(self.hash)
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let mut pieces = Vec::new();
        while pieces.len() < most {
            match self.ahead.take() {
                Some(Message::Piece(piece)) => pieces.push(Ok(piece)),
                Some(Message::Error(error)) => {
                    pieces.push(Err(error));
                    self.broken = None;
                    break;
                }
                Some(Message::End) => {
                    self.broken = None;
                    break;
                }
                None => break,
            }
            self.look_ahead();
        }
        pieces.into_par_iter().enumerate().for_each(|(at, piece)| work(at, piece.map(RawPiece::Frame)));
    }
}
