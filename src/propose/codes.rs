//! Numbers that name something and count nothing: told from how they are written, and from names.

use crate::propose::reading::Values;
use crate::propose::words;

/// Most different values of numbers that a name says to be a kind of thing.
const KINDS: usize = 60;

/// Fewest rows whose numbers rise by one each by more than chance.
const COUNTED: usize = 12;

/// Why texts that could be read as numbers are codes, by their spelling; none when they are not.
pub(super) fn by_spelling<'a>(texts: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    let texts: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // A number of a program has a point or a sign beside its exponent: 1.5E+05.
    let has_exponent = |text: &str| {
        text.split_once(['e', 'E']).is_some_and(|(front, behind)| {
            !front.is_empty() && !behind.is_empty() && is_digits(front) && is_digits(behind)
        })
    };
    if texts.iter().any(|text| has_exponent(text)) && texts.iter().all(|text| is_digits(text) || has_exponent(text)) {
        return Some("letters E stand among their digits, as in codes");
    }
    let has_zero = texts.iter().any(|text| text.len() > 1 && text.starts_with('0'));
    (has_zero && texts.iter().all(|text| is_digits(text))).then_some("zeros stand in front of them, as in codes")
}

/// Whether a column of whole numbers names a kind of thing: a channel, a region, a month.
pub(super) fn by_name(column: &Values, numbers: &[f64], distinct: usize) -> bool {
    let words = words::words(&column.name);
    let counts = words.iter().any(|word| words::COUNTING.contains(&word.as_str()));
    let names = words.last().is_some_and(|last| words::KIND_OF_THING.contains(&last.as_str()));
    names && !counts && distinct <= KINDS && numbers.iter().all(|number| *number >= 0.0)
}

/// Whether the numbers of a column count its rows.
pub(super) fn counts_rows(column: &Values, numbers: &[f64], rows: usize) -> bool {
    let ends =
        numbers.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), n| (least.min(*n), most.max(*n)));
    column.counts_rows && rows >= COUNTED && numbers.len() == rows && ends.1 - ends.0 == (rows - 1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_say_by_their_spelling_that_they_are() {
        for (texts, is_code) in [
            (&["01", "13", "75"][..], true),
            (&["007", "12"], true),
            (&["0", "1", "10"], false),
            (&["0.5", "1"], false),
            (&["1E5", "100000"], true),
            (&["1E2", "5E1"], true),
            (&["1.5E+05", "2"], false),
            (&["1e-3", "2"], false),
            (&["01", "x"], false),
            (&["007", "1.5"], false),
        ] {
            assert_eq!(by_spelling(texts.iter().copied()).is_some(), is_code, "{texts:?}");
        }
    }
}
