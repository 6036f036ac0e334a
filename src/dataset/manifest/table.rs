//! Tables: the files and database tables of a data set and how they are read.

use crate::dataset::dates::DateOrder;
use std::path::{Path, PathBuf};

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use super::Derivation;
use crate::dataset::manifest::rules::CleaningRule;

/// One table of the data set: a file, or a table or query of a database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Name by which joins and facts refer to it; the sheet's name, or the file's without its ending, when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Path below the data set's folder.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file: String,
    /// Another table that this one is made of, a row for each value of the column `by`; instead of `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The key of a table that is made of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The columns of a table that is made of another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aggregate: Vec<Aggregate>,
    /// Sheet of a workbook, file of an archive, or table of a database file; the only one when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Further files or sheets with more rows of the same table.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub part: Vec<Part>,
    /// A new column that names the sheet or file, without its ending, in which a row stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part_column: Option<String>,
    /// Environment variable with the address of a PostgreSQL database, written `env:NAME`; instead of `file`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// Table of the database, with its schema before a dot.
    #[serde(default, rename = "table", skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Query of the database, instead of a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Seconds a statement of the database may take, 300 when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_seconds: Option<u32>,
    /// Format; told by the file's content when silent.
    #[serde(default)]
    pub format: Option<Format>,
    /// Column separator of a text file, one character; inferred from the header when silent.
    #[serde(default)]
    pub separator: Option<char>,
    /// Character encoding label of the WHATWG standard, `utf-8` when silent.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Decimal mark of numbers in text.
    #[serde(default = "dot")]
    pub decimal: char,
    /// Thousands mark of numbers in text; none when silent.
    #[serde(default)]
    pub thousands: Option<char>,
    /// Order of day, month and year in text dates; inferred from whole columns when silent.
    #[serde(default)]
    pub date_order: Option<DateOrder>,
    /// Time zone by whose calendar times with a zone, and moments since 1970, have their day; the day that is written, or that of UTC,
    /// when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Spellings of a missing value.
    #[serde(default = "default_missing_values")]
    pub missing_values: Vec<String>,
    /// Spellings of a missing value among numbers and days only; elsewhere they are values, as NA is among countries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_numbers: Vec<String>,
    /// Rows of the table; what stands below them in the file is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<usize>,
    /// What becomes of rows of a text that have more or fewer fields than its header.
    #[serde(default, skip_serializing_if = "Uneven::is_default")]
    pub uneven: Uneven,
    /// Rows that are no rows of the table, such as totals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leave_out: Vec<LeaveOut>,
    /// Days that are put together of several columns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub whole_day: Vec<DayParts>,
    /// Columns computed from others of this table when it is read, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derive: Vec<Derivation>,
    /// Cleaning rules that run on this table before it is joined to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<CleaningRule>,
}

/// What becomes of rows of a text that have more or fewer fields than its header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Uneven {
    /// The table is refused with the first of them.
    #[default]
    Refuse,
    /// They are left out and told, as long as they are at most one row in a hundred.
    SetAside,
    /// Shorter ones are filled up with missing values.
    Fill,
}

impl Uneven {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Rows that are no rows of the table: those with one of these texts in a column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveOut {
    /// The column; `*` when every column of the row must have one of the texts.
    pub column: String,
    /// The texts; an empty one is a missing value.
    pub values: Vec<String>,
}

impl LeaveOut {
    /// Stands for every column of a row.
    pub const EVERY: &str = "*";

    /// The rule in words.
    #[must_use]
    pub fn words(&self) -> String {
        if self.column == Self::EVERY && self.values.iter().all(String::is_empty) {
            return "rows without any value".to_owned();
        }
        let values: Vec<String> = self.values.iter().map(|value| format!("\"{value}\"")).collect();
        format!("{} in {}", crate::words::one_of(&values), self.column)
    }
}

/// A day that is written in several columns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DayParts {
    /// Name of the new column that holds the whole day.
    pub name: String,
    /// Column of the year.
    pub year: String,
    /// Column of the month, in numbers or by name.
    pub month: String,
    /// Column of the day of the month; the first of it when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<String>,
}

impl DayParts {
    /// The columns of which the day is made.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        [Some(&self.year), Some(&self.month), self.day.as_ref()].into_iter().flatten().map(String::as_str)
    }
}

