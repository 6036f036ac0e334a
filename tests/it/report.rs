//! The report: one page that needs nothing beside it, with the numbers of the other pages, from server and command line.

use axum::http::{StatusCode, header};
use segmenta::generate::DataRecipe;
use segmenta::web::state::SegmentEdit;

use crate::app::{Answer, TestApp};
use crate::command_line::{fails, works};

/// Fails on whatever a page could load or lead to, and on numbers that are none.
#[track_caller]
fn assert_self_contained(answer: &Answer) {
    let text = answer.text();
    let lower = text.to_lowercase();
    for forbidden in
        ["<script", "@import", "url(", " src=", "<link", "<img", "<iframe", "<object", "javascript:", "://"]
    {
        assert!(!lower.contains(forbidden), "the page holds {forbidden}");
    }
    let hrefs = answer.attributes("[href]", "href");
    assert!(!hrefs.is_empty() && hrefs.iter().all(|href| href.starts_with('#')), "{hrefs:?}");
    for href in &hrefs {
        assert_eq!(answer.all(href).len(), 1, "{href} leads nowhere");
    }
    assert!(!text.contains("NaN") && !text.contains("inf%"), "a number is none");
    let ids = answer.attributes("[id]", "id");
    let unique: std::collections::HashSet<&String> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "an id stands twice");
    for svg in answer.attributes("svg[role=img]", "aria-labelledby") {
        for part in svg.split(' ') {
            assert_eq!(answer.all(&format!("#{part}")).len(), 1, "{part} names no words of a picture");
        }
    }
}

