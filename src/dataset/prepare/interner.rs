//! Numbers for texts, in the order of appearance.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_128;

use crate::dataset::texts::Texts;

/// Gives each different text a number.
///
/// Identifiers are mostly whole numbers that stand close together. Those are looked up by what they are, in a table with a place
/// for each. Other texts are told apart by 96 bits of their hash: among a thousand million of them, two are confused once in a
/// hundred thousand million tables. That saves a look at the text itself for every row.
#[derive(Debug, Default)]
pub(in crate::dataset) struct Interner {
    window: Window,
    table: HashTable<Known>,
    /// The texts by number, unless only the numbers matter.
    texts: Option<Texts>,
    last: Option<Known>,
    count: u32,
}

#[derive(Debug, Clone, Copy)]
struct Known {
    low: u64,
    high: u32,
    code: u32,
}

impl Known {
    fn of(text: &str) -> Self {
        let hash = xxh3_128(text.as_bytes());
        Self { low: hash as u64, high: (hash >> 64) as u32, code: 0 }
    }

    fn is_of(&self, other: &Self) -> bool {
        (self.low, self.high) == (other.low, other.high)
    }
}

/// Codes of whole numbers from a first one on.
#[derive(Debug, Default)]
struct Window {
    first: i64,
    /// One more than the code; 0 where the number was not seen, so that fresh memory is right as it comes.
    codes: Vec<u32>,
}

impl Window {
    /// Places that may be there however few numbers are known.
    const LEAST: usize = 1 << 20;
    /// Places for each known number beyond that.
    const SPREAD: usize = 8;

    /// The place of a number; none when it is too far from the others.
    fn place(&mut self, number: i64, known: u32) -> Option<&mut u32> {
        if number.unsigned_abs() >= TOO_LONG {
            return None;
        }
        if !(0..self.codes.len() as i64).contains(&(number - self.first)) {
            self.widen(number, Self::LEAST.max(Self::SPREAD * known as usize))?;
        }
        self.codes.get_mut((number - self.first) as usize)
    }

    /// The code of a number that was seen near the others.
    fn code(&self, number: i64) -> Option<u32> {
        let at = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.codes.get(at)?.checked_sub(1)
    }

    fn widen(&mut self, number: i64, most: usize) -> Option<()> {
        let length = self.codes.len() as i64;
        let (first, end) = if length == 0 {
            (number, number + 1)
        } else {
            (self.first.min(number), (self.first + length).max(number + 1))
        };
        let needed = usize::try_from(end - first).ok().filter(|needed| *needed <= most)?;
        // Room ahead on the side on which numbers come, so that it is seldom made.
        let places = (2 * needed).clamp(1024, most.max(1024));
        let spare = (places - needed) as i64;
        let start = if number < self.first && length > 0 { first - spare } else { first };
        let mut codes = vec![0; places];
        if length > 0 {
            let shift = (self.first - start) as usize;
            codes.get_mut(shift..shift + self.codes.len())?.copy_from_slice(&self.codes);
        }
        (self.first, self.codes) = (start, codes);
        Some(())
    }
}

/// Numbers from here on are texts, and so are their negatives: they have more digits than are read as a number.
const TOO_LONG: u64 = 1_000_000_000_000_000_000;

/// The number that a text is the shortest spelling of.
pub(in crate::dataset) fn whole_number(text: &str) -> Option<i64> {
    let (digits, sign) = text.strip_prefix('-').map_or((text, 1), |digits| (digits, -1));
    let bytes = digits.as_bytes();
    let is_shortest = match bytes {
        [] => false,
        [b'0', ..] => text == "0",
        _ => bytes.len() <= 18,
    };
    if !is_shortest {
        return None;
    }
    let number: Option<i64> = bytes.iter().try_fold(0, |number, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit <= 9).then(|| number * 10 + i64::from(digit))
    });
    number.map(|number| sign * number)
}

impl Interner {
    /// For texts that are wanted back.
    pub(in crate::dataset) fn keeping() -> Self {
        Self { texts: Some(Texts::default()), ..Self::default() }
    }

    /// For texts of which only the number matters.
    pub(in crate::dataset) fn counting() -> Self {
        Self::default()
    }

    /// The number of a text.
    pub(in crate::dataset) fn code(&mut self, text: &str) -> u32 {
        match whole_number(text) {
            Some(number) => self.code_of(number),
            None => self.hashed(text),
        }
    }

