use super::*;
use crate::cluster::test_points::points;
use crate::cluster::{NOISE, Silent};
use ndarray::{Array2, array};

/// `silhouette_samples(x, [0, 0, 0, 0, 1, 1, 1, 2, 2, 3])`, scikit-learn 1.9.1; the last row is a cluster of its own.
#[test]
fn agrees_with_scikit_learn() {
    let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
    let expected = [
        0.731_754_048_625_211_7,
        0.684_355_844_499_467_6,
        0.684_355_844_499_467_6,
        0.597_631_072_937_817_6,
        0.646_446_609_406_726_3,
        0.665_208_815_805_508_7,
        0.665_208_815_805_508_7,
        0.859_051_976_146_153_4,
        0.843_186_830_811_776_7,
        0.0,
    ];
    let found = silhouette_samples(points().view(), &labels, &Silent).unwrap();
    found.iter().zip(expected).for_each(|(a, b)| assert!((a - b).abs() < 1e-14, "{a} {b}"));
    let s = silhouette_score(points().view(), &labels, 100, 0, &Silent).unwrap();
    assert!((s.score - 0.637_719_985_853_763_8).abs() < 1e-14);
    assert_eq!((s.samples_used, s.total, s.standard_error, s.per_cluster[3]), (10, 10, 0.0, 0.0));
}

#[test]
fn noise_takes_no_part() {
    let labels = [0, 0, 0, 0, 1, 1, 1, NOISE, NOISE, NOISE];
    let all = silhouette_samples(points().view(), &labels, &Silent).unwrap();
    let without =
        silhouette_samples(points().slice_axis(Axis(0), ndarray::Slice::from(..7)), &labels[..7], &Silent).unwrap();
    assert_eq!(all[..7], without);
    assert!(all[7..].iter().all(|value| value.is_nan()));
    assert_eq!(silhouette_score(points().view(), &labels, 100, 0, &Silent).unwrap().total, 7);
}

#[test]
fn coinciding_rows_have_a_silhouette_of_zero() {
    assert_eq!(silhouette_samples(Array2::ones((4, 2)).view(), &[0, 0, 1, 1], &Silent).unwrap(), [0.0; 4]);
}

#[test]
fn a_sample_estimates_the_score_and_its_error() {
    let x = Array2::from_shape_fn((4000, 2), |(i, j)| (i % 2) as f64 * 2.0 + ((i * (j + 7)) as f64 * 0.61).sin());
    let labels: Vec<i32> = (0..4000).map(|i| i % 2).collect();
    let all = silhouette_score(x.view(), &labels, 4000, 1, &Silent).unwrap();
    let some = silhouette_score(x.view(), &labels, 1000, 1, &Silent).unwrap();
    assert_eq!((some.samples_used, some.total), (1000, 4000));
    assert!(some.standard_error > 0.0 && (some.score - all.score).abs() < 4.0 * some.standard_error);
    assert_eq!(some, silhouette_score(x.view(), &labels, 1000, 1, &Silent).unwrap());
}

#[test]
fn small_clusters_stay_in_the_sample() {
    let x = Array2::from_shape_fn((1000, 1), |(i, _)| if i < 3 { 100.0 + i as f64 } else { i as f64 * 1e-3 });
    let labels: Vec<i32> = (0..1000).map(|i| i32::from(i < 3)).collect();
    let s = silhouette_score(x.view(), &labels, 50, 1, &Silent).unwrap();
    assert_eq!((s.samples_used, s.per_cluster.len()), (52, 2));
}

#[test]
fn rejects_what_has_no_silhouette() {
    let undefined = |labels: &[i32]| {
        matches!(silhouette_samples(points().view(), labels, &Silent), Err(ClusterError::ScoreUndefined { .. }))
    };
    assert!(undefined(&[0; 10]));
    assert!(undefined(&[NOISE; 10]));
    assert!(undefined(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
    assert_eq!(
        silhouette_samples(points().view(), &[0, 1], &Silent),
        Err(ClusterError::WrongLabelCount { expected: 10, found: 2 })
    );
    assert!(silhouette_score(points().view(), &[0, 0, 0, 0, 0, 1, 1, 1, 1, 1], 0, 0, &Silent).is_err());
    let nan = silhouette_samples(array![[1.0], [f64::NAN], [2.0]].view(), &[0, 0, 1], &Silent);
    assert_eq!(nan, Err(ClusterError::NotFinite { row: 1, column: 0 }));
}

#[test]
fn a_cancelled_measurement_stops() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
    assert_eq!(silhouette_samples(points().view(), &labels, &Stop), Err(ClusterError::Cancelled));
}
