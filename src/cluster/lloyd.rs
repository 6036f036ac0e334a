//! Lloyd's iterations (1982), exact, in parallel, and with no empty cluster left behind.

use super::columns::{BLOCK, Columns};
use super::exchange::exchange;
use super::{ClusterError, NOISE, Progress};
use ndarray::Array2;
use rayon::prelude::*;

/// Rows measured together.
const LANES: usize = 8;

/// Rows a task handles; fixed, so that sums are added in the same order on any number of threads.
const CHUNK: usize = 16 * BLOCK;

/// When to stop.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// Bound on the iterations.
    pub(super) max_iter: usize,
    /// Ends when the summed squared shift of the centroids is this or less; 0 waits until no label changes.
    pub(super) shift: f64,
    /// Whether moves of single rows follow, and iterations again, until neither changes anything.
    pub(super) exchange: bool,
}

/// A clustering that no polishing improves, unless the iterations ran out or stopped early.
#[derive(Clone)]
pub(super) struct Polished {
    pub(super) centroids: Array2<f64>,
    pub(super) labels: Vec<i32>,
    /// Squared distance of each row to its centroid.
    pub(super) distances: Vec<f64>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// What one pass over the rows found.
struct Pass {
    sums: Vec<f64>,
    counts: Vec<f64>,
    changed: usize,
}

/// Alternates assigning rows and moving centroids to means until no label changes, then moves single rows, and so on until
/// neither changes anything or `stop` says so. Labels are those of the nearest of the centroids returned.
pub(super) fn polish(
    columns: &Columns,
    mut centroids: Array2<f64>,
    stop: Stop,
    observer: &dyn Progress,
) -> Result<Polished, ClusterError> {
    let k = centroids.nrows();
    let mut flat: Vec<f64> = centroids.iter().copied().collect();
    let mut labels = vec![NOISE; columns.rows()];
    let mut distances = vec![0.0; columns.rows()];
    // Filling k empty clusters may take k iterations more.
    let limit = stop.max_iter + k;
    let (mut n_iter, mut settled) = (0, false);
    let converged = loop {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        n_iter += 1;
        let Pass { mut sums, mut counts, changed } = assign(columns, &flat, &mut labels, &mut distances);
        let occupied = counts.iter().all(|&count| count > 0.0);
        let stable = occupied && changed == 0;
        if (settled && occupied) || n_iter >= limit || (occupied && n_iter >= stop.max_iter) {
            break settled || stable;
        }
        to_means(&mut sums, &counts);
        if !stable {
            fill_empty(columns, &counts, &mut distances, &mut sums);
            let moved: f64 = flat.iter().zip(&sums).map(|(old, new)| (old - new) * (old - new)).sum();
            settled = moved <= stop.shift;
        } else if !stop.exchange || exchange(columns, &mut labels, &mut counts, &mut sums, stop.max_iter) == 0 {
            // The means are bit for bit those that `labels` were assigned by, so a prediction repeats the labels.
            break true;
        } else {
            sums = means_of(columns, &labels, k);
        }
        flat = sums;
    };
    centroids.iter_mut().zip(&flat).for_each(|(to, from)| *to = *from);
    let inertia = columns.weighted_sum(&distances);
    Ok(Polished { centroids, labels, distances, inertia, n_iter, converged })
}

fn to_means(sums: &mut [f64], counts: &[f64]) {
    let features = sums.len() / counts.len();
    for (centroid, &count) in sums.chunks_exact_mut(features).zip(counts).filter(|(_, count)| **count > 0.0) {
        for value in centroid {
            *value /= count;
        }
    }
}

/// Means by label, in the order of summation of [`assign`].
fn means_of(columns: &Columns, labels: &[i32], k: usize) -> Vec<f64> {
    let chunks = labels.par_chunks(CHUNK).enumerate();
    let passes: Vec<Pass> = chunks.map(|(chunk, labels)| sums_of(columns, chunk * CHUNK, labels, k)).collect();
    let Pass { mut sums, counts, .. } = add_up(passes, k, columns.features());
    to_means(&mut sums, &counts);
    sums
}

fn sums_of(columns: &Columns, start: usize, labels: &[i32], k: usize) -> Pass {
    let mut pass = Pass { sums: vec![0.0; k * columns.features()], counts: vec![0.0; k], changed: 0 };
    columns.add_by_label(start..start + labels.len(), labels, &mut pass.sums, &mut pass.counts);
    pass
}

fn add_up(passes: Vec<Pass>, k: usize, features: usize) -> Pass {
    let mut total = Pass { sums: vec![0.0; k * features], counts: vec![0.0; k], changed: 0 };
    for pass in passes {
        total.sums.iter_mut().zip(pass.sums).for_each(|(sum, part)| *sum += part);
        total.counts.iter_mut().zip(pass.counts).for_each(|(sum, part)| *sum += part);
        total.changed += pass.changed;
    }
    total
}

/// Moves the centroid of each empty cluster to the row farthest from its own, as scikit-learn does.
fn fill_empty(columns: &Columns, counts: &[f64], distances: &mut [f64], flat: &mut [f64]) {
    let features = flat.len() / counts.len();
    for (centroid, _) in flat.chunks_exact_mut(features).zip(counts).filter(|(_, count)| **count == 0.0) {
        let farthest = (0..distances.len()).max_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(b.cmp(&a)));
        if let Some(row) = farthest {
            columns.row_into(row, centroid);
            distances[row] = 0.0;
        }
    }
}

