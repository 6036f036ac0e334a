//! What a table of the manifest is in a database.

use super::sql;
use crate::dataset::manifest::Table;

/// Seconds a statement may take unless the manifest says otherwise.
pub const STATEMENT_SECONDS: u32 = 300;

/// Where data is asked for: the environment variable with the address, and the relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Environment variable that holds the address.
    pub variable: String,
    /// What can stand behind `FROM`: a quoted name, or a query in brackets.
    pub from: String,
    /// Seconds a statement may take.
    pub seconds: u32,
}

impl Relation {
    /// Where the rows of a table come from; `None` for a file.
    #[must_use]
    pub fn of(table: &Table) -> Option<Self> {
        let variable = table.database.as_deref()?.strip_prefix("env:")?.to_owned();
        let from = match (&table.from, &table.query) {
            (Some(name), _) => sql::table(name),
            (None, query) => format!("({})", query.as_deref().unwrap_or_default().trim().trim_end_matches(';')),
        };
        Some(Self { variable, from, seconds: table.timeout_seconds.unwrap_or(STATEMENT_SECONDS) })
    }
}
