//! The table of scores: what each is called, which way it is better, how it is read and written. Pages, API, command line, report and
//! the test of `docs/METHODS.md` read it here.

use crate::cluster::select_k::KScore;
use crate::cluster::stability;
use crate::figures;

/// A score of a division into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// Mean silhouette of the decided customers.
    Silhouette,
    /// Stability of the segment that is found again least.
    Stability,
    /// Davies-Bouldin score.
    DaviesBouldin,
    /// Calinski-Harabasz score.
    CalinskiHarabasz,
    /// Sum of squared distances to the means.
    Inertia,
    /// Bayesian information criterion.
    Bic,
    /// Akaike information criterion.
    Aic,
    /// Gap statistic.
    Gap,
}

/// Which way a score is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The higher, the better.
    Higher,
    /// The lower, the better.
    Lower,
    /// It falls with every segment more, so that its height alone says nothing.
    Neither,
}

/// What is known of a score.
struct Entry {
    key: &'static str,
    title: &'static str,
    within: &'static str,
    better: Better,
    range: &'static str,
    reading: &'static str,
}

impl Score {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Silhouette,
        Self::Stability,
        Self::DaviesBouldin,
        Self::CalinskiHarabasz,
        Self::Inertia,
        Self::Bic,
        Self::Aic,
        Self::Gap,
    ];

    /// Those that every algorithm has, by which results for the same customers and features are compared.
    pub const COMPARED: [Self; 4] = [Self::Silhouette, Self::Stability, Self::DaviesBouldin, Self::CalinskiHarabasz];

    /// Those that only some algorithms have.
    pub const FURTHER: [Self; 3] = [Self::Inertia, Self::Bic, Self::Aic];

    /// Those that vote for a number of segments, in the order of their votes.
    pub const CRITERIA: [Self; 7] = [
        Self::Inertia,
        Self::Silhouette,
        Self::CalinskiHarabasz,
        Self::DaviesBouldin,
        Self::Bic,
        Self::Gap,
        Self::Stability,
    ];

    const fn entry(self) -> Entry {
        match self {
            Self::Silhouette => Entry {
                key: "silhouette",
                title: "Silhouette",
                within: "silhouette",
                better: Better::Higher,
                range: "−1 to 1, higher is better",
                reading: "higher is better: own segment against the next",
            },
            Self::Stability => Entry {
                key: "stability",
                title: "Least stability",
                within: "stability",
                better: Better::Higher,
                range: "0 to 1, higher is better",
                reading: "of the least stable segment when customers are drawn again: from 0.75 it is found again, below 0.6 it is chance",
            },
            Self::DaviesBouldin => Entry {
                key: "davies_bouldin",
                title: "Davies-Bouldin",
                within: "Davies-Bouldin",
                better: Better::Lower,
                range: "from 0, lower is better",
                reading: "lower is better: likeness of the most alike segments",
            },
            Self::CalinskiHarabasz => Entry {
                key: "calinski_harabasz",
                title: "Calinski-Harabasz",
                within: "Calinski-Harabasz",
                better: Better::Higher,
                range: "from 0, higher is better",
                reading: "higher is better: spread between against within",
            },
            Self::Inertia => Entry {
                key: "inertia",
                title: "Inertia",
                within: "inertia",
                better: Better::Neither,
                range: "sum of squared distances",
                reading: "always falls; the elbow is where more segments stop paying",
            },
            Self::Bic => Entry {
                key: "bic",
                title: "BIC",
                within: "BIC",
                better: Better::Lower,
                range: "lower is better, same features only",
                reading: "lower is better: fit against complexity",
            },
            Self::Aic => Entry {
                key: "aic",
                title: "AIC",
                within: "AIC",
                better: Better::Lower,
                range: "lower is better, same features only",
                reading: "lower is better: fit against complexity",
            },
            Self::Gap => Entry {
                key: "gap",
                title: "Gap",
                within: "the gap statistic",
                better: Better::Higher,
                range: "higher is better",
                reading: "against data without segments; the first that the next does not beat by more than its error",
            },
        }
    }

    /// Its name in JSON.
    #[must_use]
    pub const fn key(self) -> &'static str {
        self.entry().key
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.entry().title
    }

    /// Its name within a sentence.
    #[must_use]
    pub const fn within(self) -> &'static str {
        self.entry().within
    }

    /// Its name among the votes for a number of segments.
    #[must_use]
    pub const fn vote(self) -> &'static str {
        match self {
            Self::Inertia => "kneedle",
            other => other.key(),
        }
    }

    /// Who votes, within a sentence.
    #[must_use]
    pub const fn voter(self) -> &'static str {
        match self {
            Self::Inertia => "the inertia's elbow",
            other => other.within(),
        }
    }

    /// Which way it is better.
    #[must_use]
    pub const fn better(self) -> Better {
        self.entry().better
    }

    /// Its range and direction, a few words.
    #[must_use]
    pub const fn range(self) -> &'static str {
        self.entry().range
    }

    /// How to read it where a number of segments is chosen.
    #[must_use]
    pub const fn reading(self) -> &'static str {
        self.entry().reading
    }

    /// The value as it is written everywhere; a dash where there is none.
    #[must_use]
    pub fn text(self, value: Option<f64>) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return "–".to_owned() };
        match self {
            Self::Stability => format!("{value:.2}"),
            // What rounds to no thousandth is 0, and not a power of ten.
            Self::Silhouette | Self::DaviesBouldin | Self::Gap if value.abs() < 0.0005 => "0".to_owned(),
            Self::Silhouette | Self::DaviesBouldin | Self::Gap if value.abs() < 0.001 => format!("{value:.3}"),
            Self::Silhouette
            | Self::DaviesBouldin
            | Self::Gap
            | Self::CalinskiHarabasz
            | Self::Inertia
            | Self::Bic
            | Self::Aic => figures::number(value),
        }
    }

    /// What a value means, for those that have limits in the literature: the silhouette (Kaufman and Rousseeuw 1990) and the stability
    /// (Hennig 2007).
    #[must_use]
    pub fn words(self, value: f64) -> Option<&'static str> {
        match self {
            Self::Silhouette => Some(match value {
                _ if value > 0.70 => "strong",
                _ if value > 0.50 => "reasonable",
                _ if value > 0.25 => "weak",
                _ => "no substantial",
            }),
            Self::Stability => Some(stability::words(value)),
            _ => None,
        }
    }

    /// Of several values the best; `None` without one, and for a score that does not say.
    pub fn best(self, values: impl Iterator<Item = f64>) -> Option<f64> {
        match self.better() {
            Better::Higher => values.max_by(f64::total_cmp),
            Better::Lower => values.min_by(f64::total_cmp),
            Better::Neither => None,
        }
    }
}

