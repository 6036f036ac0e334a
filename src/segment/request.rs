//! What people ask a fit to be, and the recipe that this means for a data set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::recipe::{Algorithm, DEFAULT_SEED, MAX_LEVELS, Recipe};
use super::{SegmentError, advice};
use crate::cluster::hierarchical::Linkage;
use crate::cluster::mixture::Covariance;
use crate::cluster::scale::Scale;
use crate::cluster::transform::Transform;
use crate::dataset::manifest::Role;
use crate::dataset::{Column, Dataset};

/// What somebody asked for; silence takes the manifest's choice.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecipeRequest {
    /// Numeric columns and categories the model looks at.
    pub features: Option<Vec<String>>,
    /// Of the numeric features (of all numeric columns when no features are given) keep as many, those of the greatest
    /// trimmed variance on their range.
    pub select: Option<usize>,
    /// Weights by feature; 1 when silent.
    pub weights: Option<BTreeMap<String, f64>>,
    /// `none`, `log1p`, `box-cox` or `yeo-johnson`.
    pub transform: Option<String>,
    /// `standard`, `minmax`, `robust` or `none`.
    pub scale: Option<String>,
    /// `kmeans`, `hierarchical`, `gaussian-mixture`, `dbscan` or `hdbscan`.
    pub algorithm: Option<String>,
    /// Number of clusters, or `auto`.
    pub k: Option<String>,
    /// Restarts of K-Means and of the Gaussian mixture.
    pub n_init: Option<usize>,
    /// Linkage of hierarchical clustering: `ward`, `complete`, `average` or `single`.
    pub linkage: Option<String>,
    /// Covariance of the Gaussian mixture: `full`, `tied`, `diag` or `spherical`.
    pub covariance: Option<String>,
    /// DBSCAN's neighbourhood radius in scaled units.
    pub eps: Option<f64>,
    /// Neighbours, itself included, that make a core sample (DBSCAN, HDBSCAN).
    pub min_samples: Option<usize>,
    /// Fewest customers of a cluster (HDBSCAN).
    pub min_cluster_size: Option<usize>,
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
        let features = self.chosen_features(dataset)?;
        check_features(&features, dataset)?;
        // The manifest's weights are for its own features; weights asked for must fit what was asked for.
        let weights = match &self.weights {
            Some(weights) => weights.clone(),
            None => default.weights.clone().into_iter().filter(|(name, _)| features.contains(name)).collect(),
        };
        check_weights(&weights, &features)?;
        let transform = match self.transform.as_deref().or(default.transform.as_deref()) {
            None => Transform::None,
            Some(text) => text.parse().map_err(|_| choice("transform", text, Transform::ALL.map(Transform::as_str)))?,
        };
        let scale = match self.scale.as_deref().or(default.scale.as_deref()) {
            None => Scale::Standard,
            Some(text) => text.parse().map_err(|_| choice("scale", text, Scale::ALL.map(Scale::as_str)))?,
        };
        let algorithm = self.algorithm(dataset)?;
        let seed = self.seed.or(default.seed).unwrap_or(DEFAULT_SEED);
        let weights = weights.into_iter().filter(|(_, weight)| *weight != 1.0).collect();
        Ok(Recipe { features, weights, transform, scale, algorithm, seed })
    }

    fn chosen_features(&self, dataset: &Dataset) -> Result<Vec<String>, SegmentError> {
        let manifest = &dataset.manifest.segmentation;
        let given = || self.features.clone().unwrap_or_else(|| manifest.features.clone());
        let Some(keep) = self.select else { return Ok(given()) };
        if keep == 0 {
            return Err(SegmentError::recipe("select", "keep at least one feature"));
        }
        let from = match &self.features {
            Some(features) => features.clone(),
            None => dataset.customers.numeric().map(|column| column.name.clone()).collect(),
        };
        check_features(&from, dataset)?;
        Ok(advice::most_varying(dataset, &from, keep))
    }

    fn algorithm(&self, dataset: &Dataset) -> Result<Algorithm, SegmentError> {
        let default = &dataset.manifest.segmentation;
        let min_samples = self.min_samples.or(default.min_samples).unwrap_or(5);
        match self.algorithm.as_deref().or(default.algorithm.as_deref()).unwrap_or("kmeans") {
            "kmeans" => {
                Ok(Algorithm::Kmeans { n_clusters: self.n_clusters(dataset)?, n_init: self.n_init(dataset, 10)? })
            }
            "hierarchical" => {
                let linkage = match self.linkage.as_deref().or(default.linkage.as_deref()) {
                    None => Linkage::Ward,
                    Some(text) => {
                        text.parse().map_err(|_| choice("linkage", text, Linkage::ALL.map(Linkage::as_str)))?
                    }
                };
                Ok(Algorithm::Hierarchical { n_clusters: self.n_clusters(dataset)?, linkage })
            }
            "gaussian-mixture" => {
                let covariance = match self.covariance.as_deref().or(default.covariance.as_deref()) {
                    None => Covariance::Full,
                    Some(text) => {
                        text.parse().map_err(|_| choice("covariance", text, Covariance::ALL.map(Covariance::as_str)))?
                    }
                };
                let n_init = self.n_init(dataset, 3)?;
                Ok(Algorithm::GaussianMixture { n_clusters: self.n_clusters(dataset)?, covariance, n_init })
            }
            "dbscan" => {
                let eps = self.eps.or(default.eps).unwrap_or(0.5);
                if !(eps.is_finite() && eps > 0.0) {
                    return Err(SegmentError::recipe("eps", format!("{eps} is no radius; give a number above 0")));
                }
                check_least("min_samples", min_samples, 1)?;
                Ok(Algorithm::Dbscan { eps, min_samples })
            }
            "hdbscan" => {
                let tenth = (dataset.customers.len() / 50).clamp(5, 500);
                let min_cluster_size = self.min_cluster_size.or(default.min_cluster_size).unwrap_or(tenth);
                check_least("min_cluster_size", min_cluster_size, 2)?;
                check_least("min_samples", min_samples, 1)?;
                Ok(Algorithm::Hdbscan { min_cluster_size, min_samples })
            }
            other => Err(choice("algorithm", other, Algorithm::NAMES)),
        }
    }

    fn n_clusters(&self, dataset: &Dataset) -> Result<Option<usize>, SegmentError> {
        match self.k.as_deref().map(str::trim) {
            None | Some("") => Ok(Some(dataset.manifest.segmentation.n_clusters.unwrap_or(4))),
            Some("auto") => Ok(None),
            Some(text) => text.parse().ok().filter(|k| (1..=100).contains(k)).map(Some).ok_or_else(|| {
                SegmentError::recipe("k", format!("\"{text}\" is no number of clusters; give 1 to 100 or \"auto\""))
            }),
        }
    }

    fn n_init(&self, dataset: &Dataset, usual: usize) -> Result<usize, SegmentError> {
        let n_init = self.n_init.or(dataset.manifest.segmentation.n_init).unwrap_or(usual);
        if (1..=1000).contains(&n_init) {
            Ok(n_init)
        } else {
            Err(SegmentError::recipe("n_init", format!("{n_init} restarts are out of range; give 1 to 1000")))
        }
    }
}

