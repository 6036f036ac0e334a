//! Whether two samples of a category have the same shares.

use serde::Serialize;

use crate::stats::chi_squared;
use crate::stats::tests_of_difference::{Chi2, chi2};

/// Least count that a level should have in each sample when nothing differs (Cochran 1954).
const LEAST_EXPECTED: f64 = 5.0;

/// Pearson's chi-squared test of two rows of counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Homogeneity {
    /// The statistic, from 0 upward; NaN when fewer than two levels are left.
    pub statistic: f64,
    /// Degrees of freedom.
    pub dof: usize,
    /// How likely so different shares are when both samples come from one distribution; NaN without a degree of freedom.
    pub p_value: f64,
    /// Cramér's V, 0 (the same shares) to 1.
    pub cramers_v: f64,
    /// Levels that were too rare to be tested alone and were taken together.
    pub merged: usize,
}

/// Counts by level with the rare levels taken together as the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// Counts of the two samples.
    pub counts: [Vec<u64>; 2],
    /// Levels in the last one; 0 when none is rare.
    pub merged: usize,
}

/// Takes levels together whose expected count, when both samples have the same shares, is below 5 in the smaller sample; if all
/// of them together are still below, the rarest of the others joins them. Levels without any row are left out. Missing cells of
/// the shorter list count as zero.
#[must_use]
pub fn merge_rare(a: &[u64], b: &[u64]) -> Merged {
    let cell = |counts: &[u64], level: usize| counts.get(level).copied().unwrap_or(0);
    let mut levels: Vec<[u64; 2]> =
        (0..a.len().max(b.len())).map(|level| [cell(a, level), cell(b, level)]).filter(|[x, y]| x + y > 0).collect();
    let totals: [u64; 2] = [a.iter().sum(), b.iter().sum()];
    let smaller = totals[0].min(totals[1]) as f64 / (totals[0] + totals[1]).max(1) as f64;
    let is_rare = |counts: &[u64; 2]| ((counts[0] + counts[1]) as f64) * smaller < LEAST_EXPECTED;
    let mut others = [0, 0];
    let mut merged = 0;
    let mut join = |counts: [u64; 2], others: &mut [u64; 2]| {
        others[0] += counts[0];
        others[1] += counts[1];
        merged += 1;
    };
    levels.retain(|counts| {
        let rare = is_rare(counts);
        if rare {
            join(*counts, &mut others);
        }
        !rare
    });
    while others != [0, 0] && is_rare(&others) {
        let Some(rarest) = (0..levels.len()).min_by_key(|level| levels[*level][0] + levels[*level][1]) else { break };
        join(levels.remove(rarest), &mut others);
    }
    if others != [0, 0] {
        levels.push(others);
    }
    Merged { counts: [0, 1].map(|side| levels.iter().map(|counts| counts[side]).collect()), merged }
}

/// The chi-squared test of homogeneity (`scipy.stats.chi2_contingency(table, correction=False)`) of two rows of counts, rare
/// levels taken together by [`merge_rare`].
#[must_use]
pub fn homogeneity(a: &[u64], b: &[u64]) -> Homogeneity {
    let Merged { counts, merged } = merge_rare(a, b);
    let Chi2 { statistic, dof, cramers_v } = chi2(&counts);
    Homogeneity { statistic, dof, p_value: chi_squared::tail(statistic, dof), cramers_v, merged }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{found} is not {expected}");
    }

    /// `stats.chi2_contingency(t, correction=False)` and `stats.contingency.association(t, method="cramer")`, SciPy 1.17.1; the
    /// second after adding up the levels with expected counts 2.5 and 0.997, which `expected_freq` says.
    #[test]
    fn agrees_with_scipy() {
        let found = homogeneity(&[30, 50, 20], &[45, 40, 35]);
        close(found.statistic, 6.437_037_037_037_04);
        close(found.p_value, 0.040_014_294_807_647_93);
        assert_eq!((found.dof, found.merged), (2, 0));
        let found = homogeneity(&[120, 4, 3, 60, 2], &[100, 1, 9, 80, 0]);
        let by_hand = homogeneity(&[120, 3, 60, 6], &[100, 9, 80, 1]);
        assert_eq!(found.merged, 3, "both rare ones, and the next, because together they are rare");
        assert_eq!(by_hand.merged, 2);
        close(found.statistic, 4.725_350_628_793_446);
        close(found.p_value, 0.094_167_957_009_985_7);
        close(found.cramers_v, 0.111_659_946_317_344_27);
    }

    #[test]
    fn levels_are_merged_until_none_is_rare() {
        let merged = merge_rare(&[50, 4, 4, 3, 0], &[50, 2, 1, 3]);
        assert_eq!(merged.counts, [vec![50, 11], vec![50, 6]]);
        assert_eq!(merged.merged, 3);
        assert_eq!(merge_rare(&[1, 1], &[1, 0]).counts, [vec![2], vec![1]]);
    }

    #[test]
    fn nothing_to_test() {
        for (a, b) in [(&[][..], &[][..]), (&[9, 9], &[]), (&[40], &[50]), (&[2, 1], &[1, 2])] {
            let found = homogeneity(a, b);
            assert!(found.p_value.is_nan() && found.dof == 0, "{a:?} {b:?}");
        }
        let same = homogeneity(&[40, 60], &[40, 60]);
        assert_eq!((same.statistic, same.p_value), (0.0, 1.0));
    }

    proptest::proptest! {
        #[test]
        fn merging_loses_no_row(a in proptest::collection::vec(0u64..40, 0..12), b in proptest::collection::vec(0u64..40, 0..12)) {
            let Merged { counts, merged } = merge_rare(&a, &b);
            proptest::prop_assert_eq!(counts[0].iter().sum::<u64>(), a.iter().sum::<u64>());
            proptest::prop_assert_eq!(counts[1].iter().sum::<u64>(), b.iter().sum::<u64>());
            proptest::prop_assert!(merged != 1 || counts[0].len() == 1);
        }
    }
}
