//! A table with the kinds and roles of its columns, before it is known what it is for.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use crate::dataset::dates;
use crate::dataset::manifest::{DateOrder, Role};
use crate::dataset::numbers::{self, Unit};
use crate::figures;
use crate::propose::look::Look;
use crate::propose::marks::{Doubt, Found, Told, currencies, marks, told as told_of};
use crate::propose::proposal::{ColumnProposal, Kind, TableProposal};
use crate::propose::questions::{Answers, Question, Reading as Choice};
use crate::propose::reading::{Marks, Reading, Values};
use crate::propose::words;

/// Most levels of a category.
pub(super) const LEVELS: usize = 200;

/// A proposed table and what is only needed to bring tables together.
pub(super) struct Draft {
    pub(super) proposal: TableProposal,
    pub(super) facets: Vec<Facet>,
    /// Rows that are equal to an earlier one.
    pub(super) repeated_rows: usize,
    /// Currency beside its numbers.
    pub(super) currency: Option<String>,
    /// What its texts leave open.
    pub(super) questions: Vec<Question>,
}

/// What a column would be as a key.
pub(super) struct Facet {
    /// Hashes of its different values, without decimals of whole numbers.
    pub(super) values: HashSet<u64>,
    /// Whether whole numbers are written with a decimal, such as `17850.0`.
    pub(super) has_decimals: bool,
    /// Whether some value holds a letter.
    pub(super) has_letters: bool,
}

impl Draft {
    pub(super) fn of(name: String, look: Look, reading: Option<&Reading>, answers: &Answers) -> Self {
        let Look { table, format, columns, rows, is_complete, repeated_rows, preview, notes } = look;
        let mut questions = Vec::new();
        let marks = if let Some(reading) = reading {
            reading.marks.clone()
        } else {
            let Found { marks, doubt } = marks(&columns, if format.is_text() { table.separator } else { None });
            match doubt {
                Some(doubt) => settle_marks(&name, &columns, marks, &doubt, answers, &mut questions),
                None => marks,
            }
        };
        let mut marks = marks;
        let mut told: Vec<Told> = columns.iter().map(|column| told_of(column, &marks)).collect();
        for (column, told) in columns.iter().zip(&mut told) {
            if let Some(question) = what_is_odd(&name, column, told, answers) {
                if question.taken() == MISSING {
                    marks.missing.append(&mut told.odd);
                    *told = told_of(column, &marks);
                }
                questions.push(question);
            }
        }
        let mut reasons = notes;
        let date_order = match reading.and_then(|reading| reading.date_order) {
            Some(order) => {
                read_in_order(&columns, &mut told, order);
                Some(order)
            }
            None => settle_order(&name, &columns, &mut told, &mut reasons, answers, &mut questions),
        };
        if marks.decimal != '.' || marks.thousands.is_some() {
            reasons.push(marks_in_words(&marks));
        }
        if !marks.missing.is_empty() {
            let spelt: Vec<String> = marks.missing.iter().map(|text| format!("\"{text}\"")).collect();
            reasons.push(format!("{} among numbers or dates count as missing.", spelt.join(", ")));
        }
        if let Some(encoding) = &table.encoding {
            reasons.push(format!("Its bytes are no UTF-8, so it is read as {encoding}."));
        }
        if !is_complete {
            reasons.push(format!("Only the first {rows} rows were looked at."));
        }
        let signs = currencies(&columns);
        if signs.len() > 1 {
            reasons.push(format!(
                "Amounts carry several currencies ({}) and are taken as if they were one; convert them first.",
                signs.join(", ")
            ));
        }
        let currency = signs.first().cloned();
        let facets = columns.iter().zip(&told).map(|(column, told)| Facet::of(column, told.kind)).collect();
        let columns = columns.iter().zip(&told).map(|(column, told)| proposed(column, told, rows, &marks)).collect();
        let proposal = TableProposal {
            name,
            file: table.file,
            sheet: table.sheet,
            format,
            separator: table.separator,
            encoding: table.encoding,
            decimal: marks.decimal,
            thousands: marks.thousands,
            date_order,
            missing_values: marks.missing,
            drops_duplicate_rows: false,
            drops_duplicate_ids: false,
            rows,
            is_complete,
            reasons,
            columns,
            preview,
        };
        Self { proposal, facets, repeated_rows, currency, questions }
    }