fn rows(answer: &Answer, table: &str) -> Vec<String> {
    answer.all(&format!("{table} tbody tr")).iter().map(|row| row.replace('\u{a0}', " ")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_report_holds_everything_in_one_file_and_its_numbers_are_those_of_the_pages() {
    let app = TestApp::with(&[(DataRecipe::Personality, 600)]);
    let report = app.page("/d/personality/report").await;
    assert_eq!(report.headers[header::CONTENT_TYPE], "text/html; charset=utf-8");
    assert_self_contained(&report);
    assert!(report.body.len() < 200_000, "{} bytes", report.body.len());

    let overview = app.page("/d/personality/overview").await;
    let table = |answer: &Answer, table: &str| -> Vec<Vec<String>> {
        let cells = |row: usize| {
            let selector = format!("{table} tbody tr:nth-child({row}) > *");
            answer.all(&selector).into_iter().take(6).collect::<Vec<String>>()
        };
        (1..=rows(answer, table).len()).map(cells).collect()
    };
    let (own, theirs) = (table(&report, "#totals"), table(&overview, ".figures"));
    assert!(own.len() > 2);
    assert_eq!(own, theirs[..own.len()].to_vec());
    for finding in overview.all(".findings li") {
        assert!(report.all(".story p").contains(&finding), "{finding}");
    }

    let segments = app.page("/d/personality/segments").await;
    let names = segments.all(".segment-card h2");
    assert_eq!(report.all(".segment h3"), names);
    assert_eq!(report.all(".segment .about"), segments.all(".segment-description"));
    let of_pages: Vec<String> = segments.all("#profile tbody th");
    let of_report: Vec<String> = report.all("#comparison table:first-of-type tbody th");
    assert_eq!(of_report[..of_pages.len()], of_pages[..], "the same variables in the same order");
    let etas: Vec<String> = report.all(".compare tbody td:nth-child(2)");
    assert_eq!(etas[..of_pages.len()], segments.all("#profile tbody td:nth-child(2)")[..]);
    let cluster = app.page("/d/personality/cluster").await;
    let sentences = cluster.all("#result > p");
    for sentence in report.all("#trust .said li").iter().filter(|sentence| !sentence.contains("synthetic")) {
        assert!(sentences.contains(sentence), "{sentence} in {sentences:?}");
    }
    assert_eq!(report.all(".mark"), ["synthetic data"]);
    assert_eq!(report.all("#synthetic").len(), 1);
    let data = app.page("/d/personality/data").await;
    let sentence = &report.all("#trust h3 + p")[0];
    assert!(sentence.ends_with("The ledger reconciles."));
    let before = data.all("#ledger > p")[0].split(' ').next().unwrap().to_owned();
    assert!(sentence.starts_with(&format!("{before} rows were read")), "{sentence}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_lead_to_the_report_and_filters_do_not_cut_it() {
    let app = TestApp::with(&[(DataRecipe::Personality, 600)]);
    for tab in ["segments", "overview"] {
        let page = app.page(&format!("/d/personality/{tab}?model=default&min.Income=50000")).await;
        assert_eq!(page.attributes("#report", "href"), ["/d/personality/report?model=default"]);
        assert_eq!(page.attributes("#report", "target"), ["_blank"]);
        assert_eq!(page.attributes("#report-file", "href"), ["/d/personality/download/report.html?model=default"]);
    }
    let whole = app.page("/d/personality/report").await;
    let filtered = app.page("/d/personality/report?model=default&min.Income=50000&seg=0").await;
    assert_eq!(whole.text(), filtered.text());
    let file = app.page("/d/personality/download/report.html").await;
    assert_eq!(file.body, whole.body);
    let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert_eq!(disposition, "attachment; filename=\"segments-personality-default.html\"");
    let api = app.page("/api/v1/datasets/personality/report").await.json();
    let names: Vec<&str> =
        api["segments"].as_array().unwrap().iter().map(|segment| segment["name"].as_str().unwrap()).collect();
    assert_eq!(whole.all(".segment h3"), names);
    assert_eq!(api["story"].as_array().unwrap().len(), whole.all(".story p").len());
    assert_eq!(api["customers"], app.page("/api/v1/datasets/personality/customers").await.json()["found"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_on_sales_has_months_and_rfm_and_one_on_coupons_what_was_used() {
    let app = TestApp::with(&[(DataRecipe::Petshop, 4000), (DataRecipe::Coupons, 3000)]);
    let report = app.page("/d/petshop/report").await;
    assert_self_contained(&report);
    assert!(report.body.len() < 400_000, "{} bytes", report.body.len());
    let rfm = app.page("/d/petshop/rfm").await;
    let customers = report.all("#rfm tbody td:nth-child(2)");
    let number = |text: &String| text.replace(',', "").parse::<usize>().unwrap();
    let scored: usize = customers.iter().map(number).sum();
    let api = app.page("/api/v1/datasets/petshop/report").await.json();
    assert_eq!(scored, api["customers"], "every customer of the sample has scores");
    assert!(report.all("#rfm tbody th").iter().all(|name| rfm.text().contains(name.as_str())));
    let months = api["facts"]["months"].as_array().unwrap();
    assert!(months.len() > 12 && months[0].as_str().unwrap().ends_with("-01"));
    assert_eq!(report.all("#facts details tbody tr").len(), months.len());
    assert_eq!(report.all("#months polyline").len(), report.all(".segment").len());
    let sales = app.page("/api/v1/datasets/petshop/sales").await.json();
    assert_eq!(api["facts"]["all"]["sales"], sales["totals"]["sales"]);
    let by_month = api["facts"]["by_month"].as_array().unwrap();
    for (segment, values) in by_month.iter().enumerate() {
        let sum: f64 = values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).sum();
        let total = api["facts"]["segments"][segment]["sales"].as_f64().unwrap();
        assert!((sum - total).abs() < 1e-3 || months.len() == 36, "months add up: {sum} against {total}");
    }
    let worth = app.page("/d/petshop/segments").await;
    assert_eq!(report.all("#expected tbody td"), worth.all("#worth tbody td"), "the same expectations");
    assert_eq!(report.all("#next-year > p:first-of-type"), worth.all("#worth > p:first-of-type"));
    assert_eq!(api["worth"]["all"], app.page("/api/v1/datasets/petshop/lifetime").await.json()["all"]);
    let ledgers = report.all("#trust h3");
    assert_eq!(ledgers, ["What cleaning did: sales", "What cleaning did: customers"]);

    let report = app.page("/d/coupons/report").await;
    assert_self_contained(&report);
    assert_eq!(report.all("#facts > h2"), ["Coupons by segment"]);
    let header = report.all("#facts-totals thead th");
    assert_eq!(header, ["Segment", "Coupons", "Coupons burned", "Share burned", "Coupons per customer"]);
    assert!(report.all("#rfm, #next-year").is_empty(), "coupons have no money");
    assert_eq!(report.all("#facts-totals tbody tr:last-child td:nth-child(2)"), ["3,000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_text_whatever_they_hold() {
    let app = TestApp::with(&[(DataRecipe::Clickstream, 3000)]);
    let long = "W".repeat(60);
    for (cluster, name) in [(0, "<script>alert(1)</script>&\"'"), (1, long.as_str())] {
        let description = format!("{name} </style><img src=x onerror=alert(1)>");
        let edit = SegmentEdit { cluster, name: name.to_owned(), description };
        app.state.edit_segment("clickstream", "default", &edit).unwrap();
    }
    let report = app.page("/d/clickstream/report").await;
    assert!(report.all("script, img, iframe").is_empty(), "a name became an element");
    assert!(!report.text().contains("<script"));
    assert_eq!(report.all(".segment h3")[..2], ["<script>alert(1)</script>&\"'".to_owned(), long]);
    assert!(report.all("svg title").iter().any(|title| title.contains("<script>alert(1)</script>")));
    let undecided = report.all(".segment h3").pop().unwrap();
    assert_eq!(undecided, "Undecided", "the sample has customers in no crowd");
    assert!(report.all(".story p")[0].contains("stay undecided"));
}

/// Files of a data set whose value measure is as given for every other customer.
fn shop(values: [f64; 2], customers: usize) -> TestApp {
    let mut rows = "id,spent,visits\n".to_owned();
    for id in 0..customers {
        rows.push_str(&format!("c{id},{},{}\n", values[id % 2] + (id % 5) as f64 / 100.0, (id % 2) * 20 + id % 4));
    }
    let manifest = "title = 'Shop <b>&'\n[[table]]\nfile = 'raw/a.csv'\n[segmentation]\nvalue = 'spent'\nfeatures = ['spent', 'visits']\nn_clusters = 2\n";
    TestApp::of_files(&[("shop/raw/a.csv", rows), ("shop/dataset.toml", manifest.to_owned())])
}

async fn trained(app: &TestApp, name: &str, recipe: serde_json::Value) {
    let body = serde_json::json!({ "name": name, "recipe": recipe });
    let answer = app.json(axum::http::Method::POST, "/api/v1/datasets/shop/models", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let job = answer.json()["id"].to_string();
    let state = app.wait(job.trim_matches('"')).await;
    assert_eq!(state["phase"], "done", "{state}");
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_data_makes_a_report_all_the_same() {
    for (values, customers, recipe, expected) in [
        ([-50.0, 20.0], 40, serde_json::json!({}), "so shares of it mean nothing"),
        ([-1.0, 90.0], 40, serde_json::json!({}), "adds up to less than 0, so shares of it cannot be drawn"),
        ([5.0, 90.0], 40, serde_json::json!({ "k": "1" }), "All 40 customers are in one segment"),
        ([5.0, 90.0], 1, serde_json::json!({ "k": "1" }), "There is one customer, in the segment"),
        ([5.0, 90.0], 40, serde_json::json!({ "k": "12" }), "fall into 12 segments"),
        (
            [5.0, 90.0],
            40,
            serde_json::json!({ "algorithm": "dbscan", "eps": 1e-9, "min_samples": 30 }),
            "None of 40 customers is placed in a segment",
        ),
    ] {
        let app = shop(values, customers);
        let refused = app.get("/d/shop/report").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let message = "This data set has no model yet; train one on the Cluster tab.";
        assert_eq!(refused.all("[data-error-message]"), [message]);
        assert!(app.page("/d/shop/overview").await.all("#report").is_empty(), "no model, no link");
        trained(&app, "odd", recipe).await;
        let report = app.page("/d/shop/report?model=odd").await;
        assert_self_contained(&report);
        assert!(report.text().contains(expected), "{expected}");
        assert_eq!(report.all("h1"), ["Shop <b>&: customer segments"]);
        assert_eq!(app.get("/d/shop/report?model=none").await.status, StatusCode::NOT_FOUND);
        assert_eq!(app.page("/api/v1/datasets/shop/report?model=odd").await.json()["customers"], customers);
    }
}

/// The largest page there can be: more segments, variables, columns of groups and notes than are shown.
#[tokio::test(flavor = "multi_thread")]
async fn the_size_of_a_report_is_bounded() {
    let names: Vec<String> = (0..90).map(|column| format!("quite_a_long_name_of_a_column_{column}")).collect();
    let mut rows = format!("id,spent,visits,{}\n", names.join(","));
    for id in 0..600_usize {
        rows.push_str(&format!("c{id},{},{}", (id % 30) * 100, (id % 30) * 7 % 30));
        (0..90).for_each(|column| rows.push_str(&format!(",{}.25", id * (column + 3) % 1009)));
        rows.push('\n');
    }
    let groups: Vec<String> = names
        .chunks(15)
        .enumerate()
        .map(|(at, names)| format!("[[group]]\nname = 'g{at}'\nlabel = 'Group {at}'\ncolumns = {names:?}\n"))
        .collect();
    let manifest = format!(
        "title = 'Shop'\n[[table]]\nfile = 'raw/a.csv'\n{}[segmentation]\nvalue = 'spent'\nfeatures = ['spent', 'visits']\n",
        groups.join("")
    );
    let app = TestApp::of_files(&[("shop/raw/a.csv", rows), ("shop/dataset.toml", manifest)]);
    trained(&app, "odd", serde_json::json!({ "k": "30" })).await;
    let report = app.page("/d/shop/report?model=odd").await;
    assert_self_contained(&report);
    assert!(report.body.len() < 400_000, "{} bytes", report.body.len());
    assert_eq!(report.all(".segment").len(), 16);
    assert!(report.all("#left-out")[0].starts_with("14 smaller segments"));
    assert_eq!(report.all("#totals tbody th").iter().rev().nth(1).unwrap(), "14 other segments");
    assert_eq!(report.all("#groups .panel").len(), 25, "400 bars of 16 segments");
    assert!(report.all("#groups .hint").last().unwrap().starts_with("These are 3 of 6 groups"));
    assert!(report.all("#comparison .hint")[0].contains("The 40 variables shown"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_writes_the_page_and_says_what_it_cannot() {
    let app = TestApp::with(&[(DataRecipe::Personality, 600), (DataRecipe::Petshop, 4000)]);
    let folder = app.folder.path();
    for name in ["personality", "petshop"] {
        let said = works(folder, &["report", name, "--out", "report.html"]);
        assert_eq!(said, "wrote the report to report.html\n");
        let file = std::fs::read(folder.join("report.html")).unwrap();
        assert_eq!(file, app.page(&format!("/d/{name}/report")).await.body, "{name}: the same bytes");
    }
    works(folder, &["train", "personality", "--name", "two", "--k", "2"]);
    works(folder, &["report", "personality", "--model", "two", "--out", "two.html"]);
    let two = std::fs::read_to_string(folder.join("two.html")).unwrap();
    assert!(two.contains("fall into 2 segments") && two.contains("found again reliably"), "stability is measured");
    std::fs::create_dir(folder.join("folder.html")).unwrap();
    fails(folder, &["report", "personality"], 2, "--out");
    fails(folder, &["report", "personality", "--out", "x.pdf"], 1, "--out must end in .html");
    fails(
        folder,
        &["report", "personality", "--out", "folder.html"],
        1,
        "folder.html is a folder; give the name of a file",
    );
    fails(folder, &["report", "personality", "--out", "no/such/x.html"], 1, "cannot be written");
    fails(folder, &["report", "nothing", "--out", "x.html"], 1, "there are personality, petshop");
    fails(folder, &["report", "petshop", "--model", "none", "--out", "x.html"], 1, "there are default");
    std::fs::remove_dir_all(folder.join("models/petshop")).unwrap();
    fails(folder, &["report", "petshop", "--out", "x.html"], 1, "train one with: segmenta train petshop");
}
