//! The model artefact: everything needed to use a fit again, as versioned JSON.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::encode::{Encoder, raw_features};
use super::estimator::Estimator;
use super::scores::{Score, Scored};
use super::{Recipe, SegmentError};
use crate::cluster::metrics::Silhouette;
use crate::cluster::second_opinion::SecondOpinion;
use crate::cluster::{NOISE, Silent};
use crate::dataset::Dataset;

/// Version of the artefact's form. Older forms are read, newer ones are set aside.
///
/// 2: categories, weights, and the algorithms beside K-Means and DBSCAN.
pub const SCHEMA_VERSION: u32 = 2;

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
    /// What maps features into the space of the estimator.
    #[serde(flatten)]
    pub encoder: Encoder,
    /// The fitted algorithm.
    pub estimator: Estimator,
    /// Quality of the fit.
    pub scores: Scores,
    /// The segments by cluster; undecided, where there is one, last.
    pub segments: Vec<Segment>,
    /// Cluster of every customer the model was fitted to, in the order of the data; -1 is undecided.
    pub labels: Vec<i32>,
}

/// Quality of a fit. Scores that are undefined (one cluster) are `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Scores {
    /// Sum of squared distances of the decided customers to the mean of their cluster.
    pub inertia: Option<f64>,
    /// Mean silhouette of the decided customers, -1 to 1.
    pub silhouette: Option<f64>,
    /// Mean silhouette by cluster.
    pub silhouette_per_cluster: Vec<f64>,
    /// Customers the silhouette was computed from.
    pub silhouette_samples: usize,
    /// Standard error of the mean silhouette due to sampling; 0 when all customers were measured.
    #[serde(default)]
    pub silhouette_error: f64,
    /// Davies-Bouldin score, lower is better.
    pub davies_bouldin: Option<f64>,
    /// Calinski-Harabasz score, higher is better.
    pub calinski_harabasz: Option<f64>,
    /// Customers without a segment.
    pub undecided: usize,
    /// Customers with an unknown feature, placed by the medians.
    pub imputed: usize,
    /// Inertia of each restart (K-Means), or its mean log-likelihood (Gaussian mixture).
    pub restart_inertias: Vec<f64>,
    /// Bayesian information criterion (Gaussian mixture), lower is better.
    #[serde(default)]
    pub bic: Option<f64>,
    /// Akaike information criterion (Gaussian mixture), lower is better.
    #[serde(default)]
    pub aic: Option<f64>,
    /// Stability by cluster: mean Jaccard similarity to itself in resamples, 0 to 1; empty where it was not measured.
    #[serde(default)]
    pub stability: Vec<f64>,
    /// What was approximated, in words.
    #[serde(default)]
    pub note: Option<String>,
    /// What another library finds; where it was not asked, nothing.
    #[serde(default)]
    pub second_opinion: Option<SecondOpinion>,
}

impl Scored for Scores {
    fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::Silhouette => self.silhouette,
            Score::Stability => self.stability.iter().copied().min_by(f64::total_cmp),
            Score::DaviesBouldin => self.davies_bouldin,
            Score::CalinskiHarabasz => self.calinski_harabasz,
            Score::Inertia => self.inertia,
            Score::Bic => self.bic,
            Score::Aic => self.aic,
            Score::Gap => None,
        }
    }
}

impl Scores {
    /// Takes over a computed silhouette.
    pub(super) fn set_silhouette(&mut self, silhouette: Silhouette) {
        self.silhouette = Some(silhouette.score).filter(|score| score.is_finite());
        self.silhouette_per_cluster = silhouette.per_cluster;
        self.silhouette_samples = silhouette.samples_used;
        self.silhouette_error = silhouette.standard_error;
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
    /// Distance within which 99 % of its customers lie (to what they are compared with); `None` for
    /// undecided and where the algorithm itself leaves far customers undecided.
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

    /// Raw features of all customers of a data set, one row a customer; unknown values are NaN.
    ///
    /// # Errors
    /// [`SegmentError::MissingColumn`].
    pub fn features_of(&self, dataset: &Dataset) -> Result<Array2<f64>, SegmentError> {
        raw_features(dataset, &self.recipe, &self.encoder.levels, &self.name)
    }

    /// Raw features in the space of the estimator; also how many rows had an unknown one.
    ///
    /// # Errors
    /// [`SegmentError::Input`] when a value is outside what the transform can take.
    pub fn scaled(&self, features: ArrayView2<'_, f64>) -> Result<(Array2<f64>, usize), SegmentError> {
        self.encoder.apply(&self.recipe, features)
    }

    /// Clusters of many scaled rows.
    ///
    /// # Errors
    /// [`SegmentError::Cluster`] when a value is not finite or too large to square.
    pub fn assign_all(&self, rows: ArrayView2<'_, f64>) -> Result<Vec<i32>, SegmentError> {
        self.estimator.predict(rows, &Silent)
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
        let (scaled, _) = self.scaled(self.features_of(dataset)?.view())?;
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
        self.recipe.algorithm.with_n_clusters(self.n_clusters()).parameters()
    }

    /// Mean Jaccard similarity of a cluster to itself in resamples, where it was measured.
    #[must_use]
    pub fn stability(&self, cluster: i32) -> Option<f64> {
        usize::try_from(cluster).ok().and_then(|cluster| self.scores.stability.get(cluster)).copied()
    }
}

impl Model {
    /// Whether the parts of a model read from a file fit together.
    ///
    /// # Errors
    /// What does not fit, in words.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.recipe.features.is_empty() || !self.encoder.fits(&self.recipe) {
            return Err("features and scaling differ in number".to_owned());
        }
        let highest = self.estimator.check(self.encoder.width(&self.recipe))?;
        if self.labels.iter().any(|label| *label < NOISE || *label > highest) {
            return Err("a label names no cluster".to_owned());
        }
        if self.labels.iter().any(|label| self.segment(*label).is_none()) {
            return Err("a cluster has no segment".to_owned());
        }
        Ok(())
    }
}
