//! What stands around and between the rows of a table and is none of them: totals, the header once more, lines of dashes, a row of
//! units, footers.

use crate::dataset::manifest::LeaveOut;
use crate::dataset::{dates, numbers};
use crate::figures;
use crate::propose::marks;
use crate::propose::reading::Texts;

/// Words that begin or end the text of a total.
const TOTAL: [&str; 34] = [
    "total",
    "totals",
    "grand total",
    "subtotal",
    "sub-total",
    "sub total",
    "sum",
    "summe",
    "gesamt",
    "gesamtsumme",
    "zwischensumme",
    "insgesamt",
    "totale",
    "subtotale",
    "totaal",
    "subtotaal",
    "suma",
    "razem",
    "ogółem",
    "somme",
    "sous-total",
    "total général",
    "somma",
    "totales",
    "итого",
    "всего",
    "合计",
    "总计",
    "小计",
    "合計",
    "小計",
    "toplam",
    "genel toplam",
    "ara toplam",
];

/// Parts of words that each of them has, so that few texts are compared with all.
const HINTS: [&str; 11] = ["tal", "sum", "gesamt", "zusamm", "razem", "som", "ogó", "итог", "всего", "toplam", "计"];

/// Rows that tell what a column usually holds.
const SEEN: usize = 2_000;

/// Share of the cells of a column that must be alike.
const MOSTLY: f64 = 0.9;

/// Fewest rows of which something can be told.
const FEWEST: usize = 4;

/// The cells of a table.
pub(super) struct Cells<'a> {
    pub(super) names: Vec<&'a str>,
    pub(super) columns: &'a [Texts],
}

/// What a column holds but for a few rows.
struct Usual {
    is_number: bool,
    is_day: bool,
    is_filled: bool,
}

impl<'a> Cells<'a> {
    /// A cell without blanks around it; empty when it is missing.
    pub(super) fn at(&self, column: usize, row: usize) -> &'a str {
        self.columns[column].get(row).map_or("", str::trim)
    }

    pub(super) fn rows(&self) -> usize {
        self.columns.first().map_or(0, Texts::len)
    }

    fn usual(&self, column: usize, rows: &[usize]) -> Usual {
        let filled: Vec<&str> = rows.iter().map(|row| self.at(column, *row)).filter(|text| !is_blank(text)).collect();
        let share = |fits: &dyn Fn(&str) -> bool| {
            let fitting = filled.iter().filter(|text| fits(text)).count();
            fitting > 1 && (fitting + 1) as f64 >= MOSTLY * filled.len() as f64
        };
        Usual {
            is_number: share(&|text| numbers::body(text).is_some()),
            is_day: share(&dates::looks_like_date),
            // One row may be the one that is told by it.
            is_filled: (filled.len() + 1) as f64 >= MOSTLY * rows.len() as f64 && !filled.is_empty(),
        }
    }

    /// How many rows have a text in a column.
    fn times(&self, column: usize, text: &str) -> usize {
        (0..self.rows()).filter(|row| self.at(column, *row) == text).count()
    }
}

/// Which rows are left out, each kind with a sentence.
pub(super) fn left_out(cells: &Cells<'_>) -> Vec<(LeaveOut, String)> {
    if cells.rows() < FEWEST || cells.columns.len() < 2 {
        return Vec::new();
    }
    // Subtotals may be many, and are not what is usual.
    let names_one = |row: &usize| (0..cells.columns.len()).any(|column| names_total(cells.at(column, *row)));
    let rows: Vec<usize> = (0..cells.rows().min(SEEN)).collect();
    let plain: Vec<usize> = rows.iter().copied().filter(|row| !names_one(row)).collect();
    let seen = if 2 * plain.len() > rows.len() { plain } else { rows };
    let usual: Vec<Usual> = (0..cells.columns.len()).map(|column| cells.usual(column, &seen)).collect();
    let mut found: Vec<(LeaveOut, String)> = Vec::new();
    let mut blank = 0;
    let mut say = |column: usize, value: &str, sentence: String| {
        let name = cells.names[column];
        match found.iter_mut().find(|(rule, _)| rule.column == name) {
            Some((rule, _)) if rule.values.iter().any(|known| known == value) => {}
            Some((rule, sentences)) => {
                rule.values.push(value.to_owned());
                sentences.push(' ');
                sentences.push_str(&sentence);
            }
            None => found.push((LeaveOut { column: name.to_owned(), values: vec![value.to_owned()] }, sentence)),
        }
    };
    for row in 0..cells.rows() {
        let filled: Vec<usize> = (0..cells.columns.len()).filter(|column| !cells.at(*column, row).is_empty()).collect();
        if filled.is_empty() {
            blank += 1;
        } else if let Some(column) = header_again(cells, row, &filled) {
            let value = cells.at(column, row);
            say(
                column,
                value,
                format!(
                    "The header stands in the table again ({}) and is left out.",
                    times(cells.times(column, value))
                ),
            );
        } else if let Some(column) = dashes(cells, row, &filled) {
            say(column, cells.at(column, row), "A line of dashes is no row and is left out.".to_owned());
        } else if row == 0
            && let Some(column) = units(cells, &usual, &filled)
        {
            say(
                column,
                cells.at(column, row),
                format!("The row of units below the header ({}) is left out.", shown(cells, row, &filled)),
            );
        } else if let Some((column, why)) = total(cells, &usual, row, &filled) {
            say(
                column,
                cells.at(column, row),
                format!("A total is no row and is left out: {} ({why}).", shown(cells, row, &filled)),
            );
        } else if let Some(column) = footer(cells, &usual, row, &filled) {
            say(
                column,
                cells.at(column, row),
                format!("A remark is no row and is left out: {}.", shown(cells, row, &filled)),
            );
        }
    }
    if blank > 0 {
        let rule = LeaveOut { column: LeaveOut::EVERY.to_owned(), values: vec![String::new()] };
        found.push((rule, format!("{} without any value are left out.", figures::counted(blank, "row", "rows"))));
    }
    found
}

