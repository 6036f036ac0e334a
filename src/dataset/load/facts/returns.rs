//! Returns among facts in memory: which rows are some, and which purchases they take back.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;

use crate::dataset::facts::{Candidates, Decision, Reduced, Returns, ReturnsFound, UNKNOWN, settled};
use crate::dataset::ledger::Ledger;
use crate::dataset::manifest::{FactSource, ReturnSource};
use crate::dataset::prepare::interner::Interner;

/// What the manifest marks as returns, row by row; each list is empty when it does not ask for it.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Whether an order's number or a text says that a row is a return.
    pub(super) is_marked: Vec<bool>,
    /// The order that a row says it takes back.
    pub(super) named: Vec<u32>,
    /// The order whose number is that of the row without its prefix.
    pub(super) bare: Vec<u32>,
}

impl Marks {
    /// Takes in the marks of a cleaned piece.
    pub(super) fn append(
        &mut self,
        source: &FactSource,
        returns: &ReturnSource,
        frame: &DataFrame,
        orders: &mut Interner,
    ) -> PolarsResult<()> {
        let texts = |name: &String| frame.column(name)?.str();
        let rows = frame.height();
        let mut marked = vec![false; rows];
        let order = source.order.as_ref().filter(|_| !returns.order_prefix.is_empty());
        if let Some(order) = order {
            for (text, marked) in texts(order)?.iter().zip(&mut marked) {
                let prefix = text.and_then(|text| returns.prefix_of(text));
                *marked = prefix.is_some();
                let bare = text.zip(prefix).map(|(text, prefix)| text[prefix.len()..].trim());
                self.bare.push(bare.filter(|bare| !bare.is_empty()).map_or(UNKNOWN, |bare| orders.code(bare)));
            }
        }
        if let Some(column) = &returns.column {
            for (text, marked) in texts(column)?.iter().zip(&mut marked) {
                *marked |= text.is_some_and(|text| returns.means_return(text));
            }
        }
        if let Some(purchase) = &returns.purchase {
            self.named.extend(texts(purchase)?.iter().map(|text| text.map_or(UNKNOWN, |text| orders.code(text))));
        }
        if order.is_some() || returns.column.is_some() {
            self.is_marked.extend(marked);
        }
        Ok(())
    }

    fn is_marked(&self, row: usize) -> bool {
        self.is_marked.get(row).copied().unwrap_or(false)
    }
}

/// The rows of facts by day.
pub(super) struct Rows<'a> {
    pub(super) day: &'a [i32],
    pub(super) buyer: &'a [u32],
    /// Order of each row, or [`UNKNOWN`].
    pub(super) order: &'a [u32],
    /// Numbers of orders are below this.
    pub(super) orders: usize,
    pub(super) amount: &'a mut [f64],
    pub(super) quantity: &'a mut [f64],
}

impl Rows<'_> {
    fn has_units_below(&self, row: usize) -> bool {
        self.quantity.get(row).is_some_and(|units| *units < 0.0)
    }

    /// Whether a row is below zero: in money, or in units where it has no money.
    fn is_below(&self, row: usize) -> bool {
        self.amount[row] < 0.0 || self.amount[row] == 0.0 && self.has_units_below(row)
    }
}

/// The returns among rows; the signs of those that have none are turned, and the ledger says what was done. `None` when no row is
/// a return.
pub(super) fn settle(source: &FactSource, marks: &Marks, rows: &mut Rows<'_>, ledger: &mut Ledger) -> Option<Returns> {
    let found = counted(source, marks, rows);
    let decision = Decision::of(source, &found);
    ledger.notes.extend(decision.notes);
    if let Some(entry) = decision.entry {
        ledger.value_out += entry.value_changed;
        ledger.entries.push(entry);
    }
    for row in (0..rows.day.len()).filter(|row| marks.is_marked(*row)) {
        if decision.turns_amounts {
            rows.amount[row] = -rows.amount[row];
        }
        if let Some(units) = rows.quantity.get_mut(row).filter(|_| decision.turns_units) {
            *units = -*units;
        }
    }
    if found.marked == 0 && (found.below == 0 || !decision.below_zero) {
        return None;
    }
    let (is_return, reduced) = split(marks, rows, decision.below_zero);
    ledger.notes.extend(reduced.note());
    let found = matched(marks, rows, &is_return, source.order.is_some());
    (found.lines > 0).then_some(Returns { is_return, found })
}

