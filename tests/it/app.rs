//! The application under test: the same builder that `serve` uses, over temporary folders.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use scraper::{Html, Selector};
use segmenta::cluster::Silent;
use segmenta::config::{Folders, ServeConfig};
use segmenta::generate::{DataRecipe, generate};
use segmenta::segment::fit::{Occasion, fit};
use segmenta::segment::{RecipeRequest, store};
use segmenta::web::{AppState, build_app};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) struct TestApp {
    pub(crate) router: Router,
    pub(crate) state: Arc<AppState>,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    /// Texts of the elements that a selector finds.
    pub(crate) fn all(&self, selector: &str) -> Vec<String> {
        let page = Html::parse_document(&self.text());

        page.select(&Selector::parse(selector).unwrap())
            .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    }

    /// Values of an attribute of the elements that a selector finds.
    pub(crate) fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let page = Html::parse_document(&self.text());
        page.select(&Selector::parse(selector).unwrap())
            .filter_map(|element| element.value().attr(name).map(str::to_owned))
            .collect()
    }

    /// The form that a selector finds as a browser would send it without a change: every field with its value.
    pub(crate) fn fields(&self, form: &str) -> Vec<(String, String)> {
        let page = Html::parse_document(&self.text());
        let select = |selector: &str| Selector::parse(selector).unwrap();
        let controls = select(&format!("{form} input, {form} select, {form} textarea"));
        let mut fields = Vec::new();
        for element in page.select(&controls) {
            let value = element.value();
            let Some(name) = value.attr("name") else { continue };
            let text = match value.name() {
                "select" => {
                    let chosen = element.select(&select("option[selected]")).next();
                    let option = chosen.or(element.select(&select("option")).next());
                    option.and_then(|option| option.value().attr("value")).unwrap_or("").to_owned()
                }
                "textarea" => element.text().collect(),
                _ if value.attr("type") == Some("checkbox") && value.attr("checked").is_none() => continue,
                _ => value.attr("value").unwrap_or("").to_owned(),
            };
            fields.push((name.to_owned(), text));
        }
        fields
    }

    pub(crate) fn location(&self) -> String {
        self.headers[header::LOCATION].to_str().unwrap().to_owned()
    }
}

/// Small synthetic data sets and their default models in `folder`.
pub(crate) fn fill(folder: &Path) -> Folders {
    fill_with(folder, &[(DataRecipe::Personality, 600), (DataRecipe::Clickstream, 3000), (DataRecipe::Petshop, 4000)])
}

fn fill_with(folder: &Path, recipes: &[(DataRecipe, usize)]) -> Folders {
    let folders = folders_in(folder);
    for (recipe, rows) in recipes.iter().copied() {
        generate(recipe, rows, 7, &folders.data_dir.join(recipe.name())).unwrap();
        train_default(&folders, recipe.name());
    }
    folders
}

fn folders_in(folder: &Path) -> Folders {
    Folders { data_dir: folder.join("data"), models_dir: folder.join("models") }
}

fn train_default(folders: &Folders, name: &str) {
    let dataset = segmenta::dataset::load(&folders.data_dir.join(name)).unwrap();
    let chosen = RecipeRequest::default().resolve(&dataset).unwrap();
    let occasion = Occasion { name: "default", predecessor: None, now: 1_700_000_000, quick: true };
    store::save(&folders.models_dir, &fit(&dataset, &chosen, occasion, &Silent).unwrap()).unwrap();
}

impl TestApp {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = fill(folder.path());
        Self::over(folder, folders)
    }

    /// Over synthetic data sets of so many rows and their default models.
    pub(crate) fn with(recipes: &[(DataRecipe, usize)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = fill_with(folder.path(), recipes);
        Self::over(folder, folders)
    }

    /// Over a copy of a data set that the program ships, with its default model.
    pub(crate) fn shipped(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = folders_in(folder.path());
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
        let to = folders.data_dir.join(name);
        std::fs::create_dir_all(to.join("raw")).unwrap();
        std::fs::copy(from.join("dataset.toml"), to.join("dataset.toml")).unwrap();
        for file in std::fs::read_dir(from.join("raw")).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), to.join("raw").join(file.file_name())).unwrap();
        }
        train_default(&folders, name);
        Self::over(folder, folders)
    }

    /// Over a synthetic data set that took the place of an earlier version with other customers of the same kind, by which its
    /// default model was trained; `change` is made to the text of the new file.
    pub(crate) fn replaced(recipe: DataRecipe, rows: usize, change: impl Fn(String) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = fill_with(folder.path(), &[(recipe, rows)]);
        let data = folders.data_dir.join(recipe.name());
        segmenta::library::versions::set_aside(&data, 1_700_000_000, "The spring delivery.").unwrap();
        generate(recipe, rows, 8, &data).unwrap();
        for file in std::fs::read_dir(data.join("raw")).unwrap().map(|entry| entry.unwrap().path()) {
            if file.extension().is_some_and(|ending| ending == "csv") {
                std::fs::write(&file, change(std::fs::read_to_string(&file).unwrap())).unwrap();
            }
        }
        Self::over(folder, folders)
    }

    /// Over files given as text, each by its path below the data folder; nothing is trained.
    pub(crate) fn of_files(files: &[(&str, String)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = folders_in(folder.path());
        for (path, text) in files {
            let file = folders.data_dir.join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        Self::over(folder, folders)
    }

    pub(crate) fn over(folder: tempfile::TempDir, folders: Folders) -> Self {
        let state = Arc::new(AppState::load(ServeConfig::for_testing(folders)).unwrap());
        Self { router: build_app(Arc::clone(&state)), state, folder }
    }

    /// The same folders after a restart.
    pub(crate) fn restarted(self) -> Self {
        let folders = self.state.config.folders.clone();
        Self::over(self.folder, folders)
    }

    pub(crate) fn models_dir(&self) -> PathBuf {
        self.state.config.folders.models_dir.clone()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// Gets a page that must exist.
    pub(crate) async fn page(&self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answer
    }

    pub(crate) async fn form(&self, path: &str, body: &str) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.send(Request::post(path).header(header::CONTENT_TYPE, kind).body(body.to_owned().into()).unwrap()).await
    }

    pub(crate) async fn json(&self, method: Method, path: &str, body: &Value) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(body.to_string().into()).unwrap()).await
    }

    /// Waits for a job (by its page's address) to end and returns its last state.
    pub(crate) async fn wait(&self, job: &str) -> Value {
        let id = job.rsplit('/').next().unwrap().to_owned();
        let start = Instant::now();
        loop {
            let state = self.page(&format!("/api/v1/jobs/{id}")).await.json();
            if !matches!(state["phase"].as_str(), Some("queued" | "running")) {
                return state;
            }
            assert!(start.elapsed() < Duration::from_mins(3), "the job does not end: {state}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
