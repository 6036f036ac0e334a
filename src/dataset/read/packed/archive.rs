//! The files in a zip archive, and what of it is left out or refused.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

use super::Layer;
use crate::dataset::error::DatasetError;

/// Files of an archive at most.
const MOST_ENTRIES: usize = 20_000;

/// A file in an archive.
#[derive(Debug, Clone)]
pub(in crate::dataset::read) struct Entry {
    /// Its path in the archive.
    pub(in crate::dataset::read) name: String,
    pub(super) layer: Layer,
}

/// All names in an archive.
///
/// # Errors
/// [`DatasetError`] for a damaged archive.
pub(in crate::dataset::read) fn names(at: &Path, named: &Path) -> Result<Vec<String>, DatasetError> {
    let archive = open(at, named)?;
    Ok(archive.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned()).collect())
}

/// The files of an archive that may be tables, without those that programs add.
///
/// # Errors
/// [`DatasetError`] for a damaged archive, for one with a password, and for names that lead out of it.
pub(in crate::dataset::read) fn entries(at: &Path, named: &Path) -> Result<Vec<Entry>, DatasetError> {
    let mut archive = open(at, named)?;
    let refused = |message: String| Err(DatasetError::data(named, message));
    if archive.len() > MOST_ENTRIES {
        return refused(format!("holds {} files; pack those with the tables alone", archive.len()));
    }
    let mut entries: Vec<Entry> = Vec::new();
    for position in 0..archive.len() {
        let file = archive.by_index_raw(position).map_err(|_| damaged(named))?;
        let name = file.name().map(|name| name.replace('\\', "/")).map_err(|_| damaged(named))?;
        if file.is_dir() || is_added(&name) {
            continue;
        }
        let leads_out = name.starts_with('/') || name.contains(':') || name.split('/').any(|part| part == "..");
        if leads_out || name.chars().any(char::is_control) || file.is_symlink() {
            return refused(format!(
                "holds a file called \"{}\", which would lie outside of it; pack the files again",
                name.escape_debug()
            ));
        }
        if entries.iter().any(|entry| entry.name == name) {
            return refused(format!("holds two files called \"{name}\"; pack it again with one of them"));
        }
        if file.encrypted() {
            return refused("is protected by a password; unpack it and import the files in it".to_owned());
        }
        let deflated = match file.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            _ => {
                return refused(format!(
                    "packs \"{name}\" in a way that is not unpacked here; unpack it and import the files in it"
                ));
            }
        };
        let Some(start) = file.data_start() else { return Err(damaged(named)) };
        let layer =
            Layer::Entry { start, packed: file.compressed_size(), size: file.size(), crc: file.crc32(), deflated };
        entries.push(Entry { name, layer });
    }
    if entries.is_empty() {
        return refused("is an archive without files; pack the tables again".to_owned());
    }
    Ok(entries)
}

/// Files that Macs and Windows put beside those of people, and hidden ones.
fn is_added(name: &str) -> bool {
    let own = ["__MACOSX", "Thumbs.db", "desktop.ini"];
    name.split('/').any(|part| own.contains(&part) || part.len() > 1 && part.starts_with('.') && part != "..")
}

fn open(at: &Path, named: &Path) -> Result<ZipArchive<BufReader<File>>, DatasetError> {
    let opened = File::open(at).map_err(|source| DatasetError::Unreadable { file: named.to_owned(), source })?;
    ZipArchive::new(BufReader::new(opened)).map_err(|_| damaged(named))
}

fn damaged(named: &Path) -> DatasetError {
    DatasetError::data(named, "is a damaged zip file or workbook; download it, pack it or save it again")
}
