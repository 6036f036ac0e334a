//! Summaries of one column: moments, quantiles, box-plot numbers.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

use serde::{Deserialize, Serialize};

/// The summary of one numeric column.
///
/// Values that are not finite are counted in [`missing`](Self::missing) and left out of everything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Summary {
    /// Number of finite values, at least 1.
    pub count: usize,
    /// Number of values that are NaN or infinite.
    pub missing: usize,
    /// Arithmetic mean, in the unit of the column.
    pub mean: f64,
    /// Sample standard deviation (`numpy.std(ddof=1)`); NaN for a single value.
    pub std: f64,
    /// Smallest value.
    pub min: f64,
    /// First quartile (`numpy.quantile`, linear).
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile (`numpy.quantile`, linear).
    pub q3: f64,
    /// Largest value.
    pub max: f64,
    /// Population skewness (`scipy.stats.skew`, `bias=True`); NaN when all values are equal.
    pub skew: f64,
    /// Population excess kurtosis (`scipy.stats.kurtosis`, `fisher=True, bias=True`); NaN when all values are equal.
    pub excess_kurtosis: f64,
    /// Sum of the values.
    pub sum: f64,
    /// Number of values equal to zero.
    pub zeros: usize,
    /// Number of distinct values.
    pub distinct: usize,
}

/// Summarises one column; `None` when it holds no finite value.
#[must_use]
pub fn describe(values: &[f64]) -> Option<Summary> {
    let sorted = sorted_finite(values);
    let (&min, &max) = (sorted.first()?, sorted.last()?);
    let count = sorted.len();
    let n = count as f64;
    let total = sum(&sorted);
    let mean = total / n;
    let moment = |power: i32| sum_by(&sorted, |value| (value - mean).powi(power)) / n;
    let variance = moment(2);
    let varies = min < max && is_spread(variance, mean);
    Some(Summary {
        count,
        missing: values.len() - count,
        mean,
        std: if count < 2 { f64::NAN } else { (variance * n / (n - 1.0)).sqrt() },
        min,
        q1: quantile_sorted(&sorted, 0.25),
        median: quantile_sorted(&sorted, 0.5),
        q3: quantile_sorted(&sorted, 0.75),
        max,
        skew: if varies { moment(3) / variance.powf(1.5) } else { f64::NAN },
        excess_kurtosis: if varies { moment(4) / (variance * variance) - 3.0 } else { f64::NAN },
        sum: total,
        zeros: sorted.iter().filter(|&&value| value == 0.0).count(),
        distinct: 1 + sorted.windows(2).filter(|pair| pair[0] < pair[1]).count(),
    })
}

/// SciPy's test for a column whose variance is only rounding noise around its mean.
fn is_spread(variance: f64, mean: f64) -> bool {
    variance > (f64::EPSILON * mean).powi(2)
}

/// The finite values in ascending order. Empty when there are none.
#[must_use]
pub fn sorted_finite(values: &[f64]) -> Vec<f64> {
    // Whole numbers in the order of the floating-point ones are sorted without branches, in half the time.
    let mut keys: Vec<i64> = values.iter().filter(|value| value.is_finite()).map(|value| order_key(*value)).collect();
    keys.sort_unstable();
    keys.into_iter().map(of_order_key).collect()
}

/// The number that stands among `i64` where the value stands by [`f64::total_cmp`]: the bits, those below the sign turned over
/// for negative values.
fn order_key(value: f64) -> i64 {
    turned(value.to_bits() as i64)
}

fn of_order_key(key: i64) -> f64 {
    f64::from_bits(turned(key) as u64)
}

