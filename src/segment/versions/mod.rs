//! An earlier and the present version of a data set, held against each other: who moved between segments, what changed in the
//! customers, and whether the model still fits.

mod alarm;
mod drift;
mod migration;
mod spread;
mod unusual;

use serde::Serialize;

pub use alarm::{Alarm, Level, Signal, Watched};
pub use drift::{FeatureDrift, LevelChange, Side, Test, Verdict, of_features};
pub use migration::{Flow, Kept, Migration, SegmentChange, SegmentState, migration};
pub use spread::Spread;
pub use unusual::Unusual;

use super::{Model, SegmentError};
use crate::cluster::{ClusterError, Progress};
use crate::dataset::Dataset;
use crate::library::versions::Version;

/// Why who moved cannot be told, by what is missing.
const NO_IDS: &str =
    "Customers cannot be matched without an id column; name one in the manifest with role = \"id\" to see who moved.";

/// An earlier and the present version, compared.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct VersionComparison {
    /// Data set.
    pub dataset: String,
    /// Model that puts the customers of both into segments.
    pub model: String,
    /// Number of the earlier version.
    pub version: u32,
    /// When other data took its place, in seconds since 1970-01-01 UTC, where that is known.
    pub replaced_at: Option<u64>,
    /// What was said about the replacement.
    pub note: String,
    /// Customers of the earlier version.
    pub old_customers: usize,
    /// Customers of the present one.
    pub new_customers: usize,
    /// Whether the model should be trained anew.
    pub alarm: Alarm,
    /// Who moved; absent when that cannot be told.
    pub migration: Option<Migration>,
    /// Why it cannot be told.
    pub no_migration: Option<String>,
    /// Features of the model first, then all other columns, each from the most to the least drifted.
    pub features: Vec<FeatureDrift>,
    /// What the alarm is worked out from beside the features and the migration.
    #[serde(skip)]
    unusual: Option<Unusual>,
    #[serde(skip)]
    fitted_to_present: bool,
}

/// Names a comparison: the same versions and the same model give the same key.
#[must_use]
pub fn key(dataset: &Dataset, version: &Version, model: &Model) -> String {
    let text = serde_json::json!([
        dataset.name,
        dataset.fingerprint,
        version.number,
        version.replaced_at,
        model.name,
        model.trained_at,
        model.data_fingerprint,
        model.recipe,
    ]);
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.to_string().as_bytes()))
}

/// Compares an earlier version with the present one by a model.
///
/// # Errors
/// [`SegmentError`] when the model does not fit the present data or the observer cancels. That the earlier version cannot be put
/// into the model's segments is no error: the comparison then says why nobody is followed.
pub fn compare(
    model: &Model,
    version: &Version,
    old: &Dataset,
    new: &Dataset,
    observer: &dyn Progress,
) -> Result<VersionComparison, SegmentError> {
    observer.progress(0.3, "Comparing features");
    let features = of_features(model, old, new, observer);
    if observer.is_cancelled() {
        return Err(ClusterError::Cancelled.into());
    }
    observer.progress(0.7, "Placing customers");
    let placed = labels(model, old, new)?;
    observer.progress(0.8, "Following customers");
    let (followed, unusual) = match &placed {
        Ok([before, after]) => {
            let followed = if old.customers.numbered || new.customers.numbered {
                Err(NO_IDS.to_owned())
            } else {
                Ok(migration(model, old, new, before, after))
            };
            (followed, Some(Unusual::of(model, (old, before), (new, after))?))
        }
        Err(reason) => (Err(reason.clone()), None),
    };
    let (migration, no_migration) = match followed {
        Ok(migration) => (Some(migration), None),
        Err(reason) => (None, Some(reason)),
    };
    let comparison = VersionComparison {
        dataset: new.name.clone(),
        model: model.name.clone(),
        version: version.number,
        replaced_at: version.replaced_at,
        note: version.note.clone(),
        old_customers: old.customers.len(),
        new_customers: new.customers.len(),
        alarm: Alarm::default(),
        migration,
        no_migration,
        features,
        unusual,
        fitted_to_present: model.is_fitted_to(new),
    };
    Ok(comparison.named_by(model))
}

/// Clusters of the customers then and now; or, in words, why the earlier version has none.
type Placed = Result<[Vec<i32>; 2], String>;

/// Clusters of the customers of both versions by one model, so that a customer moves only when the customer changed.
///
/// The present version has the labels that all pages show. The earlier one is placed as new customers would be; but the fitted
/// labels of some algorithms are not what they would predict, so a customer whose features are the same in both versions has
/// the present label in both.
fn labels(model: &Model, old: &Dataset, new: &Dataset) -> Result<Placed, SegmentError> {
    let after = model.labels_for(new)?;
    let placed = model.features_of(old).and_then(|features| {
        let (scaled, _) = model.scaled(features.view())?;
        Ok((model.assign_all(scaled.view())?, features))
    });
    let (mut before, was) = match placed {
        Ok(placed) => placed,
        Err(SegmentError::MissingColumn { column, .. }) => {
            return Ok(Err(format!(
                "The earlier version has no column \"{column}\" of the kind that model \"{}\" needs, so who moved cannot be told.",
                model.name
            )));
        }
        Err(SegmentError::Input { feature, .. }) => {
            return Ok(Err(format!(
                "The earlier version has values of \"{feature}\" that model \"{}\" cannot take, so who moved cannot be told.",
                model.name
            )));
        }
        Err(other) => return Err(other),
    };
    let is = model.features_of(new)?;
    let same = |(a, b): (&f64, &f64)| a == b || (a.is_nan() && b.is_nan());
    for (row, other) in migration::matching(&old.customers, &new.customers).pairs {
        let (row, other) = (row as usize, other as usize);
        if was.row(row).iter().zip(is.row(other)).all(same) {
            before[row] = after[other];
        }
    }
    Ok(Ok([before, after]))
}

impl VersionComparison {
    /// The same with the segments called as the model calls them by now.
    #[must_use]
    pub fn named_by(mut self, model: &Model) -> Self {
        if let Some(migration) = &mut self.migration {
            for segment in &mut migration.segments {
                model.segment_name(segment.cluster).clone_into(&mut segment.name);
            }
        }
        self.alarm = Alarm::of(&Watched {
            features: &self.features,
            migration: self.migration.as_ref(),
            unusual: self.unusual.as_ref(),
            fitted_to_present: self.fitted_to_present,
            customers: [self.old_customers, self.new_customers],
        });
        self
    }

    /// A feature by name.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<&FeatureDrift> {
        self.features.iter().find(|feature| feature.name == name)
    }

    /// The feature that drifted most among those that both versions have.
    #[must_use]
    pub fn most_drifted(&self) -> Option<&FeatureDrift> {
        let drawn = self.features.iter().filter(|feature| feature.spread.is_some());
        drawn.max_by(|a, b| a.strength().total_cmp(&b.strength()).then_with(|| b.name.cmp(&a.name)))
    }
}

#[cfg(test)]
mod tests;
