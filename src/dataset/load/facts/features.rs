//! What facts say of a customer: recency, frequency, monetary value and more.
//!
//! Rows of an unknown customer or order count for sales and are left out here, except returns: these lower the money of their
//! customer whether they have a number or not. Only purchases count as orders and say when somebody bought.

use rayon::prelude::*;

use super::column::FeatureColumn;
use super::uses;
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::facts::{FactDimension, Facts, UNKNOWN, settled};
use crate::dataset::load::facts::builder::OrderStarts;
use crate::dataset::manifest::Features;

/// A customer's facts in a few numbers. All are missing (NaN) for a buyer without a known order. A buyer who has returns only has a
/// frequency of 0, money and units; the rest is missing. Units without quantities are missing for everyone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Buying {
    /// Days from the last order to the snapshot, at least 1.
    recency_days: f64,
    /// Different orders.
    frequency: f64,
    /// Sum of amounts, less returns.
    monetary: f64,
    /// Days from the first order to the snapshot.
    tenure_days: f64,
    /// Sum of the amounts of orders, before returns, over frequency.
    average_order_value: f64,
    /// Sum of quantities.
    units: f64,
    /// Mean days from an order to the next; missing with one order.
    days_between_orders: f64,
    /// Share of orders on Saturday or Sunday.
    weekend_share: f64,
}

/// What a customer's facts come to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Money {
    /// Sum of all amounts.
    pub(crate) net: f64,
    /// Sum of those of purchases.
    pub(crate) gross: f64,
}

const NAMES: [&str; 8] = [
    "recency_days",
    "frequency",
    "monetary",
    "tenure_days",
    "average_order_value",
    "units",
    "days_between_orders",
    "weekend_share",
];

impl Buying {
    pub(crate) const NOTHING: Self = Self {
        recency_days: f64::NAN,
        frequency: f64::NAN,
        monetary: f64::NAN,
        tenure_days: f64::NAN,
        average_order_value: f64::NAN,
        units: f64::NAN,
        days_between_orders: f64::NAN,
        weekend_share: f64::NAN,
    };

    /// Of a customer with orders: first and last day, number of orders, sums, and orders at weekends.
    pub(crate) fn of(
        (first, last): (i32, i32),
        frequency: f64,
        money: Money,
        units: Option<f64>,
        at_weekends: f64,
        snapshot: i32,
    ) -> Self {
        Self {
            recency_days: f64::from(snapshot - last),
            frequency,
            monetary: settled(money.net),
            tenure_days: f64::from(snapshot - first),
            average_order_value: settled(money.gross) / frequency,
            units: units.map_or(f64::NAN, settled),
            days_between_orders: if frequency > 1.0 { f64::from(last - first) / (frequency - 1.0) } else { f64::NAN },
            weekend_share: at_weekends / frequency,
        }
    }

    /// Of a customer who has returns only.
    pub(crate) fn of_returns(monetary: f64, units: Option<f64>) -> Self {
        let (monetary, units) = (settled(monetary), units.map_or(f64::NAN, settled));
        Self { frequency: 0.0, monetary, units, ..Self::NOTHING }
    }

    fn values(self) -> [f64; 8] {
        [
            self.recency_days,
            self.frequency,
            self.monetary,
            self.tenure_days,
            self.average_order_value,
            self.units,
            self.days_between_orders,
            self.weekend_share,
        ]
    }
}