fn turned(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The quantile at share `p` of values already in ascending order, with linear interpolation: `numpy.quantile(v, p)`,
/// which is type 7 of Hyndman and Fan (1996).
///
/// `p` is clamped to `[0, 1]`. NaN when `sorted` is empty or `p` is NaN.
#[must_use]
pub fn quantile_sorted(sorted: &[f64], p: f64) -> f64 {
    if p.is_nan() || sorted.is_empty() {
        return f64::NAN;
    }
    let last = sorted.len() - 1;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    let share = position - below as f64;
    // NumPy interpolates from the nearer end, so that p = 1 gives exactly the maximum.
    if share >= 0.5 { high - (high - low) * (1.0 - share) } else { low + (high - low) * share }
}

/// Sum with Neumaier's compensation (1974), so that order and length cost no precision. Infinite or NaN terms propagate.
#[must_use]
pub fn sum(values: &[f64]) -> f64 {
    sum_by(values, |value| value)
}

fn sum_by(values: &[f64], term: impl Fn(f64) -> f64) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values.iter().map(|&value| term(value)) {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    if total.is_finite() { total + lost } else { total }
}

/// Arithmetic mean of the finite values; NaN when there are none.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    let finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sum(&finite) / finite.len() as f64
}

/// Median of the finite values; NaN when there are none.
///
/// ```
/// use segmenta::stats::describe::median;
///
/// assert_eq!(median(&[3.0, f64::NAN, 1.0, 2.0, 10.0]), 2.5);
/// ```
#[must_use]
pub fn median(values: &[f64]) -> f64 {
    let mut finite: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    if finite.is_empty() {
        return f64::NAN;
    }
    // Finding the middle takes a time proportional to the values, sorting them all would take more.
    let middle = finite.len() / 2;
    let even = finite.len().is_multiple_of(2);
    let (below, upper, _) = finite.select_nth_unstable_by(middle, f64::total_cmp);
    if even { f64::midpoint(below.iter().copied().fold(f64::NEG_INFINITY, f64::max), *upper) } else { *upper }
}

/// The most frequent finite value, the smallest of them when several tie (`scipy.stats.mode`); `None` when there are none.
#[must_use]
pub fn mode(values: &[f64]) -> Option<f64> {
    let mut best: Option<(usize, f64)> = None;
    for run in sorted_finite(values).chunk_by(|a, b| a == b) {
        // A strict comparison keeps the first, hence smallest, of equally long runs.
        if best.is_none_or(|(length, _)| run.len() > length) {
            best = Some((run.len(), run[0]));
        }
    }
    best.map(|(_, value)| value)
}

/// The numbers of a box plot after Tukey (1977): whiskers end at the last observation within 1.5 interquartile ranges of
/// the box. All but the counts are in the unit of the column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BoxStats {
    /// Number of finite values, at least 1.
    pub count: usize,
    /// Smallest observation not below `q1 - 1.5 (q3 - q1)`.
    pub lower_whisker: f64,
    /// First quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Third quartile.
    pub q3: f64,
    /// Largest observation not above `q3 + 1.5 (q3 - q1)`.
    pub upper_whisker: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Smallest value, outliers included.
    pub min: f64,
    /// Largest value, outliers included.
    pub max: f64,
    /// Number of observations beyond the whiskers.
    pub outliers: usize,
}

