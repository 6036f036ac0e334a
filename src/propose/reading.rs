//! How a table is read, and the values that were read of it.

use std::collections::HashMap;

use polars::prelude::*;

use super::proposal::Kind;
use crate::dataset::dates::{self, DateOrder};
use crate::dataset::manifest::Table;

/// The cells of a column as they stand, from row to row.
pub(super) type Texts = StringChunked;

/// How the texts of a table are read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Marks {
    pub(super) decimal: char,
    pub(super) thousands: Option<char>,
    /// Spellings of a missing value beside the usual ones.
    pub(super) missing: Vec<String>,
}

/// The values of a column: how often each occurs.
pub(super) struct Values {
    pub(super) name: String,
    /// What the format says of them; text says nothing.
    pub(super) stored: Option<Kind>,
    pub(super) counts: HashMap<String, usize>,
    /// Cells without anything.
    pub(super) empty: usize,
    /// Cells of a text that stands for a missing value, by text; they are not among the others.
    pub(super) spelt_missing: Vec<(String, usize)>,
    /// The one order of dates, day or month first, in which they follow each other from row to row.
    pub(super) rising_order: Option<DateOrder>,
    /// Whether they are whole numbers that rise from row to row, like those that a program writes in front of its rows.
    pub(super) counts_rows: bool,
}

/// How a table is read, as people said; nothing of it is inferred.
pub(super) struct Reading {
    pub(super) file: String,
    pub(super) sheet: Option<String>,
    pub(super) separator: Option<char>,
    pub(super) encoding: Option<String>,
    pub(super) marks: Marks,
    /// Order of dates; none to tell it for each column by itself.
    pub(super) date_order: Option<DateOrder>,
}

impl Reading {
    pub(super) fn is_of(&self, file: &str, sheet: Option<&str>) -> bool {
        self.file == file && self.sheet.as_deref() == sheet
    }
}

/// What a typed column holds; nothing of text.
pub(super) fn stored(series: &Series) -> Option<Kind> {
    match series.dtype() {
        DataType::Boolean => Some(Kind::Flag),
        DataType::Date | DataType::Datetime(..) => Some(Kind::Day),
        dtype if dtype.is_integer() => Some(Kind::Whole),
        dtype if dtype.is_float() => Some(Kind::Decimal),
        _ => None,
    }
}

impl Values {
    pub(super) fn of(name: &str, stored: Option<Kind>, texts: &StringChunked) -> Self {
        let mut counts: HashMap<String, usize> = HashMap::new();
        let (mut counts_rows, mut empty) = (true, 0);
        let mut before = Some(-1);
        for text in texts.iter() {
            let Some(text) = text else {
                counts_rows = false;
                empty += 1;
                continue;
            };
            let number: Option<i64> = text.parse().ok();
            counts_rows &= number.is_some() && number > before;
            before = number;
            match counts.get_mut(text) {
                Some(count) => *count += 1,
                None => {
                    counts.insert(text.to_owned(), 1);
                }
            }
        }
        let rising_order = if stored.is_none() { rising_order(texts) } else { None };
        Self { name: name.to_owned(), stored, counts, empty, spelt_missing: Vec::new(), rising_order, counts_rows }
    }
}

/// Fewest different days in a row that are in an order by more than chance.
const ORDERED: usize = 12;

/// Day or month first, when only with that the days never fall, or never rise, from row to row.
fn rising_order(texts: &StringChunked) -> Option<DateOrder> {
    let first = texts.iter().flatten().find(|text| !text.trim().is_empty())?;
    if !dates::looks_like_date(first) {
        return None;
    }
    let is_ordered = |order: DateOrder| {
        let (mut before, mut changes, mut rises, mut falls) = (None, 0, true, true);
        let usual = Table::default().missing_values;
        let is_day = |text: &&str| {
            !text.trim().is_empty() && !dates::is_no_day(text) && !usual.iter().any(|missing| missing == text)
        };
        for text in texts.iter().flatten().filter(is_day) {
            let day = dates::parse(text, order)?;
            if let Some(before) = before.filter(|before| *before != day) {
                changes += 1;
                rises &= before < day;
                falls &= before > day;
            }
            before = Some(day);
        }
        Some((rises || falls) && changes >= ORDERED)
    };
    let both = [DateOrder::DayMonthYear, DateOrder::MonthDayYear].map(|order| is_ordered(order).unwrap_or(false));
    match both {
        [true, false] => Some(DateOrder::DayMonthYear),
        [false, true] => Some(DateOrder::MonthDayYear),
        _ => None,
    }
}
