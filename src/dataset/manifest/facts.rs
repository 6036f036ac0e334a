//! Facts: where purchases come from, what their columns mean, and what is made of them for customers.

use serde::{Deserialize, Serialize};

use super::Derivation;
use super::returns::{BelowZero, LeftOut, ReturnSource};
use crate::dataset::manifest::rules::CleaningRule;

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
    /// What is put before the names of the columns that are added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
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
    /// Column of the money of the whole line; where there is none, each row counts as one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
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
    /// Distances between two places of a row, worked out after the joins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distance: Vec<Distance>,
    /// Columns computed from others, after the joins and distances.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derive: Vec<Derivation>,
    /// Numbers of a row beside its amount and quantity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub number: Vec<Number>,
    /// Cleaning rules in the order in which they run, after the joins.
    #[serde(default)]
    pub clean: Vec<CleaningRule>,
    /// Whether the rows stay in their database, which then adds them up when a page asks; they are read into memory otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_database: bool,
    /// What each row has come to, of things that are handed out and used later, such as coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusSource>,
    /// Which rows take purchases back; those with an amount below zero when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnSource>,
    /// Rows that are no sales, such as cancelled orders.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<LeftOut>,
    /// What is made of a customer's facts beside recency, frequency and monetary value.
    #[serde(default)]
    pub features: Features,
}

/// What things that are handed out have come to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusSource {
    /// Column of the status; one of the dimensions, whether it stands among them or not.
    pub column: String,
    /// The values that mean that the thing was used.
    pub used: Vec<String>,
    /// Column of the day of use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    /// What one of the things is called, such as "coupon".
    #[serde(default = "thing")]
    pub thing: String,
    /// What a used one is said to be, such as "burned".
    #[serde(default = "used")]
    pub word: String,
}

fn thing() -> String {
    "coupon".to_owned()
}

fn used() -> String {
    "used".to_owned()
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

/// The way between two places of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Distance {
    /// Name of the new column, in kilometres.
    pub name: String,
    /// Columns of latitude and longitude of one end, in degrees.
    pub from: [String; 2],
    /// Those of the other end.
    pub to: [String; 2],
}

/// A number of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Number {
    /// The column.
    pub column: String,
    /// Name for people; made from the column's name when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Whether it belongs to the row or to its whole order, whose rows then share it.
    #[serde(default)]
    pub per: Per,
}

/// What a number belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Per {
    /// Each row has its own.
    #[default]
    Row,
    /// All rows of an order share it, so it counts once for the order.
    Order,
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
    /// Numbers of which the mean is kept, as `mean_COLUMN`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mean: Vec<String>,
    /// Numbers that are added up, as `total_COLUMN`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub total: Vec<String>,
    /// Numbers of which the largest is kept, as `max_COLUMN`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub max: Vec<String>,
}

impl FactSource {
    /// Names of the columns that are not in the table but worked out.
    #[must_use]
    pub fn computed(&self) -> Vec<&str> {
        let distances = self.distance.iter().map(|distance| distance.name.as_str());
        distances.chain(self.derive.iter().map(|step| step.name.as_str())).collect()
    }

    /// What amounts below zero are, as far as the manifest tells.
    #[must_use]
    pub fn below_zero(&self) -> BelowZero {
        match self.returns.as_ref().and_then(|returns| returns.negative) {
            Some(true) => BelowZero::Returns,
            Some(false) => BelowZero::Purchases,
            // What is handed out and used is not sold, and its amounts may well be deductions.
            None if self.amount.is_none() || self.status.is_some() => BelowZero::Purchases,
            None => BelowZero::ReturnsIfFew,
        }
    }

    /// Puts the status among the dimensions, so that everything can be compared by it.
    pub(super) fn complete(&mut self) {
        if let Some(status) = &self.status
            && !self.dimension.iter().any(|dimension| dimension.column == status.column)
        {
            self.dimension.push(Dimension { column: status.column.clone(), label: None });
        }
    }

    /// The columns that it names, with their keys.
    #[must_use]
    pub fn named_columns(&self) -> Vec<(&'static str, &str)> {
        let mut named = vec![("customer", self.customer.as_str()), ("time", self.time.as_str())];
        let optional = [
            ("amount", &self.amount),
            ("order", &self.order),
            ("quantity", &self.quantity),
            ("latitude", &self.latitude),
            ("longitude", &self.longitude),
        ];
        named.extend(optional.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?))));
        if let Some(status) = &self.status {
            named.push(("status.column", status.column.as_str()));
            named.extend(status.time.as_deref().map(|name| ("status.time", name)));
        }
        if let Some(returns) = &self.returns {
            named.extend(returns.column.as_deref().map(|name| ("returns.column", name)));
            named.extend(returns.purchase.as_deref().map(|name| ("returns.purchase", name)));
        }
        named.extend(self.leave_out.iter().map(|left| ("leave_out.column", left.column.as_str())));
        named.extend(self.dimension.iter().map(|dimension| ("dimension.column", dimension.column.as_str())));
        named.extend(self.number.iter().map(|number| ("number.column", number.column.as_str())));
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
        let of_numbers = [
            ("features.mean", &self.features.mean),
            ("features.total", &self.features.total),
            ("features.max", &self.features.max),
        ];
        for (key, name) in of_numbers.into_iter().flat_map(|(key, names)| names.iter().map(move |name| (key, name))) {
            if !self.number.iter().any(|number| &number.column == name) {
                let known: Vec<&str> = self.number.iter().map(|number| number.column.as_str()).collect();
                let known = if known.is_empty() { "there is none".to_owned() } else { known.join(", ") };
                return fail(key, format!("expected a number of the facts, found \"{name}\"; numbers: {known}"));
            }
        }
        for (position, number) in self.number.iter().enumerate() {
            if self.number[..position].iter().any(|other| other.column == number.column) {
                return fail("number.column", format!("\"{}\" stands twice", number.column));
            }
        }
        let computed = self.computed();
        for (position, name) in computed.iter().enumerate() {
            if name.trim().is_empty() || computed[..position].contains(name) {
                return fail("derive.name", format!("expected a new, unique column name, found \"{name}\""));
            }
        }
        if self.status.as_ref().is_some_and(|status| status.used.is_empty()) {
            return fail("status.used", "expected the values that mean used, such as [\"burned\"]".to_owned());
        }
        if let Some(returns) = &self.returns {
            returns.check(self.order.is_some(), self.amount.is_some())?;
        }
        if self.leave_out.iter().any(|left| left.values.is_empty()) {
            return fail(
                "leave_out.values",
                "expected the texts that mean no sale, such as [\"cancelled\"]".to_owned(),
            );
        }
        let is_simple = self.status.is_none() && self.number.is_empty() && computed.is_empty();
        if self.in_database && !(is_simple && self.amount.is_some()) {
            return fail(
                "in_database",
                "facts with a status, numbers or computed columns, or without an amount, are read into memory; leave in_database out".to_owned(),
            );
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
