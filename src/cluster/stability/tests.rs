use super::super::kmeans::{KMeansParams, fit};
use super::super::test_points::points;
use super::super::{NOISE, Silent};
use super::*;
use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::Rng;

fn blobs() -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(3);
    Array2::from_shape_fn((90, 2), |(row, _)| (row % 3) as f64 * 10.0 + rng.gen_range(-1.0..1.0))
}

fn k_means(k: usize) -> impl Fn(ArrayView2<f64>, u64) -> Result<Vec<i32>, ClusterError> + Sync {
    move |x, seed| {
        let params = KMeansParams { n_clusters: k, n_init: 3, seed, ..KMeansParams::default() };
        Ok(fit(x, &params, &Silent)?.labels)
    }
}

/// Shared rows over rows of either, by hand: {0, 1} and {0, 1, 2}; {2, 3} and {3}; noise takes no part.
#[test]
fn similarities_are_those_of_the_definition() {
    let found = best_similarities(&[0, 0, 5, 5, NOISE, 7], &[1, 1, 1, 2, 2, NOISE]);
    assert_eq!(found, BTreeMap::from([(0, 2.0 / 3.0), (5, 1.0 / 3.0), (7, 0.0)]));
    assert_eq!(best_similarities(&[0, 0, 0, 1], &[4, 4, 4, 3]), BTreeMap::from([(0, 1.0), (1, 1.0)]));
    assert!(best_similarities(&[], &[]).is_empty());
}

#[test]
fn true_clusters_are_stable_and_split_ones_are_not() {
    let x = blobs();
    let three: Vec<i32> = (0..90).map(|row| row % 3).collect();
    let stable = bootstrap(x.view(), &three, 40, 1, &k_means(3), &Silent).unwrap();
    assert_eq!(stable.per_cluster, [1.0; 3]);
    assert_eq!((stable.recovered, stable.dissolved), (vec![40; 3], vec![0; 3]));
    assert_eq!((stable.resamples, stable.rows), (40, 90));
    let five = fit(x.view(), &KMeansParams { n_clusters: 5, ..KMeansParams::default() }, &Silent).unwrap().labels;
    let split = bootstrap(x.view(), &five, 40, 1, &k_means(5), &Silent).unwrap();
    assert!(split.per_cluster.iter().any(|jaccard| *jaccard < 0.75));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one.install(|| bootstrap(x.view(), &five, 40, 1, &k_means(5), &Silent)).unwrap(), split);
    assert_ne!(bootstrap(x.view(), &five, 40, 2, &k_means(5), &Silent).unwrap(), split);
}

#[test]
fn noise_is_no_cluster_and_absent_clusters_are_skipped() {
    let x = blobs();
    let mut labels = vec![NOISE; 90];
    labels[4] = 3;
    let alone = |x: ArrayView2<f64>, _: u64| Ok(vec![0; x.nrows()]);
    let found = bootstrap(x.view(), &labels, 50, 9, &alone, &Silent).unwrap();
    assert_eq!(found.per_cluster.len(), 1);
    assert!((20..45).contains(&found.present[0]), "a row is in about 63 % of the resamples");
    assert!(found.per_cluster[0] > 0.0 && found.per_cluster[0] < 0.1);
    let none = bootstrap(x.view(), &[NOISE; 90], 5, 9, &alone, &Silent).unwrap();
    assert!(none.per_cluster.is_empty());
    let impossible = bootstrap(Array2::ones((4, 1)).view(), &[0; 4], 5, 9, &k_means(2), &Silent).unwrap();
    assert!(impossible.per_cluster[0].is_nan() && impossible.present == [0]);
    let single = bootstrap(array![[1.0]].view(), &[0], 5, 9, &k_means(1), &Silent).unwrap();
    assert_eq!(single.per_cluster, [1.0]);
}

struct Cancelled;

impl Progress for Cancelled {
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn rejects_what_cannot_be_resampled() {
    let x = points();
    let run = |labels: &[i32], resamples| bootstrap(x.view(), labels, resamples, 1, &k_means(2), &Silent);
    assert!(matches!(run(&[0; 10], 0), Err(ClusterError::InvalidParameter { name: "resamples", .. })));
    assert!(matches!(run(&[0; 9], 3), Err(ClusterError::WrongLabelCount { .. })));
    let nan = array![[f64::NAN]];
    assert!(bootstrap(nan.view(), &[0], 3, 1, &k_means(2), &Silent).is_err());
    assert_eq!(bootstrap(x.view(), &[0; 10], 3, 1, &k_means(2), &Cancelled), Err(ClusterError::Cancelled));
    let fails = |_: ArrayView2<f64>, _: u64| Err(ClusterError::Empty);
    assert_eq!(bootstrap(x.view(), &[0; 10], 3, 1, &fails, &Silent), Err(ClusterError::Empty));
    let short = |_: ArrayView2<f64>, _: u64| Ok(vec![0]);
    assert!(matches!(bootstrap(x.view(), &[0; 10], 3, 1, &short, &Silent), Err(ClusterError::WrongLabelCount { .. })));
}

#[test]
fn words_follow_the_thresholds() {
    let found = [1.0, 0.85, 0.849, 0.75, 0.749, 0.6, 0.599, f64::NAN].map(words);
    assert_eq!(found[0], found[1]);
    assert_eq!(found[2], "valid, stable");
    assert_eq!(found[2], found[3]);
    assert_eq!(found[4], found[5]);
    assert_eq!((found[6], found[7]), ("not to be trusted", "not to be trusted"));
}

proptest! {
    #[test]
    fn similarity_is_a_share(pairs in prop::collection::vec((-1_i32..4, -1_i32..4), 0..60)) {
        let (a, b): (Vec<i32>, Vec<i32>) = pairs.into_iter().unzip();
        prop_assert!(best_similarities(&a, &b).values().all(|value| (0.0..=1.0).contains(value)));
        prop_assert!(best_similarities(&a, &a).values().all(|value| *value == 1.0));
    }
}