/// What has scores.
pub trait Scored {
    /// The value; `None` where it is undefined, does not apply or was not measured.
    fn score(&self, score: Score) -> Option<f64>;
}

impl Scored for KScore {
    fn score(&self, score: Score) -> Option<f64> {
        match score {
            Score::Silhouette => self.silhouette,
            Score::Stability => self.weakest(),
            Score::DaviesBouldin => self.davies_bouldin,
            Score::CalinskiHarabasz => self.calinski_harabasz,
            Score::Inertia => Some(self.inertia),
            Score::Bic => self.bic,
            Score::Aic => None,
            Score::Gap => self.gap.map(|(gap, _)| gap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::artefact::Scores;

    #[test]
    fn values_are_written_alike_everywhere() {
        assert_eq!(Score::Silhouette.text(Some(1e-9)), "0");
        assert_eq!(Score::Silhouette.text(Some(0.553_93)), "0.554");
        assert_eq!(Score::Silhouette.text(Some(0.000_7)), "0.001");
        assert_eq!(Score::Gap.text(Some(1.2347)), "1.23", "rounded once");
        assert_eq!(Score::Stability.text(Some(0.9)), "0.90");
        assert_eq!(Score::CalinskiHarabasz.text(Some(12_345.6)), "12,346");
        assert_eq!(Score::Bic.text(None), "–");
        assert_eq!(Score::Inertia.text(Some(f64::NAN)), "–");
    }

    #[test]
    fn the_best_is_high_or_low_or_nothing() {
        let values = [0.2, 0.5, 0.1];
        assert_eq!(Score::Silhouette.best(values.into_iter()), Some(0.5));
        assert_eq!(Score::DaviesBouldin.best(values.into_iter()), Some(0.1));
        assert_eq!(Score::Inertia.best(values.into_iter()), None);
        for score in Score::ALL {
            let says = if score.better() == Better::Lower { "lower is better" } else { "higher is better" };
            assert!(score.better() == Better::Neither || score.range().ends_with(says) || score.range().contains(says));
        }
    }

    #[test]
    fn names_are_those_of_the_answers_and_different() {
        let names = |text: fn(Score) -> &'static str| {
            let mut names = Score::ALL.map(text);
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
        };
        names(Score::key);
        names(Score::title);
        let scores = serde_json::to_value(Scores::default()).unwrap();
        for score in [&Score::COMPARED[..], &Score::FURTHER[..]].concat() {
            assert!(scores.get(score.key()).is_some(), "{} is no field of a model's scores", score.key());
        }
    }

    #[test]
    fn a_silhouette_has_the_words_of_its_source() {
        let words = [0.71, 0.7, 0.5, 0.25, -1.0].map(|value| Score::Silhouette.words(value).unwrap());
        assert_eq!(words, ["strong", "reasonable", "weak", "no substantial", "no substantial"]);
    }
}
