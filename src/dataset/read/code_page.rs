//! How the letters of a text are written, told by its bytes where nobody says it.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1250, WINDOWS_1252};

/// Bytes that are read in one go.
const BLOCK: usize = 1 << 20;

/// Bytes that are looked at, at most.
const BYTES: usize = 64 << 20;

/// Bytes beyond ASCII after which more of them say nothing new.
const ENOUGH: usize = 1 << 16;

/// Fewest bytes beyond ASCII that tell a code page.
const FEWEST: usize = 6;

/// A code page and whether enough letters speak for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CodePage {
    pub(crate) encoding: &'static Encoding,
    pub(crate) is_sure: bool,
}

/// The code page of a text; none for UTF-8 and for one with a mark.
pub(super) fn tell(mut input: impl Read) -> io::Result<Option<CodePage>> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let mut utf8 = Utf8::default();
    let (mut seen, mut beyond, mut central, mut mac, mut escapes) = (0, 0, 0, Mac::default(), false);
    let mut block = Vec::with_capacity(BLOCK);
    loop {
        block.clear();
        input.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
        if seen == 0 {
            if Encoding::for_bom(&block).is_some() {
                return Ok(None);
            }
            if let Some(encoding) = utf16_without_mark(&block[..block.len().min(1 << 16)]) {
                return Ok(Some(CodePage { encoding, is_sure: true }));
            }
        }
        seen += block.len();
        beyond += block.iter().filter(|byte| !byte.is_ascii()).count();
        central += central_letters(&block);
        mac.take(&block);
        escapes |= memchr::memchr(0x1b, &block).is_some();
        utf8.take(&block);
        let is_last = block.len() < BLOCK || seen >= BYTES || !utf8.is_valid && beyond >= ENOUGH;
        detector.feed(&block, is_last);
        if is_last {
            break;
        }
    }
    if utf8.is_valid {
        // Japanese mail is ASCII with escapes.
        let is_japanese = escapes && beyond == 0 && detector.guess(None, Utf8Detection::Allow) == ISO_2022_JP;
        return Ok(is_japanese.then_some(CodePage { encoding: ISO_2022_JP, is_sure: true }));
    }
    let mut encoding = detector.guess(None, Utf8Detection::Deny);
    if mac.is_likely(beyond) {
        encoding = MACINTOSH;
    }
    if encoding == WINDOWS_1252 && central > 1 && central * 20 > beyond {
        encoding = WINDOWS_1250;
    }
    if encoding == WINDOWS_1252 || beyond >= FEWEST {
        return Ok(Some(CodePage { encoding, is_sure: beyond >= FEWEST }));
    }
    Ok(Some(CodePage { encoding: WINDOWS_1252, is_sure: false }))
}

/// What speaks for the letters of old Apple computers, which have letters where Windows has dashes and quotes.
#[derive(Debug, Default)]
struct Mac {
    /// Small letters in the middle or at the end of words in small letters, which elsewhere are signs or no letters of those words.
    letters: usize,
    /// Bytes that are letters in the middle of words on Windows and signs on a Macintosh.
    others: usize,
}

impl Mac {
    fn take(&mut self, block: &[u8]) {
        let is_small = |at: Option<usize>| at.and_then(|at| block.get(at)).is_some_and(u8::is_ascii_lowercase);
        let is_letter = |at: Option<usize>| at.and_then(|at| block.get(at)).is_some_and(u8::is_ascii_alphabetic);
        for (at, byte) in block.iter().enumerate().filter(|(_, byte)| !byte.is_ascii()) {
            let (before, behind) = (at.checked_sub(1), Some(at + 1));
            match byte {
                // á à â ä ã å ç é è ê ë í ì î ï ñ ó ò ô ö õ ú ù û ü, but for those that are an apostrophe, a dash or a letter on Windows.
                0x87..=0x89
                | 0x8B
                | 0x8D
                | 0x8F..=0x91
                | 0x93..=0x95
                | 0x98
                | 0x99
                | 0x9B
                | 0x9D
                | 0x9F
                | 0x8A
                | 0x8E
                | 0x9A
                | 0x9C
                    if is_letter(before) && is_small(behind) =>
                {
                    self.letters += 1;
                }
                0xC0..=0xFF if is_letter(before) || is_letter(behind) => self.others += 1,
                _ => {}
            }
        }
    }

