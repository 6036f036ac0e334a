//! Amounts of several currencies, which must not be added up unseen: told from signs beside them, and from a column of codes.

use std::collections::BTreeMap;

use crate::dataset::manifest::LeaveOut;
use crate::dataset::numbers::{self, Unit};
use crate::figures;
use crate::propose::proposal::{ColumnProposal, Kind};
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reading::{Marks, Texts, Values};
use crate::propose::told::Told;
use crate::propose::words;

/// Signs and abbreviations that stand for one currency only, with its code.
const SIGNS: [(&str, &str); 16] = [
    ("€", "EUR"),
    ("£", "GBP"),
    ("US$", "USD"),
    ("$", "USD"),
    ("R$", "BRL"),
    ("zł", "PLN"),
    ("ZŁ", "PLN"),
    ("zl", "PLN"),
    ("Kč", "CZK"),
    ("Kc", "CZK"),
    ("Ft", "HUF"),
    ("руб", "RUB"),
    ("₽", "RUB"),
    ("₩", "KRW"),
    ("₹", "INR"),
    ("₺", "TRY"),
];

/// Currencies that are told one by one.
const TOLD: usize = 5;

const NONE: &str = "none";
const ONE: &str = "one";

/// Rows and money of each currency.
type Sums = BTreeMap<String, (usize, f64)>;

/// A currency however it is written.
fn code(sign: &str) -> String {
    let sign = sign.trim_end_matches('.');
    SIGNS.iter().find(|(known, _)| *known == sign).map_or(sign, |(_, code)| code).to_owned()
}

/// The currency of a text that is nothing but a code or a sign.
fn named(text: &str) -> Option<String> {
    match numbers::body(&format!("1 {}", text.trim()))?.unit? {
        Unit::Currency(sign) => Some(code(&sign)),
        Unit::Percent => None,
    }
}

fn in_words(sums: &Sums) -> String {
    let mut sums: Vec<(&String, &(usize, f64))> = sums.iter().collect();
    sums.sort_by_key(|(_, (rows, _))| std::cmp::Reverse(*rows));
    let told = sums.iter().take(TOLD).map(|(currency, (rows, total))| {
        format!("{currency} {} in {}", figures::number(*total), figures::counted(*rows, "row", "rows"))
    });
    let more = if sums.len() > TOLD { format!("; and {} more", sums.len() - TOLD) } else { String::new() };
    told.collect::<Vec<_>>().join("; ") + &more
}

/// Asks whether amounts with several signs beside them are of one currency; those that are not are no numbers.
pub(super) fn settle(
    table: &str,
    columns: &[Values],
    told: &mut [Told],
    marks: &Marks,
    answers: &Answers,
) -> Option<Question> {
    let numbers = columns.iter().zip(told.iter()).filter(|(_, told)| matches!(told.kind, Kind::Whole | Kind::Decimal));
    let question = of_signs(table, numbers.map(|(column, _)| column), marks, answers)?;
    if question.taken() == NONE {
        let several = |column: &Values| column.stored.is_none() && sums_of(column, marks).len() > 1;
        for (_, told) in columns.iter().zip(told).filter(|(column, _)| several(column)) {
            (told.kind, told.unit) = (Kind::Text, None);
            told.trouble = Some("its amounts are of several currencies; convert them to one".to_owned());
        }
    }
    Some(question)
}

fn of_signs<'a>(
    table: &str,
    mut columns: impl Iterator<Item = &'a Values>,
    marks: &Marks,
    answers: &Answers,
) -> Option<Question> {
    let found = columns.by_ref().filter(|column| column.stored.is_none()).find_map(|column| {
        let sums = sums_of(column, marks);
        (sums.len() > 1).then_some((column, sums))
    });
    let (column, sums) = found?;
    let total: f64 = sums.values().map(|(_, total)| total).sum();
    let options = vec![
        Reading::new(
            NONE,
            "They are of several currencies and cannot be added up.",
            format!("{} is left out; convert the amounts to one currency and bring the file again.", column.name),
        ),
        Reading::new(
            ONE,
            "They are all of one currency, however they are written.",
            format!("They come to {} in all.", figures::number(total)),
        ),
    ];
    let text = format!(
        "Amounts of column {} in table {table} carry the signs of several currencies: {}. Are they of one currency?",
        column.name,
        in_words(&sums)
    );
    Some(Question::new(format!("currency.{table}"), text, options, (NONE, 0.8), answers))
}

