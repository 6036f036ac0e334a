//! Marks of numbers, spellings of missing values and the order of dates, told from the values of a whole table.

use std::collections::{BTreeMap, HashMap};

use crate::dataset::dates;
use crate::dataset::manifest::Table;
use crate::dataset::numbers::{self, Unit, body};
use crate::propose::clues::{Clue, clue};
use crate::propose::reading::{Marks, Values};
use crate::propose::words;

/// Spellings that mean a missing value wherever they stand among numbers or dates.
const KNOWN_MISSING: [&str; 34] = [
    "k.A.",
    "k. A.",
    "k.a.",
    "keine Angabe",
    "n.d.",
    "s/d",
    "n/d",
    "b.d.",
    "brak",
    "нет",
    "н/д",
    "未知",
    "-",
    "--",
    "?",
    ".",
    "n/a",
    "N.A.",
    "n.a.",
    "#N/A",
    "#NULL!",
    "<NA>",
    "none",
    "NaT",
    "Null",
    "\\N",
    "unknown",
    "missing",
    "#VALUE!",
    "#DIV/0!",
    "#REF!",
    "#NAME?",
    "#NUM!",
    "(blank)",
];

/// Whether a text stands for a missing value among numbers and dates.
pub(super) fn is_missing(text: &str) -> bool {
    KNOWN_MISSING.contains(&text) || Table::default().missing_values.iter().any(|known| known == text)
}

/// Share of the values that must be numbers or dates where the others are texts of no known meaning.
pub(super) const MOSTLY: f64 = 0.95;

/// Different texts that may stand among numbers or dates.
const FEW: usize = 3;

/// Different values of one shape that are no accident.
pub(super) const SURE: usize = 8;

/// The marks of a table, and what they leave open.
pub(super) struct Found {
    pub(super) marks: Marks,
    pub(super) doubt: Option<Doubt>,
}

/// A mark that may stand before decimals or between thousands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Doubt {
    pub(super) mark: char,
    pub(super) column: String,
    pub(super) example: String,
}

/// What the numbers of one column say of marks.
#[derive(Default)]
struct Clues {
    decimal: BTreeMap<char, usize>,
    thousands: BTreeMap<char, usize>,
    /// Marks with three digits behind and nothing else that tells.
    either: BTreeMap<char, Either>,
    /// Whole numbers without a mark: below a thousand, and from there.
    small: usize,
    large: usize,
}

#[derive(Default)]
struct Either {
    values: usize,
    ends_in_zero: bool,
    example: String,
}

impl Clues {
    fn of(column: &Values) -> Self {
        let mut clues = Self::default();
        for text in column.counts.keys() {
            let Some(body) = body(text) else { continue };
            match clue(&body.digits) {
                Clue::Plain { digits } if digits > 3 => clues.large += 1,
                Clue::Plain { .. } => clues.small += 1,
                Clue::Decimal(mark) => *clues.decimal.entry(mark).or_default() += 1,
                Clue::Thousands(mark) => *clues.thousands.entry(mark).or_default() += 1,
                Clue::Both { thousands, decimal } => {
                    *clues.thousands.entry(thousands).or_default() += 1;
                    *clues.decimal.entry(decimal).or_default() += 1;
                }
                Clue::Either(mark) => {
                    let either = clues.either.entry(mark).or_default();
                    either.values += 1;
                    either.ends_in_zero |= body.digits.ends_with('0');
                    if either.example.is_empty() || *text < either.example {
                        either.example.clone_from(text);
                    }
                }
                Clue::No => {}
            }
        }
        clues
    }
}

/// Marks of all columns of a table. Cells of a workbook hold numbers as such, so that only numbers in text have marks, and a
/// decimal point.
pub(super) fn marks(columns: &[Values], separator: Option<char>) -> Found {
    let texts: Vec<&Values> = columns.iter().filter(|column| column.stored.is_none()).collect();
    let dressed = |text: &str| body(text).is_some_and(|body| clue(&body.digits) != Clue::No);
    let numeric: Vec<(&Values, Clues)> = texts
        .iter()
        .filter(|column| others(column, dressed).is_some())
        .map(|column| (*column, Clues::of(column)))
        .collect();
    let (decimal, thousands, doubt) = decide(&numeric, separator);
    let mut missing: Vec<String> = Vec::new();
    let number = |text: &str| numbers::parse(text, decimal, thousands).is_some();
    for column in &texts {
        let Some(odd) = others(column, number).or_else(|| others(column, dates::looks_like_date)) else { continue };
        for text in odd {
            if !missing.contains(&text) && !text.trim().is_empty() && !is_level(&texts, &text, &number) {
                missing.push(text);
            }
        }
    }
    missing.extend(unknown_mark(&texts, &number));
    missing.sort();
    Found { marks: Marks { decimal, thousands, missing }, doubt }
}

