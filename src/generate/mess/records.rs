//! What really happened: purchases, or customers as they stand, before anybody writes them down.

use crate::dataset::dates;
use crate::generate::Draw;

/// What a row of the export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A line of a purchase.
    Purchases,
    /// A customer with numbers and a category.
    Customers,
}

/// How a row stands to the truth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It happened.
    Plain,
    /// It stands in the file once more.
    Repeat,
    /// Its day is a placeholder.
    Sentinel,
    /// Its end is missing in the file.
    Cut,
}

/// A row before it is spelt.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) order: usize,
    /// Number of the customer; none where nobody knows who bought.
    pub(super) customer: Option<usize>,
    /// Day since 1970-01-01.
    pub(super) day: i32,
    /// Minute of the day.
    pub(super) minute: u32,
    pub(super) cents: i64,
    pub(super) quantity: u32,
    /// Number of the place or other level.
    pub(super) place: usize,
    pub(super) standing: Standing,
}

/// The shape of an export and its rows.
pub(super) fn draw(random: &mut Draw) -> (Shape, Vec<Record>) {
    if random.chance(0.15) { (Shape::Customers, customers(random)) } else { (Shape::Purchases, purchases(random)) }
}

/// First day and number of days.
fn period(random: &mut Draw) -> (i32, u32) {
    let first = dates::parse_iso("2019-01-01").unwrap_or_default();
    (first + random.below(1500) as i32, 365 + random.below(730))
}

/// Cents of a shop whose amounts have that median.
fn cents(median: f64, random: &mut Draw) -> i64 {
    ((random.skewed(median, 0.8) * 100.0).round() as i64).max(50)
}

/// Purchases of a shop where people come again.
fn purchases(random: &mut Draw) -> Vec<Record> {
    let customers = 8 + random.below(113) as usize;
    let rows = ((customers as f64 * (1.6 + 2.4 * random.share())) as usize).clamp(30, 400);
    let (first, days) = period(random);
    let median = random.one_of(&[(20.0, 1.0), (150.0, 1.0), (1500.0, 1.0)]);
    let several_lines = random.chance(0.3);
    let mut records: Vec<Record> = Vec::with_capacity(rows);
    while records.len() < rows {
        let at = records.len();
        // Everybody buys once, and who comes again is drawn.
        let customer = if at < customers { at } else { random.below(customers as u32) as usize };
        let record = Record {
            order: 0,
            customer: Some(customer),
            day: first + random.below(days) as i32,
            minute: 9 * 60 + random.below(11 * 60),
            cents: cents(median, random),
            quantity: 1 + random.below(9),
            place: random.below(1 << 16) as usize,
            standing: Standing::Plain,
        };
        records.push(record);
    }
    records.sort_by_key(|record| (record.day, record.minute));
    for at in 0..records.len() {
        let is_line = several_lines && at > 0 && random.chance(0.35);
        if is_line {
            let before = records[at - 1].clone();
            let own = &mut records[at];
            (own.order, own.customer, own.day, own.minute, own.place) =
                (before.order, before.customer, before.day, before.minute, before.place);
        } else {
            records[at].order = at;
        }
    }
    records
}

/// Customers, each with a row.
fn customers(random: &mut Draw) -> Vec<Record> {
    let count = 30 + random.below(91) as usize;
    let (first, days) = period(random);
    let median = random.one_of(&[(150.0, 1.0), (1500.0, 1.0)]);
    let of = |customer| Record {
        order: customer,
        customer: Some(customer),
        day: first + random.below(days) as i32,
        minute: 9 * 60 + random.below(11 * 60),
        cents: cents(median, random),
        quantity: 1 + random.below(40),
        place: random.below(1 << 16) as usize,
        standing: Standing::Plain,
    };
    (0..count).map(of).collect()
}

/// Puts about one row of twenty, and three at least, through a change.
pub(super) fn a_few(records: &mut Vec<Record>, random: &mut Draw, mut change: impl FnMut(&Record, usize) -> Record) {
    let count = (records.len() / 20).max(3);
    for _ in 0..count {
        let at = random.below(records.len() as u32) as usize;
        let changed = change(&records[at], records.len());
        records.push(changed);
    }
}

/// Whether several rows are lines of one order.
pub(super) fn has_lines(records: &[Record]) -> bool {
    let mut orders: Vec<usize> = records.iter().map(|record| record.order).collect();
    orders.sort_unstable();
    orders.windows(2).any(|pair| pair[0] == pair[1])
}
