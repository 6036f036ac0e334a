//! A k-d tree (Bentley, 1975) over bounding boxes.
//!
//! `linfa-nn` has one too, but it answers a count by collecting the points, which makes DBSCAN quadratic when the radius is
//! wide. This one stops counting at a limit, takes whole boxes that lie inside the radius, and can hand out each point once.

use super::columns::BLOCK;
use super::{ClusterError, Progress, Silent};
use ndarray::ArrayView2;
use std::collections::BinaryHeap;

const LEAF: usize = 12;

struct Node {
    start: usize,
    end: usize,
    /// Smallest original row in the node: breaks ties between equal distances.
    first_row: usize,
    /// Index of the left child; the right one is stored here too. `None` in a leaf.
    children: Option<(usize, usize)>,
}

/// Points of a finite matrix, arranged for neighbour queries by Euclidean distance.
pub(super) struct KdTree {
    features: usize,
    /// Coordinates, point after point in tree order.
    points: Vec<f64>,
    /// Original row of each point.
    rows: Vec<usize>,
    nodes: Vec<Node>,
    /// Lower corner then upper corner of each node's box.
    boxes: Vec<f64>,
}

/// Which points of a tree have not been handed out yet.
pub(super) struct Remaining {
    /// Points left below each node; zero is not propagated downward.
    counts: Vec<usize>,
    taken: Vec<bool>,
}

impl KdTree {
    /// [`build`](Self::build) for few points.
    pub(super) fn new(x: ArrayView2<f64>) -> Self {
        Self::build(x, &Silent).unwrap_or_else(|_| Self::empty(x.ncols()))
    }

    /// Arranges the rows of `x`; fails only when the observer cancels.
    pub(super) fn build(x: ArrayView2<f64>, observer: &dyn Progress) -> Result<Self, ClusterError> {
        // Row after row in memory, whatever the order of `x`: every level of the tree reads whole points.
        let by_rows = x.as_standard_layout();
        let mut rows: Vec<usize> = (0..x.nrows()).collect();
        let mut tree = Self::empty(x.ncols());
        if !rows.is_empty() {
            tree.split(by_rows.view(), &mut rows, 0, observer)?;
        }
        tree.points.reserve_exact(x.len());
        for &row in &rows {
            tree.points.extend(by_rows.row(row));
        }
        tree.rows = rows;
        Ok(tree)
    }

    fn empty(features: usize) -> Self {
        Self { features, points: Vec::new(), rows: Vec::new(), nodes: Vec::new(), boxes: Vec::new() }
    }

    fn split(
        &mut self,
        x: ArrayView2<f64>,
        rows: &mut [usize],
        start: usize,
        observer: &dyn Progress,
    ) -> Result<usize, ClusterError> {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let node = self.nodes.len();
        let mut low = vec![f64::INFINITY; self.features];
        let mut high = vec![f64::NEG_INFINITY; self.features];
        for &row in rows.iter() {
            for ((value, low), high) in x.row(row).iter().zip(&mut low).zip(&mut high) {
                *low = low.min(*value);
                *high = high.max(*value);
            }
        }
        let widest = (0..self.features).max_by(|&a, &b| (high[a] - low[a]).total_cmp(&(high[b] - low[b]))).unwrap_or(0);
        let divisible = rows.len() > LEAF && high[widest] > low[widest];
        self.boxes.extend(low.into_iter().chain(high));
        let first_row = rows.iter().copied().min().unwrap_or(0);
        self.nodes.push(Node { start, end: start + rows.len(), first_row, children: None });
        if divisible {
            let middle = rows.len() / 2;
            rows.select_nth_unstable_by(middle, |&a, &b| x[(a, widest)].total_cmp(&x[(b, widest)]).then(a.cmp(&b)));
            let (left, right) = rows.split_at_mut(middle);
            let left = self.split(x, left, start, observer)?;
            let right = self.split(x, right, start + middle, observer)?;
            self.nodes[node].children = Some((left, right));
        }
        Ok(node)
    }

    fn corners(&self, node: usize) -> (&[f64], &[f64]) {
        self.boxes[node * 2 * self.features..(node + 1) * 2 * self.features].split_at(self.features)
    }

