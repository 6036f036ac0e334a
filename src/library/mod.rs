//! The folder of data sets: what is there, comes, changes, is set aside and goes.

pub mod archive;
pub mod catalog;
pub mod edit;
pub mod names;
pub mod replacement;
pub mod staging;
pub mod trash;
pub mod versions;

pub use staging::Staging;
