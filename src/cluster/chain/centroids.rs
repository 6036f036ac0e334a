//! Ward's criterion on centroids, without a distance matrix.

use super::Space;
use crate::cluster::columns::{BLOCK, Columns, first_minimum};
use ndarray::ArrayView2;

/// Clusters by centroid and weight. Their separation is half the squared height: the growth of the sum of squares when the two
/// become one, `|A||B| / (|A| + |B|) * ||cA - cB||²`. Memory is linear in the rows.
pub(in crate::cluster) struct WardSpace {
    /// Centroids, compact except for some that are infinitely far away because they were merged.
    centroids: Columns<'static>,
    weights: Vec<f64>,
    /// The slot at each place of `centroids`, ascending, and the place of each slot.
    slots: Vec<usize>,
    places: Vec<usize>,
    merged: Vec<bool>,
    gone: usize,
}

impl WardSpace {
    pub(in crate::cluster) fn new(x: ArrayView2<f64>, weights: &[usize]) -> Self {
        let rows: Vec<usize> = (0..x.nrows()).collect();
        Self {
            centroids: Columns::new(x).into_owned(),
            weights: weights.iter().map(|&weight| weight as f64).collect(),
            slots: rows.clone(),
            merged: vec![false; rows.len()],
            places: rows,
            gone: 0,
        }
    }

    fn centroid(&self, place: usize) -> Vec<f64> {
        let mut point = vec![0.0; self.centroids.features()];
        self.centroids.row_into(place, &mut point);
        point
    }

    /// Forgets the places that were merged, which keeps the order of the others.
    fn compact(&mut self) {
        let kept: Vec<usize> = (0..self.slots.len()).filter(|&place| !self.merged[place]).collect();
        self.centroids.keep(&kept);
        self.weights = kept.iter().map(|&place| self.weights[place]).collect();
        self.slots = kept.iter().map(|&place| self.slots[place]).collect();
        for (place, &slot) in self.slots.iter().enumerate() {
            self.places[slot] = place;
        }
        self.merged = vec![false; kept.len()];
        self.gone = 0;
    }
}

impl Space for WardSpace {
    fn nearest(&mut self, slot: usize, bound: f64) -> Option<(usize, f64)> {
        let own = self.places[slot];
        let (point, weight) = (self.centroid(own), self.weights[own]);
        let mut best = None;
        let mut least = bound;
        let mut buffer = [0.0; BLOCK];
        for start in (0..self.slots.len()).step_by(BLOCK) {
            let end = (start + BLOCK).min(self.slots.len());
            let found = &mut buffer[..end - start];
            self.centroids.squared_distances(start..end, &point, found);
            for (value, other) in found.iter_mut().zip(&self.weights[start..end]) {
                *value *= weight * other / (weight + other);
            }
            if (start..end).contains(&own) {
                found[own - start] = f64::INFINITY;
            }
            let (place, separation) = first_minimum(found);
            if separation < least {
                least = separation;
                best = Some((self.slots[start + place], separation));
            }
        }
        best
    }

    fn separation(&self, a: usize, b: usize) -> f64 {
        let (a, b) = (self.places[a], self.places[b]);
        let mut found = [0.0];
        self.centroids.squared_distances(b..b + 1, &self.centroid(a), &mut found);
        found[0] * (self.weights[a] * self.weights[b] / (self.weights[a] + self.weights[b]))
    }

    fn merge(&mut self, a: usize, b: usize) {
        let (a, b) = (self.places[a], self.places[b]);
        let share = self.weights[a] / (self.weights[a] + self.weights[b]);
        let from = self.centroid(a);
        let mut to = self.centroid(b);
        for (to, from) in to.iter_mut().zip(&from) {
            // In this form equal centroids stay exactly where they are.
            *to += share * (from - *to);
        }
        self.centroids.set_row(b, &to);
        self.centroids.set_row(a, &vec![f64::INFINITY; from.len()]);
        self.weights[b] += self.weights[a];
        self.merged[a] = true;
        self.gone += 1;
        if self.gone * 8 > self.slots.len() {
            self.compact();
        }
    }

    fn height(&self, separation: f64) -> f64 {
        (2.0 * separation).sqrt()
    }
}
