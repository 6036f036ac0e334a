//! How much groups differ: analysis of variance, Kruskal-Wallis, chi-squared.
//!
//! These are used as effect sizes and for ranking features, not for p-values: a test on the clusters that the same columns
//! made is always significant. Values that are not finite are left out; groups without finite values do not count.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

use super::describe::sum;
use super::rank::average_ranks;
use serde::{Deserialize, Serialize};

/// Sums of squares between and within groups.
struct Squares {
    between: f64,
    within: f64,
    groups: usize,
    count: usize,
}

fn finite_groups(groups: &[&[f64]]) -> Vec<Vec<f64>> {
    let finite = |group: &&[f64]| group.iter().copied().filter(|value| value.is_finite()).collect::<Vec<f64>>();
    groups.iter().map(finite).filter(|group| !group.is_empty()).collect()
}

fn squares(groups: &[&[f64]]) -> Squares {
    let groups = finite_groups(groups);
    let count: usize = groups.iter().map(Vec::len).sum();
    let mean = |values: &[f64]| sum(values) / values.len() as f64;
    let overall = mean(&groups.concat());
    let (mut between, mut within) = (0.0, 0.0);
    for group in &groups {
        let centre = mean(group);
        between += group.len() as f64 * (centre - overall).powi(2);
        within += group.iter().map(|value| (value - centre).powi(2)).sum::<f64>();
    }
    Squares { between, within, groups: groups.len(), count }
}

/// The F statistic of a one-way analysis of variance (`scipy.stats.f_oneway`), from 0 upward.
///
/// NaN with fewer than two groups, with no more values than groups, or when all values are equal; infinite when groups
/// differ and no value differs within its group.
#[must_use]
pub fn anova_f(groups: &[&[f64]]) -> f64 {
    let s = squares(groups);
    if s.groups < 2 || s.count <= s.groups {
        return f64::NAN;
    }
    (s.between / (s.groups - 1) as f64) / (s.within / (s.count - s.groups) as f64)
}

/// The share of a column's variance that the groups explain: eta squared, the sum of squares between groups over the total.
/// From 0 to 1; NaN when all values are equal or there are none.
#[must_use]
pub fn eta_squared(groups: &[&[f64]]) -> f64 {
    let s = squares(groups);
    (s.between / (s.between + s.within)).clamp(0.0, 1.0)
}

/// The H statistic of Kruskal and Wallis (1952), corrected for ties (`scipy.stats.kruskal`), from 0 upward.
///
/// NaN with fewer than two groups or when all values are equal.
#[must_use]
pub fn kruskal_h(groups: &[&[f64]]) -> f64 {
    let groups = finite_groups(groups);
    let pooled = groups.concat();
    let n = pooled.len() as f64;
    let ranks = average_ranks(&pooled);
    let mut sorted = ranks.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    let cubes = |t: f64| t * t * t - t;
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|run| cubes(run.len() as f64)).sum();
    let correction = 1.0 - ties / cubes(n);
    if groups.len() < 2 || correction <= 0.0 {
        return f64::NAN;
    }
    let mut start = 0;
    let mut total = 0.0;
    for group in &groups {
        let end = start + group.len();
        total += sum(&ranks[start..end]).powi(2) / group.len() as f64;
        start = end;
    }
    (12.0 / (n * (n + 1.0)) * total - 3.0 * (n + 1.0)) / correction
}

/// Pearson's chi-squared test of independence of a contingency table.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chi2 {
    /// The statistic, from 0 upward.
    pub statistic: f64,
    /// Degrees of freedom, `(rows - 1) (columns - 1)` after rows and columns without a count are dropped.
    pub dof: usize,
    /// Cramér's V, `sqrt(statistic / n / (min(rows, columns) - 1))`, from 0 (independent) to 1.
    pub cramers_v: f64,
}

/// Chi-squared and Cramér's V (1946) of a table of counts, without Yates' continuity correction
/// (`scipy.stats.chi2_contingency(table, correction=False)`).
///
/// Rows and columns that sum to zero are dropped; missing cells of a ragged table count as zero. With fewer than two rows
/// or columns left, both numbers are NaN and the degrees of freedom 0.
#[must_use]
pub fn chi2(table: &[Vec<u64>]) -> Chi2 {
    let width = table.iter().map(Vec::len).max().unwrap_or(0);
    let row_sums: Vec<f64> = table.iter().map(|row| row.iter().map(|&cell| cell as f64).sum()).collect();
    let cell = |row: usize, column: usize| table[row].get(column).map_or(0.0, |&cell| cell as f64);
    let column_sums: Vec<f64> = (0..width).map(|column| (0..table.len()).map(|row| cell(row, column)).sum()).collect();
    let used = |sums: &[f64]| sums.iter().filter(|&&total| total > 0.0).count();
    let (rows, columns) = (used(&row_sums), used(&column_sums));
    if rows < 2 || columns < 2 {
        return Chi2 { statistic: f64::NAN, dof: 0, cramers_v: f64::NAN };
    }
    let total: f64 = row_sums.iter().sum();
    let mut statistic = 0.0;
    for (row, row_sum) in row_sums.iter().enumerate() {
        for (column, column_sum) in column_sums.iter().enumerate() {
            let expected = row_sum * column_sum / total;
            if expected > 0.0 {
                statistic += (cell(row, column) - expected).powi(2) / expected;
            }
        }
    }
    let cramers_v = (statistic / total / (rows.min(columns) - 1) as f64).sqrt().min(1.0);
    Chi2 { statistic, dof: (rows - 1) * (columns - 1), cramers_v }
}

