//! The tables of a data set: read, typed, cleaned and joined, each once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::aggregate;
use super::lookup::{Lookup, not_there, partners};
use super::remark::Remarks;
use super::typed::{RoleByUse, Typed};
use super::typing::{Typing, cleaned};
use crate::dataset::error::DatasetError;
use crate::dataset::manifest::{Join, MANIFEST_FILE, Manifest, Role, Table};
use crate::dataset::read::{self, RawPiece, Reader};
use crate::progress::Progress;

/// Reads the tables of a data set.
pub(in crate::dataset) struct Tables<'a> {
    pub(in crate::dataset) folder: &'a Path,
    pub(in crate::dataset) manifest: &'a Manifest,
    /// Hash of each file that was read, by table.
    pub(in crate::dataset) hashes: Vec<(String, u64)>,
    /// May stop the reading.
    pub(in crate::dataset) watch: &'a dyn Progress,
}

impl<'a> Tables<'a> {
    pub(in crate::dataset) fn new(folder: &'a Path, manifest: &'a Manifest, watch: &'a dyn Progress) -> Self {
        Self { folder, manifest, hashes: Vec::new(), watch }
    }

    /// The manifest's file, for errors.
    pub(in crate::dataset) fn manifest_file(&self) -> PathBuf {
        self.folder.join(MANIFEST_FILE)
    }

    pub(in crate::dataset) fn named(&self, name: &str) -> Result<&'a Table, DatasetError> {
        self.manifest.table(name).ok_or_else(|| {
            DatasetError::manifest(&self.manifest_file(), "table", format!("there is no table \"{name}\""))
        })
    }

    /// A table with typed columns after its own cleaning rules.
    pub(in crate::dataset) fn typed(&mut self, name: &str, uses: &RoleByUse<'_>) -> Result<Typed, DatasetError> {
        let table = self.named(name)?;
        if let Some(of) = &table.of {
            let source = self.typed(of, &aggregate::uses(table))?;
            let made = aggregate::aggregate(table, &source)?;
            return cleaned(made, table, self.manifest, false);
        }
        let raw = read::read(self.folder, table, self.watch)?;
        self.hashes.push((name.to_owned(), raw.hash));
        let typing = Typing { folder: self.folder, manifest: self.manifest, table, uses, partial: false, numbers: &[] };
        let mut typed = typing.typed(&RawPiece::Frame(raw.frame), None)?.0;
        let mut notes = Remarks::from(raw.notes);
        notes.append(std::mem::take(&mut typed.notes));
        Ok(Typed { notes, ..typed })
    }

    /// A table by name, to be read piece by piece.
    pub(in crate::dataset) fn in_pieces<'b>(
        &self,
        name: &str,
        uses: &'b RoleByUse<'b>,
        wanted: Option<&BTreeSet<String>>,
        partial: bool,
        numbers: &'b [String],
    ) -> Result<(Reader, Typing<'b>), DatasetError>
    where
        'a: 'b,
    {
        let table = self.named(name)?;
        let reader = Reader::open(self.folder, table, wanted)?;
        Ok((reader, Typing { folder: self.folder, manifest: self.manifest, table, uses, partial, numbers }))
    }

    /// Adds the columns of other tables to a table, a partner a row at most.
    pub(in crate::dataset) fn join_all(
        &mut self,
        left: &mut Typed,
        joins: &[Join],
        uses: &RoleByUse<'_>,
    ) -> Result<(), DatasetError> {
        for lookup in self.lookups(joins, uses)? {
            lookup.join(left, |_| true)?;
            left.notes.check_joins()?;
            left.notes.append(lookup.right.notes);
        }
        Ok(())
    }

    /// Makes other tables ready to be joined, several at a time.
    pub(in crate::dataset) fn lookups(
        &mut self,
        joins: &[Join],
        uses: &RoleByUse<'_>,
    ) -> Result<Vec<Lookup>, DatasetError> {
        let made: Vec<_> = joins
            .par_iter()
            .map(|join| {
                let mut own = Tables::new(self.folder, self.manifest, self.watch);
                own.lookup(join, uses).map(|lookup| (lookup, own.hashes))
            })
            .collect();
        let mut lookups = Vec::with_capacity(made.len());
        // The first error in the order of the manifest is told, whichever came first.
        for one in made {
            let (lookup, hashes) = one?;
            self.hashes.extend(hashes);
            lookups.push(lookup);
        }
        Ok(lookups)
    }

    /// Makes another table ready to be joined.
    fn lookup(&mut self, join: &Join, uses: &RoleByUse<'_>) -> Result<Lookup, DatasetError> {
        let (here, there) =
            join.keys().map_err(|message| DatasetError::manifest(&self.manifest_file(), "join", message))?;
        let mut uses = uses.clone();
        // Keys are compared as text, whatever they look like.
        uses.insert(there, Role::Id);
        let right = self.typed(&join.table, &uses)?;
        let keys = right.frame.column(there).map_err(|_| not_there(&right.file, there))?;
        let keys = keys.str().map_err(|_| not_there(&right.file, there))?;
        let partners = partners(keys, &right.file, there)?;
        let missing = |name: &String| right.frame.column(name).is_err();
        if let Some(wanted) = &join.columns
            && let Some(name) = wanted.iter().find(|name| missing(name))
        {
            return Err(not_there(&right.file, name));
        }
        let lookup = Lookup {
            table: join.table.clone(),
            here: here.to_owned(),
            there: there.to_owned(),
            columns: join.columns.clone(),
            right,
            partners,
        };
        match &join.prefix {
            None => Ok(lookup),
            Some(prefix) => lookup.prefixed(prefix),
        }
    }
}