    /// Rows whose value of a column stands in an earlier row too.
    pub(super) fn repetitions(&self, column: usize) -> usize {
        self.proposal.columns[column].filled.saturating_sub(self.facets[column].values.len())
    }

    /// Whether each value of a column stands in one row only, but for rows that are repeated as a whole.
    pub(super) fn is_key(&self, column: usize) -> bool {
        let distinct = self.facets[column].values.len();
        distinct > 1 && self.repetitions(column) <= self.repeated_rows
    }
}

impl Facet {
    fn of(column: &Values, kind: Kind) -> Self {
        let text = |text: &str| xxh3_64(text.trim().as_bytes());
        let values = match kind {
            Kind::Whole | Kind::Flag => column.counts.keys().map(|value| text(whole(value))).collect(),
            Kind::Text => column.counts.keys().map(|value| text(value)).collect(),
            _ => HashSet::new(),
        };
        Self {
            values,
            has_decimals: kind == Kind::Whole
                && (column.stored == Some(Kind::Decimal) || column.counts.keys().any(|text| whole(text) != text)),
            has_letters: column.counts.keys().any(|text| text.chars().any(char::is_alphabetic)),
        }
    }
}

/// A whole number without the decimals that a program wrote behind it.
fn whole(text: &str) -> &str {
    text.split_once('.').map_or(text, |(whole, _)| whole)
}

/// The order of dates of the table: that of all its columns, or nothing when each tells its own. A column that can be read
/// both ways follows the others; alone, it follows its marks, because slashes are American.
fn settle_order(
    table: &str,
    columns: &[Values],
    told: &mut [Told],
    reasons: &mut Vec<String>,
    answers: &Answers,
    questions: &mut Vec<Question>,
) -> Option<DateOrder> {
    let is_text = |at: &usize| columns[*at].stored.is_none() && told[*at].counts_days.is_none();
    let days: Vec<usize> = (0..told.len()).filter(|at| told[*at].kind == Kind::Day).filter(is_text).collect();
    let mut known: Vec<DateOrder> = days.iter().filter_map(|at| told[*at].order).collect();
    known.dedup();
    let unclear: Vec<usize> = days.into_iter().filter(|at| told[*at].order.is_none()).collect();
    let names: Vec<&str> = unclear.iter().map(|at| columns[*at].name.as_str()).collect();
    let names = names.join(", ");
    match (known.as_slice(), unclear.as_slice()) {
        ([order], []) => Some(*order),
        (_, []) => None,
        ([order], _) if *order != DateOrder::YearMonthDay => {
            reasons.push(format!("Dates of {names} can be read in two ways and follow those of the other columns."));
            Some(*order)
        }
        ([], [first, ..]) => {
            if let Some(order) = columns[*first].rising_order {
                let words = if order == DateOrder::DayMonthYear { "day" } else { "month" };
                reasons.push(format!(
                    "Dates of {names} can be read in two ways; read {words} first they follow each other from row to row, and otherwise they do not."
                ));
                return Some(order);
            }
            let question = which_order(table, &columns[*first], answers);
            let order = order_of(question.taken());
            if question.answer.is_some() {
                let words = if order == DateOrder::DayMonthYear { "day" } else { "month" };
                reasons.push(format!(
                    "Dates of {names} can be read in two ways and are taken {words} first, as was answered."
                ));
            }
            questions.push(question);
            Some(order)
        }
        _ => {
            for at in unclear {
                told[at].kind = Kind::Text;
                told[at].trouble =
                    Some("its dates can be read in two ways and other columns have other orders".to_owned());
            }
            None
        }
    }
}

