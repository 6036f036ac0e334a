//! What follows from a proposal: the tables it needs, how they are joined, and one role for each name.

use std::collections::BTreeSet;

use crate::dataset::manifest::{Role, features};
use crate::propose::proposal::{ColumnProposal, FactsProposal, KeyProposal, Kind, Proposal, TableProposal};
use crate::propose::reach::reach;
use crate::propose::role::LEVELS;

/// A join with the columns that it adds.
pub(super) struct Join<'a> {
    pub(super) key: &'a KeyProposal,
    /// The key on this side as it is called after the joins before.
    pub(super) left: String,
    pub(super) columns: Vec<String>,
}

impl Proposal {
    /// Tables that the manifest holds, each once: of the customers, of the facts, and what they are joined to.
    pub(super) fn used_tables(&self) -> Vec<&str> {
        let mut used: Vec<&str> = Vec::new();
        if let Some(facts) = &self.facts {
            used.push(&facts.table);
            used.extend(self.facts_joins(facts).into_iter().map(|join| join.key.to.as_str()));
        }
        if let Some(customers) = &self.customers {
            used.push(&customers.table);
            used.extend(self.customers_joins().into_iter().map(|join| join.key.to.as_str()));
        }
        let mut seen = BTreeSet::new();
        used.retain(|name| seen.insert(*name));
        used
    }

