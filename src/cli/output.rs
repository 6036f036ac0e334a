//! Writing to the terminal: the only place that prints.

#![expect(clippy::print_stderr, reason = "a command line prints")]

use std::io::{IsTerminal, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::Failure;
use crate::progress::Progress;

/// Prints one line of a result. A reader who has seen enough, as `head` has, ends the program without an error.
pub(super) fn line(text: &str) {
    if let Err(error) = writeln!(std::io::stdout().lock(), "{text}") {
        let is_closed = error.kind() == std::io::ErrorKind::BrokenPipe;
        if !is_closed {
            eprintln!("error: the result cannot be printed ({error}); check where the output goes");
        }
        std::process::exit(i32::from(!is_closed));
    }
}

/// Prints one JSON object.
pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    line(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Prints a failure.
pub(super) fn error(text: &str) {
    eprintln!("error: {text}");
}

/// Prints a remark.
pub(super) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints rows under a header, columns aligned; numbers are expected to be aligned by the caller's
/// choice of `right`.
pub(super) fn table(header: &[&str], rows: &[Vec<String>], right: &[usize]) {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
            .max(header[column].chars().count())
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let print = |cells: &[&str]| {
        let text: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(column, cell)| {
                let gap = " ".repeat(widths[column].saturating_sub(cell.chars().count()));
                if right.contains(&column) { format!("{gap}{cell}") } else { format!("{cell}{gap}") }
            })
            .collect();
        line(text.join("  ").trim_end());
    };
    print(header);
    for row in rows {
        print(&row.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

/// A progress bar on a terminal, silence elsewhere.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new() -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new(1000) } else { ProgressBar::hidden() };
        if let Ok(style) = ProgressStyle::with_template("{bar:32} {percent:>3} % {msg}") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

impl Progress for Bar {
    fn progress(&self, fraction: f64, message: &str) {
        self.0.set_position((fraction * 1000.0) as u64);
        self.0.set_message(message.to_owned());
    }
}

/// Seconds since 1970-01-01 UTC.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
