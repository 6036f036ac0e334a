//! The walls of the design, as absences: who must not know whom.

use std::collections::{BTreeMap, BTreeSet};
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
    let tables = [
        "dataset/prepare/",
        "dataset/read/",
        "dataset/load/",
        "dataset/export.rs",
        "dataset/newcomers.rs",
        "dataset/fill.rs",
    ];
    // What a proposal looks at are the first rows of tables.
    only_in(&["polars"], &[&tables[..], &["propose/look.rs", "propose/uneven.rs", "propose/reading.rs"]].concat());
    only_in(&["sqlparser"], &["dataset/prepare/expression.rs"]);
    let databases = ["dataset/database/", "dataset/facts/remote/", "dataset/load/remote/", "dataset/fill.rs"];
    only_in(&["postgres"], &databases);
    only_in(&["tokio", "tokio_util", "tokio_stream", "hyper", "hyper_util"], &["web/", "jobs/", "cli/serve.rs"]);
    only_in(&["clap"], &["cli/", "config.rs", "main.rs", "generate/mod.rs"]);
}

/// Parts that know nobody of the others but what is named; an arrow leads from left to right.
const ARROWS: [(&str, &[&str]); 19] = [
    ("progress.rs", &[]),
    ("unfinished.rs", &[]),
    ("words.rs", &[]),
    ("stats/", &[]),
    ("series/", &["stats", "progress"]),
    ("cluster/", &["stats", "progress"]),
    ("figures.rs", &["dataset"]),
    ("dataset/", &["stats", "progress", "words"]),
    ("propose/", &["dataset", "progress", "figures", "words"]),
    ("library/", &["dataset", "propose", "progress", "unfinished"]),
    ("query/", &["dataset", "stats", "series", "figures"]),
    ("segment/", &["query", "library", "dataset", "cluster", "series", "stats", "figures", "progress", "unfinished"]),
    ("generate/", &["dataset"]),
    ("jobs/", &["progress"]),
    (
        "web/",
        &[
            "config",
            "jobs",
            "segment",
            "query",
            "library",
            "propose",
            "dataset",
            "cluster",
            "series",
            "stats",
            "figures",
            "progress",
            "unfinished",
            "words",
        ],
    ),
    ("dataset/manifest/", &["dataset::{error, dates, label}", "words"]),
    ("dataset/read/", &["dataset::{error, dates, numbers, manifest, database}", "progress", "words"]),
    (
        "dataset/prepare/",
        &[
            "dataset::{error, code, dates, numbers, label, texts, customers, ledger, manifest, read}",
            "stats",
            "progress",
        ],
    ),
    ("dataset/facts/", &["dataset::{error, dates, label, texts, customers, ledger, manifest, database}"]),
];

