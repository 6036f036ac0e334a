//! Choosing the number of clusters: a sweep, the bend of the inertia, and a vote of criteria.

use super::gap::{self, Gap};
use super::groups::groups;
use super::kmeans::{self, KMeansFit, KMeansParams};
use super::metrics::{calinski_harabasz_score, davies_bouldin_score, inertia, silhouette_score};
use super::{ClusterError, Progress, check_matrix, distinct_rows};
use crate::progress::{Part, Quiet};
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;

/// Kneedle's difference curve for a convex decreasing curve: how far each point lies below the chord once both axes are
/// scaled to `[0, 1]`. `None` unless `x` ascends, all values are finite, and there are two points at different heights.
pub(super) fn difference_curve(x: &[f64], y: &[f64]) -> Option<Vec<f64>> {
    let finite = |values: &[f64]| values.iter().all(|value| value.is_finite());
    if x.len() != y.len() || x.len() < 2 || !finite(x) || !finite(y) || x.windows(2).any(|pair| pair[0] >= pair[1]) {
        return None;
    }
    let low = y.iter().copied().fold(f64::INFINITY, f64::min);
    let high = y.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low >= high {
        return None;
    }
    let (first, width) = (x[0], x[x.len() - 1] - x[0]);
    // The order of operations is kneed's, so that ties and thresholds fall the same way.
    Some(x.iter().zip(y).map(|(x, y)| (1.0 - (y - low) / (high - low)) - (x - first) / width).collect())
}

/// The `x` at the bend of a convex decreasing curve, after Satopää, Albrecht, Irwin and Raghavan (2011):
/// `kneed.KneeLocator(x, y, S=sensitivity, curve="convex", direction="decreasing").knee`, offline.
///
/// `x` must ascend; `sensitivity` is 1 in the paper and 0 or more. `None` when there is no bend, the curve is flat, a value
/// is not finite or the lengths differ.
///
/// ```
/// use segmenta::cluster::select_k::kneedle;
///
/// let k = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
/// assert_eq!(kneedle(&k, &[100.0, 60.0, 20.0, 17.0, 15.0, 14.0], 1.0), Some(3.0));
/// assert_eq!(kneedle(&k, &[6.0, 5.0, 4.0, 3.0, 2.0, 1.0], 1.0), None);
/// ```
#[must_use]
pub fn kneedle(x: &[f64], y: &[f64], sensitivity: f64) -> Option<f64> {
    let difference = difference_curve(x, y)?;
    let last = difference.len() - 1;
    // `scipy.signal.argrelextrema(order=1, mode="clip")`: ends have themselves as outer neighbours.
    let neighbours = |i: usize| (difference[i.saturating_sub(1)], difference[(i + 1).min(last)]);
    let is_maximum = |i: usize| difference[i] >= neighbours(i).0 && difference[i] >= neighbours(i).1;
    let is_minimum = |i: usize| difference[i] <= neighbours(i).0 && difference[i] <= neighbours(i).1;
    let step = 1.0 / last as f64;
    let (mut threshold, mut candidate, mut active) = (0.0, None, false);
    for i in 0..last {
        if is_maximum(i) {
            threshold = difference[i] - sensitivity * step;
            candidate = Some(i);
            active = true;
        }
        if candidate.is_some() && is_minimum(i) {
            threshold = 0.0;
            active = false;
        }
        if active && difference[i + 1] < threshold {
            return candidate.map(|index| x[index]);
        }
    }
    None
}

/// The scores of one number of clusters. Scores that compare clusters are `None` where they are undefined: for one cluster,
/// and when every row is its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KScore {
    /// Number of clusters.
    pub k: usize,
    /// Sum of squared distances to centroids.
    pub inertia: f64,
    /// Mean silhouette, from -1 to 1, higher is better; on a sample of large data.
    pub silhouette: Option<f64>,
    /// Calinski-Harabasz score, from 0 upward, higher is better.
    pub calinski_harabasz: Option<f64>,
    /// Davies-Bouldin score, from 0 upward, lower is better.
    pub davies_bouldin: Option<f64>,
    /// Bayesian information criterion of a mixture, lower is better.
    pub bic: Option<f64>,
    /// Gap statistic with its standard error; larger than that of the next number less its error is good.
    pub gap: Option<(f64, f64)>,
    /// Mean Jaccard similarity of each segment to itself in resamples, from 0 to 1; empty where it was not measured.
    pub stability: Vec<f64>,
}

