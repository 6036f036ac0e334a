//! Pieces of SQL.

/// A name that can stand in a statement.
pub(in crate::dataset) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text that can stand in a statement.
pub(in crate::dataset) fn literal(text: &str) -> String {
    // With a backslash the form that knows no escapes but doubled quotes needs the server's default setting.
    if text.contains('\\') {
        return format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A table's name, with a schema before a dot.
pub(in crate::dataset) fn table(name: &str) -> String {
    name.split('.').map(quoted).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_quotes() {
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(table("shop.sale"), "\"shop\".\"sale\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("\\' OR 1"), "E'\\\\'' OR 1'");
    }
}
