//! Names in a row.

/// All of them: "a", "a and b", "a, b and c".
///
/// ```
/// assert_eq!(segmenta::words::all_of(&["a", "b", "c"]), "a, b and c");
/// ```
#[must_use]
pub fn all_of(names: &[impl AsRef<str>]) -> String {
    row(names, "and")
}

/// One of them: "a", "a or b", "a, b or c".
#[must_use]
pub fn one_of(names: &[impl AsRef<str>]) -> String {
    row(names, "or")
}

fn row(names: &[impl AsRef<str>], word: &str) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} {word} {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_read_well() {
        assert_eq!([all_of(&[""; 0]), one_of(&["a"]), all_of(&["a", "b"])], ["", "a", "a and b"]);
        assert_eq!(one_of(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b or c");
    }
}
