//! Tables: the files and database tables of a data set and how they are read.

use crate::dataset::dates::DateOrder;
use std::path::{Path, PathBuf};

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
    /// Spellings of a missing value.
    #[serde(default = "default_missing_values")]
    pub missing_values: Vec<String>,
    /// Columns computed from others of this table when it is read, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub derive: Vec<Derivation>,
    /// Cleaning rules that run on this table before it is joined to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<CleaningRule>,
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
            missing_values: default_missing_values(),
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

    /// Refuses settings that contradict themselves, with the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("table.{key}"), message));
        self.check_origin()?;
        let path = Path::new(&self.file);
        if path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
            return fail("file", format!("expected a path inside the data set's folder, found \"{}\"", self.file));
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
