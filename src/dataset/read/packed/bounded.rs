//! Unpacked bytes on their way, which end in an error where they are more than any real file has.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::dataset::error::DatasetError;

/// Most bytes that a packed file unpacks to while it is read, piece by piece.
pub(super) const MOST: u64 = 64 << 30;

/// Unpacked bytes for each packed one, at most: ten times what exports of shops need.
const RATIO: u64 = 300;

/// Bytes below which the ratio does not matter: they fit anywhere.
const SMALL: u64 = 64 << 20;

/// A reader of unpacked bytes that counts them.
pub(super) struct Bounded<R> {
    input: R,
    named: PathBuf,
    packed: u64,
    most: u64,
    unpacked: u64,
}

impl<R: Read> Bounded<R> {
    /// Watches over what `packed` bytes unpack to.
    pub(super) fn new(input: R, named: &Path, packed: u64, most: u64) -> Self {
        Self { input, named: named.to_owned(), packed, most, unpacked: 0 }
    }

    fn refused(&self, message: String) -> io::Error {
        io::Error::other(DatasetError::data(&self.named, message))
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(room).map_err(|error| match error.kind() {
            ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::UnexpectedEof | ErrorKind::Other => {
                self.refused("is damaged and cannot be unpacked to its end; download or pack it again".to_owned())
            }
            _ => error,
        })?;
        self.unpacked += read as u64;
        if self.unpacked > self.most {
            let most =
                if self.most >> 30 > 0 { format!("{} GB", self.most >> 30) } else { format!("{} MB", self.most >> 20) };
            return Err(self.refused(format!("unpacks to more than {most}; unpack it and import the file in it")));
        }
        if self.unpacked > SMALL && self.unpacked / RATIO > self.packed {
            return Err(self.refused(format!(
                "unpacks to more than {RATIO} times its size, as no real export does; unpack it and look into it"
            )));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(bytes: u64, packed: u64, most: u64) -> String {
        let mut bounded = Bounded::new(io::repeat(b'x').take(bytes), Path::new("a.gz"), packed, most);
        match io::copy(&mut bounded, &mut io::sink()) {
            Ok(read) => read.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn too_much_is_refused_by_size_and_by_ratio() {
        assert_eq!(said(SMALL, 10, MOST), SMALL.to_string());
        assert!(said(SMALL + 1, 10, MOST).contains("a.gz: unpacks to more than 300 times its size"));
        assert_eq!(said(SMALL + 1, 1 << 20, MOST), (SMALL + 1).to_string());
        assert!(said(2 << 20, 1 << 20, 1 << 20).contains("unpacks to more than 1 MB; unpack it"));
    }
}
