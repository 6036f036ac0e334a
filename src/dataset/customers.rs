//! The canonical customer table: one row a customer, plain vectors, no polars.

use std::sync::OnceLock;

use polars::prelude::*;

use super::DatasetError;
use super::manifest::{Manifest, Role};
use crate::stats::describe::{Summary, describe};
use crate::stats::histogram::bin_edges;

/// Code of a missing level.
pub const MISSING_LEVEL: u32 = u32::MAX;

/// Most bins a histogram is drawn with.
pub const MAX_BINS: usize = 30;

/// Texts of one column in one block of memory.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    block: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a text.
    pub(super) fn push(&mut self, text: &str) {
        self.block.push_str(text);
        self.ends.push(self.block.len());
    }

    /// The first eight bytes of a row's text as a number; texts with different ones are in the order of these.
    pub(super) fn front(&self, row: usize) -> u64 {
        let text = self.get(row);
        let mut front = [0; 8];
        let length = text.len().min(8);
        front[..length].copy_from_slice(&text.as_bytes()[..length]);
        u64::from_be_bytes(front)
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The text of a row; empty beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        self.ends.get(row).and_then(|end| self.block.get(start..*end)).unwrap_or("")
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.as_ref());
        }
        all
    }
}

/// Values of a column.
#[derive(Debug, Clone)]
pub enum Values {
    /// Numbers, flags (0 and 1) and days (since 1970-01-01); NaN is missing.
    Numbers(Vec<f64>),
    /// Levels by code; [`MISSING_LEVEL`] is missing.
    Levels {
        /// A code a row.
        codes: Vec<u32>,
        /// The levels in alphabetical order; a code is a position here.
        names: Vec<String>,
    },
}

/// One variable of the customers.
#[derive(Debug)]
pub struct Column {
    /// Name in the file or manifest.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// What it means, where the manifest says so.
    pub description: Option<String>,
    /// Numeric, flag, date or category.
    pub role: Role,
    /// Whether the manifest computes it.
    pub derived: bool,
    /// Adjective for far below the mean.
    pub low_word: Option<String>,
    /// Adjective for far above the mean.
    pub high_word: Option<String>,
    /// The values.
    pub values: Values,
    summary: OnceLock<Option<Summary>>,
    edges: OnceLock<Vec<f64>>,
}

impl Column {
    /// The numbers, unless the column is a category.
    #[must_use]
    pub fn numbers(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Numbers(numbers) => Some(numbers),
            Values::Levels { .. } => None,
        }
    }

    /// The levels in alphabetical order, when the column is a category.
    #[must_use]
    pub fn levels(&self) -> Option<&[String]> {
        match &self.values {
            Values::Levels { names, .. } => Some(names),
            Values::Numbers(_) => None,
        }
    }

    /// Statistics over all customers, computed once; `None` for categories and all-missing columns.
    pub fn summary(&self) -> Option<&Summary> {
        self.summary.get_or_init(|| self.numbers().and_then(describe)).as_ref()
    }

    /// Histogram edges over all customers, computed once, so that every selection uses the same bins.
    pub fn edges(&self) -> &[f64] {
        self.edges.get_or_init(|| match (self.role, self.numbers()) {
            (Role::Flag, _) => vec![-0.5, 0.5, 1.5],
            (_, Some(numbers)) => bin_edges(numbers, MAX_BINS),
            (_, None) => Vec::new(),
        })
    }

    /// Whether means of the column make sense (numeric or flag).
    #[must_use]
    pub fn is_measure(&self) -> bool {
        matches!(self.role, Role::Numeric | Role::Flag)
    }

    /// Whether the numbers are calendar years, which are written without separators.
    #[must_use]
    pub fn is_year(&self) -> bool {
        self.unit.as_deref() == Some("year")
    }

    /// The label with its unit in brackets.
    #[must_use]
    pub fn axis_title(&self) -> String {
        match self.unit.as_deref() {
            Some(unit) if !unit.is_empty() && !self.is_year() => format!("{} ({unit})", self.label),
            _ => self.label.clone(),
        }
    }
}

/// All customers of a data set after cleaning.
#[derive(Debug)]
pub struct Customers {
    /// Customer ids; row numbers from 1 when the data has none.
    pub ids: Texts,
    /// Name of the id column.
    pub id_name: String,
    /// Whether the ids are row numbers because the data has none: they say nothing about who a customer is.
    pub numbered: bool,
    /// Variables in the order of the file, derived ones last.
    pub columns: Vec<Column>,
}

impl Customers {
    /// Number of customers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The numbers of a column by name.
    #[must_use]
    pub fn numbers(&self, name: &str) -> Option<&[f64]> {
        self.column(name)?.numbers()
    }

