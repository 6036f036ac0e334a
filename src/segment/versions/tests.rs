//! Two versions made of rows, compared.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_distr::{Distribution, Normal};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::*;
use crate::cluster::Silent;
use crate::dataset::load;
use crate::segment::fit::{Occasion, fit};
use crate::segment::{RecipeRequest, continuity};

const HEAD: &str = "id,spent,visits,city,keen\n";

fn manifest(features: &str, extra: &str) -> String {
    format!(
        "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='spent'\nfeatures=[{features}]\n\
         [columns.keen]\nrole='flag'\n{extra}"
    )
}

fn dataset_of(text: &str, manifest: &str) -> Dataset {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("shop");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("a.csv"), text).unwrap();
    std::fs::write(folder.join("dataset.toml"), manifest).unwrap();
    load(&folder).unwrap()
}

fn dataset(rows: &[String]) -> Dataset {
    dataset_of(&format!("{HEAD}{}\n", rows.join("\n")), &manifest("'spent','visits'", ""))
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<String>>().join("\n") + "\n"
}

/// Two groups of customers, from 0 on.
fn rows(count: usize, seed: u64, spent_moves_by: f64) -> Vec<String> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let normal = Normal::new(0.0, 1.0).unwrap();
    let row = |id: usize| {
        let group = f64::from(u8::from(id.is_multiple_of(2)));
        let mut draw = |mean: f64| mean + normal.sample(&mut random);
        let (spent, visits) = (draw(20.0 + 10.0 * group), draw(4.0 + 8.0 * group));
        let city = ["Bari", "Bonn", "Brno"][random.gen_range(0..3)];
        format!("c{id},{:.6},{visits:.6},{city},{}", spent + 5.1 * spent_moves_by, random.gen_range(0..2))
    };
    (0..count).map(row).collect()
}

fn model_with(dataset: &Dataset, algorithm: &str) -> Model {
    let request = RecipeRequest {
        algorithm: Some(algorithm.to_owned()),
        k: (!algorithm.ends_with("dbscan")).then(|| "2".to_owned()),
        eps: (algorithm == "dbscan").then_some(0.4),
        ..RecipeRequest::default()
    };
    let occasion = Occasion { name: "m", predecessor: None, now: 1, quick: true };
    fit(dataset, &request.resolve(dataset).unwrap(), occasion, &Silent).unwrap()
}

fn version() -> Version {
    Version {
        number: 1,
        folder: std::path::PathBuf::new(),
        replaced_at: Some(1_700_000_000),
        note: "spring".to_owned(),
    }
}

fn compared(model: &Model, old: &Dataset, new: &Dataset) -> VersionComparison {
    compare(model, &version(), old, new, &Silent).unwrap()
}

fn check_sums(found: &Migration) {
    assert_eq!(found.stayed + found.moved + found.left, found.old_customers);
    assert_eq!(found.stayed + found.moved + found.joined, found.new_customers);
    for segment in &found.segments {
        let cluster = Some(segment.cluster);
        let out: usize = found.flows.iter().filter(|flow| flow.from == cluster).map(|flow| flow.customers).sum();
        let into: usize = found.flows.iter().filter(|flow| flow.to == cluster).map(|flow| flow.customers).sum();
        assert_eq!((out, into), (segment.old.customers, segment.new.customers));
        let shares: f64 = found.flows.iter().filter(|flow| flow.from == cluster).map(|flow| flow.share).sum();
        assert!(out == 0 || (shares - 1.0).abs() < 1e-12);
        let Kept { low, share, high, .. } = segment.kept;
        assert!(share.is_nan() || (low <= share && share <= high));
    }
}

#[test]
fn a_planted_shift_is_found_and_named_and_the_rest_is_chance() {
    let (old, new) = (dataset(&rows(800, 1, 0.0)), dataset(&rows(700, 2, 1.0)));
    let model = model_with(&old, "kmeans");
    let found = compared(&model, &old, &new);
    let verdicts: Vec<(&str, Verdict)> = found.features.iter().map(|f| (f.name.as_str(), f.verdict)).collect();
    assert_eq!(verdicts[0], ("spent", Verdict::MovedMuch), "{verdicts:?}");
    assert!(verdicts[1..].iter().all(|(_, verdict)| *verdict == Verdict::Chance), "{verdicts:?}");
    assert!(found.features[0].in_model && found.features[1].in_model && !found.features[2].in_model);
    assert!(found.features[0].test_p_adjusted < 1e-6 && found.features[1].test_p_adjusted > 0.05);
    assert_eq!(found.most_drifted().unwrap().name, "spent");
    assert_eq!(found.alarm.level, Level::Alarm);
    assert!(found.alarm.headline.starts_with("Train the model anew."), "{}", found.alarm.headline);
    assert!(
        found.alarm.headline.contains("1 of the model's 2 features moved, most of all Spent:"),
        "{}",
        found.alarm.headline
    );
    let migration = found.migration.unwrap();
    check_sums(&migration);
    assert_eq!((migration.left, migration.joined, migration.nameless), (100, 0, 0));
}

