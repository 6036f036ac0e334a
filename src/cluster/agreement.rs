//! Agreement of two labelings of the same rows, beyond what chance gives.
//!
//! Noise counts as a label like any other.

use super::{ClusterError, check_labels};
use crate::stats::describe::sum;
use std::collections::BTreeMap;

/// Rows by pair of labels and by label. Ordered, so that sums over them do not depend on hashing.
struct Contingency {
    both: BTreeMap<(i32, i32), u64>,
    rows: BTreeMap<i32, u64>,
    columns: BTreeMap<i32, u64>,
}

impl Contingency {
    fn new(a: &[i32], b: &[i32]) -> Self {
        let (mut both, mut rows, mut columns) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for (&a, &b) in a.iter().zip(b) {
            *both.entry((a, b)).or_default() += 1;
        }
        for (&(a, b), count) in &both {
            *rows.entry(a).or_default() += count;
            *columns.entry(b).or_default() += count;
        }
        Self { both, rows, columns }
    }
}

/// Agreement of two labelings of the same rows beyond chance, after Hubert and Arabie (1985)
/// (`sklearn.metrics.adjusted_rand_score`). 1 for equal partitions whatever the numbers, about 0 for unrelated ones, down to
/// -0.5. Noise counts as a label like any other.
///
/// # Errors
///
/// When the labelings differ in length.
pub fn adjusted_rand_score(a: &[i32], b: &[i32]) -> Result<f64, ClusterError> {
    check_labels(a.len(), b)?;
    let Contingency { both, rows, columns } = Contingency::new(a, b);
    // scikit-learn's `pair_confusion_matrix`, in integers that do not overflow.
    let n = a.len() as i128;
    let squares = |sum: i128, count: &u64| sum + i128::from(*count) * i128::from(*count);
    let together = both.values().fold(0, squares);
    let (rows, columns) = (rows.values().fold(0, squares), columns.values().fold(0, squares));
    let (tp, fp, fn_) = (together - n, columns - together, rows - together);
    let tn = n * n - fp - fn_ - together;
    if fp == 0 && fn_ == 0 {
        return Ok(1.0);
    }
    let [tp, fp, fn_, tn] = [tp, fp, fn_, tn].map(|count| count as f64);
    Ok(2.0 * (tp * tn - fn_ * fp) / ((tp + fn_) * (fn_ + tn) + (tp + fp) * (fp + tn)))
}

/// Mutual information of two labelings beyond chance, over the mean of their entropies, after Vinh, Epps and Bailey (2010)
/// (`sklearn.metrics.adjusted_mutual_info_score`, `average_method='arithmetic'`). 1 for equal partitions whatever the numbers,
/// about 0 for unrelated ones, also below.
///
/// Unlike [`adjusted_rand_score`] it gives small clusters their due where sizes differ much.
///
/// # Errors
///
/// When the labelings differ in length.
pub fn adjusted_mutual_info_score(a: &[i32], b: &[i32]) -> Result<f64, ClusterError> {
    check_labels(a.len(), b)?;
    let Contingency { both, rows, columns } = Contingency::new(a, b);
    let equal = both.len() == rows.len() && both.len() == columns.len();
    if equal {
        return Ok(1.0);
    }
    if rows.len() == 1 || columns.len() == 1 {
        return Ok(0.0);
    }
    let n = a.len() as f64;
    let parts: Vec<f64> =
        both.iter().map(|((a, b), &count)| information(count as f64, rows[a] as f64, columns[b] as f64, n)).collect();
    let entropy = |counts: &BTreeMap<i32, u64>| -> f64 {
        counts.values().map(|&count| count as f64 / n * (n / count as f64).ln()).sum()
    };
    let expected = expected_information(&rows, &columns, a.len() as u64);
    let most = f64::midpoint(entropy(&rows), entropy(&columns));
    Ok(away_from_zero(sum(&parts) - expected) / away_from_zero(most - expected))
}

/// scikit-learn's guard against dividing rounding noise by rounding noise.
fn away_from_zero(value: f64) -> f64 {
    if value < 0.0 { value.min(-f64::EPSILON) } else { value.max(f64::EPSILON) }
}

/// What `together` rows in common add to the mutual information, in nats, of a cluster of `a` and one of `b` of `n` rows.
fn information(together: f64, a: f64, b: f64, n: f64) -> f64 {
    together / n * ((n / a) * (together / b)).ln()
}

/// The mutual information that labelings with these sizes have on average, in nats.
fn expected_information(rows: &BTreeMap<i32, u64>, columns: &BTreeMap<i32, u64>, n: u64) -> f64 {
    // Many clusters have few sizes.
    let sizes = |counts: &BTreeMap<i32, u64>| {
        let mut times: BTreeMap<u64, f64> = BTreeMap::new();
        for &count in counts.values() {
            *times.entry(count).or_default() += 1.0;
        }
        times
    };
    let columns = sizes(columns);
    let mut parts = Vec::new();
    for (a, times_a) in sizes(rows) {
        parts.extend(columns.iter().map(|(&b, times_b)| times_a * times_b * expected_of_pair(a, b, n)));
    }
    sum(&parts)
}

