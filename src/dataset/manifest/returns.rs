//! Which rows of the facts take purchases back, and which are no sales at all.

use serde::{Deserialize, Serialize};

/// Which rows of the facts take purchases back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReturnSource {
    /// Whether a row with an amount below zero is a return. When silent it is, unless most rows are below zero or facts have a
    /// status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub negative: Option<bool>,
    /// What the numbers of orders that take something back begin with, in capitals or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order_prefix: Vec<String>,
    /// Column that says what a row is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// Its texts that mean a return, in capitals or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Column that names the order that is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchase: Option<String>,
}

/// Rows that are no sales, such as cancelled orders.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Column that says how the order ended.
    pub column: String,
    /// Its texts that mean that nothing was sold.
    pub values: Vec<String>,
}

/// What amounts below zero are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BelowZero {
    /// Rows like all others.
    Purchases,
    /// Returns, unless most rows are below zero.
    ReturnsIfFew,
    /// Returns.
    Returns,
}

impl ReturnSource {
    /// Whether an order's number begins like that of a return.
    #[must_use]
    pub fn prefix_of<'a>(&'a self, order: &str) -> Option<&'a str> {
        let begins =
            |prefix: &&String| order.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
        self.order_prefix.iter().find(begins).map(String::as_str)
    }

    /// Whether a text of the column means a return.
    #[must_use]
    pub fn means_return(&self, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        self.values.iter().any(|value| value.trim().to_lowercase() == text)
    }

    /// Refuses settings that contradict themselves, with the key and what was expected.
    pub(super) fn check(&self, has_order: bool, has_amount: bool) -> Result<(), (String, String)> {
        let fail = |key: &str, message: &str| Err((format!("facts.returns.{key}"), message.to_owned()));
        if self.order_prefix.iter().any(|prefix| prefix.trim().is_empty()) {
            return fail("order_prefix", "expected letters such as \"C\", found an empty text");
        }
        match (&self.column, self.values.is_empty()) {
            (Some(_), true) => return fail("values", "expected the texts that mean a return, such as [\"refund\"]"),
            (None, false) => return fail("column", "expected the column that holds the texts of values"),
            _ => {}
        }
        if !has_order && !self.order_prefix.is_empty() {
            return fail("order_prefix", "expected facts.order, the column of the numbers that begin like that");
        }
        if !has_order && self.purchase.is_some() {
            return fail("purchase", "expected facts.order, the column of the numbers that it names");
        }
        if !has_amount && self.negative == Some(true) {
            return fail("negative", "expected facts.amount, the column of the money that is below zero");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> ReturnSource {
        ReturnSource {
            order_prefix: vec!["C".to_owned(), "ÄB".to_owned()],
            column: Some("type".to_owned()),
            values: vec!["Credit note".to_owned(), "Rückgabe".to_owned()],
            ..ReturnSource::default()
        }
    }

    #[test]
    fn marks_are_read_in_capitals_or_not() {
        let source = source();
        for (order, prefix) in
            [("C17", Some("C")), ("c17", Some("C")), ("17", None), ("", None), ("Äb1", Some("ÄB")), ("Ä", None)]
        {
            assert_eq!(source.prefix_of(order), prefix, "{order}");
        }
        for (text, means) in [("credit note", true), (" CREDIT NOTE ", true), ("RÜCKGABE", true), ("sale", false)] {
            assert_eq!(source.means_return(text), means, "{text}");
        }
    }

    #[test]
    fn what_contradicts_itself_is_named() {
        let key = |source: &ReturnSource, has_order: bool, has_amount: bool| {
            source.check(has_order, has_amount).err().map(|(key, _)| key)
        };
        assert_eq!(key(&source(), true, true), None);
        for (changed, has_order, has_amount, expected) in [
            (ReturnSource { order_prefix: vec![" ".to_owned()], ..source() }, true, true, "order_prefix"),
            (ReturnSource { values: Vec::new(), ..source() }, true, true, "values"),
            (ReturnSource { column: None, ..source() }, true, true, "column"),
            (source(), false, true, "order_prefix"),
            (ReturnSource { purchase: Some("of".to_owned()), ..ReturnSource::default() }, false, true, "purchase"),
            (ReturnSource { negative: Some(true), ..source() }, true, false, "negative"),
        ] {
            assert_eq!(key(&changed, has_order, has_amount), Some(format!("facts.returns.{expected}")));
        }
    }
}
