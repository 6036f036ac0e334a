//! Seasonal and trend decomposition by local regression, for one season (STL) or several (MSTL).
//!
//! Follows the Fortran of Cleveland, Cleveland, McRae and Terpenning (1990) as statsmodels does, degree 1 everywhere. anofox-forecast
//! 0.19 smooths with a weighted mean instead of a local line and shrinks its windows at the ends, so its trend lags at both ends (see
//! `docs/METHODS.md` for what was measured); hence our own.

use super::decompose::{Decomposition, Form, enough};
use super::loess::Loess;
use super::{Progress, SeriesError, check};
use serde::{Deserialize, Serialize};

/// How STL smooths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Seasons that a seasonal value is smoothed over; odd, 3 or more. The larger, the less the season may change.
    pub seasonal: usize,
    /// Steps that the trend is smoothed over; odd and longer than the season. `None`: the smallest odd number not below
    /// `1.5 period / (1 - 1.5 / seasonal)`.
    pub trend: Option<usize>,
    /// Whether outliers are weighed down: 15 rounds of 2 instead of one of 5.
    pub robust: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { seasonal: 7, trend: None, robust: false }
    }
}

/// Splits a series into trend, season and remainder (`statsmodels.tsa.seasonal.STL(x, period, seasonal, trend, robust).fit()`). No
/// value is missing at the ends. Asks `watch` between rounds.
///
/// # Errors
///
/// With missing values, fewer than two seasons, a period below 2, or windows that are even or too short; when cancelled.
pub fn stl(
    values: &[f64],
    period: usize,
    settings: &Settings,
    watch: &dyn Progress,
) -> Result<Decomposition, SeriesError> {
    enough(values, period)?;
    let mut fit = Fit::new(values, period, settings)?;
    fit.run(watch)?;
    let remainder = (0..values.len()).map(|t| values[t] - fit.seasonal[t] - fit.trend[t]).collect();
    Ok(Decomposition {
        form: Form::Additive,
        periods: vec![period],
        trend: fit.trend,
        seasonal: vec![fit.seasonal],
        remainder,
    })
}

/// Splits a series into trend, one seasonal component a period, and remainder (Bandara, Hyndman and Bergmeir 2021;
/// `statsmodels.tsa.seasonal.MSTL(x, periods).fit()` with windows 11, 15, ... and two rounds). Periods are taken in ascending order, once
/// each.
///
/// # Errors
///
/// As [`stl`], for the longest period; without any period.
pub fn mstl(
    values: &[f64],
    periods: &[usize],
    robust: bool,
    watch: &dyn Progress,
) -> Result<Decomposition, SeriesError> {
    let mut periods = periods.to_vec();
    periods.sort_unstable();
    periods.dedup();
    let Some(&longest) = periods.last() else {
        let allowed = "one period or more";
        return Err(SeriesError::Parameter { parameter: "the list of periods", allowed, value: "empty".to_owned() });
    };
    enough(values, longest)?;
    let mut seasonal = vec![vec![0.0; values.len()]; periods.len()];
    let mut trend = Vec::new();
    let mut rest = values.to_vec();
    let rounds = if periods.len() == 1 { 1 } else { 2 };
    for round in 0..rounds {
        for (i, &period) in periods.iter().enumerate() {
            watch.progress((round * periods.len() + i) as f64 / (rounds * periods.len()) as f64, "Decomposing");
            rest.iter_mut().zip(&seasonal[i]).for_each(|(rest, season)| *rest += season);
            let mut fit = Fit::new(&rest, period, &Settings { seasonal: 11 + 4 * i, trend: None, robust })?;
            fit.run(watch)?;
            (trend, seasonal[i]) = (fit.trend, fit.seasonal);
            rest.iter_mut().zip(&seasonal[i]).for_each(|(rest, season)| *rest -= season);
        }
    }
    let remainder = rest.iter().zip(&trend).map(|(rest, trend)| rest - trend).collect();
    Ok(Decomposition { form: Form::Additive, periods, trend, seasonal, remainder })
}

struct Fit<'a> {
    values: &'a [f64],
    period: usize,
    seasonal_span: usize,
    trend_span: usize,
    low_pass_span: usize,
    robust: bool,
    trend: Vec<f64>,
    seasonal: Vec<f64>,
    robustness: Option<Vec<f64>>,
    scratch: Vec<f64>,
}

