//! Questions asked of the customers: one [`Filter`] and a few aggregate requests feed the pages,
//! the API and the downloads, so that a number cannot differ between them.

pub mod distribution;
pub mod error;
pub mod filter;
pub mod relation;
pub mod rfm;
pub mod sales;
pub mod table;
pub mod view;

pub use error::QueryError;
pub use filter::Filter;
pub use view::{Group, View};
