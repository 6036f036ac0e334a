//! Which new segment continues which old one, so that names, descriptions and colours stay.

use std::collections::BTreeMap;

use super::Model;
use crate::cluster::NOISE;
use crate::dataset::Dataset;

/// Least Jaccard similarity at which a segment counts as the continuation of another.
const CONTINUES: f64 = 0.3;

/// Pairs of (new cluster, old cluster) with the Jaccard similarity of their customers, best first,
/// each cluster at most once. Undecided is not matched.
///
/// Jaccard similarity: customers in both, divided by customers in either.
#[must_use]
pub fn continuations(new: &[i32], old: &[i32]) -> Vec<(i32, i32, f64)> {
    let mut both: BTreeMap<(i32, i32), f64> = BTreeMap::new();
    let (mut new_sizes, mut old_sizes): (BTreeMap<i32, f64>, BTreeMap<i32, f64>) = Default::default();
    for (a, b) in new.iter().zip(old) {
        *new_sizes.entry(*a).or_default() += 1.0;
        *old_sizes.entry(*b).or_default() += 1.0;
        if *a != NOISE && *b != NOISE {
            *both.entry((*a, *b)).or_default() += 1.0;
        }
    }
    let mut pairs: Vec<(i32, i32, f64)> = both
        .into_iter()
        .map(|((a, b), shared)| (a, b, shared / (new_sizes[&a] + old_sizes[&b] - shared)))
        .filter(|(_, _, similarity)| *similarity >= CONTINUES)
        .collect();
    pairs.sort_by(|x, y| y.2.total_cmp(&x.2).then((x.0, x.1).cmp(&(y.0, y.1))));
    let mut taken: Vec<(i32, i32, f64)> = Vec::new();
    for pair in pairs {
        if taken.iter().all(|other| other.0 != pair.0 && other.1 != pair.1) {
            taken.push(pair);
        }
    }
    taken
}

/// Hands the predecessor's colours and edited texts to the segments that continue its segments.
/// The predecessor is applied to the customers as they are now, so new data does not matter.
pub fn inherit(model: &mut Model, predecessor: &Model, dataset: &Dataset) {
    let Ok(old_labels) = predecessor.labels_for(dataset) else { return };
    let pairs = continuations(&model.labels, &old_labels);
    let mut used: Vec<i32> = Vec::new();
    for (new_cluster, old_cluster, _) in &pairs {
        let Some(old) = predecessor.segment(*old_cluster).cloned() else { continue };
        let Some(new) = model.segments.iter_mut().find(|segment| segment.cluster == *new_cluster) else { continue };
        new.colour = old.colour;
        used.push(old.colour);
        if old.name_edited {
            new.name = old.name;
            new.name_edited = true;
        }
        if old.description_edited {
            new.description = old.description;
            new.description_edited = true;
        }
    }
    let continued: Vec<i32> = pairs.iter().map(|pair| pair.0).collect();
    for segment in model.segments.iter_mut().filter(|s| s.cluster != NOISE && !continued.contains(&s.cluster)) {
        segment.colour = (0..=used.len() as i32).find(|colour| !used.contains(colour)).unwrap_or(segment.cluster);
        used.push(segment.colour);
    }
    if let (Some(new), Some(old)) = (
        model.segments.iter_mut().find(|segment| segment.cluster == NOISE),
        predecessor.segment(NOISE).filter(|old| old.name_edited || old.description_edited),
    ) {
        new.name.clone_from(&old.name);
        new.description.clone_from(&old.description);
        (new.name_edited, new.description_edited) = (old.name_edited, old.description_edited);
    }
    make_names_differ(model);
}

/// An inherited name may now equal an automatic one; the automatic one gives way.
fn make_names_differ(model: &mut Model) {
    for position in 0..model.segments.len() {
        let base = model.segments[position].name.clone();
        let mut suffix = 2;
        while !model.segments[position].name_edited
            && model
                .segments
                .iter()
                .enumerate()
                .any(|(other, s)| other != position && s.name == model.segments[position].name)
        {
            model.segments[position].name = format!("{base} {suffix}");
            suffix += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renumbered_clusters_are_recognised() {
        let old = [0, 0, 0, 1, 1, 2, -1];
        let new = [2, 2, 2, 0, 0, 1, -1];
        assert_eq!(continuations(&new, &old), [(0, 1, 1.0), (1, 2, 1.0), (2, 0, 1.0)]);
    }

    #[test]
    fn a_split_continues_in_the_larger_part_and_strangers_do_not() {
        let old = [0, 0, 0, 0, 0, 1, 1, 1, 1, 1];
        let new = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6];
        assert_eq!(continuations(&new, &old), [(0, 0, 0.8)]);
    }
}
