//! All algorithms on the same customers, side by side.

use std::time::Instant;

use serde::Serialize;

use super::algorithms::{Outcome, decided, run, sizes};
use super::encode::prepare;
use super::fit::SILHOUETTE_LIMIT;
use super::opinions::second_opinion;
use super::scores::{Score, Scored};
use super::trust::stability;
use super::{Algorithm, Recipe, SegmentError, advice, explore};
use crate::cluster::agreement::{adjusted_mutual_info_score, adjusted_rand_score};
use crate::cluster::hierarchical::Linkage;
use crate::cluster::metrics;
use crate::cluster::mixture::Covariance;
use crate::cluster::second_opinion::SecondOpinion;
use crate::cluster::{ClusterError, NOISE, Progress};
use crate::dataset::Dataset;
use crate::figures;
use crate::progress::Part;

/// Number of clusters when neither the recipe nor the criteria give one.
const USUAL_K: usize = 4;

/// What makes a result useful: so many segments, the smallest at least this share of the customers, at most this share
/// undecided.
const USEFUL_SEGMENTS: std::ops::RangeInclusive<usize> = 2..=12;
const LEAST_SHARE: f64 = 0.01;
const MOST_UNDECIDED: f64 = 0.2;

/// An algorithm's result.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Candidate {
    /// Name for people, with the variant.
    pub title: String,
    /// The algorithm with its parameters.
    #[schema(value_type = Object)]
    pub algorithm: Algorithm,
    /// The parameters for people.
    pub parameters: String,
    /// Customers of each segment, the largest first.
    pub sizes: Vec<usize>,
    /// Customers in none.
    pub undecided: usize,
    /// Mean silhouette of the decided customers.
    pub silhouette: Option<f64>,
    /// Davies-Bouldin score, lower is better.
    pub davies_bouldin: Option<f64>,
    /// Calinski-Harabasz score, higher is better.
    pub calinski_harabasz: Option<f64>,
    /// Sum of squared distances of the decided customers to the mean of their segment.
    pub inertia: Option<f64>,
    /// Bayesian information criterion (Gaussian mixture).
    pub bic: Option<f64>,
    /// Mean Jaccard similarity in resamples of the segment that is found again least.
    pub stability: Option<f64>,
    /// Time of the fit, without scoring, in seconds.
    pub seconds: f64,
    /// Why it cannot be the best, in words; `None` when it can.
    pub not_useful: Option<String>,
    /// What was approximated, or why it failed.
    pub note: Option<String>,
    /// Only until the candidates were compared.
    #[serde(skip)]
    labels: Vec<i32>,
}

impl Scored for Candidate {
    fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::Silhouette => self.silhouette,
            Score::Stability => self.stability,
            Score::DaviesBouldin => self.davies_bouldin,
            Score::CalinskiHarabasz => self.calinski_harabasz,
            Score::Inertia => self.inertia,
            Score::Bic => self.bic,
            Score::Aic | Score::Gap => None,
        }
    }
}

/// All algorithms on one data set.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Comparison {
    /// Data set.
    pub dataset: String,
    /// Features, transform, scaling and weights that all were given.
    #[schema(value_type = Object)]
    pub recipe: Recipe,
    /// Number of clusters that those that take one were given.
    pub n_clusters: usize,
    /// Customers compared.
    pub customers: usize,
    /// The results, in the order tried.
    pub candidates: Vec<Candidate>,
    /// Adjusted Rand index between each two, undecided customers as a group of their own.
    pub adjusted_rand: Vec<Vec<f64>>,
    /// Adjusted mutual information between each two.
    pub adjusted_mutual_information: Vec<Vec<f64>>,
    /// The best, by position; `None` when none is useful.
    pub best: Option<usize>,
    /// Why that one, or why none, in words.
    pub reason: String,
    /// What to know about the features.
    pub warnings: Vec<String>,
    /// What another library finds, on at most 20,000 customers.
    pub second_opinions: Vec<SecondOpinion>,
}

