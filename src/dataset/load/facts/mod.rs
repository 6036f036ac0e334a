//! From tables to facts: read piece by piece, joined, cleaned with a ledger, sorted by day.

pub(in crate::dataset) mod builder;
pub(in crate::dataset) mod column;
mod distance;
pub(in crate::dataset) mod features;
pub(in crate::dataset) mod leave_out;
mod returns;
mod uses;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use polars::prelude::*;

use self::builder::Builder;
use self::column::FeatureColumn;
use crate::dataset::error::DatasetError;
use crate::dataset::facts::Facts;
use crate::dataset::ledger::{Ledger, LedgerEntry};
use crate::dataset::manifest::rules::{CleaningRule, Columns, MissingAction};
use crate::dataset::manifest::{FactSource, Manifest, Role, Table};
use crate::dataset::prepare::clean::{Cleaner, Plan, removes_all};
use crate::dataset::prepare::interpret::Settled;
use crate::dataset::prepare::lookup::Lookup;
use crate::dataset::prepare::remark::Remarks;
use crate::dataset::prepare::tables::Tables;
use crate::dataset::prepare::typed::RoleByUse;
use crate::dataset::prepare::typing::Typing;
use crate::dataset::read::RawPiece;

/// Roles that follow from what the manifest uses a column of the facts for.
pub(in crate::dataset) fn uses_of(source: &FactSource) -> RoleByUse<'_> {
    let mut uses = RoleByUse::from([(source.customer.as_str(), Role::Id), (source.time.as_str(), Role::Date)]);
    uses.extend(source.order.as_deref().map(|name| (name, Role::Id)));
    let used_on = source.status.as_ref().and_then(|status| status.time.as_deref());
    uses.extend(used_on.map(|name| (name, Role::Date)));
    let ends = source.distance.iter().flat_map(|distance| distance.from.iter().chain(&distance.to));
    let measured = source.number.iter().map(|number| &number.column);
    uses.extend(ends.chain(measured).map(|name| (name.as_str(), Role::Numeric)));
    let numbers = [&source.amount, &source.quantity, &source.latitude, &source.longitude];
    uses.extend(numbers.into_iter().flatten().map(|name| (name.as_str(), Role::Numeric)));
    uses.extend(source.dimension.iter().map(|dimension| (dimension.column.as_str(), Role::Category)));
    let told = source.returns.iter().flat_map(|returns| returns.column.iter().chain(&returns.purchase));
    for name in told.chain(source.leave_out.iter().map(|left| &left.column)) {
        uses.entry(name).or_insert(Role::Category);
    }
    for join in &source.join {
        // A key of the facts is text like the key it is compared with.
        if let Ok((here, _)) = join.keys() {
            uses.entry(here).or_insert(Role::Category);
        }
    }
    uses
}

/// The columns that matter; `None` when a rule looks at the whole table.
fn wanted(source: &FactSource, table: &Table, uses: &RoleByUse<'_>) -> Option<BTreeSet<String>> {
    let mut wanted: BTreeSet<String> = uses.keys().map(|name| (*name).to_owned()).collect();
    for rule in table.clean.iter().chain(&source.clean) {
        wanted.extend(rule.reads()?.into_iter().map(str::to_owned));
    }
    Some(wanted)
}

/// Ids and categories that nothing looks into, neither a rule nor a join, so that it does not matter whether they are text.
fn only_told_apart(source: &FactSource, table: &Table, uses: &RoleByUse<'_>) -> Vec<String> {
    let rules = table.clean.iter().chain(&source.clean).flat_map(|rule| rule.reads().unwrap_or_default());
    let keys = source.join.iter().filter_map(|join| join.keys().ok()).map(|(here, _)| here);
    let returns = source.returns.as_ref();
    let prefixed = source.order.as_deref().filter(|_| returns.is_some_and(|r| !r.order_prefix.is_empty()));
    let marks = returns.into_iter().flat_map(|returns| returns.column.iter().chain(&returns.purchase));
    let marks = marks.chain(source.leave_out.iter().map(|left| &left.column)).map(String::as_str);
    let looked_into: BTreeSet<&str> = rules.chain(keys).chain(prefixed).chain(marks).collect();
    let is_text = |role: Role| matches!(role, Role::Id | Role::Category);
    let names = uses.iter().filter(|(name, role)| is_text(**role) && !looked_into.contains(*name));
    names.map(|(name, _)| (*name).to_owned()).collect()
}

