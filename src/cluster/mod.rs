//! Pure clustering on matrices: rows are customers, columns are features.
//!
//! No data frame, no input or output, no async runtime. Algorithms and scores take and return scikit-learn's words and
//! agree with scikit-learn's numbers. Every result is a function of its arguments: seeds are parameters and no result
//! depends on the number of threads. Matrices must be finite; [`check_matrix`] says which cell is not.

use ndarray::ArrayView2;
use std::collections::HashSet;

pub mod agreement;
mod chain;
mod columns;
pub mod dbscan;
mod dbscan_fit;
mod dendrogram;
pub mod estimators;
mod exchange;
pub mod gap;
mod grid;
mod groups;
pub mod hdbscan;
pub mod hierarchical;
pub mod kmeans;
mod kmeans_params;
mod lloyd;
pub mod metrics;
mod micro;
pub mod mini_batch;
pub mod mixture;
mod neighbors;
mod numbering;
pub mod pca;
pub mod scale;
mod search;
pub mod second_opinion;
mod seeding;
pub mod select_k;
mod silhouette;
mod spanning;
pub mod stability;
#[cfg(test)]
mod test_points;
pub mod transform;

pub use crate::progress::{Progress, Silent};

/// The label of rows that belong to no cluster, as in scikit-learn.
pub const NOISE: i32 = -1;

/// Largest magnitude accepted in a matrix; squares of larger numbers, summed, leave the range of `f64`.
const MAX_MAGNITUDE: f64 = 1e100;

/// Why a clustering could not be computed, and what to change.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// The observer asked to stop.
    #[error("the computation was cancelled")]
    Cancelled,
    /// A parameter is outside its range.
    #[error("{name} {message}")]
    InvalidParameter {
        /// The parameter, in scikit-learn's words.
        name: &'static str,
        /// What it must be.
        message: String,
    },
    /// There are fewer different customers than clusters asked for.
    #[error(
        "{k} clusters need at least {k} different rows, but there are only {distinct}; choose fewer clusters or other features"
    )]
    TooFewDistinctRows {
        /// Clusters asked for.
        k: usize,
        /// Distinct rows found.
        distinct: usize,
    },
    /// A cell is NaN, infinite or beyond 1e100.
    #[error("the value in row {row}, column {column} is missing, infinite or larger than 1e100; fill or drop it first")]
    NotFinite {
        /// Row, from 0.
        row: usize,
        /// Column, from 0.
        column: usize,
    },
    /// There are no rows or no columns.
    #[error("there is nothing to cluster; choose at least one feature and a filter that keeps some rows")]
    Empty,
    /// A matrix has another number of features than the model.
    #[error("expected {expected} features but found {found}; use the features the model was fitted on")]
    WrongFeatureCount {
        /// Features of the model.
        expected: usize,
        /// Features given.
        found: usize,
    },
    /// Labels and rows, or two labelings, differ in length.
    #[error("expected {expected} labels but found {found}; give one label per row")]
    WrongLabelCount {
        /// Rows.
        expected: usize,
        /// Labels.
        found: usize,
    },
    /// A feature does not admit the transform chosen.
    #[error("feature \"{feature}\" {message}")]
    Feature {
        /// Name of the feature.
        feature: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A score compares clusters, and there is nothing to compare.
    #[error(
        "this score needs between 2 clusters and one fewer than the {rows} clustered rows, but there are {clusters}; choose another number of clusters"
    )]
    ScoreUndefined {
        /// Distinct labels, noise left out.
        clusters: usize,
        /// Rows, noise left out.
        rows: usize,
    },
    /// A library gave up.
    #[error("the computation failed ({message}); try other features or parameters")]
    Library {
        /// What the library said.
        message: String,
    },
}

impl ClusterError {
    fn parameter(name: &'static str, message: impl Into<String>) -> Self {
        Self::InvalidParameter { name, message: message.into() }
    }
}

/// Checks that a matrix has rows and columns and that every cell is finite and at most 1e100 in magnitude.
///
/// # Errors
///
/// [`ClusterError::Empty`], or [`ClusterError::NotFinite`] for the first offending cell in row order.
pub fn check_matrix(x: ArrayView2<f64>) -> Result<(), ClusterError> {
    if x.is_empty() {
        return Err(ClusterError::Empty);
    }
    let acceptable = |value: &f64| value.abs() <= MAX_MAGNITUDE;
    // In the order of memory, whichever that is; only a bad matrix is searched for its first cell.
    let all = x.as_slice_memory_order().is_some_and(|values| values.iter().fold(true, |all, v| all & acceptable(v)));
    let bad = if all { None } else { x.indexed_iter().find(|(_, value)| !acceptable(value)) };
    bad.map_or(Ok(()), |((row, column), _)| Err(ClusterError::NotFinite { row, column }))
}

/// Number of distinct rows, counted no further than `limit`. Zero and minus zero are equal.
#[must_use]
pub fn distinct_rows(x: ArrayView2<f64>, limit: usize) -> usize {
    let mut seen: HashSet<Vec<u64>> = HashSet::new();
    for row in x.rows() {
        if seen.len() >= limit {
            break;
        }
        // Adding zero turns minus zero into zero.
        seen.insert(row.iter().map(|value| (value + 0.0).to_bits()).collect());
    }
    seen.len()
}

/// The label of the cluster of that index. There are never more clusters than rows, and rows fit in memory.
fn label_of(cluster: usize) -> i32 {
    i32::try_from(cluster).unwrap_or(i32::MAX)
}

fn check_labels(rows: usize, labels: &[i32]) -> Result<(), ClusterError> {
    if rows == labels.len() {
        Ok(())
    } else {
        Err(ClusterError::WrongLabelCount { expected: rows, found: labels.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn the_offending_cell_is_named() {
        assert_eq!(
            check_matrix(array![[1.0, 2.0], [3.0, f64::NAN]].view()),
            Err(ClusterError::NotFinite { row: 1, column: 1 })
        );
        assert_eq!(
            check_matrix(array![[1.0, f64::INFINITY]].view()),
            Err(ClusterError::NotFinite { row: 0, column: 1 })
        );
        assert_eq!(check_matrix(array![[1e101]].view()), Err(ClusterError::NotFinite { row: 0, column: 0 }));
        assert_eq!(check_matrix(Array2::zeros((0, 3)).view()), Err(ClusterError::Empty));
        assert_eq!(check_matrix(Array2::zeros((3, 0)).view()), Err(ClusterError::Empty));
        assert_eq!(check_matrix(array![[1.0]].view()), Ok(()));
    }

    #[test]
    fn distinct_rows_stop_at_the_limit() {
        let x = array![[0.0, 1.0], [-0.0, 1.0], [2.0, 2.0], [3.0, 3.0]];
        assert_eq!(distinct_rows(x.view(), 10), 3);
        assert_eq!(distinct_rows(x.view(), 2), 2);
    }
}
