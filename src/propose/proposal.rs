//! What is proposed for a data set: plain values that are shown, corrected and written as a manifest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::dataset::manifest::{DateOrder, DayParts, Format, LeaveOut, Part, Role, Uneven};
use crate::propose::questions::{Answers, Question};

/// A whole data set as it was inferred. Each part may be changed before [`Proposal::manifest`] writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Proposal {
    /// Heading for people.
    pub title: String,
    /// Symbol or code of amounts of money; empty when it is not known.
    pub currency: String,
    /// The tables, in the order of the files.
    pub tables: Vec<TableProposal>,
    /// How rows of one table find their row in another.
    pub keys: Vec<KeyProposal>,
    /// Where customers' attributes come from; none when customers are known from facts alone.
    pub customers: Option<CustomersProposal>,
    /// Purchases or other events; none when there is a row a customer.
    pub facts: Option<FactsProposal>,
    /// Columns that are computed from others.
    pub derived: Vec<DerivedProposal>,
    /// Columns that are compared with each other in a chart.
    pub groups: Vec<GroupProposal>,
    /// What customers are segmented by.
    pub segmentation: SegmentationProposal,
    /// What is worth telling of the whole.
    pub notes: Vec<String>,
    /// What the files leave open.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// The answers that were given, by the keys of questions; `*` stands for the likelier reading of all.
    #[serde(default)]
    pub answers: Answers,
}

/// A table and how its file is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TableProposal {
    /// Name by which keys, customers and facts refer to it.
    pub name: String,
    /// Name of its file, which is to stand in the folder `raw` of the data set.
    pub file: String,
    /// Sheet of a workbook.
    pub sheet: Option<String>,
    /// Format of the file.
    pub format: Format,
    /// Further files or sheets of the same table.
    #[serde(default)]
    pub part: Vec<Part>,
    /// A new column that names the file or sheet of a row.
    #[serde(default)]
    pub part_column: Option<String>,
    /// Rows of the table in a text file, where something stands below them.
    #[serde(default)]
    pub limit: Option<usize>,
    /// What becomes of rows that do not fit the header.
    #[serde(default)]
    pub uneven: Uneven,
    /// Rows that are no rows of the table.
    #[serde(default)]
    pub leave_out: Vec<LeaveOut>,
    /// Days that are put together of several columns.
    #[serde(default)]
    pub whole_day: Vec<DayParts>,
    /// Column separator of a text file.
    #[schema(value_type = Option<String>)]
    pub separator: Option<char>,
    /// Character encoding, where it is not UTF-8.
    pub encoding: Option<String>,
    /// Decimal mark of numbers in text.
    #[schema(value_type = String)]
    pub decimal: char,
    /// Thousands mark of numbers in text.
    #[schema(value_type = Option<String>)]
    pub thousands: Option<char>,
    /// Order of the parts of dates in text; none to tell it for each column by itself.
    pub date_order: Option<DateOrder>,
    /// Time zone by whose calendar times have their day; none for the day that is written.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Spellings of a missing value beside the usual ones.
    pub missing_values: Vec<String>,
    /// Usual spellings of a missing value that are values of its texts, as NA is among countries.
    #[serde(default)]
    pub levels: Vec<String>,
    /// Whether of equal rows only the first is kept.
    pub drops_duplicate_rows: bool,
    /// Whether of rows with the same id only the last is kept, when it holds the customers.
    pub drops_duplicate_ids: bool,
    /// Rows that are equal to an earlier one.
    #[serde(default)]
    pub repeated_rows: usize,
    /// Rows that were looked at.
    pub rows: usize,
    /// Whether these are all rows.
    pub is_complete: bool,
    /// Why it is read like that, in sentences.
    pub reasons: Vec<String>,
    /// Its columns in the order of the file.
    pub columns: Vec<ColumnProposal>,
    /// The first rows.
    pub preview: Vec<Vec<Option<String>>>,
}

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// There is none.
    Empty,
    /// 0 and 1.
    Flag,
    /// Whole numbers.
    Whole,
    /// Numbers, some with decimals.
    Decimal,
    /// Days, with a time or without.
    Day,
    /// Anything else.
    Text,
}

/// A column and what it is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ColumnProposal {
    /// Its name in the file.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Why, as a sentence.
    pub reason: String,
    /// What its values look like.
    pub kind: Kind,
    /// Cells with a value among the rows that were looked at.
    pub filled: usize,
    /// Missing cells among them.
    pub missing: usize,
    /// Different values among them.
    pub distinct: usize,
    /// Share of the most frequent value, from 0 to 1.
    pub most: f64,
    /// Its different texts in alphabetical order, where they are few.
    pub levels: Vec<String>,
    /// What its values say of returns.
    #[serde(default)]
    pub returns: ReturnClues,
    /// Whether values such as `17850.0` or `85123A` are read as the digits in front.
    pub keeps_leading_digits: bool,
    /// Whether its values are brought to one spelling, with zeros in front up to so many digits.
    #[serde(default)]
    pub respelt: Option<usize>,
    /// Unit that stands beside its numbers, such as `%`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether blanks stand around its values.
    #[serde(default)]
    pub is_padded: bool,
    /// The columns whose sum it is, in each row.
    #[serde(default)]
    pub parts: Vec<String>,
    /// Whether each of its values holds a digit.
    #[serde(default)]
    pub has_digits: bool,
    /// Whether rows of the same value have the same customer and day, although they differ.
    #[serde(default)]
    pub joins_rows: bool,
    /// The column of orders within which it is always the same, so that adding up lines would count it several times.
    #[serde(default)]
    pub per_order: Option<String>,
    /// Sum of its numbers where each order counts once, if it is always the same within one.
    #[serde(default)]
    pub sum_once: Option<f64>,
    /// The column of orders of which only the first line has it.
    #[serde(default)]
    pub first_line_of: Option<String>,
    /// Sum of its numbers among the rows that were looked at.
    #[serde(default)]
    pub sum: Option<f64>,
    /// The first and the last day that count, where others stand for none.
    #[serde(default)]
    pub plausible: Option<(String, String)>,
}

