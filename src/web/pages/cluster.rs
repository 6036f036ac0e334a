//! Cluster: choose, suggest, train, judge, save.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, Redirect};

use super::context::{PageContext, Query, Tab, href};
use super::parts::{Card, Choice, Picker, PickerForm};
use crate::cluster::NOISE;
use crate::cluster::scale::Scale;
use crate::cluster::transform::Transform;
use crate::dataset::{Column, Dataset};
use crate::figures;
use crate::segment::explore::{Suggestion, silhouette_words, silhouettes_by_cluster, suggestion_key};
use crate::segment::{Algorithm, Recipe, RecipeRequest, SegmentError, store};
use crate::web::charts::{self, Chart};
use crate::web::error::{AppError, page};
use crate::web::shell::Shell;
use crate::web::state::{AppState, ModelEntry, Storage};
use crate::web::train::{self, Keep};

#[derive(Template)]
#[template(path = "cluster.html")]
struct ClusterPage {
    shell: Shell,
    dataset: String,
    features: Vec<Choice>,
    pickers: Vec<Picker>,
    k: String,
    n_init: usize,
    eps: String,
    min_samples: usize,
    seed: u64,
    explanations: Vec<(&'static str, &'static str)>,
    suggestion: Vec<Chart>,
    result: Option<ResultView>,
    tried: Vec<TriedRow>,
}

struct ResultView {
    name: String,
    title: String,
    words: String,
    storage: String,
    save_as: String,
    cards: Vec<Card>,
    rows: Vec<SegmentRow>,
    charts: Vec<Chart>,
    space: Option<Chart>,
    space_form: PickerForm,
}

struct SegmentRow {
    name: String,
    colour: String,
    cells: Vec<String>,
}

struct TriedRow {
    name: String,
    href: String,
    cells: Vec<String>,
}

const EXPLANATIONS: [(&str, &str); 4] = [
    ("transform", "Transforms tame long tails: log1p for amounts, Box-Cox for positive values, Yeo-Johnson for any."),
    (
        "scale",
        "Scaling makes features comparable: standard (mean 0, deviation 1), min-max (0 to 1), robust (median and quartiles).",
    ),
    (
        "kmeans",
        "K-Means puts every customer in the nearest of k segments of similar spread; each run starts several times and keeps the best.",
    ),
    (
        "dbscan",
        "DBSCAN finds crowds: a customer with min_samples neighbours within eps belongs to one; customers in no crowd stay undecided.",
    ),
];

/// Keys of the address that hold the form's choices.
const FORM_KEYS: [&str; 13] = [
    "features",
    "select",
    "transform",
    "scale",
    "algorithm",
    "k",
    "n_init",
    "linkage",
    "covariance",
    "eps",
    "min_samples",
    "min_cluster_size",
    "seed",
];

pub(super) async fn show(State(state): State<Arc<AppState>>, context: PageContext) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context).and_then(|built| page(&built))).await?
}

/// Reads the form (or the same keys in an address); empty fields are left to the manifest.
fn request(query: &Query) -> Result<RecipeRequest, SegmentError> {
    fn number<T: std::str::FromStr>(query: &Query, key: &'static str, what: &str) -> Result<Option<T>, SegmentError> {
        query
            .get(key)
            .map(|text| {
                text.parse().map_err(|_| SegmentError::Recipe { key, message: format!("\"{text}\" is no {what}") })
            })
            .transpose()
    }
    let features: Vec<String> = query.all("features").map(str::to_owned).collect();
    let text = |key: &str| query.get(key).map(str::to_owned);
    // Weights stand in one field a feature, named after it.
    let weights = query.0.iter().filter_map(|(key, text)| Some((key.strip_prefix("weight.")?, text.trim())));
    let weights: BTreeMap<String, f64> = weights
        .filter(|(name, text)| !text.is_empty() && features.iter().any(|feature| feature == name))
        .map(|(name, text)| {
            let weight = text.parse().map_err(|_| SegmentError::Recipe {
                key: "weights",
                message: format!("\"{text}\" is no weight for \"{name}\"; give a number above 0"),
            });
            Ok((name.to_owned(), weight?))
        })
        .collect::<Result<_, SegmentError>>()?;
    Ok(RecipeRequest {
        weights: (!weights.is_empty()).then_some(weights),
        features: (!features.is_empty()).then_some(features),
        select: number(query, "select", "whole number")?,
        linkage: text("linkage"),
        covariance: text("covariance"),
        min_cluster_size: number(query, "min_cluster_size", "whole number")?,
        transform: text("transform"),
        scale: text("scale"),
        algorithm: text("algorithm"),
        k: text("k"),
        n_init: number(query, "n_init", "whole number")?,
        eps: number(query, "eps", "number")?,
        min_samples: number(query, "min_samples", "whole number")?,
        seed: number(query, "seed", "whole number of at least 0")?,
    })
}