impl KScore {
    /// Stability of the segment that is found again least.
    #[must_use]
    pub fn weakest(&self) -> Option<f64> {
        self.stability.iter().copied().min_by(f64::total_cmp)
    }
}

/// Scores labels of `k` clusters; the criteria that need more than labels are left empty. Rows of negative label are noise.
///
/// # Errors
///
/// When labels and rows differ in number, a cell is not finite, `sample_limit` is 0, or the observer cancels.
pub fn scored(
    x: ArrayView2<f64>,
    k: usize,
    labels: &[i32],
    sample_limit: usize,
    seed: u64,
    observer: &dyn Progress,
) -> Result<KScore, ClusterError> {
    let (clusters, rows) = (groups(labels).len(), labels.iter().filter(|label| **label >= 0).count());
    let defined = (2..rows).contains(&clusters);
    let silhouette =
        if defined { Some(silhouette_score(x, labels, sample_limit, seed, &Quiet(observer))?.score) } else { None };
    Ok(KScore {
        k,
        inertia: inertia(x, labels)?,
        silhouette,
        calinski_harabasz: if defined { Some(calinski_harabasz_score(x, labels)?) } else { None },
        davies_bouldin: if defined { Some(davies_bouldin_score(x, labels)?) } else { None },
        bic: None,
        gap: None,
        stability: Vec::new(),
    })
}

/// Fits K-Means for each number of clusters; returns the scores with what was found.
///
/// Besides the restarts of `params` (whose `n_clusters` is not used), each `k` after the first also starts from the solution
/// before it with the farthest row as one more centroid, so inertia never rises with `k`. Numbers of clusters beyond the
/// distinct rows are left out. The silhouette is sampled beyond `sample_limit` rows
/// ([`silhouette_score`]), with the seed of `params`.
///
/// # Errors
///
/// When the range is empty or starts at 0, a parameter is out of range, there are fewer distinct rows than the first number
/// of clusters, a cell is not finite, or the observer cancels.
pub fn sweep(
    x: ArrayView2<f64>,
    ks: RangeInclusive<usize>,
    params: &KMeansParams,
    sample_limit: usize,
    observer: &dyn Progress,
) -> Result<Vec<(KScore, KMeansFit)>, ClusterError> {
    check_matrix(x)?;
    let (first, last) = (*ks.start(), *ks.end());
    if first == 0 || first > last {
        return Err(ClusterError::parameter(
            "k",
            format!("must go from 1 or more up to as many or more, not from {first} to {last}"),
        ));
    }
    if sample_limit == 0 {
        return Err(ClusterError::parameter("sample_limit", "must be at least 1"));
    }
    let distinct = distinct_rows(x, last);
    if distinct < first {
        return Err(ClusterError::TooFewDistinctRows { k: first, distinct });
    }
    let last = last.min(distinct);
    // Time grows with k, and so should progress.
    let total: usize = (first..=last).sum();
    let mut swept: Vec<(KScore, KMeansFit)> = Vec::with_capacity(last - first + 1);
    let mut done = 0;
    for k in first..=last {
        let at = |done: usize| done as f64 / total as f64;
        let part = Part::of(observer, at(done)..at(done + k)).named(format!("k = {k}: "));
        let mut found = kmeans::fit(x, &KMeansParams { n_clusters: k, ..*params }, &part)?;
        if let Some((_, previous)) = swept.last() {
            let grown = kmeans::fit_from(x, with_farthest_row(x, previous)?, params.max_iter, &part)?;
            if grown.inertia < found.inertia {
                found = grown;
            }
        }
        let score = scored(x, k, &found.labels, sample_limit, params.seed, observer)?;
        swept.push((KScore { inertia: found.inertia, ..score }, found));
        done += k;
        observer.progress(done as f64 / total as f64, &format!("k = {k}: done"));
    }
    Ok(swept)
}

