//! What customers are expected to be worth: page, API and download agree, and nothing changes for a data set without facts.

use axum::http::{StatusCode, header};

use crate::app::{Answer, TestApp};

fn column(page: &Answer, position: usize) -> Vec<String> {
    page.all(&format!("#worth tbody td:nth-child({position})"))
}

fn number(text: &str) -> f64 {
    text.replace(',', "").parse().unwrap_or_else(|_| panic!("{text} is no number"))
}

fn total(values: &serde_json::Value, field: &str) -> f64 {
    values.as_array().unwrap().iter().map(|part| part[field].as_f64().unwrap()).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn segments_add_up_to_all_on_the_page_and_in_the_api() {
    let app = TestApp::new();
    let page = app.page("/d/petshop/segments").await;
    let customers: Vec<f64> = column(&page, 2).iter().map(|text| number(text)).collect();
    let (all, segments) = customers.split_last().unwrap();
    assert_eq!(segments.iter().sum::<f64>(), *all);
    assert_eq!(*all, app.state.snapshot().datasets["petshop"].customers.len() as f64);
    assert_eq!(column(&page, 8).last().unwrap(), "100 %");
    assert!(page.all("#worth > p")[0].contains("are expected to be still active"));
    assert!(page.all("#worth .hint")[0].contains("BG/NBD"));
    assert_eq!(page.all("#chart-worth tbody tr").len(), segments.len());

    let found = app.page("/api/v1/datasets/petshop/lifetime").await.json();
    assert_eq!(found["failure"], serde_json::Value::Null);
    assert_eq!((found["months"].as_u64(), total(&found["segments"], "customers")), (Some(12), *all));
    for field in ["orders", "value"] {
        let whole = found["all"][field].as_f64().unwrap();
        assert!(whole > 0.0 && (total(&found["segments"], field) - whole).abs() < 1e-6 * whole, "{field}: {found}");
    }
    assert!(found["models"]["orders"]["model"]["alpha"].as_f64().unwrap() > 0.0);
    assert!(found["models"]["values"]["model"]["p"].as_f64().unwrap() > 0.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_chooses_whose_worth_is_shown_and_changes_nobody() {
    let app = TestApp::new();
    let whole = app.page("/api/v1/datasets/petshop/lifetime").await.json();
    let one = app.page("/api/v1/datasets/petshop/lifetime?seg=0").await.json();
    assert_eq!(one["segments"].as_array().unwrap().len(), 1);
    assert_eq!(one["segments"][0], whole["segments"][0]);
    let page = app.page("/d/petshop/segments?seg=0").await;
    assert_eq!(page.all("#worth tbody tr").len(), 2, "the segment and all");
    assert!(page.all("#chart-worth").is_empty(), "one bar says nothing");
    let empty = app.page("/d/petshop/segments?min.monetary=1e12").await;
    assert!(empty.all("#worth").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_download_has_a_row_for_each_customer() {
    let app = TestApp::new();
    let page = app.page("/d/petshop/segments").await;
    let file = app.get(&page.attributes("#worth a[download]", "href")[0]).await;
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("petshop-lifetime.csv"));
    let text = file.text();
    let mut lines = text.lines();
    let head = "probability_alive,expected_orders_12_months,expected_value_12_months";
    assert!(lines.next().unwrap().ends_with(head));
    let rows: Vec<Vec<&str>> = lines.map(|line| line.rsplit(',').take(3).collect()).collect();
    assert_eq!(rows.len(), app.state.snapshot().datasets["petshop"].customers.len());
    let whole = app.page("/api/v1/datasets/petshop/lifetime").await.json();
    let value: f64 = rows.iter().map(|cells| cells[0].parse::<f64>().unwrap()).sum();
    assert!((value - whole["all"]["value"].as_f64().unwrap()).abs() < 1e-6 * value);
    assert!(rows.iter().all(|cells| (0.0..=1.0).contains(&cells[2].parse::<f64>().unwrap())));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_facts_there_is_no_such_part() {
    let app = TestApp::new();
    let page = app.page("/d/personality/segments").await;
    assert!(page.all("#worth").is_empty() && page.all("#chart-worth").is_empty());
    for path in ["/d/personality/download/lifetime.csv", "/api/v1/datasets/personality/lifetime"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("has no sales"), "{path}: {}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_tells_nothing_says_so_and_the_page_works() {
    let app = TestApp::new();
    let folder = app.state.config.folders.data_dir.join("petshop");
    let text = std::fs::read_to_string(folder.join("raw/sale.csv")).unwrap();
    let head: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let day = head.iter().position(|name| *name == "sale_date" || *name == "transaction_date").unwrap();
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    let mut out = lines.next().unwrap().join(",");
    let first = lines.clone().next().unwrap()[day].clone();
    for mut cells in lines {
        cells[day].clone_from(&first);
        out.push('\n');
        out.push_str(&cells.join(","));
    }
    std::fs::write(folder.join("raw/sale.csv"), out).unwrap();
    let app = app.restarted();
    let page = app.page("/d/petshop/segments").await;
    assert_eq!(page.all("#worth > p"), ["All orders lie on one day, so nothing is known of who comes back."]);
    assert!(page.all("#worth table").is_empty() && page.all("#chart-worth").is_empty());
    let file = app.get("/d/petshop/download/lifetime.csv").await;
    assert_eq!(file.status, StatusCode::UNPROCESSABLE_ENTITY);
}
