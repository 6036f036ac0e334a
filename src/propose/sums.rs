//! Columns that say nothing new: a total beside its parts, and the same numbers twice.

use crate::dataset::manifest::Role;
use crate::dataset::numbers;
use crate::propose::proposal::ColumnProposal;
use crate::propose::reading::{Marks, Texts};

/// Rows that are compared, at most.
const ROWS: usize = 2_000;

/// Fewest rows whose numbers add up by more than chance.
const FEWEST: usize = 8;

/// Columns that are compared, at most: each is compared with runs of the others.
const COLUMNS: usize = 60;

/// Share of the rows that must add up; others are slips of whoever wrote the file.
const MOSTLY: f64 = 0.99;

/// What a rounded part may be away from the part that was added up, in its unit.
const ROUNDED: f64 = 0.006;

/// A column of numbers, row by row.
struct Column {
    at: usize,
    numbers: Vec<Option<f64>>,
}

/// Names the parts of columns of numbers that are the sum of others in each row.
pub(super) fn tell(columns: &mut [ColumnProposal], cells: &[Texts], marks: &Marks) {
    let is_quantity = |at: &usize| columns[*at].role == Role::Numeric && columns[*at].is_number();
    let mut parsed: Vec<Column> = (0..columns.len())
        .filter(is_quantity)
        .filter(|at| columns[*at].distinct > 2)
        .take(COLUMNS)
        .map(|at| Column { at, numbers: read(&cells[at], marks) })
        .collect();
    for later in (1..parsed.len()).rev() {
        if let Some(first) = (0..later).find(|first| adds_up(&parsed[later], &[&parsed[*first]])) {
            let name = columns[parsed[first].at].name.clone();
            let twin = &mut columns[parsed[later].at];
            twin.reason.push_str(&format!(" It holds the same numbers as {name}."));
            twin.parts = vec![name];
            parsed.remove(later);
        }
    }
    let found: Vec<(usize, Vec<usize>)> =
        (0..parsed.len()).filter_map(|total| Some((total, parts(&parsed, total)?))).collect();
    for (total, parts) in found {
        let names: Vec<String> = parts.iter().map(|part| columns[parsed[*part].at].name.clone()).collect();
        let column = &mut columns[parsed[total].at];
        column.reason.push_str(&format!(" It is the sum of {}.", crate::words::all_of(&names)));
        column.parts = names;
    }
}

fn read(cells: &Texts, marks: &Marks) -> Vec<Option<f64>> {
    let number = |text: &str| numbers::parse(text, marks.decimal, marks.thousands);
    cells.iter().take(ROWS).map(|text| text.and_then(number)).collect()
}

/// The columns that a column is the sum of: a run of neighbours, the longest first, or two that stand anywhere.
fn parts(columns: &[Column], total: usize) -> Option<Vec<usize>> {
    let others: Vec<usize> = (0..columns.len()).filter(|at| *at != total).collect();
    let fits = |parts: &[usize]| {
        let parts: Vec<&Column> = parts.iter().map(|part| &columns[*part]).collect();
        adds_up(&columns[total], &parts)
    };
    let runs = (3..=others.len()).rev().flat_map(|length| others.windows(length));
    if let Some(run) = runs.into_iter().find(|run| fits(run)) {
        return Some(run.to_vec());
    }
    let pairs =
        others.iter().enumerate().flat_map(|(at, left)| others[at + 1..].iter().map(move |right| [*left, *right]));
    pairs.into_iter().find(|pair| fits(pair)).map(|pair| pair.to_vec())
}

/// Whether a column is the sum of others in nearly each row in which all are filled, and of no fewer of them.
fn adds_up(total: &Column, parts: &[&Column]) -> bool {
    let (mut rows, mut odd) = (0_usize, 0_usize);
    let mut counts = vec![0_usize; parts.len()];
    for (row, number) in total.numbers.iter().enumerate() {
        let Some(number) = number else { continue };
        let mut sum = 0.0;
        let mut is_filled = true;
        for part in parts {
            match part.numbers[row] {
                Some(part) => sum += part,
                None => is_filled = false,
            }
        }
        if !is_filled {
            continue;
        }
        rows += 1;
        for (count, part) in counts.iter_mut().zip(parts) {
            *count += usize::from(part.numbers[row].is_some_and(|part| part != 0.0));
        }
        let bearable = ROUNDED * (parts.len() - 1) as f64 + 1e-9 * number.abs();
        odd += usize::from((number - sum).abs() > bearable);
        // Most columns are told apart by a few rows.
        if odd > 2 && odd as f64 > (1.0 - MOSTLY) * total.numbers.len() as f64 {
            return false;
        }
    }
    rows >= FEWEST && odd as f64 <= (1.0 - MOSTLY) * rows as f64 && counts.iter().all(|count| *count * 20 > rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(at: usize, number: impl Fn(usize) -> f64) -> Column {
        Column { at, numbers: (0..30).map(|row| Some(number(row))).collect() }
    }

    #[test]
    fn a_total_knows_its_parts() {
        let (fresh, milk, soap) = (
            |row: usize| (row * 7 % 11) as f64,
            |row: usize| (row * 5 % 13) as f64,
            |row: usize| (row * 3 % 17) as f64,
        );
        let columns = [
            column(0, fresh),
            column(1, milk),
            column(2, soap),
            column(3, |row| fresh(row) + milk(row) + soap(row)),
            column(4, |row| fresh(row) + soap(row)),
            column(5, |row| fresh(row) * milk(row)),
        ];
        assert_eq!(parts(&columns, 3), Some(vec![0, 1, 2]));
        assert_eq!(parts(&columns, 4), Some(vec![0, 2]));
        assert_eq!(parts(&columns, 5), None);
        assert_eq!(parts(&columns[..3], 0), None);
    }

    #[test]
    fn what_does_not_add_up_is_no_total() {
        let whole = column(0, |row| row as f64);
        let other = column(1, |row| (row * 2) as f64);
        let slip = column(2, |row| if row == 4 { 900.0 } else { (row * 3) as f64 });
        assert!(!adds_up(&slip, &[&whole, &other]), "one row of thirty is more than one in a hundred");
        // Of few rows nothing is said.
        let short = |column: &Column| Column { at: 0, numbers: column.numbers[..5].to_vec() };
        assert!(!adds_up(&short(&other), &[&short(&whole), &short(&whole)]));
    }
}
