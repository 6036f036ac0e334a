//! What files leave open: two readings with different outcomes, of which people choose one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A decision that the files do not settle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Question {
    /// Names the question, such as `dates.orders`.
    pub key: String,
    /// What is asked, with what was seen.
    pub text: String,
    /// The readings, each with its outcome.
    pub options: Vec<Reading>,
    /// The value of the likelier one.
    pub likely: String,
    /// How likely that is, from 0 to 1.
    pub confidence: f64,
    /// The value that somebody chose.
    pub answer: Option<String>,
}

/// A way to read the files.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Reading {
    /// Names it among the readings.
    pub value: String,
    /// What it means, in a sentence.
    pub words: String,
    /// What comes of it, in a sentence.
    pub effect: String,
}

/// Answers by the keys of questions.
pub type Answers = BTreeMap<String, String>;

/// Stands for the likelier reading of every question.
pub const LIKELIER: &str = "*";

impl Question {
    /// A question with the answer that was given to it, if one was.
    pub(super) fn new(
        key: String,
        text: String,
        options: Vec<Reading>,
        (likely, confidence): (&str, f64),
        answers: &Answers,
    ) -> Self {
        let given = answers.get(&key).cloned();
        let answer = given.or_else(|| answers.contains_key(LIKELIER).then(|| likely.to_owned()));
        let answer = answer.filter(|answer| options.iter().any(|option| option.value == *answer));
        Self { key, text, options, likely: likely.to_owned(), confidence, answer }
    }

    /// The same where the likelier reading is all but certain: it is taken, and told, and people may choose the other.
    pub(super) fn settled(self) -> Self {
        let answer = self.answer.or_else(|| Some(self.likely.clone()));
        Self { answer, ..self }
    }

    /// What is done: the answer, else the likelier reading.
    #[must_use]
    pub fn taken(&self) -> &str {
        self.answer.as_deref().unwrap_or(&self.likely)
    }

    /// Ends a reason: whether people said so or it is only the likelier reading.
    pub(super) fn by_whom(&self) -> &'static str {
        if self.is_open() { "the likelier reading; it is asked above" } else { "as was answered" }
    }

    /// Whether nobody has answered it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.answer.is_none()
    }
}

impl Reading {
    pub(super) fn new(value: &str, words: impl Into<String>, effect: impl Into<String>) -> Self {
        Self { value: value.to_owned(), words: words.into(), effect: effect.into() }
    }
}
