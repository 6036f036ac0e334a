//! What a data set probably is, told from its files: tables, roles of columns, keys, customers, facts and what to segment by.
//!
//! [`propose`] looks at the first rows of each file and returns a [`Proposal`]: plain values with a reason each, for people to
//! check. A correction is a change of these values. [`Proposal::manifest`] writes them as a `dataset.toml` with the reasons as
//! comments, which [`crate::dataset::load`] takes as it is.

mod around;
mod clues;
mod codes;
mod currency;
mod customers;
mod day_parts;
mod draft;
mod facts;
mod keys;
mod levels;
mod look;
mod marks;
mod orders;
mod plan;
mod proposal;
mod questions;
mod reach;
mod reading;
mod returns;
mod revise;
mod role;
mod segmentation;
mod sentinels;
mod settle;
mod sums;
mod told;
mod toml_text;
mod uneven;
mod unite;
mod words;
mod write;
mod write_rules;
mod zones;

use std::path::{Path, PathBuf};

pub use proposal::{
    ColumnProposal, CustomersProposal, DerivedProposal, DimensionProposal, FactsProposal, GroupProposal, KeyProposal,
    Kind, PlaceProposal, Proposal, ReturnClues, SegmentationProposal, StatusProposal, TableProposal,
};

pub use questions::{Answers, LIKELIER, Question, Reading as Answer};

use crate::dataset::label::humanise;
use crate::dataset::manifest::{self, Role, Table};
use crate::dataset::{DatasetError, read};
use crate::progress::Progress;
use draft::Draft;
use look::{Look, look};
use reading::Reading;
use unite::unite;

/// Looks at files and proposes a data set of them.
///
/// # Errors
/// [`DatasetError`], when a file cannot be read or nothing in them tells customers apart.
pub fn propose(
    name: &str,
    files: &[PathBuf],
    answers: &Answers,
    watch: &dyn Progress,
) -> Result<Proposal, DatasetError> {
    let proposal = propose_as(name, files, &[], answers, watch)?;
    let is_known = proposal.facts.is_some() || !proposal.segmentation.value.is_empty();
    if let (false, Some(file)) = (is_known, files.first()) {
        return Err(DatasetError::data(
            file,
            "holds no number that tells customers apart, so there is nothing to segment by; add columns of what they spend or do",
        ));
    }
    Ok(proposal)
}

/// The same where people said how tables are to be read.
fn propose_as(
    name: &str,
    files: &[PathBuf],
    readings: &[Reading],
    answers: &Answers,
    watch: &dyn Progress,
) -> Result<Proposal, DatasetError> {
    let mut looks: Vec<Look> = Vec::new();
    for file in files {
        looks.extend(look(file, readings, watch)?);
        if looks.len() > MOST_TABLES {
            return Err(too_many_tables(file));
        }
    }
    // The files of an import stand beside each other.
    let folder = files.first().and_then(|file| file.parent()).unwrap_or(Path::new(""));
    if files.iter().all(|file| file.parent().unwrap_or(Path::new("")) == folder) {
        looks = unite(folder, looks)?;
    }
    let sheets = |looks: &[Look], file: &str| looks.iter().filter(|look| look.table.file == file).count();
    let several: Vec<bool> = looks.iter().map(|look| sheets(&looks, &look.table.file) > 1).collect();
    let mut drafts: Vec<Draft> = Vec::new();
    for (look, several) in looks.into_iter().zip(several) {
        let called = table_name(&look.table, several, &drafts);
        let reading = readings.iter().find(|reading| reading.is_of(&look.table.file, look.table.sheet.as_deref()));
        drafts.push(Draft::of(called, look, reading, answers));
    }
    bring_together(name, drafts, answers, watch)
}

/// Files and sheets that can be one data set: each is compared with each other.
pub const MOST_TABLES: usize = 50;

fn too_many_tables(file: &Path) -> DatasetError {
    DatasetError::data(
        file,
        format!(
            "there would be more than {MOST_TABLES} tables with it; leave out files and sheets that say nothing of customers"
        ),
    )
}

