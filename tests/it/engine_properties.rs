//! What must hold of every algorithm on any finite matrix.

use ndarray::{Array2, ArrayView2};
use proptest::prelude::*;
use segmenta::cluster::agreement::adjusted_rand_score;
use segmenta::cluster::dbscan::{self, DbscanParams};
use segmenta::cluster::hdbscan::{self, HdbscanParams};
use segmenta::cluster::hierarchical::{self, HierarchicalParams, Linkage};
use segmenta::cluster::kmeans::{self, KMeansParams};
use segmenta::cluster::mixture::{self, Covariance, MixtureParams};
use segmenta::cluster::{ClusterError, Silent, metrics, pca};

/// Any shape up to 40 rows and 60 columns, with constant columns, repeated rows and ties.
fn anything() -> impl Strategy<Value = Array2<f64>> {
    let columns = prop_oneof![Just(1_usize), 2..5_usize, Just(60_usize)];
    (1..40_usize, columns, 0..4_u8, -3..60_i32).prop_flat_map(|(rows, columns, kind, magnitude)| {
        proptest::collection::vec(-8..8_i32, rows * columns).prop_map(move |cells| {
            let scale = 10_f64.powi(magnitude / 6);
            Array2::from_shape_fn((rows, columns), |(row, column)| match kind {
                // A constant column.
                0 if column == 0 => 3.0 * scale,
                // Few distinct rows.
                1 => f64::from(cells[(row % 3) * columns + column]) * scale,
                // Nothing varies.
                2 => scale,
                _ => f64::from(cells[row * columns + column]) * scale,
            })
        })
    })
}

type Fit = Box<dyn Fn(ArrayView2<'_, f64>, usize) -> Result<Vec<i32>, ClusterError>>;

fn all() -> Vec<(&'static str, Fit)> {
    let mut all: Vec<(&'static str, Fit)> = vec![
        (
            "kmeans",
            Box::new(|x, n_clusters| {
                let params = KMeansParams { n_clusters, n_init: 2, ..KMeansParams::default() };
                Ok(kmeans::fit(x, &params, &Silent)?.labels)
            }),
        ),
        (
            "dbscan",
            Box::new(|x, min_samples| Ok(dbscan::fit(x, &DbscanParams { eps: 1.5, min_samples }, &Silent)?.labels)),
        ),
        (
            "hdbscan",
            Box::new(|x, min_samples| {
                let params = HdbscanParams { min_cluster_size: 2, min_samples, ..HdbscanParams::default() };
                Ok(hdbscan::fit(x, &params, &Silent)?.labels)
            }),
        ),
    ];
    for linkage in Linkage::ALL {
        all.push((
            linkage.as_str(),
            Box::new(move |x, n_clusters| {
                let params = HierarchicalParams { linkage, n_clusters, ..HierarchicalParams::default() };
                Ok(hierarchical::fit(x, &params, &Silent)?.labels)
            }),
        ));
    }
    for covariance in Covariance::ALL {
        all.push((
            covariance.as_str(),
            Box::new(move |x, n_components| {
                let params = MixtureParams { n_components, covariance, n_init: 2, ..MixtureParams::default() };
                let found = mixture::fit(x, &params, &Silent)?;
                let shares = found.mixture.responsibilities(x, &Silent)?;
                assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
                Ok(found.labels)
            }),
        ));
    }
    all
}

/// Well apart groups of unequal size, in an order without pattern.
fn groups() -> impl Strategy<Value = (Array2<f64>, Vec<i32>)> {
    (proptest::collection::vec((0..3_usize, -1.0..1.0_f64, -1.0..1.0_f64), 24..80)).prop_filter_map(
        "every group has rows",
        |rows| {
            let labels: Vec<i32> = rows.iter().map(|row| row.0 as i32).collect();
            let enough = (0..3).all(|group| labels.iter().filter(|label| **label == group).count() >= 6);
            let place = |row: &(usize, f64, f64), column: usize| {
                let centre = [[0.0, 0.0], [14.0, 2.0], [3.0, 16.0]][row.0];
                centre[column] + if column == 0 { row.1 } else { row.2 }
            };
            let x = Array2::from_shape_fn((rows.len(), 2), |(row, column)| place(&rows[row], column));
            enough.then_some((x, labels))
        },
    )
}

fn upside_down(x: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn(x.dim(), |(row, column)| x[(x.nrows() - 1 - row, column)])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_panics_and_every_row_has_a_label(x in anything(), k in 1..6_usize) {
        for (name, fit) in all() {
            match fit(x.view(), k) {
                Ok(labels) => {
                    prop_assert_eq!(labels.len(), x.nrows(), "{}", name);
                    if let Ok(silhouettes) = metrics::silhouette_samples(x.view(), &labels, &Silent) {
                        prop_assert!(silhouettes.iter().all(|s| s.is_nan() || (-1.0..=1.0).contains(s)), "{}", name);
                    }
                    prop_assert!(metrics::inertia(x.view(), &labels).unwrap() >= 0.0);
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
        let found = pca::fit(x.view()).unwrap();
        prop_assert!(found.explained_variance_ratio.iter().all(|ratio| (0.0..=1.0 + 1e-9).contains(ratio)));
    }

    #[test]
    fn separate_groups_are_found_in_any_order_and_unit((x, truth) in groups(), unit in 1e-3..1e3_f64) {
        for (name, fit) in all().into_iter().filter(|(name, _)| *name != "dbscan" && *name != "hdbscan") {
            let there = fit(x.view(), 3).unwrap();
            prop_assert!((adjusted_rand_score(&there, &truth).unwrap() - 1.0).abs() < 1e-12, "{}", name);
            let back: Vec<i32> = fit(upside_down(&x).view(), 3).unwrap().into_iter().rev().collect();
            prop_assert!((adjusted_rand_score(&there, &back).unwrap() - 1.0).abs() < 1e-12, "{}", name);
            // A mixture's regularisation is in the unit of the features, the others know no unit.
            if Covariance::ALL.iter().all(|covariance| covariance.as_str() != name) {
                let scaled = fit((&x * unit).view(), 3).unwrap();
                prop_assert!((adjusted_rand_score(&there, &scaled).unwrap() - 1.0).abs() < 1e-12, "{}", name);
            }
        }
        let params = DbscanParams { eps: 2.5, min_samples: 3 };
        let there = dbscan::fit(x.view(), &params, &Silent).unwrap();
        let scaled = dbscan::fit((&x * 4.0).view(), &DbscanParams { eps: 10.0, ..params }, &Silent).unwrap();
        prop_assert_eq!(there, scaled);
    }
}
