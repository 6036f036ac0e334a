//! Reading the train form, and writing a recipe as its fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dataset::Dataset;
use crate::segment::{Algorithm, Recipe, RecipeRequest, SegmentError};
use crate::web::address::Query;
use crate::web::context::{PageContext, check_customers};
use crate::web::error::AppError;
use crate::web::question::{self, Asking, Question};
use crate::web::state::AppState;
use crate::web::work::train;

/// The form (or the same keys in an address); empty fields are left to the manifest.
impl Question for RecipeRequest {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        fn number<T: std::str::FromStr>(
            asking: &mut Asking<'_>,
            key: &'static str,
            what: &str,
        ) -> Result<Option<T>, AppError> {
            asking.parsed(key, |text| {
                text.parse().map_err(|_| SegmentError::Recipe { key, message: format!("\"{text}\" is no {what}") })
            })
        }
        let features = asking.all("features");
        // Weights stand in one field a feature, named after it.
        let weights = asking.beginning_with(WEIGHT).into_iter().map(|(name, text)| (name, text.trim().to_owned()));
        let weights: BTreeMap<String, f64> = weights
            .filter(|(name, text)| !text.is_empty() && features.contains(name))
            .map(|(name, text)| {
                let weight = text.parse().map_err(|_| SegmentError::Recipe {
                    key: "weights",
                    message: format!("\"{text}\" is no weight for \"{name}\"; give a number above 0"),
                });
                Ok((name, weight?))
            })
            .collect::<Result<_, SegmentError>>()?;
        Ok(Self {
            weights: (!weights.is_empty()).then_some(weights),
            features: (!features.is_empty()).then_some(features),
            select: number(asking, "select", "whole number")?,
            linkage: asking.text("linkage"),
            covariance: asking.text("covariance"),
            min_cluster_size: number(asking, "min_cluster_size", "whole number")?,
            transform: asking.text("transform"),
            scale: asking.text("scale"),
            algorithm: asking.text("algorithm"),
            k: asking.text("k"),
            n_init: number(asking, "n_init", "whole number")?,
            eps: number(asking, "eps", "number")?,
            min_samples: number(asking, "min_samples", "whole number")?,
            seed: number(asking, "seed", "whole number of at least 0")?,
        })
    }
}

/// What the page can be asked: a recipe for its form, and axes of the picture in space.
pub(in crate::web::pages) struct ClusterQuestion {
    pub recipe: RecipeRequest,
    pub axes: [Option<String>; 3],
}

impl Question for ClusterQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { recipe: RecipeRequest::read(asking)?, axes: AXES.map(|key| asking.text(key)) })
    }
}

/// Keys of the axes of the picture in space.
pub(super) const AXES: [&str; 3] = ["ax", "ay", "az"];

/// What goes before a feature's name in the key of its weight.
const WEIGHT: &str = "weight.";

/// Reads a posted form.
pub(super) async fn posted(state: &AppState, name: &str, body: &[u8]) -> Result<(Arc<Dataset>, Recipe), AppError> {
    let known = state.snapshot().datasets.get(name).cloned();
    let dataset = known.ok_or_else(|| AppError::NotFound(format!("There is no data set named \"{name}\".")))?;
    check_customers(&dataset)?;
    let query = Query::parse(&String::from_utf8_lossy(body))?;
    if query.get("algorithm").is_some() && query.all("features").next().is_none() {
        return Err(SegmentError::Recipe { key: "features", message: "choose at least one".to_owned() }.into());
    }
    let recipe = train::resolve(state, &dataset, question::read(&query)?).await?;
    Ok((dataset, recipe))
}

/// What the page's form is filled with: what the address asks for, else what the model was trained with, else the manifest's.
pub(super) fn current(context: &PageContext, asked: &RecipeRequest) -> Result<Recipe, SegmentError> {
    match &context.entry {
        Some(entry) if *asked == RecipeRequest::default() => Ok(entry.model.recipe.clone()),
        _ => asked.resolve(&context.dataset),
    }
}

/// The form's fields for a recipe; read again they give the same recipe.
pub(in crate::web) fn fields(recipe: &Recipe) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |key: &str, value: String| pairs.push((key.to_owned(), value));
    for feature in &recipe.features {
        put("features", feature.clone());
        // Also a weight of 1, lest the manifest's weight take its place.
        put(&format!("{WEIGHT}{feature}"), recipe.weights.get(feature).copied().unwrap_or(1.0).to_string());
    }
    put("transform", recipe.transform.as_str().to_owned());
    put("scale", recipe.scale.as_str().to_owned());
    put("algorithm", recipe.algorithm.name().to_owned());
    if recipe.algorithm.n_clusters().is_some() || recipe.algorithm.chooses_k() {
        put("k", recipe.algorithm.n_clusters().map_or("auto".to_owned(), |k| k.to_string()));
    }
    match &recipe.algorithm {
        Algorithm::Kmeans { n_init, .. } => put("n_init", n_init.to_string()),
        Algorithm::Hierarchical { linkage, .. } => put("linkage", linkage.as_str().to_owned()),
        Algorithm::GaussianMixture { covariance, n_init, .. } => {
            put("covariance", covariance.as_str().to_owned());
            put("n_init", n_init.to_string());
        }
        Algorithm::Dbscan { eps, min_samples } => {
            put("eps", eps.to_string());
            put("min_samples", min_samples.to_string());
        }
        Algorithm::Hdbscan { min_cluster_size, min_samples } => {
            put("min_cluster_size", min_cluster_size.to_string());
            put("min_samples", min_samples.to_string());
        }
    }
    put("seed", recipe.seed.to_string());
    pairs
}
