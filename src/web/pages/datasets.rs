//! `/`: all data sets.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{Html, Redirect};

use crate::dataset::dates;
use crate::figures;
use crate::library::trash;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::state::uploads::Upload;
use crate::web::state::{AppState, Snapshot};

#[derive(Template)]
#[template(path = "datasets.html")]
struct DatasetsPage {
    shell: Shell,
    cards: Vec<DatasetCard>,
    broken: Vec<(String, String)>,
    set_aside: Vec<(String, String)>,
    /// Files that are being looked at: address and title.
    held: Vec<(String, String)>,
    trash: Vec<TrashItem>,
    data_dir: String,
    upload_limit: u64,
    upload_limit_text: String,
}

struct TrashItem {
    key: String,
    name: String,
    when: String,
}

struct DatasetCard {
    title: String,
    href: String,
    description: String,
    synthetic: String,
    customers: String,
    columns: usize,
    facts: String,
    model: String,
}

pub(super) async fn show(State(state): State<Arc<AppState>>) -> Result<Html<String>, AppError> {
    let snapshot = state.snapshot();
    let folders = state.config.folders.clone();
    let trash = state.compute(move || trash::list(&folders.data_dir)).await?;
    page(&DatasetsPage {
        shell: Shell::outer(&snapshot, "Data sets"),
        cards: cards(&snapshot),
        broken: snapshot.broken.iter().map(|b| (b.name.clone(), b.reason.clone())).collect(),
        set_aside: snapshot
            .set_aside
            .iter()
            .map(|aside| (aside.file.display().to_string(), aside.reason.clone()))
            .collect(),
        held: held(&state),
        trash: trash
            .into_iter()
            .map(|item| TrashItem {
                when: format!("deleted {}", dates::format_moment(item.at)),
                key: item.key,
                name: item.name,
            })
            .collect(),
        data_dir: state.config.folders.data_dir.display().to_string(),
        upload_limit: state.config.upload_limit,
        upload_limit_text: figures::bytes(state.config.upload_limit),
    })
}

/// Uploads that nobody made a data set of yet; one that is being made is left out.
fn held(state: &AppState) -> Vec<(String, String)> {
    let uploads = state.uploads.list();
    let view = |upload: &Arc<Upload>| {
        let title = upload.glance()?;
        Some((format!("/import/{}", upload.key), title))
    };
    uploads.iter().filter_map(view).collect()
}

fn cards(snapshot: &Snapshot) -> Vec<DatasetCard> {
    snapshot
        .datasets
        .values()
        .map(|dataset| {
            let latest = snapshot.models_of(&dataset.name).into_iter().max_by_key(|entry| entry.model.trained_at);
            DatasetCard {
                title: dataset.manifest.title.clone(),
                href: format!("/d/{}/overview", dataset.name),
                description: dataset.manifest.description.clone(),
                synthetic: dataset
                    .synthetic
                    .as_ref()
                    .map_or_else(String::new, |origin| format!("Synthetic data, seed {}", origin.seed)),
                customers: figures::count(dataset.customers.len()),
                columns: dataset.customers.columns.len(),
                facts: dataset.facts.as_ref().map_or_else(|| "none".to_owned(), |facts| figures::count(facts.len())),
                model: latest.map_or_else(
                    || "none yet".to_owned(),
                    |entry| {
                        format!(
                            "{}: {}, {} segments",
                            entry.model.name,
                            entry.model.recipe.algorithm.title(),
                            entry.model.n_clusters()
                        )
                    },
                ),
            }
        })
        .collect()
}

/// `/d/{dataset}` leads to its overview.
pub(super) async fn enter(Path(dataset): Path<String>) -> Redirect {
    Redirect::permanent(&format!("/d/{}/overview", percent(&dataset)))
}

fn percent(text: &str) -> String {
    serde_urlencoded::to_string([("", text)]).map_or_else(|_| String::new(), |pair| pair[1..].replace('+', "%20"))
}
