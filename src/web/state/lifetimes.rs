//! What customers are expected to be worth, worked out once for each data set, when somebody first asks.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use arc_swap::ArcSwap;

use crate::dataset::Dataset;
use crate::segment::lifetime::LifetimeValues;

/// Data sets by name and fingerprint, so that changed data is worked out anew.
type ByDataset = BTreeMap<(String, String), Arc<OnceLock<Arc<LifetimeValues>>>>;

/// Values of all data sets that were asked for; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Lifetimes(Arc<ArcSwap<ByDataset>>);

impl Lifetimes {
    /// The values of a data set's customers; `None` without facts that have amounts. Not to be called from a thread of rayon's pool, where a
    /// thread that waits for the fit could be the one that the fit waits for.
    #[must_use]
    pub fn of(&self, dataset: &Dataset) -> Option<Arc<LifetimeValues>> {
        let facts = dataset.facts.as_ref().filter(|facts| facts.has_amounts)?;
        let work = || {
            let start = std::time::Instant::now();
            let values = LifetimeValues::of(facts, dataset.customers.len());
            let seconds = start.elapsed().as_secs_f64();
            tracing::info!(dataset = dataset.name, seconds, failure = values.failure, "lifetime values");
            Arc::new(values)
        };
        Some(Arc::clone(self.place(dataset).get_or_init(work)))
    }

    /// Where the values of a data set are or will be; those of its earlier forms go.
    fn place(&self, dataset: &Dataset) -> Arc<OnceLock<Arc<LifetimeValues>>> {
        let key = (dataset.name.clone(), dataset.fingerprint.clone());
        if let Some(place) = self.0.load().get(&key) {
            return Arc::clone(place);
        }
        let fresh = Arc::new(OnceLock::new());
        self.0.rcu(|known| {
            let mut next = ByDataset::clone(known);
            next.retain(|(name, fingerprint), _| *name != key.0 || *fingerprint == key.1);
            next.entry(key.clone()).or_insert_with(|| Arc::clone(&fresh));
            next
        });
        // Another thread may have come first: what stands there now counts.
        self.0.load().get(&key).map_or(fresh, Arc::clone)
    }
}
