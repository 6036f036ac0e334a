//! What the use of things says of each buyer.

use super::column::FeatureColumn;
use crate::dataset::dates;
use crate::dataset::facts::{Facts, UNKNOWN, Uses};

/// What the uses say of each buyer; missing for a buyer without a known order.
pub(in crate::dataset) fn features(uses: &Uses, facts: &Facts) -> Vec<FeatureColumn> {
    let mut tallies = vec![Tally::default(); facts.buyers.len()];
    for row in 0..facts.len() {
        if facts.order[row] == UNKNOWN {
            continue;
        }
        if let Some(tally) = tallies.get_mut(facts.buyer[row] as usize) {
            tally.add(dates::month_start(facts.day[row]), uses.is_used[row], uses.waited(row));
        }
    }
    let column = |name: &str, of: fn(&Tally) -> f64| {
        let value = |tally: &Tally| if tally.rows == 0 { f64::NAN } else { of(tally) };
        FeatureColumn::Number(name.to_owned(), tallies.iter().map(value).collect())
    };
    let mut columns = vec![
        column("uses", |tally| f64::from(tally.uses)),
        column("use_rate", |tally| f64::from(tally.uses) / f64::from(tally.rows)),
        column("active_months", |tally| f64::from(tally.months)),
    ];
    if uses.has_waits() {
        columns.push(column("days_to_use", |tally| tally.days as f64 / f64::from(tally.dated)));
    }
    columns
}

/// What is counted of a buyer.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    rows: u32,
    uses: u32,
    /// Uses whose wait is known, and their days together.
    dated: u32,
    days: i64,
    months: u32,
    last_month: Option<i32>,
}

impl Tally {
    /// Rows come by day, so a month that is not the last one is new.
    fn add(&mut self, month: i32, is_used: bool, waited: Option<i32>) {
        self.rows += 1;
        self.uses += u32::from(is_used);
        if let Some(days) = waited {
            self.dated += 1;
            self.days += i64::from(days);
        }
        if self.last_month != Some(month) {
            self.last_month = Some(month);
            self.months += 1;
        }
    }
}
