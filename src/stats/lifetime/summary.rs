//! From purchases to what the models need to know of each customer.

use serde::{Deserialize, Serialize};

/// What the models need to know of one customer: x, `t_x`, T and the mean value of the papers. Times are in one unit of the
/// caller's choice, the same for all customers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerSummary {
    /// Purchases after the first (x).
    pub repeat_purchases: u32,
    /// Time from the first purchase to the last (`t_x`), `0..=age`; not looked at without repeat purchases.
    pub last_purchase: f64,
    /// Time from the first purchase to the end of the observation (T), above 0.
    pub age: f64,
    /// Mean value of the repeat purchases; the first is left out, as the Gamma-Gamma model has it. NaN when unknown.
    pub mean_value: f64,
}

impl CustomerSummary {
    /// Whether the times are possible.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.age.is_finite()
            && self.age > 0.0
            && (self.repeat_purchases == 0 || (0.0..=self.age).contains(&self.last_purchase))
    }
}

/// Summarises purchase lines, times in days: line i is of customer `customer[i]` on day `day[i]` for `amount[i]`. Returns one
/// entry for each of the customers `0..customers`.
///
/// All lines of a customer on one day are one purchase, as the models know only moments at which a customer buys; their
/// amounts are added, a missing one as 0. Lines are left out whose day is not finite or after `end`, the last day observed, or
/// whose customer is not in range. `None` for customers without lines and for those first seen on day `end`, of whom nothing
/// could be observed yet. Slices of different length are cut to the shortest.
#[must_use]
pub fn summarise(
    customer: &[usize],
    day: &[f64],
    amount: &[f64],
    customers: usize,
    end: f64,
) -> Vec<Option<CustomerSummary>> {
    let end = end.floor();
    let mut lines: Vec<(usize, f64, f64)> = customer
        .iter()
        .zip(day)
        .zip(amount)
        .map(|((&customer, &day), &amount)| (customer, day.floor(), if amount.is_finite() { amount } else { 0.0 }))
        .filter(|&(customer, day, _)| customer < customers && day.is_finite() && day <= end)
        .collect();
    // The amount is part of the order so that the sum of a day does not depend on the order of the lines.
    lines.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.total_cmp(&b.2)));
    let mut summaries = vec![None; customers];
    for own in lines.chunk_by(|a, b| a.0 == b.0) {
        let (customer, first, _) = own[0];
        let last = own[own.len() - 1].1;
        let mut days = own.chunk_by(|a, b| a.1 == b.1);
        days.next();
        let (count, value) = days.fold((0_u32, 0.0), |(count, value), lines| {
            (count + 1, value + lines.iter().map(|line| line.2).sum::<f64>())
        });
        if end > first {
            summaries[customer] = Some(CustomerSummary {
                repeat_purchases: count,
                last_purchase: last - first,
                age: end - first,
                mean_value: if count == 0 { f64::NAN } else { value / f64::from(count) },
            });
        }
    }
    summaries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_purchases_and_purchases_summaries() {
        // Customer 0 buys on days 10 (two lines), 12 and 20; 1 once; 2 on the last day; 3 never; 7 does not exist.
        let customer = [0, 1, 0, 0, 2, 0, 0, 7, 0];
        let day = [20.0, 15.0, 10.2, 10.9, 30.0, 12.0, 31.0, 12.0, f64::NAN];
        let amount = [30.0, 5.0, 7.0, 8.0, 9.0, 10.0, 99.0, 1.0, 1.0];
        let found = summarise(&customer, &day, &amount, 4, 30.0);
        let of = |repeat_purchases, last_purchase, age, mean_value| {
            Some(CustomerSummary { repeat_purchases, last_purchase, age, mean_value })
        };
        assert_eq!(found[0], of(2, 10.0, 20.0, 20.0));
        let once = found[1].unwrap();
        assert_eq!((once.repeat_purchases, once.last_purchase, once.age), (0, 0.0, 15.0));
        assert!(once.mean_value.is_nan());
        assert_eq!(found[2..], [None, None]);
    }

    #[test]
    fn odd_lines_do_no_harm() {
        assert!(summarise(&[], &[], &[], 0, 10.0).is_empty());
        assert_eq!(summarise(&[0], &[1.0], &[1.0], 1, f64::NAN), [None]);
        let missing = summarise(&[0, 0], &[1.0, 3.0], &[f64::NAN, f64::INFINITY], 1, 9.0);
        assert_eq!(missing[0].unwrap().mean_value, 0.0);
        let far = summarise(&[0, 0], &[-1e300, 1e300], &[1.0, 1.0], 1, f64::INFINITY);
        assert!(!far[0].unwrap().is_valid());
    }
}