#[test]
fn other_customers_of_the_same_kind_raise_no_alarm() {
    let (old, new) = (dataset(&rows(800, 1, 0.0)), dataset(&rows(800, 2, 0.0)));
    let found = compared(&model_with(&old, "kmeans"), &old, &new);
    assert_eq!(found.alarm.level, Level::None, "{:?}", found.alarm);
    assert!(found.alarm.headline.starts_with("The model still fits"), "{}", found.alarm.headline);
    assert_eq!(found.alarm.signals.len(), 3);
}

#[test]
fn a_model_of_the_present_data_need_not_be_trained_anew() {
    let (old, new) = (dataset(&rows(400, 1, 0.0)), dataset(&rows(400, 2, 1.0)));
    let found = compared(&model_with(&new, "kmeans"), &old, &new);
    assert_eq!(found.alarm.level, Level::None);
    assert!(found.alarm.headline.contains("was trained on the data as it is now"));
    assert_eq!(found.alarm.signals[0].level, Level::Alarm, "what changed is still said");
}

#[test]
fn the_order_of_rows_changes_nothing_even_where_fitted_labels_are_no_predictions() {
    let kept = rows(300, 3, 0.0);
    let old = dataset(&kept);
    let mut turned = kept.clone();
    turned.reverse();
    let new = dataset(&turned);
    assert_ne!(old.fingerprint, new.fingerprint);
    for algorithm in ["kmeans", "hierarchical", "dbscan", "gaussian-mixture", "hdbscan"] {
        for (fitted, name) in [(&old, "old"), (&new, "new")] {
            let found = compared(&model_with(fitted, algorithm), &old, &new);
            let migration = found.migration.unwrap();
            check_sums(&migration);
            assert_eq!((migration.moved, migration.left, migration.joined), (0, 0, 0), "{algorithm} fitted to {name}");
            assert!(found.features.iter().all(|f| f.psi.unwrap().value == 0.0), "{algorithm} fitted to {name}");
            assert_eq!(found.alarm.level, Level::None);
        }
    }
}

#[test]
fn value_moves_with_customers() {
    let text = |spent: [u32; 6]| {
        let row = |(id, spent): (usize, &u32)| format!("{id},{spent},{},Bari,1", if *spent > 50 { 9 } else { 1 });
        spent.iter().enumerate().map(row).collect::<Vec<String>>()
    };
    let old = dataset(&text([10, 11, 12, 100, 101, 102]));
    let model = model_with(&old, "kmeans");
    let mut changed = text([10, 11, 103, 100, 101, 102]);
    changed.remove(0);
    changed.push("new,13,1,Bonn,0".to_owned());
    let found = compared(&model, &old, &dataset(&changed));
    let migration = found.migration.unwrap();
    check_sums(&migration);
    assert_eq!((migration.joined, migration.left, migration.stayed, migration.moved), (1, 1, 4, 1));
    let (low, high) = (old.customers.ids.iter().position(|id| id == "0").unwrap(), 3);
    let (low, high) = (Some(model.labels[low]), Some(model.labels[high]));
    let flow = migration.flow(low, high).unwrap();
    assert_eq!((flow.customers, flow.value_before, flow.value_after), (1, 12.0, 103.0));
    assert!((flow.share - 1.0 / 3.0).abs() < 1e-12);
    let stayed = migration.flow(high, high).unwrap();
    assert_eq!((stayed.customers, stayed.value_before, stayed.value_after), (3, 303.0, 303.0));
    let (gone, fresh) = (migration.flow(low, None).unwrap(), migration.flow(None, low).unwrap());
    assert!((gone.value_before, fresh.value_after) == (10.0, 13.0));
    assert!(gone.value_after.is_nan() && fresh.value_before.is_nan());
    let kept = migration.segments.iter().find(|segment| Some(segment.cluster) == low).unwrap();
    assert_eq!((kept.kept.present, kept.kept.stayed), (2, 1));
    assert_eq!((kept.old.value, kept.new.value, kept.old.mean_value), (33.0, 24.0, 11.0));
    assert!(found.alarm.headline.contains("too few customers"), "{}", found.alarm.headline);
    assert!(found.features.iter().all(|feature| feature.verdict == Verdict::TooFew));
}

