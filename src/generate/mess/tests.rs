use std::collections::BTreeSet;

use super::*;

/// A plain file of text as rows of cells.
fn rows(file: &MessFile) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(file.bytes.as_slice());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_same_seed_gives_the_same_export_and_another_seed_another() {
    for seed in 0..40 {
        let (one, again) = (Mess::draw(seed), Mess::draw(seed));
        assert_eq!((&one.kinds, &one.files), (&again.kinds, &again.files));
        assert_eq!(one.truth, again.truth);
        assert_ne!(one.files, Mess::draw(seed + 1).files);
    }
}

#[test]
fn the_truth_of_a_plain_export_is_what_its_cells_add_up_to() {
    for seed in 0..40 {
        let mess = Mess::of(seed, &[]);
        let truth = &mess.truth.accepted[0].outcome;
        let rows = rows(&mess.files[0]);
        let place = |key: &str| rows[0].iter().position(|name| *name == mess.truth.columns[key]).unwrap();
        let (amount, customer, day) = (place("amount"), place("customer"), place("day"));
        let cents: f64 = rows[1..].iter().map(|row| row[amount].parse::<f64>().unwrap() * 100.0).sum();
        assert_eq!(cents.round() as i64, truth.cents);
        assert_eq!(rows.len() - 1, truth.rows);
        let customers: BTreeSet<&String> = rows[1..].iter().map(|row| &row[customer]).collect();
        assert_eq!(customers.len(), truth.customers);
        assert_eq!(rows[1..].iter().map(|row| &row[day]).max(), Some(&truth.last_day));
        assert_eq!(truth.by_level.values().sum::<i64>(), truth.cents);
        assert!((30..=400).contains(&truth.rows) && (8..=150).contains(&truth.customers), "{truth:?}");
    }
}

#[test]
fn every_kind_can_be_made_and_changes_what_is_written() {
    let kinds = Mess::kinds();
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "a name stands twice");
    for kind in kinds {
        let changes = |seed: u64| {
            let (mess, plain) = (Mess::of(seed, &[kind]), Mess::of(seed, &[]));
            mess.kinds == [kind] && mess.files != plain.files
        };
        assert!((0..20).any(changes), "{kind}");
    }
}

#[test]
fn a_kind_does_the_same_whatever_others_there_are() {
    let returns = "returns as (12.50)";
    let alone = (0..20).map(|seed| Mess::of(seed, &[returns])).find(|mess| !mess.kinds.is_empty()).unwrap();
    let both = Mess::of(alone.seed, &[returns, "days as 07.01.2023"]);
    assert_eq!(both.kinds.len(), 2);
    assert_eq!(alone.truth.accepted, both.truth.accepted);
}

#[test]
fn most_exports_have_one_to_four_kinds_of_mess() {
    let counts: Vec<usize> = (0..400).map(|seed| Mess::draw(seed).kinds.len()).collect();
    assert!(counts.iter().all(|count| *count <= 4));
    assert!(counts.iter().filter(|count| (1..=4).contains(*count)).count() > 340);
    let drawn: BTreeSet<&str> = (0..2000).flat_map(|seed| Mess::draw(seed).kinds).collect();
    let missing: Vec<&str> = Mess::kinds().into_iter().filter(|kind| !drawn.contains(kind)).collect();
    assert!(missing.is_empty(), "2,000 seeds draw none of {missing:?}");
}

#[test]
fn a_difference_is_told_in_words() {
    let truth = &Mess::of(1, &[]).truth.accepted[0].outcome;
    assert_eq!(truth.difference(truth), None);
    let other = Outcome { cents: truth.cents + 1, ..truth.clone() };
    let words = truth.difference(&other).unwrap();
    assert_eq!(words, format!("cents {} instead of {}", truth.cents + 1, truth.cents));
}

#[test]
fn files_are_written_with_their_truth_and_their_mark() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(7, 3, folder.path()).unwrap();
    assert_eq!(written.exports, 3);
    for seed in 7..10 {
        let own = folder.path().join(seed.to_string());
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(own.join("truth.json")).unwrap()).unwrap();
        let mess = Mess::draw(seed);
        assert_eq!(truth["truth"]["accepted"][0]["outcome"]["cents"], mess.truth.accepted[0].outcome.cents);
        for file in &mess.files {
            assert_eq!(std::fs::read(own.join(&file.name)).unwrap(), file.bytes);
            assert!(own.join(format!("{}.synthetic.json", file.name)).exists());
        }
    }
}
