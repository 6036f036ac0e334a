//! Kernel density estimates for curves.
#![expect(clippy::float_cmp, reason = "ties and edge cases are exact")]

use super::describe::{quantile_sorted, sorted_finite};
use serde::{Deserialize, Serialize};

/// A density curve sampled on an even grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Density {
    /// Grid in the unit of the column, ascending and even.
    pub x: Vec<f64>,
    /// Density at each grid point, not negative, per unit of the column; its integral over the whole axis is 1.
    pub y: Vec<f64>,
    /// Standard deviation of the kernel, in the unit of the column.
    pub bandwidth: f64,
}

/// Cells per bandwidth of the grid that values are gathered on; the error of linear binning falls with its square.
const CELLS_PER_BANDWIDTH: f64 = 16.0;

/// Kernels are cut at this many bandwidths, where they are below 1e-14 of their height.
const REACH: f64 = 8.0;

/// Gaussian kernel density at `points` even positions from `low` to `high`.
///
/// The bandwidth is Silverman's rule of thumb (1986, equation 3.31), `0.9 min(std, (q3 - q1) / 1.34) n^(-1/5)`, with the
/// sample standard deviation alone when the quartiles coincide. Values are first shared between the two nearest cells of a
/// fine grid (Wand, 1994), so the cost is that of sorting `n` values and does not grow with `n * points`. Values outside
/// `low..high` still contribute their tails.
///
/// `None` when there are fewer than two distinct finite values or two points, or the range is empty or not finite.
#[must_use]
pub fn density(values: &[f64], points: usize, low: f64, high: f64) -> Option<Density> {
    let sorted = sorted_finite(values);
    let bandwidth = silverman(&sorted)?;
    if points < 2 || !(high - low).is_finite() || low >= high {
        return None;
    }
    let cells = gather(&sorted, bandwidth / CELLS_PER_BANDWIDTH);
    let step = (high - low) / (points - 1) as f64;
    let x: Vec<f64> = (0..points).map(|i| if i + 1 == points { high } else { low + step * i as f64 }).collect();
    let scale = 1.0 / (sorted.len() as f64 * bandwidth * std::f64::consts::TAU.sqrt());
    let y = x.iter().map(|&at| scale * kernel_sum(&cells, at, bandwidth)).collect();
    Some(Density { x, y, bandwidth })
}

fn silverman(sorted: &[f64]) -> Option<f64> {
    let (first, last) = (sorted.first()?, sorted.last()?);
    if first >= last {
        return None;
    }
    let n = sorted.len() as f64;
    let mean = sorted.iter().sum::<f64>() / n;
    let std = (sorted.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let robust = (quantile_sorted(sorted, 0.75) - quantile_sorted(sorted, 0.25)) / 1.34;
    let spread = if robust > 0.0 { std.min(robust) } else { std };
    let bandwidth = 0.9 * spread * n.powf(-0.2);
    (bandwidth.is_finite() && bandwidth > 0.0).then_some(bandwidth)
}

/// Shares each value between the two nearest multiples of `cell`; only occupied cells are kept, so that an outlier costs
/// nothing.
fn gather(sorted: &[f64], cell: f64) -> Vec<(f64, f64)> {
    let origin = sorted.first().copied().unwrap_or(0.0);
    let mut cells: Vec<(f64, f64)> = Vec::new();
    let mut add = |index: f64, weight: f64| {
        let place = origin + index * cell;
        // Sorted values touch only the last cell and the one before it.
        match cells.iter_mut().rev().take(2).find(|(known, _)| *known == place) {
            Some((_, total)) => *total += weight,
            None => cells.push((place, weight)),
        }
    };
    for &value in sorted {
        let position = (value - origin) / cell;
        let below = position.floor();
        let share = position - below;
        add(below, 1.0 - share);
        if share > 0.0 {
            add(below + 1.0, share);
        }
    }
    cells
}

fn kernel_sum(cells: &[(f64, f64)], at: f64, bandwidth: f64) -> f64 {
    let from = cells.partition_point(|&(place, _)| place < at - REACH * bandwidth);
    cells[from..]
        .iter()
        .take_while(|&&(place, _)| place <= at + REACH * bandwidth)
        .map(|&(place, weight)| weight * (-0.5 * ((place - at) / bandwidth).powi(2)).exp())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [f64; 7] = [2.0, 4.0, 4.0, 5.0, 7.0, 9.0, 12.5];

    /// `np.exp(-.5*((t-a)/bw)**2).sum()/(n*bw*sqrt(2*pi))` at t = 0, 5, 10 with Silverman's `bw`, NumPy 2.4.6.
    #[test]
    fn agrees_with_the_direct_sum() {
        let d = density(&A, 3, 0.0, 10.0).unwrap();
        assert!((d.bandwidth - 1.820_447_230_031_142_7).abs() < 1e-12);
        for (found, expected) in
            d.y.iter().zip([0.023_462_433_797_482_39, 0.113_131_628_666_742_05, 0.048_163_909_408_057_63])
        {
            assert!((found - expected).abs() < 1e-3 * expected, "{found} {expected}");
        }
    }

    #[test]
    fn integrates_to_one() {
        let values: Vec<f64> = (0..5000).map(|i| (f64::from(i) * 0.37).sin() * 10.0 + f64::from(i % 7)).collect();
        let d = density(&values, 512, -30.0, 40.0).unwrap();
        let step = d.x[1] - d.x[0];
        let area: f64 = d.y.iter().sum::<f64>() * step;
        assert!((area - 1.0).abs() < 1e-6, "{area}");
        assert_eq!((d.x[0], d.x[511]), (-30.0, 40.0));
    }

    #[test]
    fn equal_quartiles_fall_back_to_the_deviation() {
        let d = density(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 9.0], 16, 0.0, 9.0).unwrap();
        assert!(d.bandwidth > 0.0 && d.y.iter().all(|y| y.is_finite()));
    }

    #[test]
    fn an_outlier_costs_neither_memory_nor_accuracy() {
        let mut values: Vec<f64> = (0..1000).map(f64::from).collect();
        values.push(1e15);
        assert!(density(&values, 64, 0.0, 1000.0).is_some());
    }

    #[test]
    fn rejects_what_has_no_density() {
        assert_eq!(density(&[], 10, 0.0, 1.0), None);
        assert_eq!(density(&[3.0, 3.0, f64::NAN], 10, 0.0, 1.0), None);
        assert_eq!(density(&A, 1, 0.0, 1.0), None);
        assert_eq!(density(&A, 10, 1.0, 1.0), None);
        assert_eq!(density(&A, 10, f64::NAN, 1.0), None);
        assert_eq!(density(&A, 10, 0.0, f64::INFINITY), None);
    }
}
