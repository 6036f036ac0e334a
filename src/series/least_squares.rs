//! Ordinary least squares by Householder's QR decomposition, which keeps digits that normal equations lose.

/// A fit of `y` on columns, kept so that the fits on the first 1, 2, ... columns can be read off it.
pub(super) struct Fit {
    /// Upper triangle, by column.
    r: Vec<Vec<f64>>,
    /// `Q' y`.
    projected: Vec<f64>,
}

impl Fit {
    /// Decomposes the columns, each as long as `y`; `None` when there are not more rows than columns, or a column is a
    /// combination of those before it (to 1e-12 of its length).
    pub(super) fn new(mut columns: Vec<Vec<f64>>, y: &[f64]) -> Option<Self> {
        let (rows, count) = (y.len(), columns.len());
        if rows <= count || columns.iter().any(|column| column.len() != rows) {
            return None;
        }
        let mut projected = y.to_vec();
        for k in 0..count {
            let whole = norm(&columns[k]);
            let length = norm(&columns[k][k..]);
            if length.is_nan() || length <= 1e-12 * whole {
                return None;
            }
            let diagonal = if columns[k][k] > 0.0 { -length } else { length };
            let mut v = columns[k][k..].to_vec();
            v[0] -= diagonal;
            let square: f64 = v.iter().map(|x| x * x).sum();
            let reflect = |target: &mut [f64]| {
                let factor = 2.0 * dot(&v, target) / square;
                target.iter_mut().zip(&v).for_each(|(value, v)| *value -= factor * v);
            };
            columns[k + 1..].iter_mut().for_each(|column| reflect(&mut column[k..]));
            reflect(&mut projected[k..]);
            columns[k][k] = diagonal;
        }
        Some(Self { r: columns, projected })
    }

    /// Residual sum of squares of the fit on the first `count` columns.
    pub(super) fn residual_sum_of_squares(&self, count: usize) -> f64 {
        self.projected.iter().skip(count).map(|x| x * x).sum()
    }

    /// The last coefficient divided by its standard error; NaN for a perfect fit.
    pub(super) fn last_t(&self) -> f64 {
        let count = self.r.len();
        let freedom = (self.projected.len() - count) as f64;
        let deviation = (self.residual_sum_of_squares(count) / freedom).sqrt();
        let last = count.saturating_sub(1);
        let ratio = self.projected[last] * self.r[last][last].signum() / deviation;
        if ratio.is_finite() { ratio } else { f64::NAN }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Intercept and slope of the line through `values` at 0, 1, ...; slope 0 for fewer than two values.
pub(super) fn line(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = super::mean(values);
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let middle = (n - 1.0) / 2.0;
    let products: f64 = values.iter().enumerate().map(|(t, value)| (t as f64 - middle) * (value - mean)).sum();
    let slope = products / (n * (n * n - 1.0) / 12.0);
    (mean - slope * middle, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovers_an_exact_combination() {
        let x: Vec<f64> = (0..6).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 3.0 - 2.0 * x).collect();
        let fit = Fit::new(vec![vec![1.0; 6], x.clone()], &y).unwrap();
        assert!(fit.residual_sum_of_squares(2) < 1e-24);
        let (intercept, slope) = line(&y);
        assert!((intercept - 3.0).abs() < 1e-12 && (slope + 2.0).abs() < 1e-12);
    }

    #[test]
    fn refuses_repeated_columns_and_too_few_rows() {
        assert!(Fit::new(vec![vec![1.0; 3], vec![2.0; 3]], &[1.0, 2.0, 4.0]).is_none());
        assert!(Fit::new(vec![vec![1.0; 2], vec![1.0, 2.0]], &[1.0, 2.0]).is_none());
    }
}
