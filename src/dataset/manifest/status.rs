//! What features from the use of things are called and mean.

use super::column::{ColumnSpec, Role};
use super::facts::StatusSource;
use crate::dataset::label::humanise;

/// What is known of a feature of uses.
pub(super) fn spec(name: &str, source: &StatusSource) -> Option<ColumnSpec> {
    let StatusSource { thing, word, .. } = source;
    let (label, unit, description) = match name {
        "uses" => (format!("{thing}s {word}"), None, format!("Number of {thing}s that were {word}.")),
        "use_rate" => (format!("Share {word}"), None, format!("Share of the {thing}s that were {word}, 0 to 1.")),
        "active_months" => ("Active months".to_owned(), Some("months"), format!("Calendar months with a {thing}.")),
        "days_to_use" => (
            format!("Days until {word}"),
            Some("days"),
            format!("Mean days from a {thing} to its use; missing for those who used none."),
        ),
        _ => return None,
    };
    Some(ColumnSpec {
        role: Some(Role::Numeric),
        label: Some(humanise(&label)),
        unit: unit.map(str::to_owned),
        description: Some(description),
        ..ColumnSpec::default()
    })
}
