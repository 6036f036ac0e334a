//! One error for the whole web layer, as a page or as JSON, with what to do next.
//!
//! A handler returns [`AppError`]; [`render`] turns it, and every other failing response (unknown
//! path, wrong method, body too large, time-out, panic), into the form the client asked for.

use askama::Template;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};

use crate::dataset::DatasetError;
use crate::jobs::QueueFull;
use crate::query::QueryError;
use crate::segment::SegmentError;
use crate::series::SeriesError;

/// Why a request is not answered.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AppError {
    /// What was asked for does not exist.
    #[error("{0}")]
    NotFound(String),
    /// The question itself is wrong.
    #[error("{0}")]
    BadRequest(String),
    /// The question is well formed but cannot be done with this data.
    #[error("{0}")]
    Unprocessable(String),
    /// What was asked for is being made.
    #[error("The first segments of {title} are being made; ask again in a moment.")]
    BeingMade {
        /// Title of the data set.
        title: String,
        /// The job that makes them.
        job: u64,
    },
    /// Too much work is waiting.
    #[error("{0}")]
    Busy(String),
    /// A database does not answer; the rest of the dashboard works.
    #[error("{0}")]
    Unavailable(String),
    /// A request under a name that is not this server's.
    #[error(
        "This server does not answer to the name \"{0}\"; use the address that it printed at its start, or start it with --allowed-host NAME."
    )]
    Misdirected(String),
    /// More than this server takes at once.
    #[error("{0}")]
    TooLarge(String),
    /// A request that came too slowly.
    #[error("The files came too slowly and were given up; nothing was kept, so try again on a faster line.")]
    TooSlow,
    /// There is no room left on the disk, or it cannot be written to.
    #[error("{0}")]
    NoRoom(String),
    /// A request from another site that would change something.
    #[error("This request came from another site and was refused.")]
    Forbidden,
    /// Our fault; the details are in the log.
    #[error("Something went wrong in the program. The details are in its log.")]
    Internal,
}

