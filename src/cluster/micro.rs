//! Many small clusters that stand for their rows where all pairs of rows would be too many (after BIRCH; Zhang,
//! Ramakrishnan and Livny, 1996).

use super::neighbors::KdTree;
use super::{ClusterError, Progress};
use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows between two questions whether to stop.
const CHUNK: usize = 256;

/// Rows per micro-cluster that place it.
const SAMPLE: usize = 50;

/// Lloyd's iterations on the sample: the first few tighten cells most.
const ROUNDS: usize = 2;

/// Representatives of rows.
pub(super) struct Micro {
    pub(super) points: Array2<f64>,
    /// Rows of each representative, at least 1.
    pub(super) weights: Vec<usize>,
    /// The representative nearest to each row.
    pub(super) of_row: Vec<usize>,
}

/// At most `count` representatives, and at least `at_least` when there are as many distinct rows. With no more than `count`
/// distinct rows these are the representatives, exactly.
pub(super) fn micro_clusters(
    x: ArrayView2<f64>,
    count: usize,
    at_least: usize,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Micro, ClusterError> {
    let distinct = first_of_distinct(x, count + 1, observer)?;
    if distinct.len() <= count {
        return assigned(&x.select(Axis(0), &distinct), x, None, observer);
    }
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    let mut rows = index::sample(&mut rng, x.nrows(), x.nrows().min(SAMPLE * count)).into_vec();
    rows.sort_unstable();
    let sample = x.select(Axis(0), &rows);
    let mut order: Vec<usize> = (0..sample.nrows()).collect();
    let mut points = Array2::from_shape_vec((count, x.ncols()), cells(sample.view(), &mut order, count))
        .map_err(|error| ClusterError::Library { message: error.to_string() })?;
    let mut guesses = None;
    for _ in 0..ROUNDS {
        let found = indices(nearest(points.view(), sample.view(), guesses.as_deref(), observer, (0.0, 0.1))?);
        move_to_means(&mut points, sample.view(), &found, observer)?;
        guesses = Some(found);
    }
    let found = indices(nearest(points.view(), x, None, observer, (0.1, 0.5))?);
    move_to_means(&mut points, x, &found, observer)?;
    let micro = assigned(&points, x, Some(&found), observer)?;
    if micro.weights.len() >= at_least {
        return Ok(micro);
    }
    // Nearly all rows coincide: some of the few that differ stand for themselves.
    assigned(&x.select(Axis(0), &distinct[..at_least.min(distinct.len())]), x, None, observer)
}

/// Gives every row its nearest point and drops the points that are nearest to none.
fn assigned(
    points: &Array2<f64>,
    x: ArrayView2<f64>,
    guesses: Option<&[usize]>,
    observer: &dyn Progress,
) -> Result<Micro, ClusterError> {
    let mut of_row = indices(nearest(points.view(), x, guesses, observer, (0.5, 0.9))?);
    let mut weights = vec![0; points.nrows()];
    for &point in &of_row {
        weights[point] += 1;
    }
    let kept: Vec<usize> = (0..weights.len()).filter(|&point| weights[point] > 0).collect();
    let mut places = vec![0; weights.len()];
    for (place, &point) in kept.iter().enumerate() {
        places[point] = place;
    }
    for point in &mut of_row {
        *point = places[*point];
    }
    let weights = kept.iter().map(|&point| weights[point]).collect();
    Ok(Micro { points: points.select(Axis(0), &kept), weights, of_row })
}

/// The first row of each distinct one, in row order and no more than `limit`. Zero and minus zero are equal.
pub(super) fn first_of_distinct(
    x: ArrayView2<f64>,
    limit: usize,
    observer: &dyn Progress,
) -> Result<Vec<usize>, ClusterError> {
    let mut seen: HashMap<Vec<u64>, usize> = HashMap::new();
    let mut key = vec![0; x.ncols()];
    for (row, values) in x.rows().into_iter().enumerate() {
        if seen.len() >= limit {
            break;
        }
        if row.is_multiple_of(CHUNK) && observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        // Adding zero turns minus zero into zero.
        key.iter_mut().zip(values).for_each(|(bits, value)| *bits = (value + 0.0).to_bits());
        if !seen.contains_key(&key) {
            seen.insert(key.clone(), row);
        }
    }
    let mut rows: Vec<usize> = seen.into_values().collect();
    rows.sort_unstable();
    Ok(rows)
}

/// Means of `count` cells of about as many rows, each split off by a median of the feature with the widest range.
fn cells(x: ArrayView2<f64>, rows: &mut [usize], count: usize) -> Vec<f64> {
    let range = |feature: usize| {
        let column = x.index_axis(Axis(1), feature);
        let (low, high) = rows.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &row| {
            (low.min(column[row]), high.max(column[row]))
        });
        high - low
    };
    if count == 1 || rows.len() < 2 {
        let mut mean = vec![0.0; x.ncols()];
        for &row in rows.iter() {
            mean.iter_mut().zip(x.row(row)).for_each(|(sum, value)| *sum += value / rows.len() as f64);
        }
        return mean.repeat(count);
    }
    let widest = (0..x.ncols())
        .map(|feature| (feature, range(feature)))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
        .map_or(0, |(feature, _)| feature);
    let half = count / 2;
    let middle = (rows.len() * half / count).clamp(1, rows.len() - 1);
    rows.select_nth_unstable_by(middle, |&a, &b| x[(a, widest)].total_cmp(&x[(b, widest)]).then(a.cmp(&b)));
    let (left, right) = rows.split_at_mut(middle);
    let (mut means, rest) = rayon::join(|| cells(x, left, half), || cells(x, right, count - half));
    means.extend(rest);
    means
}