/// Names a comparison: the same data and the same question give the same key.
#[must_use]
pub fn comparison_key(dataset: &Dataset, recipe: &Recipe) -> String {
    let Recipe { features, weights, transform, scale, algorithm, seed } = recipe;
    let text =
        serde_json::json!([dataset.name, dataset.fingerprint, features, weights, transform, scale, seed, algorithm]);
    format!("{:016x}", xxhash_rust::xxh3::xxh3_64(text.to_string().as_bytes()))
}

/// Fits every algorithm with sensible settings to the recipe's features and scores all alike.
///
/// The number of clusters is the recipe's, or the data set's usual one. DBSCAN takes the recipe's radius if that is its
/// algorithm, else the bend of the distances to the neighbour that `min_samples` says; HDBSCAN's clusters hold at least a
/// fiftieth of the customers.
///
/// # Errors
/// [`SegmentError`] when the recipe does not fit the data or the observer cancels; an algorithm that fails is a candidate
/// with a note.
pub fn compare_algorithms(
    dataset: &Dataset,
    recipe: &Recipe,
    observer: &dyn Progress,
) -> Result<Comparison, SegmentError> {
    let rows = prepare(dataset, recipe, observer)?.fitted_rows();
    let n_clusters = recipe
        .algorithm
        .n_clusters()
        .or(dataset.manifest.segmentation.n_clusters)
        .unwrap_or(USUAL_K)
        .clamp(1, rows.nrows());
    let contenders = contenders(rows.view(), recipe, n_clusters, observer)?;
    let count = contenders.len() as f64;
    let mut candidates = Vec::with_capacity(contenders.len());
    for (position, (title, algorithm)) in contenders.into_iter().enumerate() {
        let at = |step: f64| (position as f64 + step) / count;
        observer.progress(at(0.0), &title);
        let stage = Part::of(observer, at(0.0)..at(0.5));
        let started = Instant::now();
        let outcome = run(rows.view(), &algorithm, recipe.seed, &stage);
        let seconds = started.elapsed().as_secs_f64();
        let stage = Part::of(observer, at(0.5)..at(1.0));
        candidates.push(match outcome {
            Ok(outcome) => candidate(rows.view(), title, algorithm, outcome, seconds, recipe.seed, &stage)?,
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => failed(title, algorithm, &error, rows.nrows(), seconds),
        });
    }
    let between = |score: fn(&[i32], &[i32]) -> Result<f64, ClusterError>| -> Result<Vec<Vec<f64>>, SegmentError> {
        let row = |a: &Candidate| candidates.iter().map(|b| score(&a.labels, &b.labels)).collect::<Result<_, _>>();
        Ok(candidates.iter().map(row).collect::<Result<_, ClusterError>>()?)
    };
    let (adjusted_rand, adjusted_mutual_information) =
        (between(adjusted_rand_score)?, between(adjusted_mutual_info_score)?);
    let (best, reason) = best(&candidates);
    let mut second_opinions = Vec::new();
    for candidate in &mut candidates {
        let Candidate { algorithm, labels, .. } = &*candidate;
        second_opinions.extend(second_opinion(rows.view(), algorithm, labels, recipe.seed, observer)?);
        candidate.labels = Vec::new();
    }
    Ok(Comparison {
        dataset: dataset.name.clone(),
        recipe: recipe.clone(),
        n_clusters,
        customers: rows.nrows(),
        adjusted_rand,
        adjusted_mutual_information,
        best,
        reason,
        candidates,
        warnings: advice::warnings(dataset, recipe)?,
        second_opinions,
    })
}

