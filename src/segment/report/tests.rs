use super::*;
use crate::cluster::Silent;
use crate::dataset::load;
use crate::segment::RecipeRequest;
use crate::segment::fit::{Occasion, fit};

const MANIFEST: &str = "title = 'Shop'\ncurrency = '€'\n[[table]]\nfile = 'a.csv'\n[columns.spent]\nlabel = 'Spent'\n\
    unit = 'currency'\n[[group]]\nname = 'g'\nlabel = 'Goods'\ncolumns = ['a', 'b']\n\
    [segmentation]\nvalue = 'spent'\nfeatures = ['spent', 'visits']\nn_clusters = 2\n";

/// Customers as `spent,visits,a,b`.
fn dataset(rows: impl IntoIterator<Item = (f64, f64, f64, f64)>) -> Dataset {
    let mut text = "id,spent,visits,a,b\n".to_owned();
    for (id, (spent, visits, a, b)) in rows.into_iter().enumerate() {
        text.push_str(&format!("c{id},{spent:.3},{visits:.3},{a:.3},{b:.3}\n"));
    }
    loaded(&text, MANIFEST)
}

fn loaded(text: &str, manifest: &str) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    std::fs::write(folder.path().join("dataset.toml"), manifest).unwrap();
    load(folder.path()).unwrap()
}

/// Forty who spend little and ten who spend much.
fn shop() -> Dataset {
    let row = |at: u32| {
        let small = f64::from(at % 7) / 10.0;
        if at < 40 {
            (10.0 + small, 1.0 + small, 1.0, 0.1 * small)
        } else {
            (500.0 + small, 20.0 + small, 2.0, 5.0 + small)
        }
    };
    dataset((0..50).map(row))
}

fn model(dataset: &Dataset, request: &RecipeRequest) -> Model {
    let occasion = Occasion { name: "default", predecessor: None, now: 1_700_000_000, quick: false };
    fit(dataset, &request.resolve(dataset).unwrap(), occasion, &Silent).unwrap()
}

fn with_k(k: usize) -> RecipeRequest {
    RecipeRequest { k: Some(k.to_string()), ..RecipeRequest::default() }
}

fn dbscan(eps: f64) -> RecipeRequest {
    RecipeRequest {
        algorithm: Some("dbscan".to_owned()),
        eps: Some(eps),
        min_samples: Some(3),
        ..RecipeRequest::default()
    }
}

fn report(dataset: &Dataset, request: &RecipeRequest) -> Report {
    let model = model(dataset, request);
    Report::of(dataset, &model, &model.labels_for(dataset).unwrap(), None).unwrap()
}

#[test]
fn numbers_are_those_that_the_pages_ask_for() {
    let dataset = shop();
    let found = report(&dataset, &RecipeRequest::default());
    assert_eq!((found.customers, found.segments.len()), (50, 2));
    assert_eq!(found.trained_on, "2023-11-14");
    assert_eq!(found.fingerprint.len(), 17);
    assert!(found.current && found.left_out.is_none() && found.facts.is_none() && found.value.has_shares);
    let model = model(&dataset, &RecipeRequest::default());
    let view = View::all(&dataset.customers, Some(&model.labels));
    let expected = SegmentWorth::of(&view, dataset.value().unwrap(), None).segments;
    assert_eq!(found.segments.iter().map(|segment| segment.totals.clone()).collect::<Vec<_>>(), expected);
    assert_eq!(found.segments.iter().map(|segment| segment.totals.customers).collect::<Vec<_>>(), [40, 10]);
    let few = &found.segments[1];
    assert_eq!(few.mean_value, few.totals.value / 10.0);
    let total: f64 = found.segments.iter().map(|segment| segment.totals.value).sum();
    assert!((found.value.total - total).abs() < 1e-9);
    assert_eq!(few.stability_words, Some("highly stable"));
    assert_eq!(found.trust.silhouette_words, Some("strong"));
    assert_eq!(found.groups[0].columns[1].means, [few_mean(&dataset, 0..40), few_mean(&dataset, 40..50)]);
    assert!(found.cleaning[0].reconciles && found.cleaning[0].ledger.rows_out == 50);
}

