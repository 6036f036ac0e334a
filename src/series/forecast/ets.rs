//! Exponential smoothing as state space models (Hyndman, Koehler, Ord and Snyder 2008), in the forms that behave: additive errors with
//! additive seasons, and, for values above zero, multiplicative errors without or with multiplicative seasons.
//!
//! Smoothing parameters and first states are estimated together by maximum likelihood, in the usual bounds `0 < beta < alpha < 1`,
//! `0 < gamma < 1 - alpha`, `0.8 < phi < 0.98`.

use super::super::optimise::minimise;
use super::super::{Progress, SeriesError, check};
use super::Path;
use super::ets_form::State;
pub use super::ets_form::{Form, Trend};
use super::ets_start::{Scale, first_guess};

/// An estimated model.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) form: Form,
    pub(super) alpha: f64,
    pub(super) beta: f64,
    pub(super) gamma: f64,
    pub(super) phi: f64,
    first: State,
    last: State,
    /// Residual variance, relative for multiplicative errors, with the estimated numbers taken off the degrees of freedom.
    pub(super) variance: f64,
    pub(super) log_likelihood: f64,
    pub(super) aicc: f64,
    pub(super) fitted: Vec<f64>,
}

/// Fits every form that the series allows and keeps the one with the lowest AICc; seasonal forms need two seasons.
pub(super) fn choose(values: &[f64], period: usize, watch: &dyn Progress) -> Result<Fit, SeriesError> {
    let positive = values.iter().all(|value| *value > 0.0);
    let mut best: Option<Fit> = None;
    for multiplicative in [false, true] {
        for seasonal in [false, true] {
            for trend in [Trend::None, Trend::Additive, Trend::Damped] {
                let form = Form { multiplicative, trend, seasonal };
                if (multiplicative && !positive) || (seasonal && (period < 2 || values.len() < 2 * period)) {
                    continue;
                }
                check(watch)?;
                match fit(values, period, form, watch) {
                    Ok(found) if best.as_ref().is_none_or(|best| found.aicc < best.aicc) => best = Some(found),
                    Err(SeriesError::Cancelled) => return Err(SeriesError::Cancelled),
                    _ => {}
                }
            }
        }
    }
    let reason = "there are too few values for any form".to_owned();
    best.ok_or(SeriesError::Model { model: "exponential smoothing", reason })
}

/// Estimates one form.
pub(super) fn fit(values: &[f64], period: usize, form: Form, watch: &dyn Progress) -> Result<Fit, SeriesError> {
    const WHAT: &str = "exponential smoothing";
    let (n, count) = (values.len(), form.count(period));
    // The variance is one more number, and AICc divides by n - count - 2.
    if n < count + 3 {
        return Err(SeriesError::TooShort { what: WHAT, needed: count + 3, count: n });
    }
    let start = first_guess(values, period, form)?;
    let scale = Scale::new(values, &start);
    // A series that repeats itself exactly has no error; the likelihood stays finite all the same.
    let least = n as f64 * if form.multiplicative { 1e-20 } else { 1e-20 * scale.spread * scale.spread };
    let objective = |x: &[f64]| {
        let (fit, state) = read(&scale, x, form, period);
        let value = |(sum, logs, _): (f64, f64, State)| n as f64 * (sum.max(least) / n as f64).ln() + 2.0 * logs;
        run(values, &fit, state, None).map_or(f64::INFINITY, value)
    };
    let mut best: Option<(Vec<f64>, f64)> = None;
    // Quick and slow levels, with a trend that follows or hardly moves: the likelihood often has a top in each corner.
    for (alpha, beta) in [(0.1, 0.003), (0.4, 0.1)] {
        let found = minimise(&scale.start(alpha, beta, form), 300, watch, &objective)?;
        if best.as_ref().is_none_or(|best| found.1 < best.1) {
            best = Some(found);
        }
    }
    let failed = |reason: &str| SeriesError::Model { model: WHAT, reason: reason.to_owned() };
    let (x, value) = best.filter(|(_, value)| value.is_finite()).ok_or_else(|| failed("no parameters fit"))?;
    let (mut found, state) = read(&scale, &x, form, period);
    let mut fitted = Vec::with_capacity(n);
    let (sum, _, last) =
        run(values, &found, state.clone(), Some(&mut fitted)).ok_or_else(|| failed("no parameters fit"))?;
    let size = n as f64;
    found.variance = sum / (n - count) as f64;
    found.log_likelihood = -0.5 * (value + size * ((2.0 * std::f64::consts::PI).ln() + 1.0));
    let k = (count + 1) as f64;
    found.aicc = -2.0 * found.log_likelihood + 2.0 * k + 2.0 * k * (k + 1.0) / (size - k - 1.0);
    (found.first, found.last, found.fitted) = (state, last, fitted);
    Ok(found)
}

