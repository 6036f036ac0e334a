//! How far a number of segments, and each segment, can be trusted.

use ndarray::{ArrayView2, Axis};

use super::algorithms::{Outcome, for_a_part, for_each_k, run};
use super::{Algorithm, SegmentError};
use crate::cluster::gap::{Gap, gap_statistic};
use crate::cluster::select_k::{Consensus, KScore, consensus};
use crate::cluster::stability::bootstrap;
use crate::cluster::{ClusterError, Progress};
use crate::progress::{Part, Quiet};
use crate::query::relation::sampled;

/// Resamples behind a stability.
pub const RESAMPLES: usize = 100;

/// Most customers that are resampled, and that the gap statistic is computed on.
pub const RESAMPLED_ROWS: usize = 2_500;

/// Reference sets of the gap statistic.
const REFERENCES: usize = 20;

/// What the criteria say about the number of segments.
#[derive(Debug)]
pub struct Recommendation {
    /// Scores for each number tried.
    pub scores: Vec<KScore>,
    /// What most criteria prefer.
    pub consensus: Option<Consensus>,
    /// What was found for that number.
    pub outcome: Option<Outcome>,
}

/// Scores every number of clusters by every criterion and recommends one.
///
/// # Errors
/// [`SegmentError`] when the rows do not allow two clusters or the observer cancels.
pub fn recommend(
    rows: ArrayView2<'_, f64>,
    algorithm: &Algorithm,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Recommendation, SegmentError> {
    let stage = |from, to| Part::of(observer, from..to);
    let mut found = for_each_k(rows, algorithm, seed, &stage(0.0, 0.5))?;
    let gaps = gaps(rows, algorithm, seed, found.iter().map(|(score, _)| score.k), &stage(0.5, 0.6))?;
    let count = found.len() as f64;
    for (position, (score, outcome)) in found.iter_mut().enumerate() {
        score.gap = gaps.iter().find(|gap| gap.k == score.k).map(|gap| (gap.gap, gap.standard_error));
        let at = |step: f64| 0.6 + 0.4 * (position as f64 + step) / count;
        let algorithm = algorithm.with_n_clusters(score.k);
        score.stability = stability(rows, &outcome.labels, &algorithm, seed, &stage(at(0.0), at(1.0)))?;
    }
    let (scores, outcomes): (Vec<KScore>, Vec<Outcome>) = found.into_iter().unzip();
    let consensus = consensus(&scores);
    let chosen = consensus.as_ref().map(|consensus| consensus.k);
    let outcome = scores.iter().zip(outcomes).find(|(score, _)| Some(score.k) == chosen).map(|(_, outcome)| outcome);
    Ok(Recommendation { scores, consensus, outcome })
}

/// Rows of an evenly spread part.
fn part(rows: ArrayView2<'_, f64>) -> Vec<usize> {
    let all: Vec<u32> = (0..rows.nrows() as u32).collect();
    sampled(&all, RESAMPLED_ROWS).into_iter().map(|row| row as usize).collect()
}

/// The gap statistic by number of clusters; K-Means only, whose inertia it is about.
fn gaps(
    rows: ArrayView2<'_, f64>,
    algorithm: &Algorithm,
    seed: u64,
    ks: impl Iterator<Item = usize>,
    observer: &dyn Progress,
) -> Result<Vec<Gap>, SegmentError> {
    let Algorithm::Kmeans { .. } = algorithm else { return Ok(Vec::new()) };
    let sample = rows.select(Axis(0), &part(rows));
    let quick = |x: ArrayView2<'_, f64>, k: usize, seed: u64| quick_inertia(x, k, seed, observer);
    let mut inertias = Vec::new();
    for k in ks {
        match quick(sample.view(), k, seed) {
            Ok(inertia) => inertias.push((k, inertia)),
            Err(ClusterError::TooFewDistinctRows { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(gap_statistic(sample.view(), &inertias, REFERENCES, seed, &quick, observer)?)
}

fn quick_inertia(x: ArrayView2<'_, f64>, k: usize, seed: u64, observer: &dyn Progress) -> Result<f64, ClusterError> {
    use crate::cluster::kmeans::{KMeansParams, fit};
    let quiet = Quiet(observer);
    Ok(fit(x, &KMeansParams { n_clusters: k, n_init: 2, seed, ..KMeansParams::default() }, &quiet)?.inertia)
}

/// Mean Jaccard similarity of each cluster to itself in [`RESAMPLES`] resamples (Hennig, 2007), by cluster, of at most
/// [`RESAMPLED_ROWS`] customers. Empty when there is no cluster; 0 for one too small to be among the customers resampled.
///
/// # Errors
/// [`SegmentError::Cluster`] when the observer cancels.
pub fn stability(
    rows: ArrayView2<'_, f64>,
    labels: &[i32],
    algorithm: &Algorithm,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Vec<f64>, SegmentError> {
    let clusters = super::algorithms::sizes(labels).len();
    if clusters == 0 {
        return Ok(Vec::new());
    }
    let kept = part(rows);
    let x = rows.select(Axis(0), &kept);
    let own: Vec<i32> = kept.iter().map(|row| labels[*row]).collect();
    let algorithm = for_a_part(&algorithm.with_n_clusters(clusters), kept.len() as f64 / rows.nrows() as f64);
    let again = |x: ArrayView2<'_, f64>, seed: u64| match run(x, &algorithm, seed, &Quiet(observer)) {
        Ok(outcome) => Ok(outcome.labels),
        Err(SegmentError::Cluster(error)) => Err(error),
        Err(error) => Err(ClusterError::Library { message: error.to_string() }),
    };
    let found = bootstrap(x.view(), &own, RESAMPLES, seed, &again, observer)?;
    let mut by_cluster = vec![0.0; clusters];
    let mut present: Vec<i32> = own.into_iter().filter(|label| *label >= 0).collect();
    present.sort_unstable();
    present.dedup();
    for (cluster, jaccard) in present.into_iter().zip(found.per_cluster) {
        by_cluster[cluster as usize] = jaccard;
    }
    Ok(by_cluster)
}
