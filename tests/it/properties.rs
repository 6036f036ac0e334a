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

/// Lines of orders joined to orders, products (some unknown) and payments, of which an order has any number.
fn shop(lines: &[(u8, u8, i16)], payments: &[(u8, i16)], orders: u8) -> segmenta::dataset::Dataset {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    let list = |header: &str, rows: Vec<String>| format!("{header}\n{}\n", rows.join("\n"));
    let line = |(order, product, cents): &(u8, u8, i16)| format!("{order},{product},{}", f64::from(*cents) / 100.0);
    write("lines.csv", list("order,product,amount", lines.iter().map(line).collect()));
    let order = |order: u8| format!("{order},2024-01-{:02},c{}", 1 + order % 28, order % 5);
    write("orders.csv", list("order,day,who", (0..orders).map(order).collect()));
    write("products.csv", list("product,kind", (0..4).map(|product| format!("{product},k{}", product % 2)).collect()));
    let payment = |(order, cents): &(u8, i16)| format!("{order},{}", f64::from(*cents) / 100.0);
    write("payments.csv", list("order,paid", payments.iter().map(payment).collect()));
    let manifest = "title='t'\n[[table]]\nfile='lines.csv'\n[[table]]\nfile='orders.csv'\n[[table]]\nfile='products.csv'\n\
        [[table]]\nfile='payments.csv'\n[[table]]\nname='paid'\nof='payments'\nby='order'\n\
        [[table.aggregate]]\nname='paid'\ncolumn='paid'\nhow='sum'\n\
        [facts]\ntable='lines'\ncustomer='who'\norder='order'\ntime='day'\namount='amount'\n\
        [[facts.join]]\ntable='orders'\non='order'\n[[facts.join]]\ntable='products'\non='product'\n\
        [[facts.join]]\ntable='paid'\non='order'\n[[facts.dimension]]\ncolumn='kind'\n\
        [[facts.number]]\ncolumn='paid'\nper='order'\n[facts.features]\ntotal=['paid']\n\
        [columns.day]\nrole='date'\n[columns.kind]\nrole='category'\n\
        [segmentation]\nvalue='monetary'\nfeatures=['monetary','frequency']\n";
    write("dataset.toml", manifest.to_owned());
    segmenta::dataset::load(folder.path()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn joins_change_neither_amounts_nor_customers(
        lines in proptest::collection::vec((0..12_u8, 0..7_u8, 1..9999_i16), 1..60),
        payments in proptest::collection::vec((0..15_u8, 1..9999_i16), 1..40),
    ) {
        let (mut lines, mut payments) = (lines, payments);
        // A join in which nothing fits is refused.
        lines[0].1 %= 4;
        payments.push((lines[0].0, 100));
        let dataset = shop(&lines, &payments, 12);
        let facts = dataset.facts.as_ref().unwrap();
        let money = |cents: i64| cents as f64 / 100.0;
        let spent: i64 = lines.iter().map(|line| i64::from(line.2)).sum();
        prop_assert_eq!(facts.len(), lines.len());
        prop_assert!((facts.amount.iter().sum::<f64>() - money(spent)).abs() < 1e-6);
        let ordered: std::collections::BTreeSet<u8> = lines.iter().map(|line| line.0).collect();
        let people: std::collections::BTreeSet<u8> = ordered.iter().map(|order| order % 5).collect();
        prop_assert_eq!(dataset.customers.len(), people.len());
        let sum = |name: &str| {
            dataset.customers.numbers(name).unwrap().iter().filter(|value| value.is_finite()).sum::<f64>()
        };
        prop_assert!((sum("monetary") - money(spent)).abs() < 1e-6);
        // Payments count once for an order, however many lines it has; those of orders without a line have no customer.
        let paid: i64 = payments.iter().filter(|(order, _)| ordered.contains(order)).map(|(_, cents)| i64::from(*cents)).sum();
        prop_assert!((sum("total_paid") - money(paid)).abs() < 1e-6);
    }

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
