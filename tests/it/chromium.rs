//! A real Chromium, driven by chromedriver, in front of a running server.
//!
//! Without chromedriver and Chromium the tests say that they were skipped; with
//! `SEGMENTA_BROWSER_TESTS=required` that is a failure.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;
use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use url::{ParseError, Url};

use crate::app::TestApp;

/// One browser at a time; the machine may be small.
static ALONE: Mutex<()> = Mutex::const_new(());

pub(crate) struct Browser {
    pub(crate) client: Client,
    base: String,
    pub(crate) app: Arc<TestApp>,
    pub(crate) downloads: tempfile::TempDir,
    driver: Child,
    port: u16,
    _profile: tempfile::TempDir,
    _alone: tokio::sync::MutexGuard<'static, ()>,
}

/// chromedriver's own logs, which are not part of the standard.
#[derive(Debug)]
struct Logs(&'static str);

impl WebDriverCompatibleCommand for Logs {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": self.0 }).to_string()))
    }
}

fn installed(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

impl Browser {
    /// Starts server, driver and browser of a width; `None`, with a notice, where there is none.
    pub(crate) async fn open(width: u32) -> Option<Self> {
        Self::over(width, TestApp::new).await
    }

    /// The same over another application.
    pub(crate) async fn over(width: u32, app: impl FnOnce() -> TestApp + Send + 'static) -> Option<Self> {
        if !(installed("chromedriver") && installed("chromium")) {
            let required = std::env::var("SEGMENTA_BROWSER_TESTS").is_ok_and(|value| value == "required");
            assert!(!required, "browser tests are required, but chromedriver or chromium is not installed");
            eprintln!("skipped: chromedriver or chromium is not installed");
            return None;
        }
        let alone = ALONE.lock().await;
        let app = Arc::new(tokio::task::spawn_blocking(app).await.unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = app.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });

        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (profile, downloads) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader",
                "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
                "--disable-dev-shm-usage", format!("--user-data-dir={}", profile.path().display()),
            ],
            "prefs": { "download.default_directory": downloads.path() },
            "mobileEmulation": { "deviceMetrics": { "width": width, "height": 900, "pixelRatio": 1, "touch": false } },
        });
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL", "performance": "ALL" }));
        let start = Instant::now();
        let client = loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            match builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await {
                Ok(client) => break client,
                Err(error) => assert!(start.elapsed() < Duration::from_secs(30), "no session: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        Some(Self { client, base, app, downloads, driver, port, _profile: profile, _alone: alone })
    }

    pub(crate) async fn visit(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.unwrap();
    }

    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Waits until a script returns true.
    pub(crate) async fn until(&self, what: &str, script: &str) {
        let start = Instant::now();
        while self.run(script).await != json!(true) {
            let seconds = start.elapsed().as_secs();
            assert!(seconds < 120, "{what} did not happen at {}", self.client.current_url().await.unwrap());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Brings every chart into view and waits until it is drawn.
    pub(crate) async fn draw_all(&self) {
        self.until(
            "drawing all charts",
            "const left = [...document.querySelectorAll('figure[data-chart]')].filter(f => !f.dataset.drawn);\
             if (left.length) left[0].scrollIntoView({ block: 'center' });\
             return left.length === 0;",
        )
        .await;
    }

    pub(crate) async fn element(&self, selector: &str) -> Element {
        self.client.wait().at_most(Duration::from_secs(20)).for_element(Locator::Css(selector)).await.unwrap()
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        self.element(selector).await.text().await.unwrap()
    }

    pub(crate) async fn click(&self, selector: &str) {
        self.run(&format!("document.querySelector({}).scrollIntoView({{ block: 'center' }});", json!(selector))).await;
        self.element(selector).await.click().await.unwrap();
    }

    /// Waits until a file was downloaded.
    pub(crate) async fn downloaded(&self, file: &Path) {
        let start = Instant::now();
        while !file.exists() {
            assert!(start.elapsed() < Duration::from_secs(20), "no {}", file.display());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Fails on console errors and on requests that leave the machine or were blocked.
    pub(crate) async fn assert_quiet(&self, page: &str) {
        self.assert_asks_only(page, None).await;
    }

    /// The same for a page that is a file on the disk: it alone is asked for, and nothing beside it.
    pub(crate) async fn assert_quiet_but_for(&self, file: &str) {
        self.assert_asks_only(file, Some(file)).await;
    }

    async fn assert_asks_only(&self, page: &str, file: Option<&str>) {
        let console = self.client.issue_cmd(Logs("browser")).await.unwrap();
        for entry in console.as_array().unwrap() {
            assert!(entry["level"] != "SEVERE", "{page}: {entry}");
        }
        let network = self.client.issue_cmd(Logs("performance")).await.unwrap();
        let mut asked = HashSet::new();
        for entry in network.as_array().unwrap() {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            let (method, params) = (&message["message"]["method"], &message["message"]["params"]);
            if method == "Network.requestWillBeSent" {
                let address = params["request"]["url"].as_str().unwrap().to_owned();
                let own = [&self.base, "data:", "blob:", "chrome:", "chrome-extension:", "devtools:"]
                    .iter()
                    .any(|start| address.starts_with(*start))
                    || Some(address.as_str()) == file;
                assert!(own, "{page} asks {address}");
                asked.insert(params["requestId"].to_string());
            }
            // A page that is left gives up what it had asked for; what the browser asks for itself is not the page's.
            if method == "Network.loadingFailed" && asked.contains(&params["requestId"].to_string()) {
                let given_up = params["canceled"] == true || params["errorText"] == "net::ERR_ABORTED";
                assert!(given_up && params["blockedReason"].is_null(), "{page}: {params}");
            }
        }
    }

    pub(crate) async fn close(self) {
        let _ = self.client.clone().close().await;
    }
}

impl Drop for Browser {
    /// Ends driver and browser, after a failed test too.
    fn drop(&mut self) {
        if let Ok(mut driver) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = driver.write_all(b"GET /shutdown HTTP/1.0\r\nHost: localhost\r\n\r\n");
            let _ = driver.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = driver.read(&mut [0; 64]);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
