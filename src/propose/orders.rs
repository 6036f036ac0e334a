//! What is said of an order as a whole: on each of its lines, where adding it up would count it several times, or on the first one only.

use std::collections::HashMap;

use crate::dataset::manifest::Role;
use crate::dataset::numbers;
use crate::propose::proposal::{ColumnProposal, Kind};
use crate::propose::reading::{Marks, Texts};
use crate::propose::words;

/// Fewest orders of several lines that say the same by more than chance.
const FEWEST: usize = 3;

/// Tells of each column whether it is of the order. `cells` are those of the columns, in their order.
pub(super) fn tell(columns: &mut [ColumnProposal], cells: &[Texts], marks: &Marks) {
    let Some(order) = order(columns, cells) else { return };
    let name = columns[order].name.clone();
    let lines = lines(&cells[order]);
    let several = several(&lines, cells);
    for at in (0..columns.len()).filter(|at| *at != order) {
        let cell = |row: usize| cells[at].get(row).map(str::trim).filter(|text| !text.is_empty());
        let is_on_first_only =
            several.iter().all(|lines| cell(lines[0]).is_some() && lines[1..].iter().all(|row| cell(*row).is_none()));
        if is_on_first_only {
            columns[at].first_line_of = Some(name.clone());
            columns[at].reason.push_str(&format!(" It stands on the first line of each {name} only."));
            continue;
        }
        let is_money = columns[at].role == Role::Numeric && columns[at].is_number() && columns[at].distinct > 2;
        let is_same =
            |lines: &&Vec<usize>| cell(lines[0]).is_some() && lines[1..].iter().all(|row| cell(*row) == cell(lines[0]));
        if is_money && several.iter().all(is_same) && !is_price(&columns[at].name) {
            columns[at].per_order = Some(name.clone());
            let first = |lines: &Vec<usize>| {
                cell(lines[0]).and_then(|text| numbers::parse(text, marks.decimal, marks.thousands))
            };
            columns[at].sum_once = Some(lines.iter().filter_map(first).sum());
            columns[at].reason.push_str(&format!(" It is the same on all lines of each {name}."));
        }
    }
    let money = columns.iter().position(|column| column.per_order.is_some());
    if let Some(money) = money.filter(|money| adds_up(*money, columns, cells, &lines, marks)) {
        columns[money].reason.push_str(" It is the sum of units times price over the lines.");
    }
}

/// The orders of several lines. Lines that are equal throughout may be one that stands twice, and tell nothing.
fn several<'a>(lines: &'a [Vec<usize>], cells: &[Texts]) -> Vec<&'a Vec<usize>> {
    let differ = |lines: &&Vec<usize>| {
        lines[1..].iter().any(|row| cells.iter().any(|column| column.get(*row) != column.get(lines[0])))
    };
    lines.iter().filter(|lines| lines.len() > 1).filter(differ).collect()
}

fn is_price(name: &str) -> bool {
    words::has(name, words::PRICE) || words::has(name, words::QUANTITY)
}

/// The column of orders: by name, else one whose rows stand together, below which other columns are blank.
fn order(columns: &mut [ColumnProposal], cells: &[Texts]) -> Option<usize> {
    let seen = &*columns;
    let may_be = |at: &usize| {
        let column = &seen[*at];
        matches!(column.kind, Kind::Whole | Kind::Text)
            && column.missing == 0
            && column.distinct + FEWEST <= column.filled
    };
    let likely = |at: &usize| {
        let name = &seen[*at].name;
        words::has(name, words::ORDER)
            && !words::names_customers(name)
            && (words::names_things(name) || words::words(name).len() == 1)
    };
    let named = (0..seen.len()).filter(may_be).find(likely);
    let named = named.or_else(|| (0..seen.len()).filter(may_be).find(|at| blanks_follow(*at, seen, cells)));
    if let Some(at) = named {
        return Some(at).filter(|at| several(&lines(&cells[*at]), cells).len() >= FEWEST);
    }
    // Where orders have a name, each row is one.
    if (0..seen.len()).any(|at| likely(&at)) {
        return None;
    }
    let joins = (0..seen.len()).filter(may_be).find(|at| joins_rows(*at, seen, cells))?;
    columns[joins].joins_rows = true;
    columns[joins].reason.push_str(" Rows of one value of it have the same customer and day.");
    Some(joins)
}

/// Whether rows of a value always have the same day, and the same value of a column that comes again elsewhere, although the rows differ.
fn joins_rows(at: usize, columns: &[ColumnProposal], cells: &[Texts]) -> bool {
    if words::names_customers(&columns[at].name) {
        return false;
    }
    let all = lines(&cells[at]);
    let several = several(&all, cells);
    if several.len() < FEWEST {
        return false;
    }
    let is_same = |other: usize| {
        let cell = |row: usize| cells[other].get(row).map(str::trim);
        several.iter().all(|lines| lines[1..].iter().all(|row| cell(*row) == cell(lines[0])))
    };
    let others = |kinds: &[Kind]| {
        let fits =
            |other: &usize| *other != at && columns[*other].missing == 0 && kinds.contains(&columns[*other].kind);
        (0..columns.len()).filter(fits).collect::<Vec<_>>()
    };
    let of_days = others(&[Kind::Day]).into_iter().any(is_same);
    // A customer comes again with other orders, and has more of them than one.
    let comes_again = |other: &usize| (2..all.len()).contains(&columns[*other].distinct);
    of_days && others(&[Kind::Whole, Kind::Text]).into_iter().filter(comes_again).any(is_same)
}

/// Whether other columns are filled exactly where a new value of this one begins.
fn blanks_follow(at: usize, columns: &[ColumnProposal], cells: &[Texts]) -> bool {
    let begins = |row: usize| row == 0 || cells[at].get(row) != cells[at].get(row - 1);
    let rows = cells[at].len();
    let fits = |other: &usize| {
        columns[*other].missing > 0
            && columns[*other].kind != Kind::Empty
            && (0..rows).all(|row| cells[*other].get(row).is_some_and(|text| !text.trim().is_empty()) == begins(row))
    };
    (0..columns.len()).filter(|other| *other != at).filter(fits).count() > 1
}

/// The rows of each order, in the order of the table.
fn lines(orders: &Texts) -> Vec<Vec<usize>> {
    let mut known: HashMap<&str, usize> = HashMap::new();
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for (row, order) in orders.iter().enumerate() {
        let Some(order) = order else { continue };
        let at = *known.entry(order).or_insert(lines.len());
        match lines.get_mut(at) {
            Some(of_order) => of_order.push(row),
            None => lines.push(vec![row]),
        }
    }
    lines
}

/// Whether a column of orders is the sum of units times price of their lines.
fn adds_up(at: usize, columns: &[ColumnProposal], cells: &[Texts], lines: &[Vec<usize>], marks: &Marks) -> bool {
    let find = |known: &[&str]| columns.iter().position(|column| column.is_number() && words::has(&column.name, known));
    let (Some(quantity), Some(price)) = (find(words::QUANTITY), find(words::PRICE)) else { return false };
    let number = |at: usize, row: usize| {
        cells[at].get(row).and_then(|text| numbers::parse(text, marks.decimal, marks.thousands))
    };
    lines.iter().all(|rows| {
        let sum: Option<f64> = rows.iter().map(|row| Some(number(quantity, *row)? * number(price, *row)?)).sum();
        matches!((sum, number(at, rows[0])), (Some(sum), Some(total)) if (sum - total).abs() < 0.006 * rows.len() as f64)
    })
}
