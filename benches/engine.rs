//! The engine by itself: `cargo bench`.
//!
//! Loading with cleaning, K-Means, DBSCAN, silhouette, filters, correlations and density curves on
//! generated data, seeded. What the dashboard does with them end to end is in `benches/dashboard.py`.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop when its data cannot be made")]

use divan::{Bencher, black_box};
use ndarray::Array2;
use segmenta::cluster::kmeans::{self, KMeansParams};
use segmenta::cluster::scale::{FittedScale, Scale};
use segmenta::cluster::{Silent, dbscan, metrics};
use segmenta::dataset::{Dataset, load};
use segmenta::generate::{DataRecipe, generate};
use segmenta::query::distribution::{densities_by_segment, distribution};
use segmenta::query::relation::correlations;
use segmenta::query::{Filter, View};
use segmenta::segment::RecipeRequest;
use segmenta::segment::fit::{Occasion, fit};
use segmenta::stats::correlation::Method;

const SIZES: [usize; 2] = [2_240, 55_000];

fn main() {
    divan::main();
}

fn folder(recipe: DataRecipe, rows: usize) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    generate(recipe, rows, 1, folder.path()).unwrap();
    folder
}

fn clickstream(rows: usize) -> Dataset {
    load(folder(DataRecipe::Clickstream, rows).path()).unwrap()
}

/// Visits, purchases and discounts, scaled to 0..1.
fn matrix(dataset: &Dataset) -> Array2<f64> {
    let columns =
        ["n_visitas", "monto_compras", "monto_descuentos"].map(|name| dataset.customers.numbers(name).unwrap());
    let mut x = Array2::from_shape_fn((dataset.customers.len(), 3), |(row, column)| columns[column][row]);
    FittedScale::fit(Scale::MinMax, x.view()).unwrap().apply(&mut x).unwrap();
    x
}

#[divan::bench(args = SIZES)]
fn load_and_clean_personality(bencher: Bencher<'_, '_>, rows: usize) {
    let folder = folder(DataRecipe::Personality, rows);
    bencher.bench(|| load(folder.path()).unwrap());
}

#[divan::bench(args = SIZES)]
fn train_default_personality(bencher: Bencher<'_, '_>, rows: usize) {
    let dataset = load(folder(DataRecipe::Personality, rows).path()).unwrap();
    let recipe = RecipeRequest::default().resolve(&dataset).unwrap();
    let occasion = Occasion { name: "bench", predecessor: None, now: 0 };
    bencher.bench(|| fit(&dataset, &recipe, occasion, &Silent).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 5)]
fn k_means_k_8(bencher: Bencher<'_, '_>, rows: usize) {
    let x = matrix(&clickstream(rows));
    let params = KMeansParams { n_clusters: 8, n_init: 10, ..KMeansParams::default() };
    bencher.bench(|| kmeans::fit(x.view(), &params, &Silent).unwrap());
}

#[divan::bench(args = SIZES)]
fn dbscan_default(bencher: Bencher<'_, '_>, rows: usize) {
    let x = matrix(&clickstream(rows));
    let params = dbscan::DbscanParams { eps: 0.04, min_samples: 50 };
    bencher.bench(|| dbscan::fit(x.view(), &params, &Silent).unwrap());
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn silhouette_exact(bencher: Bencher<'_, '_>, rows: usize) {
    let x = matrix(&clickstream(rows));
    let params = KMeansParams { n_clusters: 4, n_init: 1, ..KMeansParams::default() };
    let labels = kmeans::fit(x.view(), &params, &Silent).unwrap().labels;
    bencher.bench(|| metrics::silhouette_samples(x.view(), &labels, &Silent).unwrap());
}

#[divan::bench(args = SIZES)]
fn filter_and_all_distributions(bencher: Bencher<'_, '_>, rows: usize) {
    let dataset = load(folder(DataRecipe::Personality, rows).path()).unwrap();
    let pairs = [("min.Income", "30000"), ("in.Education", "PhD"), ("in.Education", "Master")]
        .map(|(key, value)| (key.to_owned(), value.to_owned()));
    bencher.bench(|| {
        let filter = Filter::parse(&pairs, &dataset.customers, &[]).unwrap();
        let view = View { customers: &dataset.customers, rows: filter.rows(&dataset.customers, None), labels: None };
        for column in &dataset.customers.columns {
            black_box(distribution(&view, column));
        }
    });
}

#[divan::bench(args = [Method::Pearson, Method::Spearman, Method::Kendall])]
fn correlation_matrix_2240(bencher: Bencher<'_, '_>, method: Method) {
    let dataset = load(folder(DataRecipe::Personality, 2_240).path()).unwrap();
    let columns: Vec<_> = dataset.customers.numeric().collect();
    let view = View::all(&dataset.customers, None);
    bencher.bench(|| correlations(&view, &columns, method));
}

#[divan::bench(args = SIZES)]
fn density_curves(bencher: Bencher<'_, '_>, rows: usize) {
    let dataset = clickstream(rows);
    let labels: Vec<i32> = (0..dataset.customers.len()).map(|row| (row % 4) as i32).collect();
    let view = View::all(&dataset.customers, Some(&labels));
    let column = dataset.customers.column("monto_compras").unwrap();
    bencher.bench(|| densities_by_segment(&view, column));
}
