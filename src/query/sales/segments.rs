//! What the customers of each segment buy: levels of dimensions and numbers of facts by cluster.

use serde::Serialize;

use super::{Crossed, Measure, Part, SalesView, in_cluster, placed, position, rows_of};
use crate::dataset::DatasetError;
use crate::dataset::customers::MAX_BINS;
use crate::dataset::facts::remote::{Counted, Key, Value};
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
        let Part::Rows(rows) = &self.part else { return Totals::default() };
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
        let (missing, width) = (dimension.names.len(), clusters.len());
        let cells = (missing + 1) * width;
        let totals = match &self.part {
            Part::Rows(rows) => {
                let group = self.clusters_of_buyers(labels, clusters);
                let cell = |row: usize| {
                    let column = in_cluster(&group, self.facts.buyer[row])?;
                    Some((dimension.codes[row] as usize).min(missing) * width + column)
                };
                rows.grouped(self.facts, cells, cell, measure.counted(), false)
            }
            Part::Remote(remote, chosen) => {
                let (ids, groups) = self.grouped_ids(labels, clusters);
                let keys = [Key::Level(&dimension.name), Key::Group(&ids, &groups)];
                let found = remote.totals(chosen, &keys, measure.counted())?;
                placed(found, cells, |values| match values {
                    [Value::Level(level), Value::Number(group)] => {
                        Some(position(dimension, level.as_deref()) * width + *group as usize)
                    }
                    _ => None,
                })
            }
        };
        Ok(if width == 0 { vec![Vec::new(); missing + 1] } else { rows_of(&totals, width) })
    }

    /// A number of the facts by cluster of the customer; one that belongs to orders counts once for each. `None` without a
    /// value, or when the facts are in a database.
    #[must_use]
    pub fn number_by_cluster(&self, number: &FactNumber, labels: &[i32], clusters: &[i32]) -> Option<NumberByCluster> {
        let Part::Rows(rows) = &self.part else { return None };
        let group = self.clusters_of_buyers(labels, clusters);
        let mut seen = vec![false; if number.per_order { self.facts.orders } else { 0 }];
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); clusters.len()];
        rows.for_each(|row| {
            let value = number.values[row];
            let Some(cluster) = in_cluster(&group, self.facts.buyer[row]).filter(|_| value.is_finite()) else { return };
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
