//! A proposal after people corrected it: what they changed is taken, and what follows from that is inferred anew.

use std::path::PathBuf;

use crate::dataset::DatasetError;
use crate::dataset::manifest::Role;
use crate::progress::Silent;
use crate::propose::proposal::{
    ColumnProposal, CustomersProposal, FactsProposal, KeyProposal, Kind, Proposal, TableProposal,
};
use crate::propose::reach::beside;
use crate::propose::reading::{Marks, Reading};
use crate::propose::returns::returns;
use crate::propose::role::NUMBERS;
use crate::propose::{customers, facts, propose_as};

/// What stands as the reason of a corrected inference.
const BY_HAND: &str = "Chosen by hand.";

impl Proposal {
    /// The proposal with the corrections of `wanted`, a changed copy of it.
    ///
    /// Titles, currency, roles, keys in use, customers, facts and segmentation are taken over. A table that is to be read in
    /// another way is read anew from `files`, and what follows from its columns is inferred again. Another table of customers
    /// or facts brings the columns that fit it. What to segment by is chosen again unless it was itself corrected.
    ///
    /// # Errors
    /// [`DatasetError::Refused`] for a table or column that is not there; [`DatasetError`] of reading.
    pub fn revised(&self, wanted: Self, name: &str, files: &[PathBuf]) -> Result<Self, DatasetError> {
        for table in &wanted.tables {
            let known = self.tables.iter().find(|known| known.name == table.name && known.file == table.file);
            let is_known = known.is_some_and(|known| {
                known.columns.len() == table.columns.len()
                    && known.columns.iter().zip(&table.columns).all(|(left, right)| left.name == right.name)
            });
            if !is_known {
                return refused(format!("the files hold no table \"{}\" with these columns", table.name));
            }
        }
        if wanted.tables.len() != self.tables.len() {
            return refused("a table is missing in the corrected proposal; send all of them");
        }
        let is_read_otherwise =
            self.tables.iter().zip(&wanted.tables).any(|(before, after)| reading(before) != reading(after));
        if wanted.answers != self.answers {
            // What follows from an answer may be anything, so that all is inferred again.
            let answered = propose_as(name, files, &[], &wanted.answers, &Silent)?;
            let title = line(&wanted.title).unwrap_or(answered.title);
            let currency = line(&wanted.currency).unwrap_or(answered.currency);
            return Ok(Self { title, currency, ..answered });
        }
        let mut revised =
            if is_read_otherwise { self.read_anew(&wanted, name, files)? } else { self.with_roles(&wanted) };
        revised.title = line(&wanted.title).unwrap_or(revised.title);
        revised.currency = line(&wanted.currency).unwrap_or_default();
        if is_read_otherwise {
            return Ok(revised);
        }
        revised.take_customers(&wanted)?;
        revised.take_facts(&wanted)?;
        let follows = revised.tables != self.tables
            || revised.keys != self.keys
            || revised.customers != self.customers
            || revised.facts != self.facts;
        if follows {
            revised.choose_segmentation();
        }
        if wanted.segmentation != self.segmentation {
            revised.segmentation = wanted.segmentation;
            revised.segmentation.reasons = vec![BY_HAND.to_owned()];
        }
        revised.notes = crate::propose::notes(&revised);
        Ok(revised)
    }

    /// All tables are read as `wanted` says; roles of tables whose reading did not change stay as they were corrected.
    fn read_anew(&self, wanted: &Self, name: &str, files: &[PathBuf]) -> Result<Self, DatasetError> {
        let readings: Vec<Reading> = wanted.tables.iter().map(pinned).collect();
        let mut revised = propose_as(name, files, &readings, &wanted.answers, &Silent)?;
        for (before, after) in self.tables.iter().zip(&wanted.tables) {
            let Some(table) = revised.tables.iter_mut().find(|table| table.name == after.name) else { continue };
            if reading(before) == reading(after) && table.columns.len() == after.columns.len() {
                for (column, after) in table.columns.iter_mut().zip(&after.columns) {
                    column.role = after.role;
                    column.reason.clone_from(&after.reason);
                    column.keeps_leading_digits = after.keeps_leading_digits;
                }
                take_roles(table, before, after);
            } else if table.reasons.iter().all(|reason| reason != BY_HAND) {
                table.reasons.push(BY_HAND.to_owned());
            }
        }
        for key in &mut revised.keys {
            let is_same = |other: &&KeyProposal| {
                (&other.from, &other.column, &other.to, &other.key) == (&key.from, &key.column, &key.to, &key.key)
            };
            if let Some(said) = wanted.keys.iter().find(is_same) {
                key.is_used = said.is_used;
            }
        }
        revised.choose_segmentation();
        Ok(revised)
    }

    fn with_roles(&self, wanted: &Self) -> Self {
        let mut revised = self.clone();
        for (table, after) in revised.tables.iter_mut().zip(&wanted.tables) {
            let before = table.clone();
            take_roles(table, &before, after);
        }
        for (key, after) in revised.keys.iter_mut().zip(&wanted.keys) {
            key.is_used = after.is_used;
        }
        revised
    }

    fn take_customers(&mut self, wanted: &Self) -> Result<(), DatasetError> {
        let Some(after) = &wanted.customers else {
            self.customers = None;
            return Ok(());
        };
        let Some(table) = self.tables.iter().find(|table| table.name == after.table) else {
            return refused(format!("there is no table \"{}\" to hold the customers", after.table));
        };
        if self.customers.as_ref() == Some(after) {
            return Ok(());
        }
        let is_other_table = self.customers.as_ref().is_none_or(|before| before.table != after.table);
        let mut chosen = if is_other_table { customers::of_table(table) } else { after.clone() };
        if let Some(id) = &chosen.id {
            let column = column_of(table, id)?;
            let is_key = column.distinct == column.filled;
            BY_HAND.clone_into(&mut chosen.reason);
            let (name, id) = (chosen.table.clone(), id.clone());
            if let Some(table) = self.tables.iter_mut().find(|table| table.name == name) {
                table.drops_duplicate_ids &= !is_key;
                customers::settle_table(table, &id, (!is_key).then_some("as was chosen by hand"));
            }
        }
        self.customers = Some(CustomersProposal { reason: BY_HAND.to_owned(), ..chosen });
        Ok(())
    }

