//! Things that are handed out and used: the page, its numbers, the API, and what bad files say.

use axum::http::StatusCode;
use segmenta::cluster::Silent;
use segmenta::dataset::{Dataset, load};
use segmenta::generate::{DataRecipe, generate};
use segmenta::segment::fit::{Occasion, fit};
use segmenta::segment::{Model, RecipeRequest};

use crate::app::{Answer, TestApp};

const ROWS: usize = 3000;

fn app() -> TestApp {
    TestApp::with(&[(DataRecipe::Coupons, ROWS)])
}

fn card(page: &Answer, label: &str) -> String {
    let labels = page.all(".cards dt");
    let at = labels.iter().position(|text| text == label).unwrap_or_else(|| panic!("{label} in {labels:?}"));
    page.all(".cards dd:nth-of-type(1)")[at].clone()
}

fn number(text: &str) -> usize {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

/// The generated files, with some of them changed.
fn changed(changes: &[(&str, &dyn Fn(String) -> String)]) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    generate(DataRecipe::Coupons, ROWS, 7, folder.path()).unwrap();
    for (name, change) in changes {
        let file = folder.path().join(name);
        std::fs::write(&file, change(std::fs::read_to_string(&file).unwrap())).unwrap();
    }
    load(folder.path()).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_counts_what_the_file_holds() {
    let app = app();
    let page = app.page("/d/coupons/coupons").await;
    let text = std::fs::read_to_string(app.folder.path().join("data/coupons/raw/transactions.csv")).unwrap();
    let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let burned = lines.iter().filter(|cells| matches!(cells[3].trim().to_lowercase().as_str(), "burned" | "burnt"));
    let customers: std::collections::HashSet<&str> =
        lines.iter().map(|cells| cells[1]).filter(|id| !id.is_empty()).collect();
    assert_eq!(number(&card(&page, "Coupons")), ROWS);
    assert_eq!(number(&card(&page, "Coupons burned")), burned.count());
    assert_eq!(number(&card(&page, "Customers")), customers.len());
    let charts = ["over-time", "statuses", "frequency", "used-by-city-name", "used-by-branch-id"];
    for id in charts.into_iter().chain(["used-by-merchant-name", "crossed", "per-customer", "days-to-use", "retention"])
    {
        assert_eq!(page.all(&format!("#chart-{id} .chart-summary")).len(), 1, "{id}");
    }
    assert_eq!(page.all("#chart-dist-gender-name tbody tr").len(), 3);
    let by_city = page.all("#chart-used-by-city-name tbody td:nth-child(2)");
    assert_eq!(
        by_city.iter().map(|text| number(text)).sum::<usize>(),
        ROWS,
        "every coupon has a city or an unknown one"
    );
    let tabs = page.all(".tabs a");
    assert!(tabs.contains(&"Coupons".to_owned()));
    assert!(!tabs.contains(&"Sales".to_owned()) && !tabs.contains(&"RFM".to_owned()), "there is no money: {tabs:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_changes_the_page_and_filters_cut_it() {
    let app = app();
    let whole = app.page("/d/coupons/coupons").await;
    for measure in ["things", "uses", "use_rate", "customers", "things_per_customer"] {
        for step in ["day", "week", "month"] {
            let page = app.page(&format!("/d/coupons/coupons?measure={measure}&step={step}")).await;
            assert!(!page.all("#chart-over-time tbody tr").is_empty(), "{measure} by {step}");
        }
    }
    let crossed = app.page("/d/coupons/coupons?down=merchant_name&across=coupon_name&measure=use_rate").await;
    assert_eq!(crossed.all("#chart-crossed thead th").len(), 7, "six coupons");
    assert!(crossed.all("#chart-crossed tbody td:nth-child(2)").iter().all(|text| text.contains('%') || text == "–"));
    let amman = app.page("/d/coupons/coupons?on.city_name=Amman").await;
    assert!(number(&card(&amman, "Coupons")) < number(&card(&whole, "Coupons")));
    assert_eq!(amman.all("#chart-used-by-city-name tbody tr").len(), 1);
    let keen = app.page("/d/coupons/coupons?min.use_rate=1").await;
    assert_eq!(card(&keen, "Share burned"), "100 %");
    let nothing = app.page("/d/coupons/coupons?from=2030-01-01").await;
    assert!(nothing.text().contains("No coupon in this selection"));
    let forecast = app.page("/d/coupons/sales/forecast?measure=things").await;
    assert!(forecast.all("select[name=measure] option").contains(&"Coupons".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_agrees_with_the_page_and_wrong_questions_are_refused() {
    let app = app();
    let page = app.page("/d/coupons/coupons").await;
    let answer = app.get("/api/v1/datasets/coupons/coupons?down=city_name&across=merchant_name").await.json();
    assert_eq!(answer["totals"]["lines"], ROWS);
    assert_eq!(answer["totals"]["uses"], number(&card(&page, "Coupons burned")));
    let statuses = answer["statuses"].as_array().unwrap();
    assert_eq!(statuses.iter().map(|step| step["count"].as_u64().unwrap()).sum::<u64>() as usize, ROWS);
    let counts = answer["per_customer"]["counts"].as_array().unwrap();
    let customers: u64 = counts.iter().map(|count| count.as_u64().unwrap()).sum();
    assert_eq!(customers as usize, number(&card(&page, "Customers")));
    let cells = answer["crossed"].as_array().unwrap();
    let crossed: u64 = cells.iter().map(|cell| cell["totals"]["lines"].as_u64().unwrap()).sum();
    assert!(crossed as usize > ROWS * 9 / 10 && crossed as usize <= ROWS, "all but unknown cities: {crossed}");
    let series = app.get("/api/v1/datasets/coupons/sales?step=month&by=city_name").await.json();
    assert_eq!(series["totals"]["lines"], ROWS);
    for (path, status, expected) in [
        ("/d/coupons/sales", StatusCode::BAD_REQUEST, "nothing to work out sales from; choose one of orders"),
        ("/d/coupons/coupons?measure=units", StatusCode::BAD_REQUEST, "nothing to work out units from"),
        ("/d/coupons/coupons?down=colour", StatusCode::BAD_REQUEST, "There is no column \"colour\""),
        ("/d/coupons/coupons?step=hour", StatusCode::BAD_REQUEST, "choose one of day, week, month"),
        ("/d/coupons/coupons?on.city_name=Rome", StatusCode::BAD_REQUEST, "has no value \"Rome\""),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        let message = answer.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{path}: {message}");
    }
}

fn fitted(dataset: &Dataset, request: &RecipeRequest) -> Model {
    let occasion = Occasion { name: "m", predecessor: None, now: 1_700_000_000, quick: true };
    fit(dataset, &request.resolve(dataset).unwrap(), occasion, &Silent).unwrap()
}

#[test]
fn planted_customers_are_found_and_named() {
    let dataset = changed(&[]).unwrap();
    let model = fitted(&dataset, &RecipeRequest::default());
    let mut names: Vec<&str> = model.segments.iter().map(|segment| segment.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Collectors", "Keen users", "Lapsed", "Occasional"]);
    // Keen customers were made first, collectors after them.
    let customers = 385;
    let share = |from: f64, to: f64, name: &str| {
        let cluster = model.segments.iter().find(|segment| segment.name == name).unwrap().cluster;
        let kind: Vec<usize> = (0..dataset.customers.len())
            .filter(|row| {
                let place = (dataset.customers.ids.get(*row).parse::<f64>().unwrap() - 2000.0) / f64::from(customers);
                (from..to).contains(&place)
            })
            .collect();
        kind.iter().filter(|row| model.labels[**row] == cluster).count() as f64 / kind.len() as f64
    };
    assert!(share(0.0, 0.25, "Keen users") > 0.7);
    assert!(share(0.25, 0.55, "Collectors") > 0.7);
}

#[test]
fn mixed_features_are_clustered_by_three_algorithms() {
    let dataset = changed(&[]).unwrap();
    for algorithm in ["kmeans", "dbscan", "hierarchical"] {
        let features = ["frequency", "use_rate", "gender_name"].map(str::to_owned).to_vec();
        let request = RecipeRequest {
            algorithm: Some(algorithm.to_owned()),
            features: Some(features),
            eps: (algorithm == "dbscan").then_some(0.6),
            ..RecipeRequest::default()
        };
        let model = fitted(&dataset, &request);
        assert_eq!(model.labels.len(), dataset.customers.len(), "{algorithm}");
        assert!(model.clusters().iter().filter(|cluster| **cluster >= 0).count() >= 2, "{algorithm}");
        let silhouette = model.scores.silhouette.unwrap();
        assert!(silhouette > 0.0 && silhouette <= 1.0, "{algorithm}: {silhouette}");
    }
}

#[test]
fn keys_that_repeat_are_refused_and_orphans_are_counted() {
    let repeated = changed(&[("raw/cities.csv", &|text| format!("{text}3,Elsewhere\n"))]).unwrap_err();
    assert!(repeated.contains("1 rows repeat a key (such as \"3\"), so joining would multiply rows"), "{repeated}");
    let whole = changed(&[]).unwrap();
    let orphaned = changed(&[("raw/branches.csv", &|text| text.replace("\n100,1\n", "\n"))]).unwrap();
    let rows = |dataset: &Dataset| dataset.facts.as_ref().unwrap().len();
    assert_eq!(rows(&whole), rows(&orphaned), "rows without a partner stay");
    let notes = &orphaned.facts.as_ref().unwrap().ledger.notes;
    assert!(notes.iter().any(|note| note.contains("branches") && note.contains("no partner")), "{notes:?}");
}

#[test]
fn a_stray_column_is_told_and_a_status_may_be_spelt_in_any_way() {
    let dataset = changed(&[]).unwrap();
    let notes = &dataset.ledger.notes;
    assert!(notes.iter().any(|note| note.contains("column_5") && note.contains("every value is missing")), "{notes:?}");
    let status = dataset.facts.as_ref().unwrap().dimension("transaction_status").unwrap();
    assert_eq!(status.names, ["burned", "claimed", "subscribed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_nobody_is_told() {
    let app = TestApp::shipped("coupons");
    let page = app.page("/d/coupons/coupons").await;
    let used = number(&card(&page, "Coupons burned"));
    let snapshot = app.state.snapshot();
    let of_customers = snapshot.datasets["coupons"].customers.numbers("uses").unwrap().iter();
    let of_customers: f64 = of_customers.filter(|uses| uses.is_finite()).sum();
    let sentence = page.all("#of-nobody").join("");
    let told = sentence.split(" of them burned").next().unwrap().rsplit(' ').next().unwrap();
    assert!(used > of_customers as usize, "the sample has coupons of nobody");
    assert_eq!(number(told), used - of_customers as usize, "{sentence}");
    let known = app.page("/d/coupons/coupons?min.uses=1").await;
    assert!(known.all("#of-nobody").is_empty(), "a filter of customers keeps only theirs");
}
