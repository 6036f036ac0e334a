//! Which table holds a row a customer, and what names them.

use crate::dataset::manifest::Role;
use crate::figures;
use crate::propose::draft::Draft;
use crate::propose::facts;
use crate::propose::proposal::{CustomersProposal, FactsProposal, KeyProposal, Kind, TableProposal};
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reach::reach;
use crate::propose::words;

/// The table that the facts' customers are keys of.
pub(super) fn of_facts(facts: &FactsProposal, tables: &[Draft], keys: &[KeyProposal]) -> Option<CustomersProposal> {
    let mut from: Vec<&str> = vec![&facts.table];
    from.extend(reach(keys, &facts.table).into_iter().map(|key| key.to.as_str()));
    let by_key = keys.iter().find(|key| {
        key.is_used && key.column == facts.customer && from.contains(&key.from.as_str()) && key.to != facts.table
    });
    if let Some(key) = by_key {
        let reason = format!("Table {} has a row for each {} of table {}.", key.to, key.key, facts.table);
        return Some(CustomersProposal { table: key.to.clone(), id: Some(key.key.clone()), reason });
    }
    // A joined table that brings the customer may hold a row each.
    let own = tables.iter().find(|draft| {
        let position = draft.proposal.columns.iter().position(|column| column.name == facts.customer);
        draft.proposal.name != facts.table
            && from.contains(&draft.proposal.name.as_str())
            && position.is_some_and(|position| draft.is_key(position))
    })?;
    let name = own.proposal.name.clone();
    let reason = format!("Table {name} has a row for each {}.", facts.customer);
    Some(CustomersProposal { table: name, id: Some(facts.customer.clone()), reason })
}

/// The likeliest table of customers where nothing is bought: one that names customers and reaches other tables.
pub(super) fn alone(tables: &[Draft], keys: &[KeyProposal]) -> Option<CustomersProposal> {
    let likeliest = tables.iter().enumerate().max_by_key(|(position, draft)| {
        let table = &draft.proposal;
        let names_customers = words::has(&table.name, words::CUSTOMER)
            || table.columns.iter().any(|column| column.role == Role::Id && words::names_customers(&column.name));
        let is_key = keys.iter().any(|key| key.to == table.name && key.from != table.name);
        let reached = reach(keys, &table.name).len();
        (names_customers, reached, !is_key, table.rows, std::cmp::Reverse(*position))
    });
    let table = &likeliest?.1.proposal;
    let id = id(table);
    let reason = match (&id, tables.len()) {
        (Some(id), 1) => format!("Each row is a customer, named by {id}."),
        (Some(id), _) => format!("Table {} has a row a customer, named by {id}.", table.name),
        (None, _) => {
            format!("Each row of table {} is a customer; no column names them, so that they are numbered.", table.name)
        }
    };
    Some(CustomersProposal { table: table.name.clone(), id, reason })
}

/// The customers of a table that people said holds them.
pub(super) fn of_table(table: &TableProposal) -> CustomersProposal {
    let id = id(table);
    let reason = match &id {
        Some(id) => format!("Chosen by hand; {id} names the customer."),
        None => "Chosen by hand; no column names the customers, so that they are numbered.".to_owned(),
    };
    CustomersProposal { table: table.name.clone(), id, reason }
}

/// The column that names the customers of a table: one that is different in each row, or nearly, and says so.
fn id(table: &TableProposal) -> Option<String> {
    let names_row = |name: &str| {
        words::names_customers(name) || words::plain(name) == "id" || words::shares_subject(name, &table.name)
    };
    let ids = table.columns.iter().filter(|column| column.role == Role::Id);
    let best = ids.min_by_key(|column| !names_row(&column.name));
    let repeated = || {
        let named = table.columns.iter().filter(|column| matches!(column.kind, Kind::Whole | Kind::Text));
        let named = named.filter(|column| words::names_things(&column.name) || words::words(&column.name).len() == 1);
        named
            .filter(|column| words::names_customers(&column.name) || words::plain(&column.name) == "id")
            .max_by_key(|column| column.distinct)
    };
    best.or_else(repeated).map(|column| column.name.clone())
}

