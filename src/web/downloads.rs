//! Customers and forecasts as files.

use crate::web::attachment::attachment;
use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum::routing::get;
use futures_util::stream;
use tokio::io::AsyncReadExt;

use super::error::AppError;
use super::state::AppState;
use crate::dataset::export::{self, ExtraColumn, Pieces};
use crate::library::archive::Archive;
use crate::query::rfm;
use crate::segment::forecasts::{SavedForecast, write_csv};
use crate::web::context::PageContext;
use crate::web::question::{Asked, Nothing, RecencyRule};
use crate::web::work::forecasts::{self, ForecastKeys, ForecastQuestion};

pub(super) fn router() -> Router<Arc<AppState>> {
    Router::new()
        .route("/d/{dataset}/download/raw", get(raw))
        .route("/d/{dataset}/download/forecast.csv", get(forecast_csv))
        .route("/d/{dataset}/download/forecast.json", get(forecast_json))
        .route("/d/{dataset}/download/{file}", get(customers))
}

/// In front of a text for people: without it spreadsheets take UTF-8 for the letters of the machine, and `Zürich` becomes `ZÃ¼rich`.
pub(super) const MARK: &str = "\u{feff}";

/// Bytes of a raw file that are read at once.
const PIECE: usize = 256 * 1024;

/// The file that a data set was made of, or its files in one archive.
async fn raw(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Response, AppError> {
    let files = context.dataset.source_files();
    match files.as_slice() {
        [] => Err(AppError::NotFound("The data is in a database; there is no raw file to download.".to_owned())),
        [file] => raw_file(file).await,
        _ => {
            let name = format!("{}-raw.zip", context.dataset.name);
            let archive = Archive::of(files);
            let pieces = stream::try_unfold((state, archive), |(state, mut archive)| async move {
                let made = state.compute(move || archive.next_piece().map(|piece| (piece, archive))).await;
                let (piece, archive) = made.map_err(io::Error::other)??;
                Ok::<_, io::Error>(piece.map(|piece| (Bytes::from(piece), (state, archive))))
            });
            Ok(attachment(Body::from_stream(pieces), &name, "application/zip"))
        }
    }
}

async fn raw_file(file: &std::path::Path) -> Result<Response, AppError> {
    let name = file.file_name().map_or_else(|| "raw".to_owned(), |name| name.to_string_lossy().into_owned());
    let gone = |error: io::Error| {
        AppError::NotFound(format!("The raw file cannot be read any more ({error}); look whether it is still there."))
    };
    let opened = tokio::fs::File::open(&file).await.map_err(gone)?;
    let size = opened.metadata().await.map_err(gone)?.len();
    // Piece by piece: a raw file may be larger than the memory.
    let pieces = stream::try_unfold(opened, |mut file| async move {
        let mut piece = Vec::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok::<_, io::Error>((read > 0).then(|| (Bytes::from(piece), file)))
    });
    let mut response = attachment(Body::from_stream(pieces), &name, "application/octet-stream");
    response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(size));
    Ok(response)
}

/// `customers.csv`, `customers.parquet` (the chosen customers), `labelled.csv`, `labelled.parquet`
/// (with cluster, segment and confidence), `rfm.csv` (with scores and the segment they make), `lifetime.csv` (with what is
/// expected of them in the next 12 months).
async fn customers(
    State(state): State<Arc<AppState>>,
    Path((_, file)): Path<(String, String)>,
    Asked(context, rule): Asked<RecencyRule>,
) -> Result<Response, AppError> {
    let beside: fn(&PageContext, &RecencyRule) -> Result<Beside, AppError> = match file.as_str() {
        "customers.csv" | "customers.parquet" => |_, _| Ok(Arc::new(Vec::new())),
        "labelled.csv" | "labelled.parquet" => |context, _| Ok(context.model()?.placement_columns(&context.dataset)?),
        "rfm.csv" => scores,
        "lifetime.csv" => expectations,
        _ => return Err(AppError::NotFound("There is no such download.".to_owned())),
    };
    let is_parquet = file.ends_with(".parquet");
    let name = format!("{}-{file}", context.dataset.name);
    let begin = move || {
        let beside = beside(&context, &rule)?;
        Download::begin(context, beside, is_parquet)
    };
    let begun = state.compute(begin).await??;
    // Made as it is taken: a reader who does not read must not cost memory.
    let pieces = stream::try_unfold((state, begun), |(state, mut download)| async move {
        let made = state.compute(move || download.next().map(|piece| (piece, download))).await;
        let (piece, download) = made.map_err(io::Error::other)??;
        Ok::<_, io::Error>(piece.map(|piece| (Bytes::from(piece), (state, download))))
    });
    let kind = if is_parquet { "application/vnd.apache.parquet" } else { "text/csv; charset=utf-8" };
    Ok(attachment(Body::from_stream(pieces), &name, kind))
}

