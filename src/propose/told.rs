//! What a column holds: told from all of its texts, or numbers.

use std::collections::HashMap;

use crate::dataset::dates::{self, DayNumbers, OrderProblem};
use crate::dataset::manifest::DateOrder;
use crate::dataset::numbers::{self, Unit, body};
use crate::propose::codes;
use crate::propose::marks::{MOSTLY, SURE};
use crate::propose::proposal::Kind;
use crate::propose::reading::{Marks, Values};
use crate::propose::words;

/// What a column holds under the marks.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) order: Option<DateOrder>,
    /// Something that is in the way, as words behind a colon.
    pub(super) trouble: Option<String>,
    /// The texts that are in the way, where the others would be numbers or dates.
    pub(super) odd: Vec<String>,
    /// How numbers count days, where they do.
    pub(super) counts_days: Option<DayNumbers>,
    /// What stands beside all numbers.
    pub(super) unit: Option<Unit>,
    /// Why texts of digits are codes.
    pub(super) code: Option<&'static str>,
    /// Whether its numbers count the rows.
    pub(super) is_row_number: bool,
}

/// What a column holds.
pub(super) fn told(column: &Values, marks: &Marks) -> Told {
    let plain = |kind| Told {
        kind,
        order: None,
        trouble: None,
        odd: Vec::new(),
        counts_days: None,
        unit: None,
        code: None,
        is_row_number: false,
    };
    let counts: HashMap<&str, usize> = column
        .counts
        .iter()
        .filter(|(text, _)| !marks.missing.contains(text) && !text.trim().is_empty())
        .map(|(text, count)| (text.as_str(), *count))
        .collect();
    if counts.is_empty() {
        return plain(Kind::Empty);
    }
    if let Some(kind) = column.stored {
        let numbers: Option<Vec<f64>> = counts.keys().map(|text| text.parse().ok()).collect();
        let numbers = numbers.unwrap_or_default();
        let (code, is_row_number) = named(column, &numbers);
        if let (Kind::Whole | Kind::Decimal, Some(way)) = (kind, counts_days(column, &numbers)) {
            return Told { counts_days: Some(way), ..plain(Kind::Day) };
        }
        let kind = match kind {
            Kind::Decimal if !numbers.is_empty() && numbers.iter().all(|number| number.fract() == 0.0) => Kind::Whole,
            kind => kind,
        };
        let is_whole = kind == Kind::Whole;
        return Told { code: code.filter(|_| is_whole), is_row_number: is_whole && is_row_number, ..plain(kind) };
    }
    // Columns without a header have no names.
    let may_be_day = is_named_day(&column.name) || column.name.starts_with("column_") && counts.len() >= SURE;
    let is_short_day = may_be_day && counts.keys().all(|text| dates::has_six_digits(text));
    if is_short_day && let Ok(order) = dates::infer_order(counts.keys().copied()) {
        let is_day = |text: &&str| dates::is_no_day(text) || dates::parse(text, order).is_some();
        if counts.keys().all(is_day) {
            return Told { order: Some(order), ..plain(Kind::Day) };
        }
    }
    if let Some(why) = codes::by_spelling(counts.keys().copied()) {
        return Told { code: Some(why), ..plain(Kind::Text) };
    }
    let text = |trouble: String| Told { trouble: Some(trouble), ..plain(Kind::Text) };
    let numbers: Option<Vec<f64>> =
        counts.keys().map(|text| numbers::parse(text, marks.decimal, marks.thousands)).collect();
    if let Some(numbers) = numbers {
        if counts.len() == 2 && counts.keys().all(|text| matches!(*text, "0" | "1")) {
            return plain(Kind::Flag);
        }
        if let Some(way) = counts_days(column, &numbers) {
            return Told { counts_days: Some(way), ..plain(Kind::Day) };
        }
        if let Some((trouble, odd)) = nearly_days(column, &numbers_by_text(&counts, marks)) {
            return Told { odd, ..text(trouble) };
        }
        let mut units: Vec<Option<Unit>> = counts.keys().map(|text| body(text).and_then(|body| body.unit)).collect();
        units.sort();
        units.dedup();
        let is_zero = |text: &&str| numbers::parse(text, marks.decimal, marks.thousands) == Some(0.0);
        let unit = match units.as_slice() {
            [unit] => unit.clone(),
            // A zero without its unit is as much.
            [None, Some(unit)]
                if counts.keys().filter(|text| body(text).is_some_and(|body| body.unit.is_none())).all(is_zero) =>
            {
                Some(unit.clone())
            }
            _ if units.contains(&Some(Unit::Percent)) => {
                return text("some of its numbers are per cents and others are not; write all alike".to_owned());
            }
            _ => None,
        };
        let is_whole = numbers.iter().all(|number| number.fract() == 0.0);
        let (code, is_row_number) = if is_whole && unit.is_none() { named(column, &numbers) } else { (None, false) };
        return Told { unit, code, is_row_number, ..plain(if is_whole { Kind::Whole } else { Kind::Decimal }) };
    }
    if !counts.keys().all(|text| dates::looks_like_date(text)) {
        return match nearly(column, &counts, marks) {
            Some((trouble, odd)) => Told { odd, ..text(trouble) },
            None => plain(Kind::Text),
        };
    }
    // Ids such as 2023-01 count years and people.
    if words::names_things(&column.name) && !is_named_day(&column.name) {
        return Told { code: Some("the name of the column says that they name things"), ..plain(Kind::Text) };
    }
    let known = || counts.keys().copied().filter(|text| !dates::is_no_day(text));
    match dates::infer_order(known()) {
        Ok(order) => match known().filter(|text| dates::parse(text, order).is_none()).min() {
            Some(odd) => {
                let all = known().filter(|text| dates::parse(text, order).is_none()).map(str::to_owned).collect();
                Told { odd: all, ..text(format!("it looks like dates, but \"{odd}\" is none")) }
            }
            None => Told { order: Some(order), ..plain(Kind::Day) },
        },
        Err(OrderProblem::Ambiguous { .. }) => plain(Kind::Day),
        Err(problem) => text(format!("it looks like dates, but {problem}")),
    }
}

