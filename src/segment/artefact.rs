//! The model artefact: everything needed to use a fit again, as versioned JSON.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

use super::{Algorithm, Recipe, SegmentError};
use crate::cluster::metrics::Silhouette;
use crate::cluster::scale::FittedScale;
use crate::cluster::transform::FittedTransform;
use crate::cluster::{ClusterError, NOISE, Silent, dbscan, kmeans};
use crate::dataset::Dataset;

/// Version of the artefact's form. Older forms are read, newer ones are set aside.
pub const SCHEMA_VERSION: u32 = 1;

/// A fitted model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Version of this form.
    pub schema_version: u32,
    /// Name, unique within the data set.
    pub name: String,
    /// Data set it was fitted to.
    pub dataset: String,
    /// Fingerprint of the data it was fitted to.
    pub data_fingerprint: String,
    /// Moment of the fit, seconds since 1970-01-01 UTC.
    pub trained_at: u64,
    /// How long the fit took, in seconds.
    pub seconds: f64,
    /// What was fitted.
    pub recipe: Recipe,
    /// Median of each feature, used where a value is unknown.
    pub medians: Vec<f64>,
    /// Transform with its fitted parameters.
    pub transform: FittedTransform,
    /// Scaling with its fitted parameters.
    pub scale: FittedScale,
    /// The fitted algorithm.
    pub estimator: Estimator,
    /// Quality of the fit.
    pub scores: Scores,
    /// The segments by cluster; undecided, where there is one, last.
    pub segments: Vec<Segment>,
    /// Cluster of every customer the model was fitted to, in the order of the data; -1 is undecided.
    pub labels: Vec<i32>,
}

/// The fitted state of an algorithm, in scaled space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Estimator {
    /// Nearest centroid.
    Kmeans {
        /// A row a cluster.
        centroids: Vec<Vec<f64>>,
    },
    /// Nearest core sample within `eps`.
    Dbscan {
        /// Radius.
        eps: f64,
        /// A row a core sample.
        core_samples: Vec<Vec<f64>>,
        /// Their clusters.
        core_labels: Vec<i32>,
    },
}

/// Quality of a fit. Scores that are undefined (one cluster) are `None`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Scores {
    /// Sum of squared distances to the centroids (K-Means).
    pub inertia: Option<f64>,
    /// Mean silhouette of the decided customers, -1 to 1.
    pub silhouette: Option<f64>,
    /// Mean silhouette by cluster.
    pub silhouette_per_cluster: Vec<f64>,
    /// Customers the silhouette was computed from.
    pub silhouette_samples: usize,
    /// Davies-Bouldin score, lower is better.
    pub davies_bouldin: Option<f64>,
    /// Calinski-Harabasz score, higher is better.
    pub calinski_harabasz: Option<f64>,
    /// Customers without a segment.
    pub undecided: usize,
    /// Customers with an unknown feature, placed by the medians.
    pub imputed: usize,
    /// Inertia of each restart (K-Means).
    pub restart_inertias: Vec<f64>,
}

impl Scores {
    /// Takes over a computed silhouette.
    pub(super) fn set_silhouette(&mut self, silhouette: Silhouette) {
        self.silhouette = Some(silhouette.score).filter(|score| score.is_finite());
        self.silhouette_per_cluster = silhouette.per_cluster;
        self.silhouette_samples = silhouette.samples_used;
    }
}

/// A named group of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Segment {
    /// The algorithm's number; -1 is undecided.
    pub cluster: i32,
    /// Name for people.
    pub name: String,
    /// One or two sentences for people.
    pub description: String,
    /// Position in the palette; -1 is the grey of undecided.
    pub colour: i32,
    /// Customers at the time of the fit.
    pub size: usize,
    /// Whether a person gave the name.
    #[serde(default)]
    pub name_edited: bool,
    /// Whether a person gave the description.
    #[serde(default)]
    pub description_edited: bool,
    /// Distance within which 99 % of its customers lie (to the centroid or nearest core sample);
    /// `None` for undecided.
    pub usual_distance: Option<f64>,
}

