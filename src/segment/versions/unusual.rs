//! Customers who are unlike those that the model learned from.

use serde::Serialize;

use crate::cluster::NOISE;
use crate::dataset::Dataset;
use crate::segment::{Model, SegmentError};
use crate::stats::drift::homogeneity;

/// Most customers of a version whose distance is measured.
const MEASURED: usize = 5_000;

/// Customers in no segment, or farther from theirs than 99 of 100 of its members were when the model was trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Unusual {
    /// How many, then and now.
    pub counts: [usize; 2],
    /// Of how many measured.
    pub measured: [usize; 2],
    /// How likely so different shares are by chance; NaN when there are too few to tell.
    pub p_value: f64,
}

impl Unusual {
    /// Measures both versions, each with the cluster of every customer. Of a version of more than 5,000 customers as many are
    /// measured, chosen by their ids, so that the order of the rows does not matter.
    ///
    /// # Errors
    /// As [`Model::features_of`] and [`Model::scaled`].
    pub(super) fn of(
        model: &Model,
        (old, before): (&Dataset, &[i32]),
        (new, after): (&Dataset, &[i32]),
    ) -> Result<Self, SegmentError> {
        let (then, now) = (count(model, old, before)?, count(model, new, after)?);
        let row = |(unusual, measured): (usize, usize)| [unusual as u64, (measured - unusual) as u64];
        let p_value = homogeneity(&row(then), &row(now)).p_value;
        Ok(Self { counts: [then.0, now.0], measured: [then.1, now.1], p_value })
    }

    /// The share then.
    #[must_use]
    pub fn share_before(&self) -> f64 {
        self.counts[0] as f64 / self.measured[0] as f64
    }

    /// The share now.
    #[must_use]
    pub fn share_after(&self) -> f64 {
        self.counts[1] as f64 / self.measured[1] as f64
    }
}

/// Unusual customers, and how many were measured.
fn count(model: &Model, dataset: &Dataset, labels: &[i32]) -> Result<(usize, usize), SegmentError> {
    let (scaled, _) = model.scaled(model.features_of(dataset)?.view())?;
    let mut rows: Vec<usize> = (0..labels.len()).collect();
    if rows.len() > MEASURED {
        rows.sort_by_cached_key(|row| xxhash_rust::xxh3::xxh3_64(dataset.customers.ids.get(*row).as_bytes()));
        rows.truncate(MEASURED);
    }
    let is_unusual = |row: &&usize| {
        let cluster = labels[**row];
        if cluster == NOISE {
            return true;
        }
        let Some(usual) = model.segment(cluster).and_then(|segment| segment.usual_distance) else { return false };
        let references = model.estimator.references(scaled.row(**row));
        references.iter().any(|reference| reference.cluster == cluster && reference.distance > usual)
    };
    Ok((rows.iter().filter(is_unusual).count(), rows.len()))
}
