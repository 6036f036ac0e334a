//! The exact and the conditional likelihood of a stationary autoregressive moving average.

/// Polynomials of a multiplicative seasonal model, multiplied out: `u_t = sum ar_i u_(t-i) + e_t + sum ma_j e_(t-j)`.
#[derive(Clone, Debug, Default)]
pub(super) struct Polynomials {
    pub(super) ar: Vec<f64>,
    pub(super) ma: Vec<f64>,
}

/// Coefficients of a stationary autoregression from its partial autocorrelations (Monahan 1984), all in `(-1, 1)`.
pub(super) fn from_partial(partial: &[f64]) -> Vec<f64> {
    let mut coefficients: Vec<f64> = Vec::with_capacity(partial.len());
    for &last in partial {
        let mirrored: Vec<f64> = coefficients.iter().rev().copied().collect();
        coefficients.iter_mut().zip(mirrored).for_each(|(c, other)| *c -= last * other);
        coefficients.push(last);
    }
    coefficients
}

/// `1 - sum a_i B^i` times `1 - sum b_j B^(j period)`, as the coefficients after the 1 with their signs turned.
pub(super) fn multiply(short: &[f64], long: &[f64], period: usize) -> Vec<f64> {
    let mut product = vec![0.0; short.len() + long.len() * period];
    product[..short.len()].copy_from_slice(short);
    for (j, b) in long.iter().enumerate() {
        let at = (j + 1) * period;
        product[at - 1] += b;
        for (i, a) in short.iter().enumerate() {
            product[at + i] -= a * b;
        }
    }
    product
}

/// What a run over the values leaves behind.
pub(super) struct Filtered {
    /// Sum of squared standardised innovations.
    pub(super) sum: f64,
    /// Sum of the logarithms of their relative variances.
    pub(super) logs: f64,
    /// One-step errors.
    pub(super) errors: Vec<f64>,
    /// Forecasts of the next values are read off this state.
    pub(super) state: Vec<f64>,
}

/// The Kalman filter in Harvey's form (1989, section 3.3), started from the stationary distribution, so that the likelihood is exact. Once the
/// innovations' variance has settled the gain is kept. `None` when the distribution does not exist.
pub(super) fn exact(u: &[f64], polynomials: &Polynomials) -> Option<Filtered> {
    let size = polynomials.ar.len().max(polynomials.ma.len() + 1);
    let ar = padded(&polynomials.ar, size);
    let mut gain = vec![1.0];
    gain.extend(padded(&polynomials.ma, size - 1));
    let mut covariance = stationary(&ar, &gain)?;
    let mut state = vec![0.0; size];
    let (mut sum, mut logs) = (0.0, 0.0);
    let mut errors = Vec::with_capacity(u.len());
    let mut settled = false;
    let mut filtered = vec![0.0; size];
    for value in u {
        let error = value - state[0];
        errors.push(error);
        if settled {
            sum += error * error;
            state.iter_mut().zip(&gain).for_each(|(state, gain)| *state += gain * error);
        } else {
            let variance = covariance[0];
            if variance.is_nan() || variance <= 0.0 {
                return None;
            }
            sum += error * error / variance;
            logs += variance.ln();
            for (i, column) in filtered.iter_mut().enumerate() {
                *column = covariance[i * size];
                state[i] += *column * error / variance;
            }
            for i in 0..size {
                for j in 0..size {
                    covariance[i * size + j] -= filtered[i] * filtered[j] / variance;
                }
            }
            covariance = step(&covariance, &ar, &gain);
            settled = (covariance[0] - 1.0).abs() < 1e-11;
        }
        advance(&mut state, &ar);
    }
    sum.is_finite().then_some(Filtered { sum, logs, errors, state })
}

fn padded(values: &[f64], size: usize) -> Vec<f64> {
    values.iter().copied().chain(std::iter::repeat(0.0)).take(size).collect()
}

/// One step of the state without new information.
pub(super) fn advance(state: &mut [f64], ar: &[f64]) {
    let first = state[0];
    let size = state.len();
    for i in 0..size {
        let next = if i + 1 < size { state[i + 1] } else { 0.0 };
        state[i] = ar.get(i).copied().unwrap_or(0.0) * first + next;
    }
}

