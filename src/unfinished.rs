//! Files and folders that are being written: called after the process that writes them, so that what a killed one left behind
//! is told from what another one is at.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Age at which what another process writes was surely left behind, where nobody can say whether that process still runs.
const ABANDONED: Duration = Duration::from_hours(24);

/// How temporary files begin that take the place of others once they are whole.
pub const TEMPORARY: &str = ".tmp-";

/// The start of a name: what it is, and who is at it.
#[must_use]
pub fn prefix(kind: &str) -> String {
    format!("{kind}{}-", std::process::id())
}

/// A temporary file beside those it will replace.
///
/// # Errors
/// The system's.
pub fn file_in(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix(&prefix(TEMPORARY)).tempfile_in(folder)
}

/// Writes a file whole or not at all, also when the machine stops in between.
///
/// # Errors
/// The system's.
pub fn write(file: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::io::Write;
    let mut temporary = file_in(file.parent().unwrap_or(Path::new(".")))?;
    temporary.write_all(content)?;
    temporary.as_file().sync_all()?;
    temporary.persist(file)?;
    Ok(())
}

/// What begins so in a folder and was left behind by a process that runs no more.
#[must_use]
pub fn left_behind(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let left_behind = entries.filter(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        name.strip_prefix(kind).is_some_and(|rest| {
            let process = rest.split('-').next().and_then(|digits| digits.parse::<u32>().ok());
            let changed = entry.metadata().and_then(|about| about.modified());
            let is_old = changed.is_ok_and(|at| at.elapsed().is_ok_and(|age| age > ABANDONED));
            is_old || process.is_some_and(|process| runs(process) == Some(false))
        })
    });
    left_behind.map(|entry| entry.path()).collect()
}

/// Removes it; what cannot be removed stays for the next time.
pub fn sweep(folder: &Path, kind: &str) {
    for path in left_behind(folder, kind) {
        let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
    }
}

/// Whether a process runs, where the system says so in a folder.
fn runs(process: u32) -> Option<bool> {
    let processes = Path::new("/proc");
    processes.join("self").exists().then(|| processes.join(process.to_string()).exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_dead_process_left_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let dead = child.id();
        child.wait().unwrap();
        std::fs::write(folder.path().join(format!(".tmp-{dead}-abc")), "").unwrap();
        std::fs::create_dir_all(folder.path().join(format!(".tmp-{dead}-def/inside"))).unwrap();
        let mine = file_in(folder.path()).unwrap();
        for name in [".tmp-", "model.json", ".tmp-x-y"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(left_behind(folder.path(), TEMPORARY).len(), 2);
        sweep(folder.path(), TEMPORARY);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
        assert!(mine.path().exists());
        let old = std::time::SystemTime::now() - Duration::from_hours(25);
        std::fs::File::options().write(true).open(folder.path().join(".tmp-")).unwrap().set_modified(old).unwrap();
        sweep(folder.path(), TEMPORARY);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_file_is_written_whole() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.json");
        write(&file, b"one").unwrap();
        write(&file, b"two").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(write(&folder.path().join("none/a.json"), b"x").is_err());
    }
}
