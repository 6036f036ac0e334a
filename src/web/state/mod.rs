//! What the server knows: an immutable snapshot of data sets and models, swapped whole.

mod clock;
mod entry;
mod holdings;
mod keeping;
pub mod lifetimes;
pub(in crate::web) mod metrics;
pub mod recent;
mod snapshot;
pub(in crate::web) mod transit;
pub(in crate::web) mod uploads;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use self::metrics::Metrics;
use self::snapshot::{load_snapshot, recover};
use self::transit::Transit;
use self::uploads::Uploads;
use crate::config::ServeConfig;
use crate::jobs::JobQueue;
use crate::progress::StopFlag;
use crate::web::error::AppError;

pub use self::clock::now;
pub use self::entry::{ModelEntry, Storage};
pub use self::keeping::{Gone, SegmentEdit};
pub use self::snapshot::{DEFAULT_MODEL, Snapshot};

/// Looks at files and previews that are worked out at the same time.
const LOOKS: usize = 2;

/// Shared by all requests.
#[derive(Debug)]
pub struct AppState {
    /// Settings.
    pub config: ServeConfig,
    /// Long work.
    pub jobs: JobQueue,
    pub(super) metrics: Metrics,
    /// Files that were sent and are being looked at.
    pub(super) uploads: Uploads,
    /// Who is sending files.
    pub(super) transit: Transit,
    snapshot: ArcSwap<Snapshot>,
    /// Held while a snapshot is rebuilt from the one before, so that no change is lost.
    change: Mutex<()>,
    /// Held while a model's texts are edited, for the same reason.
    edit: Mutex<()>,
    /// Held while folders move and models are saved, so that no model is saved into a folder that has moved meanwhile.
    files: Mutex<()>,
    compute: Arc<Semaphore>,
    looks: Arc<Semaphore>,
    stop: CancellationToken,
}

impl AppState {
    /// Loads data sets and models.
    ///
    /// # Errors
    /// [`DatasetError`](crate::dataset::DatasetError) when the data folder cannot be listed, or the system's when a thread cannot start.
    pub fn load(config: ServeConfig) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        recover(&config);
        let snapshot = load_snapshot(&config)?;
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self {
            jobs: JobQueue::start()?,
            metrics: Metrics::new(),
            uploads: Uploads::default(),
            transit: Transit::default(),
            snapshot: ArcSwap::from_pointee(snapshot),
            change: Mutex::new(()),
            edit: Mutex::new(()),
            files: Mutex::new(()),
            compute: Arc::new(Semaphore::new(cores.max(2))),
            looks: Arc::new(Semaphore::new(LOOKS)),
            stop: CancellationToken::new(),
            config,
        })
    }

    /// What is shown now. Hold it for one request.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Changes what is shown. Changes wait for each other; readers wait for nobody.
    pub fn update(&self, change: impl FnOnce(&mut Snapshot)) {
        let _guard = self.change.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Snapshot::clone(&self.snapshot.load());
        change(&mut next);
        self.snapshot.store(Arc::new(next));
    }

    /// Runs short computing off the server's threads, at most one a core.
    ///
    /// # Errors
    /// `AppError::Internal` when the work panicked.
    pub async fn compute<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        let permit = Arc::clone(&self.compute).acquire_owned().await.map_err(AppError::internal)?;
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(work)
        })
        .await
        .map_err(AppError::internal)
    }

    /// Waits until nobody else moves folders or saves models.
    pub(super) fn files(&self) -> MutexGuard<'_, ()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs longer computing of which nothing is kept, such as a look at files: beside the short work of pages, so that those go
    /// on, and no longer than somebody waits for it.
    ///
    /// # Errors
    /// `AppError::Internal` when the work panicked.
    pub async fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&StopFlag) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        /// Stops the work when the request is given up.
        struct Waiting(StopFlag);
        impl Drop for Waiting {
            fn drop(&mut self) {
                self.0.stop();
            }
        }
        let permit = Arc::clone(&self.looks).acquire_owned().await.map_err(AppError::internal)?;
        let flag = StopFlag::default();
        let _waiting = Waiting(flag.clone());
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| work(&flag))
        })
        .await
        .map_err(AppError::internal)
    }

    /// Asks everything to end.
    pub fn stop(&self) {
        self.jobs.cancel_all();
        self.stop.cancel();
    }

    /// Ends when [`AppState::stop`] was called.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }
}
