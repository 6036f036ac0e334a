//! A table with the kinds and roles of its columns, before it is known what it is for.

use std::collections::{BTreeMap, HashSet};

use chrono_tz::Tz;
use xxhash_rust::xxh3::xxh3_64;

use crate::dataset::code::code;
use crate::dataset::dates;
use crate::dataset::manifest::{DateOrder, Role};
use crate::propose::currency;
use crate::propose::levels;
use crate::propose::look::Look;
use crate::propose::marks::{Found, currencies, marks};
use crate::propose::orders;
use crate::propose::proposal::{ColumnProposal, Kind, TableProposal};
use crate::propose::questions::{Answers, Question};
use crate::propose::reading::{Marks, Reading, Values};
use crate::propose::role::proposed;
use crate::propose::sentinels;
use crate::propose::settle::{MISSING, ONCE, read_in_order, settle_marks, settle_order, twice_or_once, what_is_odd};
use crate::propose::sums;
use crate::propose::told::{Told, told as told_of};
use crate::propose::uneven;
use crate::propose::words;
use crate::propose::zones;

/// What is said of a column of which the digits in front are kept.
const DIGITS: &str = " Whole numbers are written with decimals there; the digits in front are kept.";

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
    /// Hashes of the same in one spelling, where the name of the column says that they name things.
    pub(super) codes: HashSet<u64>,
    /// Digits of its numbers that have zeros in front; 0 without such.
    pub(super) width: usize,
    /// Whether whole numbers are written with a decimal, such as `17850.0`.
    pub(super) has_decimals: bool,
    /// Whether some value holds a letter.
    pub(super) has_letters: bool,
}

impl Draft {
    pub(super) fn of(name: String, look: Look, reading: Option<&Reading>, answers: &Answers) -> Self {
        let Look {
            table,
            format,
            mut columns,
            cells,
            rows,
            is_complete,
            repeated_rows,
            overlap,
            misfits,
            preview,
            notes,
        } = look;
        let mut questions = Vec::new();
        let levels = levels::settle(&mut columns);
        let separator = table.separator.filter(|_| format.is_text());
        let mut marks = match (reading, marks(&columns, separator)) {
            (Some(reading), _) => reading.marks.clone(),
            (None, Found { marks, doubt: Some(doubt) }) => {
                settle_marks(&name, &columns, marks, &doubt, answers, &mut questions)
            }
            (None, Found { marks, doubt: None }) => marks,
        };
        let mut told: Vec<Told> = columns.iter().map(|column| told_of(column, &marks)).collect();
        questions.extend(settle_odd(&name, &columns, &mut told, &mut marks, answers));
        let mut reasons = notes;
        let asked = misfits.map(|aside| uneven::ask(&name, &aside, columns.len(), answers));
        let uneven = asked.as_ref().map_or(table.uneven, uneven::taken);
        questions.extend(asked);
        let asked = (overlap > 0).then(|| {
            let question = twice_or_once(&name, overlap, rows, answers);
            // Nobody places the same order twice.
            if columns.iter().any(names_orders) { question.settled() } else { question }
        });
        let drops_duplicate_rows = asked.as_ref().is_some_and(|question| question.taken() == ONCE);
        questions.extend(asked);
        let date_order = match reading.and_then(|reading| reading.date_order) {
            Some(order) => {
                read_in_order(&columns, &mut told, order);
                Some(order)
            }
            None => settle_order(&name, &columns, &mut told, &mut reasons, answers, &mut questions),
        };
        let zones = zones::ask(&name, &columns, &told, date_order, answers);
        let time_zone = zones.as_ref().and_then(zones::taken);
        let zone = time_zone.as_deref().and_then(|name| name.parse().ok());
        questions.extend(zones);
        let plausible: Vec<Option<(String, String)>> = columns
            .iter()
            .zip(&told)
            .map(|(column, told)| {
                plausible(&name, &column.name, &days_of(column, told, date_order, zone), answers, &mut questions)
            })
            .collect();
        reasons.extend(reading_in_words(&marks, table.encoding.as_deref()));
        reasons.extend((!is_complete).then(|| format!("Only the first {rows} rows were looked at.")));
        // Ids such as RM-19375 are no ringgits.
        let is_number = |told: &Told| matches!(told.kind, Kind::Whole | Kind::Decimal);
        let signs = currencies(columns.iter().zip(&told).filter(|(_, told)| is_number(told)).map(|(column, _)| column));
        questions.extend(currency::settle(&name, &columns, &mut told, &marks, answers));
        let facets = columns.iter().zip(&told).map(|(column, told)| Facet::of(column, told.kind)).collect();
        let mut columns: Vec<ColumnProposal> =
            columns.iter().zip(&told).map(|(column, told)| proposed(column, told, rows, &marks)).collect();
        for (column, plausible) in columns.iter_mut().zip(plausible) {
            if let Some((low, high)) = &plausible {
                column.reason.push_str(&format!(" Days before {low} and after {high} count as missing."));
            }
            column.plausible = plausible;
        }
        sums::tell(&mut columns, &cells, &marks);
        orders::tell(&mut columns, &cells, &marks);
        let (asked, others) = currency::of_codes(&name, &columns, &cells, &marks, answers);
        questions.extend(asked);
        let proposal = TableProposal {
            name,
            file: table.file,
            sheet: table.sheet,
            format,
            part: table.part,
            part_column: table.part_column,
            limit: table.rows,
            uneven,
            leave_out: table.leave_out.into_iter().chain(others).collect(),
            whole_day: table.whole_day,
            separator: table.separator,
            encoding: table.encoding,
            decimal: marks.decimal,
            thousands: marks.thousands,
            date_order,
            time_zone,
            missing_values: marks.missing,
            levels,
            drops_duplicate_rows,
            drops_duplicate_ids: false,
            repeated_rows,
            rows,
            is_complete,
            reasons,
            columns,
            preview,
        };
        Self { proposal, facets, repeated_rows, currency: signs.into_iter().next(), questions }
    }