    /// The number of a text that was seen before.
    pub(in crate::dataset) fn get(&self, text: &str) -> Option<u32> {
        let near = whole_number(text).and_then(|number| self.window.code(number));
        near.or_else(|| self.find(&Known::of(text)).map(|known| known.code))
    }

    /// The number of a whole number's text.
    pub(in crate::dataset) fn code_of(&mut self, number: i64) -> u32 {
        match self.window.place(number, self.count) {
            None => self.hashed(&number.to_string()),
            Some(0) => self.settle(number),
            Some(place) => *place - 1,
        }
    }

    /// Gives a number near the others its code.
    fn settle(&mut self, number: i64) -> u32 {
        // The window may have reached a number that was far away when it was first seen.
        let known = if self.table.is_empty() { None } else { self.find(&Known::of(&number.to_string())) };
        let code = known.map_or_else(|| self.add(|| number.to_string()), |known| known.code);
        if let Some(place) = self.window.place(number, self.count) {
            *place = code + 1;
        }
        code
    }

    fn hashed(&mut self, text: &str) -> u32 {
        let wanted = Known::of(text);
        // The lines of an order stand together.
        if let Some(last) = self.last.filter(|last| last.is_of(&wanted)) {
            return last.code;
        }
        let known = self.find(&wanted).unwrap_or_else(|| {
            let new = Known { code: self.add(|| text.to_owned()), ..wanted };
            self.table.insert_unique(new.low, new, |known| known.low);
            new
        });
        self.last = Some(known);
        known.code
    }

    fn find(&self, wanted: &Known) -> Option<Known> {
        self.table.find(wanted.low, |known| known.is_of(wanted)).copied()
    }

    fn add(&mut self, text: impl Fn() -> String) -> u32 {
        if let Some(texts) = &mut self.texts {
            texts.push(&text());
        }
        self.count += 1;
        self.count - 1
    }

    /// The texts by number; none when they were not kept.
    pub(in crate::dataset) fn into_texts(self) -> Texts {
        self.texts.unwrap_or_default()
    }

    /// How many different texts there are.
    pub(in crate::dataset) fn len(&self) -> usize {
        self.count as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_number() {
        let mut interner = Interner::keeping();
        assert_eq!(["a", "b", "a", "", "b", "b"].map(|text| interner.code(text)), [0, 1, 0, 2, 1, 1]);
        let many: Vec<u32> = (0..10_000).map(|number| interner.code(&number.to_string())).collect();
        assert!(many.iter().enumerate().all(|(at, code)| *code == at as u32 + 3));
        assert_eq!(interner.code("9999"), 10_002);
        assert_eq!(interner.into_texts().get(10_002), "9999");
    }

    #[test]
    fn numbers_near_and_far_are_told_apart_and_from_their_other_spellings() {
        let mut interner = Interner::keeping();
        let texts = [
            "500",
            "0500",
            "500.0",
            "499",
            "999999999999999999",
            "0",
            "-0",
            "-1",
            "+500",
            "",
            "-",
            "5a",
            "12345678901234567890",
        ];
        for (code, text) in texts.iter().enumerate() {
            assert_eq!(interner.code(text), code as u32, "{text}");
        }
        for (code, text) in texts.iter().enumerate().rev() {
            assert_eq!(interner.code(text), code as u32, "{text}");
        }
        assert!(texts.iter().enumerate().all(|(code, text)| interner.get(text) == Some(code as u32)));
        assert_eq!((interner.get("501"), interner.get("-2"), interner.get("x")), (None, None, None));
        assert_eq!(interner.code_of(500), 0);
        assert_eq!(interner.code_of(-1), interner.code("-1"), "a negative number is its text");
        let back = interner.into_texts();
        assert_eq!(back.iter().collect::<Vec<_>>(), texts);
    }

    #[test]
    fn a_number_that_was_far_away_keeps_its_code_when_others_come_near() {
        let far = 3 * Window::LEAST as i64;
        let mut interner = Interner::counting();
        assert_eq!((interner.code_of(0), interner.code_of(far), interner.code_of(-far)), (0, 1, 2));
        for number in 1..far {
            assert_eq!(interner.code_of(number), number as u32 + 2);
        }
        assert_eq!((interner.code_of(far), interner.code_of(-far), interner.code_of(0)), (1, 2, 0));
        assert_eq!(interner.code_of(i64::MAX), far as u32 + 2);
        assert_eq!(interner.code_of(i64::MIN), far as u32 + 3);
        assert_eq!(interner.len(), far as usize + 4);
    }
}
