//! Editing a manifest: what people may change of it as plain values, and how that is written back into the text, with comments
//! and order kept.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TableLike, Value};
use utoipa::ToSchema;
use xxhash_rust::xxh3::xxh3_64;

use crate::dataset::manifest::rules::CleaningRule;
use crate::dataset::manifest::{ColumnSpec, Derivation, MANIFEST_FILE, Manifest};
use crate::dataset::{Dataset, DatasetError, Role, load_as};
use crate::progress::Progress;

/// Place of the rules of the customers.
pub const CUSTOMERS: &str = "customers";

/// Place of the rules of the facts.
pub const FACTS: &str = "facts";

/// What can be edited of a manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Heading for people.
    pub title: String,
    /// One or two sentences on what the data is.
    pub description: String,
    /// Symbol or code of amounts of money.
    pub currency: String,
    /// What is said of columns, by name. A column that is left out is inferred.
    pub columns: BTreeMap<String, ColumnSettings>,
    /// Rules and computed columns by place: `customers`, `facts`, or the name of a table behind `table:`.
    pub steps: Vec<Steps>,
}

/// What is said of a column; an empty text says nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnSettings {
    /// What it is for; inferred when silent.
    pub role: Option<Role>,
    /// Name for people.
    pub label: String,
    /// Unit; `currency` stands for that of the data set.
    pub unit: String,
    /// What it means, in a sentence.
    pub description: String,
}

/// What happens to the rows of one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// `customers`, `facts`, or the name of a table behind `table:`.
    pub place: String,
    /// Cleaning rules in the order in which they run.
    pub clean: Vec<CleaningRule>,
    /// Computed columns in the order in which they are computed.
    pub derive: Vec<Derivation>,
}

impl Settings {
    /// What a manifest says.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        let columns = manifest.columns.iter().map(|(name, spec)| (name.clone(), ColumnSettings::of(spec)));
        let mut steps = Vec::new();
        for table in manifest.table.iter().filter(|table| table.of.is_none()) {
            let place = format!("table:{}", table.name());
            steps.push(Steps { place, clean: table.clean.clone(), derive: table.derive.clone() });
        }
        if let Some(facts) = &manifest.facts {
            steps.push(Steps { place: FACTS.to_owned(), clean: facts.clean.clone(), derive: facts.derive.clone() });
        }
        let (clean, derive) = (manifest.clean.clone(), manifest.derive.clone());
        steps.push(Steps { place: CUSTOMERS.to_owned(), clean, derive });
        Self {
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            currency: manifest.currency.clone(),
            columns: columns.collect(),
            steps,
        }
    }

    /// Settings of a place, where it is there.
    #[must_use]
    pub fn steps(&self, place: &str) -> Option<&Steps> {
        self.steps.iter().find(|steps| steps.place == place)
    }
}

impl ColumnSettings {
    fn of(spec: &ColumnSpec) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self { role: spec.role, label: text(&spec.label), unit: text(&spec.unit), description: text(&spec.description) }
    }
}

/// The manifest of a folder as text, with what names this form of it.
#[derive(Debug, Clone)]
pub struct Source {
    folder: PathBuf,
    /// The text of the file.
    pub text: String,
    /// What it says.
    pub settings: Settings,
}

