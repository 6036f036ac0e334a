//! Scores of a clustering. Rows with a negative label are noise and take no part in any score.

use super::groups::{check_score, groups};
use super::{ClusterError, check_labels, check_matrix};
use ndarray::ArrayView2;

pub use super::agreement::{adjusted_mutual_info_score, adjusted_rand_score};
pub use super::silhouette::{Silhouette, silhouette_samples, silhouette_score};

/// A cluster's mean with the distances of its rows to it.
struct Cluster {
    rows: usize,
    centroid: Vec<f64>,
    squared_distances: f64,
    distances: f64,
}

fn mean_of(x: ArrayView2<f64>, rows: &[usize]) -> Vec<f64> {
    let mut mean = vec![0.0; x.ncols()];
    for &row in rows {
        mean.iter_mut().zip(x.row(row)).for_each(|(sum, value)| *sum += value);
    }
    for sum in &mut mean {
        *sum /= rows.len() as f64;
    }
    mean
}

fn squared_distance<'a>(a: impl IntoIterator<Item = &'a f64>, b: &[f64]) -> f64 {
    a.into_iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn describe(x: ArrayView2<f64>, rows: &[usize]) -> Cluster {
    let centroid = mean_of(x, rows);
    let (mut squared_distances, mut distances) = (0.0, 0.0);
    for &row in rows {
        let squared = squared_distance(x.row(row), &centroid);
        squared_distances += squared;
        distances += squared.sqrt();
    }
    Cluster { rows: rows.len(), centroid, squared_distances, distances }
}

/// Sum of squared distances of the rows to the mean of their cluster (`sklearn.cluster.KMeans.inertia_` once converged).
/// From 0 upward; 0 when all is noise.
///
/// # Errors
///
/// When labels and rows differ in number or a cell is not finite.
pub fn inertia(x: ArrayView2<f64>, labels: &[i32]) -> Result<f64, ClusterError> {
    check_labels(x.nrows(), labels)?;
    check_matrix(x)?;
    Ok(groups(labels).iter().map(|rows| describe(x, rows).squared_distances).sum())
}

fn scored_clusters(x: ArrayView2<f64>, labels: &[i32]) -> Result<(Vec<Vec<usize>>, Vec<Cluster>), ClusterError> {
    check_labels(x.nrows(), labels)?;
    check_matrix(x)?;
    let groups = groups(labels);
    check_score(&groups)?;
    let clusters = groups.iter().map(|rows| describe(x, rows)).collect();
    Ok((groups, clusters))
}

/// The index of Davies and Bouldin (1979), the mean over clusters of the worst ratio of spread to separation
/// (`sklearn.metrics.davies_bouldin_score`). From 0 upward, lower is better.
///
/// # Errors
///
/// When labels and rows differ in number, a cell is not finite, or there are not between 2 and `rows - 1` clusters.
pub fn davies_bouldin_score(x: ArrayView2<f64>, labels: &[i32]) -> Result<f64, ClusterError> {
    let (_, clusters) = scored_clusters(x, labels)?;
    let spread = |cluster: &Cluster| cluster.distances / cluster.rows as f64;
    let worst = clusters.iter().enumerate().map(|(i, a)| {
        let others = clusters.iter().enumerate().filter(|(j, _)| *j != i);
        others
            .map(|(_, b)| {
                let separation = squared_distance(&a.centroid, &b.centroid).sqrt();
                // scikit-learn leaves pairs of coinciding centroids out.
                if separation > 0.0 { (spread(a) + spread(b)) / separation } else { 0.0 }
            })
            .fold(0.0, f64::max)
    });
    Ok(worst.sum::<f64>() / clusters.len() as f64)
}

/// The variance ratio of Calinski and Harabasz (1974), dispersion between clusters over that within
/// (`sklearn.metrics.calinski_harabasz_score`). From 0 upward, higher is better; 1 when there is none within.
///
/// # Errors
///
/// When labels and rows differ in number, a cell is not finite, or there are not between 2 and `rows - 1` clusters.
pub fn calinski_harabasz_score(x: ArrayView2<f64>, labels: &[i32]) -> Result<f64, ClusterError> {
    let (groups, clusters) = scored_clusters(x, labels)?;
    let rows = groups.concat();
    let overall = mean_of(x, &rows);
    let between: f64 =
        clusters.iter().map(|cluster| cluster.rows as f64 * squared_distance(&cluster.centroid, &overall)).sum();
    let within: f64 = clusters.iter().map(|cluster| cluster.squared_distances).sum();
    let (n, k) = (rows.len() as f64, clusters.len() as f64);
    Ok(if within > 0.0 { between * (n - k) / (within * (k - 1.0)) } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::super::NOISE;
    use super::super::test_points::points;
    use super::*;
    use ndarray::{Array2, array};

    const LABELS: [i32; 10] = [0, 0, 0, 0, 1, 1, 1, 2, 2, 1];

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-13 * expected.abs().max(1.0), "{found} is not {expected}");
    }

    /// `davies_bouldin_score(x, labels), calinski_harabasz_score(x, labels)`, scikit-learn 1.9.1.
    #[test]
    fn agrees_with_scikit_learn() {
        let x = points();
        close(davies_bouldin_score(x.view(), &LABELS).unwrap(), 0.318_583_060_638_326_03);
        close(calinski_harabasz_score(x.view(), &LABELS).unwrap(), 48.562_5);
        close(inertia(x.view(), &LABELS).unwrap(), 12.0);
        let four = [0, 0, 0, 0, 1, 1, 1, 2, 2, 3];
        close(davies_bouldin_score(x.view(), &four).unwrap(), 0.192_725_475_134_765_73);
        close(calinski_harabasz_score(x.view(), &four).unwrap(), 91.130_434_782_608_7);
    }

    #[test]
    fn noise_takes_no_part() {
        let with = [0, 0, 0, 0, 1, 1, 1, NOISE, NOISE, NOISE];
        let x = points();
        let rest = x.slice_axis(ndarray::Axis(0), ndarray::Slice::from(..7));
        for score in [davies_bouldin_score, calinski_harabasz_score, inertia] {
            assert_eq!(score(x.view(), &with), score(rest, &with[..7]));
        }
        assert_eq!(inertia(x.view(), &[NOISE; 10]), Ok(0.0));
    }

    #[test]
    fn rejects_what_has_no_score() {
        let each_its_own: Vec<i32> = (0..10).collect();
        for score in [davies_bouldin_score, calinski_harabasz_score] {
            for labels in [&[0; 10][..], &[NOISE; 10], &each_its_own] {
                assert!(matches!(score(points().view(), labels), Err(ClusterError::ScoreUndefined { .. })));
            }
            assert!(matches!(score(points().view(), &[0]), Err(ClusterError::WrongLabelCount { .. })));
            assert!(matches!(
                score(array![[1.0], [2.0], [f64::NAN]].view(), &[0, 0, 1]),
                Err(ClusterError::NotFinite { .. })
            ));
        }
    }

    #[test]
    fn coinciding_rows_have_the_scores_of_scikit_learn() {
        let x = Array2::ones((4, 2));
        assert_eq!(davies_bouldin_score(x.view(), &[0, 0, 1, 1]), Ok(0.0));
        assert_eq!(calinski_harabasz_score(x.view(), &[0, 0, 1, 1]), Ok(1.0));
    }
}