    /// Of names that a program wrote as numbers with decimals, such as `17850.0`, the digits in front count.
    pub(super) fn keep_leading_digits(&mut self, name: &str) {
        let columns = self.proposal.columns.iter_mut().zip(&self.facets);
        let is_meant = |column: &ColumnProposal| column.name == name && column.respelt.is_none();
        for (column, _) in columns.filter(|(column, facet)| is_meant(column) && facet.has_decimals) {
            column.keeps_leading_digits = true;
            if !column.reason.ends_with(DIGITS) {
                column.reason.push_str(DIGITS);
            }
            if matches!(column.role, Role::Numeric | Role::Ignore) {
                column.role = Role::Category;
            }
        }
    }

    /// Names that another table writes otherwise are brought to one spelling.
    pub(super) fn respell(&mut self, name: &str, width: usize) {
        if let Some(column) = self.proposal.columns.iter_mut().find(|column| column.name == name) {
            column.respelt = Some(width);
            column.keeps_leading_digits = false;
            if matches!(column.role, Role::Numeric | Role::Ignore) {
                column.role = Role::Category;
            }
        }
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

/// Asks about columns of which nearly all values are numbers or days; what is missing then is told anew.
fn settle_odd(
    table: &str,
    columns: &[Values],
    told: &mut [Told],
    marks: &mut Marks,
    answers: &Answers,
) -> Vec<Question> {
    let mut questions = Vec::new();
    for (column, told) in columns.iter().zip(told) {
        if let Some(question) = what_is_odd(table, column, told, answers) {
            if question.taken() == MISSING {
                marks.missing.append(&mut told.odd);
                *told = told_of(column, marks);
            }
            questions.push(question);
        }
    }
    questions
}

/// The first and the last day of a column that count, where others stand for none or are mistyped.
fn plausible(
    table: &str,
    column: &str,
    days: &BTreeMap<i32, usize>,
    answers: &Answers,
    questions: &mut Vec<Question>,
) -> Option<(String, String)> {
    let (question, low, high) = sentinels::ask(table, column, days, answers)?;
    let is_taken = question.taken() == sentinels::MISSING;
    questions.push(question);
    is_taken.then(|| (dates::format_iso(f64::from(low)), dates::format_iso(f64::from(high))))
}

/// The days of a column, with how many rows have each; none for a column of anything else.
fn days_of(column: &Values, told: &Told, of_table: Option<DateOrder>, zone: Option<Tz>) -> BTreeMap<i32, usize> {
    let mut days = BTreeMap::new();
    if told.kind != Kind::Day {
        return days;
    }
    let order = told.order.or(of_table).unwrap_or(DateOrder::YearMonthDay);
    for (text, rows) in &column.counts {
        if let Some(day) = dates::read_in(text, order, zone) {
            *days.entry(day).or_default() += rows;
        }
    }
    days
}

fn names_orders(column: &Values) -> bool {
    words::has(&column.name, words::ORDER) && words::names_things(&column.name)
}

impl Facet {
    fn of(column: &Values, kind: Kind) -> Self {
        let text = |text: &str| xxh3_64(text.trim().as_bytes());
        let values = match kind {
            Kind::Whole | Kind::Flag => column.counts.keys().map(|value| text(whole(value))).collect(),
            Kind::Text => column.counts.keys().map(|value| text(value)).collect(),
            _ => HashSet::new(),
        };
        let names_things = words::names_things(&column.name) || words::names_customers(&column.name);
        let codes = if names_things && !values.is_empty() {
            column.counts.keys().map(|value| xxh3_64(code(value, 0).as_bytes())).collect()
        } else {
            HashSet::new()
        };
        let digits =
            || column.counts.keys().map(|text| text.trim()).filter(|text| text.bytes().all(|b| b.is_ascii_digit()));
        let has_zeros = kind == Kind::Text && digits().any(|text| text.len() > 1 && text.starts_with('0'));
        Self {
            values,
            codes,
            width: if has_zeros { digits().map(str::len).max().unwrap_or(0) } else { 0 },
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

/// How letters and numbers are written and missing values spelt, where that is not the usual way.
fn reading_in_words(marks: &Marks, encoding: Option<&str>) -> Vec<String> {
    let mut told = Vec::new();
    told.extend(encoding.map(|encoding| format!("Its bytes are no UTF-8, so it is read as {encoding}.")));
    if marks.decimal != '.' || marks.thousands.is_some() {
        let thousands = match marks.thousands {
            None => String::new(),
            Some(' ' | '\u{a0}' | '\u{202f}') => " and spaces between thousands".to_owned(),
            Some(mark) => format!(" and \"{mark}\" between thousands"),
        };
        told.push(format!("Numbers are written with \"{}\" before decimals{thousands}.", marks.decimal));
    }
    if !marks.missing.is_empty() {
        let spelt: Vec<String> = marks.missing.iter().map(|text| format!("\"{text}\"")).collect();
        told.push(format!("{} among numbers or dates count as missing.", spelt.join(", ")));
    }
    told
}
