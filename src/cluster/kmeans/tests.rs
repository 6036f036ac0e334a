use super::*;
use crate::cluster::Silent;
use crate::cluster::search::SAMPLE_ROWS;
use crate::cluster::test_points::{many_rows, points};
use ndarray::array;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;
use std::sync::atomic::{AtomicUsize, Ordering};

fn params(n_clusters: usize) -> KMeansParams {
    KMeansParams { n_clusters, ..KMeansParams::default() }
}

/// `KMeans(k, n_init=50, random_state=0, tol=0).fit(x)`: `inertia_` and the sizes, scikit-learn 1.9.1.
#[test]
fn inertia_agrees_with_scikit_learn() {
    let x = points();
    let expected = [
        (1, 178.5, vec![10]),
        (2, 68.0, vec![5, 5]),
        (3, 12.0, vec![4, 4, 2]),
        (4, 3.833_333_333_333_333, vec![4, 3, 2, 1]),
        (10, 0.0, vec![1; 10]),
    ];
    for (k, inertia, counts) in expected {
        let found = fit(x.view(), &params(k), &Silent).unwrap();
        assert!((found.inertia - inertia).abs() < 1e-12, "k = {k}: {}", found.inertia);
        assert_eq!(found.counts, counts);
        assert_eq!(predict(found.centroids.view(), x.view()), found.labels);
        assert!(found.converged && found.restart_inertias.len() == 10);
    }
}

#[test]
fn clusters_are_numbered_by_size_then_first_row() {
    let found = fit(points().view(), &params(3), &Silent).unwrap();
    assert_eq!(found.labels, [0, 0, 0, 0, 1, 1, 1, 2, 2, 1]);
    let other = fit(points().view(), &KMeansParams { seed: 7, ..params(3) }, &Silent).unwrap();
    assert_eq!(other.labels, found.labels);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let x = Array2::from_shape_fn((600, 3), |(i, j)| ((i * (j + 3)) as f64 * 0.7).sin() * 3.0 + (i % 5) as f64);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| fit(x.view(), &params(6), &Silent).unwrap())
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn an_empty_cluster_takes_the_farthest_row() {
    let x = points();
    let far = array![[0.5, 0.5], [1e6, 1e6], [2e6, 2e6]];
    let found = fit_from(x.view(), far, 100, &Silent).unwrap();
    assert!(found.counts.iter().all(|&count| count > 0));
    // Both empty clusters first take a twin of 30, and one of them is empty again.
    let twins = array![[0.0], [0.0], [1.0], [30.0], [30.0]];
    for max_iter in [1, 100] {
        let found = fit_from(twins.view(), array![[0.0], [1e6], [2e6]], max_iter, &Silent).unwrap();
        assert_eq!(found.counts, [2, 2, 1]);
    }
    let found = fit_from(twins.view(), array![[0.0], [1e6], [2e6]], 100, &Silent).unwrap();
    assert_eq!((found.inertia, found.converged), (0.0, true));
}

#[test]
fn rejects_parameters_out_of_range() {
    let bad = [
        ("n_clusters", KMeansParams { n_clusters: 0, ..params(2) }),
        ("n_init", KMeansParams { n_init: 0, ..params(2) }),
        ("max_iter", KMeansParams { max_iter: 0, ..params(2) }),
        ("tol", KMeansParams { tol: -1.0, ..params(2) }),
        ("tol", KMeansParams { tol: f64::NAN, ..params(2) }),
        ("tol", KMeansParams { tol: f64::INFINITY, ..params(2) }),
    ];
    for (parameter, params) in bad {
        let error = fit(points().view(), &params, &Silent).unwrap_err();
        assert!(matches!(error, ClusterError::InvalidParameter { name, .. } if name == parameter), "{error}");
    }
}

