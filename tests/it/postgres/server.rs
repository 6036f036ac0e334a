//! A PostgreSQL server of the test's own, in a temporary folder, ended when the test ends.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) const PASSWORD: &str = "s3cret-of-the-test";

pub(crate) struct Server {
    programs: PathBuf,
    folder: tempfile::TempDir,
    pub(crate) port: u16,
}

/// The folder of the server's programs; Debian keeps it outside PATH.
fn programs() -> Option<PathBuf> {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    versions.sort();
    let in_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    let all = versions.into_iter().rev().chain::<Vec<PathBuf>>(in_path);
    all.into_iter().find(|folder| folder.join("initdb").is_file())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"))
}

/// A command of somebody who is not root, because the server refuses to be.
fn as_somebody(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("runuser");
    command.args(["-u", "nobody", "--"]).arg(program);
    command
}

#[track_caller]
fn done(command: &mut Command) -> Output {
    let out = command.stdin(Stdio::null()).output().unwrap();
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
    out
}

impl Server {
    /// Starts a server; `None` with a notice where PostgreSQL is not installed, unless it is required.
    pub(crate) fn start(settings: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var("SEGMENTA_POSTGRES_TESTS").is_ok_and(|value| value == "required");
            assert!(!required, "PostgreSQL is not installed");
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD).unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o644)).unwrap();
        let data = folder.path().join("data");
        done(
            as_somebody(&programs.join("initdb"))
                .arg("-D")
                .arg(&data)
                .args(["-U", "analyst", "-A", "scram-sha-256", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
                .arg(format!("--pwfile={}", password.display()))
                .current_dir(folder.path()),
        );
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Self { programs, folder, port };
        server.run(settings);
        Some(server)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the server in its folder.
    pub(crate) fn run(&self, settings: &str) {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off {settings}",
            self.port,
            self.folder.path().display()
        );
        done(
            as_somebody(&self.programs.join("pg_ctl"))
                .args(["-w", "-s", "-D"])
                .arg(self.data())
                .args(["-o", &options, "-l"])
                .arg(self.folder.path().join("log"))
                .arg("start")
                .current_dir(self.folder.path())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
    }

    /// Ends the server at once, as when a machine fails.
    pub(crate) fn stop(&self) {
        let _ = as_somebody(&self.programs.join("pg_ctl"))
            .args(["-s", "-m", "immediate", "-D"])
            .arg(self.data())
            .arg("stop")
            .current_dir(self.folder.path())
            .output();
    }

    pub(crate) fn address(&self) -> String {
        format!("postgres://analyst:{PASSWORD}@127.0.0.1:{}/postgres", self.port)
    }

    /// Runs SQL as the owner.
    pub(crate) fn sql(&self, text: &str) {
        done(
            Command::new(self.programs.join("psql"))
                .args(["-q", "-v", "ON_ERROR_STOP=1", "-c", text, &self.address()])
                .current_dir(self.folder.path()),
        );
    }

    /// A certificate for 127.0.0.1 that signs itself.
    pub(crate) fn certificate(&self) -> PathBuf {
        let (certificate, key) = (self.data().join("server.crt"), self.data().join("server.key"));
        done(
            as_somebody(Path::new("openssl"))
                .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
                .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
                .args(["-addext", "basicConstraints=critical,CA:FALSE", "-keyout"])
                .arg(&key)
                .arg("-out")
                .arg(&certificate)
                .current_dir(self.folder.path()),
        );
        done(as_somebody(Path::new("chmod")).arg("600").arg(&key));
        let copy = self.folder.path().join("trusted.crt");
        std::fs::copy(&certificate, &copy).unwrap();
        copy
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
