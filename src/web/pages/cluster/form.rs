//! The train form: what it offers.

use crate::cluster::hierarchical::Linkage;
use crate::cluster::mixture::Covariance;
use crate::dataset::{Dataset, Role};
use crate::segment::recipe::MAX_LEVELS;
use crate::segment::request::can_be_feature;
use crate::segment::{Algorithm, Recipe, RecipeRequest, SegmentError, advice};
use crate::web::pages::parts::{Choice, Picker};

/// What the form shows.
pub(super) struct TrainForm {
    pub numbers: Vec<Choice>,
    pub categories: Vec<Choice>,
    pub weights: Vec<WeightField>,
    pub weighted: bool,
    pub transform: Picker,
    pub scale: Picker,
    pub algorithm: Picker,
    pub linkage: Picker,
    pub covariance: Picker,
    pub k: String,
    pub n_init: usize,
    pub eps: String,
    pub min_samples: usize,
    pub min_cluster_size: usize,
    pub seed: u64,
    pub explanations: &'static [Explanation],
    pub warnings: Vec<String>,
}

/// A feature's weight.
pub(super) struct WeightField {
    pub name: String,
    pub label: String,
    pub value: f64,
}

/// A sentence on a setting, and the algorithms that it is for; none means all.
pub(super) struct Explanation {
    pub algorithms: &'static str,
    pub term: &'static str,
    pub text: &'static str,
}

const EXPLANATIONS: [Explanation; 11] = [
    Explanation {
        algorithms: "",
        term: "Transform",
        text: "tames long tails: log1p for amounts, Box-Cox for positive values, Yeo-Johnson for any.",
    },
    Explanation {
        algorithms: "",
        term: "Scaling",
        text: "makes features comparable: standard (mean 0, deviation 1), min-max (0 to 1), robust (median and quartiles).",
    },
    Explanation {
        algorithms: "kmeans",
        term: "K-Means",
        text: "puts every customer in the nearest of k segments of similar spread; the usual first choice.",
    },
    Explanation {
        algorithms: "hierarchical",
        term: "Hierarchical",
        text: "joins the two nearest groups again and again and shows the whole tree; above 10,000 customers it joins groups of alike customers.",
    },
    Explanation {
        algorithms: "hierarchical",
        term: "Linkage",
        text: "says how far two groups are apart: Ward keeps segments compact, complete looks at the farthest two customers, average at all, single at the nearest two (it follows chains).",
    },
    Explanation {
        algorithms: "gaussian-mixture",
        term: "Gaussian mixture",
        text: "sees each segment as an oval cloud that may overlap others, and says how likely each customer is in each.",
    },
    Explanation {
        algorithms: "gaussian-mixture",
        term: "Covariance",
        text: "is the shape of the clouds: full lets each be any oval, tied gives all the same oval, diagonal lies along the features, spherical is round.",
    },
    Explanation {
        algorithms: "kmeans hierarchical gaussian-mixture",
        term: "Segments (k)",
        text: "is how many there will be; auto takes the number that most criteria prefer.",
    },
    Explanation {
        algorithms: "kmeans gaussian-mixture",
        term: "Restarts",
        text: "are tries from different starts; the best one counts.",
    },
    Explanation {
        algorithms: "dbscan",
        term: "DBSCAN",
        text: "finds crowds: a customer with min_samples neighbours within the radius eps belongs to one; customers in no crowd stay undecided.",
    },
    Explanation {
        algorithms: "hdbscan",
        term: "HDBSCAN",
        text: "finds crowds of different density without a radius: each holds at least min_cluster_size customers; min_samples is how many neighbours make a place dense.",
    },
];

impl TrainForm {
    pub(super) fn of(dataset: &Dataset, recipe: &Recipe) -> Result<Self, SegmentError> {
        let usable = || {
            let fits = |levels: &[String]| levels.len() <= MAX_LEVELS;
            let columns = dataset.customers.columns.iter().filter(|column| can_be_feature(column));
            columns.filter(move |column| column.levels().is_none_or(fits))
        };
        let choices = |category: bool| {
            let of_kind = usable().filter(move |column| (column.role == Role::Category) == category);
            of_kind
                .map(|column| Choice {
                    value: column.name.clone(),
                    label: column.label.clone(),
                    chosen: recipe.features.contains(&column.name),
                })
                .collect()
        };
        let weights = usable().map(|column| WeightField {
            name: column.name.clone(),
            label: column.label.clone(),
            value: recipe.weights.get(&column.name).copied().unwrap_or(1.0),
        });
        let settings = Settings::of(dataset, &recipe.algorithm);
        Ok(Self {
            numbers: choices(false),
            categories: choices(true),
            weights: weights.collect(),
            weighted: !recipe.weights.is_empty(),
            transform: Picker::new("transform", "Transform", TRANSFORMS, recipe.transform.as_str()),
            scale: Picker::new("scale", "Scaling", SCALES, recipe.scale.as_str()),
            algorithm: Picker::new("algorithm", "Algorithm", ALGORITHMS, recipe.algorithm.name()),
            linkage: Picker::new("linkage", "Linkage", LINKAGES, settings.linkage.as_str()),
            covariance: Picker::new("covariance", "Covariance", COVARIANCES, settings.covariance.as_str()),
            k: settings.k,
            n_init: settings.n_init,
            eps: settings.eps.to_string(),
            min_samples: settings.min_samples,
            min_cluster_size: settings.min_cluster_size,
            seed: recipe.seed,
            explanations: &EXPLANATIONS,
            warnings: advice::warnings(dataset, recipe)?,
        })
    }
}