/// The marks that the clues of all columns agree on.
fn decide(columns: &[(&Values, Clues)], separator: Option<char>) -> (char, Option<char>, Option<Doubt>) {
    let sum = |of: fn(&Clues) -> &BTreeMap<char, usize>| {
        let mut sums: BTreeMap<char, usize> = BTreeMap::new();
        for (_, clues) in columns {
            for (mark, count) in of(clues) {
                *sums.entry(*mark).or_default() += count;
            }
        }
        sums
    };
    let (decimals, groups) = (sum(|clues| &clues.decimal), sum(|clues| &clues.thousands));
    let most = |sums: &BTreeMap<char, usize>, except: Option<char>| {
        let known = sums.iter().filter(|(mark, _)| Some(**mark) != except);
        known.max_by_key(|(mark, count)| (**count, std::cmp::Reverse(**mark))).map(|(mark, _)| *mark)
    };
    let other = |mark: char| if mark == ',' { '.' } else { ',' };
    let eithers = || {
        columns
            .iter()
            .flat_map(|(column, clues)| clues.either.iter().map(move |(mark, either)| (*column, clues, *mark, either)))
    };
    if let Some(decimal) = most(&decimals, None) {
        let group = most(&groups, Some(decimal))
            .or_else(|| eithers().map(|(_, _, mark, _)| mark).find(|mark| *mark != decimal));
        return (decimal, group, None);
    }
    if let Some(group) = most(&groups, None) {
        // What else stands before three digits is the decimal mark then.
        let decimal = eithers().map(|(_, _, mark, _)| mark).find(|mark| *mark != group && matches!(mark, '.' | ','));
        return (decimal.unwrap_or(if group == '.' { ',' } else { '.' }), Some(group), None);
    }
    let marks: std::collections::BTreeSet<char> = eithers().map(|(_, _, mark, _)| mark).collect();
    let Some(mark) = marks.into_iter().next() else { return ('.', None, None) };
    let grouped = (other(mark), Some(mark));
    // A whole number of four digits without the mark shows that thousands have none.
    if eithers().any(|(_, clues, _, _)| clues.large > 0) {
        return (mark, None, None);
    }
    // Decimals are written with a fixed number of digits, and then whole numbers have them too, or without zeros at the end.
    let is_grouped = |clues: &Clues, either: &Either| clues.small > 0 && (either.ends_in_zero || either.values >= SURE);
    if eithers().any(|(_, clues, _, either)| is_grouped(clues, either)) {
        return (grouped.0, grouped.1, None);
    }
    let doubt = eithers().next().map(|(column, _, _, either)| Doubt {
        mark,
        column: column.name.clone(),
        example: either.example.clone(),
    });
    let has_small = eithers().any(|(_, clues, _, _)| clues.small > 0);
    match (mark, separator) {
        // A file whose columns are parted by commas quotes numbers for the commas between thousands.
        (',', Some(separator)) if separator != ';' => {
            (grouped.0, grouped.1, if separator == ',' { None } else { doubt })
        }
        _ if has_small => (grouped.0, grouped.1, doubt),
        _ => (mark, None, doubt),
    }
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

/// The few texts of a column that do not fit, when nearly all do; `None` when they do not. Blanks are no text, and what holds a digit
/// means something, so that it is never taken for missing.
fn others(column: &Values, fits: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let (mut fitting, mut total, mut odd) = (0, 0, Vec::new());
    for (text, count) in column.counts.iter().filter(|(text, _)| !text.trim().is_empty()) {
        total += count;
        if fits(text) {
            fitting += count;
        } else if odd.len() == FEW || text.chars().any(char::is_numeric) {
            return None;
        } else {
            odd.push(text.clone());
        }
    }
    let known = odd.iter().all(|text| KNOWN_MISSING.contains(&text.trim()));
    let enough = if known { fitting * 2 > total } else { fitting as f64 >= MOSTLY * total as f64 };
    (fitting > 0 && enough).then_some(odd)
}

/// The currencies beside the numbers of columns, the most frequent one first.
pub(super) fn currencies<'a>(columns: impl Iterator<Item = &'a Values>) -> Vec<String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for column in columns.filter(|column| column.stored.is_none()) {
        for (text, count) in &column.counts {
            if let Some(Unit::Currency(sign)) = body(text).and_then(|body| body.unit) {
                *counts.entry(sign).or_default() += count;
            }
        }
    }
    let mut signs: Vec<(String, usize)> = counts.into_iter().collect();
    signs.sort_by_key(|(sign, count)| (std::cmp::Reverse(*count), sign.clone()));
    signs.into_iter().map(|(sign, _)| sign).collect()
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
            (&[&["1,5", "1.5"]], ';', (',', None)),
            (&[&["1.250", "980", "2.120", "410"]], ';', (',', Some('.'))),
            (&[&["1,051", "980", "2,120"]], ';', ('.', Some(','))),
            (&[&["1.250", "1980"]], ';', ('.', None)),
            (&[&["0.125", "1.250"]], ',', ('.', None)),
            (&[&["1'234.50", "7"]], ',', ('.', Some('\''))),
            (&[&["(1.234,50)", "7"]], ';', (',', Some('.'))),
        ] {
            let columns: Vec<Values> = columns.iter().map(|values| column(values)).collect();
            let marks = marks(&columns, Some(separator)).marks;
            assert_eq!((marks.decimal, marks.thousands), expected);
        }
    }

    #[test]
    fn odd_texts_among_numbers_are_missing_unless_they_mean_something_elsewhere() {
        let mut numbers: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        numbers.extend(["x.x.".to_owned(), "?".to_owned()]);
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).collect();
        assert_eq!(marks(&[column(&numbers)], None).marks.missing, ["?", "x.x."]);
        let levels = column(&["x.x.", "Bari", "?"]);
        assert_eq!(marks(&[column(&numbers), levels], None).marks.missing, ["?"]);
        assert!(marks(&[column(&["1", "2", "many"])], None).marks.missing.is_empty());
    }

    #[test]
    fn minus_one_names_an_unknown_thing_only_where_it_is_no_number() {
        let named = |name: &str, values: &[&str]| Values { name: name.to_owned(), ..column(values) };
        let ids = || named("customer_id", &["-1", "-1", "12", "13"]);
        assert_eq!(marks(&[ids(), named("quantity", &["1", "2"])], None).marks.missing, ["-1"]);
        assert!(marks(&[ids(), named("quantity", &["1", "-1"])], None).marks.missing.is_empty());
        assert!(marks(&[named("balance", &["-1", "-1", "12", "13"])], None).marks.missing.is_empty());
    }
}
