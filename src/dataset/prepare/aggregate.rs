//! A table made of another: one row for each value of a key.

use std::collections::BTreeMap;

use polars::prelude::*;

use crate::dataset::error::DatasetError;
use crate::dataset::manifest::{Aggregate, How, Role, Table};
use crate::dataset::prepare::interner::Interner;
use crate::dataset::prepare::remark::Remark;
use crate::dataset::prepare::typed::{RoleByUse, Typed};

/// Roles that the other table's columns need.
pub(in crate::dataset) fn uses(table: &Table) -> RoleByUse<'_> {
    let mut uses = RoleByUse::new();
    for Aggregate { column, how, .. } in &table.aggregate {
        let role = if how.is_of_numbers() { Role::Numeric } else { Role::Category };
        uses.extend(column.as_deref().map(|column| (column, role)));
    }
    uses.extend(table.by.as_deref().map(|by| (by, Role::Id)));
    uses
}

/// One row for each known key in alphabetical order, with what the manifest asks for. Rows without a key are left out and counted.
///
/// # Errors
/// [`DatasetError::Data`] when the other table lacks a column.
pub(in crate::dataset) fn aggregate(table: &Table, source: &Typed) -> Result<Typed, DatasetError> {
    let by = table.by.as_deref().unwrap_or_default();
    let lacks = |name: &str| {
        let known: Vec<&str> = source.roles.iter().map(|(name, _)| name.as_str()).collect();
        DatasetError::column(
            &source.file,
            name,
            format!("is needed for table {} and is not there; the columns are {}", table.name(), known.join(", ")),
        )
    };
    let keys = source.frame.column(by).and_then(|column| column.str().cloned()).map_err(|_| lacks(by))?;
    let mut interner = Interner::keeping();
    let codes: Vec<Option<u32>> = keys.iter().map(|key| key.map(|key| interner.code(key))).collect();
    let texts = interner.into_texts();
    let mut order: Vec<usize> = (0..texts.len()).collect();
    order.sort_unstable_by_key(|code| texts.get(*code));

    let ids: StringChunked = order.iter().map(|code| Some(texts.get(*code))).collect();
    let mut columns = vec![ids.with_name(by.into()).into_column()];
    let mut roles = vec![(by.to_owned(), Role::Id)];
    for Aggregate { name, column, how } in &table.aggregate {
        let column = column.as_deref().unwrap_or(by);
        let (series, role) = if how.is_of_numbers() {
            let numbers = if *how == How::Count {
                None
            } else {
                Some(source.frame.column(column).and_then(|c| c.f64().cloned()).map_err(|_| lacks(column))?)
            };
            let mut groups = vec![Numbers::default(); texts.len()];
            for (row, code) in codes.iter().enumerate() {
                let value = numbers.as_ref().map_or(Some(1.0), |numbers| numbers.get(row));
                if let (Some(code), Some(value)) = (code, value) {
                    groups[*code as usize].add(value);
                }
            }
            let values: Float64Chunked = order.iter().map(|code| groups[*code].value(*how)).collect();
            (values.into_series(), Role::Numeric)
        } else {
            let found = source.frame.column(column).and_then(|c| c.str().cloned()).map_err(|_| lacks(column))?;
            let mut groups: Vec<Levels<'_>> = vec![Levels::default(); texts.len()];
            for (code, text) in codes.iter().zip(found.iter()) {
                if let (Some(code), Some(text)) = (code, text) {
                    groups[*code as usize].add(text);
                }
            }
            let values: StringChunked = order.iter().map(|code| groups[*code].value(*how)).collect();
            (values.into_series(), Role::Category)
        };
        columns.push(series.with_name(name.as_str().into()).into_column());
        roles.push((name.clone(), role));
    }
    let frame =
        DataFrame::new(order.len(), columns).map_err(|error| DatasetError::data(&source.file, error.to_string()))?;
    let mut notes = source.notes.clone();
    notes.push(Remark::Text(told(table, codes.len(), order.len(), keys.null_count())));
    Ok(Typed { file: source.file.clone(), frame, roles, infinite: source.infinite, notes })
}

fn told(table: &Table, rows: usize, keys: usize, unknown: usize) -> String {
    let (name, of) = (table.name(), table.of.as_deref().unwrap_or_default());
    let without = if unknown > 0 { format!("; {unknown} rows without a key are left out") } else { String::new() };
    format!(
        "Table {name}: {rows} rows of {of} make {keys}, one for each {}{without}.",
        table.by.as_deref().unwrap_or("key")
    )
}