/// Why whole numbers name something, if their column says it by its name, and whether they count the rows.
fn named(column: &Values, numbers: &[f64]) -> (Option<&'static str>, bool) {
    let is_kind = codes::by_name(column, numbers, column.counts.len());
    let rows = column.counts.values().sum();
    (
        is_kind.then_some("the name of the column says that they are kinds of things"),
        codes::counts_rows(column, numbers, rows),
    )
}

/// How the numbers of a column count days: all in one way, and its name says that they do, or they are eight digits that are days, which
/// no other numbers are by chance.
fn counts_days(column: &Values, numbers: &[f64]) -> Option<DayNumbers> {
    let way = DayNumbers::of(*numbers.first()?)?;
    let is_day = |number: &f64| DayNumbers::of(*number) == Some(way) && way.day(*number).is_some();
    if !numbers.iter().all(is_day) || words::names_things(&column.name) {
        return None;
    }
    // No other numbers are by chance eight digits that are days, or so large and all of the same few decades.
    let is_plain = |number: &f64| way.day(*number).is_some_and(|day| (10_957..21_915).contains(&day));
    let speaks = match way {
        DayNumbers::Digits => true,
        DayNumbers::Milliseconds | DayNumbers::Microseconds | DayNumbers::Nanoseconds => numbers.iter().all(is_plain),
        DayNumbers::DigitsWithTime | DayNumbers::Spreadsheet | DayNumbers::Seconds => false,
    };
    let is_money = [words::AMOUNT, words::EARNED, words::PRICE].iter().any(|money| words::has(&column.name, money));
    (is_named_day(&column.name) || speaks && !is_money && numbers.len() >= SURE).then_some(way)
}

/// Numbers by their texts, with how many cells have each.
fn numbers_by_text<'a>(counts: &HashMap<&'a str, usize>, marks: &Marks) -> Vec<(&'a str, f64, usize)> {
    let number = |text: &str| numbers::parse(text, marks.decimal, marks.thousands);
    counts.iter().filter_map(|(text, cells)| Some((*text, number(text)?, *cells))).collect()
}

