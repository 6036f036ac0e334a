//! Facts in a PostgreSQL database: the same pages as from files, and what happens when the database fails.

mod server;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use segmenta::generate::{DataRecipe, generate};
use serde_json::Value;

use self::server::{PASSWORD, Server};
use crate::returns::{SALES, random_shop, without_signs, write_shop};

/// The program with the database's address in its environment.
fn program(folder: &Path, address: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segmenta"));
    command
        .current_dir(folder)
        .env("SEGMENTA_DATA_DIR", folder.join("data"))
        .env("SEGMENTA_MODELS_DIR", folder.join("models"))
        .env("DATABASE_URL", address)
        .env("RUST_LOG", "debug");
    command
}

fn segmenta(folder: &Path, address: &str, arguments: &[&str]) -> Output {
    program(folder, address).args(arguments).output().unwrap()
}

#[track_caller]
fn works(folder: &Path, address: &str, arguments: &[&str]) -> String {
    let out = segmenta(folder, address, arguments);
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The sentence with which a subcommand fails.
#[track_caller]
fn fails(folder: &Path, address: &str, arguments: &[&str]) -> String {
    let out = segmenta(folder, address, arguments);
    assert!(!out.status.success(), "{arguments:?}");
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(!text.contains(PASSWORD) && !text.contains("panicked"), "{text}");
    text
}

/// A running dashboard.
struct Dashboard {
    process: Child,
    address: String,
}

impl Dashboard {
    fn start(folder: &Path, database: &str) -> Self {
        let mut process = program(folder, database)
            .args(["serve", "--bind", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::from(std::fs::File::create(folder.join("log")).unwrap()))
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        Self { process, address }
    }

    /// Status and body of a page.
    fn get(&self, path: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path);
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    fn wait_for_models(&self, datasets: &[&str]) {
        let end = Instant::now() + Duration::from_mins(2);
        for dataset in datasets {
            let is_there = |(status, body): (u16, String)| status == 200 && !body.contains("data-being-made");
            while !is_there(self.get(&format!("/d/{dataset}/segments"))) {
                assert!(Instant::now() < end, "no model of {dataset}");
                std::thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Petshop as files that nobody calls synthetic.
fn petshop(folder: &Path) {
    let raw = folder.join("data/petshop/raw");
    generate(DataRecipe::Petshop, 3000, 11, &folder.join("data/petshop")).unwrap();
    for entry in std::fs::read_dir(&raw).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().ends_with(".synthetic.json") {
            std::fs::remove_file(path).unwrap();
        }
    }
}

/// What a reader sees of a page: texts of the content, without what is drawn and what can be done with files.
fn seen(page: &str) -> Vec<String> {
    let (page, _) = page.split_once("<section class=\"card\" id=\"manage\">").unwrap_or((page, ""));
    let page = scraper::Html::parse_document(page);
    let all = scraper::Selector::parse("main h2, main p:not(.downloads), main td, main th, main .value, main .label")
        .unwrap();
    page.select(&all)
        .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

/// Numbers may differ in the last digits of a sum, because a database adds up in its own order.
fn close(path: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Number(ours), Value::Number(theirs)) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            assert!((ours - theirs).abs() <= 1e-9 * ours.abs().max(1.0), "{path}: {ours} and {theirs}");
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            ours.iter().zip(theirs).for_each(|(ours, theirs)| close(path, ours, theirs));
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            assert_eq!(ours.len(), theirs.len(), "{path}");
            ours.iter().for_each(|(key, ours)| close(&format!("{path}/{key}"), ours, &theirs[key]));
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

const PAGES: [&str; 13] = [
    "overview",
    "explore",
    "segments",
    "insights",
    "report",
    "data",
    "rfm",
    "sales",
    "sales?measure=orders&step=month",
    "sales?measure=average_price&facet=category",
    "sales?from=2024-03-01&to=2024-08-31&on.category=Food",
    "sales?seg=0",
    "sales?min.monetary=100&measure=customers&step=week",
];

#[test]
fn files_and_a_database_give_the_same_pages() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    petshop(folder.path());
    let address = server.address();
    works(folder.path(), &address, &["load", "petshop", "--to", "postgres", "--as", "streamed"]);
    let again = fails(folder.path(), &address, &["load", "petshop", "--to", "postgres"]);
    assert!(again.contains("table petshop.sale is there already; choose another --schema, or --replace it"), "{again}");
    let inside = ["load", "petshop", "--to", "postgres", "--replace", "--as", "inside", "--in-database"];
    works(folder.path(), &address, &inside);
    let dashboard = Dashboard::start(folder.path(), &address);
    let names = ["petshop", "streamed", "inside"];
    dashboard.wait_for_models(&names);
    for page in PAGES {
        let [files, streamed, inside] = names.map(|name| {
            let (status, body) = dashboard.get(&format!("/d/{name}/{page}"));
            assert_eq!(status, 200, "{name}/{page}: {:?}", seen(&body));
            seen(&body)
        });
        assert!(files.len() > 2, "{page}: {files:?}");
        let different = |other: &[String]| {
            files
                .iter()
                .zip(other)
                .filter(|(ours, theirs)| ours != theirs)
                .take(5)
                .map(|(a, b)| (a.clone(), b.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(different(&streamed), [], "{page}");
        assert_eq!(different(&inside), [], "{page}");
        assert_eq!((files.len(), files.len()), (streamed.len(), inside.len()), "{page}");
    }
    for path in
        ["sales?by=category", "sales?by=state&measure=orders&step=week", "rfm", "ledger", "sales?seg=1&by=category"]
    {
        let answers = names.map(|name| dashboard.json(&format!("/api/v1/datasets/{name}/{path}")));
        close(path, &answers[0], &answers[1]);
        close(path, &answers[0], &answers[2]);
    }
    let customers = names.map(|name| {
        let (_, body) = dashboard.get(&format!("/d/{name}/download/customers.csv"));
        body.lines().count()
    });
    assert!(customers[0] > 100 && customers.iter().all(|count| *count == customers[0]));
    // The log told every question, and no password.
    let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(log.contains("asking the database") && !log.contains(PASSWORD));
}

#[test]
fn returns_are_told_alike_in_memory_and_in_a_database() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    let address = server.address();
    let marks = "[facts.returns]\norder_prefix=['C']\ncolumn='kind'\nvalues=['CREDIT note']\npurchase='of'";
    let left_out = "[[facts.leave_out]]\ncolumn='item'\nvalues=['i1']";
    let shops = [
        ("signs", SALES.to_owned(), ""),
        ("marks", without_signs(), marks),
        ("bare", SALES.replace("\nC6,", "\nC4,").replace("\nC7,", "\nC1,"), "[facts.returns]\norder_prefix=['c']"),
        ("off", SALES.to_owned(), "[facts.returns]\nnegative=false"),
        ("random", random_shop(3, 500), ""),
        ("fewer", random_shop(2, 200), left_out),
    ];
    for (name, sales, lines) in &shops {
        write_shop(&folder.path().join("data").join(name), sales, lines);
        let inside = format!("{name}-inside");
        works(folder.path(), &address, &["load", name, "--to", "postgres", "--as", &inside, "--in-database"]);
    }
    let dashboard = Dashboard::start(folder.path(), &address);
    let inside: Vec<String> = shops.iter().map(|(name, ..)| format!("{name}-inside")).collect();
    let all: Vec<&str> = shops.iter().map(|(name, ..)| *name).chain(inside.iter().map(String::as_str)).collect();
    dashboard.wait_for_models(&all);
    for (name, ..) in &shops {
        for page in ["sales", "sales?step=month&measure=orders", "sales?from=2023-03-01&step=week", "rfm", "data"] {
            let [ours, theirs] = [(*name).to_owned(), format!("{name}-inside")].map(|name| {
                let (status, body) = dashboard.get(&format!("/d/{name}/{page}"));
                assert_eq!(status, 200, "{name}/{page}: {:?}", seen(&body));
                seen(&body)
            });
            assert!(ours.len() > 2);
            assert_eq!(ours, theirs, "{name}/{page}");
        }
        for path in
            ["sales?by=item&measure=orders&step=week", "sales?measure=average_order_value", "rfm", "ledger", "lifetime"]
        {
            let [ours, theirs] = [(*name).to_owned(), format!("{name}-inside")]
                .map(|name| dashboard.json(&format!("/api/v1/datasets/{name}/{path}")));
            close(&format!("{name}/{path}"), &ours, &theirs);
        }
        let [ours, theirs] = [(*name).to_owned(), format!("{name}-inside")].map(|name| {
            let (_, body) = dashboard.get(&format!("/d/{name}/download/customers.csv"));
            body
        });
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn each_failure_of_a_database_is_a_sentence() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    petshop(folder.path());
    let address = server.address();
    works(folder.path(), &address, &["load", "petshop", "--to", "postgres", "--as", "inside", "--in-database"]);
    works(folder.path(), &address, &["load", "petshop", "--to", "postgres", "--replace", "--as", "streamed"]);
    let clean = |address: &str, dataset: &str| fails(folder.path(), address, &["clean", dataset]);
    for dataset in ["inside", "streamed"] {
        let text = clean(&address.replace(PASSWORD, "wrong"), dataset);
        assert!(text.contains("the server refuses the user or the password"), "{text}");
        let text = clean(&address.replace("/postgres", "/nothing").replacen("nothing:", "postgres:", 1), dataset);
        assert!(text.contains("correct the database's name"), "{text}");
        let text = clean("", dataset);
        assert!(text.contains("the environment variable DATABASE_URL is not set"), "{text}");
        let text = clean(&format!("mysql:{PASSWORD}"), dataset);
        assert!(text.contains("holds no address of a PostgreSQL database"), "{text}");
        let text = clean(&address.replace(&server.port.to_string(), "1"), dataset);
        assert!(text.contains("cannot be reached") && text.contains("start it"), "{text}");
    }
    server.sql("ALTER TABLE petshop.sale RENAME COLUMN invoice_no TO bill");
    for dataset in ["inside", "streamed"] {
        let text = clean(&address, dataset);
        assert!(text.contains("there is no column \"invoice_no\""), "{text}");
    }
    server.sql("ALTER TABLE petshop.sale RENAME COLUMN bill TO invoice_no; ALTER TABLE petshop.sale RENAME TO gone");
    for dataset in ["inside", "streamed"] {
        let text = clean(&address, dataset);
        assert!(text.contains("does not exist; correct table or query in the manifest"), "{text}");
    }
    server.sql("ALTER TABLE petshop.gone RENAME TO sale");
    let slow = |dataset: &str, query: &str| {
        let file = folder.path().join("data").join(dataset).join("dataset.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let table = "table = \"petshop.sale\"";
        assert!(text.contains(table), "{text}");
        std::fs::write(&file, text.replace(table, &format!("query = \"{query}\"\ntimeout_seconds = 1"))).unwrap();
    };
    slow("streamed", "SELECT sale.* FROM petshop.sale, pg_sleep(3)");
    let text = clean(&address, "streamed");
    assert!(text.contains("did not answer within 1 seconds; raise timeout_seconds"), "{text}");
    instead(folder.path(), "DELETE FROM petshop.sale RETURNING *");
    let text = clean(&address, "streamed");
    assert!(text.contains("syntax error") || text.contains("read-only"), "{text}");
    instead(folder.path(), "SELECT * FROM petshop.sale WHERE nextval('petshop.counter') > 0");
    server.sql("CREATE SEQUENCE petshop.counter");
    let text = clean(&address, "streamed");
    assert!(text.contains("only queries that read are allowed"), "{text}");
}

/// Another query in the place of the one before.
fn instead(folder: &Path, query: &str) {
    let file = folder.join("data/streamed/dataset.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let lines = text
        .lines()
        .map(|line| if line.starts_with("query = ") { format!("query = \"{query}\"") } else { line.to_owned() });
    std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
}

#[test]
fn the_dashboard_outlives_its_database() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    petshop(folder.path());
    let address = server.address();
    works(folder.path(), &address, &["load", "petshop", "--to", "postgres", "--as", "inside", "--in-database"]);
    let dashboard = Dashboard::start(folder.path(), &address);
    dashboard.wait_for_models(&["inside", "petshop"]);
    assert_eq!(dashboard.get("/d/inside/sales").0, 200);
    server.stop();
    let (status, body) = dashboard.get("/d/inside/sales?step=month");
    assert_eq!(status, 502);
    let text = seen(&body).join(" ");
    assert!(
        text.contains("the server cannot be reached")
            || text.contains("The server cannot be reached")
            || text.contains("connection was cut"),
        "{text}"
    );
    assert!(!body.contains(PASSWORD));
    assert_eq!(dashboard.get("/d/inside/segments").0, 200, "customers are in memory");
    assert_eq!(dashboard.get("/d/inside/sales").0, 200, "what was answered is known");
    assert_eq!(dashboard.get("/d/petshop/sales").0, 200);
    server.run("");
    assert_eq!(dashboard.get("/d/inside/sales?step=month").0, 200, "it is asked again when it is back");
    drop(dashboard);
    server.stop();
    let dashboard = Dashboard::start(folder.path(), &address);
    let (status, body) = dashboard.get("/");
    assert_eq!(status, 200);
    assert!(body.contains("cannot be reached") && body.contains("inside"), "a data set that cannot be loaded is named");
}

#[test]
fn a_connection_cut_in_the_middle_of_a_load_is_told() {
    let Some(server) = Server::start("") else { return };
    let folder = tempfile::tempdir().unwrap();
    petshop(folder.path());
    let address = server.address();
    works(folder.path(), &address, &["load", "petshop", "--to", "postgres", "--as", "streamed"]);
    let file = folder.path().join("data/streamed/dataset.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    // Rows that come slowly.
    let query = "SELECT s.*, pg_sleep(0.002)::text AS waited FROM petshop.sale AS s";
    std::fs::write(&file, text.replace("table = \"petshop.sale\"", &format!("query = \"{query}\""))).unwrap();
    let running = program(folder.path(), &address).args(["clean", "streamed"]).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%'");
    let out = running.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&out.stderr);
    assert!(
        !out.status.success() && text.contains("the connection was cut (terminating")
            || text.contains("the connection was cut (Connection reset"),
        "{text}"
    );
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn an_encrypted_connection_is_checked() {
    let Some(server) = Server::start("") else { return };
    let certificate = server.certificate();
    server.stop();
    server.run("-c ssl=on");
    let folder = tempfile::tempdir().unwrap();
    petshop(folder.path());
    let address = format!("{}?sslmode=require", server.address());
    let load = ["load", "petshop", "--to", "postgres"];
    let text = fails(folder.path(), &address, &load);
    assert!(
        text.contains("no encrypted connection can be made") || text.contains("no certificates to trust"),
        "{text}"
    );
    assert!(text.contains("set SSL_CERT_FILE"), "{text}");
    let out = program(folder.path(), &address).args(load).env("SSL_CERT_FILE", certificate).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    server.stop();
    server.run("");
    let text = fails(folder.path(), &address, &load);
    assert!(text.contains("no encrypted connection can be made"), "{text}");
}