/// Gives the columns of the table of customers the roles that follow from it. An id that stands in several rows is a question: nobody but
/// people can say what the rows are then.
pub(super) fn settle(
    customers: &mut Option<CustomersProposal>,
    has_facts: bool,
    tables: &mut [Draft],
    answers: &Answers,
) -> Option<Question> {
    let chosen = customers.as_mut()?;
    let draft = tables.iter_mut().find(|draft| draft.proposal.name == chosen.table)?;
    let id = chosen.id.clone()?;
    let position = draft.proposal.columns.iter().position(|column| column.name == id)?;
    let repeated = draft.repetitions(position);
    let is_key = draft.is_key(position);
    if is_key && repeated > 0 && !draft.proposal.drops_duplicate_rows {
        draft.proposal.drops_duplicate_rows = true;
        let reason =
            format!("{} rows are equal to an earlier one and are dropped.", figures::count(draft.repeated_rows));
        draft.proposal.reasons.push(reason);
    }
    draft.keep_leading_digits(&id);
    let question = (!is_key && repeated > 0).then(|| what_is_a_row(draft, position, repeated, has_facts, answers));
    match question.as_ref().map(Question::taken) {
        Some(EACH) => {
            chosen.id = None;
            let by_whom = question.as_ref().map_or("", Question::by_whom);
            chosen.reason = format!("Each row of table {} is a customer of its own, {by_whom}.", chosen.table);
            if let Some(column) = draft.proposal.columns.get_mut(position) {
                column.role = Role::Ignore;
                "Left out: it stands in several rows, which are customers of their own.".clone_into(&mut column.reason);
            }
        }
        Some(WITHOUT) => *customers = None,
        Some(_) => settle_table(&mut draft.proposal, &id, question.as_ref().map(Question::by_whom)),
        None => settle_table(&mut draft.proposal, &id, None),
    }
    question
}

/// How the keys of questions begin that ask who the customer is.
pub(super) const WHO: &str = "customer.";

/// Asks which column names the customer where rows look like purchases and none says so.
pub(super) fn who_buys(tables: &[Draft], keys: &[KeyProposal], answers: &Answers) -> Option<Question> {
    let all: Vec<TableProposal> = tables.iter().map(|draft| draft.proposal.clone()).collect();
    let chosen = alone(tables, keys)?;
    let id_of = |table: &TableProposal| if table.name == chosen.table { chosen.id.clone() } else { id(table) };
    let likely = |table: &&TableProposal| {
        let candidates = facts::may_name_customers(table, id_of(table).as_deref(), &all, keys);
        (!candidates.is_empty()).then_some((table.rows, table.name.clone()))
    };
    let (_, largest) = all.iter().filter_map(|table| likely(&table)).max()?;
    let table = all.iter().find(|table| table.name == largest)?;
    let candidates = facts::may_name_customers(table, id_of(table).as_deref(), &all, keys);
    let first = candidates.first()?;
    // What comes again very often is a kind of thing and nobody's name.
    let likely = if first.distinct * 50 >= table.rows { first.name.clone() } else { EACH.to_owned() };
    let rows = figures::count(table.rows);
    let mut options: Vec<Reading> = candidates
        .iter()
        .map(|column| {
            let effect = format!("{} customers with {rows} purchases.", figures::count(column.distinct));
            Reading::new(&column.name, format!("{} names the customer.", column.name), effect)
        })
        .collect();
    options.push(Reading::new(
        EACH,
        "Each row is a customer of its own.",
        format!("{rows} customers, of whom no purchases are known."),
    ));
    let text = format!(
        "Rows of table {} have a day and an amount, as purchases do, but no column says by its name who bought. Which one names the customer?",
        table.name
    );
    Some(Question::new(format!("{WHO}{}", table.name), text, options, (&likely, 0.5), answers))
}

const LAST: &str = "last";
const EACH: &str = "each";
const WITHOUT: &str = "without";

/// Asks what the rows are of a table in which an id comes again.
fn what_is_a_row(draft: &Draft, position: usize, repeated: usize, has_facts: bool, answers: &Answers) -> Question {
    let table = &draft.proposal;
    let id = &table.columns[position].name;
    let rows = figures::count(table.rows);
    let customers = figures::count(table.columns[position].distinct);
    let mut options = vec![Reading::new(
        LAST,
        format!("Of each {id} the last row holds."),
        format!("{customers} customers; {} of {rows} rows are dropped.", figures::count(repeated)),
    )];
    options.push(if has_facts {
        Reading::new(
            WITHOUT,
            format!("Table {} says nothing of customers.", table.name),
            "Customers are known from what they bought alone.",
        )
    } else {
        Reading::new(
            EACH,
            format!("Each row is a customer of its own; {id} is not used."),
            format!("{rows} customers; no row is dropped."),
        )
    });
    let text = format!(
        "{id} stands in several rows of table {}, which differ: {customers} different values in {rows} rows. Rows that come again are mostly purchases, and those need a day; no column was read as one together with a customer. What is a row?",
        table.name
    );
    Question::new(format!("rows.{}", table.name), text, options, (LAST, 0.5), answers)
}

/// The same for one table whose customers are named by a column; `by_whom` ends the reason why of several rows the last is kept, where
/// values stand in several.
pub(super) fn settle_table(table: &mut TableProposal, id: &str, by_whom: Option<&str>) {
    if let Some(by_whom) = by_whom.filter(|_| !table.drops_duplicate_ids) {
        table.drops_duplicate_ids = true;
        table.reasons.push(format!("{id} stands in several rows; the last one of each is kept, {by_whom}."));
    }
    for column in &mut table.columns {
        if column.name == id {
            column.role = Role::Id;
            "It names the customer.".clone_into(&mut column.reason);
        } else if column.role == Role::Id {
            column.role = Role::Ignore;
            column.reason = format!("Left out: {id} names the customer.");
        }
    }
}