/// Dates in the order that people said; a column that does not fit it is text, with the first odd value as the reason.
fn read_in_order(columns: &[Values], told: &mut [Told], order: DateOrder) {
    for (column, told) in columns.iter().zip(told).filter(|(column, _)| column.stored.is_none()) {
        if told.kind != Kind::Day || told.counts_days.is_some() {
            continue;
        }
        let odd =
            column.counts.keys().filter(|text| dates::parse(text, order).is_none() && !dates::is_no_day(text)).min();
        match odd {
            None => told.order = Some(order),
            Some(odd) => {
                *told = Told {
                    kind: Kind::Text,
                    order: None,
                    trouble: Some(format!("\"{odd}\" is no date in the order that was chosen")),
                    odd: Vec::new(),
                    counts_days: None,
                    unit: None,
                };
            }
        }
    }
}

const MISSING: &str = "missing";
const LEFT_OUT: &str = "left-out";

/// Asks what to do about a column that would hold numbers or days but for some texts.
fn what_is_odd(table: &str, column: &Values, told: &Told, answers: &Answers) -> Option<Question> {
    let trouble = told.trouble.as_ref()?;
    let rows: usize = told.odd.iter().filter_map(|text| column.counts.get(text)).sum();
    let mut options = vec![Choice::new(
        LEFT_OUT,
        "The column is left out.",
        "Nothing is worked out from it; correct the file to use it.",
    )];
    if !told.odd.is_empty() {
        let shown: Vec<String> = told.odd.iter().take(5).map(|text| format!("\"{text}\"")).collect();
        let more = if told.odd.len() > 5 { format!(" and {} more", told.odd.len() - 5) } else { String::new() };
        options.push(Choice::new(
            MISSING,
            format!("What does not fit is missing: {}{more}.", shown.join(", ")),
            format!("{} of the column become missing.", figures::counted(rows, "cell", "cells")),
        ));
    }
    let text =
        format!("Column {} of table {table} cannot be used as it is: {trouble}. What is to be done?", column.name);
    Some(Question::new(format!("column.{table}.{}", column.name), text, options, (LEFT_OUT, 0.5), answers))
}

const DAY_FIRST: &str = "day-first";
const MONTH_FIRST: &str = "month-first";

fn order_of(answer: &str) -> DateOrder {
    if answer == DAY_FIRST { DateOrder::DayMonthYear } else { DateOrder::MonthDayYear }
}

/// Asks whether day or month comes first.
fn which_order(table: &str, column: &Values, answers: &Answers) -> Question {
    let example = column.counts.keys().filter(|text| dates::looks_like_date(text)).min().cloned().unwrap_or_default();
    let has_slashes = column.counts.keys().any(|text| text.contains('/'));
    let reading = |value: &str, words: &str| {
        let days = || column.counts.keys().filter_map(|text| dates::parse(text, order_of(value)));
        let text = |day: Option<i32>| day.map_or_else(String::new, |day| dates::format_iso(f64::from(day)));
        let meant = dates::parse(&example, order_of(value));
        Choice::new(
            value,
            format!("{words}: \"{example}\" is {}.", text(meant)),
            format!("Days from {} to {}.", text(days().min()), text(days().max())),
        )
    };
    let options = vec![reading(DAY_FIRST, "Day first"), reading(MONTH_FIRST, "Month first")];
    let likely = if has_slashes { (MONTH_FIRST, 0.6) } else { (DAY_FIRST, 0.8) };
    let text = format!(
        "Dates of column {} in table {table} can be read in two ways: all of them have two numbers from 1 to 12. Which comes first?",
        column.name
    );
    Question::new(format!("dates.{table}"), text, options, likely, answers)
}

const THOUSANDS: &str = "thousands";
const DECIMALS: &str = "decimals";

