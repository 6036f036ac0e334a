//! Rows by cluster, and whether there is anything to compare.

use super::ClusterError;
use std::collections::BTreeMap;

/// Rows of each cluster, in ascending order of label and row, noise left out.
pub(super) fn groups(labels: &[i32]) -> Vec<Vec<usize>> {
    let mut rows: BTreeMap<i32, Vec<usize>> = BTreeMap::new();
    for (row, &label) in labels.iter().enumerate().filter(|(_, label)| **label >= 0) {
        rows.entry(label).or_default().push(row);
    }
    rows.into_values().collect()
}

/// Scores compare clusters: two at least, and not every row its own.
pub(super) fn check_score(groups: &[Vec<usize>]) -> Result<(), ClusterError> {
    let rows: usize = groups.iter().map(Vec::len).sum();
    if (2..rows).contains(&groups.len()) {
        Ok(())
    } else {
        Err(ClusterError::ScoreUndefined { clusters: groups.len(), rows })
    }
}
