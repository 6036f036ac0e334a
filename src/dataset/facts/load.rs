//! From tables to facts: read piece by piece, joined, cleaned with a ledger, sorted by day.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use polars::prelude::*;

use super::Facts;
use super::builder::Builder;
use crate::dataset::clean::{Cleaner, Plan, removes_all};
use crate::dataset::interpret::Settled;
use crate::dataset::manifest::{FactSource, Manifest, Role, Table};
use crate::dataset::remark::Remarks;
use crate::dataset::rules::{CleaningRule, Columns, MissingAction};
use crate::dataset::tables::{Lookup, Tables, Typing, Uses};
use crate::dataset::{DatasetError, Ledger, LedgerEntry};

/// Roles that follow from what the manifest uses a column of the facts for.
pub(in crate::dataset) fn uses(source: &FactSource) -> Uses<'_> {
    let mut uses = Uses::from([
        (source.customer.as_str(), Role::Id),
        (source.time.as_str(), Role::Date),
        (source.amount.as_str(), Role::Numeric),
    ]);
    uses.extend(source.order.as_deref().map(|name| (name, Role::Id)));
    let numbers = [&source.quantity, &source.latitude, &source.longitude];
    uses.extend(numbers.into_iter().flatten().map(|name| (name.as_str(), Role::Numeric)));
    uses.extend(source.dimension.iter().map(|dimension| (dimension.column.as_str(), Role::Category)));
    for join in &source.join {
        // A key of the facts is text like the key it is compared with.
        if let Ok((here, _)) = join.keys() {
            uses.entry(here).or_insert(Role::Category);
        }
    }
    uses
}

/// The columns that matter; `None` when a rule looks at the whole table.
fn wanted(source: &FactSource, table: &Table, uses: &Uses<'_>) -> Option<BTreeSet<String>> {
    let mut wanted: BTreeSet<String> = uses.keys().map(|name| (*name).to_owned()).collect();
    for rule in table.clean.iter().chain(&source.clean) {
        wanted.extend(rule.reads()?.into_iter().map(str::to_owned));
    }
    Some(wanted)
}

/// Reads, joins and cleans the facts that the manifest describes. Their customers are not known yet.
///
/// # Errors
/// [`DatasetError`], naming file and key, or file, row and column.
pub(in crate::dataset) fn load(tables: &mut Tables<'_>, source: &FactSource) -> Result<Facts, DatasetError> {
    let uses = uses(source);
    let lookups = source.join.iter().map(|join| tables.lookup(join, &uses)).collect::<Result<Vec<_>, _>>()?;
    let table = tables.named(&source.table)?;
    let file = table.place(tables.folder);
    // A derived column may be taken over the whole table.
    let row_by_row =
        table.derive.is_empty() && table.clean.iter().chain(&source.clean).all(CleaningRule::is_row_by_row);
    let wanted = wanted(source, table, &uses).filter(|_| row_by_row);
    let (mut reader, typing) = tables.in_pieces(&source.table, &uses, wanted.as_ref(), row_by_row)?;
    let work =
        Work { file: &file, source, manifest: tables.manifest, typing, lookups: &lookups, wanted: wanted.as_ref() };
    let mut builder = Builder::new(&file, source);
    let mut tally = Tally { notes: Remarks::from(std::mem::take(&mut reader.notes)), ..Tally::default() };
    let names = reader.names().to_vec();
    let settled = OnceLock::new();
    let mut take = |piece: Piece| {
        builder.append(&piece.frame)?;
        tally.add(piece);
        Ok(())
    };
    if row_by_row {
        reader.pieces(|frame| work.piece(&frame, &settled, &names), &mut take)?;
    } else {
        let piece = work.piece(&reader.whole()?, &settled, &names)?;
        take(piece)?;
    }
    // The facts come first: they say whether the data is synthetic.
    tables.hashes.insert(0, (source.table.clone(), reader.hash()));
    tally.notes.check_joins()?;
    for lookup in lookups {
        tally.notes.append(lookup.right.notes);
    }
    builder.finish(tables.manifest, tally.ledger(&file, source)?)
}

/// What is done to each piece.
struct Work<'a> {
    file: &'a Path,
    source: &'a FactSource,
    manifest: &'a Manifest,
    typing: Typing<'a>,
    lookups: &'a [Lookup],
    wanted: Option<&'a BTreeSet<String>>,
}