fn with_farthest_row(x: ArrayView2<f64>, fit: &KMeansFit) -> Result<Array2<f64>, ClusterError> {
    let squared = |row: usize| {
        let centroid = fit.centroids.row(fit.labels[row].max(0) as usize);
        x.row(row).iter().zip(centroid).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
    };
    let farthest = (0..x.nrows()).map(|row| (squared(row), row)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let (_, row) = farthest.ok_or(ClusterError::Empty)?;
    concatenate(Axis(0), &[fit.centroids.view(), x.row(row).insert_axis(Axis(0))])
        .map_err(|error| ClusterError::Library { message: error.to_string() })
}

/// The number of clusters that most criteria prefer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Consensus {
    /// The number with most votes; of equal ones that with the higher silhouette, then the smaller.
    pub k: usize,
    /// What each criterion prefers: `kneedle`, `silhouette`, `calinski_harabasz`, `davies_bouldin`, and where they were
    /// measured `bic`, `gap` and `stability`, in this order; `None` where it has no preference.
    pub votes: Vec<(String, Option<usize>)>,
    /// Share of the votes cast that agree, above 0 and at most 1.
    pub strength: f64,
}

/// Mean Jaccard similarity from which Hennig (2007) calls a cluster valid and stable.
pub const STABLE: f64 = 0.75;

/// Lets the criteria vote on a sweep: the bend of the inertia, the highest silhouette, the highest Calinski-Harabasz and the
/// lowest Davies-Bouldin score, the lowest BIC, the gap statistic's rule, and the largest number of which every segment is
/// stable. Of equal scores the smaller number of clusters wins. `None` when no criterion has a preference.
#[must_use]
pub fn consensus(scores: &[KScore]) -> Option<Consensus> {
    let ks: Vec<f64> = scores.iter().map(|score| score.k as f64).collect();
    let inertias: Vec<f64> = scores.iter().map(|score| score.inertia).collect();
    let knee = kneedle(&ks, &inertias, 1.0).map(|k| k.round() as usize);
    let mut votes = vec![
        ("kneedle".to_owned(), knee),
        ("silhouette".to_owned(), highest(scores, |score| score.silhouette)),
        ("calinski_harabasz".to_owned(), highest(scores, |score| score.calinski_harabasz)),
        ("davies_bouldin".to_owned(), highest(scores, |score| score.davies_bouldin.map(|value| -value))),
    ];
    if scores.iter().any(|score| score.bic.is_some()) {
        votes.push(("bic".to_owned(), highest(scores, |score| score.bic.map(|value| -value))));
    }
    let gaps: Vec<Gap> = scores
        .iter()
        .filter_map(|score| score.gap.map(|(gap, standard_error)| Gap { k: score.k, gap, standard_error }))
        .collect();
    if !gaps.is_empty() {
        votes.push(("gap".to_owned(), gap::choose(&gaps)));
    }
    if scores.iter().any(|score| !score.stability.is_empty()) {
        let stable = scores.iter().filter(|score| score.weakest().is_some_and(|weakest| weakest >= STABLE));
        votes.push(("stability".to_owned(), stable.map(|score| score.k).max()));
    }
    let cast: Vec<usize> = votes.iter().filter_map(|(_, k)| *k).collect();
    let silhouette = |k: usize| {
        scores.iter().find(|score| score.k == k).and_then(|score| score.silhouette).unwrap_or(f64::NEG_INFINITY)
    };
    let count = |k: usize| cast.iter().filter(|&&other| other == k).count();
    let k = cast
        .iter()
        .copied()
        .max_by(|&a, &b| count(a).cmp(&count(b)).then(silhouette(a).total_cmp(&silhouette(b))).then(b.cmp(&a)))?;
    Some(Consensus { k, strength: count(k) as f64 / cast.len() as f64, votes })
}

fn highest(scores: &[KScore], value: impl Fn(&KScore) -> Option<f64>) -> Option<usize> {
    let mut best: Option<(f64, usize)> = None;
    for (value, k) in scores.iter().filter_map(|score| Some((value(score)?, score.k))) {
        if value.is_finite() && best.is_none_or(|(known, _)| value > known) {
            best = Some((value, k));
        }
    }
    best.map(|(_, k)| k)
}

#[cfg(test)]
mod tests;