const TRANSFORMS: [(&str, &str); 4] =
    [("none", "None"), ("log1p", "log1p"), ("box-cox", "Box-Cox"), ("yeo-johnson", "Yeo-Johnson")];
const SCALES: [(&str, &str); 4] =
    [("standard", "Standard"), ("minmax", "Min-max"), ("robust", "Robust"), ("none", "None")];
const ALGORITHMS: [(&str, &str); 5] = [
    ("kmeans", "K-Means"),
    ("hierarchical", "Hierarchical"),
    ("gaussian-mixture", "Gaussian mixture"),
    ("dbscan", "DBSCAN"),
    ("hdbscan", "HDBSCAN"),
];
const LINKAGES: [(&str, &str); 4] =
    [("ward", "Ward"), ("complete", "Complete"), ("average", "Average"), ("single", "Single")];
const COVARIANCES: [(&str, &str); 4] =
    [("full", "Full"), ("tied", "Tied"), ("diag", "Diagonal"), ("spherical", "Spherical")];

/// The settings of every algorithm: the recipe's own where it has them, else what the data set's manifest would give.
struct Settings {
    k: String,
    n_init: usize,
    linkage: Linkage,
    covariance: Covariance,
    eps: f64,
    min_samples: usize,
    min_cluster_size: usize,
}

impl Settings {
    fn of(dataset: &Dataset, chosen: &Algorithm) -> Self {
        let mut settings = Self {
            k: "4".to_owned(),
            n_init: 10,
            linkage: Linkage::Ward,
            covariance: Covariance::Full,
            eps: 0.5,
            min_samples: 5,
            min_cluster_size: 5,
        };
        // K-Means after the mixture: its restarts are the ones to offer.
        for name in ["gaussian-mixture", "hierarchical", "kmeans", "dbscan", "hdbscan"] {
            let request = RecipeRequest { algorithm: Some(name.to_owned()), ..RecipeRequest::default() };
            if let Ok(recipe) = request.resolve(dataset) {
                settings.take(&recipe.algorithm);
            }
        }
        settings.take(chosen);
        settings
    }

    fn take(&mut self, algorithm: &Algorithm) {
        if algorithm.n_clusters().is_some() || algorithm.chooses_k() {
            self.k = algorithm.n_clusters().map_or("auto".to_owned(), |k| k.to_string());
        }
        match algorithm {
            Algorithm::Kmeans { n_init, .. } => self.n_init = *n_init,
            Algorithm::Hierarchical { linkage, .. } => self.linkage = *linkage,
            Algorithm::GaussianMixture { covariance, n_init, .. } => {
                (self.covariance, self.n_init) = (*covariance, *n_init);
            }
            Algorithm::Dbscan { eps, min_samples } => (self.eps, self.min_samples) = (*eps, *min_samples),
            Algorithm::Hdbscan { min_cluster_size, min_samples } => {
                (self.min_cluster_size, self.min_samples) = (*min_cluster_size, *min_samples);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::scale::Scale;
    use crate::cluster::transform::Transform;

    #[test]
    fn every_choice_offered_is_one_that_is_understood() {
        assert!(TRANSFORMS.iter().all(|(name, _)| name.parse::<Transform>().is_ok()));
        assert!(SCALES.iter().all(|(name, _)| name.parse::<Scale>().is_ok()));
        assert!(LINKAGES.iter().all(|(name, _)| name.parse::<Linkage>().is_ok()));
        assert!(COVARIANCES.iter().all(|(name, _)| name.parse::<Covariance>().is_ok()));
        assert_eq!(ALGORITHMS.map(|(name, _)| name), Algorithm::NAMES);
        let named = EXPLANATIONS.iter().flat_map(|explanation| explanation.algorithms.split_whitespace());
        assert!(named.into_iter().all(|name| Algorithm::NAMES.contains(&name)));
    }
}
