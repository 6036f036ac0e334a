//! Sales: facts chosen by period, dimensions and customers, added up by time, dimension or segment. Facts in memory are added
//! up here; for facts in a database the same is asked of it.

mod distinct;
mod filter;
mod measure;
mod rows;
mod segments;
mod spread;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use self::filter::{SalesFilter, dimension};
pub use self::measure::{Grain, Measure};
use self::rows::{Buckets, Rows};
pub use self::segments::{ClusterNumbers, NumberByCluster};
pub use self::spread::Spread;
pub use crate::dataset::facts::Totals;
use crate::dataset::facts::remote::{Chosen, Counted, Key, Remote, Value};
use crate::dataset::facts::{FactDimension, UNKNOWN};
use crate::dataset::{DatasetError, Facts, dates};
use crate::figures;
use crate::query::error::{MISSING_NAME, QueryError};

/// Most steps of time that are shown or forecast one by one: 27 years of days.
pub const MOST_STEPS: i32 = 10_000;

/// Refuses a period, given by its first and last day, that is too long to be taken step by step.
///
/// # Errors
/// [`QueryError::TooManySteps`] with more than [`MOST_STEPS`] steps, months being taken for 28 days.
pub fn check_steps(days: Option<(i32, i32)>, grain: Grain) -> Result<(), QueryError> {
    let Some((first, last)) = days else { return Ok(()) };
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

/// The chosen facts.
///
/// Every question is answered with [`DatasetError::Database`] when the facts are in a database that cannot be asked.
#[derive(Debug)]
pub struct SalesView<'a> {
    /// All facts.
    pub facts: &'a Facts,
    part: Part<'a>,
    /// Totals of each chosen day that has rows, added up when first asked for.
    days: OnceLock<Vec<(i32, Totals)>>,
    /// Totals by level of each dimension, likewise.
    levels: Vec<OnceLock<Vec<Totals>>>,
}

#[derive(Debug)]
enum Part<'a> {
    Rows(Rows),
    Remote(&'a Remote, Chosen),
}

/// Latitude and longitude in degrees.
pub type Point = (f64, f64);

/// Totals of a table: a row by the first thing asked for, a column by the second.
pub type Crossed = Vec<Vec<Totals>>;

impl<'a> SalesView<'a> {
    /// The facts that pass. With `customers`, only facts of those customers do (whether each row of the customers is kept).
    #[must_use]
    pub fn new(facts: &'a Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let part = Self::part(facts, filter, customers);
        let levels = facts.dimensions.iter().map(|_| OnceLock::new()).collect();
        Self { facts, part, days: OnceLock::new(), levels }
    }

    fn part(facts: &'a Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Part<'a> {
        let Some(remote) = &facts.remote else { return Part::Rows(Rows::new(facts, filter, customers)) };
        let levels = filter.levels.iter().map(|(name, wanted)| {
            let levels = wanted.iter().filter(|level| *level != MISSING_NAME).cloned().collect();
            (name.clone(), levels, wanted.contains(MISSING_NAME))
        });
        let customers = customers.map(|kept| {
            let is_kept = |buyer: &usize| kept.get(facts.customer_of[*buyer] as usize).copied().unwrap_or(false);
            (0..facts.buyers.len()).filter(is_kept).map(|buyer| facts.buyers.get(buyer).to_owned()).collect()
        });
        let chosen = Chosen { from: filter.from, to: filter.to, levels: levels.collect(), customers };
        Part::Remote(remote, chosen)
    }

    /// First and last day of the chosen facts; `None` when there is none.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn days(&self) -> Result<Option<(i32, i32)>, DatasetError> {
        match &self.part {
            Part::Rows(rows) => Ok(rows.ends().map(|(first, last)| (self.facts.day[first], self.facts.day[last]))),
            Part::Remote(remote, chosen) => remote.days_of(chosen),
        }
    }

