//! The chosen customers, and how they fall into groups.

use std::sync::OnceLock;

use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::{Column, Customers, Role, Values};

use crate::query::error::{MISSING_NAME, QueryError};

/// Rows chosen by a filter, with the cluster of every customer where a model is in use.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// All customers.
    pub customers: &'a Customers,
    /// Rows that passed the filter, ascending.
    pub rows: Vec<u32>,
    /// Cluster of every customer (not only the chosen); -1 is undecided.
    pub labels: Option<&'a [i32]>,
    /// The rows by cluster, once somebody asked.
    segments: OnceLock<Vec<Group>>,
}

/// Rows that share a cluster or a level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Cluster, or position of the level; -1 is undecided or missing.
    pub key: i32,
    /// Rows, ascending.
    pub rows: Vec<u32>,
}

impl<'a> View<'a> {
    /// Some customers, by their rows in ascending order.
    #[must_use]
    pub fn new(customers: &'a Customers, rows: Vec<u32>, labels: Option<&'a [i32]>) -> Self {
        Self { customers, rows, labels, segments: OnceLock::new() }
    }

    /// Every customer.
    #[must_use]
    pub fn all(customers: &'a Customers, labels: Option<&'a [i32]>) -> Self {
        Self::new(customers, (0..customers.len() as u32).collect(), labels)
    }

    /// Others of the same customers.
    #[must_use]
    pub fn with_rows(&self, rows: Vec<u32>) -> Self {
        Self::new(self.customers, rows, self.labels)
    }

    /// A column by name; `purpose` completes the error's sentence.
    ///
    /// # Errors
    /// [`QueryError::UnknownColumn`].
    pub fn column(&self, name: &str, purpose: &str, fits: impl Fn(&Column) -> bool) -> Result<&'a Column, QueryError> {
        self.customers.column(name).filter(|column| fits(column)).ok_or_else(|| QueryError::UnknownColumn {
            name: name.to_owned(),
            purpose: purpose.to_owned(),
            known: self
                .customers
                .columns
                .iter()
                .filter(|column| fits(column))
                .map(|column| column.name.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        })
    }

    /// The chosen customers' numbers, missing as NaN; empty for a category.
    #[must_use]
    pub fn numbers(&self, column: &Column) -> Vec<f64> {
        pick(column, &self.rows)
    }

    /// The chosen customers by cluster, in the order of the clusters, undecided last.
    /// Without a model, one group of key 0 holds all. They are found once, whoever asks how often.
    pub fn by_segment(&self) -> &[Group] {
        self.segments.get_or_init(|| self.grouped())
    }

    fn grouped(&self) -> Vec<Group> {
        let Some(labels) = self.labels else {
            return vec![Group { key: 0, rows: self.rows.clone() }];
        };
        let highest = self.rows.iter().map(|row| labels[*row as usize]).max().unwrap_or(-1);
        let mut groups: Vec<Group> = (0..=highest).map(|key| Group { key, rows: Vec::new() }).collect();
        let mut undecided = Group { key: -1, rows: Vec::new() };
        for row in &self.rows {
            match usize::try_from(labels[*row as usize]) {
                Ok(cluster) => groups[cluster].rows.push(*row),
                Err(_) => undecided.rows.push(*row),
            }
        }
        groups.push(undecided);
        groups.retain(|group| !group.rows.is_empty());
        groups
    }

    /// The chosen customers by the levels of a category or flag, with the levels' names;
    /// missing comes last.
    #[must_use]
    pub fn by_level(&self, column: &Column) -> Vec<(String, Group)> {
        let names: Vec<String> = match &column.values {
            Values::Levels { names, .. } => names.clone(),
            Values::Numbers(_) => vec!["no".to_owned(), "yes".to_owned()],
        };
        let mut groups: Vec<Group> = (0..names.len() as i32).map(|key| Group { key, rows: Vec::new() }).collect();
        let mut missing = Group { key: -1, rows: Vec::new() };
        for row in &self.rows {
            let position = match &column.values {
                Values::Levels { codes, .. } => Some(codes[*row as usize]).filter(|c| *c != MISSING_LEVEL),
                Values::Numbers(numbers) => {
                    Some(numbers[*row as usize]).filter(|v| *v == 0.0 || *v == 1.0).map(|v| v as u32)
                }
            };
            match position {
                Some(position) => groups[position as usize].rows.push(*row),
                None => missing.rows.push(*row),
            }
        }
        names
            .into_iter()
            .zip(groups)
            .chain(std::iter::once((MISSING_NAME.to_owned(), missing)))
            .filter(|(_, group)| !group.rows.is_empty())
            .collect()
    }
}

/// Numbers of some rows of a column, missing as NaN; empty for a category.
#[must_use]
pub fn pick(column: &Column, rows: &[u32]) -> Vec<f64> {
    column.numbers().map_or_else(Vec::new, |numbers| rows.iter().map(|row| numbers[*row as usize]).collect())
}

/// Sum over some rows; missing counts as 0.
#[must_use]
pub fn sum(column: &Column, rows: &[u32]) -> f64 {
    column
        .numbers()
        .map_or(0.0, |numbers| rows.iter().map(|row| numbers[*row as usize]).filter(|value| !value.is_nan()).sum())
}

/// Mean over some rows without the missing; NaN when none is left.
#[must_use]
pub fn mean(column: &Column, rows: &[u32]) -> f64 {
    column.numbers().map_or(f64::NAN, |numbers| {
        let (mut total, mut count) = (0.0, 0_u32);
        for value in rows.iter().map(|row| numbers[*row as usize]).filter(|value| !value.is_nan()) {
            total += value;
            count += 1;
        }
        total / f64::from(count)
    })
}

/// Whether a column can split customers into groups.
#[must_use]
pub fn is_splitter(column: &Column) -> bool {
    matches!(column.role, Role::Category | Role::Flag)
}
