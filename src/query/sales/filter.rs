//! Which facts to look at.

use std::collections::{BTreeMap, BTreeSet};

use crate::dataset::facts::FactDimension;
use crate::dataset::{Facts, dates};
use crate::query::error::{MISSING_NAME, QueryError};

/// Which facts to look at, beside the filter of the customers.
///
/// In a query string: `from` and `to` (days, both kept) and `on.DIMENSION` (repeated).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SalesFilter {
    /// First day kept.
    pub from: Option<i32>,
    /// Last day kept.
    pub to: Option<i32>,
    /// Kept levels by dimension.
    pub levels: BTreeMap<String, BTreeSet<String>>,
}

impl SalesFilter {
    /// Reads the filter's keys from decoded query pairs; other keys and empty values are left alone.
    ///
    /// # Errors
    /// [`QueryError`] for malformed days, unknown dimensions and unknown levels.
    pub fn parse(pairs: &[(String, String)], facts: &Facts) -> Result<Self, QueryError> {
        let mut filter = Self::default();
        for (key, text) in pairs.iter().filter(|(_, text)| !text.trim().is_empty()) {
            let day = || {
                dates::parse_iso(text).ok_or_else(|| QueryError::BadLimit {
                    column: "the period".to_owned(),
                    text: text.clone(),
                    expected: "day such as 2024-12-31",
                })
            };
            if key == "from" {
                filter.from = Some(day()?);
            } else if key == "to" {
                filter.to = Some(day()?);
            } else if let Some(name) = key.strip_prefix("on.") {
                check_level(dimension(facts, name, "to filter sales by")?, text)?;
                filter.levels.entry(name.to_owned()).or_default().insert(text.clone());
            }
        }
        Ok(filter)
    }

    /// The filter as query pairs, in a fixed order.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String)> {
        let ends = [("from", self.from), ("to", self.to)];
        let days = ends.into_iter().filter_map(|(key, day)| Some((key.to_owned(), dates::format_iso(f64::from(day?)))));
        let levels = self
            .levels
            .iter()
            .flat_map(|(name, levels)| levels.iter().map(move |level| (format!("on.{name}"), level.clone())));
        days.chain(levels).collect()
    }

    /// Whether every fact passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.from.is_none() && self.to.is_none() && self.levels.is_empty()
    }
}

/// A dimension by name; `purpose` completes the error's sentence.
///
/// # Errors
/// [`QueryError::UnknownColumn`].
pub fn dimension<'a>(facts: &'a Facts, name: &str, purpose: &str) -> Result<&'a FactDimension, QueryError> {
    facts.dimension(name).ok_or_else(|| QueryError::UnknownColumn {
        name: name.to_owned(),
        purpose: purpose.to_owned(),
        known: facts.dimensions.iter().map(|dimension| dimension.name.as_str()).collect::<Vec<_>>().join(", "),
    })
}

fn check_level(dimension: &FactDimension, text: &str) -> Result<(), QueryError> {
    if text == MISSING_NAME || dimension.names.iter().any(|name| name == text) {
        return Ok(());
    }
    Err(QueryError::UnknownLevel {
        column: dimension.label.clone(),
        text: text.to_owned(),
        known: dimension.names.iter().take(10).map(String::as_str).collect::<Vec<_>>().join(", "),
    })
}
