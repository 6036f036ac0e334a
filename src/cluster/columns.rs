//! A matrix stored feature by feature, so that distances from one point to a block of rows vectorise.

use ndarray::ArrayView2;
use std::ops::Range;

/// Rows handled at a time: a block of distances stays in the first-level cache.
pub(super) const BLOCK: usize = 256;

/// A matrix of `rows` by `features`, one contiguous run of memory per feature.
pub(super) struct Columns {
    rows: usize,
    features: usize,
    values: Vec<f64>,
}

impl Columns {
    /// Copies the rows of `x` in the order given.
    pub(super) fn select(x: ArrayView2<f64>, order: &[usize]) -> Self {
        let values = x.columns().into_iter().flat_map(|column| order.iter().map(move |&row| column[row])).collect();
        Self { rows: order.len(), features: x.ncols(), values }
    }

    pub(super) fn new(x: ArrayView2<f64>) -> Self {
        Self { rows: x.nrows(), features: x.ncols(), values: x.t().iter().copied().collect() }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn features(&self) -> usize {
        self.features
    }

    /// Sums of the rows of each label, one after the other, into `sums`. Labels below 0 or beyond `sums` are left out.
    pub(super) fn sums_by_label(&self, labels: &[i32], sums: &mut [f64]) {
        sums.fill(0.0);
        for feature in 0..self.features {
            let column = &self.values[feature * self.rows..(feature + 1) * self.rows];
            for (&label, value) in labels.iter().zip(column) {
                if let Ok(label) = usize::try_from(label)
                    && let Some(sum) = sums.get_mut(label * self.features + feature)
                {
                    *sum += value;
                }
            }
        }
    }

    /// Copies one row into `point`.
    pub(super) fn row_into(&self, row: usize, point: &mut [f64]) {
        for (feature, value) in point.iter_mut().enumerate().take(self.features) {
            *value = self.values[feature * self.rows + row];
        }
    }

    /// Overwrites one row.
    pub(super) fn set_row(&mut self, row: usize, point: &[f64]) {
        for (feature, value) in point.iter().enumerate().take(self.features) {
            self.values[feature * self.rows + row] = *value;
        }
    }

    /// Drops every row but those of `order`, which ascends.
    pub(super) fn keep(&mut self, order: &[usize]) {
        let mut end = 0;
        for feature in 0..self.features {
            for &row in order {
                self.values[end] = self.values[feature * self.rows + row];
                end += 1;
            }
        }
        self.values.truncate(end);
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
}
