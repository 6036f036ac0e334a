//! Data sets: from a folder with a manifest and files to a table of customers, facts and a ledger.
//!
//! [`load`] runs the whole way: read, give types, clean, derive, check. polars lives in `read`, `prepare` and `load` and
//! nowhere above; what comes out is [`Customers`] and [`Facts`], plain vectors.

pub mod code;
pub mod customers;
pub mod database;
pub mod dates;
mod error;
pub mod export;
pub mod facts;
pub mod fill;
pub mod label;
pub mod ledger;
mod load;
mod loaded;
pub mod manifest;
pub mod newcomers;
pub mod numbers;
pub(crate) mod prepare;
pub(crate) mod read;
pub mod synthetic;
mod texts;

pub use customers::{Column, Customers, Values};
pub use error::DatasetError;
pub use facts::Facts;
pub use ledger::{Ledger, LedgerEntry};
pub use load::{load, load_as, load_watched};
pub use loaded::{Dataset, RawColumn};
pub use manifest::{Manifest, Role};
pub use synthetic::SyntheticOrigin;
pub use texts::Texts;

#[cfg(test)]
mod tests;
