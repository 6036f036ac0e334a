//! What a suggestion says: one picture, a recommendation in words, and a button that follows it.

use super::request::fields;
use crate::segment::explore::Suggestion;
use crate::segment::scores::Scored;
use crate::segment::{Algorithm, Recipe};
use crate::web::charts::selection::{consensus_words, k_distance, measured, panels, stability_words};
use crate::web::charts::{Chart, Table};

/// A suggestion as it is shown.
pub(super) struct SuggestionView {
    pub title: &'static str,
    pub sentences: Vec<String>,
    pub charts: Vec<Chart>,
    pub table: Table,
    /// Fields of the form that trains what is suggested, with the words on its button; `None` without a suggestion.
    pub follow: Option<(Vec<(String, String)>, String)>,
}

impl SuggestionView {
    pub(super) fn of(suggestion: &Suggestion, recipe: &Recipe) -> Self {
        let following =
            |algorithm: Algorithm, label: String| Some((fields(&Recipe { algorithm, ..recipe.clone() }), label));
        match suggestion {
            Suggestion::NClusters { scores, consensus } => {
                let consensus = consensus.as_ref();
                let measured = measured(scores);
                let mut header = vec!["k"];
                header.extend(measured.iter().map(|criterion| criterion.title()));
                let rows = scores
                    .iter()
                    .map(|score| {
                        let cells = measured.iter().map(|criterion| criterion.text(score.score(*criterion)));
                        std::iter::once(score.k.to_string()).chain(cells).collect()
                    })
                    .collect();
                let trust = consensus.and_then(|consensus| stability_words(scores, consensus.k));
                Self {
                    title: "How many segments?",
                    sentences: std::iter::once(consensus_words(consensus)).chain(trust).collect(),
                    charts: panels(scores, consensus),
                    table: Table::new(&header, rows),
                    follow: consensus.and_then(|consensus| {
                        let label = format!("Train with k = {}", consensus.k);
                        following(recipe.algorithm.with_n_clusters(consensus.k), label)
                    }),
                }
            }
            Suggestion::Eps { curve, eps, min_samples, rows } => Self {
                title: "Which radius?",
                sentences: Vec::new(),
                charts: vec![k_distance(curve, *eps, *min_samples, *rows)],
                table: Table::default(),
                follow: eps.and_then(|eps| {
                    let rounded = crate::segment::comparison::round_radius(eps);
                    let algorithm = Algorithm::Dbscan { eps: rounded, min_samples: *min_samples };
                    following(algorithm, format!("Train with eps = {rounded}"))
                }),
            },
        }
    }
}
