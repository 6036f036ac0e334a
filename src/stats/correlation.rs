//! Correlation of pairs of columns: Pearson, Spearman and Kendall.
//!
//! Rows in which either value is not finite are left out (pairwise complete, as `pandas.DataFrame.corr`). Coefficients lie
//! in `[-1, 1]`; they are NaN with fewer than two complete rows or when a column is constant on them.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

use super::rank::average_ranks;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::str::FromStr;

/// Which coefficient to compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Linear association (`scipy.stats.pearsonr`).
    #[default]
    Pearson,
    /// Pearson's coefficient of the average ranks (`scipy.stats.spearmanr`).
    Spearman,
    /// Kendall's tau-b (`scipy.stats.kendalltau`).
    Kendall,
}

impl Method {
    /// Every method, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Pearson, Self::Spearman, Self::Kendall];

    /// The name used in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
            Self::Kendall => "kendall",
        }
    }
}

/// The name is not that of a correlation method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a correlation method; use pearson, spearman or kendall")]
pub struct UnknownMethod(String);

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|method| method.as_str() == name).ok_or_else(|| UnknownMethod(name.to_owned()))
    }
}

/// Pearson's product-moment correlation of the complete rows. Columns of different length are cut to the shorter.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = complete(x, y);
    match (standardise(&x), standardise(&y)) {
        (Some(x), Some(y)) => dot(&x, &y),
        _ => f64::NAN,
    }
}

/// Spearman's rank correlation of the complete rows, ties taking their average rank.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = complete(x, y);
    pearson(&average_ranks(&x), &average_ranks(&y))
}

/// Kendall's tau-b of the complete rows, by the merge-sort algorithm of Knight (1966) in O(n log n).
#[must_use]
pub fn kendall(x: &[f64], y: &[f64]) -> f64 {
    let (x, y) = complete(x, y);
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_unstable_by(|&a, &b| compare(x[a], x[b]).then(compare(y[a], y[b])));
    let all = pairs(x.len());
    let tied_x: u64 = order.chunk_by(|&a, &b| x[a] == x[b]).map(|run| pairs(run.len())).sum();
    let tied_both: u64 = order.chunk_by(|&a, &b| x[a] == x[b] && y[a] == y[b]).map(|run| pairs(run.len())).sum();
    let mut ranked: Vec<f64> = order.iter().map(|&row| y[row]).collect();
    let mut spare = ranked.clone();
    // Each exchange a merge sort makes of y, within equal x already ascending, is one discordant pair.
    let discordant = merge_sort(&mut ranked, &mut spare);
    let tied_y: u64 = ranked.chunk_by(|a, b| a == b).map(|run| pairs(run.len())).sum();
    if tied_x == all || tied_y == all {
        return f64::NAN;
    }
    let concordant_less_discordant = (all + tied_both - tied_x - tied_y) as f64 - 2.0 * discordant as f64;
    let tau = concordant_less_discordant / ((all - tied_x) as f64).sqrt() / ((all - tied_y) as f64).sqrt();
    tau.clamp(-1.0, 1.0)
}

/// The symmetric matrix of coefficients of every pair of columns, computed in parallel.
///
/// The diagonal is 1, or NaN for a column that is constant or has fewer than two finite values. Columns without missing
/// values are ranked and standardised once, not once per pair. The result does not depend on the number of threads.
#[must_use]
pub fn matrix(columns: &[&[f64]], method: Method) -> Vec<Vec<f64>> {
    let size = columns.len();
    let prepared: Vec<Prepared> = columns.par_iter().map(|column| prepare(column, method)).collect();
    let pairs: Vec<(usize, usize)> = (0..size).flat_map(|i| (i..size).map(move |j| (i, j))).collect();
    let found: Vec<f64> = pairs
        .par_iter()
        .map(|&(i, j)| {
            if i == j {
                return if varies(columns[i]) { 1.0 } else { f64::NAN };
            }
            match (&prepared[i], &prepared[j]) {
                (Prepared::Standard(x), Prepared::Standard(y)) if x.len() == y.len() => dot(x, y),
                _ => coefficient(columns[i], columns[j], method),
            }
        })
        .collect();
    let mut result = vec![vec![f64::NAN; size]; size];
    for (&(i, j), &value) in pairs.iter().zip(&found) {
        result[i][j] = value;
        result[j][i] = value;
    }
    result
}

fn coefficient(x: &[f64], y: &[f64], method: Method) -> f64 {
    match method {
        Method::Pearson => pearson(x, y),
        Method::Spearman => spearman(x, y),
        Method::Kendall => kendall(x, y),
    }
}

enum Prepared {
    /// Centred and of unit length: a dot product of two is their correlation.
    Standard(Vec<f64>),
    /// Missing values, a constant, or a method that needs the pair.
    PerPair,
}

fn prepare(column: &[f64], method: Method) -> Prepared {
    if method == Method::Kendall || column.iter().any(|value| !value.is_finite()) {
        return Prepared::PerPair;
    }
    let standard = if method == Method::Spearman { standardise(&average_ranks(column)) } else { standardise(column) };
    standard.map_or(Prepared::PerPair, Prepared::Standard)
}

fn complete(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(a, b)| a.is_finite() && b.is_finite()).unzip()
}

fn varies(column: &[f64]) -> bool {
    let mut finite = column.iter().filter(|value| value.is_finite());
    finite.next().is_some_and(|first| finite.any(|value| value != first))
}

