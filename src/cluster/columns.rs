//! A matrix stored feature by feature, so that distances from one point to a block of rows vectorise.

use crate::stats::describe::sum;
use ndarray::ArrayView2;
use std::borrow::Cow;
use std::ops::Range;

/// Rows handled at a time: a block of distances stays in the first-level cache.
pub(super) const BLOCK: usize = 256;

/// A matrix of `rows` by `features`, one contiguous run of memory per feature, with a weight for each row.
pub(super) struct Columns<'a> {
    rows: usize,
    features: usize,
    values: Cow<'a, [f64]>,
    /// How many rows each row stands for; empty when each stands for itself.
    weights: Vec<f64>,
}

impl<'a> Columns<'a> {
    /// Copies the rows of `x` in the order given.
    pub(super) fn select(x: ArrayView2<f64>, order: &[usize]) -> Columns<'static> {
        let values = x.columns().into_iter().flat_map(|column| order.iter().map(move |&row| column[row])).collect();
        Columns { rows: order.len(), features: x.ncols(), values, weights: Vec::new() }
    }

    /// Borrows a matrix that is stored by columns, copies any other.
    pub(super) fn new(x: ArrayView2<'a, f64>) -> Self {
        let values = match x.reversed_axes().to_slice() {
            Some(values) => Cow::Borrowed(values),
            None => x.columns().into_iter().flatten().copied().collect(),
        };
        Self { rows: x.nrows(), features: x.ncols(), values, weights: Vec::new() }
    }

    /// The same rows with weights above 0, one a row.
    pub(super) fn weighted(self, weights: Vec<f64>) -> Self {
        Self { weights, ..self }
    }

    /// The same rows, borrowed from nowhere.
    pub(super) fn into_owned(self) -> Columns<'static> {
        let Self { rows, features, values, weights } = self;
        Columns { rows, features, values: Cow::Owned(values.into_owned()), weights }
    }

    /// Copies some rows, in the order given.
    pub(super) fn take(&self, order: &[usize]) -> Columns<'static> {
        let column = |feature: usize| &self.values[feature * self.rows..(feature + 1) * self.rows];
        let values =
            (0..self.features).flat_map(|feature| order.iter().map(move |&row| column(feature)[row])).collect();
        Columns { rows: order.len(), features: self.features, values, weights: Vec::new() }
    }

    /// Mean of each feature, weights left out.
    pub(super) fn mean(&self) -> Vec<f64> {
        self.values.chunks_exact(self.rows.max(1)).map(|column| sum(column) / self.rows as f64).collect()
    }

    /// Mean over the features of their population variance, weights left out.
    pub(super) fn mean_variance(&self) -> f64 {
        let squares = |(column, mean): (&[f64], f64)| column.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>();
        let columns = self.values.chunks_exact(self.rows.max(1)).zip(self.mean());
        columns.map(squares).sum::<f64>() / (self.rows * self.features) as f64
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn features(&self) -> usize {
        self.features
    }

    /// How many rows a row stands for.
    pub(super) fn weight(&self, row: usize) -> f64 {
        self.weights.get(row).copied().unwrap_or(1.0)
    }

    /// Sum of `values`, one a row, each times the row's weight.
    pub(super) fn weighted_sum(&self, values: &[f64]) -> f64 {
        if self.weights.is_empty() {
            sum(values)
        } else {
            values.iter().zip(&self.weights).map(|(value, weight)| value * weight).sum()
        }
    }

    /// Adds the weighted rows of `range` to the sum of their label, one sum of all features after the other, and their
    /// weights to its count. Labels are those of the range and lie below the number of counts.
    pub(super) fn add_by_label(&self, range: Range<usize>, labels: &[i32], sums: &mut [f64], counts: &mut [f64]) {
        for (&label, row) in labels.iter().zip(range) {
            let (label, weight) = (label as usize, self.weight(row));
            counts[label] += weight;
            let sums = &mut sums[label * self.features..(label + 1) * self.features];
            for (feature, sum) in sums.iter_mut().enumerate() {
                *sum += self.values[feature * self.rows + row] * weight;
            }
        }
    }

    /// The values of one feature in `L` rows from `start` on, which must exist.
    #[inline]
    pub(super) fn run<const L: usize>(&self, feature: usize, start: usize) -> &[f64; L] {
        let from = feature * self.rows + start;
        self.values[from..from + L].first_chunk().unwrap_or(&[f64::NAN; L])
    }

    /// Copies one row into `point`.
    pub(super) fn row_into(&self, row: usize, point: &mut [f64]) {
        for (feature, value) in point.iter_mut().enumerate().take(self.features) {
            *value = self.values[feature * self.rows + row];
        }
    }

    /// Overwrites one row.
    pub(super) fn set_row(&mut self, row: usize, point: &[f64]) {
        let values = self.values.to_mut();
        for (feature, value) in point.iter().enumerate().take(self.features) {
            values[feature * self.rows + row] = *value;
        }
    }

    /// Drops every row but those of `order`, which ascends.
    pub(super) fn keep(&mut self, order: &[usize]) {
        let values = self.values.to_mut();
        let mut end = 0;
        for feature in 0..self.features {
            for &row in order {
                values[end] = values[feature * self.rows + row];
                end += 1;
            }
        }
        values.truncate(end);
        self.rows = order.len();
    }

    /// Squared Euclidean distances from `point` to the rows of `range`, into the first `range.len()` places of `out`.
    pub(super) fn squared_distances(&self, range: Range<usize>, point: &[f64], out: &mut [f64]) {
        let out = &mut out[..range.len()];
        // Two features a pass halve the traffic through `out`, which three features or more would otherwise be bound by.
        let column = |feature: usize| &self.values[feature * self.rows..][range.clone()];
        let mut feature = 0;
        if self.features % 2 == 1 {
            for (sum, a) in out.iter_mut().zip(column(0)) {
                *sum = (a - point[0]) * (a - point[0]);
            }
            feature = 1;
        } else {
            out.fill(0.0);
        }
        while feature + 1 < self.features {
            let (p, q) = (point[feature], point[feature + 1]);
            for ((sum, a), b) in out.iter_mut().zip(column(feature)).zip(column(feature + 1)) {
                *sum += (a - p) * (a - p) + (b - q) * (b - q);
            }
            feature += 2;
        }
    }
}