#[test]
fn rejects_data_that_cannot_be_clustered() {
    let twins = array![[1.0], [1.0], [2.0]];
    assert_eq!(fit(twins.view(), &params(3), &Silent), Err(ClusterError::TooFewDistinctRows { k: 3, distinct: 2 }));
    assert_eq!(fit(array![[f64::NAN]].view(), &params(1), &Silent), Err(ClusterError::NotFinite { row: 0, column: 0 }));
    assert_eq!(fit(Array2::zeros((0, 2)).view(), &params(1), &Silent), Err(ClusterError::Empty));
}

#[test]
fn one_row_is_one_cluster() {
    let found = fit(array![[3.0, 4.0]].view(), &KMeansParams { tol: 0.0, ..params(1) }, &Silent).unwrap();
    assert_eq!((found.labels, found.inertia, found.counts), (vec![0], 0.0, vec![1]));
    assert_eq!(found.centroids, array![[3.0, 4.0]]);
}

#[test]
fn huge_values_do_not_overflow() {
    let x = points() * 1e99;
    assert!(fit(x.view(), &params(3), &Silent).unwrap().inertia.is_finite());
}

#[test]
fn a_cancelled_fit_stops() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    assert_eq!(fit(points().view(), &params(2), &Stop), Err(ClusterError::Cancelled));
}

#[test]
fn every_restart_is_reported() {
    struct Count(AtomicUsize);
    impl Progress for Count {
        fn progress(&self, fraction: f64, message: &str) {
            assert!((0.0..=1.0).contains(&fraction) && message.contains("of 10: inertia"));
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Count(AtomicUsize::new(0));
    fit(points().view(), &params(2), &count).unwrap();
    assert_eq!(count.0.into_inner(), 10);
}

#[test]
fn rows_that_do_not_fit_are_noise() {
    let centroids = array![[0.0, 0.0], [10.0, 0.0]];
    let x = array![[1.0, 0.0], [9.0, 0.0], [5.0, 0.0], [f64::NAN, 0.0]];
    assert_eq!(predict(centroids.view(), x.view()), [0, 1, 0, NOISE]);
    assert_eq!(predict(centroids.view(), array![[1.0]].view()), [NOISE]);
    assert_eq!(predict(Array2::zeros((0, 2)).view(), x.view()), [NOISE; 4]);
    assert_eq!(distances(centroids.view(), &[3.0, 4.0]), [5.0, 65.0_f64.sqrt()]);
}

#[test]
fn linfa_is_not_better() {
    use linfa::prelude::{Fit, Predict};
    let x = many_rows(900);
    for k in [2, 4, 7] {
        let model = linfa_clustering::KMeans::params_with_rng(k, Xoshiro256Plus::seed_from_u64(1))
            .n_runs(10)
            .fit(&linfa::DatasetBase::from(x.clone()))
            .unwrap();
        let labels = model.predict(&x).mapv(|label| label as i32).to_vec();
        let oracle = crate::cluster::metrics::inertia(x.view(), &labels).unwrap();
        let found = fit(x.view(), &params(k), &Silent).unwrap();
        assert!(found.inertia <= oracle * (1.0 + 1e-9), "k = {k}: {} after {oracle}", found.inertia);
    }
}

#[test]
fn inertia_never_rises() {
    let x = many_rows(2_000);
    let columns = Columns::new(x.view());
    for exchange in [false, true] {
        let start = x.select(Axis(0), &[0, 1, 2, 3, 4, 5, 6]);
        let mut before = f64::INFINITY;
        for max_iter in 1..60 {
            let stop = Stop { max_iter, shift: 0.0, exchange };
            let found = polish(&columns, start.clone(), stop, &Silent).unwrap();
            assert!(found.inertia <= before * (1.0 + 1e-12), "{} after {before}", found.inertia);
            before = found.inertia;
        }
    }
}

#[test]
fn a_solution_found_by_a_sample_fits_all_rows() {
    let x = many_rows(2 * SAMPLE_ROWS + 1);
    let found = fit(x.view(), &params(5), &Silent).unwrap();
    assert_eq!(predict(found.centroids.view(), x.view()), found.labels);
    assert_eq!(found.counts.iter().sum::<usize>(), x.nrows());
    assert_eq!(found.restart_inertias.len(), 10);
}
