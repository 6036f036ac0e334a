//! Compresses the static files once, so that the server only hands out bytes.

#![expect(clippy::expect_used, reason = "a build that cannot write its output should stop")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

fn main() {
    println!("cargo::rerun-if-changed=static");
    println!("cargo::rerun-if-changed=build.rs");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir("static")
        .expect("the repository has a static folder")
        .map(|entry| entry.expect("static can be listed").path())
        .filter(|path| path.is_file())
        .map(|path| (name(&path), std::fs::read(&path).expect("static files can be read")))
        .collect();
    files.push(("plotly.js".to_owned(), plotly()));
    files.sort();

    let mut all = xxhash_rust::xxh3::Xxh3::new();
    let mut table = String::from("static ASSETS: &[Asset] = &[\n");
    for (name, bytes) in &files {
        all.update(bytes);
        let hash = xxhash_rust::xxh3::xxh3_64(bytes);
        let (raw, gzip) = (out.join(name), out.join(format!("{name}.gz")));
        std::fs::write(&raw, bytes).expect("OUT_DIR is writable");
        std::fs::write(&gzip, compressed(bytes)).expect("OUT_DIR is writable");
        writeln!(
            table,
            "    Asset {{ name: {name:?}, etag: \"\\\"{hash:016x}\\\"\", raw: include_bytes!({:?}), gzip: include_bytes!({:?}) }},",
            raw.display().to_string(),
            gzip.display().to_string()
        )
        .expect("writing to a string");
    }
    writeln!(table, "];\nconst VERSION: &str = \"{:016x}\";", all.digest()).expect("writing to a string");
    std::fs::write(out.join("assets.rs"), table).expect("OUT_DIR is writable");
}

fn name(path: &Path) -> String {
    path.file_name().expect("a file has a name").to_string_lossy().into_owned()
}

/// plotly.js as the plotly crate ships it: the first script of its offline sources.
fn plotly() -> Vec<u8> {
    let sources = plotly::Plot::offline_js_sources();
    let start = sources.find('>').expect("the sources start with a script tag") + 1;
    let end = sources.find("</script>").expect("the script tag is closed");
    sources.as_bytes()[start..end].to_vec()
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("compressing in memory");
    encoder.finish().expect("compressing in memory")
}
