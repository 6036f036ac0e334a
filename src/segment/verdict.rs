//! What the scores of a model say of it, in sentences for people.

use super::Model;
use super::artefact::Scores;
use super::scores::Score;
use crate::cluster::select_k::STABLE;
use crate::dataset::Dataset;
use crate::figures;

/// Restarts whose values differ by less than this, relative to the larger, found the same.
const AS_GOOD: f64 = 1e-3;

/// How good a model is and what was approximated or filled in, a sentence each.
#[must_use]
pub fn sentences(model: &Model) -> Vec<String> {
    let scores = &model.scores;
    let mut said = vec![silhouette(scores, model.labels.len())];
    said.push(if scores.stability.is_empty() {
        "Stability was not measured for this model; train it again to measure it.".to_owned()
    } else {
        format!(
            "{} of {} segments are found again reliably when customers are drawn again (mean Jaccard similarity of at least 0.75 in 100 resamples).",
            reliable(scores),
            scores.stability.len()
        )
    });
    said.extend(restarts(&scores.restart_inertias));
    let fitted = model.labels.len().saturating_sub(scores.imputed);
    said.extend(scores.second_opinion.iter().map(|opinion| opinion.sentence(fitted)));
    said.extend(scores.note.clone());
    if scores.undecided > 0 {
        said.push(format!("{} customers are undecided.", figures::count(scores.undecided)));
    }
    if scores.imputed > 0 {
        let imputed = figures::count(scores.imputed);
        said.push(format!("{imputed} customers with an unknown feature were placed by its median."));
    }
    said
}

/// What to keep in mind about a model on data as it is now, a sentence each: whether it was trained on other data, its scores, and
/// whether the data is synthetic.
#[must_use]
pub fn doubts(dataset: &Dataset, model: &Model) -> Vec<String> {
    let mut said = Vec::new();
    if !model.is_fitted_to(dataset) {
        said.push(
            "The data has changed since this model was trained: segments are its predictions for the customers of today, and the scores below are those of the data it was trained on. Train it again to bring both together."
                .to_owned(),
        );
    }
    said.extend(sentences(model));
    if let Some(origin) = &dataset.synthetic {
        said.push(format!("The data is synthetic: {} It says nothing of real customers.", figures::origin(origin)));
    }
    said
}

/// Segments that are found again reliably when customers are drawn again; 0 where that was not measured.
#[must_use]
pub fn reliable(scores: &Scores) -> usize {
    scores.stability.iter().filter(|stability| **stability >= STABLE).count()
}

/// A difference of means in standard deviations in words, with the limits of Cohen (1988): 0.2 small, 0.5 medium, 0.8 large. NaN is
/// no difference.
#[must_use]
pub fn effect_words(standardised: f64) -> &'static str {
    let limits = [
        (0.8, "far above all", "far below all"),
        (0.5, "clearly above all", "clearly below all"),
        (0.2, "slightly above all", "slightly below all"),
    ];
    let found = limits.into_iter().find(|(limit, ..)| standardised.abs() >= *limit);
    match found {
        Some((_, above, _)) if standardised > 0.0 => above,
        Some((.., below)) => below,
        None => "about as all",
    }
}

fn silhouette(scores: &Scores, customers: usize) -> String {
    let Some(score) = scores.silhouette else { return "A score needs at least two segments.".to_owned() };
    let rounded = |value: f64| Score::Silhouette.text(Some(value));
    let mut text = format!(
        "The silhouette of {} means {} structure (over 0.70 strong, 0.50 reasonable, 0.25 weak).",
        rounded(score),
        Score::Silhouette.words(score).unwrap_or_default()
    );
    if scores.silhouette_samples < customers - scores.undecided {
        text.push_str(&format!(
            " Measured on {} customers; with 95 % certainty that of all lies between {} and {}.",
            figures::count(scores.silhouette_samples),
            rounded(score - 1.96 * scores.silhouette_error),
            rounded(score + 1.96 * scores.silhouette_error)
        ));
    }
    text
}

/// How far the restarts ended apart, which holds for inertias and for log-likelihoods: far means that more of them could
/// find something better.
fn restarts(values: &[f64]) -> Option<String> {
    if values.len() < 2 {
        return None;
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let spread = (high - low) / high.abs().max(low.abs()).max(f64::MIN_POSITIVE);
    Some(if spread <= AS_GOOD {
        format!("All {} restarts ended within 0.1 % of each other.", values.len())
    } else {
        format!("The {} restarts ended up to {} apart; the best one counts.", values.len(), figures::percent(spread))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn restarts_are_summed_up() {
        assert_eq!(restarts(&[3.0]), None);
        assert_eq!(restarts(&[100.0, 100.05]).unwrap(), "All 2 restarts ended within 0.1 % of each other.");
        assert_eq!(
            restarts(&[100.0, 80.0, 90.0]).unwrap(),
            "The 3 restarts ended up to 20\u{a0}% apart; the best one counts."
        );
    }

    #[test]
    fn differences_have_words_by_size_and_direction() {
        for (standardised, words) in [
            (0.0, "about as all"),
            (-0.19, "about as all"),
            (f64::NAN, "about as all"),
            (0.2, "slightly above all"),
            (-0.2, "slightly below all"),
            (0.5, "clearly above all"),
            (-0.79, "clearly below all"),
            (0.8, "far above all"),
            (f64::NEG_INFINITY, "far below all"),
        ] {
            assert_eq!(effect_words(standardised), words, "{standardised}");
        }
    }
}