    /// All chosen facts added up.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn totals(&self) -> Result<Totals, DatasetError> {
        let counted = Counted { orders: true, customers: true };
        let totals = match &self.part {
            Part::Rows(rows) => rows.grouped(self.facts, 1, |_| Some(0), counted, true).pop(),
            Part::Remote(remote, chosen) => remote.totals(chosen, &[], counted)?.pop().map(|(_, totals)| totals),
        };
        Ok(totals.unwrap_or_default())
    }

    /// First days of the buckets from the first chosen day to the last.
    fn buckets(&self, grain: Grain) -> Result<(Vec<i32>, i32), DatasetError> {
        let Some((first, last)) = self.days()? else { return Ok((Vec::new(), 0)) };
        let mut starts = vec![grain.start(first)];
        while let Some(next) = starts.last().map(|start| grain.next(*start)).filter(|next| *next <= last) {
            starts.push(next);
        }
        Ok((starts, last))
    }

    /// Totals by bucket from the first chosen day to the last, buckets without facts included.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_time(&self, grain: Grain, measure: Measure) -> Result<Vec<(i32, Totals)>, DatasetError> {
        let (starts, last) = self.buckets(grain)?;
        let totals = match &self.part {
            Part::Rows(rows) if measure.counted().is_nothing() => self.of_days(rows, starts.len(), {
                let buckets = Buckets::new(&starts, last);
                move |day| buckets.of(day)
            }),
            Part::Rows(rows) => {
                let buckets = Buckets::new(&starts, last);
                let bucket = |row: usize| Some(buckets.of(self.facts.day[row]));
                rows.grouped(self.facts, starts.len(), bucket, measure.counted(), true)
            }
            Part::Remote(remote, chosen) => {
                let found = remote.totals(chosen, &[grain.key()], measure.counted())?;
                placed(found, starts.len(), |values| match values {
                    [Value::Number(day)] => starts.binary_search(day).ok(),
                    _ => None,
                })
            }
        };
        Ok(starts.into_iter().zip(totals).collect())
    }

    /// Totals by what a day belongs to. What needs no counting of orders or customers follows from the days.
    fn of_days(&self, rows: &Rows, groups: usize, group: impl Fn(i32) -> usize) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); groups];
        for (day, of_day) in self.days.get_or_init(|| rows.by_day(self.facts)) {
            let own = &mut totals[group(*day)];
            own.sales += of_day.sales;
            own.units += of_day.units;
            own.lines += of_day.lines;
            own.uses += of_day.uses;
        }
        totals.into_iter().map(Totals::settled).collect()
    }

    /// Totals by weekday, Monday first.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_weekday(&self, measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        let weekday = |day: i32| (day + 3).rem_euclid(7) as usize;
        match &self.part {
            Part::Rows(rows) if measure.counted().is_nothing() => Ok(self.of_days(rows, 7, weekday)),
            Part::Rows(rows) => {
                let weekday = |row: usize| Some(weekday(self.facts.day[row]));
                Ok(rows.grouped(self.facts, 7, weekday, measure.counted(), false))
            }
            Part::Remote(remote, chosen) => {
                let found = remote.totals(chosen, &[Key::Weekday], measure.counted())?;
                Ok(placed(found, 7, |values| match values {
                    [Value::Number(weekday)] => Some(*weekday as usize),
                    _ => None,
                }))
            }
        }
    }

    /// Totals by level of a dimension; the last is of rows without one.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_level(&self, dimension: &FactDimension, measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        let missing = dimension.names.len();
        match &self.part {
            Part::Rows(rows) => {
                let level = |row: usize| Some((dimension.codes[row] as usize).min(missing));
                let added = || rows.grouped(self.facts, missing + 1, level, measure.counted(), false);
                let at = self.facts.dimensions.iter().position(|known| known.name == dimension.name);
                let kept = at.and_then(|at| self.levels.get(at)).filter(|_| measure.counted().is_nothing());
                Ok(kept.map_or_else(added, |kept| kept.get_or_init(added).clone()))
            }
            Part::Remote(remote, chosen) => {
                let found = remote.totals(chosen, &[Key::Level(&dimension.name)], measure.counted())?;
                Ok(placed(found, missing + 1, |values| match values {
                    [Value::Level(level)] => Some(position(dimension, level.as_deref())),
                    _ => None,
                }))
            }
        }
    }

    /// Totals by place (latitude and longitude in degrees, to a ten-thousandth); facts without a place are left out.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_place(&self, measure: Measure) -> Result<Vec<(Point, Totals)>, DatasetError> {
        match &self.part {
            Part::Rows(rows) => {
                let Some(places) = &self.facts.places else { return Ok(Vec::new()) };
                let place = |row: usize| Some(places.place[row] as usize).filter(|place| *place < places.points.len());
                let totals = rows.grouped(self.facts, places.points.len(), place, measure.counted(), false);
                Ok(places.points.iter().copied().zip(totals).filter(|(_, totals)| totals.lines > 0).collect())
            }
            Part::Remote(remote, _) if !remote.has_places() => Ok(Vec::new()),
            Part::Remote(remote, chosen) => {
                let found = remote.totals(chosen, &[Key::Place], measure.counted())?;
                let place = |(values, totals): (Vec<Value>, Totals)| match values.as_slice() {
                    [Value::Place(latitude, longitude)] => Some(((*latitude, *longitude), totals)),
                    _ => None,
                };
                Ok(found.into_iter().filter_map(place).collect())
            }
        }
    }

    /// Totals by cluster of the customer, given one for each customer: `clusters` names those wanted; rows of other or
    /// unknown customers are left out.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_cluster(&self, labels: &[i32], clusters: &[i32], measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        match &self.part {
            Part::Rows(rows) => {
                let group = self.clusters_of_buyers(labels, clusters);
                let group = |row: usize| in_cluster(&group, self.facts.buyer[row]);
                Ok(rows.grouped(self.facts, clusters.len(), group, measure.counted(), false))
            }
            Part::Remote(remote, chosen) => {
                let (ids, groups) = self.grouped_ids(labels, clusters);
                let found = remote.totals(chosen, &[Key::Group(&ids, &groups)], measure.counted())?;
                Ok(placed(found, clusters.len(), |values| match values {
                    [Value::Number(group)] => Some(*group as usize),
                    _ => None,
                }))
            }
        }
    }

    /// Totals by cluster of the customer and by bucket, with the first days of the buckets, which are those of
    /// [`Self::by_time`].
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_cluster_and_time(
        &self,
        labels: &[i32],
        clusters: &[i32],
        grain: Grain,
        measure: Measure,
    ) -> Result<(Vec<i32>, Crossed), DatasetError> {
        let (starts, last) = self.buckets(grain)?;
        let width = starts.len();
        let totals = match &self.part {
            Part::Rows(rows) => {
                let buckets = Buckets::new(&starts, last);
                let group = self.clusters_of_buyers(labels, clusters);
                let cell = |row: usize| {
                    let group = in_cluster(&group, self.facts.buyer[row])?;
                    Some(group * width + buckets.of(self.facts.day[row]))
                };
                rows.grouped(self.facts, clusters.len() * width, cell, measure.counted(), false)
            }
            Part::Remote(remote, chosen) => {
                let (ids, groups) = self.grouped_ids(labels, clusters);
                let found = remote.totals(chosen, &[Key::Group(&ids, &groups), grain.key()], measure.counted())?;
                placed(found, clusters.len() * width, |values| match values {
                    [Value::Number(group), Value::Number(day)] => {
                        Some(*group as usize * width + starts.binary_search(day).ok()?)
                    }
                    _ => None,
                })
            }
        };
        let crossed = if width == 0 { vec![Vec::new(); clusters.len()] } else { rows_of(&totals, width) };
        Ok((starts, crossed))
    }

    /// Totals by some levels of a dimension and by bucket, with the first days of the buckets, which are those of
    /// [`Self::by_time`].
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_level_and_time(
        &self,
        dimension: &FactDimension,
        levels: &[usize],
        grain: Grain,
        measure: Measure,
    ) -> Result<(Vec<i32>, Crossed), DatasetError> {
        let (starts, last) = self.buckets(grain)?;
        let width = starts.len();
        let wanted = wanted(dimension, levels);
        let totals = match &self.part {
            Part::Rows(rows) => {
                let buckets = Buckets::new(&starts, last);
                let cell = |row: usize| {
                    let level = wanted.get(dimension.codes[row] as usize).copied().flatten()?;
                    Some(level * width + buckets.of(self.facts.day[row]))
                };
                rows.grouped(self.facts, levels.len() * width, cell, measure.counted(), false)
            }
            Part::Remote(remote, chosen) => {
                let found = remote.totals(chosen, &[Key::Level(&dimension.name), grain.key()], measure.counted())?;
                placed(found, levels.len() * width, |values| match values {
                    [Value::Level(level), Value::Number(day)] => {
                        let level = wanted.get(position(dimension, level.as_deref())).copied().flatten()?;
                        Some(level * width + starts.binary_search(day).ok()?)
                    }
                    _ => None,
                })
            }
        };
        let crossed = if width == 0 { vec![Vec::new(); levels.len()] } else { rows_of(&totals, width) };
        Ok((starts, crossed))
    }

    /// Totals by some levels of two dimensions: a row by level of the first, a column by level of the second.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_two_levels(
        &self,
        down: (&FactDimension, &[usize]),
        across: (&FactDimension, &[usize]),
        measure: Measure,
    ) -> Result<Crossed, DatasetError> {
        let width = across.1.len();
        let (of_down, of_across) = (wanted(down.0, down.1), wanted(across.0, across.1));
        let totals = match &self.part {
            Part::Rows(rows) => {
                let at =
                    |of: &[Option<usize>], codes: &[u32], row: usize| of.get(codes[row] as usize).copied().flatten();
                let cell = |row: usize| {
                    let line = at(&of_down, &down.0.codes, row)?;
                    Some(line * width + at(&of_across, &across.0.codes, row)?)
                };
                rows.grouped(self.facts, down.1.len() * width, cell, measure.counted(), false)
            }
            Part::Remote(remote, chosen) => {
                let keys = [Key::Level(&down.0.name), Key::Level(&across.0.name)];
                let found = remote.totals(chosen, &keys, measure.counted())?;
                let at = |of: &[Option<usize>], dimension: &FactDimension, level: &Option<String>| {
                    of.get(position(dimension, level.as_deref())).copied().flatten()
                };
                placed(found, down.1.len() * width, |values| match values {
                    [Value::Level(line), Value::Level(column)] => {
                        Some(at(&of_down, down.0, line)? * width + at(&of_across, across.0, column)?)
                    }
                    _ => None,
                })
            }
        };
        Ok(if width == 0 { vec![Vec::new(); down.1.len()] } else { rows_of(&totals, width) })
    }

    /// Known customers by first day of the month of their first chosen fact and of a month with chosen facts.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn returning(&self) -> Result<Vec<(i32, i32, usize)>, DatasetError> {
        match &self.part {
            Part::Rows(rows) => Ok(rows.returning(self.facts)),
            Part::Remote(remote, chosen) => remote.returning(chosen),
        }
    }

    /// Position in `clusters` of each buyer's cluster; [`NOWHERE`] when it is none of them.
    fn clusters_of_buyers(&self, labels: &[i32], clusters: &[i32]) -> Vec<u16> {
        let positions: HashMap<i32, u16> =
            clusters.iter().enumerate().map(|(at, cluster)| (*cluster, at as u16)).collect();
        let of = |customer: &u32| {
            if *customer == UNKNOWN {
                return None;
            }
            positions.get(labels.get(*customer as usize)?).copied()
        };
        self.facts.customer_of.iter().map(|customer| of(customer).unwrap_or(NOWHERE)).collect()
    }

    /// Ids of the buyers in some clusters, with the position of their cluster.
    fn grouped_ids(&self, labels: &[i32], clusters: &[i32]) -> (Vec<String>, Vec<i32>) {
        let groups = self.clusters_of_buyers(labels, clusters).into_iter().enumerate();
        groups
            .filter(|(_, group)| *group != NOWHERE)
            .map(|(buyer, group)| (self.facts.buyers.get(buyer).to_owned(), i32::from(group)))
            .unzip()
    }
}

