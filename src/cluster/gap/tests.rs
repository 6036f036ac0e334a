use super::super::Silent;
use super::super::kmeans::{KMeansParams, fit};
use super::*;
use ndarray::array;
use proptest::prelude::*;
use rand::Rng;

fn inertia_of(x: ArrayView2<f64>, k: usize, seed: u64) -> Result<f64, ClusterError> {
    Ok(fit(x, &KMeansParams { n_clusters: k, n_init: 3, seed, ..KMeansParams::default() }, &Silent)?.inertia)
}

fn blobs(groups: usize) -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(3);
    let centres = [[0.0, 0.0], [8.0, 1.0], [2.0, 9.0], [9.0, 10.0]];
    Array2::from_shape_fn((160, 2), |(row, column)| centres[row % groups][column] + rng.gen_range(-1.0..1.0))
}

fn gaps_of(x: &Array2<f64>, seed: u64) -> Vec<Gap> {
    let inertias: Vec<(usize, f64)> = (1..=7).map(|k| (k, inertia_of(x.view(), k, 1).unwrap())).collect();
    gap_statistic(x.view(), &inertias, 20, seed, &inertia_of, &Silent).unwrap()
}

#[test]
fn the_number_of_groups_is_found() {
    for groups in 1..=4 {
        assert_eq!(choose(&gaps_of(&blobs(groups), 5)), Some(groups));
    }
}

/// Two references, so that the mean and the error can be had by hand.
#[test]
fn gap_and_error_are_those_of_the_paper() {
    let x = array![[0.0, 0.0], [1.0, 1.0], [2.0, 2.5]];
    let inertia_of = |rows: ArrayView2<f64>, k: usize, _: u64| Ok(rows.sum().abs() * k as f64);
    let found = gap_statistic(x.view(), &[(2, 5.0)], 2, 7, &inertia_of, &Silent).unwrap();
    let frame = Frame::new(x.view()).unwrap();
    let logs = [1_u64, 2].map(|number| {
        let seed = 7 ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (frame.draw(3, seed).sum().abs() * 2.0).ln()
    });
    let mean = f64::midpoint(logs[0], logs[1]);
    assert!((found[0].gap - (mean - 5.0_f64.ln())).abs() < 1e-12);
    let deviation = (logs[0] - logs[1]).abs() / 2.0;
    assert!((found[0].standard_error - deviation * 1.5_f64.sqrt()).abs() < 1e-12);
}

#[test]
fn references_fill_the_box_along_the_components() {
    let x = Array2::from_shape_fn((50, 2), |(row, column)| row as f64 * if column == 0 { 3.0 } else { 4.0 } + 2.0);
    let drawn = Frame::new(x.view()).unwrap().draw(500, 1);
    for row in drawn.rows() {
        // The rows lie on a line, so the box is the line.
        assert!(((row[0] - 2.0) * 4.0 - (row[1] - 2.0) * 3.0).abs() < 1e-6);
        assert!(row[0] > 1.999 && row[0] < 149.001);
    }
    assert!(drawn.column(0).iter().any(|value| *value < 15.0) && drawn.column(0).iter().any(|value| *value > 135.0));
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let x = blobs(3);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one.install(|| gaps_of(&x, 1)), gaps_of(&x, 1));
    assert_ne!(gaps_of(&x, 2), gaps_of(&x, 1));
}

#[test]
fn degenerate_matrices() {
    let no_rows = |_: ArrayView2<f64>, _: usize, _: u64| Ok(0.0);
    for x in [array![[1.0, 2.0]], Array2::ones((5, 3)), array![[1e100], [-1e100]]] {
        let found = gap_statistic(x.view(), &[(1, 0.0), (2, 0.0)], 3, 1, &no_rows, &Silent).unwrap();
        assert!(found.iter().all(|gap| gap.gap.abs() < 1e-9 && gap.standard_error < 1e-9));
    }
    assert_eq!(gap_statistic(blobs(2).view(), &[], 3, 1, &no_rows, &Silent), Ok(vec![]));
    assert_eq!(choose(&[]), None);
    let rising = [1, 2].map(|k| Gap { k, gap: k as f64, standard_error: 0.1 });
    assert_eq!((choose(&rising), choose(&rising[..1])), (None, None));
}

struct Cancelled;

impl Progress for Cancelled {
    fn is_cancelled(&self) -> bool {
        true
    }
}

#[test]
fn rejects_what_is_out_of_range() {
    let x = blobs(2);
    let run =
        |inertias: &[(usize, f64)], references| gap_statistic(x.view(), inertias, references, 1, &inertia_of, &Silent);
    for (inertias, references, expected) in [
        ([(1, 1.0)], 0, "references"),
        ([(0, 1.0)], 2, "n_clusters"),
        ([(1, -1.0)], 2, "inertias"),
        ([(1, f64::NAN)], 2, "inertias"),
    ] {
        let error = run(&inertias, references);
        assert!(matches!(error, Err(ClusterError::InvalidParameter { name, .. }) if name == expected));
    }
    assert!(matches!(run(&[(161, 1.0)], 2), Err(ClusterError::TooFewDistinctRows { .. })));
    assert!(gap_statistic(array![[f64::NAN]].view(), &[(1, 1.0)], 2, 1, &inertia_of, &Silent).is_err());
    let cancelled = gap_statistic(x.view(), &[(1, 1.0)], 2, 1, &inertia_of, &Cancelled);
    assert_eq!(cancelled, Err(ClusterError::Cancelled));
}

proptest! {
    #[test]
    fn the_choice_is_the_first_that_holds(values in prop::collection::vec((-1.0..1.0, 0.0..0.3), 0..12)) {
        let gaps: Vec<Gap> = values
            .iter()
            .enumerate()
            .map(|(index, &(gap, standard_error))| Gap { k: index + 1, gap, standard_error })
            .collect();
        let holds = |k: usize| gaps[k - 1].gap >= gaps[k].gap - gaps[k].standard_error;
        let expected = (1..gaps.len()).find(|&k| holds(k));
        prop_assert_eq!(choose(&gaps), expected);
    }
}