/// A name for a table that no other has: of its sheet where its file has several tables, else of its file.
fn table_name(table: &Table, several: bool, others: &[Draft]) -> String {
    let labels: Vec<String> = table.parts().map(|part| part.part_label()).collect();
    let common = unite::common_name(&labels).filter(|_| labels.len() > 1);
    // A file of an archive is called like a file.
    let is_file = |sheet: &&str| read::of_ending(Path::new(sheet)).is_some();
    let entry = table.sheet.as_deref().filter(is_file);
    let sheet = table.sheet.as_deref().filter(|sheet| several && !is_file(sheet));
    let file = Path::new(&table.file).file_name().unwrap_or_default().to_string_lossy();
    let name = common.as_deref().or(sheet).unwrap_or_else(|| manifest::stem(entry.unwrap_or(&file)));
    let name = if name.trim().is_empty() { "table" } else { name.trim() };
    let is_free = |name: &String| !others.iter().any(|other| other.proposal.name == *name);
    let numbered = (2..).map(|number| format!("{name}_{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
}

fn bring_together(
    name: &str,
    mut drafts: Vec<Draft>,
    answers: &Answers,
    watch: &dyn Progress,
) -> Result<Proposal, DatasetError> {
    let mut questions: Vec<Question> =
        drafts.iter_mut().flat_map(|draft| std::mem::take(&mut draft.questions)).collect();
    let keys = keys::keys(&drafts, watch)?;
    let tables: Vec<TableProposal> = drafts.iter().map(|draft| draft.proposal.clone()).collect();
    let mut facts = facts::facts(&tables, &keys);
    if facts.is_none()
        && let Some(question) = customers::who_buys(&drafts, &keys, answers)
    {
        let table = question.key.trim_start_matches(customers::WHO);
        facts = facts::of_customer(table, &question, &tables, &keys);
        questions.push(question);
    }
    if let Some(facts) = &mut facts {
        questions.extend(facts::settle_amount(facts, &tables, answers));
        questions.extend(facts::settle_missing(facts, &tables, answers)?);
        questions.extend(facts::settle_total(facts, &tables, answers));
        questions.extend(returns::ask_letters(facts, &tables, answers));
        questions.extend(returns::settle(facts, &tables, answers));
    }
    let mut customers = match &facts {
        Some(facts) => customers::of_facts(facts, &drafts, &keys),
        None => customers::alone(&drafts, &keys),
    };
    questions.extend(customers::settle(&mut customers, facts.is_some(), &mut drafts, answers));
    let own = [facts.as_ref().map(|facts| &facts.table), customers.as_ref().map(|customers| &customers.table)];
    for key in &keys {
        settle_key(key, &mut drafts);
        if !own.contains(&Some(&key.to)) {
            settle_lookup(key, &mut drafts);
        }
    }
    if let Some(facts) = &facts {
        settle_facts(facts, &mut drafts);
    }
    let mut proposal = Proposal {
        title: humanise(name),
        currency: currency(&drafts),
        tables: drafts.into_iter().map(|draft| draft.proposal).collect(),
        keys,
        customers,
        facts,
        derived: Vec::new(),
        groups: Vec::new(),
        segmentation: SegmentationProposal {
            value: String::new(),
            visits: None,
            features: Vec::new(),
            transform: None,
            reasons: Vec::new(),
        },
        notes: Vec::new(),
        questions,
        answers: answers.clone(),
    };
    proposal.choose_segmentation();
    proposal.notes = notes(&proposal);
    Ok(proposal)
}

/// The currency whose sign stands beside amounts, or that a column names, such as `amount_eur`.
fn currency(drafts: &[Draft]) -> String {
    const KNOWN: [(&[&str], &str); 4] =
        [(&["eur", "euro"], "€"), (&["usd", "dollar"], "$"), (&["gbp", "pound"], "£"), (&["jpy", "yen"], "¥")];
    if let Some(sign) = drafts.iter().find_map(|draft| draft.currency.clone()) {
        return sign;
    }
    let mut columns = drafts.iter().flat_map(|draft| &draft.proposal.columns).filter(|column| column.is_number());
    let found = columns.find_map(|column| {
        let named = |(words, sign): &(&[&str], &str)| {
            (words::has(&column.name, words) || column.name.contains(sign)).then(|| (*sign).to_owned())
        };
        KNOWN.iter().find_map(named)
    });
    found.unwrap_or_default()
}

/// Says what a column is for, once it is known.
fn say(draft: &mut Draft, name: &str, role: Role, reason: &str) {
    if let Some(column) = draft.proposal.columns.iter_mut().find(|column| column.name == name) {
        column.role = role;
        reason.clone_into(&mut column.reason);
    }
}

/// A key is text, of which programs write whole numbers with decimals when some are missing.
fn settle_key(key: &KeyProposal, drafts: &mut [Draft]) {
    if let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == key.from) {
        let is_id = draft.proposal.column(&key.column).is_some_and(|column| column.role == Role::Id);
        let role = if is_id { Role::Id } else { Role::Category };
        say(draft, &key.column, role, &format!("Its values are keys of table {}.", key.to));
    }
    let width_of = |table: &String, column: &String| {
        let draft = drafts.iter().find(|draft| draft.proposal.name == *table)?;
        let at = draft.proposal.columns.iter().position(|own| own.name == *column)?;
        Some(draft.facets[at].width)
    };
    let width = width_of(&key.from, &key.column).max(width_of(&key.to, &key.key)).unwrap_or(0);
    for (table, column) in [(&key.from, &key.column), (&key.to, &key.key)] {
        let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == *table) else { continue };
        if key.is_respelt {
            draft.respell(column, width);
        } else {
            draft.keep_leading_digits(column);
        }
    }
    if let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == key.to)
        && let Some(position) = draft.proposal.columns.iter().position(|column| column.name == key.key)
        && draft.repetitions(position) > 0
        && !draft.proposal.drops_duplicate_rows
    {
        draft.proposal.drops_duplicate_rows = true;
        let reason = format!("{} rows are equal to an earlier one and are dropped.", draft.repeated_rows);
        draft.proposal.reasons.push(reason);
    }
}

