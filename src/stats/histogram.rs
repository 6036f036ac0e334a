//! Histogram bins that read well on an axis.

use super::describe::{quantile_sorted, sorted_finite};

/// Fewest bins aimed at, unless `max_bins` or the number of integers in range is smaller.
const MIN_BINS: usize = 5;

/// Widths are a mantissa of this list times a power of ten; stored times ten so that edges are exact quotients of integers.
const MANTISSAS: [i32; 4] = [10, 20, 25, 50];

/// Ascending bin edges for the finite values, one more than there are bins.
///
/// The width starts from the rule of Freedman and Diaconis (1981), `2 (q3 - q1) n^(-1/3)`, is bounded to give between 5 and
/// `max_bins` bins (at least 1), and is rounded to 1, 2, 2.5 or 5 times a power of ten; edges are multiples of it. When all
/// values are integers the width is an integer, and a width of 1 puts the edges on halves so that each integer has its own
/// bar. A constant column gets one bin around its value; no finite value gives no edges.
#[must_use]
pub fn bin_edges(values: &[f64], max_bins: usize) -> Vec<f64> {
    let sorted = sorted_finite(values);
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
        return Vec::new();
    };
    if low >= high {
        let half = 0.5_f64.max(low.abs() * 1e-9);
        return vec![low - half, low + half];
    }
    let range = high - low;
    if !range.is_finite() {
        return vec![low, high];
    }
    let most = max_bins.max(1);
    let target = range / target_width(&sorted, range, most);
    let integers = high.abs().max(low.abs()) < 1e15 && sorted.iter().all(|value| value.fract() == 0.0);
    let grid = |width| Grid { width, integers, low, high };

    let mut width = NiceWidth::near(range / target);
    if integers {
        width = width.max_one();
    }
    while grid(width).bins() > most {
        width = width.wider(integers);
    }
    while grid(width).bins() < MIN_BINS
        && !(integers && width.is_one())
        && grid(width.narrower(integers)).bins() <= most
    {
        width = width.narrower(integers);
    }
    let edges = grid(width).edges();
    // Values so close that their multiples coincide cannot be split into equal bins.
    if edges.windows(2).all(|pair| pair[0] < pair[1]) { edges } else { vec![low, high] }
}

/// The width that Freedman and Diaconis ask for, bounded to the number of bins allowed.
fn target_width(sorted: &[f64], range: f64, most: usize) -> f64 {
    let n = sorted.len() as f64;
    let spread = quantile_sorted(sorted, 0.75) - quantile_sorted(sorted, 0.25);
    // With a quarter or more of all values equal the rule says nothing; Sturges (1926) then does.
    let wanted = if spread > 0.0 { range / (2.0 * spread / n.cbrt()) } else { n.log2() + 1.0 };
    range / wanted.clamp(MIN_BINS.min(most) as f64, most as f64)
}

/// A width `mantissa / 10 * 10^exponent`.
#[derive(Clone, Copy, PartialEq)]
struct NiceWidth {
    mantissa: usize,
    exponent: i32,
}

impl NiceWidth {
    fn near(width: f64) -> Self {
        let exponent = width.log10().floor() as i32;
        let scaled = width / 10f64.powi(exponent) * 10.0;
        let distance = |index: usize| (f64::from(MANTISSAS[index]) / scaled).ln().abs();
        let mantissa = (0..MANTISSAS.len()).min_by(|&a, &b| distance(a).total_cmp(&distance(b))).unwrap_or(0);
        // 10 times the power above may be nearer than 5 times this one.
        if (100.0 / scaled).ln().abs() < distance(mantissa) {
            Self { mantissa: 0, exponent: exponent + 1 }
        } else {
            Self { mantissa, exponent }
        }
    }

    fn max_one(self) -> Self {
        if self.exponent < 0 {
            Self { mantissa: 0, exponent: 0 }
        } else if self.is_fractional() {
            Self { mantissa: 3, exponent: 0 }
        } else {
            self
        }
    }

    /// 2.5 is the one width of exponent 0 that is no integer.
    fn is_fractional(self) -> bool {
        self.exponent < 0 || (self.exponent == 0 && self.mantissa == 2)
    }

    fn is_one(self) -> bool {
        self.exponent == 0 && self.mantissa == 0
    }

    fn wider(self, integers: bool) -> Self {
        let next = if self.mantissa + 1 < MANTISSAS.len() {
            Self { mantissa: self.mantissa + 1, ..self }
        } else {
            Self { mantissa: 0, exponent: self.exponent + 1 }
        };
        if integers && next.is_fractional() { next.wider(integers) } else { next }
    }

    fn narrower(self, integers: bool) -> Self {
        let next = if self.mantissa > 0 {
            Self { mantissa: self.mantissa - 1, ..self }
        } else {
            Self { mantissa: MANTISSAS.len() - 1, exponent: self.exponent - 1 }
        };
        if integers && next.is_fractional() && !next.is_one() && next.exponent >= 0 {
            next.narrower(integers)
        } else {
            next
        }
    }

    /// `index` times the width, as one division of integers where the width is a fraction: 3 * 0.1 is 0.3.
    fn times(self, index: f64) -> f64 {
        let whole = index * f64::from(MANTISSAS[self.mantissa]);
        let power = self.exponent - 1;
        if (-300..0).contains(&power) { whole / 10f64.powi(-power) } else { whole * 10f64.powi(power) }
    }
}