    /// Squared distances from a point to the nearest and the farthest place of a box. Both round the way
    /// [`squared`](Self::squared) does, so comparing them with a radius decides exactly as comparing every point would.
    fn bounds(&self, node: usize, point: &[f64]) -> (f64, f64) {
        let (low, high) = self.corners(node);
        let (mut nearest, mut farthest) = (0.0, 0.0);
        for ((&value, &low), &high) in point.iter().zip(low).zip(high) {
            let (below, above) = (low - value, value - high);
            let gap = below.max(above).max(0.0);
            nearest += gap * gap;
            let reach = below.abs().max(above.abs());
            farthest += reach * reach;
        }
        (nearest, farthest)
    }

    fn squared(&self, position: usize, point: &[f64]) -> f64 {
        let other = &self.points[position * self.features..(position + 1) * self.features];
        let mut total = 0.0;
        for (a, b) in other.iter().zip(point) {
            total += (a - b) * (a - b);
        }
        total
    }

    /// Points within `radius_squared` of `point`, itself included, counted no further than about `limit`.
    pub(super) fn count_within(&self, point: &[f64], radius_squared: f64, limit: usize) -> usize {
        let mut count = 0;
        let mut stack = self.stack();
        while let Some(node) = stack.pop() {
            let (nearest, farthest) = self.bounds(node, point);
            let Node { start, end, children, .. } = self.nodes[node];
            if nearest > radius_squared {
                continue;
            }
            if farthest <= radius_squared {
                count += end - start;
            } else if let Some((left, right)) = children {
                stack.extend([left, right]);
            } else {
                count += (start..end).filter(|&position| self.squared(position, point) <= radius_squared).count();
            }
            if count >= limit {
                break;
            }
        }
        count
    }

    /// Calls `visit` with the original row of every point within `radius_squared` of `point`.
    pub(super) fn for_each_within(&self, point: &[f64], radius_squared: f64, mut visit: impl FnMut(usize)) {
        let mut stack = self.stack();
        while let Some(node) = stack.pop() {
            if self.bounds(node, point).0 > radius_squared {
                continue;
            }
            let Node { start, end, children, .. } = self.nodes[node];
            if let Some((left, right)) = children {
                stack.extend([left, right]);
            } else {
                (start..end)
                    .filter(|&position| self.squared(position, point) <= radius_squared)
                    .for_each(|position| visit(self.rows[position]));
            }
        }
    }

    /// The nearest point within `radius_squared` as (original row, squared distance); the lowest row among equals.
    pub(super) fn nearest_within(&self, point: &[f64], radius_squared: f64) -> Option<(usize, f64)> {
        let mut best: Option<(f64, usize)> = None;
        let mut stack = self.stack();
        while let Some(node) = stack.pop() {
            let (nearest, _) = self.bounds(node, point);
            let Node { start, end, first_row, children } = self.nodes[node];
            // Written so that a NaN, which is within nothing, is skipped.
            let promising = nearest <= radius_squared && best.is_none_or(|known| (nearest, first_row) < known);
            if !promising {
                continue;
            }
            if let Some((left, right)) = children {
                // The nearer child is searched first: it usually rules out the other.
                let left_first = self.bounds(left, point).0 <= self.bounds(right, point).0;
                stack.extend(if left_first { [right, left] } else { [left, right] });
            } else {
                for position in start..end {
                    let candidate = (self.squared(position, point), self.rows[position]);
                    if candidate.0 <= radius_squared && best.is_none_or(|known| candidate < known) {
                        best = Some(candidate);
                    }
                }
            }
        }
        best.map(|(distance, row)| (row, distance))
    }

