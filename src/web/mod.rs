//! The dashboard: pages, API and downloads over one state.
//!
//! Only here do axum, askama and plotly appear.

mod address;
pub mod api;
mod assets;
mod attachment;
mod charts;
mod context;
mod downloads;
mod error;
mod listen;
pub mod logging;
mod pages;
mod question;
pub mod report;
mod security;
mod sse;
pub mod state;
mod tab;
mod uploads;
mod work;
mod written;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;

pub use state::AppState;
pub use work::train::missing_defaults as train_missing_defaults;

use crate::config::ServeConfig;

/// How long open requests may take to end at shutdown.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);

/// The whole application over a state; used by the server and by every test.
pub fn build_app(state: Arc<AppState>) -> Router {
    let timed = Router::new()
        .merge(pages::router())
        .merge(api::router())
        .merge(downloads::router())
        .merge(report::router())
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, state.config.timeout()));
    Router::new()
        .merge(timed)
        .merge(
            pages::uploads()
                .merge(api::uploads())
                .layer(middleware::from_fn_with_state(Arc::clone(&state), state::transit::admit)),
        )
        .route("/api/v1/jobs/{id}/events", get(sse::job_events))
        .route("/static/{version}/{name}", get(assets::serve))
        .route("/favicon.ico", get(assets::favicon))
        .route("/jobs/{id}/cancel", post(pages::jobs::cancel))
        .merge(api::documentation())
        .fallback(error::not_found)
        .layer(DefaultBodyLimit::max(state.config.body_limit))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), security::guard))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(error::render))
        .layer(middleware::from_fn_with_state(Arc::clone(&state), state::metrics::observe))
        .layer(middleware::from_fn(logging::log))
        .layer(PropagateRequestIdLayer::x_request_id())
        .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
        .with_state(state)
}

/// Loads data and models, listens, and serves until the process is told to stop.
///
/// # Errors
/// When the data folder cannot be read or the address is not free.
pub async fn serve(
    config: &ServeConfig,
    announce: impl FnOnce(std::net::SocketAddr),
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let listener = TcpListener::bind(config.bind).await.map_err(|error| {
        format!("cannot listen on {} ({error}); stop what is using it or choose another with --bind", config.bind)
    })?;
    let address = listener.local_addr()?;
    let loading = config.clone();
    let state = tokio::task::spawn_blocking(move || AppState::load(loading)).await??;
    let state = Arc::new(state);
    work::train::missing_defaults(&state);
    announce(address);
    if config.open {
        open_browser(address);
    }
    let app = build_app(Arc::clone(&state));
    let stopping = Arc::clone(&state);
    if !address.ip().is_loopback() {
        tracing::warn!(
            %address,
            "whoever reaches this address can read and change everything: the dashboard has no sign-in of its own"
        );
    }
    let serving = tokio::spawn(listen::serve(listener, app, async move {
        wait_for_stop().await;
        tracing::info!("stopping");
        stopping.stop();
    }));
    state.stopped().await;
    if let Ok(outcome) = tokio::time::timeout(SHUTDOWN_GRACE, serving).await {
        outcome?;
    } else {
        tracing::warn!("some requests did not end in time");
    }
    Ok(())
}

async fn wait_for_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

fn open_browser(address: std::net::SocketAddr) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    if let Err(error) = std::process::Command::new(program).arg(format!("http://{address}")).spawn() {
        tracing::warn!(%error, "cannot open a browser");
    }
}
