//! Sales: facts chosen by period, dimensions and customers, added up by time, dimension or segment. Facts in memory are added
//! up here; for facts in a database the same is asked of it.

mod axis;
mod database;
mod distinct;
mod filter;
mod measure;
mod memory;
mod returns;
mod rows;
mod segments;
mod spread;

use self::axis::Axis;
use self::database::Database;
pub use self::filter::{SalesFilter, dimension};
pub use self::measure::{Grain, Measure};
use self::memory::Memory;
pub use self::returns::{ReturnedSales, effect};
use self::rows::Rows;
pub use self::segments::{ClusterNumbers, NumberByCluster};
pub use self::spread::Spread;
use crate::dataset::facts::FactDimension;
pub use crate::dataset::facts::Totals;
use crate::dataset::facts::remote::Counted;
use crate::dataset::{DatasetError, Facts, dates};
use crate::figures;
use crate::query::error::QueryError;

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
    engine: Engine<'a>,
}

/// Where the facts are added up: both answer the same question, totals by axes. Another place for facts is another variant.
#[derive(Debug)]
enum Engine<'a> {
    Memory(Memory<'a>),
    Database(Database<'a>),
}

/// Latitude and longitude in degrees.
pub type Point = (f64, f64);

/// Totals of a table: a row by the first thing asked for, a column by the second.
pub type Crossed = Vec<Vec<Totals>>;

impl<'a> SalesView<'a> {
    /// The facts that pass. With `customers`, only facts of those customers do (whether each row of the customers is kept).
    #[must_use]
    pub fn new(facts: &'a Facts, filter: &SalesFilter, customers: Option<&[bool]>) -> Self {
        let engine = match &facts.remote {
            None => Engine::Memory(Memory::new(facts, filter, customers)),
            Some(remote) => Engine::Database(Database::new(facts, remote, filter, customers)),
        };
        Self { facts, engine }
    }

    /// The chosen rows, where they are in memory.
    fn rows(&self) -> Option<&Rows> {
        match &self.engine {
            Engine::Memory(memory) => Some(&memory.rows),
            Engine::Database(_) => None,
        }
    }

    /// Totals by axes, the first outermost; of all without one.
    fn by(&self, axes: &[Axis<'_>], counted: Counted) -> Result<Vec<Totals>, DatasetError> {
        match &self.engine {
            Engine::Memory(memory) => Ok(memory.totals(axes, counted)),
            Engine::Database(database) => database.totals(axes, counted),
        }
    }

    /// Totals by two axes: a row by the first, a column by the second.
    fn crossed(&self, down: Axis<'_>, across: Axis<'_>, measure: Measure) -> Result<Crossed, DatasetError> {
        if across.len() == 0 {
            return Ok(vec![Vec::new(); down.len()]);
        }
        let totals = self.by(&[down, across], measure.counted())?;
        Ok(totals.chunks(across.len()).map(<[Totals]>::to_vec).collect())
    }

    /// First and last day of the chosen facts; `None` when there is none.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn days(&self) -> Result<Option<(i32, i32)>, DatasetError> {
        match &self.engine {
            Engine::Memory(memory) => Ok(memory.days()),
            Engine::Database(database) => database.days(),
        }
    }

    /// All chosen facts added up.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn totals(&self) -> Result<Totals, DatasetError> {
        Ok(self.by(&[], Counted { orders: true, customers: true })?.pop().unwrap_or_default())
    }

    /// First days of the buckets from the first chosen day to the last, and that.
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
        let totals = self.by(&[Axis::Time { grain, starts: &starts, last }], measure.counted())?;
        Ok(starts.into_iter().zip(totals).collect())
    }

    /// Totals by weekday, Monday first.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_weekday(&self, measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        self.by(&[Axis::Weekday], measure.counted())
    }

    /// Totals by level of a dimension; the last is of rows without one.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_level(&self, dimension: &FactDimension, measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        self.by(&[Axis::Levels(dimension)], measure.counted())
    }

    /// Totals by place (latitude and longitude in degrees, to a ten-thousandth); facts without a place are left out.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_place(&self, measure: Measure) -> Result<Vec<(Point, Totals)>, DatasetError> {
        match &self.engine {
            Engine::Memory(memory) => Ok(memory.by_place(measure.counted())),
            Engine::Database(database) => database.by_place(measure.counted()),
        }
    }

    /// Totals by cluster of the customer, given one for each customer: `clusters` names those wanted; rows of other or
    /// unknown customers are left out.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn by_cluster(&self, labels: &[i32], clusters: &[i32], measure: Measure) -> Result<Vec<Totals>, DatasetError> {
        self.by(&[Axis::Clusters { labels, clusters }], measure.counted())
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
        self.over_time(Axis::Clusters { labels, clusters }, grain, measure)
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
        self.over_time(Axis::SomeLevels(dimension, levels), grain, measure)
    }

    fn over_time(&self, down: Axis<'_>, grain: Grain, measure: Measure) -> Result<(Vec<i32>, Crossed), DatasetError> {
        let (starts, last) = self.buckets(grain)?;
        let crossed = self.crossed(down, Axis::Time { grain, starts: &starts, last }, measure)?;
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
        self.crossed(Axis::SomeLevels(down.0, down.1), Axis::SomeLevels(across.0, across.1), measure)
    }

    /// Known customers by first day of the month of their first chosen purchase and of a month with chosen purchases.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn returning(&self) -> Result<Vec<(i32, i32, usize)>, DatasetError> {
        match &self.engine {
            Engine::Memory(memory) => Ok(memory.rows.returning(self.facts)),
            Engine::Database(database) => database.returning(),
        }
    }
}

#[cfg(test)]
mod tests;
