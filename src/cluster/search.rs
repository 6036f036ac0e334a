//! The search for the best K-Means solution: restarts, swaps, and on many rows a sample first.

use super::columns::Columns;
use super::kmeans_params::KMeansParams;
use super::lloyd::{Polished, Stop, polish};
use super::seeding::{coreset, plus_plus};
use super::{ClusterError, Progress};
use ndarray::Array2;
use rand::distributions::{Distribution, WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of the weighted sample that many rows are searched by; twice as many are still searched themselves.
pub(super) const SAMPLE_ROWS: usize = 16_384;

/// Swaps tried in parallel before the best is kept; fixed, so that the number of threads does not matter.
const SWAPS_AT_ONCE: usize = 8;

/// Iterations a swap of many rows gets to show that it is worth polishing to the end.
const SWAP_ITERATIONS: usize = 5;

/// Swapping ends when this many rounds in a row gained nothing.
const FUTILE_ROUNDS: usize = 5;

/// The same on more rows than are cheap to swap to the end.
const FUTILE_ROUNDS_OF_MANY: usize = 2;

/// Solutions of the sample that are refined on all rows, when their inertia is within [`CLOSE`] of the best.
const REFINED: usize = 6;

/// How close, relative to the best, a solution of the sample must be to deserve refining: more than sampling can hide.
const CLOSE: f64 = 0.02;

/// Iterations on all rows after which only the best of them goes on.
const REFINING_ITERATIONS: usize = 4;

/// Share of the tolerance at which iterations on all rows end: they start close to their end and would stop at once.
const FINE: f64 = 0.1;

/// The best solution found.
pub(super) struct Found {
    pub(super) best: Polished,
    /// Inertia each restart ended with, in order; that of the sample's estimates where there was one.
    pub(super) restart_inertias: Vec<f64>,
}

/// Runs the restarts of `params`, improves the best by swaps, and refines the best few on all rows.
pub(super) fn search(all: &Columns, params: &KMeansParams, observer: &dyn Progress) -> Result<Found, ClusterError> {
    if all.rows() <= 2 * SAMPLE_ROWS {
        let stop = Stop { max_iter: params.max_iter, shift: 0.0, exchange: true };
        let restarts = restarts(all, params, stop, observer)?;
        let restart_inertias = restarts.iter().map(|found| found.inertia).collect();
        let best = swap(all, best_of(restarts)?, params, params.n_init, stop, observer)?;
        return Ok(Found { best, restart_inertias });
    }
    let sample = coreset(all, SAMPLE_ROWS, &mut Xoshiro256Plus::seed_from_u64(params.seed));
    let shift = params.tol * all.mean_variance();
    let stop = Stop { max_iter: params.max_iter, shift, exchange: false };
    let restarts = restarts(&sample, params, stop, observer)?;
    let restart_inertias = restarts.iter().map(|found| found.inertia).collect();
    let best = swap(&sample, best_of(restarts.clone())?, params, params.n_init.div_ceil(2), stop, observer)?;

    let trial = Stop { max_iter: REFINING_ITERATIONS, ..stop };
    // Only centroids are kept of each: labels and distances of all rows are what memory goes to.
    let mut leader: Option<(f64, Array2<f64>)> = None;
    for start in deserving(best, restarts) {
        let refined = polish(all, start.centroids, trial, observer)?;
        if leader.as_ref().is_none_or(|(inertia, _)| refined.inertia < *inertia) {
            leader = Some((refined.inertia, refined.centroids));
        }
    }
    let (_, centroids) = leader.ok_or(ClusterError::Empty)?;
    let fine = Stop { shift: shift * FINE, ..stop };
    let best = polish(all, centroids, fine, observer)?;
    Ok(Found { best, restart_inertias })
}

fn restarts(
    columns: &Columns,
    params: &KMeansParams,
    stop: Stop,
    observer: &dyn Progress,
) -> Result<Vec<Polished>, ClusterError> {
    let done = AtomicUsize::new(0);
    (0..params.n_init)
        .into_par_iter()
        .map(|restart| {
            if observer.is_cancelled() {
                return Err(ClusterError::Cancelled);
            }
            let mut rng = Xoshiro256Plus::seed_from_u64(params.seed.wrapping_add(restart as u64));
            let seeds = plus_plus(columns, params.n_clusters, &mut rng);
            let seeds = Array2::from_shape_vec((params.n_clusters, columns.features()), seeds)
                .map_err(|error| ClusterError::Library { message: error.to_string() })?;
            let found = polish(columns, seeds, stop, observer)?;
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            let message = format!("restart {done} of {}: inertia {:.6}", params.n_init, found.inertia);
            observer.progress(done as f64 / params.n_init as f64, &message);
            Ok(found)
        })
        .collect()
}

/// The first of the solutions of least inertia.
fn best_of(found: Vec<Polished>) -> Result<Polished, ClusterError> {
    // `min_by` keeps the first of equal minima.
    found.into_iter().min_by(|a, b| a.inertia.total_cmp(&b.inertia)).ok_or(ClusterError::Empty)
}

/// The best solution, then the restarts that are about as good and not the same.
fn deserving(best: Polished, mut restarts: Vec<Polished>) -> Vec<Polished> {
    restarts.sort_by(|a, b| a.inertia.total_cmp(&b.inertia));
    let mut kept = vec![best];
    for restart in restarts {
        let differs = kept.iter().all(|known| (restart.inertia / known.inertia - 1.0).abs() > 1e-4);
        if kept.len() < REFINED && differs && restart.inertia <= kept[0].inertia * (1.0 + CLOSE) {
            kept.push(restart);
        }
    }
    kept
}

/// Random swaps after Fränti (2018): replaces a centroid by a row, likelier one that is far from its own, iterates, and keeps
/// what is better. A swap costs less than a restart and leaves optima that most restarts end in.
fn swap(
    columns: &Columns,
    mut best: Polished,
    params: &KMeansParams,
    rounds: usize,
    stop: Stop,
    observer: &dyn Progress,
) -> Result<Polished, ClusterError> {
    if params.n_clusters < 2 {
        return Ok(best);
    }
    let rng = &mut Xoshiro256Plus::seed_from_u64(!params.seed);
    // Few rows are cheap enough for every swap to be polished to its end.
    let few = columns.rows() <= SAMPLE_ROWS && stop.exchange;
    let trial = if few { stop } else { Stop { max_iter: SWAP_ITERATIONS, exchange: false, ..stop } };
    let mut futile = 0;
    for _ in 0..rounds {
        let chances = best.distances.iter().enumerate().map(|(row, distance)| distance * columns.weight(row));
        // No row is away from its centroid when there are as many clusters as distinct rows.
        let Ok(chances) = WeightedIndex::new(chances) else {
            break;
        };
        // Drawn before the parallel part, so that threads share no randomness.
        let starts: Vec<Array2<f64>> = (0..SWAPS_AT_ONCE)
            .map(|_| {
                let mut start = best.centroids.clone();
                let row = chances.sample(rng);
                if let Some(point) = start.row_mut(rng.gen_range(0..params.n_clusters)).as_slice_mut() {
                    columns.row_into(row, point);
                }
                start
            })
            .collect();
        let found = starts
            .into_par_iter()
            .map(|start| polish(columns, start, trial, observer))
            .collect::<Result<Vec<_>, _>>()?;
        let (before, found) = (best.inertia, best_of(found)?);
        if found.inertia < before {
            best = polish(columns, found.centroids, stop, observer)?;
        }
        futile = if best.inertia < before * (1.0 - 1e-9) { 0 } else { futile + 1 };
        if futile == if few { FUTILE_ROUNDS } else { FUTILE_ROUNDS_OF_MANY } {
            break;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::Silent;
    use crate::cluster::test_points::many_rows;

    #[test]
    fn a_sample_is_as_good_as_all_rows() {
        let x = many_rows(3 * SAMPLE_ROWS);
        let all = Columns::new(x.view());
        let stop = Stop { max_iter: 300, shift: 0.0, exchange: false };
        for n_clusters in [2, 5, 9, 12] {
            let params = KMeansParams { n_clusters, ..KMeansParams::default() };
            let full = best_of(restarts(&all, &params, stop, &Silent).unwrap()).unwrap();
            let found = search(&all, &params, &Silent).unwrap().best;
            assert!(found.inertia <= full.inertia * 1.0005, "{n_clusters}: {} after {}", found.inertia, full.inertia);
        }
    }
}
