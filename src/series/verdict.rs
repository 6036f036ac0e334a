//! What the tests of stationarity say together, and the differences that follow from it.

use super::stationarity::{Around, Test, augmented_dickey_fuller, kpss};
use super::{SeriesError, Silent, complete, is_constant, stl};
use serde::{Deserialize, Serialize};

/// The share of false alarms that a test is allowed.
const LEVEL: f64 = 0.05;

/// What kind of series it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It moves around a fixed level: ADF rejects a unit root, KPSS does not reject the level.
    Stationary,
    /// It moves around a straight line: so say both tests with a line, but not both with a level.
    TrendStationary,
    /// Both tests reject: it neither wanders freely nor keeps a level. Differencing usually helps.
    DifferenceStationary,
    /// It wanders: ADF does not reject a unit root, KPSS rejects the level.
    NotStationary,
    /// Neither test rejects: the series is too short or too noisy to tell.
    Inconclusive,
}

impl Verdict {
    /// The verdict as a sentence.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Stationary => "Stationary: the series keeps returning to one level.",
            Self::TrendStationary => "Stationary around a straight line: the level rises or falls steadily.",
            Self::DifferenceStationary => {
                "Stationary after differencing: the level shifts, but changes from one step to the next keep to one level."
            }
            Self::NotStationary => "Not stationary: the level wanders and does not return.",
            Self::Inconclusive => {
                "Inconclusive: neither test can reject its hypothesis; there is too little data to tell."
            }
        }
    }
}

/// The four tests, what they say together, and how often to difference.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Stationarity {
    /// Augmented Dickey-Fuller around a level.
    pub adf: Test,
    /// KPSS around a level.
    pub kpss: Test,
    /// Augmented Dickey-Fuller around a line; absent when its regression has no unique solution.
    pub adf_line: Option<Test>,
    /// KPSS around a line; absent when nothing varies around it.
    pub kpss_line: Option<Test>,
    /// What they say together, each at 5 %.
    pub verdict: Verdict,
    /// The verdict as a sentence.
    pub sentence: String,
    /// Suggested number of differences, 0 to 2.
    pub differences: usize,
    /// Suggested number of seasonal differences, 0 or 1; absent without a season.
    pub seasonal_differences: Option<usize>,
}

/// Tests a series and says what follows. `period` is the length of the season, such as 7 for days; `None` for none.
///
/// # Errors
///
/// With missing values, fewer than 8 values, or when all are equal.
pub fn stationarity(values: &[f64], period: Option<usize>) -> Result<Stationarity, SeriesError> {
    let adf = augmented_dickey_fuller(values, Around::Level)?;
    let kpss_level = kpss(values, Around::Level)?;
    let adf_line = augmented_dickey_fuller(values, Around::Line).ok();
    let kpss_line = kpss(values, Around::Line).ok();
    let verdict = verdict(&adf, &kpss_level, adf_line.as_ref(), kpss_line.as_ref());
    let seasonal_differences = period.map(|period| seasonal_differences(values, period));
    let seasonally = match seasonal_differences {
        Some(1) => difference(values, period.unwrap_or(1)),
        _ => values.to_vec(),
    };
    Ok(Stationarity {
        adf,
        kpss: kpss_level,
        adf_line,
        kpss_line,
        verdict,
        sentence: verdict.sentence().to_owned(),
        differences: differences(&seasonally),
        seasonal_differences,
    })
}

/// Joins the tests at 5 %.
///
/// | ADF rejects | KPSS rejects | verdict |
/// |---|---|---|
/// | yes | no | stationary |
/// | no | no | inconclusive |
/// | yes | yes | trend-stationary if the tests with a line say so, else difference-stationary |
/// | no | yes | trend-stationary if the tests with a line say so, else not stationary |
fn verdict(adf: &Test, kpss: &Test, adf_line: Option<&Test>, kpss_line: Option<&Test>) -> Verdict {
    let around_line = adf_line.zip(kpss_line).is_some_and(|(adf, kpss)| adf.p < LEVEL && kpss.p >= LEVEL);
    match (adf.p < LEVEL, kpss.p < LEVEL) {
        (true, false) => Verdict::Stationary,
        (false, false) => Verdict::Inconclusive,
        (_, true) if around_line => Verdict::TrendStationary,
        (true, true) => Verdict::DifferenceStationary,
        (false, true) => Verdict::NotStationary,
    }
}

