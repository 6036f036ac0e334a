//! Where the iterations start.

use super::estimate::Problem;
use super::{Mixture, MixtureParams};
use crate::cluster::columns::Columns;
use crate::cluster::kmeans::{self, KMeansParams};
use crate::cluster::lloyd::{Stop, polish};
use crate::cluster::seeding::plus_plus;
use crate::cluster::{ClusterError, Progress};
use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::index;
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
    observer: &dyn Progress,
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
    observer: &dyn Progress,
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
    let seeds = plus_plus(&columns, k, rng);
    let seeds = Array2::from_shape_vec((k, x.ncols()), seeds)
        .map_err(|error| ClusterError::Library { message: error.to_string() })?;
    let found = polish(&columns, seeds, Stop { max_iter: 2, shift: 0.0, exchange: false }, observer)?;
    Ok((found.labels, rows_of(&found.centroids)))
}

fn rows_of(matrix: &Array2<f64>) -> Vec<Vec<f64>> {
    matrix.rows().into_iter().map(|row| row.to_vec()).collect()
}
