//! Dates in text, read without guessing: the order of day, month and year comes from the manifest
//! or from the whole column, and a column that allows two readings is refused.
//!
//! A day is a count from 1970-01-01, the form in which the rest of the program holds dates.

mod months;
mod spelling;
mod zones;

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};
use chrono_tz::Tz;

use self::spelling::{Spelled, full_year, is_time, spelled};
pub use self::zones::{of_number_in, parse_in, zone};

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
            Self::NotDates => {
                f.write_str("no value is a date such as 2024-12-31, 31.12.2024 or 31-Dec-24; set another role")
            }
        }
    }
}

/// The three numbers of a date that is written in digits with one mark and a four-digit year, with the position of the year: nearly all
/// days of exports, told without looking at each letter twice.
fn parts(text: &str) -> Option<([u32; 3], bool)> {
    let text = text.trim();
    let end = text.find(['T', ' ']).unwrap_or(text.len());
    let day_part = &text[..end];
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
    if pieces.next().is_some() || !is_time(&text[end..]) {
        return None;
    }
    match lengths {
        [4, 1..=2, 1..=2] => Some((numbers, true)),
        [1..=2, 1..=2, 4] => Some((numbers, false)),
        _ => None,
    }
}

/// Year, month and day as six digits in any order: days where a column says that it holds some, and any number elsewhere.
fn six_digits(text: &str) -> Option<Spelled> {
    let text = text.trim();
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |at: usize| text[at..at + 2].parse().ok();
    match [part(0)?, part(2)?, part(4)?] {
        [0, 0, 0] => Some(Spelled::Zero),
        parts => Some(Spelled::Short(parts)),
    }
}

fn spelling(text: &str) -> Option<Spelled> {
    written(text).or_else(|| six_digits(text))
}

/// How a day is written that nothing else is.
fn written(text: &str) -> Option<Spelled> {
    match parts(text) {
        Some(([0, 0, 0], _)) => Some(Spelled::Zero),
        Some((numbers, true)) => Some(Spelled::Known(numbers)),
        Some((numbers, false)) => Some(Spelled::YearLast(numbers)),
        None => spelled(text),
    }
}

fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.num_days_from_ce() - EPOCH_FROM_CE)
}

fn day_of(spelled: Spelled, order: DateOrder) -> Option<i32> {
    let [year, month, day] = match (spelled, order) {
        (Spelled::Known(parts), _) => parts,
        (Spelled::YearLast([a, b, year]), DateOrder::DayMonthYear) => [year, b, a],
        (Spelled::YearLast([a, b, year]), DateOrder::MonthDayYear) => [year, a, b],
        (Spelled::Short([a, b, c]), DateOrder::DayMonthYear) => [full_year(c, 2), b, a],
        (Spelled::Short([a, b, c]), DateOrder::MonthDayYear) => [full_year(c, 2), a, b],
        (Spelled::Short([a, b, c]), DateOrder::YearMonthDay) => [full_year(a, 2), b, c],
        (Spelled::YearLast(_), DateOrder::YearMonthDay) | (Spelled::Zero, _) => return None,
    };
    days(year, month, day)
}

/// Days since 1970-01-01 of a date in the given order; a time of day after it is ignored. A month that is named, or a year in front, tells
/// the order itself. Two-digit years are those from 1969 to 2068; a month without a day is its first.
///
/// `None` when the text is no such date.
///
/// ```
/// use segmenta::dataset::dates::{DateOrder, format_iso, parse};
///
/// let day = parse("11-Feb-17", DateOrder::MonthDayYear).unwrap();
/// assert_eq!(format_iso(f64::from(day)), "2017-02-11");
/// ```
#[must_use]
pub fn parse(text: &str, order: DateOrder) -> Option<i32> {
    day_of(spelling(text)?, order)
}

/// Whether a text stands for a day that is not known, such as `0000-00-00`.
#[must_use]
pub fn is_no_day(text: &str) -> bool {
    spelling(text) == Some(Spelled::Zero)
}

