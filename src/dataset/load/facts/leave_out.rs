//! Rows that are no sales, such as cancelled orders, taken out of a piece with a line in the ledger.

use std::path::Path;

use polars::prelude::*;

use crate::dataset::error::DatasetError;
use crate::dataset::ledger::LedgerEntry;
use crate::dataset::manifest::{FactSource, LeftOut};
use crate::dataset::prepare::clean::Cleaner;

/// The rule in words, as the ledger tells it.
pub(in crate::dataset) fn words(left: &LeftOut) -> String {
    format!("No sales ({}): row removed", left.values.join(", "))
}

/// Takes out the rows that the manifest says are no sales.
pub(super) fn leave_out(file: &Path, cleaner: &mut Cleaner<'_>, source: &FactSource) -> Result<(), DatasetError> {
    for left in &source.leave_out {
        let (rows_before, value_before) = (cleaner.frame.height(), cleaner.value()?);
        let fail = |error: PolarsError| DatasetError::column(file, &left.column, error.to_string());
        let texts = cleaner.frame.column(&left.column).and_then(Column::str).map_err(fail)?;
        let is_kept = |text: Option<&str>| !text.is_some_and(|text| left.values.iter().any(|value| value == text));
        let kept: BooleanChunked = texts.iter().map(is_kept).collect();
        let frame = cleaner.frame.filter(&kept).map_err(fail)?;
        cleaner.frame = frame;
        let entry = LedgerEntry {
            rule: words(left),
            columns: vec![left.column.clone()],
            rows_before,
            rows_removed: rows_before - cleaner.frame.height(),
            cells_changed: 0,
            value_removed: value_before - cleaner.value()?,
            value_changed: 0.0,
        };
        cleaner.entries.push(entry);
    }
    Ok(())
}
