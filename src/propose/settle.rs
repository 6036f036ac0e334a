//! What the texts of a table leave open, settled by its other columns or asked.

use crate::dataset::dates;
use crate::dataset::manifest::DateOrder;
use crate::dataset::numbers;
use crate::figures;
use crate::propose::marks::Doubt;
use crate::propose::proposal::Kind;
use crate::propose::questions::{Answers, Question, Reading as Choice};
use crate::propose::reading::{Marks, Values};
use crate::propose::told::Told;

/// The order of dates of the table: that of all its columns, or nothing when each tells its own. A column that can be read
/// both ways follows the others; alone, it follows its marks, because slashes are American.
pub(super) fn settle_order(
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
pub(super) fn read_in_order(columns: &[Values], told: &mut [Told], order: DateOrder) {
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
                    code: None,
                    is_row_number: false,
                };
            }
        }
    }
}

pub(super) const MISSING: &str = "missing";
const LEFT_OUT: &str = "left-out";

/// Asks what to do about a column that would hold numbers or days but for some texts.
pub(super) fn what_is_odd(table: &str, column: &Values, told: &Told, answers: &Answers) -> Option<Question> {
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
pub(super) fn settle_marks(
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

pub(super) const ONCE: &str = "once";
const EACH_TIME: &str = "each-time";

/// Asks whether rows that stand in several parts of a table are meant once.
pub(super) fn twice_or_once(table: &str, overlap: usize, rows: usize, answers: &Answers) -> Question {
    let options = vec![
        Choice::new(
            ONCE,
            "Equal rows of the table are kept once.",
            format!(
                "{} of {} rows are dropped, or more where a file itself repeats rows.",
                figures::count(overlap),
                figures::count(rows)
            ),
        ),
        Choice::new(EACH_TIME, "Each row counts.", format!("All {} rows are kept.", figures::count(rows))),
    ];
    let text = format!(
        "{} of table {table} stand in several of its files or sheets, equal in every column, as where exports overlap. Do they count once?",
        figures::counted(overlap, "row", "rows")
    );
    Question::new(format!("parts.{table}"), text, options, (ONCE, 0.8), answers)
}
