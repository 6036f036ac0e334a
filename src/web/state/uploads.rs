//! Files that people sent and that are looked at, until a data set is made of them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::clock::now;
use crate::library::Staging;
use crate::propose::Proposal;
use crate::web::error::AppError;

/// Uploads that are looked at at the same time.
const MOST: usize = 16;

/// Seconds after which an upload that nobody looks at is removed.
const IDLE: u64 = 2 * 60 * 60;

/// Files with what they are taken for, until a data set is made of them.
#[derive(Debug)]
pub(in crate::web) struct Upload {
    /// Names it in addresses.
    pub(in crate::web) key: String,
    /// The job that makes the data set; 0 when there was none.
    pub(in crate::web) job: AtomicU64,
    /// Whether a job is at it.
    is_made: AtomicBool,
    held: Mutex<Held>,
    used: AtomicU64,
}

/// What changes while people correct it.
#[derive(Debug)]
pub(in crate::web) struct Held {
    /// The files.
    pub(in crate::web) staging: Staging,
    /// What they are taken for.
    pub(in crate::web) proposal: Proposal,
    /// Why the last attempt to make the data set failed.
    pub(in crate::web) problem: Option<String>,
}

impl Upload {
    /// The title, unless the data set is being made; does not count as being looked at.
    pub(in crate::web) fn glance(&self) -> Option<String> {
        self.held.try_lock().ok().map(|held| held.proposal.title.clone())
    }

    /// What is held, for one at a time; waits for another reader, who may be reading the files anew.
    ///
    /// # Errors
    /// As [`Self::check_idle`].
    pub(in crate::web) fn held(&self) -> Result<MutexGuard<'_, Held>, AppError> {
        self.check_idle()?;
        self.used.store(now(), Ordering::Relaxed);
        Ok(self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Refuses while a job makes the data set of what is held.
    ///
    /// # Errors
    /// `AppError::Busy`.
    pub(in crate::web) fn check_idle(&self) -> Result<(), AppError> {
        if self.is_made.load(Ordering::Acquire) {
            return Err(AppError::Busy(
                "The data set is being made of these files; wait until that has ended.".to_owned(),
            ));
        }
        Ok(())
    }

    /// What is held, for the job that makes the data set; others are refused meanwhile.
    pub(in crate::web) fn make<T>(&self, work: impl FnOnce(&mut Held) -> T) -> T {
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
pub(in crate::web) struct Uploads(Mutex<BTreeMap<String, Arc<Upload>>>);

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
    pub(in crate::web) fn keep(&self, staging: Staging, proposal: Proposal) -> Result<Arc<Upload>, AppError> {
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
    pub(in crate::web) fn get(&self, key: &str) -> Result<Arc<Upload>, AppError> {
        self.all().get(key).cloned().ok_or_else(|| {
            AppError::NotFound(
                "These files are not held any more: a data set was made of them, they were discarded, or the program was started again. Choose them anew on the first page."
                    .to_owned(),
            )
        })
    }

    /// All that are looked at, by key.
    pub(in crate::web) fn list(&self) -> Vec<Arc<Upload>> {
        self.in_use().values().cloned().collect()
    }

    /// Forgets an upload. Its files, which may be gigabytes, go when the last who holds it lets it go.
    pub(in crate::web) fn discard(&self, key: &str) -> Option<Arc<Upload>> {
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
