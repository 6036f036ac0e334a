//! The shipped manifests on the real files, read from the folder that `SEGMENTA_REAL_DATA` names.

use std::path::{Path, PathBuf};

use segmenta::cluster::Silent;
use segmenta::dataset::{Dataset, load};
use segmenta::segment::RecipeRequest;
use segmenta::segment::fit::{Occasion, fit};
use segmenta::segment::predict::predict;

/// The personality manifest over the real file, or `None` with a notice.
fn personality() -> Option<(tempfile::TempDir, Dataset)> {
    let Some(folder) = std::env::var_os("SEGMENTA_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: SEGMENTA_REAL_DATA is not set");
        return None;
    };
    let data = tempfile::tempdir().unwrap();
    std::fs::create_dir(data.path().join("raw")).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/personality/dataset.toml");
    std::fs::copy(shipped, data.path().join("dataset.toml")).unwrap();
    std::fs::copy(folder.join("personality/marketing_campaign.csv"), data.path().join("raw/marketing_campaign.csv"))
        .unwrap();
    let dataset = load(data.path()).unwrap();
    Some((data, dataset))
}

#[test]
fn the_ledger_of_the_real_file_reconciles() {
    let Some((_folder, dataset)) = personality() else { return };
    let ledger = &dataset.ledger;
    assert!(ledger.reconciles());
    assert!(dataset.synthetic.is_none());
    assert_eq!((ledger.rows_in, ledger.rows_out), (2240, 2233));
    let changed = |rule: &str| {
        let entry = ledger.entries.iter().find(|entry| entry.rule.starts_with(rule)).unwrap();
        (entry.rows_removed, entry.cells_changed)
    };
    // Counted in the file with awk: births before 1920, empty incomes, incomes above 115,000, odd statuses.
    assert_eq!(changed("Impossible values"), (3, 0));
    assert_eq!(changed("Missing values"), (0, 24));
    assert_eq!(changed("Capped (above 115000)"), (0, 8));
    assert_eq!(changed("Alone, Absurd, YOLO"), (0, 7));
    assert_eq!(changed("Zeros"), (4, 0));
    assert_eq!(ledger.value_in, 1_356_988.0);
}

#[test]
fn derived_columns_of_the_first_customer_are_right() {
    let Some((_folder, dataset)) = personality() else { return };
    let customers = &dataset.customers;
    assert_eq!(customers.ids.get(0), "5524");
    let of = |name: &str| customers.numbers(name).unwrap()[0];
    // ID 5524: born 1957, enrolled 04-09-2012 (day first), last enrolment 29-06-2014.
    assert_eq!(of("Age"), 57.0);
    assert_eq!(of("days_enrolled"), 663.0);
    assert_eq!(of("kids"), 0.0);
    assert_eq!(of("Total_Spent"), 1617.0);
    assert_eq!(of("NumAllPurchases"), 25.0);
    assert_eq!(of("AverageCheck"), 1617.0 / 25.0);
    assert_eq!(of("ShareDealsPurchases"), 12.0);
    assert_eq!(of("AcceptedOffers"), 1.0);
    assert_eq!(customers.column("Z_Revenue").map(|c| c.name.as_str()), None);
}

#[test]
fn the_default_model_finds_the_four_known_segments_and_predicts_its_own_customers() {
    let Some((_folder, dataset)) = personality() else { return };
    let recipe = RecipeRequest::default().resolve(&dataset).unwrap();
    let model =
        fit(&dataset, &recipe, Occasion { name: "m", predecessor: None, now: 0, quick: true }, &Silent).unwrap();
    let mut names: Vec<&str> = model.segments.iter().map(|segment| segment.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Elite", "High potential", "Low old", "Low recent"]);
    let features = model.features_of(&dataset).unwrap();
    for row in 0..dataset.customers.len() {
        let values: Vec<Option<f64>> = features.row(row).iter().map(|value| Some(*value)).collect();
        assert_eq!(predict(&model, &dataset, &values).unwrap().cluster, model.labels[row], "row {row}");
    }
}
