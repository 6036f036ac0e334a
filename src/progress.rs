//! How a long computation tells how far it is, and hears that it should stop.
//!
//! One trait for numerics, reading and jobs; this module knows nobody.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Watches a long computation and may stop it. Called from many threads.
pub trait Progress: Sync {
    /// Whether to give up; the computation then ends soon with its layer's error for that.
    fn is_cancelled(&self) -> bool {
        false
    }

    /// Hears how far the work is, from 0 to 1, and what it is doing. Not always ascending.
    fn progress(&self, _fraction: f64, _message: &str) {}
}

/// Neither listens nor cancels.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Passes a part's own 0 to 1 on as a stretch of the whole.
pub struct Part<'a> {
    whole: &'a dyn Progress,
    stretch: Range<f64>,
    /// What stands before the part's messages.
    prefix: String,
}

impl<'a> Part<'a> {
    /// The stretch of the whole that the part is.
    pub fn of(whole: &'a dyn Progress, stretch: Range<f64>) -> Self {
        Self { whole, stretch, prefix: String::new() }
    }

    /// The same with something before its messages.
    #[must_use]
    pub fn named(self, prefix: String) -> Self {
        Self { prefix, ..self }
    }
}

impl Progress for Part<'_> {
    fn is_cancelled(&self) -> bool {
        self.whole.is_cancelled()
    }

    fn progress(&self, fraction: f64, message: &str) {
        let at = self.stretch.start + (self.stretch.end - self.stretch.start) * fraction;
        if self.prefix.is_empty() {
            self.whole.progress(at, message);
        } else {
            self.whole.progress(at, &format!("{}{message}", self.prefix));
        }
    }
}

/// Passes cancelling on and keeps silent: what one of many parts does is no progress of the whole.
pub struct Quiet<'a>(pub &'a dyn Progress);

impl Progress for Quiet<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

/// A request to stop that others hold too.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicBool>);

impl StopFlag {
    /// Asks whoever looks at this flag to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Progress for StopFlag {
    fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Default)]
    struct Heard(Mutex<Vec<(f64, String)>>);

    impl Progress for Heard {
        fn is_cancelled(&self) -> bool {
            true
        }

        fn progress(&self, fraction: f64, message: &str) {
            self.0.lock().unwrap().push((fraction, message.to_owned()));
        }
    }

    #[test]
    fn parts_report_their_stretch_and_pass_cancelling_on() {
        let whole = Heard::default();
        let half = Part::of(&whole, 0.5..1.0).named("k = 3: ".to_owned());
        half.progress(0.5, "moving");
        Part::of(&half, 0.0..0.5).progress(1.0, "inner");
        let quiet = Quiet(&half);
        quiet.progress(1.0, "unheard");
        assert!(half.is_cancelled() && quiet.is_cancelled() && !Silent.is_cancelled());
        let expected = [(0.75, "k = 3: moving".to_owned()), (0.75, "k = 3: inner".to_owned())];
        assert_eq!(*whole.0.lock().unwrap(), expected);
    }

    #[test]
    fn copies_of_a_flag_stop_together() {
        let flag = StopFlag::default();
        let copy = flag.clone();
        assert!(!copy.is_cancelled());
        flag.stop();
        assert!(copy.is_cancelled());
    }
}
