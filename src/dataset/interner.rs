//! Numbers for texts, in the order of appearance.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_128;

use super::customers::Texts;

/// Gives each different text a number.
///
/// Texts are told apart by 96 bits of their hash: among a thousand million of them, two are confused once in a hundred thousand
/// million tables. That saves a look at the text itself for every row.
#[derive(Debug)]
pub(super) struct Interner {
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

impl Interner {
    /// For texts that are wanted back.
    pub(super) fn keeping() -> Self {
        Self { table: HashTable::new(), texts: Some(Texts::default()), last: None, count: 0 }
    }

    /// For texts of which only the number matters.
    pub(super) fn counting() -> Self {
        Self { texts: None, ..Self::keeping() }
    }

    /// The number of a text.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        let hash = xxh3_128(text.as_bytes());
        let (low, high) = (hash as u64, (hash >> 64) as u32);
        // The lines of an order stand together.
        if let Some(last) = self.last
            && (last.low, last.high) == (low, high)
        {
            return last.code;
        }
        let known = self.table.find(low, |known| (known.low, known.high) == (low, high)).copied();
        let known = known.unwrap_or_else(|| {
            let new = Known { low, high, code: self.count };
            self.count += 1;
            if let Some(texts) = &mut self.texts {
                texts.push(text);
            }
            self.table.insert_unique(low, new, |known| known.low);
            new
        });
        self.last = Some(known);
        known.code
    }

    /// The texts by number; none when they were not kept.
    pub(super) fn into_texts(self) -> Texts {
        self.texts.unwrap_or_default()
    }

    /// How many different texts there are.
    pub(super) fn len(&self) -> usize {
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
}
