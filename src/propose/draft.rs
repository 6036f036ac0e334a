//! A table with the kinds and roles of its columns, before it is known what it is for.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_64;

use crate::dataset::dates;
use crate::dataset::manifest::{DateOrder, Role};
use crate::propose::look::Look;
use crate::propose::marks::{Told, currency_signs, marks, told};
use crate::propose::proposal::{ColumnProposal, Kind, TableProposal};
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
    /// Sign of a currency beside its numbers.
    pub(super) currency: Option<char>,
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
    pub(super) fn of(name: String, look: Look, reading: Option<&Reading>) -> Self {
        let Look { table, format, columns, rows, is_complete, repeated_rows, preview, notes } = look;
        let inferred = || marks(&columns, if format.is_text() { table.separator } else { None });
        let marks = reading.map_or_else(inferred, |reading| reading.marks.clone());
        let mut told: Vec<Told> = columns.iter().map(|column| told(column, &marks)).collect();
        let mut reasons = notes;
        let date_order = match reading.and_then(|reading| reading.date_order) {
            Some(order) => {
                read_in_order(&columns, &mut told, order);
                Some(order)
            }
            None => settle_order(&columns, &mut told, &mut reasons),
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
        let signs = currency_signs(&columns);
        if signs.len() > 1 {
            let named: Vec<String> = signs.iter().map(char::to_string).collect();
            reasons.push(format!(
                "Amounts carry several currencies ({}) and are taken as if they were one; convert them first.",
                named.join(", ")
            ));
        }
        let currency = signs.first().copied();
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
        Self { proposal, facets, repeated_rows, currency }
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
fn settle_order(columns: &[Values], told: &mut [Told], reasons: &mut Vec<String>) -> Option<DateOrder> {
    let days: Vec<usize> =
        (0..told.len()).filter(|at| told[*at].kind == Kind::Day && columns[*at].stored.is_none()).collect();
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
            let has_slashes = columns[*first].counts.keys().any(|text| text.contains('/'));
            let (order, words) = if has_slashes {
                (DateOrder::MonthDayYear, "month first, because they are written with slashes")
            } else {
                (DateOrder::DayMonthYear, "day first")
            };
            reasons.push(format!("Dates of {names} can be read in two ways and are taken {words}; check that."));
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
        if told.kind != Kind::Day {
            continue;
        }
        let odd = column.counts.keys().filter(|text| dates::parse(text, order).is_none()).min();
        match odd {
            None => told.order = Some(order),
            Some(odd) => {
                *told = Told {
                    kind: Kind::Text,
                    order: None,
                    trouble: Some(format!("\"{odd}\" is no date in the order that was chosen")),
                };
            }
        }
    }
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
    let counts = || column.counts.iter().filter(|(text, _)| !marks.missing.contains(text)).map(|(_, count)| *count);
    let (filled, distinct) = (counts().sum::<usize>(), counts().count());
    let (role, reason) = role(column, told, filled, distinct, rows);
    let is_few = told.kind == Kind::Text && distinct <= FEW_LEVELS;
    let mut levels: Vec<String> =
        column.counts.keys().filter(|text| is_few && !marks.missing.contains(text)).cloned().collect();
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
        keeps_leading_digits: false,
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
        return say(Role::Date, "All values are dates.");
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