fn read(scale: &Scale, x: &[f64], form: Form, period: usize) -> (Fit, State) {
    let ([alpha, beta, gamma, phi], state) = scale.read(x, form, period);
    let (first, last, fitted) = (State::default(), State::default(), Vec::new());
    let (variance, log_likelihood, aicc) = (f64::NAN, f64::NAN, f64::NAN);
    (Fit { form, alpha, beta, gamma, phi, first, last, variance, log_likelihood, aicc, fitted }, state)
}

/// Sum of squared errors, sum of the logarithms of one-step forecasts for relative errors, and the state after the last value; `None`
/// when a forecast that divides is not positive.
fn run(values: &[f64], fit: &Fit, first: State, mut fitted: Option<&mut Vec<f64>>) -> Option<(f64, f64, State)> {
    let State { mut level, mut slope, mut season } = first;
    let (mut sum, mut logs, mut place) = (0.0, 0.0, 0);
    for value in values {
        let base = level + fit.phi * slope;
        let forecast = match (fit.form.seasonal, fit.form.multiplicative) {
            (false, _) => base,
            (true, false) => base + season[place],
            (true, true) => base * season[place],
        };
        let mut error = value - forecast;
        if fit.form.multiplicative {
            if forecast <= 0.0 || base <= 0.0 {
                return None;
            }
            error /= forecast;
            logs += forecast.ln();
        }
        sum += error * error;
        if let Some(fitted) = fitted.as_deref_mut() {
            fitted.push(forecast);
        }
        let unit = if fit.form.multiplicative { base } else { 1.0 };
        level = base + fit.alpha * error * unit;
        slope = fit.phi * slope + fit.beta * error * unit;
        if fit.form.seasonal {
            let unit = if fit.form.multiplicative { season[place] } else { 1.0 };
            season[place] += fit.gamma * error * unit;
            place = (place + 1) % season.len();
        }
    }
    season.rotate_left(place);
    sum.is_finite().then_some((sum, logs, State { level, slope, season }))
}

impl Fit {
    /// Forecasts with the variances of Hyndman, Koehler, Ord and Snyder (2008), chapter 6: class 1 (additive, table 6.1), class 2 (relative
    /// errors, equation 6.2) and class 3 (with a multiplicative season, section 6.4).
    pub(super) fn forecast(&self, horizon: usize) -> Path {
        let State { level, slope, season } = &self.last;
        let period = season.len().max(1);
        let (mut mean, mut variance, mut second): (Vec<f64>, Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new(), Vec::new());
        let (mut damped, mut power) = (0.0, 1.0);
        let mut weights: Vec<f64> = Vec::new();
        for step in 0..horizon {
            power *= self.phi;
            damped += power;
            let base = level + damped * slope;
            let place = season.get(step % period).copied();
            if self.form.multiplicative {
                let earlier: f64 = weights.iter().zip(second.iter().rev()).map(|(c, theta)| c * c * theta).sum();
                second.push(base * base + self.variance * earlier);
                let turns = (step / period) as i32;
                let season_spread = (1.0 + self.gamma * self.gamma * self.variance).powi(turns);
                let factor = place.unwrap_or(1.0);
                mean.push(base * factor);
                let spread = second[step] * (1.0 + self.variance) * season_spread - base * base;
                variance.push(factor * factor * spread.max(0.0));
            } else {
                mean.push(base + place.unwrap_or(0.0));
                variance.push(self.variance * (1.0 + weights.iter().map(|c| c * c).sum::<f64>()));
            }
            let whole_season = !season.is_empty() && !self.form.multiplicative && (step + 1).is_multiple_of(period);
            weights.push(self.alpha + self.beta * damped + if whole_season { self.gamma } else { 0.0 });
        }
        Path { mean, variance }
    }

    /// The estimates, as names and numbers.
    pub(super) fn parameters(&self) -> Vec<(String, f64)> {
        let mut list = vec![("alpha", self.alpha)];
        if self.form.trend != Trend::None {
            list.push(("beta", self.beta));
        }
        if self.form.trend == Trend::Damped {
            list.push(("phi", self.phi));
        }
        if self.form.seasonal {
            list.push(("gamma", self.gamma));
        }
        list.push(("first level", self.first.level));
        list.push(("AICc", self.aicc));
        list.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The level after the last value.
    pub(super) fn level(&self) -> f64 {
        self.last.level
    }
}

#[cfg(test)]
#[path = "ets_tests.rs"]
mod tests;
