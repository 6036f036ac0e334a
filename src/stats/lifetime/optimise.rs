//! Minimises a smooth function of a few variables inside a box.

/// What a minimisation found.
pub(super) struct Minimum<const N: usize> {
    /// Where.
    pub(super) at: [f64; N],
    /// The value there.
    pub(super) value: f64,
    /// Whether nothing is left to gain: the gradient vanishes but for variables held at an edge of the box, or many steps
    /// together gained nothing, as along a ridge that the data leave level.
    pub(super) converged: bool,
}

/// Variables, being logarithms, are sought from `-EDGE` to `EDGE`: parameters from 1e-5 to 1e5.
pub(super) const EDGE: f64 = 11.512_925_464_970_229;
/// A logarithm beyond this, a parameter below 1e-4 or above 1e4, was not found but fled to: the data do not determine it.
const UNDETERMINED: f64 = 9.210_340_371_976_184;

impl<const N: usize> Minimum<N> {
    /// Whether a variable ran away, towards an edge of the box.
    pub(super) fn is_undetermined(&self) -> bool {
        self.at.iter().any(|x| x.abs() > UNDETERMINED)
    }
}

const MAX_STEPS: usize = 400;
/// The gradient counts as zero below this; objectives are means per customer, so that their size is about 1.
const TOLERANCE: f64 = 1e-9;
/// Where no step descends, a gradient below this is what the rounding of the value hides.
const ROUNDING_SLOPE: f64 = 1e-4;
/// Over so many steps a gain counts as none when it is below [`NO_GAIN`].
const PATIENCE: usize = 20;
const NO_GAIN: f64 = 1e-9;
/// Variables are logarithms: one step changes a parameter at most by this power of e, lest a wild first step leaves the
/// basin that the start was chosen for.
const LONGEST_STEP: f64 = 2.0;

/// The quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno (Nocedal, Wright 2006, ch. 6), variables at an edge of the
/// box from `-EDGE` to `EDGE` being held while the gradient pushes them outward. `objective` gives value and gradient; a value
/// that is not finite is a step too far. Deterministic.
pub(super) fn minimise<const N: usize>(
    objective: impl Fn(&[f64; N]) -> (f64, [f64; N]),
    start: [f64; N],
) -> Minimum<N> {
    let mut x = start.map(|value| value.clamp(-EDGE, EDGE));
    let (mut value, mut gradient) = objective(&x);
    let mut inverse = identity::<N>();
    let (mut fresh, mut was_free) = (true, [true; N]);
    let mut earlier = value;
    for step in 1..=MAX_STEPS {
        if step % PATIENCE == 0 {
            if earlier - value < NO_GAIN {
                return Minimum { at: x, value, converged: value.is_finite() };
            }
            earlier = value;
        }
        let free: [bool; N] =
            std::array::from_fn(|i| !((x[i] <= -EDGE && gradient[i] > 0.0) || (x[i] >= EDGE && gradient[i] < 0.0)));
        let slope_of: [f64; N] = std::array::from_fn(|i| if free[i] { gradient[i] } else { 0.0 });
        if largest(&slope_of) < TOLERANCE {
            return Minimum { at: x, value, converged: value.is_finite() };
        }
        if free != was_free {
            (inverse, fresh, was_free) = (identity(), true, free);
        }
        let mut direction: [f64; N] = std::array::from_fn(|i| if free[i] { -dot(&inverse[i], &slope_of) } else { 0.0 });
        let descends = dot(&direction, &slope_of) < 0.0;
        if !descends {
            (inverse, fresh) = (identity(), true);
            direction = slope_of.map(|slope| -slope);
        }
        let scale = (LONGEST_STEP / largest(&direction)).min(1.0);
        let direction = direction.map(|part| part * scale);
        let Some((next, next_value, next_gradient)) =
            line_search(&objective, &x, value, &direction, dot(&direction, &slope_of))
        else {
            if fresh {
                // Not even the steepest descent descends: this is as low as rounding lets it go.
                return Minimum { at: x, value, converged: largest(&slope_of) < ROUNDING_SLOPE };
            }
            (inverse, fresh) = (identity(), true);
            continue;
        };
        let s: [f64; N] = std::array::from_fn(|i| next[i] - x[i]);
        let y: [f64; N] = std::array::from_fn(|i| if free[i] { next_gradient[i] - gradient[i] } else { 0.0 });
        let curvature = dot(&s, &y);
        if curvature > 1e-12 * (dot(&s, &s) * dot(&y, &y)).sqrt() {
            if fresh {
                // The first step tells the size of the inverse curvature; the identity knew nothing of it.
                let size = curvature / dot(&y, &y);
                inverse = std::array::from_fn(|i| std::array::from_fn(|j| if i == j { size } else { 0.0 }));
                fresh = false;
            }
            update(&mut inverse, &s, &y, curvature);
        }
        (x, value, gradient) = (next, next_value, next_gradient);
    }
    Minimum { at: x, value, converged: false }
}

