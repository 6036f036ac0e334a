//! The second half of K-Means: single-row moves after Hartigan.

use super::columns::Columns;
use super::label_of;

/// A move must gain more than rounding can.
const GAIN: f64 = 1e-10;

/// Moves single rows to another cluster while that lowers the inertia, counting that both centroids move along (Hartigan,
/// 1975). Where Lloyd's iterations end, such moves often remain; where these end, no Lloyd iteration changes anything.
///
/// `centroids` are the means of `labels`, one after the other, and follow the moves; `counts`, the summed weights of the rows
/// of each label, too. At most `passes` over all rows. Returns the number of moves.
pub(super) fn exchange(
    columns: &Columns,
    labels: &mut [i32],
    counts: &mut [f64],
    centroids: &mut [f64],
    passes: usize,
) -> usize {
    let features = columns.features();
    let mut point = vec![0.0; features];
    let mut moves = 0;
    for _ in 0..passes {
        let before = moves;
        for (row, label) in labels.iter_mut().enumerate() {
            let from = *label as usize;
            let weight = columns.weight(row);
            // What is left of a cluster that would lose its last row is rounding.
            let Some(&size) = counts.get(from).filter(|&&size| size - weight > 1e-9 * size) else {
                continue;
            };
            columns.row_into(row, &mut point);
            let squared = |cluster: usize| {
                let centroid = &centroids[cluster * features..(cluster + 1) * features];
                centroid.iter().zip(&point).map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
            };
            let saved = squared(from) * size / (size - weight);
            let (mut to, mut cost) = (from, saved * (1.0 - GAIN));
            for (cluster, &size) in counts.iter().enumerate().filter(|(cluster, _)| *cluster != from) {
                let added = squared(cluster) * size / (size + weight);
                if added < cost {
                    (to, cost) = (cluster, added);
                }
            }
            if to == from {
                continue;
            }
            counts[from] -= weight;
            counts[to] += weight;
            let (left, joined) = (weight / counts[from], weight / counts[to]);
            for (feature, value) in point.iter().enumerate() {
                let (old, new) = (from * features + feature, to * features + feature);
                centroids[old] -= (value - centroids[old]) * left;
                centroids[new] += (value - centroids[new]) * joined;
            }
            *label = label_of(to);
            moves += 1;
        }
        if moves == before {
            break;
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_move_that_lloyd_does_not_see() {
        // Row 3 is nearer to its own mean, 1.75, than to 6, yet the second cluster gains by taking it.
        let x = array![[0.0], [0.0], [3.2], [3.8], [6.0]];
        let columns = Columns::new(x.view());
        let mut labels = [0, 0, 0, 0, 1];
        let (mut counts, mut centroids) = ([4.0, 1.0], [1.75, 6.0]);
        assert_eq!(exchange(&columns, &mut labels, &mut counts, &mut centroids, 10), 2);
        assert_eq!((labels, counts), ([0, 0, 1, 1, 1], [2.0, 3.0]));
        assert!(centroids[0].abs() < 1e-12 && (centroids[1] - 13.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_cluster_is_never_emptied() {
        let x = array![[0.0], [0.1]];
        let columns = Columns::new(x.view());
        let mut labels = [0, 1];
        assert_eq!(exchange(&columns, &mut labels, &mut [1.0, 1.0], &mut [0.0, 0.1], 10), 0);
    }
}