/// Centres a column and divides it by its length as a vector; `None` when it is constant.
fn standardise(column: &[f64]) -> Option<Vec<f64>> {
    if !varies(column) {
        return None;
    }
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let centred: Vec<f64> = column.iter().map(|value| value - mean).collect();
    // Dividing by the largest first keeps the squares of huge or tiny values in range.
    let largest = centred.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let length = centred.iter().map(|value| (value / largest).powi(2)).sum::<f64>().sqrt() * largest;
    (length.is_finite() && length > 0.0).then(|| centred.iter().map(|value| value / length).collect())
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>().clamp(-1.0, 1.0)
}

/// Orders finite numbers, with -0 equal to 0.
fn compare(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or(Ordering::Equal)
}

fn pairs(n: usize) -> u64 {
    let n = n as u64;
    n * n.saturating_sub(1) / 2
}

/// Sorts ascending and returns the number of exchanges a bubble sort would have made.
fn merge_sort(values: &mut [f64], spare: &mut [f64]) -> u64 {
    let n = values.len();
    if n < 2 {
        return 0;
    }
    let middle = n / 2;
    let mut exchanges = {
        let (left, right) = values.split_at_mut(middle);
        let (spare_left, spare_right) = spare.split_at_mut(middle);
        merge_sort(left, spare_left) + merge_sort(right, spare_right)
    };
    spare.copy_from_slice(values);
    let (mut i, mut j) = (0, middle);
    for slot in values.iter_mut() {
        if j >= n || (i < middle && spare[i] <= spare[j]) {
            *slot = spare[i];
            i += 1;
        } else {
            *slot = spare[j];
            exchanges += (middle - i) as u64;
            j += 1;
        }
    }
    exchanges
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: [f64; 8] = [1.0, 2.0, 2.0, 3.0, 5.0, 8.0, 8.0, 9.0];
    const Y: [f64; 8] = [2.0, 1.0, 4.0, 3.0, 3.0, 9.0, 7.0, 7.0];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-14, "{found} is not {expected}");
    }

    /// `stats.pearsonr(x, y)[0], stats.spearmanr(x, y)[0], stats.kendalltau(x, y)[0]`, SciPy 1.17.1.
    #[test]
    fn agrees_with_scipy() {
        close(pearson(&X, &Y), 0.884_995_357_737_419_6);
        close(spearman(&X, &Y), 0.798_780_487_804_878_1);
        close(kendall(&X, &Y), 0.615_384_615_384_615_4);
    }

    #[test]
    fn missing_rows_are_left_out_of_the_pair() {
        let x = [&X[..], &[f64::NAN, 4.0]].concat();
        let y = [&Y[..], &[1.0, f64::NAN]].concat();
        close(pearson(&x, &y), pearson(&X, &Y));
        let m = matrix(&[&x, &y], Method::Spearman);
        close(m[0][1], spearman(&X, &Y));
        assert_eq!((m[0][0], m[1][1], m[1][0]), (1.0, 1.0, m[0][1]));
    }

    #[test]
    fn undefined_is_nan() {
        for method in Method::ALL {
            assert!(coefficient(&[], &[], method).is_nan());
            assert!(coefficient(&[1.0], &[2.0], method).is_nan());
            assert!(coefficient(&X, &[3.0; 8], method).is_nan());
            assert!(coefficient(&X, &[f64::NAN; 8], method).is_nan());
            let m = matrix(&[&X, &[0.1; 8], &[f64::NAN; 8]], method);
            assert_eq!(m[0][0], 1.0);
            assert!(m[1][1].is_nan() && m[2][2].is_nan() && m[0][1].is_nan());
        }
        assert!(matrix(&[], Method::Pearson).is_empty());
    }

    #[test]
    fn perfect_association_stays_in_range() {
        let double: Vec<f64> = X.iter().map(|v| -2e200 * v).collect();
        for method in Method::ALL {
            close(coefficient(&X, &double, method), -1.0);
            close(matrix(&[&X, &Y], method)[0][1], coefficient(&X, &Y, method));
        }
    }

    #[test]
    fn kendall_agrees_with_counting_pairs() {
        let x: Vec<f64> = (0..200).map(|i| f64::from((i * 37) % 23)).collect();
        let y: Vec<f64> = (0..200).map(|i| f64::from((i * 53) % 17)).collect();
        let (mut s, mut tx, mut ty) = (0.0, 0.0, 0.0);
        for i in 0..200 {
            for j in 0..i {
                let (a, b) = (x[i] - x[j], y[i] - y[j]);
                s += if a * b == 0.0 { 0.0 } else { (a * b).signum() };
                tx += f64::from(u8::from(a != 0.0));
                ty += f64::from(u8::from(b != 0.0));
            }
        }
        close(kendall(&x, &y), s / f64::sqrt(tx * ty));
    }

    /// `stats.kendalltau([0, 0, 0, 1], [0, 0, 1, 0])[0]`, SciPy 1.17.1: most pairs are tied on both sides.
    #[test]
    fn kendall_bears_mostly_tied_columns() {
        close(kendall(&[0.0, 0.0, 0.0, 1.0], &[0.0, 0.0, 1.0, 0.0]), -1.0 / 3.0);
    }

    #[test]
    fn names_round_trip() {
        for method in Method::ALL {
            assert_eq!(method.as_str().parse(), Ok(method));
            assert_eq!(serde_json::to_string(&method).unwrap(), format!("\"{}\"", method.as_str()));
        }
        assert!("Pearson".parse::<Method>().unwrap_err().to_string().contains("use pearson"));
    }
}