impl Model {
    /// The segment of a cluster.
    #[must_use]
    pub fn segment(&self, cluster: i32) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.cluster == cluster)
    }

    /// Clusters in the order of the segments, undecided last.
    #[must_use]
    pub fn clusters(&self) -> Vec<i32> {
        self.segments.iter().map(|segment| segment.cluster).collect()
    }

    /// Number of clusters without undecided.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.segments.iter().filter(|segment| segment.cluster != NOISE).count()
    }

    /// The name of a cluster's segment.
    #[must_use]
    pub fn segment_name(&self, cluster: i32) -> &str {
        self.segment(cluster).map_or("Undecided", |segment| segment.name.as_str())
    }

    /// Features of all customers of a data set, one row a customer; unknown values are NaN.
    ///
    /// # Errors
    /// [`SegmentError::MissingColumn`].
    pub fn features_of(&self, dataset: &Dataset) -> Result<Array2<f64>, SegmentError> {
        features_of(dataset, &self.recipe.features, &self.name)
    }

    /// Features in scaled space, unknown ones by their medians; also how many rows had an unknown one.
    ///
    /// # Errors
    /// [`SegmentError::Cluster`] when a value is outside what the transform can take.
    pub fn scaled(&self, mut features: Array2<f64>) -> Result<(Array2<f64>, usize), SegmentError> {
        let imputed = impute(&mut features, &self.medians);
        let named = |error| name_feature(&self.recipe.features, error);
        self.transform.apply(&mut features).map_err(named)?;
        self.scale.apply(&mut features).map_err(named)?;
        Ok((features, imputed))
    }

    /// Cluster and distance (to the centroid or nearest core sample) of a scaled row; a distance of
    /// infinity goes with undecided.
    #[must_use]
    pub fn assign(&self, row: ArrayView1<'_, f64>) -> (i32, f64) {
        let row: Vec<f64> = row.to_vec();
        match &self.estimator {
            Estimator::Kmeans { centroids } => {
                let distances = kmeans::distances(to_array(centroids, row.len()).view(), &row);
                distances
                    .iter()
                    .enumerate()
                    .min_by(|a, b| a.1.total_cmp(b.1))
                    .map_or((NOISE, f64::INFINITY), |(cluster, distance)| (cluster as i32, *distance))
            }
            Estimator::Dbscan { eps, core_samples, core_labels } => {
                let cores = to_array(core_samples, row.len());
                dbscan::predict(cores.view(), core_labels, *eps, &row).unwrap_or((NOISE, f64::INFINITY))
            }
        }
    }

    /// Clusters of many scaled rows.
    ///
    /// # Errors
    /// [`SegmentError::Cluster`] when a value is not finite or too large to square.
    pub fn assign_all(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<i32>, SegmentError> {
        match &self.estimator {
            Estimator::Kmeans { centroids } => Ok(kmeans::predict(to_array(centroids, rows.ncols()).view(), rows)),
            Estimator::Dbscan { eps, core_samples, core_labels } => {
                let cores = to_array(core_samples, rows.ncols());
                let placed = dbscan::predict_batch(cores.view(), core_labels, *eps, rows, &Silent)?;
                Ok(placed.into_iter().map(|place| place.map_or(NOISE, |(label, _)| label)).collect())
            }
        }
    }

    /// The cluster of every customer as the data is now: the fitted labels while the data is what the
    /// model was fitted to, else predictions.
    ///
    /// # Errors
    /// As [`Model::features_of`] and [`Model::scaled`].
    pub fn labels_for(&self, dataset: &Dataset) -> Result<Vec<i32>, SegmentError> {
        if self.is_fitted_to(dataset) {
            return Ok(self.labels.clone());
        }
        let (scaled, _) = self.scaled(self.features_of(dataset)?)?;
        self.assign_all(scaled.view())
    }

    /// Whether the data is what the model was fitted to.
    #[must_use]
    pub fn is_fitted_to(&self, dataset: &Dataset) -> bool {
        self.data_fingerprint == dataset.fingerprint && self.labels.len() == dataset.customers.len()
    }

    /// Whether two models describe the same fit (name, texts and times aside).
    #[must_use]
    pub fn same_fit(&self, other: &Self) -> bool {
        self.recipe == other.recipe && self.data_fingerprint == other.data_fingerprint
    }

    /// What the recipe's parameters are after the fit, for people.
    #[must_use]
    pub fn parameters(&self) -> String {
        match &self.recipe.algorithm {
            Algorithm::Kmeans { n_init, .. } => {
                Algorithm::Kmeans { n_clusters: Some(self.n_clusters()), n_init: *n_init }.parameters()
            }
            dbscan @ Algorithm::Dbscan { .. } => dbscan.parameters(),
        }
    }
}

