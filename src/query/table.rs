//! A page of customers: searched, sorted, cut.

use std::cmp::Ordering;

use super::QueryError;
use super::view::View;
use crate::dataset::{Column, Role, Values, dates};

/// Customers on one page.
pub const PAGE_SIZE: usize = 25;

/// Sort key for the customer id.
pub const SORT_BY_ID: &str = "id";

/// Sort key for the segment.
pub const SORT_BY_SEGMENT: &str = "segment";

/// Which customers of a view are wanted, in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TableRequest {
    /// Text that the id or a category must contain, in any case of letters; empty for all.
    pub search: String,
    /// Column to sort by; empty for the order of the file.
    pub sort: String,
    /// Whether the largest come first.
    pub descending: bool,
    /// Page, from 1.
    pub page: usize,
}

impl TableRequest {
    /// Reads the number of a page.
    ///
    /// # Errors
    /// [`QueryError::BadLimit`] for what is no whole number.
    pub fn parse_page(text: &str) -> Result<usize, QueryError> {
        text.parse().map_err(|_| QueryError::BadLimit {
            column: "the page".to_owned(),
            text: text.to_owned(),
            expected: "whole number",
        })
    }
}

/// One value as JSON: number, day, level, or null when missing.
#[must_use]
pub fn value(column: &Column, row: usize) -> serde_json::Value {
    match &column.values {
        Values::Levels { codes, names } => {
            names.get(codes[row] as usize).map_or(serde_json::Value::Null, |n| n.as_str().into())
        }
        Values::Numbers(numbers) if numbers[row].is_nan() => serde_json::Value::Null,
        Values::Numbers(numbers) if column.role == Role::Date => dates::format_iso(numbers[row]).into(),
        Values::Numbers(numbers) => numbers[row].into(),
    }
}

/// One page of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TablePage {
    /// Rows on the page.
    pub rows: Vec<u32>,
    /// Rows found.
    pub found: usize,
    /// The page that is shown, within bounds.
    pub page: usize,
    /// Number of pages, at least 1.
    pub pages: usize,
}

/// Finds, sorts and cuts. Missing values come last in either direction; equal values keep the order
/// of the file.
///
/// # Errors
/// [`QueryError::UnknownColumn`] for a sort column that does not exist.
pub fn page(view: &View<'_>, request: &TableRequest) -> Result<TablePage, QueryError> {
    let mut rows = search(view, request.search.trim());
    match request.sort.as_str() {
        "" => {}
        SORT_BY_ID => {
            rows.sort_by(|a, b| {
                let (a, b) = (view.customers.ids.get(*a as usize), view.customers.ids.get(*b as usize));
                let order = compare_ids(a, b);
                if request.descending { order.reverse() } else { order }
            });
        }
        SORT_BY_SEGMENT => {
            if let Some(labels) = view.labels {
                sort_by_number(&mut rows, request.descending, |row| f64::from(labels[row]));
            }
        }
        name => {
            let column = view.column(name, "to sort by", |_| true)?;
            sort(&mut rows, column, request.descending);
        }
    }
    let pages = rows.len().div_ceil(PAGE_SIZE).max(1);
    let page = request.page.clamp(1, pages);
    let found = rows.len();
    let rows = rows.into_iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
    Ok(TablePage { rows, found, page, pages })
}

