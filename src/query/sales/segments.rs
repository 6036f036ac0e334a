//! What the customers of each segment buy: levels of dimensions and numbers of facts by cluster.

use serde::Serialize;

use super::axis::{Axis, clusters_of_buyers};
use super::{Crossed, Measure, SalesView};
use crate::dataset::DatasetError;
use crate::dataset::customers::MAX_BINS;
use crate::dataset::facts::remote::Counted;
use crate::dataset::facts::{FactDimension, FactNumber, Totals, UNKNOWN};
use crate::stats::describe::{mean, median};
use crate::stats::histogram::{bin_edges, count_into};

/// A number of the facts by cluster, on common bins.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct NumberByCluster {
    /// Edges of the bins, one more than counts.
    pub edges: Vec<f64>,
    /// What each cluster has, in the order in which clusters were asked for.
    pub clusters: Vec<ClusterNumbers>,
}

/// A number of the facts of one cluster.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ClusterNumbers {
    /// Values in each bin.
    pub counts: Vec<u64>,
    /// How many values there are.
    pub count: usize,
    /// Their mean; NaN without one.
    pub mean: f64,
    /// Their median; NaN without one.
    pub median: f64,
}

impl SalesView<'_> {
    /// Chosen facts of customers that the data set does not hold, with what they add up to: they count as sales, and in no
    /// customer's features. Nothing where the rows stay in a database.
    #[must_use]
    pub fn of_nobody(&self) -> Totals {
        let Some(rows) = self.rows() else { return Totals::default() };
        let facts = self.facts;
        let is_nobody =
            |row: usize| facts.customer_of.get(facts.buyer[row] as usize).is_none_or(|customer| *customer == UNKNOWN);
        let counted = Counted { orders: false, customers: false };
        rows.grouped(facts, 1, |row| is_nobody(row).then_some(0), counted, true).pop().unwrap_or_default()
    }

    /// Totals by level of a dimension (a row each) and by cluster of the customer (a column each); the last row is of facts
    /// without a level.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_level_and_cluster(
        &self,
        dimension: &FactDimension,
        labels: &[i32],
        clusters: &[i32],
        measure: Measure,
    ) -> Result<Crossed, DatasetError> {
        self.crossed(Axis::Levels(dimension), Axis::Clusters { labels, clusters }, measure)
    }

    /// A number of purchases by cluster of the customer; one that belongs to orders counts once for each. `None` without a
    /// value, or when the facts are in a database.
    #[must_use]
    pub fn number_by_cluster(&self, number: &FactNumber, labels: &[i32], clusters: &[i32]) -> Option<NumberByCluster> {
        let rows = self.rows()?;
        let places = clusters_of_buyers(self.facts, labels, clusters);
        let mut seen = vec![false; if number.per_order { self.facts.orders } else { 0 }];
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); clusters.len()];
        let is_return = self.facts.return_rows();
        rows.for_each(|row| {
            if is_return.get(row).copied().unwrap_or(false) {
                return;
            }
            let value = number.values[row];
            let place = places.get(self.facts.buyer[row] as usize).copied().flatten();
            let Some(cluster) = place.filter(|_| value.is_finite()) else { return };
            let order = self.facts.order[row];
            if number.per_order
                && order != UNKNOWN
                && seen.get_mut(order as usize).is_some_and(|seen| std::mem::replace(seen, true))
            {
                return;
            }
            values[cluster].push(value);
        });
        let edges = bin_edges(&values.concat(), MAX_BINS);
        let of_cluster = |values: &Vec<f64>| ClusterNumbers {
            counts: count_into(values, &edges),
            count: values.len(),
            mean: mean(values),
            median: median(values),
        };
        let clusters: Vec<ClusterNumbers> = values.iter().map(of_cluster).collect();
        (!edges.is_empty()).then_some(NumberByCluster { edges, clusters })
    }
}
