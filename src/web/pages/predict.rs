//! Predict: one new customer by form, many by file.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Multipart, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::parts::Choice;
use super::segments::cell;
use crate::dataset::Column;
use crate::dataset::newcomers::Newcomers;
use crate::figures;
use crate::query::filter::limit_text;
use crate::segment::Model;
use crate::segment::predict::{Prediction, newcomer_placements, parse_features, predict};
use crate::web::address::href;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::downloads::MARK;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Nothing, Question};
use crate::web::state::{AppState, ModelEntry};
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "predict.html")]
struct PredictPage {
    shell: Shell,
    dataset: String,
    model_query: String,
    hidden: Vec<(String, String)>,
    fields: Vec<FeatureField>,
    columns: String,
    answer: Option<AnswerView>,
}

struct FeatureField {
    name: String,
    label: String,
    value: String,
    range: String,
    /// Levels to choose from; empty for a number.
    levels: Vec<Choice>,
}

struct AnswerView {
    segment: String,
    colour: String,
    sure: String,
    description: String,
    warnings: Vec<String>,
    unknown: String,
    distances: Vec<(String, String, Option<String>)>,
    has_probabilities: bool,
    reasons: Vec<ReasonRow>,
    charts: Vec<Chart>,
    alike_header: Vec<String>,
    alike: Vec<Vec<String>>,
    curl: String,
}

struct ReasonRow {
    label: String,
    positive: bool,
    width: String,
    text: String,
}

/// What the page can be asked: the features of a customer, and whether to answer.
pub(super) struct PredictQuestion {
    asked: bool,
    inputs: BTreeMap<String, String>,
}

impl Question for PredictQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { asked: asking.flag("ask"), inputs: asking.beginning_with("f.").into_iter().collect() })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<PredictQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &PredictQuestion) -> Result<PredictPage, AppError> {
    let entry = context.model()?;
    let model = &entry.model;
    let PredictQuestion { asked, inputs } = question;
    let answer = if *asked {
        let features = parse_features(model, &context.dataset, inputs)?;
        Some(answer(context, entry, &predict(model, &context.dataset, &features)?, inputs))
    } else {
        None
    };
    Ok(PredictPage {
        shell: Shell::of(context, Tab::Predict),
        dataset: context.dataset.name.clone(),
        model_query: href("", &context.model_pair()),
        hidden: context.model_pair(),
        fields: fields(context, model, *asked, inputs),
        columns: model.recipe.features.join(", "),
        answer,
    })
}

/// Before the first question every field holds the median; afterwards what was asked.
fn fields(context: &PageContext, model: &Model, asked: bool, inputs: &BTreeMap<String, String>) -> Vec<FeatureField> {
    model
        .recipe
        .features
        .iter()
        .zip(&model.encoder.medians)
        .filter_map(|(name, median)| {
            let column = context.dataset.customers.column(name)?;
            let Some(median) = median else {
                let asked = inputs.get(name).map_or("", |text| text.trim());
                let choice =
                    |level: &String| Choice { value: level.clone(), label: level.clone(), chosen: level == asked };
                let levels = model.encoder.levels.get(name).into_iter().flatten().map(choice).collect();
                let (name, label) = (name.clone(), column.label.clone());
                return Some(FeatureField { name, label, value: asked.to_owned(), range: String::new(), levels });
            };
            let value = match inputs.get(name) {
                Some(text) => text.clone(),
                None if asked => String::new(),
                None => limit_text((median * 1000.0).round() / 1000.0, column.role),
            };
            let range = column.summary().map_or_else(String::new, |s| {
                format!(
                    "seen from {} to {}",
                    figures::sum_of_column(s.min, column),
                    figures::sum_of_column(s.max, column)
                )
            });
            Some(FeatureField { name: name.clone(), label: column.axis_title(), value, range, levels: Vec::new() })
        })
        .collect()
}

fn answer(
    context: &PageContext,
    entry: &ModelEntry,
    prediction: &Prediction,
    inputs: &BTreeMap<String, String>,
) -> AnswerView {
    let model = &entry.model;
    let style = context.style();
    let customers = &context.dataset.customers;
    let columns: Vec<&Column> = model.recipe.features.iter().filter_map(|name| customers.column(name)).collect();
    let charts = entry
        .geometry(&context.dataset)
        .map(|geometry| {
            let star = geometry.place(&prediction.scaled);
            charts::segments::principal_components(geometry, entry.labels(), |_| true, Some(star), &style)
        })
        .into_iter()
        .collect();
    let mut alike_header = vec![customers.id_name.clone(), "Segment".to_owned()];
    alike_header.extend(columns.iter().map(|column| column.label.clone()));
    AnswerView {
        segment: prediction.segment.clone(),
        colour: style.colour(prediction.cluster),
        sure: sure(prediction),
        description: model.segment(prediction.cluster).map_or_else(String::new, |s| s.description.clone()),
        warnings: prediction.warnings.clone(),
        unknown: prediction.unknown.join(", "),
        distances: prediction
            .distances
            .iter()
            .map(|d| (d.segment.clone(), figures::number(d.distance), d.probability.map(figures::percent)))
            .collect(),
        has_probabilities: prediction.distances.iter().any(|d| d.probability.is_some()),
        reasons: prediction
            .reasons
            .iter()
            .map(|reason| ReasonRow {
                label: reason.label.clone(),
                positive: reason.share >= 0.0,
                width: format!("{:.0}", reason.share.abs() * 100.0),
                text: figures::signed_percent(reason.share),
            })
            .collect(),
        charts,
        alike_header,
        alike: prediction
            .alike_rows
            .iter()
            .map(|row| {
                let row = *row as usize;
                let segment = context.segment_name(entry.labels().get(row).copied().unwrap_or(-1));
                let mut cells = vec![customers.ids.get(row).to_owned(), segment];
                cells.extend(columns.iter().map(|column| cell(column, row)));
                cells
            })
            .collect(),
        curl: curl(context, model, inputs),
    }
}

