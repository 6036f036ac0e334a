//! Sales: facts chosen by period, dimensions and customers, added up by time, dimension or segment.

mod filter;
mod measure;

use rayon::prelude::*;

pub use self::filter::{SalesFilter, dimension};
pub use self::measure::{Grain, Measure, Totals};
use super::filter::{MISSING_NAME, QueryError};
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::facts::{FactDimension, UNKNOWN};
use crate::dataset::{Facts, dates};
use crate::figures;

/// Most steps of time that are shown or forecast one by one: 27 years of days.
pub const MOST_STEPS: i32 = 10_000;

/// The chosen facts.
#[derive(Debug)]
pub struct SalesView<'a> {
    /// All facts.
    pub facts: &'a Facts,
    /// Rows that passed, ascending and so by day.
    pub rows: Vec<u32>,
}

impl<'a> SalesView<'a> {
    /// The facts that pass. With `customers`, only facts of those customers do (whether each row of the customers is kept).
    #[must_use]
    pub fn new(facts: &'a Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let start = filter.from.map_or(0, |from| facts.day.partition_point(|day| *day < from));
        let end = filter.to.map_or(facts.len(), |to| facts.day.partition_point(|day| *day <= to)).max(start);
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
        let all = start as u32..end as u32;
        let rows = if kept_levels.is_empty() && kept_buyers.is_none() {
            all.collect()
        } else {
            all.into_par_iter().filter(passes).collect()
        };
        Self { facts, rows }
    }

    /// First and last day of the chosen facts.
    #[must_use]
    pub fn days(&self) -> Option<(i32, i32)> {
        let day = |row: &u32| self.facts.day[*row as usize];
        Some((day(self.rows.first()?), day(self.rows.last()?)))
    }

    /// Refuses a period that is too long to be taken step by step.
    ///
    /// # Errors
    /// [`QueryError::TooManySteps`] with more than [`MOST_STEPS`] steps, months being taken for 28 days.
    pub fn check_steps(&self, grain: Grain) -> Result<(), QueryError> {
        let Some((first, last)) = self.days() else { return Ok(()) };
        let length = match grain {
            Grain::Day => 1,
            Grain::Week => 7,
            Grain::Month => 28,
        };
        if (last - first) / length < MOST_STEPS {
            return Ok(());
        }
        let text = |day: i32| dates::format_iso(f64::from(day));
        let most = figures::count(MOST_STEPS as usize);
        Err(QueryError::TooManySteps { step: grain.as_str(), first: text(first), last: text(last), most })
    }

    /// All chosen facts added up.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut all = self.grouped(1, |_| Some(0), [Measure::Orders, Measure::Customers]);
        all.pop().unwrap_or_default()
    }

    /// Totals by bucket from the first chosen day to the last, buckets without facts included.
    #[must_use]
    pub fn by_time(&self, grain: Grain, measure: Measure) -> Vec<(i32, Totals)> {
        let Some((first, last)) = self.days() else { return Vec::new() };
        let mut starts = vec![grain.start(first)];
        while let Some(next) = starts.last().map(|start| grain.next(*start)).filter(|next| *next <= last) {
            starts.push(next);
        }
        let bucket = |row: usize| Some(starts.partition_point(|start| *start <= self.facts.day[row]) - 1);
        let totals = self.grouped(starts.len(), bucket, [measure]);
        starts.into_iter().zip(totals).collect()
    }

    /// Totals by weekday, Monday first.
    #[must_use]
    pub fn by_weekday(&self, measure: Measure) -> Vec<Totals> {
        self.grouped(7, |row| Some((self.facts.day[row] + 3).rem_euclid(7) as usize), [measure])
    }

    /// Totals by level of a dimension; the last is of rows without one.
    #[must_use]
    pub fn by_level(&self, dimension: &FactDimension, measure: Measure) -> Vec<Totals> {
        let missing = dimension.names.len();
        self.grouped(missing + 1, |row| Some((dimension.codes[row] as usize).min(missing)), [measure])
    }

    /// Totals by place (latitude and longitude in degrees); places without facts and facts without a place are left out.
    #[must_use]
    pub fn by_place(&self, measure: Measure) -> Vec<((f64, f64), Totals)> {
        let Some(places) = &self.facts.places else { return Vec::new() };
        let place = |row: usize| Some(places.place[row] as usize).filter(|place| *place < places.points.len());
        let totals = self.grouped(places.points.len(), place, [measure]);
        places.points.iter().copied().zip(totals).filter(|(_, totals)| totals.lines > 0).collect()
    }

    /// Totals by cluster of the customer, given one for each customer: `clusters` names those wanted; rows of other or
    /// unknown customers are left out.
    #[must_use]
    pub fn by_cluster(&self, labels: &[i32], clusters: &[i32], measure: Measure) -> Vec<Totals> {
        let group = |row: usize| {
            let customer = self.facts.customer(row)?;
            clusters.iter().position(|cluster| labels.get(customer as usize) == Some(cluster))
        };
        self.grouped(clusters.len(), group, [measure])
    }

    /// The part of the view that a predicate keeps.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool + Sync) -> SalesView<'a> {
        SalesView { facts: self.facts, rows: self.rows.par_iter().copied().filter(|row| keep(*row as usize)).collect() }
    }

    /// Adds up by group; different orders and customers are only counted where a measure asks for them.
    fn grouped<const N: usize>(
        &self,
        groups: usize,
        group: impl Fn(usize) -> Option<usize>,
        measures: [Measure; N],
    ) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); groups];
        let facts = self.facts;
        let with_orders = measures.iter().any(|measure| measure.counts_orders());
        let with_customers = measures.iter().any(|measure| measure.counts_customers());
        let mut orders = Distinct::new(if with_orders { facts.orders } else { 0 }, groups);
        let mut customers = Distinct::new(if with_customers { facts.buyers.len() } else { 0 }, groups);
        for row in self.rows.iter().map(|row| *row as usize) {
            let Some(group) = group(row) else { continue };
            let own = &mut totals[group];
            own.sales += facts.amount[row];
            own.lines += 1;
            if let Some(units) = facts.quantity.get(row).filter(|units| units.is_finite()) {
                own.units += units;
            }
            if with_orders && facts.order[row] != UNKNOWN {
                own.order_sales += facts.amount[row];
                own.orders += usize::from(orders.is_new(facts.order[row], group));
            }
            if with_customers && facts.buyer[row] != UNKNOWN {
                own.customers += usize::from(customers.is_new(facts.buyer[row], group));
            }
        }
        totals
    }
}

/// Remembers which things were seen in which groups.
struct Distinct {
    /// Group plus one in which a thing was last seen.
    last: Vec<u32>,
    /// All others, for things that come back to a group after another.
    seen: std::collections::HashSet<(u32, u32)>,
    /// Groups a thing was seen in, when they are few.
    masks: Vec<u64>,
}

impl Distinct {
    fn new(things: usize, groups: usize) -> Self {
        let few = groups <= 64;
        Self {
            last: if few { Vec::new() } else { vec![0; things] },
            seen: std::collections::HashSet::new(),
            masks: if few { vec![0; things] } else { Vec::new() },
        }
    }

    /// Whether a thing is seen in a group for the first time.
    fn is_new(&mut self, thing: u32, group: usize) -> bool {
        if let Some(mask) = self.masks.get_mut(thing as usize) {
            let bit = 1 << group;
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

#[cfg(test)]
mod tests;
