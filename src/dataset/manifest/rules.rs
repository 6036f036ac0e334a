//! Cleaning rules as a manifest states them. What they do to data is in `crate::dataset::prepare::clean`.

use serde::{Deserialize, Serialize};

/// Digits of a code, at most.
const MOST_DIGITS: usize = 64;

/// The columns a rule speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Columns {
    /// `"*"`: every column for which the rule makes sense.
    Pattern(String),
    /// These columns.
    Named(Vec<String>),
}

/// A limit of a range: a number, or a day written as 2024-12-31.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Bound {
    /// A number.
    Number(f64),
    /// A day in ISO 8601.
    Day(String),
}

impl Bound {
    /// The limit as a number; days count from 1970-01-01. `None` when the text is no ISO day.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Day(text) => crate::dataset::dates::parse_iso(text).map(f64::from),
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Day(day) => f.write_str(day),
        }
    }
}

/// What happens to missing values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MissingAction {
    /// The row is removed.
    Drop,
    /// Replaced by the column's mean.
    Mean,
    /// Replaced by the column's median.
    Median,
    /// Replaced by the column's most frequent value.
    Mode,
    /// Replaced by the rule's `value`.
    Constant,
    /// Kept as missing, and counted.
    Keep,
}

/// What happens to a value that cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OffenceAction {
    /// The row is removed.
    Drop,
    /// The value becomes missing.
    Missing,
}

/// Which of several rows with one id stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Keep {
    /// The first in the file.
    #[default]
    First,
    /// The last in the file.
    Last,
}

/// One `[[clean]]` entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CleaningRule {
    /// Missing values.
    Missing {
        /// Columns it looks at.
        columns: Columns,
        /// What happens to a missing value.
        action: MissingAction,
        /// The replacement of `constant`.
        #[serde(default)]
        value: Option<Constant>,
    },
    /// Values below zero.
    Negatives {
        /// Columns it looks at.
        columns: Columns,
        /// What happens to a negative value.
        action: OffenceAction,
    },
    /// Values equal to zero.
    Zeros {
        /// Columns it looks at.
        columns: Columns,
        /// What happens to a zero.
        action: OffenceAction,
    },
    /// Values outside what is possible.
    Range {
        /// Columns it looks at.
        columns: Columns,
        /// Lowest possible value.
        #[serde(default)]
        low: Option<Bound>,
        /// Highest possible value.
        #[serde(default)]
        high: Option<Bound>,
        /// What happens to an impossible value.
        action: OffenceAction,
    },
    /// Values beyond a limit become the limit (winsorising).
    Cap {
        /// Columns it looks at.
        columns: Columns,
        /// Values below become this.
        #[serde(default)]
        low: Option<f64>,
        /// Values above become this.
        #[serde(default)]
        high: Option<f64>,
    },
    /// Rows equal in every column; the first stays.
    DuplicateRows,
    /// Rows of one id.
    DuplicateIds {
        /// Which of them stays.
        #[serde(default)]
        keep: Keep,
    },
    /// Levels of a category that mean the same.
    Merge {
        /// The category.
        column: String,
        /// The level they become.
        into: String,
        /// The levels that are replaced.
        values: Vec<String>,
    },
    /// Spellings of a text that mean the same: outer and repeated spaces go, and case is made one.
    Normalise {
        /// Columns it looks at.
        columns: Columns,
        /// What becomes of upper and lower case.
        #[serde(default)]
        case: Case,
    },
    /// Codes of which only the digits in front count (`85123A` becomes `85123`).
    LeadingDigits {
        /// Columns it looks at.
        columns: Columns,
    },
    /// Codes in one spelling: capitals without blanks, dashes and the like (`ab-12 ` becomes `AB12`), whole numbers without decimals and
    /// with zeros in front up to a width.
    Codes {
        /// Columns it looks at.
        columns: Columns,
        /// Digits of a whole number at least; zeros fill up to them. Without it there are no zeros in front.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        width: Option<usize>,
    },
    /// Values that only the first line of a group has, as an order's customer and day in some exports: the other lines take them.
    FillWithin {
        /// Column that names the group.
        by: String,
        /// Columns it fills.
        columns: Columns,
    },
    /// Amounts of a whole group that stand on each of its lines, such as an order's total: the first line keeps it, the others have 0.
    OncePer {
        /// Column that names the group.
        by: String,
        /// Columns of the amounts.
        columns: Columns,
    },
    /// Amounts that are not quantity times price.
    Consistent {
        /// Column of the number of units.
        quantity: String,
        /// Column of the price of one.
        price: String,
        /// Column of the amount of the line.
        amount: String,
        /// Greatest difference that is no contradiction, in money.
        tolerance: f64,
        /// What happens to a contradiction.
        action: Contradiction,
    },
    /// Values far outside the quartiles (Tukey, 1977).
    Outliers {
        /// Columns it looks at.
        columns: Columns,
        /// Distance from the quartiles in units of the interquartile range.
        factor: f64,
        /// What happens to an outlier.
        action: OffenceAction,
    },
    /// Columns with one value only are left out.
    ConstantColumns,
}

