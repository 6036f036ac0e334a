//! What a table reaches by its keys.

use crate::propose::proposal::{ColumnProposal, KeyProposal, Proposal, TableProposal};

/// Keys in use that lead from a table to others, nearest first. Each table is reached once, and the first one never.
pub(super) fn reach<'a>(keys: &'a [KeyProposal], root: &str) -> Vec<&'a KeyProposal> {
    let mut reached: Vec<&KeyProposal> = Vec::new();
    let mut tables: Vec<&str> = Vec::new();
    let mut at = 0;
    loop {
        let from = if at == 0 { root } else { tables[at - 1] };
        for key in keys.iter().filter(|key| key.is_used && key.from == from) {
            if key.to != root && !tables.contains(&key.to.as_str()) {
                reached.push(key);
                tables.push(&key.to);
            }
        }
        if at == tables.len() {
            return reached;
        }
        at += 1;
    }
}

/// A column as it stands beside a table's rows: its own, or one that a join brings.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    pub(super) table: &'a TableProposal,
    pub(super) column: &'a ColumnProposal,
}

/// All columns beside the rows of a table, its own first. A join brings no column that is there already, and not its key.
pub(super) fn beside<'a>(tables: &'a [TableProposal], keys: &'a [KeyProposal], root: &str) -> Vec<Beside<'a>> {
    let find = |name: &str| tables.iter().find(|table| table.name == name);
    let Some(table) = find(root) else { return Vec::new() };
    let mut columns: Vec<Beside<'_>> = table.columns.iter().map(|column| Beside { table, column }).collect();
    for key in reach(keys, root) {
        let Some(table) = find(&key.to) else { continue };
        for column in table.columns.iter().filter(|column| column.name != key.key) {
            if !columns.iter().any(|known| known.column.name == column.name) {
                columns.push(Beside { table, column });
            }
        }
    }
    columns
}

impl Proposal {
    /// Columns beside the rows of a table: its own, and those of tables that its keys lead to.
    #[must_use]
    pub fn columns_beside(&self, table: &str) -> Vec<&ColumnProposal> {
        beside(&self.tables, &self.keys, table).into_iter().map(|beside| beside.column).collect()
    }
}
