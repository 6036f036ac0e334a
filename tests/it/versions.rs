//! Earlier versions: the page, the API and the command line over data that took the place of other data.

use axum::http::{Method, StatusCode};
use segmenta::generate::DataRecipe;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::command_line;

const ROWS: usize = 900;

/// The generated file with a column of numbers shifted by its own standard deviation, as the file has it.
fn shifted(text: &str, name: &str) -> String {
    let mut lines: Vec<Vec<String>> = text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
    let at = lines[0].iter().position(|head| head == name).unwrap();
    let values: Vec<f64> = lines[1..].iter().filter_map(|cells| cells[at].parse().ok()).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let std = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
    for cells in &mut lines[1..] {
        if let Ok(value) = cells[at].parse::<f64>() {
            cells[at] = format!("{:.0}", value + std);
        }
    }
    lines.into_iter().map(|cells| cells.join("\t")).collect::<Vec<String>>().join("\n") + "\n"
}

/// The page after the comparison was asked for and done.
async fn compared(app: &TestApp) -> Answer {
    let before = app.page("/d/personality/versions").await;
    assert_eq!(before.all("#compare button"), ["Compare with version 1, replaced 2023-11-14"]);
    assert!(before.all("#drift").is_empty());
    let asked = app.form("/d/personality/versions", "with=1").await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER);
    let ended = app.wait(&asked.location()).await;
    assert_eq!(ended["phase"], "done", "{ended}");
    assert_eq!(ended["result"], "/d/personality/versions?with=1");
    app.page("/d/personality/versions?with=1").await
}

