//! The server as a process: connections that never say anything, files that never end, and the end of the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_segmenta"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .env("SEGMENTA_DATA_DIR", folder.join("data"))
            .env("SEGMENTA_MODELS_DIR", folder.join("models"))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        Self { process, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        stream
    }

    /// Status of a GET.
    fn get(&self, path: &str) -> u16 {
        let mut stream = self.connect();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        let _ = BufReader::new(stream).read_line(&mut answer);
        answer.split_whitespace().nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    /// Begins an upload of a file that claims to be long.
    fn begin_upload(&self) -> TcpStream {
        let mut stream = self.connect();
        let head = format!(
            "POST /api/v1/imports HTTP/1.1\r\nHost: {}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 100000\r\n\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\nid,",
            self.address
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }

    /// Tells the process to end and waits for it.
    fn terminate(&mut self) -> Duration {
        let started = Instant::now();
        let told = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(told.success());
        while self.process.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(30), "the program does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
        started.elapsed()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn folder_with_shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("data/shop");
    std::fs::create_dir_all(&shop).unwrap();
    let rows: Vec<String> = (0..60).map(|row| format!("{row},{},{}", row * 7 % 31, row % 5)).collect();
    std::fs::write(shop.join("a.csv"), format!("id,spent,visits\n{}\n", rows.join("\n"))).unwrap();
    let manifest = "title='t'\n[[table]]\nfile='a.csv'\n[segmentation]\nvalue='spent'\nfeatures=['spent','visits']\n";
    std::fs::write(shop.join("dataset.toml"), manifest).unwrap();
    folder
}

#[test]
fn connections_that_say_nothing_are_closed_and_nobody_else_waits() {
    let folder = folder_with_shop();
    let server = Server::start(folder.path());
    let mut silent: Vec<TcpStream> = (0..200).map(|_| server.connect()).collect();
    for stream in &mut silent {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: local").unwrap();
    }
    let started = Instant::now();
    assert_eq!(server.get("/healthz"), 200);
    assert!(started.elapsed() < Duration::from_secs(5));
    for stream in &mut silent {
        // The end of the stream, with or without a word about the time.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    }
    let closed = started.elapsed();
    assert!(closed > Duration::from_secs(5) && closed < Duration::from_secs(30), "closed after {closed:?}");
}

#[test]
fn uploads_that_never_end_leave_room_for_pages_and_are_given_up() {
    let folder = folder_with_shop();
    let server = Server::start(folder.path());
    let mut slow: Vec<TcpStream> = (0..12).map(|_| server.begin_upload()).collect();
    std::thread::sleep(Duration::from_millis(300));
    for path in ["/", "/d/shop/data", "/healthz"] {
        assert_eq!(server.get(path), 200, "{path}");
    }
    let staged = || {
        let entries = std::fs::read_dir(folder.path().join("data")).unwrap().map(Result::unwrap);
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(".import-")).count()
    };
    assert!(staged() <= 4, "{} uploads of one address are being written", staged());
    // Those above the limit are refused at once, the others after their time.
    let mut refused = 0;
    for stream in &mut slow {
        let mut answer = String::new();
        let _ = BufReader::new(stream).read_line(&mut answer);
        refused += usize::from(answer.contains(" 503 ") || answer.contains(" 408 "));
    }
    assert_eq!(refused, 12);
    let started = Instant::now();
    while staged() > 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "what came in part stays");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn the_program_ends_when_it_is_told_to_also_while_it_works() {
    let folder = folder_with_shop();
    let mut server = Server::start(folder.path());
    let _uploads: Vec<TcpStream> = (0..4).map(|_| server.begin_upload()).collect();
    let _silent = server.connect();
    std::thread::sleep(Duration::from_millis(200));
    let took = server.terminate();
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_damaged_file_does_not_keep_the_others_from_being_served() {
    let folder = folder_with_shop();
    let bad = folder.path().join("data/bad");
    std::fs::create_dir_all(&bad).unwrap();
    std::fs::write(bad.join("a.parquet"), [b"PAR1".as_slice(), &[7; 400], b"PAR1"].concat()).unwrap();
    let manifest =
        "title='t'\n[[table]]\nfile='a.parquet'\n[segmentation]\nvalue='spent'\nfeatures=['spent','visits']\n";
    std::fs::write(bad.join("dataset.toml"), manifest).unwrap();
    let server = Server::start(folder.path());
    assert_eq!(server.get("/d/shop/data"), 200);
    assert_eq!(server.get("/d/bad/data"), 404);
}
