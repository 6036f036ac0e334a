//! The flags that say what to fit, shared by the subcommands that fit.

use std::collections::BTreeMap;

use super::Failure;
use crate::segment::RecipeRequest;

/// What to fit; without flags the manifest's choice.
#[derive(Debug, clap::Args)]
pub(super) struct RecipeArguments {
    /// Columns, separated by commas: numbers and categories.
    #[arg(long, value_delimiter = ',')]
    features: Option<Vec<String>>,
    /// Keep that many numeric features, those that vary most (of all numeric columns without --features).
    #[arg(long, value_name = "N")]
    select: Option<usize>,
    /// Weight of a feature, as name=weight; can be repeated.
    #[arg(long = "weight", value_name = "NAME=WEIGHT")]
    weights: Vec<String>,
    /// none, log1p, box-cox or yeo-johnson.
    #[arg(long)]
    transform: Option<String>,
    /// standard, minmax, robust or none.
    #[arg(long)]
    scale: Option<String>,
    /// kmeans, hierarchical, gaussian-mixture, dbscan or hdbscan.
    #[arg(long)]
    algorithm: Option<String>,
    /// Number of clusters, or auto.
    #[arg(long)]
    k: Option<String>,
    /// Restarts of K-Means and of the Gaussian mixture.
    #[arg(long)]
    n_init: Option<usize>,
    /// Linkage of hierarchical clustering: ward, complete, average or single.
    #[arg(long)]
    linkage: Option<String>,
    /// Covariance of the Gaussian mixture: full, tied, diag or spherical.
    #[arg(long)]
    covariance: Option<String>,
    /// DBSCAN's radius in scaled units.
    #[arg(long)]
    eps: Option<f64>,
    /// Neighbours that make a core sample (DBSCAN, HDBSCAN).
    #[arg(long)]
    min_samples: Option<usize>,
    /// Fewest customers of a cluster (HDBSCAN).
    #[arg(long)]
    min_cluster_size: Option<usize>,
    /// Seed of every random choice.
    #[arg(long)]
    seed: Option<u64>,
}

impl RecipeArguments {
    /// The flags as a request.
    pub(super) fn request(&self) -> Result<RecipeRequest, Failure> {
        let weights = self.weights.iter().map(|text| {
            let (name, weight) =
                text.split_once('=').ok_or_else(|| format!("--weight {text} must be written as NAME=WEIGHT"))?;
            let weight = weight.trim().parse().map_err(|_| format!("--weight {text}: \"{weight}\" is no number"))?;
            Ok((name.trim().to_owned(), weight))
        });
        let weights: BTreeMap<String, f64> = weights.collect::<Result<_, String>>()?;
        Ok(RecipeRequest {
            features: self.features.clone(),
            select: self.select,
            weights: (!weights.is_empty()).then_some(weights),
            transform: self.transform.clone(),
            scale: self.scale.clone(),
            algorithm: self.algorithm.clone(),
            k: self.k.clone(),
            n_init: self.n_init,
            linkage: self.linkage.clone(),
            covariance: self.covariance.clone(),
            eps: self.eps,
            min_samples: self.min_samples,
            min_cluster_size: self.min_cluster_size,
            seed: self.seed,
        })
    }
}
