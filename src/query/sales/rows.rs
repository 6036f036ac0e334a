//! Sums over rows in memory.

use std::ops::Range;

use rayon::prelude::*;

use super::SalesFilter;
use super::distinct::Distinct;
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::facts::remote::Counted;
use crate::dataset::facts::{FactDimension, Totals, UNKNOWN};
use crate::dataset::{Facts, dates};
use crate::query::error::MISSING_NAME;

/// Rows of facts, ascending and so by day.
#[derive(Debug)]
pub(super) enum Rows {
    /// All of a period.
    Period(Range<u32>),
    /// Some of a period.
    Some(Vec<u32>),
}

impl Rows {
    /// The rows that pass a filter, of the kept customers where some are left out.
    pub(super) fn new(facts: &Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let start = filter.from.map_or(0, |from| facts.day.partition_point(|day| *day < from));
        let end = filter.to.map_or(facts.day.len(), |to| facts.day.partition_point(|day| *day <= to)).max(start);
        let kept_levels: Vec<(&FactDimension, Vec<bool>, bool)> = filter
            .levels
            .iter()
            .filter_map(|(name, wanted)| {
                let dimension = facts.dimension(name)?;
                let kept = dimension.names.iter().map(|name| wanted.contains(name)).collect();
                Some((dimension, kept, wanted.contains(MISSING_NAME)))
            })
            .collect();
        let kept_buyers: Option<Vec<bool>> = customers.map(|kept| {
            facts.customer_of.iter().map(|row| kept.get(*row as usize).copied().unwrap_or(false)).collect()
        });
        let passes = |row: &u32| {
            let row = *row as usize;
            kept_levels.iter().all(|(dimension, kept, missing)| match dimension.codes[row] {
                MISSING_LEVEL => *missing,
                code => kept[code as usize],
            }) && kept_buyers.as_ref().is_none_or(|kept| kept.get(facts.buyer[row] as usize).copied().unwrap_or(false))
        };
        let period = start as u32..end as u32;
        if kept_levels.is_empty() && kept_buyers.is_none() {
            return Self::Period(period);
        }
        Self::Some(period.into_par_iter().filter(passes).collect())
    }