    /// Squared distance to the `k`-th nearest point, counting a point of the tree as its own first neighbour; infinite when
    /// there are fewer than `k` points.
    pub(super) fn kth_squared_distance(&self, point: &[f64], k: usize) -> f64 {
        // Distances are not negative, so their bits order as they do.
        let mut worst: BinaryHeap<u64> = BinaryHeap::with_capacity(k.min(BLOCK) + 1);
        let bound = |worst: &BinaryHeap<u64>| {
            if worst.len() < k {
                f64::INFINITY
            } else {
                worst.peek().map_or(f64::INFINITY, |&bits| f64::from_bits(bits))
            }
        };
        let mut stack = self.stack();
        while let Some(node) = stack.pop() {
            if self.bounds(node, point).0 >= bound(&worst) {
                continue;
            }
            let Node { start, end, children, .. } = self.nodes[node];
            if let Some((left, right)) = children {
                let left_first = self.bounds(left, point).0 <= self.bounds(right, point).0;
                stack.extend(if left_first { [right, left] } else { [left, right] });
            } else {
                for position in start..end {
                    let distance = self.squared(position, point);
                    if distance < bound(&worst) {
                        worst.push(distance.to_bits());
                        if worst.len() > k {
                            worst.pop();
                        }
                    }
                }
            }
        }
        bound(&worst)
    }

    /// The point nearest by mutual reachability, which is the greatest of the distance and the core distances of both ends, as
    /// (original row, squared reach); of equally near ones the nearest by distance, and then the lowest row. `core` and `cores`
    /// are squared, the latter by original row.
    pub(super) fn nearest_by_reach(&self, point: &[f64], core: f64, cores: &[f64]) -> Option<(usize, f64)> {
        let mut best: Option<(f64, f64, usize)> = None;
        let mut stack = self.stack();
        while let Some(node) = stack.pop() {
            let (nearest, _) = self.bounds(node, point);
            let Node { start, end, first_row, children } = self.nodes[node];
            if best.is_some_and(|known| (nearest.max(core), nearest, first_row) >= known) {
                continue;
            }
            if let Some((left, right)) = children {
                let left_first = self.bounds(left, point).0 <= self.bounds(right, point).0;
                stack.extend(if left_first { [right, left] } else { [left, right] });
            } else {
                for position in start..end {
                    let (distance, row) = (self.squared(position, point), self.rows[position]);
                    let candidate = (distance.max(core).max(cores[row]), distance, row);
                    if best.is_none_or(|known| candidate < known) {
                        best = Some(candidate);
                    }
                }
            }
        }
        best.map(|(reach, _, row)| (row, reach))
    }

    pub(super) fn remaining(&self) -> Remaining {
        Remaining {
            counts: self.nodes.iter().map(|node| node.end - node.start).collect(),
            taken: vec![false; self.rows.len()],
        }
    }

    /// Moves the points within `radius_squared` of `point` that have not been handed out to `out`, as original rows.
    pub(super) fn take_within(
        &self,
        point: &[f64],
        radius_squared: f64,
        remaining: &mut Remaining,
        out: &mut Vec<usize>,
    ) {
        if !self.nodes.is_empty() {
            self.take_below(0, point, radius_squared, remaining, out);
        }
    }

    fn take_below(
        &self,
        node: usize,
        point: &[f64],
        radius_squared: f64,
        remaining: &mut Remaining,
        out: &mut Vec<usize>,
    ) -> usize {
        if remaining.counts[node] == 0 {
            return 0;
        }
        let (nearest, farthest) = self.bounds(node, point);
        if nearest > radius_squared {
            return 0;
        }
        let Node { start, end, children, .. } = self.nodes[node];
        let whole = farthest <= radius_squared;
        let taken = match children {
            Some((left, right)) if !whole => {
                self.take_below(left, point, radius_squared, remaining, out)
                    + self.take_below(right, point, radius_squared, remaining, out)
            }
            _ => {
                let before = out.len();
                for position in start..end {
                    if !remaining.taken[position] && (whole || self.squared(position, point) <= radius_squared) {
                        remaining.taken[position] = true;
                        out.push(self.rows[position]);
                    }
                }
                out.len() - before
            }
        };
        remaining.counts[node] -= taken;
        taken
    }

    fn stack(&self) -> Vec<usize> {
        let mut stack = Vec::with_capacity(64);
        if !self.nodes.is_empty() {
            stack.push(0);
        }
        stack
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "the results are exact")]
mod tests;
