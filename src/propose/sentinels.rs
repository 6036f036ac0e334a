//! Days that stand for none or are mistyped: placeholders, the future, and days decades from all others. One of them moves the day from
//! which recency is counted.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::dataset::dates;
use crate::figures;
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::words;

/// Days that programs write for want of one.
const PLACEHOLDERS: [&str; 16] = [
    "0001-01-01",
    "1111-11-11",
    "1753-01-01",
    "1800-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1901-01-01",
    "1970-01-01",
    "2049-12-31",
    "2099-12-31",
    "2100-01-01",
    "2999-12-31",
    "3000-01-01",
    "9999-01-01",
    "9999-12-31",
];

/// Words of names of days that lie ahead.
const AHEAD: [&str; 12] = [
    "due",
    "expiry",
    "expires",
    "expiration",
    "valid",
    "until",
    "end",
    "estimated",
    "planned",
    "renewal",
    "next",
    "ablauf",
];

const YEAR: i32 = 366;

/// Share of the rows above which people are asked before days count as missing.
const MANY: f64 = 0.02;

/// Share of the rows that a mistyped day may have.
const FEW: f64 = 0.01;

/// Days that are no plausible ones, with how many rows have each, and the ends of the others.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Odd {
    days: Vec<(i32, usize)>,
    low: i32,
    high: i32,
}

/// Tells implausible days of a column; `today` bounds those that can have been.
fn odd(name: &str, days: &BTreeMap<i32, usize>, today: i32) -> Option<Odd> {
    let rows: usize = days.values().sum();
    let placeholders: Vec<i32> = PLACEHOLDERS.iter().filter_map(|text| dates::parse_iso(text)).collect();
    let is_ahead = words::has(name, &AHEAD);
    let may_be_old = words::has(name, &["birth", "born", "birthday", "dob", "geburt", "nacimiento", "naissance"]);
    let mut kept: Vec<(i32, usize)> = days.iter().map(|(day, rows)| (*day, *rows)).collect();
    let mut found = Vec::new();
    let bearable = (FEW * rows as f64).max(1.0) as usize;
    for is_last in [false, true] {
        while kept.len() > 2 {
            let at = if is_last { kept.len() - 1 } else { 0 };
            let (day, count) = kept[at];
            let next = if is_last { kept[at - 1].0 } else { kept[1].0 };
            let inner = if is_last { next - kept[0].0 } else { kept[kept.len() - 1].0 - next };
            let gap = (day - next).abs();
            let is_placeholder = placeholders.contains(&day) && gap > YEAR;
            let is_future = is_last && day > today + 1 && !is_ahead && count <= bearable.max(rows / 20);
            let is_far = gap > inner.max(5 * YEAR) && count <= bearable && !may_be_old;
            if !(is_placeholder || is_future || is_far) {
                break;
            }
            found.push(kept.remove(at));
        }
    }
    found.sort_unstable();
    (!found.is_empty()).then(|| Odd { days: found, low: kept[0].0, high: kept[kept.len() - 1].0 })
}

pub(super) const MISSING: &str = "missing";
const KEPT: &str = "kept";

/// Asks what becomes of implausible days of a column, if it has some, with the ends of the others.
pub(super) fn ask(
    table: &str,
    name: &str,
    days: &BTreeMap<i32, usize>,
    answers: &Answers,
) -> Option<(Question, i32, i32)> {
    let today =
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| (since.as_secs() / 86_400) as i32);
    let odd = odd(name, days, today)?;
    let text = |day: i32| dates::format_iso(f64::from(day));
    let rows: usize = odd.days.iter().map(|(_, rows)| rows).sum();
    let shown: Vec<String> = odd
        .days
        .iter()
        .take(5)
        .map(|(day, rows)| format!("{} ({})", text(*day), figures::counted(*rows, "row", "rows")))
        .collect();
    let more = if odd.days.len() > 5 { format!(" and {} more", odd.days.len() - 5) } else { String::new() };
    let all = || days.keys();
    let options = vec![
        Reading::new(
            MISSING,
            "They stand for no day or are mistyped: they count as missing.",
            format!(
                "Days run from {} to {}; {} without a day.",
                text(odd.low),
                text(odd.high),
                figures::counted(rows, "row is left", "rows are left")
            ),
        ),
        Reading::new(
            KEPT,
            "They are real days.",
            format!(
                "Days run from {} to {}, and how long ago something was is counted from the last one.",
                all().next().map_or_else(String::new, |day| text(*day)),
                all().next_back().map_or_else(String::new, |day| text(*day))
            ),
        ),
    ];
    let asked = format!(
        "Column {name} of table {table} has days that are far from all others or lie ahead: {}{more}. What are they?",
        shown.join(", ")
    );
    let question = Question::new(format!("days.{table}.{name}"), asked, options, (MISSING, 0.95), answers);
    let all: usize = days.values().sum();
    let question = if rows as f64 > MANY * all as f64 { question } else { question.settled() };
    Some((question, odd.low, odd.high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(texts: &[&str]) -> BTreeMap<i32, usize> {
        let mut days: BTreeMap<i32, usize> = (0..60).map(|at| (19_700 + at * 3, 2)).collect();
        for text in texts {
            *days.entry(dates::parse_iso(text).unwrap()).or_default() += 1;
        }
        days
    }

    #[test]
    fn implausible_days_are_told_from_old_and_late_ones() {
        let today = 20_800;
        let found = |name: &str, texts: &[&str]| {
            odd(name, &days(texts), today).map_or_else(Vec::new, |odd| {
                odd.days.iter().map(|(day, _)| dates::format_iso(f64::from(*day))).collect()
            })
        };
        let nothing: [&str; 0] = [];
        assert_eq!(found("order_date", &[]), nothing);
        assert_eq!(found("order_date", &["2042-03-01"]), ["2042-03-01"]);
        assert_eq!(found("order_date", &["1900-01-01", "9999-12-31", "9999-12-31"]), ["1900-01-01", "9999-12-31"]);
        assert_eq!(found("order_date", &["1970-01-01", "1970-01-01", "1970-01-01", "1970-01-01"]), ["1970-01-01"]);
        assert_eq!(found("order_date", &["2022-01-01"]), nothing, "a year apart is no typo");
        assert_eq!(found("due_date", &["2028-03-01"]), nothing);
        assert_eq!(found("birthday", &["1930-05-06"]), nothing);
        assert_eq!(found("birthday", &["1900-01-01"]), ["1900-01-01"]);
        let real = odd("order_date", &days(&["2042-03-01"]), today).unwrap();
        assert_eq!((real.low, real.high), (19_700, 19_877));
    }
}
