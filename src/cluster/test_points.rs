//! Ten points that the reference values of several tests were computed on.

use ndarray::{Array2, array};

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
