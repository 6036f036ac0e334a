//! Facts in a database, added up there.

use super::axis::{Axis, clusters_of_buyers, wanted};
use super::{Point, SalesFilter};
use crate::dataset::facts::remote::{Chosen, Counted, Key, Remote, Value};
use crate::dataset::facts::{FactDimension, Totals};
use crate::dataset::{DatasetError, Facts};
use crate::query::error::MISSING_NAME;

/// The chosen facts of a database.
#[derive(Debug)]
pub(super) struct Database<'a> {
    facts: &'a Facts,
    remote: &'a Remote,
    chosen: Chosen,
}

/// What is asked for an axis, and where its answers stand on it.
enum Asked<'a> {
    /// A time step, with the first days of the buckets.
    Time(Key<'a>, &'a [i32]),
    Weekday,
    Levels(&'a FactDimension, Option<Vec<Option<usize>>>),
    /// Ids of the buyers in some clusters, with the place of their cluster.
    Clusters(Vec<String>, Vec<i32>),
}

impl<'a> Asked<'a> {
    fn of(axis: &Axis<'a>, facts: &Facts) -> Self {
        match *axis {
            Axis::Time { grain, starts, .. } => Self::Time(grain.key(), starts),
            Axis::Weekday => Self::Weekday,
            Axis::Levels(dimension) => Self::Levels(dimension, None),
            Axis::SomeLevels(dimension, levels) => Self::Levels(dimension, Some(wanted(dimension, levels))),
            Axis::Clusters { labels, clusters } => {
                let places = clusters_of_buyers(facts, labels, clusters).into_iter().enumerate();
                let grouped =
                    places.filter_map(|(buyer, place)| Some((facts.buyers.get(buyer).to_owned(), place? as i32)));
                let (ids, groups) = grouped.unzip();
                Self::Clusters(ids, groups)
            }
        }
    }

    fn key(&self) -> Key<'_> {
        match self {
            Self::Time(key, _) => *key,
            Self::Weekday => Key::Weekday,
            Self::Levels(dimension, _) => Key::Level(&dimension.name),
            Self::Clusters(ids, groups) => Key::Group(ids, groups),
        }
    }

    fn place(&self, value: &Value) -> Option<usize> {
        match (self, value) {
            (Self::Time(_, starts), Value::Number(day)) => starts.binary_search(day).ok(),
            (Self::Weekday | Self::Clusters(..), Value::Number(place)) => usize::try_from(*place).ok(),
            (Self::Levels(dimension, wanted), Value::Level(level)) => {
                let missing = dimension.names.len();
                let known = |level: &str| dimension.names.binary_search_by(|name| name.as_str().cmp(level)).ok();
                let level = level.as_deref().and_then(known);
                match wanted {
                    None => Some(level.unwrap_or(missing)),
                    Some(wanted) => wanted.get(level?).copied().flatten(),
                }
            }
            _ => None,
        }
    }
}

impl<'a> Database<'a> {
    pub(super) fn new(facts: &'a Facts, remote: &'a Remote, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let levels = filter.levels.iter().map(|(name, wanted)| {
            let levels = wanted.iter().filter(|level| *level != MISSING_NAME).cloned().collect();
            (name.clone(), levels, wanted.contains(MISSING_NAME))
        });
        let customers = customers.map(|kept| {
            let is_kept = |buyer: &usize| kept.get(facts.customer_of[*buyer] as usize).copied().unwrap_or(false);
            (0..facts.buyers.len()).filter(is_kept).map(|buyer| facts.buyers.get(buyer).to_owned()).collect()
        });
        let chosen = Chosen { from: filter.from, to: filter.to, levels: levels.collect(), customers };
        Self { facts, remote, chosen }
    }

    /// First and last day; `None` without a row.
    pub(super) fn days(&self) -> Result<Option<(i32, i32)>, DatasetError> {
        self.remote.days_of(&self.chosen)
    }

    /// Totals by axes, the first outermost; of all without one.
    pub(super) fn totals(&self, axes: &[Axis<'_>], counted: Counted) -> Result<Vec<Totals>, DatasetError> {
        let asked: Vec<Asked<'_>> = axes.iter().map(|axis| Asked::of(axis, self.facts)).collect();
        let keys: Vec<Key<'_>> = asked.iter().map(Asked::key).collect();
        let mut totals = vec![Totals::default(); axes.iter().map(Axis::len).product()];
        for (values, own) in self.remote.totals(&self.chosen, &keys, counted)? {
            let cell = values
                .iter()
                .zip(&asked)
                .zip(axes)
                .try_fold(0, |cell, ((value, asked), axis)| Some(cell * axis.len() + asked.place(value)?));
            if let Some(place) = cell.and_then(|cell| totals.get_mut(cell)) {
                *place = own;
            }
        }
        Ok(totals)
    }

    /// Totals of the places that have some.
    pub(super) fn by_place(&self, counted: Counted) -> Result<Vec<(Point, Totals)>, DatasetError> {
        if !self.remote.has_places() {
            return Ok(Vec::new());
        }
        let place = |(values, totals): (Vec<Value>, Totals)| match values.as_slice() {
            [Value::Place(latitude, longitude)] => Some(((*latitude, *longitude), totals)),
            _ => None,
        };
        Ok(self.remote.totals(&self.chosen, &[Key::Place], counted)?.into_iter().filter_map(place).collect())
    }

    /// See [`SalesView::returning`](super::SalesView::returning).
    pub(super) fn returning(&self) -> Result<Vec<(i32, i32, usize)>, DatasetError> {
        self.remote.returning(&self.chosen)
    }
}
