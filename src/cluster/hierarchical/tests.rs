use super::super::Silent;
use super::super::test_points::points;
use super::*;
use ndarray::{Axis, Slice, array};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use std::sync::atomic::{AtomicUsize, Ordering};

fn params(linkage: Linkage, n_clusters: usize) -> HierarchicalParams {
    HierarchicalParams { linkage, n_clusters, ..HierarchicalParams::default() }
}

fn random(rows: usize, features: usize, seed: u64) -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(seed);
    Array2::from_shape_fn((rows, features), |_| rng.gen_range(-1.0..1.0))
}

/// The last heights of `scipy.cluster.hierarchy.linkage(points, method)` and labels of
/// `AgglomerativeClustering(3, linkage=method)`, SciPy 1.17.1 and scikit-learn 1.9.1.
#[test]
fn agrees_with_scipy() {
    let expected: [(Linkage, [f64; 3]); 4] = [
        (Linkage::Ward, [4.041_451_884_327_38, 11.030_261_405_182_864, 14.537_308_324_904_35]),
        (Linkage::Complete, [3.605_551_275_463_989, 7.810_249_675_906_654, 10.049_875_621_120_89]),
        (Linkage::Average, [3.346_509_891_891_39, 6.050_464_340_705_182, 8.220_118_283_603_545]),
        (Linkage::Single, [2.828_427_124_746_190_3, 2.828_427_124_746_190_3, 5.656_854_249_492_381]),
    ];
    for (linkage, last) in expected {
        let fitted = fit(points().view(), &params(linkage, 3), &Silent).unwrap();
        assert_eq!(fitted.merges.len(), 9);
        for (merge, height) in fitted.merges[6..].iter().zip(last) {
            assert!((merge.distance - height).abs() < 1e-12, "{linkage:?}: {} is not {height}", merge.distance);
        }
        assert_eq!(fitted.merges[8].rows, 10);
        assert!(!fitted.on_micro_clusters());
    }
    let ward = fit(points().view(), &params(Linkage::Ward, 3), &Silent).unwrap();
    assert_eq!(ward.labels, [0, 0, 0, 0, 1, 1, 1, 2, 2, 1]);
}

#[test]
fn heights_are_those_of_kodama() {
    for (rows, features) in [(2, 1), (3, 2), (57, 1), (300, 4), (401, 7)] {
        let x = random(rows, features, rows as u64);
        for linkage in Linkage::ALL {
            let method = match linkage {
                Linkage::Ward => kodama::Method::Ward,
                Linkage::Complete => kodama::Method::Complete,
                Linkage::Average => kodama::Method::Average,
                Linkage::Single => kodama::Method::Single,
            };
            let mut condensed: Vec<f64> = Vec::new();
            for a in 0..rows {
                for b in a + 1..rows {
                    let difference = &x.row(a) - &x.row(b);
                    condensed.push(difference.dot(&difference).sqrt());
                }
            }
            let oracle = kodama::linkage(&mut condensed, rows, method);
            let merges = link(x.view(), &vec![1; rows], linkage, &Silent).unwrap();
            for (merge, step) in merges.iter().zip(oracle.steps()) {
                assert!((merge.distance - step.dissimilarity).abs() < 1e-9, "{linkage:?}");
                assert_eq!((merge.a, merge.b, merge.rows), (step.cluster1, step.cluster2, step.size), "{linkage:?}");
            }
        }
    }
}

/// A leaf of weight w is w equal rows, except that the complete and single linkage ignore weights.
#[test]
fn weights_stand_for_repeated_rows() {
    let x = random(40, 3, 5);
    let weights: Vec<usize> = (0..40).map(|row| 1 + row % 4).collect();
    let repeated: Vec<usize> = weights.iter().enumerate().flat_map(|(row, &weight)| vec![row; weight]).collect();
    let full = x.select(Axis(0), &repeated);
    for linkage in Linkage::ALL {
        let short = link(x.view(), &weights, linkage, &Silent).unwrap();
        let long = link(full.view(), &vec![1; full.nrows()], linkage, &Silent).unwrap();
        let skipped = long.len() - short.len();
        assert!(long[..skipped].iter().all(|merge| merge.distance == 0.0));
        for (a, b) in short.iter().zip(&long[skipped..]) {
            assert!((a.distance - b.distance).abs() < 1e-9 && a.rows == b.rows, "{linkage:?}");
        }
    }
}

