//! Long work: one bounded queue with progress, cancel and de-duplication.
//!
//! One worker takes jobs in order; a job itself uses all cores, through threads of its own. So no
//! amount of computing holds up the server's tasks or the short work of a page. What nobody waits for, such as the first models
//! of many new data sets, stands behind all that somebody asked for, without a bound.

use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use thread_priority::{ThreadPriority, ThreadPriorityValue, set_current_thread_priority};
use tokio::sync::watch;

use crate::progress::Progress;

/// Jobs that may wait.
pub const QUEUE_LENGTH: usize = 16;

/// Ended jobs that are remembered.
const REMEMBERED: usize = 200;

/// Priority of the threads that jobs compute on, of 0 to 99; half is usual.
const LATER_THAN_PAGES: u8 = 20;

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Waiting for the worker.
    Queued,
    /// At work.
    Running,
    /// Ended with a result.
    Done,
    /// Ended without one.
    Failed,
    /// Somebody cancelled it.
    Cancelled,
}

impl Phase {
    /// Whether the job has ended.
    #[must_use]
    pub fn is_over(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

/// A job's state at a moment.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Status {
    /// Where it stands.
    pub phase: Phase,
    /// Done so far, 0 to 1.
    pub fraction: f64,
    /// What it is doing, or why it failed.
    pub message: String,
    /// Page with the result, once done.
    pub result: Option<String>,
}

/// How a job's work ends.
#[derive(Debug)]
pub enum Ending {
    /// With a page to look at and a sentence to say.
    Done {
        /// Page with the result.
        result: String,
        /// What to say.
        message: String,
    },
    /// Without a result, for this reason.
    Failed(String),
    /// Cancelled.
    Cancelled,
}

/// The work of a job; it reports to the observer and stops when that says so.
pub type Work = Box<dyn FnOnce(&dyn Progress) -> Ending + Send>;

/// A piece of long work.
#[derive(Debug)]
pub struct Job {
    /// Number, unique while the program runs.
    pub id: u64,
    /// Data set it works on.
    pub dataset: String,
    /// What it does, for people.
    pub title: String,
    /// Page to go on from when there is no result; that of the data set when silent.
    pub back: Option<String>,
    key: String,
    cancelled: AtomicBool,
    status: watch::Sender<Status>,
}

impl Job {
    /// The state now.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Follows the state.
    #[must_use]
    pub fn follow(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Asks the job to stop. A waiting job ends at once, a running one at its next look.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.status.send_if_modified(|status| {
            let waiting = status.phase == Phase::Queued;
            if waiting {
                status.phase = Phase::Cancelled;
                "Cancelled before it started.".clone_into(&mut status.message);
            }
            waiting
        });
    }

    fn end(&self, ending: Ending) {
        self.status.send_modify(|status| {
            (status.phase, status.message, status.result) = match ending {
                Ending::Done { result, message } => (Phase::Done, message, Some(result)),
                Ending::Failed(reason) => (Phase::Failed, reason, None),
                Ending::Cancelled => (Phase::Cancelled, "Cancelled; nothing was changed.".to_owned(), None),
            };
            if status.phase == Phase::Done {
                status.fraction = 1.0;
            }
        });
    }
}

impl Progress for Job {
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn progress(&self, fraction: f64, message: &str) {
        self.status.send_if_modified(|status| {
            let news = fraction >= status.fraction + 0.005 || status.message != message;
            if news {
                status.fraction = fraction.clamp(status.fraction, 1.0);
                message.clone_into(&mut status.message);
            }
            news
        });
    }
}

/// The queue is full.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{QUEUE_LENGTH} jobs are waiting already; try again when one has ended")]
pub struct QueueFull;

#[derive(Debug, Default)]
struct Register {
    next: u64,
    by_id: HashMap<u64, Arc<Job>>,
    order: VecDeque<u64>,
    /// What somebody asked for.
    waiting: VecDeque<(Arc<Job>, Task)>,
    /// What comes when nothing else waits.
    behind: VecDeque<(Arc<Job>, Task)>,
    /// Nobody will ask for anything any more.
    is_closed: bool,
}

impl Register {
    /// The next job, if any; cancelled ones are passed over.
    fn take(&mut self) -> Option<(Arc<Job>, Task)> {
        self.leave_cancelled();
        self.waiting.pop_front().or_else(|| self.behind.pop_front())
    }

