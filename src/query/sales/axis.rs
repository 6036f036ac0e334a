//! What totals are grouped by.

use std::collections::HashMap;

use super::Grain;
use crate::dataset::Facts;
use crate::dataset::facts::{FactDimension, UNKNOWN};

/// An axis with places from 0; a fact without a place on it is left out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Axis<'a> {
    /// Buckets by their first days, which rise, up to a last day.
    Time { grain: Grain, starts: &'a [i32], last: i32 },
    /// Weekdays, Monday first.
    Weekday,
    /// Levels of a dimension; behind them the facts without one.
    Levels(&'a FactDimension),
    /// Some levels of a dimension, in an order.
    SomeLevels(&'a FactDimension, &'a [usize]),
    /// Clusters of the customers, some of them in an order, given that of each customer.
    Clusters { labels: &'a [i32], clusters: &'a [i32] },
}

impl Axis<'_> {
    /// Its places.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Time { starts, .. } => starts.len(),
            Self::Weekday => 7,
            Self::Levels(dimension) => dimension.names.len() + 1,
            Self::SomeLevels(_, levels) => levels.len(),
            Self::Clusters { clusters, .. } => clusters.len(),
        }
    }
}

/// Where each level of a dimension stands among those wanted.
pub(super) fn wanted(dimension: &FactDimension, levels: &[usize]) -> Vec<Option<usize>> {
    let mut wanted = vec![None; dimension.names.len()];
    levels.iter().enumerate().for_each(|(at, level)| wanted[*level] = Some(at));
    wanted
}

/// Where the cluster of each buyer stands among those wanted.
pub(super) fn clusters_of_buyers(facts: &Facts, labels: &[i32], clusters: &[i32]) -> Vec<Option<usize>> {
    let places: HashMap<i32, usize> = clusters.iter().enumerate().map(|(at, cluster)| (*cluster, at)).collect();
    let of = |customer: &u32| {
        if *customer == UNKNOWN {
            return None;
        }
        places.get(labels.get(*customer as usize)?).copied()
    };
    facts.customer_of.iter().map(of).collect()
}
