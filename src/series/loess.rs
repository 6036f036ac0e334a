//! Local linear regression at equal steps (Cleveland 1979), as STL uses it.

/// What one smoothing needs to know.
#[derive(Clone, Copy)]
pub(super) struct Loess<'a> {
    /// Number of neighbours that a fit uses; odd.
    pub(super) span: usize,
    /// Weights of the values from an earlier round; `None` for all 1.
    pub(super) robustness: Option<&'a [f64]>,
}

impl Loess<'_> {
    /// The smooth value at each value. `scratch` grows to the length of `values`.
    pub(super) fn smooth(&self, values: &[f64], smoothed: &mut [f64], scratch: &mut Vec<f64>) {
        let n = values.len();
        if n < 2 {
            smoothed[..n].copy_from_slice(values);
            return;
        }
        let span = self.span.min(n);
        let half = self.span.div_ceil(2);
        let mut left = 0;
        for at in 0..n {
            if self.span < n && at >= half && left + span < n {
                left += 1;
            }
            smoothed[at] = self.at(values, at as f64, left..left + span, scratch).unwrap_or(values[at]);
        }
    }

    /// The fit on the values of `window` at position `x`, counted from 0 and possibly outside; `None` when all weights are 0.
    pub(super) fn at(
        &self,
        values: &[f64],
        x: f64,
        window: std::ops::Range<usize>,
        weights: &mut Vec<f64>,
    ) -> Option<f64> {
        let n = values.len();
        let mut reach = (x - window.start as f64).max((window.end - 1) as f64 - x);
        if self.span > n {
            reach += ((self.span - n) / 2) as f64;
        }
        weights.clear();
        let mut total = 0.0;
        for at in window.clone() {
            let distance = (at as f64 - x).abs();
            let mut weight = 0.0;
            if distance <= 0.999 * reach {
                weight = if distance <= 0.001 * reach { 1.0 } else { tricube(distance / reach) };
                weight *= self.robustness.map_or(1.0, |robustness| robustness[at]);
            }
            total += weight;
            weights.push(weight);
        }
        if total <= 0.0 {
            return None;
        }
        for weight in weights.iter_mut() {
            *weight /= total;
        }
        let positions = || window.clone().map(|at| at as f64);
        let centre: f64 = weights.iter().zip(positions()).map(|(weight, at)| weight * at).sum();
        let spread: f64 = weights.iter().zip(positions()).map(|(weight, at)| weight * (at - centre).powi(2)).sum();
        // With all weight near one place there is no slope to estimate.
        if reach > 0.0 && spread.sqrt() > 0.001 * (n as f64 - 1.0) {
            let slope = (x - centre) / spread;
            weights.iter_mut().zip(positions()).for_each(|(weight, at)| *weight *= slope * (at - centre) + 1.0);
        }
        Some(weights.iter().zip(&values[window.clone()]).map(|(weight, value)| weight * value).sum())
    }
}

fn tricube(u: f64) -> f64 {
    (1.0 - u * u * u).powi(3)
}
