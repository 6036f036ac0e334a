//! Seasonal ARIMA (Box and Jenkins 1970), the coefficients by exact maximum likelihood. `search` finds the orders.

use super::super::optimise::minimise;
use super::super::verdict::difference;
use super::super::{Progress, SeriesError, is_constant, mean};
use super::Path;
use super::arma::{Filtered, Polynomials, advance, conditional, exact, from_partial, multiply};
use serde::{Deserialize, Serialize};

/// The orders of a model: `ARIMA(p, d, q)(P, D, Q)[period]`, and whether the differenced series has a mean other than 0 (a drift).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = ArimaOrders)]
pub struct Orders {
    /// Autoregressive terms.
    pub p: usize,
    /// Differences.
    pub d: usize,
    /// Moving average terms.
    pub q: usize,
    /// Seasonal autoregressive terms.
    pub seasonal_p: usize,
    /// Seasonal differences.
    pub seasonal_d: usize,
    /// Seasonal moving average terms.
    pub seasonal_q: usize,
    /// Whether there is a mean or drift.
    pub constant: bool,
}

impl Orders {
    /// The usual notation, such as `ARIMA(1,0,1)(0,1,1)[7] with drift`.
    #[must_use]
    pub fn name(self, period: usize) -> String {
        let Self { p, d, q, seasonal_p, seasonal_d, seasonal_q, constant } = self;
        let mut name = format!("ARIMA({p},{d},{q})");
        if seasonal_p + seasonal_d + seasonal_q > 0 {
            name += &format!("({seasonal_p},{seasonal_d},{seasonal_q})[{period}]");
        }
        if constant {
            name += if d + seasonal_d == 0 { " with mean" } else { " with drift" };
        }
        name
    }

    pub(super) fn count(self) -> usize {
        self.p + self.q + self.seasonal_p + self.seasonal_q + usize::from(self.constant)
    }
}

/// An estimated model.
pub(super) struct Fit {
    pub(super) orders: Orders,
    period: usize,
    polynomials: Polynomials,
    centre: f64,
    state: Vec<f64>,
    /// Innovation variance with the estimated coefficients taken off the degrees of freedom.
    pub(super) variance: f64,
    #[cfg_attr(not(test), expect(dead_code, reason = "compared with the reference in tests"))]
    pub(super) log_likelihood: f64,
    aicc: f64,
    /// One-step forecasts; NaN for the values that differencing uses up.
    pub(super) fitted: Vec<f64>,
    coefficients: Vec<(String, f64)>,
}

/// A differenced series and the orders to fit to it.
pub(super) struct Problem {
    orders: Orders,
    period: usize,
    pub(super) w: Vec<f64>,
    centre: f64,
    spread: f64,
}

impl Problem {
    pub(super) fn new(values: &[f64], period: usize, orders: Orders) -> Self {
        let mut w = values.to_vec();
        for _ in 0..orders.seasonal_d {
            w = difference(&w, period);
        }
        for _ in 0..orders.d {
            w = difference(&w, 1);
        }
        let centre = if orders.constant && !w.is_empty() { mean(&w) } else { 0.0 };
        let spread = (w.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / w.len().max(1) as f64).sqrt();
        Self { orders, period, centre, spread: if spread > 0.0 { spread } else { 1.0 }, w }
    }

    /// The polynomials and the mean of the differenced series, from numbers without bounds.
    fn read(&self, x: &[f64]) -> (Polynomials, f64) {
        let Orders { p, q, seasonal_p, seasonal_q, .. } = self.orders;
        let mut rest = x;
        let mut take = |count: usize| {
            let (head, tail) = rest.split_at(count.min(rest.len()));
            rest = tail;
            from_partial(&head.iter().map(|x| x.tanh()).collect::<Vec<f64>>())
        };
        let (ar, ma, seasonal_ar, seasonal_ma) = (take(p), take(q), take(seasonal_p), take(seasonal_q));
        let ma = multiply(&ma, &seasonal_ma, self.period).into_iter().map(|c| -c).collect();
        let centre = self.centre + rest.first().map_or(0.0, |x| x * self.spread);
        (Polynomials { ar: multiply(&ar, &seasonal_ar, self.period), ma }, centre)
    }

    /// Estimates the numbers; `None` when there are too few values for so many.
    pub(super) fn solve(&self, exactly: bool, watch: &dyn Progress) -> Result<Option<(Vec<f64>, f64)>, SeriesError> {
        let n = self.w.len();
        if n < self.orders.count() + 4 {
            return Ok(None);
        }
        let least = n as f64 * 1e-20 * self.spread * self.spread;
        let objective = |exactly: bool| {
            move |x: &[f64]| {
                let (polynomials, centre) = self.read(x);
                let u: Vec<f64> = self.w.iter().map(|w| w - centre).collect();
                let value = |sum: f64, logs: f64| n as f64 * (sum.max(least) / n as f64).ln() + logs;
                if exactly {
                    exact(&u, &polynomials).map_or(f64::INFINITY, |found| value(found.sum, found.logs))
                } else {
                    value(conditional(&u, &polynomials), 0.0)
                }
            }
        };
        let (mut x, mut value) = minimise(&vec![0.0; self.orders.count()], 100, watch, &objective(false))?;
        if exactly {
            // The conditional optimum can lie where the exact likelihood does not exist: then it starts from nothing.
            if self.near_the_edge(&x) {
                x.fill(0.0);
            }
            (x, value) = minimise(&x, 100, watch, &objective(true))?;
        }
        Ok(value.is_finite().then_some((x, value)))
    }