fn check_least(key: &'static str, value: usize, least: usize) -> Result<(), SegmentError> {
    if value >= least {
        Ok(())
    } else {
        Err(SegmentError::recipe(key, format!("give a whole number of at least {least}")))
    }
}

/// Whether a column can be a feature: a number, a flag, or a category.
#[must_use]
pub fn can_be_feature(column: &Column) -> bool {
    column.is_measure() || column.role == Role::Category
}

fn check_features(features: &[String], dataset: &Dataset) -> Result<(), SegmentError> {
    if features.is_empty() {
        return Err(SegmentError::recipe("features", "choose at least one column"));
    }
    for (position, name) in features.iter().enumerate() {
        let column = dataset.customers.column(name).filter(|column| can_be_feature(column));
        let Some(column) = column else {
            let usable = dataset.customers.columns.iter().filter(|column| can_be_feature(column));
            let known: Vec<&str> = usable.map(|column| column.name.as_str()).collect();
            return Err(SegmentError::recipe(
                "features",
                format!("\"{name}\" is no numeric column or category; there are {}", known.join(", ")),
            ));
        };
        if let Some(levels) = column.levels().filter(|levels| levels.len() > MAX_LEVELS) {
            return Err(SegmentError::recipe(
                "features",
                format!(
                    "\"{name}\" has {} levels, at most {MAX_LEVELS} can be used; merge rare ones in the manifest",
                    levels.len()
                ),
            ));
        }
        if features[..position].contains(name) {
            return Err(SegmentError::recipe("features", format!("\"{name}\" stands twice; name each column once")));
        }
    }
    Ok(())
}

fn check_weights(weights: &BTreeMap<String, f64>, features: &[String]) -> Result<(), SegmentError> {
    for (name, weight) in weights {
        if !features.contains(name) {
            return Err(SegmentError::recipe("weights", format!("\"{name}\" is not among the features")));
        }
        if !(weight.is_finite() && *weight > 0.0 && *weight <= 1000.0) {
            return Err(SegmentError::recipe(
                "weights",
                format!("{weight} is no weight for \"{name}\"; give a number above 0, at most 1000"),
            ));
        }
    }
    Ok(())
}

fn choice<const N: usize>(key: &'static str, text: &str, known: [&'static str; N]) -> SegmentError {
    SegmentError::recipe(key, format!("\"{text}\" is unknown; choose one of {}", known.join(", ")))
}