#[test]
fn arrows_point_one_way() {
    let mut wrong = BTreeSet::new();
    for (part, known) in ARROWS {
        let own = part.trim_end_matches(".rs").trim_end_matches('/').replace('/', "::");
        let mut allowed = vec![own.clone()];
        for known in known {
            match known.split_once("::{") {
                Some((outer, inner)) => {
                    let inner = inner.trim_end_matches('}').split(", ");
                    allowed.extend(inner.map(|module| format!("{outer}::{module}")));
                }
                None => allowed.push((*known).to_owned()),
            }
        }
        for (path, names) in imports() {
            if !path.starts_with(part) {
                continue;
            }
            for name in names {
                let path_below = name.strip_prefix("crate::").unwrap_or(&name).to_owned();
                let is_allowed = allowed.iter().any(|module| {
                    path_below == *module
                        || path_below.strip_prefix(module.as_str()).is_some_and(|rest| rest.starts_with("::"))
                });
                if !is_allowed {
                    wrong.insert(format!("{path} must not know {name}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Pairs of files that import each other, with the reason why that is right.
const PAIRS: [(&str, &str, &str); 0] = [];

#[test]
fn no_file_imports_itself_through_others() {
    let arrows = arrows();
    let mut circles: Vec<Vec<&String>> = Vec::new();
    for start in arrows.keys() {
        let reached = reached(&arrows, start);
        let circle: Vec<&String> =
            reached.iter().copied().filter(|other| self::reached(&arrows, other).contains(start)).collect();
        let is_named = circle.iter().all(|other| {
            *other == start
                || PAIRS.iter().any(|(left, right, _)| {
                    [(left, right), (right, left)].contains(&(&start.as_str(), &other.as_str()))
                })
        });
        if !circle.is_empty() && !is_named && !circles.contains(&circle) {
            circles.push(circle);
        }
    }
    assert!(circles.is_empty(), "files that import each other in a circle: {circles:#?}");
    assert!(arrows.len() > 300, "only {} files were read", arrows.len());
}

/// Files that a file leads to, one way or another.
fn reached<'a>(arrows: &'a BTreeMap<String, BTreeSet<String>>, start: &str) -> BTreeSet<&'a String> {
    let (mut reached, mut waiting) = (BTreeSet::new(), vec![start]);
    while let Some(file) = waiting.pop() {
        for next in arrows.get(file).into_iter().flatten() {
            if reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}

/// The files that each file imports. A file and the files of its own module are one thing to the outside, so that a module's
/// arrow to its own parts does not count; neither does a `mod.rs` that only re-exports, which is looked through.
fn arrows() -> BTreeMap<String, BTreeSet<String>> {
    let files: BTreeMap<String, String> =
        all().into_iter().filter(|(path, _)| path != "main.rs").map(|(path, _)| (module_of(&path), path)).collect();
    let mut exported: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut faces: BTreeSet<String> = BTreeSet::new();
    for (path, code) in all() {
        if only_exports(&path, &code) {
            faces.insert(path.clone());
        }
        for (name, alias, is_public) in uses(&path, &code) {
            if let (true, Some(last)) = (is_public, name.rsplit("::").next()) {
                exported.insert((module_of(&path), alias.unwrap_or_else(|| last.to_owned())), name.clone());
            }
        }
    }
    let mut arrows = BTreeMap::new();
    for (path, names) in imports() {
        let own = module_of(&path);
        let mut targets = BTreeSet::new();
        for name in names {
            if let Some(file) = file_of(&name, &files, &exported, 0)
                && file != path
                && !module_of(&file).starts_with(&format!("{own}::"))
                && !faces.contains(&file)
            {
                targets.insert(file);
            }
        }
        if path != "main.rs" && !faces.contains(&path) {
            arrows.insert(path, targets);
        }
    }
    arrows
}

/// The file where a name stands, through re-exports.
fn file_of(
    name: &str,
    files: &BTreeMap<String, String>,
    exported: &BTreeMap<(String, String), String>,
    depth: usize,
) -> Option<String> {
    let parts: Vec<&str> = name.split("::").collect();
    for length in (1..=parts.len()).rev() {
        let module = parts[..length].join("::");
        let Some(file) = files.get(&module) else { continue };
        if let Some(item) = parts.get(length)
            && let Some(real) = exported.get(&(module.clone(), (*item).to_owned()))
            && depth < 8
            && real != name
        {
            let behind = parts[length + 1..].iter().fold(real.clone(), |path, part| format!("{path}::{part}"));
            return file_of(&behind, files, exported, depth + 1);
        }
        return Some(file.clone());
    }
    None
}

fn only_exports(path: &str, code: &str) -> bool {
    let statements = without_tests(code).replace('\n', " ");
    let is_export = |statement: &str| {
        let statement = statement.trim();
        let bare = statement.strip_prefix("pub").map_or(statement, |rest| {
            rest.trim_start().strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest)
        });
        let bare = bare.trim_start_matches(|c: char| c.is_whitespace());
        statement.is_empty() || bare.starts_with("mod ") || bare.starts_with("use ") || statement.starts_with("#[")
    };
    (path.ends_with("mod.rs") || path == "lib.rs") && statements.split(';').all(is_export)
}

/// The module that a file is.
fn module_of(path: &str) -> String {
    let path = path.trim_end_matches(".rs").trim_end_matches("/mod");
    if path == "lib" { "crate".to_owned() } else { format!("crate::{}", path.replace('/', "::")) }
}

/// Own names that each file uses outside of its tests, written out from the root.
fn imports() -> Vec<(String, Vec<String>)> {
    let is_test =
        |path: &str| path.ends_with("tests.rs") || path.contains("_tests") || path.ends_with("test_points.rs");
    let own = |(path, code): (String, String)| {
        let mut names: Vec<String> = uses(&path, &code).into_iter().map(|(name, _, _)| name).collect();
        for start in ["crate::", "super::"] {
            for (at, _) in code.match_indices(start) {
                let is_inside = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':' || c == '(');
                let line = code[..at].rsplit('\n').next().unwrap_or("");
                if line.trim_start().starts_with("use ")
                    || line.contains("pub(in ")
                    || is_inside && !code[..at].ends_with('(')
                {
                    continue;
                }
                let rest = &code[at..];
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(rest.len());
                names.extend(absolute(&path, rest[..end].trim_end_matches(':')));
            }
        }
        (path, names)
    };
    all()
        .into_iter()
        .filter(|(path, _)| !is_test(path))
        .map(|(path, code)| (path, without_tests(&code)))
        .map(own)
        .collect()
}

/// Tests stand at the end of a file.
fn without_tests(code: &str) -> String {
    let is_module = |at: usize| {
        code[at..]
            .lines()
            .skip(1)
            .find(|line| !line.starts_with("#["))
            .is_some_and(|line| line.starts_with("mod ") && line.ends_with('{'))
    };
    let start = code.match_indices("#[cfg(test)]\n").map(|(at, _)| at).find(|at| is_module(*at));
    start.map_or(code, |at| &code[..at]).to_owned()
}

/// A path from the root, for one that begins at the root, the module or the one above; none for another crate's.
fn absolute(path: &str, name: &str) -> Option<String> {
    let mut module: Vec<String> = module_of(path).split("::").map(str::to_owned).collect();
    let mut parts = name.split("::").peekable();
    match *parts.peek()? {
        "crate" => return Some(name.to_owned()),
        "super" | "self" => {}
        _ => return None,
    }
    while let Some(part @ ("super" | "self")) = parts.peek().copied() {
        if part == "super" {
            module.pop();
        }
        parts.next();
    }
    module.extend(parts.map(str::to_owned));
    Some(module.join("::"))
}

/// What a file brings in by `use`: the path from the root, the name it gets, and whether it is handed on.
fn uses(path: &str, code: &str) -> Vec<(String, Option<String>, bool)> {
    let code = without_tests(code);
    let mut found = Vec::new();
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let line = line.trim();
        let is_public = line.starts_with("pub");
        let bare = line.strip_prefix("pub").map_or(line, |rest| {
            rest.strip_prefix('(').and_then(|rest| rest.split_once(')')).map_or(rest, |(_, rest)| rest).trim_start()
        });
        let Some(tree) = bare.strip_prefix("use ") else { continue };
        let mut tree = tree.to_owned();
        while !tree.contains(';') {
            let Some(next) = lines.next() else { break };
            tree.push(' ');
            tree.push_str(next.trim());
        }
        let tree = tree.split(';').next().unwrap_or("").to_owned();
        for leaf in leaves("", &tree) {
            let (name, alias) =
                leaf.split_once(" as ").map_or((leaf.as_str(), None), |(name, alias)| (name, Some(alias)));
            let name = name.trim_end_matches("::self").trim_end_matches("::*");
            // A name that begins with a module of this file's own.
            let name = if code.contains(&format!("mod {};", name.split("::").next().unwrap_or(""))) {
                format!("self::{name}")
            } else {
                name.to_owned()
            };
            found.extend(absolute(path, &name).map(|name| (name, alias.map(str::to_owned), is_public)));
        }
    }
    found
}

/// The paths of a tree of names such as `a::{b, c::{d, e}}`.
fn leaves(front: &str, tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else { return vec![format!("{front}{tree}")] };
    let (front, inside) = (format!("{front}{}", &tree[..open]), &tree[open + 1..tree.rfind('}').unwrap_or(tree.len())]);
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).flat_map(|part| leaves(&front, part)).collect()
}

#[test]
fn trees_of_names_are_read() {
    assert_eq!(
        leaves("", "crate::a::{self, b, c::{d as e, f}}"),
        ["crate::a::self", "crate::a::b", "crate::a::c::d as e", "crate::a::c::f"]
    );
    assert_eq!(absolute("a/b.rs", "super::c::D").as_deref(), Some("crate::a::c::D"));
    assert_eq!(absolute("a/mod.rs", "self::c").as_deref(), Some("crate::a::c"));
    assert_eq!(absolute("a/b.rs", "std::fs"), None);
    let code = "use super::c;\nuse crate::d::{E, F};\npub use self::g::H;\nfn x() {}\n";
    let names: Vec<String> = uses("a/b.rs", code).into_iter().map(|(name, _, _)| name).collect();
    assert_eq!(names, ["crate::a::c", "crate::d::E", "crate::d::F", "crate::a::b::g::H"]);
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
