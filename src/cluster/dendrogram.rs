//! Reading a hierarchy: cutting it into clusters and drawing its top.

use super::chain::Merge;
use super::numbering::number_by_size;
use super::{ClusterError, check_labels, label_of};
use serde::{Deserialize, Serialize};

fn check_tree(merges: &[Merge], leaves: usize) -> Result<(), ClusterError> {
    if leaves == 0 {
        return Err(ClusterError::Empty);
    }
    let forward = merges.iter().enumerate().all(|(index, merge)| merge.a < merge.b && merge.b < leaves + index);
    if merges.len() + 1 == leaves && forward {
        Ok(())
    } else {
        let message = format!("must be the {} merges of {leaves} leaves in order", leaves - 1);
        Err(ClusterError::parameter("merges", message))
    }
}

/// Cuts a hierarchy of `leaves` leaves into `n_clusters` by undoing its last merges (`scipy.cluster.hierarchy.cut_tree`).
///
/// One label per leaf, from 0; clusters are numbered by leaves descending, equal ones by first leaf.
///
/// # Errors
///
/// When `merges` is no hierarchy of that many leaves, or `n_clusters` is not between 1 and `leaves`.
pub fn cut(merges: &[Merge], leaves: usize, n_clusters: usize) -> Result<Vec<i32>, ClusterError> {
    check_tree(merges, leaves)?;
    if !(1..=leaves).contains(&n_clusters) {
        let message = format!("must be between 1 and the {leaves} leaves, not {n_clusters}");
        return Err(ClusterError::parameter("n_clusters", message));
    }
    let kept = leaves - n_clusters;
    let mut top: Vec<usize> = (0..leaves + kept).collect();
    for (index, merge) in merges[..kept].iter().enumerate().rev() {
        top[merge.a] = top[leaves + index];
        top[merge.b] = top[leaves + index];
    }
    let mut names = vec![None; top.len()];
    let mut clusters = 0;
    let mut labels: Vec<i32> = top[..leaves]
        .iter()
        .map(|&node| {
            *names[node].get_or_insert_with(|| {
                clusters += 1;
                label_of(clusters - 1)
            })
        })
        .collect();
    number_by_size(&mut labels, clusters);
    Ok(labels)
}

/// A node of a dendrogram as it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DendrogramNode {
    /// Place along the axis of leaves: shown leaves are at 0, 1, 2 and so on, a link is midway between its children.
    pub x: f64,
    /// Height of the merge in the unit of the features; of a shown leaf that of the last merge inside it, 0 for a single leaf.
    pub height: f64,
    /// Rows below the node.
    pub rows: usize,
    /// Indices of the two nodes linked, the left one first; `None` for a shown leaf.
    pub children: Option<(usize, usize)>,
    /// The cluster that everything below the node belongs to; `None` above the cut.
    pub label: Option<i32>,
}

/// The top of a hierarchy for drawing, with about `leaves_shown` leaves (`scipy.cluster.hierarchy.dendrogram` with
/// `truncate_mode='lastp'`).
///
/// `weights` and `labels` hold the rows and the cluster of every leaf of the hierarchy. The nodes are the shown leaves from
/// left to right, as many as asked for or as there are, and then the links upward, children before parents: the root is the
/// last. There are no crossings; the left child of a link is the older node.
///
/// # Errors
///
/// When `merges` is no hierarchy of as many leaves as there are weights, the labels differ in number, or `leaves_shown` is 0.
pub fn top_of_tree(
    merges: &[Merge],
    weights: &[usize],
    labels: &[i32],
    leaves_shown: usize,
) -> Result<Vec<DendrogramNode>, ClusterError> {
    let leaves = weights.len();
    check_tree(merges, leaves)?;
    check_labels(leaves, labels)?;
    if leaves_shown == 0 {
        return Err(ClusterError::parameter("leaves_shown", "must be at least 1"));
    }
    let mut below: Vec<Option<i32>> = labels.iter().copied().map(Some).collect();
    for merge in merges {
        below.push(if below[merge.a] == below[merge.b] { below[merge.a] } else { None });
    }
    let first_link = leaves + merges.len() - (leaves_shown.min(leaves) - 1);
    let node = |id: usize, x: f64, children: Option<(usize, usize)>| {
        let (height, rows) = match id.checked_sub(leaves) {
            Some(index) => (merges[index].distance, merges[index].rows),
            None => (0.0, weights[id]),
        };
        DendrogramNode { x, height, rows, children, label: below[id] }
    };
    let mut place = vec![usize::MAX; below.len()];
    let mut nodes: Vec<DendrogramNode> = Vec::new();
    // By hand, because a hierarchy can be as deep as it has leaves.
    let mut stack = vec![below.len() - 1];
    while let Some(id) = stack.pop() {
        if id >= first_link {
            let merge = merges[id - leaves];
            stack.extend([merge.b, merge.a]);
        } else {
            place[id] = nodes.len();
            nodes.push(node(id, nodes.len() as f64, None));
        }
    }
    for id in first_link..below.len() {
        let merge = merges[id - leaves];
        let (left, right) = (place[merge.a], place[merge.b]);
        place[id] = nodes.len();
        nodes.push(node(id, f64::midpoint(nodes[left].x, nodes[right].x), Some((left, right))));
    }
    Ok(nodes)
}
