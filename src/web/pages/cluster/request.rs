//! Reading the train form, and writing a recipe as its fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dataset::Dataset;
use crate::segment::{Algorithm, Recipe, RecipeRequest, SegmentError};
use crate::web::address::Query;
use crate::web::context::{PageContext, check_customers};
use crate::web::error::AppError;
use crate::web::state::AppState;
use crate::web::work::train;

/// Reads the form (or the same keys in an address); empty fields are left to the manifest.
pub(super) fn request(query: &Query) -> Result<RecipeRequest, SegmentError> {
    fn number<T: std::str::FromStr>(query: &Query, key: &'static str, what: &str) -> Result<Option<T>, SegmentError> {
        query
            .get(key)
            .map(|text| {
                text.parse().map_err(|_| SegmentError::Recipe { key, message: format!("\"{text}\" is no {what}") })
            })
            .transpose()
    }
    let features: Vec<String> = query.all("features").map(str::to_owned).collect();
    let text = |key: &str| query.get(key).map(str::to_owned);
    // Weights stand in one field a feature, named after it.
    let weights = query.0.iter().filter_map(|(key, text)| Some((key.strip_prefix(WEIGHT)?, text.trim())));
    let weights: BTreeMap<String, f64> = weights
        .filter(|(name, text)| !text.is_empty() && features.iter().any(|feature| feature == name))
        .map(|(name, text)| {
            let weight = text.parse().map_err(|_| SegmentError::Recipe {
                key: "weights",
                message: format!("\"{text}\" is no weight for \"{name}\"; give a number above 0"),
            });
            Ok((name.to_owned(), weight?))
        })
        .collect::<Result<_, SegmentError>>()?;
    Ok(RecipeRequest {
        weights: (!weights.is_empty()).then_some(weights),
        features: (!features.is_empty()).then_some(features),
        select: number(query, "select", "whole number")?,
        linkage: text("linkage"),
        covariance: text("covariance"),
        min_cluster_size: number(query, "min_cluster_size", "whole number")?,
        transform: text("transform"),
        scale: text("scale"),
        algorithm: text("algorithm"),
        k: text("k"),
        n_init: number(query, "n_init", "whole number")?,
        eps: number(query, "eps", "number")?,
        min_samples: number(query, "min_samples", "whole number")?,
        seed: number(query, "seed", "whole number of at least 0")?,
    })
}

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
    let recipe = train::resolve(state, &dataset, request(&query)?).await?;
    Ok((dataset, recipe))
}

/// What the page's form is filled with: what the address asks for, else what the model was trained with, else the manifest's.
pub(super) fn current(context: &PageContext) -> Result<Recipe, SegmentError> {
    let asked = request(&context.query)?;
    match &context.entry {
        Some(entry) if asked == RecipeRequest::default() => Ok(entry.model.recipe.clone()),
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