#[test]
fn many_rows_become_micro_clusters() {
    let mut x = random(6_000, 2, 1);
    for (row, mut point) in x.rows_mut().into_iter().enumerate() {
        point[0] += [0.0, 10.0, 25.0][usize::from(row % 6 > 2) + usize::from(row % 6 > 4)];
    }
    let few = HierarchicalParams { row_limit: 500, micro_clusters: 100, ..params(Linkage::Ward, 3) };
    for linkage in Linkage::ALL {
        let few = HierarchicalParams { linkage, ..few };
        let fitted = fit(x.view(), &few, &Silent).unwrap();
        assert!(fitted.on_micro_clusters() && fitted.representatives.nrows() <= 100);
        assert_eq!(fitted.weights.iter().sum::<usize>(), 6_000);
        assert_eq!(fitted.merges.last().map(|merge| merge.rows), Some(6_000));
        let expected: Vec<i32> = (0..6_000).map(|row| [0, 0, 0, 1, 1, 2][row % 6]).collect();
        assert_eq!(fitted.labels, expected, "{linkage:?}");
        let again = predict(fitted.representatives.view(), &fitted.representative_labels, x.view(), &Silent).unwrap();
        assert!(again.iter().zip(&fitted.labels).all(|(found, label)| found.0 == *label));
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(one.install(|| fit(x.view(), &few, &Silent)).unwrap(), fitted);
    }
}

#[test]
fn few_distinct_rows_among_many_are_found() {
    let mut x = Array2::zeros((5_000, 2));
    for row in 0..40 {
        x[(row * 120, 0)] = row as f64;
    }
    let few = HierarchicalParams { row_limit: 100, micro_clusters: 20, ..params(Linkage::Ward, 20) };
    let fitted = fit(x.view(), &few, &Silent).unwrap();
    assert_eq!(fitted.labels.iter().max(), Some(&19));
    let exact = HierarchicalParams { row_limit: 100, micro_clusters: 60, ..params(Linkage::Average, 40) };
    let fitted = fit(x.view(), &exact, &Silent).unwrap();
    assert_eq!(fitted.representatives.nrows(), 40);
    let more = HierarchicalParams { n_clusters: 41, ..exact };
    assert_eq!(fit(x.view(), &more, &Silent), Err(ClusterError::TooFewDistinctRows { k: 41, distinct: 40 }));
}

#[test]
fn degenerate_matrices() {
    for linkage in Linkage::ALL {
        let one = fit(array![[1.0, 2.0]].view(), &params(linkage, 1), &Silent).unwrap();
        assert_eq!((one.labels, one.merges), (vec![0], vec![]));
        let equal = fit(Array2::ones((9, 2)).view(), &params(linkage, 1), &Silent).unwrap();
        assert!(equal.merges.iter().all(|merge| merge.distance == 0.0));
        assert_eq!(
            fit(Array2::ones((9, 2)).view(), &params(linkage, 2), &Silent),
            Err(ClusterError::TooFewDistinctRows { k: 2, distinct: 1 })
        );
        let far = array![[1e100, 0.0], [-1e100, 0.0], [0.0, 1e100], [0.0, 1e-100]];
        assert_eq!(fit(far.view(), &params(linkage, 4), &Silent).unwrap().labels, [0, 1, 2, 3]);
        let wide = fit(random(30, 60, 3).view(), &params(linkage, 5), &Silent).unwrap();
        assert_eq!(wide.labels.iter().max(), Some(&4));
    }
}

#[test]
fn rejects_what_is_out_of_range() {
    let good = HierarchicalParams::default();
    for (bad, expected) in [
        (HierarchicalParams { n_clusters: 0, ..good }, "n_clusters"),
        (HierarchicalParams { n_clusters: 2_001, ..good }, "micro_clusters"),
        (HierarchicalParams { row_limit: 1_999, ..good }, "row_limit"),
    ] {
        let error = fit(points().view(), &bad, &Silent);
        assert!(matches!(error, Err(ClusterError::InvalidParameter { name, .. }) if name == expected));
    }
    assert!(fit(array![[f64::NAN]].view(), &good, &Silent).is_err());
    assert_eq!(fit(Array2::zeros((0, 2)).view(), &good, &Silent), Err(ClusterError::Empty));
    let x = points();
    assert!(matches!(
        predict(x.view(), &[0; 10], array![[1.0]].view(), &Silent),
        Err(ClusterError::WrongFeatureCount { .. })
    ));
    assert!(matches!(predict(x.view(), &[0; 9], x.view(), &Silent), Err(ClusterError::WrongLabelCount { .. })));
    let found = predict(x.view(), &[3; 10], array![[f64::NAN, 0.0]].view(), &Silent).unwrap();
    assert!(found[0].0 == NOISE && found[0].1.is_nan());
}