impl Source {
    /// Reads the manifest as it stands in the folder now, which may not be what was loaded.
    ///
    /// # Errors
    /// As [`Manifest::read`], with the file called by its name.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let file = folder.join(MANIFEST_FILE);
        let text = std::fs::read_to_string(&file).map_err(|source| DatasetError::Unreadable { file, source });
        let text = text.map_err(|error| error.below(folder))?;
        let manifest = Manifest::parse(Path::new(MANIFEST_FILE), &text)?;
        Ok(Self { folder: folder.to_owned(), settings: Settings::of(&manifest), text })
    }

    /// Names this form of the text; another one has another mark.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{:016x}", xxh3_64(self.text.as_bytes()))
    }

    /// The text with other settings. What is not changed stays letter by letter, with its comments.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a place that is not there; [`DatasetError::Manifest`] when the result is no manifest.
    pub fn with(&self, wanted: &Settings) -> Result<String, DatasetError> {
        let file = Path::new(MANIFEST_FILE);
        let mut document: DocumentMut = self
            .text
            .parse()
            .map_err(|error: toml_edit::TomlError| DatasetError::manifest(file, "", error.message().to_owned()))?;
        let before = &self.settings;
        for (key, old, new) in [
            ("title", &before.title, &wanted.title),
            ("description", &before.description, &wanted.description),
            ("currency", &before.currency, &wanted.currency),
        ] {
            set_text(document.as_table_mut(), key, old, new);
        }
        write_columns(&mut document, before, wanted);
        for steps in &wanted.steps {
            let Some(old) = before.steps(&steps.place) else {
                return Err(DatasetError::refused(format!(
                    "the manifest has no place \"{}\"; there are {}",
                    steps.place,
                    before.steps.iter().map(|steps| steps.place.as_str()).collect::<Vec<_>>().join(", ")
                )));
            };
            if old == steps {
                continue;
            }
            let holder = holder(&mut document, &self.settings, &steps.place).ok_or_else(|| {
                DatasetError::refused("the manifest is written in a way that cannot be edited here; edit the file")
            })?;
            write_list(holder, "clean", &old.clean, &steps.clean)?;
            write_list(holder, "derive", &old.derive, &steps.derive)?;
        }
        let text = document.to_string();
        Manifest::parse(file, &text)?;
        Ok(text)
    }

    /// The data set as it would be with this text; nothing is written.
    ///
    /// # Errors
    /// As [`crate::dataset::load`], with files called by their names.
    pub fn try_out(&self, text: &str, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
        let manifest = Manifest::parse(Path::new(MANIFEST_FILE), text)?;
        load_as(&self.folder, manifest, watch).map_err(|error| error.below(&self.folder))
    }

    /// Writes the text, so that a reader sees either the old or the new, unless the file was changed since it was read.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] when it was changed meanwhile, [`DatasetError::Unwritable`].
    pub fn write(&self, text: &str) -> Result<(), DatasetError> {
        let file = self.folder.join(MANIFEST_FILE);
        if std::fs::read_to_string(&file).ok().as_deref() != Some(self.text.as_str()) {
            return Err(DatasetError::refused(
                "the manifest was changed by somebody else meanwhile; open the page again and repeat the change",
            ));
        }
        let written = crate::unfinished::file_in(&self.folder).and_then(|mut temporary| {
            temporary.write_all(text.as_bytes())?;
            temporary.as_file().sync_all()?;
            // A temporary file is its owner's alone; the manifest was made for whoever may read the folder.
            temporary.as_file().set_permissions(std::fs::metadata(&file)?.permissions())?;
            temporary.persist(&file).map(drop).map_err(|error| error.error)
        });
        written.map_err(|source| DatasetError::Unwritable { file: PathBuf::from(MANIFEST_FILE), source })
    }
}

/// Sets a text, keeps the comment beside it, and removes what became empty.
fn set_text(table: &mut dyn TableLike, key: &str, old: &str, new: &str) {
    if old == new || old == new.trim() {
        return;
    }
    let new = new.trim();
    if new.is_empty() {
        table.remove(key);
        return;
    }
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(value) => {
            let decor = value.decor().clone();
            *value = Value::from(new);
            *value.decor_mut() = decor;
        }
        None => {
            table.insert(key, toml_edit::value(new));
        }
    }
}