fn form(state: &AppState, name: &str, form: &[u8]) -> Result<(Arc<Dataset>, Query, Recipe), AppError> {
    let snapshot = state.snapshot();
    let dataset = snapshot
        .datasets
        .get(name)
        .cloned()
        .ok_or_else(|| AppError::NotFound(format!("There is no data set named \"{name}\".")))?;
    let query = Query::parse(&String::from_utf8_lossy(form))?;
    if query.get("algorithm").is_some() && query.all("features").next().is_none() {
        return Err(SegmentError::Recipe { key: "features", message: "choose at least one".to_owned() }.into());
    }
    let recipe = request(&query)?.resolve(&dataset)?;
    Ok((dataset, query, recipe))
}

/// `POST /d/{dataset}/cluster/train`
pub(super) async fn train(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let (dataset, _, recipe) = form(&state, &name, &body)?;
    let job = train::start(&state, &dataset, recipe, Keep::Trial, false)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

/// `POST /d/{dataset}/cluster/suggest`
pub(super) async fn suggest(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let (dataset, query, recipe) = form(&state, &name, &body)?;
    let pairs: Vec<(String, String)> =
        query.0.into_iter().filter(|(key, value)| FORM_KEYS.contains(&key.as_str()) && !value.is_empty()).collect();
    let back = href(&format!("/d/{name}/cluster"), &pairs) + "#suggestion";
    if state.snapshot().suggestions.contains_key(&suggestion_key(&dataset, &recipe)) {
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
            shared.keep(entry.stored(model, Storage::Trial));
        })
        .await?;
    Ok(Redirect::to(&(href(&format!("/d/{name}/cluster"), &[("model".to_owned(), wanted)]) + "#result")))
}

fn build(context: &PageContext) -> Result<ClusterPage, AppError> {
    let dataset = &context.dataset;
    let chosen = request(&context.query)?;
    let recipe = match (&context.entry, chosen == RecipeRequest::default()) {
        (Some(entry), true) => entry.model.recipe.clone(),
        _ => chosen.resolve(dataset)?,
    };
    let defaults = RecipeRequest::default().resolve(dataset)?;
    let (k, n_init) = match (&recipe.algorithm, &defaults.algorithm) {
        (Algorithm::Kmeans { n_clusters, n_init }, _) | (_, Algorithm::Kmeans { n_clusters, n_init }) => {
            (n_clusters.map_or("auto".to_owned(), |k| k.to_string()), *n_init)
        }
        _ => ("4".to_owned(), 10),
    };
    let (eps, min_samples) = match (&recipe.algorithm, &defaults.algorithm) {
        (Algorithm::Dbscan { eps, min_samples }, _) | (_, Algorithm::Dbscan { eps, min_samples }) => {
            (eps.to_string(), *min_samples)
        }
        _ => ("0.5".to_owned(), 5),
    };
    let suggestion = context.snapshot.suggestions.get(&suggestion_key(dataset, &recipe));
    Ok(ClusterPage {
        shell: Shell::of(context, Tab::Cluster),
        dataset: dataset.name.clone(),
        features: dataset
            .customers
            .measures()
            .map(|column| Choice {
                value: column.name.clone(),
                label: column.label.clone(),
                chosen: recipe.features.contains(&column.name),
            })
            .collect(),
        pickers: recipe_pickers(&recipe),
        k,
        n_init,
        eps,
        min_samples,
        seed: recipe.seed,
        explanations: EXPLANATIONS.to_vec(),
        suggestion: suggestion.map(|suggestion| suggestion_chart(suggestion)).into_iter().collect(),
        result: context.entry.as_deref().map(|entry| result(context, entry)).transpose()?,
        tried: tried(context),
    })
}

