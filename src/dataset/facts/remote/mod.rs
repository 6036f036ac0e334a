//! Facts that stay in their database: it adds them up, by the same rules as those in memory.
//!
//! What a page needs is asked in SQL. An answer is kept, so that the same question is asked once; the facts count as they were
//! when the data set was loaded, so a table that grows needs a restart.

mod ask;
mod base;
mod features;
mod ledger;
mod load;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use postgres::Row;

pub use self::ask::{Chosen, Counted, Key, Value};
use self::base::{Base, Expression, Parameters};
pub use self::features::OrderDays;
pub(in crate::dataset) use self::load::load;
use crate::dataset::DatasetError;
use crate::dataset::database::{Connection, Relation};

/// Answers that are kept.
const KEPT: usize = 400;

/// Facts in a database.
pub struct Remote {
    place: PathBuf,
    relation: Relation,
    base: Base,
    customer: Expression,
    order: Option<Expression>,
    day: Expression,
    amount: Expression,
    quantity: Option<Expression>,
    place_of: Option<(Expression, Expression)>,
    days: (i32, i32),
    /// Asked by one at a time; opened again when it was cut.
    connection: Mutex<Option<Connection>>,
    answers: Mutex<HashMap<u128, Arc<Vec<Row>>>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("place", &self.place).field("relation", &self.relation).finish_non_exhaustive()
    }
}

impl Remote {
    /// First and last day.
    pub(super) fn days(&self) -> (i32, i32) {
        self.days
    }

    /// Whether places are known.
    #[must_use]
    pub fn has_places(&self) -> bool {
        self.place_of.is_some()
    }

    /// Whether units are known.
    pub(super) fn has_units(&self) -> bool {
        self.quantity.is_some()
    }

    /// Rows that answer a statement. `differs` tells apart statements of equal text with other parameters.
    fn rows(&self, sql: &str, parameters: &Parameters<'_>, differs: u64) -> Result<Arc<Vec<Row>>, DatasetError> {
        let key = xxhash_rust::xxh3::xxh3_128_with_seed(sql.as_bytes(), differs);
        let known = self.answers.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(rows) = known {
            return Ok(rows);
        }
        tracing::debug!(sql, "asking the database");
        let rows = Arc::new(self.ask(sql, parameters)?);
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= KEPT {
            answers.clear();
        }
        answers.insert(key, Arc::clone(&rows));
        Ok(rows)
    }

    /// A connection that was cut is opened again, once.
    fn ask(&self, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, DatasetError> {
        let mut connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = connection.as_ref().is_some_and(|connection| !connection.is_closed());
        if !was_open {
            *connection = Some(Connection::open(&self.place, &self.relation)?);
        }
        match connection.as_mut().map(|connection| (connection.rows(sql, parameters), connection.is_closed())) {
            Some((Err(_), true)) if was_open => {
                let mut again = Connection::open(&self.place, &self.relation)?;
                let rows = again.rows(sql, parameters);
                *connection = Some(again);
                rows
            }
            Some((rows, _)) => rows,
            None => Ok(Vec::new()),
        }
    }
}