/// The smallest value and the first place that has it; infinity at place 0 when there is none below infinity.
pub(super) fn first_minimum(values: &[f64]) -> (usize, f64) {
    const LANES: usize = 8;
    // Eight lanes have no order among them, so they vectorise.
    let mut lanes = [f64::INFINITY; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest = chunks.remainder().iter().copied();
    for chunk in chunks {
        for (least, &value) in lanes.iter_mut().zip(chunk) {
            *least = if value < *least { value } else { *least };
        }
    }
    let least = lanes.into_iter().chain(rest).fold(f64::INFINITY, |a, b| if b < a { b } else { a });
    (values.iter().position(|&value| value == least).unwrap_or(0), least)
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the results are exact")]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn distances_of_any_number_of_features() {
        let x = array![[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 1.0], [5.0, 5.0, 5.0, 5.0]];
        for features in 1..=4 {
            let view = x.slice_axis(ndarray::Axis(1), ndarray::Slice::from(..features));
            let columns = Columns::select(view, &[2, 0, 1]);
            let mut point = vec![0.0; features];
            columns.row_into(0, &mut point);
            let mut out = [f64::NAN; 2];
            columns.squared_distances(1..3, &point, &mut out);
            for (found, row) in out.iter().zip([0, 1]) {
                let expected: f64 = view.row(row).iter().map(|v| (v - 5.0) * (v - 5.0)).sum();
                assert_eq!(*found, expected);
            }
            assert_eq!((Columns::new(view).rows(), columns.rows()), (3, 3));
        }
    }

    #[test]
    fn a_matrix_stored_by_columns_is_not_copied() {
        let by_rows = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let by_columns = by_rows.t().as_standard_layout().into_owned();
        let borrowed = Columns::new(by_columns.t());
        assert!(matches!(borrowed.values, Cow::Borrowed(_)));
        assert_eq!(borrowed.values, Columns::new(by_rows.view()).values);
    }

    #[test]
    fn weights_count_in_sums() {
        let x = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        let columns = Columns::new(x.view()).weighted(vec![1.0, 2.0, 0.5]);
        let (mut sums, mut counts) = ([0.0; 4], [0.0; 2]);
        columns.add_by_label(0..3, &[1, 0, 1], &mut sums, &mut counts);
        assert_eq!((sums, counts), ([6.0, 8.0, 3.5, 5.0], [2.0, 1.5]));
        assert_eq!(columns.weighted_sum(&[1.0, 1.0, 2.0]), 4.0);
    }
}
