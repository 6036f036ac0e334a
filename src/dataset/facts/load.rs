//! From tables to facts: joined, cleaned with a ledger, sorted by day.

use std::collections::HashMap;
use std::path::Path;

use polars::prelude::*;

use super::{FactDimension, Facts, Places, UNKNOWN};
use crate::dataset::clean::{Cleaner, Plan};
use crate::dataset::customers::{Values, levels};
use crate::dataset::dates;
use crate::dataset::manifest::{FactSource, Role};
use crate::dataset::rules::{CleaningRule, Columns, MissingAction};
use crate::dataset::tables::{Tables, Uses};
use crate::dataset::{DatasetError, Ledger, LedgerEntry};

/// Facts before their customers are known.
pub(in crate::dataset) struct LoadedFacts {
    pub(in crate::dataset) facts: Facts,
    /// Ids of the known buyers.
    pub(in crate::dataset) ids: Vec<String>,
}

/// Reads, joins and cleans the facts that the manifest describes.
///
/// # Errors
/// [`DatasetError`], naming file and key, or file, row and column.
pub(in crate::dataset) fn load(tables: &mut Tables<'_>, source: &FactSource) -> Result<LoadedFacts, DatasetError> {
    let mut uses = Uses::from([
        (source.customer.as_str(), Role::Id),
        (source.time.as_str(), Role::Date),
        (source.amount.as_str(), Role::Numeric),
    ]);
    uses.extend(source.order.as_deref().map(|name| (name, Role::Id)));
    let numbers = [&source.quantity, &source.latitude, &source.longitude];
    uses.extend(numbers.into_iter().flatten().map(|name| (name.as_str(), Role::Numeric)));
    uses.extend(source.dimension.iter().map(|dimension| (dimension.column.as_str(), Role::Category)));
    for join in &source.join {
        // A key of the facts is text like the key it is compared with.
        if let Ok((here, _)) = join.keys() {
            uses.entry(here).or_insert(Role::Category);
        }
    }
    let mut table = tables.typed(&source.table, &uses)?;
    let file = table.file.clone();
    tables.join_all(&mut table, &source.join, &uses)?;
    check_columns(&file, source, &table.roles)?;
    let plan = Plan {
        manifest: tables.manifest,
        value: Some(("facts.amount", source.amount.as_str())),
        clean: &source.clean,
        derive: &[],
    };
    let mut cleaner = Cleaner::new(&file, plan, table.frame, table.roles);
    let (rows_in, value_in) = (cleaner.frame.height(), cleaner.value()?);
    cleaner.entries.extend(LedgerEntry::of_infinite(rows_in, table.infinite));
    without_day_or_amount(&mut cleaner, source)?;
    cleaner.run()?;
    let value_out = cleaner.value()?;
    let frame = cleaner.frame.sort([source.time.as_str()], SortMultipleOptions::default().with_maintain_order(true));
    let frame = frame.map_err(|error| DatasetError::data(&file, error.to_string()))?;
    let ledger = Ledger {
        value: source.amount.clone(),
        rows_in,
        rows_out: frame.height(),
        value_in,
        value_out,
        entries: cleaner.entries,
        notes: [table.notes, cleaner.notes].concat(),
    };
    build(&file, source, tables, &frame, ledger)
}

/// What the manifest names must be there after the joins.
fn check_columns(file: &Path, source: &FactSource, roles: &[(String, Role)]) -> Result<(), DatasetError> {
    let mut named = vec![
        ("customer", source.customer.as_str()),
        ("time", source.time.as_str()),
        ("amount", source.amount.as_str()),
    ];
    let optional = [
        ("order", &source.order),
        ("quantity", &source.quantity),
        ("latitude", &source.latitude),
        ("longitude", &source.longitude),
    ];
    named.extend(optional.into_iter().filter_map(|(key, name)| Some((key, name.as_deref()?))));
    named.extend(source.dimension.iter().map(|dimension| ("dimension.column", dimension.column.as_str())));
    match named.into_iter().find(|(_, name)| !roles.iter().any(|(known, _)| known == name)) {
        None => Ok(()),
        Some((key, name)) => Err(crate::dataset::derive::manifest_error(
            file,
            format!("facts.{key}"),
            format!(
                "there is no column \"{name}\"; the columns are {}",
                roles.iter().map(|(known, _)| known.as_str()).collect::<Vec<_>>().join(", ")
            ),
        )),
    }
}

