//! Which table holds a row a customer, and what names them.

use crate::dataset::manifest::Role;
use crate::propose::draft::Draft;
use crate::propose::proposal::{CustomersProposal, FactsProposal, KeyProposal, Kind, TableProposal};
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

/// Gives the columns of the table of customers the roles that follow from it.
pub(super) fn settle(customers: &CustomersProposal, tables: &mut [Draft]) {
    let Some(draft) = tables.iter_mut().find(|draft| draft.proposal.name == customers.table) else { return };
    let Some(id) = &customers.id else { return };
    let position = draft.proposal.columns.iter().position(|column| column.name == *id);
    let is_key = position.is_some_and(|position| draft.is_key(position));
    settle_table(&mut draft.proposal, id, is_key);
}

/// The same for one table whose customers are named by a column; `is_key` when each of its values stands in one row.
pub(super) fn settle_table(table: &mut TableProposal, id: &str, is_key: bool) {
    if !is_key && !table.drops_duplicate_ids {
        table.drops_duplicate_ids = true;
        table.reasons.push(format!("{id} stands in several rows; the last one of each is kept."));
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
