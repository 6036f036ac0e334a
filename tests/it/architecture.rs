//! The walls of the design, as absences: who must not know whom.

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files
}

/// Files of `src` with their path below it and their text without comments.
fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    sources(&root)
        .into_iter()
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            (path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"), code.join("\n"))
        })
        .collect()
}

#[track_caller]
fn only_in(names: &[&str], allowed: &[&str]) {
    for (path, code) in all() {
        if allowed.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        for name in names {
            let used = code.contains(&format!("use {name}")) || code.contains(&format!("{name}::"));
            assert!(!used, "{path} knows {name}, which belongs in {allowed:?}");
        }
    }
}

#[test]
fn each_library_stays_behind_its_wall() {
    only_in(&["axum", "askama", "tower", "tower_http"], &["web/"]);
    only_in(&["plotly"], &["web/charts/"]);
    only_in(&["linfa", "linfa_clustering", "linfa_linalg"], &["cluster/"]);
    only_in(&["polars"], &["dataset/"]);
    only_in(&["postgres"], &["dataset/database/", "dataset/facts/remote/"]);
    only_in(&["tokio", "tokio_util", "tokio_stream"], &["web/", "jobs/", "cli/serve.rs"]);
    only_in(&["clap"], &["cli/", "config.rs", "main.rs", "generate/mod.rs"]);
}

#[test]
fn arrows_point_one_way() {
    for (folder, forbidden) in [
        (
            "stats/",
            &["cluster", "series", "dataset", "query", "segment", "jobs", "web", "cli", "figures", "generate"][..],
        ),
        ("series/", &["cluster", "dataset", "query", "segment", "jobs", "web", "cli", "figures", "generate"]),
        ("cluster/", &["series", "dataset", "query", "segment", "jobs", "web", "cli", "figures", "generate"]),
        ("dataset/", &["cluster", "query", "segment", "jobs", "web", "cli", "figures", "generate"]),
        ("query/", &["segment", "jobs", "web", "cli", "generate"]),
        ("segment/", &["jobs", "web", "cli", "generate"]),
        ("generate/", &["cluster", "query", "segment", "jobs", "web", "cli"]),
        ("jobs/", &["dataset", "query", "segment", "web", "cli", "generate"]),
        ("web/", &["cli", "generate"]),
    ] {
        for (path, code) in all().into_iter().filter(|(path, _)| path.starts_with(folder)) {
            for module in forbidden {
                assert!(!code.contains(&format!("crate::{module}")), "{path} must not know {module}");
            }
        }
    }
}

#[test]
fn files_stay_small() {
    for (path, code) in all() {
        assert!(code.lines().count() <= 500, "{path} has {} lines", code.lines().count());
    }
}

#[test]
fn no_file_asks_for_anything_outside_the_machine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["static", "templates"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for address in text.match_indices("http").map(|(at, _)| &text[at..text.len().min(at + 60)]) {
                let own = address.starts_with("http://www.w3.org/");
                assert!(own || !address.contains("://"), "{} names {address}", path.display());
            }
        }
    }
}
