//! The nearest-neighbour chain (Murtagh, 1983; Müllner, 2011), which merges clusters in quadratic time.

use super::{ClusterError, Progress};
use serde::{Deserialize, Serialize};

mod centroids;
mod condensed;

pub(super) use centroids::WardSpace;
pub(super) use condensed::{CondensedSpace, Update};

/// One step of a hierarchy, a row of SciPy's linkage matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The older of the two nodes merged: a leaf below the number of leaves, else the merge of that number above it.
    pub a: usize,
    /// The other node, greater than `a`.
    pub b: usize,
    /// Height of the merge, the distance between the two, in the unit of the features; never below an earlier one.
    pub distance: f64,
    /// Rows in the new node.
    pub rows: usize,
}

/// Clusters in slots, which know how far they are from each other. Merging must be reducible: no cluster may come nearer to
/// a merged one than it was to both parts.
pub(super) trait Space {
    /// The nearest other cluster that is nearer than `bound`, the lowest slot of equally near ones, with its separation.
    fn nearest(&mut self, slot: usize, bound: f64) -> Option<(usize, f64)>;

    /// How far two clusters are apart, to the last bit as [`nearest`](Self::nearest) computes it from either.
    fn separation(&self, a: usize, b: usize) -> f64;

    /// Moves all of `a` to `b`, leaving slot `a` empty.
    fn merge(&mut self, a: usize, b: usize);

    /// The height at which clusters of that separation merge.
    fn height(&self, separation: f64) -> f64;
}

/// Two slots that became one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) height: f64,
}

/// Merges all slots, in the order in which `scipy.cluster.hierarchy.linkage` finds pairs of mutual neighbours.
pub(super) fn merge_all(
    space: &mut impl Space,
    slots: usize,
    observer: &dyn Progress,
) -> Result<Vec<Pair>, ClusterError> {
    let mut pairs = Vec::with_capacity(slots.saturating_sub(1));
    let mut occupied = vec![true; slots];
    let mut first = 0;
    let mut chain: Vec<usize> = Vec::new();
    while pairs.len() + 1 < slots {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        let Some(&tip) = chain.last() else {
            while !occupied[first] {
                first += 1;
            }
            chain.push(first);
            continue;
        };
        let previous = chain.len().checked_sub(2).map(|position| chain[position]);
        let known = previous.map_or(f64::INFINITY, |previous| space.separation(tip, previous));
        if let Some((next, _)) = space.nearest(tip, known) {
            chain.push(next);
        } else if let Some(previous) = previous {
            chain.truncate(chain.len() - 2);
            let (a, b) = (tip.min(previous), tip.max(previous));
            space.merge(a, b);
            occupied[a] = false;
            pairs.push(Pair { a, b, height: space.height(known) });
            if pairs.len().is_multiple_of(256) {
                observer.progress(pairs.len() as f64 / slots as f64, "merging clusters");
            }
        } else {
            return Err(ClusterError::Library { message: "distances exceed the range of numbers".into() });
        }
    }
    Ok(pairs)
}

/// Orders pairs by height and names the nodes they make. A leaf counts as many rows as it weighs.
pub(super) fn tree(mut pairs: Vec<Pair>, weights: &[usize]) -> Vec<Merge> {
    let leaves = weights.len();
    pairs.sort_by(|x, y| x.height.total_cmp(&y.height));
    let mut above: Vec<usize> = (0..leaves + pairs.len()).collect();
    let mut rows = weights.to_vec();
    pairs
        .iter()
        .enumerate()
        .map(|(index, pair)| {
            let (a, b) = (top(&mut above, pair.a), top(&mut above, pair.b));
            above[a] = leaves + index;
            above[b] = leaves + index;
            let total = rows[a] + rows[b];
            rows.push(total);
            Merge { a: a.min(b), b: a.max(b), distance: pair.height, rows: total }
        })
        .collect()
}

/// The topmost node above one, halving the path to it.
fn top(above: &mut [usize], mut node: usize) -> usize {
    while above[node] != node {
        above[node] = above[above[node]];
        node = above[node];
    }
    node
}