/// Asks what a mark with three digits behind it means.
fn settle_marks(
    table: &str,
    columns: &[Values],
    marks: Marks,
    doubt: &Doubt,
    answers: &Answers,
    questions: &mut Vec<Question>,
) -> Marks {
    let other = if doubt.mark == ',' { '.' } else { ',' };
    let of = |value: &str| if value == THOUSANDS { (other, Some(doubt.mark)) } else { (doubt.mark, None) };
    let column = columns.iter().find(|column| column.name == doubt.column);
    let reading = |value: &str, words: &str| {
        let (decimal, thousands) = of(value);
        let number = |text: &str| numbers::parse(text, decimal, thousands);
        let sum: f64 = column
            .into_iter()
            .flat_map(|column| &column.counts)
            .filter_map(|(text, count)| Some(number(text)? * *count as f64))
            .sum();
        let meant = number(&doubt.example).map_or_else(String::new, figures::number);
        Choice::new(
            value,
            format!("{words}: \"{}\" is {meant}.", doubt.example),
            format!("{} adds up to {}.", doubt.column, figures::number(sum)),
        )
    };
    let options = vec![
        reading(THOUSANDS, &format!("\"{}\" between thousands", doubt.mark)),
        reading(DECIMALS, &format!("\"{}\" before decimals", doubt.mark)),
    ];
    let likely = if marks.thousands == Some(doubt.mark) { (THOUSANDS, 0.7) } else { (DECIMALS, 0.6) };
    let text = format!(
        "Numbers of column {} in table {table} can be read in two ways: each \"{}\" has three digits behind it. What does it stand for?",
        doubt.column, doubt.mark
    );
    let question = Question::new(format!("numbers.{table}"), text, options, likely, answers);
    let (decimal, thousands) = of(question.taken());
    questions.push(question);
    Marks { decimal, thousands, ..marks }
}

fn marks_in_words(marks: &Marks) -> String {
    let thousands = match marks.thousands {
        None => String::new(),
        Some(' ' | '\u{a0}' | '\u{202f}') => " and spaces between thousands".to_owned(),
        Some(mark) => format!(" and \"{mark}\" between thousands"),
    };
    format!("Numbers are written with \"{}\" before decimals{thousands}.", marks.decimal)
}

/// Most texts of a column that are told one by one.
const FEW_LEVELS: usize = 20;

fn proposed(column: &Values, told: &Told, rows: usize, marks: &Marks) -> ColumnProposal {
    let is_filled = |text: &String| !marks.missing.contains(text) && !text.trim().is_empty();
    let counts = || column.counts.iter().filter(|(text, _)| is_filled(text)).map(|(_, count)| *count);
    let (filled, distinct) = (counts().sum::<usize>(), counts().count());
    let (role, reason) = role(column, told, filled, distinct, rows);
    let is_few = told.kind == Kind::Text && distinct <= FEW_LEVELS;
    let mut levels: Vec<String> = column.counts.keys().filter(|text| is_few && is_filled(text)).cloned().collect();
    levels.sort_unstable();
    ColumnProposal {
        name: column.name.clone(),
        role,
        reason,
        kind: told.kind,
        filled,
        missing: rows - filled,
        distinct,
        most: counts().max().unwrap_or(0) as f64 / filled.max(1) as f64,
        levels,
        returns: crate::propose::returns::clues(column, told.kind, marks),
        keeps_leading_digits: false,
        unit: (told.unit == Some(Unit::Percent)).then(|| "%".to_owned()),
    }
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
    let is_code = words::has(name, words::CODE) || is_number && told.kind == Kind::Whole && words::names_things(name);
    if distinct < 2 {
        return say(Role::Ignore, "Left out: it has one value only.");
    }
    if is_number && !is_code {
        let is_place = words::has(name, words::LATITUDE) || words::has(name, words::LONGITUDE);
        return if is_place {
            say(Role::Ignore, "Left out: a place on the map is no quantity.")
        } else {
            say(Role::Numeric, "All values are numbers.")
        };
    }
    if distinct > LEVELS {
        return (Role::Ignore, format!("Left out: its {distinct} different values are too many to compare."));
    }
    if distinct == filled && rows > 1 {
        return say(Role::Ignore, "Left out: every value is different.");
    }
    let what = if is_code { "numbers that name something" } else { "texts" };
    (Role::Category, format!("It holds {distinct} different {what}."))
}
