//! What somebody who means harm, or has bad luck, sends: refused in a sentence, within bounds, and nobody else notices.

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use segmenta::generate::DataRecipe;
use segmenta::progress::Silent;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};
use crate::upload::send;

const MANIFEST: &str =
    "title = 't'\n[[table]]\nfile = 'a.csv'\n[segmentation]\nvalue = 'spent'\nfeatures = ['spent', 'visits']\n";

fn people(rows: usize) -> String {
    let lines = (0..rows).map(|row| format!("{row},{},{},city {}\n", row * 7 % 101, row % 9, row % 4));
    format!("id,spent,visits,city\n{}", lines.collect::<String>())
}

fn shop(rows: usize) -> TestApp {
    TestApp::of_files(&[("shop/dataset.toml", MANIFEST.to_owned()), ("shop/a.csv", people(rows))])
}

async fn preview(app: &TestApp, sql: &str) -> (Answer, Duration) {
    let mut settings = app.page("/api/v1/datasets/shop/settings").await.json()["settings"].clone();
    settings["steps"][0]["derive"] = json!([{ "name": "new", "sql": sql }]);
    let started = Instant::now();
    let answer = app.json(Method::POST, "/api/v1/datasets/shop/settings/preview", &settings).await;
    (answer, started.elapsed())
}

