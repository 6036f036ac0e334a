//! The silhouette (Rousseeuw, 1987), exact and without a distance matrix.

use super::columns::{BLOCK, Columns};
use super::metrics::{check_score, groups};
use super::{ClusterError, Observer, check_labels, check_matrix};
use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows between two questions whether to stop.
const CHUNK: usize = 64;

/// How well rows sit in their clusters, on average.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Silhouette {
    /// Mean silhouette, from -1 to 1.
    pub score: f64,
    /// Mean silhouette of each cluster, in ascending order of label.
    pub per_cluster: Vec<f64>,
    /// Rows measured.
    pub samples_used: usize,
    /// Rows in clusters, noise left out.
    pub total: usize,
    /// Standard error of `score` due to sampling; 0 when all rows were measured.
    pub standard_error: f64,
}

/// The silhouette of each row, `(b - a) / max(a, b)`, with `a` its mean distance to the other rows of its cluster and `b`
/// that to the nearest other cluster (`sklearn.metrics.silhouette_samples`).
///
/// One value per row, from -1 to 1; 0 for the only row of a cluster and where `a = b = 0`. Rows with a negative label are
/// noise: they take no part and get NaN. Time grows with the square of the rows, memory does not; rows are measured in
/// parallel and the result is the same for any number of threads.
///
/// # Errors
///
/// When labels and rows differ in number, a cell is not finite, there are not between 2 and `rows - 1` clusters (noise left
/// out), or the observer cancels.
pub fn silhouette_samples(
    x: ArrayView2<f64>,
    labels: &[i32],
    observer: &dyn Observer,
) -> Result<Vec<f64>, ClusterError> {
    check_labels(x.nrows(), labels)?;
    check_matrix(x)?;
    let groups = groups(labels);
    check_score(&groups)?;

    // Ordered by cluster, every sum of distances runs over contiguous memory.
    let order = groups.concat();
    let columns = Columns::select(x, &order);
    let mut ranges: Vec<Range<usize>> = Vec::with_capacity(groups.len());
    for group in &groups {
        let start = ranges.last().map_or(0, |range| range.end);
        ranges.push(start..start + group.len());
    }
    let mut measured = vec![0.0; order.len()];
    let done = AtomicUsize::new(0);
    measured.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, out)| {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let mut point = vec![0.0; x.ncols()];
        for (offset, slot) in out.iter_mut().enumerate() {
            let position = chunk * CHUNK + offset;
            columns.row_into(position, &mut point);
            *slot = silhouette_of(&columns, &ranges, position, &point);
        }
        let done = done.fetch_add(out.len(), Ordering::Relaxed) + out.len();
        observer.progress(done as f64 / order.len() as f64, "measuring silhouettes");
        Ok(())
    })?;
    let mut silhouettes = vec![f64::NAN; x.nrows()];
    for (&row, value) in order.iter().zip(measured) {
        silhouettes[row] = value;
    }
    Ok(silhouettes)
}

fn silhouette_of(columns: &Columns, ranges: &[Range<usize>], position: usize, point: &[f64]) -> f64 {
    let (mut within, mut nearest) = (0.0, f64::INFINITY);
    for range in ranges {
        let own = range.contains(&position);
        if own && range.len() == 1 {
            return 0.0;
        }
        let total = distance_sum(columns, range, point);
        if own {
            within = total / (range.len() - 1) as f64;
        } else {
            nearest = nearest.min(total / range.len() as f64);
        }
    }
    let larger = within.max(nearest);
    if larger > 0.0 { (nearest - within) / larger } else { 0.0 }
}

/// Sum of the distances from a point to a run of rows, in eight lanes so that square roots and sums vectorise.
fn distance_sum(columns: &Columns, range: &Range<usize>, point: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut squared = [0.0; BLOCK];
    let mut lanes = [0.0; LANES];
    let mut rest = 0.0;
    let mut start = range.start;
    while start < range.end {
        let end = range.end.min(start + BLOCK);
        columns.squared_distances(start..end, point, &mut squared);
        let (runs, tail) = squared[..end - start].as_chunks::<LANES>();
        for run in runs {
            for (lane, value) in lanes.iter_mut().zip(run) {
                *lane += value.sqrt();
            }
        }
        rest += tail.iter().map(|value| value.sqrt()).sum::<f64>();
        start = end;
    }
    lanes.iter().sum::<f64>() + rest
}

/// The mean of [`silhouette_samples`] (`sklearn.metrics.silhouette_score`), on a sample when there are more than
/// `sample_limit` rows in clusters.
///
/// The sample is stratified: each cluster gives rows in proportion to its size, rounded, and two at least, drawn without
/// replacement from `seed`; about `sample_limit` in all. Silhouettes are measured within the sample (as scikit-learn's
/// `sample_size`), cluster means are weighted by the true sizes, and the standard error is that of a stratified mean
/// (Cochran, 1977, section 5.6) with finite population correction; it does not include the small bias of measuring
/// distances within the sample.
///
/// # Errors
///
/// As [`silhouette_samples`], and when `sample_limit` is 0.
pub fn silhouette_score(
    x: ArrayView2<f64>,
    labels: &[i32],
    sample_limit: usize,
    seed: u64,
    observer: &dyn Observer,
) -> Result<Silhouette, ClusterError> {
    check_labels(x.nrows(), labels)?;
    check_matrix(x)?;
    if sample_limit == 0 {
        return Err(ClusterError::parameter("sample_limit", "must be at least 1"));
    }
    let strata = groups(labels);
    check_score(&strata)?;
    let total: usize = strata.iter().map(Vec::len).sum();
    let sampled: Vec<Vec<usize>> =
        if total <= sample_limit { strata.clone() } else { sample(&strata, total, sample_limit, seed) };
    let rows = sampled.concat();
    let sample_labels: Vec<i32> = rows.iter().map(|&row| labels[row]).collect();
    let values = silhouette_samples(x.select(Axis(0), &rows).view(), &sample_labels, observer)?;

    let mut per_cluster = Vec::with_capacity(strata.len());
    let (mut score, mut variance) = (0.0, 0.0);
    let mut rest = &values[..];
    for (stratum, drawn) in strata.iter().zip(&sampled) {
        let (own, others) = rest.split_at(drawn.len());
        rest = others;
        let (size, m) = (stratum.len() as f64, drawn.len() as f64);
        let mean = own.iter().sum::<f64>() / m;
        let weight = size / total as f64;
        score += weight * mean;
        if drawn.len() > 1 {
            let spread = own.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (m - 1.0);
            variance += weight * weight * spread / m * (1.0 - m / size);
        }
        per_cluster.push(mean);
    }
    Ok(Silhouette { score, per_cluster, samples_used: rows.len(), total, standard_error: variance.max(0.0).sqrt() })
}

fn sample(strata: &[Vec<usize>], total: usize, limit: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let share = limit as f64 / total as f64;
    strata
        .iter()
        .map(|stratum| {
            let wanted = ((stratum.len() as f64 * share).round() as usize).max(2).min(stratum.len());
            let mut drawn = index::sample(&mut rng, stratum.len(), wanted).into_vec();
            drawn.sort_unstable();
            drawn.into_iter().map(|place| stratum[place]).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests;
