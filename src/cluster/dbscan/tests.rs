use super::*;
use crate::cluster::Silent;
use crate::cluster::test_points::points;
use linfa::prelude::{ParamGuard, Transformer};
use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};

fn run(x: &Array2<f64>, eps: f64, min_samples: usize) -> DbscanFit {
    fit(x.view(), &DbscanParams { eps, min_samples }, &Silent).unwrap()
}

/// `DBSCAN(eps, min_samples).fit(x)`: `labels_` and `core_sample_indices_`, scikit-learn 1.9.1.
#[test]
fn agrees_with_scikit_learn() {
    let x = points();
    let found = run(&x, 1.0, 3);
    assert_eq!(found.labels, [0, 0, 0, 0, 1, 1, 1, -1, -1, -1]);
    assert_eq!((found.core_samples, found.n_clusters), (vec![0, 1, 2, 3, 4], 2));
    assert_eq!(run(&x, 3.0, 3).labels, [0, 0, 0, 0, 0, 0, 0, -1, -1, 0]);
    assert_eq!(run(&x, 3.0, 3).core_samples, [0, 1, 2, 3, 4, 5, 6, 9]);
    assert_eq!(run(&x, 2.9, 2).labels, [0, 0, 0, 0, 0, 0, 0, 1, 1, 0]);
}

#[test]
fn agrees_with_linfa() {
    let mut rng = rand_xoshiro::Xoshiro256Plus::seed_from_u64(3);
    for (rows, features) in [(1, 1), (40, 1), (300, 2), (300, 3), (200, 6)] {
        // Rounded values make ties, duplicates and border rows shared by clusters.
        let x = Array2::from_shape_fn((rows, features), |_| (rng.gen_range(0.0..4.0_f64) * 4.0).round() / 4.0);
        for eps in [0.2, 0.25, 0.5, 0.75, 1.5, 10.0] {
            for min_samples in [2, 3, 6, 15] {
                let params = linfa_clustering::Dbscan::params::<f64>(min_samples).tolerance(eps).check().unwrap();
                let oracle: Vec<i32> = params.transform(&x).iter().map(|label| label.map_or(NOISE, label_of)).collect();
                assert_eq!(run(&x, eps, min_samples).labels, oracle, "{rows} {features} {eps} {min_samples}");
            }
        }
    }
}

#[test]
fn degenerate_rows() {
    assert_eq!(run(&array![[1.0]], 0.5, 1), DbscanFit { labels: vec![0], core_samples: vec![0], n_clusters: 1 });
    assert_eq!(run(&array![[1.0]], 0.5, 2), DbscanFit { labels: vec![NOISE], core_samples: vec![], n_clusters: 0 });
    assert_eq!(run(&Array2::ones((50, 2)), 0.1, 50).labels, [0; 50]);
}

#[test]
fn rejects_parameters_out_of_range() {
    for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let error = DbscanParams { eps, min_samples: 5 }.check().unwrap_err();
        assert!(matches!(error, ClusterError::InvalidParameter { name: "eps", .. }));
    }
    let error = DbscanParams { eps: 0.5, min_samples: 0 }.check().unwrap_err();
    assert_eq!(error.to_string(), "min_samples must be at least 1");
    assert_eq!(
        fit(array![[f64::NAN]].view(), &DbscanParams::default(), &Silent),
        Err(ClusterError::NotFinite { row: 0, column: 0 })
    );
    assert_eq!(fit(Array2::zeros((0, 1)).view(), &DbscanParams::default(), &Silent), Err(ClusterError::Empty));
}

#[test]
fn a_cancelled_fit_stops() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    assert_eq!(fit(points().view(), &DbscanParams::default(), &Stop), Err(ClusterError::Cancelled));
}

#[test]
fn new_rows_join_the_nearest_core_sample() {
    let x = points();
    let found = run(&x, 1.0, 3);
    let core = x.select(Axis(0), &found.core_samples);
    let labels: Vec<i32> = found.core_samples.iter().map(|&row| found.labels[row]).collect();
    let new = array![[0.0, 0.5], [5.0, 5.5], [8.0, 8.0], [1.0, 2.0], [f64::NAN, 0.0]];
    let expected = [Some((0, 0.5)), Some((1, 0.5)), None, Some((0, 1.0)), None];
    for (row, expected) in new.rows().into_iter().zip(expected) {
        assert_eq!(predict(core.view(), &labels, 1.0, &row.to_vec()), expected);
    }
    assert_eq!(predict_batch(core.view(), &labels, 1.0, new.view(), &Silent).unwrap(), expected);
    let wrong = predict_batch(core.view(), &labels, 1.0, array![[1.0]].view(), &Silent);
    assert_eq!(wrong, Err(ClusterError::WrongFeatureCount { expected: 2, found: 1 }));
    let wrong = predict_batch(core.view(), &labels[1..], 1.0, new.view(), &Silent);
    assert_eq!(wrong, Err(ClusterError::WrongLabelCount { expected: 5, found: 4 }));
}

