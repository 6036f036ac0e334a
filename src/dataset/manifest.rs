//! `dataset.toml`: everything the program knows about a data set before it reads the data.
//!
//! A data set is a manifest, not a branch in the code. Unknown keys are refused, so that a typing
//! error is named instead of being silently without effect.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DatasetError;
use super::rules::CleaningRule;

/// File name of a manifest within a data set's folder.
pub const MANIFEST_FILE: &str = "dataset.toml";

/// A parsed and checked `dataset.toml`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Heading shown to people.
    pub title: String,
    /// One or two sentences on what the data is.
    #[serde(default)]
    pub description: String,
    /// Symbol or code shown with amounts of money, for example `€`.
    #[serde(default)]
    pub currency: String,
    /// The files; a customer data set has exactly one table.
    pub table: Vec<Table>,
    /// What is known of columns, by name; silence is inferred.
    #[serde(default)]
    pub columns: BTreeMap<String, ColumnSpec>,
    /// Cleaning rules in the order in which they run.
    #[serde(default)]
    pub clean: Vec<CleaningRule>,
    /// Derived columns in the order in which they are computed.
    #[serde(default)]
    pub derive: Vec<Derivation>,
    /// Groups of columns that are compared with each other (products, channels).
    #[serde(default)]
    pub group: Vec<ChartGroup>,
    /// Defaults of the segmentation.
    pub segmentation: Segmentation,
}

/// One file of the data set.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
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
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// Name of the new column.
    pub name: String,
    /// SQL expression over the columns that exist at that point.
    pub sql: String,
}

/// Columns that are compared with each other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChartGroup {
    /// Short name used in links.
    pub name: String,
    /// Heading.
    pub label: String,
    /// Columns in the order in which they are drawn.
    pub columns: Vec<String>,
}

/// Defaults of the segmentation.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segmentation {
    /// Numeric column that says what a customer is worth.
    pub value: String,
    /// Numeric column that counts visits or purchases; gives value per visit as a ratio of sums.
    #[serde(default)]
    pub visits: Option<String>,
    /// Columns the model looks at: numbers and categories.
    pub features: Vec<String>,
    /// Weights of features, 1 where silent.
    #[serde(default)]
    pub weights: BTreeMap<String, f64>,
    /// Transform of each feature before scaling.
    #[serde(default)]
    pub transform: Option<String>,
    /// Scaling of each feature.
    #[serde(default)]
    pub scale: Option<String>,
    /// Algorithm.
    #[serde(default)]
    pub algorithm: Option<String>,
    /// Number of clusters (K-Means).
    #[serde(default)]
    pub n_clusters: Option<usize>,
    /// Restarts (K-Means).
    #[serde(default)]
    pub n_init: Option<usize>,
    /// Neighbourhood radius in scaled units (DBSCAN).
    #[serde(default)]
    pub eps: Option<f64>,
    /// Neighbours, itself included, that make a core sample (DBSCAN, HDBSCAN).
    #[serde(default)]
    pub min_samples: Option<usize>,
    /// Fewest customers of a cluster (HDBSCAN).
    #[serde(default)]
    pub min_cluster_size: Option<usize>,
    /// Linkage (hierarchical).
    #[serde(default)]
    pub linkage: Option<String>,
    /// Covariance (Gaussian mixture).
    #[serde(default)]
    pub covariance: Option<String>,
    /// Seed of every random choice.
    #[serde(default)]
    pub seed: Option<u64>,
}

