//! Microsoft's compound files: a small file system in a file. Workbooks before 2007 are such files, and so are encrypted ones.

use std::io::{Read, Seek, SeekFrom};

/// First bytes of a compound file.
pub(in crate::dataset::read) const MARK: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

/// Sectors of tables that are followed at most: those of a file of 2 GB.
const MOST_SECTORS: usize = 1 << 15;

/// Marks from here on end a chain of sectors.
const END: u32 = 0xFFFF_FFFA;

/// Bytes of a stream, at most.
const MOST_BYTES: usize = 300 << 20;

/// Streams below this size stand in small sectors of their own.
const SMALL: usize = 4096;

/// A compound file whose directory was read.
pub(in crate::dataset::read) struct Compound<R> {
    input: R,
    size: usize,
    /// The table of which sector follows which.
    next: Vec<u32>,
    header: [u8; 512],
    directory: Vec<u8>,
}

impl<R: Read + Seek> Compound<R> {
    /// Reads the directory; `None` when it is damaged.
    pub(in crate::dataset::read) fn open(mut input: R) -> Option<Self> {
        let mut header = [0; 512];
        input.seek(SeekFrom::Start(0)).ok()?;
        input.read_exact(&mut header).ok()?;
        let size: usize = match header[30] {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut compound = Self { input, size, next: Vec::new(), header, directory: Vec::new() };
        let mut tables: Vec<u32> = header[76..].chunks_exact(4).map(number).filter(|at| *at < END).collect();
        let mut more = number(&header[68..]);
        while more < END && tables.len() < MOST_SECTORS {
            let entries: Vec<u32> = compound.sector(more)?.chunks_exact(4).map(number).collect();
            let (next, entries) = entries.split_last()?;
            tables.extend(entries.iter().copied().filter(|at| *at < END));
            more = *next;
        }
        for table in tables {
            let sector = compound.sector(table)?;
            compound.next.extend(sector.chunks_exact(4).map(number));
        }
        compound.directory = compound.chain(number(&header[48..]), MOST_BYTES / 8)?;
        Some(compound)
    }

    fn sector(&mut self, at: u32) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.size];
        self.input.seek(SeekFrom::Start((u64::from(at) + 1) * self.size as u64)).ok()?;
        // The last sector of some files is cut.
        let mut filled = 0;
        while filled < bytes.len() {
            match self.input.read(&mut bytes[filled..]).ok()? {
                0 => break,
                read => filled += read,
            }
        }
        (filled > 0).then_some(bytes)
    }

    fn chain(&mut self, mut at: u32, most: usize) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        while at < END {
            if bytes.len() > most {
                return None;
            }
            bytes.extend(self.sector(at)?);
            at = *self.next.get(at as usize)?;
        }
        Some(bytes)
    }

    /// Names of what stands in the root itself: a document may hold a workbook.
    pub(super) fn names(&self) -> Option<Vec<String>> {
        let entries: Vec<&[u8]> = self.directory.chunks_exact(128).collect();
        let (mut found, mut waiting) = (Vec::new(), vec![number(&entries.first()?[76..])]);
        while let Some(at) = waiting.pop() {
            let Some(entry) = entries.get(at as usize) else { continue };
            if found.len() > entries.len() {
                return None;
            }
            found.push(name(entry));
            waiting.extend([number(&entry[68..]), number(&entry[72..])]);
        }
        Some(found)
    }

    /// The bytes of the first stream of a name, wherever it stands.
    pub(in crate::dataset::read) fn stream(&mut self, wanted: &str) -> Option<Vec<u8>> {
        let entry = self.directory.chunks_exact(128).find(|entry| name(entry).eq_ignore_ascii_case(wanted))?;
        let (start, length) = (number(&entry[116..]), number(&entry[120..]) as usize);
        let root = number(&self.directory[116..]);
        if length > MOST_BYTES {
            return None;
        }
        let mut bytes = if length < SMALL {
            let small = self.chain(root, MOST_BYTES)?;
            let table = self.chain(number(&self.header[60..]), MOST_BYTES)?;
            let (mut bytes, mut at) = (Vec::new(), start);
            while at < END && bytes.len() < length {
                bytes.extend_from_slice(small.get(at as usize * 64..at as usize * 64 + 64)?);
                at = number(table.get(at as usize * 4..)?);
            }
            bytes
        } else {
            self.chain(start, MOST_BYTES)?
        };
        bytes.truncate(length);
        Some(bytes)
    }
}

fn name(entry: &[u8]) -> String {
    let length = usize::from(u16::from_le_bytes([entry[64], entry[65]])).saturating_sub(2).min(62);
    let units: Vec<u16> = entry[..length].chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    String::from_utf16_lossy(&units)
}

fn number(bytes: &[u8]) -> u32 {
    bytes.get(..4).map_or(u32::MAX, |bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A compound file with these names in its root.
    fn file(names: &[&str]) -> Vec<u8> {
        let mut header = vec![0; 512];
        header[..8].copy_from_slice(&MARK);
        header[30] = 9;
        header[48..52].copy_from_slice(&1_u32.to_le_bytes());
        header[68..72].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
        header[76..].fill(0xFF);
        header[76..80].copy_from_slice(&0_u32.to_le_bytes());
        let mut table = vec![0xFF; 512];
        table[..8].copy_from_slice(&[0xFD, 0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF]);
        let entry = |name: &str, right: u32, child: u32| {
            let mut entry = vec![0; 128];
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            entry[..units.len()].copy_from_slice(&units);
            entry[64] = units.len() as u8 + 2;
            entry[68..72].fill(0xFF);
            entry[72..76].copy_from_slice(&right.to_le_bytes());
            entry[76..80].copy_from_slice(&child.to_le_bytes());
            entry
        };
        let mut directory = entry("Root Entry", u32::MAX, 1);
        for (at, name) in names.iter().enumerate() {
            let next = if at + 1 < names.len() { at as u32 + 2 } else { u32::MAX };
            directory.extend(entry(name, next, u32::MAX));
        }
        directory.resize(512, 0);
        [header, table, directory].concat()
    }

    #[test]
    fn names_of_the_root_are_read_and_damage_ends_the_search() {
        let whole = file(&["Workbook", "\u{5}SummaryInformation"]);
        let names = |bytes: &[u8]| Compound::open(std::io::Cursor::new(bytes))?.names();
        assert_eq!(names(&whole).unwrap(), ["Workbook", "\u{5}SummaryInformation"]);
        for end in [8, 100, 600] {
            assert_eq!(names(&whole[..end]), None);
        }
        let mut circle = whole.clone();
        circle[1024 + 128 + 72..][..4].copy_from_slice(&1_u32.to_le_bytes());
        assert_eq!(names(&circle), None);
    }
}
