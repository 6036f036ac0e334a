//! The silhouette (Rousseeuw, 1987), exact and without a distance matrix.

use super::columns::Columns;
use super::groups::{check_score, groups};
use super::{ClusterError, Progress, check_labels, check_matrix};
use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Most tasks a pair of clusters is cut into; fixed, so that sums are added in the same order on any number of threads.
const TASKS: usize = 32;

/// Fewest rows of a task.
const TASK_ROWS: usize = 128;

/// Distances taken together, so that square roots and sums vectorise.
const LANES: usize = 8;

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
/// noise: they take no part and get NaN. Time grows with the square of the rows, memory does not: clusters are measured pair
/// by pair, each distance once, in parallel, and the result is the same for any number of threads.
///
/// # Errors
///
/// When labels and rows differ in number, a cell is not finite, there are not between 2 and `rows - 1` clusters (noise left
/// out), or the observer cancels.
pub fn silhouette_samples(
    x: ArrayView2<f64>,
    labels: &[i32],
    observer: &dyn Progress,
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
    let (mut within, mut nearest) = (vec![0.0; order.len()], vec![f64::INFINITY; order.len()]);
    let total = (order.len() * order.len()) as f64 / 2.0;
    let mut done = 0.0;
    for (index, a) in ranges.iter().enumerate() {
        let own = distance_sums(&columns, a, a, observer)?;
        within[a.clone()].iter_mut().zip(own.from_rows).zip(own.from_others).for_each(|((to, x), y)| *to = x + y);
        for b in &ranges[index + 1..] {
            let sums = distance_sums(&columns, a, b, observer)?;
            lower(&mut nearest[a.clone()], &sums.from_rows, b.len());
            lower(&mut nearest[b.clone()], &sums.from_others, a.len());
        }
        done += a.len() as f64 * (order.len() as f64 - a.start as f64 - a.len() as f64 / 2.0);
        observer.progress((done / total).min(1.0), "measuring silhouettes");
    }
    let mut silhouettes = vec![f64::NAN; x.nrows()];
    for (range, position) in ranges.iter().flat_map(|range| range.clone().map(move |position| (range, position))) {
        silhouettes[order[position]] = silhouette_of(within[position], nearest[position], range.len());
    }
    Ok(silhouettes)
}

fn lower(nearest: &mut [f64], sums: &[f64], rows: usize) {
    nearest.iter_mut().zip(sums).for_each(|(least, sum)| *least = least.min(sum / rows as f64));
}

fn silhouette_of(within: f64, nearest: f64, rows: usize) -> f64 {
    if rows == 1 {
        return 0.0;
    }
    let within = within / (rows - 1) as f64;
    let larger = within.max(nearest);
    if larger > 0.0 { (nearest - within) / larger } else { 0.0 }
}

/// Sums of distances between two runs of rows.
struct Sums {
    /// Of each of the first rows to all others.
    from_rows: Vec<f64>,
    /// Of each of the others to all first rows.
    from_others: Vec<f64>,
}

/// Each distance is computed once. For a run with itself a row's pairs are split between the two sums.
fn distance_sums(
    columns: &Columns,
    rows: &Range<usize>,
    others: &Range<usize>,
    observer: &dyn Progress,
) -> Result<Sums, ClusterError> {
    let mut from_rows = vec![0.0; rows.len()];
    let size = rows.len().div_ceil(TASKS).max(TASK_ROWS);
    let task = |(task, sums): (usize, &mut [f64])| {
        let mut point = vec![0.0; columns.features()];
        let mut from_others = vec![0.0; others.len()];
        for (offset, sum) in sums.iter_mut().enumerate() {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let row = rows.start + task * size + offset;
            columns.row_into(row, &mut point);
            let start = if rows == others { row + 1 } else { others.start };
            *sum = add_distances(columns, &point, start, &mut from_others[start - others.start..]);
        }
        Ok(from_others)
    };
    // Handing out tasks costs more than the distances of small clusters.
    let parts: Vec<Vec<f64>> = if rows.len() <= size {
        from_rows.chunks_mut(size).enumerate().map(task).collect::<Result<_, _>>()?
    } else {
        from_rows.par_chunks_mut(size).enumerate().map(task).collect::<Result<_, _>>()?
    };
    let mut from_others = vec![0.0; others.len()];
    for part in parts {
        from_others.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
    }
    Ok(Sums { from_rows, from_others })
}

/// Adds the distances from `point` to the rows from `start` on to `sums`, one each, and returns their sum.
fn add_distances(columns: &Columns, point: &[f64], start: usize, sums: &mut [f64]) -> f64 {
    let (runs, rest) = sums.as_chunks_mut::<LANES>();
    let mut lanes = [0.0; LANES];
    let tail = start + runs.len() * LANES;
    for (run, sums) in runs.iter_mut().enumerate() {
        let distances = distances::<LANES>(columns, point, start + run * LANES);
        for lane in 0..LANES {
            lanes[lane] += distances[lane];
            sums[lane] += distances[lane];
        }
    }
    let mut total: f64 = lanes.iter().sum();
    for (offset, sum) in rest.iter_mut().enumerate() {
        let [distance] = distances::<1>(columns, point, tail + offset);
        total += distance;
        *sum += distance;
    }
    total
}

fn distances<const L: usize>(columns: &Columns, point: &[f64], start: usize) -> [f64; L] {
    let mut squared = [0.0; L];
    for (feature, place) in point.iter().enumerate() {
        let values = columns.run::<L>(feature, start);
        for lane in 0..L {
            let gap = values[lane] - place;
            squared[lane] += gap * gap;
        }
    }
    squared.map(f64::sqrt)
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
    observer: &dyn Progress,
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