/// A cleaned piece with its part of the ledger.
struct Piece {
    frame: DataFrame,
    rows_in: usize,
    value_in: f64,
    value_out: f64,
    infinite: usize,
    entries: Vec<LedgerEntry>,
    notes: Remarks,
}

impl Work<'_> {
    fn piece(&self, frame: &DataFrame, settled: &OnceLock<Settled>, names: &[String]) -> Result<Piece, DatasetError> {
        let Self { file, source, manifest, typing, lookups, wanted } = *self;
        let (mut table, found) = typing.typed(frame, settled.get())?;
        // Only the first piece finds it empty.
        let _ = settled.set(found);
        let is_useful = |name: &str| wanted.is_none_or(|wanted| wanted.contains(name));
        lookups.iter().try_for_each(|lookup| lookup.join(&mut table, is_useful))?;
        check_columns(file, source, &table.roles, names)?;
        let plan = Plan {
            manifest,
            value: Some(("facts.amount", source.amount.as_str())),
            clean: &source.clean,
            derive: &[],
            partial: typing.is_partial(),
        };
        let mut cleaner = Cleaner::new(file, plan, table.frame, table.roles);
        let (rows_in, value_in) = (cleaner.frame.height(), cleaner.value()?);
        // A fact without a day or an amount says nothing: such rows go, and are counted.
        for column in [&source.time, &source.amount] {
            let columns = Columns::Named(vec![column.clone()]);
            cleaner.apply(&CleaningRule::Missing { columns, action: MissingAction::Drop, value: None })?;
        }
        cleaner.run()?;
        let value_out = cleaner.value()?;
        let mut notes = table.notes;
        notes.append(cleaner.notes);
        let (frame, entries) = (cleaner.frame, cleaner.entries);
        Ok(Piece { frame, rows_in, value_in, value_out, infinite: table.infinite, entries, notes })
    }
}

/// What the manifest names must be there after the joins.
fn check_columns(
    file: &Path,
    source: &FactSource,
    roles: &[(String, Role)],
    in_table: &[String],
) -> Result<(), DatasetError> {
    match source.named_columns().into_iter().find(|(_, name)| !roles.iter().any(|(known, _)| known == name)) {
        None => Ok(()),
        Some((key, name)) => {
            let joined = roles.iter().map(|(known, _)| known).filter(|known| !in_table.contains(known));
            let known: Vec<&str> = in_table.iter().chain(joined).map(String::as_str).collect();
            Err(crate::dataset::derive::manifest_error(
                file,
                format!("facts.{key}"),
                format!("there is no column \"{name}\"; the columns are {}", known.join(", ")),
            ))
        }
    }
}

/// The ledger of all pieces.
#[derive(Default)]
struct Tally {
    rows_in: usize,
    rows_out: usize,
    value_in: f64,
    value_out: f64,
    infinite: usize,
    entries: Vec<LedgerEntry>,
    notes: Remarks,
}

impl Tally {
    fn add(&mut self, piece: Piece) {
        self.rows_in += piece.rows_in;
        self.rows_out += piece.frame.height();
        self.value_in += piece.value_in;
        self.value_out += piece.value_out;
        self.infinite += piece.infinite;
        self.notes.append(piece.notes);
        if self.entries.is_empty() {
            self.entries = piece.entries;
            return;
        }
        // Every piece ran through the same rules.
        for (own, entry) in self.entries.iter_mut().zip(piece.entries) {
            own.add(&entry);
        }
    }

    fn ledger(self, file: &Path, source: &FactSource) -> Result<Ledger, DatasetError> {
        let empties = |entry: &&LedgerEntry| entry.rows_before > 0 && entry.rows_before == entry.rows_removed;
        if let Some(entry) = self.entries.iter().find(empties) {
            return Err(removes_all(file, &entry.rule));
        }
        // The first two lines are about days and amounts, and are told only when they did something.
        let told = |(position, entry): (usize, LedgerEntry)| (position > 1 || entry.rows_removed > 0).then_some(entry);
        let entries = self.entries.into_iter().enumerate().filter_map(told);
        Ok(Ledger {
            value: source.amount.clone(),
            rows_in: self.rows_in,
            rows_out: self.rows_out,
            value_in: self.value_in,
            value_out: self.value_out,
            entries: LedgerEntry::of_infinite(self.rows_in, self.infinite).into_iter().chain(entries).collect(),
            notes: self.notes.into_texts(),
        })
    }
}

#[cfg(test)]
mod tests;
