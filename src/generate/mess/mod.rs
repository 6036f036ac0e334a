//! Dirty exports with the truth known: a seed draws a shop, and what people and programs do to its export before it reaches us.
//!
//! [`Mess::draw`] makes the files of a seed; [`Truth`] says what they come to when they are read right. [`Mess::of`] makes the same shop
//! with other kinds of mess, by which a failure is traced to the kind that causes it. A new kind is a line in the list of its aspect.

mod amounts;
mod around;
mod book;
mod columns;
mod days;
mod export;
mod files;
mod format;
mod happenings;
mod ids;
mod kind;
mod letters;
mod levels;
mod moment;
mod names;
mod recipe;
mod records;
mod sheet;
mod style;
mod truth;

use std::path::{Path, PathBuf};

pub use export::MessFile;
pub use records::Shape;
pub use truth::{Accepted, Outcome, Truth};

use self::export::Export;
use self::kind::{Aspect, Kind};
use super::Draw;
use crate::dataset::{DatasetError, SyntheticOrigin};

/// The files of an export, what was done to them, and what they come to.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Mess {
    /// The seed.
    pub seed: u64,
    /// Names of the kinds of mess.
    pub kinds: Vec<&'static str>,
    /// What is known.
    pub truth: Truth,
    /// The files.
    #[serde(skip)]
    pub files: Vec<MessFile>,
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Written {
    /// The folder; each export has a folder of its own in it.
    pub folder: PathBuf,
    /// Exports.
    pub exports: usize,
    /// Files of all of them.
    pub files: usize,
    /// Bytes in them.
    pub bytes: usize,
}

impl Mess {
    /// The export of a seed; the same seed gives the same.
    #[must_use]
    pub fn draw(seed: u64) -> Self {
        let kinds = recipe::draw(&mut Draw::seeded(seed ^ 0x6d65_7373));
        Self::made(seed, &kinds)
    }

    /// The export of a seed with kinds of mess by their names; names that are none are left out, and so are kinds that cannot be made
    /// of it, such as returns where rows are customers.
    #[must_use]
    pub fn of(seed: u64, names: &[&str]) -> Self {
        let kinds: Vec<&'static Kind> = recipe::all().filter(|kind| names.contains(&kind.name)).collect();
        Self::made(seed, &kinds)
    }

    /// Names of all kinds of mess, each after what it concerns.
    #[must_use]
    pub fn kinds() -> Vec<&'static str> {
        recipe::all().map(|kind| kind.name).collect()
    }

    fn made(seed: u64, kinds: &[&'static Kind]) -> Self {
        let mut export = Export::plain(records::draw(&mut Draw::seeded(seed)));
        let made = recipe::make(&mut export, kinds, seed);
        let sheets = export.sheets(&mut Draw::seeded(seed ^ 0x7368_6565));
        let files: Option<Vec<MessFile>> =
            sheets.iter().map(|(name, sheet)| (export.writer)(name, sheet, &export)).collect();
        if let Some(files) = files {
            let kinds = made.iter().map(|kind| kind.name).collect();
            return Self { seed, kinds, truth: Truth::of(&export), files };
        }
        // Its letters do not stand in the code page; without one they do.
        let others: Vec<&'static Kind> = made.into_iter().filter(|kind| kind.aspect != Aspect::Letters).collect();
        Self::made(seed, &others)
    }
}

/// Writes the exports of so many seeds, each into a folder of its own with its `truth.json` beside the files.
///
/// # Errors
/// [`DatasetError::Unwritable`].
pub fn write(first: u64, count: usize, folder: &Path) -> Result<Written, DatasetError> {
    let mut written = Written { folder: folder.to_owned(), exports: count, files: 0, bytes: 0 };
    for seed in (first..).take(count) {
        let mess = Mess::draw(seed);
        let own = folder.join(seed.to_string());
        let put = |name: &str, bytes: &[u8]| {
            let file = own.join(name);
            let done = std::fs::create_dir_all(&own).and_then(|()| std::fs::write(&file, bytes));
            done.map(|()| file.clone()).map_err(|source| DatasetError::Unwritable { file, source })
        };
        let rows = mess.truth.accepted.first().map_or(0, |accepted| accepted.outcome.rows);
        for file in &mess.files {
            let place = put(&file.name, &file.bytes)?;
            SyntheticOrigin::write(&place, &file.bytes, "mess", seed, rows)?;
            written.files += 1;
            written.bytes += file.bytes.len();
        }
        put("truth.json", &serde_json::to_vec_pretty(&mess).unwrap_or_default())?;
    }
    Ok(written)
}

#[cfg(test)]
mod tests;
