//! Texts other than rows with separators as UTF-8: JSON, web pages, XML.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::memmem::find;

use super::code_page;
use super::packed::{Bytes, unreadable};
use crate::dataset::error::DatasetError;

/// Bytes that are decoded at once.
const DECODED: usize = 1 << 16;

/// Bytes in which a web page or an XML file says its encoding.
const DECLARED: usize = 4096;

/// The bytes as UTF-8 text: by their mark, by what the manifest says, by what they declare, or by themselves.
///
/// # Errors
/// [`DatasetError`] for bytes that cannot be read. Those that are no text of the encoding fail while they are read.
pub(super) fn utf8(
    bytes: &Bytes,
    told: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Box<dyn Read + Send>, DatasetError> {
    let head = bytes.head()?;
    let fail = |source| unreadable(bytes.named(), source);
    let (encoding, mark) = match Encoding::for_bom(&head) {
        Some(marked) => marked,
        None => match told.and_then(|label| Encoding::for_label(label.as_bytes())).or_else(|| declared(&head)) {
            Some(encoding) => (encoding, 0),
            None => (code_page::or_utf8(code_page::tell(bytes.read()?).map_err(fail)?), 0),
        },
    };
    let mut input = bytes.read()?;
    io::copy(&mut input.by_ref().take(mark as u64), &mut io::sink()).map_err(fail)?;
    if encoding != UTF_8 {
        notes.push(format!("Its letters are read as {}.", code_page::label(encoding)));
    }
    let error = DatasetError::data(
        bytes.named(),
        format!(
            "holds bytes that are not {}; set encoding in the manifest's [[table]], or export it as UTF-8",
            encoding.name()
        ),
    );
    Ok(Box::new(Decoded {
        input,
        decoder: encoding.new_decoder_without_bom_handling(),
        read: Vec::new(),
        text: vec![0; 3 * DECODED],
        ready: 0..0,
        is_at_end: false,
        error: Some(error),
    }))
}

/// What a web page or an XML file says of itself.
fn declared(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(DECLARED)];
    let lower = head.to_ascii_lowercase();
    if lower.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let label = |word: &[u8]| {
        let rest = &lower[find(&lower, word)? + word.len()..];
        let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'=' | b'"' | b'\''))?;
        let length =
            rest[start..].iter().position(|byte| matches!(byte, b' ' | b'"' | b'\'' | b';' | b'>' | b'?' | b'/'));
        Encoding::for_label(&rest[start..start + length?])
    };
    // What calls itself UTF-16 in single bytes is not that.
    label(b"charset").or_else(|| label(b"encoding")).filter(|encoding| encoding.is_ascii_compatible())
}

/// Bytes on their way, decoded.
struct Decoded {
    input: Box<dyn Read + Send>,
    decoder: Decoder,
    /// What was read and not decoded.
    read: Vec<u8>,
    text: Vec<u8>,
    /// What of the text was not handed on.
    ready: std::ops::Range<usize>,
    is_at_end: bool,
    /// What is said of bytes that are no text.
    error: Option<DatasetError>,
}

impl Decoded {
    fn fill(&mut self) -> io::Result<()> {
        while self.ready.is_empty() && !(self.is_at_end && self.read.is_empty()) {
            if self.read.is_empty() {
                self.is_at_end = self.input.by_ref().take(DECODED as u64).read_to_end(&mut self.read)? < DECODED;
            }
            let (result, used, written) =
                self.decoder.decode_to_utf8_without_replacement(&self.read, &mut self.text, self.is_at_end);
            self.read.drain(..used);
            self.ready = 0..written;
            match result {
                DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    let error = self.error.take().map_or_else(|| io::ErrorKind::InvalidData.into(), io::Error::other);
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        self.fill()?;
        let length = self.ready.len().min(room.len());
        room[..length].copy_from_slice(&self.text[self.ready.start..self.ready.start + length]);
        self.ready.start += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], told: Option<&str>) -> Result<String, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut text = String::new();
        let mut input = utf8(&Bytes::of(file.path()), told, &mut Vec::new()).map_err(|error| error.to_string())?;
        input.read_to_string(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    #[test]
    fn letters_are_read_as_they_are_meant() {
        let long = "[\"Zoë 東京\"]".repeat(20_000);
        assert_eq!(read(long.as_bytes(), None).unwrap(), long);
        let utf16: Vec<u8> = long.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&[&[0xff, 0xfe][..], &utf16].concat(), None).unwrap(), long);
        assert_eq!(read(&utf16, None).unwrap(), long);
        for text in ["<meta charset=\"windows-1252\">Zoë", "<?xml version='1.0' encoding='ISO-8859-1'?>Zoë"] {
            assert_eq!(read(&encoding_rs::WINDOWS_1252.encode(text).0, None).unwrap(), text);
        }
        assert_eq!(read(b"Zo\xeb", Some("windows-1252")).unwrap(), "Zoë");
        let message = read(b"<meta charset=utf-8>Zo\xeb", None).unwrap_err();
        assert!(message.contains("holds bytes that are not UTF-8; set encoding"), "{message}");
    }
}
