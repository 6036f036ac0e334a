//! The cleaning ledger: what each rule removed or changed, in rows and in the value measure.

use serde::Serialize;

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LedgerEntry {
    /// The rule in words.
    pub rule: String,
    /// Columns it looked at.
    pub columns: Vec<String>,
    /// Rows before the rule.
    pub rows_before: usize,
    /// Rows it removed.
    pub rows_removed: usize,
    /// Cells it changed.
    pub cells_changed: usize,
    /// Sum of the value measure over the removed rows.
    pub value_removed: f64,
    /// Change of the sum of the value measure in the rows that stayed.
    pub value_changed: f64,
}

impl LedgerEntry {
    /// Takes in the same rule's effect on another piece of the table.
    pub(super) fn add(&mut self, other: &Self) {
        self.rows_before += other.rows_before;
        self.rows_removed += other.rows_removed;
        self.cells_changed += other.cells_changed;
        self.value_removed += other.value_removed;
        self.value_changed += other.value_changed;
    }

    /// The line on cells that held an infinite number; none when there were none.
    pub(super) fn of_infinite(rows: usize, cells: usize) -> Option<Self> {
        (cells > 0).then(|| Self {
            rule: "Infinite numbers: made missing".to_owned(),
            columns: Vec::new(),
            rows_before: rows,
            rows_removed: 0,
            cells_changed: cells,
            value_removed: 0.0,
            value_changed: 0.0,
        })
    }
}

/// All lines, with the totals they must add up to.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Ledger {
    /// The column whose sum is followed.
    pub value: String,
    /// Rows in the file.
    pub rows_in: usize,
    /// Customers after cleaning.
    pub rows_out: usize,
    /// Sum of the value measure before cleaning; missing counts as 0.
    pub value_in: f64,
    /// Sum of the value measure after cleaning.
    pub value_out: f64,
    /// Lines in the order in which the rules ran.
    pub entries: Vec<LedgerEntry>,
    /// Columns left out, missing headers and other things worth knowing.
    pub notes: Vec<String>,
}

impl Ledger {
    /// Whether rows in = rows out + rows removed, and the value measure likewise
    /// (to one part in a million million, the rounding of a sum).
    #[must_use]
    pub fn reconciles(&self) -> bool {
        let removed: usize = self.entries.iter().map(|entry| entry.rows_removed).sum();
        let moved: f64 = self.entries.iter().map(|entry| entry.value_changed - entry.value_removed).sum();
        let scale = self.value_in.abs().max(self.value_out.abs()).max(1.0);
        self.rows_in == self.rows_out + removed
            && (self.value_in + moved - self.value_out).abs() <= 1e-12 * scale * (1 + self.entries.len()) as f64
    }

    /// Rows removed by all rules together.
    #[must_use]
    pub fn rows_removed(&self) -> usize {
        self.rows_in - self.rows_out
    }
}