/// Rows and money of a column by the currency beside them.
fn sums_of(column: &Values, marks: &Marks) -> Sums {
    let mut sums = Sums::new();
    for (text, rows) in &column.counts {
        let Some(Unit::Currency(sign)) = numbers::body(text).and_then(|body| body.unit) else { continue };
        let amount = numbers::parse(text, marks.decimal, marks.thousands).unwrap_or(0.0);
        let sum = sums.entry(code(&sign)).or_default();
        *sum = (sum.0 + rows, sum.1 + amount * *rows as f64);
    }
    sums
}

/// Asks which currency counts where a column names one for each amount, with the rows that are left out then.
pub(super) fn of_codes(
    table: &str,
    columns: &[ColumnProposal],
    cells: &[Texts],
    marks: &Marks,
    answers: &Answers,
) -> (Option<Question>, Option<LeaveOut>) {
    let Some((question, others)) = which_counts(table, columns, cells, marks, answers) else { return (None, None) };
    (Some(question), others)
}

fn which_counts(
    table: &str,
    columns: &[ColumnProposal],
    cells: &[Texts],
    marks: &Marks,
    answers: &Answers,
) -> Option<(Question, Option<LeaveOut>)> {
    let is_of_codes = |column: &&ColumnProposal| {
        column.kind == Kind::Text && column.levels.len() > 1 && column.levels.iter().all(|level| named(level).is_some())
    };
    let codes = columns.iter().find(is_of_codes)?;
    let money = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.is_number() && !words::has(&column.name, words::NO_AMOUNT))
        .filter_map(|(at, column)| Some((words::rank(&column.name, words::AMOUNT)?, at)))
        .min()?
        .1;
    // A name such as amount_eur says that its amounts are converted.
    if words::words(&columns[money].name).iter().any(|word| named(&word.to_uppercase()).is_some()) {
        return None;
    }
    let at = columns.iter().position(|column| column.name == codes.name)?;
    let mut sums = Sums::new();
    for (currency, amount) in cells[at].iter().zip(cells[money].iter()) {
        let amount = amount.and_then(|text| numbers::parse(text, marks.decimal, marks.thousands)).unwrap_or(0.0);
        let sum = sums.entry(currency.unwrap_or("").trim().to_owned()).or_default();
        *sum = (sum.0 + 1, sum.1 + amount);
    }
    let rows: usize = sums.values().map(|(rows, _)| rows).sum();
    let mut by_rows: Vec<(&String, &(usize, f64))> = sums.iter().filter(|(currency, _)| !currency.is_empty()).collect();
    by_rows.sort_by_key(|(_, (rows, _))| std::cmp::Reverse(*rows));
    let (likely, _) = by_rows.first()?;
    let mut options: Vec<Reading> = by_rows
        .iter()
        .take(TOLD)
        .map(|(currency, (own, total))| {
            let effect = format!(
                "{} of {} count, {} in all; the others are left out.",
                figures::counted(*own, "row", "rows"),
                figures::count(rows),
                figures::number(*total)
            );
            Reading::new(currency, format!("Only amounts in {currency} count."), effect)
        })
        .collect();
    let total: f64 = sums.values().map(|(_, total)| total).sum();
    options.push(Reading::new(
        ONE,
        format!("All amounts are in one currency already; {} says in which one was paid.", codes.name),
        format!("All {} count, {} in all.", figures::counted(rows, "row", "rows"), figures::number(total)),
    ));
    let text = format!(
        "Column {} of table {table} names several currencies: {}. Which amounts count?",
        codes.name,
        in_words(&sums)
    );
    let question = Question::new(format!("currency.{table}"), text, options, (likely, 0.5), answers);
    let others = sums.keys().filter(|currency| currency.as_str() != question.taken()).cloned().collect();
    let rule = (question.taken() != ONE).then(|| LeaveOut { column: codes.name.clone(), values: others });
    Some((question, rule))
}
