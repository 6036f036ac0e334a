//! Many texts in one block of memory.

/// Texts of one column in one block of memory.
#[derive(Debug, Clone, Default)]
pub struct Texts {
    block: String,
    ends: Vec<usize>,
}

impl Texts {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Adds a text.
    pub(in crate::dataset) fn push(&mut self, text: &str) {
        self.block.push_str(text);
        self.ends.push(self.block.len());
    }

    /// The first eight bytes of a row's text as a number; texts with different ones are in the order of these.
    pub(in crate::dataset) fn front(&self, row: usize) -> u64 {
        let text = self.get(row);
        let mut front = [0; 8];
        let length = text.len().min(8);
        front[..length].copy_from_slice(&text.as_bytes()[..length]);
        u64::from_be_bytes(front)
    }

    /// All texts in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.get(row))
    }

    /// The text of a row; empty beyond the end.
    #[must_use]
    pub fn get(&self, row: usize) -> &str {
        let start = if row == 0 { 0 } else { self.ends.get(row - 1).copied().unwrap_or(0) };
        self.ends.get(row).and_then(|end| self.block.get(start..*end)).unwrap_or("")
    }
}

impl<T: AsRef<str>> FromIterator<T> for Texts {
    fn from_iter<I: IntoIterator<Item = T>>(texts: I) -> Self {
        let mut all = Self::default();
        for text in texts {
            all.push(text.as_ref());
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_by_row() {
        let texts: Texts = ["a", "", "bcd"].into_iter().collect();
        assert_eq!((texts.len(), texts.get(0), texts.get(1), texts.get(2), texts.get(3)), (3, "a", "", "bcd", ""));
    }

    #[test]
    fn texts_are_sorted_as_texts() {
        let texts: Texts = ["b", "", "abcdefghi", "abcdefgh", "a\0", "é", "a"].into_iter().collect();
        let mut rows: Vec<usize> = (0..texts.len()).collect();
        rows.sort_by_key(|row| (texts.front(*row), texts.get(*row)));
        let sorted: Vec<&str> = rows.iter().map(|row| texts.get(*row)).collect();
        assert_eq!(sorted, ["", "a", "a\0", "abcdefgh", "abcdefghi", "b", "é"]);
    }
}
