//! What facts say of a customer: recency, frequency, monetary value and more.
//!
//! Rows of an unknown customer or order count for sales and are left out here.

use rayon::prelude::*;

use super::column::FeatureColumn;
use super::uses;
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::facts::{FactDimension, Facts, UNKNOWN, settled};
use crate::dataset::load::facts::builder::OrderStarts;
use crate::dataset::manifest::Features;

/// A customer's facts in a few numbers. All are missing (NaN) for a buyer without a known order, except units without
/// quantities, which are missing for everyone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Buying {
    /// Days from the last order to the snapshot, at least 1.
    recency_days: f64,
    /// Different orders.
    frequency: f64,
    /// Sum of amounts.
    monetary: f64,
    /// Days from the first order to the snapshot.
    tenure_days: f64,
    /// Monetary value over frequency.
    average_order_value: f64,
    /// Sum of quantities.
    units: f64,
    /// Mean days from an order to the next; missing with one order.
    days_between_orders: f64,
    /// Share of orders on Saturday or Sunday.
    weekend_share: f64,
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
        first: i32,
        last: i32,
        frequency: f64,
        monetary: f64,
        units: Option<f64>,
        at_weekends: f64,
        snapshot: i32,
    ) -> Self {
        let monetary = settled(monetary);
        Self {
            recency_days: f64::from(snapshot - last),
            frequency,
            monetary,
            tenure_days: f64::from(snapshot - first),
            average_order_value: monetary / frequency,
            units: units.map_or(f64::NAN, settled),
            days_between_orders: if frequency > 1.0 { f64::from(last - first) / (frequency - 1.0) } else { f64::NAN },
            weekend_share: at_weekends / frequency,
        }
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

/// Rows by buyer, each buyer's in the order of days; rows of unknown buyers or orders are left out.
struct ByBuyer {
    starts: Vec<usize>,
    rows: Vec<u32>,
}

impl ByBuyer {
    fn of(facts: &Facts) -> Self {
        let counts_for = |row: usize| facts.buyer[row] != UNKNOWN && facts.order[row] != UNKNOWN;
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
    at_weekends: u32,
    amount: f64,
    units: f64,
}

impl Sums {
    const NOTHING: Self = Self { first: 0, last: 0, orders: 0, at_weekends: 0, amount: 0.0, units: 0.0 };

    fn add(&mut self, day: i32, amount: f64, units: Option<f64>, is_new_order: bool) {
        if self.orders == 0 {
            self.first = day;
        }
        self.last = day;
        if amount.is_finite() {
            self.amount += amount;
        }
        self.units += units.filter(|units| units.is_finite()).unwrap_or_default();
        if is_new_order {
            self.orders += 1;
            self.at_weekends += u32::from(is_weekend(day));
        }
    }

    fn buying(&self, has_units: bool, snapshot: i32) -> Buying {
        if self.orders == 0 {
            return Buying::NOTHING;
        }
        let units = has_units.then_some(self.units);
        let [orders, at_weekends] = [self.orders, self.at_weekends].map(f64::from);
        Buying::of(self.first, self.last, orders, self.amount, units, at_weekends, snapshot)
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
            if let Some(sums) = own.get_mut(buyer.wrapping_sub(first) as usize)
                && *order != UNKNOWN
            {
                sums.add(facts.day[row], facts.amount[row], facts.quantity.get(row).copied(), starts.is_start[row]);
            }
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
        let counts = (0..facts.buyers.len()).into_par_iter().map(|buyer| distinct(dimension, by_buyer.rows(buyer)));
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

/// Means, sums and highest values of numbers by buyer; a number of an order counts once for it, and what is missing not at all.
fn of_numbers(facts: &Facts, starts: &OrderStarts, wanted: &Features) -> Vec<FeatureColumn> {
    let asked = [("mean_", &wanted.mean), ("total_", &wanted.total), ("max_", &wanted.max)];
    let asked = asked.into_iter().flat_map(|(prefix, names)| names.iter().map(move |name| (prefix, name)));
    asked
        .filter_map(|(prefix, name)| {
            let number = facts.numbers.iter().find(|number| number.name == *name)?;
            let mut sums = vec![(0_u32, 0.0_f64, f64::NEG_INFINITY); facts.buyers.len()];
            for (row, value) in number.values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
                if facts.order[row] == UNKNOWN || number.per_order && !starts.is_start[row] {
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

/// How many known levels the rows have; missing without rows.
fn distinct(dimension: &FactDimension, rows: &[u32]) -> f64 {
    if rows.is_empty() {
        return f64::NAN;
    }
    let mut codes: Vec<u32> = rows.iter().map(|row| dimension.codes[*row as usize]).collect();
    codes.retain(|code| *code != MISSING_LEVEL);
    codes.sort_unstable();
    codes.dedup();
    codes.len() as f64
}

/// The level with most money, of equal ones the first in the alphabet.
fn preferred(facts: &Facts, dimension: &FactDimension, rows: &[u32]) -> Option<usize> {
    let mut amounts: std::collections::BTreeMap<u32, f64> = std::collections::BTreeMap::new();
    for row in rows {
        let (code, amount) = (dimension.codes[*row as usize], facts.amount[*row as usize]);
        if code != MISSING_LEVEL {
            *amounts.entry(code).or_default() += amount;
        }
    }
    let mut best: Option<(u32, f64)> = None;
    for (code, amount) in amounts {
        if best.is_none_or(|(_, most)| amount > most) {
            best = Some((code, amount));
        }
    }
    best.map(|(code, _)| code as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::facts::FactNumber;
    use crate::dataset::ledger::Ledger;
    use crate::dataset::manifest::Gaps;

    fn facts(rows: &[(u32, u32, i32, f64)]) -> Facts {
        Facts {
            buyer: rows.iter().map(|row| row.0).collect(),
            order: rows.iter().map(|row| row.1).collect(),
            day: rows.iter().map(|row| row.2).collect(),
            amount: rows.iter().map(|row| row.3).collect(),
            has_amounts: true,
            uses: None,
            quantity: Vec::new(),
            dimensions: vec![FactDimension {
                name: "kind".to_owned(),
                label: "Kind".to_owned(),
                codes: (0..rows.len() as u32).map(|row| row % 2).collect(),
                has_missing: false,
                names: vec!["a".to_owned(), "b".to_owned()],
            }],
            numbers: vec![
                FactNumber {
                    name: "weight".to_owned(),
                    label: String::new(),
                    unit: None,
                    per_order: false,
                    values: rows.iter().map(|row| row.3).collect(),
                },
                FactNumber {
                    name: "score".to_owned(),
                    label: String::new(),
                    unit: None,
                    per_order: true,
                    values: rows.iter().map(|row| f64::from(row.1)).collect(),
                },
            ],
            places: None,
            buyers: ["x", "y", "z"].into_iter().collect(),
            customer_of: vec![0, 1, 2],
            orders: 5,
            snapshot: 11,
            missing_days: Gaps::Zero,
            ledger: Ledger {
                value: String::new(),
                rows_in: 0,
                rows_out: 0,
                value_in: 0.0,
                value_out: 0.0,
                entries: Vec::new(),
                notes: Vec::new(),
            },
            remote: None,
        }
    }

    fn columns_of(rows: &[(u32, u32, i32, f64)], wanted: &Features) -> Vec<FeatureColumn> {
        let facts = facts(rows);
        columns(&facts, &OrderStarts::of(&facts.order, &facts.buyer, facts.orders), wanted)
    }

    fn number(columns: &[FeatureColumn], wanted: &str) -> Vec<f64> {
        let found = columns.iter().find_map(|column| match column {
            FeatureColumn::Number(name, values) if name == wanted => Some(values.clone()),
            _ => None,
        });
        found.unwrap()
    }

    #[test]
    fn a_customer_is_summed_up_and_unknown_orders_do_not_count() {
        // Day 1 was a Friday, day 10 a Sunday; the third row has no order, the last no customer.
        let rows = [
            (0, 0, 1, 10.0),
            (0, 0, 1, 5.0),
            (0, UNKNOWN, 9, 99.0),
            (0, 1, 10, -3.0),
            (1, 2, 10, 7.0),
            (UNKNOWN, 3, 10, 1.0),
        ];
        let wanted =
            Features { distinct: vec!["kind".to_owned()], preferred: vec!["kind".to_owned()], ..Features::default() };
        let columns = columns_of(&rows, &wanted);
        assert_eq!(number(&columns, "recency_days")[..2], [1.0, 1.0]);
        assert_eq!(number(&columns, "frequency")[..2], [2.0, 1.0]);
        assert_eq!(number(&columns, "monetary")[..2], [12.0, 7.0]);
        assert_eq!(number(&columns, "average_order_value")[..2], [6.0, 7.0]);
        assert_eq!(number(&columns, "tenure_days")[..2], [10.0, 1.0]);
        assert_eq!(number(&columns, "weekend_share")[..2], [0.5, 1.0]);
        assert_eq!(number(&columns, "days_between_orders")[0], 9.0);
        assert!(number(&columns, "days_between_orders")[1].is_nan(), "one order has no next");
        assert!(number(&columns, "monetary")[2].is_nan(), "nothing is known of a buyer without orders");
        assert_eq!(number(&columns, "distinct_kind")[..2], [2.0, 1.0]);
        let Some(FeatureColumn::Level(_, levels)) = columns.last() else { panic!("a level") };
        assert_eq!(levels[..2], [Some("a".to_owned()), Some("a".to_owned())]);
        assert!(levels[2].is_none());
    }

    #[test]
    fn numbers_of_an_order_count_once_for_it() {
        let rows = [(0, 0, 1, 10.0), (0, 0, 1, f64::NAN), (0, 4, 2, 5.0), (0, UNKNOWN, 9, 99.0), (1, 2, 10, f64::NAN)];
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = Features {
            mean: names(&["weight", "score"]),
            total: names(&["weight", "score"]),
            max: names(&["weight"]),
            ..Features::default()
        };
        let columns = columns_of(&rows, &wanted);
        assert_eq!((number(&columns, "mean_weight")[0], number(&columns, "total_weight")[0]), (7.5, 15.0));
        assert_eq!(
            (number(&columns, "mean_score")[0], number(&columns, "total_score")[0]),
            (2.0, 4.0),
            "0 and 4, each once"
        );
        assert_eq!(number(&columns, "max_weight")[0], 10.0);
        assert!(number(&columns, "mean_weight")[1].is_nan() && number(&columns, "total_weight")[1].is_nan());
    }

    #[test]
    fn an_order_of_two_customers_counts_once_for_each() {
        let rows = [(0, 0, 1, 1.0), (1, 0, 1, 1.0), (0, 0, 1, 1.0), (1, 0, 2, 1.0), (2, 0, 3, 1.0), (1, 4, 3, 1.0)];
        let columns = columns_of(&rows, &Features::default());
        assert_eq!(number(&columns, "frequency"), [1.0, 2.0, 1.0]);
        assert_eq!(number(&columns, "monetary"), [2.0, 3.0, 1.0]);
    }

    #[test]
    fn weekends_are_saturday_and_sunday() {
        // 1970-01-01 was a Thursday.
        assert_eq!((0..7).filter(|day| is_weekend(*day)).collect::<Vec<_>>(), [2, 3]);
        assert!(is_weekend(-5) && !is_weekend(-1));
    }
}