    fn is_likely(&self, beyond: usize) -> bool {
        self.letters > 1 && self.others == 0 && 2 * self.letters > beyond
    }
}

/// How many bytes are signs in the middle of words in western Europe and letters in central Europe, such as `³` for `ł`.
///
/// The detector weighs pairs of letters, and names of a few towns have too few of them.
fn central_letters(block: &[u8]) -> usize {
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| block.get(at)).is_some_and(|byte| byte.is_ascii_alphabetic() || *byte >= 0xC0)
    };
    let is_central = |at: &usize| {
        let (before, behind) = (is_letter(at.checked_sub(1)), is_letter(Some(at + 1)));
        match block[*at] {
            // £ and ¥ stand in front of sums, and of a letter as in £m.
            0xA3 | 0xA5 => behind && is_letter(Some(at + 2)),
            0xAA | 0xAF | 0xB3 | 0xB9 | 0xBA | 0xBC => behind,
            0xBF => before,
            0xBE => before && behind,
            0x9F => at.checked_sub(1).is_some_and(|before| block[before].is_ascii_lowercase()),
            _ => false,
        }
    };
    (0..block.len()).filter(|at| !block[*at].is_ascii()).filter(is_central).count()
}

/// UTF-16 without a mark, told by the zeros that its ASCII letters have on one side.
pub(super) fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.as_chunks::<2>().0;
    let zeros = |side: usize| pairs.iter().filter(|pair| pair[side] == 0 && pair[1 - side] != 0).count();
    let (before, behind) = (zeros(0), zeros(1));
    let (encoding, side) = if behind > before { (UTF_16LE, 0) } else { (UTF_16BE, 1) };
    if before.max(behind) * 25 < pairs.len().max(1) || before.min(behind) * 8 > before.max(behind) {
        return None;
    }
    // Line ends are pairs with a zero; in a text of bytes with a stray zero they are not.
    let is_end = |byte: u8| matches!(byte, b'\n' | b'\r');
    let whole = pairs.iter().filter(|pair| is_end(pair[side]) && pair[1 - side] == 0).count();
    let torn = pairs.iter().flatten().filter(|byte| is_end(**byte)).count() - whole;
    if torn > whole || whole == 0 && before.max(behind) * 4 < pairs.len() {
        return None;
    }
    let text = encoding.decode_without_bom_handling(pairs.as_flattened()).0;
    let is_odd = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\0');
    (!text.chars().any(is_odd)).then_some(encoding)
}

/// Whether bytes that come in blocks are UTF-8; a letter may be cut at the end of a block.
struct Utf8 {
    is_valid: bool,
    cut: Vec<u8>,
}

impl Default for Utf8 {
    fn default() -> Self {
        Self { is_valid: true, cut: Vec::new() }
    }
}

impl Utf8 {
    fn take(&mut self, block: &[u8]) {
        if !self.is_valid {
            return;
        }
        // At most three bytes of the letter are there; up to three follow.
        let mut start = 0;
        while !self.cut.is_empty() && start < block.len() {
            self.cut.push(block[start]);
            start += 1;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => self.cut.clear(),
                Err(error) if error.error_len().is_none() => {}
                Err(_) => {
                    self.is_valid = false;
                    return;
                }
            }
        }
        if let Err(error) = std::str::from_utf8(&block[start..]) {
            self.is_valid = error.error_len().is_none();
            self.cut = block[start + error.valid_up_to()..].to_vec();
        }
    }
}

/// The name of an encoding in a manifest.
pub(crate) fn label(encoding: &'static Encoding) -> String {
    encoding.name().to_ascii_lowercase()
}