pub(super) fn features_of(dataset: &Dataset, features: &[String], model: &str) -> Result<Array2<f64>, SegmentError> {
    let mut matrix = Array2::zeros((dataset.customers.len(), features.len()));
    for (mut target, name) in matrix.axis_iter_mut(Axis(1)).zip(features) {
        let numbers = dataset.customers.numbers(name).ok_or_else(|| SegmentError::MissingColumn {
            model: model.to_owned(),
            column: name.clone(),
            dataset: dataset.name.clone(),
        })?;
        target.assign(&Array1::from_iter(numbers.iter().copied()));
    }
    Ok(matrix)
}

/// Names the feature of a value that the transform, the scaling or the algorithm cannot take.
pub(super) fn name_feature(features: &[String], error: ClusterError) -> SegmentError {
    match error {
        ClusterError::NotFinite { row, column } => SegmentError::Input {
            feature: features.get(column).cloned().unwrap_or_default(),
            message: format!(
                "the value in row {} is too large, or outside what the transform can take; correct it, cap it in the manifest, or choose another transform",
                row + 1
            ),
        },
        other => other.into(),
    }
}

/// Replaces NaN by the column's median; returns the number of rows that had one.
pub(super) fn impute(features: &mut Array2<f64>, medians: &[f64]) -> usize {
    let mut rows = 0;
    for mut row in features.axis_iter_mut(Axis(0)) {
        let mut unknown = false;
        for (value, median) in row.iter_mut().zip(medians) {
            if value.is_nan() {
                *value = *median;
                unknown = true;
            }
        }
        rows += usize::from(unknown);
    }
    rows
}

pub(super) fn to_array(rows: &[Vec<f64>], columns: usize) -> Array2<f64> {
    let flat: Vec<f64> = rows.iter().flatten().copied().collect();
    Array2::from_shape_vec((rows.len(), columns), flat).unwrap_or_else(|_| Array2::zeros((0, columns)))
}

pub(super) fn to_rows(array: ArrayView2<'_, f64>) -> Vec<Vec<f64>> {
    array.rows().into_iter().map(|row| row.to_vec()).collect()
}

impl Model {
    /// Whether the parts of a model read from a file fit together.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        let d = self.recipe.features.len();
        let wide = |rows: &[Vec<f64>]| rows.iter().all(|row| row.len() == d);
        let (shape_fits, highest) = match &self.estimator {
            Estimator::Kmeans { centroids } => (wide(centroids) && !centroids.is_empty(), centroids.len() as i32 - 1),
            Estimator::Dbscan { core_samples, core_labels, .. } => (
                wide(core_samples) && core_samples.len() == core_labels.len(),
                core_labels.iter().copied().max().unwrap_or(NOISE),
            ),
        };
        if d == 0 || self.medians.len() != d || self.scale.center.len() != d || self.scale.spread.len() != d {
            return Err("features and scaling differ in number".to_owned());
        }
        if !shape_fits {
            return Err("centroids or core samples differ in number from the features".to_owned());
        }
        if self.labels.iter().any(|label| *label < NOISE || *label > highest) {
            return Err("a label names no cluster".to_owned());
        }
        if self.labels.iter().any(|label| self.segment(*label).is_none()) {
            return Err("a cluster has no segment".to_owned());
        }
        Ok(())
    }
}
