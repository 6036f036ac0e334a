//! Single pieces of the engine's work on a bare matrix, so that benchmarks can time them beside other programs.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use ndarray::{Array2, ArrayView2, ShapeBuilder};
use serde::Serialize;

use super::SegmentError;
use super::fit::K_RANGE;
use super::trust::stability;
use crate::cluster::dbscan::{self, DbscanParams};
use crate::cluster::hierarchical::{self, HierarchicalParams};
use crate::cluster::kmeans::{self, KMeansParams};
use crate::cluster::metrics;
use crate::cluster::mixture::{self, MixtureParams};
use crate::cluster::select_k::sweep;
use crate::cluster::{NOISE, Progress};
use crate::segment::Algorithm;

/// A piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// K-Means with restarts.
    Kmeans,
    /// K-Means for 2 to 12 clusters with silhouettes of all rows, Calinski-Harabasz and Davies-Bouldin.
    Sweep,
    /// DBSCAN.
    Dbscan,
    /// Silhouettes of all rows, by the labels `row % k`.
    Silhouette,
    /// Ward's hierarchy.
    Ward,
    /// Gaussian mixture of full covariances.
    Mixture,
    /// K-Means once, then the stability of its clusters in 100 resamples.
    Stability,
}

/// Its parameters; a piece of work reads those it has.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Clusters.
    pub k: usize,
    /// Restarts.
    pub n_init: usize,
    /// DBSCAN's radius.
    pub eps: f64,
    /// DBSCAN's neighbours.
    pub min_samples: usize,
    /// Seed.
    pub seed: u64,
}

/// What came out, to compare quality.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Measured {
    /// Rows of each cluster, the largest first.
    pub sizes: Vec<usize>,
    /// Rows in none.
    pub noise: usize,
    /// Inertia, silhouette, mean log-likelihood or stability, whichever the work is about.
    pub quality: Vec<f64>,
}

/// Reads little-endian 64-bit floats, row after row, into a matrix stored by columns.
///
/// # Errors
/// When the file cannot be read or does not hold whole rows.
pub fn read_matrix(file: &Path, columns: usize) -> std::io::Result<Array2<f64>> {
    let size = usize::try_from(std::fs::metadata(file)?.len()).map_err(std::io::Error::other)?;
    if columns == 0 || size % (8 * columns) != 0 {
        return Err(std::io::Error::other(format!("holds no whole rows of {columns} numbers of 8 bytes")));
    }
    let rows = size / (8 * columns);
    let mut cells = vec![0.0; rows * columns];
    let mut input = BufReader::new(File::open(file)?);
    let mut number = [0; 8];
    for row in 0..rows {
        for column in 0..columns {
            input.read_exact(&mut number)?;
            cells[column * rows + row] = f64::from_le_bytes(number);
        }
    }
    Array2::from_shape_vec((rows, columns).f(), cells).map_err(std::io::Error::other)
}

/// Does the work.
///
/// # Errors
/// [`SegmentError::Cluster`] when the parameters do not fit the matrix or the observer cancels.
pub fn measure(
    work: Work,
    x: ArrayView2<'_, f64>,
    settings: &Settings,
    observer: &dyn Progress,
) -> Result<Measured, SegmentError> {
    let Settings { k, n_init, eps, min_samples, seed } = *settings;
    let params = KMeansParams { n_clusters: k, n_init, seed, ..KMeansParams::default() };
    let of = |labels: &[i32], quality: Vec<f64>| Measured {
        sizes: super::algorithms::sizes(labels),
        noise: labels.iter().filter(|label| **label == NOISE).count(),
        quality,
    };
    Ok(match work {
        Work::Kmeans => {
            let found = kmeans::fit(x, &params, observer)?;
            of(&found.labels, vec![found.inertia])
        }
        Work::Sweep => {
            let swept = sweep(x, K_RANGE, &params, usize::MAX, observer)?;
            Measured { quality: swept.iter().map(|(score, _)| score.inertia).collect(), ..Measured::default() }
        }
        Work::Dbscan => of(&dbscan::fit(x, &DbscanParams { eps, min_samples }, observer)?.labels, Vec::new()),
        Work::Silhouette => {
            let labels: Vec<i32> = (0..x.nrows()).map(|row| (row % k.max(1)) as i32).collect();
            let score = metrics::silhouette_score(x, &labels, usize::MAX, seed, observer)?.score;
            Measured { quality: vec![score], ..Measured::default() }
        }
        Work::Ward => {
            let params = HierarchicalParams { n_clusters: k, row_limit: usize::MAX, seed, ..Default::default() };
            of(&hierarchical::fit(x, &params, observer)?.labels, Vec::new())
        }
        Work::Mixture => {
            // scikit-learn's tolerance and bound, so that both stop by the same rule.
            let params =
                MixtureParams { n_components: k, n_init, seed, tol: 1e-3, max_iter: 100, ..Default::default() };
            let found = mixture::fit(x, &params, observer)?;
            of(&found.labels, vec![found.mean_log_likelihood])
        }
        Work::Stability => {
            let found = kmeans::fit(x, &params, observer)?;
            let algorithm = Algorithm::Kmeans { n_clusters: Some(k), n_init };
            of(&found.labels, stability(x, &found.labels, &algorithm, seed, observer)?)
        }
    })
}
