//! The upload wizard, new data, other names and the trash, over HTTP: what is sent, corrected, made, and never left behind.

use std::path::Path;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, StatusCode, header};
use futures_util::stream;
use segmenta::generate::DataRecipe;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp};

const BOUNDARY: &str = "----segmenta-test-boundary";

/// The body of a form with files.
pub(crate) fn form(files: &[(&str, &[u8])], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend_from_slice(head.as_bytes());
    }
    for (name, content) in files {
        let head = format!(
            "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

pub(crate) async fn send(app: &TestApp, path: &str, body: impl Into<Body>) -> Answer {
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    app.send(Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).unwrap()).await
}

fn people(rows: usize, spent: impl Fn(usize) -> usize) -> Vec<u8> {
    let mut text = "customer_id;joined;spent;visits;city\n".to_owned();
    for row in 0..rows {
        let (city, day) = (["Bari", "Bonn", "Brno"][row % 3], 1 + row % 28);
        text.push_str(&format!("C{row:04};{day:02}.01.2024;{},50;{};{city}\n", spent(row), 1 + row % 9));
    }
    text.into_bytes()
}

fn empty() -> TestApp {
    TestApp::of_files(&[("none.txt", String::new())])
}

/// What stands below the data folder, hidden or not, but for the file that made it.
fn standing(app: &TestApp) -> Vec<String> {
    let entries = std::fs::read_dir(&app.state.config.folders.data_dir).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name != "none.txt");
    names.sort();
    names
}

fn fields(page: &Answer) -> Vec<(String, String)> {
    page.fields("form.import")
}

async fn post(app: &TestApp, path: &str, fields: &[(String, String)]) -> Answer {
    app.form(path, &serde_urlencoded::to_string(fields).unwrap()).await
}

fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(key, _)| key != name);
    fields.push((name.to_owned(), value.to_owned()));
}

