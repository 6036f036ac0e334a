//! Customers and forecasts as files.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::stream;
use tokio::io::AsyncReadExt;

use super::error::AppError;
use super::forecasts;
use super::pages::context::PageContext;
use super::pages::forecast::ForecastQuestion;
use super::state::AppState;
use crate::dataset::export::{self, ExtraColumn};
use crate::query::rfm;
use crate::segment::forecasts::{SavedForecast, write_csv};
use crate::segment::predict::placements;

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/d/{dataset}/download/raw", get(raw))
        .route("/d/{dataset}/download/forecast.csv", get(forecast_csv))
        .route("/d/{dataset}/download/forecast.json", get(forecast_json))
        .route("/d/{dataset}/download/{file}", get(customers))
}

/// Bytes of a raw file that are read at once.
const PIECE: usize = 256 * 1024;

async fn raw(context: PageContext) -> Result<Response, AppError> {
    let file = context
        .dataset
        .source_file()
        .ok_or_else(|| AppError::NotFound("The data is in a database; there is no raw file to download.".to_owned()))?;
    let name = file.file_name().map_or_else(|| "raw".to_owned(), |name| name.to_string_lossy().into_owned());
    let gone = |error: std::io::Error| {
        AppError::NotFound(format!("The raw file cannot be read any more ({error}); look whether it is still there."))
    };
    let opened = tokio::fs::File::open(&file).await.map_err(gone)?;
    let size = opened.metadata().await.map_err(gone)?.len();
    // Piece by piece: a raw file may be larger than the memory.
    let pieces = stream::try_unfold(opened, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, std::io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut response = attachment(Body::from_stream(pieces), &name, "application/octet-stream");
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}

/// Writes a file of the chosen customers.
type Writer = fn(&PageContext) -> Result<Vec<u8>, AppError>;

/// `customers.csv`, `customers.parquet` (the chosen customers), `labelled.csv`, `labelled.parquet`
/// (with cluster, segment and confidence), `rfm.csv` (with scores and the segment they make), `lifetime.csv` (with what is
/// expected of them in the next 12 months).
async fn customers(
    State(state): State<Arc<AppState>>,
    Path((_, file)): Path<(String, String)>,
    context: PageContext,
) -> Result<Response, AppError> {
    let made_from_facts: Option<Writer> = match file.as_str() {
        "rfm.csv" => Some(scores),
        "lifetime.csv" => Some(expectations),
        _ => None,
    };
    if let Some(make) = made_from_facts {
        let name = format!("{}-{file}", context.dataset.name);
        let bytes = state.compute(move || make(&context)).await??;
        return Ok(attachment(bytes, &name, "text/csv; charset=utf-8"));
    }
    let (labelled, parquet) = match file.as_str() {
        "customers.csv" => (false, false),
        "customers.parquet" => (false, true),
        "labelled.csv" => (true, false),
        "labelled.parquet" => (true, true),
        _ => return Err(AppError::NotFound("There is no such download.".to_owned())),
    };
    let name = format!("{}-{file}", context.dataset.name);
    let bytes = state.compute(move || write(&context, labelled, parquet)).await??;
    let kind = if parquet { "application/vnd.apache.parquet" } else { "text/csv; charset=utf-8" };
    Ok(attachment(bytes, &name, kind))
}

fn write(context: &PageContext, labelled: bool, parquet: bool) -> Result<Vec<u8>, AppError> {
    let customers = &context.dataset.customers;
    let rows = context.view().rows;
    let extra: Vec<ExtraColumn> = if labelled {
        placements(&context.model()?.model, &context.dataset)?.columns(&context.dataset)
    } else {
        Vec::new()
    };
    let mut out = Vec::new();
    if parquet {
        export::write_parquet(&mut out, customers, &rows, &extra).map_err(AppError::internal)?;
    } else {
        export::write_csv(&mut out, customers, &rows, &extra).map_err(AppError::internal)?;
    }
    Ok(out)
}

/// The chosen customers with their RFM scores.
fn scores(context: &PageContext) -> Result<Vec<u8>, AppError> {
    let bands = rfm::bands(context.query.get("recency"))?;
    let found = super::pages::rfm::scored(context, bands.as_deref())?.scores;
    let rows = context.view().rows;
    let extra = rfm::columns_of(&found);
    let mut out = Vec::new();
    export::write_csv(&mut out, &context.dataset.customers, &rows, &extra).map_err(AppError::internal)?;
    Ok(out)
}

/// The chosen customers with what is expected of them.
fn expectations(context: &PageContext) -> Result<Vec<u8>, AppError> {
    context.facts()?;
    let found = context.lifetimes().ok_or_else(|| AppError::internal("the facts are gone"))?;
    if let Some(failure) = &found.failure {
        return Err(AppError::Unprocessable(failure.clone()));
    }
    let column = |name: &str, values: &[f64]| ExtraColumn {
        name: name.to_owned(),
        values: export::ExtraValues::Numbers(values.to_vec()),
    };
    let extra = [
        column("probability_alive", &found.probability_alive),
        column("expected_orders_12_months", &found.expected_orders),
        column("expected_value_12_months", &found.expected_value),
    ];
    let mut out = Vec::new();
    let rows = context.view().rows;
    export::write_csv(&mut out, &context.dataset.customers, &rows, &extra).map_err(AppError::internal)?;
    Ok(out)
}

/// The days ahead of a forecast that was made before.
async fn forecast_csv(context: PageContext) -> Result<Response, AppError> {
    let saved = known_forecast(&context)?;
    let mut out = Vec::new();
    write_csv(&mut out, &saved.outlook).map_err(AppError::internal)?;
    Ok(attachment(out, &forecast_name(saved, "csv"), "text/csv; charset=utf-8"))
}

/// A forecast that was made before, with its question, its back-test and the series.
async fn forecast_json(context: PageContext) -> Result<Response, AppError> {
    let saved = known_forecast(&context)?;
    let out = serde_json::to_vec_pretty(saved).map_err(AppError::internal)?;
    Ok(attachment(out, &forecast_name(saved, "json"), "application/json"))
}

fn known_forecast(context: &PageContext) -> Result<&SavedForecast, AppError> {
    let asked = ForecastQuestion::of(context)?;
    forecasts::known(context, asked).map(AsRef::as_ref).ok_or_else(|| {
        AppError::NotFound("This forecast has not been made; make it on the Forecast page first.".to_owned())
    })
}

fn forecast_name(saved: &SavedForecast, ending: &str) -> String {
    format!("{}-forecast-{}.{ending}", saved.dataset, saved.question.measure.as_str())
}

/// Bytes as a file to save.
pub(super) fn attachment(content: impl Into<Body>, name: &str, kind: &'static str) -> Response {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let disposition = HeaderValue::from_str(&format!("attachment; filename=\"{safe}\""))
        .unwrap_or(HeaderValue::from_static("attachment"));
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, disposition)];
    (headers, content.into()).into_response()
}
