//! What can go wrong between a folder on disk and a table of customers.

use std::path::{Path, PathBuf};

use crate::progress::Progress;

/// A data set could not be read, cleaned or derived.
///
/// Every message is one sentence that names the place (file and key, or file, row and column)
/// and says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// The manifest does not say what the program expects.
    #[error("{}: {key}: {message}", file.display())]
    Manifest {
        /// The manifest file.
        file: PathBuf,
        /// The key, written as a path such as `columns.Income.role`.
        key: String,
        /// What was expected there.
        message: String,
    },
    /// A file could not be opened or read.
    #[error("{}: cannot be read ({source}); check that the file exists and that its permissions allow reading", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A file's content contradicts the manifest or itself.
    #[error("{}{}{}: {message}", file.display(), at_row(*row), in_column(column.as_deref()))]
    Data {
        /// The file.
        file: PathBuf,
        /// One-based row below the header, where there is one.
        row: Option<usize>,
        /// The column, where there is one.
        column: Option<String>,
        /// What is wrong and what to do.
        message: String,
    },
    /// A database could not be asked.
    #[error("{}: {message}", place.display())]
    Database {
        /// What was asked for.
        place: PathBuf,
        /// What is wrong and what to do.
        message: String,
    },
    /// A file could not be written.
    #[error("{}: cannot be written ({source}); check free space and permissions", file.display())]
    Unwritable {
        /// The file.
        file: PathBuf,
        /// The operating system's reason.
        source: std::io::Error,
    },
    /// A new data set cannot be made like that.
    #[error("{message}")]
    Refused {
        /// What is wrong and what to do.
        message: String,
    },
    /// Somebody asked to stop.
    #[error("the reading was cancelled")]
    Cancelled,
    /// There is no data set of that name.
    #[error("there is no data set named \"{name}\" in {}; {known}", data_dir.display())]
    Unknown {
        /// The name asked for.
        name: String,
        /// Where it was looked for.
        data_dir: PathBuf,
        /// The names that exist, as words.
        known: String,
    },
}

fn at_row(row: Option<usize>) -> String {
    row.map_or_else(String::new, |row| format!(", row {row}"))
}

fn in_column(column: Option<&str>) -> String {
    column.map_or_else(String::new, |column| format!(", column \"{column}\""))
}

/// The first line of a library's error; what follows is for its own developers.
pub(crate) fn first_line(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().trim_end_matches('.').to_owned()
}

impl DatasetError {
    /// A problem of a file's content as a whole.
    pub(crate) fn data(file: &Path, message: impl Into<String>) -> Self {
        Self::Data { file: file.to_owned(), row: None, column: None, message: message.into() }
    }

    /// A problem of one column.
    pub(crate) fn column(file: &Path, column: &str, message: impl Into<String>) -> Self {
        Self::Data { file: file.to_owned(), row: None, column: Some(column.to_owned()), message: message.into() }
    }

    /// A problem of one cell; `row` counts from one below the header.
    pub(crate) fn cell(file: &Path, row: usize, column: &str, message: impl Into<String>) -> Self {
        Self::Data { file: file.to_owned(), row: Some(row), column: Some(column.to_owned()), message: message.into() }
    }

    /// The same error where that many rows stand before.
    #[must_use]
    pub(crate) fn after_rows(self, rows: usize) -> Self {
        match self {
            Self::Data { file, row: Some(row), column, message } => {
                Self::Data { file, row: Some(rows + row), column, message }
            }
            other => other,
        }
    }

    /// The same error with files called as they are below a folder.
    #[must_use]
    pub(crate) fn below(mut self, folder: &Path) -> Self {
        if let Self::Manifest { file, .. }
        | Self::Unreadable { file, .. }
        | Self::Data { file, .. }
        | Self::Unwritable { file, .. } = &mut self
            && let Ok(short) = file.strip_prefix(folder)
        {
            *file = short.to_owned();
        }
        self
    }

    /// The same error with files called by their names alone, for readers whom the server's folders do not concern.
    #[must_use]
    pub(crate) fn without_folders(mut self) -> Self {
        match &mut self {
            Self::Manifest { file, .. }
            | Self::Unreadable { file, .. }
            | Self::Data { file, .. }
            | Self::Unwritable { file, .. } => {
                if let Some(name) = file.file_name() {
                    *file = PathBuf::from(name);
                }
            }
            Self::Database { .. } | Self::Refused { .. } | Self::Unknown { .. } | Self::Cancelled => {}
        }
        self
    }

    /// Ends work whose watcher asks for it.
    pub(crate) fn check(watch: &dyn Progress) -> Result<(), Self> {
        if watch.is_cancelled() { Err(Self::Cancelled) } else { Ok(()) }
    }

    /// A new data set that cannot be made.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into() }
    }

    /// A problem of the manifest.
    pub(crate) fn manifest(file: &Path, key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Manifest { file: file.to_owned(), key: key.into(), message: message.into() }
    }
}
