//! How well clusters come back when the rows are drawn again (Hennig, 2007).

use super::{ClusterError, Progress, check_labels, check_matrix};
use ndarray::{ArrayView2, Axis};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A cluster counts as recovered above this similarity.
const RECOVERED: f64 = 0.75;

/// A cluster counts as dissolved below this similarity.
const DISSOLVED: f64 = 0.5;

/// What clusters the rows of a resample, given a seed: one label per row, negative for noise.
pub type Clusterer<'a> = dyn Fn(ArrayView2<f64>, u64) -> Result<Vec<i32>, ClusterError> + Sync + 'a;

/// How stable each cluster is, in ascending order of label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// Mean over resamples of the greatest Jaccard similarity to a cluster found again, from 0 to 1. NaN for a cluster that
    /// was in no resample.
    pub per_cluster: Vec<f64>,
    /// Resamples in which it was recovered: the similarity was above 0.75.
    pub recovered: Vec<usize>,
    /// Resamples in which it dissolved: the similarity was below 0.5.
    pub dissolved: Vec<usize>,
    /// Resamples that held a row of the cluster.
    pub present: Vec<usize>,
    /// Resamples drawn.
    pub resamples: usize,
    /// Rows in each.
    pub rows: usize,
}

/// Draws as many rows as there are with replacement, clusters them, and compares, `resamples` times (R's `fpc::clusterboot`,
/// `bootmethod="boot"`, `bscompare=TRUE`, `multipleboot=TRUE`).
///
/// Both partitions are compared on the rows drawn, each as often as it was. Noise in `labels` is no cluster, noise found again
/// belongs to none. A resample with fewer distinct rows than clusters asked for tells nothing of any cluster and counts as
/// absence. Resamples run in parallel; each has its own seed, so that the number of threads does not matter.
///
/// # Errors
///
/// When `resamples` is 0, labels and rows differ in number, a cell is not finite, the observer cancels, which is asked before
/// each resample, or `cluster` fails in another way than for too few distinct rows.
pub fn bootstrap(
    x: ArrayView2<f64>,
    labels: &[i32],
    resamples: usize,
    seed: u64,
    cluster: &Clusterer,
    observer: &dyn Progress,
) -> Result<Stability, ClusterError> {
    check_labels(x.nrows(), labels)?;
    check_matrix(x)?;
    if resamples == 0 {
        return Err(ClusterError::parameter("resamples", "must be at least 1"));
    }
    let names: BTreeSet<i32> = labels.iter().copied().filter(|label| *label >= 0).collect();
    let done = AtomicUsize::new(0);
    let similarities = (0..resamples)
        .into_par_iter()
        .map(|resample| {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let own_seed = derived(seed, resample);
            let mut rng = Xoshiro256Plus::seed_from_u64(own_seed);
            let rows: Vec<usize> = (0..x.nrows()).map(|_| rng.gen_range(0..x.nrows())).collect();
            let drawn = x.select(Axis(0), &rows);
            let found = match cluster(drawn.view(), own_seed) {
                Ok(found) => found,
                Err(ClusterError::TooFewDistinctRows { .. }) => return Ok(BTreeMap::new()),
                Err(error) => return Err(error),
            };
            check_labels(rows.len(), &found)?;
            let before: Vec<i32> = rows.iter().map(|&row| labels[row]).collect();
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            observer.progress(done as f64 / resamples as f64, "clustering resamples");
            Ok(best_similarities(&before, &found))
        })
        .collect::<Result<Vec<_>, ClusterError>>()?;
    let of = |name: i32| similarities.iter().filter_map(move |found| found.get(&name).copied());
    let count =
        |test: fn(f64) -> bool| names.iter().map(|&name| of(name).filter(|value| test(*value)).count()).collect();
    Ok(Stability {
        per_cluster: names.iter().map(|&name| of(name).sum::<f64>() / of(name).count() as f64).collect(),
        recovered: count(|similarity| similarity > RECOVERED),
        dissolved: count(|similarity| similarity < DISSOLVED),
        present: count(|_| true),
        resamples,
        rows: x.nrows(),
    })
}

/// Mixes a seed with a number, so that neighbouring ones share nothing (`SplitMix64`; Steele, Lea and Flood, 2014).
fn derived(seed: u64, resample: usize) -> u64 {
    let mut mixed = seed.wrapping_add((resample as u64).wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// For each cluster of `before` the Jaccard similarity, shared rows over rows of either, to the most similar one of `after`.
fn best_similarities(before: &[i32], after: &[i32]) -> BTreeMap<i32, f64> {
    let mut both: BTreeMap<(i32, i32), usize> = BTreeMap::new();
    let (mut sizes, mut found_sizes) = (BTreeMap::new(), BTreeMap::new());
    for (&a, &b) in before.iter().zip(after) {
        *both.entry((a, b)).or_default() += 1;
    }
    for (&(a, b), count) in &both {
        *sizes.entry(a).or_insert(0) += count;
        *found_sizes.entry(b).or_insert(0) += count;
    }
    let mut best: BTreeMap<i32, f64> = sizes.keys().filter(|label| **label >= 0).map(|&label| (label, 0.0)).collect();
    for (&(a, b), &shared) in both.iter().filter(|((_, b), _)| *b >= 0) {
        if let Some(best) = best.get_mut(&a) {
            *best = best.max(shared as f64 / (sizes[&a] + found_sizes[&b] - shared) as f64);
        }
    }
    best
}

/// What a mean Jaccard similarity says of a cluster, with Hennig's thresholds (`fpc::clusterboot`, details).
#[must_use]
pub fn words(jaccard: f64) -> &'static str {
    if jaccard >= 0.85 {
        "highly stable"
    } else if jaccard >= 0.75 {
        "valid, stable"
    } else if jaccard >= 0.6 {
        "a pattern, not to be relied on for membership"
    } else {
        "not to be trusted"
    }
}

#[cfg(test)]
mod tests;