fn sure(prediction: &Prediction) -> String {
    let words = match prediction.confidence {
        _ if prediction.cluster < 0 => "No segment is close enough.",
        sure if sure >= 0.5 => "A clear case",
        sure if sure >= 0.2 => "A likely case",
        _ => "A borderline case",
    };
    if prediction.cluster < 0 {
        words.to_owned()
    } else {
        format!("{words}: {} sure.", figures::percent(prediction.confidence))
    }
}

fn curl(context: &PageContext, model: &Model, inputs: &BTreeMap<String, String>) -> String {
    let known: serde_json::Map<String, serde_json::Value> = inputs
        .iter()
        .filter(|(_, text)| !text.trim().is_empty())
        .map(|(name, text)| {
            let number = text.trim().parse::<f64>().ok().filter(|_| !model.encoder.levels.contains_key(name));
            (name.clone(), number.map_or_else(|| serde_json::json!(text.trim()), |number| serde_json::json!(number)))
        })
        .collect();
    let body = serde_json::json!({ "customers": [known] }).to_string();
    let address =
        format!("http://{}/api/v1/datasets/{}/models/{}/predict", context.host, context.dataset.name, model.name);
    format!("curl -X POST {} \\\n  -H 'content-type: application/json' \\\n  -d {}", quoted(&address), quoted(&body))
}

/// A text as one word of a shell, whatever is in it.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// `POST /d/{dataset}/predict/file`
pub(super) async fn file(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    mut form: Multipart,
) -> Result<Response, AppError> {
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            AppError::BadRequest(
                "The file is larger than the server accepts; use segmenta label, or send it in parts.".to_owned(),
            )
        } else {
            AppError::BadRequest("The upload was cut off or is malformed; try again.".to_owned())
        }
    };
    let mut upload = None;
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        if field.name() == Some("file") {
            let name = field.file_name().unwrap_or("").to_owned();
            upload = Some((name, field.bytes().await.map_err(unreadable)?));
        }
    }
    let Some((name, bytes)) = upload.filter(|(name, bytes)| !name.is_empty() || !bytes.is_empty()) else {
        return Err(AppError::BadRequest("Choose a file first.".to_owned()));
    };
    let text = state.compute(move || score(&context, &name, &bytes)).await??;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"scored.csv\""),
    ];
    Ok((headers, text).into_response())
}

/// Scores an uploaded file; it is written to a temporary folder that goes with the request.
fn score(context: &PageContext, name: &str, bytes: &[u8]) -> Result<Vec<u8>, AppError> {
    let model = &context.model()?.model;
    let ending = std::path::Path::new(name).extension().and_then(|e| e.to_str()).unwrap_or("csv").to_lowercase();
    if !matches!(ending.as_str(), "csv" | "tsv" | "txt" | "tab" | "parquet" | "pq") {
        return Err(AppError::BadRequest(format!("A .{ending} file cannot be scored; upload csv, tsv or Parquet.")));
    }
    let folder = tempfile::tempdir().map_err(AppError::internal)?;
    let file = folder.path().join(format!("upload.{ending}"));
    std::fs::File::create(&file).and_then(|mut f| f.write_all(bytes)).map_err(AppError::internal)?;
    let people = Newcomers::read(&context.dataset, &file, &model.encoder.wanted(&model.recipe))
        .map_err(|error| AppError::BadRequest(error.to_string().replace(&file.display().to_string(), name)))?;
    let placements = newcomer_placements(model, &people.features)?;
    let extra = [
        ("cluster", placements.iter().map(|p| p.cluster.to_string()).collect()),
        ("segment", placements.iter().map(|p| p.segment.clone()).collect()),
        ("confidence", placements.iter().map(|p| format!("{:.3}", p.confidence)).collect()),
        ("unknown_features", placements.iter().map(|p| p.unknown.to_string()).collect()),
    ];
    let mut out = MARK.as_bytes().to_vec();
    people.write_csv(&mut out, &extra).map_err(AppError::internal)?;
    Ok(out)
}