/// Rows by buyer, each buyer's in the order of days; rows of unknown buyers are left out, and purchases of unknown orders.
struct ByBuyer {
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl ByBuyer {
    fn of(facts: &Facts) -> Self {
        let counts_for =
            |row: usize| facts.buyer[row] != UNKNOWN && (facts.order[row] != UNKNOWN || is_return(facts, row));
        let mut starts = vec![0; facts.buyers.len() + 1];
        for row in (0..facts.len()).filter(|row| counts_for(*row)) {
            starts[facts.buyer[row] as usize + 1] += 1;
        }
        for buyer in 0..facts.buyers.len() {
            starts[buyer + 1] += starts[buyer];
        }
        let mut next = starts.clone();
        let mut rows = vec![0; starts[facts.buyers.len()]];
        for row in (0..facts.len()).filter(|row| counts_for(*row)) {
            let at = &mut next[facts.buyer[row] as usize];
            rows[*at] = row as u32;
            *at += 1;
        }
        Self { starts, rows }
    }

    fn rows(&self, buyer: usize) -> &[u32] {
        &self.rows[self.starts[buyer]..self.starts[buyer + 1]]
    }
}

fn is_return(facts: &Facts, row: usize) -> bool {
    facts.return_rows().get(row).copied().unwrap_or(false)
}

/// Whether a day is a Saturday or a Sunday; 1970-01-01 was a Thursday.
fn is_weekend(day: i32) -> bool {
    matches!((day + 3).rem_euclid(7), 5 | 6)
}

/// What has been added up of a buyer.
#[derive(Clone, Copy)]
struct Sums {
    first: i32,
    last: i32,
    orders: u32,
    returns: u32,
    at_weekends: u32,
    money: Money,
    units: f64,
}

impl Sums {
    const NOTHING: Self = Self {
        first: 0,
        last: 0,
        orders: 0,
        returns: 0,
        at_weekends: 0,
        money: Money { net: 0.0, gross: 0.0 },
        units: 0.0,
    };

    /// Takes in a row of a purchase.
    fn buy(&mut self, day: i32, amount: f64, is_new_order: bool) {
        if self.orders == 0 {
            self.first = day;
        }
        self.last = day;
        if amount.is_finite() {
            self.money.gross += amount;
            self.money.net += amount;
        }
        if is_new_order {
            self.orders += 1;
            self.at_weekends += u32::from(is_weekend(day));
        }
    }

    /// Takes in a return.
    fn give_back(&mut self, amount: f64) {
        self.returns += 1;
        if amount.is_finite() {
            self.money.net += amount;
        }
    }