/// Reads, joins and cleans the facts that the manifest describes, and says what they tell of each buyer. Their customers are not
/// known yet.
///
/// # Errors
/// [`DatasetError`], naming file and key, or file, row and column.
pub(in crate::dataset) fn load(
    tables: &mut Tables<'_>,
    source: &FactSource,
) -> Result<(Facts, Vec<FeatureColumn>), DatasetError> {
    let uses = uses_of(source);
    let lookups = tables.lookups(&source.join, &uses)?;
    let table = tables.named(&source.table)?;
    let file = table.place(tables.folder);
    // An expression may look at the whole table, and at any column.
    let row_by_row = source.derive.is_empty()
        && table.derive.is_empty()
        && table.clean.iter().chain(&source.clean).all(CleaningRule::is_row_by_row);
    let wanted = wanted(source, table, &uses).filter(|_| row_by_row);
    let numbers = if wanted.is_some() { only_told_apart(source, table, &uses) } else { Vec::new() };
    let (mut reader, typing) = tables.in_pieces(&source.table, &uses, wanted.as_ref(), row_by_row, &numbers)?;
    let work =
        Work { file: &file, source, manifest: tables.manifest, typing, lookups: &lookups, wanted: wanted.as_ref() };
    let mut builder = Builder::new(&file, source);
    builder.reserve(reader.expected_rows());
    let mut tally = Tally { notes: Remarks::from(std::mem::take(&mut reader.notes)), ..Tally::default() };
    let names = reader.names().to_vec();
    let settled = OnceLock::new();
    let mut take = |piece: Piece| {
        builder.append(&piece.frame)?;
        tally.add(piece);
        Ok(())
    };
    if row_by_row {
        reader.pieces(tables.watch, |piece| work.piece(&piece, &settled, &names), &mut take)?;
    } else {
        let piece = work.piece(&RawPiece::Frame(reader.whole(tables.watch)?), &settled, &names)?;
        take(piece)?;
    }
    // The facts come first: they say whether the data is synthetic.
    tables.hashes.insert(0, (source.table.clone(), reader.hash()?));
    tally.notes.check_joins()?;
    for lookup in lookups {
        tally.notes.append(lookup.right.notes);
    }
    let (facts, starts) = builder.finish(tables.manifest, tally.ledger(&file, source)?)?;
    let features = features::columns(&facts, &starts, &source.features);
    Ok((facts, features))
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
    fn piece(
        &self,
        piece: &RawPiece<'_>,
        settled: &OnceLock<Settled>,
        names: &[String],
    ) -> Result<Piece, DatasetError> {
        let Self { file, source, manifest, typing, lookups, wanted } = *self;
        let (mut table, found) = typing.typed(piece, settled.get())?;
        // Only the first piece finds it empty.
        let _ = settled.set(found);
        let is_useful = |name: &str| wanted.is_none_or(|wanted| wanted.contains(name));
        lookups.iter().try_for_each(|lookup| lookup.join(&mut table, is_useful))?;
        for distance in &source.distance {
            let column = distance::column(file, distance, &table.frame)?;
            table.frame.with_column(column).map_err(|error| DatasetError::data(file, error.to_string()))?;
            table.roles.push((distance.name.clone(), Role::Numeric));
        }
        check_columns(file, source, &table.roles, names)?;
        let plan = Plan {
            manifest,
            value: source.amount.as_deref().map(|name| ("facts.amount", name)),
            clean: &source.clean,
            derive: &source.derive,
            partial: typing.is_partial(),
        };
        let mut cleaner = Cleaner::new(file, plan, table.frame, table.roles);
        let (rows_in, value_in) = (cleaner.frame.height(), cleaner.value()?);
        // A fact without a day or an amount says nothing: such rows go, and are counted.
        let is_derived = |name: &String| source.derive.iter().any(|step| step.name == *name);
        let (late, early): (Vec<&String>, Vec<&String>) =
            std::iter::once(&source.time).chain(&source.amount).partition(|name| is_derived(name));
        let drop_missing = |cleaner: &mut Cleaner<'_>, names: Vec<&String>| {
            names.into_iter().try_for_each(|name| {
                let columns = Columns::Named(vec![name.clone()]);
                cleaner.apply(&CleaningRule::Missing { columns, action: MissingAction::Drop, value: None })
            })
        };
        drop_missing(&mut cleaner, early)?;
        cleaner.run()?;
        drop_missing(&mut cleaner, late)?;
        leave_out::leave_out(file, &mut cleaner, source)?;
        let value_out = cleaner.value()?;
        let mut notes = table.notes;
        notes.append(cleaner.notes);
        let (mut frame, entries) = (cleaner.frame, cleaner.entries);
        for dimension in source.dimension.iter().filter(|dimension| is_derived(&dimension.column)) {
            as_texts(file, &mut frame, &dimension.column)?;
        }
        Ok(Piece { frame, rows_in, value_in, value_out, infinite: table.infinite, entries, notes })
    }
}

