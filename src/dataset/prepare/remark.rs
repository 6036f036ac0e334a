//! What is worth telling of a table that is no error, with numbers that add up over its pieces.

use std::path::{Path, PathBuf};

use crate::dataset::error::DatasetError;

/// A remark.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dataset) enum Remark {
    /// Said once, however often it comes up.
    Text(String),
    /// A rule of a table did something before the joins.
    Cleaned { table: String, rule: String, columns: Vec<String>, rows_removed: usize, cells_changed: usize },
    /// Missing values stay.
    Kept { column: String, cells: usize },
    /// So many of something.
    Counted { count: usize, what: &'static str },
    /// Rows found no partner in another table.
    NoPartner { file: PathBuf, table: String, here: String, there: String, rows: usize, without: usize, unknown: usize },
}

/// Remarks in the order in which they came up.
#[derive(Debug, Clone, Default)]
pub(in crate::dataset) struct Remarks(Vec<Remark>);

impl Remark {
    /// Takes in a remark on the same matter; says whether it was one.
    fn absorb(&mut self, other: &Self) -> bool {
        match (self, other) {
            (Self::Text(own), Self::Text(text)) => own == text,
            (
                Self::Cleaned { table, rule, columns, rows_removed, cells_changed },
                Self::Cleaned { table: of, rule: by, columns: on, rows_removed: rows, cells_changed: cells },
            ) if table == of && rule == by && columns == on => {
                *rows_removed += rows;
                *cells_changed += cells;
                true
            }
            (Self::Counted { count, what }, Self::Counted { count: more, what: of }) if what == of => {
                *count += more;
                true
            }
            (Self::Kept { column, cells }, Self::Kept { column: of, cells: more }) if column == of => {
                *cells += more;
                true
            }
            (
                Self::NoPartner { table, here, rows, without, unknown, .. },
                Self::NoPartner { table: of, here: by, rows: all, without: lone, unknown: missing, .. },
            ) if table == of && here == by => {
                *rows += all;
                *without += lone;
                *unknown += missing;
                true
            }
            _ => false,
        }
    }

    /// The remark as a sentence; none when it counts nothing.
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Cleaned { rows_removed: 0, cells_changed: 0, .. }
            | Self::Kept { cells: 0, .. }
            | Self::Counted { count: 0, .. }
            | Self::NoPartner { without: 0, .. } => None,
            Self::Cleaned { table, rule, rows_removed, cells_changed, .. } => {
                Some(format!("Table {table}: {rule}; {rows_removed} rows removed, {cells_changed} cells changed."))
            }
            Self::Counted { count, what } => Some(format!("{count} {what}")),
            Self::Kept { column, cells } => Some(format!("{column}: {cells} missing values are kept as unknown.")),
            Self::NoPartner { table, here, rows, without, unknown, .. } => Some(format!(
                "{without} of {rows} rows have no partner in table {table} ({unknown} of them no {here}); what it would add is missing there."
            )),
        }
    }
}

impl Remarks {
    pub(in crate::dataset) fn push(&mut self, remark: Remark) {
        if !self.0.iter_mut().any(|own| own.absorb(&remark)) {
            self.0.push(remark);
        }
    }

    pub(in crate::dataset) fn say(&mut self, text: impl Into<String>) {
        self.push(Remark::Text(text.into()));
    }

    pub(in crate::dataset) fn append(&mut self, others: Self) {
        for remark in others.0 {
            self.push(remark);
        }
    }

    pub(in crate::dataset) fn into_texts(self) -> Vec<String> {
        self.0.into_iter().filter_map(Remark::text).collect()
    }

    /// Refuses a join in which nothing found a partner.
    pub(in crate::dataset) fn check_joins(&self) -> Result<(), DatasetError> {
        for remark in &self.0 {
            if let Remark::NoPartner { file, table, here, there, rows, without, .. } = remark
                && rows == without
            {
                return Err(no_partner(file, here, there, table));
            }
        }
        Ok(())
    }
}

fn no_partner(file: &Path, here: &str, there: &str, table: &str) -> DatasetError {
    DatasetError::column(
        file,
        here,
        format!("no value has a partner in column \"{there}\" of table {table}; check the join"),
    )
}

impl From<Vec<String>> for Remarks {
    fn from(texts: Vec<String>) -> Self {
        let mut remarks = Self::default();
        for text in texts {
            remarks.say(text);
        }
        remarks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_pieces_add_up_and_nothing_is_said_of_zero() {
        let kept = |cells| Remark::Kept { column: "a".to_owned(), cells };
        let mut remarks = Remarks::default();
        remarks.push(kept(999));
        remarks.say("x");
        let mut more = Remarks::default();
        more.push(kept(1));
        more.say("x");
        more.push(Remark::Kept { column: "b".to_owned(), cells: 0 });
        remarks.append(more);
        assert_eq!(remarks.into_texts(), ["a: 1000 missing values are kept as unknown.", "x"]);
    }
}
