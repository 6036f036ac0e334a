//! Files that people send: written to disk as they come, and kept while they are looked at.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::{Field, MultipartError};
use axum::http::StatusCode;
use tokio::sync::mpsc;

use super::error::{AppError, sentence};
use super::state::now;
use crate::dataset::propose::MOST_TABLES;
use crate::dataset::replace::Replacement;
use crate::dataset::{DatasetError, Proposal, Staging};
use crate::figures;

/// Pieces of a file that wait to be written.
const PIECES: usize = 8;

/// Longest text in a form beside the files, in bytes.
const LONGEST_TEXT: usize = 64 * 1024;

/// Texts of a form beside the files.
const MOST_TEXTS: usize = 20;

/// Uploads that are looked at at the same time.
const MOST: usize = 16;

/// Seconds after which an upload that nobody looks at is removed.
const IDLE: u64 = 2 * 60 * 60;

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

/// Files with what they are taken for, until a data set is made of them.
#[derive(Debug)]
pub(super) struct Upload {
    /// Names it in addresses.
    pub(super) key: String,
    /// The job that makes the data set; 0 when there was none.
    pub(super) job: AtomicU64,
    /// Whether a job is at it.
    is_made: AtomicBool,
    held: Mutex<Held>,
    used: AtomicU64,
}

/// What changes while people correct it.
#[derive(Debug)]
pub(super) struct Held {
    /// The files.
    pub(super) staging: Staging,
    /// What they are taken for.
    pub(super) proposal: Proposal,
    /// Why the last attempt to make the data set failed.
    pub(super) problem: Option<String>,
}

impl Upload {
    /// The title, unless the data set is being made; does not count as being looked at.
    pub(super) fn glance(&self) -> Option<String> {
        self.held.try_lock().ok().map(|held| held.proposal.title.clone())
    }

    /// What is held, for one at a time; waits for another reader, who may be reading the files anew.
    ///
    /// # Errors
    /// As [`Self::check_idle`].
    pub(super) fn held(&self) -> Result<MutexGuard<'_, Held>, AppError> {
        self.check_idle()?;
        self.used.store(now(), Ordering::Relaxed);
        Ok(self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses while a job makes the data set of what is held.
    ///
    /// # Errors
    /// `AppError::Busy`.
    pub(super) fn check_idle(&self) -> Result<(), AppError> {
        if self.is_made.load(Ordering::Acquire) {
            return Err(AppError::Busy(
                "The data set is being made of these files; wait until that has ended.".to_owned(),
            ));
        }
        Ok(())
    }

    /// What is held, for the job that makes the data set; others are refused meanwhile.
    pub(super) fn make<T>(&self, work: impl FnOnce(&mut Held) -> T) -> T {
        /// Ends the making, also of work that panics.
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(false, Ordering::Release);
            }
        }
        self.is_made.store(true, Ordering::Release);
        let _end = End(&self.is_made);
        work(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// All uploads that are looked at.
#[derive(Debug, Default)]
pub(super) struct Uploads(Mutex<BTreeMap<String, Arc<Upload>>>);

impl Uploads {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Upload>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those that somebody looked at lately; the others are forgotten, and their files go.
    fn in_use(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Upload>>> {
        let mut all = self.all();
        let latest = now();
        let is_idle = |upload: &Upload| upload.used.load(Ordering::Relaxed) + IDLE <= latest;
        let idle: Vec<String> = all.iter().filter(|(_, upload)| is_idle(upload)).map(|(key, _)| key.clone()).collect();
        for upload in idle.iter().filter_map(|key| all.remove(key)) {
            let_go(upload);
        }
        all
    }

    /// Keeps files with what they are taken for. Those that nobody looked at for long go.
    ///
    /// # Errors
    /// `AppError::Busy` when too many are looked at.
    pub(super) fn keep(&self, staging: Staging, proposal: Proposal) -> Result<Arc<Upload>, AppError> {
        let (mut all, latest) = (self.in_use(), now());
        if all.len() >= MOST {
            return Err(AppError::Busy(format!(
                "{MOST} uploads are being looked at already; finish or discard one of them first."
            )));
        }
        let key = format!("{:016x}", rand::random::<u64>());
        let held = Mutex::new(Held { staging, proposal, problem: None });
        let (job, used, is_made) = (AtomicU64::new(0), AtomicU64::new(latest), AtomicBool::new(false));
        let upload = Upload { key: key.clone(), job, is_made, held, used };
        let upload = Arc::new(upload);
        all.insert(key, Arc::clone(&upload));
        Ok(upload)
    }

    /// An upload by its key.
    ///
    /// # Errors
    /// `AppError::NotFound` when it is not there any more.
    pub(super) fn get(&self, key: &str) -> Result<Arc<Upload>, AppError> {
        self.all().get(key).cloned().ok_or_else(|| {
            AppError::NotFound(
                "These files are not held any more: a data set was made of them, they were discarded, or the program was started again. Choose them anew on the first page."
                    .to_owned(),
            )
        })
    }

    /// All that are looked at, by key.
    pub(super) fn list(&self) -> Vec<Arc<Upload>> {
        self.in_use().values().cloned().collect()
    }

    /// Forgets an upload. Its files, which may be gigabytes, go when the last who holds it lets it go.
    pub(super) fn discard(&self, key: &str) -> Option<Arc<Upload>> {
        self.all().remove(key)
    }
}

/// Removes the files of an upload, which may be gigabytes, where nobody waits for it.
fn let_go(upload: Arc<Upload>) {
    let removing = std::thread::Builder::new().name("upload removal".to_owned());
    if let Err(error) = removing.spawn(move || drop(upload)) {
        tracing::warn!(%error, "the files of an upload are removed at once");
    }
}

/// A problem of the data set's layer as a sentence.
pub(super) fn problem(error: &DatasetError) -> String {
    sentence(&error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(uploads: &Uploads, data: &std::path::Path) -> Arc<Upload> {
        let mut staging = Staging::new(data, "shop").unwrap();
        staging.add_from("people.csv", &mut &b"id,spent\n1,5\n2,6\n3,9\n"[..]).unwrap();
        let proposal = staging.propose().unwrap();
        uploads.keep(staging, proposal).unwrap()
    }

    #[test]
    fn what_nobody_looks_at_goes_with_its_files() {
        let (uploads, data) = (Uploads::default(), tempfile::tempdir().unwrap());
        let (left, looked_at) = (kept(&uploads, data.path()), kept(&uploads, data.path()));
        left.used.store(now() - IDLE, Ordering::Relaxed);
        let (left_key, key) = (left.key.clone(), looked_at.key.clone());
        drop((left, looked_at));
        assert_eq!(uploads.list().iter().map(|upload| upload.key.clone()).collect::<Vec<_>>(), [key]);
        assert!(uploads.get(&left_key).is_err());
        let started = std::time::Instant::now();
        while std::fs::read_dir(data.path()).unwrap().count() > 1 {
            assert!(started.elapsed().as_secs() < 10, "the files stay");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    #[test]
    fn while_a_job_is_at_it_others_are_told_to_wait() {
        let (uploads, data) = (Uploads::default(), tempfile::tempdir().unwrap());
        let upload = kept(&uploads, data.path());
        let told = upload.make(|_| upload.held().map(drop).unwrap_err().to_string());
        assert!(told.contains("wait until that has ended"), "{told}");
        assert!(upload.held().is_ok());
        let panicking = std::panic::AssertUnwindSafe(|| upload.make(|_| panic!("deliberate")));
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert!(upload.held().is_ok());
    }
}
