//! Times with a zone behind them, and the day that a moment has in one zone.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::spelling::without_half;
use super::{DateOrder, DayNumbers, EPOCH_FROM_CE, parse};

/// The zone behind a time of day, as it is written: `+02:00`, `Z`, `Europe/Berlin`.
///
/// ```
/// use segmenta::dataset::dates::zone;
///
/// assert_eq!(zone("2023-01-07T08:26:00+02:00"), Some("+02:00"));
/// assert_eq!(zone("7 Jan 2023 8:26 PM"), None);
/// ```
#[must_use]
pub fn zone(text: &str) -> Option<&str> {
    let (_, rest) = clock(text)?;
    // The year may stand at the end.
    let is_year = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit());
    rest.split_whitespace().find(|word| !is_year(word)).map(|word| word.trim_matches(['(', ')', '[', ']']))
}

/// The time of day in a text, and what stands behind it.
fn clock(text: &str) -> Option<(NaiveTime, &str)> {
    let colon = text.find(':')?;
    let bytes = text.as_bytes();
    let start = bytes[..colon].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
    let mut hour: u32 = text[start..colon].parse().ok()?;
    let (mut at, mut parts) = (colon, [0_u32; 2]);
    for part in &mut parts {
        if bytes.get(at) != Some(&b':') {
            break;
        }
        let end = bytes[at + 1..].iter().position(|byte| !byte.is_ascii_digit()).map_or(text.len(), |end| at + 1 + end);
        *part = text[at + 1..end].parse().ok()?;
        at = end;
    }
    let rest = text[at..].trim_start_matches(['.', ',']).trim_start_matches(|letter: char| letter.is_ascii_digit());
    let trimmed = rest.trim_start();
    let (is_half, behind) = without_half(trimmed);
    if is_half {
        hour = hour % 12 + if trimmed.starts_with(['p', 'P']) { 12 } else { 0 };
    }
    let rest = if is_half { behind } else { rest };
    // The end of a day is the beginning of the next one.
    Some((NaiveTime::from_hms_opt(hour % 24, parts[0], parts[1].min(59))?, rest))
}

/// Seconds by which a zone is ahead of UTC at a moment of its own clocks; `None` for one that is not known.
fn ahead(zone: &str, local: NaiveDateTime) -> Option<i64> {
    if matches!(zone, "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    if let Some(shift) = zone.strip_prefix(['+', '-', '\u{2212}']) {
        let digits: String = shift.chars().filter(char::is_ascii_digit).collect();
        let number = |text: &str| text.parse::<i64>().ok();
        let (hours, minutes) = match digits.len() {
            1 | 2 => (number(&digits)?, 0),
            4 => (number(&digits[..2])?, number(&digits[2..])?),
            _ => return None,
        };
        let seconds = hours * 3600 + minutes * 60;
        return Some(if zone.starts_with('+') { seconds } else { -seconds });
    }
    let known: Tz = zone.parse().ok()?;
    // Of an hour that clocks show twice the first counts; one that they leave out is read as if they did not.
    let utc = known.from_local_datetime(&local).earliest()?.naive_utc();
    Some((local - utc).num_seconds())
}

fn day_at(moment: NaiveDateTime, of: Tz) -> i32 {
    let local = of.from_utc_datetime(&moment).date_naive();
    i32::try_from(local.signed_duration_since(NaiveDate::default()).num_days()).unwrap_or(i32::MAX)
}

/// Days since 1970-01-01 of a text in an order, on the calendar of one zone: a time with a zone behind it is the same moment everywhere.
/// A text without one is the day that is written. `None` where the text is no day, or its zone is not known.
///
/// ```
/// use segmenta::dataset::dates::{DateOrder, format_iso, parse_in};
///
/// let day = |text| parse_in(text, DateOrder::YearMonthDay, "Europe/Berlin".parse().unwrap()).unwrap();
/// assert_eq!(format_iso(f64::from(day("2024-05-31T23:30:00Z"))), "2024-06-01");
/// assert_eq!(format_iso(f64::from(day("2024-05-31 23:30"))), "2024-05-31");
/// ```
#[must_use]
pub fn parse_in(text: &str, order: DateOrder, of: Tz) -> Option<i32> {
    let day = parse(text, order)?;
    let Some((time, Some(zone))) = clock(text).map(|(time, _)| (time, zone(text))) else { return Some(day) };
    let local = NaiveDate::from_num_days_from_ce_opt(day + EPOCH_FROM_CE)?.and_time(time);
    let utc = local - chrono::Duration::seconds(ahead(zone, local)?);
    Some(day_at(utc, of))
}

/// The same of a number that counts days; a moment has the day of the zone, and a day is one everywhere.
#[must_use]
pub fn of_number_in(number: f64, of: Tz) -> Option<i32> {
    let way = DayNumbers::of(number)?;
    let seconds = match way {
        DayNumbers::Digits | DayNumbers::DigitsWithTime | DayNumbers::Spreadsheet => return way.day(number),
        DayNumbers::Seconds => number,
        DayNumbers::Milliseconds => number / 1e3,
        DayNumbers::Microseconds => number / 1e6,
        DayNumbers::Nanoseconds => number / 1e9,
    };
    Some(day_at(DateTime::from_timestamp(seconds.floor() as i64, 0)?.naive_utc(), of))
}

#[cfg(test)]
mod tests {
    use super::super::{format_iso, parse_iso};
    use super::*;

    #[test]
    fn a_moment_has_one_day_in_one_zone() {
        let day = |text: &str, of: &str| {
            parse_in(text, DateOrder::YearMonthDay, of.parse().unwrap()).map(|day| format_iso(f64::from(day)))
        };
        for (text, of, expected) in [
            ("2024-05-31T16:30:00Z", "UTC", "2024-05-31"),
            ("2024-06-01T01:30:00+09:00", "UTC", "2024-05-31"),
            ("2024-05-31T21:00:00-04:00", "UTC", "2024-06-01"),
            ("2024-05-31 11:59 PM -0400", "UTC", "2024-06-01"),
            ("2024-05-31 12:10 AM +02:00", "UTC", "2024-05-30"),
            ("2024-03-30 23:30:00 UTC", "Europe/Berlin", "2024-03-31"),
            ("2024-03-31 22:30:00.123 UTC", "Europe/Berlin", "2024-04-01"),
            ("2024-03-31 22:30:00 America/New_York", "Europe/Berlin", "2024-04-01"),
            ("2024-05-31 23:59", "Asia/Tokyo", "2024-05-31"),
            ("2024-05-31", "Asia/Tokyo", "2024-05-31"),
            ("Fri May 31 23:30:00 UTC 2024", "Asia/Tokyo", "2024-06-01"),
            ("Fri May 31 23:30:00 2024", "Asia/Tokyo", "2024-05-31"),
            ("Fri, 31 May 2024 23:30:00 +0200 (CEST)", "Asia/Tokyo", "2024-06-01"),
        ] {
            assert_eq!(day(text, of).as_deref(), Some(expected), "{text} {of}");
        }
        assert_eq!(day("2024-05-31 23:59 Elsewhere/Atlantis", "UTC"), None);
        let berlin = "Europe/Berlin".parse().unwrap();
        assert_eq!(of_number_in(1_711_841_400_000.0, berlin), parse_iso("2024-03-31"));
        assert_eq!(of_number_in(20_240_330.0, berlin), parse_iso("2024-03-30"));
    }
}