/// The encoding that a text is in when nobody says it and it has no mark.
pub(super) fn or_utf8(told: Option<CodePage>) -> &'static Encoding {
    told.map_or(UTF_8, |told| told.encoding)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{GBK, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251};

    use super::*;

    fn told(bytes: &[u8]) -> Option<(&'static str, bool)> {
        tell(bytes).unwrap().map(|told| (told.encoding.name(), told.is_sure))
    }

    fn rows(names: &[&str]) -> String {
        let line = |at: usize| format!("{at},{},2024-01-{:02},{}.50\n", names[at % names.len()], 1 + at % 28, at * 7);
        (0..30).map(line).fold("id,city,day,amount\n".to_owned(), |text, line| text + &line)
    }

    #[test]
    fn code_pages_are_told_by_their_letters() {
        let cyrillic = rows(&["Москва", "Казань", "Самара", "Томск"]);
        for (text, encoding) in [
            (&cyrillic, WINDOWS_1251),
            (&cyrillic, KOI8_R),
            (&rows(&["Łódź", "Kraków", "Gdańsk", "Częstochowa", "Poznań"]), WINDOWS_1250),
            (&rows(&["東京", "大阪", "札幌", "名古屋"]), SHIFT_JIS),
            (&rows(&["北京", "上海", "广州", "深圳"]), GBK),
            (&rows(&["Zürich", "Genève", "Neuchâtel"]), WINDOWS_1252),
        ] {
            let bytes = encoding.encode(text).0;
            let name = if encoding == KOI8_R { "KOI8-U" } else { encoding.name() };
            assert_eq!(told(&bytes), Some((name, true)));
            // The odd letters may come late.
            let late = [format!("{}\n", "1,plain,2024-01-01,5\n".repeat(100_000)).as_bytes(), &bytes].concat();
            assert_eq!(told(&late), Some((name, true)), "late");
        }
        let towns = rows(&["Köln", "Zürich", "Málaga", "Besançon", "Orléans", "A Coruña"]);
        let mac: Vec<u8> = towns
            .chars()
            .map(|letter| match letter {
                'ö' => 0x9A,
                'ü' => 0x9F,
                'á' => 0x87,
                'ç' => 0x8D,
                'é' => 0x8E,
                'ñ' => 0x96,
                letter => letter as u8,
            })
            .collect();
        assert_eq!(told(&mac), Some(("macintosh", true)));
        let quoted = WINDOWS_1252.encode(&"1,it’s “plain” – a dash… of Zoë’s\n".repeat(9)).0.into_owned();
        assert_eq!(told(&quoted), Some(("windows-1252", true)));
        let english = "id,price\n".to_owned() + &"1,£m 5 at 20 m³ or ¿qué? nº 3 for Zoë\n".repeat(9);
        assert_eq!(told(&WINDOWS_1252.encode(&english).0), Some(("windows-1252", true)));
        assert_eq!(told("id,city\n1,Zoë\n".as_bytes()), None);
        assert_eq!(told(b"id,city\n1,Zo\xeb\n"), Some(("windows-1252", false)));
        assert!(!told(b"id,city\n1,\x8f\xa5\n").unwrap().1);
    }

    #[test]
    fn utf_16_without_a_mark_is_told_and_a_stray_zero_is_not_that() {
        let text = rows(&["Zürich", "東京"]);
        for (bytes, name) in [
            (text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>(), "UTF-16LE"),
            (text.encode_utf16().flat_map(u16::to_be_bytes).collect(), "UTF-16BE"),
        ] {
            assert_eq!(told(&bytes), Some((name, true)));
        }
        assert_eq!(utf16_without_mark(b"a,b\n1,2\n3,\0\n"), None);
        assert_eq!(utf16_without_mark(b"\x01\0\x02\0\x03\0\x04\0"), None);
    }

    #[test]
    fn letters_cut_at_the_end_of_a_block_are_whole() {
        let text = "aé東😀".repeat(50);
        for size in 1..9 {
            let mut utf8 = Utf8::default();
            text.as_bytes().chunks(size).for_each(|block| utf8.take(block));
            assert!(utf8.is_valid, "{size}");
            let wrong = [text.as_bytes(), b"\xe9\x20"].concat();
            let mut utf8 = Utf8::default();
            wrong.chunks(size).for_each(|block| utf8.take(block));
            assert!(!utf8.is_valid, "{size}");
        }
    }
}
