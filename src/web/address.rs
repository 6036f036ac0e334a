//! Addresses: the pairs behind the question mark, read and written.

use crate::web::error::AppError;

/// Decoded query pairs of an address.
#[derive(Debug, Clone, Default)]
pub(in crate::web) struct Query(pub Vec<(String, String)>);

impl Query {
    pub(in crate::web) fn parse(text: &str) -> Result<Self, AppError> {
        serde_urlencoded::from_str(text)
            .map(Self)
            .map_err(|_| AppError::BadRequest("The address cannot be read; start again from the data set.".to_owned()))
    }

    /// The last non-empty value of a key.
    pub(in crate::web) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(k, v)| k == key && !v.trim().is_empty()).map(|(_, v)| v.trim())
    }

    /// The last value of a key, also an empty one.
    pub(in crate::web) fn given(&self, key: &str) -> Option<&str> {
        self.0.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v.trim())
    }

    pub(in crate::web) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(k, v)| k == key && !v.trim().is_empty()).map(|(_, v)| v.trim())
    }
}

/// An address with pairs behind the question mark.
pub(in crate::web) fn href(path: &str, pairs: &[(String, String)]) -> String {
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// Keys that belong to the filter.
pub(in crate::web) fn is_filter_key(key: &str) -> bool {
    matches!(key, "seg" | "from" | "to") || ["min.", "max.", "in.", "on."].iter().any(|start| key.starts_with(start))
}
