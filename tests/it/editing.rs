//! Editing a data set over HTTP: what would become of it, what is written, and what nonsense does.

use axum::http::{Method, StatusCode};
use segmenta::generate::DataRecipe;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

fn shop() -> TestApp {
    TestApp::shipped("personality")
}

fn manifest(app: &TestApp) -> String {
    std::fs::read_to_string(app.state.config.folders.data_dir.join("personality/dataset.toml")).unwrap()
}

fn fields(page: &Answer) -> Vec<(String, String)> {
    page.fields("form[data-edit]")
}

fn set(fields: &mut [(String, String)], name: &str, value: &str) {
    let field = fields.iter_mut().find(|(key, _)| key == name).unwrap_or_else(|| panic!("no field {name}"));
    value.clone_into(&mut field.1);
}

fn named(fields: &[(String, String)], value: &str) -> String {
    let found = fields.iter().find_map(|(key, text)| key.strip_suffix(".name").filter(|_| text == value));
    found.unwrap().to_owned()
}

/// The last row with a field of that name: the empty one for a new rule or column.
fn last(fields: &[(String, String)], field: &str) -> String {
    fields.iter().rev().find_map(|(key, _)| key.strip_suffix(field)).unwrap().to_owned()
}

async fn post(app: &TestApp, path: &str, fields: &[(String, String)]) -> Answer {
    app.form(path, &serde_urlencoded::to_string(fields).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_what_edits_would_do_and_writes_them_when_told() {
    let app = shop();
    let before = manifest(&app);
    let page = app.page("/d/personality/edit").await;
    let same = post(&app, "/d/personality/edit/preview", &fields(&page)).await;
    assert_eq!(same.status, StatusCode::OK, "{}", same.text());
    assert!(same.all("#outcome")[0].starts_with("This is what the manifest does"), "{:?}", same.all("#live"));
    assert_eq!(same.all("[data-ledger] tbody tr"), app.page("/d/personality/data").await.all("#ledger tbody tr"));

    let mut changed = fields(&page);
    let income = named(&changed, "Income");
    set(&mut changed, &format!("{income}.label"), "Earnings");
    let spare = last(&changed, ".rule");
    set(&mut changed, &format!("{spare}.rule"), "range");
    set(&mut changed, &format!("{spare}.columns"), "Income");
    set(&mut changed, &format!("{spare}.high"), "50000");
    set(&mut changed, &format!("{spare}.offence"), "drop");
    let column = last(&changed, ".sql");
    set(&mut changed, &format!("{column}.name"), "wine_share");
    set(&mut changed, &format!("{column}.sql"), "MntWines / (MntWines + MntFruits + 1)");
    let tried = post(&app, "/d/personality/edit/preview", &changed).await;
    let outcome = tried.all("#outcome");
    assert!(outcome[0].contains("fewer. Nothing is written yet."), "{outcome:?} {:?}", tried.all("#problem"));
    let rules = tried.all("[data-ledger] tbody tr");
    assert_eq!(rules.len(), same.all("[data-ledger] tbody tr").len() + 1);
    assert!(rules.iter().any(|rule| rule.contains("Income") && rule.contains("50000")), "{rules:?}");
    assert_eq!(manifest(&app), before);
    let customers = app.page("/api/v1/datasets/personality").await.json()["customers"].as_u64().unwrap();

    let saved = post(&app, "/d/personality/edit", &changed).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let state = app.wait(&saved.location()).await;
    assert_eq!((&state["phase"], &state["result"]), (&json!("done"), &json!("/d/personality/data")), "{state}");
    let after = app.page("/api/v1/datasets/personality").await.json();
    assert!(after["customers"].as_u64().unwrap() < customers);
    let column = |name: &str| {
        let columns = after["variables"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).cloned().unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(column("Income")["label"], "Earnings");
    assert_eq!(column("wine_share")["derived"], true);
    let written = manifest(&app);
    let comments =
        |text: &str| text.lines().filter(|line| line.starts_with('#')).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(comments(&written), comments(&before), "comments stay");
    assert!(written.contains("label = \"Earnings\""));
    app.page("/d/personality/segments").await;
    let app = app.restarted();
    assert_eq!(app.page("/api/v1/datasets/personality").await.json()["fingerprint"], after["fingerprint"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_told_beside_the_form_and_nothing_is_written() {
    let app = shop();
    let before = manifest(&app);
    let first = fields(&app.page("/d/personality/edit").await);
    let (spare, column) = (last(&first, ".rule"), last(&first, ".sql"));
    for (changes, words) in [
        (vec![("title".to_owned(), " ")], "title"),
        (vec![(format!("{spare}.rule"), "zeros"), (format!("{spare}.columns"), "gone")], "there is no column \"gone\""),
        (vec![(format!("{spare}.rule"), "zeros")], "Columns is empty"),
        (vec![(format!("{spare}.rule"), "cap"), (format!("{spare}.columns"), "Income")], "clean"),
        (vec![(format!("{column}.name"), "x")], "nothing to be computed from"),
        (vec![(format!("{column}.name"), "x"), (format!("{column}.sql"), "DROP TABLE y")], "x"),
        (vec![(format!("{column}.name"), "Income"), (format!("{column}.sql"), "1 + 1")], "Income"),
        (vec![(format!("{}.role", named(&first, "Income")), "nonsense")], "is no role"),
    ] {
        let mut changed = first.clone();
        for (name, value) in &changes {
            set(&mut changed, name, value);
        }
        let tried = post(&app, "/d/personality/edit/preview", &changed).await;
        assert_eq!(tried.status, StatusCode::OK, "{words}");
        let problem = tried.all("#problem").join("");
        assert!(problem.contains(words) && problem.ends_with('.'), "{words}: {problem}");
        let saved = post(&app, "/d/personality/edit", &changed).await;
        if saved.status == StatusCode::SEE_OTHER {
            assert_eq!(app.wait(&saved.location()).await["phase"], "failed", "{words}");
        } else {
            assert!(saved.status.is_client_error(), "{words}: {}", saved.status);
        }
        assert_eq!(manifest(&app), before);
    }
    app.page("/d/personality/overview").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manifest_that_others_change_is_neither_overwritten_nor_the_end_of_the_page() {
    let app = shop();
    let file = app.state.config.folders.data_dir.join("personality/dataset.toml");
    let (first, before) = (fields(&app.page("/d/personality/edit").await), manifest(&app));
    std::fs::write(&file, before.replace("Customer personality", "Other title")).unwrap();
    let saved = post(&app, "/d/personality/edit", &first).await;
    assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(saved.text().contains("changed by somebody else meanwhile"));
    // A preview does not make the old fields pass for an edit of the new manifest.
    let tried = post(&app, "/d/personality/edit/preview", &first).await;
    assert!(tried.all("#problem")[0].contains("changed by somebody else meanwhile"));
    let again = post(&app, "/d/personality/edit", &fields(&tried)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let reload = app.form("/d/personality/reload", "").await;
    assert_eq!(app.wait(&reload.location()).await["phase"], "done");
    assert!(app.page("/d/personality/overview").await.text().contains("Other title"));

    std::fs::write(&file, "title = [[").unwrap();
    for path in ["overview", "data", "segments"] {
        app.page(&format!("/d/personality/{path}")).await;
    }
    let broken = app.get("/d/personality/edit").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.text().contains("dataset.toml: line 1"), "{}", broken.text());
    let reload = app.form("/d/personality/reload", "").await;
    let state = app.wait(&reload.location()).await;
    assert_eq!(state["phase"], "failed");
    assert!(state["message"].as_str().unwrap().ends_with("What is shown stays as it was."), "{state}");
    app.page("/d/personality/overview").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_reads_tries_and_writes_settings() {
    let app = TestApp::with(&[(DataRecipe::Petshop, 2000)]);
    let address = "/api/v1/datasets/petshop/settings";
    let view = app.page(address).await.json();
    let mut settings = view["settings"].clone();
    let places: Vec<&str> =
        settings["steps"].as_array().unwrap().iter().map(|steps| steps["place"].as_str().unwrap()).collect();
    assert!(places.contains(&"facts") && places.contains(&"customers") && places.contains(&"table:sale"), "{places:?}");
    let same = app.json(Method::POST, &format!("{address}/preview"), &settings).await.json();
    assert_eq!(same["manifest"], view["manifest"]);
    let facts = settings["steps"].as_array_mut().unwrap().iter_mut().find(|steps| steps["place"] == "facts").unwrap();
    let rule = json!({ "rule": "range", "columns": ["sale"], "high": 100, "action": "drop" });
    facts["clean"].as_array_mut().unwrap().push(rule);
    let tried = app.json(Method::POST, &format!("{address}/preview"), &settings).await.json();
    assert!(tried["facts"].as_u64().unwrap() < same["facts"].as_u64().unwrap(), "{tried}");
    let stale = json!({ "mark": "0", "settings": settings });
    assert_eq!(app.json(Method::PUT, address, &stale).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let job = app.json(Method::PUT, address, &json!({ "mark": view["mark"], "settings": settings })).await;
    assert_eq!(job.status, StatusCode::ACCEPTED, "{}", job.text());
    assert_eq!(app.wait(&format!("/jobs/{}", job.json()["id"])).await["phase"], "done");
    assert_eq!(app.page("/api/v1/datasets/petshop").await.json()["facts"], tried["facts"]);
    assert_eq!(app.page(address).await.json()["manifest"], tried["manifest"]);
    settings["steps"] = json!([{ "place": "nowhere", "clean": [], "derive": [] }]);
    let refused = app.json(Method::POST, &format!("{address}/preview"), &settings).await;
    assert!(refused.text().contains("no place \\\"nowhere\\\""), "{}", refused.text());
    let nonsense = app.json(Method::PUT, address, &Value::Null).await;
    assert_eq!(nonsense.status, StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_that_the_form_cannot_say_stay_as_they_are() {
    let data = "id,spent,city\n1,5, Bari\n2,6,0\n3,9,\n4,2,Bonn\n".to_owned();
    let manifest = "title='t'\ndescription = \"\"\"\nTwo\nlines.\n\"\"\"\n[[table]]\nfile='a.csv'\n[columns.city]\nrole='category'\n\
        [[clean]]\nrule='missing'\ncolumns=['city']\naction='constant'\nvalue='0'\n\
        [[clean]]\nrule='merge'\ncolumn='city'\ninto='Bonn'\nvalues=[' Bari']\n\
        [segmentation]\nvalue='spent'\nfeatures=['spent']\n";
    let app = TestApp::of_files(&[("shop/a.csv", data), ("shop/dataset.toml", manifest.to_owned())]);
    let page = app.page("/d/shop/edit").await;
    let mut changed = fields(&page);
    let same = post(&app, "/d/shop/edit/preview", &changed).await;
    assert!(same.all("#outcome")[0].starts_with("This is what the manifest does"), "{:?}", same.all("#live"));
    set(&mut changed, "title", "Shop");
    let saved = post(&app, "/d/shop/edit", &changed).await;
    assert_eq!(app.wait(&saved.location()).await["phase"], "done");
    let written = std::fs::read_to_string(app.state.config.folders.data_dir.join("shop/dataset.toml")).unwrap();
    assert_eq!(written, manifest.replace("title='t'", "title=\"Shop\""));
}