/// Numbers by size before texts by letters; numbers of the same size by how they are written. A total order, as sorting needs.
fn compare_ids(left: &str, right: &str) -> Ordering {
    let number = |id: &str| id.parse::<f64>().ok().filter(|number| !number.is_nan());
    match (number(left), number(right)) {
        (Some(a), Some(b)) => a.total_cmp(&b).then_with(|| left.cmp(right)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => left.cmp(right),
    }
}

fn search(view: &View<'_>, text: &str) -> Vec<u32> {
    if text.is_empty() {
        return view.rows.clone();
    }
    let wanted = text.to_lowercase();
    let hits: Vec<(&[u32], Vec<bool>)> = view
        .customers
        .columns
        .iter()
        .filter_map(|column| match &column.values {
            Values::Levels { codes, names } => {
                Some((codes.as_slice(), names.iter().map(|name| name.to_lowercase().contains(&wanted)).collect()))
            }
            Values::Numbers(_) => None,
        })
        .collect();
    view.rows
        .iter()
        .copied()
        .filter(|row| {
            let index = *row as usize;
            view.customers.ids.get(index).to_lowercase().contains(&wanted)
                || hits.iter().any(|(codes, hit)| hit.get(codes[index] as usize).copied().unwrap_or(false))
        })
        .collect()
}

fn sort(rows: &mut [u32], column: &Column, descending: bool) {
    match &column.values {
        Values::Numbers(numbers) => sort_by_number(rows, descending, |row| numbers[row]),
        Values::Levels { codes, names } => sort_by_number(rows, descending, |row| {
            if (codes[row] as usize) < names.len() { f64::from(codes[row]) } else { f64::NAN }
        }),
    }
}

fn sort_by_number(rows: &mut [u32], descending: bool, number: impl Fn(usize) -> f64) {
    rows.sort_by(|a, b| {
        let (a, b) = (number(*a as usize), number(*b as usize));
        match (a.is_nan(), b.is_nan()) {
            (false, false) if descending => b.total_cmp(&a),
            (false, false) => a.total_cmp(&b),
            (a, b) => a.cmp(&b),
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset() -> crate::dataset::Dataset {
        let folder = tempfile::tempdir().unwrap();
        let mut data = String::from("id,spent,city\n10,5,Bari\n9,,Bonn\n11,7,bari south\n");
        for row in 0..40 {
            data.push_str(&format!("{},1,Rome\n", 100 + row));
        }
        std::fs::write(folder.path().join("a.csv"), data).unwrap();
        let text = "title='t'\n[[table]]\nfile='a.csv'\n[columns.city]\nrole='category'\n[segmentation]\nvalue='spent'\nfeatures=['spent']\n";
        std::fs::write(folder.path().join("dataset.toml"), text).unwrap();
        crate::dataset::load(folder.path()).unwrap()
    }

    fn ask(search: &str, sort: &str, descending: bool, page: usize) -> Result<TablePage, QueryError> {
        let dataset = dataset();
        let view = View::all(&dataset.customers, None);
        super::page(&view, &TableRequest { search: search.to_owned(), sort: sort.to_owned(), descending, page })
    }

    #[test]
    fn search_looks_at_ids_and_categories_in_any_case() {
        assert_eq!(ask("BARI", "", false, 1).unwrap().rows, [0, 2]);
        assert_eq!(ask("11", "", false, 1).unwrap().found, 11);
        assert_eq!(ask("nowhere", "", false, 1).unwrap(), TablePage { rows: vec![], found: 0, page: 1, pages: 1 });
    }

    #[test]
    fn missing_values_come_last_in_either_direction() {
        assert_eq!(ask("", "spent", true, 1).unwrap().rows[..2], [2, 0]);
        assert_eq!(ask("", "spent", true, 2).unwrap().rows.last(), Some(&1));
        assert_eq!(ask("", "spent", false, 2).unwrap().rows.last(), Some(&1));
        assert_eq!(ask("", "id", false, 1).unwrap().rows[..3], [1, 0, 2]);
    }

    proptest::proptest! {
        #[test]
        fn ids_of_any_kind_have_one_order(ids in proptest::collection::vec("[0-9]{1,3}[ab]?|-?[0-9]e[0-9]|nan|inf|[a-c]{0,2}", 2..60)) {
            let mut sorted = ids;
            sorted.sort_by(|a, b| compare_ids(a, b));
            for (place, left) in sorted.iter().enumerate() {
                for right in &sorted[place..] {
                    proptest::prop_assert_ne!(compare_ids(left, right), Ordering::Greater);
                }
            }
        }
    }

    #[test]
    fn numbers_come_before_texts() {
        let mut ids = ["17a", "9", "1b", "17", "10", "nan", "b"];
        ids.sort_by(|a, b| compare_ids(a, b));
        assert_eq!(ids, ["9", "10", "17", "17a", "1b", "b", "nan"]);
    }

    #[test]
    fn pages_stay_within_bounds() {
        let page = ask("", "", false, 99).unwrap();
        assert_eq!((page.page, page.pages, page.rows.len(), page.found), (2, 2, 18, 43));
        assert_eq!(ask("", "", false, 0).unwrap().page, 1);
        assert!(ask("", "nothing", false, 1).is_err());
    }
}