/// How often to difference until KPSS no longer rejects a level at 5 %: 0 to 2 (Hyndman and Khandakar 2008, section 3.1). 0 for series
/// that are too short, have gaps, or are constant.
#[must_use]
pub fn differences(values: &[f64]) -> usize {
    let mut current = values.to_vec();
    for times in 0..2 {
        if !kpss(&current, Around::Level).is_ok_and(|test| test.p < LEVEL) {
            return times;
        }
        current = difference(&current, 1);
    }
    2
}

/// 1 when the strength of the season in an STL decomposition is above 0.64, else 0 (Wang, Smith and Hyndman 2006; the rule of
/// `nsdiffs` in R's forecast). 0 for series shorter than two seasons, with gaps, or constant.
#[must_use]
pub fn seasonal_differences(values: &[f64], period: usize) -> usize {
    if complete("", values, 1).is_err() || is_constant(values) {
        return 0;
    }
    let parts = stl::stl(values, period, &stl::Settings::default(), &Silent);
    parts.map_or(0, |parts| usize::from(parts.seasonal_strength(0) > 0.64))
}

/// `x_t - x_(t - lag)`: lag 1 is the change from step to step, lag 7 the change from the same weekday a week before. `n - lag` values,
/// none when the series is not longer than `lag` or `lag` is 0; NaN where either value is missing.
#[must_use]
pub fn difference(values: &[f64], lag: usize) -> Vec<f64> {
    if lag == 0 || values.len() <= lag {
        return Vec::new();
    }
    values[lag..].iter().zip(values).map(|(later, earlier)| later - earlier).collect()
}

#[cfg(test)]
mod tests {
    use super::super::golden::{autoregressive, noise, petshop, walk, weekly};
    use super::*;

    #[test]
    fn names_the_kind_of_series() {
        let noise: Vec<f64> = noise(200, 9);
        assert_eq!(stationarity(&noise, None).unwrap().verdict, Verdict::Stationary);
        assert_eq!(stationarity(&noise, None).unwrap().differences, 0);
        assert_eq!(stationarity(&autoregressive(90), None).unwrap().verdict, Verdict::Stationary);
        let wandering = stationarity(&walk(80), None).unwrap();
        assert_eq!((wandering.verdict, wandering.differences), (Verdict::NotStationary, 1));
        let rising: Vec<f64> = noise.iter().enumerate().map(|(t, u)| t as f64 / 20.0 + u).collect();
        assert_eq!(stationarity(&rising, None).unwrap().verdict, Verdict::TrendStationary);
    }

    #[test]
    fn a_strong_season_is_differenced_away() {
        let found = stationarity(&weekly(140), Some(7)).unwrap();
        assert_eq!(found.seasonal_differences, Some(1));
        assert_eq!(seasonal_differences(&noise(140, 5), 7), 0);
        assert_eq!(seasonal_differences(&[1.0, 2.0, 3.0], 7), 0);
        assert_eq!(seasonal_differences(&[1.0; 30], 7), 0);
    }

    #[test]
    fn joins_the_tests() {
        let test = |p| Test { statistic: 0.0, p, p_is_limit: false, lags: 0, observations: 9, critical: [0.0; 3] };
        let (low, high) = (test(0.01), test(0.2));
        assert_eq!(verdict(&high, &high, Some(&low), Some(&high)), Verdict::Inconclusive);
        assert_eq!(verdict(&low, &low, Some(&high), Some(&high)), Verdict::DifferenceStationary);
        assert_eq!(verdict(&low, &low, Some(&low), Some(&high)), Verdict::TrendStationary);
        assert_eq!(verdict(&high, &low, None, None), Verdict::NotStationary);
    }

    #[test]
    fn differences_of_short_series() {
        assert_eq!(difference(&[1.0, 4.0, 9.0], 1), [3.0, 5.0]);
        assert_eq!(difference(&[1.0, 4.0, 9.0], 2), [8.0]);
        assert!(difference(&[1.0, 4.0], 2).is_empty() && difference(&[1.0], 0).is_empty());
        assert_eq!(differences(&[1.0, 2.0]), 0);
        let parabola: Vec<f64> = (0..50).map(|t| f64::from(t * t)).collect();
        assert_eq!(differences(&parabola), 2);
    }

    #[test]
    fn the_pet_shop_grew() {
        let Some(sales) = petshop("sale") else { return };
        let found = stationarity(&sales, Some(7)).unwrap();
        assert_eq!(found.verdict, Verdict::NotStationary);
        // The change from the same weekday a week before already keeps its level.
        assert_eq!((found.seasonal_differences, found.differences), (Some(1), 0));
        assert_eq!(stationarity(&sales, None).unwrap().differences, 1);
    }
}
