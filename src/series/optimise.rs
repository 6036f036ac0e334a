//! Minimising a smooth function of a few numbers.

use super::{Progress, SeriesError, check};

/// The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno (1970) with central differences and backtracking; numbers should be
/// about 1 in size. Values that are not finite count as infinitely bad. Returns the best point and its value; asks `watch` every round.
pub(super) fn minimise(
    start: &[f64],
    rounds: usize,
    watch: &dyn Progress,
    objective: &dyn Fn(&[f64]) -> f64,
) -> Result<(Vec<f64>, f64), SeriesError> {
    let f = |x: &[f64]| Some(objective(x)).filter(|value| value.is_finite()).unwrap_or(f64::INFINITY);
    let n = start.len();
    let mut x = start.to_vec();
    let mut value = f(&x);
    if n == 0 || value.is_infinite() {
        return Ok((x, value));
    }
    let mut slope = gradient(&x, value, &f);
    let mut inverse = identity(n);
    let mut calm = 0;
    for _ in 0..rounds {
        check(watch)?;
        let mut direction: Vec<f64> = inverse.iter().map(|row| -dot(row, &slope)).collect();
        if dot(&direction, &slope) >= 0.0 {
            inverse = identity(n);
            direction = slope.iter().map(|s| -s).collect();
        }
        // No number moves by more than 2 in a round: the functions are steep far from their minimum.
        let longest = direction.iter().fold(0.0_f64, |longest, d| longest.max(d.abs()));
        let mut step = if longest > 2.0 { 2.0 / longest } else { 1.0 };
        let descent = dot(&direction, &slope);
        let mut found = None;
        for _ in 0..40 {
            let next: Vec<f64> = x.iter().zip(&direction).map(|(x, d)| x + step * d).collect();
            let at = f(&next);
            if at <= value + 1e-4 * step * descent {
                found = Some((next, at));
                break;
            }
            step *= 0.5;
        }
        let Some((next, at)) = found else { break };
        let next_slope = gradient(&next, at, &f);
        let moved: Vec<f64> = next.iter().zip(&x).map(|(a, b)| a - b).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(a, b)| a - b).collect();
        update(&mut inverse, &moved, &turned);
        calm = if value - at < 1e-9 * (1.0 + at.abs()) { calm + 1 } else { 0 };
        (x, value, slope) = (next, at, next_slope);
        if calm >= 3 || slope.iter().all(|s| s.abs() < 1e-7) {
            break;
        }
    }
    Ok((x, value))
}

/// Central differences; one-sided where a neighbour is infinitely bad.
fn gradient(x: &[f64], value: f64, f: &dyn Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut at = x.to_vec();
    (0..x.len())
        .map(|i| {
            let step = 1e-5 * x[i].abs().max(1.0);
            at[i] = x[i] + step;
            let above = f(&at);
            at[i] = x[i] - step;
            let below = f(&at);
            at[i] = x[i];
            match (above.is_finite(), below.is_finite()) {
                (true, true) => (above - below) / (2.0 * step),
                (true, false) => (above - value) / step,
                (false, true) => (value - below) / step,
                (false, false) => 0.0,
            }
        })
        .collect()
}

fn update(inverse: &mut [Vec<f64>], moved: &[f64], turned: &[f64]) {
    let curvature = dot(moved, turned);
    if curvature <= 1e-12 * (dot(moved, moved) * dot(turned, turned)).sqrt() {
        return;
    }
    let image: Vec<f64> = inverse.iter().map(|row| dot(row, turned)).collect();
    let factor = (1.0 + dot(turned, &image) / curvature) / curvature;
    for (i, row) in inverse.iter_mut().enumerate() {
        for (j, cell) in row.iter_mut().enumerate() {
            *cell += factor * moved[i] * moved[j] - (image[i] * moved[j] + moved[i] * image[j]) / curvature;
        }
    }
}

fn identity(n: usize) -> Vec<Vec<f64>> {
    (0..n).map(|i| (0..n).map(|j| f64::from(u8::from(i == j))).collect()).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// From all numbers to those between `low` and `high`.
pub(super) fn between(low: f64, high: f64, x: f64) -> f64 {
    low + (high - low) / (1.0 + (-x.clamp(-40.0, 40.0)).exp())
}

/// Undoes [`between`], at most 12 in size.
pub(super) fn from_between(low: f64, high: f64, value: f64) -> f64 {
    let share = (value - low) / (high - low);
    (share / (1.0 - share)).ln().clamp(-12.0, 12.0)
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::*;

    #[test]
    fn finds_the_bottom_of_a_curved_valley() {
        let rosenbrock = |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let (x, value) = minimise(&[-1.2, 1.0], 500, &Silent, &rosenbrock).unwrap();
        assert!(value < 1e-8 && (x[0] - 1.0).abs() < 1e-3, "{x:?} {value}");
    }

    #[test]
    fn walls_and_nonsense_are_avoided() {
        let wall = |x: &[f64]| if x[0] <= 0.0 { f64::NAN } else { x[0] - x[0].ln() };
        let (x, _) = minimise(&[5.0], 100, &Silent, &wall).unwrap();
        assert!((x[0] - 1.0).abs() < 1e-4);
        assert!(minimise(&[-1.0], 100, &Silent, &wall).unwrap().1.is_infinite());
        assert!((from_between(0.0, 1.0, between(0.0, 1.0, 0.7)) - 0.7).abs() < 1e-12);
    }
}
