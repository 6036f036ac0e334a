//! Pieces that several pages are made of.

use crate::dataset::Column;
use crate::web::context::PageContext;

/// A choice among options, drawn as a select.
#[derive(Debug)]
pub(super) struct Picker {
    pub name: String,
    pub label: String,
    pub options: Vec<Choice>,
}

/// One option of a picker.
#[derive(Debug)]
pub(super) struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Picker {
    /// Options as (value, label).
    pub(super) fn new<'a>(
        name: &str,
        label: &str,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
        chosen: &str,
    ) -> Self {
        Self {
            name: name.to_owned(),
            label: label.to_owned(),
            options: options
                .into_iter()
                .map(|(value, label)| Choice {
                    value: value.to_owned(),
                    label: label.to_owned(),
                    chosen: value == chosen,
                })
                .collect(),
        }
    }

    /// A picker of columns; `none` labels the empty choice, where there is one.
    pub(super) fn of_columns<'a>(
        name: &str,
        label: &str,
        columns: impl IntoIterator<Item = &'a Column>,
        chosen: Option<&Column>,
        none: Option<&str>,
    ) -> Self {
        let columns = columns.into_iter().map(|column| (column.name.as_str(), column.label.as_str()));
        Self::new(
            name,
            label,
            none.map(|none| ("", none)).into_iter().chain(columns),
            chosen.map_or("", |column| column.name.as_str()),
        )
    }
}

/// A form of pickers that keeps the rest of the address.
#[derive(Debug)]
pub(super) struct PickerForm {
    pub hidden: Vec<(String, String)>,
    pub pickers: Vec<Picker>,
}

impl PickerForm {
    pub(super) fn new(context: &PageContext, pickers: Vec<Picker>) -> Self {
        let names: Vec<&str> = pickers.iter().map(|picker| picker.name.as_str()).collect();
        Self { hidden: context.hidden_except(&names), pickers }
    }
}

/// A number with its name.
#[derive(Debug)]
pub(super) struct Card {
    pub label: String,
    pub value: String,
    pub note: String,
}

impl Card {
    pub(super) fn new(label: impl Into<String>, value: impl Into<String>, note: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), note: note.into() }
    }
}
