//! The words that a report uses, with the explanations of the program's glossary.

use crate::segment::report::Report;

/// The program's glossary: a paragraph a word.
const GLOSSARY: &str = include_str!("../../../docs/GLOSSARY.md");

/// Words of every report.
const ALWAYS: [&str; 15] = [
    "Cluster",
    "Difference from all",
    "Eta squared (η²)",
    "Feature",
    "Fingerprint",
    "Ledger",
    "Mean",
    "Median",
    "Reconcile",
    "Segment",
    "Silhouette",
    "Stability",
    "Standard deviation",
    "Standardised mean",
    "Value measure",
];

/// A word and its explanation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub term: &'static str,
    pub meaning: String,
}

/// The words of a report in alphabetical order; one that the glossary lacks is left out.
pub(super) fn words(report: &Report) -> Vec<Word> {
    let has_rfm = report.facts.as_ref().is_some_and(|facts| !facts.rfm.is_empty());
    let has_worth = report.worth.as_ref().is_some_and(|worth| worth.is_known);
    let has_value = report.worth.as_ref().is_some_and(|worth| worth.is_known && worth.has_values);
    let sometimes = [
        ("12-month value", has_value),
        ("Bought once", has_worth),
        ("Expected orders", has_worth),
        ("RFM", has_rfm),
        ("Synthetic", report.synthetic.is_some()),
        ("Undecided", report.trust.undecided_share > 0.0),
    ];
    let mut wanted: Vec<&'static str> = ALWAYS.to_vec();
    wanted.extend(sometimes.into_iter().filter(|(_, used)| *used).map(|(term, _)| term));
    wanted.sort_unstable_by_key(|term| term.to_lowercase());
    wanted.into_iter().filter_map(|term| Some(Word { term, meaning: meaning(term)? })).collect()
}

/// The paragraph behind a term, on one line.
fn meaning(term: &str) -> Option<String> {
    let start = format!("**{term}.** ");
    let mut lines = GLOSSARY.lines().skip_while(|line| !line.starts_with(&start));
    let first = lines.next()?.strip_prefix(&start)?;
    let rest = lines.take_while(|line| !line.is_empty() && !line.starts_with("**"));
    Some(std::iter::once(first).chain(rest).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_in_the_glossary_and_told_whole() {
        for term in ALWAYS.into_iter().chain([
            "12-month value",
            "Bought once",
            "Expected orders",
            "RFM",
            "Synthetic",
            "Undecided",
        ]) {
            let text = meaning(term).unwrap_or_else(|| panic!("{term} is not in the glossary"));
            assert!(text.ends_with('.') && !text.contains("**"), "{term}: {text}");
        }
        assert!(meaning("RFM").unwrap().ends_with("for a middling amount."), "it goes on over two lines");
        assert_eq!(meaning("Nothing"), None);
    }
}