/// Columns beside those of the customers.
type Beside = Arc<Vec<ExtraColumn>>;

/// A file of customers on its way out.
struct Download {
    context: PageContext,
    rows: Vec<u32>,
    beside: Beside,
    pieces: Pieces,
    /// What stands in front of the first piece.
    mark: &'static str,
}

impl Download {
    fn begin(context: PageContext, beside: Beside, is_parquet: bool) -> Result<Self, AppError> {
        let rows = context.view().rows;
        let pieces = if is_parquet {
            Pieces::parquet(&context.dataset.customers, &beside).map_err(AppError::internal)?
        } else {
            Pieces::csv()
        };
        Ok(Self { context, rows, beside, pieces, mark: if is_parquet { "" } else { MARK } })
    }

    fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let piece = self.pieces.next(&self.context.dataset.customers, &self.rows, &self.beside)?;
        let mark = std::mem::take(&mut self.mark);
        Ok(piece.map(|piece| if mark.is_empty() { piece } else { [mark.as_bytes(), &piece].concat() }))
    }
}

/// RFM scores.
fn scores(context: &PageContext, rule: &RecencyRule) -> Result<Beside, AppError> {
    let found = context.scored(rule.0.as_deref())?.scores;
    Ok(Arc::new(rfm::columns_of(&found)))
}

/// What is expected of customers.
fn expectations(context: &PageContext, _: &RecencyRule) -> Result<Beside, AppError> {
    let found = context.expected_values()?;
    if let Some(failure) = &found.failure {
        return Err(AppError::Unprocessable(failure.clone()));
    }
    let column = |name: &str, values: &[f64]| ExtraColumn {
        name: name.to_owned(),
        values: export::ExtraValues::Numbers(values.to_vec()),
    };
    Ok(Arc::new(vec![
        column("probability_alive", &found.probability_alive),
        column("expected_orders_12_months", &found.expected_orders),
        column("expected_value_12_months", &found.expected_value),
    ]))
}

/// The days ahead of a forecast that was made before.
async fn forecast_csv(Asked(context, question): Asked<ForecastKeys>) -> Result<Response, AppError> {
    let saved = known_forecast(&context, &question)?;
    let mut out = MARK.as_bytes().to_vec();
    write_csv(&mut out, &saved.outlook).map_err(AppError::internal)?;
    Ok(attachment(out, &forecast_name(saved, "csv"), "text/csv; charset=utf-8"))
}

/// A forecast that was made before, with its question, its back-test and the series.
async fn forecast_json(Asked(context, question): Asked<ForecastKeys>) -> Result<Response, AppError> {
    let saved = known_forecast(&context, &question)?;
    let out = serde_json::to_vec_pretty(saved).map_err(AppError::internal)?;
    Ok(attachment(out, &forecast_name(saved, "json"), "application/json"))
}

fn known_forecast<'a>(context: &'a PageContext, question: &ForecastKeys) -> Result<&'a SavedForecast, AppError> {
    let asked = ForecastQuestion::of(context, question)?;
    forecasts::known(context, asked).map(AsRef::as_ref).ok_or_else(|| {
        AppError::NotFound("This forecast has not been made; make it on the Forecast page first.".to_owned())
    })
}

fn forecast_name(saved: &SavedForecast, ending: &str) -> String {
    format!("{}-forecast-{}.{ending}", saved.dataset, saved.question.measure.as_str())
}
