//! What to fit: features, transform, scaling, algorithm and seed.

use serde::{Deserialize, Serialize};

use super::SegmentError;
use crate::cluster::scale::Scale;
use crate::cluster::transform::Transform;
use crate::dataset::{Column, Dataset};

/// Seed when nobody says otherwise.
pub const DEFAULT_SEED: u64 = 42;

/// A complete description of a fit; the same recipe on the same data gives the same model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Numeric columns, in order.
    pub features: Vec<String>,
    /// Transform of each feature.
    pub transform: Transform,
    /// Scaling of each transformed feature.
    pub scale: Scale,
    /// Algorithm with its parameters.
    pub algorithm: Algorithm,
    /// Seed of every random choice.
    pub seed: u64,
}

/// Algorithms with their parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Algorithm {
    /// K-Means.
    Kmeans {
        /// Number of clusters; `None` asks for the one most criteria agree on.
        n_clusters: Option<usize>,
        /// Restarts.
        n_init: usize,
    },
    /// DBSCAN.
    Dbscan {
        /// Neighbourhood radius in scaled units.
        eps: f64,
        /// Neighbours, itself included, that make a core sample.
        min_samples: usize,
    },
}

impl Algorithm {
    /// Names on the command line and in the API.
    pub const NAMES: [&'static str; 2] = ["kmeans", "dbscan"];

    /// Name on the command line and in the API.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Kmeans { .. } => "kmeans",
            Self::Dbscan { .. } => "dbscan",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Kmeans { .. } => "K-Means",
            Self::Dbscan { .. } => "DBSCAN",
        }
    }

    /// Parameters for people.
    #[must_use]
    pub fn parameters(&self) -> String {
        match self {
            Self::Kmeans { n_clusters: Some(k), n_init } => format!("k {k}, {n_init} restarts"),
            Self::Kmeans { n_clusters: None, n_init } => format!("k chosen, {n_init} restarts"),
            Self::Dbscan { eps, min_samples } => format!("eps {eps}, min_samples {min_samples}"),
        }
    }
}

/// What somebody asked for; silence takes the manifest's choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeRequest {
    /// Numeric columns the model looks at.
    pub features: Option<Vec<String>>,
    /// `none`, `log1p`, `box-cox` or `yeo-johnson`.
    pub transform: Option<String>,
    /// `standard`, `minmax`, `robust` or `none`.
    pub scale: Option<String>,
    /// `kmeans` or `dbscan`.
    pub algorithm: Option<String>,
    /// Number of clusters, or `auto`.
    pub k: Option<String>,
    /// Restarts of K-Means.
    pub n_init: Option<usize>,
    /// DBSCAN's neighbourhood radius in scaled units.
    pub eps: Option<f64>,
    /// DBSCAN's neighbours that make a core sample.
    pub min_samples: Option<usize>,
    /// Seed of every random choice.
    pub seed: Option<u64>,
}

impl RecipeRequest {
    /// The recipe for a data set, with the manifest's choice where the request is silent.
    ///
    /// # Errors
    /// [`SegmentError::Recipe`] with the setting and what was expected.
    pub fn resolve(&self, dataset: &Dataset) -> Result<Recipe, SegmentError> {
        let default = &dataset.manifest.segmentation;
        let features = self.features.clone().unwrap_or_else(|| default.features.clone());
        check_features(&features, dataset)?;
        let transform = match self.transform.as_deref().or(default.transform.as_deref()) {
            None => Transform::None,
            Some(text) => text.parse().map_err(|_| choice("transform", text, Transform::ALL.map(Transform::as_str)))?,
        };
        let scale = match self.scale.as_deref().or(default.scale.as_deref()) {
            None => Scale::Standard,
            Some(text) => text.parse().map_err(|_| choice("scale", text, Scale::ALL.map(Scale::as_str)))?,
        };
        let algorithm = match self.algorithm.as_deref().or(default.algorithm.as_deref()).unwrap_or("kmeans") {
            "kmeans" => self.kmeans(default.n_clusters, default.n_init)?,
            "dbscan" => self.dbscan(default.eps, default.min_samples)?,
            other => return Err(choice("algorithm", other, Algorithm::NAMES)),
        };
        let seed = self.seed.or(default.seed).unwrap_or(DEFAULT_SEED);
        Ok(Recipe { features, transform, scale, algorithm, seed })
    }

    fn kmeans(&self, default_k: Option<usize>, default_n_init: Option<usize>) -> Result<Algorithm, SegmentError> {
        let n_clusters = match self.k.as_deref().map(str::trim) {
            None | Some("") => Some(default_k.unwrap_or(4)),
            Some("auto") => None,
            Some(text) => Some(text.parse().ok().filter(|k| (1..=100).contains(k)).ok_or_else(|| {
                SegmentError::recipe("k", format!("\"{text}\" is no number of clusters; give 1 to 100 or \"auto\""))
            })?),
        };
        let n_init = self.n_init.or(default_n_init).unwrap_or(10);
        if !(1..=1000).contains(&n_init) {
            return Err(SegmentError::recipe("n_init", format!("{n_init} restarts are out of range; give 1 to 1000")));
        }
        Ok(Algorithm::Kmeans { n_clusters, n_init })
    }

    fn dbscan(&self, default_eps: Option<f64>, default_min_samples: Option<usize>) -> Result<Algorithm, SegmentError> {
        let eps = self.eps.or(default_eps).unwrap_or(0.5);
        if !(eps.is_finite() && eps > 0.0) {
            return Err(SegmentError::recipe("eps", format!("{eps} is no radius; give a number above 0")));
        }
        let min_samples = self.min_samples.or(default_min_samples).unwrap_or(5);
        if min_samples == 0 {
            return Err(SegmentError::recipe("min_samples", "give a whole number of at least 1"));
        }
        Ok(Algorithm::Dbscan { eps, min_samples })
    }
}

fn check_features(features: &[String], dataset: &Dataset) -> Result<(), SegmentError> {
    if features.is_empty() {
        return Err(SegmentError::recipe("features", "choose at least one numeric column"));
    }
    for (position, name) in features.iter().enumerate() {
        if !dataset.customers.column(name).is_some_and(Column::is_measure) {
            let known: Vec<&str> = dataset.customers.measures().map(|column| column.name.as_str()).collect();
            return Err(SegmentError::recipe(
                "features",
                format!("\"{name}\" is no numeric column; numeric columns are {}", known.join(", ")),
            ));
        }
        if features[..position].contains(name) {
            return Err(SegmentError::recipe("features", format!("\"{name}\" stands twice; name each column once")));
        }
    }
    Ok(())
}

fn choice<const N: usize>(key: &'static str, text: &str, known: [&'static str; N]) -> SegmentError {
    SegmentError::recipe(key, format!("\"{text}\" is unknown; choose one of {}", known.join(", ")))
}
