//! Data sets made of files as `segmenta import` and the wizard make them, without writing to a folder that anybody sees.

use segmenta::dataset::Dataset;
use segmenta::library::Staging;
use segmenta::progress::Silent;
use segmenta::propose::{Answers, Proposal};

/// Answers to questions, by their keys.
pub(crate) fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// What is proposed for files, or the sentence by which they are refused.
pub(crate) fn propose(
    files: &[(&str, impl AsRef<[u8]>)],
    answers: &Answers,
) -> Result<(Proposal, Staging, tempfile::TempDir), String> {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "imported").unwrap();
    for (name, content) in files {
        staging.add_from(name, &mut content.as_ref()).map_err(|error| error.to_string())?;
    }
    let proposal = staging.propose_watched(answers, &Silent).map_err(|error| error.to_string())?;
    Ok((proposal, staging, data))
}

/// The data set that is made of files with these answers.
#[track_caller]
pub(crate) fn import(files: &[(&str, impl AsRef<[u8]>)], answers: &Answers) -> (Proposal, Dataset) {
    let (proposal, staging, _data) = propose(files, answers).unwrap_or_else(|error| panic!("{error}"));
    let manifest = proposal.manifest();
    let dataset = staging.finish(&manifest).unwrap_or_else(|error| panic!("{error}\n{manifest}"));
    (proposal, dataset)
}

/// The same where nothing may be left to ask.
#[track_caller]
pub(crate) fn unasked(files: &[(&str, impl AsRef<[u8]>)]) -> (Proposal, Dataset) {
    let (proposal, dataset) = import(files, &Answers::new());
    assert!(proposal.questions.is_empty(), "{:?}", proposal.questions);
    (proposal, dataset)
}

/// Customers, purchases, cents, first and last day.
pub(crate) fn outcome(dataset: &Dataset) -> (usize, usize, i64, String, String) {
    let facts = dataset.facts.as_ref().expect("there are purchases");
    let day = |day: i32| segmenta::dataset::dates::format_iso(f64::from(day));
    let total: f64 = facts.amount.iter().sum();
    let ends = (facts.day.first().copied().unwrap(), facts.day.last().copied().unwrap());
    (dataset.customers.len(), facts.len(), (total * 100.0).round() as i64, day(ends.0), day(ends.1))
}