/// Writes the nearest centroid of each row and the squared distance to it; sums up the rows by their new label.
fn assign(columns: &Columns, centroids: &[f64], labels: &mut [i32], distances: &mut [f64]) -> Pass {
    let (features, k) = (columns.features(), centroids.len() / columns.features());
    let chunks = labels.par_chunks_mut(CHUNK).zip(distances.par_chunks_mut(CHUNK)).enumerate();
    let passes: Vec<Pass> = chunks
        .map(|(chunk, (labels, distances))| {
            let changed = assign_rows(columns, chunk * CHUNK, centroids, labels, distances);
            Pass { changed, ..sums_of(columns, chunk * CHUNK, labels, k) }
        })
        .collect();
    add_up(passes, k, features)
}

/// [`assign`] for the rows from `start`, as many as there are `labels`; returns how many labels changed.
pub(super) fn assign_rows(
    columns: &Columns,
    start: usize,
    centroids: &[f64],
    labels: &mut [i32],
    distances: &mut [f64],
) -> usize {
    let rows = distances.len();
    let mut changed = 0;
    let mut tell = |row: usize, found: (f64, f64)| {
        let label = found.0 as i32;
        changed += usize::from(labels[row] != label);
        (labels[row], distances[row]) = (label, found.1);
    };
    for group in 0..rows / LANES {
        let (nearest, least) = nearest::<LANES>(columns, start + group * LANES, centroids);
        nearest.into_iter().zip(least).enumerate().for_each(|(lane, found)| tell(group * LANES + lane, found));
    }
    for row in rows - rows % LANES..rows {
        let ([nearest], [least]) = nearest::<1>(columns, start + row, centroids);
        tell(row, (nearest, least));
    }
    changed
}

/// The nearest centroids of `L` rows from `start`, the lowest of equally near ones, with the squared distances. The centroids'
/// numbers are floats while they are sought, since lanes of one width vectorise.
fn nearest<const L: usize>(columns: &Columns, start: usize, centroids: &[f64]) -> ([f64; L], [f64; L]) {
    let (mut nearest, mut least) = ([-1.0; L], [f64::INFINITY; L]);
    for (cluster, centroid) in centroids.chunks_exact(columns.features()).enumerate() {
        let mut squared = [0.0; L];
        for (feature, place) in centroid.iter().enumerate() {
            let values = columns.run::<L>(feature, start);
            for lane in 0..L {
                let gap = values[lane] - place;
                squared[lane] += gap * gap;
            }
        }
        for lane in 0..L {
            let nearer = squared[lane] < least[lane];
            nearest[lane] = if nearer { cluster as f64 } else { nearest[lane] };
            least[lane] = if nearer { squared[lane] } else { least[lane] };
        }
    }
    (nearest, least)
}
