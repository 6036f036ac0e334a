//! Cases of cleaning rules: folders of `tests/cases`, to which people add without programming.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use segmenta::dataset::{Customers, Ledger, Manifest, export, load};

const LEDGER_HEADER: &str = "rule\tcolumns\trows before\trows after\tcells changed\tvalue before\tvalue after\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// Names of the cases in alphabetical order.
fn cases() -> Vec<String> {
    let entries = std::fs::read_dir(root()).unwrap().map(Result::unwrap);
    let folders = entries.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> = folders.map(|folder| folder.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}

/// The customers as `segmenta clean` and the download write them.
fn customers_as_csv(customers: &Customers) -> String {
    let rows: Vec<u32> = (0..customers.len() as u32).collect();
    let mut out = Vec::new();
    export::write_csv(&mut out, customers, &rows, &[]).unwrap();
    String::from_utf8(out).unwrap()
}

/// A line a rule, then a line a note.
fn ledger_as_text(ledger: &Ledger) -> String {
    let mut text = LEDGER_HEADER.to_owned();
    let mut value = ledger.value_in;
    for entry in &ledger.entries {
        let before = value;
        value += entry.value_changed - entry.value_removed;
        let rows_after = entry.rows_before - entry.rows_removed;
        let mut fields = vec![entry.rule.clone(), entry.columns.join(", ")];
        fields.extend([entry.rows_before, rows_after, entry.cells_changed].map(|count| count.to_string()));
        fields.extend([before, value].map(amount));
        text += &format!("{}\n", fields.join("\t"));
    }
    for note in &ledger.notes {
        text += &format!("note\t{note}\n");
    }
    text
}

/// Rounded to a millionth, because sums of decimals are not exact in binary.
fn amount(value: f64) -> String {
    ((value * 1e6).round() / 1e6).to_string()
}

/// What a case gives otherwise than it says, each with the text found.
fn differences(name: &str) -> Vec<String> {
    let case = root().join(name);
    let folder = tempfile::tempdir().unwrap();
    for file in ["dataset.toml", "in.csv"] {
        if let Err(error) = std::fs::copy(case.join(file), folder.path().join(file)) {
            return vec![format!("{name}: {file} cannot be read ({error})")];
        }
    }
    let dataset = match load(folder.path()) {
        Ok(dataset) => dataset,
        Err(error) => return vec![format!("{name}: {error}")],
    };
    let mut found = Vec::new();
    for (file, text) in
        [("expected.csv", customers_as_csv(&dataset.customers)), ("ledger.txt", ledger_as_text(&dataset.ledger))]
    {
        let expected = std::fs::read_to_string(case.join(file)).unwrap_or_default();
        // An editor may write a mark in front, other line ends, or an empty line more or less at the end.
        let lines = expected.trim_start_matches('\u{feff}').trim_end().lines();
        if !lines.eq(text.trim_end().lines()) {
            found.push(format!("{name}: {file} should be, if this is right:\n{text}"));
        }
    }
    if !dataset.ledger.reconciles() {
        found.push(format!("{name}: the ledger does not reconcile"));
    }
    if std::fs::read_to_string(case.join("README.txt")).unwrap_or_default().trim().is_empty() {
        found.push(format!("{name}: README.txt should say in a paragraph what the rule does here"));
    }
    found
}

#[test]
fn each_case_gives_the_customers_and_the_ledger_that_are_expected() {
    let found: Vec<String> = cases().iter().flat_map(|name| differences(name)).collect();
    assert!(found.is_empty(), "\n\n{}", found.join("\n"));
}

/// Rules that the manifest reference shows in an example or names in a table of rules.
fn documented_rules() -> BTreeSet<String> {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/MANIFEST.md")).unwrap();
    let mut rules = BTreeSet::new();
    let mut is_table_of_rules = false;
    for line in text.lines() {
        is_table_of_rules = line.starts_with("| rule |") || is_table_of_rules && line.starts_with('|');
        let in_table = line.strip_prefix("| `").filter(|_| is_table_of_rules).and_then(|rest| rest.split('`').next());
        let in_example = line.strip_prefix("rule = \"").and_then(|rest| rest.split('"').next());
        rules.extend(in_table.or(in_example).map(str::to_owned));
    }
    rules
}

#[test]
fn every_rule_of_the_manifest_reference_has_a_case() {
    let documented = documented_rules();
    assert!(documented.contains("missing") && documented.contains("outliers"), "{documented:?}");
    let cases = cases();
    let mut shown = BTreeSet::new();
    for name in &cases {
        let rules = Manifest::read(&root().join(name)).unwrap().clean;
        assert!(!rules.is_empty(), "case {name} has no cleaning rule");
        for rule in rules {
            shown.insert(serde_json::to_value(rule).unwrap()["rule"].as_str().unwrap().to_owned());
        }
    }
    assert_eq!(shown, documented, "left: rules with a case, right: rules of docs/MANIFEST.md");
    assert!(cases.len() >= documented.len(), "{} cases for {} rules", cases.len(), documented.len());
}
