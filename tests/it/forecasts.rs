//! Forecasts are kept: over a restart, as files to take away, and never for other data than they were made from.

use std::path::PathBuf;

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::app::TestApp;

const ASKED: &str = "measure=orders&horizon=5&on.category=Food";

/// Makes the forecast and returns its page's address.
async fn made(app: &TestApp, asked: &str) -> String {
    let started = app.form("/d/petshop/sales/forecast", asked).await;
    let state = app.wait(&started.location()).await;
    assert_eq!(state["phase"], "done", "{state}");
    state["result"].as_str().unwrap().to_owned()
}

fn files(app: &TestApp) -> Vec<PathBuf> {
    let folder = app.models_dir().join("petshop/forecasts");
    std::fs::read_dir(folder).map_or_else(|_| Vec::new(), |found| found.map(|file| file.unwrap().path()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_shows_the_same_forecast_without_a_job() {
    let app = TestApp::new();
    let address = made(&app, ASKED).await;
    let before = app.page(&address).await;
    assert_eq!(files(&app).len(), 1);
    let app = app.restarted();
    let after = app.page(&address).await;
    for part in ["#chart-forecast tbody td", "#backtest tbody td", "#outlook > p", "#outlook dd"] {
        assert!(!before.all(part).is_empty(), "{part}");
        assert_eq!(after.all(part), before.all(part), "{part}");
    }
    let again = app.form("/d/petshop/sales/forecast", ASKED).await;
    assert!(again.location().starts_with("/d/petshop/sales/forecast?"), "{}", again.location());
    assert_eq!(app.page("/api/v1/jobs").await.json(), json!([]));
    let body = json!({"measure": "orders", "horizon": 5});
    let answer = app.json(Method::POST, "/api/v1/datasets/petshop/forecasts?on.category=Food", &body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json()["forecast"]["point"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_files_and_those_of_other_data_are_not_used() {
    let app = TestApp::new();
    let address = made(&app, ASKED).await;
    let file = files(&app).remove(0);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() - 9]).unwrap();
    let app = app.restarted();
    assert!(app.page(&address).await.all("#outlook").is_empty());
    let told = app.page("/").await.all(".warning").join(" ");
    assert!(told.contains("forecasts") && told.contains("is no forecast file"), "{told}");
    made(&app, ASKED).await;
    assert!(
        files(&app).iter().any(|file| file.to_string_lossy().ends_with(".json.set-aside")),
        "the damaged one is kept"
    );

    let sales = app.state.config.folders.data_dir.join("petshop/raw/sale.csv");
    let lines = std::fs::read_to_string(&sales).unwrap();
    let kept: Vec<&str> = lines.lines().take(3000).collect();
    std::fs::write(&sales, kept.join("\n")).unwrap();
    let app = app.restarted();
    assert!(app.page(&address).await.all("#outlook").is_empty(), "the data is not the same");
    assert!(app.page("/").await.all(".warning").is_empty(), "old, but not damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_downloaded_as_csv_and_json() {
    let app = TestApp::new();
    let early = app.get(&format!("/d/petshop/download/forecast.csv?{ASKED}")).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    assert!(early.text().contains("make it on the Forecast page first"));
    let page = app.page(&made(&app, ASKED).await).await;
    let links = page.attributes(".downloads a[download]", "href");
    let csv = app.get(&links[0]).await;
    let named = csv.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(named.contains("petshop-forecast-orders.csv"), "{named}");
    let text = csv.text();
    let text = text.strip_prefix('\u{feff}').expect("a mark for spreadsheets");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (6, "day,forecast,low_80,high_80,low_95,high_95"));
    assert_eq!(lines[1].split(',').next(), page.all("#chart-forecast tbody td").first().map(String::as_str));
    let json = app.get(&links[1]).await.json();
    assert_eq!((json["schema_version"].as_u64(), json["question"]["measure"].as_str()), (Some(1), Some("orders")));
    assert_eq!(json["fingerprint"], app.state.snapshot().datasets["petshop"].fingerprint.as_str());
    assert_eq!(json["outlook"]["forecast"]["low_95"].as_array().unwrap().len(), 5);
    assert_eq!(app.get("/d/personality/download/forecast.csv").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_is_looked_at_as_the_reader_chooses() {
    let app = TestApp::new();
    let plain = app.page("/d/petshop/sales/forecast").await;
    assert_eq!(plain.all("#anatomy figure").len(), 3, "without any job");
    assert!(plain.all("#outlook").is_empty());
    let offered = plain.all("select[name=decomposition] option");
    assert_eq!(offered, ["STL", "Classical, additive", "Classical, multiplicative"], "no year in a year");
    let numbers = |page: &crate::app::Answer| page.all("#stationarity tbody td");
    for differences in ["first", "weekly"] {
        let page = app.page(&format!("/d/petshop/sales/forecast?differences={differences}")).await;
        assert_ne!(numbers(&page), numbers(&plain), "{differences}");
        assert_ne!(page.all("#chart-acf tbody td"), plain.all("#chart-acf tbody td"));
        assert!(page.all("#chart-tested .chart-summary")[0].contains("change from the"));
        assert_eq!(page.all("#chart-trend tbody td"), plain.all("#chart-trend tbody td"));
        assert_eq!(page.attributes("select[name=differences] option[selected]", "value"), [differences]);
    }
    let additive = app.page("/d/petshop/sales/forecast?decomposition=additive").await;
    assert_ne!(additive.all("#chart-season tbody td"), plain.all("#chart-season tbody td"));
    let long = app.page("/d/petshop/sales/forecast?decomposition=mstl").await;
    assert!(long.all("#anatomy .warning")[0].contains("a season of 365 steps needs at least 730 values"));
    for (choice, known) in [
        ("decomposition=x", "stl, additive, multiplicative, mstl"),
        ("transform=log", "none, box-cox"),
        ("differences=3", "none, first, weekly"),
    ] {
        let answer = app.get(&format!("/d/petshop/sales/forecast?{choice}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{choice}");
        assert!(answer.text().contains(known), "{choice}");
    }
    let api = app.page("/api/v1/datasets/petshop/series?differences=first&decomposition=additive").await.json();
    assert_eq!(
        (api["choices"]["method"].as_str(), api["choices"]["differencing"].as_str()),
        (Some("additive"), Some("first"))
    );
    assert!(api["stationarity"]["adf"]["p"].is_number());
}

#[tokio::test(flavor = "multi_thread")]
async fn box_cox_shows_its_power_and_refuses_days_without_sales() {
    let app = TestApp::new();
    let asked = "measure=average_order_value&horizon=5&transform=box-cox";
    let page = app.page(&format!("/d/petshop/sales/forecast?{asked}&decomposition=additive")).await;
    assert!(page.all("#anatomy > p").join(" ").contains("Box-Cox power λ = "), "{:?}", page.all("#anatomy > p"));
    let answered = app.page(&made(&app, asked).await).await;
    assert!(answered.all("#outlook > p").join(" ").contains("Modelled after a Box-Cox transform with power"));
    let without = app.page("/d/petshop/sales/forecast?measure=average_order_value&horizon=5").await;
    assert!(without.all("#outlook").is_empty(), "another question");

    let none_sold = "on.category=Food&measure=sales&transform=box-cox";
    let page = app.page(&format!("/d/petshop/sales/forecast?{none_sold}")).await;
    let reason = "needs values above zero, but the smallest is 0; choose no transform.";
    assert!(page.all("#anatomy .warning")[0].ends_with(reason), "{:?}", page.all("#anatomy .warning"));
    let refused = app.form("/d/petshop/sales/forecast", none_sold).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("choose no transform"));
    let body = json!({"transform": "box-cox"});
    let refused = app.json(Method::POST, "/api/v1/datasets/petshop/forecasts?on.category=Food", &body).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}
