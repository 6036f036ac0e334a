//! Where K-Means starts: greedy k-means++, and samples that stand for all rows.

use super::columns::{BLOCK, Columns};
use rand::Rng;
use rand::distributions::{Distribution, WeightedIndex};
use rand_xoshiro::Xoshiro256Plus;

/// Squared distances from a point to all rows, into `out`.
fn distances_to(columns: &Columns, point: &[f64], out: &mut [f64]) {
    for (block, out) in out.chunks_mut(BLOCK).enumerate() {
        let start = block * BLOCK;
        columns.squared_distances(start..start + out.len(), point, out);
    }
}

/// `k` centroids, one after the other, by greedy k-means++ (Arthur and Vassilvitskii, 2007): each is a row drawn with
/// probability proportional to its squared distance from those before, the best of `2 + ln k` draws, as in scikit-learn.
pub(super) fn plus_plus(columns: &Columns, k: usize, rng: &mut Xoshiro256Plus) -> Vec<f64> {
    let (rows, features) = (columns.rows(), columns.features());
    let trials = 2 + (k as f64).ln() as usize;
    let mut centroids = vec![0.0; k * features];
    let mut nearest = vec![f64::INFINITY; rows];
    let mut candidate = vec![0.0; rows];
    let mut best = vec![0.0; rows];
    let mut point = vec![0.0; features];
    for cluster in 0..k {
        let weights: Vec<f64> =
            (0..rows).map(|row| columns.weight(row) * if cluster == 0 { 1.0 } else { nearest[row] }).collect();
        // All rows are centroids already when fewer differ than clusters are asked for.
        let draw = WeightedIndex::new(&weights).ok();
        let mut lowest = f64::INFINITY;
        for _ in 0..if cluster == 0 { 1 } else { trials } {
            let row = if let Some(draw) = &draw { draw.sample(rng) } else { rng.gen_range(0..rows) };
            columns.row_into(row, &mut point);
            distances_to(columns, &point, &mut candidate);
            candidate.iter_mut().zip(&nearest).for_each(|(new, known)| *new = new.min(*known));
            let potential = columns.weighted_sum(&candidate);
            if potential < lowest || lowest.is_infinite() {
                lowest = potential;
                std::mem::swap(&mut candidate, &mut best);
                centroids[cluster * features..(cluster + 1) * features].copy_from_slice(&point);
            }
        }
        std::mem::swap(&mut nearest, &mut best);
    }
    centroids
}

/// A weighted sample on which sums of squared distances estimate those of all rows: a lightweight coreset (Bachem, Lucic
/// and Krause, 2018). Three quarters of the chance of a row are uniform, the rest grows with its squared distance from the
/// mean, so that a small group far away is not missed; its weight makes up for it.
pub(super) fn coreset(columns: &Columns, size: usize, rng: &mut Xoshiro256Plus) -> Columns<'static> {
    let rows = columns.rows();
    let mut squared = vec![0.0; rows];
    distances_to(columns, &columns.mean(), &mut squared);
    let total: f64 = squared.iter().sum();
    let share = |squared: f64| {
        let far = if total > 0.0 { squared / total } else { 1.0 / rows as f64 };
        0.75 / rows as f64 + 0.25 * far
    };
    // Systematic sampling: one random start, then even steps along the summed chances.
    let mut at = rng.r#gen::<f64>() / size as f64;
    let mut reached = 0.0;
    let (mut drawn, mut weights) = (Vec::with_capacity(size), Vec::with_capacity(size));
    for (row, squared) in squared.iter().enumerate() {
        let chance = share(*squared);
        reached += chance;
        let mut times = 0;
        while reached > at && drawn.len() < size {
            times += 1;
            at += 1.0 / size as f64;
        }
        if times > 0 {
            drawn.push(row);
            weights.push(f64::from(times) / (size as f64 * chance));
        }
    }
    columns.take(&drawn).weighted(weights)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use rand::SeedableRng;

    #[test]
    fn a_coreset_keeps_sums_and_a_far_group() {
        let x = Array2::from_shape_fn((50_000, 2), |(i, j)| {
            if i % 10_000 == 7 { 500.0 } else { ((i * (j + 3)) as f64 * 0.7).sin() }
        });
        let sample = coreset(&Columns::new(x.view()), 2_000, &mut Xoshiro256Plus::seed_from_u64(1));
        // The five far rows take a quarter of the draws.
        assert!((1_500..=1_550).contains(&sample.rows()));
        let ones = vec![1.0; sample.rows()];
        assert!((sample.weighted_sum(&ones) / 50_000.0 - 1.0).abs() < 0.02);
        let mut point = [0.0; 2];
        let far = (0..sample.rows()).filter(|&row| {
            sample.row_into(row, &mut point);
            point[0] > 100.0
        });
        assert_eq!(far.count(), 5);
    }

    #[test]
    fn a_coreset_of_equal_rows_is_uniform() {
        let x = Array2::ones((1_000, 2));
        let sample = coreset(&Columns::new(x.view()), 100, &mut Xoshiro256Plus::seed_from_u64(1));
        assert_eq!(sample.rows(), 100);
        assert!((sample.weight(0) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn seeds_are_rows_and_differ() {
        let x = Array2::from_shape_fn((300, 2), |(i, j)| ((i % 3) * (3 + 2 * j)) as f64);
        let centroids = plus_plus(&Columns::new(x.view()), 3, &mut Xoshiro256Plus::seed_from_u64(5));
        let mut found: Vec<&[f64]> = centroids.chunks_exact(2).collect();
        found.sort_by(|a, b| a[0].total_cmp(&b[0]));
        assert_eq!(found, [[0.0, 0.0], [3.0, 5.0], [6.0, 10.0]]);
        // More seeds than distinct rows repeat some.
        assert_eq!(plus_plus(&Columns::new(x.view()), 5, &mut Xoshiro256Plus::seed_from_u64(5)).len(), 10);
    }
}