/// What becomes of upper and lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Case {
    /// It stays.
    #[default]
    Keep,
    /// ALL CAPITALS.
    Upper,
    /// all small letters.
    Lower,
    /// Each Word With A Capital.
    Title,
}

/// What happens to an amount that contradicts quantity and price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Contradiction {
    /// The row is removed.
    Drop,
    /// The amount becomes quantity times price.
    Recompute,
    /// Kept, and counted.
    Keep,
}

/// The replacement of a missing value: a number or a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum Constant {
    /// For numeric columns.
    Number(f64),
    /// For categories.
    Text(String),
}

impl CleaningRule {
    /// Refuses rules that contradict themselves, with the key and what was expected.
    pub(in crate::dataset) fn check(&self) -> Result<(), (&'static str, String)> {
        self.check_columns()?;
        match self {
            Self::Missing { action: MissingAction::Constant, value: None, .. } => {
                Err(("value", "expected the replacement, because action is \"constant\"".to_owned()))
            }
            Self::Missing { action, value: Some(_), .. } if *action != MissingAction::Constant => {
                Err(("value", "goes only with action = \"constant\"".to_owned()))
            }
            Self::Range { low, high, .. } => {
                for (key, bound) in [("low", low), ("high", high)] {
                    if bound.as_ref().is_some_and(|bound| bound.value().is_none_or(|v| !v.is_finite())) {
                        return Err((key, "expected a number, or a day such as \"2024-12-31\"".to_owned()));
                    }
                }
                let limits = (low.as_ref().and_then(Bound::value), high.as_ref().and_then(Bound::value));
                check_limits(limits.0, limits.1)
            }
            Self::Cap { low, high, .. } => check_limits(*low, *high),
            Self::Codes { width: Some(width), .. } if !(1..=MOST_DIGITS).contains(width) => {
                Err(("width", format!("expected a whole number from 1 to {MOST_DIGITS}, found {width}")))
            }
            Self::Consistent { tolerance, .. } if !(tolerance.is_finite() && *tolerance >= 0.0) => {
                Err(("tolerance", format!("expected an amount of at least 0, found {tolerance}")))
            }
            Self::Outliers { factor, .. } if !(factor.is_finite() && *factor > 0.0) => {
                Err(("factor", format!("expected a number above 0, found {factor}")))
            }
            Self::Merge { values, .. } if values.is_empty() => {
                Err(("values", "expected at least one level to replace".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn check_columns(&self) -> Result<(), (&'static str, String)> {
        match self.columns() {
            Some(Columns::Pattern(pattern)) if pattern != "*" => {
                Err(("columns", format!("expected a list of column names or \"*\" for all, found \"{pattern}\"")))
            }
            Some(Columns::Named(names)) if names.is_empty() => {
                Err(("columns", "expected at least one column".to_owned()))
            }
            _ => Ok(()),
        }
    }

    /// The columns the rule names, where it names any.
    #[must_use]
    pub fn columns(&self) -> Option<&Columns> {
        match self {
            Self::Missing { columns, .. }
            | Self::Negatives { columns, .. }
            | Self::Zeros { columns, .. }
            | Self::Range { columns, .. }
            | Self::Cap { columns, .. }
            | Self::Normalise { columns, .. }
            | Self::LeadingDigits { columns }
            | Self::Codes { columns, .. }
            | Self::FillWithin { columns, .. }
            | Self::OncePer { columns, .. }
            | Self::Outliers { columns, .. } => Some(columns),
            Self::DuplicateRows
            | Self::DuplicateIds { .. }
            | Self::Merge { .. }
            | Self::Consistent { .. }
            | Self::ConstantColumns => None,
        }
    }

    /// Whether the rule looks at one row at a time, so that a table can be cleaned piece by piece.
    #[must_use]
    pub fn is_row_by_row(&self) -> bool {
        match self {
            Self::Missing { action, .. } => {
                matches!(action, MissingAction::Drop | MissingAction::Keep | MissingAction::Constant)
            }
            Self::Negatives { .. }
            | Self::Zeros { .. }
            | Self::Range { .. }
            | Self::Cap { .. }
            | Self::Merge { .. }
            | Self::Normalise { .. }
            | Self::LeadingDigits { .. }
            | Self::Codes { .. }
            | Self::Consistent { .. } => true,
            Self::FillWithin { .. }
            | Self::OncePer { .. }
            | Self::DuplicateRows
            | Self::DuplicateIds { .. }
            | Self::Outliers { .. }
            | Self::ConstantColumns => false,
        }
    }

    /// The columns that the rule reads; `None` when those depend on the table.
    #[must_use]
    pub fn reads(&self) -> Option<Vec<&str>> {
        match self {
            Self::Merge { column, .. } => Some(vec![column]),
            Self::FillWithin { by, columns: Columns::Named(names) }
            | Self::OncePer { by, columns: Columns::Named(names) } => {
                Some(std::iter::once(by).chain(names).map(String::as_str).collect())
            }
            Self::Consistent { quantity, price, amount, .. } => Some(vec![quantity, price, amount]),
            Self::DuplicateRows | Self::DuplicateIds { .. } | Self::ConstantColumns => None,
            other => match other.columns()? {
                Columns::Named(names) => Some(names.iter().map(String::as_str).collect()),
                Columns::Pattern(_) => None,
            },
        }
    }

    /// The rule in words, for the ledger.
    #[must_use]
    pub fn describe(&self) -> String {
        match self {
            Self::Missing { action, value, .. } => match (action, value) {
                (MissingAction::Drop, _) => "Missing values: row removed".to_owned(),
                (MissingAction::Mean, _) => "Missing values: replaced by the mean".to_owned(),
                (MissingAction::Median, _) => "Missing values: replaced by the median".to_owned(),
                (MissingAction::Mode, _) => "Missing values: replaced by the most frequent value".to_owned(),
                (MissingAction::Constant, Some(Constant::Number(number))) => {
                    format!("Missing values: replaced by {number}")
                }
                (MissingAction::Constant, Some(Constant::Text(text))) => {
                    format!("Missing values: replaced by \"{text}\"")
                }
                (MissingAction::Constant, None) | (MissingAction::Keep, _) => {
                    "Missing values: kept as missing".to_owned()
                }
            },
            Self::Negatives { action, .. } => format!("Negative values: {}", action.words()),
            Self::Zeros { action, .. } => format!("Zeros: {}", action.words()),
            Self::Range { low, high, action, .. } => {
                format!("Impossible values ({}): {}", limits(low.as_ref(), high.as_ref()), action.words())
            }
            Self::Cap { low, high, .. } => {
                format!("Capped ({})", limits(low.as_ref(), high.as_ref()))
            }
            Self::DuplicateRows => "Duplicate rows: first kept".to_owned(),
            Self::DuplicateIds { keep: Keep::First } => "Duplicate ids: first kept".to_owned(),
            Self::DuplicateIds { keep: Keep::Last } => "Duplicate ids: last kept".to_owned(),
            Self::Merge { into, values, .. } => format!("{} merged into {into}", values.join(", ")),
            Self::Normalise { case, .. } => format!("Spellings: spaces{}", case.words()),
            Self::LeadingDigits { .. } => "Codes: digits in front kept".to_owned(),
            Self::Codes { width: None, .. } => "Codes: one spelling".to_owned(),
            Self::Codes { width: Some(width), .. } => format!("Codes: one spelling, {width} digits"),
            Self::FillWithin { by, .. } => format!("Taken from the first line of each {by}"),
            Self::OncePer { by, .. } => format!("Counted once for each {by}"),
            Self::Consistent { tolerance, action, .. } => {
                format!("Amounts more than {tolerance} from quantity times price: {}", action.words())
            }
            Self::Outliers { factor, action, .. } => {
                format!("More than {factor} interquartile ranges outside the quartiles: {}", action.words())
            }
            Self::ConstantColumns => "Columns with a single value left out".to_owned(),
        }
    }
}

impl Case {
    fn words(self) -> &'static str {
        match self {
            Self::Keep => "",
            Self::Upper => " and case (all capitals)",
            Self::Lower => " and case (all small)",
            Self::Title => " and case (capital first)",
        }
    }
}

impl Contradiction {
    fn words(self) -> &'static str {
        match self {
            Self::Drop => "row removed",
            Self::Recompute => "computed again",
            Self::Keep => "kept",
        }
    }
}

impl OffenceAction {
    fn words(self) -> &'static str {
        match self {
            Self::Drop => "row removed",
            Self::Missing => "made missing",
        }
    }
}

fn limits(low: Option<&impl std::fmt::Display>, high: Option<&impl std::fmt::Display>) -> String {
    match (low, high) {
        (Some(low), Some(high)) => format!("below {low} or above {high}"),
        (Some(low), None) => format!("below {low}"),
        (None, Some(high)) => format!("above {high}"),
        (None, None) => "no limits".to_owned(),
    }
}

fn check_limits(low: Option<f64>, high: Option<f64>) -> Result<(), (&'static str, String)> {
    match (low, high) {
        (None, None) => Err(("low", "expected at least one of low and high".to_owned())),
        (Some(low), Some(high)) if low > high => Err(("low", format!("expected low <= high, found {low} > {high}"))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<CleaningRule, String> {
        toml::from_str::<CleaningRule>(text).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn self_contradicting_rules_are_refused() {
        for (text, key) in [
            ("rule = 'missing'\ncolumns = ['a']\naction = 'constant'", "value"),
            ("rule = 'missing'\ncolumns = ['a']\naction = 'mean'\nvalue = 3", "value"),
            ("rule = 'range'\ncolumns = ['a']\naction = 'drop'", "low"),
            ("rule = 'range'\ncolumns = ['a']\nlow = 3\nhigh = 1\naction = 'drop'", "low"),
            ("rule = 'range'\ncolumns = ['a']\nlow = 'yesterday'\naction = 'drop'", "low"),
            ("rule = 'cap'\ncolumns = ['a']", "low"),
            ("rule = 'cap'\ncolumns = 'all'\nhigh = 1", "columns"),
            ("rule = 'merge'\ncolumn = 'a'\ninto = 'b'\nvalues = []", "values"),
            ("rule = 'zeros'\ncolumns = []\naction = 'drop'", "columns"),
            ("rule = 'zeros'\ncolumns = 'all'\naction = 'drop'", "columns"),
        ] {
            assert_eq!(parse(text).unwrap().check().unwrap_err().0, key, "{text}");
        }
    }

    #[test]
    fn an_unknown_rule_lists_the_known_ones() {
        assert!(parse("rule = 'polish'").unwrap_err().contains("duplicate-rows"));
    }

    #[test]
    fn ranges_take_days() {
        let rule = parse("rule = 'range'\ncolumns = ['d']\nlow = '1970-01-11'\naction = 'missing'").unwrap();
        rule.check().unwrap();
        assert_eq!(rule.describe(), "Impossible values (below 1970-01-11): made missing");
        assert!(matches!(rule, CleaningRule::Range { low: Some(bound), .. } if bound.value() == Some(10.0)));
    }
}
