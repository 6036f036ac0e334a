//! Answers that are kept because they took long, the latest of them: bounded by number and by bytes.

use std::collections::VecDeque;
use std::sync::Arc;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Answers, at most.
    pub most: usize,
    /// Bytes of all together, at most, but for the last one.
    pub bytes: usize,
}

/// The latest answers of one kind. A clone shares them.
#[derive(Debug)]
pub struct Recent<T> {
    bounds: Bounds,
    /// The oldest first.
    kept: VecDeque<Answer<T>>,
}

#[derive(Debug)]
struct Answer<T> {
    key: String,
    dataset: String,
    bytes: usize,
    value: Arc<T>,
}

impl<T> Clone for Answer<T> {
    fn clone(&self) -> Self {
        Self { key: self.key.clone(), dataset: self.dataset.clone(), bytes: self.bytes, value: Arc::clone(&self.value) }
    }
}

impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self { bounds: self.bounds, kept: self.kept.clone() }
    }
}

impl<T> Recent<T> {
    /// Keeps nothing yet.
    #[must_use]
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: VecDeque::new() }
    }

    /// The answer of that key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.kept.iter().find(|answer| answer.key == key).map(|answer| &answer.value)
    }

    /// Whether there is an answer of that key.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Keeps an answer about a data set, of about so many bytes; the oldest go where there are too many.
    pub fn insert(&mut self, key: String, dataset: &str, bytes: usize, value: T) {
        self.kept.retain(|answer| answer.key != key);
        self.kept.push_back(Answer { key, dataset: dataset.to_owned(), bytes, value: Arc::new(value) });
        while self.kept.len() > 1 && (self.kept.len() > self.bounds.most || self.bytes() > self.bounds.bytes) {
            self.kept.pop_front();
        }
    }

    /// Keeps only answers that still hold.
    pub fn retain(&mut self, holds: impl Fn(&T) -> bool) {
        self.kept.retain(|answer| holds(&answer.value));
    }

    /// Forgets what is about a data set.
    pub fn forget(&mut self, dataset: &str) {
        self.kept.retain(|answer| answer.dataset != dataset);
    }

    /// Bytes of all answers.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.kept.iter().map(|answer| answer.bytes).sum()
    }

    /// Number of answers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_first_by_number_and_by_bytes() {
        let mut recent = Recent::new(Bounds { most: 3, bytes: 100 });
        for (key, bytes) in [("a", 10), ("b", 10), ("c", 10), ("d", 10)] {
            recent.insert(key.to_owned(), "shop", bytes, key);
        }
        assert!(!recent.contains("a") && recent.contains("b") && recent.len() == 3);
        recent.insert("b".to_owned(), "shop", 85, "b again");
        assert_eq!((recent.get("b").map(|kept| **kept), recent.bytes()), (Some("b again"), 95));
        recent.insert("huge".to_owned(), "mall", 1000, "alone");
        assert_eq!((recent.len(), recent.bytes()), (1, 1000), "the last one stays however large it is");
        recent.forget("shop");
        assert_eq!(recent.len(), 1);
        recent.forget("mall");
        assert!(recent.is_empty());
    }
}