fn message(answer: &Answer) -> String {
    answer.json()["error"]["message"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn expressions_that_would_end_the_process_are_refused_at_once() {
    let app = shop(2000);
    let arms = "WHEN spent > 1 THEN 1 ".repeat(2000);
    for sql in [
        vec!["1"; 1500].join("+"),
        vec!["spent > 1"; 1500].join(" OR "),
        vec!["city"; 1500].join("||"),
        format!("CASE {arms} END || CASE {arms} END"),
        "LPAD('x', 1000000000, 'y')".to_owned(),
        "REPEAT('x', 1000000000)".to_owned(),
        "REPLACE(REPLACE(REPLACE(REPLACE(city, 'i', city), 'i', city), 'i', city), 'i', LPAD(city, 9000, 'i'))"
            .to_owned(),
    ] {
        let (answer, took) = preview(&app, &sql).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
        assert!(message(&answer).contains("derive.new.sql"), "{}", message(&answer));
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
    let (answer, _) = preview(&app, "spent / visits").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[test]
fn one_manifest_that_cannot_be_evaluated_leaves_the_other_data_sets() {
    let long = vec!["1"; 3000].join("+");
    let app = TestApp::of_files(&[
        ("good/dataset.toml", MANIFEST.to_owned()),
        ("good/a.csv", people(30)),
        ("bad/dataset.toml", format!("{MANIFEST}[[derive]]\nname = 'x'\nsql = '{long}'\n")),
        ("bad/a.csv", people(30)),
    ]);
    let shown = app.state.snapshot();
    assert_eq!(shown.datasets.keys().collect::<Vec<_>>(), ["good"]);
    assert!(shown.broken[0].reason.contains("split it into several computed columns"), "{}", shown.broken[0].reason);
}

#[cfg(unix)]
#[test]
fn pipes_and_links_out_of_the_folder_are_not_read() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("a.csv"), people(30)).unwrap();
    let app =
        TestApp::of_files(&[("pipe/dataset.toml", MANIFEST.to_owned()), ("link/dataset.toml", MANIFEST.to_owned())]);
    let data = app.state.config.folders.data_dir.clone();
    assert!(std::process::Command::new("mkfifo").arg(data.join("pipe/a.csv")).status().unwrap().success());
    std::os::unix::fs::symlink(outside.path().join("a.csv"), data.join("link/a.csv")).unwrap();
    let app = app.restarted();
    let shown = app.state.snapshot();
    assert!(shown.datasets.is_empty());
    for broken in &shown.broken {
        assert!(broken.reason.contains("is no plain file in the folder"), "{}", broken.reason);
    }
    assert_eq!(shown.broken.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_files_are_refused_early_and_many_columns_are_quick() {
    let app = TestApp::of_files(&[("none.txt", String::new())]);
    let text = people(3);
    let many: Vec<(String, &[u8])> = (0..51).map(|at| (format!("f{at}.csv"), text.as_bytes())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let body = crate::upload::form(&many, &[]);
    let answer = send(&app, "/api/v1/imports", body).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.text());
    assert!(message(&answer).contains("more than 50 files"), "{}", message(&answer));

    let started = Instant::now();
    let answer = send(&app, "/api/v1/imports", crate::upload::form(&many[..50], &[])).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let tables = started.elapsed();

    let header: Vec<String> = (0..2000).map(|at| format!("column{at}")).collect();
    let rows = (0..30).map(|row| (0..2000).map(|at| format!("v{row}x{}", at % 7)).collect::<Vec<_>>().join(",") + "\n");
    let wide = format!("{}\n{}", header.join(","), rows.collect::<String>());
    let started = Instant::now();
    let wide = wide.as_bytes();
    let people = text.as_bytes();
    let body = crate::upload::form(&[("wide.csv", wide), ("other.csv", wide), ("people.csv", people)], &[]);
    let answer = send(&app, "/api/v1/imports", body).await;
    assert!(answer.status.is_success() || answer.status == StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    let columns = started.elapsed();
    // Bounds far above what is measured, and far below the minutes it took.
    assert!(tables < Duration::from_secs(20) && columns < Duration::from_secs(20), "{tables:?} {columns:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_server_s_names_are_answered() {
    let app = shop(30);
    let ask = |method: Method, path: &str, host: &str, origin: Option<&str>| {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, host);
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        request.body(Body::empty()).unwrap()
    };
    for path in ["/", "/metrics", "/healthz", "/d/shop/data", "/api/v1/datasets", "/static/x/app.css", "/nowhere"] {
        let answer = app.send(ask(Method::GET, path, "evil.example", None)).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{path}");
        assert!(answer.text().contains("evil.example") && answer.text().contains("--allowed-host"), "{path}");
    }
    for (method, path) in [(Method::DELETE, "/api/v1/datasets/shop"), (Method::POST, "/d/shop/reload")] {
        let answer = app.send(ask(method, path, "evil.example", Some("http://evil.example"))).await;
        assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    }
    assert!(app.state.snapshot().datasets.contains_key("shop"));
    for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:9"] {
        assert_eq!(app.send(ask(Method::GET, "/", host, None)).await.status, StatusCode::OK, "{host}");
    }
    let two = Request::get("/").header(header::HOST, "localhost").header(header::HOST, "evil.example");
    assert_eq!(app.send(two.body(Body::empty()).unwrap()).await.status, StatusCode::BAD_REQUEST);
    let page = app.page("/").await;
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_data_set_does_not_have_is_not_found() {
    let app = TestApp::with(&[(DataRecipe::Coupons, 400)]);
    for path in ["/d/coupons/download/lifetime.csv", "/api/v1/datasets/coupons/lifetime"] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.text());
        assert!(answer.text().contains("There are no amounts in this data"), "{path}");
    }
    let answer = app.json(Method::PATCH, "/api/v1/datasets/nothing", &json!({ "name": "x" })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_files_come_as_they_are_or_in_an_archive() {
    let app = TestApp::with(&[(DataRecipe::Marketplace, 300), (DataRecipe::Personality, 300)]);
    let answer = app.page("/d/marketplace/download/raw").await;
    assert_eq!(answer.headers[header::CONTENT_TYPE], "application/zip");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.body)).unwrap();
    assert!(archive.len() > 5, "{} files", archive.len());
    let raw = app.state.config.folders.data_dir.join("marketplace/raw");
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut found = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut found).unwrap();
        let name = file.name().unwrap().into_owned();
        assert_eq!(found, std::fs::read(raw.join(&name)).unwrap(), "{name}");
    }
    let answer = app.page("/d/personality/download/raw").await;
    assert_eq!(
        answer.body,
        std::fs::read(app.state.snapshot().datasets["personality"].source_files()[0].clone()).unwrap()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn names_of_columns_are_no_formulas_and_names_of_levels_no_links() {
    let head = "id,\"=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",spent,visits,win\n";
    let rows = (0..60).map(|row| {
        let level = ["\"<a href=\"\"http://evil.example/x\"\">Win</a>\"", "b", "c"][row % 3];
        format!("{row},{},{},{},{level}\n", row % 5, row * 7 % 31, row % 4)
    });
    let text = format!("{head}{}", rows.collect::<String>());
    let manifest = format!("{MANIFEST}[columns.win]\nrole = 'category'\n");
    let app = TestApp::of_files(&[("shop/dataset.toml", manifest), ("shop/a.csv", text)]);
    let csv = app.page("/d/shop/download/customers.csv").await.text();
    assert!(csv.starts_with("\u{feff}id,\"'=HYPERLINK("), "{}", &csv[..80]);
    let page = app.page("/d/shop/explore").await.text();
    assert!(page.contains("&lt;a href"), "the level stands on the page");
    assert!(!page.contains("\\u003ca href"), "a link in a figure");
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_of_all_kinds_are_sorted() {
    let rows = (0..200).map(|row| format!("{}{},{row},{}\n", row % 60, ["", "a", "b"][row % 3], row % 7));
    let text = format!("id,spent,visits\n{}", rows.collect::<String>());
    let app = TestApp::of_files(&[("shop/dataset.toml", MANIFEST.to_owned()), ("shop/a.csv", text)]);
    let answer = app.page("/api/v1/datasets/shop/customers?sort=id").await.json();
    let ids: Vec<String> =
        answer["customers"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect();
    let numbers = ids.iter().take_while(|id| id.parse::<f64>().is_ok()).count();
    assert!(numbers > 5 && ids[..numbers].is_sorted_by_key(|id| id.parse::<u32>().unwrap()), "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn invented_methods_are_counted_together() {
    let app = shop(30);
    for number in 0..200 {
        let method = Method::from_bytes(format!("INVENTED{number}").as_bytes()).unwrap();
        app.send(Request::builder().method(method).uri("/").body(Body::empty()).unwrap()).await;
    }
    let metrics = app.page("/metrics").await.text();
    assert!(metrics.contains("method=\"other\"") && !metrics.contains("INVENTED"), "{metrics}");
    assert!(metrics.contains("dataset=\"shop\""));
    app.send(Request::delete("/api/v1/datasets/shop").body(Body::empty()).unwrap()).await;
    assert!(!app.page("/metrics").await.text().contains("dataset=\"shop\""), "the gauge of a deleted data set");
}

#[tokio::test(flavor = "multi_thread")]
async fn first_models_do_not_fill_the_queue_and_pages_wait_for_them() {
    let files: Vec<(String, String)> = (0..30)
        .flat_map(|at| {
            [(format!("shop{at:02}/dataset.toml"), MANIFEST.to_owned()), (format!("shop{at:02}/a.csv"), people(60))]
        })
        .collect();
    let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
    let app = TestApp::of_files(&files);
    segmenta::web::train_missing_defaults(&app.state);
    // Those that wait say so with a page that renews itself.
    let waiting = app.get("/d/shop29/segments").await;
    if !waiting.attributes("main[data-being-made]", "id").is_empty() {
        assert_eq!(waiting.status, StatusCode::OK);
        assert_eq!(waiting.attributes("meta[http-equiv=refresh]", "content"), ["2"]);
        let api = app.get("/api/v1/datasets/shop29/models/default").await;
        assert!(matches!(api.status, StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE), "{}", api.text());
    }
    let started = Instant::now();
    while app.state.snapshot().models.len() < 30 {
        assert!(started.elapsed() < Duration::from_mins(2), "{} models", app.state.snapshot().models.len());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(app.page("/d/shop29/segments").await.all("main[data-being-made]").len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_training_that_cannot_be_saved_says_so() {
    let app = shop(60);
    // A file where the folder should be refuses even the administrator, like a full disk.
    std::fs::write(app.models_dir(), "not a folder").unwrap();
    let body = json!({ "name": "kept", "recipe": { "k": "2", "n_init": 1 } });
    let answer = app.json(Method::POST, "/api/v1/datasets/shop/models", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let ended = app.wait(&format!("/jobs/{}", answer.json()["id"])).await;
    let said = ended["message"].as_str().unwrap();
    assert!(said.contains("Trained, not saved: kept.json cannot be written"), "{said}");
    assert!(app.state.snapshot().model("shop", "kept").is_some(), "it is shown until the program ends");
    // A rename that cannot move the models moves nothing.
    let renamed = app.form("/d/shop/rename", "name=mall").await;
    let here = if renamed.status == StatusCode::SEE_OTHER { "mall" } else { "shop" };
    assert!(app.state.snapshot().datasets.contains_key(here));
    assert!(app.state.config.folders.data_dir.join(here).join("dataset.toml").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_for_a_shell_holds_whatever_a_column_is_called() {
    let text = people(60).replace("spent", "it's");
    let manifest = MANIFEST.replace("'spent'", "\"it's\"");
    let app = TestApp::of_files(&[("shop/dataset.toml", manifest), ("shop/a.csv", text)]);
    let body = json!({ "recipe": { "k": "2", "n_init": 1 } });
    let answer = app.json(Method::POST, "/api/v1/datasets/shop/models", &body).await;
    app.wait(&format!("/jobs/{}", answer.json()["id"])).await;
    let page = app.page("/d/shop/predict?ask=1&f.it%27s=5&f.visits=2").await;
    let command = page.all("pre code").into_iter().find(|code| code.starts_with("curl")).unwrap();
    assert!(command.contains(r"it'\''s") && !command.replace(r"'\''", "").contains("it's"), "{command}");
}

/// Numbers of answers that are kept.
fn kept(app: &TestApp) -> (usize, usize, usize) {
    let shown = app.state.snapshot();
    (shown.models.len(), shown.suggestions.len(), shown.comparisons.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_bounded_and_go_with_their_data_set() {
    let app = shop(120);
    let seeds = 0..50;
    for seed in seeds {
        let body = format!("algorithm=kmeans&features=spent&features=visits&k=2&n_init=1&seed={seed}");
        let answer = app.form("/d/shop/cluster/train", &body).await;
        app.wait(&answer.location()).await;
    }
    let answer = app.form("/d/shop/cluster/suggest", "algorithm=kmeans&features=spent&features=visits&k=2").await;
    app.wait(&answer.location()).await;
    let answer = app.form("/d/shop/cluster/compare", "algorithm=kmeans&features=spent&features=visits&k=2").await;
    app.wait(&answer.location()).await;
    let (models, suggestions, comparisons) = kept(&app);
    assert!((30..=41).contains(&models), "{models} trial models");
    assert_eq!((suggestions, comparisons), (1, 1));
    // The last ones are those that stay.
    let shown = app.state.snapshot();
    assert!(shown.models.values().any(|entry| entry.model.recipe.seed == 49));
    app.form("/d/shop/delete", "confirm=shop").await;
    assert_eq!(kept(&app), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_not_saved_for_a_data_set_that_went_meanwhile() {
    let app = TestApp::new();
    let dataset = app.state.snapshot().datasets["personality"].clone();
    let entry = |app: &TestApp| {
        let model = app.state.snapshot().model("personality", "default").unwrap().model.clone();
        segmenta::web::state::ModelEntry::new(
            segmenta::segment::Model { name: "late".to_owned(), ..model },
            &dataset,
            segmenta::web::state::Storage::Trial,
        )
        .unwrap()
    };
    let late = entry(&app);
    let again = entry(&app);
    assert_eq!(app.form("/d/personality/rename", "name=people").await.status, StatusCode::SEE_OTHER);
    let told = app.state.keep_fitted(late, &dataset, true).unwrap_err().to_string();
    assert!(told.contains("renamed, deleted or given other data"), "{told}");
    assert!(!app.models_dir().join("personality").exists(), "an orphan folder");
    assert!(app.models_dir().join("people/default.json").exists());
    app.form("/d/people/delete", "confirm=people").await;
    assert!(app.state.keep(again).is_err());
    assert!(!app.models_dir().join("personality").exists() && !app.models_dir().join("people").exists());
    let trash = app.page("/api/v1/trash").await.json();
    let key = trash[0]["key"].as_str().unwrap().to_owned();
    let restored = app.json(Method::POST, &format!("/api/v1/trash/{key}"), &Value::Null).await;
    assert_eq!(restored.json()["name"], "people", "{}", restored.text());
    assert!(app.state.snapshot().model("people", "default").is_some(), "its model is back");
    let app = app.restarted();
    assert!(app.state.snapshot().model("people", "default").is_some());
    assert!(app.state.snapshot().set_aside.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_stops_when_nobody_waits() {
    struct Stop;
    impl segmenta::progress::Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let app = shop(2000);
    let folder = app.state.config.folders.data_dir.join("shop");
    let stopped = segmenta::dataset::load_watched(&folder, &Stop);
    assert!(matches!(stopped, Err(segmenta::dataset::DatasetError::Cancelled)));
    assert!(segmenta::dataset::load_watched(&folder, &Silent).is_ok());
    let file = folder.join("a.csv");
    let proposed = segmenta::propose::propose("x", &[file], &segmenta::propose::Answers::new(), &Stop);
    assert!(matches!(proposed, Err(segmenta::dataset::DatasetError::Cancelled)));
}
