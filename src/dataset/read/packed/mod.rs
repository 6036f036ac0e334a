//! The bytes of a file, as they are or unpacked: of gzip, of Zstandard, or of one file in a zip archive.

pub(super) mod archive;
mod bounded;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use tempfile::{NamedTempFile, TempPath};

use self::bounded::{Bounded, MOST};
use super::content::HEAD;
use crate::dataset::error::DatasetError;

/// Most bytes of a file that has to be unpacked before it can be read.
const MOST_AT_ONCE: u64 = 4 << 30;

/// How bytes are packed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layer {
    Gzip,
    Zstandard,
    /// A file in a zip archive: where it starts, its bytes packed and unpacked, their checksum, and whether they are packed.
    Entry {
        start: u64,
        packed: u64,
        size: u64,
        crc: u32,
        deflated: bool,
    },
}

/// The bytes of a file, which can be read again and again.
#[derive(Debug, Clone)]
pub(super) struct Bytes {
    at: PathBuf,
    /// What messages call them.
    named: PathBuf,
    layer: Option<Layer>,
}

/// A file on disk that holds the bytes as they are; one that was unpacked goes when nobody needs it any more.
#[derive(Debug, Clone)]
pub(super) struct Held {
    at: PathBuf,
    _unpacked: Option<Arc<TempPath>>,
}

impl Held {
    /// Where it is.
    pub(super) fn at(&self) -> &Path {
        &self.at
    }
}

impl Bytes {
    /// The bytes of a file as they are.
    pub(super) fn of(file: &Path) -> Self {
        Self { at: file.to_owned(), named: file.to_owned(), layer: None }
    }

    /// The same bytes, unpacked.
    pub(super) fn unpacked(&self, layer: Layer) -> Self {
        Self { layer: Some(layer), ..self.clone() }
    }

    /// A file in the archive that these bytes are.
    pub(super) fn entry(&self, entry: &archive::Entry) -> Self {
        Self { layer: Some(entry.layer), named: self.named.join(&entry.name), at: self.at.clone() }
    }

    /// The only file in the archive that these bytes are, which messages call by the archive.
    pub(super) fn only_entry(&self, entry: &archive::Entry) -> Self {
        Self { layer: Some(entry.layer), ..self.clone() }
    }

    /// What messages call them.
    pub(super) fn named(&self) -> &Path {
        &self.named
    }

    /// How many there are, when that is known before they are read.
    pub(super) fn size(&self) -> Option<u64> {
        match self.layer {
            None => std::fs::metadata(&self.at).ok().map(|about| about.len()),
            Some(Layer::Entry { size, .. }) => Some(size),
            Some(_) => None,
        }
    }

    /// Starts to read them.
    pub(super) fn read(&self) -> Result<Box<dyn Read + Send>, DatasetError> {
        self.read_within(MOST)
    }

    fn read_within(&self, most: u64) -> Result<Box<dyn Read + Send>, DatasetError> {
        self.open(most).map_err(|source| unreadable(&self.named, source))
    }

    fn open(&self, most: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.at)?;
        let packed = file.metadata()?.len();
        let Some(layer) = self.layer else { return Ok(Box::new(file)) };
        if let Layer::Entry { start, .. } = layer {
            file.seek(SeekFrom::Start(start))?;
        }
        let input = BufReader::with_capacity(1 << 16, file);
        Ok(match layer {
            Layer::Gzip => Box::new(Bounded::new(MultiGzDecoder::new(input), &self.named, packed, most)),
            Layer::Zstandard => Box::new(Bounded::new(zstd::Decoder::with_buffer(input)?, &self.named, packed, most)),
            Layer::Entry { packed, size, crc, deflated, .. } => {
                let bytes = input.take(packed);
                let bytes: Box<dyn Read + Send> =
                    if deflated { Box::new(DeflateDecoder::new(bytes)) } else { Box::new(bytes) };
                let checked = Checked { bytes, crc: Crc::new(), expected: crc, ahead: size };
                Box::new(Bounded::new(checked, &self.named, packed, most))
            }
        })
    }

    /// The first bytes, by which a file is told.
    pub(super) fn head(&self) -> Result<Vec<u8>, DatasetError> {
        let mut head = Vec::new();
        self.read()?.take(HEAD as u64).read_to_end(&mut head).map_err(|source| unreadable(&self.named, source))?;
        Ok(head)
    }

    /// A file on disk with these bytes, for readers that move to and fro in it.
    pub(super) fn on_disk(&self) -> Result<Held, DatasetError> {
        if self.layer.is_none() {
            return Ok(Held { at: self.at.clone(), _unpacked: None });
        }
        let unwritable = |source| DatasetError::Unwritable { file: self.named.clone(), source };
        let mut unpacked = NamedTempFile::new().map_err(unwritable)?;
        let mut input = self.read_within(MOST_AT_ONCE)?;
        io::copy(&mut input, unpacked.as_file_mut()).map_err(|source| unreadable(&self.named, source))?;
        let unpacked = unpacked.into_temp_path();
        Ok(Held { at: unpacked.to_path_buf(), _unpacked: Some(Arc::new(unpacked)) })
    }
}

