//! From dated values to regular series: days, ISO weeks, months, days of the week.
//!
//! Days are `i32` counted from 1970-01-01, as everywhere in the program. Sums leave missing values out and count them.

use super::SeriesError;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// The step of a regular series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = CalendarStep)]
pub enum Step {
    /// One day; a season is a week of 7.
    #[default]
    Day,
    /// An ISO 8601 week, from Monday; a season is a year of 52.
    Week,
    /// A calendar month; a season is a year of 12.
    Month,
}

impl Step {
    /// Steps in a season: 7 days, 52 weeks, 12 months.
    #[must_use]
    pub const fn period(self) -> usize {
        match self {
            Self::Day => 7,
            Self::Week => 52,
            Self::Month => 12,
        }
    }
}

/// What a step without any value is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gaps {
    /// 0: nothing was sold. Right for complete records of sales.
    #[default]
    Zero,
    /// NaN: not known.
    Missing,
}

/// Values at equal steps.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = RegularSeries)]
pub struct Regular {
    /// First day of the first step.
    pub start: i32,
    /// The step.
    pub step: Step,
    /// One value a step, without holes.
    pub values: Vec<f64>,
    /// Steps that had no value and were filled.
    pub filled: usize,
}

impl Regular {
    /// First day of step `index`, which may lie after the end of the series (a forecast); `None` beyond the calendar.
    #[must_use]
    pub fn day(&self, index: usize) -> Option<i32> {
        match self.step {
            Step::Day => self.start.checked_add(i32::try_from(index).ok()?),
            Step::Week => self.start.checked_add(i32::try_from(index).ok()?.checked_mul(7)?),
            Step::Month => month_start(month_of(self.start)?.checked_add(i32::try_from(index).ok()?)?),
        }
    }

    /// The first days of all steps.
    #[must_use]
    pub fn days(&self) -> Vec<i32> {
        (0..self.values.len()).map_while(|index| self.day(index)).collect()
    }
}

/// The most steps a series may have: 200 years of days.
const MOST: usize = 73_050;

/// Sums by day, from the first day that has a value to the last. Rows in any order.
///
/// # Errors
///
/// When the inputs differ in length, there is no row with a finite value, or the days span more than 200 years.
pub fn daily(days: &[i32], values: &[f64], gaps: Gaps) -> Result<Regular, SeriesError> {
    regular(days, values, Step::Day, gaps)
}

/// Sums by step, from the step of the first row with a finite value to that of the last. The first and last week or month may be cut short by
/// the ends of the record; [`whole_steps`] drops such ends.
///
/// # Errors
///
/// When the inputs differ in length, there is no row with a finite value, or the series would have more than 73,050 steps.
pub fn regular(days: &[i32], values: &[f64], step: Step, gaps: Gaps) -> Result<Regular, SeriesError> {
    if days.len() != values.len() {
        return Err(SeriesError::Lengths { what: "days and values", left: days.len(), right: values.len() });
    }
    let known = || days.iter().zip(values).filter(|(_, value)| value.is_finite());
    let range = known().map(|(day, _)| *day).fold(None, |range: Option<(i32, i32)>, day| {
        Some(range.map_or((day, day), |(first, last)| (first.min(day), last.max(day))))
    });
    let Some((first, last)) = range else {
        return Err(SeriesError::TooShort { what: "a series", needed: 1, count: 0 });
    };
    let outside = |day: i32| SeriesError::Parameter {
        parameter: "a day",
        allowed: "within the calendar and 200 years of the others",
        value: day.to_string(),
    };
    let start = index(first, step).ok_or_else(|| outside(first))?;
    let end = index(last, step).ok_or_else(|| outside(last))?;
    let count = usize::try_from(i64::from(end) - i64::from(start) + 1).unwrap_or(usize::MAX);
    if count > MOST {
        return Err(outside(last));
    }
    let mut sums = vec![0.0; count];
    let mut seen = vec![false; count];
    for (day, value) in known() {
        let Some(at) = index(*day, step).and_then(|at| usize::try_from(at - start).ok()) else {
            return Err(outside(*day));
        };
        sums[at] += value;
        seen[at] = true;
    }
    let filled = seen.iter().filter(|seen| !**seen).count();
    if gaps == Gaps::Missing {
        sums.iter_mut().zip(&seen).filter(|(_, seen)| !**seen).for_each(|(sum, _)| *sum = f64::NAN);
    }
    let start = first_day(start, step).ok_or_else(|| outside(first))?;
    Ok(Regular { start, step, values: sums, filled })
}

/// Number of the step in which a day lies.
fn index(day: i32, step: Step) -> Option<i32> {
    match step {
        Step::Day => Some(day),
        // 1970-01-01 was a Thursday, so that day -3 was a Monday.
        Step::Week => Some(day.checked_add(3)?.div_euclid(7)),
        Step::Month => month_of(day),
    }
}

