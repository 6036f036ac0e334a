//! Counters for Prometheus.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::web::error::AppError;
use crate::web::state::AppState;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DatasetLabels {
    dataset: String,
}

/// What is counted.
#[derive(Debug)]
pub(in crate::web) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Family<RouteLabels, Histogram>,
    customers: Family<DatasetLabels, Gauge>,
    models: Gauge,
    jobs: Gauge<i64>,
    uptime: Gauge<f64, AtomicU64>,
    started: Instant,
}

impl Metrics {
    pub(in crate::web) fn new() -> Self {
        let mut registry = Registry::with_prefix("segmenta");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let seconds: Family<RouteLabels, Histogram> = Family::new_with_constructor(duration_histogram);
        registry.register_with_unit("http_request_duration", "Time to answer", Unit::Seconds, seconds.clone());
        let customers = Family::default();
        registry.register("customers", "Customers of a data set", customers.clone());
        let models = Gauge::default();
        registry.register("models", "Models in use", models.clone());
        let jobs = Gauge::default();
        registry.register("jobs_open", "Jobs waiting or running", jobs.clone());
        let uptime = Gauge::default();
        registry.register_with_unit("uptime", "Time since the start", Unit::Seconds, uptime.clone());
        Self { registry, requests, seconds, customers, models, jobs, uptime, started: Instant::now() }
    }
}

/// Half a millisecond to four seconds.
fn duration_histogram() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 14))
}

/// Counts a request. Paths are counted by their pattern, so their number is bounded.
pub(in crate::web) async fn observe(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().map_or("(none)".to_owned(), |p| p.as_str().to_owned());
    let method = method_label(request.method());
    let response = next.run(request).await;
    let status = response.status().as_u16();
    state.metrics.seconds.get_or_create(&RouteLabels { route: route.clone() }).observe(started.elapsed().as_secs_f64());
    state.metrics.requests.get_or_create(&RequestLabels { method, route, status }).inc();
    response
}

/// Methods are counted by name, invented ones together, so that their number is bounded too.
fn method_label(method: &Method) -> String {
    let known = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
        Method::OPTIONS,
        Method::CONNECT,
        Method::TRACE,
    ];
    if known.contains(method) { method.to_string() } else { "other".to_owned() }
}

/// `GET /metrics`
pub(in crate::web) async fn show(State(state): State<Arc<AppState>>) -> Result<Response, AppError> {
    let snapshot = state.snapshot();
    let metrics = &state.metrics;
    metrics.customers.clear();
    for (name, dataset) in &snapshot.datasets {
        let labels = DatasetLabels { dataset: name.clone() };
        metrics.customers.get_or_create(&labels).set(dataset.customers.len() as i64);
    }
    metrics.models.set(snapshot.models.len() as i64);
    metrics.jobs.set(state.jobs.all().iter().filter(|job| !job.status().phase.is_over()).count() as i64);
    metrics.uptime.set(metrics.started.elapsed().as_secs_f64());
    let mut text = String::new();
    encode(&mut text, &metrics.registry).map_err(AppError::internal)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text).into_response())
}