#[test]
fn k_distances_count_the_row_itself() {
    let x = array![[0.0], [1.0], [3.0], [10.0]];
    assert_eq!(k_distances(x.view(), 1, &Silent).unwrap(), [0.0; 4]);
    assert_eq!(k_distances(x.view(), 2, &Silent).unwrap(), [7.0, 2.0, 1.0, 1.0]);
    assert_eq!(k_distances(x.view(), 4, &Silent).unwrap(), [10.0, 10.0, 9.0, 7.0]);
    assert!(k_distances(x.view(), 0, &Silent).is_err());
    assert!(k_distances(x.view(), 5, &Silent).is_err());
}

#[test]
fn eps_is_suggested_at_the_bend() {
    let curve = [10.0, 8.0, 5.0, 2.0, 1.5, 1.4, 1.3, 1.2, 1.1, 1.0];
    assert_eq!(suggest_eps(&curve), Some(2.0));
    assert_eq!(suggest_eps(&[1.0; 5]), None);
    assert_eq!(suggest_eps(&[2.0, 1.0]), None);
    assert_eq!(suggest_eps(&[]), None);
    assert_eq!(suggest_eps(&[5.0, 0.0, 0.0, 0.0]), None);
}

/// The definition, pair by pair.
fn naive(x: &Array2<f64>, eps: f64, min_samples: usize) -> DbscanFit {
    let near = |a: usize, b: usize| {
        let mut squared = 0.0;
        x.row(a).iter().zip(x.row(b)).for_each(|(a, b)| squared += (a - b) * (a - b));
        squared <= eps * eps
    };
    let rows = 0..x.nrows();
    let core_samples: Vec<usize> =
        rows.clone().filter(|&a| rows.clone().filter(|&b| near(a, b)).count() >= min_samples).collect();
    let mut labels = vec![NOISE; x.nrows()];
    let mut n_clusters = 0;
    for &first in &core_samples {
        if labels[first] != NOISE {
            continue;
        }
        labels[first] = label_of(n_clusters);
        let mut queue = vec![first];
        while let Some(row) = queue.pop() {
            for &other in core_samples.iter().filter(|&&other| near(row, other)) {
                if labels[other] == NOISE {
                    labels[other] = label_of(n_clusters);
                    queue.push(other);
                }
            }
        }
        n_clusters += 1;
    }
    let of_cores = labels.clone();
    for row in rows.filter(|row| of_cores[*row] == NOISE) {
        let labels_near = core_samples.iter().filter(|&&core| near(row, core)).map(|&core| of_cores[core]);
        labels[row] = labels_near.min().unwrap_or(NOISE);
    }
    DbscanFit { labels, core_samples, n_clusters }
}

proptest::proptest! {
    /// Whole numbers make ties, distances of exactly eps, and duplicates.
    #[test]
    fn grid_and_tree_are_equal_to_the_definition(
        features in 1usize..=5,
        cells in proptest::collection::vec(-6i32..6, 1..300),
        eps in proptest::sample::select(&[0.5, 1.0, 1.5, 2.0, 2.5, 5.0, 30.0][..]),
        min_samples in 1usize..8,
    ) {
        let rows = cells.len() / features;
        proptest::prop_assume!(rows > 0);
        let x = Array2::from_shape_fn((rows, features), |(i, j)| f64::from(cells[i * features + j]) / 2.0);
        let params = DbscanParams { eps, min_samples };
        let expected = naive(&x, eps, min_samples);
        proptest::prop_assert_eq!(&fit(x.view(), &params, &Silent).unwrap(), &expected);
        proptest::prop_assert_eq!(&fit_by_tree(x.view(), &params, &Silent).unwrap(), &expected);
    }
}

#[test]
fn a_radius_tiny_beside_the_range_is_left_to_the_tree() {
    let x = array![[0.0], [1e-9], [1.0], [1.0 + 1e-9]];
    assert!(Grid::new(&Columns::new(x.view()), 1e-8).is_none());
    assert_eq!(run(&x, 1e-8, 2).labels, [0, 0, 1, 1]);
}
