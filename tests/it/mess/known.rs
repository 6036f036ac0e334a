//! Kinds of mess of which nobody but people can say what is right: they are asked about, or something is told to be lost.

/// What is asked or told, and the kinds of which no export is right without it.
pub(super) const KNOWN: [(&str, &[&str]); 4] = [
    ("which column is what, where no name says it", &["no header", "names of columns: that say nothing"]),
    ("who bought, where a shop calls customers otherwise", &["name of the customer: that of a shop of its own"]),
    ("what becomes of a row that does not fit the header", &["a row that is cut off", "a row with a cell too many"]),
    (
        "how days and numbers are meant that can be read in two ways",
        &[
            "days as 07/01/2023 (day first), none after the 12th",
            "days as 01/07/2023 (month first), none after the 12th",
            "amounts as 1.251, all from 1,000 to 9,999",
        ],
    ),
];

/// All of these kinds.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().flat_map(|(_, kinds)| kinds.iter().copied())
}
