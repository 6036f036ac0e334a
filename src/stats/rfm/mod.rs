//! RFM: how recently, how often and for how much customers bought, each as a score from 1 to 5, and the segments that the
//! three scores make.
//!
//! [`score`] finds the cut points and scores everybody; [`Cuts`] scores newcomers by the same ones; [`RfmSegment`] names the
//! segments. [`Scores::heatmap`] and [`Scores::by_segment`] are the tables that a page shows.

mod segment;
mod tables;

pub use segment::{Intervals, RfmSegment, UnknownSegment};
pub use tables::{Cell, Heatmap, SegmentSummary};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::describe::sorted_finite;

/// Days that part the recency scores 5, 4, 3, 2 and 1 where fixed bands are wanted and no others are given: a month, a
/// quarter, half a year, a year.
pub const RECENCY_BANDS: [f64; 4] = [30.0, 90.0, 180.0, 365.0];

/// Why no scores could be given.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RfmError {
    /// The three columns do not describe the same customers.
    #[error("recency, frequency and monetary must be as long as each other, not {recency}, {frequency} and {monetary}")]
    Lengths {
        /// Number of recencies.
        recency: usize,
        /// Number of frequencies.
        frequency: usize,
        /// Number of monetary values.
        monetary: usize,
    },
    /// No customer has all three values.
    #[error("no customer has recency, frequency and monetary, so nobody can be scored")]
    NoCustomers,
    /// The bands do not part the days.
    #[error("recency bands must be four rising numbers of days from 0 upward, such as 30, 90, 180, 365")]
    Bands,
}

/// The three scores of a customer, each from 1 (worst) to 5 (best).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Score {
    /// Recency.
    pub r_score: u8,
    /// Frequency.
    pub f_score: u8,
    /// Monetary.
    pub m_score: u8,
}

impl Score {
    /// The scores as one number such as 543, 111 to 555.
    #[must_use]
    pub fn code(self) -> u16 {
        u16::from(self.r_score) * 100 + u16::from(self.f_score) * 10 + u16::from(self.m_score)
    }

    /// The segment of customers with these scores.
    #[must_use]
    pub fn segment(self) -> RfmSegment {
        RfmSegment::of(self)
    }
}

/// How days since the last purchase become a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "kind", content = "days")]
pub enum RecencyCuts {
    /// Quintile values in ascending order: one point more for each that the days are below.
    Quintiles([f64; 4]),
    /// Bands in ascending order: one point more for each that the days do not exceed.
    Bands([f64; 4]),
}

/// The cut points of all three measures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Cuts {
    /// Those of recency, in days.
    pub recency: RecencyCuts,
    /// Quintile values of frequency in ascending order: one point more for each that the frequency is above.
    pub frequency: [f64; 4],
    /// Quintile values of monetary in ascending order: one point more for each that the value is above.
    pub monetary: [f64; 4],
}

impl Cuts {
    /// The scores of any customer, among those that made the cut points or new; `None` when a value is NaN or infinite.
    #[must_use]
    pub fn of(&self, recency: f64, frequency: f64, monetary: f64) -> Option<Score> {
        let points =
            |cuts: &[f64; 4], earns: &dyn Fn(f64) -> bool| 1 + cuts.iter().filter(|cut| earns(**cut)).count() as u8;
        let r_score = match &self.recency {
            RecencyCuts::Quintiles(days) => points(days, &|cut| recency < cut),
            RecencyCuts::Bands(days) => points(days, &|cut| recency <= cut),
        };
        is_complete(recency, frequency, monetary).then(|| Score {
            r_score,
            f_score: points(&self.frequency, &|cut| frequency > cut),
            m_score: points(&self.monetary, &|cut| monetary > cut),
        })
    }
}

/// Scores of customers with the cut points that made them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Scores {
    /// The cut points.
    pub cuts: Cuts,
    /// The scores in the order of the customers; `None` where a value is missing.
    pub customers: Vec<Option<Score>>,
    /// Customers without scores.
    pub missing: usize,
}