fn few_mean(dataset: &Dataset, rows: std::ops::Range<u32>) -> f64 {
    mean(dataset.customers.column("b").unwrap(), &rows.collect::<Vec<u32>>())
}

#[test]
fn the_story_says_what_a_manager_asks() {
    let story = report(&shop(), &RecipeRequest::default()).story;
    assert!((3..=6).contains(&story.len()), "{story:?}");
    assert!(
        story[0].starts_with("50 customers fall into 2 segments; the largest, Low, holds 80\u{a0}% of them."),
        "{story:?}"
    );
    assert!(story[1].starts_with("Elite are 20\u{a0}% of customers and bring 9"), "{story:?}");
    assert!(story[3].starts_with("What sets them apart most: Low ("), "{story:?}");
    assert!(story[3].contains("; Elite (") && story[3].contains("far above all)"), "{story:?}");
    assert!(story.last().unwrap().contains("strong structure"), "{story:?}");
}

#[test]
fn a_segment_is_marked_by_what_is_farthest_from_all_but_not_by_its_value() {
    let found = report(&shop(), &RecipeRequest::default());
    for segment in &found.segments {
        assert_eq!(segment.marks.len(), 3, "visits, a and b");
        assert!(segment.marks.iter().all(|mark| mark.column != "spent"));
        assert!(segment.marks.windows(2).all(|pair| pair[0].standardised.abs() >= pair[1].standardised.abs()));
    }
    assert_eq!(found.segments[1].marks[0].words, "far above all");
    assert_eq!(
        found.segments[0].marks[0].words, "slightly below all",
        "a quarter as far on the other side, four times as many"
    );
}

#[test]
fn one_segment_has_nothing_to_differ_from() {
    let found = report(&shop(), &with_k(1));
    assert_eq!(found.story[0], "All 50 customers are in one segment, Average.");
    assert_eq!(found.story.len(), 1);
    assert!(found.segments[0].marks.is_empty());
    assert_eq!((found.trust.silhouette, found.segments[0].silhouette), (None, None));
    assert_eq!(found.segments[0].totals.value_share, 1.0);
}

#[test]
fn a_single_customer_makes_a_report() {
    let found = report(&dataset([(5.0, 1.0, 0.0, 0.0)]), &with_k(1));
    assert_eq!(found.story[0], "There is one customer, in the segment Average.");
    assert_eq!(found.segments[0].mean_value, 5.0);
}

#[test]
fn undecided_customers_come_last_and_are_told() {
    let mut rows: Vec<(f64, f64, f64, f64)> = (0..30).map(|at| (10.0 + f64::from(at % 5), 1.0, 0.0, 0.0)).collect();
    rows.extend((0..15).map(|at| (900.0 + f64::from(at % 5), 30.0, 1.0, 1.0)));
    rows.extend([(400.0, 300.0, 0.0, 0.0), (100.0, 200.0, 0.0, 0.0)]);
    let found = report(&dataset(rows), &dbscan(0.2));
    assert_eq!(found.segments.iter().map(|segment| segment.totals.cluster).collect::<Vec<_>>(), [0, 1, -1]);
    assert!(found.story[0].ends_with("4\u{a0}% fit none and stay undecided."), "{:?}", found.story);
    assert!((found.trust.undecided_share - 2.0 / 47.0).abs() < 1e-12);
    let undecided = &found.segments[2];
    assert_eq!((undecided.name.as_str(), undecided.colour, undecided.stability), ("Undecided", -1, None));
    assert!(found.method.iter().any(|sentence| sentence.contains("found the number of segments itself: 2 segments")));
}

#[test]
fn only_undecided_customers_are_said_to_be_no_segment() {
    let found = report(&dataset((0..8).map(|at| (f64::from(at * at), f64::from(at), 0.0, 0.0))), &dbscan(1e-6));
    assert_eq!(found.segments.len(), 1);
    assert_eq!(found.story[0], "None of 8 customers is placed in a segment: all of them are undecided.");
    assert!(found.story[1].contains("another algorithm"));
    assert_eq!(found.trust.undecided_share, 1.0);
}