#[test]
fn names_round_trip() {
    for linkage in Linkage::ALL {
        assert_eq!(linkage.as_str().parse(), Ok(linkage));
        assert_eq!(serde_json::to_string(&linkage).unwrap(), format!("\"{}\"", linkage.as_str()));
    }
    assert!("centroid".parse::<Linkage>().is_err());
}

struct StopAfter(AtomicUsize);

impl Progress for StopAfter {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

#[test]
fn stops_when_told() {
    let x = random(2_000, 3, 1);
    for linkage in Linkage::ALL {
        for questions in [0, 1, 5, 30] {
            let few = HierarchicalParams { row_limit: 600, micro_clusters: 500, ..params(linkage, 3) };
            for params in [few, params(linkage, 3)] {
                assert_eq!(
                    fit(x.view(), &params, &StopAfter(AtomicUsize::new(questions))),
                    Err(ClusterError::Cancelled)
                );
            }
        }
    }
}

#[test]
fn the_top_of_a_tree() {
    let fitted = fit(points().view(), &params(Linkage::Ward, 3), &Silent).unwrap();
    let top = |shown| top_of_tree(&fitted.merges, &fitted.weights, &fitted.representative_labels, shown).unwrap();
    for shown in 1..=12 {
        let nodes = top(shown);
        let leaves = shown.min(10);
        assert_eq!(nodes.len(), 2 * leaves - 1);
        let below: usize = nodes[..leaves].iter().map(|node| node.rows).sum();
        assert_eq!((below, nodes[nodes.len() - 1].rows), (10, 10));
        for (index, node) in nodes.iter().enumerate() {
            assert_eq!(node.children.is_none(), index < leaves);
            if let Some((left, right)) = node.children {
                assert!(left < index && right < index && nodes[left].x < nodes[right].x);
                assert!(node.height >= nodes[left].height && node.height >= nodes[right].height);
                assert_eq!(node.rows, nodes[left].rows + nodes[right].rows);
            }
        }
    }
    let four = top(4);
    let drawn: Vec<(usize, Option<i32>)> = four.iter().map(|node| (node.rows, node.label)).collect();
    assert_eq!(drawn.last(), Some(&(10, None)));
    assert_eq!(four[..4].iter().filter(|node| node.label.is_some()).count(), 4);
    assert!(top_of_tree(&fitted.merges, &fitted.weights, &fitted.representative_labels, 0).is_err());
    assert!(top_of_tree(&fitted.merges, &[1; 9], &[0; 9], 2).is_err());
    assert!(top_of_tree(&fitted.merges, &[1; 10], &[0; 9], 2).is_err());
    assert!(cut(&fitted.merges, 10, 11).is_err() && cut(&fitted.merges, 10, 0).is_err());
    assert!(cut(&[], 0, 1).is_err() && cut(&[], 1, 1).is_ok());
    let backward = [Merge { a: 0, b: 5, distance: 1.0, rows: 2 }];
    assert!(cut(&backward, 2, 1).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_hierarchy_is_whole(rows in 1_usize..60, features in 1_usize..4, grid in 1_i32..6, seed in 0_u64..1000) {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        let x = Array2::from_shape_fn((rows, features), |_| f64::from(rng.gen_range(0..grid)));
        let distinct = first_of_distinct(x.view(), usize::MAX, &Silent).unwrap().len();
        for linkage in Linkage::ALL {
            for k in [1, distinct.div_ceil(2), distinct] {
                let fitted = fit(x.view(), &params(linkage, k), &Silent).unwrap();
                prop_assert!(fitted.merges.windows(2).all(|pair| pair[0].distance <= pair[1].distance));
                prop_assert_eq!(fitted.merges.last().map_or(1, |merge| merge.rows), rows);
                let mut counts = vec![0; k];
                fitted.labels.iter().for_each(|&label| counts[label as usize] += 1);
                prop_assert!(counts.iter().all(|&count| count > 0) && counts.is_sorted_by(|a, b| a >= b));
                let again =
                    predict(fitted.representatives.view(), &fitted.representative_labels, x.view(), &Silent).unwrap();
                for (found, label) in again.iter().zip(&fitted.labels) {
                    prop_assert_eq!((found.0, found.1), (*label, 0.0));
                }
            }
        }
        let head = x.slice_axis(Axis(0), Slice::from(..1));
        prop_assert_eq!(fit(head, &params(Linkage::Single, 1), &Silent).unwrap().labels, vec![0]);
    }
}
