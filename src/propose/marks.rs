//! Marks of numbers, spellings of missing values and the order of dates, told from the values of a whole table.

use crate::propose::reading::Marks;
use std::collections::HashMap;

use crate::dataset::dates::{self, OrderProblem};
use crate::dataset::manifest::DateOrder;
use crate::dataset::prepare::interpret::{parse_number, without_currency};
use crate::propose::proposal::Kind;
use crate::propose::reading::Values;
use crate::propose::words;

/// Marks of decimals and thousands, the likeliest first.
const MARKS: [(char, Option<char>); 9] = [
    ('.', None),
    (',', None),
    ('.', Some(',')),
    (',', Some('.')),
    ('.', Some(' ')),
    (',', Some(' ')),
    (',', Some('\u{a0}')),
    (',', Some('\u{202f}')),
    ('.', Some('\'')),
];

/// Spellings that mean a missing value wherever they stand among numbers or dates.
const KNOWN_MISSING: [&str; 16] = [
    "-", "--", "?", ".", "n/a", "N.A.", "n.a.", "#N/A", "#NULL!", "<NA>", "none", "NaT", "Null", "\\N", "unknown",
    "missing",
];

/// Share of the values that must be numbers or dates where the others are texts of no known meaning.
const MOSTLY: f64 = 0.95;

/// Different texts that may stand among numbers or dates.
const FEW: usize = 3;

/// What a column holds under the marks.
pub(super) struct Told {
    pub(super) kind: Kind,
    pub(super) order: Option<DateOrder>,
    /// Something that is in the way, as words behind a colon.
    pub(super) trouble: Option<String>,
}

/// Marks of all columns of a table. Cells of a workbook hold numbers as such, so that only numbers in text have marks, and a
/// decimal point.
pub(super) fn marks(columns: &[Values], separator: Option<char>) -> Marks {
    let texts: Vec<&Values> = columns.iter().filter(|column| column.stored.is_none()).collect();
    let numeric = |decimal, thousands| {
        let fits = |text: &str| fits(text, decimal, thousands);
        texts.iter().filter(|column| others(column, fits).is_some()).count()
    };
    let scores = MARKS.map(|(decimal, thousands)| numeric(decimal, thousands));
    let best = scores.iter().copied().max().unwrap_or(0);
    let mut at = scores.iter().position(|score| *score == best).unwrap_or(0);
    // "1,234" and nothing else: thousands, unless a semicolon between columns shows that the comma is needed in numbers.
    if MARKS[at] == (',', None) && scores[2] == best && separator != Some(';') {
        at = 2;
    }
    let (decimal, thousands) = MARKS[at];
    let mut missing: Vec<String> = Vec::new();
    let number = |text: &str| fits(text, decimal, thousands);
    for column in &texts {
        let Some(odd) = others(column, number).or_else(|| others(column, dates::looks_like_date)) else { continue };
        for text in odd {
            if !missing.contains(&text) && !is_level(&texts, &text, &number) {
                missing.push(text);
            }
        }
    }
    missing.extend(unknown_mark(&texts, &number));
    missing.sort();
    Marks { decimal, thousands, missing }
}

/// The -1 that stands for a thing without a name, where nothing else in the table is -1.
fn unknown_mark(columns: &[&Values], number: &impl Fn(&str) -> bool) -> Option<String> {
    ["-1", "-1.0"].into_iter().map(str::to_owned).find(|mark| {
        let mut having = columns.iter().filter(|column| column.counts.contains_key(mark));
        let (Some(column), None) = (having.next(), having.next()) else { return false };
        let others = || column.counts.keys().filter(|text| *text != mark);
        words::names_things(&column.name)
            && column.counts.get(mark).is_some_and(|count| *count > 1)
            && others().count() > 1
            && others().all(|text| number(text) && !text.starts_with('-'))
    })
}

/// Whether a text is a value of a column that holds text anyway.
fn is_level(columns: &[&Values], text: &str, number: &impl Fn(&str) -> bool) -> bool {
    !KNOWN_MISSING.contains(&text)
        && columns.iter().any(|column| {
            column.counts.contains_key(text)
                && others(column, number).is_none()
                && others(column, dates::looks_like_date).is_none()
        })
}

/// The few texts of a column that do not fit, when nearly all do; `None` when they do not.
fn others(column: &Values, fits: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let (mut fitting, mut total, mut odd) = (0, 0, Vec::new());
    for (text, count) in &column.counts {
        total += count;
        if fits(text) {
            fitting += count;
        } else if odd.len() == FEW {
            return None;
        } else {
            odd.push(text.clone());
        }
    }
    let known = odd.iter().all(|text| KNOWN_MISSING.contains(&text.as_str()));
    let enough = if known { fitting * 2 > total } else { fitting as f64 >= MOSTLY * total as f64 };
    (fitting > 0 && enough).then_some(odd)
}

/// Whether a text is a number under the marks, with thousands in groups of three.
fn fits(text: &str, decimal: char, thousands: Option<char>) -> bool {
    let without = without_currency(text);
    let text = without.as_ref().map_or(text, |(plain, _)| plain).trim();
    if let Some(mark) = thousands
        && text.contains(mark)
    {
        let whole = text.split(decimal).next().unwrap_or(text).trim_start_matches(['-', '+']);
        let fraction_has_mark = text.split(decimal).skip(1).any(|part| part.contains(mark));
        let groups: Vec<&str> = whole.split(mark).collect();
        let first_fits = groups.first().is_some_and(|first| (1..=3).contains(&first.len()));
        if fraction_has_mark || !first_fits || groups[1..].iter().any(|group| group.len() != 3) {
            return false;
        }
    }
    parse_number(text, decimal, thousands).is_some()
}

