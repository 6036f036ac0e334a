//! Linkages that need the distance between every two clusters.

use super::Space;
use crate::cluster::columns::{BLOCK, Columns};
use crate::cluster::{ClusterError, Progress};
use ndarray::ArrayView2;
use rayon::prelude::*;

/// How far a merged cluster is from another (Lance and Williams, 1967).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cluster) enum Update {
    /// As far as the farther part.
    Complete,
    /// The mean of both parts, weighted by their rows.
    Average,
}

/// Distances between clusters, the upper triangle row by row: 4 n² bytes for n rows.
pub(in crate::cluster) struct CondensedSpace {
    update: Update,
    rows: usize,
    distances: Vec<f64>,
    weights: Vec<f64>,
    /// Slots that still hold a cluster, ascending.
    occupied: Vec<usize>,
}

impl CondensedSpace {
    /// Measures all distances, in parallel.
    pub(in crate::cluster) fn new(
        x: ArrayView2<f64>,
        weights: &[usize],
        update: Update,
        observer: &dyn Progress,
    ) -> Result<Self, ClusterError> {
        let rows = x.nrows();
        let columns = Columns::new(x);
        let mut distances = vec![0.0; rows * rows.saturating_sub(1) / 2];
        let mut rest = &mut distances[..];
        let mut triangle = Vec::with_capacity(rows);
        for row in 0..rows {
            let (line, below) = rest.split_at_mut(rows - row - 1);
            triangle.push((row, line));
            rest = below;
        }
        triangle.into_par_iter().try_for_each(|(row, line)| {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let mut point = vec![0.0; columns.features()];
            columns.row_into(row, &mut point);
            for (block, out) in line.chunks_mut(BLOCK).enumerate() {
                let start = row + 1 + block * BLOCK;
                columns.squared_distances(start..start + out.len(), &point, out);
                for value in out {
                    *value = value.sqrt();
                }
            }
            Ok(())
        })?;
        let weights = weights.iter().map(|&weight| weight as f64).collect();
        Ok(Self { update, rows, distances, weights, occupied: (0..rows).collect() })
    }

    fn index(&self, a: usize, b: usize) -> usize {
        let (a, b) = (a.min(b), a.max(b));
        self.rows * a - a * (a + 1) / 2 + b - a - 1
    }
}

impl Space for CondensedSpace {
    fn nearest(&mut self, slot: usize, bound: f64) -> Option<(usize, f64)> {
        let mut best = None;
        let mut least = bound;
        for &other in &self.occupied {
            if other == slot {
                continue;
            }
            let distance = self.distances[self.index(slot, other)];
            if distance < least {
                least = distance;
                best = Some((other, distance));
            }
        }
        best
    }

    fn separation(&self, a: usize, b: usize) -> f64 {
        self.distances[self.index(a, b)]
    }

    fn merge(&mut self, a: usize, b: usize) {
        if let Ok(place) = self.occupied.binary_search(&a) {
            self.occupied.remove(place);
        }
        let (of_a, of_b) = (self.weights[a], self.weights[b]);
        for position in 0..self.occupied.len() {
            let other = self.occupied[position];
            if other == b {
                continue;
            }
            let from_a = self.distances[self.index(a, other)];
            let index = self.index(b, other);
            let from_b = self.distances[index];
            self.distances[index] = match self.update {
                Update::Complete => from_a.max(from_b),
                Update::Average => (of_a * from_a + of_b * from_b) / (of_a + of_b),
            };
        }
        self.weights[b] += of_a;
    }

    fn height(&self, separation: f64) -> f64 {
        separation
    }
}
