//! Files and readers that are not trusted: what is opened is a plain file of the data set, and a library that panics on damaged
//! files fails like any other.

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Once;

use crate::dataset::error::DatasetError;

thread_local! {
    /// Whether this thread is inside of a library whose panics are expected.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// Opens a file of a data set.
///
/// # Errors
/// [`DatasetError::Unreadable`]; [`DatasetError::Data`] for what is no plain file, such as a pipe that would be waited for
/// without end, and for what lies outside of the folder, where a link may lead.
pub(super) fn open(folder: &Path, file: &Path) -> Result<File, DatasetError> {
    let unreadable = |source| DatasetError::Unreadable { file: file.to_owned(), source };
    let real = file.canonicalize().map_err(unreadable)?;
    // The folder of a file that is called by its name alone.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let home = folder.canonicalize().map_err(unreadable)?;
    if !real.metadata().map_err(unreadable)?.is_file() || !real.starts_with(home) {
        return Err(DatasetError::data(
            file,
            "is no plain file in the folder of the data set; copy the data there in place of a link, a folder or a pipe",
        ));
    }
    File::open(real).map_err(unreadable)
}

/// Runs a reader that may panic; `None` when it did. Nothing is printed of the panic.
pub(super) fn guarded<T>(read: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !EXPECTED.get() {
                usual(info);
            }
        }));
    });
    let before = EXPECTED.replace(true);
    // Nothing that the closure changes is used after a panic.
    let outcome = catch_unwind(AssertUnwindSafe(read));
    EXPECTED.set(before);
    outcome.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_no_more_than_no_result() {
        assert_eq!(guarded(|| 1), Some(1));
        assert_eq!(guarded(|| -> i32 { panic!("deliberate") }), None);
        assert!(!EXPECTED.get());
    }

    #[cfg(unix)]
    #[test]
    fn only_plain_files_in_the_folder_are_opened() {
        let (data, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(outside.path().join("secret.csv"), "id\n1\n").unwrap();
        std::fs::write(data.path().join("mine.csv"), "id\n1\n").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.csv"), data.path().join("link.csv")).unwrap();
        std::os::unix::fs::symlink(data.path().join("mine.csv"), data.path().join("own.csv")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(data.path().join("pipe.csv")).status().unwrap().success());
        let open = |name: &str| open(data.path(), &data.path().join(name)).map(drop).map_err(|error| error.to_string());
        assert_eq!((open("mine.csv"), open("own.csv")), (Ok(()), Ok(())));
        for name in ["link.csv", "pipe.csv", "."] {
            assert!(open(name).unwrap_err().contains("is no plain file in the folder"), "{name}");
        }
        assert!(open("gone.csv").unwrap_err().contains("cannot be read"));
        assert!(super::open(Path::new(""), Path::new("Cargo.toml")).is_ok(), "a file of the working directory");
    }
}
