//! Where the iterations start.

use super::estimate::Problem;
use super::{Mixture, MixtureParams};
use crate::cluster::columns::{BLOCK, Columns};
use crate::cluster::kmeans::{self, KMeansParams};
use crate::cluster::lloyd::{assign, count};
use crate::cluster::{ClusterError, NOISE, Observer};
use ndarray::{Array2, ArrayView2, Axis};
use rand::distributions::{Distribution, WeightedIndex};
use rand::seq::index;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

/// Rows that seeds are drawn from and that the first estimate is made of.
const SAMPLE: usize = 20_000;

/// Restarts of the K-Means that the first restart starts from.
const K_MEANS_RESTARTS: usize = 3;

/// The mixture that a restart begins with.
pub(super) fn start(
    problem: &Problem,
    params: &MixtureParams,
    restart: usize,
    observer: &dyn Observer,
) -> Result<Mixture, ClusterError> {
    // Multiplied, so that the restarts of neighbouring seeds are not the same ones.
    let mut rng = Xoshiro256Plus::seed_from_u64(params.seed ^ (restart as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let x = problem.x;
    if x.nrows() <= SAMPLE {
        let (labels, means) = partition(x, params, restart, &mut rng, observer)?;
        return problem.hard_estimate(&labels, &means, observer);
    }
    let mut rows = index::sample(&mut rng, x.nrows(), SAMPLE).into_vec();
    rows.sort_unstable();
    let sample = x.select(Axis(0), &rows);
    let (labels, means) = partition(sample.view(), params, restart, &mut rng, observer)?;
    let part = Problem::new(sample.view(), problem.covariance, problem.reg_covar, observer)?;
    part.hard_estimate(&labels, &means, observer)
}

fn partition(
    x: ArrayView2<f64>,
    params: &MixtureParams,
    restart: usize,
    rng: &mut Xoshiro256Plus,
    observer: &dyn Observer,
) -> Result<(Vec<i32>, Vec<Vec<f64>>), ClusterError> {
    let k = params.n_components;
    let columns = Columns::new(x);
    if restart == 0 {
        let params =
            KMeansParams { n_clusters: k, n_init: K_MEANS_RESTARTS, seed: params.seed, ..KMeansParams::default() };
        match kmeans::fit(x, &params, observer) {
            Ok(fitted) => return Ok((fitted.labels, rows_of(&fitted.centroids))),
            // A sample can have fewer distinct rows than there are.
            Err(ClusterError::TooFewDistinctRows { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let seeds = spread_seeds(&columns, k, rng, observer)?;
    let mut labels = vec![NOISE; x.nrows()];
    let mut distances = vec![0.0; x.nrows()];
    assign(&columns, &seeds, &mut labels, &mut distances);
    let counts = count(&labels, k);
    let mut sums = vec![0.0; seeds.len()];
    columns.sums_by_label(&labels, &mut sums);
    let means =
        sums.chunks_exact(x.ncols()).zip(seeds.chunks_exact(x.ncols())).zip(&counts).map(|((sum, seed), &count)| {
            // Without rows of its own a component starts at its seed.
            if count > 0 { sum.iter().map(|sum| sum / count as f64).collect() } else { seed.to_vec() }
        });
    let means = means.collect();
    Ok((labels, means))
}

fn rows_of(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}

/// k-means++ seeds (Arthur and Vassilvitskii, 2007), one after the other: a row is the likelier the farther it is from all
/// seeds before.
fn spread_seeds(
    columns: &Columns,
    k: usize,
    rng: &mut Xoshiro256Plus,
    observer: &dyn Observer,
) -> Result<Vec<f64>, ClusterError> {
    let (rows, features) = (columns.rows(), columns.features());
    let mut seeds = vec![0.0; k * features];
    let mut nearest = vec![f64::INFINITY; rows];
    let mut candidate = [0.0; BLOCK];
    for (index, seed) in seeds.chunks_exact_mut(features).enumerate() {
        if observer.is_cancelled() {
            return Err(ClusterError::Cancelled);
        }
        // No row is away from a seed once every distinct row is one.
        let far = if index > 0 { WeightedIndex::new(&nearest).ok() } else { None };
        let row = match far {
            Some(weights) => weights.sample(rng),
            None => rng.gen_range(0..rows),
        };
        columns.row_into(row, seed);
        for (block, nearest) in nearest.chunks_mut(BLOCK).enumerate() {
            columns.squared_distances(block * BLOCK..block * BLOCK + nearest.len(), seed, &mut candidate);
            for (nearest, found) in nearest.iter_mut().zip(&candidate) {
                *nearest = nearest.min(*found);
            }
        }
    }
    Ok(seeds)
}