    /// A job that was cancelled while it waited gives up its place.
    fn leave_cancelled(&mut self) {
        for line in [&mut self.waiting, &mut self.behind] {
            line.retain(|(job, _)| !job.status().phase.is_over());
        }
    }
}

/// What the queue and its worker share.
#[derive(Debug, Default)]
struct Shared {
    register: Mutex<Register>,
    /// Told when a job waits or the queue is closed.
    news: Condvar,
}

impl Shared {
    fn register(&self) -> MutexGuard<'_, Register> {
        self.register.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the next job; none when the queue was closed.
    fn next(&self) -> Option<(Arc<Job>, Task)> {
        let mut register = self.register();
        loop {
            if register.is_closed {
                return None;
            }
            if let Some(next) = register.take() {
                return Some(next);
            }
            register = self.news.wait(register).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// The queue and its worker.
#[derive(Debug)]
pub struct JobQueue(Arc<Shared>);

impl Drop for JobQueue {
    fn drop(&mut self) {
        self.register().is_closed = true;
        self.0.news.notify_all();
    }
}

/// Work on its way to the worker.
struct Task(Work);

impl std::fmt::Debug for Task {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Task")
    }
}

impl JobQueue {
    /// Starts the worker.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start() -> std::io::Result<Self> {
        let pool = rayon::ThreadPoolBuilder::new()
            .thread_name(|index| format!("jobs-{index}"))
            .start_handler(|_| step_back())
            .build()
            .map_err(std::io::Error::other)?;
        let shared = Arc::new(Shared::default());
        let line = Arc::clone(&shared);
        std::thread::Builder::new().name("jobs".to_owned()).spawn(move || {
            while let Some((job, task)) = line.next() {
                run(&pool, &job, task.0);
            }
        })?;
        Ok(Self(shared))
    }

    /// Queues work. While a job with the same key waits or runs, that one is returned instead.
    ///
    /// # Errors
    /// [`QueueFull`].
    pub fn submit(&self, dataset: &str, title: &str, key: &str, work: Work) -> Result<Arc<Job>, QueueFull> {
        self.submit_from(None, dataset, title, key, work)
    }

    /// The same from a page that is gone back to when there is no result.
    ///
    /// # Errors
    /// [`QueueFull`].
    pub fn submit_from(
        &self,
        back: Option<String>,
        dataset: &str,
        title: &str,
        key: &str,
        work: Work,
    ) -> Result<Arc<Job>, QueueFull> {
        let mut register = self.register();
        if let Some(job) = open_with_key(&register, key) {
            return Ok(job);
        }
        register.leave_cancelled();
        if register.waiting.len() >= QUEUE_LENGTH {
            return Err(QueueFull);
        }
        let job = enter(&mut register, back, dataset, title, key);
        register.waiting.push_back((Arc::clone(&job), Task(work)));
        self.0.news.notify_one();
        Ok(job)
    }

    /// Queues work behind all that was and will be asked for. There may be any number of such jobs.
    #[must_use]
    pub fn submit_behind(&self, dataset: &str, title: &str, key: &str, work: Work) -> Arc<Job> {
        let mut register = self.register();
        if let Some(job) = open_with_key(&register, key) {
            return job;
        }
        let job = enter(&mut register, None, dataset, title, key);
        register.behind.push_back((Arc::clone(&job), Task(work)));
        self.0.news.notify_one();
        job
    }

    /// A job by number.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<Arc<Job>> {
        self.register().by_id.get(&id).cloned()
    }

    /// Remembered jobs, newest first.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<Job>> {
        let register = self.register();
        register.order.iter().rev().filter_map(|id| register.by_id.get(id).cloned()).collect()
    }

    /// A job on a data set that waits or runs.
    #[must_use]
    pub fn open_of(&self, dataset: &str) -> Option<Arc<Job>> {
        let register = self.register();
        let is_open = |job: &&Arc<Job>| job.dataset == dataset && !job.status().phase.is_over() && !job.is_cancelled();
        register.by_id.values().find(is_open).cloned()
    }

    /// Cancels what works on a data set, because that changes.
    pub fn cancel_of(&self, dataset: &str) {
        for job in self.register().by_id.values().filter(|job| job.dataset == dataset) {
            job.cancel();
        }
    }

    /// Cancels everything, for shutdown.
    pub fn cancel_all(&self) {
        for job in self.register().by_id.values() {
            job.cancel();
        }
    }

    fn register(&self) -> MutexGuard<'_, Register> {
        self.0.register()
    }
}

/// A job of that key that waits or runs.
fn open_with_key(register: &Register, key: &str) -> Option<Arc<Job>> {
    let is_open = |job: &&Arc<Job>| job.key == key && !job.status().phase.is_over() && !job.is_cancelled();
    register.by_id.values().find(is_open).cloned()
}

fn enter(register: &mut Register, back: Option<String>, dataset: &str, title: &str, key: &str) -> Arc<Job> {
    register.next += 1;
    let first = Status { phase: Phase::Queued, fraction: 0.0, message: "Waiting to start".to_owned(), result: None };
    let job = Arc::new(Job {
        id: register.next,
        dataset: dataset.to_owned(),
        title: title.to_owned(),
        back,
        key: key.to_owned(),
        cancelled: AtomicBool::new(false),
        status: watch::Sender::new(first),
    });
    register.by_id.insert(job.id, Arc::clone(&job));
    register.order.push_back(job.id);
    forget_old(register);
    job
}

/// Lets pages go first: where a job and a page both want a processor, the page gets most of it. Where the system refuses, both
/// share it evenly.
fn step_back() {
    let later = ThreadPriorityValue::try_from(LATER_THAN_PAGES).map(ThreadPriority::Crossplatform);
    if later.is_ok_and(|priority| set_current_thread_priority(priority).is_err()) {
        tracing::debug!("a thread for jobs keeps its usual priority");
    }
}

fn forget_old(register: &mut Register) {
    while register.order.len() > REMEMBERED {
        let over =
            register.order.iter().position(|id| register.by_id.get(id).is_none_or(|job| job.status().phase.is_over()));
        let Some(id) = over.and_then(|position| register.order.remove(position)) else { break };
        register.by_id.remove(&id);
    }
}

fn run(pool: &rayon::ThreadPool, job: &Job, work: Work) {
    if job.status().phase.is_over() {
        return;
    }
    job.status.send_modify(|status| {
        status.phase = Phase::Running;
        "Starting".clone_into(&mut status.message);
    });
    let ending = catch_unwind(AssertUnwindSafe(|| pool.install(|| work(job)))).unwrap_or_else(|_| {
        tracing::error!(job = job.id, title = job.title, "job panicked");
        Ending::Failed("The work failed unexpectedly; the details are in the program's log.".to_owned())
    });
    job.end(ending);
}

#[cfg(test)]
mod tests;
