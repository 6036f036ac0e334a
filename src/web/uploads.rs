//! Files that people send: written to disk as they come, and kept while they are looked at.

use std::io::{self, Read};

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tokio::sync::mpsc;

use super::error::{AppError, sentence};
use crate::dataset::DatasetError;
use crate::figures;
use crate::library::Staging;
use crate::library::replacement::Replacement;
use crate::propose::MOST_TABLES;

/// Pieces of a file that wait to be written.
const PIECES: usize = 8;

/// Longest text in a form beside the files, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// Texts of a form beside the files.
const MOST_TEXTS: usize = 20;

/// What takes files.
pub(super) trait Intake: Send + 'static {
    /// Takes a file.
    ///
    /// # Errors
    /// As the intakes of the data set's layer.
    fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), DatasetError>;
}

impl Intake for Staging {
    fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), DatasetError> {
        self.add_from(name, content).map(drop)
    }
}

impl Intake for Replacement {
    fn add(&mut self, name: &str, content: &mut dyn Read) -> Result<(), DatasetError> {
        self.add_from(name, content)
    }
}

/// Texts of a form beside its files.
pub(super) type Fields = Vec<(String, String)>;

/// Takes the files of a form as they come, at most `limit` bytes together; `start` makes the intake when the first file's name
/// is known. When anything fails the intake is dropped, and with it what was written.
///
/// # Errors
/// `AppError::BadRequest` for a form without a file, one that is cut off or too large; as the intake.
pub(super) async fn receive<T: Intake>(
    mut form: Multipart,
    limit: u64,
    start: impl FnOnce(&str) -> Result<T, DatasetError> + Send + 'static,
) -> Result<(T, Fields), AppError> {
    let (mut left, mut fields) = (limit, Fields::new());
    let (mut start, mut intake) = (Some(start), None);
    let mut files = 0;
    let outcome = loop {
        let mut field = match form.next_field().await {
            Ok(Some(field)) => field,
            Ok(None) => break Ok(()),
            Err(error) => break Err(cut_off(&error)),
        };
        let name = field.name().unwrap_or("").to_owned();
        match field.file_name().map(str::to_owned) {
            // A control for files that was left empty.
            Some(file) if file.is_empty() => {}
            Some(_) if files == MOST_TABLES => {
                break Err(AppError::TooLarge(format!(
                    "There are more than {MOST_TABLES} files; send those that say something of customers."
                )));
            }
            Some(file) => {
                files += 1;
                let begun = match (intake.take(), start.take()) {
                    (Some(begun), _) => Ok(begun),
                    (None, Some(start)) => {
                        let first = file.clone();
                        let started = tokio::task::spawn_blocking(move || start(&first)).await;
                        started.map_err(AppError::internal).and_then(|started| started.map_err(AppError::from))
                    }
                    (None, None) => Err(AppError::Internal),
                };
                match begun {
                    Ok(begun) => match write(begun, file, &mut field, &mut left, limit).await {
                        Ok(done) => intake = Some(done),
                        Err(error) => break Err(error),
                    },
                    Err(error) => break Err(error),
                }
            }
            None if fields.len() == MOST_TEXTS => {
                break Err(AppError::BadRequest("The form has too many fields; send files, keep and note.".to_owned()));
            }
            None => match text(&mut field).await {
                Ok(text) => fields.push((name, text)),
                Err(error) => break Err(error),
            },
        }
    };
    if let Err(error) = outcome {
        drain(form, left).await;
        return Err(error);
    }
    let intake = intake.ok_or_else(|| AppError::BadRequest("Choose at least one file first.".to_owned()))?;
    Ok((intake, fields))
}

async fn write<T: Intake>(
    mut intake: T,
    name: String,
    field: &mut Field<'_>,
    left: &mut u64,
    limit: u64,
) -> Result<T, AppError> {
    let (sender, receiver) = mpsc::channel(PIECES);
    let writing = tokio::task::spawn_blocking(move || {
        intake.add(&name, &mut Pieces { receiver, rest: Bytes::new() }).map(|()| intake)
    });
    let failure = loop {
        match field.chunk().await {
            Ok(Some(piece)) if piece.len() as u64 > *left => break Some(too_large(limit)),
            Ok(Some(piece)) => {
                *left -= piece.len() as u64;
                // The writer gave up; its reason comes below.
                if sender.send(Ok(piece)).await.is_err() {
                    break None;
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(cut_off(&error)),
        }
    };
    if failure.is_some() {
        let _ = sender.send(Err(io::ErrorKind::ConnectionAborted.into())).await;
    }
    drop(sender);
    let written = writing.await.map_err(AppError::internal)?;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(written?),
    }
}

/// Reads what is left of a request that failed, so that the browser sees the answer and not a broken connection.
async fn drain(mut form: Multipart, mut left: u64) {
    while let Ok(Some(mut field)) = form.next_field().await {
        while let Ok(Some(piece)) = field.chunk().await {
            left = left.saturating_sub(piece.len() as u64);
            if left == 0 {
                return;
            }
        }
    }
}

async fn text(field: &mut Field<'_>) -> Result<String, AppError> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| cut_off(&error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_TEXT {
            return Err(AppError::BadRequest("A text in the form is too long; shorten it.".to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn too_large(limit: u64) -> AppError {
    AppError::TooLarge(format!(
        "The files are larger than the {} this server accepts at once; use segmenta import, or start it with a larger --upload-limit.",
        figures::bytes(limit)
    ))
}

fn cut_off(error: &MultipartError) -> AppError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return AppError::TooLarge("The files are larger than the server accepts.".to_owned());
    }
    AppError::BadRequest("The upload was cut off or is malformed; nothing was kept, so try again.".to_owned())
}

/// Pieces of a file as a reader.
struct Pieces {
    receiver: mpsc::Receiver<io::Result<Bytes>>,
    rest: Bytes,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.receiver.blocking_recv() {
                Some(piece) => self.rest = piece?,
                None => return Ok(0),
            }
        }
        let taken = self.rest.split_to(self.rest.len().min(out.len()));
        out[..taken.len()].copy_from_slice(&taken);
        Ok(taken.len())
    }
}

/// A problem of the data set's layer as a sentence.
pub(super) fn problem(error: &DatasetError) -> String {
    sentence(&error.to_string())
}