struct Grid {
    width: NiceWidth,
    integers: bool,
    low: f64,
    high: f64,
}

impl Grid {
    fn edge(&self, index: f64) -> f64 {
        if self.integers && self.width.is_one() { index - 0.5 } else { self.width.times(index) }
    }

    /// Indices of the first and the last edge.
    fn span(&self) -> (f64, f64) {
        let unit = self.width.times(1.0);
        let mut first = (self.low / unit).floor();
        if self.edge(first) > self.low {
            first -= 1.0;
        }
        let mut last = (self.high / unit).ceil();
        // Integers on the last edge would share the closed bin before it and make that bar taller than its neighbours.
        if self.edge(last) < self.high || (self.integers && self.edge(last) <= self.high) {
            last += 1.0;
        }
        (first, last.max(first + 1.0))
    }

    fn bins(&self) -> usize {
        let (first, last) = self.span();
        (last - first) as usize
    }

    fn edges(&self) -> Vec<f64> {
        let (first, _) = self.span();
        (0..=self.bins()).map(|step| self.edge(first + step as f64)).collect()
    }
}

/// Counts the values in each bin: `numpy.histogram(values, edges)[0]`.
///
/// Bins are half open, `[a, b)`, but for the last, which is closed. Values outside the edges and values that are not finite
/// are ignored. The result has `edges.len() - 1` elements, none when there are fewer than two edges; `edges` must ascend.
#[must_use]
pub fn count_into(values: &[f64], edges: &[f64]) -> Vec<u64> {
    let (Some(&first), Some(&last)) = (edges.first(), edges.last()) else {
        return Vec::new();
    };
    let mut counts = vec![0; edges.len() - 1];
    if counts.is_empty() {
        return counts;
    }
    for &value in values.iter().filter(|value| **value >= first && **value <= last) {
        let bin = edges.partition_point(|&edge| edge <= value) - 1;
        let bin = bin.min(counts.len() - 1);
        counts[bin] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `np.histogram([2, 4, 4, 5, 7, 9, 12.5], [2, 4, 8, 12.5])[0]`, NumPy 2.4.6.
    #[test]
    fn counts_agree_with_numpy() {
        let values = [2.0, 4.0, 4.0, 5.0, 7.0, 9.0, 12.5, f64::NAN, 13.0, 1.0];
        assert_eq!(count_into(&values, &[2.0, 4.0, 8.0, 12.5]), [1, 4, 2]);
        assert!(count_into(&values, &[]).is_empty());
        assert!(count_into(&values, &[1.0]).is_empty());
    }

    #[test]
    fn integers_get_a_bar_each() {
        assert_eq!(bin_edges(&[0.0, 1.0, 1.0, 0.0], 30), [-0.5, 0.5, 1.5]);
        let edges = bin_edges(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0], 30);
        assert_eq!(edges, [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
    }

    #[test]
    fn integer_bins_hold_equally_many_integers() {
        let values: Vec<f64> = (0..1010).map(|i| f64::from(i % 101)).collect();
        let edges = bin_edges(&values, 12);
        assert_eq!(edges, [0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0, 90.0, 100.0, 110.0]);
        assert_eq!(count_into(&values, &edges), [100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 10]);
    }

    #[test]
    fn edges_are_round_numbers() {
        let values: Vec<f64> = (0..1000).map(|i| f64::from(i) * 0.001).collect();
        let edges = bin_edges(&values, 10);
        assert_eq!(edges, [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
    }

    #[test]
    fn degenerate_columns() {
        assert!(bin_edges(&[], 10).is_empty());
        assert!(bin_edges(&[f64::NAN], 10).is_empty());
        assert_eq!(bin_edges(&[4.0, 4.0, f64::NAN], 10), [3.5, 4.5]);
        assert_eq!(bin_edges(&[-1e308, 1e308], 10), [-1e308, 1e308]);
        let close = [1e18, 1e18 + 256.0];
        assert_eq!(count_into(&close, &bin_edges(&close, 10)).iter().sum::<u64>(), 2);
        assert_eq!(bin_edges(&[0.0, 1.0], 0).len(), 2);
    }

    #[test]
    fn a_heavy_tail_stays_within_the_bins_allowed() {
        let mut values = vec![0.0; 1000];
        values.push(1e7);
        values.push(3.25);
        for most in [1, 2, 5, 7, 40] {
            let edges = bin_edges(&values, most);
            assert!(edges.len() <= most + 1, "{most} {edges:?}");
            assert_eq!(count_into(&values, &edges).iter().sum::<u64>(), 1002);
        }
    }

    proptest::proptest! {
        #[test]
        fn every_value_is_counted_once(values in proptest::collection::vec(-1e6..1e6f64, 1..200), most in 1usize..60, whole: bool) {
            let values: Vec<f64> = values.iter().map(|v| if whole { v.round() } else { *v }).collect();
            let edges = bin_edges(&values, most);
            proptest::prop_assert!(edges.len() <= most.max(2) + 1);
            proptest::prop_assert!(edges.windows(2).all(|pair| pair[0] < pair[1]));
            proptest::prop_assert_eq!(count_into(&values, &edges).iter().sum::<u64>(), values.len() as u64);
        }
    }
}
