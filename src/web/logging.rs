//! The log: one structured line a request, and what went wrong.

use std::io::IsTerminal;
use std::time::Instant;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;
use tracing_subscriber::EnvFilter;

use crate::config::LogFormat;

/// Starts the log on standard error; `RUST_LOG` chooses what is said (default `info`).
pub fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr);
    let outcome = match format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "the log was started before");
    }
}

/// Logs a request once it is answered.
pub(super) async fn log(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("").to_owned();
    let span = tracing::info_span!("request", id);
    let response = next.run(request).instrument(span).await;
    let milliseconds = started.elapsed().as_micros() as f64 / 1000.0;
    let status = response.status().as_u16();
    if status >= 500 {
        tracing::error!(%method, path, status, milliseconds, id, "request");
    } else {
        tracing::info!(%method, path, status, milliseconds, id, "request");
    }
    response
}
