//! Facts: where purchases come from, what their columns mean, and what is made of them for customers.

use serde::{Deserialize, Serialize};

use crate::dataset::rules::CleaningRule;

/// Where customers' attributes come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerSource {
    /// The table.
    pub table: String,
    /// The column that names the customer.
    pub id: String,
    /// Tables whose columns are added.
    #[serde(default)]
    pub join: Vec<Join>,
    /// What happens to customers of the table who have no facts.
    #[serde(default)]
    pub without_facts: Others,
}

/// What happens to customers without facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Others {
    /// They are left out and counted.
    #[default]
    LeaveOut,
    /// They stay; what is counted or summed is 0, the rest is missing.
    Keep,
}

/// Adds the columns of another table to each row: the one whose key is equal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// The other table.
    pub table: String,
    /// The key, when both tables call it alike.
    #[serde(default)]
    pub on: Option<String>,
    /// The key here.
    #[serde(default)]
    pub left: Option<String>,
    /// The key there.
    #[serde(default)]
    pub right: Option<String>,
    /// The columns that are added; all that are not here yet when silent.
    #[serde(default)]
    pub columns: Option<Vec<String>>,
}

impl Join {
    /// The key here and there.
    ///
    /// # Errors
    /// What was expected, when neither `on` nor both of `left` and `right` are given.
    pub fn keys(&self) -> Result<(&str, &str), String> {
        match (&self.on, &self.left, &self.right) {
            (Some(on), None, None) => Ok((on, on)),
            (None, Some(left), Some(right)) => Ok((left, right)),
            _ => Err("expected either on, or left and right".to_owned()),
        }
    }
}

/// Purchases or other events, a row each.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactSource {
    /// The table.
    pub table: String,
    /// Column that names the customer; a missing one is an unknown customer.
    pub customer: String,
    /// Column that names the order (invoice, basket); each row is an order of its own when silent.
    #[serde(default)]
    pub order: Option<String>,
    /// Column of the day.
    pub time: String,
    /// Column of the money of the whole line.
    pub amount: String,
    /// Column of the number of units.
    #[serde(default)]
    pub quantity: Option<String>,
    /// Columns to compare sales by, in order.
    #[serde(default)]
    pub dimension: Vec<Dimension>,
    /// Column of the latitude in degrees.
    #[serde(default)]
    pub latitude: Option<String>,
    /// Column of the longitude in degrees.
    #[serde(default)]
    pub longitude: Option<String>,
    /// What a day without facts means for a series.
    #[serde(default)]
    pub missing_days: Gaps,
    /// Day from which recency is counted, ISO 8601; the day after the last one when silent.
    #[serde(default)]
    pub snapshot: Option<String>,
    /// Tables whose columns are added.
    #[serde(default)]
    pub join: Vec<Join>,
    /// Cleaning rules in the order in which they run, after the joins.
    #[serde(default)]
    pub clean: Vec<CleaningRule>,
    /// Whether the rows stay in their database, which then adds them up when a page asks; they are read into memory otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_database: bool,
    /// What is made of a customer's facts beside recency, frequency and monetary value.
    #[serde(default)]
    pub features: Features,
}

/// A column to compare sales by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// The column.
    pub column: String,
    /// Name for people; made from the column's name when silent.
    #[serde(default)]
    pub label: Option<String>,
}

/// What a day without facts means for a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Gaps {
    /// Nothing was sold.
    #[default]
    Zero,
    /// Nobody looked, for example a holiday.
    Missing,
}

/// Features of customers from their facts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Dimensions whose different levels are counted, as `distinct_COLUMN`.
    #[serde(default)]
    pub distinct: Vec<String>,
    /// Dimensions whose level with most money is kept, as `preferred_COLUMN`.
    #[serde(default)]
    pub preferred: Vec<String>,
}

impl FactSource {
    /// The columns that it names, with their keys.
    #[must_use]
    pub fn named_columns(&self) -> Vec<(&'static str, &str)> {
        let mut named =
            vec![("customer", self.customer.as_str()), ("time", self.time.as_str()), ("amount", self.amount.as_str())];
        let optional = [
            ("order", &self.order),
            ("quantity", &self.quantity),
            ("latitude", &self.latitude),
            ("longitude", &self.longitude),
        ];
        named.extend(optional.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?))));
        named.extend(self.dimension.iter().map(|dimension| ("dimension.column", dimension.column.as_str())));
        named
    }

    /// Refuses settings that contradict themselves, with the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("facts.{key}"), message));
        for (position, dimension) in self.dimension.iter().enumerate() {
            if self.dimension[..position].iter().any(|other| other.column == dimension.column) {
                return fail("dimension.column", format!("\"{}\" stands twice", dimension.column));
            }
        }
        for (key, names) in
            [("features.distinct", &self.features.distinct), ("features.preferred", &self.features.preferred)]
        {
            for name in names {
                if !self.dimension.iter().any(|dimension| &dimension.column == name) {
                    let known: Vec<&str> = self.dimension.iter().map(|dimension| dimension.column.as_str()).collect();
                    let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
                    return fail(key, format!("expected a dimension, found \"{name}\"; dimensions: {known}"));
                }
            }
        }
        if self.latitude.is_some() != self.longitude.is_some() {
            return fail("latitude", "expected latitude and longitude together".to_owned());
        }
        if let Some(day) = &self.snapshot
            && crate::dataset::dates::parse_iso(day).is_none()
        {
            return fail("snapshot", format!("expected a day such as \"2024-12-31\", found \"{day}\""));
        }
        for join in &self.join {
            join.keys().map_err(|message| ("facts.join".to_owned(), message))?;
        }
        for rule in &self.clean {
            rule.check().or_else(|(key, message)| fail(&format!("clean.{key}"), message))?;
        }
        Ok(())
    }
}