fn recipe_pickers(recipe: &Recipe) -> Vec<Picker> {
    let transforms = [("none", "None"), ("log1p", "log1p"), ("box-cox", "Box-Cox"), ("yeo-johnson", "Yeo-Johnson")];
    let scales = [("standard", "Standard"), ("minmax", "Min-max"), ("robust", "Robust"), ("none", "None")];
    debug_assert!(transforms.iter().all(|(name, _)| name.parse::<Transform>().is_ok()));
    debug_assert!(scales.iter().all(|(name, _)| name.parse::<Scale>().is_ok()));
    vec![
        Picker::new("transform", "Transform", transforms, recipe.transform.as_str()),
        Picker::new("scale", "Scaling", scales, recipe.scale.as_str()),
        Picker::new("algorithm", "Algorithm", [("kmeans", "K-Means"), ("dbscan", "DBSCAN")], recipe.algorithm.name()),
    ]
}

fn suggestion_chart(suggestion: &Suggestion) -> Chart {
    match suggestion {
        Suggestion::NClusters { scores, consensus } => charts::selection::sweep(scores, consensus.as_ref()),
        Suggestion::Eps { curve, eps, min_samples, rows } => {
            charts::selection::k_distance(curve, *eps, *min_samples, *rows)
        }
    }
}

fn result(context: &PageContext, entry: &ModelEntry) -> Result<ResultView, AppError> {
    let model = &entry.model;
    let scores = &model.scores;
    let text = |score: Option<f64>| score.map_or("–".to_owned(), figures::number);
    let mut cards = vec![
        Card::new("Silhouette", text(scores.silhouette), "−1 to 1, higher is better"),
        Card::new("Davies-Bouldin", text(scores.davies_bouldin), "from 0, lower is better"),
        Card::new("Calinski-Harabasz", text(scores.calinski_harabasz), "from 0, higher is better"),
    ];
    if let Some(inertia) = scores.inertia {
        cards.push(Card::new("Inertia", figures::number(inertia), "sum of squared distances"));
    }
    let (space_form, space) = space(context, entry)?;
    Ok(ResultView {
        name: model.name.clone(),
        title: format!("{}, {}", model.recipe.algorithm.title(), model.parameters()),
        words: words(entry),
        storage: match &entry.storage {
            Storage::Saved => String::new(),
            Storage::Trial => "This model is kept in memory only; save it to keep it.".to_owned(),
            Storage::Failed(reason) => format!("This model could not be saved and is kept in memory only: {reason}."),
        },
        save_as: if model.name.starts_with("trial-") { String::new() } else { model.name.clone() },
        cards,
        rows: segment_rows(context, entry),
        charts: result_charts(context, entry),
        space,
        space_form,
    })
}

fn words(entry: &ModelEntry) -> String {
    let scores = &entry.model.scores;
    let mut text = match scores.silhouette {
        None => "A score needs at least two segments.".to_owned(),
        Some(score) => {
            let mut text = format!(
                "The silhouette of {} means {} structure (over 0.70 strong, 0.50 reasonable, 0.25 weak).",
                figures::number((score * 1000.0).round() / 1000.0),
                silhouette_words(score)
            );
            if scores.silhouette_samples < entry.model.labels.len() - scores.undecided {
                text.push_str(&format!(" Measured on {} customers.", figures::count(scores.silhouette_samples)));
            }
            text
        }
    };
    if scores.undecided > 0 {
        text.push_str(&format!(" {} customers are undecided.", figures::count(scores.undecided)));
    }
    if scores.imputed > 0 {
        text.push_str(&format!(
            " {} customers with an unknown feature were placed by its median.",
            figures::count(scores.imputed)
        ));
    }
    text
}

