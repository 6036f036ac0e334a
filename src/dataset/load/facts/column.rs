//! A feature of every buyer, on its way to a column of the customers.

/// A feature of every buyer.
#[derive(Debug, Clone)]
pub(in crate::dataset) enum FeatureColumn {
    /// A number; NaN is missing.
    Number(String, Vec<f64>),
    /// A level.
    Level(String, Vec<Option<String>>),
}