/// How far a group's mean lies from the mean of all, in standard deviations of all: `(group - all) / std`.
///
/// NaN when the deviation is zero or any argument is not finite.
#[must_use]
pub fn standardized_difference(group_mean: f64, all_mean: f64, all_std: f64) -> f64 {
    let difference = (group_mean - all_mean) / all_std;
    if all_std > 0.0 && difference.is_finite() { difference } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 4] = [1.0, 2.0, 3.0, 4.0];
    const B: [f64; 5] = [2.0, 4.0, 6.0, 8.0, 8.0];
    const C: [f64; 3] = [5.0, 9.0, 1.0];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    /// `stats.f_oneway(a, b, c).statistic, stats.kruskal(a, b, c).statistic`, SciPy 1.17.1; eta squared by its definition.
    #[test]
    fn agrees_with_scipy() {
        close(anova_f(&[&A, &B, &C]), 1.592_289_719_626_168);
        close(eta_squared(&[&A, &B, &C]), 0.261_361_457_334_611_7);
        close(kruskal_h(&[&A, &B, &C]), 2.741_873_522_458_637_2);
        let with_missing = [&C[..], &[f64::NAN]].concat();
        close(anova_f(&[&A, &B, &with_missing, &[]]), 1.592_289_719_626_168);
        close(kruskal_h(&[&A, &B, &with_missing, &[f64::NAN]]), 2.741_873_522_458_637_2);
    }

    #[test]
    fn undefined_differences_are_nan() {
        for groups in [&[][..], &[&A[..]][..], &[&[][..], &[]][..], &[&[2.0, 2.0][..], &[2.0]][..]] {
            assert!(anova_f(groups).is_nan(), "{groups:?}");
            assert!(kruskal_h(groups).is_nan(), "{groups:?}");
        }
        assert!(eta_squared(&[&[2.0, 2.0], &[2.0]]).is_nan());
        assert!(eta_squared(&[]).is_nan());
        assert!(anova_f(&[&[1.0], &[2.0]]).is_nan());
        assert_eq!(anova_f(&[&[1.0, 1.0], &[2.0, 2.0]]), f64::INFINITY);
        assert_eq!(eta_squared(&[&[1.0, 1.0], &[2.0, 2.0]]), 1.0);
    }

    /// `stats.chi2_contingency(t, correction=False)`, SciPy 1.17.1.
    #[test]
    fn chi2_agrees_with_scipy() {
        let c = chi2(&[vec![12, 5, 9], vec![3, 14, 7]]);
        close(c.statistic, 9.848_916_160_593_793);
        close(c.cramers_v, 0.443_822_400_529_621_6);
        assert_eq!(c.dof, 2);
        let c = chi2(&[vec![10, 20, 0], vec![0, 0, 0], vec![20, 5, 0]]);
        close(c.statistic, 11.977_777_777_777_778);
        close(c.cramers_v, 0.466_666_666_666_666_7);
        assert_eq!(c.dof, 1);
    }

    #[test]
    fn tables_of_one_row_or_column_have_no_test() {
        for table in
            [vec![], vec![vec![1, 2]], vec![vec![1], vec![2]], vec![vec![0, 0], vec![0, 0]], vec![vec![3, 0], vec![4]]]
        {
            let c = chi2(&table);
            assert!(c.statistic.is_nan() && c.cramers_v.is_nan() && c.dof == 0);
        }
        close(chi2(&[vec![5, 0], vec![0, 5]]).cramers_v, 1.0);
    }

    #[test]
    fn standardized_difference_needs_a_spread() {
        close(standardized_difference(3.0, 1.0, 4.0), 0.5);
        assert!(standardized_difference(3.0, 1.0, 0.0).is_nan());
        assert!(standardized_difference(f64::NAN, 1.0, 1.0).is_nan());
        assert!(standardized_difference(1.0, 1.0, f64::NAN).is_nan());
    }
}
