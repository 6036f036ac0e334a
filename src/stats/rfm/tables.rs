//! Tables of scored customers.

use super::{RfmSegment, Scores};
use crate::stats::describe::{median, sum};
use serde::{Deserialize, Serialize};

/// Customers of one recency and one frequency score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cell {
    /// Number of customers.
    pub customers: usize,
    /// Sum of their monetary values; 0 without customers.
    pub monetary: f64,
    /// Mean of their monetary values; NaN without customers.
    pub mean_monetary: f64,
}

/// Customers by recency and frequency score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Heatmap {
    /// `cells[r - 1][f - 1]` holds the customers of recency score r and frequency score f.
    pub cells: [[Cell; 5]; 5],
}

/// The customers of one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SegmentSummary {
    /// The segment.
    pub segment: RfmSegment,
    /// Number of customers.
    pub customers: usize,
    /// Share of the scored customers, 0 to 1.
    pub share: f64,
    /// Sum of the monetary values.
    pub monetary: f64,
    /// Share of the sum over all scored customers; NaN when that is 0. Outside 0 to 1 where negative values make it so.
    pub monetary_share: f64,
    /// Median days since the last purchase; NaN without customers, as the other medians.
    pub median_recency: f64,
    /// Median number of purchases.
    pub median_frequency: f64,
    /// Median monetary value.
    pub median_monetary: f64,
    /// Sum of the monetary values over the sum of purchases; NaN where there are none.
    pub average_order_value: f64,
}

impl Scores {
    /// Counts and monetary values by recency and frequency score. `monetary` is the column that was scored; customers beyond
    /// its end count without value.
    #[must_use]
    pub fn heatmap(&self, monetary: &[f64]) -> Heatmap {
        let mut values: [[Vec<f64>; 5]; 5] = Default::default();
        for (i, score) in self.customers.iter().enumerate() {
            let Some(score) = score else { continue };
            let (row, column) =
                (usize::from(score.r_score).wrapping_sub(1), usize::from(score.f_score).wrapping_sub(1));
            if let Some(cell) = values.get_mut(row).and_then(|row| row.get_mut(column)) {
                cell.push(monetary.get(i).copied().unwrap_or(0.0));
            }
        }
        let cell = |values: Vec<f64>| {
            let (customers, monetary) = (values.len(), sum(&values));
            Cell { customers, monetary, mean_monetary: monetary / customers as f64 }
        };
        Heatmap { cells: values.map(|row| row.map(cell)) }
    }

    /// All eleven segments in the order of [`RfmSegment::ALL`], those without customers too. The slices are the columns that
    /// were scored; customers beyond the end of one are left out.
    #[must_use]
    pub fn by_segment(&self, recency: &[f64], frequency: &[f64], monetary: &[f64]) -> Vec<SegmentSummary> {
        let mut members: [[Vec<f64>; 3]; 11] = Default::default();
        for (((score, &r), &f), &m) in self.customers.iter().zip(recency).zip(frequency).zip(monetary) {
            let Some(score) = score else { continue };
            for (column, value) in members[score.segment() as usize].iter_mut().zip([r, f, m]) {
                column.push(value);
            }
        }
        let all = members.iter().map(|[recency, ..]| recency.len()).sum::<usize>() as f64;
        let sums: Vec<f64> = members.iter().map(|[_, _, monetary]| sum(monetary)).collect();
        let total = sum(&sums);
        let summary = |(segment, [recency, frequency, monetary]): (RfmSegment, &[Vec<f64>; 3])| {
            let value = sums[segment as usize];
            let ratio = |below: f64| if below == 0.0 { f64::NAN } else { value / below };
            SegmentSummary {
                segment,
                customers: recency.len(),
                share: recency.len() as f64 / all,
                monetary: value,
                monetary_share: ratio(total),
                median_recency: median(recency),
                median_frequency: median(frequency),
                median_monetary: median(monetary),
                average_order_value: ratio(sum(frequency)),
            }
        };
        RfmSegment::ALL.into_iter().zip(&members).map(summary).collect()
    }
}
