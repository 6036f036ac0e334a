//! Dates in text, read without guessing: the order of day, month and year comes from the manifest
//! or from the whole column, and a column that allows two readings is refused.
//!
//! A day is a count from 1970-01-01, the form in which the rest of the program holds dates.

use chrono::{Datelike, NaiveDate};

use serde::{Deserialize, Serialize};

/// Order of the parts of a date in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31-12-2024
    DayMonthYear,
    /// 12-31-2024
    MonthDayYear,
    /// 2024-12-31
    YearMonthDay,
}

const EPOCH_FROM_CE: i32 = 719_163;

/// Why no order of day, month and year could be told from a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderProblem {
    /// Every value fits day first as well as month first.
    Ambiguous {
        /// A value that shows it.
        example: String,
    },
    /// One value only fits day first, another only month first.
    Contradictory {
        /// A value that must be day first.
        day_first: String,
        /// A value that must be month first.
        month_first: String,
    },
    /// No value looks like a date with a four-digit year.
    NotDates,
}

impl std::fmt::Display for OrderProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ambiguous { example } => write!(
                f,
                "dates such as {example} can be read day first or month first; set date_order = \"day-month-year\" or \"month-day-year\" in the manifest's [[table]]"
            ),
            Self::Contradictory { day_first, month_first } => write!(
                f,
                "{day_first} must be day first but {month_first} must be month first; make the file use one order"
            ),
            Self::NotDates => f.write_str(
                "no value is a date with a four-digit year such as 2024-12-31 or 31.12.2024; set another role",
            ),
        }
    }
}

/// The three numbers of a date in text, with the position of the four-digit year.
fn parts(text: &str) -> Option<([u32; 3], bool)> {
    let day_part = text.trim().split(['T', ' ']).next()?;
    let separator = day_part.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let mut numbers = [0; 3];
    let mut lengths = [0; 3];
    let mut pieces = day_part.split(separator);
    for (number, length) in numbers.iter_mut().zip(&mut lengths) {
        let piece = pieces.next()?;
        if piece.is_empty() || piece.len() > 4 || !piece.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        *number = piece.parse().ok()?;
        *length = piece.len();
    }
    if pieces.next().is_some() {
        return None;
    }
    match lengths {
        [4, 1..=2, 1..=2] => Some((numbers, true)),
        [1..=2, 1..=2, 4] => Some((numbers, false)),
        _ => None,
    }
}

fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.num_days_from_ce() - EPOCH_FROM_CE)
}

/// Days since 1970-01-01 of a date in the given order; a time of day after it is ignored.
///
/// `None` when the text is no such date.
#[must_use]
pub fn parse(text: &str, order: DateOrder) -> Option<i32> {
    let ([a, b, c], year_first) = parts(text)?;
    match (order, year_first) {
        (DateOrder::YearMonthDay, true) => days(a, b, c),
        (DateOrder::DayMonthYear, false) => days(c, b, a),
        (DateOrder::MonthDayYear, false) => days(c, a, b),
        _ => None,
    }
}

/// Days since 1970-01-01 of an ISO 8601 day such as `2024-12-31`.
#[must_use]
pub fn parse_iso(text: &str) -> Option<i32> {
    parse(text, DateOrder::YearMonthDay)
}

/// The ISO 8601 day of a count of days; fractions are cut. Empty for NaN and days out of range.
#[must_use]
pub fn format_iso(days: f64) -> String {
    if !days.is_finite() || days.abs() > 3.0e6 {
        return String::new();
    }
    NaiveDate::from_num_days_from_ce_opt(days.floor() as i32 + EPOCH_FROM_CE)
        .map_or_else(String::new, |date| date.format("%Y-%m-%d").to_string())
}

/// A moment, in seconds since 1970-01-01 UTC, as `2024-12-31 23:59 UTC`.
///
/// ```
/// assert_eq!(segmenta::dataset::dates::format_moment(1_700_000_000), "2023-11-14 22:13 UTC");
/// ```
#[must_use]
pub fn format_moment(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    format!("{} {:02}:{:02} UTC", format_iso(days as f64), rest / 3600, rest % 3600 / 60)
}

