//! `dataset.toml`: everything the program knows about a data set before it reads the data.
//!
//! A data set is a manifest, not a branch in the code. Unknown keys are refused, so that a typing
//! error is named instead of being silently without effect.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use self::rules::CleaningRule;
use super::error::DatasetError;

mod column;
mod facts;
pub(in crate::dataset) mod fault;
pub(crate) mod features;
mod returns;
pub mod rule_kinds;
pub mod rules;
mod segmentation;
mod status;
mod table;

pub use super::dates::DateOrder;
pub use column::{ColumnSpec, Derivation, Role};
pub use facts::{
    CustomerSource, Dimension, Distance, FactSource, Features, Gaps, Join, Number, Others, Per, StatusSource,
};
pub use returns::{BelowZero, LeftOut, ReturnSource};
pub use segmentation::{Naming, Segmentation};
pub(crate) use table::stem;
pub use table::{Aggregate, DayParts, Format, How, LeaveOut, Part, Table, Uneven};

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
    /// The tables. The only one holds the customers, unless `customers` and `facts` say otherwise.
    pub table: Vec<Table>,
    /// Where customers' attributes come from, when there are several tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customers: Option<CustomerSource>,
    /// Purchases or other events of customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facts: Option<FactSource>,
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

impl Manifest {
    /// Names of the files that it is made of, each once, in the order of the tables.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        let paths = self.table.iter().flat_map(Table::files);
        let mut seen = std::collections::BTreeSet::new();
        paths.map(|path| path.rsplit('/').next().unwrap_or(path)).filter(move |name| seen.insert(*name))
    }

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
        let mut manifest: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| text.get(..span.start).unwrap_or(text).matches('\n').count() + 1);
            DatasetError::manifest(file, format!("line {line}"), error.message().to_owned())
        })?;
        if let Some(facts) = &mut manifest.facts {
            facts.complete();
        }
        manifest.check(file)?;
        Ok(manifest)
    }

    fn check(&self, file: &Path) -> Result<(), DatasetError> {
        let fail = |key: &str, message: String| Err(DatasetError::manifest(file, key, message));
        if self.title.trim().is_empty() {
            return fail("title", "expected a heading for people, found an empty text".to_owned());
        }
        for table in &self.table {
            table.check().or_else(|(key, message)| fail(&key, message))?;
        }
        self.check_tables().or_else(|(key, message)| fail(&key, message))?;
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

    /// Tables must be told apart and everything that names one must find it.
    fn check_tables(&self) -> Result<(), (String, String)> {
        let names: Vec<&str> = self.table.iter().map(Table::name).collect();
        let fail = |key: &str, message: String| Err((key.to_owned(), message));
        if names.is_empty() {
            return fail("table", "expected at least one [[table]], found none".to_owned());
        }
        for (position, name) in names.iter().enumerate() {
            if names[..position].contains(name) {
                return fail("table.name", format!("\"{name}\" stands twice; give each [[table]] its own name"));
            }
        }
        for of in self.table.iter().filter_map(|table| table.of.as_deref()) {
            match self.table(of) {
                None => {
                    return fail(
                        "table.of",
                        format!("there is no table \"{of}\"; the tables are {}", names.join(", ")),
                    );
                }
                Some(other) if other.of.is_some() => {
                    return fail(
                        "table.of",
                        format!("\"{of}\" is made of another table itself; name one that is read"),
                    );
                }
                Some(_) => {}
            }
        }
        if names.len() > 1 && self.customers.is_none() && self.facts.is_none() {
            return fail(
                "table",
                format!("found {} tables; say in [customers] or [facts] what each is for", names.len()),
            );
        }
        let joins = |key: &str, joins: &[Join]| {
            let tables = joins.iter().map(|join| (format!("{key}.join.table"), join.table.clone()));
            tables.collect::<Vec<_>>()
        };
        let mut named = Vec::new();
        if let Some(customers) = &self.customers {
            named.push(("customers.table".to_owned(), customers.table.clone()));
            named.extend(joins("customers", &customers.join));
        }
        if let Some(facts) = &self.facts {
            named.push(("facts.table".to_owned(), facts.table.clone()));
            named.extend(joins("facts", &facts.join));
            facts.check()?;
        }
        match named.into_iter().find(|(_, table)| !names.contains(&table.as_str())) {
            Some((key, table)) => {
                fail(&key, format!("there is no table \"{table}\"; the tables are {}", names.join(", ")))
            }
            None => Ok(()),
        }
    }

    /// A table by name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.table.iter().find(|table| table.name() == name)
    }

    /// The table of customers' attributes: the one that `customers` names, else the only one; `None` when customers are
    /// known from facts alone.
    #[must_use]
    pub fn attribute_table(&self) -> Option<&Table> {
        match (&self.customers, &self.facts) {
            (Some(customers), _) => self.table(&customers.table),
            (None, Some(_)) => None,
            (None, None) => self.table.first(),
        }
    }

    /// The table that a file of new customers is read like: that of the attributes, else that of the facts.
    #[must_use]
    pub fn customer_table(&self) -> &Table {
        self.attribute_table().unwrap_or(&self.table[0])
    }

    /// What is known of a column (nothing of most): what the manifest says, and of features from facts what they are.
    #[must_use]
    pub fn column(&self, name: &str) -> ColumnSpec {
        let said = self.columns.get(name).cloned().unwrap_or_default();
        let Some(known) = self.facts.as_ref().and_then(|facts| self.feature(facts, name)) else { return said };
        ColumnSpec {
            role: said.role.or(known.role),
            label: said.label.or(known.label),
            unit: said.unit.or(known.unit),
            description: said.description.or(known.description),
            ..said
        }
    }

    /// What a feature from facts is.
    fn feature(&self, facts: &FactSource, name: &str) -> Option<ColumnSpec> {
        let label = |column: &str| {
            let dimension = facts.dimension.iter().find(|dimension| dimension.column == column)?;
            let label = dimension.label.clone().or_else(|| self.columns.get(column)?.label.clone());
            Some(label.unwrap_or_else(|| column.replace('_', " ")).to_lowercase())
        };
        if let Some(label) = name.strip_prefix("distinct_").and_then(label) {
            let description = format!("Different values of {label} bought.");
            return Some(ColumnSpec {
                role: Some(Role::Numeric),
                label: Some(format!("Different {label}")),
                description: Some(description),
                ..ColumnSpec::default()
            });
        }
        if let Some(label) = name.strip_prefix("preferred_").and_then(label) {
            let most = if facts.amount.is_some() { "that most money went to" } else { "that stands in most rows" };
            let description = format!("The {label} {most}.");
            return Some(ColumnSpec {
                role: Some(Role::Category),
                label: Some(format!("Preferred {label}")),
                description: Some(description),
                ..ColumnSpec::default()
            });
        }
        self.number_feature(facts, name).or_else(|| features::spec(name, facts.status.as_ref()))
    }

    /// What a feature from numbers of facts is.
    fn number_feature(&self, facts: &FactSource, name: &str) -> Option<ColumnSpec> {
        let kinds = [("mean_", "Mean", "Mean"), ("total_", "Total", "Sum"), ("max_", "Highest", "Highest value")];
        let (number, word, how) = kinds.into_iter().find_map(|(prefix, word, how)| {
            let column = name.strip_prefix(prefix)?;
            let number = facts.number.iter().find(|number| number.column == column)?;
            Some((number, word, how))
        })?;
        let said = self.columns.get(&number.column);
        let label = number.label.clone().or_else(|| said?.label.clone());
        let label = label.unwrap_or_else(|| number.column.replace('_', " ")).to_lowercase();
        let each = if number.per == Per::Order { "orders" } else { "rows" };
        Some(ColumnSpec {
            role: Some(Role::Numeric),
            description: Some(format!("{how} of {label} over the customer's {each}.")),
            label: Some(format!("{word} {label}")),
            unit: said.and_then(|said| said.unit.clone()),
            ..ColumnSpec::default()
        })
    }

    /// Unit of a column, with `currency` replaced by the manifest's currency.
    #[must_use]
    pub fn unit(&self, name: &str) -> Option<String> {
        let unit = self.column(name).unit?;
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
            ("file = \"raw/a.csv\"", "database = \"env:A\"\ntable = \"a\"\nsheet = \"b\"", "table.sheet"),
            ("file = \"raw/a.csv\"", "file = \"a\"\n[[table.derive]]\nname = \" \"\nsql = \"1\"", "table.derive.name"),
            ("features = [\"spent\"]", "features = []", "segmentation.features"),
        ] {
            let message = error_of(&MINIMAL.replace(from, to));
            assert!(message.contains(&format!(": {key}: ")), "{to}: {message}");
        }
    }

    #[test]
    fn two_tables_of_unknown_purpose_are_refused() {
        let message = error_of(&MINIMAL.replace("[segmentation]", "[[table]]\nfile = \"b\"\n[segmentation]"));
        assert!(message.contains("found 2 tables; say in [customers] or [facts]"), "{message}");
    }
}