/// What rows hold together that may be returns.
fn counted(source: &FactSource, marks: &Marks, rows: &Rows<'_>) -> Candidates {
    let mut found = Candidates { rows: rows.day.len(), ..Candidates::default() };
    let sides = |value: f64, (below, above): &mut (usize, usize)| {
        *below += usize::from(value < 0.0);
        *above += usize::from(value > 0.0);
    };
    for (row, amount) in rows.amount.iter().enumerate() {
        if marks.is_marked(row) {
            found.marked += 1;
            // Where there is no money, each row counts as one, which is no amount.
            if source.amount.is_some() {
                sides(*amount, &mut found.amounts);
                found.above += amount.max(0.0);
            }
            if let Some(units) = rows.quantity.get(row) {
                sides(*units, &mut found.units);
            }
        } else {
            found.below += usize::from(rows.is_below(row));
            found.contrary += usize::from(*amount > 0.0 && rows.has_units_below(row));
        }
    }
    found.above = settled(found.above);
    found
}

/// Whether each row is a return. One below zero without a mark is none when rows above zero have the same order and day: then it
/// lowers that purchase, as a discount does.
fn split(marks: &Marks, rows: &Rows<'_>, below_zero: bool) -> (Vec<bool>, Reduced) {
    let mut is_return = vec![false; rows.day.len()];
    let mut reduced = Reduced::default();
    // The last day on which an order has a row of a purchase, and whether there is one.
    let mut bought_on: Vec<Option<i32>> = vec![None; rows.orders];
    let mut start = 0;
    for day in rows.day.chunk_by(|a, b| a == b) {
        let own = start..start + day.len();
        start = own.end;
        for row in own.clone() {
            if !marks.is_marked(row)
                && !rows.is_below(row)
                && let Some(bought_on) = bought_on.get_mut(rows.order[row] as usize)
            {
                *bought_on = Some(rows.day[row]);
            }
        }
        for row in own {
            let is_below = below_zero && rows.is_below(row);
            if marks.is_marked(row) {
                is_return[row] = true;
            } else if is_below && bought_on.get(rows.order[row] as usize).copied().flatten() == Some(rows.day[row]) {
                reduced.rows += 1;
                reduced.amount += rows.amount[row];
            } else {
                is_return[row] = is_below;
            }
        }
    }
    (is_return, reduced)
}

/// What the returns come to, and which purchases they take back: the one they name, else the one of their own number, else the one
/// whose number is theirs without the prefix, when the same customer bought it before.
fn matched(marks: &Marks, rows: &Rows<'_>, is_return: &[bool], has_order: bool) -> ReturnsFound {
    let mut found = ReturnsFound::default();
    let mut bought = vec![false; rows.orders];
    for (row, is_return) in is_return.iter().enumerate() {
        if *is_return {
            found.lines += 1;
            found.amount += rows.amount[row];
            continue;
        }
        found.gross += rows.amount[row];
        if let Some(bought) = bought.get_mut(rows.order[row] as usize) {
            found.purchases += usize::from(!std::mem::replace(bought, true));
        }
    }
    let is_bought = |order: u32| bought.get(order as usize).copied().unwrap_or(false);
    let returned = || (0..is_return.len()).filter(|row| is_return[*row]);
    let bought_before = bought_before(marks, rows, is_return);
    let purchase_of = |row: usize| {
        let of = |list: &[u32]| list.get(row).copied().filter(|order| is_bought(*order));
        let before =
            |order: &u32| bought_before.get(&(*order, rows.buyer[row])).is_some_and(|day| *day <= rows.day[row]);
        let own = Some(rows.order[row]).filter(|order| has_order && is_bought(*order));
        of(&marks.named).or(own).or_else(|| of(&marks.bare).filter(before))
    };
    let mut known: HashSet<u32> = HashSet::new();
    let mut known_matched: HashSet<u32> = HashSet::new();
    let mut back: HashMap<u32, f64> = HashMap::new();
    for row in returned() {
        let purchase = purchase_of(row);
        if let Some(order) = purchase {
            *back.entry(order).or_default() += rows.amount[row];
        }
        let order = rows.order[row];
        if order == UNKNOWN {
            found.returns += 1;
            found.matched += usize::from(purchase.is_some());
            continue;
        }
        known.insert(order);
        if purchase.is_some() {
            known_matched.insert(order);
        }
    }
    found.as_purchases = found.purchases + known.iter().filter(|order| !is_bought(**order)).count();
    found.returns += known.len();
    found.matched += known_matched.len();
    for (row, order) in rows.order.iter().enumerate().filter(|(row, _)| !is_return[*row]) {
        if let Some(left) = back.get_mut(order) {
            *left += rows.amount[row];
        }
    }
    found.taken_back = back.values().filter(|left| settled(**left) <= 0.0).count();
    (found.amount, found.gross) = (settled(found.amount), settled(found.gross));
    found
}