impl AppError {
    /// Logs a cause that nobody outside should see.
    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::Internal
    }

    /// A segmentation error as a sentence for a job that failed.
    pub(super) fn from_segment(error: &SegmentError) -> String {
        sentence(&error.to_string())
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unprocessable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Busy(_) | Self::BeingMade { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unavailable(_) => StatusCode::BAD_GATEWAY,
            Self::Misdirected(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::NoRoom(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<QueryError> for AppError {
    fn from(error: QueryError) -> Self {
        Self::BadRequest(sentence(&error.to_string()))
    }
}

impl From<SegmentError> for AppError {
    fn from(error: SegmentError) -> Self {
        let text = sentence(&error.to_string());
        match error {
            SegmentError::Unknown { .. } => Self::NotFound(text),
            SegmentError::Unwritable { ref file, ref source } => {
                tracing::warn!(%error, "file trouble");
                let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                Self::NoRoom(format!(
                    "{name} cannot be written ({source}); check free space and permissions of the models folder."
                ))
            }
            SegmentError::Recipe { .. } | SegmentError::Input { .. } | SegmentError::BadName(_) => {
                Self::BadRequest(text)
            }
            _ => Self::Unprocessable(text),
        }
    }
}

impl From<DatasetError> for AppError {
    fn from(error: DatasetError) -> Self {
        if matches!(error, DatasetError::Unreadable { .. } | DatasetError::Unwritable { .. }) {
            tracing::warn!(%error, "file trouble");
        }
        let error = error.without_folders();
        let text = sentence(&error.to_string());
        match error {
            DatasetError::Database { .. } => Self::Unavailable(text),
            DatasetError::Unknown { name, known, .. } => {
                Self::NotFound(format!("There is no data set named \"{name}\"; {known}."))
            }
            DatasetError::Unwritable { .. } => Self::NoRoom(text),
            _ => Self::Unprocessable(text),
        }
    }
}

impl From<SeriesError> for AppError {
    fn from(error: SeriesError) -> Self {
        Self::Unprocessable(sentence(&error.to_string()))
    }
}

impl From<QueueFull> for AppError {
    fn from(error: QueueFull) -> Self {
        Self::Busy(sentence(&error.to_string()))
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

/// A text with a capital first letter and a full stop. The name of a file or column at the start stays as it is.
pub(super) fn sentence(text: &str) -> String {
    let first = text.split([' ', ',', ':']).next().unwrap_or("");
    if first.contains(['.', '_', '/', '"']) {
        return format!("{text}{}", if text.ends_with(['.', '!', '?']) { "" } else { "." });
    }
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", chars.as_str())
}

/// What a failing response says; [`render`] gives it a form.
#[derive(Debug, Clone)]
struct Explanation(String);

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        if matches!(self, Self::Busy(_)) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
        }
        if let Self::BeingMade { job, .. } = self {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
            response.extensions_mut().insert(BeingMade(job));
        }
        response.extensions_mut().insert(Explanation(self.to_string()));
        response
    }
}

/// The job that makes what a page would show; for people it is a page that renews itself.
#[derive(Debug, Clone, Copy)]
struct BeingMade(u64);

/// The answer to a path that does not exist.
pub(super) async fn not_found() -> AppError {
    AppError::NotFound("There is no such page.".to_owned())
}

/// The answer when a handler panics.
#[expect(clippy::needless_pass_by_value, reason = "the layer's signature")]
pub(super) fn panicked(cause: Box<dyn std::any::Any + Send>) -> Response {
    let text = cause
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| cause.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "request panicked");
    let text = AppError::Internal.to_string();
    (StatusCode::INTERNAL_SERVER_ERROR, text).into_response()
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    status: u16,
    heading: &'a str,
    message: &'a str,
    back: &'a str,
}

/// Gives failing responses the form the client asked for.
pub(super) async fn render(request: Request, next: Next) -> Response {
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    let wants_json = path.starts_with("/api/") || path == "/readyz" || path == "/healthz";
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let message = match response.extensions().get::<Explanation>() {
        Some(explanation) => explanation.0.clone(),
        None => explain(status, &method),
    };
    let being_made = response.extensions().get::<BeingMade>().copied();
    let (mut parts, _) = response.into_parts();
    for name in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
        parts.headers.remove(name);
    }
    let body = if wants_json {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        serde_json::json!({ "error": { "status": status.as_u16(), "message": message } }).to_string()
    } else {
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        match being_made {
            Some(BeingMade(job)) => {
                parts.status = StatusCode::OK;
                parts.headers.remove(header::RETRY_AFTER);
                waiting_page(job, &message)
            }
            None => error_page(status, &message, &path),
        }
    };
    Response::from_parts(parts, Body::from(body))
}

#[derive(Template)]
#[template(path = "waiting.html")]
struct WaitingPage<'a> {
    job: u64,
    message: &'a str,
}

fn waiting_page(job: u64, message: &str) -> String {
    WaitingPage { job, message }.render().unwrap_or_else(|_| message.to_owned())
}

fn error_page(status: StatusCode, message: &str, path: &str) -> String {
    let heading = match status {
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::BAD_REQUEST => "That question cannot be answered",
        StatusCode::UNPROCESSABLE_ENTITY => "That does not work with this data",
        StatusCode::SERVICE_UNAVAILABLE => "Too busy just now",
        StatusCode::BAD_GATEWAY => "The database does not answer",
        StatusCode::PAYLOAD_TOO_LARGE => "Too large",
        StatusCode::INSUFFICIENT_STORAGE => "It could not be saved",
        StatusCode::MISDIRECTED_REQUEST => "Not under this name",
        _ if status.is_client_error() => "That request was refused",
        _ => "Something went wrong",
    };
    let page = ErrorPage { status: status.as_u16(), heading, message, back: path };
    page.render().unwrap_or_else(|_| message.to_owned())
}

/// A sentence for failing responses that come from the framework.
fn explain(status: StatusCode, method: &Method) -> String {
    match status {
        StatusCode::METHOD_NOT_ALLOWED => {
            // What is allowed is only added outside of this layer.
            format!("This address takes no {method} requests; compare it with the description at /api/docs.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => "The body is larger than the server accepts; send less at once.".to_owned(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "Send the body as JSON with content-type application/json, or as a form.".to_owned()
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "The answer took too long and was given up; narrow the question or try again.".to_owned()
        }
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "The request is malformed; compare it with the description at /api/docs.".to_owned()
        }
        StatusCode::NOT_FOUND => "There is no such page.".to_owned(),
        _ => AppError::Internal.to_string(),
    }
}

/// A page from its template.
pub(super) fn page(template: &impl Template) -> Result<Html<String>, AppError> {
    Ok(Html(template.render()?))
}
