//! Returns: rows that take purchases back. They lower money and units and count as no purchase.

mod decision;

use serde::Serialize;

pub(in crate::dataset) use self::decision::{Candidates, Decision, Reduced};

/// The returns of facts that have some.
#[derive(Debug, Clone, Default)]
pub struct Returns {
    /// Whether each row is a return; empty when the rows stay in a database.
    pub is_return: Vec<bool>,
    /// What they come to.
    pub found: ReturnsFound,
}

/// What all returns of a data set come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReturnsFound {
    /// Rows.
    pub lines: usize,
    /// Returns: different numbers of orders; a row without a number is one of its own.
    pub returns: usize,
    /// Sum of their amounts, below zero as a rule.
    pub amount: f64,
    /// Sum of the amounts of all other rows.
    pub gross: f64,
    /// Returns whose purchase is known by its number.
    pub matched: usize,
    /// Different known orders with a purchase.
    pub purchases: usize,
    /// Different known orders there would be if returns counted as purchases.
    pub as_purchases: usize,
    /// Purchases that were taken back as a whole, as far as returns name their purchase.
    pub taken_back: usize,
}
