//! Numbers for texts, in the order of appearance.

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

use super::customers::Texts;

/// Gives each different text a number.
#[derive(Debug, Default)]
pub(super) struct Interner {
    table: HashTable<u32>,
    texts: Texts,
    last: Option<u32>,
}

impl Interner {
    /// The number of a text.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        // The lines of an order stand together.
        if let Some(last) = self.last
            && self.texts.get(last as usize) == text
        {
            return last;
        }
        let hash = xxh3_64(text.as_bytes());
        let texts = &self.texts;
        let known = self.table.find(hash, |code| texts.get(*code as usize) == text);
        let code = known.copied().unwrap_or_else(|| {
            let code = self.texts.len() as u32;
            self.texts.push(text);
            let texts = &self.texts;
            self.table.insert_unique(hash, code, |code| xxh3_64(texts.get(*code as usize).as_bytes()));
            code
        });
        self.last = Some(code);
        code
    }

    /// The texts by number.
    pub(super) fn into_texts(self) -> Texts {
        self.texts
    }

    /// How many different texts there are.
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_share_a_number() {
        let mut interner = Interner::default();
        assert_eq!(["a", "b", "a", "", "b", "b"].map(|text| interner.code(text)), [0, 1, 0, 2, 1, 1]);
        let many: Vec<u32> = (0..10_000).map(|number| interner.code(&number.to_string())).collect();
        assert!(many.iter().enumerate().all(|(at, code)| *code == at as u32 + 3));
        assert_eq!(interner.code("9999"), 10_002);
        assert_eq!(interner.into_texts().get(10_002), "9999");
    }
}