/// Whether a cell holds nothing, or a text that stands for nothing.
fn is_blank(text: &str) -> bool {
    text.is_empty() || marks::is_missing(text)
}

fn times(times: usize) -> String {
    if times == 1 { "once".to_owned() } else { format!("{times} times") }
}

fn shown(cells: &Cells<'_>, row: usize, filled: &[usize]) -> String {
    let texts: Vec<&str> = filled.iter().take(4).map(|column| cells.at(*column, row)).collect();
    format!("\"{}\"", texts.join(" "))
}

/// The first column of a row that repeats the names of the columns.
fn header_again(cells: &Cells<'_>, row: usize, filled: &[usize]) -> Option<usize> {
    let is_name = |column: &&usize| cells.at(**column, row).eq_ignore_ascii_case(cells.names[**column].trim());
    let named: Vec<&usize> = filled.iter().filter(is_name).collect();
    (named.len() > 1 && 2 * named.len() > filled.len()).then(|| *named[0])
}

fn dashes(cells: &Cells<'_>, row: usize, filled: &[usize]) -> Option<usize> {
    let is_line =
        |text: &str| text.len() > 2 && text.chars().all(|letter| matches!(letter, '-' | '=' | '_' | '*' | '—' | '–'));
    (filled.len() > 1 && filled.iter().all(|column| is_line(cells.at(*column, row)))).then(|| filled[0])
}

/// A column of a first row that holds no number or day where all others do.
fn units(cells: &Cells<'_>, usual: &[Usual], filled: &[usize]) -> Option<usize> {
    let is_typed = |text: &str| numbers::body(text).is_some() || dates::looks_like_date(text);
    if filled.iter().any(|column| is_typed(cells.at(*column, 0))) {
        return None;
    }
    let odd = filled.iter().copied().filter(|column| usual[*column].is_number || usual[*column].is_day);
    let odd: Vec<usize> = odd.filter(|column| cells.times(*column, cells.at(*column, 0)) == 1).collect();
    let typed = usual.iter().filter(|usual| usual.is_number || usual.is_day).count();
    // Where most columns of numbers have a text, or a single one and nothing else is said.
    (!odd.is_empty() && (2 * odd.len() > typed || odd.len() == filled.len())).then(|| odd[0])
}