/// `T P T' + R R'` for the companion matrix `T`.
fn step(p: &[f64], ar: &[f64], gain: &[f64]) -> Vec<f64> {
    let size = ar.len();
    let at = |i: usize, j: usize| if i < size && j < size { p[i * size + j] } else { 0.0 };
    let mut next = vec![0.0; size * size];
    for i in 0..size {
        for j in 0..=i {
            let value = ar[i] * ar[j] * p[0]
                + ar[i] * at(0, j + 1)
                + ar[j] * at(i + 1, 0)
                + at(i + 1, j + 1)
                + gain[i] * gain[j];
            next[i * size + j] = value;
            next[j * size + i] = value;
        }
    }
    next
}

/// The covariance that a step does not change, `sum T^k R R' T'^k`, by doubling.
fn stationary(ar: &[f64], gain: &[f64]) -> Option<Vec<f64>> {
    let size = ar.len();
    let mut power = vec![0.0; size * size];
    for i in 0..size {
        power[i * size] = ar[i];
        if i + 1 < size {
            power[i * size + i + 1] = 1.0;
        }
    }
    let mut covariance: Vec<f64> = (0..size * size).map(|k| gain[k / size] * gain[k % size]).collect();
    for _ in 0..40 {
        let added = times_transposed(&times(&power, &covariance, size), &power, size);
        covariance.iter_mut().zip(&added).for_each(|(c, a)| *c += a);
        let largest = added.iter().fold(0.0_f64, |largest, a| largest.max(a.abs()));
        if !covariance[0].is_finite() {
            return None;
        }
        if largest <= 1e-14 * covariance[0] {
            return Some(covariance);
        }
        power = times(&power, &power, size);
    }
    None
}

fn times(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let mut product = vec![0.0; size * size];
    for i in 0..size {
        for k in 0..size {
            let factor = a[i * size + k];
            if factor != 0.0 {
                let row = &b[k * size..(k + 1) * size];
                product[i * size..(i + 1) * size].iter_mut().zip(row).for_each(|(p, b)| *p += factor * b);
            }
        }
    }
    product
}

fn times_transposed(a: &[f64], b: &[f64], size: usize) -> Vec<f64> {
    let row = |m: &[f64], i: usize| m[i * size..(i + 1) * size].to_vec();
    let mut product = Vec::with_capacity(size * size);
    for i in 0..size {
        let left = row(a, i);
        product
            .extend((0..size).map(|j| left.iter().zip(&b[j * size..(j + 1) * size]).map(|(a, b)| a * b).sum::<f64>()));
    }
    product
}

/// Sum of squared errors when everything before the first value is taken as 0.
pub(super) fn conditional(u: &[f64], polynomials: &Polynomials) -> f64 {
    let used = |list: &[f64]| -> Vec<(usize, f64)> {
        list.iter().enumerate().filter(|(_, c)| **c != 0.0).map(|(i, c)| (i + 1, *c)).collect()
    };
    let (ar, ma) = (used(&polynomials.ar), used(&polynomials.ma));
    let mut errors: Vec<f64> = Vec::with_capacity(u.len());
    for t in 0..u.len() {
        let past: f64 = ar.iter().take_while(|(lag, _)| *lag <= t).map(|(lag, c)| c * u[t - lag]).sum();
        let shocks: f64 = ma.iter().take_while(|(lag, _)| *lag <= t).map(|(lag, c)| c * errors[t - lag]).sum();
        errors.push(u[t] - past - shocks);
    }
    errors.iter().map(|e| e * e).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn multiplies_out_the_seasonal_polynomial() {
        // (1 - .5 B)(1 - .4 B^3) = 1 - .5 B - .4 B^3 + .2 B^4
        assert_eq!(multiply(&[0.5], &[0.4], 3), [0.5, 0.0, 0.4, -0.2]);
        assert_eq!(multiply(&[], &[], 7), [] as [f64; 0]);
    }

    #[test]
    fn starts_from_the_stationary_variance() {
        // Variance of an autoregression of order one: 1 / (1 - phi^2).
        let covariance = stationary(&[0.8], &[1.0]).unwrap();
        assert!((covariance[0] - 1.0 / 0.36).abs() < 1e-12);
        assert!(stationary(&[1.0], &[1.0]).is_none());
        // Of a moving average: 1 + theta^2.
        assert!((stationary(&[0.0, 0.0], &[1.0, 0.5]).unwrap()[0] - 1.25).abs() < 1e-15);
    }

    #[test]
    fn partial_autocorrelations_give_stationary_coefficients() {
        let found = from_partial(&[0.5, -0.3]);
        assert!((found[0] - 0.65).abs() < 1e-15 && (found[1] + 0.3).abs() < 1e-15);
    }
}