#[test]
fn versions_that_do_not_fit_are_said_in_a_sentence() {
    let old = dataset(&rows(60, 1, 0.0));
    let model = model_with(&old, "kmeans");
    let strangers: Vec<String> = rows(60, 2, 0.0).iter().map(|row| format!("x{row}")).collect();
    let found = compared(&model, &old, &dataset(&strangers)).migration.unwrap();
    check_sums(&found);
    assert_eq!((found.left, found.joined, found.stayed), (60, 60, 0));
    assert!(found.segments.iter().all(|segment| segment.kept.share.is_nan()));

    // The earlier version lacks a feature, or has it as a category.
    let new = dataset(&rows(60, 1, 0.0));
    let visits = model_with(&new, "kmeans");
    let without = format!("id,spent,city,keen\n{}", lines(30, |i| format!("c{i},{i},Bari,1")));
    let lacking = dataset_of(&without, &manifest("'spent'", ""));
    let found = compared(&visits, &lacking, &new);
    assert!(found.migration.is_none());
    assert!(found.no_migration.unwrap().contains("has no column \"visits\""));
    assert_eq!(found.features.iter().find(|f| f.name == "visits").unwrap().verdict, Verdict::Added);
    assert!(found.alarm.signals[0].sentence.contains("Visits cannot be compared"));
    let found = compared(&model_with(&lacking, "kmeans"), &new, &lacking);
    assert_eq!(found.features.iter().find(|f| f.name == "visits").unwrap().verdict, Verdict::Gone);
    let words =
        dataset_of(&format!("{HEAD}{}", lines(30, |i| format!("c{i},{i},many,Bari,1"))), &manifest("'spent'", ""));
    let found = compared(&visits, &words, &new);
    assert!(found.migration.is_none());
    assert_eq!(found.features.iter().find(|f| f.name == "visits").unwrap().verdict, Verdict::OtherKind);
}

#[test]
fn a_customer_who_fits_nowhere_is_undecided_and_unusual() {
    let before = rows(60, 1, 0.0);
    let old = dataset(&before);
    let request = RecipeRequest { algorithm: Some("dbscan".to_owned()), eps: Some(4.0), ..RecipeRequest::default() };
    let occasion = Occasion { name: "m", predecessor: None, now: 1, quick: true };
    let model = fit(&old, &request.resolve(&old).unwrap(), occasion, &Silent).unwrap();
    assert!(model.segment(-1).is_none());
    let mut after = before;
    after[0] = "c0,9000,900,Bari,1".to_owned();
    let found = compared(&model, &old, &dataset(&after));
    let migration = found.migration.as_ref().unwrap();
    check_sums(migration);
    assert_eq!((migration.moved, migration.name_of(Some(-1), "")), (1, "Undecided"));
    assert_eq!(migration.name_of(None, "Left"), "Left");
    assert_eq!(found.unusual.unwrap().counts, [0, 1]);
}

#[test]
fn customers_without_an_id_of_their_own_are_not_matched() {
    let numbered = |shift: usize| {
        let text = lines(40, |i| format!("{},{}", i + shift, i % 7));
        dataset_of(
            &format!("spent,visits\n{text}"),
            "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent','visits']\n\
             [columns.spent]\nrole='numeric'\n",
        )
    };
    let (old, new) = (numbered(0), numbered(1));
    let found = compared(&model_with(&old, "kmeans"), &old, &new);
    assert!(found.migration.is_none());
    assert!(found.no_migration.unwrap().starts_with("Customers cannot be matched without an id column"));
    assert!(found.features.iter().all(|feature| feature.psi.is_some()), "drift needs no ids");

    let twice = ["a,1,1,Bari,1", "a,2,1,Bari,1", ",3,1,Bari,1", "b,40,9,Bari,0", "c,41,9,Bonn,0"].map(str::to_owned);
    let old = dataset(&twice);
    let found = compared(&model_with(&old, "kmeans"), &old, &old).migration.unwrap();
    check_sums(&found);
    assert_eq!((found.stayed, found.left, found.joined, found.nameless), (2, 3, 3, 6));
}

#[test]
fn one_customer_and_unknown_values() {
    let old = dataset(&rows(50, 1, 0.0));
    let model = model_with(&old, "kmeans");
    let one = compared(&model, &old, &dataset(&rows(1, 1, 0.0)));
    check_sums(one.migration.as_ref().unwrap());
    assert!(one.features.iter().all(|feature| feature.verdict == Verdict::TooFew));
    assert!(one.alarm.headline.contains("too few customers to tell"));

    let unknown: Vec<String> = (0..50).map(|id| format!("c{id},{id},,Bari,1")).collect();
    let unknown = dataset_of(
        &format!("{HEAD}{}\n", unknown.join("\n")),
        &manifest("'spent','visits'", "[columns.visits]\nrole='numeric'\n"),
    );
    let found = compared(&model, &old, &unknown);
    let visits = found.feature("visits").unwrap();
    assert_eq!(visits.verdict, Verdict::MovedMuch, "known then, unknown now: {visits:?}");
    assert!(visits.test.is_none());
    let both = compared(&model, &unknown, &unknown);
    assert_eq!(both.feature("visits").unwrap().verdict, Verdict::Chance);
    assert_eq!(both.alarm.level, Level::None);
}