impl<'a> Fit<'a> {
    fn new(values: &'a [f64], period: usize, settings: &Settings) -> Result<Self, SeriesError> {
        let odd = |parameter, allowed, value: usize, least: usize| {
            if value % 2 == 1 && value >= least {
                Ok(value)
            } else {
                Err(SeriesError::Parameter { parameter, allowed, value: value.to_string() })
            }
        };
        let seasonal_span = odd("the seasonal window", "odd and at least 3", settings.seasonal, 3)?;
        let automatic = (1.5 * period as f64 / (1.0 - 1.5 / seasonal_span as f64)).ceil() as usize | 1;
        let trend_span = settings.trend.unwrap_or(automatic);
        let trend_span = odd("the trend window", "odd and longer than the season", trend_span, period + 1)?;
        let n = values.len();
        Ok(Self {
            values,
            period,
            seasonal_span,
            trend_span,
            low_pass_span: (period + 1) | 1,
            robust: settings.robust,
            trend: vec![0.0; n],
            seasonal: vec![0.0; n],
            robustness: None,
            scratch: Vec::new(),
        })
    }

    fn run(&mut self, watch: &dyn Progress) -> Result<(), SeriesError> {
        let (outer, inner) = if self.robust { (15, 2) } else { (0, 5) };
        for round in 0..=outer {
            for _ in 0..inner {
                check(watch)?;
                self.inner_round();
            }
            if round < outer {
                self.weigh();
            }
        }
        Ok(())
    }

    fn inner_round(&mut self) {
        let (n, period) = (self.values.len(), self.period);
        let detrended: Vec<f64> = self.values.iter().zip(&self.trend).map(|(value, trend)| value - trend).collect();
        let cycle = self.smooth_seasons(&detrended);
        let averaged = moving_average(&moving_average(&moving_average(&cycle, period), period), 3);
        let mut low = vec![0.0; n];
        Loess { span: self.low_pass_span, robustness: None }.smooth(&averaged, &mut low, &mut self.scratch);
        for (t, season) in self.seasonal.iter_mut().enumerate() {
            *season = cycle[period + t] - low[t];
        }
        let adjusted: Vec<f64> = self.values.iter().zip(&self.seasonal).map(|(value, season)| value - season).collect();
        let trend = Loess { span: self.trend_span, robustness: self.robustness.as_deref() };
        trend.smooth(&adjusted, &mut self.trend, &mut self.scratch);
    }

    /// Smooths the values of each place in the season over the seasons, and extends each by one season at both ends.
    fn smooth_seasons(&mut self, detrended: &[f64]) -> Vec<f64> {
        let (n, period) = (detrended.len(), self.period);
        let mut cycle = vec![0.0; n + 2 * period];
        for place in 0..period {
            let values: Vec<f64> = detrended.iter().skip(place).step_by(period).copied().collect();
            let weights: Option<Vec<f64>> =
                self.robustness.as_ref().map(|all| all.iter().skip(place).step_by(period).copied().collect());
            let loess = Loess { span: self.seasonal_span, robustness: weights.as_deref() };
            let count = values.len();
            let mut smooth = vec![0.0; count + 2];
            loess.smooth(&values, &mut smooth[1..=count], &mut self.scratch);
            let first = loess.at(&values, -1.0, 0..self.seasonal_span.min(count), &mut self.scratch);
            smooth[0] = first.unwrap_or(smooth[1]);
            let last = count.saturating_sub(self.seasonal_span)..count;
            let last = loess.at(&values, count as f64, last, &mut self.scratch);
            smooth[count + 1] = last.unwrap_or(smooth[count]);
            cycle.iter_mut().skip(place).step_by(period).zip(smooth).for_each(|(cycle, smooth)| *cycle = smooth);
        }
        cycle
    }

    /// Bisquare weights of the remainder, zero beyond six median absolute remainders.
    fn weigh(&mut self) {
        let remainder = |t: usize| (self.values[t] - self.trend[t] - self.seasonal[t]).abs();
        let sizes: Vec<f64> = (0..self.values.len()).map(remainder).collect();
        let limit = 6.0 * crate::stats::describe::median(&sizes);
        let weight = |size: &f64| {
            if limit == 0.0 || *size <= 0.001 * limit {
                1.0
            } else if *size <= 0.999 * limit {
                (1.0 - (size / limit).powi(2)).powi(2)
            } else {
                0.0
            }
        };
        self.robustness = Some(sizes.iter().map(weight).collect());
    }
}

/// Means of `length` neighbours: `n - length + 1` values.
fn moving_average(values: &[f64], length: usize) -> Vec<f64> {
    let mut sum: f64 = values[..length].iter().sum();
    let mut averages = vec![sum / length as f64];
    for (entering, leaving) in values[length..].iter().zip(values) {
        sum += entering - leaving;
        averages.push(sum / length as f64);
    }
    averages
}

#[cfg(test)]
#[path = "stl_tests.rs"]
mod tests;
