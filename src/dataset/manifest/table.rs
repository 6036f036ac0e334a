//! Tables: the files of a data set and how they are read.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::dataset::rules::CleaningRule;

/// One file of the data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Name by which joins and facts refer to it; the file's name without its ending when silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Path below the data set's folder.
    pub file: String,
    /// Format; inferred from the file's ending when silent.
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
    /// Cleaning rules that run on this table before it is joined to others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clean: Vec<CleaningRule>,
}

impl Table {
    /// The name by which joins and facts refer to it.
    #[must_use]
    pub fn name(&self) -> &str {
        let stem = || Path::new(&self.file).file_stem().and_then(|stem| stem.to_str());
        self.name.as_deref().or_else(stem).unwrap_or(&self.file)
    }

    /// Refuses settings that contradict themselves, with the key and what was expected.
    pub(super) fn check(&self) -> Result<(), (String, String)> {
        let fail = |key: &str, message: String| Err((format!("table.{key}"), message));
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
        for rule in &self.clean {
            rule.check().map_err(|(key, message)| (format!("table.clean.{key}"), message))?;
        }
        Ok(())
    }
}

fn dot() -> char {
    '.'
}

fn default_missing_values() -> Vec<String> {
    ["", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"].map(str::to_owned).to_vec()
}

/// File formats that can be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated text (or any other separator that the table names).
    Csv,
    /// Tab-separated text.
    Tsv,
    /// Apache Parquet.
    Parquet,
}

/// Order of the parts of a date in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31-12-2024
    DayMonthYear,
    /// 12-31-2024
    MonthDayYear,
    /// 2024-12-31
    YearMonthDay,
}
