//! What is made sure of a workbook before its content is believed: unpacked it is not too large.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use memchr::memmem::Finder;
use zip::ZipArchive;

use crate::dataset::error::DatasetError;

/// Bytes of all parts unpacked: some seven million cells. What unpacks to more is better sent as csv, which is read as it comes,
/// or is made to fill the memory.
pub(super) const MAX_UNPACKED: u64 = 300 << 20;

/// Parts of a workbook: sheets, pictures, comments. Each costs memory however small it is.
const MAX_PARTS: usize = 20_000;

/// What was seen on the way through the parts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Whether some sheet may have merged cells.
    pub(super) merged: bool,
}

/// Walks through all parts of a workbook and refuses what would not fit into memory. Sizes that the file declares
/// are not believed: every part is unpacked and counted.
///
/// # Errors
/// [`DatasetError::Unreadable`], or [`DatasetError::Data`] with what to do.
pub(super) fn check(at: &Path, file: &Path) -> Result<Seen, DatasetError> {
    check_within(at, file, MAX_UNPACKED)
}

fn check_within(at: &Path, file: &Path, limit: u64) -> Result<Seen, DatasetError> {
    let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
    let opened = File::open(at).map_err(unreadable)?;
    let mut archive = ZipArchive::new(BufReader::new(opened)).map_err(|_| {
        DatasetError::data(file, "is a damaged workbook; open it in a spreadsheet program and save it as .xlsx")
    })?;
    if archive.len() > MAX_PARTS {
        return Err(DatasetError::data(
            file,
            format!(
                "has {} parts, more than the {MAX_PARTS} of any real workbook; save its sheets as csv",
                archive.len()
            ),
        ));
    }
    let (mut seen, mut unpacked) = (Seen::default(), 0);
    let mut block = vec![0; 1 << 16];
    for position in 0..archive.len() {
        let mut part = archive.by_index(position).map_err(|error| damaged(file, &error))?;
        let name = part.name().unwrap_or_default().to_ascii_lowercase();
        let (mut merges, mut counts) = (Search::new(b"mergeCell"), Search::new(b"uniqueCount"));
        let (is_sheet, has_texts) = (name.contains("worksheets/"), name.ends_with("sharedstrings.xml"));
        let (start, mut claimed) = (unpacked, 0);
        loop {
            let read = part.read(&mut block).map_err(|error| damaged(file, &error))?;
            if read == 0 {
                break;
            }
            unpacked += read as u64;
            if unpacked > limit {
                return Err(DatasetError::data(
                    file,
                    format!("unpacks to more than {} MB; save its sheets as csv", limit >> 20),
                ));
            }
            if is_sheet && !seen.merged {
                merges.each(&block[..read], |_| seen.merged = true);
            }
            if has_texts {
                counts.each(&block[..read], |behind| claimed = claimed.max(number(behind)));
            }
        }
        // Room for the texts is made by their declared number; the shortest takes five bytes.
        if claimed > (unpacked - start) / 5 + 1 {
            return Err(DatasetError::data(
                file,
                format!(
                    "claims to hold {claimed} texts and does not; open it in a spreadsheet program and save it again"
                ),
            ));
        }
    }
    Ok(seen)
}

fn damaged(file: &Path, error: &impl std::fmt::Display) -> DatasetError {
    super::damaged(file, error)
}

/// Finds a word in bytes that come block by block.
struct Search<'a> {
    finder: Finder<'a>,
    /// The end of what came before, where the word may have begun.
    carried: Vec<u8>,
}

/// Bytes behind a word that are looked at.
const BEHIND: usize = 64;

impl<'a> Search<'a> {
    fn new(word: &'a [u8]) -> Self {
        Self { finder: Finder::new(word), carried: Vec::new() }
    }

    /// Hands on what stands behind each place of the word. A place at the end of a block comes again with the next one, when
    /// more of what stands behind it is known.
    fn each(&mut self, block: &[u8], mut found: impl FnMut(&[u8])) {
        self.carried.extend_from_slice(block);
        let word = self.finder.needle().len();
        for at in self.finder.find_iter(&self.carried) {
            let behind = &self.carried[at + word..];
            found(&behind[..behind.len().min(BEHIND)]);
        }
        let kept = self.carried.len().min(word + BEHIND);
        self.carried.drain(..self.carried.len() - kept);
    }
}

/// The number in `="123"`; 0 when there is none, the greatest when it is too large.
fn number(text: &[u8]) -> u64 {
    let digits = text.iter().skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'=' | b'"' | b'\''));
    digits
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |sum: u64, digit| sum.saturating_mul(10).saturating_add(u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// What is said of a zip file with these parts.
    fn said(parts: &[(&str, &[u8])], limit: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("book.xlsx");
        let mut writer = ZipWriter::new(File::create(&file).unwrap());
        for (name, bytes) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap();
        check_within(&file, &file, limit).map_or_else(|error| error.to_string(), |seen| format!("{seen:?}"))
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused_however_small_it_is() {
        let zeros = vec![0; 6 << 20];
        let parts = [("[Content_Types].xml", &zeros[..]), ("xl/media/a.png", &zeros)];
        assert!(said(&parts, 10 << 20).contains("unpacks to more than 10 MB; save its sheets as csv"));
        assert_eq!(said(&parts, 12 << 20), "Seen { merged: false }");
    }

    #[test]
    fn numbers_of_texts_that_cannot_be_are_not_believed() {
        let texts = |count: &str| format!("<sst uniqueCount=\"{count}\"><si><t>a</t></si></sst>");
        let of = |count: &str| {
            let texts = texts(count);
            said(&[("[Content_Types].xml", b"<a/>"), ("xl/SharedStrings.xml", texts.as_bytes())], 1 << 20)
        };
        assert_eq!(of("1"), "Seen { merged: false }");
        assert!(of("99999999999").contains("claims to hold 99999999999 texts and does not"));
    }

    #[test]
    fn words_are_found_over_the_edge_of_a_block() {
        let text = b"<sst count=\"1\" uniqueCount=\"4321\">";
        for cut in 1..text.len() {
            let (mut search, mut most) = (Search::new(b"uniqueCount"), 0);
            search.each(&text[..cut], |behind| most = most.max(number(behind)));
            search.each(&text[cut..], |behind| most = most.max(number(behind)));
            assert_eq!(most, 4321, "cut at {cut}");
        }
        assert_eq!(number(b" = '99999999999999999999999'"), u64::MAX);
        assert_eq!(number(b"=\"\""), 0);
    }
}