    pub(super) fn for_each(&self, mut work: impl FnMut(usize)) {
        match self {
            Self::Period(period) => period.clone().for_each(|row| work(row as usize)),
            Self::Some(rows) => rows.iter().for_each(|row| work(*row as usize)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Period(period) => period.len(),
            Self::Some(rows) => rows.len(),
        }
    }

    /// First and last row.
    pub(super) fn ends(&self) -> Option<(usize, usize)> {
        match self {
            Self::Period(period) if period.is_empty() => None,
            Self::Period(period) => Some((period.start as usize, period.end as usize - 1)),
            Self::Some(rows) => Some((*rows.first()? as usize, *rows.last()? as usize)),
        }
    }

    /// Adds up by group; different orders and customers are only counted where that is asked for. With `rising`, groups follow
    /// each other as the days do.
    pub(super) fn grouped(
        &self,
        facts: &Facts,
        groups: usize,
        group: impl Fn(usize) -> Option<usize>,
        counted: Counted,
        rising: bool,
    ) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); groups];
        let is_used = facts.uses.as_ref().map_or(&[][..], |uses| uses.is_used.as_slice());
        let is_return = facts.return_rows();
        let distinct = |wanted: bool, things: usize| {
            if wanted { Distinct::new(things, groups, rising, self.len()) } else { Distinct::Off }
        };
        let mut orders = distinct(counted.orders, facts.orders);
        let mut customers = distinct(counted.customers, facts.buyers.len());
        self.for_each(|row| {
            let Some(group) = group(row) else { return };
            let own = &mut totals[group];
            own.sales += facts.amount[row];
            own.lines += 1;
            own.uses += usize::from(is_used.get(row).copied().unwrap_or(false));
            if let Some(units) = facts.quantity.get(row).filter(|units| units.is_finite()) {
                own.units += units;
            }
            if is_return.get(row).copied().unwrap_or(false) {
                own.returned += facts.amount[row];
                own.return_lines += 1;
                return;
            }
            if counted.orders && facts.order[row] != UNKNOWN {
                own.order_sales += facts.amount[row];
                orders.see(facts.order[row], group);
            }
            if counted.customers {
                own.customer_lines += usize::from(facts.buyer[row] != UNKNOWN);
                customers.see(facts.buyer[row], group);
            }
        });
        totals.iter_mut().zip(orders.counts()).for_each(|(totals, count)| totals.orders = count);
        totals.iter_mut().zip(customers.counts()).for_each(|(totals, count)| totals.customers = count);
        totals.into_iter().map(Totals::settled).collect()
    }

    /// Sales, returns, units and rows of each day that has some.
    pub(super) fn by_day(&self, facts: &Facts) -> Vec<(i32, Totals)> {
        let is_used = facts.uses.as_ref().map_or(&[][..], |uses| uses.is_used.as_slice());
        let is_return = facts.return_rows();
        let mut days: Vec<(i32, Totals)> = Vec::new();
        self.for_each(|row| {
            let day = facts.day[row];
            if days.last().is_none_or(|(last, _)| *last != day) {
                days.push((day, Totals::default()));
            }
            let Some((_, own)) = days.last_mut() else { return };
            own.sales += facts.amount[row];
            own.lines += 1;
            own.uses += usize::from(is_used.get(row).copied().unwrap_or(false));
            if let Some(units) = facts.quantity.get(row).filter(|units| units.is_finite()) {
                own.units += units;
            }
            if is_return.get(row).copied().unwrap_or(false) {
                own.returned += facts.amount[row];
                own.return_lines += 1;
            }
        });
        days
    }

    /// Customers by first day of the month of their first purchase and of a month with purchases.
    pub(super) fn returning(&self, facts: &Facts) -> Vec<(i32, i32, usize)> {
        let Some((first, last)) = self.ends().map(|(first, last)| (facts.day[first], facts.day[last])) else {
            return Vec::new();
        };
        let mut starts = vec![dates::month_start(first)];
        while let Some(next) = starts.last().map(|start| dates::month_start(start + 31)).filter(|next| *next <= last) {
            starts.push(next);
        }
        // More than a hundred years of months are no picture of who comes back.
        if starts.len() > 1200 {
            return Vec::new();
        }
        let month_of = Buckets::new(&starts, last);
        // A customer's rows come by day, so a month that is not the last one seen is new.
        let mut seen: Vec<(u32, u32)> = vec![(UNKNOWN, UNKNOWN); facts.buyers.len()];
        let mut counts = vec![0_usize; starts.len() * starts.len()];
        let is_return = facts.return_rows();
        self.for_each(|row| {
            if is_return.get(row).copied().unwrap_or(false) {
                return;
            }
            let Some((first, latest)) = seen.get_mut(facts.buyer[row] as usize) else { return };
            let month = month_of.of(facts.day[row]) as u32;
            if *latest == month {
                return;
            }
            *latest = month;
            *first = (*first).min(month);
            counts[*first as usize * starts.len() + month as usize] += 1;
        });
        let found = counts.iter().enumerate().filter(|(_, count)| **count > 0);
        found.map(|(at, count)| (starts[at / starts.len()], starts[at % starts.len()], *count)).collect()
    }
}

/// The bucket of each day.
pub(super) struct Buckets {
    /// The first day.
    pub(super) first: i32,
    /// The bucket of each day from there.
    pub(super) of: Vec<u32>,
}

impl Buckets {
    /// Buckets by their first days, which rise, up to a last day.
    pub(super) fn new(starts: &[i32], last: i32) -> Self {
        let first = starts.first().copied().unwrap_or_default();
        let mut bucket = 0;
        let of = (first..=last)
            .map(|day| {
                if starts.get(bucket + 1).is_some_and(|next| *next <= day) {
                    bucket += 1;
                }
                bucket as u32
            })
            .collect();
        Self { first, of }
    }

    pub(super) fn of(&self, day: i32) -> usize {
        self.of[(day - self.first) as usize] as usize
    }
}
