//! The forecasts that every other has to beat.

use super::super::mean;
use super::Path;

/// The last season again. The variance after `k` whole seasons is `(k + 1)` times the mean square of the seasonal differences (Hyndman and
/// Athanasopoulos 2021, section 5.5). Needs more than one season; with a period of 1 the last value again.
pub(super) fn seasonal_naive(values: &[f64], period: usize, horizon: usize) -> (Path, Vec<f64>) {
    let period = period.max(1);
    let n = values.len();
    let squares: Vec<f64> = (period..n).map(|t| (values[t] - values[t - period]).powi(2)).collect();
    let variance = if squares.is_empty() { 0.0 } else { mean(&squares) };
    let season = &values[n.saturating_sub(period)..];
    let at = |h: usize| season.get(h % season.len().max(1)).copied().unwrap_or(f64::NAN);
    let path = Path {
        mean: (0..horizon).map(at).collect(),
        variance: (0..horizon).map(|h| variance * (h / period + 1) as f64).collect(),
    };
    let fitted = (0..n).map(|t| if t < period { f64::NAN } else { values[t - period] }).collect();
    (path, fitted)
}

/// The mean of all values, with variance `s^2 (1 + 1 / n)` at every horizon, `s^2` divided by `n - 1`.
pub(super) fn average(values: &[f64], horizon: usize) -> (Path, Vec<f64>) {
    let n = values.len() as f64;
    let centre = mean(values);
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    let variance = if n > 1.0 { squares / (n - 1.0) * (1.0 + 1.0 / n) } else { 0.0 };
    (Path { mean: vec![centre; horizon], variance: vec![variance; horizon] }, vec![centre; values.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeats_the_last_season() {
        let (path, fitted) = seasonal_naive(&[1.0, 2.0, 3.0, 6.0], 2, 5);
        assert_eq!(path.mean, [3.0, 6.0, 3.0, 6.0, 3.0]);
        // Mean of 2^2 and 4^2.
        assert_eq!(path.variance, [10.0, 10.0, 20.0, 20.0, 30.0]);
        assert!(fitted[0].is_nan() && fitted[2..] == [1.0, 2.0]);
        assert!(seasonal_naive(&[], 7, 2).0.mean[0].is_nan());
    }

    #[test]
    fn averages() {
        let (path, _) = average(&[1.0, 3.0], 2);
        assert_eq!((path.mean[1], path.variance[0]), (2.0, 3.0));
    }
}
