//! Customers out of a table of typed columns.

use std::collections::{HashMap, HashSet};

use polars::prelude::{DataFrame, DataType, PolarsError, StringChunked};

use crate::dataset::customers::{Column, Customers, MISSING_LEVEL, Values};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::{Manifest, Role};
use crate::dataset::texts::Texts;

/// Takes typed columns out of a polars table.
///
/// # Errors
/// [`DatasetError::Data`] when a column's type does not fit its role.
pub(in crate::dataset) fn from_frame(
    file: &std::path::Path,
    manifest: &Manifest,
    frame: &DataFrame,
    roles: &[(String, Role)],
) -> Result<Customers, DatasetError> {
    let mut ids: Option<(String, Texts)> = None;
    let mut columns = Vec::new();
    for (name, role) in roles {
        let fail = |error: PolarsError| DatasetError::column(file, name, error.to_string());
        let column = frame.column(name).map_err(fail)?;
        let values = match role {
            Role::Id if ids.is_none() => {
                let texts = column.str().map_err(fail)?;
                ids = Some((name.clone(), texts.iter().map(|text| text.unwrap_or("")).collect()));
                continue;
            }
            Role::Ignore | Role::Id => continue,
            Role::Category => levels(column.str().map_err(fail)?),
            Role::Date => {
                let days = column.cast(&DataType::Int32).map_err(fail)?;
                let days = days.i32().map_err(fail)?;
                Values::Numbers(days.iter().map(|day| day.map_or(f64::NAN, f64::from)).collect())
            }
            Role::Numeric | Role::Flag => {
                let numbers = column.f64().map_err(|_| {
                    DatasetError::column(file, name, format!("holds no numbers, but its role is {}", role.as_str()))
                })?;
                Values::Numbers(numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect())
            }
        };
        let derived = manifest.derive.iter().any(|step| &step.name == name);
        columns.push(Column::new(name, *role, manifest.column(name), manifest.unit(name), derived, values));
    }
    let numbered = ids.is_none();
    let (id_name, ids) =
        ids.unwrap_or_else(|| ("row".to_owned(), (1..=frame.height()).map(|row| row.to_string()).collect()));
    Ok(Customers { ids, id_name, numbered, columns })
}

pub(in crate::dataset) fn levels(texts: &StringChunked) -> Values {
    let mut names: Vec<&str> = texts.iter().flatten().collect::<HashSet<_>>().into_iter().collect();
    names.sort_unstable();
    let positions: HashMap<&str, u32> =
        names.iter().enumerate().map(|(position, name)| (*name, position as u32)).collect();
    let codes =
        texts.iter().map(|text| text.and_then(|text| positions.get(text).copied()).unwrap_or(MISSING_LEVEL)).collect();
    Values::Levels { codes, names: names.into_iter().map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_alphabetical_and_missing_is_kept() {
        let texts = StringChunked::from_iter([Some("b"), None, Some("a"), Some("b")]);
        let Values::Levels { codes, names } = levels(&texts) else { panic!("expected levels") };
        assert_eq!(codes, [1, MISSING_LEVEL, 0, 1]);
        assert_eq!(names, ["a", "b"]);
    }
}