/// Box-plot numbers of one column (`matplotlib.cbook.boxplot_stats`); `None` when it holds no finite value.
#[must_use]
pub fn box_stats(values: &[f64]) -> Option<BoxStats> {
    let sorted = sorted_finite(values);
    let (&min, &max) = (sorted.first()?, sorted.last()?);
    let quartile = |p| quantile_sorted(&sorted, p);
    let (q1, median, q3) = (quartile(0.25), quartile(0.5), quartile(0.75));
    let reach = 1.5 * (q3 - q1);
    let first = sorted.partition_point(|&value| value < q1 - reach);
    let end = sorted.partition_point(|&value| value <= q3 + reach);
    Some(BoxStats {
        count: sorted.len(),
        // An interpolated quartile can lie below every observation inside the fence: a whisker never starts inside the box.
        lower_whisker: sorted.get(first).map_or(q1, |&value| value.min(q1)),
        q1,
        median,
        q3,
        upper_whisker: end.checked_sub(1).map_or(q3, |last| sorted[last].max(q3)),
        mean: sum(&sorted) / sorted.len() as f64,
        min,
        max,
        outliers: first + (sorted.len() - end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 7] = [2.0, 4.0, 4.0, 5.0, 7.0, 9.0, 12.5];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    /// `a.mean(), a.std(ddof=1), np.quantile(a, ...), stats.skew(a), stats.kurtosis(a)`, NumPy 2.4.6 and SciPy 1.17.1.
    #[test]
    fn sorting_by_keys_is_sorting_by_total_order() {
        let values =
            [3.5, -0.0, f64::NAN, 0.0, -1e300, f64::MIN_POSITIVE, -f64::MIN_POSITIVE, f64::INFINITY, 7e-310, -3.5];
        let mut expected: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
        expected.sort_by(f64::total_cmp);
        let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&sorted_finite(&values)), bits(&expected));
    }

    #[test]
    fn describe_agrees_with_scipy() {
        let s = describe(&[A.as_slice(), &[f64::NAN, f64::INFINITY]].concat()).unwrap();
        assert_eq!((s.count, s.missing, s.zeros, s.distinct), (7, 2, 0, 6));
        close(s.mean, 6.214_285_714_285_714);
        close(s.std, 3.580_702_245_569_794_8);
        close(s.skew, 0.674_844_229_859_317_7);
        close(s.excess_kurtosis, -0.649_316_035_722_876);
        assert_eq!((s.min, s.q1, s.median, s.q3, s.max), (2.0, 4.0, 5.0, 8.0, 12.5));
    }

    #[test]
    fn describe_of_one_value_and_of_a_constant() {
        let one = describe(&[0.0]).unwrap();
        assert!(one.std.is_nan() && one.skew.is_nan() && one.excess_kurtosis.is_nan());
        assert_eq!((one.count, one.zeros, one.distinct), (1, 1, 1));
        let constant = describe(&[0.1; 10]).unwrap();
        close(constant.std, 0.0);
        assert!(constant.skew.is_nan());
        assert_eq!(constant.distinct, 1);
    }

    #[test]
    fn nothing_finite_has_no_summary() {
        assert_eq!(describe(&[]), None);
        assert_eq!(describe(&[f64::NAN; 3]), None);
        assert_eq!(box_stats(&[f64::NAN]), None);
        assert_eq!(mode(&[]), None);
        assert!(mean(&[]).is_nan() && median(&[f64::NAN]).is_nan());
    }

    /// `np.quantile(a, [.1, .9])`, NumPy 2.4.6.
    #[test]
    fn quantiles_interpolate_like_numpy() {
        close(quantile_sorted(&A, 0.1), 3.2);
        close(quantile_sorted(&A, 0.9), 10.4);
        assert_eq!(quantile_sorted(&A, 1.0), 12.5);
        assert_eq!(quantile_sorted(&A, 7.0), 12.5);
        assert_eq!(quantile_sorted(&[3.0], 0.3), 3.0);
        assert!(quantile_sorted(&[], 0.5).is_nan());
        assert!(quantile_sorted(&A, f64::NAN).is_nan());
    }

    #[test]
    fn mode_prefers_the_smallest_of_the_most_frequent() {
        assert_eq!(mode(&[3.0, 1.0, 3.0, 1.0, 2.0]), Some(1.0));
        assert_eq!(mode(&[5.0, f64::NAN, f64::NAN, 4.0, 5.0]), Some(5.0));
    }

    #[test]
    fn sum_is_compensated() {
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
    }

    #[test]
    fn whiskers_end_at_observations() {
        let b = box_stats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 30.0, -20.0]).unwrap();
        assert_eq!((b.lower_whisker, b.q1, b.median, b.q3, b.upper_whisker), (1.0, 2.0, 4.0, 6.0, 7.0));
        assert_eq!((b.min, b.max, b.outliers, b.count), (-20.0, 30.0, 2, 9));
        let one = box_stats(&[2.5]).unwrap();
        assert_eq!((one.lower_whisker, one.upper_whisker, one.outliers), (2.5, 2.5, 0));
    }
}
