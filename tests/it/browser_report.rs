//! The report in a real Chromium: from the Segments page, and as a file opened from the disk, wide, narrow, dark and printed.

use fantoccini::wd::WebDriverCompatibleCommand;
use segmenta::generate::DataRecipe;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::chromium::Browser;

async fn pets(width: u32) -> Option<Browser> {
    Browser::over(width, || TestApp::with(&[(DataRecipe::Petshop, 4000)])).await
}

/// A command of the browser's own protocol.
#[derive(Debug)]
struct Devtools(&'static str, Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        (axum::http::Method::POST, Some(json!({ "cmd": self.0, "params": self.1 }).to_string()))
    }
}

/// The colour behind the page, and whether the page fits the screen and every picture has a size.
const LOOKS: &str = "const sizes = [...document.querySelectorAll('svg[role=img]')].map(s => s.getBoundingClientRect());\
    return [getComputedStyle(document.body).backgroundColor,\
    document.documentElement.scrollWidth <= innerWidth,\
    sizes.length > 3 && sizes.every(s => s.width > 50 && s.height > 10),\
    performance.getEntriesByType('resource').length];";

#[tokio::test(flavor = "multi_thread")]
async fn the_saved_report_opens_from_the_disk() {
    for width in [1400, 360] {
        let Some(browser) = pets(width).await else { return };
        browser.visit("/d/petshop/segments").await;
        browser.click("#report-file").await;
        let file = browser.downloads.path().join("segments-petshop-default.html");
        browser.downloaded(&file).await;
        browser.client.goto(&format!("file://{}", file.display())).await.unwrap();
        assert_eq!(browser.run(LOOKS).await, json!(["rgb(243, 245, 247)", true, true, 0]), "{width} px");
        let media = |features: Value| Devtools("Emulation.setEmulatedMedia", features);
        let dark = json!([{ "name": "prefers-color-scheme", "value": "dark" }]);
        browser.client.issue_cmd(media(json!({ "features": dark }))).await.unwrap();
        assert_eq!(browser.run(LOOKS).await, json!(["rgb(14, 18, 23)", true, true, 0]), "{width} px, dark");
        browser.client.issue_cmd(media(json!({ "media": "print", "features": dark }))).await.unwrap();
        let printed = browser.run(LOOKS).await;
        assert_eq!([&printed[0], &printed[2]], [&json!("rgb(255, 255, 255)"), &json!(true)], "paper is never dark");
        let pages = browser.client.issue_cmd(Devtools("Page.printToPDF", json!({ "preferCSSPageSize": true }))).await;
        assert!(pages.unwrap()["data"].as_str().is_some_and(|data| data.starts_with("JVBER")), "it prints");
        browser.assert_quiet_but_for(&format!("file://{}", file.display())).await;
        browser.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_segments_page_opens_the_report_beside_itself() {
    let Some(browser) = pets(1400).await else { return };
    for tab in ["segments", "overview"] {
        browser.visit(&format!("/d/petshop/{tab}")).await;
        let before = browser.client.window().await.unwrap();
        browser.click("#report").await;
        browser.until("a second window", "return true").await;
        let windows = browser.client.windows().await.unwrap();
        assert_eq!(windows.len(), 2, "{tab}");
        let other = windows.into_iter().find(|window| *window != before).unwrap();
        browser.client.switch_to_window(other).await.unwrap();
        browser.until("the report", "return document.querySelector('#story .story') !== null").await;
        let looks = browser.run(LOOKS).await;
        assert_eq!([&looks[1], &looks[2]], [&json!(true), &json!(true)]);
        browser.click("nav a[href='#trust']").await;
        assert_eq!(browser.run("return location.hash").await, "#trust");
        browser.client.close_window().await.unwrap();
        browser.client.switch_to_window(before).await.unwrap();
    }
    browser.assert_quiet("the report").await;
    browser.close().await;
}
