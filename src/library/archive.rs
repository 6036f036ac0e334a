//! Files of a data set in one zip archive, made piece by piece as it is taken.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::IntoIter;

use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

/// Bytes of a file that are packed in one go.
const PIECE: usize = 1 << 20;

/// An archive on its way out.
pub struct Archive {
    waiting: IntoIter<PathBuf>,
    open: Option<File>,
    /// None once the end was written.
    writer: Option<Box<ZipWriter<StreamWriter<Packed>>>>,
    packed: Packed,
}

/// What was packed and nobody has taken yet.
#[derive(Clone, Default)]
struct Packed(Arc<Mutex<Vec<u8>>>);

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Archive {
    /// An archive of files, each under its own name.
    #[must_use]
    pub fn of(files: Vec<PathBuf>) -> Self {
        let packed = Packed::default();
        Self {
            waiting: files.into_iter(),
            open: None,
            writer: Some(Box::new(ZipWriter::new_stream(packed.clone()))),
            packed,
        }
    }

    /// The next piece; none at the end.
    ///
    /// # Errors
    /// The system's, of reading a file.
    pub fn next_piece(&mut self) -> io::Result<Option<Vec<u8>>> {
        while let Some(writer) = &mut self.writer {
            if let Some(file) = &mut self.open {
                let mut piece = Vec::new();
                if Read::by_ref(file).take(PIECE as u64).read_to_end(&mut piece)? == 0 {
                    self.open = None;
                    continue;
                }
                writer.write_all(&piece)?;
            } else if let Some(next) = self.waiting.next() {
                let name = next.file_name().unwrap_or_default().to_string_lossy().into_owned();
                self.open = Some(File::open(&next)?);
                writer.start_file(name, SimpleFileOptions::default().large_file(true))?;
                continue;
            } else if let Some(writer) = self.writer.take() {
                writer.finish()?;
            }
            let packed = std::mem::take(&mut *self.packed.0.lock().unwrap_or_else(PoisonError::into_inner));
            // Little goes in before anything comes out.
            if !packed.is_empty() {
                return Ok(Some(packed));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_holds_the_files_as_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let mut long = String::new();
        for row in 0..400_000_u64 {
            long.push_str(&format!("{row},{}\n", row * 7919 % 1000));
        }
        let files = [("a.csv", "id\n1\n"), ("b.csv", long.as_str()), ("c.csv", "")];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let mut archive = Archive::of(files.iter().map(|(name, _)| folder.path().join(name)).collect());
        let (mut bytes, mut pieces) = (Vec::new(), 0);
        while let Some(piece) = archive.next_piece().unwrap() {
            assert!(piece.len() < 2 * PIECE);
            bytes.extend(piece);
            pieces += 1;
        }
        assert!(pieces > 3, "{pieces}");
        let mut read = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        for (at, (name, text)) in files.iter().enumerate() {
            let mut file = read.by_index(at).unwrap();
            let mut found = String::new();
            file.read_to_string(&mut found).unwrap();
            assert_eq!((file.name().unwrap().as_ref(), found.as_str()), (*name, *text));
        }
        assert!(Archive::of(vec![folder.path().join("gone")]).next_piece().is_err());
    }
}
