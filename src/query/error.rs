//! What can be wrong with a question.

/// Name of the level that stands for a missing value.
pub const MISSING_NAME: &str = "(missing)";

/// A question that cannot be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// A column that the data set does not have.
    #[error("there is no column \"{name}\" {purpose}; choose one of {known}")]
    UnknownColumn {
        /// The name asked for.
        name: String,
        /// What it was asked for.
        purpose: String,
        /// What there is.
        known: String,
    },
    /// A limit that is no number or day.
    #[error("\"{text}\" is no {expected} for {column}; correct it or leave it empty")]
    BadLimit {
        /// The column.
        column: String,
        /// What was given.
        text: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A level or segment that does not exist.
    #[error("{column} has no value \"{text}\"; remove the filter or choose one of {known}")]
    UnknownLevel {
        /// The column, or "Segment".
        column: String,
        /// What was given.
        text: String,
        /// What there is (the first few).
        known: String,
    },
    /// A choice that is no choice.
    #[error("\"{text}\" is no {what}; choose one of {known}")]
    UnknownChoice {
        /// What was asked for.
        what: &'static str,
        /// What was given.
        text: String,
        /// What there is.
        known: String,
    },
    /// A period that no chart and no forecast can hold, as a single wrong day makes it.
    #[error(
        "from {first} to {last} there are more than {most} {step}s; choose a shorter period or a longer step, or drop days that cannot be right with the cleaning rule \"range\" in the manifest"
    )]
    TooManySteps {
        /// The step.
        step: &'static str,
        /// First day.
        first: String,
        /// Last day.
        last: String,
        /// Most steps that are held.
        most: String,
    },
}