    fn take_facts(&mut self, wanted: &Self) -> Result<(), DatasetError> {
        let Some(after) = &wanted.facts else {
            self.use_numbers_again();
            if self.facts.take().is_some() && self.customers.is_none() {
                // Without purchases customers are rows; the widest table of them is a start.
                let largest = self.tables.iter().max_by_key(|table| table.columns.len());
                self.customers = largest.map(customers::of_table);
            }
            return Ok(());
        };
        if self.facts.as_ref() == Some(after) {
            return Ok(());
        }
        self.use_numbers_again();
        if self.table(&after.table).is_none() {
            return refused(format!("there is no table \"{}\" to hold purchases", after.table));
        }
        if self.facts.as_ref().is_none_or(|before| before.table != after.table) {
            let inferred = facts::of_table(&after.table, &self.tables, &self.keys);
            let Some(mut inferred) = inferred else {
                return refused(format!(
                    "table \"{}\" cannot hold purchases: it needs a day, a customer who comes again, and an amount or a status; check the roles of its columns or choose another table",
                    after.table
                ));
            };
            inferred.reasons.extend(returns(&inferred, &self.tables).reasons);
            inferred.reasons.insert(0, BY_HAND.to_owned());
            self.facts = Some(inferred);
            return Ok(());
        }
        self.check_facts(after)?;
        let mut chosen = after.clone();
        if chosen.reasons.first().is_none_or(|reason| reason != BY_HAND) {
            chosen.reasons = vec![BY_HAND.to_owned()];
        }
        self.facts = Some(chosen);
        Ok(())
    }

    /// Numbers that purchases have no use for are numbers again where other ones are chosen, or none.
    fn use_numbers_again(&mut self) {
        for column in self.tables.iter_mut().flat_map(|table| &mut table.columns) {
            if column.role == Role::Ignore && column.reason.contains(facts::UNUSED) {
                column.role = Role::Numeric;
                column.reason = column.reason.replace(facts::UNUSED, NUMBERS);
            }
        }
    }

    /// Refuses facts that name what is not there, in words for people.
    fn check_facts(&self, facts: &FactsProposal) -> Result<(), DatasetError> {
        let columns = beside(&self.tables, &self.keys, &facts.table);
        let find = |name: &str| columns.iter().find(|beside| beside.column.name == name).map(|beside| beside.column);
        if facts.price.is_some() && facts.quantity.is_none() {
            return refused("a price of one needs a column of units; choose it, or name the money of the line");
        }
        let computed = facts.price.is_some();
        for name in facts.named() {
            if find(name).is_none() && !(computed && facts.amount.as_deref() == Some(name)) {
                return refused(format!(
                    "there is no column \"{name}\" in table \"{}\" or those it leads to",
                    facts.table
                ));
            }
        }
        if find(&facts.time).is_some_and(|column| column.kind != Kind::Day) {
            return refused(format!("column \"{}\" holds no dates, so that it cannot be the day", facts.time));
        }
        let numbers = [&facts.amount, &facts.quantity, &facts.price];
        for name in numbers.into_iter().flatten() {
            if find(name).is_some_and(|column| !column.is_number() && column.kind != Kind::Flag) {
                return refused(format!(
                    "column \"{name}\" holds no numbers, so that it can be neither money nor units"
                ));
            }
        }
        Ok(())
    }
}

fn refused<T>(message: impl Into<String>) -> Result<T, DatasetError> {
    Err(DatasetError::refused(message))
}

fn column_of<'a>(table: &'a TableProposal, name: &str) -> Result<&'a ColumnProposal, DatasetError> {
    table.column(name).map_or_else(|| refused(format!("table \"{}\" has no column \"{name}\"", table.name)), Ok)
}

/// A text of one line, `None` when it is empty.
fn line(text: &str) -> Option<String> {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(line).filter(|line| !line.is_empty())
}

fn pinned(table: &TableProposal) -> Reading {
    Reading {
        file: table.file.clone(),
        sheet: table.sheet.clone(),
        separator: table.separator,
        encoding: table.encoding.clone(),
        marks: Marks { decimal: table.decimal, thousands: table.thousands, missing: table.missing_values.clone() },
        date_order: table.date_order,
    }
}

/// What decides how a table's cells are told.
fn reading(table: &TableProposal) -> impl PartialEq + use<> {
    (
        table.separator,
        table.encoding.clone(),
        table.decimal,
        table.thousands,
        table.date_order,
        table.missing_values.clone(),
    )
}

/// Roles that were changed, and what is dropped.
fn take_roles(table: &mut TableProposal, before: &TableProposal, after: &TableProposal) {
    for ((column, before), after) in table.columns.iter_mut().zip(&before.columns).zip(&after.columns) {
        if before.role != after.role {
            column.role = after.role;
            column.reason =
                if after.role == Role::Ignore { "Left out by hand.".to_owned() } else { BY_HAND.to_owned() };
        }
        if before.keeps_leading_digits != after.keeps_leading_digits {
            column.keeps_leading_digits = after.keeps_leading_digits;
        }
    }
    table.drops_duplicate_rows = after.drops_duplicate_rows;
    table.drops_duplicate_ids = after.drops_duplicate_ids;
}