/// In none of the wanted clusters.
const NOWHERE: u16 = u16::MAX;

/// The position of a buyer's cluster among those wanted.
fn in_cluster(of_buyers: &[u16], buyer: u32) -> Option<usize> {
    of_buyers.get(buyer as usize).filter(|group| **group != NOWHERE).map(|group| usize::from(*group))
}

/// Where each level of a dimension stands among those wanted.
fn wanted(dimension: &FactDimension, levels: &[usize]) -> Vec<Option<usize>> {
    let mut wanted = vec![None; dimension.names.len()];
    levels.iter().enumerate().for_each(|(at, level)| wanted[*level] = Some(at));
    wanted
}

/// Where a level stands; behind all others when it is none.
fn position(dimension: &FactDimension, level: Option<&str>) -> usize {
    let missing = dimension.names.len();
    level.map_or(missing, |level| dimension.names.binary_search_by(|name| name.as_str().cmp(level)).unwrap_or(missing))
}

/// Totals in the order of their groups.
fn placed(found: Vec<(Vec<Value>, Totals)>, groups: usize, group: impl Fn(&[Value]) -> Option<usize>) -> Vec<Totals> {
    let mut totals = vec![Totals::default(); groups];
    for (values, own) in found {
        if let Some(place) = group(&values).and_then(|at| totals.get_mut(at)) {
            *place = own;
        }
    }
    totals
}

fn rows_of(totals: &[Totals], width: usize) -> Crossed {
    totals.chunks(width).map(<[Totals]>::to_vec).collect()
}

#[cfg(test)]
mod tests;
