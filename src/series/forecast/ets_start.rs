//! Where the estimation of exponential smoothing starts, and how its numbers are scaled.

use super::super::decompose::{self, classical};
use super::super::least_squares::line;
use super::super::optimise::{between, from_between};
use super::super::{SeriesError, mean};
use super::ets_form::{Form, State, Trend};

/// Level, slope and season of the first few seasons.
pub(super) fn first_guess(values: &[f64], period: usize, form: Form) -> Result<State, SeriesError> {
    let neutral = f64::from(u8::from(form.multiplicative));
    let season = if form.seasonal {
        let kind = if form.multiplicative { decompose::Form::Multiplicative } else { decompose::Form::Additive };
        classical(values, period, kind)?.seasonal[0][..period].to_vec()
    } else {
        vec![neutral; period.max(1)]
    };
    let adjust = |(t, value): (usize, &f64)| {
        let season = season[t % season.len()];
        if form.multiplicative { value / season } else { value - season }
    };
    let stretch = values.len().min((3 * period).max(10));
    let adjusted: Vec<f64> = values[..stretch].iter().enumerate().map(adjust).collect();
    let (level, slope) = if form.trend == Trend::None { (mean(&adjusted), 0.0) } else { line(&adjusted) };
    let level = if form.multiplicative && level <= 0.0 { mean(&adjusted) } else { level };
    Ok(State { level, slope, season: if form.seasonal { season } else { Vec::new() } })
}

/// Brings the numbers to estimate to a size around 1.
pub(super) struct Scale {
    pub(super) spread: f64,
    start: State,
}

impl Scale {
    pub(super) fn new(values: &[f64], start: &State) -> Self {
        let centre = mean(values);
        let spread = (values.iter().map(|value| (value - centre).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
        Self { spread: if spread > 0.0 { spread } else { 1.0 }, start: start.clone() }
    }

    /// The numbers to start from, with this alpha and this share of it as beta.
    pub(super) fn start(&self, alpha: f64, beta: f64, form: Form) -> Vec<f64> {
        let mut x = vec![from_between(1e-4, 0.9999, alpha)];
        if form.trend != Trend::None {
            x.push(from_between(1e-4, 0.9999, beta));
        }
        if form.trend == Trend::Damped {
            x.push(1.0);
        }
        if form.seasonal {
            x.push(-3.0);
        }
        let states = 1 + usize::from(form.trend != Trend::None) + self.start.season.len().saturating_sub(1);
        x.extend(std::iter::repeat_n(0.0, states));
        x
    }

    /// Alpha, beta, gamma and phi within their bounds, and the first states.
    pub(super) fn read(&self, x: &[f64], form: Form, period: usize) -> ([f64; 4], State) {
        let mut numbers = x.iter().copied();
        let mut next = || numbers.next().unwrap_or(0.0);
        let alpha = between(1e-4, 0.9999, next());
        let beta = if form.trend == Trend::None { 0.0 } else { alpha * between(1e-4, 0.9999, next()) };
        let phi = if form.trend == Trend::Damped { between(0.8, 0.98, next()) } else { 1.0 };
        let gamma = if form.seasonal { (1.0 - alpha) * between(1e-4, 0.9999, next()) } else { 0.0 };
        let level = self.start.level + self.spread * next();
        // A slope acts over many steps, so that its unit is smaller.
        let slope = if form.trend == Trend::None { 0.0 } else { self.start.slope + 0.05 * self.spread * next() };
        let mut season = self.start.season.clone();
        if form.seasonal {
            let unit = if form.multiplicative { 0.3 } else { self.spread };
            let target = if form.multiplicative { period as f64 } else { 0.0 };
            for value in &mut season[1..] {
                *value += unit * next();
            }
            season[0] = target - season[1..].iter().sum::<f64>();
        }
        ([alpha, beta, gamma, phi], State { level, slope, season })
    }
}