#[test]
fn shares_of_nothing_and_of_less_are_undefined() {
    for spent in [[0.0, 0.0], [-5.0, 3.0]] {
        let rows = (0..20).map(|at| (spent[at % 2], (at % 2) as f64 * 10.0 + (at % 3) as f64, 0.0, 0.0));
        let found = report(&dataset(rows), &RecipeRequest::default());
        assert!(!found.value.has_shares);
        assert!(found.segments.iter().all(|segment| segment.totals.value_share.is_nan()));
        assert!(found.story.iter().all(|sentence| !sentence.contains("NaN") && !sentence.contains("and bring")));
        let json = serde_json::to_value(&found).unwrap();
        assert!(json["segments"][0]["value_share"].is_null());
    }
}

#[test]
fn many_segments_are_summed_up_and_nobody_is_lost() {
    let rows = (0..400).map(|at| (f64::from(at % 40) * 100.0, f64::from(at % 40) * 7.0 % 40.0, 1.0, 1.0));
    let dataset = dataset(rows);
    let found = report(&dataset, &with_k(30));
    assert_eq!(found.segments.len(), SHOWN_SEGMENTS);
    let others = found.left_out.unwrap();
    assert_eq!(others.segments, 14);
    let named: usize = found.segments.iter().map(|segment| segment.totals.customers).sum();
    assert_eq!(named + others.customers, 400);
    let share: f64 = found.segments.iter().map(|segment| segment.totals.value_share).sum::<f64>() + others.value_share;
    assert!((share - 1.0).abs() < 1e-9);
    assert!(found.segments.iter().all(|segment| segment.totals.customers * others.segments >= others.customers));
    assert!(found.variables.iter().all(|variable| variable.segments.len() == SHOWN_SEGMENTS));
    assert!(found.story.iter().any(|sentence| sentence.starts_with("What sets the six largest apart most")));
}

#[test]
fn many_variables_are_cut_to_features_and_the_most_different() {
    let mut text = "id,spent,visits,a,b".to_owned();
    (0..60).for_each(|column| text.push_str(&format!(",x{column}")));
    for row in 0..60_u32 {
        text.push_str(&format!("\nc{row},{},{},1,1", row * 10, row % 3));
        (0..60).for_each(|column| text.push_str(&format!(",{}", (row * (column + 3)) % 17)));
    }
    let found = report(&loaded(&text, MANIFEST), &RecipeRequest::default());
    assert_eq!((found.variables.len(), found.variables_in_all), (SHOWN_VARIABLES, 64));
    assert!(["spent", "visits"].iter().all(|name| found.variables.iter().any(|variable| variable.column == *name)));
}

#[test]
fn a_model_of_other_data_is_named_as_such() {
    let (before, now) = (shop(), dataset((0..30).map(|at| (f64::from(at), 1.0, 0.0, 0.0))));
    let model = model(&before, &RecipeRequest::default());
    let found = Report::of(&now, &model, &model.labels_for(&now).unwrap(), None).unwrap();
    assert!(!found.current);
    assert_eq!(found.customers, 30);
    assert!(found.trust.sentences[0].starts_with("The data has changed since this model was trained"));
    assert!(found.story[0].contains("one segment"), "nobody spends much any more: {:?}", found.story);
}

#[test]
fn the_method_names_features_as_people_do_and_how_many_segments_came_about() {
    let dataset = shop();
    let request = RecipeRequest {
        transform: Some("log1p".to_owned()),
        k: Some("auto".to_owned()),
        weights: Some([("visits".to_owned(), 2.0)].into()),
        ..RecipeRequest::default()
    };
    let said = report(&dataset, &request).method.join(" ");
    for part in [
        "compared by 2 features: Spent, Visits.",
        "Visits 2 times",
        "logarithm of each value",
        "mean 0 and standard deviation 1",
        "K-Means then put every customer",
        "was chosen as the one that most of the criteria prefer",
        "seed 42",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(report(&dataset, &with_k(2)).method.join(" ").contains("was set by whoever trained the model"));
}