    fn buying(&self, has_units: bool, snapshot: i32) -> Buying {
        let units = has_units.then_some(self.units);
        if self.orders == 0 {
            return if self.returns == 0 { Buying::NOTHING } else { Buying::of_returns(self.money.net, units) };
        }
        let [orders, at_weekends] = [self.orders, self.at_weekends].map(f64::from);
        Buying::of((self.first, self.last), orders, self.money, units, at_weekends, snapshot)
    }
}

/// Adds up the rows of every buyer in one pass by each thread, which has buyers of its own: so a buyer's rows are added in their
/// order however many threads there are.
fn buyings(facts: &Facts, starts: &OrderStarts) -> Vec<Buying> {
    let share = facts.buyers.len().div_ceil(rayon::current_num_threads()).max(1);
    let has_units = !facts.quantity.is_empty();
    let mut sums = vec![Sums::NOTHING; facts.buyers.len()];
    sums.par_chunks_mut(share).enumerate().for_each(|(part, own)| {
        let first = (part * share) as u32;
        for (row, (buyer, order)) in facts.buyer.iter().zip(&facts.order).enumerate() {
            // Unknown buyers and those of other threads are beyond the end.
            let Some(sums) = own.get_mut(buyer.wrapping_sub(first) as usize) else { continue };
            if is_return(facts, row) {
                sums.give_back(facts.amount[row]);
            } else if *order != UNKNOWN {
                sums.buy(facts.day[row], facts.amount[row], starts.is_start[row]);
            } else {
                continue;
            }
            sums.units += facts.quantity.get(row).copied().filter(|units| units.is_finite()).unwrap_or_default();
        }
    });
    sums.par_iter().map(|sums| sums.buying(has_units, facts.snapshot)).collect()
}

/// The numbers of every buyer as columns.
pub(crate) fn number_columns(buyings: &[Buying], has_units: bool, has_amounts: bool) -> Vec<FeatureColumn> {
    let is_known = |name: &str| match name {
        "units" => has_units,
        "monetary" | "average_order_value" => has_amounts,
        _ => true,
    };
    let wanted = NAMES.iter().enumerate().filter(|(_, name)| is_known(name));
    wanted
        .map(|(position, name)| {
            FeatureColumn::Number((*name).to_owned(), buyings.iter().map(|b| b.values()[position]).collect())
        })
        .collect()
}

/// The features that a manifest asks for, of every buyer.
pub(crate) fn columns(facts: &Facts, starts: &OrderStarts, wanted: &Features) -> Vec<FeatureColumn> {
    let mut columns = number_columns(&buyings(facts, starts), !facts.quantity.is_empty(), facts.has_amounts);
    if let Some(uses) = &facts.uses {
        columns.extend(uses::features(uses, facts));
    }
    columns.extend(of_numbers(facts, starts, wanted));
    if wanted.distinct.is_empty() && wanted.preferred.is_empty() {
        return columns;
    }
    let by_buyer = ByBuyer::of(facts);
    let dimension = |name: &String| facts.dimension(name);
    for dimension in wanted.distinct.iter().filter_map(dimension) {
        let counts =
            (0..facts.buyers.len()).into_par_iter().map(|buyer| distinct(facts, dimension, by_buyer.rows(buyer)));
        columns.push(FeatureColumn::Number(format!("distinct_{}", dimension.name), counts.collect()));
    }
    for dimension in wanted.preferred.iter().filter_map(dimension) {
        let levels = (0..facts.buyers.len())
            .into_par_iter()
            .map(|buyer| preferred(facts, dimension, by_buyer.rows(buyer)).map(|code| dimension.names[code].clone()));
        columns.push(FeatureColumn::Level(format!("preferred_{}", dimension.name), levels.collect()));
    }
    columns
}

/// Means, sums and highest values of numbers by buyer, over purchases; a number of an order counts once for it, and what is missing
/// not at all.
fn of_numbers(facts: &Facts, starts: &OrderStarts, wanted: &Features) -> Vec<FeatureColumn> {
    let asked = [("mean_", &wanted.mean), ("total_", &wanted.total), ("max_", &wanted.max)];
    let asked = asked.into_iter().flat_map(|(prefix, names)| names.iter().map(move |name| (prefix, name)));
    asked
        .filter_map(|(prefix, name)| {
            let number = facts.numbers.iter().find(|number| number.name == *name)?;
            let mut sums = vec![(0_u32, 0.0_f64, f64::NEG_INFINITY); facts.buyers.len()];
            for (row, value) in number.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                let is_told = facts.order[row] != UNKNOWN && !is_return(facts, row);
                if !is_told || number.per_order && !starts.is_start[row] {
                    continue;
                }
                if let Some((count, sum, most)) = sums.get_mut(facts.buyer[row] as usize) {
                    *count += 1;
                    *sum += value;
                    *most = most.max(*value);
                }
            }
            let value = |(count, sum, most): &(u32, f64, f64)| match prefix {
                _ if *count == 0 => f64::NAN,
                "mean_" => sum / f64::from(*count),
                "max_" => *most,
                _ => settled(*sum),
            };
            Some(FeatureColumn::Number(format!("{prefix}{name}"), sums.iter().map(value).collect()))
        })
        .collect()
}

/// How many known levels were bought; missing without rows.
fn distinct(facts: &Facts, dimension: &FactDimension, rows: &[u32]) -> f64 {
    if rows.is_empty() {
        return f64::NAN;
    }
    let bought = rows.iter().filter(|row| !is_return(facts, **row as usize));
    let mut codes: Vec<u32> = bought.map(|row| dimension.codes[*row as usize]).collect();
    codes.retain(|code| *code != MISSING_LEVEL);
    codes.sort_unstable();
    codes.dedup();
    codes.len() as f64
}

/// The level with most money after returns, of equal ones the first in the alphabet; none that was only returned.
fn preferred(facts: &Facts, dimension: &FactDimension, rows: &[u32]) -> Option<usize> {
    // Money of each level, and whether it was bought.
    let mut levels: std::collections::BTreeMap<u32, (f64, bool)> = std::collections::BTreeMap::new();
    for row in rows {
        let row = *row as usize;
        let code = dimension.codes[row];
        if code != MISSING_LEVEL {
            let (money, is_bought) = levels.entry(code).or_default();
            *money += facts.amount[row];
            *is_bought |= !is_return(facts, row);
        }
    }
    let mut best: Option<(u32, f64)> = None;
    for (code, (money, _)) in levels.into_iter().filter(|(_, (_, is_bought))| *is_bought) {
        if best.is_none_or(|(_, most)| money > most) {
            best = Some((code, money));
        }
    }
    best.map(|(code, _)| code as usize)
}

#[cfg(test)]
mod tests;
