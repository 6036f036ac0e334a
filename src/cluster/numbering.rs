//! One order of clusters for all algorithms, so that numbers do not depend on how a partition was found.

use super::{NOISE, label_of};
use std::cmp::Reverse;

/// Renumbers labels from 0 to `clusters - 1` by size descending, equal sizes by first row, and returns the old label of each
/// new one. Negative labels stay; labels without rows come last, in their old order.
pub(super) fn number_by_size(labels: &mut [i32], clusters: usize) -> Vec<usize> {
    let mut sizes = vec![0_usize; clusters];
    let mut first_rows = vec![usize::MAX; clusters];
    for (row, &label) in labels.iter().enumerate() {
        if let Some(size) = usize::try_from(label).ok().and_then(|label| sizes.get_mut(label)) {
            *size += 1;
            let first = &mut first_rows[label as usize];
            *first = row.min(*first);
        }
    }
    let mut order: Vec<usize> = (0..clusters).collect();
    order.sort_by_key(|&cluster| (Reverse(sizes[cluster]), first_rows[cluster]));
    let renamed = renaming(&order);
    rename(labels, &renamed);
    order
}

/// The new label of each old one, given the old ones in their new order.
pub(super) fn renaming(order: &[usize]) -> Vec<i32> {
    let mut renamed = vec![NOISE; order.len()];
    for (new, &old) in order.iter().enumerate() {
        renamed[old] = label_of(new);
    }
    renamed
}

/// Replaces labels; those without a new one are left as they are.
pub(super) fn rename(labels: &mut [i32], renamed: &[i32]) {
    for label in labels {
        if let Some(new) = usize::try_from(*label).ok().and_then(|old| renamed.get(old)) {
            *label = *new;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_comes_first_and_then_the_one_seen_first() {
        let mut labels = [2, NOISE, 0, 1, 1, 0, NOISE];
        assert_eq!(number_by_size(&mut labels, 4), [0, 1, 2, 3]);
        let mut labels = [2, NOISE, 1, 0, 0, 1, NOISE];
        assert_eq!(number_by_size(&mut labels, 4), [1, 0, 2, 3]);
        assert_eq!(labels, [2, NOISE, 0, 1, 1, 0, NOISE]);
        assert!(number_by_size(&mut [], 0).is_empty());
    }
}
