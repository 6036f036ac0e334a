//! Texts that usually stand for a missing value and are values where the others of their column say so: the country NA, the promotion
//! None.

use std::collections::BTreeSet;

use crate::dataset::manifest::Table;
use crate::dataset::{dates, numbers};
use crate::propose::reading::Values;

/// Most different values of a column in which such a text can be one of them.
const FEW: usize = 60;

/// Letters of a code such as a country's, at most.
const CODE: usize = 5;

/// Takes the texts that stand for a missing value out of the values of a table read as it is, and returns those that stay values.
pub(super) fn settle(columns: &mut [Values]) -> Vec<String> {
    let usual: Vec<String> = Table::default().missing_values.into_iter().filter(|text| !text.is_empty()).collect();
    let mut kept: BTreeSet<String> = BTreeSet::new();
    for column in columns.iter().filter(|column| column.stored.is_none() && holds_text(column, &usual)) {
        kept.extend(
            usual.iter().filter(|text| column.counts.contains_key(*text) && is_level(column, text, &usual)).cloned(),
        );
    }
    for column in columns.iter_mut().filter(|column| column.stored.is_none()) {
        let is_text = holds_text(column, &usual);
        for text in usual.iter().filter(|text| !is_text || !kept.contains(*text)) {
            if let Some(cells) = column.counts.remove(text) {
                column.spelt_missing.push((text.clone(), cells));
            }
        }
    }
    kept.into_iter().collect()
}

/// Whether the other values are texts and neither numbers nor days.
fn holds_text(column: &Values, usual: &[String]) -> bool {
    let others = || column.counts.keys().filter(|text| !usual.contains(text) && !text.trim().is_empty());
    let texts = others().filter(|text| numbers::body(text).is_none() && !dates::looks_like_date(text)).count();
    texts * 2 > others().count()
}

/// Whether such a text is one of the levels of its column.
fn is_level(column: &Values, text: &str, usual: &[String]) -> bool {
    let others: Vec<&str> =
        column.counts.keys().filter(|other| !usual.contains(other)).map(|other| other.trim()).collect();
    if others.is_empty() || others.len() > FEW {
        return false;
    }
    let is_code = |other: &&str| {
        other.chars().count() <= CODE && other.chars().all(|letter| letter.is_uppercase() || letter.is_ascii_digit())
    };
    match text {
        // As a code among codes. Names in words, beside which programs write NA for nothing, are none.
        "NA" => others.len() > 1 && others.iter().all(is_code),
        // As a word among words, where a cell without a value is written otherwise.
        "None" => column.empty == 0 && others.iter().all(|other| other.chars().next().is_some_and(char::is_uppercase)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(texts: &[&str]) -> Values {
        let texts: crate::propose::reading::Texts =
            texts.iter().map(|text| Some(*text).filter(|text| !text.is_empty())).collect();
        Values::of("a", None, &texts)
    }

    #[test]
    fn what_stands_among_its_like_is_a_value() {
        for (texts, kept) in [
            (&["NA", "ZA", "BW", "NA"][..], &["NA"][..]),
            (&["NA", "EMEA", "APAC"], &["NA"]),
            (&["None", "Email", "SMS"], &["None"]),
            (&["None", "Email", ""], &[]),
            (&["male", "female", "NA"], &[]),
            (&["NA", "1.5", "2"], &[]),
            (&["NA", "2024-01-02", "2024-01-03"], &[]),
            (&["NULL", "A", "B"], &[]),
            (&["NA", "NA"], &[]),
        ] {
            let mut columns = [column(texts)];
            assert_eq!(settle(&mut columns), kept, "{texts:?}");
            let present =
                columns[0].counts.keys().filter(|text| ["NA", "None", "NULL"].contains(&text.as_str())).count();
            assert_eq!(present, kept.len(), "{texts:?}");
        }
    }

    #[test]
    fn a_spelling_that_is_a_value_somewhere_is_one_in_each_text_of_the_table_and_in_no_numbers() {
        let mut columns = [column(&["NA", "ZA", "BW"]), column(&["NA", "male", "female"]), column(&["NA", "1", "2"])];
        assert_eq!(settle(&mut columns), ["NA"]);
        assert!(columns[1].counts.contains_key("NA") && !columns[2].counts.contains_key("NA"));
        assert_eq!(columns[2].spelt_missing, [("NA".to_owned(), 1)]);
    }
}