async fn made(app: &TestApp, answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    app.wait(&answer.location()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn files_become_a_data_set_without_a_restart() {
    let app = empty();
    let sent = send(&app, "/import", form(&[("People of 2024.csv", &people(300, |row| row % 90))], &[])).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    let address = sent.location();
    let page = app.page(&address).await;
    assert_eq!(page.attributes("input[name=name]", "value"), ["people-of-2024"]);
    assert_eq!(page.all(".preview .preview-name"), ["customer_id", "joined", "spent", "visits", "city"]);
    assert_eq!(page.all(".preview tbody tr").len(), 8);
    assert_eq!(page.all("#held a").len(), 0);
    assert!(page.all("#manifest pre")[0].contains("[segmentation] value = \"spent\""));
    assert_eq!(app.page("/").await.all("#held a"), ["People of 2024"]);

    // A form that is sent back as it is changes nothing.
    let unchanged = post(&app, &address, &fields(&page)).await;
    assert_eq!(unchanged.location(), address);
    assert_eq!(app.page(&address).await.all("#manifest pre"), page.all("#manifest pre"));

    let mut corrected = fields(&page);
    set(&mut corrected, "title", "Our people");
    set(&mut corrected, "name", "people");
    set(&mut corrected, "currency", "€");
    set(&mut corrected, "t0.c4.role", "ignore");
    set(&mut corrected, "make", "1");
    let state = made(&app, &post(&app, &address, &corrected).await).await;
    assert_eq!(state["phase"], "done", "{state}");
    assert_eq!(state["result"], "/d/people/overview");
    let overview = app.page("/d/people/overview").await;
    assert!(overview.text().contains("Our people"));
    let detail = app.page("/api/v1/datasets/people").await.json();
    assert_eq!(detail["customers"], 300);
    assert!(detail["variables"].as_array().unwrap().iter().all(|column| column["name"] != "city"));
    assert_eq!(standing(&app), ["people"]);
    assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND);
    let manifest = std::fs::read_to_string(app.state.config.folders.data_dir.join("people/dataset.toml")).unwrap();
    assert!(manifest.contains("title = \"Our people\"") && manifest.contains("currency = \"€\""), "{manifest}");
    let app = app.restarted();
    assert_eq!(app.page("/api/v1/datasets/people").await.json()["customers"], 300);
    assert_eq!(app.page("/api/v1/datasets/people").await.json()["models"], json!(["default"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_told_on_the_page_and_can_be_corrected() {
    let app = empty();
    let address = send(&app, "/import", form(&[("a.csv", &people(60, |row| row))], &[])).await.location();
    let first = fields(&app.page(&address).await);
    for (name, value, words) in [
        ("name", "../up", "cannot be a data set's name"),
        ("t0.thousands", "comma", "decimals and thousands have the same mark"),
        ("t0.separator", "|", "has a single column when cut at"),
        ("t0.c1.role", "nonsense", "is no role of a column"),
        ("customers.id", "nothing", "has no column"),
        ("facts.table", "a", "cannot hold purchases"),
        ("seg.feature", "nothing", "segmentation.features"),
    ] {
        let mut changed = first.clone();
        set(&mut changed, name, value);
        set(&mut changed, "make", "1");
        let answer = post(&app, &address, &changed).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}");
        if answer.location().starts_with("/jobs/") {
            let state = app.wait(&answer.location()).await;
            assert_eq!(state["phase"], "failed", "{name}: {state}");
        }
        let page = app.page(&address).await;
        let problem = page.all("#problem p").join("");
        assert!(problem.contains(words) && !problem.contains(".import-"), "{name}: {problem}");
        assert_eq!(standing(&app).len(), 1, "only the shelter stands");
        let back = post(&app, &address, &first).await;
        assert_eq!(back.status, StatusCode::SEE_OTHER);
    }
    let mut last = fields(&app.page(&address).await);
    set(&mut last, "make", "1");
    assert_eq!(made(&app, &post(&app, &address, &last).await).await["phase"], "done");
    assert_eq!(standing(&app), ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_what_failed_or_was_discarded() {
    let app = empty();
    let good = people(50, |row| row);
    let wide = (0..10_000).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",") + "\n1\n";
    let open_quote = "id,spent\n1,\"5\n2,6\n";
    let large = vec![b'x'; 5 * 1024 * 1024];
    for (files, words) in [
        (vec![], "Choose at least one file first."),
        (vec![("", &good[..])], "Choose at least one file first."),
        (vec![("../../etc/passwd.csv", &good[..])], "cannot be a file's name"),
        (vec![("a\\b.csv", &good[..])], "cannot be a file's name"),
        (vec![(".hidden.csv", &good[..])], "cannot be a file's name"),
        (vec![("a.csv", &good[..]), ("A.CSV", &good[..])], "two files are named"),
        (vec![("a.csv", &b""[..])], "a.csv"),
        (vec![("a.csv", wide.as_bytes())], "columns"),
        (vec![("a.csv", open_quote.as_bytes())], "a.csv"),
        (vec![("a.xlsx", &b"PK\x03\x04nonsense"[..])], "a.xlsx"),
        (vec![("a.parquet", &b"PAR1nonsense"[..])], "a.parquet"),
        (vec![("a.csv", &large[..])], "larger than the 4.2 MB this server accepts"),
        (vec![("notes.csv", &b"hello\nworld\n"[..])], "nothing to segment by"),
    ] {
        for path in ["/import", "/api/v1/imports"] {
            let answer = send(&app, path, form(&files, &[])).await;
            assert!(answer.status.is_client_error(), "{words}: {}", answer.status);
            let page = answer.all("[data-error-message]").join("");
            let text = if page.is_empty() { answer.text() } else { page };
            assert!(text.to_lowercase().contains(&words.to_lowercase()), "{words}: {text}");
            assert!(!text.contains(".import-"), "{text}");
            assert_eq!(standing(&app), Vec::<String>::new(), "{words}");
        }
    }
    // A connection that ends in the middle of a file.
    let whole = form(&[("a.csv", &good)], &[]);
    let half = Bytes::copy_from_slice(&whole[..whole.len() / 2]);
    let cut = stream::iter([Ok(half), Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset))]);
    let answer = send(&app, "/import", Body::from_stream(cut)).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.text());
    assert!(answer.text().contains("cut off"));
    assert_eq!(standing(&app), Vec::<String>::new());

    let address = send(&app, "/import", form(&[("a.csv", &good)], &[])).await.location();
    assert_eq!(standing(&app).len(), 1);
    let answer = app.form(&address, "discard=1").await;
    assert_eq!(answer.location(), "/#add");
    assert_eq!(standing(&app), Vec::<String>::new());
    assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_uploads_are_refused_until_one_goes() {
    let app = empty();
    let body = || form(&[("a.csv", &people(30, |row| row))], &[]);
    let mut keys = Vec::new();
    for _ in 0..16 {
        let answer = send(&app, "/api/v1/imports", body()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        keys.push(answer.json()["key"].as_str().unwrap().to_owned());
    }
    let answer = send(&app, "/api/v1/imports", body()).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text().contains("finish or discard one"));
    let gone = app.json(Method::DELETE, &format!("/api/v1/imports/{}", keys[3]), &Value::Null).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(send(&app, "/api/v1/imports", body()).await.status, StatusCode::CREATED);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_does_what_the_pages_do() {
    let app = empty();
    let sent = send(&app, "/api/v1/imports", form(&[("a.csv", &people(80, |row| row % 40))], &[])).await;
    assert_eq!(sent.status, StatusCode::CREATED);
    let mut view = sent.json();
    let address = format!("/api/v1/imports/{}", view["key"].as_str().unwrap());
    assert_eq!((&view["name"], &view["files"]), (&json!("a"), &json!(["a.csv"])));
    assert_eq!(app.page(&address).await.json(), view);
    view["proposal"]["tables"][0]["columns"][3]["role"] = json!("ignore");
    let correction = json!({ "name": "shop", "proposal": view["proposal"] });
    let corrected = app.json(Method::PUT, &address, &correction).await;
    assert_eq!(corrected.status, StatusCode::OK, "{}", corrected.text());
    let features = corrected.json()["proposal"]["segmentation"]["features"].clone();
    assert!(!features.as_array().unwrap().contains(&json!("visits")), "{features}");
    view["proposal"]["tables"] = json!([]);
    let refused = app.json(Method::PUT, &address, &json!({ "proposal": view["proposal"] })).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let job = app.json(Method::POST, &format!("{address}/dataset"), &Value::Null).await;
    assert_eq!(job.status, StatusCode::ACCEPTED, "{}", job.text());
    let state = app.wait(&format!("/jobs/{}", job.json()["id"])).await;
    assert_eq!(state["phase"], "done", "{state}");
    assert_eq!(app.page("/api/v1/datasets/shop").await.json()["customers"], 80);

    let renamed = app.json(Method::PATCH, "/api/v1/datasets/shop", &json!({ "name": "mall" })).await;
    assert_eq!(renamed.json(), json!({ "name": "mall" }));
    assert_eq!(app.get("/api/v1/datasets/shop").await.status, StatusCode::NOT_FOUND);
    let deleted = app.json(Method::DELETE, "/api/v1/datasets/mall", &Value::Null).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    let trash = app.page("/api/v1/trash").await.json();
    assert_eq!(trash[0]["name"], "mall");
    let key = trash[0]["key"].as_str().unwrap().to_owned();
    let back = app.json(Method::POST, &format!("/api/v1/trash/{key}"), &Value::Null).await;
    assert_eq!(back.json(), json!({ "name": "mall" }));
    assert_eq!(app.page("/api/v1/datasets/mall").await.json()["models"], json!(["default"]));
}

fn clickstream() -> TestApp {
    TestApp::with(&[(DataRecipe::Clickstream, 800)])
}

fn raw(app: &TestApp, name: &str) -> Vec<u8> {
    std::fs::read(app.state.config.folders.data_dir.join(name).join("raw/clickstream.csv")).unwrap()
}

/// The file without its last rows.
fn shortened(bytes: &[u8], rows: usize) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    (lines[..lines.len() - rows].join("\n") + "\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn new_data_takes_the_place_of_the_old_and_models_stay() {
    let app = clickstream();
    let before = app.page("/api/v1/datasets/clickstream").await.json();
    let newer = shortened(&raw(&app, "clickstream"), 300);
    let answer =
        send(&app, "/d/clickstream/replace", form(&[("today.csv", &newer)], &[("note", "May"), ("keep", "yes")])).await;
    let state = made(&app, &answer).await;
    assert_eq!((&state["phase"], &state["result"]), (&json!("done"), &json!("/d/clickstream/versions")), "{state}");
    app.page("/d/clickstream/versions").await;
    let after = app.page("/api/v1/datasets/clickstream").await.json();
    assert_ne!(before["customers"], after["customers"]);
    assert_ne!(before["fingerprint"], after["fingerprint"]);
    assert_eq!(after["models"], json!(["default"]));
    let overview = app.page("/d/clickstream/overview").await;
    assert!(overview.text().contains("The data has changed since this model was trained"));
    let folder = app.state.config.folders.data_dir.join("clickstream");
    assert!(folder.join("versions/0001/raw/clickstream.csv").is_file());
    assert_eq!(standing(&app), ["clickstream"]);

    // Data that does not fit leaves everything as it is.
    let kept = raw(&app, "clickstream");
    for (name, content, words) in [
        ("other.xlsx", &newer[..], "is no file of this data set; it is made of clickstream.csv"),
        ("clickstream.csv", &b"a,b\n1,2\n"[..], "The data is as it was."),
    ] {
        let answer = send(&app, "/d/clickstream/replace", form(&[(name, content)], &[])).await;
        if answer.status == StatusCode::SEE_OTHER {
            let state = app.wait(&answer.location()).await;
            assert_eq!(state["phase"], "failed", "{state}");
            assert!(state["message"].as_str().unwrap().contains(words), "{state}");
        } else {
            assert!(answer.text().contains(words), "{}", answer.text());
        }
        assert_eq!(raw(&app, "clickstream"), kept);
        assert_eq!(standing(&app), ["clickstream"]);
    }
    assert_eq!(app.page("/api/v1/datasets/clickstream").await.json(), after);
    let app = app.restarted();
    assert_eq!(app.page("/api/v1/datasets/clickstream").await.json(), after);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_set_is_renamed_deleted_and_taken_back_with_its_models() {
    let app = clickstream();
    let before = app.page("/api/v1/datasets/clickstream/models").await.json();
    for (name, words) in [("../x", "cannot be a data set"), ("Clicks", "cannot be a data set"), ("", "cannot be")] {
        let answer = app.form("/d/clickstream/rename", &format!("name={name}")).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    let answer = app.form("/d/clickstream/rename", "name=clicks").await;
    assert_eq!(answer.location(), "/d/clicks/data#manage");
    app.page("/d/clicks/overview").await;
    assert_eq!(app.get("/d/clickstream/overview").await.status, StatusCode::NOT_FOUND);
    let after = app.page("/api/v1/datasets/clicks/models").await.json();
    assert_eq!(after[0]["segments"], before[0]["segments"]);

    let refused = app.form("/d/clicks/delete", "confirm=click").await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert!(refused.text().contains("Nothing was deleted"), "{}", refused.text());
    app.page("/d/clicks/overview").await;
    assert_eq!(app.form("/d/clicks/delete", "confirm=clicks").await.location(), "/#trash");
    assert_eq!(app.get("/d/clicks/overview").await.status, StatusCode::NOT_FOUND);
    assert!(!app.models_dir().join("clicks").exists());
    let app = app.restarted();
    let page = app.page("/").await;
    assert!(page.all("#trash li")[0].starts_with("clicks, deleted 20"));
    let key = page.attributes("#trash input[name=key]", "value").remove(0);
    assert_eq!(app.form("/restore", &format!("key={key}")).await.location(), "/d/clicks/data");
    app.page("/d/clicks/segments").await;
    assert_eq!(app.page("/api/v1/datasets/clicks/models").await.json()[0]["segments"], before[0]["segments"]);
    let gone = app.form("/restore", &format!("key={key}")).await;
    assert_eq!(gone.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_set_that_cannot_be_used_can_be_put_away() {
    let app = TestApp::of_files(&[("bad/dataset.toml", "title = 5".to_owned())]);
    let page = app.page("/").await;
    assert_eq!(page.all("#broken strong"), ["bad"]);
    assert_eq!(app.form("/d/bad/delete", "confirm=bad").await.location(), "/#trash");
    let page = app.page("/").await;
    assert!(page.all("#broken").is_empty());
    assert_eq!(page.all("#trash strong"), ["bad"]);
    assert!(Path::new(&app.state.config.folders.data_dir).join(".trash").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reloads_a_refused_upload_comes_to_its_form() {
    let app = clickstream();
    assert_eq!(app.get("/import").await.location(), "/#add");
    let address = app.get("/d/clickstream/replace").await.location();
    assert_eq!(address, "/d/clickstream/data?replace=1#manage");
    assert_eq!(app.page(&address).await.all("#manage details[open] summary"), ["Give it new data"]);
    assert_eq!(app.get("/d/nothing/replace").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_can_neither_send_nor_delete() {
    let app = clickstream();
    for path in ["/import", "/d/clickstream/delete", "/d/clickstream/replace"] {
        let request = Request::post(path).header("sec-fetch-site", "cross-site");
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
}