fn write_columns(document: &mut DocumentMut, before: &Settings, wanted: &Settings) {
    let nothing = ColumnSettings::default();
    let mut names: Vec<&String> = before.columns.keys().chain(wanted.columns.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let old = before.columns.get(name).unwrap_or(&nothing);
        let new = wanted.columns.get(name).unwrap_or(&nothing);
        if old == new {
            continue;
        }
        let mut all = Table::new();
        all.set_implicit(true);
        let Some(columns) = document.entry("columns").or_insert(Item::Table(all)).as_table_like_mut() else { continue };
        let Some(column) = columns.entry(name).or_insert(toml_edit::table()).as_table_like_mut() else { continue };
        let role = |settings: &ColumnSettings| settings.role.map_or("", Role::as_str);
        for (key, old, new) in [
            ("role", role(old), role(new)),
            ("label", old.label.as_str(), new.label.as_str()),
            ("unit", old.unit.as_str(), new.unit.as_str()),
            ("description", old.description.as_str(), new.description.as_str()),
        ] {
            set_text(column, key, old, new);
        }
        if column.is_empty() {
            columns.remove(name);
        }
    }
}

/// The table that holds the lists of a place.
fn holder<'a>(document: &'a mut DocumentMut, settings: &Settings, place: &str) -> Option<&'a mut dyn TableLike> {
    match place.strip_prefix("table:") {
        None if place == FACTS => document.get_mut("facts")?.as_table_like_mut(),
        None => Some(document.as_table_mut()),
        Some(_) => {
            let at = settings.steps.iter().position(|steps| steps.place == place)?;
            // Tables that are made of others have no place, so that they are not counted.
            let tables = document.get_mut("table")?.as_array_of_tables_mut()?;
            tables.iter_mut().filter(|table| !table.contains_key("of")).nth(at).map(|table| table as &mut dyn TableLike)
        }
    }
}

/// Writes a list of tables. One that stays keeps its text, one that changed the comment above it.
fn write_list<T: Serialize + PartialEq>(
    holder: &mut dyn TableLike,
    key: &str,
    old: &[T],
    new: &[T],
) -> Result<(), DatasetError> {
    if old == new {
        return Ok(());
    }
    let present: Vec<Table> = match holder.get(key) {
        Some(Item::ArrayOfTables(tables)) => tables.iter().cloned().collect(),
        _ => Vec::new(),
    };
    let mut left: Vec<Option<Table>> = present.iter().cloned().map(Some).collect();
    left.resize(old.len().max(left.len()), None);
    let mut list = ArrayOfTables::new();
    let mut places: Vec<Option<Table>> = new
        .iter()
        .map(|entry| {
            let same = (0..old.len()).find(|at| old[*at] == *entry && left[*at].is_some());
            same.and_then(|at| left[at].take())
        })
        .collect();
    for (at, (entry, place)) in new.iter().zip(&mut places).enumerate() {
        if place.is_none() {
            let mut table = table_of(entry)?;
            if let Some(before) = left.get_mut(at).and_then(Option::take) {
                *table.decor_mut() = before.decor().clone();
                table.set_position(before.position());
            }
            *place = Some(table);
        }
    }
    // The places in the file stay in the order of the list, also when the list has another order.
    let mut positions: Vec<isize> = places.iter().flatten().filter_map(Table::position).collect();
    positions.sort_unstable();
    let mut positions = positions.into_iter();
    for mut table in places.into_iter().flatten() {
        if table.position().is_some() {
            table.set_position(positions.next());
        }
        list.push(table);
    }
    if list.is_empty() {
        holder.remove(key);
    } else {
        holder.insert(key, Item::ArrayOfTables(list));
    }
    Ok(())
}

fn table_of(entry: &impl Serialize) -> Result<Table, DatasetError> {
    let text = toml::to_string(entry).map_err(|error| DatasetError::refused(error.to_string()))?;
    let document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| DatasetError::refused(error.message().to_owned()))?;
    let mut table = document.as_table().clone();
    table.set_position(None);
    table.decor_mut().set_prefix("\n");
    Ok(table)
}

#[cfg(test)]
mod tests;
