//! What the lines of a group have in common: said on the first one only, or on each.

use std::collections::{HashMap, HashSet};

use polars::prelude::*;

use crate::dataset::manifest::rules::Columns;
use crate::dataset::prepare::clean::{Cleaner, Effect, Role, RuleError};

impl Cleaner<'_> {
    pub(super) fn fill_within(&self, by: &str, columns: &Columns) -> Result<Effect, RuleError> {
        let by = self.select(&Columns::Named(vec![by.to_owned()]), |role| matches!(role, Role::Id | Role::Category))?;
        let names = self.select(columns, |role| role != Role::Ignore)?;
        let mut frame = self.frame.clone();
        let mut cells_changed = 0;
        for name in names.iter().filter(|name| !by.contains(name)) {
            let groups = self.frame.column(&by[0])?.str()?;
            let values = self.frame.column(name)?;
            let is_missing = values.is_null();
            let mut first: HashMap<&str, IdxSize> = HashMap::new();
            for (row, (group, is_missing)) in groups.iter().zip(is_missing.iter()).enumerate() {
                if let (Some(group), Some(false)) = (group, is_missing) {
                    first.entry(group).or_insert(row as IdxSize);
                }
            }
            let mut filled = 0;
            let taken: IdxCa = groups
                .iter()
                .zip(is_missing.iter())
                .enumerate()
                .map(|(row, (group, is_missing))| match is_missing {
                    Some(true) => group.and_then(|group| first.get(group)).inspect(|_| filled += 1).copied(),
                    _ => Some(row as IdxSize),
                })
                .collect();
            cells_changed += filled;
            frame.with_column(values.take(&taken)?)?;
        }
        Ok(Effect { frame, cells_changed, columns: names })
    }

    pub(super) fn once_per(&self, by: &str, columns: &Columns) -> Result<Effect, RuleError> {
        let by = self.select(&Columns::Named(vec![by.to_owned()]), |role| matches!(role, Role::Id | Role::Category))?;
        let names = self.select(columns, |role| role == Role::Numeric)?;
        let mut frame = self.frame.clone();
        let mut cells_changed = 0;
        for name in &names {
            let groups = self.frame.column(&by[0])?.str()?;
            let mut seen: HashSet<&str> = HashSet::new();
            let mut changed = 0;
            let kept: Float64Chunked = groups
                .iter()
                .zip(self.frame.column(name)?.f64()?.iter())
                .map(|(group, number)| {
                    // A line without the amount is not the one that says it.
                    let is_first = group.is_none_or(|group| number.is_none() || seen.insert(group));
                    if is_first {
                        return number;
                    }
                    changed += usize::from(number != Some(0.0));
                    Some(0.0)
                })
                .collect();
            cells_changed += changed;
            frame.with_column(kept.with_name(name.as_str().into()).into_column())?;
        }
        Ok(Effect { frame, cells_changed, columns: names })
    }
}