fn contenders(
    rows: ndarray::ArrayView2<'_, f64>,
    recipe: &Recipe,
    k: usize,
    observer: &dyn Progress,
) -> Result<Vec<(String, Algorithm)>, SegmentError> {
    let n_init = if let Algorithm::Kmeans { n_init, .. } = recipe.algorithm { n_init } else { 10 };
    let mut all = vec![("K-Means".to_owned(), Algorithm::Kmeans { n_clusters: Some(k), n_init })];
    for (name, covariance) in [("full", Covariance::Full), ("diagonal", Covariance::Diag)] {
        let algorithm = Algorithm::GaussianMixture { n_clusters: Some(k), covariance, n_init: 3 };
        all.push((format!("Gaussian mixture, {name}"), algorithm));
    }
    for linkage in Linkage::ALL {
        let algorithm = Algorithm::Hierarchical { n_clusters: Some(k), linkage };
        all.push((format!("Hierarchical, {}", linkage.as_str()), algorithm));
    }
    // Sander, Ester, Kriegel and Xu (1998): twice the dimensions, and no fewer than ten for noisy data.
    let usual = (2 * rows.ncols()).max(10);
    let (eps, min_samples) = match recipe.algorithm {
        Algorithm::Dbscan { eps, min_samples } => (Some(eps), min_samples),
        _ => (explore::bend_of_neighbours(rows, usual, observer)?.1, usual),
    };
    if let Some(eps) = eps {
        all.push(("DBSCAN".to_owned(), Algorithm::Dbscan { eps: round_radius(eps), min_samples }));
    }
    let (min_cluster_size, min_samples) = match recipe.algorithm {
        Algorithm::Hdbscan { min_cluster_size, min_samples } => (min_cluster_size, min_samples),
        _ => ((rows.nrows() / 50).clamp(5, 500), usual),
    };
    all.push(("HDBSCAN".to_owned(), Algorithm::Hdbscan { min_cluster_size, min_samples }));
    Ok(all)
}

/// A radius in three significant digits: one read off a bend is no more precise.
#[must_use]
pub fn round_radius(eps: f64) -> f64 {
    let scale = 10_f64.powi(2 - eps.log10().floor() as i32);
    let rounded = (eps * scale).round() / scale;
    if rounded > 0.0 && rounded.is_finite() { rounded } else { eps }
}

fn candidate(
    rows: ndarray::ArrayView2<'_, f64>,
    title: String,
    algorithm: Algorithm,
    outcome: Outcome,
    seconds: f64,
    seed: u64,
    observer: &dyn Progress,
) -> Result<Candidate, SegmentError> {
    let sizes = sizes(&outcome.labels);
    let (x, labels) = decided(rows, &outcome.labels);
    let defined = (2..labels.len()).contains(&sizes.len());
    let silhouette = if defined {
        Some(metrics::silhouette_score(x.view(), &labels, SILHOUETTE_LIMIT, seed, observer)?.score)
    } else {
        None
    };
    let stable = stability(rows, &outcome.labels, &algorithm, seed, observer)?;
    let undecided = outcome.labels.iter().filter(|label| **label == NOISE).count();
    let finite = |score: Result<f64, ClusterError>| score.ok().filter(|score| score.is_finite());
    Ok(Candidate {
        not_useful: not_useful(&sizes, undecided, rows.nrows()),
        title,
        parameters: algorithm.parameters(),
        algorithm,
        undecided,
        silhouette,
        davies_bouldin: finite(metrics::davies_bouldin_score(x.view(), &labels)),
        calinski_harabasz: finite(metrics::calinski_harabasz_score(x.view(), &labels)),
        inertia: finite(metrics::inertia(rows, &outcome.labels)),
        bic: outcome.criteria.map(|(bic, _)| bic),
        stability: stable.into_iter().min_by(f64::total_cmp),
        seconds,
        sizes,
        note: outcome.note,
        labels: outcome.labels,
    })
}

fn failed(title: String, algorithm: Algorithm, error: &SegmentError, rows: usize, seconds: f64) -> Candidate {
    Candidate {
        title,
        parameters: algorithm.parameters(),
        algorithm,
        sizes: Vec::new(),
        undecided: rows,
        silhouette: None,
        davies_bouldin: None,
        calinski_harabasz: None,
        inertia: None,
        bic: None,
        stability: None,
        seconds,
        not_useful: Some("it found nothing".to_owned()),
        note: Some(error.to_string()),
        labels: vec![NOISE; rows],
    }
}

