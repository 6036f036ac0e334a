//! Lloyd's iterations (1982), exact and with no empty cluster left behind.

use super::columns::{BLOCK, Columns};
use super::exchange::exchange;
use super::{ClusterError, NOISE, Observer, label_of};
use crate::stats::describe::sum;
use ndarray::Array2;

/// A clustering that no polishing improves, unless the iterations ran out.
pub(super) struct Polished {
    pub(super) centroids: Array2<f64>,
    pub(super) labels: Vec<i32>,
    /// Squared distance of each row to its centroid.
    pub(super) distances: Vec<f64>,
    pub(super) inertia: f64,
    pub(super) n_iter: usize,
    pub(super) converged: bool,
}

/// Alternates assigning rows and moving centroids to means until no label changes, then moves single rows, and so on until
/// neither changes anything.
pub(super) fn polish(
    columns: &Columns,
    mut centroids: Array2<f64>,
    max_iter: usize,
    observer: &dyn Observer,
) -> Result<Polished, ClusterError> {
    let k = centroids.nrows();
    let mut flat: Vec<f64> = centroids.iter().copied().collect();
    let (mut labels, mut previous) = (vec![NOISE; columns.rows()], vec![NOISE; columns.rows()]);
    let mut distances = vec![0.0; columns.rows()];
    // Filling k empty clusters may take k iterations more.
    let limit = max_iter + k;
    let mut n_iter = 0;
    let converged = loop {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        n_iter += 1;
        std::mem::swap(&mut labels, &mut previous);
        assign(columns, &flat, &mut labels, &mut distances);
        let mut counts = count(&labels, k);
        let occupied = counts.iter().all(|&count| count > 0);
        if n_iter >= limit || (occupied && n_iter >= max_iter) {
            break occupied && labels == previous;
        }
        let stable = occupied && labels == previous;
        move_to_means(columns, &labels, &counts, &mut flat);
        if !stable {
            fill_empty(columns, &counts, &mut distances, &mut flat);
        } else if exchange(columns, &mut labels, &mut counts, &mut flat, max_iter) == 0 {
            // The means are bit for bit those that `labels` were assigned by, so a prediction repeats the labels.
            break true;
        } else {
            move_to_means(columns, &labels, &counts, &mut flat);
        }
    };
    centroids.iter_mut().zip(&flat).for_each(|(to, from)| *to = *from);
    let inertia = sum(&distances);
    Ok(Polished { centroids, labels, distances, inertia, n_iter, converged })
}

fn move_to_means(columns: &Columns, labels: &[i32], counts: &[usize], flat: &mut [f64]) {
    columns.sums_by_label(labels, flat);
    for (centroid, &count) in flat.chunks_exact_mut(columns.features()).zip(counts) {
        let size = count.max(1) as f64;
        for value in centroid {
            *value /= size;
        }
    }
}

/// Moves the centroid of each empty cluster to the row farthest from its own, as scikit-learn does.
fn fill_empty(columns: &Columns, counts: &[usize], distances: &mut [f64], flat: &mut [f64]) {
    let features = flat.len() / counts.len();
    for (centroid, _) in flat.chunks_exact_mut(features).zip(counts).filter(|(_, count)| **count == 0) {
        let farthest = (0..distances.len()).max_by(|&a, &b| distances[a].total_cmp(&distances[b]).then(b.cmp(&a)));
        if let Some(row) = farthest {
            columns.row_into(row, centroid);
            distances[row] = 0.0;
        }
    }
}

/// Writes the nearest centroid of each row and the squared distance to it.
pub(super) fn assign(columns: &Columns, centroids: &[f64], labels: &mut [i32], distances: &mut [f64]) {
    let features = columns.features();
    let mut candidate = [0.0; BLOCK];
    for (block, (labels, distances)) in labels.chunks_mut(BLOCK).zip(distances.chunks_mut(BLOCK)).enumerate() {
        let range = block * BLOCK..block * BLOCK + labels.len();
        labels.fill(NOISE);
        distances.fill(f64::INFINITY);
        for (cluster, centroid) in centroids.chunks_exact(features).enumerate() {
            let name = label_of(cluster);
            columns.squared_distances(range.clone(), centroid, &mut candidate);
            for ((&squared, label), nearest) in candidate.iter().zip(labels.iter_mut()).zip(distances.iter_mut()) {
                let nearer = squared < *nearest;
                *label = if nearer { name } else { *label };
                *nearest = if nearer { squared } else { *nearest };
            }
        }
    }
}

/// Rows of each of `k` labels.
pub(super) fn count(labels: &[i32], k: usize) -> Vec<usize> {
    let mut counts = vec![0; k];
    for &label in labels {
        if let Some(count) = counts.get_mut(label as usize) {
            *count += 1;
        }
    }
    counts
}