/// Makes levels of a computed column: numbers become their shortest text.
fn as_texts(file: &Path, frame: &mut DataFrame, name: &str) -> Result<(), DatasetError> {
    let fail = |error: PolarsError| DatasetError::column(file, name, error.to_string());
    let column = frame.column(name).map_err(fail)?;
    let texts = match column.f64() {
        Ok(numbers) => numbers
            .iter()
            .map(|number| number.map(|number| number.to_string()))
            .collect::<StringChunked>()
            .into_series(),
        Err(_) => column.as_materialized_series().cast(&DataType::String).map_err(fail)?,
    };
    frame.with_column(texts.with_name(name.into()).into_column()).map_err(fail)?;
    Ok(())
}

/// What the manifest names must be there after the joins.
fn check_columns(
    file: &Path,
    source: &FactSource,
    roles: &[(String, Role)],
    in_table: &[String],
) -> Result<(), DatasetError> {
    let computed = source.computed();
    let is_known = |name: &str| computed.contains(&name) || roles.iter().any(|(known, _)| known == name);
    match source.named_columns().into_iter().find(|(_, name)| !is_known(name)) {
        None => Ok(()),
        Some((key, name)) => {
            let joined = roles.iter().map(|(known, _)| known).filter(|known| !in_table.contains(known));
            let known: Vec<&str> = in_table.iter().chain(joined).map(String::as_str).collect();
            Err(crate::dataset::manifest::fault::manifest_error(
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

    fn ledger(mut self, file: &Path, source: &FactSource) -> Result<Ledger, DatasetError> {
        let empties = |entry: &&LedgerEntry| entry.rows_before > 0 && entry.rows_before == entry.rows_removed;
        if let Some(entry) = self.entries.iter().find(empties) {
            return Err(removes_all(file, &entry.rule));
        }
        // The lines about days and amounts, which nobody asked for, are told only when they did something.
        let own = |name: &String| {
            let columns = Columns::Named(vec![name.clone()]);
            (CleaningRule::Missing { columns, action: MissingAction::Drop, value: None }.describe(), vec![name.clone()])
        };
        let unasked: Vec<(String, Vec<String>)> =
            std::iter::once(&source.time).chain(&source.amount).map(own).collect();
        let is_told = |entry: &LedgerEntry| {
            entry.rows_removed > 0
                || !unasked.iter().any(|(rule, columns)| *rule == entry.rule && *columns == entry.columns)
        };
        self.entries.retain(is_told);
        let entries = self.entries;
        Ok(Ledger {
            value: source.amount.clone().unwrap_or_default(),
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