impl Manifest {
    /// Reads and checks the manifest of the data set in `folder`.
    ///
    /// # Errors
    /// [`DatasetError::Unreadable`] or [`DatasetError::Manifest`] with the key and what was expected.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let file = folder.join(MANIFEST_FILE);
        let text =
            std::fs::read_to_string(&file).map_err(|source| DatasetError::Unreadable { file: file.clone(), source })?;
        Self::parse(&file, &text)
    }

    /// Parses and checks the text of a manifest; `file` only names it in errors.
    ///
    /// # Errors
    /// [`DatasetError::Manifest`] with the key and what was expected.
    pub fn parse(file: &Path, text: &str) -> Result<Self, DatasetError> {
        let manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
            DatasetError::manifest(file, format!("line {line}"), error.message().to_owned())
        })?;
        manifest.check(file)?;
        Ok(manifest)
    }

    fn check(&self, file: &Path) -> Result<(), DatasetError> {
        let fail = |key: &str, message: String| Err(DatasetError::manifest(file, key, message));
        if self.title.trim().is_empty() {
            return fail("title", "expected a heading for people, found an empty text".to_owned());
        }
        let [table] = self.table.as_slice() else {
            return fail("table", format!("expected exactly one [[table]], found {}", self.table.len()));
        };
        let path = Path::new(&table.file);
        if path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
            return fail(
                "table.file",
                format!("expected a path inside the data set's folder, found \"{}\"", table.file),
            );
        }
        if let Some(separator) = table.separator
            && !separator.is_ascii()
        {
            return fail(
                "table.separator",
                format!("expected one ASCII character such as \",\", found \"{separator}\""),
            );
        }
        if let Some(label) = &table.encoding
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return fail(
                "table.encoding",
                format!("expected a known encoding such as \"utf-8\" or \"windows-1252\", found \"{label}\""),
            );
        }
        if table.thousands == Some(table.decimal) {
            return fail(
                "table.thousands",
                format!("expected a mark other than the decimal mark \"{}\"", table.decimal),
            );
        }
        for rule in &self.clean {
            if let Err((key, message)) = rule.check() {
                return fail(&format!("clean.{key}"), message);
            }
        }
        let mut derived = std::collections::BTreeSet::new();
        for step in &self.derive {
            if step.name.trim().is_empty() || !derived.insert(step.name.as_str()) {
                return fail("derive.name", format!("expected a new, unique column name, found \"{}\"", step.name));
            }
        }
        let mut groups = std::collections::BTreeSet::new();
        for group in &self.group {
            if !groups.insert(group.name.as_str()) {
                return fail("group.name", format!("\"{}\" stands twice; names must differ", group.name));
            }
            if group.columns.is_empty() {
                return fail(&format!("group.{}.columns", group.name), "expected at least one column".to_owned());
            }
        }
        if self.segmentation.features.is_empty() {
            return fail("segmentation.features", "expected at least one column".to_owned());
        }
        Ok(())
    }

    /// The single customer table.
    #[must_use]
    pub fn customer_table(&self) -> &Table {
        &self.table[0]
    }

    /// What the manifest says of a column (nothing is said of most).
    #[must_use]
    pub fn column(&self, name: &str) -> ColumnSpec {
        self.columns.get(name).cloned().unwrap_or_default()
    }

    /// Unit of a column, with `currency` replaced by the manifest's currency.
    #[must_use]
    pub fn unit(&self, name: &str) -> Option<String> {
        let unit = self.columns.get(name)?.unit.clone()?;
        Some(if unit == "currency" { self.currency.clone() } else { unit })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
title = "Shop"
[[table]]
file = "raw/a.csv"
[segmentation]
value = "spent"
features = ["spent"]
"#;

    fn error_of(text: &str) -> String {
        Manifest::parse(Path::new("data/x/dataset.toml"), text).unwrap_err().to_string()
    }

    #[test]
    fn a_minimal_manifest_is_enough() {
        let manifest = Manifest::parse(Path::new("x"), MINIMAL).unwrap();
        assert_eq!(manifest.customer_table().decimal, '.');
        assert!(manifest.customer_table().missing_values.contains(&"NA".to_owned()));
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line() {
        let message = error_of(&format!("{MINIMAL}\nfeaturs = []\n"));
        assert!(message.contains("dataset.toml: line 9"), "{message}");
        assert!(message.contains("featurs"), "{message}");
    }

    #[test]
    fn each_rejected_setting_names_its_key() {
        for (from, to, key) in [
            ("title = \"Shop\"", "title = \" \"", "title"),
            ("raw/a.csv", "../a.csv", "table.file"),
            ("raw/a.csv", "/etc/passwd", "table.file"),
            ("file = \"raw/a.csv\"", "file = \"a\"\nseparator = \"→\"", "table.separator"),
            ("file = \"raw/a.csv\"", "file = \"a\"\nencoding = \"klingon\"", "table.encoding"),
            ("file = \"raw/a.csv\"", "file = \"a\"\nthousands = \".\"", "table.thousands"),
            ("features = [\"spent\"]", "features = []", "segmentation.features"),
        ] {
            let message = error_of(&MINIMAL.replace(from, to));
            assert!(message.contains(&format!(": {key}: ")), "{to}: {message}");
        }
    }

    #[test]
    fn two_tables_are_refused() {
        let message = error_of(&MINIMAL.replace("[segmentation]", "[[table]]\nfile = \"b\"\n[segmentation]"));
        assert!(message.contains("exactly one [[table]], found 2"), "{message}");
    }
}