/// Scores customers on recency (days since the last purchase, fewer being better), frequency (purchases) and monetary (their
/// value, which may be negative).
///
/// A score is `1 + floor(5 s)`, `s` being the share of customers who do strictly worse: bought longer ago, less often, for
/// less. So equal values always share a score, and ties never lift anybody: where 60 % of customers bought once, they all score
/// 1 and the next best score 4. If all are equal, or there is one customer, every score is 1. The same rule in terms of cut
/// points, by which newcomers are scored, is one point more for each of the four quintile values that is exceeded, these being
/// observed values (type 1 of Hyndman and Fan 1996, `numpy.quantile(method="inverted_cdf")`).
///
/// The R package `rfm` 0.3.0 instead gives a point where a value reaches its interpolated quintile (type 7) *plus 1*. For whole
/// numbers without ties that is nearly the same, one value per bin moving down; for amounts below 1 everybody gets the same
/// score; and its ties in recency go to the better score.
///
/// With `bands` (four rising numbers of days, such as [`RECENCY_BANDS`]) recency is scored 5 up to and including the first, 4
/// up to the second, and 1 beyond the last, whatever the other customers do.
///
/// Customers with a value that is NaN or infinite are left out, of the cut points too, and counted in [`Scores::missing`].
///
/// # Errors
///
/// When the slices differ in length, when no customer is complete, or when `bands` are not four finite rising numbers from 0.
pub fn score(recency: &[f64], frequency: &[f64], monetary: &[f64], bands: Option<&[f64]>) -> Result<Scores, RfmError> {
    if recency.len() != frequency.len() || recency.len() != monetary.len() {
        let (recency, frequency, monetary) = (recency.len(), frequency.len(), monetary.len());
        return Err(RfmError::Lengths { recency, frequency, monetary });
    }
    let bands = bands.map(checked).transpose()?;
    let complete: Vec<usize> =
        (0..recency.len()).filter(|&i| is_complete(recency[i], frequency[i], monetary[i])).collect();
    // Few days are good: the negative days are scored, and the cut points turned back.
    let columns = [(recency, -1.0), (frequency, 1.0), (monetary, 1.0)];
    let found: Vec<Option<[f64; 4]>> = columns
        .into_par_iter()
        .map(|(column, sign)| quintiles(&complete.iter().map(|&i| sign * column[i]).collect::<Vec<_>>()))
        .collect();
    let [Some(recent), Some(often), Some(much)] = found[..] else { return Err(RfmError::NoCustomers) };
    let [a, b, c, d] = recent.map(|cut| -cut);
    let cuts = Cuts {
        recency: bands.map_or(RecencyCuts::Quintiles([d, c, b, a]), RecencyCuts::Bands),
        frequency: often,
        monetary: much,
    };
    let customers: Vec<_> =
        (0..recency.len()).into_par_iter().map(|i| cuts.of(recency[i], frequency[i], monetary[i])).collect();
    Ok(Scores { cuts, missing: customers.len() - complete.len(), customers })
}

impl Scores {
    /// The scores of a new customer by the same cut points, as [`Cuts::of`].
    #[must_use]
    pub fn of(&self, recency: f64, frequency: f64, monetary: f64) -> Option<Score> {
        self.cuts.of(recency, frequency, monetary)
    }

    /// How many different scores recency, frequency and monetary received, 1 to 5 each; fewer than 5 where ties are many. A
    /// measure with 1 tells no customers apart.
    #[must_use]
    pub fn levels(&self) -> [usize; 3] {
        let mut seen = [[false; 5]; 3];
        for score in self.customers.iter().flatten() {
            for (seen, points) in seen.iter_mut().zip([score.r_score, score.f_score, score.m_score]) {
                if let Some(level) = seen.get_mut(usize::from(points).wrapping_sub(1)) {
                    *level = true;
                }
            }
        }
        seen.map(|levels| levels.iter().filter(|level| **level).count())
    }
}

fn is_complete(recency: f64, frequency: f64, monetary: f64) -> bool {
    recency.is_finite() && frequency.is_finite() && monetary.is_finite()
}

/// The smallest values that at least 1/5, 2/5, 3/5 and 4/5 of the values do not exceed; `None` without values.
fn quintiles(values: &[f64]) -> Option<[f64; 4]> {
    let values = sorted_finite(values);
    let cut = |fifths: usize| values.get((fifths * values.len()).div_ceil(5).checked_sub(1)?).copied();
    Some([cut(1)?, cut(2)?, cut(3)?, cut(4)?])
}

fn checked(bands: &[f64]) -> Result<[f64; 4], RfmError> {
    let bands: [f64; 4] = bands.try_into().map_err(|_| RfmError::Bands)?;
    let rising = bands.windows(2).all(|pair| pair[0] < pair[1]);
    if rising && bands[0] >= 0.0 && bands[3].is_finite() { Ok(bands) } else { Err(RfmError::Bands) }
}

#[cfg(test)]
mod tests;