fn number(text: &str) -> usize {
    let digits: String = text.split_whitespace().next().unwrap().chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

/// Label and verdict of each column.
fn verdicts(page: &Answer) -> Vec<(String, String)> {
    let names = page.all("#drift .column-name");
    names.into_iter().zip(page.all("#drift td.verdict")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_planted_drift_is_found_and_named() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| shifted(&text, "Income"));
    let page = compared(&app).await;
    let found = verdicts(&page);
    for (name, verdict) in &found {
        let expected = if name == "Income" { "moved much" } else { "no more than chance" };
        assert_eq!(verdict, expected, "{name} in {found:?}");
    }
    let answer =
        format!("1 of {} columns changed by more than chance, most of all Household income (moved much).", found.len());
    assert_eq!(page.all("#drift > p")[0], answer);
    assert_eq!(page.all("#alarm .badge")[0], "no alarm", "income is no feature of the model");
    assert_eq!(page.all("#chart-then-and-now h3"), ["How was Household income spread, and how is it now?"]);
    assert!(page.all("#chart-then-and-now tbody tr").len() > 4);
    let other = app.page("/d/personality/versions?with=1&feature=Education").await;
    assert_eq!(other.all("#chart-then-and-now h3"), ["How was Education spread, and how is it now?"]);
    assert_ne!(other.all("#chart-then-and-now tbody"), page.all("#chart-then-and-now tbody"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_of_the_model_raises_the_alarm() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| shifted(&text, "MntWines"));
    let page = compared(&app).await;
    assert_eq!(page.all("#alarm .badge")[0], "alarm");
    let headline = page.all("#alarm .answer-sure")[0].clone();
    assert!(headline.starts_with("Train the model anew."), "{headline}");
    assert!(headline.contains("features moved, most of all Total spent: its stability index is"), "{headline}");
    assert_eq!(page.all("#signals tbody tr").len(), 3);
    let wines = verdicts(&page).into_iter().find(|(name, _)| name == "MntWines").unwrap();
    assert_eq!(wines.1, "moved much");
    let in_model: Vec<String> = page.all("#drift .column-name").into_iter().take(4).collect();
    let badges = page.all("#drift th .badge");
    assert_eq!((badges.len(), in_model.len()), (4, 4), "features of the model come first");
    // Trained anew by what is there now, there is nothing to do.
    let trained = app.form("/d/personality/cluster/train", "").await;
    assert_eq!(trained.status, StatusCode::SEE_OTHER, "{}", trained.text());
    app.wait(&trained.location()).await;
    let models = app.page("/api/v1/datasets/personality/models").await.json();
    let fresh = models.as_array().unwrap().iter().find(|model| model["current"] == true).unwrap();
    let name = fresh["name"].as_str().unwrap();
    let address = format!("/api/v1/datasets/personality/versions/1?model={name}");
    let asked = app.json(Method::POST, &address, &json!({})).await;
    assert_eq!(asked.status, StatusCode::ACCEPTED);
    app.wait(&format!("/jobs/{}", asked.json()["id"])).await;
    let again = app.page(&address).await.json();
    assert_eq!(again["alarm"]["level"], "none");
    assert!(again["alarm"]["headline"].as_str().unwrap().contains("was trained on the data as it is now"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_loses_nobody_and_the_api_says_the_same() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| {
        // The first hundred left.
        let mut lines = text.lines();
        let head = lines.next().unwrap().to_owned();
        [head].into_iter().chain(lines.skip(100).map(str::to_owned)).collect::<Vec<String>>().join("\n") + "\n"
    });
    assert_eq!(app.get("/api/v1/datasets/personality/versions/1").await.status, StatusCode::NOT_FOUND);
    let page = compared(&app).await;
    let api = app.page("/api/v1/datasets/personality/versions/1").await.json();
    let migration = &api["migration"];
    let count = |key: &str| migration[key].as_u64().unwrap() as usize;
    assert_eq!(count("stayed") + count("moved") + count("left"), count("old_customers"));
    assert_eq!(count("stayed") + count("moved") + count("joined"), count("new_customers"));
    assert!(count("left") > 50 && count("moved") > 0);
    let segments = migration["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 4);
    let rows = page.all("#matrix tbody tr").len();
    assert_eq!(rows, 4 + 2, "segments, joined and all now");
    let mut total = 0;
    for (row, segment) in segments.iter().enumerate() {
        let cells = page.all(&format!("#matrix tbody tr:nth-child({}) td", row + 1));
        let inner: usize = cells[..5].iter().map(|cell| number(cell)).sum();
        assert_eq!(inner, number(&cells[5]), "a row adds up to the segment then");
        assert_eq!(number(&cells[5]) as u64, segment["old"]["customers"].as_u64().unwrap());
        let kept = &segment["kept"];
        let [low, share, high] = ["low", "share", "high"].map(|key| kept[key].as_f64().unwrap());
        assert!(low <= share && share <= high);
        total += inner;
    }
    assert_eq!(total, count("old_customers"));
    let now = page.all("#matrix tbody tr:last-child td");
    let sum: usize = now[..4].iter().map(|cell| number(cell)).sum();
    assert_eq!(sum, count("new_customers"));
    let cards = page.all(".cards dt");
    assert_eq!(cards, ["Customers then", "Customers now", "Joined", "Left", "Moved", "Stayed"]);
    assert_eq!(number(&page.all(".cards dd:nth-of-type(1)")[4]), count("moved"));
    assert_eq!(page.all("#chart-who-moved tbody tr").len(), migration["flows"].as_array().unwrap().len());
    let value = app.page("/d/personality/versions?with=1&cells=value").await;
    assert!(value.all("#matrix tbody td")[0].contains('$'), "{:?}", value.all("#matrix tbody td"));
    let listed = app.page("/api/v1/datasets/personality/versions").await.json();
    let expected = json!([{ "number": 1, "replaced_at": 1_700_000_000, "note": "The spring delivery." }]);
    assert_eq!(listed, expected);
    let again = app.json(Method::POST, "/api/v1/datasets/personality/versions/1", &json!({})).await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, api));
    let paths = app.page("/api/openapi.json").await.json()["paths"].clone();
    assert!(paths["/api/v1/datasets/{dataset}/versions/{version}"]["post"].is_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn new_names_of_segments_are_used_at_once() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| text);
    compared(&app).await;
    let address = "/api/v1/datasets/personality/models/default/segments/0";
    let renamed = app.json(Method::PATCH, address, &json!({ "name": "Wine lovers" })).await;
    assert_eq!(renamed.status, StatusCode::OK, "{}", renamed.text());
    let page = app.page("/d/personality/versions?with=1").await;
    assert!(page.all("#matrix th").iter().any(|head| head == "Wine lovers"));
    assert!(page.all("#sizes th").iter().any(|head| head == "Wine lovers"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_are_answered_in_a_sentence() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| text);
    let data = app.folder.path().join("data/personality");
    std::fs::create_dir_all(data.join("versions/0003/raw")).unwrap();
    assert!(app.page("/d/personality/overview").await.all(".tabs a").contains(&"Versions".to_owned()));
    compared(&app).await;
    for (path, status, expected) in [
        ("/d/personality/versions?with=99999", StatusCode::NOT_FOUND, "has no version 99999; choose one of 1."),
        ("/d/personality/versions?with=3", StatusCode::NOT_FOUND, "has no version 3; choose one of 1."),
        ("/d/personality/versions?with=abc", StatusCode::BAD_REQUEST, "\"abc\" is no version; choose one of 1."),
        ("/d/personality/versions?with=-1", StatusCode::BAD_REQUEST, "\"-1\" is no version"),
        ("/d/personality/versions?feature=nothing", StatusCode::BAD_REQUEST, "no column \"nothing\" in both versions"),
        ("/d/personality/versions?cells=colour", StatusCode::BAD_REQUEST, "show customers or value"),
        ("/d/personality/versions?model=nothing", StatusCode::NOT_FOUND, "no model named \"nothing\""),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, status, "{path}");
        let message = answer.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{path}: {message}");
    }
    assert_eq!(app.form("/d/personality/versions", "with=7").await.status, StatusCode::NOT_FOUND);

    let plain = TestApp::with(&[(DataRecipe::Personality, 200)]);
    assert!(!plain.page("/d/personality/overview").await.all(".tabs a").contains(&"Versions".to_owned()));
    let answer = plain.get("/d/personality/versions").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert!(answer.text().contains("no earlier version; one is kept when new data replaces old"));
    assert_eq!(plain.page("/api/v1/datasets/personality/versions").await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_version_fails_its_job_and_nothing_else() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| text);
    let old = app.folder.path().join("data/personality/versions/0001/raw/marketing_campaign.csv");
    std::fs::remove_file(old).unwrap();
    let asked = app.form("/d/personality/versions", "with=1").await;
    let ended = app.wait(&asked.location()).await;
    assert_eq!(ended["phase"], "failed");
    let message = ended["message"].as_str().unwrap();
    assert!(message.contains("versions/0001/raw/marketing_campaign.csv: cannot be read"), "{message}");
    let app = app.restarted();
    assert_eq!(app.page("/d/personality/overview").await.status, StatusCode::OK);
    assert_eq!(app.page("/d/personality/versions").await.all("#compare button").len(), 1);
}

#[test]
fn the_command_line_says_the_same() {
    let app = TestApp::replaced(DataRecipe::Personality, ROWS, |text| shifted(&text, "MntWines"));
    let folder = app.folder.path();
    let found: Value = command_line::json(folder, &["versions", "personality", "--json"]);
    assert_eq!(found["versions"][0]["note"], "The spring delivery.");
    assert_eq!(found["comparison"]["alarm"]["level"], "alarm");
    let text = command_line::works(folder, &["versions", "personality", "--with", "1", "--model", "default"]);
    for expected in
        ["2023-11-14  The spring delivery.", "model default: alarm", "THEN \\ NOW", "Total_Spent", "moved much"]
    {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    command_line::fails(folder, &["versions", "personality", "--with", "9"], 1, "has no version 9; there are 1");
    command_line::fails(folder, &["versions", "nothing"], 1, "there is no data set named \"nothing\"");
    std::fs::remove_dir_all(folder.join("data/personality/versions")).unwrap();
    let text = command_line::works(folder, &["versions", "personality"]);
    assert!(text.contains("personality has no earlier version"), "{text}");
}