/// What the values of a column say of returns.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnClues {
    /// Rows with a number below zero.
    pub below_zero: usize,
    /// Letters of credit notes before a number, in a small share of the rows.
    pub prefixes: Vec<String>,
    /// Rows whose text says that something is taken back, such as "refund".
    pub told: usize,
    /// Rows whose text says that nothing was sold, such as "cancelled", with those texts.
    pub unsold: BTreeMap<String, usize>,
}

/// A column of one table whose values are keys of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct KeyProposal {
    /// The table with many rows a key.
    pub from: String,
    /// Its column.
    pub column: String,
    /// The table with one row a key.
    pub to: String,
    /// The key there.
    pub key: String,
    /// Share of the different values that were found there, from 0 to 1.
    pub share: f64,
    /// Why, as a sentence.
    pub reason: String,
    /// Whether the tables are joined by it.
    pub is_used: bool,
    /// Whether the values are found only once both columns are written in one spelling.
    #[serde(default)]
    pub is_respelt: bool,
}

/// The table of customers' attributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CustomersProposal {
    /// The table.
    pub table: String,
    /// Column that names the customer; rows are numbered when there is none.
    pub id: Option<String>,
    /// Why, as a sentence.
    pub reason: String,
}

/// The table of purchases or other events. Its columns may come from a table that it is joined to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FactsProposal {
    /// The table.
    pub table: String,
    /// Column that names the customer.
    pub customer: String,
    /// Column that names the order; each row is one when there is none.
    pub order: Option<String>,
    /// Column of the day.
    pub time: String,
    /// Column of the money of the whole line; none for things that are handed out and used.
    pub amount: Option<String>,
    /// What became of things that are handed out and used, such as coupons.
    pub status: Option<StatusProposal>,
    /// Column of the price of one; the amount is then a new column, quantity times price.
    pub price: Option<String>,
    /// Column of units.
    pub quantity: Option<String>,
    /// Where things were bought.
    pub place: Option<PlaceProposal>,
    /// Columns to compare sales by.
    pub dimensions: Vec<DimensionProposal>,
    /// Whether orders that came to nothing, such as cancelled ones, count as sales all the same.
    #[serde(default)]
    pub counts_all: bool,
    /// Whether an amount that is the same on all lines of each order is that of each line all the same.
    #[serde(default)]
    pub each_line: bool,
    /// Whether orders whose numbers begin as those of credit notes do are purchases all the same.
    #[serde(default)]
    pub letters_are_none: bool,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

/// What became of things that are handed out and used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusProposal {
    /// Column of the status.
    pub column: String,
    /// The statuses that mean that the thing was used.
    pub used: Vec<String>,
    /// Column of the day of use.
    pub time: Option<String>,
    /// Why, as a sentence.
    pub reason: String,
}

/// Columns of a place on the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlaceProposal {
    /// Column of the latitude in degrees.
    pub latitude: String,
    /// Column of the longitude in degrees.
    pub longitude: String,
}

/// A column to compare sales by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DimensionProposal {
    /// The column.
    pub column: String,
    /// Whether a customer's different values are counted and the one with most money is kept as features.
    pub makes_features: bool,
    /// Why, as a sentence.
    pub reason: String,
}

/// A column that is computed from others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DerivedProposal {
    /// Its name.
    pub name: String,
    /// SQL expression over the columns.
    pub sql: String,
    /// Why, as a sentence.
    pub reason: String,
}

/// Columns that are compared with each other in a chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct GroupProposal {
    /// Short name used in links.
    pub name: String,
    /// Heading.
    pub label: String,
    /// The columns.
    pub columns: Vec<String>,
}

/// What customers are segmented by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SegmentationProposal {
    /// Column that says what a customer is worth.
    pub value: String,
    /// Column that counts visits or purchases.
    pub visits: Option<String>,
    /// Columns of the model.
    pub features: Vec<String>,
    /// Transform of the features before they are scaled.
    pub transform: Option<String>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl Proposal {
    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&TableProposal> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl TableProposal {
    /// Names of its files.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.file.as_str()).chain(self.part.iter().filter_map(|part| part.file.as_deref()))
    }

    /// A column by name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&ColumnProposal> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl ColumnProposal {
    /// Whether its values are numbers.
    #[must_use]
    pub fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Whole | Kind::Decimal)
    }
}
