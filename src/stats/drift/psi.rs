//! The population stability index and its sampling noise.

use serde::Serialize;

use crate::stats::chi_squared;
use crate::stats::describe::sorted_finite;

/// Most bins of a number.
pub const MOST_BINS: usize = 10;

/// Values of the smaller sample that a bin should hold on average: with fewer, the noise is larger than its approximation.
const PER_BIN: usize = 20;

/// Fewest values in each sample for a number to be cut into bins at all.
const FEWEST_VALUES: usize = 10;

/// How many rows an empty bin counts as, so that the index stays finite.
const EMPTY: f64 = 0.5;

/// How far the shares of bins moved from a reference to a new sample.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Psi {
    /// The index, from 0 (the same shares) upward.
    pub value: f64,
    /// Bins that hold anything in either sample.
    pub bins: usize,
    /// What the index is on average when nothing drifted.
    pub expected: f64,
    /// What it stays below with a probability of 95 % when nothing drifted.
    pub limit: f64,
    /// How likely so high an index is when nothing drifted; NaN with fewer than two bins.
    pub p_value: f64,
}

/// The population stability index of counts by bin, `sum (q - p) ln(q / p)` with the shares `p` of the reference and `q` of the
/// new sample (Siddiqi 2006).
///
/// Bins that are empty on both sides are left out; one that is empty on one side counts as half a row there. When nothing
/// drifted the index is approximately `(1 / n + 1 / m)` times a chi-squared with `bins - 1` degrees of freedom, for `n` and `m`
/// rows (Yurdakul 2018): that gives the expected value, the limit and the p-value. Missing cells of the shorter list count as
/// zero; `None` when a side holds nothing.
#[must_use]
pub fn psi(reference: &[u64], new: &[u64]) -> Option<Psi> {
    let (n, m) = (reference.iter().sum::<u64>() as f64, new.iter().sum::<u64>() as f64);
    if n == 0.0 || m == 0.0 {
        return None;
    }
    let count = |counts: &[u64], bin: usize| counts.get(bin).map_or(0.0, |count| *count as f64);
    let (mut value, mut bins) = (0.0, 0);
    for bin in 0..reference.len().max(new.len()) {
        let (old, now) = (count(reference, bin), count(new, bin));
        if old + now > 0.0 {
            let (p, q) = (old.max(EMPTY) / n, now.max(EMPTY) / m);
            value += (q - p) * (q / p).ln();
            bins += 1;
        }
    }
    let scale = 1.0 / n + 1.0 / m;
    let dof = bins - 1;
    let limit = if dof == 0 { 0.0 } else { scale * chi_squared::limit(0.05, dof) };
    Some(Psi { value, bins, expected: scale * dof as f64, limit, p_value: chi_squared::tail(value / scale, dof) })
}

/// Rows of the two samples by bin: ten bins at the deciles of the reference's finite values, and one of what is missing.
///
/// A bin reaches from above one decile (a value of the reference, the inverse of its distribution function) up to and with the
/// next; deciles that coincide are one. With fewer than 200 values in the smaller sample there are fewer bins, so that each
/// holds about twenty, and below ten values one. A reference of one value has a bin for it, one below and one above.
#[must_use]
pub fn counts_at_deciles(reference: &[f64], new: &[f64]) -> [Vec<u64>; 2] {
    let sorted = sorted_finite(reference);
    let known = sorted.len().min(new.iter().filter(|value| value.is_finite()).count());
    let wanted = if known < FEWEST_VALUES { 1 } else { (known / PER_BIN).clamp(2, MOST_BINS) };
    let ends = ends(&sorted, wanted);
    let count = |values: &[f64]| {
        let mut counts = vec![0; ends.len() + 2];
        for value in values {
            let bin = if value.is_finite() { ends.partition_point(|end| end < value) } else { ends.len() + 1 };
            counts[bin] += 1;
        }
        counts
    };
    [count(reference), count(new)]
}

