//! Sums over rows in memory.

use std::ops::Range;

use rayon::prelude::*;

use super::SalesFilter;
use crate::dataset::Facts;
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::dates;
use crate::dataset::facts::remote::Counted;
use crate::dataset::facts::{FactDimension, Totals, UNKNOWN};
use crate::query::filter::MISSING_NAME;

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

    /// First and last row.
    pub(super) fn ends(&self) -> Option<(usize, usize)> {
        match self {
            Self::Period(period) if period.is_empty() => None,
            Self::Period(period) => Some((period.start as usize, period.end as usize - 1)),
            Self::Some(rows) => Some((*rows.first()? as usize, *rows.last()? as usize)),
        }
    }

    /// Adds up by group; different orders and customers are only counted where that is asked for.
    pub(super) fn grouped(
        &self,
        facts: &Facts,
        groups: usize,
        group: impl Fn(usize) -> Option<usize>,
        counted: Counted,
    ) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); groups];
        let mut orders = Distinct::new(if counted.orders { facts.orders } else { 0 }, groups);
        let mut customers = Distinct::new(if counted.customers { facts.buyers.len() } else { 0 }, groups);
        self.for_each(|row| {
            let Some(group) = group(row) else { return };
            let own = &mut totals[group];
            own.sales += facts.amount[row];
            own.lines += 1;
            if let Some(units) = facts.quantity.get(row).filter(|units| units.is_finite()) {
                own.units += units;
            }
            if counted.orders && facts.order[row] != UNKNOWN {
                own.order_sales += facts.amount[row];
                own.orders += usize::from(orders.is_new(facts.order[row], group));
            }
            if counted.customers && facts.buyer[row] != UNKNOWN {
                own.customers += usize::from(customers.is_new(facts.buyer[row], group));
            }
        });
        totals.into_iter().map(Totals::settled).collect()
    }

    /// Customers by first day of the month of their first fact and of a month with facts.
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
        self.for_each(|row| {
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
    first: i32,
    of: Vec<u32>,
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

/// Remembers which things were seen in which groups.
pub(super) struct Distinct {
    /// Group plus one in which a thing was last seen.
    last: Vec<u32>,
    /// All others, for things that come back to a group after another.
    seen: std::collections::HashSet<(u32, u32)>,
    /// Groups a thing was seen in, when they are few.
    masks: Vec<u64>,
    /// Whether there is one group, and masks hold a bit a thing.
    is_single: bool,
}

impl Distinct {
    pub(super) fn new(things: usize, groups: usize) -> Self {
        if groups == 1 {
            let masks = vec![0; things.div_ceil(64)];
            return Self { last: Vec::new(), seen: std::collections::HashSet::new(), masks, is_single: true };
        }
        let few = groups <= 64;
        Self {
            last: if few { Vec::new() } else { vec![0; things] },
            seen: std::collections::HashSet::new(),
            masks: if few { vec![0; things] } else { Vec::new() },
            is_single: false,
        }
    }

    /// Whether a thing is seen in a group for the first time.
    pub(super) fn is_new(&mut self, thing: u32, group: usize) -> bool {
        // With one group a bit a thing is enough, and stays in the cache.
        let (place, bit) = if self.is_single { (thing / 64, thing % 64) } else { (thing, group as u32) };
        if let Some(mask) = self.masks.get_mut(place as usize) {
            let bit = 1 << bit;
            let new = *mask & bit == 0;
            *mask |= bit;
            return new;
        }
        let group = group as u32 + 1;
        let last = &mut self.last[thing as usize];
        if *last == group {
            return false;
        }
        // Only a thing of several groups needs the set.
        if *last == 0 {
            *last = group;
            return true;
        }
        let before = std::mem::replace(last, group);
        self.seen.insert((thing, before));
        self.seen.insert((thing, group))
    }
}
