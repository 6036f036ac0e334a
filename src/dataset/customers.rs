//! The canonical customer table: one row a customer, plain vectors, no polars.

use std::sync::OnceLock;

use super::label::humanise;
use super::manifest::{ColumnSpec, Role};
use super::texts::Texts;
use crate::stats::describe::{Summary, describe};
use crate::stats::histogram::bin_edges;

/// Code of a missing level.
pub const MISSING_LEVEL: u32 = u32::MAX;

/// Most bins a histogram is drawn with.
pub const MAX_BINS: usize = 30;

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
    /// A column of values with what is said of it; `unit` as people read it.
    pub(in crate::dataset) fn new(
        name: &str,
        role: Role,
        spec: ColumnSpec,
        unit: Option<String>,
        derived: bool,
        values: Values,
    ) -> Self {
        Self {
            name: name.to_owned(),
            label: spec.label.unwrap_or_else(|| humanise(name)),
            unit: unit.filter(|unit| !unit.is_empty()),
            description: spec.description,
            role,
            derived,
            low_word: spec.low_word,
            high_word: spec.high_word,
            values,
            summary: OnceLock::new(),
            edges: OnceLock::new(),
        }
    }

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
}