/// Numbers of a key on their way to one.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    count: u32,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Numbers {
    fn default() -> Self {
        Self { count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl Numbers {
    fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Missing where there was no value.
    fn value(&self, how: How) -> Option<f64> {
        (self.count > 0).then_some(match how {
            How::Mean => self.sum / f64::from(self.count),
            How::Min => self.min,
            How::Max => self.max,
            How::Count => f64::from(self.count),
            _ => self.sum,
        })
    }
}

/// Texts of a key on their way to one.
#[derive(Debug, Clone, Default)]
struct Levels<'a> {
    first: Option<&'a str>,
    counts: BTreeMap<&'a str, u32>,
}

impl<'a> Levels<'a> {
    fn add(&mut self, text: &'a str) {
        self.first.get_or_insert(text);
        *self.counts.entry(text).or_default() += 1;
    }

    /// Of equally frequent texts the first in the alphabet.
    fn value(&self, how: How) -> Option<&'a str> {
        let most = self.counts.values().max()?;
        let frequent = self.counts.iter().find(|(_, count)| *count == most).map(|(text, _)| *text);
        if how == How::First { self.first } else { frequent }
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::load::load;

    const PAYMENTS: &str =
        "order,kind,value,parts\n2,card,5.5,1\n1,voucher,1,2\n1,card,2,4\n1,card,,1\n,card,9,9\n3,,,\n";
    const ORDERS: &str = "id,order\na,1\nb,2\nc,3\n";

    fn manifest(aggregates: &str) -> String {
        format!(
            "title='t'\n[[table]]\nfile='orders.csv'\n[[table]]\nfile='payments.csv'\n[[table]]\nname='paid'\nof='payments'\nby='order'\n\
             {aggregates}\n[customers]\ntable='orders'\nid='id'\n[[customers.join]]\ntable='paid'\non='order'\n\
             [segmentation]\nvalue='total'\nfeatures=['total']\n"
        )
    }

    fn loaded(manifest: &str) -> Result<crate::dataset::Dataset, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("orders.csv", ORDERS), ("payments.csv", PAYMENTS), ("dataset.toml", manifest)] {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        load(folder.path()).map_err(|error| error.to_string())
    }

    fn aggregate(name: &str, column: &str, how: &str) -> String {
        format!("[[table.aggregate]]\nname='{name}'\ncolumn='{column}'\nhow='{how}'\n")
    }

    #[test]
    fn a_key_gets_one_row_and_money_is_counted_once() {
        let wanted = [
            ("total", "value", "sum"),
            ("mean", "value", "mean"),
            ("low", "value", "min"),
            ("high", "value", "max"),
            ("parts", "parts", "max"),
            ("kind", "kind", "most-frequent"),
            ("first", "kind", "first"),
        ];
        let aggregates: String = wanted.iter().map(|(name, column, how)| aggregate(name, column, how)).collect();
        let count = "[[table.aggregate]]\nname='lines'\nhow='count'\n";
        let dataset = loaded(&manifest(&format!("{aggregates}{count}"))).unwrap();
        let numbers = |name: &str| dataset.customers.numbers(name).unwrap_or_else(|| panic!("no {name}")).to_vec();
        assert_eq!(dataset.customers.len(), 3);
        assert_eq!(numbers("total")[..2], [3.0, 5.5]);
        assert!(numbers("total")[2].is_nan(), "nothing is known of the third");
        assert_eq!(numbers("mean")[0], 1.5);
        assert_eq!((numbers("low")[0], numbers("high")[0], numbers("parts")[0]), (1.0, 2.0, 4.0));
        assert_eq!(numbers("lines"), [3.0, 1.0, 1.0]);
        let level = |name: &str, row: usize| {
            let crate::dataset::Values::Levels { codes, names } = &dataset.customers.column(name).unwrap().values
            else {
                panic!("levels")
            };
            names.get(codes[row] as usize).cloned()
        };
        assert_eq!(level("kind", 0).as_deref(), Some("card"));
        assert_eq!(level("first", 0).as_deref(), Some("voucher"));
        assert_eq!(level("kind", 2), None);
        let note = "Table paid: 6 rows of payments make 3, one for each order; 1 rows without a key are left out.";
        assert!(dataset.ledger.notes.contains(&note.to_owned()), "{:?}", dataset.ledger.notes);
    }

    #[test]
    fn wrong_aggregates_are_refused() {
        let total = aggregate("total", "value", "sum");
        for (manifest, expected) in [
            (manifest(""), "table.aggregate: expected at least one"),
            (
                manifest(&aggregate("total", "money", "sum")),
                "column \"money\": is needed for table paid and is not there",
            ),
            (
                manifest(&total).replace("of='payments'", "of='paid'"),
                "table.of: \"paid\" is made of another table itself",
            ),
            (manifest(&total).replace("of='payments'", "of='x'"), "table.of: there is no table \"x\""),
            (manifest(&total).replace("by='order'\n", ""), "table.by: expected the column"),
            (manifest(&total).replace("column='value'\n", ""), "table.aggregate.column: expected a column"),
            (manifest(&format!("{total}{total}")), "table.aggregate.name: \"total\" stands twice"),
            (manifest(&total).replace("of='payments'", "of='payments'\nfile='x.csv'"), "table.of: expected either"),
        ] {
            let message = loaded(&manifest).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
