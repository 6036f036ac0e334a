//! Facts that stay in their database: it adds them up, by the same rules as those in memory.
//!
//! What a page needs is asked in SQL. An answer is kept, so that the same question is asked once; the facts count as they were
//! when the data set was loaded, so a table that grows needs a restart.

mod ask;
pub(in crate::dataset) mod base;
mod orders;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use postgres::Row;

pub use self::ask::{Chosen, Counted, Key, Value};
pub(in crate::dataset) use self::base::{Base, Expression, Parameters};
pub use self::orders::OrderDays;
use crate::dataset::database::{Connection, Relation};
use crate::dataset::error::DatasetError;

/// Answers that are kept.
const KEPT: usize = 400;

/// Facts in a database.
pub struct Remote {
    pub(in crate::dataset) place: PathBuf,
    pub(in crate::dataset) relation: Relation,
    pub(in crate::dataset) base: Base,
    pub(in crate::dataset) customer: Expression,
    pub(in crate::dataset) order: Option<Expression>,
    pub(in crate::dataset) day: Expression,
    pub(in crate::dataset) amount: Expression,
    pub(in crate::dataset) quantity: Option<Expression>,
    /// Whether a row is a return; none when no row is.
    pub(in crate::dataset) is_return: Option<Expression>,
    pub(in crate::dataset) place_of: Option<(Expression, Expression)>,
    pub(in crate::dataset) days: (i32, i32),
    /// Asked by one at a time; opened again when it was cut.
    pub(in crate::dataset) connection: Mutex<Option<Connection>>,
    pub(in crate::dataset) answers: Mutex<HashMap<u128, Arc<Vec<Row>>>>,
}

impl std::fmt::Debug for Remote {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remote").field("place", &self.place).field("relation", &self.relation).finish_non_exhaustive()
    }
}

impl Remote {
    /// First and last day.
    pub(in crate::dataset) fn days(&self) -> (i32, i32) {
        self.days
    }

    /// Whether a row is a return; false when none is.
    pub(in crate::dataset) fn returned(&self) -> Expression {
        self.is_return.clone().unwrap_or_else(|| Expression::own("false"))
    }

    /// Whether places are known.
    #[must_use]
    pub fn has_places(&self) -> bool {
        self.place_of.is_some()
    }

    /// Whether units are known.
    pub(in crate::dataset) fn has_units(&self) -> bool {
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
    pub(in crate::dataset) fn ask(&self, sql: &str, parameters: &Parameters<'_>) -> Result<Vec<Row>, DatasetError> {
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
