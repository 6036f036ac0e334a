//! Static files, compressed at build time, under a path that changes with their content.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::error::AppError;

/// A file in the binary.
struct Asset {
    name: &'static str,
    etag: &'static str,
    raw: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The address of a static file.
pub(super) fn href(name: &str) -> String {
    format!("/static/{VERSION}/{name}")
}

/// Hands out a file; the address names its content, so it may be kept for a year.
pub(super) async fn serve(Path((version, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let caching = if version == VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    match ASSETS.iter().find(|asset| asset.name == name) {
        Some(asset) => deliver(asset, &headers, caching),
        None => AppError::NotFound("There is no such file.".to_owned()).into_response(),
    }
}

pub(super) async fn favicon(headers: HeaderMap) -> Response {
    match ASSETS.iter().find(|asset| asset.name == "favicon.svg") {
        Some(asset) => deliver(asset, &headers, "public, max-age=86400"),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn deliver(asset: &'static Asset, headers: &HeaderMap, caching: &'static str) -> Response {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
    let kind = match asset.name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let common = [
        (header::ETAG, HeaderValue::from_static(asset.etag)),
        (header::CACHE_CONTROL, HeaderValue::from_static(caching)),
        (header::VARY, HeaderValue::from_static("accept-encoding")),
    ];
    if text(header::IF_NONE_MATCH).split(',').any(|tag| tag.trim() == asset.etag) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    let content = [(header::CONTENT_TYPE, HeaderValue::from_static(kind))];
    if text(header::ACCEPT_ENCODING).split(',').any(|coding| coding.trim().starts_with("gzip")) {
        return (common, content, [(header::CONTENT_ENCODING, "gzip")], asset.gzip).into_response();
    }
    (common, content, asset.raw).into_response()
}