/// In a table of keys each row has texts of its own, which describe the key.
fn settle_lookup(key: &KeyProposal, drafts: &mut [Draft]) {
    let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == key.to) else { return };
    say(draft, &key.key, Role::Id, &format!("It names the rows of {}.", key.to));
    for column in &mut draft.proposal.columns {
        let is_short = (2..=role::LEVELS).contains(&column.distinct);
        if column.kind == Kind::Text && column.role == Role::Ignore && is_short && column.name != key.key {
            column.role = Role::Category;
            column.reason = format!("It holds {} different texts that describe {}.", column.distinct, key.key);
        }
    }
}

fn settle_facts(facts: &FactsProposal, drafts: &mut [Draft]) {
    if let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == facts.table) {
        say(draft, &facts.customer, Role::Id, "It names the customer.");
        if let Some(order) = &facts.order {
            say(draft, order, Role::Id, "It names the order.");
        }
        say(draft, &facts.time, Role::Date, "It is the day of the purchase.");
        if let Some(status) = &facts.status {
            say(draft, &status.column, Role::Category, &status.reason);
            if let Some(time) = &status.time {
                say(draft, time, Role::Date, "It is the day of use.");
            }
        }
        let amount = (&facts.amount, "It is the money of the line.");
        for (name, reason) in [amount, (&facts.price, "It is the price of one."), (&facts.quantity, "It counts units.")]
        {
            if let Some(name) = name {
                say(draft, name, Role::Numeric, reason);
            }
        }
        let named = facts.named();
        let is_used = |name: &String| named.contains(&name.as_str()) || facts.price.as_ref() == Some(name);
        for column in draft.proposal.columns.iter_mut().filter(|column| column.role == Role::Numeric) {
            if !is_used(&column.name) {
                column.role = Role::Ignore;
                column.reason = column.reason.replace(role::NUMBERS, facts::UNUSED);
            }
        }
    }
    for name in std::iter::once(&facts.customer).chain(&facts.order) {
        for draft in drafts.iter_mut() {
            draft.keep_leading_digits(name);
        }
    }
    if let Some(draft) = drafts.iter_mut().find(|draft| draft.proposal.name == facts.table)
        && draft.repeated_rows > 0
    {
        let reason = format!(
            "{} rows are equal to an earlier one and are kept, because a customer may buy the same twice.",
            draft.repeated_rows
        );
        draft.proposal.reasons.push(reason);
    }
}

fn notes(proposal: &Proposal) -> Vec<String> {
    let used = proposal.used_tables();
    let mut notes = Vec::new();
    for table in proposal.tables.iter().filter(|table| !used.contains(&table.name.as_str())) {
        notes.push(format!("Table {} is not used: no key leads to it from the others.", table.name));
    }
    for table in &proposal.tables {
        let empty: Vec<&str> = table
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Empty)
            .map(|column| column.name.as_str())
            .collect();
        if !empty.is_empty() {
            let words = if empty.len() == 1 { "holds no value and is" } else { "hold no value and are" };
            notes.push(format!("Table {}: {} {words} left out.", table.name, empty.join(", ")));
        }
        if !table.is_complete {
            notes.push(format!("Of table {} only the first {} rows were looked at.", table.name, table.rows));
        }
    }
    notes
}

#[cfg(test)]
mod tests;