    /// Joins of the customers with all columns that are used.
    pub(super) fn customers_joins(&self) -> Vec<Join<'_>> {
        let Some(customers) = self.customers.as_ref().filter(|customers| customers.id.is_some()) else {
            return Vec::new();
        };
        let facts = self.facts.as_ref().map(|facts| facts.table.as_str());
        self.joins(&customers.table, facts, &|column| column.role != Role::Ignore && column.role != Role::Id)
    }

    /// Joins of the facts with the columns that they name.
    pub(super) fn facts_joins(&self, facts: &FactsProposal) -> Vec<Join<'_>> {
        let named = facts.named();
        self.joins(&facts.table, None, &|column| named.contains(&column.name.as_str()))
    }

    /// Joins from a table to those that bring a wanted column, and to those on the way.
    fn joins(&self, root: &str, except: Option<&str>, wanted: &dyn Fn(&ColumnProposal) -> bool) -> Vec<Join<'_>> {
        let mut present: BTreeSet<&str> = BTreeSet::new();
        present
            .extend(self.table(root).into_iter().flat_map(|table| &table.columns).map(|column| column.name.as_str()));
        let mut joins: Vec<Join<'_>> = Vec::new();
        for key in reach(&self.keys, root).into_iter().filter(|key| Some(key.to.as_str()) != except) {
            // The key of a joined table is not added: on this side it is called as in the table before.
            let before = joins.iter().find(|join| join.key.to == key.from);
            if key.from != root && before.is_none() {
                continue;
            }
            let left = before.filter(|join| join.key.key == key.column).map_or(&key.column, |join| &join.left).clone();
            let columns = self.table(&key.to).map(|table| table.columns.as_slice()).unwrap_or_default();
            let brings = columns.iter().filter(|column| column.name != key.key && wanted(column));
            let columns =
                brings.filter(|column| present.insert(&column.name)).map(|column| column.name.clone()).collect();
            joins.push(Join { key, left, columns });
        }
        let own = self.table(root).map(|table| table.columns.as_slice()).unwrap_or_default();
        for at in (0..joins.len()).rev() {
            let key = joins[at].key;
            if joins[at].columns.is_empty() && !joins[at + 1..].iter().any(|later| later.key.from == key.to) {
                joins.remove(at);
                continue;
            }
            let left = joins[at].left.clone();
            let is_there = own.iter().any(|column| column.name == left)
                || joins[..at].iter().any(|join| join.columns.contains(&left) || join.left == left);
            if let Some(before) = joins[..at].iter_mut().find(|join| join.key.to == key.from && !is_there) {
                before.columns.push(left);
            }
        }
        joins
    }

    /// The role of each column of the customers and of tables that are joined. Facts need none: what they name has the role
    /// that it is named for, and the rest is not read, unless they are read as a whole.
    pub(super) fn roles(&self) -> Vec<(&str, Role, String)> {
        let facts = self.facts.as_ref();
        let named: Vec<&str> = facts.map(FactsProposal::named).unwrap_or_default();
        let of_customers: Vec<&str> = self
            .customers
            .iter()
            .map(|customers| customers.table.as_str())
            .chain(self.customers_joins().into_iter().map(|join| join.key.to.as_str()))
            .collect();
        let mut roles: Vec<(&str, Vec<&ColumnProposal>)> = Vec::new();
        for table in self.used_tables() {
            let is_customers = of_customers.contains(&table);
            let is_whole = self.table(table).is_some_and(|table| table.drops_duplicate_rows)
                || facts.is_some_and(|facts| facts.price.is_some());
            let is_read = is_customers || is_whole || facts.is_none_or(|facts| facts.table != table);
            for column in self.table(table).into_iter().flat_map(|table| &table.columns) {
                let is_named = !is_customers && named.contains(&column.name.as_str());
                // A rule reads it, and only fits texts.
                if is_named || !(is_read || column.keeps_leading_digits || column.respelt.is_some() || column.is_padded)
                {
                    continue;
                }
                match roles.iter_mut().find(|(name, _)| *name == column.name) {
                    Some((_, columns)) => columns.push(column),
                    None => roles.push((&column.name, vec![column])),
                }
            }
        }
        roles.into_iter().map(|(name, columns)| self.role(name, &columns)).collect()
    }

    /// Whether a column of a table is read at all.
    pub(super) fn is_read(&self, table: &TableProposal, column: &ColumnProposal) -> bool {
        let of_facts = self.facts.as_ref().filter(|facts| facts.table == table.name);
        of_facts.is_some_and(|facts| facts.named().contains(&column.name.as_str()))
            || self.roles().iter().any(|(name, role, _)| *name == column.name && *role != Role::Ignore)
    }

    /// The role of a name in all tables that have it: a manifest knows one.
    fn role<'a>(&self, name: &'a str, columns: &[&ColumnProposal]) -> (&'a str, Role, String) {
        let first = columns.first();
        if self.facts.is_some() && is_feature(name) {
            return (name, Role::Ignore, "Left out: facts make a feature of that name.".to_owned());
        }
        if let Some(first) = first
            && columns.iter().all(|column| column.role == first.role)
        {
            return (name, first.role, first.reason.clone());
        }
        let is_key = |key: &KeyProposal| key.is_used && (key.column == name || key.key == name);
        let all = |roles: &[Role]| columns.iter().all(|column| roles.contains(&column.role));
        let is_short = columns.iter().all(|column| column.distinct <= LEVELS && column.kind != Kind::Empty);
        let is_text = columns.iter().any(|column| column.keeps_leading_digits || column.respelt.is_some());
        let is_id = self.customers.as_ref().is_some_and(|customers| customers.id.as_deref() == Some(name));
        let role = if is_id {
            Role::Id
        } else if self.keys.iter().any(is_key) {
            return (name, Role::Category, "Tables are joined by it.".to_owned());
        } else if all(&[Role::Numeric, Role::Flag]) {
            Role::Numeric
        } else if all(&[Role::Id, Role::Category, Role::Ignore]) && is_short || is_text {
            Role::Category
        } else {
            Role::Ignore
        };
        (name, role, "Several tables have a column of that name, with different values.".to_owned())
    }
}

impl FactsProposal {
    /// Columns that it names.
    pub(super) fn named(&self) -> Vec<&str> {
        let mut named = vec![self.customer.as_str(), &self.time];
        named.extend(self.order.iter().chain(&self.amount).chain(&self.quantity).map(String::as_str));
        let status = self.status.iter();
        named.extend(status.flat_map(|status| std::iter::once(&status.column).chain(&status.time)).map(String::as_str));
        named.extend(self.place.iter().flat_map(|place| [place.latitude.as_str(), &place.longitude]));
        named.extend(self.dimensions.iter().map(|dimension| dimension.column.as_str()));
        named
    }
}

fn is_feature(name: &str) -> bool {
    features::spec(name, None).is_some() || name.starts_with("distinct_") || name.starts_with("preferred_")
}
