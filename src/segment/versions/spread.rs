//! How a column is spread in both versions, on common bins.

use serde::Serialize;

use crate::dataset::customers::MAX_BINS;
use crate::stats::histogram::{bin_edges, count_into};

/// Levels that are counted by themselves.
const MOST_LEVELS: usize = 12;

/// What the levels beyond the largest are called.
const OTHERS: &str = "others";

/// Customers of both versions by bin or by level.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Spread {
    /// A number or day.
    Bins {
        /// Edges of the bins, one more than there are bins.
        edges: Vec<f64>,
        /// Customers then.
        old: Vec<u64>,
        /// Customers now.
        new: Vec<u64>,
    },
    /// A category or flag.
    Levels {
        /// The levels, the largest first, rare ones together last.
        names: Vec<String>,
        /// Customers then.
        old: Vec<u64>,
        /// Customers now.
        new: Vec<u64>,
    },
}

impl Spread {
    /// Histograms of the known values on edges that hold both.
    pub(super) fn of_numbers(old: &[f64], new: &[f64]) -> Self {
        let edges = bin_edges(&[old, new].concat(), MAX_BINS);
        Self::Bins { old: count_into(old, &edges), new: count_into(new, &edges), edges }
    }

    /// Counts of levels; those beyond the twelve largest are added up.
    pub(super) fn of_levels(names: &[String], old: &[u64], new: &[u64]) -> Self {
        let mut order: Vec<usize> = (0..names.len()).filter(|level| old[*level] + new[*level] > 0).collect();
        order.sort_by_key(|level| (std::cmp::Reverse(old[*level] + new[*level]), *level));
        let rest = order.split_off(order.len().min(MOST_LEVELS));
        let mut spread = (
            order.iter().map(|level| names[*level].clone()).collect::<Vec<String>>(),
            order.iter().map(|level| old[*level]).collect::<Vec<u64>>(),
            order.iter().map(|level| new[*level]).collect::<Vec<u64>>(),
        );
        if !rest.is_empty() {
            spread.0.push(OTHERS.to_owned());
            spread.1.push(rest.iter().map(|level| old[*level]).sum());
            spread.2.push(rest.iter().map(|level| new[*level]).sum());
        }
        Self::Levels { names: spread.0, old: spread.1, new: spread.2 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_share_the_bins() {
        let Spread::Bins { edges, old, new } = Spread::of_numbers(&[0.0, 1.0, f64::NAN], &[9.0, 10.0]) else {
            panic!("bins")
        };
        assert!(edges[0] <= 0.0 && edges[edges.len() - 1] >= 10.0);
        assert_eq!((old.iter().sum::<u64>(), new.iter().sum::<u64>()), (2, 2));
    }

    #[test]
    fn rare_levels_are_added_up() {
        let names: Vec<String> = (0..15).map(|level| format!("l{level:02}")).collect();
        let old: Vec<u64> = (0..15).collect();
        let Spread::Levels { names, old, new } = Spread::of_levels(&names, &old, &old) else { panic!("levels") };
        assert_eq!((names.len(), names[0].as_str(), names[12].as_str()), (13, "l14", "others"));
        assert_eq!((old[12], new[12], old.iter().sum::<u64>()), (3, 3, 105));
    }
}
