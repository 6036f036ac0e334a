//! Every algorithm on two real files, against scikit-learn 1.9.1: `personality/selected_features.csv` and the recency,
//! frequency and monetary value of `petshop/sale_cleaned.csv`. Each constant quotes the call that made it. Skipped, with a
//! notice, when `SEGMENTA_REAL_DATA` is unset.
#![expect(clippy::unreadable_literal, reason = "constants are copied from the reference as printed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ndarray::Array2;
use segmenta::cluster::dbscan::{self, DbscanParams};
use segmenta::cluster::hierarchical::{self, HierarchicalParams, Linkage};
use segmenta::cluster::kmeans::{self, KMeansParams};
use segmenta::cluster::mixture::{self, MixtureParams};
use segmenta::cluster::scale::{FittedScale, Scale};
use segmenta::cluster::transform::{FittedTransform, Transform};
use segmenta::cluster::{Silent, metrics};

/// What scikit-learn finds on a matrix.
struct Reference {
    name: &'static str,
    k: usize,
    /// `AgglomerativeClustering(k, linkage=...)`: sorted sizes, silhouette, Davies-Bouldin, Calinski-Harabasz.
    linkages: [(Linkage, &'static [usize], [f64; 3]); 4],
    /// `GaussianMixture(k, n_init=10, random_state=42)`: `score`, `bic`, `aic`.
    mixture: [f64; 3],
    /// `KMeans(k, n_init=50, random_state=42, tol=0, max_iter=1000).inertia_` for k = 2 to 10.
    inertias: [f64; 9],
    /// `DBSCAN(0.5, min_samples=10)`: core samples, noise, sizes.
    dbscan: (usize, usize, &'static [usize]),
}

const PERSONALITY: Reference = Reference {
    name: "personality",
    k: 4,
    linkages: [
        (Linkage::Ward, &[465, 490, 510, 767], [0.31946462840135287, 1.2210236327721704, 1574.7960754429298]),
        (Linkage::Complete, &[3, 133, 304, 1792], [0.30865639966492964, 0.9713904589247244, 487.79004680212347]),
        (Linkage::Average, &[3, 141, 767, 1321], [0.4039717968890392, 0.9309089710026744, 1034.910134628146]),
        (Linkage::Single, &[1, 2, 2, 2227], [0.3267487708307031, 0.5398606676652234, 8.635273316123085]),
    ],
    mixture: [-0.4916289078332058, 2649.5599906540015, 2312.6314445674307],
    inertias: [
        4319.336701623595,
        3396.221135307648,
        2635.923859163885,
        2143.293487709916,
        1833.3105966286796,
        1625.8325402581518,
        1476.6418089242811,
        1339.5490768510076,
        1224.373658746273,
    ],
    dbscan: (1997, 78, &[2036, 71, 22, 9, 16]),
};

const PETSHOP: Reference = Reference {
    name: "petshop",
    k: 3,
    linkages: [
        (Linkage::Ward, &[723, 1084, 1277], [0.3309134984622015, 1.090454960169047, 2494.4737627243057]),
        (Linkage::Complete, &[410, 634, 2040], [0.1806154167918687, 1.1376551755916264, 1313.5298685283035]),
        (Linkage::Average, &[4, 1264, 1816], [0.3676780909681211, 0.7844787620950827, 1465.2932025517568]),
        (Linkage::Single, &[1, 1279, 1804], [0.38694076289727847, 0.7473328922443785, 1446.051213717499]),
    ],
    mixture: [0.32472776478575255, -1769.9353538927082, -1944.9208531985216],
    inertias: [
        4426.489219775831,
        3450.767532935227,
        2656.633146384618,
        2184.0663630919717,
        1885.0654637330392,
        1635.9457965688705,
        1478.3043537148735,
        1336.0886290543212,
        1233.788668511355,
    ],
    dbscan: (2987, 39, &[1173, 1256, 616]),
};

/// `scipy.stats.boxcox(rfm[c])[1]` of recency, frequency and monetary value.
const LAMBDAS: [f64; 3] = [0.17815017982319115, -0.5678437833943658, -0.12821180189375486];

fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("SEGMENTA_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: SEGMENTA_REAL_DATA is unset");
    }
    folder
}

fn standard(mut x: Array2<f64>) -> Array2<f64> {
    FittedScale::fit(Scale::Standard, x.view()).unwrap().apply(&mut x).unwrap();
    x
}

fn personality(folder: &Path) -> Array2<f64> {
    let mut reader = csv::Reader::from_path(folder.join("personality/selected_features.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let places = ["days_enrolled", "Total_Spent", "NumAllPurchases", "AverageCheck"]
        .map(|name| header.iter().position(|column| column == name).unwrap());
    let rows: Vec<f64> = reader
        .records()
        .flat_map(|row| {
            let row = row.unwrap();
            places.map(|place| row[place].parse::<f64>().unwrap())
        })
        .collect();
    standard(Array2::from_shape_vec((rows.len() / 4, 4), rows).unwrap())
}

/// Days since the last day of sales plus one, distinct invoices and total sales of each known customer.
fn petshop(folder: &Path) -> Array2<f64> {
    let mut reader = csv::Reader::from_path(folder.join("petshop/sale_cleaned.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (customer, invoice, sale, date) =
        (place("customer_id"), place("invoice_no"), place("sale"), place("sale_date"));
    let mut customers: BTreeMap<i64, (i64, BTreeSet<String>, f64)> = BTreeMap::new();
    let mut last = i64::MIN;
    for row in reader.records() {
        let row = row.unwrap();
        let id: i64 = row[customer].parse().unwrap();
        if id == -1 {
            continue;
        }
        let day = i64::from(chrono::NaiveDate::parse_from_str(&row[date], "%Y-%m-%d").unwrap().to_epoch_days());
        last = last.max(day);
        let entry = customers.entry(id).or_insert((i64::MIN, BTreeSet::new(), 0.0));
        entry.0 = entry.0.max(day);
        entry.1.insert(row[invoice].to_owned());
        entry.2 += row[sale].parse::<f64>().unwrap();
    }
    let rows: Vec<f64> = customers
        .into_values()
        .flat_map(|(day, invoices, sum)| [(last + 1 - day) as f64, invoices.len() as f64, sum])
        .collect();
    let mut x = Array2::from_shape_vec((rows.len() / 3, 3), rows).unwrap();
    let names = ["recency", "frequency", "monetary"].map(str::to_owned);
    let transform = FittedTransform::fit(Transform::BoxCox, x.view(), &names, &Silent).unwrap();
    for (found, expected) in transform.lambdas.iter().zip(LAMBDAS) {
        assert!((found - expected).abs() < 1e-6, "{found} {expected}");
    }
    // SciPy stops a little short of the maximum; its powers give its numbers.
    FittedTransform { lambdas: LAMBDAS.to_vec(), ..transform }.apply(&mut x).unwrap();
    standard(x)
}

fn on_both(check: impl Fn(&Reference, &Array2<f64>)) {
    let Some(folder) = folder() else { return };
    check(&PERSONALITY, &personality(&folder));
    check(&PETSHOP, &petshop(&folder));
}

fn sizes(labels: &[i32]) -> Vec<usize> {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for label in labels {
        *counts.entry(*label).or_default() += 1;
    }
    let mut sizes: Vec<usize> = counts.into_values().collect();
    sizes.sort_unstable();
    sizes
}

#[track_caller]
fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-3), "{what}: {found} is not {expected}");
}

#[track_caller]
fn scores_are(x: &Array2<f64>, labels: &[i32], expected: [f64; 3], what: &str) {
    let silhouette = metrics::silhouette_score(x.view(), labels, usize::MAX, 0, &Silent).unwrap().score;
    close(silhouette, expected[0], what);
    close(metrics::davies_bouldin_score(x.view(), labels).unwrap(), expected[1], what);
    close(metrics::calinski_harabasz_score(x.view(), labels).unwrap(), expected[2], what);
}

#[test]
fn four_linkages() {
    on_both(|reference, x| {
        for (linkage, expected, scores) in &reference.linkages {
            let params =
                HierarchicalParams { linkage: *linkage, n_clusters: reference.k, ..HierarchicalParams::default() };
            let found = hierarchical::fit(x.view(), &params, &Silent).unwrap();
            assert_eq!(sizes(&found.labels), *expected, "{} {linkage:?}", reference.name);
            scores_are(x, &found.labels, *scores, &format!("{} {linkage:?}", reference.name));
        }
    });
}

#[test]
fn mixtures_are_at_least_as_likely() {
    on_both(|reference, x| {
        let params = MixtureParams { n_components: reference.k, n_init: 10, ..MixtureParams::default() };
        let found = mixture::fit(x.view(), &params, &Silent).unwrap();
        let [likelihood, bic, aic] = reference.mixture;
        assert!(found.mean_log_likelihood >= likelihood - 1e-6, "{}: {}", reference.name, found.mean_log_likelihood);
        assert!(found.bic <= bic + 0.01 && found.aic <= aic + 0.01, "{}: {} {}", reference.name, found.bic, found.aic);
        // The criteria of the reference follow from its likelihood as ours do from ours.
        let n = x.nrows() as f64;
        let free = found.mixture.parameters_count() as f64;
        close(-2.0 * likelihood * n + free * n.ln(), bic, reference.name);
        close(-2.0 * found.mean_log_likelihood * n + free * n.ln(), found.bic, reference.name);
        close(-2.0 * found.mean_log_likelihood * n + 2.0 * free, found.aic, reference.name);
    });
}

#[test]
fn k_means_reaches_the_best_known_inertia() {
    on_both(|reference, x| {
        for (k, expected) in (2..).zip(reference.inertias) {
            let found =
                kmeans::fit(x.view(), &KMeansParams { n_clusters: k, ..KMeansParams::default() }, &Silent).unwrap();
            assert!(found.inertia <= expected * (1.0 + 1e-6), "{} {k}: {}", reference.name, found.inertia);
        }
    });
}

#[test]
fn density_clusters() {
    on_both(|reference, x| {
        let found = dbscan::fit(x.view(), &DbscanParams { eps: 0.5, min_samples: 10 }, &Silent).unwrap();
        let (core, noise, expected) = reference.dbscan;
        assert_eq!(found.core_samples.len(), core, "{}", reference.name);
        assert_eq!(found.labels.iter().filter(|label| **label < 0).count(), noise, "{}", reference.name);
        // scikit-learn numbers clusters by their first core sample, and so do we.
        let of = |cluster: usize| found.labels.iter().filter(|label| **label == cluster as i32).count();
        assert_eq!((0..found.n_clusters).map(of).collect::<Vec<_>>(), expected, "{}", reference.name);
    });
}
