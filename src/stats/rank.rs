//! Ranks with ties.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

/// Ranks from 1, equal values sharing the mean of their ranks: `scipy.stats.rankdata(v, method="average")`.
///
/// The result has the length of the input. A NaN keeps NaN and takes no rank (`nan_policy="omit"`); infinities are ranked.
#[must_use]
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).filter(|&i| !values[i].is_nan()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![f64::NAN; values.len()];
    let mut start = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let end = start + tied.len();
        // The mean of the ranks start + 1 ..= end.
        let rank = (start + 1 + end) as f64 / 2.0;
        for &i in tied {
            ranks[i] = rank;
        }
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.rankdata([2, 1, 4, 3, 3, 9, 7, 7])`, SciPy 1.17.1.
    #[test]
    fn ties_share_the_mean_rank() {
        let ranks = average_ranks(&[2.0, 1.0, 4.0, 3.0, 3.0, 9.0, 7.0, 7.0]);
        assert_eq!(ranks, [2.0, 1.0, 5.0, 3.5, 3.5, 8.0, 6.5, 6.5]);
    }

    #[test]
    fn negative_zero_ties_with_zero() {
        assert_eq!(average_ranks(&[0.0, -0.0, 1.0]), [1.5, 1.5, 3.0]);
    }

    #[test]
    fn nan_takes_no_rank() {
        let ranks = average_ranks(&[5.0, f64::NAN, 1.0]);
        assert_eq!((ranks[0], ranks[2]), (2.0, 1.0));
        assert!(ranks[1].is_nan());
        assert!(average_ranks(&[]).is_empty());
    }
}
