use super::super::Silent;
use super::super::metrics::adjusted_rand_score;
use super::*;
use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::Rng;

/// Pseudo-random groups of three densities with some scattered rows, the same in the script that made the reference values.
fn groups(rows: usize) -> Array2<f64> {
    let mut state = 7_u64;
    Array2::from_shape_fn((rows, 2), |(row, column)| {
        state = (1_103_515_245 * state + 12_345) % (1 << 31);
        let random = state as f64 / (1_u64 << 31) as f64;
        let (scale, centre) = match (row % 4, row % 8) {
            (0, _) | (3, 7) => (1.0, [0.0, 0.0]),
            (1, _) => (0.3, [3.0, 0.0]),
            (2, _) => (0.6, [0.0, 4.0]),
            _ => (6.0, [2.0, 2.0]),
        };
        centre[column] + scale * (random - 0.5) * (random - 0.5).abs() * 2.0
    })
}

fn params(min_cluster_size: usize, min_samples: usize) -> HdbscanParams {
    HdbscanParams { min_cluster_size, min_samples, ..HdbscanParams::default() }
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1.0), "{found} is not {expected}");
}

/// Clusters, noise, and the sum and rows 0, 1 and 7 of `probabilities_` of `HDBSCAN(min_cluster_size, min_samples)`,
/// scikit-learn 1.9.1.
#[test]
fn agrees_with_scikit_learn() {
    for (min_cluster_size, min_samples, clusters, noise, total, three) in [
        (10, 3, 3, 2, 68.444_320_452_051_58, [1.0, 1.0, 0.119_163_861_663_662_63]),
        (8, 1, 3, 2, 71.663_513_218_681_89, [0.887_990_949_683_923_7, 1.0, 0.114_545_868_806_473_74]),
        (12, 6, 3, 7, 75.040_743_269_528_18, [0.859_171_557_041_157_1, 1.0, 0.106_315_298_070_122_55]),
    ] {
        let fitted = fit(groups(120).view(), &params(min_cluster_size, min_samples), &Silent).unwrap();
        assert_eq!(fitted.n_clusters, clusters);
        assert_eq!(fitted.labels.iter().filter(|label| **label == NOISE).count(), noise);
        close(fitted.strengths.iter().sum(), total);
        for (row, expected) in [0, 1, 7].into_iter().zip(three) {
            close(fitted.strengths[row], expected);
        }
        assert!(!fitted.on_sample());
    }
}

#[test]
fn labels_are_those_of_the_hdbscan_crate() {
    for (rows, min_cluster_size, min_samples) in [(100, 5, 5), (400, 10, 4), (401, 20, 12)] {
        let x = groups(rows);
        let points: Vec<Vec<f64>> = x.rows().into_iter().map(|row| row.to_vec()).collect();
        let params =
            hdbscan::HdbscanHyperParams::builder().min_cluster_size(min_cluster_size).min_samples(min_samples).build();
        let oracle = hdbscan::Hdbscan::new(&points, params).cluster().unwrap();
        let found = fit(x.view(), &self::params(min_cluster_size, min_samples), &Silent).unwrap();
        // Where distances are equal the crate follows the order of its edges, and some rows that are noise here are members.
        let both = |labels: &[i32]| {
            let members = (0..rows).filter(|&row| found.labels[row] != NOISE && oracle[row] != NOISE);
            members.map(|row| labels[row]).collect::<Vec<i32>>()
        };
        assert_eq!(adjusted_rand_score(&both(&found.labels), &both(&oracle)), Ok(1.0));
        let noise = |labels: &[i32]| labels.iter().filter(|label| **label == NOISE).count();
        assert!(noise(&found.labels).abs_diff(noise(&oracle)) * 20 <= rows);
    }
}

