//! Files and sheets that are parts of one table: months, years, regions.

use std::collections::BTreeSet;
use std::path::Path;

use crate::dataset::DatasetError;
use crate::dataset::manifest::{Part, Table};
use crate::figures;
use crate::propose::look::{Look, look_at};
use crate::words;

/// Share of the columns that parts of a table must have in common.
const COMMON: f64 = 0.7;

/// Names of the column in which the part of a row stands, the first that no column has.
const PART_COLUMNS: [&str; 3] = ["source", "source_file", "part_of_table"];

/// Looks at tables of the same columns as one; the others stay as they are.
///
/// # Errors
/// [`DatasetError`], when the parts cannot be read as one.
pub(super) fn unite(folder: &Path, looks: Vec<Look>) -> Result<Vec<Look>, DatasetError> {
    let mut groups: Vec<Vec<Look>> = Vec::new();
    for look in looks {
        match groups.iter_mut().find(|group| is_part(&group[0], &look)) {
            Some(group) => group.push(look),
            None => groups.push(vec![look]),
        }
    }
    groups
        .into_iter()
        .map(|group| if group.len() == 1 { Ok(group) } else { one(folder, group).map(|look| vec![look]) })
        .collect::<Result<Vec<_>, _>>()
        .map(|groups| groups.into_iter().flatten().collect())
}

fn plain_names(look: &Look) -> BTreeSet<String> {
    look.columns.iter().map(|column| crate::propose::words::plain(&column.name)).collect()
}

fn is_part(first: &Look, other: &Look) -> bool {
    let (left, right) = (plain_names(first), plain_names(other));
    let common = left.intersection(&right).count();
    let all = left.union(&right).count();
    // Columns that are only numbered have no name in common.
    let is_named = !first.columns.iter().all(|column| column.name.starts_with("column_"));
    let is_same_kind =
        first.format.is_text() == other.format.is_text() && first.format.has_sheets() == other.format.has_sheets();
    common > 1 && is_named && is_same_kind && common as f64 >= COMMON * all as f64
}

fn one(folder: &Path, group: Vec<Look>) -> Result<Look, DatasetError> {
    let own_repeats: usize = group.iter().map(|look| look.repeated_rows).sum();
    let called: Vec<String> = group
        .iter()
        .map(|look| {
            let place = look.table.sheet.as_ref().map_or(look.table.file.clone(), |sheet| format!("sheet {sheet}"));
            format!("{place} ({})", figures::counted(look.rows, "row", "rows"))
        })
        .collect();
    let mut notes = vec![format!("{} hold the same columns and are read as one table.", words::all_of(&called))];
    let all: BTreeSet<String> = group.iter().flat_map(plain_names).collect();
    for look in &group {
        let own = plain_names(look);
        let absent: Vec<&str> = group
            .iter()
            .flat_map(|other| &other.columns)
            .map(|column| column.name.as_str())
            .filter(|name| !own.contains(&crate::propose::words::plain(name)))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if !absent.is_empty() {
            let place = look.table.sheet.as_deref().unwrap_or(&look.table.file);
            notes.push(format!("{place} has no {}, so that it is missing in its rows.", words::all_of(&absent)));
        }
    }
    let is_free = |name: &&&str| !all.contains(&crate::propose::words::plain(name));
    let part_column = PART_COLUMNS.iter().find(is_free).map(|name| (*name).to_owned());
    let mut tables = group.into_iter().map(|look| Table { format: Some(look.format), ..look.table });
    let first = tables.next().unwrap_or_default();
    let part = tables
        .map(|table| Part {
            file: Some(table.file.clone()).filter(|file| *file != first.file),
            sheet: table.sheet,
            format: table.format,
            separator: table.separator,
            encoding: table.encoding,
        })
        .collect();
    let mut look = look_at(folder, Table { part, part_column, ..first })?;
    look.overlap = look.repeated_rows.saturating_sub(own_repeats);
    if look.overlap > 0 {
        // Rows of two parts are only equal where nothing says which part they are of.
        let table = Table { part_column: None, ..look.table };
        look = Look { overlap: look.overlap, ..look_at(folder, table)? };
    }
    look.notes.splice(0..0, notes);
    Ok(look)
}

/// What the parts of a table have in common in their names: `sales` of `sales_2023` and `sales_2024`.
pub(super) fn common_name(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let is_common = |end: usize| others.iter().all(|other| other.get(..end) == first.get(..end));
    let end = first.char_indices().map(|(at, letter)| at + letter.len_utf8()).rev().find(|end| is_common(*end))?;
    let name = first[..end].trim_end_matches(|letter: char| !letter.is_alphabetic());
    (name.chars().count() > 1).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_called_by_what_their_names_have_in_common() {
        let name = |names: &[&str]| common_name(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(name(&["sales_2023", "sales_2024"]).as_deref(), Some("sales"));
        assert_eq!(name(&["part-0", "part-1"]).as_deref(), Some("part"));
        assert_eq!(name(&["january", "march"]), None);
        assert_eq!(name(&["Übersicht 1", "Übersicht 2"]).as_deref(), Some("Übersicht"));
    }
}
