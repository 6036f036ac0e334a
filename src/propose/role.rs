//! What a column of a table is for, as far as itself can tell.

use std::collections::BTreeMap;

use crate::dataset::manifest::{Role, Table};
use crate::dataset::numbers::{self, Unit};
use crate::figures;
use crate::propose::proposal::{ColumnProposal, Kind};
use crate::propose::reading::{Marks, Values};
use crate::propose::told::Told;
use crate::propose::words;

/// Most different values that are compared.
pub(super) const LEVELS: usize = 200;

/// What is said of a column of numbers.
pub(super) const NUMBERS: &str = "All values are numbers.";

/// Most texts of a column that are told one by one.
const FEW_LEVELS: usize = 20;

pub(super) fn proposed(column: &Values, told: &Told, rows: usize, marks: &Marks) -> ColumnProposal {
    let is_filled = |text: &String| !marks.missing.contains(text) && !text.trim().is_empty();
    // Blanks around a text are no part of it.
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (text, count) in column.counts.iter().filter(|(text, _)| is_filled(text)) {
        *counts.entry(text.trim()).or_default() += count;
    }
    let (filled, distinct) = (counts.values().sum::<usize>(), counts.len());
    let (role, mut reason) = role(column, told, filled, distinct, rows);
    for text in Table::default().missing_values.iter().filter(|text| counts.contains_key(text.as_str())) {
        reason.push_str(&format!(" \"{text}\" is one of them."));
    }
    for (text, cells) in &column.spelt_missing {
        reason.push_str(&format!(
            " {} spelt \"{text}\" {} as missing.",
            figures::counted(*cells, "cell", "cells"),
            if *cells == 1 { "counts" } else { "count" }
        ));
    }
    let is_few = told.kind == Kind::Text && distinct <= FEW_LEVELS;
    let levels = counts.keys().filter(|_| is_few).map(|text| (*text).to_owned()).collect();
    let is_padded =
        told.kind == Kind::Text && column.counts.keys().any(|text| is_filled(text) && text.len() != text.trim().len());
    ColumnProposal {
        name: column.name.clone(),
        role,
        reason,
        kind: told.kind,
        filled,
        missing: rows - filled,
        distinct,
        most: counts.values().max().copied().unwrap_or(0) as f64 / filled.max(1) as f64,
        levels,
        returns: crate::propose::returns::clues(column, told.kind, marks),
        keeps_leading_digits: false,
        respelt: None,
        unit: (told.unit == Some(Unit::Percent)).then(|| "%".to_owned()),
        is_padded,
        has_digits: counts.keys().all(|text| text.chars().any(char::is_numeric)),
        joins_rows: false,
        parts: Vec::new(),
        per_order: None,
        sum_once: None,
        first_line_of: None,
        plausible: None,
        sum: sum(column, told, marks),
    }
}

/// The sum of a column of numbers.
fn sum(column: &Values, told: &Told, marks: &Marks) -> Option<f64> {
    if !matches!(told.kind, Kind::Whole | Kind::Decimal) {
        return None;
    }
    let number = |text: &str| match column.stored {
        Some(_) => text.parse().ok(),
        None => numbers::parse(text, marks.decimal, marks.thousands),
    };
    let times = |(text, count): (&String, &usize)| Some(number(text)? * *count as f64);
    Some(column.counts.iter().filter_map(times).sum())
}

/// What a column is for, as far as itself can tell, and why.
fn role(column: &Values, told: &Told, filled: usize, distinct: usize, rows: usize) -> (Role, String) {
    let name = &column.name;
    let is_unique = filled == rows && distinct == rows && rows > 1;
    let say = |role: Role, reason: &str| (role, reason.to_owned());
    if let Some(trouble) = &told.trouble {
        return (Role::Ignore, format!("Left out: {trouble}."));
    }
    if told.kind == Kind::Empty {
        return say(Role::Ignore, "Left out: every value is missing.");
    }
    if told.kind == Kind::Day {
        return match told.counts_days {
            Some(way) => (Role::Date, format!("Its numbers count days: {}.", way.words())),
            None => say(Role::Date, "All values are dates."),
        };
    }
    if told.kind == Kind::Flag {
        return say(Role::Flag, "The values are 0 and 1.");
    }
    let plain = words::plain(name);
    if column.counts_rows
        && (plain.is_empty()
            || ["index", "row", "rownumber", "unnamed0"].contains(&plain.as_str())
            || name.starts_with("column_"))
    {
        return say(Role::Ignore, "Left out: it counts the rows.");
    }
    let names_row = words::names_things(name) || words::names_customers(name) && words::words(name).len() == 1;
    if names_row && is_unique {
        return say(Role::Id, "Its name says that it names things, and every value is different.");
    }
    let is_number = matches!(told.kind, Kind::Whole | Kind::Decimal);
    let is_code = told.code.is_some()
        || words::has(name, words::CODE)
        || is_number && told.kind == Kind::Whole && words::names_things(name);
    if distinct < 2 {
        return say(Role::Ignore, "Left out: it has one value only.");
    }
    if is_number && !is_code && told.is_row_number {
        return say(Role::Ignore, "Left out: it counts the rows.");
    }
    if is_number && !is_code {
        let is_place = words::has(name, words::LATITUDE) || words::has(name, words::LONGITUDE);
        return if is_place {
            say(Role::Ignore, "Left out: a place on the map is no quantity.")
        } else {
            say(Role::Numeric, NUMBERS)
        };
    }
    if distinct > LEVELS {
        return (Role::Ignore, format!("Left out: its {distinct} different values are too many to compare."));
    }
    if distinct == filled && rows > 1 {
        return say(Role::Ignore, "Left out: every value is different.");
    }
    let what = match (told.code, is_number) {
        (Some(why), _) => format!("codes: {why}"),
        (None, true) => "numbers that name something".to_owned(),
        (None, false) => "texts".to_owned(),
    };
    (Role::Category, format!("It holds {distinct} different {what}."))
}