fn indices(found: Vec<(usize, f64)>) -> Vec<usize> {
    // Only a row with a NaN is nearest to nothing, and rows were checked.
    found.into_iter().map(|(point, _)| if point == usize::MAX { 0 } else { point }).collect()
}

/// The nearest of `points` to each row and the squared distance to it, the lowest of equally near ones; `usize::MAX` and NaN
/// for a row with a NaN. Good guesses make it faster.
pub(super) fn nearest(
    points: ArrayView2<f64>,
    x: ArrayView2<f64>,
    guesses: Option<&[usize]>,
    observer: &dyn Progress,
    (from, to): (f64, f64),
) -> Result<Vec<(usize, f64)>, ClusterError> {
    let tree = KdTree::new(points);
    let mut found = vec![(usize::MAX, f64::NAN); x.nrows()];
    let done = AtomicUsize::new(0);
    found.par_chunks_mut(CHUNK).enumerate().try_for_each(|(chunk, out)| {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let mut point = vec![0.0; x.ncols()];
        for (offset, slot) in out.iter_mut().enumerate() {
            let row = chunk * CHUNK + offset;
            point.iter_mut().zip(x.row(row)).for_each(|(to, from)| *to = *from);
            // The nearest is no farther than the guess. The sum runs as in the tree, so it is the same to the last bit.
            let bound = guesses.and_then(|guesses| guesses.get(row)).map_or(f64::INFINITY, |&guess| {
                points.row(guess).iter().zip(&point).map(|(a, b)| (a - b) * (a - b)).sum()
            });
            if let Some(nearest) = tree.nearest_within(&point, bound) {
                *slot = nearest;
            }
        }
        let done = done.fetch_add(out.len(), Ordering::Relaxed) + out.len();
        if chunk.is_multiple_of(16) {
            observer.progress(from + (to - from) * done as f64 / x.nrows() as f64, "finding representatives");
        }
        Ok(())
    })?;
    Ok(found)
}

/// Moves every point to the mean of its rows; those without rows stay.
fn move_to_means(
    points: &mut Array2<f64>,
    x: ArrayView2<f64>,
    of_row: &[usize],
    observer: &dyn Progress,
) -> Result<(), ClusterError> {
    let features = x.ncols();
    let mut sums = vec![0.0; points.len()];
    let mut counts = vec![0_usize; points.nrows()];
    for (row, &point) in of_row.iter().enumerate() {
        if row.is_multiple_of(CHUNK) && observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        counts[point] += 1;
        let sum = &mut sums[point * features..(point + 1) * features];
        sum.iter_mut().zip(x.row(row)).for_each(|(sum, value)| *sum += value);
    }
    for ((mut point, sum), &count) in points.rows_mut().into_iter().zip(sums.chunks(features)).zip(&counts) {
        if count > 0 {
            point.iter_mut().zip(sum).for_each(|(to, sum)| *to = sum / count as f64);
        }
    }
    Ok(())
}
