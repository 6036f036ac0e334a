//! The tables of a data set: read, typed, cleaned and joined, each once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::clean::{Cleaner, Plan};
use super::manifest::{Join, MANIFEST_FILE, Manifest, Role, Table};
use super::{DatasetError, interpret, read};

/// A table with typed columns.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// Its file.
    pub(super) file: PathBuf,
    /// Numbers and flags are `Float64`, days `Date`, ids and categories `String`.
    pub(super) frame: DataFrame,
    pub(super) roles: Vec<(String, Role)>,
    /// Cells that held an infinite number and are missing now.
    pub(super) infinite: usize,
    pub(super) notes: Vec<String>,
}

/// Roles that follow from what a column is used for.
pub(super) type Uses<'a> = HashMap<&'a str, Role>;

/// Reads the tables of a data set.
pub(super) struct Tables<'a> {
    pub(super) folder: &'a Path,
    pub(super) manifest: &'a Manifest,
    /// Hash of each file that was read, by table.
    pub(super) hashes: Vec<(String, u64)>,
}

impl<'a> Tables<'a> {
    pub(super) fn new(folder: &'a Path, manifest: &'a Manifest) -> Self {
        Self { folder, manifest, hashes: Vec::new() }
    }

    /// The manifest's file, for errors.
    pub(super) fn manifest_file(&self) -> PathBuf {
        self.folder.join(MANIFEST_FILE)
    }

    fn named(&self, name: &str) -> Result<&'a Table, DatasetError> {
        self.manifest.table(name).ok_or_else(|| {
            DatasetError::manifest(&self.manifest_file(), "table", format!("there is no table \"{name}\""))
        })
    }

    /// A table with typed columns after its own cleaning rules.
    pub(super) fn typed(&mut self, name: &str, uses: &Uses<'_>) -> Result<Typed, DatasetError> {
        let table = self.named(name)?;
        let file = self.folder.join(&table.file);
        let raw = read::read(self.folder, table)?;
        self.hashes.push((name.to_owned(), raw.hash));
        let declared = |column: &str| uses.get(column).copied().or_else(|| self.manifest.column(column).role);
        let interpreted = interpret::interpret(&file, table, &declared, &raw.frame)?;
        let mut typed = Typed {
            frame: interpreted.frame,
            roles: interpreted.roles,
            infinite: interpreted.infinite,
            notes: [raw.notes, interpreted.notes].concat(),
            file,
        };
        if !table.clean.is_empty() {
            let plan = Plan { manifest: self.manifest, value: None, clean: &table.clean, derive: &[] };
            let mut cleaner = Cleaner::new(&typed.file, plan, typed.frame, typed.roles);
            cleaner.run()?;
            let done =
                cleaner.entries.iter().filter(|entry| entry.rows_removed + entry.cells_changed > 0).map(|entry| {
                    format!(
                        "Table {name}: {}; {} rows removed, {} cells changed.",
                        entry.rule, entry.rows_removed, entry.cells_changed
                    )
                });
            typed.notes.extend(done);
            typed.notes.append(&mut cleaner.notes);
            (typed.frame, typed.roles) = (cleaner.frame, cleaner.roles);
        }
        Ok(typed)
    }

    /// Adds the columns of other tables to a table, a partner a row at most.
    pub(super) fn join_all(&mut self, left: &mut Typed, joins: &[Join], uses: &Uses<'_>) -> Result<(), DatasetError> {
        for join in joins {
            self.join(left, join, uses)?;
        }
        Ok(())
    }

    fn join(&mut self, left: &mut Typed, join: &Join, uses: &Uses<'_>) -> Result<(), DatasetError> {
        let (here, there) =
            join.keys().map_err(|message| DatasetError::manifest(&self.manifest_file(), "join", message))?;
        let mut uses = uses.clone();
        // Keys are compared as text, whatever they look like.
        uses.insert(there, Role::Id);
        let right = self.typed(&join.table, &uses)?;
        let missing = |file: &Path, name: &str| {
            DatasetError::column(
                file,
                name,
                "is needed to join tables and is not there; correct the join in the manifest",
            )
        };
        let right_keys = right.frame.column(there).map_err(|_| missing(&right.file, there))?;
        let right_keys = right_keys.str().map_err(|_| missing(&right.file, there))?;
        let partners = partners(right_keys, &right.file, there)?;
        let left_keys = left.frame.column(here).map_err(|_| missing(&left.file, here))?;
        let left_keys = left_keys
            .cast(&DataType::String)
            .and_then(|keys| keys.str().cloned())
            .map_err(|_| missing(&left.file, here))?;
        let rows: IdxCa = left_keys.iter().map(|key| key.and_then(|key| partners.get(key).copied())).collect();
        let without = rows.null_count();
        if without == rows.len() {
            return Err(DatasetError::column(
                &left.file,
                here,
                format!("no value has a partner in column \"{there}\" of table {}; check the join", join.table),
            ));
        }
        if without > 0 {
            let unknown = left_keys.null_count();
            left.notes.push(format!(
                "{without} of {} rows have no partner in table {} ({unknown} of them no {here}); what it would add is missing there.",
                rows.len(),
                join.table
            ));
        }
        for (name, role) in &right.roles {
            let wanted = join.columns.as_ref().is_none_or(|wanted| wanted.contains(name));
            if name == there || !wanted || left.roles.iter().any(|(known, _)| known == name) {
                continue;
            }
            let fail = |error: PolarsError| DatasetError::column(&right.file, name, error.to_string());
            let column = right.frame.column(name).map_err(fail)?.take(&rows).map_err(fail)?;
            left.frame.with_column(column).map_err(fail)?;
            left.roles.push((name.clone(), *role));
        }
        if let Some(wanted) = &join.columns
            && let Some(name) = wanted.iter().find(|name| right.frame.column(name).is_err())
        {
            return Err(missing(&right.file, name));
        }
        left.notes.extend(right.notes);
        Ok(())
    }
}

/// Row by key. A key that stands twice would multiply rows, so it is refused.
fn partners<'a>(keys: &'a StringChunked, file: &Path, name: &str) -> Result<HashMap<&'a str, IdxSize>, DatasetError> {
    let mut rows = HashMap::with_capacity(keys.len());
    let (mut repeated, mut example) = (0, "");
    for (row, key) in keys.iter().enumerate() {
        let Some(key) = key else { continue };
        if rows.insert(key, row as IdxSize).is_some() {
            repeated += 1;
            example = key;
        }
    }
    if repeated > 0 {
        return Err(DatasetError::column(
            file,
            name,
            format!(
                "{repeated} rows repeat a key (such as \"{example}\"), so joining would multiply rows; remove them with a cleaning rule of the table, for example rule = \"duplicate-rows\""
            ),
        ));
    }
    Ok(rows)
}
