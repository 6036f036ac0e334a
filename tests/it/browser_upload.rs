//! Adding and editing a data set in a real Chromium: files are chosen, corrected, made, replaced, and put away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use fantoccini::Locator;
use segmenta::generate::{DataRecipe, generate};
use serde_json::json;

use crate::app::TestApp;
use crate::chromium::Browser;

/// The files of a generated data set.
fn files_of(folder: &Path, recipe: DataRecipe, rows: usize) -> Vec<PathBuf> {
    generate(recipe, rows, 5, folder).unwrap();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("raw")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "csv"));
    files.sort();
    files
}

impl Browser {
    /// Chooses files in the chooser of a form.
    async fn choose(&self, selector: &str, files: &[PathBuf]) {
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let chooser = self.client.find(Locator::Css(selector)).await.unwrap();
        chooser.send_keys(&names.join("\n")).await.unwrap();
    }

    async fn fill(&self, selector: &str, text: &str) {
        let field = self.element(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn select(&self, name: &str, value: &str) {
        let script = format!(
            "const s = document.querySelector({}); s.value = {}; s.dispatchEvent(new Event('change', {{ bubbles: true }}));",
            json!(format!("[name='{name}']")),
            json!(value)
        );
        self.run(&script).await;
    }

    /// The same for a control that is followed while it changes.
    async fn select_live(&self, name: &str, value: &str) {
        let script = format!(
            "const s = document.querySelector({}); s.value = {}; s.dispatchEvent(new Event('input', {{ bubbles: true }}));",
            json!(format!("[name='{name}']")),
            json!(value)
        );
        self.run(&script).await;
    }

    async fn at(&self, start: &str) {
        self.until(
            start,
            &format!("return location.pathname.startsWith({}) && document.readyState === 'complete';", json!(start)),
        )
        .await;
    }
}

fn no_data() -> TestApp {
    TestApp::of_files(&[("none.txt", String::new())])
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_become_a_data_set_in_the_browser() {
    let Some(browser) = Browser::over(1400, no_data).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let files = files_of(folder.path(), DataRecipe::Petshop, 3000);
    browser.visit("/").await;
    assert!(browser.text(".empty").await.contains("There is no data set yet"));
    browser.choose("#add input[type=file]", &files).await;
    browser
        .until("the list of files", "return document.querySelectorAll('#add [data-upload-files] li').length === 4;")
        .await;
    browser.click("#add button[type=submit]").await;
    browser.at("/import/").await;
    assert_eq!(browser.run("return document.querySelectorAll('table.preview').length;").await, 4);
    assert_eq!(browser.run("return document.querySelector('[name=\"facts.table\"]').value;").await, "sale");

    // One choice that others follow from is applied at once, where the reader is.
    browser.select("t2.date_order", "dmy").await;
    browser
        .until(
            "the warning",
            "return location.hash === '#table-2' && /no date in the order/.test(document.body.innerText);",
        )
        .await;
    browser.select("t2.date_order", "mdy").await;
    browser
        .until("the day", "return document.querySelector('[name=\"facts.time\"]')?.value === 'transaction_date';")
        .await;

    browser.fill("[name=title]", "My pets").await;
    browser.fill("[name=name]", "pets").await;
    browser.select("t1.c1.role", "ignore").await;
    browser.click("#what button[name=make]").await;
    browser.at("/d/pets/overview").await;
    assert!(browser.text(".topbar-dataset").await.contains("My pets"));
    assert!(browser.text(".rail").await.contains("My pets"));
    browser.draw_all().await;
    browser.assert_quiet("import").await;

    // New data: the same file without its last rows.
    let sale = std::fs::read_to_string(&files[2]).unwrap();
    let lines: Vec<&str> = sale.lines().collect();
    std::fs::write(&files[2], lines[..lines.len() - 500].join("\n") + "\n").unwrap();
    browser.visit("/d/pets/data?replace=1").await;
    browser.choose("#manage input[type=file]", &files[2..3]).await;
    browser.fill("#manage [name=note]", "second").await;
    browser.click("#manage .upload button[type=submit]").await;
    browser.at("/d/pets/versions").await;
    let data = browser.app.state.config.folders.data_dir.clone();
    assert!(data.join("pets/versions/0001/raw/sale.csv").is_file());

    browser.visit("/d/pets/data").await;
    browser.run("document.querySelectorAll('#manage details').forEach(d => d.open = true);").await;
    browser.fill("#manage [name=confirm]", "pets").await;
    browser.click("#manage form[action$=delete] button").await;
    browser.until("the trash", "return location.pathname === '/' && !!document.querySelector('#trash');").await;
    assert!(!data.join("pets").exists());
    browser.click("#trash summary").await;
    browser.click("#trash button").await;
    browser.at("/d/pets/data").await;
    browser.assert_quiet("new data and trash").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_cancelled_or_refused_leaves_nothing() {
    let Some(browser) = Browser::over(360, no_data).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let data = browser.app.state.config.folders.data_dir.clone();
    let standing = || std::fs::read_dir(&data).unwrap().count();
    let file = folder.path().join("notes.csv");
    std::fs::write(&file, "hello\nworld\n").unwrap();
    browser.visit("/").await;
    browser.choose("#add input[type=file]", std::slice::from_ref(&file)).await;
    browser.click("#add button[type=submit]").await;
    browser
        .until("the reason", "return /nothing to segment by/.test(document.querySelector('[data-toast]').textContent);")
        .await;
    assert_eq!(standing(), 1);

    // Too large is said before anything is sent; the limit of tests is 4 MiB.
    std::fs::write(&file, vec![b'x'; 5 << 20]).unwrap();
    browser.visit("/").await;
    browser.choose("#add input[type=file]", std::slice::from_ref(&file)).await;
    browser.click("#add button[type=submit]").await;
    browser
        .until("the limit", "return /larger than the 4.2 MB/.test(document.querySelector('[data-toast]').textContent);")
        .await;

    // Cancelled in the middle: the connection is made slow, so that there is a middle.
    std::fs::write(&file, "id,spent\n".to_owned() + &"1,2\n".repeat(900_000)).unwrap();
    browser.visit("/").await;
    browser.choose("#add input[type=file]", std::slice::from_ref(&file)).await;
    browser
        .run(
            "const send = XMLHttpRequest.prototype.send;\
             XMLHttpRequest.prototype.send = function (body) {\
               this.upload.addEventListener('progress', () => document.querySelector('[data-upload-cancel]').click());\
               send.call(this, body);\
             };",
        )
        .await;
    browser.click("#add button[type=submit]").await;
    browser
        .until(
            "the end",
            "return /cancelled. Nothing was kept/.test(document.querySelector('[data-toast]').textContent);",
        )
        .await;
    for _ in 0..100 {
        if standing() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(standing(), 1);
    let wide = browser.run("return document.documentElement.scrollWidth;").await;
    assert!(wide.as_f64().unwrap() <= 360.0, "{wide}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ledger_follows_what_is_edited() {
    let Some(browser) = Browser::over(1400, || TestApp::shipped("clickstream")).await else { return };
    browser.visit("/d/clickstream/data").await;
    browser.click("a[href$='/edit']").await;
    browser.at("/d/clickstream/edit").await;
    let rows =
        browser.run("return document.querySelectorAll('[data-ledger] tbody tr').length;").await.as_u64().unwrap();
    let spare = "[...document.querySelectorAll('#place-1 [data-rule-row]')].at(-1)";
    let count =
        browser.run("return document.querySelectorAll('#place-1 [data-rule-row]').length;").await.as_u64().unwrap();
    assert_eq!(
        browser.run(&format!("return {spare}.querySelectorAll('[data-rule-field]:not([hidden])').length;")).await,
        0
    );
    let name = browser.run(&format!("return {spare}.querySelector('[data-rule]').name;")).await;
    let prefix = name.as_str().unwrap().trim_end_matches(".rule").to_owned();
    browser.select_live(&format!("{prefix}.rule"), "range").await;
    assert_eq!(
        browser
            .run(&format!("return document.querySelectorAll('#place-1 [data-rule-row]').length === {count} + 1;"))
            .await,
        true,
        "there is a place for one more"
    );
    browser
        .until("what is missing", "return /Columns is empty/.test(document.querySelector('#live').innerText);")
        .await;
    browser.fill(&format!("[name='{prefix}.columns']"), "n_clicks").await;
    browser.fill(&format!("[name='{prefix}.high']"), "20").await;
    browser
        .until(
            "the ledger",
            &format!(
                "return document.querySelectorAll('[data-ledger] tbody tr').length === {rows} + 1\
                 && /fewer. Nothing is written yet/.test(document.querySelector('#outcome')?.innerText ?? '');"
            ),
        )
        .await;
    browser.fill("[name=title]", "Clicks").await;
    browser.click("#live button[type=submit]").await;
    browser.at("/d/clickstream/data").await;
    assert!(browser.text(".topbar-dataset").await.contains("Clicks"));
    assert_eq!(browser.run("return document.querySelectorAll('#ledger tbody tr').length;").await, rows + 1);
    browser.assert_quiet("edit").await;
    browser.close().await;
}