/// The first day of the month that a day is in; the day itself outside the calendar's range.
#[must_use]
pub fn month_start(day: i32) -> i32 {
    NaiveDate::from_num_days_from_ce_opt(day.saturating_add(EPOCH_FROM_CE))
        .map_or(day, |date| day - (date.day() as i32 - 1))
}

/// Tells the order of day, month and year from all values of a column.
///
/// # Errors
/// [`OrderProblem`] when the values allow both orders, contradict each other or are no dates.
pub fn infer_order<'a>(values: impl Iterator<Item = &'a str>) -> Result<DateOrder, OrderProblem> {
    let (mut day_first, mut month_first, mut either, mut year_first) = (None, None, None, false);
    for text in values {
        let Some((numbers, starts_with_year)) = parts(text) else { continue };
        if starts_with_year {
            year_first = true;
        } else if numbers[0] > 12 {
            day_first.get_or_insert(text);
        } else if numbers[1] > 12 {
            month_first.get_or_insert(text);
        } else {
            either.get_or_insert(text);
        }
    }
    match (day_first, month_first, either) {
        (Some(day), Some(month), _) => {
            Err(OrderProblem::Contradictory { day_first: day.to_owned(), month_first: month.to_owned() })
        }
        (Some(_), None, _) => Ok(DateOrder::DayMonthYear),
        (None, Some(_), _) => Ok(DateOrder::MonthDayYear),
        (None, None, Some(example)) => Err(OrderProblem::Ambiguous { example: example.to_owned() }),
        (None, None, None) if year_first => Ok(DateOrder::YearMonthDay),
        (None, None, None) => Err(OrderProblem::NotDates),
    }
}

/// Whether a text looks like a date (of any order).
#[must_use]
pub fn looks_like_date(text: &str) -> bool {
    parts(text).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_is_day_zero_and_formats_back() {
        assert_eq!(parse_iso("1970-01-01"), Some(0));
        assert_eq!(parse("04-09-2012", DateOrder::DayMonthYear), parse_iso("2012-09-04"));
        assert_eq!(parse("04/09/2012 23:59:00", DateOrder::MonthDayYear), parse_iso("2012-04-09"));
        assert_eq!(format_iso(f64::from(parse_iso("2012-02-29").unwrap())), "2012-02-29");
        assert_eq!(format_iso(f64::NAN), "");
    }

    #[test]
    fn months_start_on_their_first_day() {
        for (day, first) in [("2020-02-29", "2020-02-01"), ("2021-01-01", "2021-01-01"), ("1969-12-31", "1969-12-01")] {
            assert_eq!(month_start(parse_iso(day).unwrap()), parse_iso(first).unwrap());
        }
        assert_eq!(month_start(i32::MAX), i32::MAX);
    }

    #[test]
    fn impossible_days_are_no_dates() {
        for text in ["31-02-2012", "1-1-12", "2012-13-01", "2012-1", "12:30", "", "a-b-2012"] {
            assert_eq!(parse(text, DateOrder::DayMonthYear), None, "{text}");
        }
    }

    #[test]
    fn the_order_comes_from_the_whole_column() {
        assert_eq!(infer_order(["04-09-2012", "21-08-2013"].into_iter()), Ok(DateOrder::DayMonthYear));
        assert_eq!(infer_order(["04-09-2012", "08-21-2013"].into_iter()), Ok(DateOrder::MonthDayYear));
        assert_eq!(infer_order(["2012-09-04"].into_iter()), Ok(DateOrder::YearMonthDay));
        assert!(matches!(infer_order(["04-09-2012"].into_iter()), Err(OrderProblem::Ambiguous { .. })));
        assert!(matches!(
            infer_order(["21-08-2013", "08-21-2013"].into_iter()),
            Err(OrderProblem::Contradictory { .. })
        ));
        assert_eq!(infer_order(["x"].into_iter()), Err(OrderProblem::NotDates));
    }
}
