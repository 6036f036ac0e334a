//! What is known of a column.

use serde::{Deserialize, Serialize};

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Names a customer.
    Id,
    /// A quantity.
    Numeric,
    /// One of few levels.
    Category,
    /// Yes (1) or no (0).
    Flag,
    /// A day.
    Date,
    /// Not used.
    Ignore,
}

impl Role {
    /// The word used in manifests and on pages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Numeric => "numeric",
            Self::Category => "category",
            Self::Flag => "flag",
            Self::Date => "date",
            Self::Ignore => "ignore",
        }
    }
}

/// What the manifest says of one column.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSpec {
    /// Role; inferred from the values when silent.
    pub role: Option<Role>,
    /// Name for people; made from the column's name when silent.
    pub label: Option<String>,
    /// Unit; `currency` stands for the manifest's currency.
    pub unit: Option<String>,
    /// One sentence on what the column means.
    pub description: Option<String>,
    /// Adjective for customers far below the mean, used in automatic segment names.
    pub low_word: Option<String>,
    /// Adjective for customers far above the mean, used in automatic segment names.
    pub high_word: Option<String>,
}

/// A column computed from others by an SQL expression.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// Name of the new column.
    pub name: String,
    /// SQL expression over the columns that exist at that point.
    pub sql: String,
}
