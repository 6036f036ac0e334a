//! The tables of a data set: read, typed, cleaned and joined, each once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rayon::prelude::*;

use super::clean::{Cleaner, Plan};
use super::interner::Interner;
use super::manifest::{Join, MANIFEST_FILE, Manifest, Role, Table};
use super::read::{RawPiece, Reader};
use super::remark::{Remark, Remarks};
use super::{DatasetError, aggregate, interpret, read};
use crate::progress::Progress;

/// A table with typed columns.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    /// Its file.
    pub(super) file: PathBuf,
    /// Numbers and flags are `Float64`, days `Date`, ids and categories `String` (`Int64` where they may stay numbers).
    pub(super) frame: DataFrame,
    pub(super) roles: Vec<(String, Role)>,
    /// Cells that held an infinite number and are missing now.
    pub(super) infinite: usize,
    pub(super) notes: Remarks,
}

/// Roles that follow from what a column is used for.
pub(super) type Uses<'a> = HashMap<&'a str, Role>;

/// Reads the tables of a data set.
pub(super) struct Tables<'a> {
    pub(super) folder: &'a Path,
    pub(super) manifest: &'a Manifest,
    /// Hash of each file that was read, by table.
    pub(super) hashes: Vec<(String, u64)>,
    /// May stop the reading.
    pub(super) watch: &'a dyn Progress,
}

impl<'a> Tables<'a> {
    pub(super) fn new(folder: &'a Path, manifest: &'a Manifest, watch: &'a dyn Progress) -> Self {
        Self { folder, manifest, hashes: Vec::new(), watch }
    }

    /// The manifest's file, for errors.
    pub(super) fn manifest_file(&self) -> PathBuf {
        self.folder.join(MANIFEST_FILE)
    }

    pub(super) fn named(&self, name: &str) -> Result<&'a Table, DatasetError> {
        self.manifest.table(name).ok_or_else(|| {
            DatasetError::manifest(&self.manifest_file(), "table", format!("there is no table \"{name}\""))
        })
    }

    /// A table with typed columns after its own cleaning rules.
    pub(super) fn typed(&mut self, name: &str, uses: &Uses<'_>) -> Result<Typed, DatasetError> {
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
    pub(super) fn in_pieces<'b>(
        &self,
        name: &str,
        uses: &'b Uses<'b>,
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
    pub(super) fn join_all(&mut self, left: &mut Typed, joins: &[Join], uses: &Uses<'_>) -> Result<(), DatasetError> {
        for lookup in self.lookups(joins, uses)? {
            lookup.join(left, |_| true)?;
            left.notes.check_joins()?;
            left.notes.append(lookup.right.notes);
        }
        Ok(())
    }

    /// Makes other tables ready to be joined, several at a time.
    pub(super) fn lookups(&mut self, joins: &[Join], uses: &Uses<'_>) -> Result<Vec<Lookup>, DatasetError> {
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
    fn lookup(&mut self, join: &Join, uses: &Uses<'_>) -> Result<Lookup, DatasetError> {
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

fn not_there(file: &Path, name: &str) -> DatasetError {
    DatasetError::column(file, name, "is needed to join tables and is not there; correct the join in the manifest")
}

/// A table ready to be joined to others: each row has a key of its own.
pub(super) struct Lookup {
    pub(super) table: String,
    /// The key in the table that it is joined to.
    pub(super) here: String,
    pub(super) there: String,
    columns: Option<Vec<String>>,
    pub(super) right: Typed,
    partners: Partners,
}

/// Rows by key, each of which stands once.
struct Partners {
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
    pub(super) fn adds<'b>(&'b self, has: impl Fn(&str) -> bool + 'b) -> impl Iterator<Item = &'b (String, Role)> {
        self.right.roles.iter().filter(move |(name, _)| {
            *name != self.there && self.columns.as_ref().is_none_or(|wanted| wanted.contains(name)) && !has(name)
        })
    }

    /// The same with a prefix before the names of the columns that it adds.
    fn prefixed(mut self, prefix: &str) -> Result<Self, DatasetError> {
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
    pub(super) fn narrowed(mut self) -> Self {
        let kept: HashSet<String> = self.adds(|_| false).map(|(name, _)| name.clone()).collect();
        self.right.roles.retain(|(name, _)| kept.contains(name));
        self.columns = None;
        self
    }

    /// Adds its columns and one more of that name, which is 1 where there is a partner and missing elsewhere. Nothing is
    /// remarked, because rows of the table may stand for any number of rows.
    pub(super) fn join_marked(&self, left: &mut Typed, mark: &str) -> Result<(), DatasetError> {
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
    pub(super) fn partners(&self) -> impl Iterator<Item = (&str, usize)> {
        let keys = self.right.frame.column(&self.there).ok().and_then(|keys| keys.str().ok());
        let keys = keys.into_iter().flat_map(ChunkedArray::iter);
        keys.enumerate().filter_map(|(row, key)| Some((key?, row)))
    }

    /// Adds its columns, of those only the useful ones; the table's remarks count rows without a partner.
    pub(super) fn join(&self, left: &mut Typed, is_useful: impl Fn(&str) -> bool) -> Result<(), DatasetError> {
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

/// How a table as read gets types and is cleaned by its own rules.
#[derive(Clone, Copy)]
pub(super) struct Typing<'a> {
    folder: &'a Path,
    manifest: &'a Manifest,
    table: &'a Table,
    uses: &'a Uses<'a>,
    partial: bool,
    /// Ids and categories that may stay whole numbers.
    numbers: &'a [String],
}

impl Typing<'_> {
    /// Whether there are more pieces of the table.
    pub(super) fn is_partial(&self) -> bool {
        self.partial
    }

    /// A typed table, and what it settles for further pieces of the same.
    pub(super) fn typed(
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
fn cleaned(mut typed: Typed, table: &Table, manifest: &Manifest, partial: bool) -> Result<Typed, DatasetError> {
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

/// Row by key. A key that stands twice would multiply rows, so it is refused.
fn partners(texts: &StringChunked, file: &Path, name: &str) -> Result<Partners, DatasetError> {
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
