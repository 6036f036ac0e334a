//! What can go wrong between a recipe and a saved model.

use std::path::PathBuf;

use crate::cluster::ClusterError;

/// A model could not be fitted, saved, read or used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// A setting of the recipe is wrong.
    #[error("{key}: {message}")]
    Recipe {
        /// The setting, by its name on the command line and in the API.
        key: &'static str,
        /// What was expected.
        message: String,
    },
    /// The algorithm refused the data or was cancelled.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// A value given for a prediction is wrong.
    #[error("{feature}: {message}")]
    Input {
        /// The feature.
        feature: String,
        /// What was expected.
        message: String,
    },
    /// A model's name cannot be a file name.
    #[error("\"{0}\" cannot be a model's name; use 1 to 64 small letters, digits, \"-\" and \"_\"")]
    BadName(String),
    /// There is no such model.
    #[error("there is no model named \"{name}\"; {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// What there is, in words.
        known: String,
    },
    /// The models folder refused.
    #[error("{}: cannot be saved ({source}); check free space and permissions of the models folder", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// The columns of a model are no longer in the data.
    #[error(
        "model \"{model}\" needs the column \"{column}\", which data set \"{dataset}\" does not have; train a new model"
    )]
    MissingColumn {
        /// The model.
        model: String,
        /// The column.
        column: String,
        /// The data set.
        dataset: String,
    },
}

impl SegmentError {
    /// Whether somebody cancelled the work, as opposed to its failing.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cluster(ClusterError::Cancelled))
    }

    pub(crate) fn recipe(key: &'static str, message: impl Into<String>) -> Self {
        Self::Recipe { key, message: message.into() }
    }
}