/// Days since 1970-01-01 of an ISO 8601 day such as `2024-12-31`.
#[must_use]
pub fn parse_iso(text: &str) -> Option<i32> {
    day_of(written(text)?, DateOrder::YearMonthDay)
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
    const ORDERS: [DateOrder; 3] = [DateOrder::DayMonthYear, DateOrder::MonthDayYear, DateOrder::YearMonthDay];
    // A value that excludes each order, and one whose order is not written in it.
    let (mut against, mut untold, mut is_any): ([Option<&str>; 3], Option<&str>, bool) = ([None; 3], None, false);
    let (mut starts, mut ends, mut is_compact) = (BTreeSet::new(), BTreeSet::new(), false);
    for text in values {
        let Some(spelled) = spelling(text) else { continue };
        is_any = true;
        let fits = ORDERS.map(|order| spelled == Spelled::Zero || day_of(spelled, order).is_some());
        // What is no day in any order says nothing of the order.
        if fits == [false; 3] {
            continue;
        }
        for (fits, against) in fits.into_iter().zip(&mut against) {
            if !fits {
                against.get_or_insert(text);
            }
        }
        match spelled {
            Spelled::YearLast(_) => _ = untold.get_or_insert(text),
            Spelled::Short([start, _, end]) => {
                untold.get_or_insert(text);
                is_compact |= has_six_digits(text);
                starts.insert(start);
                ends.insert(end);
            }
            Spelled::Known(_) | Spelled::Zero => {}
        }
    }
    if !is_any {
        return Err(OrderProblem::NotDates);
    }
    let Some(example) = untold else { return Ok(DateOrder::YearMonthDay) };
    // Years are few and days are many, which tells whether short dates begin with the year.
    let begins_with_year = ends.len() > 8 && ends.len() >= 3 * starts.len();
    match against {
        [_, _, None] if begins_with_year => Ok(DateOrder::YearMonthDay),
        // Without a mark between the parts nothing else speaks for a year at the end.
        [_, _, None] if is_compact && !(starts.len() > 8 && starts.len() >= 3 * ends.len()) => {
            Err(OrderProblem::NotDates)
        }
        [None, Some(_), _] => Ok(DateOrder::DayMonthYear),
        [Some(_), None, _] => Ok(DateOrder::MonthDayYear),
        [None, None, _] => Err(OrderProblem::Ambiguous { example: example.to_owned() }),
        [Some(_), Some(_), None] => Ok(DateOrder::YearMonthDay),
        [Some(month_first), Some(day_first), Some(_)] => {
            Err(OrderProblem::Contradictory { day_first: day_first.to_owned(), month_first: month_first.to_owned() })
        }
    }
}

/// Days that are counted in one of the ways that files have, told by their size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayNumbers {
    /// Year, month and day as eight digits.
    Digits,
    /// The same with hour and minute behind, or second too.
    DigitsWithTime,
    /// Days of a spreadsheet, with the time as a fraction: 30,000 (1982) to 80,000 (2119).
    Spreadsheet,
    /// Seconds since 1970-01-01 UTC.
    Seconds,
    /// Thousandths of them.
    Milliseconds,
    /// Millionths of them.
    Microseconds,
    /// Billionths of them.
    Nanoseconds,
}

impl DayNumbers {
    /// The way in which a number can count days.
    #[must_use]
    pub fn of(number: f64) -> Option<Self> {
        match number {
            30_000.0..80_000.0 => Some(Self::Spreadsheet),
            1.9e7..2.2e7 if number.fract() == 0.0 => Some(Self::Digits),
            1.9e11..2.2e11 | 1.9e13..2.2e13 if number.fract() == 0.0 => Some(Self::DigitsWithTime),
            3.0e8..5.0e9 => Some(Self::Seconds),
            3.0e11..5.0e12 => Some(Self::Milliseconds),
            3.0e14..5.0e15 => Some(Self::Microseconds),
            3.0e17..5.0e18 => Some(Self::Nanoseconds),
            _ => None,
        }
    }

    /// Days since 1970-01-01; `None` for eight digits that are no day.
    #[must_use]
    pub fn day(self, number: f64) -> Option<i32> {
        const DAY: f64 = 86_400.0;
        let seconds = |scale: f64| Some((number / scale / DAY).floor() as i32);
        match self {
            Self::Digits => {
                let digits = number as u32;
                days(digits / 10_000, digits / 100 % 100, digits % 100)
            }
            Self::DigitsWithTime => {
                let minutes = if number > 1e13 { (number / 100.0).floor() } else { number };
                let time = minutes % 10_000.0;
                let fits = time / 100.0 < 24.0 && time % 100.0 < 60.0;
                if fits { Self::Digits.day((minutes / 10_000.0).floor()) } else { None }
            }
            // Day 60 is the 29th of February 1900, which was none; all days that are told come later.
            Self::Spreadsheet => Some(number.floor() as i32 - 25_569),
            Self::Seconds => seconds(1.0),
            Self::Milliseconds => seconds(1e3),
            Self::Microseconds => seconds(1e6),
            Self::Nanoseconds => seconds(1e9),
        }
    }

