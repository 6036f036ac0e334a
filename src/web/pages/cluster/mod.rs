//! Cluster: choose, suggest, train, judge, save, compare.

pub(super) mod compare;
mod form;
mod request;
mod result;
mod suggestion;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, Redirect};

pub(in crate::web) use self::request::fields as recipe_fields;

use self::form::TrainForm;
use self::request::{ClusterQuestion, current, fields, posted};
use self::result::ResultView;
use self::suggestion::SuggestionView;
use crate::cluster::NOISE;
use crate::figures;
use crate::segment::explore::suggestion_key;
use crate::segment::scores::{Score, Scored};
use crate::segment::{Recipe, store};
use crate::web::address::{Query, href};
use crate::web::context::{PageContext, check_customers};
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::Asked;
use crate::web::state::{AppState, Storage};
use crate::web::tab::Tab;
use crate::web::work::train::{self, Keep};

#[derive(Template)]
#[template(path = "cluster.html")]
struct ClusterPage {
    shell: Shell,
    dataset: String,
    form: TrainForm,
    suggestion: Option<SuggestionView>,
    result: Option<ResultView>,
    /// Titles of the scores of those that were tried.
    scores: [&'static str; 4],
    tried: Vec<TriedRow>,
}

struct TriedRow {
    name: String,
    href: String,
    cells: Vec<String>,
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<ClusterQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

/// `POST /d/{dataset}/cluster/train`
pub(super) async fn train(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let (dataset, recipe) = posted(&state, &name, &body).await?;
    let job = train::start(&state, &dataset, recipe, Keep::Trial, false)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

/// `POST /d/{dataset}/cluster/suggest`
pub(super) async fn suggest(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let (dataset, recipe) = posted(&state, &name, &body).await?;
    let back = href(&format!("/d/{name}/cluster"), &fields(&recipe)) + "#suggestion";
    if state.snapshot().suggestions.contains(&suggestion_key(&dataset, &recipe)) {
        return Ok(Redirect::to(&back));
    }
    let job = train::start_suggestion(&state, &dataset, recipe, back)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

/// `POST /d/{dataset}/cluster/save`
pub(super) async fn save(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let query = Query::parse(&String::from_utf8_lossy(&body))?;
    let (model, wanted) = (query.get("model").unwrap_or(""), query.get("name").unwrap_or("").to_owned());
    store::check_name(&wanted)?;
    let entry = state
        .snapshot()
        .model(&name, model)
        .ok_or_else(|| AppError::NotFound(format!("There is no model named \"{model}\"; train it again.")))?;
    let shared = Arc::clone(&state);
    let renamed = wanted.clone();
    state
        .compute(move || {
            let mut model = entry.model.clone();
            model.name = renamed;
            // A model that could not be saved is shown with the reason.
            let kept = shared.keep(entry.stored(model, Storage::Trial));
            kept.map_err(|gone| AppError::NotFound(gone.to_string()))
        })
        .await??;
    Ok(Redirect::to(&(href(&format!("/d/{name}/cluster"), &[("model".to_owned(), wanted)]) + "#result")))
}

fn build(context: &PageContext, question: &ClusterQuestion) -> Result<ClusterPage, AppError> {
    let dataset = &context.dataset;
    check_customers(dataset)?;
    let recipe = current(context, &question.recipe)?;
    let suggestion = context.snapshot.suggestions.get(&suggestion_key(dataset, &recipe));
    Ok(ClusterPage {
        shell: Shell::of(context, Tab::Cluster),
        dataset: dataset.name.clone(),
        form: TrainForm::of(dataset, &recipe)?,
        suggestion: suggestion.map(|suggestion| SuggestionView::of(suggestion, &recipe)),
        result: context.entry.as_deref().map(|entry| ResultView::of(context, entry, &question.axes)).transpose()?,
        scores: Score::COMPARED.map(Score::title),
        tried: tried(context),
    })
}

fn tried(context: &PageContext) -> Vec<TriedRow> {
    context
        .snapshot
        .models_of(&context.dataset.name)
        .iter()
        .map(|entry| {
            let model = &entry.model;
            let undecided = entry.labels().iter().filter(|label| **label == NOISE).count();
            let Recipe { algorithm, features, transform, scale, .. } = &model.recipe;
            let mut cells = vec![
                format!("{}, {}", algorithm.title(), model.parameters()),
                format!("{} ({}, {})", features.join(", "), transform.as_str(), scale.as_str()),
                model.n_clusters().to_string(),
                figures::percent(undecided as f64 / entry.labels().len().max(1) as f64),
            ];
            cells.extend(Score::COMPARED.map(|score| score.text(model.scores.score(score))));
            cells.push(format!("{:.1}", model.seconds));
            cells.push(match entry.storage {
                Storage::Saved => "saved".to_owned(),
                Storage::Trial => "in memory".to_owned(),
                Storage::Failed(_) => "not saved".to_owned(),
            });
            TriedRow {
                name: model.name.clone(),
                href: href(&context.path(Tab::Cluster), &[("model".to_owned(), model.name.clone())]),
                cells,
            }
        })
        .collect()
}