fn first_day(index: i32, step: Step) -> Option<i32> {
    match step {
        Step::Day => Some(index),
        Step::Week => index.checked_mul(7)?.checked_sub(3),
        Step::Month => month_start(index),
    }
}

/// The months since January of year 0; `None` beyond the calendar.
pub(super) fn month_of(day: i32) -> Option<i32> {
    let date = NaiveDate::from_epoch_days(day)?;
    date.year().checked_mul(12)?.checked_add(date.month0() as i32)
}

/// The first day of a month.
pub(super) fn month_start(month: i32) -> Option<i32> {
    Some(NaiveDate::from_ymd_opt(month.div_euclid(12), month.rem_euclid(12) as u32 + 1, 1)?.to_epoch_days())
}

/// Drops a first and last week or month that the record from day `first` to day `last` covers only in part, so that an end is not mistaken
/// for a fall. Days stay as they are.
#[must_use]
pub fn whole_steps(series: &Regular, first: i32, last: i32) -> Regular {
    let count = series.values.len();
    let from = usize::from(count > 0 && series.day(0).is_some_and(|day| day < first));
    let cut = count > 0 && series.day(count).is_some_and(|next| i64::from(next) - 1 > i64::from(last));
    let to = (count - usize::from(cut)).max(from);
    let start = series.day(from).unwrap_or(series.start);
    Regular { start, step: series.step, values: series.values[from..to].to_vec(), filled: series.filled }
}

/// Sum and mean by day of the week.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Weekday {
    /// Number in the week: 0 is Monday, 6 is Sunday.
    pub weekday: usize,
    /// Sum of its values.
    pub sum: f64,
    /// Mean over its days, NaN when there are none.
    pub mean: f64,
    /// Number of such days with a value.
    pub days: usize,
}

/// Sums and means of a daily series by day of the week, Monday first. Missing days are left out; days filled with 0 count.
#[must_use]
pub fn weekdays(start: i32, values: &[f64]) -> Vec<Weekday> {
    let mut sums = [0.0; 7];
    let mut counts = [0_usize; 7];
    for (offset, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let weekday = (i64::from(start) + 3 + offset as i64).rem_euclid(7) as usize;
        sums[weekday] += value;
        counts[weekday] += 1;
    }
    let line = |weekday: usize| {
        let (sum, days) = (sums[weekday], counts[weekday]);
        Weekday { weekday, sum, mean: sum / days as f64, days }
    };
    (0..7).map(line).collect()
}

/// Which values a moving mean takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Window {
    /// As many before as after: shows when something happened, but is unknown at both ends.
    Centred,
    /// The value and those before it: known to the last day, but late by half its length.
    Trailing,
}

/// The mean of `length` neighbours, as `pandas.Series.rolling(length, center=...).mean()`: NaN where the window leaves the series or holds a
/// missing value. An even centred window reaches one step further back. All NaN when `length` is 0.
#[must_use]
pub fn moving_mean(values: &[f64], length: usize, window: Window) -> Vec<f64> {
    let after = if window == Window::Centred { length.saturating_sub(1) / 2 } else { 0 };
    let at = |t: usize| {
        let end = t.saturating_add(after).saturating_add(1);
        match end.checked_sub(length) {
            Some(from) if end <= values.len() && length > 0 => super::mean(&values[from..end]),
            _ => f64::NAN,
        }
    };
    (0..values.len()).map(at).collect()
}

/// Fills missing values on the straight line between their neighbours, and at the ends with the nearest value
/// (`pandas.Series.interpolate(limit_direction="both")`). Also the number filled. Without any finite value the series stays as it is.
#[must_use]
pub fn interpolate(values: &[f64]) -> (Vec<f64>, usize) {
    let known: Vec<usize> = (0..values.len()).filter(|&t| values[t].is_finite()).collect();
    let (Some(&first), Some(&last)) = (known.first(), known.last()) else {
        return (values.to_vec(), 0);
    };
    let mut filled = values.to_vec();
    filled[..first].fill(values[first]);
    filled[last..].fill(values[last]);
    for pair in known.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let slope = (values[to] - values[from]) / (to - from) as f64;
        for (steps, value) in filled[from + 1..to].iter_mut().enumerate() {
            *value = values[from] + slope * (steps + 1) as f64;
        }
    }
    (filled, values.len() - known.len())
}

/// An ISO date, such as 2021-12-09; `None` beyond the calendar.
#[must_use]
pub fn iso_date(day: i32) -> Option<String> {
    NaiveDate::from_epoch_days(day).map(|date| date.to_string())
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
