//! The command line, as the built program: results, JSON, exit status.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::app::fill;

pub(crate) fn segmenta(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_segmenta"))
        .args(arguments)
        .current_dir(folder)
        .env("SEGMENTA_DATA_DIR", folder.join("data"))
        .env("SEGMENTA_MODELS_DIR", folder.join("models"))
        .output()
        .unwrap()
}

#[track_caller]
pub(crate) fn works(folder: &Path, arguments: &[&str]) -> String {
    let out = segmenta(folder, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

#[track_caller]
pub(crate) fn json(folder: &Path, arguments: &[&str]) -> Value {
    serde_json::from_str(&works(folder, arguments)).expect("nothing but one JSON object")
}

#[track_caller]
pub(crate) fn fails(folder: &Path, arguments: &[&str], status: i32, expected: &str) {
    let out = segmenta(folder, arguments);
    let message = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(status), "{arguments:?}: {message}");
    assert!(message.contains(expected), "{arguments:?}: {message}");
    assert!(out.stdout.is_empty(), "{arguments:?}");
    assert!(!message.contains("panicked"));
}

#[test]
fn folders_are_named_on_either_side_of_the_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    std::fs::rename(folder.path().join("data"), folder.path().join("elsewhere")).unwrap();
    let behind = json(folder.path(), &["datasets", "--data-dir", "elsewhere", "--json"]);
    assert_eq!(json(folder.path(), &["--data-dir", "elsewhere", "datasets", "--json"]), behind);
    assert!(behind.to_string().contains("name"), "{behind}");
}

#[test]
fn the_way_from_data_to_labelled_customers() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let listing = json(folder.path(), &["datasets", "--json"]);
    assert_eq!(listing["datasets"][1]["name"], "personality");

    let ledger = json(folder.path(), &["clean", "personality", "--json"]);
    assert_eq!(ledger["reconciles"], true);
    assert!(folder.path().join("data/personality/processed/customers.parquet").exists());
    assert!(works(folder.path(), &["clean", "personality"]).contains("The ledger reconciles."));

    let trained = json(folder.path(), &["train", "personality", "--name", "two", "--k", "2", "--json"]);
    assert_eq!(trained["segments"].as_array().unwrap().len(), 2);
    works(folder.path(), &["train", "clickstream", "--algorithm", "kmeans", "--k", "auto", "--n-init", "2"]);

    let customers = ledger["rows_out"].as_u64().unwrap() as usize;
    works(folder.path(), &["label", "personality/two", "--out", "labelled.csv"]);
    let labelled = std::fs::read_to_string(folder.path().join("labelled.csv")).unwrap();
    assert_eq!(labelled.lines().count(), customers + 1);
    assert!(labelled.lines().next().unwrap().ends_with(",cluster,segment,confidence"));
    let raw = "data/personality/raw/marketing_campaign.csv";
    let report = json(folder.path(), &["label", "personality", "--input", raw, "--out", "raw.parquet", "--json"]);
    assert_eq!(report["customers"], 600);

    let answer = json(
        folder.path(),
        &["predict", "personality", "--set", "Total_Spent=1900", "--set", "AverageCheck=95", "--json"],
    );
    assert_eq!(answer["segment"], "Elite");
    assert!(
        works(folder.path(), &["predict", "personality", "--set", "Total_Spent=1900"]).contains("the median was used")
    );
    let many = json(folder.path(), &["predict", "personality", "--input", raw, "--json"]);
    assert_eq!(many["customers"].as_array().unwrap().len(), 600);

    let outlook = json(folder.path(), &["forecast", "petshop", "--measure", "amount", "--horizon", "7", "--json"]);
    assert_eq!(outlook["forecast"]["point"].as_array().unwrap().len(), 7);
    assert!(outlook["backtest"]["scores"].as_array().unwrap().len() == 4, "{outlook}");
    assert!(outlook["anatomy"]["stationarity"]["sentence"].is_string());
    for name in ["ahead.csv", "ahead.json"] {
        works(folder.path(), &["forecast", "petshop", "--horizon", "4", "--on", "category=Food", "--out", name]);
    }
    let ahead = std::fs::read_to_string(folder.path().join("ahead.csv")).unwrap();
    assert_eq!(ahead.lines().count(), 5);
    let saved: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("ahead.json")).unwrap()).unwrap();
    assert_eq!(saved["question"]["filter"], serde_json::json!([["on.category", "Food"]]));
    let table = works(folder.path(), &["forecast", "petshop", "--on", "category=Food", "--horizon", "3"]);
    assert!(table.contains("MASE") && table.contains("95 % from"), "{table}");

    let made = json(folder.path(), &["generate", "clickstream", "--rows", "50", "--out", "data/more", "--json"]);
    assert_eq!(made["rows"], 50);
    assert_eq!(json(folder.path(), &["datasets", "--json"])["datasets"].as_array().unwrap().len(), 4);
}

#[test]
fn failures_are_one_sentence_with_the_right_status() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let here = folder.path();
    fails(here, &["clean", "nothing"], 1, "there are clickstream, personality, petshop");
    fails(here, &["train", "personality", "--k", "1000"], 1, "give 1 to 100");
    fails(here, &["forecast", "personality"], 1, "has no sales");
    fails(here, &["forecast", "petshop", "--horizon", "0"], 1, "1 to 365 days");
    fails(here, &["forecast", "petshop", "--on", "category"], 1, "write DIMENSION=LEVEL");
    fails(here, &["forecast", "petshop", "--out", "x.txt"], 1, "must end in .csv or .json");
    fails(here, &["forecast", "petshop", "--transform", "log"], 1, "none, box-cox");
    fails(here, &["forecast", "petshop", "--on", "category=Food", "--transform", "box-cox"], 1, "choose no transform");
    fails(here, &["forecast", "petshop", "--out", "no/such/folder.csv"], 1, "cannot be written");
    fails(here, &["train", "personality", "--name", "../up"], 1, "cannot be a model's name");
    fails(here, &["train", "personality", "--features", "a,b"], 1, "\"a\" is no numeric column");
    fails(here, &["train", "clickstream", "--eps", "-1"], 2, "unexpected argument");
    fails(here, &["train", "clickstream", "--eps=-1"], 1, "-1 is no radius");
    fails(here, &["predict", "personality/none", "--set", "a=1"], 1, "there are default");
    fails(here, &["predict", "personality", "--set", "Total_Spent"], 1, "must be written as NAME=VALUE");
    fails(here, &["predict", "personality", "--set", "Total_Spent=abc"], 1, "\"abc\" is no number");
    fails(here, &["predict", "personality"], 2, "required");
    fails(here, &["label", "personality", "--out", "x.txt"], 1, "must end in .csv or .parquet");
    fails(here, &["label", "personality", "--out", "no/such/folder.csv"], 1, "cannot be written");
    fails(here, &["label", "personality", "--input", "gone.csv", "--out", "x.csv"], 1, "gone.csv: cannot be read");
    fails(here, &["generate", "personality", "--rows", "0", "--out", "x"], 1, "at least 1");
    fails(here, &["generate", "nothing", "--rows", "1", "--out", "x"], 2, "possible values");
    fails(here, &["datasets", "--data-dir", "gone"], 1, "gone: cannot be read");
    fails(here, &["dance"], 2, "unrecognized subcommand");
}

#[test]
fn a_port_in_use_is_said() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails(folder.path(), &["serve", "--bind", &address], 1, "choose another with --bind");
}
