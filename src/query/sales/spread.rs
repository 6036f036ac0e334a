//! How single customers and single uses differ, where totals do not tell.

use serde::Serialize;

use super::SalesView;
use crate::dataset::customers::MAX_BINS;
use crate::dataset::facts::UNKNOWN;
use crate::stats::describe::{Summary, describe};
use crate::stats::histogram::{bin_edges, count_into};

/// A histogram with its figures.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Spread {
    /// Mean, quartiles and shape.
    pub summary: Summary,
    /// Edges of the bins, one more than counts.
    pub edges: Vec<f64>,
    /// Values in each bin.
    pub counts: Vec<u64>,
}

impl Spread {
    /// `None` without a finite value.
    fn of(values: &[f64]) -> Option<Self> {
        let edges = bin_edges(values, MAX_BINS);
        Some(Self { summary: describe(values)?, counts: count_into(values, &edges), edges })
    }
}

impl SalesView<'_> {
    /// Chosen rows of each known customer who has some; `None` when there is none, or when facts are in a database.
    #[must_use]
    pub fn per_customer(&self) -> Option<Spread> {
        let rows = self.rows()?;
        let mut counts = vec![0_u32; self.facts.buyers.len()];
        rows.for_each(|row| {
            if let Some(count) = counts.get_mut(self.facts.buyer[row] as usize) {
                *count += 1;
            }
        });
        let counts: Vec<f64> = counts.into_iter().filter(|count| *count > 0).map(f64::from).collect();
        Spread::of(&counts)
    }

    /// Days from a chosen fact to its use, where they are known; `None` when they are for no row.
    #[must_use]
    pub fn days_to_use(&self) -> Option<Spread> {
        let (Some(rows), Some(uses)) = (self.rows(), &self.facts.uses) else { return None };
        let mut days = Vec::new();
        rows.for_each(|row| days.extend(uses.waited(row).map(f64::from)));
        Spread::of(&days)
    }

    /// Different known customers of the chosen rows by the part of them that used something: how many did, of how many.
    #[must_use]
    pub fn users(&self) -> (usize, usize) {
        let (Some(rows), Some(uses)) = (self.rows(), &self.facts.uses) else { return (0, 0) };
        let mut states = vec![0_u8; self.facts.buyers.len()];
        rows.for_each(|row| {
            let buyer = self.facts.buyer[row];
            if buyer != UNKNOWN {
                states[buyer as usize] |= 1 | (u8::from(uses.is_used[row]) << 1);
            }
        });
        (states.iter().filter(|state| **state > 1).count(), states.iter().filter(|state| **state > 0).count())
    }
}
