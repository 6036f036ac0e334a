//! What is known of an export: what it must come to when it is read, and what may be said instead.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::export::Export;
use super::moment::Moment;
use super::records::{Record, Shape, Standing};
use crate::dataset::dates;

/// What the rows of an export come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Rows: lines of purchases, or customers.
    pub rows: usize,
    /// Known customers.
    pub customers: usize,
    /// Different orders; none where a row is a customer.
    pub orders: Option<usize>,
    /// All money in hundredths.
    pub cents: i64,
    /// All units, or visits.
    pub units: i64,
    /// First day, as ISO 8601 has it.
    pub first_day: String,
    /// Last day.
    pub last_day: String,
    /// Sum of the days of all rows, each counted from 1970-01-01: differs when a single one is read wrong.
    pub sum_of_days: i64,
    /// Money of each known customer.
    pub by_customer: BTreeMap<String, i64>,
    /// Money of each place or other level; that of rows without one under no name.
    pub by_level: BTreeMap<String, i64>,
}

impl Outcome {
    /// What differs from another outcome, in words; none where they are the same.
    #[must_use]
    pub fn difference(&self, found: &Self) -> Option<String> {
        let mut words = Vec::new();
        let mut compare = |what: &str, wanted: String, got: String| {
            if wanted != got {
                words.push(format!("{what} {got} instead of {wanted}"));
            }
        };
        let orders = |orders: Option<usize>| orders.map_or_else(|| "none".to_owned(), |orders| orders.to_string());
        compare("rows", self.rows.to_string(), found.rows.to_string());
        compare("customers", self.customers.to_string(), found.customers.to_string());
        compare("orders", orders(self.orders), orders(found.orders));
        compare("cents", self.cents.to_string(), found.cents.to_string());
        compare("units", self.units.to_string(), found.units.to_string());
        compare("first day", self.first_day.clone(), found.first_day.clone());
        compare("last day", self.last_day.clone(), found.last_day.clone());
        compare("sum of days", self.sum_of_days.to_string(), found.sum_of_days.to_string());
        for (what, wanted, got) in
            [("customer", &self.by_customer, &found.by_customer), ("level", &self.by_level, &found.by_level)]
        {
            let cents = |of: &BTreeMap<String, i64>, name: &str| of.get(name).map_or("none".to_owned(), i64::to_string);
            let mut names = wanted.keys().chain(got.keys());
            if let Some(name) = names.find(|name| wanted.get(*name) != got.get(*name)) {
                compare(&format!("cents of {what} \"{name}\""), cents(wanted, name), cents(got, name));
            }
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// An outcome that is right, if what is told holds one word of each list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// What the rows come to.
    pub outcome: Outcome,
    /// Lists of words, of each of which one must be told.
    pub told: Vec<Vec<String>>,
}

/// What is known of an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// What a row is.
    pub shape: Shape,
    /// The outcomes that are right.
    pub accepted: Vec<Accepted>,
    /// Names of the columns as they are read, by what they hold: `order`, `customer`, `day`, `amount`, `quantity`, `place`.
    pub columns: BTreeMap<&'static str, String>,
    /// The right answers to questions that may be asked, by how their keys begin.
    pub answers: BTreeMap<&'static str, String>,
}

impl Truth {
    pub(super) fn of(export: &Export) -> Self {
        let mut accepted = Vec::new();
        let is_plain = |record: &&Record| record.standing == Standing::Plain;
        let is_odd = export.records.iter().any(|record| !is_plain(&record));
        let told = told(export);
        for is_kept in [true, false] {
            if is_kept || is_odd {
                let rows = || export.records.iter().filter(move |record| is_kept || is_plain(record));
                accepted.push(Accepted { outcome: outcome(export, rows(), Moment::of), told: told.clone() });
                if export.has_zones {
                    accepted.push(Accepted { outcome: outcome(export, rows(), Moment::of_branch), told: told.clone() });
                }
            }
        }
        let columns = export.columns();
        let mut answers = BTreeMap::new();
        let mut answer = |key, value: Option<&str>| value.map(|value| answers.insert(key, value.to_owned()));
        answer("dates.", export.date_order);
        answer("numbers.", export.marks);
        answer("zone.", export.has_zones.then_some("written"));
        answer("currency.", export.has_currencies.then_some("one"));
        answer("customer.", columns.get("customer").map(String::as_str));
        if export.shape == Shape::Customers {
            answer("worth", columns.get("amount").map(String::as_str));
        }
        Self { shape: export.shape, accepted, columns, answers }
    }
}

/// The words that must be told of what people would not expect.
fn told(export: &Export) -> Vec<Vec<String>> {
    let mut told: Vec<Vec<String>> = Vec::new();
    let mut must = |words: &[&str]| told.push(words.iter().map(|word| (*word).to_owned()).collect());
    if export.records.iter().any(|record| record.standing == Standing::Repeat) {
        must(&["equal to an earlier", "repeat", "twice"]);
    }
    let sentinel = export.records.iter().find(|record| record.standing == Standing::Sentinel);
    if let Some(year) = sentinel.map(|record| Moment::of(record).year.to_string()) {
        // Of two digits the year is another one.
        let short = format!("19{}", &year[year.len() - 2..]);
        must(&[&year, &short, "placeholder"]);
    }
    if export.records.iter().any(|record| record.standing == Standing::Cut) {
        must(&["set aside", "left out"]);
    }
    if export.has_zones {
        must(&["time zone", "UTC", "offset"]);
    }
    if export.has_currencies {
        must(&["currenc"]);
    }
    told
}

fn outcome<'a>(
    export: &Export,
    records: impl Iterator<Item = &'a Record> + Clone,
    moment: fn(&Record) -> Moment,
) -> Outcome {
    let days: Vec<i32> = records.clone().map(|record| moment(record).since).collect();
    let day = |day: Option<&i32>| day.map_or_else(String::new, |day| dates::format_iso(f64::from(*day)));
    let (mut by_customer, mut by_level) = (BTreeMap::new(), BTreeMap::new());
    for record in records.clone() {
        if let Some(customer) = record.customer {
            *by_customer.entry((export.known_id)(customer)).or_default() += record.cents;
        }
        *by_level.entry(export.place(record)).or_default() += record.cents;
    }
    let orders: BTreeSet<usize> = records.clone().map(|record| record.order).collect();
    Outcome {
        rows: days.len(),
        customers: by_customer.len(),
        orders: (export.shape == Shape::Purchases).then_some(orders.len()),
        cents: records.clone().map(|record| record.cents).sum(),
        units: records.filter(|record| !export.is_unknown(record)).map(|record| i64::from(record.quantity)).sum(),
        first_day: day(days.iter().min()),
        last_day: day(days.iter().max()),
        sum_of_days: days.iter().map(|day| i64::from(*day)).sum(),
        by_customer,
        by_level,
    }
}
