//! The hierarchy without splits into too few rows, and the clusters in it that last longest.

use crate::cluster::chain::Merge;
use crate::cluster::{NOISE, label_of};

/// A part of the hierarchy between two true splits.
struct Cluster {
    parent: Option<usize>,
    /// Distance at which it came apart from its sibling; infinite for the root.
    birth: f64,
    /// Excess of mass: over its rows, how much longer each stayed than since the birth, in reciprocal distance.
    stability: f64,
    /// The least distance at which rows left it.
    closest: f64,
}

/// The condensed tree (Campello, Moulavi and Sander, 2013).
pub(super) struct Condensed {
    clusters: Vec<Cluster>,
    /// The cluster that each row fell out of, and at which distance.
    fell_from: Vec<usize>,
    fell_at: Vec<f64>,
}

/// Clusters chosen from a condensed tree.
pub(super) struct Chosen {
    /// The cluster of each row from 0, or noise.
    pub(super) labels: Vec<i32>,
    /// How firmly each row belongs to its cluster, from 0 to 1; 0 for noise.
    pub(super) strengths: Vec<f64>,
    /// The distance at which each cluster came apart from the rest.
    pub(super) births: Vec<f64>,
    /// The least distance at which rows left each cluster.
    pub(super) closest: Vec<f64>,
}

fn density(distance: f64) -> f64 {
    if distance > 0.0 { 1.0 / distance } else { f64::INFINITY }
}

impl Condensed {
    /// Condenses a hierarchy of single rows, in time linear in them.
    pub(super) fn new(merges: &[Merge], rows: usize, min_cluster_size: usize) -> Self {
        let root = Cluster { parent: None, birth: f64::INFINITY, stability: 0.0, closest: f64::INFINITY };
        let mut tree = Self { clusters: vec![root], fell_from: vec![0; rows], fell_at: vec![f64::INFINITY; rows] };
        let size = |node: usize| if node < rows { 1 } else { merges[node - rows].rows };
        let mut stack = if merges.is_empty() { Vec::new() } else { vec![(rows + merges.len() - 1, 0)] };
        let (mut parts, mut below) = (Vec::new(), Vec::new());
        while let Some((node, cluster)) = stack.pop() {
            let distance = merges[node - rows].distance;
            // Edges of equal length are cut at once, as in the paper: their order says nothing about the rows.
            below.push(node);
            while let Some(node) = below.pop() {
                if node >= rows && merges[node - rows].distance == distance {
                    below.extend([merges[node - rows].b, merges[node - rows].a]);
                } else {
                    parts.push(node);
                }
            }
            let true_split = parts.iter().filter(|&&part| size(part) >= min_cluster_size).count() > 1;
            for part in parts.drain(..) {
                let large = size(part) >= min_cluster_size;
                if large && !true_split {
                    stack.push((part, cluster));
                    continue;
                }
                tree.leave(cluster, distance, size(part));
                if large {
                    stack.push((part, tree.clusters.len()));
                    let (stability, closest) = (0.0, f64::INFINITY);
                    tree.clusters.push(Cluster { parent: Some(cluster), birth: distance, stability, closest });
                    continue;
                }
                below.push(part);
                while let Some(node) = below.pop() {
                    if node < rows {
                        tree.fell_from[node] = cluster;
                        tree.fell_at[node] = distance;
                    } else {
                        below.extend([merges[node - rows].a, merges[node - rows].b]);
                    }
                }
            }
        }
        tree
    }

    fn leave(&mut self, cluster: usize, distance: f64, rows: usize) {
        let cluster = &mut self.clusters[cluster];
        cluster.closest = cluster.closest.min(distance);
        // Coinciding rows that were born together at once have no time together; infinity less infinity would be NaN.
        if distance < cluster.birth {
            cluster.stability += (density(distance) - density(cluster.birth)) * rows as f64;
        }
    }

    /// Chooses the clusters with the greatest excess of mass, of which none holds another; never the root.
    pub(super) fn choose(&self) -> Chosen {
        let count = self.clusters.len();
        let mut inside = vec![0.0; count];
        let mut best = vec![false; count];
        for (index, cluster) in self.clusters.iter().enumerate().rev() {
            // Children are numbered after their parents.
            best[index] = inside[index] <= cluster.stability;
            if let Some(parent) = cluster.parent {
                inside[parent] += if best[index] { cluster.stability } else { inside[index] };
            }
        }
        let mut owner: Vec<Option<usize>> = vec![None; count];
        let (mut births, mut closest) = (Vec::new(), Vec::new());
        for (index, cluster) in self.clusters.iter().enumerate() {
            let Some(parent) = cluster.parent else { continue };
            owner[index] = owner[parent];
            if owner[index].is_none() && best[index] {
                owner[index] = Some(births.len());
                births.push(cluster.birth);
                closest.push(cluster.closest);
            }
        }
        let (labels, strengths) = self
            .fell_from
            .iter()
            .zip(&self.fell_at)
            .map(|(&cluster, &distance)| match owner[cluster] {
                Some(label) => (label_of(label), strength(distance, closest[label])),
                None => (NOISE, 0.0),
            })
            .unzip();
        Chosen { labels, strengths, births, closest }
    }
}

/// How firmly a row that leaves at a distance belongs to a cluster that lasts down to `closest`: the ratio of densities.
pub(super) fn strength(distance: f64, closest: f64) -> f64 {
    if distance <= closest { 1.0 } else { closest / distance }
}