    /// How that is said.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Digits => "year, month and day as eight digits",
            Self::DigitsWithTime => "year, month, day and time as digits",
            Self::Spreadsheet => "the days of a spreadsheet, counted from 1900",
            Self::Seconds => "seconds since 1970 (UTC)",
            Self::Milliseconds => "milliseconds since 1970 (UTC)",
            Self::Microseconds => "microseconds since 1970 (UTC)",
            Self::Nanoseconds => "nanoseconds since 1970 (UTC)",
        }
    }
}

/// Days since 1970-01-01 of a number that counts them in a way that its size tells.
#[must_use]
pub fn of_number(number: f64) -> Option<i32> {
    DayNumbers::of(number)?.day(number)
}

/// Days since 1970-01-01 of a text that is a day in an order, or a number that counts days.
#[must_use]
pub fn read(text: &str, order: DateOrder) -> Option<i32> {
    parse(text, order).or_else(|| {
        let is_number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
        let text = text.trim();
        if text.len() < 5 || !text.bytes().all(is_number) {
            return None;
        }
        of_number(text.parse().ok()?)
    })
}

/// The same on the calendar of one zone, where one is told.
#[must_use]
pub fn read_in(text: &str, order: DateOrder, of: Option<Tz>) -> Option<i32> {
    let Some(of) = of else { return read(text, order) };
    parse_in(text, order, of).or_else(|| {
        read(text, order)?;
        // What is no number has a zone that is not known.
        text.trim().parse().ok().and_then(|number| of_number_in(number, of))
    })
}

/// Whether a text looks like a date (of any order).
#[must_use]
pub fn looks_like_date(text: &str) -> bool {
    written(text).is_some()
}

/// Whether a text is six digits, which are a day where others of its column are.
#[must_use]
pub fn has_six_digits(text: &str) -> bool {
    six_digits(text).is_some()
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
        for text in ["31-02-2012", "2012-13-01", "2012-1", "12:30", "", "a-b-2012", "2012-01-02 and more 3"] {
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
        assert_eq!(infer_order(["11-Feb-17", "3-Mar-18"].into_iter()), Ok(DateOrder::YearMonthDay));
        assert_eq!(infer_order(["1/7/23 8:26", "1/31/23 9:00"].into_iter()), Ok(DateOrder::MonthDayYear));
        assert_eq!(infer_order(["07.01.23", "31.01.23"].into_iter()), Ok(DateOrder::DayMonthYear));
        assert!(matches!(infer_order(["1/7/23", "0000-00-00"].into_iter()), Err(OrderProblem::Ambiguous { .. })));
    }

    #[test]
    fn six_digits_are_days_where_they_say_in_which_order() {
        let texts = |order: &str| -> Vec<String> {
            let day = |at: u32| (22 + at / 20, 1 + at * 5 % 12, 1 + at * 5 % 27);
            let text = |(y, m, d): (u32, u32, u32)| match order {
                "ymd" => format!("{y:02}{m:02}{d:02}"),
                _ => format!("{d:02}{m:02}{y:02}"),
            };
            (0..40).map(|at| text(day(at))).collect()
        };
        let told = |texts: &[String]| infer_order(texts.iter().map(String::as_str));
        assert_eq!(told(&texts("ymd")), Ok(DateOrder::YearMonthDay));
        assert_eq!(told(&texts("dmy")), Ok(DateOrder::DayMonthYear));
        assert_eq!(told(&texts("ymd")[..3]), Err(OrderProblem::NotDates), "too few to tell");
        assert_eq!(read("230107", DateOrder::YearMonthDay), parse_iso("2023-01-07"));
        assert!(!looks_like_date("230107") && has_six_digits("230107") && parse_iso("230107").is_none());
    }

    #[test]
    fn numbers_count_days_by_their_size() {
        let day = parse_iso("2023-01-07");
        for text in [
            "20230107",
            "20230107082600",
            "202301070826",
            "44933",
            "44933.35",
            "1673079960",
            "1673079960000",
            "1673079960000000",
            "1673079960000000000",
        ] {
            assert_eq!(read(text, DateOrder::DayMonthYear), day, "{text}");
        }
        for text in ["20231307", "12", "1234", "99999999", "1.5"] {
            assert_eq!(read(text, DateOrder::DayMonthYear), None, "{text}");
        }
    }
}