/// A further file or sheet of a table; what it is silent about is as in the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TablePart)]
pub struct Part {
    /// Path below the data set's folder; that of the table when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Sheet of a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
    /// Format; inferred from the file when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Column separator of a text file; inferred from the header when silent.
    #[schema(value_type = Option<String>)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separator: Option<char>,
    /// Character encoding of a text file; `utf-8` when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            name: None,
            file: String::new(),
            of: None,
            by: None,
            aggregate: Vec::new(),
            sheet: None,
            part: Vec::new(),
            part_column: None,
            database: None,
            from: None,
            query: None,
            timeout_seconds: None,
            format: None,
            separator: None,
            encoding: None,
            decimal: dot(),
            thousands: None,
            date_order: None,
            time_zone: None,
            missing_values: default_missing_values(),
            missing_numbers: Vec::new(),
            rows: None,
            uneven: Uneven::Refuse,
            leave_out: Vec::new(),
            whole_day: Vec::new(),
            derive: Vec::new(),
            clean: Vec::new(),
        }
    }
}

impl Table {
    /// The name by which joins and facts refer to it.
    #[must_use]
    pub fn name(&self) -> &str {
        let stem = || Path::new(&self.file).file_stem().and_then(|stem| stem.to_str());
        let of_database = || self.from.as_deref().map(|name| name.rsplit('.').next().unwrap_or(name));
        self.name.as_deref().or(self.sheet.as_deref()).or_else(stem).or_else(of_database).unwrap_or(&self.file)
    }

    /// The file, or what stands for it in messages.
    #[must_use]
    pub fn place(&self, folder: &Path) -> PathBuf {
        match &self.database {
            None => folder.join(&self.file),
            Some(_) => PathBuf::from(format!("table {} of the database", self.name())),
        }
    }

