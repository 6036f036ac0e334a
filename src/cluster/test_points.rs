//! Points that several tests share: ten that reference values were computed on, and as many as wanted.

use ndarray::{Array2, array};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;

/// Three groups and a point between them, 10 x 2.
pub(super) fn points() -> Array2<f64> {
    array![
        [0.0, 0.0],
        [0.0, 1.0],
        [1.0, 0.0],
        [1.0, 1.0],
        [5.0, 5.0],
        [5.0, 6.0],
        [6.0, 5.0],
        [10.0, 0.0],
        [10.0, 1.0],
        [3.0, 3.0]
    ]
}

/// Nine overlapping groups of unequal size in three dimensions, and a few rows far away.
pub(super) fn many_rows(rows: usize) -> Array2<f64> {
    let mut rng = Xoshiro256Plus::seed_from_u64(11);
    let centres = Array2::from_shape_fn((9, 3), |_| rng.gen_range(-4.0..4.0));
    Array2::from_shape_fn((rows, 3), |(i, j)| {
        let noise: f64 = (0..6).map(|_| rng.gen_range(-0.7..0.7)).sum();
        if i % 4_000 == 9 { 60.0 + noise } else { centres[((i * i) % 9, j)] + noise }
    })
}
