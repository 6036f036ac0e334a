//! What was done to get the segments, in words a manager can follow.

use crate::cluster::scale::Scale;
use crate::cluster::transform::Transform;
use crate::dataset::Dataset;
use crate::figures;
use crate::segment::{Algorithm, Model, Recipe};

/// Most features that are named; beyond, the rest is counted.
const NAMED: usize = 20;

/// A sentence or two on each step.
pub(super) fn method(dataset: &Dataset, model: &Model) -> Vec<String> {
    let recipe = &model.recipe;
    let mut said = vec![features(dataset, recipe)];
    said.extend(weights(dataset, recipe));
    said.push(transform(recipe.transform).to_owned());
    said.push(scaling(recipe.scale).to_owned());
    said.push(algorithm(&recipe.algorithm));
    said.push(number(model));
    said.push(format!(
        "The settings, as the Cluster page writes them: {}, {}, transform {}, scaling {}, seed {}. The same settings on the same data give the same segments.",
        recipe.algorithm.title(),
        model.parameters(),
        recipe.transform.as_str(),
        recipe.scale.as_str(),
        recipe.seed
    ));
    said.push(
        "Names follow how much a customer of the segment is worth against all (Elite, High potential, Average, Low) unless somebody gave another; they describe and do not judge."
            .to_owned(),
    );
    said
}

fn label(dataset: &Dataset, name: &str) -> String {
    dataset.customers.column(name).map_or_else(|| name.to_owned(), |column| column.label.clone())
}

fn features(dataset: &Dataset, recipe: &Recipe) -> String {
    let count = recipe.features.len();
    let mut names: Vec<String> = recipe.features.iter().take(NAMED).map(|name| label(dataset, name)).collect();
    if count > NAMED {
        names.push(format!("{} more", count - NAMED));
    }
    let what = if count == 1 { "feature" } else { "features" };
    format!("Customers were compared by {} {what}: {}.", figures::count(count), names.join(", "))
}

fn weights(dataset: &Dataset, recipe: &Recipe) -> Option<String> {
    let parts: Vec<String> = recipe
        .weights
        .iter()
        .take(NAMED)
        .map(|(name, weight)| format!("{} {} times", label(dataset, name), figures::number(*weight)))
        .collect();
    (!parts.is_empty()).then(|| format!("Some count more or less than once: {}.", parts.join(", ")))
}

fn transform(transform: Transform) -> &'static str {
    match transform {
        Transform::None => "Their values were taken as they are.",
        Transform::Log1p => {
            "The logarithm of each value was taken (log1p), so that a few very large values do not decide alone."
        }
        Transform::BoxCox | Transform::YeoJohnson => {
            "Each value was raised to the power that makes the feature most nearly bell-shaped, so that a few very large values do not decide alone."
        }
    }
}

fn scaling(scale: Scale) -> &'static str {
    match scale {
        Scale::Standard => {
            "Each feature was brought to mean 0 and standard deviation 1, so that a large unit, such as money, does not outweigh a small one."
        }
        Scale::MinMax => {
            "Each feature was brought to the range from 0 to 1, so that a large unit, such as money, does not outweigh a small one."
        }
        Scale::Robust => {
            "Each feature was measured from its median in widths of its middle half, so that neither a large unit nor single extreme customers outweigh the rest."
        }
        Scale::None => "Features kept their own scale, so one with large numbers counts more.",
    }
}

fn algorithm(algorithm: &Algorithm) -> String {
    match algorithm {
        Algorithm::Kmeans { n_init, .. } => format!(
            "K-Means then put every customer in the segment whose centre is nearest, with the centres placed so that customers are as near to theirs as can be; the best of {} was taken.",
            counted(*n_init, "attempt")
        ),
        Algorithm::Hierarchical { linkage, .. } => format!(
            "Hierarchical clustering then started with every customer alone and joined the two most alike groups again and again ({} linkage).",
            linkage.as_str()
        ),
        Algorithm::GaussianMixture { covariance, n_init, .. } => format!(
            "A Gaussian mixture then described the customers as overlapping bell-shaped groups ({} covariance) and put each in the likeliest; the best of {} was taken.",
            covariance.as_str(),
            counted(*n_init, "attempt")
        ),
        Algorithm::Dbscan { eps, min_samples } => format!(
            "DBSCAN then looked for crowds: a customer with at least {min_samples} customers, itself included, within {eps} scaled units is inside one, and whoever is near no crowd is undecided."
        ),
        Algorithm::Hdbscan { min_cluster_size, min_samples } => format!(
            "HDBSCAN then looked for crowds of any density that hold at least {min_cluster_size} customers (min_samples {min_samples}); whoever is in none is undecided."
        ),
    }
}

fn number(model: &Model) -> String {
    let found = counted(model.n_clusters(), "segment");
    match &model.recipe.algorithm {
        Algorithm::Dbscan { .. } | Algorithm::Hdbscan { .. } => {
            format!("The algorithm found the number of segments itself: {found}.")
        }
        chosen if chosen.n_clusters().is_none() => format!(
            "The number of segments was chosen as the one that most of the criteria prefer, among them the elbow, the silhouette and how surely segments are found again: {found}."
        ),
        _ => format!(
            "The number of segments was set by whoever trained the model or wrote the data set's defaults: {found}."
        ),
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{} {what}{}", figures::count(count), if count == 1 { "" } else { "s" })
}