    /// Whether a partial autocorrelation is above 0.99: the model is about to lose a root, and one more difference or one term fewer says
    /// the same.
    pub(super) fn near_the_edge(&self, x: &[f64]) -> bool {
        let coefficients = self.orders.count() - usize::from(self.orders.constant);
        x.iter().take(coefficients).any(|x| x.tanh().abs() > 0.99)
    }

    pub(super) fn aicc(&self, value: f64) -> f64 {
        let (n, k) = (self.w.len() as f64, (self.orders.count() + 1) as f64);
        value + n * ((2.0 * std::f64::consts::PI).ln() + 1.0) + 2.0 * k + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    }
}

/// Estimates the coefficients of given orders by exact maximum likelihood.
pub(super) fn fit(values: &[f64], period: usize, orders: Orders, watch: &dyn Progress) -> Result<Fit, SeriesError> {
    const WHAT: &str = "ARIMA";
    let problem = Problem::new(values, period, orders);
    let n = problem.w.len();
    if n < orders.count() + 4 {
        let needed = values.len() - n + orders.count() + 4;
        return Err(SeriesError::TooShort { what: WHAT, needed, count: values.len() });
    }
    if is_constant(&problem.w) && orders.count() > usize::from(orders.constant) {
        return Err(SeriesError::Constant { what: "the autocorrelation that ARIMA describes" });
    }
    let failed =
        || SeriesError::Model { model: WHAT, reason: "the likelihood has no maximum that could be found".to_owned() };
    let (x, value) = problem.solve(true, watch)?.ok_or_else(failed)?;
    let (polynomials, centre) = problem.read(&x);
    let u: Vec<f64> = problem.w.iter().map(|w| w - centre).collect();
    let Filtered { sum, errors, state, .. } = exact(&u, &polynomials).ok_or_else(failed)?;
    let lost = values.len() - n;
    let mut fitted = vec![f64::NAN; lost];
    fitted.extend(values[lost..].iter().zip(&errors).map(|(value, error)| value - error));
    Ok(Fit {
        coefficients: named(&problem, &x, centre),
        orders,
        period,
        polynomials,
        centre,
        state,
        variance: sum / (n - orders.count()) as f64,
        log_likelihood: -0.5 * (value + n as f64 * ((2.0 * std::f64::consts::PI).ln() + 1.0)),
        aicc: problem.aicc(value),
        fitted,
    })
}

fn named(problem: &Problem, x: &[f64], centre: f64) -> Vec<(String, f64)> {
    let Orders { p, q, seasonal_p, seasonal_q, constant, .. } = problem.orders;
    let mut list = Vec::new();
    let mut at = 0;
    for (name, count, sign) in
        [("ar", p, 1.0), ("ma", q, -1.0), ("seasonal ar", seasonal_p, 1.0), ("seasonal ma", seasonal_q, -1.0)]
    {
        let partial: Vec<f64> = x[at..at + count].iter().map(|x| x.tanh()).collect();
        let coefficients = from_partial(&partial).into_iter().enumerate();
        list.extend(coefficients.map(|(i, c)| (format!("{name}{}", i + 1), sign * c)));
        at += count;
    }
    if constant {
        list.push(("mean of the differenced series".to_owned(), centre));
    }
    list
}

impl Fit {
    /// Forecasts; the variance `h` steps ahead is `sigma^2 sum(psi_j^2, j < h)` with the weights of the infinite moving average (Box and Jenkins
    /// 1970, section 5.1).
    pub(super) fn forecast(&self, values: &[f64], horizon: usize) -> Path {
        let differencing = {
            let ones = |count: usize| match count {
                0 => Vec::new(),
                1 => vec![1.0],
                _ => vec![2.0, -1.0],
            };
            multiply(&ones(self.orders.d), &ones(self.orders.seasonal_d), self.period)
        };
        let mut state = self.state.clone();
        let mut path = values.to_vec();
        for _ in 0..horizon {
            let past: f64 = differencing.iter().zip(path.iter().rev()).map(|(c, value)| c * value).sum();
            path.push(self.centre + state[0] + past);
            advance(&mut state, &self.polynomials.ar);
        }
        let ar = convolve(&self.polynomials.ar, &differencing);
        let mut psi = vec![1.0];
        for j in 1..horizon {
            let moving = self.polynomials.ma.get(j - 1).copied().unwrap_or(0.0);
            let past: f64 = ar.iter().zip(psi.iter().rev()).map(|(c, psi)| c * psi).sum();
            psi.push(moving + past);
        }
        let mut total = 0.0;
        let grow = |psi: f64| {
            total += psi * psi;
            self.variance * total
        };
        let variance = psi.into_iter().take(horizon).map(grow).collect();
        Path { mean: path.split_off(values.len()), variance }
    }

    /// The estimates, as names and numbers.
    pub(super) fn parameters(&self) -> Vec<(String, f64)> {
        let mut list = self.coefficients.clone();
        list.push(("AICc".to_owned(), self.aicc));
        list
    }
}

/// `1 - sum a_i B^i` times `1 - sum b_j B^j`, in the same notation.
fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut product = vec![0.0; a.len() + b.len()];
    product[..a.len()].copy_from_slice(a);
    for (j, b) in b.iter().enumerate() {
        product[j] += b;
        for (i, a) in a.iter().enumerate() {
            product[i + j + 1] -= a * b;
        }
    }
    product
}

#[cfg(test)]
#[path = "arima_tests.rs"]
mod tests;