/// The mean of [`information`] when the rows in common have the hypergeometric distribution.
///
/// Probabilities are taken relative to the likeliest number by the ratio of neighbours and divided by their sum, which needs no
/// factorials and loses no digits to their logarithms.
fn expected_of_pair(a: u64, b: u64, n: u64) -> f64 {
    /// Beyond this share of the greatest probability the rest, which falls faster than geometrically, does not matter.
    const NEGLIGIBLE: f64 = 1e-22;
    let [fa, fb, fn_] = [a, b, n].map(|count| count as f64);
    let (least, most) = ((a + b).saturating_sub(n), a.min(b));
    let mode = ((u128::from(a) + 1) * (u128::from(b) + 1) / (u128::from(n) + 2)) as u64;
    let mode = mode.clamp(least, most);
    let at = |together: u64| if together == 0 { 0.0 } else { information(together as f64, fa, fb, fn_) };
    let (mut total, mut mean) = (1.0, at(mode));
    let mut probability = 1.0;
    for together in mode..most {
        let t = together as f64;
        probability *= (fa - t) * (fb - t) / ((t + 1.0) * (fn_ - fa - fb + t + 1.0));
        if probability < NEGLIGIBLE {
            break;
        }
        total += probability;
        mean += probability * at(together + 1);
    }
    probability = 1.0;
    for together in (least + 1..=mode).rev() {
        let t = together as f64;
        probability *= t * (fn_ - fa - fb + t) / ((fa - t + 1.0) * (fb - t + 1.0));
        if probability < NEGLIGIBLE {
            break;
        }
        total += probability;
        mean += probability * at(together - 1);
    }
    mean / total
}

#[cfg(test)]
mod tests {
    use super::super::NOISE;
    use super::*;
    use proptest::prelude::*;

    const LABELS: [i32; 10] = [0, 0, 0, 0, 1, 1, 1, 2, 2, 1];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    /// `adjusted_rand_score(a, b)`, scikit-learn 1.9.1.
    #[test]
    fn adjusted_rand_agrees_with_scikit_learn() {
        let four = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
        close(adjusted_rand_score(&four, &LABELS).unwrap(), 0.825_806_451_612_903_2);
        close(adjusted_rand_score(&[0, 0, 1, 1], &[0, 0, 1, 2]).unwrap(), 0.571_428_571_428_571_4);
        close(adjusted_rand_score(&[0, 0, 0, 0], &[0, 1, 2, 3]).unwrap(), 0.0);
        close(adjusted_rand_score(&[5, 5, NOISE], &[1, 1, 0]).unwrap(), 1.0);
        close(adjusted_rand_score(&[], &[]).unwrap(), 1.0);
        close(adjusted_rand_score(&[3], &[4]).unwrap(), 1.0);
        assert_eq!(adjusted_rand_score(&[1], &[]), Err(ClusterError::WrongLabelCount { expected: 1, found: 0 }));
    }

    /// `adjusted_mutual_info_score(a, b)`, scikit-learn 1.9.1.
    #[test]
    fn adjusted_mutual_information_agrees_with_scikit_learn() {
        let four = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
        close(adjusted_mutual_info_score(&four, &LABELS).unwrap(), 0.852_566_805_093_089_1);
        close(adjusted_mutual_info_score(&[0, 0, 1, 1], &[0, 0, 1, 2]).unwrap(), 0.571_428_571_428_571_5);
        close(adjusted_mutual_info_score(&[0, 0, 1, 1], &[0, 1, 0, 1]).unwrap(), -0.499_999_999_999_999_44);
        let a: Vec<i32> = (0..5000).map(|i| i * i % 7).collect();
        let b: Vec<i32> = (0..5000).map(|i| i * i % 7 / 2 + i % 11 / 8).collect();
        close(adjusted_mutual_info_score(&a, &b).unwrap(), 0.530_244_068_772_232);
        close(adjusted_mutual_info_score(&[0, 0, 0, 0], &[0, 1, 2, 3]).unwrap(), 0.0);
        close(adjusted_mutual_info_score(&[5, 5, NOISE], &[1, 1, 0]).unwrap(), 1.0);
        close(adjusted_mutual_info_score(&[], &[]).unwrap(), 1.0);
        close(adjusted_mutual_info_score(&[3], &[4]).unwrap(), 1.0);
        assert_eq!(adjusted_mutual_info_score(&[1], &[]), Err(ClusterError::WrongLabelCount { expected: 1, found: 0 }));
    }

    proptest! {
        #[test]
        fn agreement_is_symmetric_and_at_most_one(pairs in prop::collection::vec((0_i32..5, -1_i32..4), 0..80)) {
            let (a, b): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
            for score in [adjusted_rand_score, adjusted_mutual_info_score] {
                let both = score(&a, &b).unwrap();
                prop_assert!((both - score(&b, &a).unwrap()).abs() < 1e-12 && both <= 1.0 + 1e-12);
                prop_assert_eq!(score(&a, &a).unwrap(), 1.0);
                let renamed: Vec<i32> = a.iter().map(|label| 7 - label).collect();
                prop_assert_eq!(score(&a, &renamed).unwrap(), 1.0);
                prop_assert!((score(&renamed, &b).unwrap() - both).abs() < 1e-12);
            }
        }
    }
}