    /// Paths of its files below the data set's folder; none of a table of a database or of another table.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let own = Some(self.file.as_str()).filter(|file| self.database.is_none() && !file.is_empty());
        own.into_iter().chain(self.part.iter().filter_map(|part| part.file.as_deref()))
    }

    /// The table's own file and each further part, as tables of one file.
    pub(crate) fn parts(&self) -> impl Iterator<Item = Self> {
        let own = Self { part: Vec::new(), ..self.clone() };
        let others = self.part.iter().map(|part| Self {
            file: part.file.clone().unwrap_or_else(|| self.file.clone()),
            sheet: part.sheet.clone(),
            format: part.format,
            separator: part.separator,
            encoding: part.encoding.clone(),
            part: Vec::new(),
            ..self.clone()
        });
        std::iter::once(own).chain(others)
    }

    /// What names a part of a table: its sheet, else its file without the ending.
    pub(crate) fn part_label(&self) -> String {
        match self.sheet.as_deref() {
            // A file of an archive is called like a file.
            Some(sheet) if !Format::is_ending_of(sheet) => sheet.to_owned(),
            entry => stem(entry.unwrap_or(&self.file)).to_owned(),
        }
    }

    /// The time zone, where one is told.
    #[must_use]
    pub fn zone(&self) -> Option<Tz> {
        self.time_zone.as_deref().and_then(|name| name.parse().ok())
    }

    /// Refuses settings that contradict themselves, with the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("table.{key}"), message));
        self.check_origin()?;
        if let Some(name) = self.time_zone.as_deref().filter(|_| self.zone().is_none()) {
            return fail(
                "time_zone",
                format!("expected a time zone such as \"Europe/Berlin\" or \"UTC\", found \"{name}\""),
            );
        }
        for file in std::iter::once(self.file.as_str()).chain(self.part.iter().filter_map(|part| part.file.as_deref()))
        {
            let path = Path::new(file);
            if path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
                return fail("file", format!("expected a path inside the data set's folder, found \"{file}\""));
            }
        }
        if let Some(part) = self.part.iter().find(|part| part.file.is_none() && part.sheet.is_none()) {
            return fail("part", format!("expected a file or a sheet for each part, found {part:?}"));
        }
        if let Some(separator) = self.separator
            && !separator.is_ascii()
        {
            return fail("separator", format!("expected one ASCII character such as \",\", found \"{separator}\""));
        }
        if let Some(label) = &self.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return fail(
                "encoding",
                format!("expected a known encoding such as \"utf-8\" or \"windows-1252\", found \"{label}\""),
            );
        }
        if self.thousands == Some(self.decimal) {
            return fail("thousands", format!("expected a mark other than the decimal mark \"{}\"", self.decimal));
        }
        for (position, step) in self.derive.iter().enumerate() {
            if step.name.trim().is_empty() || self.derive[..position].iter().any(|other| other.name == step.name) {
                return fail("derive.name", format!("expected a new, unique column name, found \"{}\"", step.name));
            }
        }
        for rule in &self.clean {
            rule.check().map_err(|(key, message)| (format!("table.clean.{key}"), message))?;
        }
        Ok(())
    }

    /// What is made of another table.
    fn check_aggregates(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("table.{key}"), message));
        if !self.file.is_empty() || self.database.is_some() {
            return fail("of", "expected either of, a file or a database".to_owned());
        }
        if self.name.is_none() {
            return fail("name", "expected a name for the table that is made of another".to_owned());
        }
        if self.by.as_deref().is_none_or(|by| by.trim().is_empty()) {
            return fail("by", "expected the column of which each value gets a row".to_owned());
        }
        if self.aggregate.is_empty() {
            return fail("aggregate", "expected at least one column with name, column and how".to_owned());
        }
        for (position, aggregate) in self.aggregate.iter().enumerate() {
            let name = &aggregate.name;
            let is_taken =
                self.by.as_ref() == Some(name) || self.aggregate[..position].iter().any(|other| other.name == *name);
            if is_taken {
                return fail("aggregate.name", format!("\"{name}\" stands twice; give each column its own name"));
            }
            if aggregate.column.is_none() && aggregate.how != How::Count {
                return fail("aggregate.column", format!("expected a column for \"{name}\"; only count needs none"));
            }
        }
        Ok(())
    }

    /// Either a file, or a database with a table or a query, or another table.
    fn check_origin(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("table.{key}"), message));
        if self.of.is_some() {
            return self.check_aggregates();
        }
        if self.by.is_some() || !self.aggregate.is_empty() {
            return fail("of", "expected the table that is added up beside by and aggregate".to_owned());
        }
        let Some(database) = &self.database else {
            if self.file.trim().is_empty() {
                return fail("file", "expected a file, or a database with a table or a query".to_owned());
            }
            if self.from.is_some() || self.query.is_some() {
                return fail("database", "expected database = \"env:DATABASE_URL\" beside table or query".to_owned());
            }
            return Ok(());
        };
        // An address in the manifest would put a password where it can be read.
        if database.strip_prefix("env:").is_none_or(|variable| variable.trim().is_empty()) {
            return fail(
                "database",
                "expected the environment variable that holds the address, such as \"env:DATABASE_URL\"; addresses with passwords do not belong here".to_owned(),
            );
        }
        if self.sheet.is_some() {
            return fail("sheet", "expected a sheet beside the file of a workbook, found a database".to_owned());
        }
        if !self.file.is_empty() {
            return fail("file", "expected either a file or a database, found both".to_owned());
        }
        match (&self.from, &self.query) {
            (Some(name), None) if name.split('.').any(|part| part.trim().is_empty()) => {
                fail("table", format!("expected a table such as \"sale\" or \"shop.sale\", found \"{name}\""))
            }
            (None, Some(query)) if query.trim().is_empty() => {
                fail("query", "expected a query, found nothing".to_owned())
            }
            (Some(_), Some(_)) | (None, None) => fail("table", "expected either a table or a query".to_owned()),
            (None, Some(_)) if self.name.is_none() => {
                fail("name", "expected a name for the result of the query".to_owned())
            }
            _ if self.timeout_seconds == Some(0) => fail("timeout_seconds", "expected at least 1, found 0".to_owned()),
            _ => Ok(()),
        }
    }
}

/// A column of a table that is made of another.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aggregate {
    /// Name of the new column.
    pub name: String,
    /// Column of the other table; not needed to count rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// How its values become one.
    pub how: How,
}

/// How several values become one; missing values do not take part, and of none comes a missing one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Sum.
    Sum,
    /// Arithmetic mean.
    Mean,
    /// Smallest.
    Min,
    /// Largest.
    Max,
    /// Number of rows.
    Count,
    /// Text of the first row.
    First,
    /// Most frequent text, of equally frequent ones the first in the alphabet.
    MostFrequent,
}

impl How {
    /// Whether the result is a number.
    #[must_use]
    pub fn is_of_numbers(self) -> bool {
        !matches!(self, Self::First | Self::MostFrequent)
    }
}

fn dot() -> char {
    '.'
}

fn default_missing_values() -> Vec<String> {
    ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"].map(str::to_owned).to_vec()
}