/// Says what is odd about a column that says that it holds days, of which nearly all numbers count them.
fn nearly_days(column: &Values, numbers: &[(&str, f64, usize)]) -> Option<(String, Vec<String>)> {
    if !is_named_day(&column.name) || words::names_things(&column.name) {
        return None;
    }
    let total: usize = numbers.iter().map(|(_, _, cells)| cells).sum();
    let cells_of = |way: DayNumbers| -> usize {
        let fits = numbers.iter().filter(|(_, number, _)| DayNumbers::of(*number) == Some(way));
        fits.map(|(_, _, cells)| cells).sum()
    };
    let way = numbers.iter().filter_map(|(_, number, _)| DayNumbers::of(*number)).max_by_key(|way| cells_of(*way))?;
    let found = cells_of(way);
    if (found as f64) < MOSTLY * total as f64 || numbers.len() < SURE {
        return None;
    }
    let odd = numbers.iter().filter(|(_, number, _)| DayNumbers::of(*number) != Some(way));
    let mut odd: Vec<String> = odd.map(|(text, _, _)| (*text).to_owned()).collect();
    odd.sort();
    let words = format!(
        "nearly all of its numbers count days ({}), but {} of {total} do not, such as \"{}\"",
        way.words(),
        total - found,
        odd.first()?
    );
    Some((words, odd))
}

/// Whether a column says by its name that it holds days.
fn is_named_day(name: &str) -> bool {
    words::has(name, words::BOUGHT) || words::has(name, words::DAY)
}

/// Says what is odd about a column of which nearly all values are numbers or days.
fn nearly(column: &Values, counts: &HashMap<&str, usize>, marks: &Marks) -> Option<(String, Vec<String>)> {
    let total: usize = counts.values().sum();
    let fitting = |fits: &dyn Fn(&str) -> bool| -> usize {
        counts.iter().filter(|(text, _)| fits(text)).map(|(_, count)| *count).sum()
    };
    let number = |text: &str| numbers::parse(text, marks.decimal, marks.thousands).is_some();
    let day = |text: &str| dates::looks_like_date(text);
    for (what, fits) in [("numbers", &number as &dyn Fn(&str) -> bool), ("dates", &day)] {
        let found = fitting(fits);
        if found as f64 >= MOSTLY * total as f64 && !words::names_things(&column.name) {
            let mut odd: Vec<String> =
                counts.keys().filter(|text| !fits(text)).map(|text| (*text).to_owned()).collect();
            odd.sort();
            let words = format!(
                "nearly all of its values are {what}, but {} of {total} are not, such as \"{}\"",
                total - found,
                odd.first()?
            );
            return Some((words, odd));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Values {
        let mut counts = HashMap::new();
        for value in values {
            *counts.entry((*value).to_owned()).or_default() += 1;
        }
        Values {
            name: "a".to_owned(),
            stored: None,
            counts,
            empty: 0,
            spelt_missing: Vec::new(),
            rising_order: None,
            counts_rows: false,
        }
    }

    #[test]
    fn kinds_follow_from_every_value() {
        let marks = Marks { decimal: '.', thousands: None, missing: vec!["?".to_owned()] };
        for (values, kind) in [
            (&["1", "2", "?"][..], Kind::Whole),
            (&["1", "2.5"], Kind::Decimal),
            (&["0", "1"], Kind::Flag),
            (&["0", "0"], Kind::Whole),
            (&["17850.0", "1.0"], Kind::Whole),
            (&["?"], Kind::Empty),
            (&["1", "x"], Kind::Text),
            (&["04-09-2012", "21-08-2013"], Kind::Day),
            (&["04-09-2012"], Kind::Day),
            (&["31-02-2012"], Kind::Text),
        ] {
            assert_eq!(told(&column(values), &marks).kind, kind, "{values:?}");
        }
        assert_eq!(told(&column(&["04-09-2012"]), &marks).order, None);
        assert_eq!(told(&column(&["04-09-2012", "21-08-2013"]), &marks).order, Some(DateOrder::DayMonthYear));
        assert!(told(&column(&["31-02-2012"]), &marks).trouble.unwrap().contains("\"31-02-2012\" is none"));
    }
}