fn not_useful(sizes: &[usize], undecided: usize, rows: usize) -> Option<String> {
    let share = |count: usize| count as f64 / rows.max(1) as f64;
    if !USEFUL_SEGMENTS.contains(&sizes.len()) {
        return Some(match sizes.len() {
            0 => "it leaves everybody undecided".to_owned(),
            1 => "it finds only one segment".to_owned(),
            many => format!("it finds {many} segments"),
        });
    }
    if share(undecided) > MOST_UNDECIDED {
        return Some(format!("it leaves {} undecided", figures::percent(share(undecided))));
    }
    let smallest = sizes.iter().copied().min().unwrap_or(0);
    if share(smallest) < LEAST_SHARE {
        let customers = if smallest == 1 { "customer" } else { "customers" };
        return Some(format!("its smallest segment has {} {customers}", figures::count(smallest)));
    }
    None
}

/// The useful candidate of the highest silhouette; of equal ones the more stable.
fn best(candidates: &[Candidate]) -> (Option<usize>, String) {
    let score =
        |candidate: &Candidate| (candidate.silhouette.unwrap_or(f64::NEG_INFINITY), candidate.stability.unwrap_or(0.0));
    let useful = candidates.iter().enumerate().filter(|(_, candidate)| candidate.not_useful.is_none());
    let found = useful.clone().max_by(|(i, a), (j, b)| {
        let (a, b) = (score(a), score(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(j.cmp(i))
    });
    let Some((position, best)) = found else {
        return (None, "No algorithm finds segments that are useful: between 2 and 12, each of at least 1 % of the customers, and at most 20 % undecided. Try other features or scaling.".to_owned());
    };
    let others = useful.count() - 1;
    let mut reason = format!(
        "{} has the highest silhouette ({}) of the {} results whose segments are useful: 2 to 12 of them, each of at least 1 % of the customers, and at most 20 % undecided.",
        best.title,
        Score::Silhouette.text(best.silhouette),
        others + 1
    );
    if let Some(stability) = best.stability {
        reason.push_str(&format!(
            " Its least stable segment is {} (mean Jaccard similarity {} in resamples).",
            Score::Stability.words(stability).unwrap_or_default(),
            Score::Stability.text(Some(stability))
        ));
    }
    let higher = candidates.iter().filter(|c| c.not_useful.is_some() && score(c).0 > score(best).0);
    if let Some(tempting) = higher.max_by(|a, b| score(a).0.total_cmp(&score(b).0)) {
        reason.push_str(&format!(
            " {} scores higher, but {}.",
            tempting.title,
            tempting.not_useful.as_deref().unwrap_or_default()
        ));
    }
    (Some(position), reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(title: &str, sizes: &[usize], undecided: usize, silhouette: f64) -> Candidate {
        let rows = sizes.iter().sum::<usize>() + undecided;
        let algorithm = Algorithm::Kmeans { n_clusters: Some(2), n_init: 1 };
        let base = failed(title.to_owned(), algorithm, &SegmentError::recipe("k", "x"), rows, 0.0);
        Candidate {
            sizes: sizes.to_vec(),
            undecided,
            silhouette: Some(silhouette),
            not_useful: not_useful(sizes, undecided, rows),
            ..base
        }
    }

    #[test]
    fn a_high_silhouette_of_useless_segments_does_not_win() {
        let candidates = [
            with("Plain", &[60, 40], 0, 0.3),
            with("Outlier", &[199, 1], 0, 0.9),
            with("Shy", &[30, 30], 40, 0.8),
            with("Better", &[50, 50], 5, 0.4),
            with("One", &[100], 0, 0.95),
        ];
        let (position, reason) = best(&candidates);
        assert_eq!(position, Some(3));
        assert!(reason.starts_with("Better has the highest silhouette (0.4) of the 2 results"), "{reason}");
        assert!(reason.ends_with("One scores higher, but it finds only one segment."), "{reason}");
        assert_eq!(best(&candidates[1..3]).0, None);
        assert_eq!(candidates[1].not_useful.as_deref(), Some("its smallest segment has 1 customer"));
        assert!(candidates[2].not_useful.as_ref().unwrap().contains("undecided"));
    }

    #[test]
    fn a_radius_has_three_digits() {
        assert_eq!([round_radius(0.123_456), round_radius(12.345), round_radius(1.0)], [0.123, 12.3, 1.0]);
    }
}