/// The signs of currencies in the numbers of a table, the most frequent one first.
pub(super) fn currency_signs(columns: &[Values]) -> Vec<char> {
    let mut counts: HashMap<char, usize> = HashMap::new();
    for column in columns.iter().filter(|column| column.stored.is_none()) {
        for (text, count) in &column.counts {
            if let Some((plain, sign)) = without_currency(text)
                && plain.ends_with(|letter: char| letter.is_ascii_digit())
            {
                *counts.entry(sign).or_default() += count;
            }
        }
    }
    let mut signs: Vec<(char, usize)> = counts.into_iter().collect();
    signs.sort_by_key(|(sign, count)| (std::cmp::Reverse(*count), *sign));
    signs.into_iter().map(|(sign, _)| sign).collect()
}

/// What a column holds.
pub(super) fn told(column: &Values, marks: &Marks) -> Told {
    let plain = |kind| Told { kind, order: None, trouble: None };
    let counts: HashMap<&str, usize> = column
        .counts
        .iter()
        .filter(|(text, _)| !marks.missing.contains(text))
        .map(|(text, count)| (text.as_str(), *count))
        .collect();
    if counts.is_empty() {
        return plain(Kind::Empty);
    }
    if let Some(kind) = column.stored {
        let is_whole = |text: &&str| text.parse::<f64>().is_ok_and(|number| number.fract() == 0.0);
        return plain(match kind {
            Kind::Decimal if counts.keys().all(is_whole) => Kind::Whole,
            kind => kind,
        });
    }
    let number = |text: &str| {
        Some(text).filter(|text| fits(text, marks.decimal, marks.thousands))?;
        parse_number(text, marks.decimal, marks.thousands)
    };
    let numbers: Option<Vec<f64>> = counts.keys().map(|text| number(text)).collect();
    if let Some(numbers) = numbers {
        if counts.len() == 2 && counts.keys().all(|text| matches!(*text, "0" | "1")) {
            return plain(Kind::Flag);
        }
        return plain(if numbers.iter().all(|number| number.fract() == 0.0) { Kind::Whole } else { Kind::Decimal });
    }
    if !counts.keys().all(|text| dates::looks_like_date(text)) {
        return plain(Kind::Text);
    }
    let text = |trouble: String| Told { kind: Kind::Text, order: None, trouble: Some(trouble) };
    match dates::infer_order(counts.keys().copied()) {
        Ok(order) => match counts.keys().find(|text| dates::parse(text, order).is_none()) {
            Some(odd) => text(format!("it looks like dates, but \"{odd}\" is none")),
            None => Told { kind: Kind::Day, order: Some(order), trouble: None },
        },
        Err(OrderProblem::Ambiguous { .. }) => plain(Kind::Day),
        Err(problem) => text(format!("it looks like dates, but {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(values: &[&str]) -> Values {
        let mut counts = HashMap::new();
        for value in values {
            *counts.entry((*value).to_owned()).or_default() += 1;
        }
        Values { name: "a".to_owned(), stored: None, counts, counts_rows: false }
    }

    #[test]
    fn marks_are_told_from_all_columns() {
        for (columns, separator, expected) in [
            (&[&["1.5", "2"][..], &["1,234", "5"]][..], ',', ('.', Some(','))),
            (&[&["1,5", "2"]], ';', (',', None)),
            (&[&["1.234,5", "2"]], ';', (',', Some('.'))),
            (&[&["1.234", "2.345"], &["1,5", "7"], &["1.234,5"]], ';', (',', Some('.'))),
            (&[&["1,234", "22,345"]], ',', ('.', Some(','))),
            (&[&["1,234", "22,345"]], ';', (',', None)),
            (&[&["1 234,5", "7"]], ';', (',', Some(' '))),
            (&[&["1.5"], &["a", "b"]], ',', ('.', None)),
            (&[&["1,5", "1.5"]], ';', ('.', None)),
        ] {
            let columns: Vec<Values> = columns.iter().map(|values| column(values)).collect();
            let marks = marks(&columns, Some(separator));
            assert_eq!((marks.decimal, marks.thousands), expected);
        }
    }

    #[test]
    fn odd_texts_among_numbers_are_missing_unless_they_mean_something_elsewhere() {
        let mut numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        numbers.extend(["n.d.".to_owned(), "?".to_owned()]);
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        assert_eq!(marks(&[column(&numbers)], None).missing, ["?", "n.d."]);
        let levels = column(&["n.d.", "Bari", "?"]);
        assert_eq!(marks(&[column(&numbers), levels], None).missing, ["?"]);
        assert!(marks(&[column(&["1", "2", "many"])], None).missing.is_empty());
    }

    #[test]
    fn minus_one_names_an_unknown_thing_only_where_it_is_no_number() {
        let named = |name: &str, values: &[&str]| Values { name: name.to_owned(), ..column(values) };
        let ids = || named("customer_id", &["-1", "-1", "12", "13"]);
        assert_eq!(marks(&[ids(), named("quantity", &["1", "2"])], None).missing, ["-1"]);
        assert!(marks(&[ids(), named("quantity", &["1", "-1"])], None).missing.is_empty());
        assert!(marks(&[named("balance", &["-1", "-1", "12", "13"])], None).missing.is_empty());
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