/// The upper ends of all bins but the last.
fn ends(sorted: &[f64], bins: usize) -> Vec<f64> {
    let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    if bins < 2 {
        return Vec::new();
    }
    if low >= high {
        return vec![low.next_down(), *low];
    }
    let mut ends: Vec<f64> = (1..bins).map(|k| sorted[(k * sorted.len()).div_ceil(bins) - 1]).collect();
    ends.dedup_by(|a, b| a <= b);
    ends.retain(|end| end < high);
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1e-30), "{found} is not {expected}");
    }

    /// `p, q = counts / sum; v = ((q - p) * np.log(q / p)).sum(); s = 1 / n + 1 / m; v, 3 * s, s * stats.chi2.ppf(.95, 3),
    /// stats.chi2.sf(v / s, 3)`, NumPy 2.4.6 and SciPy 1.17.1.
    #[test]
    fn agrees_with_numpy_and_scipy() {
        let found = psi(&[100, 200, 300, 400], &[150, 180, 280, 390]).unwrap();
        close(found.value, 0.024_013_501_228_146_66);
        close(found.expected, 0.006);
        close(found.limit, 0.015_629_455_806_502_36);
        close(found.p_value, 0.007_360_071_491_773_865);
        assert_eq!(found.bins, 4);
    }

    /// The same with a half where a bin is empty: `[50, 50, .5]` and `[40, .5, 60]` of 100.
    #[test]
    fn an_empty_bin_is_half_a_row_and_one_empty_in_both_is_none() {
        let found = psi(&[50, 50, 0, 0], &[40, 0, 60]).unwrap();
        close(found.value, 5.150_431_184_150_843);
        close(found.p_value, 1.201_998_518_875_421_3e-56);
        assert_eq!(found.bins, 3);
    }

    #[test]
    fn nothing_to_compare() {
        assert_eq!((psi(&[], &[]), psi(&[3], &[0]), psi(&[0], &[3])), (None, None, None));
        let one = psi(&[5], &[9]).unwrap();
        assert_eq!((one.value, one.bins, one.expected, one.limit), (0.0, 1, 0.0, 0.0));
        assert!(one.p_value.is_nan());
    }

    /// `np.searchsorted(ends, x)` counted, with `ends` the values of the sorted reference at `ceil(k n / 10) - 1`.
    #[test]
    fn deciles_of_the_reference() {
        let old: Vec<f64> = (0..1000).map(|i| f64::from(i % 97)).collect();
        let new: Vec<f64> = (0..800).map(|i| f64::from(3 * i % 89 + 5)).collect();
        let [reference, fresh] = counts_at_deciles(&old, &new);
        assert_eq!(reference, [110, 99, 99, 92, 100, 100, 100, 100, 100, 100, 0]);
        assert_eq!(fresh, [45, 81, 81, 81, 90, 90, 90, 90, 90, 62, 0]);
        close(psi(&reference, &fresh).unwrap().value, 0.050_132_576_342_227_8);
    }

    #[test]
    fn ties_are_merged_and_missing_values_are_a_bin() {
        let zeros: Vec<f64> = (0..300).map(|i| if i < 250 { 0.0 } else { f64::from(i) }).collect();
        let with_missing = [&zeros[..], &[f64::NAN, f64::INFINITY]].concat();
        let [old, new] = counts_at_deciles(&zeros, &with_missing);
        assert_eq!(old, [250, 20, 30, 0]);
        assert_eq!(new, [250, 20, 30, 2]);
        let missing = vec![f64::NAN; 50];
        let [old, new] = counts_at_deciles(&zeros, &missing);
        assert_eq!((old, new), (vec![300, 0], vec![0, 50]), "nothing known is one bin against another");
        let [old, new] = counts_at_deciles(&missing, &missing);
        assert_eq!(psi(&old, &new).unwrap().value, 0.0);
    }

    #[test]
    fn one_value_has_a_below_and_an_above() {
        let new: Vec<f64> = (0..40).map(f64::from).collect();
        let [old, new] = counts_at_deciles(&[7.0; 60], &new);
        assert_eq!((old, new), (vec![0, 60, 0, 0], vec![7, 1, 32, 0]));
    }

    #[test]
    fn few_values_make_few_bins() {
        let values = |count: i32| (0..count).map(f64::from).collect::<Vec<f64>>();
        let bins = |old: i32, new: i32| counts_at_deciles(&values(old), &values(new))[0].len() - 1;
        assert_eq!([bins(9, 500), bins(10, 500), bins(100, 60), bins(199, 500), bins(200, 200)], [1, 2, 3, 9, 10]);
        assert_eq!(counts_at_deciles(&[], &[]), [vec![0, 0], vec![0, 0]]);
    }

    proptest::proptest! {
        #[test]
        fn every_row_is_in_one_bin_and_the_index_is_not_negative(
            old in proptest::collection::vec(-3i32..30, 1..300),
            new in proptest::collection::vec(-3i32..30, 1..300),
        ) {
            let known = |values: &[i32]| values.iter().map(|v| if *v < 0 { f64::NAN } else { f64::from(*v) }).collect::<Vec<f64>>();
            let [p, q] = counts_at_deciles(&known(&old), &known(&new));
            proptest::prop_assert_eq!(p.iter().sum::<u64>() as usize, old.len());
            proptest::prop_assert_eq!(q.iter().sum::<u64>() as usize, new.len());
            proptest::prop_assert!(psi(&p, &q).unwrap().value >= 0.0);
            proptest::prop_assert_eq!(psi(&p, &p).unwrap().value, 0.0);
        }
    }
}