/// A fact without a day or an amount says nothing: such rows go, and are counted.
fn without_day_or_amount(cleaner: &mut Cleaner<'_>, source: &FactSource) -> Result<(), DatasetError> {
    for column in [&source.time, &source.amount] {
        let missing = cleaner.frame.column(column).map_or(0, Column::null_count);
        if missing > 0 {
            let columns = Columns::Named(vec![column.clone()]);
            cleaner.apply(&CleaningRule::Missing { columns, action: MissingAction::Drop, value: None })?;
        }
    }
    Ok(())
}

fn build(
    file: &Path,
    source: &FactSource,
    tables: &Tables<'_>,
    frame: &DataFrame,
    ledger: Ledger,
) -> Result<LoadedFacts, DatasetError> {
    let fail = |name: &str, error: PolarsError| DatasetError::column(file, name, error.to_string());
    let numbers = |name: &String| -> Result<Vec<f64>, DatasetError> {
        let column = frame.column(name).and_then(|column| column.f64()).map_err(|error| fail(name, error))?;
        Ok(column.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    };
    let day = frame.column(&source.time).and_then(|column| column.cast(&DataType::Int32));
    let day = day.map_err(|error| fail(&source.time, error))?;
    let day: Vec<i32> = day.i32().map_err(|error| fail(&source.time, error))?.iter().flatten().collect();
    let (buyer, ids) = numbered(frame, &source.customer).map_err(|error| fail(&source.customer, error))?;
    let (order, orders) = match &source.order {
        Some(name) => {
            let (codes, names) = numbered(frame, name).map_err(|error| fail(name, error))?;
            (codes, names.len())
        }
        None => ((0..day.len() as u32).collect(), day.len()),
    };
    let mut dimensions = Vec::with_capacity(source.dimension.len());
    for dimension in &source.dimension {
        let name = &dimension.column;
        let texts = frame.column(name).and_then(|column| column.str()).map_err(|error| fail(name, error))?;
        if let Values::Levels { codes, names } = levels(texts) {
            let label = dimension.label.clone().or_else(|| tables.manifest.column(name).label);
            let label = label.unwrap_or_else(|| crate::dataset::customers::humanise(name));
            dimensions.push(FactDimension { name: name.clone(), label, codes, names });
        }
    }
    let places = match (&source.latitude, &source.longitude) {
        (Some(latitude), Some(longitude)) => Some(places(&numbers(latitude)?, &numbers(longitude)?)),
        _ => None,
    };
    let last = day.last().copied().unwrap_or_default();
    let snapshot = source.snapshot.as_deref().and_then(dates::parse_iso).unwrap_or(last + 1);
    if snapshot <= last {
        return Err(crate::dataset::derive::manifest_error(
            file,
            "facts.snapshot",
            format!("expected a day after the last one, {}", dates::format_iso(f64::from(last))),
        ));
    }
    let facts = Facts {
        amount: numbers(&source.amount)?,
        quantity: source.quantity.as_ref().map(numbers).transpose()?.unwrap_or_default(),
        buyers: ids.iter().collect(),
        customer_of: vec![UNKNOWN; ids.len()],
        buyer,
        order,
        day,
        dimensions,
        places,
        orders,
        snapshot,
        missing_days: source.missing_days,
        ledger,
    };
    Ok(LoadedFacts { facts, ids })
}

/// A number for each text in the order of appearance, and the texts; a missing one is [`UNKNOWN`].
fn numbered(frame: &DataFrame, name: &str) -> PolarsResult<(Vec<u32>, Vec<String>)> {
    let texts = frame.column(name)?.str()?;
    let mut known: HashMap<&str, u32> = HashMap::new();
    let mut names: Vec<String> = Vec::new();
    let codes = texts
        .iter()
        .map(|text| {
            let Some(text) = text else { return UNKNOWN };
            *known.entry(text).or_insert_with(|| {
                names.push(text.to_owned());
                names.len() as u32 - 1
            })
        })
        .collect();
    Ok((codes, names))
}

/// Places of equal coordinates, rounded to a ten-thousandth of a degree (about ten metres).
fn places(latitudes: &[f64], longitudes: &[f64]) -> Places {
    let mut known: HashMap<(i64, i64), u32> = HashMap::new();
    let mut points = Vec::new();
    let rounded = |degrees: f64| (degrees * 1e4).round() as i64;
    let place = latitudes
        .iter()
        .zip(longitudes)
        .map(|(latitude, longitude)| {
            if !((-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude)) {
                return UNKNOWN;
            }
            *known.entry((rounded(*latitude), rounded(*longitude))).or_insert_with(|| {
                points.push((*latitude, *longitude));
                points.len() as u32 - 1
            })
        })
        .collect();
    Places { place, points }
}

#[cfg(test)]
mod tests;