    /// Numeric and flag columns.
    pub fn measures(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.is_measure())
    }

    /// Numeric columns without flags and days.
    pub fn numeric(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.role == Role::Numeric)
    }

    /// Categories.
    pub fn categories(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| column.role == Role::Category)
    }

    /// Takes typed columns out of a polars table.
    ///
    /// # Errors
    /// [`DatasetError::Data`] when a column's type does not fit its role.
    pub(super) fn from_frame(
        file: &std::path::Path,
        manifest: &Manifest,
        frame: &DataFrame,
        roles: &[(String, Role)],
    ) -> Result<Self, DatasetError> {
        let mut ids: Option<(String, Texts)> = None;
        let mut columns = Vec::new();
        for (name, role) in roles {
            let fail = |error: PolarsError| DatasetError::column(file, name, error.to_string());
            let column = frame.column(name).map_err(fail)?;
            let values = match role {
                Role::Id if ids.is_none() => {
                    let texts = column.str().map_err(fail)?;
                    ids = Some((name.clone(), texts.iter().map(|text| text.unwrap_or("")).collect()));
                    continue;
                }
                Role::Ignore | Role::Id => continue,
                Role::Category => levels(column.str().map_err(fail)?),
                Role::Date => {
                    let days = column.cast(&DataType::Int32).map_err(fail)?;
                    let days = days.i32().map_err(fail)?;
                    Values::Numbers(days.iter().map(|day| day.map_or(f64::NAN, f64::from)).collect())
                }
                Role::Numeric | Role::Flag => {
                    let numbers = column.f64().map_err(|_| {
                        DatasetError::column(file, name, format!("holds no numbers, but its role is {}", role.as_str()))
                    })?;
                    Values::Numbers(numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
                }
            };
            let spec = manifest.column(name);
            columns.push(Column {
                name: name.clone(),
                label: spec.label.unwrap_or_else(|| humanise(name)),
                unit: manifest.unit(name).filter(|unit| !unit.is_empty()),
                description: spec.description,
                role: *role,
                derived: manifest.derive.iter().any(|step| &step.name == name),
                low_word: spec.low_word,
                high_word: spec.high_word,
                values,
                summary: OnceLock::new(),
                edges: OnceLock::new(),
            });
        }
        let numbered = ids.is_none();
        let (id_name, ids) =
            ids.unwrap_or_else(|| ("row".to_owned(), (1..=frame.height()).map(|row| row.to_string()).collect()));
        Ok(Self { ids, id_name, numbered, columns })
    }
}

pub(super) fn levels(texts: &StringChunked) -> Values {
    let mut names: Vec<&str> = texts.iter().flatten().collect::<std::collections::HashSet<_>>().into_iter().collect();
    names.sort_unstable();
    let positions: std::collections::HashMap<&str, u32> =
        names.iter().enumerate().map(|(position, name)| (*name, position as u32)).collect();
    let codes =
        texts.iter().map(|text| text.and_then(|text| positions.get(text).copied()).unwrap_or(MISSING_LEVEL)).collect();
    Values::Levels { codes, names: names.into_iter().map(str::to_owned).collect() }
}

/// A column's name as words: `NumWebPurchases` and `num_web_purchases` become "Num web purchases".
pub(super) fn humanise(name: &str) -> String {
    let mut words = String::new();
    let mut previous_lower = false;
    for c in name.chars() {
        if c == '_' || c == '-' || c == ' ' {
            if !words.ends_with(' ') {
                words.push(' ');
            }
            previous_lower = false;
            continue;
        }
        if c.is_uppercase() && previous_lower {
            words.push(' ');
            words.extend(c.to_lowercase());
        } else if words.is_empty() {
            words.extend(c.to_uppercase());
        } else if words.ends_with(' ') {
            words.extend(c.to_lowercase());
        } else {
            words.push(c);
        }
        previous_lower = c.is_lowercase() || c.is_ascii_digit();
    }
    words.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_by_row() {
        let texts: Texts = ["a", "", "bcd"].into_iter().collect();
        assert_eq!((texts.len(), texts.get(0), texts.get(1), texts.get(2), texts.get(3)), (3, "a", "", "bcd", ""));
    }

    #[test]
    fn texts_are_sorted_as_texts() {
        let texts: Texts = ["b", "", "abcdefghi", "abcdefgh", "a\0", "é", "a"].into_iter().collect();
        let mut rows: Vec<usize> = (0..texts.len()).collect();
        rows.sort_by_key(|row| (texts.front(*row), texts.get(*row)));
        let sorted: Vec<&str> = rows.iter().map(|row| texts.get(*row)).collect();
        assert_eq!(sorted, ["", "a", "a\0", "abcdefgh", "abcdefghi", "b", "é"]);
    }

    #[test]
    fn names_become_words() {
        for (name, words) in [
            ("NumWebPurchases", "Num web purchases"),
            ("n_visitas", "N visitas"),
            ("Total_Spent", "Total spent"),
            ("ID", "ID"),
            ("", ""),
        ] {
            assert_eq!(humanise(name), words);
        }
    }

    #[test]
    fn levels_are_alphabetical_and_missing_is_kept() {
        let texts = StringChunked::from_iter([Some("b"), None, Some("a"), Some("b")]);
        let Values::Levels { codes, names } = levels(&texts) else { panic!("expected levels") };
        assert_eq!(codes, [1, MISSING_LEVEL, 0, 1]);
        assert_eq!(names, ["a", "b"]);
    }
}