#[test]
fn a_model_trained_anew_on_new_data_keeps_names_and_colours() {
    let old = dataset(&rows(400, 1, 0.0));
    let mut model = model_with(&old, "kmeans");
    model.segments[0].name = "Regulars".to_owned();
    model.segments[0].name_edited = true;
    model.segments[0].description = "Come often.".to_owned();
    model.segments[0].description_edited = true;
    (model.segments[0].colour, model.segments[1].colour) = (5, 3);
    // A third of the customers left, others joined, all spend a little more, and the rows are in another order.
    let mut next: Vec<String> = rows(520, 2, 0.3).split_off(130);
    next.reverse();
    let new = dataset(&next);
    let occasion = Occasion { name: "m", predecessor: Some(&model), now: 2, quick: true };
    let again = fit(&new, &model.recipe, occasion, &Silent).unwrap();
    let regulars = again.segments.iter().find(|segment| segment.name == "Regulars").unwrap();
    assert_eq!((regulars.colour, regulars.description.as_str()), (5, "Come often."));
    let other = again.segments.iter().find(|segment| segment.name != "Regulars").unwrap();
    assert_eq!(other.colour, 3);
    // And they are the same customers.
    let pairs = continuity::continuations(&again.labels, &model.labels_for(&new).unwrap());
    assert!(pairs.contains(&(regulars.cluster, model.segments[0].cluster, 1.0)), "{pairs:?}");
}

#[test]
fn segments_are_called_as_the_model_calls_them_by_now() {
    let old = dataset(&rows(200, 1, 0.0));
    let mut model = model_with(&old, "kmeans");
    let found = compared(&model, &old, &dataset(&rows(200, 2, 0.0)));
    model.segments[1].name = "Renamed".to_owned();
    let names: Vec<String> =
        found.named_by(&model).migration.unwrap().segments.into_iter().map(|segment| segment.name).collect();
    assert!(names.contains(&"Renamed".to_owned()));
}

/// A row of small whole numbers, so that ties, moves and the same customers all occur.
fn some_rows() -> impl Strategy<Value = Vec<String>> {
    let row = (0..12_i32, 0..6_i32, 0..3_usize, 0..2_i32);
    proptest::collection::btree_map(0..60_u32, row, 3..50).prop_map(|rows| {
        let text = |(id, (spent, visits, city, keen)): (u32, (i32, i32, usize, i32))| {
            let spent = if spent == 11 { String::new() } else { spent.to_string() };
            format!("c{id},{spent},{visits},{},{keen}", ["Bari", "Bonn", ""][city])
        };
        // Two that are always there, so that every column has values that differ.
        let fixed = ["x,0,0,Bari,0".to_owned(), "y,9,5,Bonn,1".to_owned()];
        rows.into_iter().map(text).chain(fixed).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nobody_is_lost_and_the_order_of_rows_does_not_matter(before in some_rows(), after in some_rows(), seed: u64) {
        let (old, new) = (dataset(&before), dataset(&after));
        let model = model_with(&old, "kmeans");
        let found = compared(&model, &old, &new);
        check_sums(found.migration.as_ref().unwrap());
        let mut mixed = after.clone();
        let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
        for place in (1..mixed.len()).rev() {
            mixed.swap(place, random.gen_range(0..=place));
        }
        let again = compared(&model, &old, &dataset(&mixed));
        // NaN is not equal to itself, null is.
        prop_assert_eq!(serde_json::to_value(&again).unwrap(), serde_json::to_value(&found).unwrap());
    }

    #[test]
    fn the_same_data_has_no_drift(rows in some_rows()) {
        let data = dataset(&rows);
        let found = compared(&model_with(&data, "kmeans"), &data, &data);
        let migration = found.migration.as_ref().unwrap();
        prop_assert_eq!((migration.moved, migration.left, migration.joined), (0, 0, 0));
        for feature in &found.features {
            prop_assert_eq!(feature.psi.unwrap().value, 0.0);
            prop_assert!(!feature.verdict.is_beyond_chance());
        }
        prop_assert_eq!(found.alarm.level, Level::None);
    }
}