fn segment_rows(context: &PageContext, entry: &ModelEntry) -> Vec<SegmentRow> {
    let style = context.style();
    entry
        .model
        .segments
        .iter()
        .map(|segment| {
            let silhouette = usize::try_from(segment.cluster)
                .ok()
                .and_then(|cluster| entry.model.scores.silhouette_per_cluster.get(cluster).copied());
            SegmentRow {
                name: segment.name.clone(),
                colour: style.colour(segment.cluster),
                cells: vec![
                    figures::count(segment.size),
                    figures::percent(segment.size as f64 / entry.model.labels.len().max(1) as f64),
                    silhouette.map_or("–".to_owned(), |score| format!("{score:.3}")),
                ],
            }
        })
        .collect()
}

fn result_charts(context: &PageContext, entry: &ModelEntry) -> Vec<Chart> {
    let Some(geometry) = entry.geometry(&context.dataset) else { return Vec::new() };
    let style = context.style();
    let labels: Vec<String> = entry
        .model
        .recipe
        .features
        .iter()
        .map(|name| context.dataset.customers.column(name).map_or(name.clone(), |column| column.label.clone()))
        .collect();
    let mut charts = Vec::new();
    let silhouettes = silhouettes_by_cluster(geometry, &entry.labels);
    if !silhouettes.is_empty() {
        charts.push(charts::segments::silhouettes(&silhouettes, &style));
    }
    charts.push(charts::segments::principal_components(geometry, &entry.labels, |_| true, None, &style));
    charts.push(charts::segments::loadings(geometry, &labels));
    charts
}

fn space(context: &PageContext, entry: &ModelEntry) -> Result<(PickerForm, Option<Chart>), AppError> {
    let customers = &context.dataset.customers;
    let features: Vec<&Column> = entry.model.recipe.features.iter().filter_map(|name| customers.column(name)).collect();
    let fallback: Vec<&Column> = features.iter().copied().chain(customers.numeric()).collect();
    let axis = |key: &str, position: usize| {
        context.column(key, "to draw", Column::is_measure, fallback.get(position).copied())
    };
    let axes = [axis("ax", 0)?, axis("ay", 1)?, axis("az", 2)?];
    let pickers = ["ax", "ay", "az"]
        .iter()
        .zip(["First axis", "Second axis", "Third axis"])
        .zip(axes)
        .map(|((key, label), chosen)| Picker::of_columns(key, label, customers.measures(), chosen, None))
        .collect();
    let chart = match (axes, entry.geometry(&context.dataset)) {
        ([Some(x), Some(y), Some(z)], Some(geometry)) => {
            Some(charts::segments::space(geometry, &entry.labels, [x, y, z], &context.style()))
        }
        _ => None,
    };
    Ok((PickerForm::new(context, pickers), chart))
}

fn tried(context: &PageContext) -> Vec<TriedRow> {
    let score = |score: Option<f64>| score.map_or("–".to_owned(), figures::number);
    context
        .snapshot
        .models_of(&context.dataset.name)
        .iter()
        .map(|entry| {
            let model = &entry.model;
            let undecided = entry.labels.iter().filter(|label| **label == NOISE).count();
            TriedRow {
                name: model.name.clone(),
                href: href(&context.path(Tab::Cluster), &[("model".to_owned(), model.name.clone())]),
                cells: vec![
                    format!("{}, {}", model.recipe.algorithm.title(), model.parameters()),
                    format!(
                        "{} ({}, {})",
                        model.recipe.features.join(", "),
                        model.recipe.transform.as_str(),
                        model.recipe.scale.as_str()
                    ),
                    model.n_clusters().to_string(),
                    figures::percent(undecided as f64 / entry.labels.len().max(1) as f64),
                    score(model.scores.silhouette),
                    score(model.scores.davies_bouldin),
                    score(model.scores.calinski_harabasz),
                    format!("{:.1}", model.seconds),
                    match entry.storage {
                        Storage::Saved => "saved".to_owned(),
                        Storage::Trial => "in memory".to_owned(),
                        Storage::Failed(_) => "not saved".to_owned(),
                    },
                ],
            }
        })
        .collect()
}