/// File formats that can be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated text (or any other separator that the table names).
    Csv,
    /// Tab-separated text.
    Tsv,
    /// Apache Parquet.
    Parquet,
    /// A sheet of an Excel workbook.
    Xlsx,
    /// A sheet of a workbook of Excel 5 to 2003.
    Xls,
    /// A sheet of a binary Excel workbook.
    Xlsb,
    /// A sheet of an OpenDocument spreadsheet.
    Ods,
    /// JSON: a list of objects, an object that holds one, or an object a line.
    #[serde(alias = "jsonl", alias = "ndjson")]
    Json,
    /// A table of a web page.
    Html,
    /// A sheet of a workbook in one XML file (SpreadsheetML 2003).
    Xml,
    /// Apache Arrow, as a file (Feather of version 2).
    Arrow,
    /// A table or view of a SQLite database.
    Sqlite,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Csv,
        Self::Tsv,
        Self::Parquet,
        Self::Xlsx,
        Self::Xls,
        Self::Xlsb,
        Self::Ods,
        Self::Json,
        Self::Html,
        Self::Xml,
        Self::Arrow,
        Self::Sqlite,
    ];

    /// Whether a name ends as those of files of one of the formats do.
    pub(crate) fn is_ending_of(name: &str) -> bool {
        let ending = Path::new(name).extension().map(|ending| ending.to_string_lossy().to_lowercase());
        ending.is_some_and(|ending| Self::ALL.iter().any(|format| format.endings().contains(&ending.as_str())))
    }

    /// Its name in a manifest.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Parquet => "parquet",
            Self::Xlsx => "xlsx",
            Self::Xls => "xls",
            Self::Xlsb => "xlsb",
            Self::Ods => "ods",
            Self::Json => "json",
            Self::Html => "html",
            Self::Xml => "xml",
            Self::Arrow => "arrow",
            Self::Sqlite => "sqlite",
        }
    }

    /// Its name for people.
    #[must_use]
    pub const fn named(self) -> &'static str {
        match self {
            Self::Csv | Self::Tsv => "a text with separators",
            Self::Parquet => "a Parquet file",
            Self::Xlsx => "an Excel workbook (.xlsx)",
            Self::Xls => "an Excel workbook (.xls)",
            Self::Xlsb => "a binary Excel workbook (.xlsb)",
            Self::Ods => "an OpenDocument spreadsheet (.ods)",
            Self::Json => "a JSON file",
            Self::Html => "a web page",
            Self::Xml => "a workbook in XML (SpreadsheetML)",
            Self::Arrow => "an Arrow file (Feather)",
            Self::Sqlite => "a SQLite database",
        }
    }

    /// The endings of its files, in small letters.
    #[must_use]
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Csv => &["csv", "txt"],
            Self::Tsv => &["tsv", "tab"],
            Self::Parquet => &["parquet", "pq"],
            Self::Xlsx => &["xlsx", "xlsm"],
            Self::Xls => &["xls"],
            Self::Xlsb => &["xlsb"],
            Self::Ods => &["ods"],
            Self::Json => &["json", "jsonl", "ndjson"],
            Self::Html => &["html", "htm"],
            Self::Xml => &["xml"],
            Self::Arrow => &["arrow", "feather", "ipc"],
            Self::Sqlite => &["sqlite", "sqlite3", "db"],
        }
    }

    /// Whether it is text, with a separator and an encoding.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv)
    }

    /// Whether its files are texts of any kind, so that content alone does not tell it for sure.
    #[must_use]
    pub const fn is_of_letters(self) -> bool {
        matches!(self, Self::Csv | Self::Tsv | Self::Json | Self::Html | Self::Xml)
    }

    /// Whether a file of it may hold several tables, of which the sheet names one.
    #[must_use]
    pub const fn has_sheets(self) -> bool {
        !matches!(self, Self::Csv | Self::Tsv | Self::Parquet | Self::Arrow)
    }
}

/// The name of a file without its folders and its endings.
pub(crate) fn stem(name: &str) -> &str {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let without = |endings: &[&str], text: &str| {
        let (front, ending) = text.rsplit_once('.')?;
        endings.iter().any(|known| ending.eq_ignore_ascii_case(known)).then_some(front.len())
    };
    let name = without(&["gz", "zst", "zip"], name).map_or(name, |length| &name[..length]);
    name.rsplit_once('.').map_or(name, |(front, _)| front)
}
