//! Facts in memory, added up here.

use std::sync::OnceLock;

use super::axis::{Axis, clusters_of_buyers, wanted};
use super::rows::{Buckets, Rows};
use super::{Point, SalesFilter};
use crate::dataset::Facts;
use crate::dataset::facts::Totals;
use crate::dataset::facts::remote::Counted;

/// The chosen rows of facts in memory.
#[derive(Debug)]
pub(super) struct Memory<'a> {
    facts: &'a Facts,
    pub(super) rows: Rows,
    /// Totals of each chosen day that has rows, added up when first asked for.
    days: OnceLock<Vec<(i32, Totals)>>,
    /// Totals by level of each dimension, likewise.
    levels: Vec<OnceLock<Vec<Totals>>>,
}

/// How the place of a row on an axis is looked up.
struct Places<'a> {
    column: Column<'a>,
    /// Place by what the column holds, [`NOWHERE`] for none.
    table: Vec<u32>,
    /// Place of what is not in the table.
    beyond: u32,
}

enum Column<'a> {
    /// Days, counted from one of them.
    Days(&'a [i32], i32),
    Weekdays(&'a [i32]),
    Codes(&'a [u32]),
}

const NOWHERE: u32 = u32::MAX;

impl Places<'_> {
    fn of(&self, row: usize) -> Option<usize> {
        let key = match self.column {
            Column::Days(days, first) => (days[row] - first) as usize,
            Column::Weekdays(days) => weekday(days[row]),
            Column::Codes(codes) => codes[row] as usize,
        };
        let place = self.table.get(key).copied().unwrap_or(self.beyond);
        (place != NOWHERE).then_some(place as usize)
    }
}

fn weekday(day: i32) -> usize {
    (day + 3).rem_euclid(7) as usize
}

fn table(places: Vec<Option<usize>>) -> Vec<u32> {
    places.into_iter().map(|place| place.map_or(NOWHERE, |place| place as u32)).collect()
}

impl<'a> Memory<'a> {
    pub(super) fn new(facts: &'a Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let levels = facts.dimensions.iter().map(|_| OnceLock::new()).collect();
        Self { facts, rows: Rows::new(facts, filter, customers), days: OnceLock::new(), levels }
    }

    /// First and last day; `None` without a row.
    pub(super) fn days(&self) -> Option<(i32, i32)> {
        self.rows.ends().map(|(first, last)| (self.facts.day[first], self.facts.day[last]))
    }

    /// Totals by axes, the first outermost; of all without one.
    pub(super) fn totals(&self, axes: &[Axis<'_>], counted: Counted) -> Vec<Totals> {
        if counted.is_nothing()
            && let Some(known) = self.known(axes)
        {
            return known;
        }
        self.added_up(axes, counted)
    }

    /// What follows from sums that are kept, where nothing has to be counted once.
    fn known(&self, axes: &[Axis<'_>]) -> Option<Vec<Totals>> {
        match *axes {
            [Axis::Time { starts, last, .. }] => {
                let buckets = Buckets::new(starts, last);
                Some(self.of_days(starts.len(), |day| buckets.of(day)))
            }
            [Axis::Weekday] => Some(self.of_days(7, weekday)),
            [Axis::Levels(dimension)] => {
                let at = self.facts.dimensions.iter().position(|known| known.name == dimension.name)?;
                let nothing = Counted { orders: false, customers: false };
                Some(self.levels.get(at)?.get_or_init(|| self.added_up(axes, nothing)).clone())
            }
            _ => None,
        }
    }

    fn of_days(&self, groups: usize, group: impl Fn(i32) -> usize) -> Vec<Totals> {
        let mut totals = vec![Totals::default(); groups];
        for (day, of_day) in self.days.get_or_init(|| self.rows.by_day(self.facts)) {
            let own = &mut totals[group(*day)];
            own.sales += of_day.sales;
            own.returned += of_day.returned;
            own.return_lines += of_day.return_lines;
            own.units += of_day.units;
            own.lines += of_day.lines;
            own.uses += of_day.uses;
        }
        totals.into_iter().map(Totals::settled).collect()
    }

    fn added_up(&self, axes: &[Axis<'_>], counted: Counted) -> Vec<Totals> {
        let cells = axes.iter().map(Axis::len).product();
        let rising = matches!(axes, [] | [Axis::Time { .. }]);
        let places: Vec<Places<'_>> = axes.iter().map(|axis| self.places(axis)).collect();
        let grouped =
            |group: &dyn Fn(usize) -> Option<usize>| self.rows.grouped(self.facts, cells, group, counted, rising);
        match (&places[..], axes) {
            ([], _) => self.rows.grouped(self.facts, 1, |_| Some(0), counted, rising),
            ([only], _) => self.rows.grouped(self.facts, cells, |row| only.of(row), counted, rising),
            ([down, across], [_, columns]) => {
                let width = columns.len();
                let cell = |row: usize| Some(down.of(row)? * width + across.of(row)?);
                self.rows.grouped(self.facts, cells, cell, counted, rising)
            }
            _ => grouped(&|row| {
                places.iter().zip(axes).try_fold(0, |cell, (places, axis)| Some(cell * axis.len() + places.of(row)?))
            }),
        }
    }

    fn places<'b>(&'b self, axis: &Axis<'b>) -> Places<'b> {
        let facts = self.facts;
        match *axis {
            Axis::Time { starts, last, .. } => {
                let buckets = Buckets::new(starts, last);
                Places { column: Column::Days(&facts.day, buckets.first), table: buckets.of, beyond: NOWHERE }
            }
            Axis::Weekday => Places { column: Column::Weekdays(&facts.day), table: (0..7).collect(), beyond: NOWHERE },
            Axis::Levels(dimension) => {
                let levels = dimension.names.len() as u32;
                Places { column: Column::Codes(&dimension.codes), table: (0..levels).collect(), beyond: levels }
            }
            Axis::SomeLevels(dimension, levels) => Places {
                column: Column::Codes(&dimension.codes),
                table: table(wanted(dimension, levels)),
                beyond: NOWHERE,
            },
            Axis::Clusters { labels, clusters } => Places {
                column: Column::Codes(&facts.buyer),
                table: table(clusters_of_buyers(facts, labels, clusters)),
                beyond: NOWHERE,
            },
        }
    }

    /// Totals of the places that have some.
    pub(super) fn by_place(&self, counted: Counted) -> Vec<(Point, Totals)> {
        let Some(places) = &self.facts.places else { return Vec::new() };
        let place = |row: usize| Some(places.place[row] as usize).filter(|place| *place < places.points.len());
        let totals = self.rows.grouped(self.facts, places.points.len(), place, counted, false);
        places.points.iter().copied().zip(totals).filter(|(_, totals)| totals.lines > 0).collect()
    }
}
