//! Headers that keep a page to itself, and guards: against names of other sites that lead here, and against changes asked for by
//! other sites.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::error::AppError;
use super::state::AppState;

/// Scripts and connections from here only; inline styles are plotly's.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Refuses requests under a name that is not this server's and changes from other sites, and adds the headers.
pub(super) async fn guard(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let mut response = match check(&request, state.config.bind, &state.config.allowed_hosts) {
        Ok(()) => next.run(request).await,
        Err(refused) => refused.into_response(),
    };
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

fn check(request: &Request, bound: SocketAddr, allowed: &[String]) -> Result<(), AppError> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let host = named.next();
    if named.next().is_some() {
        return Err(AppError::BadRequest("The request names two hosts; send one Host header.".to_owned()));
    }
    let written = host.map(|host| host.to_str().unwrap_or(""));
    let absolute = request.uri().authority().map(Authority::as_str);
    if let Some(other) = [written, absolute].into_iter().flatten().find(|host| !is_ours(host, bound, allowed)) {
        return Err(AppError::Misdirected(other.chars().take(100).collect()));
    }
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if changes && from_elsewhere(request) { Err(AppError::Forbidden) } else { Ok(()) }
}

/// Whether a host is this server. A site that lets its name lead to this machine could otherwise read everything with the help
/// of a browser here. An address made of numbers cannot be led astray, so any counts where all of the machine's are listened on.
fn is_ours(host: &str, bound: SocketAddr, allowed: &[String]) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if host.contains('@') {
        return false;
    }
    let name = authority.host().trim_end_matches('.');
    let address: Option<IpAddr> = name.trim_matches(['[', ']']).parse().ok();
    let is_own = match address {
        Some(address) => address.is_loopback() || address == bound.ip() || bound.ip().is_unspecified(),
        None => name.eq_ignore_ascii_case("localhost"),
    };
    is_own || allowed.iter().any(|known| known.eq_ignore_ascii_case(name) || known.eq_ignore_ascii_case(host))
}

/// Whether a browser says that another site made the request. Programs say nothing and may pass.
fn from_elsewhere(request: &Request) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, from)| from != host),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_server_s_names_are_answered() {
        let bound: SocketAddr = "192.168.1.5:8080".parse().unwrap();
        let allowed = ["segments.example".to_owned()];
        let is_ours = |host: &str| is_ours(host, bound, &allowed);
        for host in [
            "localhost",
            "LOCALHOST:9",
            "127.0.0.1:8080",
            "[::1]:8080",
            "192.168.1.5",
            "segments.example:443",
            "localhost.",
        ] {
            assert!(is_ours(host), "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "",
            "192.168.1.6",
            "evil.example@localhost",
            "localhost@evil.example",
            "[::1",
            "127.0.0.1.evil.example",
            "segments.example.evil.example",
        ] {
            assert!(!is_ours(host), "{host}");
        }
        let everywhere: SocketAddr = "0.0.0.0:8080".parse().unwrap();
        assert!(super::is_ours("10.1.2.3:8080", everywhere, &[]));
        assert!(!super::is_ours("evil.example", everywhere, &[]));
    }
}