/// A failed reading as an error of the file; some carry one of their own.
pub(super) fn unreadable(file: &Path, source: io::Error) -> DatasetError {
    match source.downcast::<DatasetError>() {
        Ok(error) => error,
        Err(source) => DatasetError::Unreadable { file: file.to_owned(), source },
    }
}

/// Bytes of an archive, whose checksum and number are looked at where they end.
struct Checked {
    bytes: Box<dyn Read + Send>,
    crc: Crc,
    expected: u32,
    ahead: u64,
}

impl Read for Checked {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(room)?;
        self.crc.update(&room[..read]);
        let is_short = read == 0 && !room.is_empty() && (self.ahead > 0 || self.crc.sum() != self.expected);
        let ahead = self.ahead.checked_sub(read as u64);
        let Some(ahead) = ahead.filter(|_| !is_short) else { return Err(io::ErrorKind::InvalidData.into()) };
        self.ahead = ahead;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn zip(names: &[&str]) -> Vec<u8> {
        let mut writer = ZipWriter::new(io::Cursor::new(Vec::new()));
        for name in names {
            if name.ends_with('/') {
                writer.add_directory(*name, SimpleFileOptions::default()).unwrap();
            } else {
                writer.start_file(*name, SimpleFileOptions::default()).unwrap();
                writer.write_all(format!("id\n{name}\n").repeat(50).as_bytes()).unwrap();
            }
        }
        writer.finish().unwrap().into_inner()
    }

    fn entries(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let found = archive::entries(file.path(), Path::new("a.zip")).map_err(|error| error.to_string())?;
        let whole = Bytes::of(file.path());
        let read = |entry: archive::Entry| {
            let mut text = String::new();
            whole.entry(&entry).read().unwrap().read_to_string(&mut text).map_err(|error| error.to_string())?;
            Ok((entry.name, text))
        };
        found.into_iter().map(read).collect()
    }

    #[test]
    fn files_of_an_archive_are_read_without_what_programs_add() {
        let found =
            entries(&zip(&["in/", "in/a.csv", "__MACOSX/in/._a.csv", ".hidden", "b.csv", "Thumbs.db"])).unwrap();
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["in/a.csv", "b.csv"]);
        assert_eq!(found[0].1, "id\nin/a.csv\n".repeat(50));
    }

    #[test]
    fn archives_that_lead_astray_are_refused() {
        for (names, expected) in [
            (&["../up.csv"][..], "\"../up.csv\", which would lie outside of it; pack the files again"),
            (&["/etc/x.csv"], "which would lie outside"),
            (&["a\\..\\..\\x.csv"], "which would lie outside"),
            (&["in/"], "is an archive without files"),
        ] {
            let message = entries(&zip(names)).unwrap_err();
            assert!(message.starts_with("a.zip: ") && message.contains(expected), "{message}");
        }
        assert!(entries(b"PK\x03\x04 and nothing else").unwrap_err().contains("is a damaged zip file"));
    }

    #[test]
    fn a_changed_byte_is_no_silent_change_of_a_table() {
        let mut bytes = zip(&["a.csv"]);
        let start = bytes.windows(5).position(|part| part == b"a.csv").unwrap() + 5;
        bytes[start + 2] ^= 0x10;
        let message = entries(&bytes).unwrap_err();
        assert!(message.contains("is damaged and cannot be unpacked to its end"), "{message}");
    }

    #[test]
    fn what_is_packed_is_unpacked_as_it_is_read_and_once_on_disk() {
        let text = "id,name\n1,Zoë\n".repeat(1000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(text.as_bytes()).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstandard = zstd::encode_all(text.as_bytes(), 3).unwrap();
        // Two of them in a row are one file.
        let twice = [gzip.as_slice(), &gzip].concat();
        for (bytes, layer, times) in
            [(&gzip, Layer::Gzip, 1), (&twice, Layer::Gzip, 2), (&zstandard, Layer::Zstandard, 1)]
        {
            let file = NamedTempFile::new().unwrap();
            std::fs::write(file.path(), bytes).unwrap();
            let bytes = Bytes::of(file.path()).unpacked(layer);
            let held = bytes.on_disk().unwrap();
            assert_eq!(std::fs::read_to_string(held.at()).unwrap(), text.repeat(times));
            let at = held.at().to_owned();
            drop(held);
            assert!(!at.exists());
            assert!(bytes.head().unwrap().starts_with(b"id,name"));
        }
        let file = NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &gzip[..gzip.len() / 2]).unwrap();
        let message = Bytes::of(file.path()).unpacked(Layer::Gzip).on_disk().unwrap_err().to_string();
        assert!(message.contains("is damaged and cannot be unpacked to its end"), "{message}");
    }
}
