//! What must hold for any data.

use ndarray::Array2;
use proptest::prelude::*;
use segmenta::cluster::kmeans::{self, KMeansParams};
use segmenta::cluster::transform::{FittedTransform, Transform};
use segmenta::cluster::{Silent, dbscan, metrics};
use segmenta::query::{Filter, View};

fn matrix(rows: std::ops::Range<usize>, columns: usize) -> impl Strategy<Value = Array2<f64>> {
    proptest::collection::vec(proptest::collection::vec(-50.0..50.0_f64, columns), rows)
        .prop_map(move |rows| Array2::from_shape_fn((rows.len(), columns), |(row, column)| rows[row][column]))
}

fn reversed(x: &Array2<f64>) -> Array2<f64> {
    Array2::from_shape_fn(x.dim(), |(row, column)| x[(x.nrows() - 1 - row, column)])
}

fn customers(csv: &str) -> segmenta::dataset::Dataset {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), csv).unwrap();
    let text = "title='t'\n[[table]]\nfile='a.csv'\n[columns.v]\nrole='numeric'\n[columns.c]\nrole='category'\n[[clean]]\nrule='negatives'\ncolumns=['v']\naction='drop'\n[[clean]]\nrule='missing'\ncolumns=['v']\naction='median'\n[[clean]]\nrule='cap'\ncolumns=['v']\nhigh=40\n[segmentation]\nvalue='v'\nfeatures=['v']\n";
    std::fs::write(folder.path().join("dataset.toml"), text).unwrap();
    segmenta::dataset::load(folder.path()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn k_means_counts_every_row_and_ignores_their_order(x in matrix(6..60, 3), seed in 0..1000_u64) {
        let params = KMeansParams { n_clusters: 3, n_init: 4, seed, ..KMeansParams::default() };
        let Ok(fitted) = kmeans::fit(x.view(), &params, &Silent) else { return Ok(()) };
        prop_assert_eq!(fitted.counts.iter().sum::<usize>(), x.nrows());
        let silhouettes = metrics::silhouette_samples(x.view(), &fitted.labels, &Silent);
        if let Ok(silhouettes) = silhouettes {
            prop_assert!(silhouettes.iter().all(|s| (-1.0..=1.0).contains(s)));
        }
        let centroids = fitted.centroids.view();
        let labels: Vec<i32> = kmeans::predict(centroids, x.view());
        let backwards: Vec<i32> = kmeans::predict(centroids, reversed(&x).view()).into_iter().rev().collect();
        prop_assert_eq!(labels, backwards);
    }

    #[test]
    fn dbscan_only_renames_clusters_when_rows_are_permuted(x in matrix(5..60, 2), eps in 1.0..30.0_f64) {
        let params = dbscan::DbscanParams { eps, min_samples: 3 };
        let there = dbscan::fit(x.view(), &params, &Silent).unwrap();
        let back = dbscan::fit(reversed(&x).view(), &params, &Silent).unwrap();
        prop_assert_eq!(there.n_clusters, back.n_clusters);
        prop_assert_eq!(there.core_samples.len(), back.core_samples.len());
        let noise = |labels: &[i32]| labels.iter().filter(|label| **label < 0).count();
        prop_assert_eq!(noise(&there.labels), noise(&back.labels));
    }

    #[test]
    fn transforms_invert(x in matrix(4..40, 2)) {
        let positive = x.mapv(|value| value.abs() + 0.5);
        let names = ["a".to_owned(), "b".to_owned()];
        for transform in Transform::ALL {
            let fitted = FittedTransform::fit(transform, positive.view(), &names, &Silent).unwrap();
            let mut there = positive.clone();
            fitted.apply(&mut there).unwrap();
            fitted.inverse(&mut there).unwrap();
            for (found, expected) in there.iter().zip(&positive) {
                prop_assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{transform:?}: {found} {expected}");
            }
        }
    }

    #[test]
    fn a_ledger_reconciles_and_a_filter_never_adds_rows(
        rows in proptest::collection::vec((proptest::option::of(-20..60_i32), 0..3_u8), 1..60),
        low in -10.0..50.0_f64,
    ) {
        let mut csv = String::from("id,v,c\n0,1,x\n");
        for (index, (value, level)) in rows.iter().enumerate() {
            let value = value.map_or(String::new(), |value| value.to_string());
            csv.push_str(&format!("{},{value},l{level}\n", index + 1));
        }
        let dataset = customers(&csv);
        prop_assert!(dataset.ledger.reconciles());
        prop_assert_eq!(dataset.ledger.rows_in, rows.len() + 1);
        let all = View::all(&dataset.customers, None).rows;
        let wide = Filter::parse(&[("min.v".to_owned(), low.to_string())], &dataset.customers, &[]).unwrap();
        let narrow = Filter::parse(
            &[("min.v".to_owned(), low.to_string()), ("max.v".to_owned(), (low + 10.0).to_string())],
            &dataset.customers,
            &[],
        ).unwrap();
        let (wide, narrow) = (wide.rows(&dataset.customers, None), narrow.rows(&dataset.customers, None));
        prop_assert!(wide.iter().all(|row| all.contains(row)));
        prop_assert!(narrow.iter().all(|row| wide.contains(row)));
    }
}
