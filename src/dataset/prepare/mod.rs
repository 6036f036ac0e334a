//! From tables of text to typed, cleaned, joined and derived columns. polars lives here.

pub(in crate::dataset) mod aggregate;
pub(in crate::dataset) mod clean;
pub(in crate::dataset) mod derive;
mod expression;
pub(in crate::dataset) mod interner;
pub(crate) mod interpret;
pub(in crate::dataset) mod lookup;
pub(in crate::dataset) mod remark;
pub(in crate::dataset) mod tables;
pub(in crate::dataset) mod typed;
pub(in crate::dataset) mod typing;