#[test]
fn rows_fitted_are_predicted_as_they_are() {
    for (min_cluster_size, min_samples) in [(5, 5), (10, 3), (8, 1), (30, 20)] {
        let x = groups(300);
        let fitted = fit(x.view(), &params(min_cluster_size, min_samples), &Silent).unwrap();
        let text = serde_json::to_string(&fitted.model).unwrap();
        let model: HdbscanModel = serde_json::from_str(&text).unwrap();
        assert_eq!(model, fitted.model);
        for (row, found) in model.predict(x.view(), &Silent).unwrap().into_iter().enumerate() {
            let (label, strength) = found.unwrap_or((NOISE, 0.0));
            assert_eq!((label, strength), (fitted.labels[row], fitted.strengths[row]));
        }
        let near = &x + 1e-7;
        for (row, found) in model.predict(near.view(), &Silent).unwrap().into_iter().enumerate() {
            if fitted.strengths[row] > 0.5 {
                assert_eq!(found.map(|member| member.0), Some(fitted.labels[row]));
            }
        }
        let far = array![[1e6, 0.0], [f64::NAN, 0.0], [3.0, -1e100]];
        assert_eq!(model.predict(far.view(), &Silent).unwrap(), [None, None, None]);
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    // Whole numbers make many equal distances.
    let x = groups(400).mapv(|value| (value * 10.0).round());
    let order: Vec<usize> = (0..400).map(|row| row * 37 % 400).collect();
    for (min_cluster_size, min_samples) in [(5, 5), (10, 3), (8, 1)] {
        let fitted = fit(x.view(), &params(min_cluster_size, min_samples), &Silent).unwrap();
        let other = fit(x.select(Axis(0), &order).view(), &params(min_cluster_size, min_samples), &Silent).unwrap();
        let labels: Vec<i32> = order.iter().map(|&row| fitted.labels[row]).collect();
        assert_eq!(adjusted_rand_score(&labels, &other.labels), Ok(1.0));
        for (&row, strength) in order.iter().zip(&other.strengths) {
            close(fitted.strengths[row], *strength);
        }
    }
}

#[test]
fn a_sample_stands_for_many_rows() {
    let x = groups(4_000);
    let few = HdbscanParams { row_limit: 1_000, ..params(60, 5) };
    let fitted = fit(x.view(), &few, &Silent).unwrap();
    assert!(fitted.on_sample());
    assert_eq!(fitted.n_clusters, 3);
    let truth: Vec<i32> = (0..4_000).map(|row| [0, 1, 2, if row % 8 == 7 { 0 } else { NOISE }][row % 4]).collect();
    let members: Vec<usize> = (0..4_000).filter(|&row| truth[row] != NOISE && fitted.labels[row] != NOISE).collect();
    assert!(members.len() > 3_000);
    let pick = |labels: &[i32]| members.iter().map(|&row| labels[row]).collect::<Vec<i32>>();
    assert_eq!(adjusted_rand_score(&pick(&fitted.labels), &pick(&truth)), Ok(1.0));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one.install(|| fit(x.view(), &few, &Silent)).unwrap(), fitted);
    let again = fitted.model.predict(x.view(), &Silent).unwrap();
    assert!(again.iter().zip(&fitted.labels).all(|(found, label)| found.map_or(NOISE, |member| member.0) == *label));
}

