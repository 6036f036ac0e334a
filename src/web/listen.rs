//! Connections: taken as long as there is room for them, and given up when their head does not come.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Time in which the head of a request must come, also the first one of a connection.
const HEAD: Duration = Duration::from_secs(10);

/// Open files that are left for data, models and static connections of our own.
const FILES_KEPT: u64 = 200;

/// Connections where the system names no limit.
const USUAL_CONNECTIONS: u64 = 800;

/// Most connections, whatever the system allows.
const MOST_CONNECTIONS: u64 = 10_000;

/// Serves until told to stop; then waits for open requests.
pub(super) async fn serve(listener: TcpListener, app: Router, stop: impl Future<Output = ()>) {
    let room = Arc::new(Semaphore::new(most_connections() as usize));
    let open = GracefulShutdown::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&room).acquire_owned() => permit,
            () = &mut stop => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut stop => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                // Such as no file left for it: others may end meanwhile.
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        let service =
            hyper::service::service_fn(move |request: Request<Incoming>| answer(app.clone(), request, address));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(stream), service);
        let connection = open.watch(connection);
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    drop(listener);
    open.shutdown().await;
}

async fn answer(
    app: Router,
    request: Request<Incoming>,
    address: SocketAddr,
) -> Result<axum::response::Response, Infallible> {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(address));
    app.oneshot(request).await
}

/// Connections for which there are files, some kept back.
fn most_connections() -> u64 {
    let allowed = std::fs::read_to_string("/proc/self/limits").ok().and_then(|limits| soft_limit_of_files(&limits));
    allowed.unwrap_or(USUAL_CONNECTIONS + FILES_KEPT).saturating_sub(FILES_KEPT).clamp(16, MOST_CONNECTIONS)
}

fn soft_limit_of_files(limits: &str) -> Option<u64> {
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_files_is_read() {
        let limits = "Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 524288               files\n";
        assert_eq!(soft_limit_of_files(limits), Some(1024));
        assert_eq!(
            soft_limit_of_files("Max open files            unlimited            unlimited            files"),
            None
        );
        assert_eq!(soft_limit_of_files(""), None);
    }
}