/// Halves the step until the value falls as the slope promises (Armijo); `None` when no step does.
fn line_search<const N: usize>(
    objective: &impl Fn(&[f64; N]) -> (f64, [f64; N]),
    x: &[f64; N],
    value: f64,
    direction: &[f64; N],
    slope: f64,
) -> Option<([f64; N], f64, [f64; N])> {
    // Near the minimum a true descent is smaller than the rounding of the value: that much is forgiven.
    let rounding = 1e-15 * value.abs();
    let mut step = 1.0;
    for _ in 0..40 {
        let next: [f64; N] = std::array::from_fn(|i| (x[i] + step * direction[i]).clamp(-EDGE, EDGE));
        let (next_value, gradient) = objective(&next);
        if next_value.is_finite() && next_value <= value + 1e-4 * step * slope + rounding {
            return (next != *x).then_some((next, next_value, gradient));
        }
        step *= 0.5;
    }
    None
}

/// The inverse update of Broyden, Fletcher, Goldfarb and Shanno.
fn update<const N: usize>(inverse: &mut [[f64; N]; N], s: &[f64; N], y: &[f64; N], curvature: f64) {
    let hy: [f64; N] = std::array::from_fn(|i| dot(&inverse[i], y));
    let size = (1.0 + dot(y, &hy) / curvature) / curvature;
    for i in 0..N {
        for j in 0..N {
            inverse[i][j] += size * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
        }
    }
}

fn identity<const N: usize>() -> [[f64; N]; N] {
    std::array::from_fn(|i| std::array::from_fn(|j| if i == j { 1.0 } else { 0.0 }))
}

fn dot<const N: usize>(a: &[f64; N], b: &[f64; N]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest<const N: usize>(values: &[f64; N]) -> f64 {
    values.iter().fold(0.0, |max, value| value.abs().max(max))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rosenbrock's valley (1960) around `centre`, whose minimum is 0 at `(centre, 1)`.
    fn valley(x: &[f64; 2], centre: f64) -> (f64, [f64; 2]) {
        let along = x[0] - centre + 1.0;
        let (a, b) = (1.0 - along, x[1] - along * along);
        (a * a + 100.0 * b * b, [-2.0 * a - 400.0 * along * b, 200.0 * b])
    }

    #[test]
    fn follows_a_bent_valley() {
        let found = minimise(|x| valley(x, 1.0), [-1.2, 1.0]);
        assert!(found.converged && !found.is_undetermined() && found.value < 1e-15);
        assert!((found.at[0] - 1.0).abs() < 1e-7 && (found.at[1] - 1.0).abs() < 1e-7, "{:?}", found.at);
    }

    /// The minimum lies half a unit beyond the edge: the edge holds x, y is still optimised.
    #[test]
    fn stops_at_the_edge_of_the_box() {
        let found = minimise(|x| valley(x, EDGE + 0.5), [EDGE - 1.7, 0.4]);
        assert!(found.converged && found.is_undetermined());
        assert_eq!(found.at[0], EDGE);
        assert!((found.at[1] - 0.25).abs() < 1e-8, "{:?}", found.at);
    }

    #[test]
    fn an_endless_slope_is_left_when_it_gains_nothing() {
        let found = minimise(|x: &[f64; 1]| ((-5.0 * x[0]).exp(), [-5.0 * (-5.0 * x[0]).exp()]), [0.0]);
        assert!(found.converged && found.value < 1e-9, "{:?}", found.at);
    }

    #[test]
    fn an_objective_of_nan_does_not_converge() {
        let found = minimise(|_: &[f64; 1]| (f64::NAN, [f64::NAN]), [0.0]);
        assert!(!found.converged);
    }
}