#[test]
fn degenerate_matrices() {
    let one = fit(array![[1.0, 2.0]].view(), &params(2, 1), &Silent).unwrap();
    assert_eq!((one.labels, one.strengths, one.n_clusters), (vec![NOISE], vec![0.0], 0));
    for min_samples in [1, 3, 9] {
        let equal = fit(Array2::ones((9, 2)).view(), &params(2, min_samples), &Silent).unwrap();
        assert!(equal.strengths.iter().all(|value| (0.0..=1.0).contains(value)));
        let mut two = Array2::zeros((12, 1));
        two.column_mut(0).iter_mut().skip(7).for_each(|value| *value = 1.0);
        let fitted = fit(two.view(), &params(3, min_samples.min(5)), &Silent).unwrap();
        assert_eq!(fitted.labels, [0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
        assert!(fitted.strengths.iter().all(|strength| *strength == 1.0));
        let text = serde_json::to_string(&fitted.model).unwrap();
        assert_eq!(serde_json::from_str::<HdbscanModel>(&text).unwrap(), fitted.model);
    }
    let far = array![[1e100, 0.0], [-1e100, 0.0], [0.0, 1e100], [0.0, 1e-100]];
    assert_eq!(fit(far.view(), &params(2, 2), &Silent).unwrap().labels.len(), 4);
    assert_eq!(
        fit(Array2::from_shape_fn((20, 60), |(a, b)| (a * b % 7) as f64).view(), &params(3, 2), &Silent)
            .unwrap()
            .labels
            .len(),
        20
    );
}

#[test]
fn rejects_what_is_out_of_range() {
    let good = HdbscanParams::default();
    let x = groups(20);
    for (bad, expected) in [
        (HdbscanParams { min_cluster_size: 1, ..good }, "min_cluster_size"),
        (HdbscanParams { min_samples: 0, ..good }, "min_samples"),
        (HdbscanParams { min_samples: 21, ..good }, "min_samples"),
        (HdbscanParams { row_limit: 1, ..good }, "row_limit"),
    ] {
        let error = fit(x.view(), &bad, &Silent);
        assert!(matches!(error, Err(ClusterError::InvalidParameter { name, .. }) if name == expected));
    }
    assert_eq!(fit(Array2::zeros((0, 2)).view(), &good, &Silent), Err(ClusterError::Empty));
    assert!(fit(array![[f64::NAN]].view(), &good, &Silent).is_err());
    let model = fit(x.view(), &good, &Silent).unwrap().model;
    assert!(matches!(
        model.predict(array![[1.0]].view(), &Silent),
        Err(ClusterError::WrongFeatureCount { expected: 2, found: 1 })
    ));
    for broken in [
        HdbscanModel { features: 0, ..model.clone() },
        HdbscanModel { labels: vec![1_000; 20], ..model.clone() },
        HdbscanModel { strengths: vec![], ..model.clone() },
        HdbscanModel { core_distances: vec![], ..model.clone() },
        HdbscanModel { min_samples: 0, ..model.clone() },
    ] {
        assert!(matches!(broken.predict(x.view(), &Silent), Err(ClusterError::InvalidParameter { name: "model", .. })));
    }
}

struct StopAfter(std::sync::atomic::AtomicUsize);

impl Progress for StopAfter {
    fn is_cancelled(&self) -> bool {
        use std::sync::atomic::Ordering::Relaxed;
        self.0.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1)).is_err()
    }
}

#[test]
fn stops_when_told() {
    for questions in [0, 1, 2, 40] {
        let observer = StopAfter(questions.into());
        assert_eq!(fit(groups(600).view(), &params(5, 5), &observer), Err(ClusterError::Cancelled));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn clusters_are_large_enough(
        rows in 1_usize..80, features in 1_usize..4, grid in 1_i32..9, seed in 0_u64..1000, least in 2_usize..8,
    ) {
        let mut rng = Xoshiro256Plus::seed_from_u64(seed);
        let x = Array2::from_shape_fn((rows, features), |_| f64::from(rng.gen_range(0..grid)));
        let fitted = fit(x.view(), &params(least, least.min(rows)), &Silent).unwrap();
        let mut counts = vec![0; fitted.n_clusters];
        for (label, strength) in fitted.labels.iter().zip(&fitted.strengths) {
            prop_assert!((0.0..=1.0).contains(strength));
            if *label == NOISE { prop_assert_eq!(*strength, 0.0) } else { counts[*label as usize] += 1 }
        }
        prop_assert!(counts.iter().all(|&count| count >= least) && counts.is_sorted_by(|a, b| a >= b));
        prop_assert!(counts.len() != 1);
        let again = fitted.model.predict(x.view(), &Silent).unwrap();
        for (found, label) in again.iter().zip(&fitted.labels) {
            prop_assert_eq!(found.map_or(NOISE, |member| member.0), *label);
        }
    }
}