fn names_total(text: &str) -> bool {
    let begins = text.chars().next().is_some_and(char::is_alphabetic);
    if !begins || text.len() > 60 || text.is_ascii() && !has_hint(text) {
        return false;
    }
    let text = text.trim_end_matches([':', '.', ' ']).to_lowercase();
    TOTAL.iter().any(|word| {
        text == *word
            || text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', ':', '(']))
            || text.strip_suffix(word).is_some_and(|rest| rest.ends_with(' '))
    })
}

fn has_hint(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    HINTS.iter().any(|hint| text.contains(hint))
}

/// The column that shows a row to be a total, and how.
fn total(cells: &Cells<'_>, usual: &[Usual], row: usize, filled: &[usize]) -> Option<(usize, String)> {
    let named = filled.iter().copied().find(|column| {
        let text = cells.at(*column, row);
        !usual[*column].is_number && names_total(text)
            || usual[*column].is_number && numbers::body(text).is_none() && names_total(text)
    });
    if named.is_none() && row + 1 != cells.rows() {
        return None;
    }
    let blanks =
        (0..cells.columns.len()).filter(|column| usual[*column].is_filled && cells.at(*column, row).is_empty()).count();
    let sum = |column: &usize| usual[*column].is_number && adds_up(cells, *column, row, named);
    if let Some(column) = named {
        let value = cells.at(column, row);
        // Rows of a thing that is called like a total are whole rows.
        let are_alike = (0..cells.rows()).filter(|other| cells.at(column, *other) == value).all(|other| {
            (0..cells.columns.len()).any(|at| usual[at].is_filled && cells.at(at, other).is_empty())
                || filled.iter().any(|at| usual[*at].is_number && adds_up(cells, *at, other, named))
        });
        let why = if filled.iter().any(&sum) {
            "the sum of the rows above"
        } else if blanks > 0 {
            "cells are empty there that all rows have"
        } else {
            return None;
        };
        return are_alike.then(|| (column, why.to_owned()));
    }
    // Without a word: a row of sums alone at the end, with blanks where every row has something.
    if blanks < 2 || row <= FEWEST {
        return None;
    }
    let column =
        filled.iter().copied().find(|column| sum(column) && cells.times(*column, cells.at(*column, row)) == 1)?;
    Some((column, "the sum of the rows above".to_owned()))
}

/// Whether a number is the sum of those above it, of all or of those since the last one that a column names a total.
fn adds_up(cells: &Cells<'_>, column: usize, row: usize, named: Option<usize>) -> bool {
    // Whatever the marks: both readings are tried, and the sum must fit one.
    [('.', Some(',')), (',', Some('.')), ('.', Some(' ')), (',', Some(' ')), ('.', Some('\''))].into_iter().any(
        |(decimal, thousands)| {
            let number = |row: usize| numbers::parse(cells.at(column, row), decimal, thousands);
            let Some(total) = number(row) else { return false };
            let mut sum = 0.0;
            let mut count = 0;
            for above in (0..row).rev() {
                let Some(value) = number(above) else { continue };
                // A total among them was one of what stands above it.
                let is_total = named.is_some_and(|named| names_total(cells.at(named, above)));
                if is_total {
                    if count > 1 && (sum - total).abs() < 0.006 {
                        return true;
                    }
                    continue;
                }
                sum += value;
                count += 1;
            }
            count > 1 && (sum - total).abs() < 0.006 + 1e-9 * total.abs()
        },
    )
}

/// The only filled column of one of the last rows, where all others are filled in nearly each row.
fn footer(cells: &Cells<'_>, usual: &[Usual], row: usize, filled: &[usize]) -> Option<usize> {
    let [only] = filled else { return None };
    let others = usual.iter().enumerate().filter(|(at, usual)| at != only && usual.is_filled).count();
    let text = cells.at(*only, row);
    let is_text = numbers::body(text).is_none() && !dates::looks_like_date(text) || usual[*only].is_number;
    let is_last = row + 5 >= cells.rows();
    (others > 1 && is_text && is_last && cells.times(*only, text) == 1 && text.contains([' ', ':'])).then_some(*only)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(lines: &[&str]) -> Vec<LeaveOut> {
        let rows: Vec<Vec<&str>> = lines.iter().map(|line| line.split(',').collect()).collect();
        let columns: Vec<Texts> = (0..rows[0].len())
            .map(|at| rows[1..].iter().map(|row| Some(row[at]).filter(|text| !text.is_empty())).collect())
            .collect();
        left_out(&Cells { names: rows[0].clone(), columns: &columns }).into_iter().map(|(rule, _)| rule).collect()
    }

    const TABLE: [&str; 7] = [
        "order,day,shop,amount",
        "O1,2024-01-02,Total,10.5",
        "O2,2024-01-03,Bonn,20",
        "O3,2024-01-04,Bari,30",
        "O4,2024-01-05,Total,40",
        "O5,2024-01-06,Bari,50",
        "O6,2024-01-07,Bonn,61",
    ];

    fn with(at: usize, line: &str) -> Vec<LeaveOut> {
        let mut lines = TABLE.to_vec();
        lines.insert(at, line);
        rules(&lines)
    }

    #[test]
    fn rows_that_are_none_are_told_by_a_value() {
        let rule =
            |column: &str, value: &str| vec![LeaveOut { column: column.to_owned(), values: vec![value.to_owned()] }];
        assert_eq!(rules(&TABLE), [], "a shop may be called Total");
        for (at, line, expected) in [
            (7, "Total,,,211.5", rule("order", "Total")),
            (7, "Total,2024-01-07,all,211.5", rule("order", "Total")),
            (7, ",,Grand total:,211.5", rule("shop", "Grand total:")),
            (7, ",,,211.5", rule("amount", "211.5")),
            (4, "Zwischensumme,,,60.5", rule("order", "Zwischensumme")),
            (4, "order,day,shop,amount", rule("order", "order")),
            (1, "---,---,---,---", rule("order", "---")),
            (1, ",,,EUR", rule("amount", "EUR")),
            (7, "Source: the shop,,,", rule("order", "Source: the shop")),
            (7, ",,,", rule("*", "")),
            (7, "O7,2024-01-08,Bari,211.5", Vec::new()),
            (7, "O7,2024-01-08,,12", Vec::new()),
        ] {
            assert_eq!(with(at, line), expected, "{line}");
        }
    }
}
