//! The canonical fact table: one row a purchase line or other event, plain vectors, no polars.

pub mod remote;
mod returns;
mod totals;
pub(in crate::dataset) mod uses;

pub use remote::Remote;
pub(in crate::dataset) use returns::{Candidates, Decision, Reduced};
pub use returns::{Returns, ReturnsFound};
pub use totals::{Totals, settled};
pub use uses::Uses;

use super::ledger::Ledger;
use super::manifest::Gaps;
use super::texts::Texts;

/// Number of an unknown customer or order.
pub const UNKNOWN: u32 = u32::MAX;

/// All facts of a data set after cleaning, by day. The lists of rows are empty when the rows stay in a database.
#[derive(Debug)]
pub struct Facts {
    /// Known buyer of each row, or [`UNKNOWN`].
    pub buyer: Vec<u32>,
    /// Known order of each row, or [`UNKNOWN`].
    pub order: Vec<u32>,
    /// Day of each row since 1970-01-01, ascending.
    pub day: Vec<i32>,
    /// Money of each row; 1 where there is no money.
    pub amount: Vec<f64>,
    /// Whether there is money.
    pub has_amounts: bool,
    /// Units of each row; empty when they are not known.
    pub quantity: Vec<f64>,
    /// Which of the things that were handed out were used; `None` when facts have no status.
    pub uses: Option<Uses>,
    /// Which rows take purchases back; `None` when none does.
    pub returns: Option<Returns>,
    /// What sales can be compared by.
    pub dimensions: Vec<FactDimension>,
    /// Numbers of the rows beside amount and quantity.
    pub numbers: Vec<FactNumber>,
    /// Where each row was sold; `None` when that is not known.
    pub places: Option<Places>,
    /// Ids of the known buyers.
    pub buyers: Texts,
    /// Row among the customers of each buyer, or [`UNKNOWN`] when cleaning removed the customer.
    pub customer_of: Vec<u32>,
    /// Numbers of known orders are below this; some may be of orders that only a return names.
    pub orders: usize,
    /// Day from which recency is counted.
    pub snapshot: i32,
    /// What a day without facts means.
    pub missing_days: Gaps,
    /// What cleaning did, in rows and money.
    pub ledger: Ledger,
    /// The database that is asked, when the rows stay there.
    pub remote: Option<Remote>,
}

/// A column to compare sales by.
#[derive(Debug, Clone)]
pub struct FactDimension {
    /// Column.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Level of each row, or [`super::customers::MISSING_LEVEL`].
    pub codes: Vec<u32>,
    /// Whether some row has no level.
    pub has_missing: bool,
    /// The levels in alphabetical order.
    pub names: Vec<String>,
}

/// A number of the rows.
#[derive(Debug, Clone)]
pub struct FactNumber {
    /// Column.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit, where there is one.
    pub unit: Option<String>,
    /// Whether all rows of an order share it, so that it counts once for the order.
    pub per_order: bool,
    /// Value of each row; NaN is missing.
    pub values: Vec<f64>,
}

/// Where facts happened.
#[derive(Debug, Clone)]
pub struct Places {
    /// Place of each row, or [`UNKNOWN`].
    pub place: Vec<u32>,
    /// Latitude and longitude of each place, in degrees.
    pub points: Vec<(f64, f64)>,
}

impl Facts {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        if self.remote.is_some() { self.ledger.rows_out } else { self.day.len() }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A dimension by name.
    #[must_use]
    pub fn dimension(&self, name: &str) -> Option<&FactDimension> {
        self.dimensions.iter().find(|dimension| dimension.name == name)
    }

    /// Whether units are known.
    #[must_use]
    pub fn has_units(&self) -> bool {
        self.remote.as_ref().map_or(!self.quantity.is_empty(), Remote::has_units)
    }

    /// First and last day; `None` without facts.
    #[must_use]
    pub fn days(&self) -> Option<(i32, i32)> {
        if let Some(remote) = &self.remote {
            return Some(remote.days());
        }
        Some((*self.day.first()?, *self.day.last()?))
    }

    /// Whether each row is a return; empty when none is, or when the rows stay in a database.
    #[must_use]
    pub fn return_rows(&self) -> &[bool] {
        self.returns.as_ref().map_or(&[], |returns| returns.is_return.as_slice())
    }

    /// The customer of a row, when known.
    #[must_use]
    pub fn customer(&self, row: usize) -> Option<u32> {
        let buyer = self.buyer[row];
        let customer = *self.customer_of.get(buyer as usize)?;
        Some(customer).filter(|customer| *customer != UNKNOWN)
    }
}
