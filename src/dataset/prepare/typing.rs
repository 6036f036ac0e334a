//! How a table as read gets types and is cleaned by its own rules.

use std::path::Path;

use super::clean::{Cleaner, Plan};
use super::interpret;
use super::remark::{Remark, Remarks};
use super::typed::{RoleByUse, Typed};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::{Manifest, Table};
use crate::dataset::read::RawPiece;

/// How a table as read gets types and is cleaned by its own rules.
#[derive(Clone, Copy)]
pub(in crate::dataset) struct Typing<'a> {
    pub(super) folder: &'a Path,
    pub(super) manifest: &'a Manifest,
    pub(super) table: &'a Table,
    pub(super) uses: &'a RoleByUse<'a>,
    pub(super) partial: bool,
    /// Ids and categories that may stay whole numbers.
    pub(super) numbers: &'a [String],
}

impl Typing<'_> {
    /// Whether there are more pieces of the table.
    pub(in crate::dataset) fn is_partial(&self) -> bool {
        self.partial
    }

    /// A typed table, and what it settles for further pieces of the same.
    pub(in crate::dataset) fn typed(
        &self,
        piece: &RawPiece<'_>,
        known: Option<&interpret::Settled>,
    ) -> Result<(Typed, interpret::Settled), DatasetError> {
        let Self { manifest, table, uses, partial, numbers, .. } = *self;
        let file = table.place(self.folder);
        let declared = |column: &str| uses.get(column).copied().or_else(|| manifest.column(column).role);
        let may_stay_number = |column: &str| numbers.iter().any(|name| name == column);
        let interpreted = interpret::interpret_piece(&file, table, &declared, piece, known, &may_stay_number)?;
        let typed = Typed {
            frame: interpreted.frame,
            roles: interpreted.roles,
            infinite: interpreted.infinite,
            notes: Remarks::from(interpreted.notes),
            file,
        };
        Ok((cleaned(typed, table, manifest, partial)?, interpreted.settled))
    }
}

/// A table, or a piece of one, after its own cleaning rules.
pub(super) fn cleaned(
    mut typed: Typed,
    table: &Table,
    manifest: &Manifest,
    partial: bool,
) -> Result<Typed, DatasetError> {
    if table.clean.is_empty() && table.derive.is_empty() {
        return Ok(typed);
    }
    let plan = Plan { manifest, value: None, clean: &table.clean, derive: &table.derive, partial };
    let mut cleaner = Cleaner::new(&typed.file, plan, typed.frame, typed.roles);
    cleaner.run()?;
    for entry in cleaner.entries {
        typed.notes.push(Remark::Cleaned {
            table: table.name().to_owned(),
            rule: entry.rule,
            columns: entry.columns,
            rows_removed: entry.rows_removed,
            cells_changed: entry.cells_changed,
        });
    }
    typed.notes.append(cleaner.notes);
    (typed.frame, typed.roles) = (cleaner.frame, cleaner.roles);
    Ok(typed)
}