/// The first day on which a customer bought an order, of those whose number may be that of a return without its prefix.
fn bought_before(marks: &Marks, rows: &Rows<'_>, is_return: &[bool]) -> HashMap<(u32, u32), i32> {
    let asked: HashSet<u32> = marks.bare.iter().copied().filter(|order| *order != UNKNOWN).collect();
    let mut days = HashMap::new();
    if asked.is_empty() {
        return days;
    }
    for (row, order) in rows.order.iter().enumerate() {
        if !is_return[row] && rows.buyer[row] != UNKNOWN && asked.contains(order) {
            days.entry((*order, rows.buyer[row])).or_insert(rows.day[row]);
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Day, buyer, order and amount.
    type Row = (i32, u32, u32, f64);

    fn settled_rows(rows: &[Row], source: &str, marks: &Marks) -> (Option<Returns>, Vec<f64>, Ledger) {
        let source: FactSource =
            toml::from_str(&format!("table='t'\ncustomer='c'\ntime='d'\norder='o'\namount='a'\n{source}")).unwrap();
        let list = |of: fn(&Row) -> u32| rows.iter().map(of).collect::<Vec<u32>>();
        let (buyer, order) = (list(|row| row.1), list(|row| row.2));
        let day: Vec<i32> = rows.iter().map(|row| row.0).collect();
        let mut amount: Vec<f64> = rows.iter().map(|row| row.3).collect();
        let value: f64 = amount.iter().sum();
        let mut ledger = Ledger {
            value: "a".to_owned(),
            rows_in: rows.len(),
            rows_out: rows.len(),
            value_in: value,
            value_out: value,
            entries: Vec::new(),
            notes: Vec::new(),
        };
        let mut table =
            Rows { day: &day, buyer: &buyer, order: &order, orders: 9, amount: &mut amount, quantity: &mut [] };
        let found = settle(&source, marks, &mut table, &mut ledger);
        (found, amount, ledger)
    }

    #[test]
    fn a_row_below_zero_is_a_return_unless_it_lowers_a_purchase_of_its_day() {
        let rows = [
            (1, 0, 0, 50.0),
            (1, 0, 0, -5.0),
            (1, 1, UNKNOWN, -2.0),
            (2, 1, 1, 80.0),
            (3, 0, 0, -45.0),
            (4, 1, 2, -80.0),
        ];
        let (found, _, ledger) = settled_rows(&rows, "[returns]\nnegative=true", &Marks::default());
        let found = found.unwrap();
        assert_eq!(found.is_return, [false, false, true, false, true, true]);
        let expected = ReturnsFound {
            lines: 3,
            returns: 3,
            amount: -127.0,
            gross: 125.0,
            matched: 1,
            purchases: 2,
            as_purchases: 3,
            taken_back: 1,
        };
        assert_eq!(found.found, expected, "order 0 came back as a whole, under its own number");
        assert!(ledger.notes[0].starts_with("1 row below zero stands among rows of a purchase"), "{:?}", ledger.notes);
        assert!(settled_rows(&rows, "[returns]\nnegative=false", &Marks::default()).0.is_none());
        assert!(settled_rows(&rows[..2], "", &Marks::default()).0.is_none(), "a deduction is no return");
    }

    #[test]
    fn a_return_finds_its_purchase_by_name_and_by_number() {
        // Order 5 takes back 0, which it names; 6 is order 1 behind its prefix, 7 order 2 of somebody else; 8 comes too early.
        let rows = [
            (0, 0, 8, -3.0),
            (1, 0, 0, 50.0),
            (1, 0, 1, 30.0),
            (1, 1, 2, 20.0),
            (2, 0, 3, 3.0),
            (3, 0, 5, -50.0),
            (3, 0, 6, -10.0),
            (3, 0, 7, -20.0),
        ];
        let marks = Marks {
            is_marked: vec![true, false, false, false, false, true, true, true],
            named: vec![UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 0, UNKNOWN, UNKNOWN],
            bare: vec![3, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, 1, 2],
        };
        let found = settled_rows(&rows, "", &marks).0.unwrap().found;
        assert_eq!((found.returns, found.matched, found.taken_back, found.purchases), (4, 2, 1, 4));
    }

    #[test]
    fn a_sign_that_is_missing_is_turned_and_the_ledger_reconciles() {
        let rows = [(1, 0, 0, 50.0), (2, 0, 1, 20.0)];
        let marks = Marks { is_marked: vec![false, true], ..Marks::default() };
        let (found, amount, ledger) = settled_rows(&rows, "", &marks);
        assert_eq!(amount, [50.0, -20.0]);
        assert_eq!(found.map(|found| (found.found.amount, found.found.gross)), Some((-20.0, 50.0)));
        assert_eq!((ledger.value_in, ledger.value_out), (70.0, 30.0));
        assert!(ledger.reconciles(), "{ledger:?}");
    }
}
