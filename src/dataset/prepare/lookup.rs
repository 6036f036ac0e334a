//! A table ready to be joined to others: each row has a key of its own.

use std::collections::HashSet;
use std::path::Path;

use polars::prelude::*;

use super::interner::Interner;
use super::remark::Remark;
use super::typed::Typed;
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::Role;

pub(super) fn not_there(file: &Path, name: &str) -> DatasetError {
    DatasetError::column(file, name, "is needed to join tables and is not there; correct the join in the manifest")
}

/// A table ready to be joined to others: each row has a key of its own.
pub(in crate::dataset) struct Lookup {
    pub(in crate::dataset) table: String,
    /// The key in the table that it is joined to.
    pub(in crate::dataset) here: String,
    pub(in crate::dataset) there: String,
    pub(super) columns: Option<Vec<String>>,
    pub(in crate::dataset) right: Typed,
    pub(super) partners: Partners,
}

/// Rows by key, each of which stands once.
pub(super) struct Partners {
    keys: Interner,
    /// Row of each key by its number.
    rows: Vec<IdxSize>,
}

impl Partners {
    fn row(&self, key: &str) -> Option<IdxSize> {
        self.rows.get(self.keys.get(key)? as usize).copied()
    }
}

impl Lookup {
    /// The columns that it adds to a table that has some already.
    pub(in crate::dataset) fn adds<'b>(
        &'b self,
        has: impl Fn(&str) -> bool + 'b,
    ) -> impl Iterator<Item = &'b (String, Role)> {
        self.right.roles.iter().filter(move |(name, _)| {
            *name != self.there && self.columns.as_ref().is_none_or(|wanted| wanted.contains(name)) && !has(name)
        })
    }

    /// The same with a prefix before the names of the columns that it adds.
    pub(super) fn prefixed(mut self, prefix: &str) -> Result<Self, DatasetError> {
        let fail = |error: PolarsError| DatasetError::data(&self.right.file, error.to_string());
        let kept: Vec<(String, Role)> = self.adds(|_| false).cloned().collect();
        let mut columns = vec![self.right.frame.column(&self.there).map_err(fail)?.clone()];
        let mut roles = vec![(self.there.clone(), Role::Id)];
        for (name, role) in kept {
            let name_here = format!("{prefix}{name}");
            let column = self.right.frame.column(&name).map_err(fail)?.clone();
            columns.push(column.with_name(name_here.as_str().into()));
            roles.push((name_here, role));
        }
        self.right.frame = DataFrame::new(self.right.frame.height(), columns).map_err(fail)?;
        self.right.roles = roles;
        self.columns = None;
        Ok(self)
    }

    /// The same with those columns only that it adds.
    pub(in crate::dataset) fn narrowed(mut self) -> Self {
        let kept: HashSet<String> = self.adds(|_| false).map(|(name, _)| name.clone()).collect();
        self.right.roles.retain(|(name, _)| kept.contains(name));
        self.columns = None;
        self
    }

    /// Adds its columns and one more of that name, which is 1 where there is a partner and missing elsewhere. Nothing is
    /// remarked, because rows of the table may stand for any number of rows.
    pub(in crate::dataset) fn join_marked(&self, left: &mut Typed, mark: &str) -> Result<(), DatasetError> {
        let keys = left.frame.column(&self.here).map_err(|_| not_there(&left.file, &self.here))?;
        let keys = keys.str().map_err(|_| not_there(&left.file, &self.here))?;
        let found: Float64Chunked =
            keys.iter().map(|key| key.and_then(|key| self.partners.row(key)).map(|_| 1.0)).collect();
        let notes = left.notes.clone();
        self.join(left, |_| true)?;
        left.notes = notes;
        let found = found.with_name(mark.into()).into_column();
        left.frame.with_column(found).map_err(|error| DatasetError::data(&left.file, error.to_string()))?;
        left.roles.push((mark.to_owned(), Role::Numeric));
        Ok(())
    }

    /// Key and row of each partner.
    pub(in crate::dataset) fn partners(&self) -> impl Iterator<Item = (&str, usize)> {
        let keys = self.right.frame.column(&self.there).ok().and_then(|keys| keys.str().ok());
        let keys = keys.into_iter().flat_map(ChunkedArray::iter);
        keys.enumerate().filter_map(|(row, key)| Some((key?, row)))
    }

    /// Adds its columns, of those only the useful ones; the table's remarks count rows without a partner.
    pub(in crate::dataset) fn join(
        &self,
        left: &mut Typed,
        is_useful: impl Fn(&str) -> bool,
    ) -> Result<(), DatasetError> {
        let keys = left.frame.column(&self.here).map_err(|_| not_there(&left.file, &self.here))?;
        let keys = keys.cast(&DataType::String).and_then(|keys| keys.str().cloned());
        let keys = keys.map_err(|_| not_there(&left.file, &self.here))?;
        let rows: IdxCa = keys.iter().map(|key| key.and_then(|key| self.partners.row(key))).collect();
        left.notes.push(Remark::NoPartner {
            file: left.file.clone(),
            table: self.table.clone(),
            here: self.here.clone(),
            there: self.there.clone(),
            rows: rows.len(),
            without: rows.null_count(),
            unknown: keys.null_count(),
        });
        let has: HashSet<String> = left.roles.iter().map(|(name, _)| name.clone()).collect();
        for (name, role) in self.adds(|name| has.contains(name)).filter(|(name, _)| is_useful(name)) {
            let fail = |error: PolarsError| DatasetError::column(&self.right.file, name, error.to_string());
            let column = self.right.frame.column(name).map_err(fail)?.take(&rows).map_err(fail)?;
            left.frame.with_column(column).map_err(fail)?;
            left.roles.push((name.clone(), *role));
        }
        Ok(())
    }
}

/// Row by key. A key that stands twice would multiply rows, so it is refused.
pub(super) fn partners(texts: &StringChunked, file: &Path, name: &str) -> Result<Partners, DatasetError> {
    let (mut keys, mut rows) = (Interner::counting(), Vec::with_capacity(texts.len()));
    let (mut repeated, mut example) = (0, "");
    for (row, key) in texts.iter().enumerate() {
        let Some(key) = key else { continue };
        if keys.code(key) as usize == rows.len() {
            rows.push(row as IdxSize);
        } else {
            repeated += 1;
            example = key;
        }
    }
    if repeated > 0 {
        return Err(DatasetError::column(
            file,
            name,
            format!(
                "{repeated} rows repeat a key (such as \"{example}\"), so joining would multiply rows; remove them with a cleaning rule of the table, for example rule = \"duplicate-rows\""
            ),
        ));
    }
    Ok(Partners { keys, rows })
}
