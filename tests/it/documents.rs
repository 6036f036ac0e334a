//! What the documents say, held against the program: manifests parse, commands run, settings and subcommands are all there.

use std::collections::BTreeMap;
use std::path::Path;

use clap::{Args, CommandFactory};
use rust_xlsxwriter::Workbook;
use segmenta::cli::Arguments;
use segmenta::config::ServeConfig;
use segmenta::dataset::Manifest;
use segmenta::segment::scores::Score;
use toml::{Table, Value};

use crate::command_line::works;

/// Commands of the README that are not run, by how they start, and why.
const NOT_RUN: [(&str, &str); 2] = [
    ("segmenta serve", "serves until it is stopped"),
    ("segmenta load petshop --to postgres", "needs PostgreSQL; tests/it/postgres runs it"),
];

fn document(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Code blocks of a language, each with the number of its first line.
fn blocks(text: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String)> = None;
    let mut is_other = false;
    for (at, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(_), None) if is_other => is_other = false,
            (Some(said), None) if said == language => open = Some((at + 2, String::new())),
            (Some(_), None) => is_other = true,
            (None, Some((_, block))) => *block += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    blocks
}

/// Cells of the table whose header starts so.
fn rows(text: &str, header: &str) -> Vec<Vec<String>> {
    let start = text.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    start.take_while(|line| line.starts_with('|')).map(cells).collect()
}

/// Names of tables that a fragment speaks of.
fn tables_named(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Table(table) => {
            for (key, value) in table {
                match value {
                    Value::String(name) if key == "table" || key == "of" => names.push(name.clone()),
                    _ => tables_named(value, names),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| tables_named(value, names)),
        _ => {}
    }
}

/// A fragment of a manifest with what every manifest needs beside it.
fn completed(fragment: &str) -> Result<String, String> {
    let mut manifest: Table = toml::from_str(fragment).map_err(|error| error.to_string())?;
    let part = |text: &str| toml::from_str::<Table>(text).unwrap();
    for (key, value) in part("title = \"t\"\n[segmentation]\nvalue = \"spent\"\nfeatures = [\"spent\"]\n") {
        manifest.entry(key).or_insert(value);
    }
    if let Some(Value::Table(facts)) = manifest.get_mut("facts") {
        for (key, value) in part("table = \"sale\"\ncustomer = \"customer_id\"\ntime = \"day\"\n") {
            facts.entry(key).or_insert(value);
        }
    }
    let mut tables = match manifest.remove("table") {
        Some(Value::Array(tables)) => tables,
        _ => Vec::new(),
    };
    let mut named = Vec::new();
    manifest
        .values()
        .chain(tables.iter().filter(|table| table.get("of").is_some()))
        .for_each(|value| tables_named(value, &mut named));
    if named.is_empty() && tables.is_empty() {
        named.push("customer".to_owned());
    }
    for name in named {
        if !tables.iter().any(|table| table.get("name").and_then(Value::as_str) == Some(&name)) {
            tables.push(Value::Table(part(&format!("name = \"{name}\"\nfile = \"{name}.csv\"\n"))));
        }
    }
    if tables.len() > 1 && !manifest.contains_key("facts") && !manifest.contains_key("customers") {
        let first = tables[0].get("name").and_then(Value::as_str).unwrap_or_default();
        let customers = part(&format!("[customers]\ntable = \"{first}\"\nid = \"id\"\n"));
        manifest.extend(customers);
    }
    manifest.insert("table".to_owned(), Value::Array(tables));
    toml::to_string(&manifest).map_err(|error| error.to_string())
}

#[test]
fn every_manifest_in_the_documents_is_one() {
    for (path, at_least) in [("docs/MANIFEST.md", 9), ("README.md", 3)] {
        let blocks = blocks(&document(path), "toml");
        assert!(blocks.len() >= at_least, "{path} has {} blocks", blocks.len());
        for (line, block) in blocks {
            let parsed = completed(&block).and_then(|text| {
                Manifest::parse(Path::new("dataset.toml"), &text).map_err(|error| format!("{error}\nread as:\n{text}"))
            });
            assert!(parsed.is_ok(), "{path}, block at line {line}: {}", parsed.unwrap_err());
        }
    }
}

#[test]
fn a_misspelt_key_in_a_document_would_be_found() {
    for fragment in [
        "[[clean]]\nrule = \"cap\"\ncolums = [\"a\"]\nhigh = 1\n",
        "[[table]]\nname = \"a\"\nfile = \"a.csv\"\nencodin = \"utf-8\"\n",
        "[facts.status]\ncolumn = \"a\"\nused = [\"b\"]\nthings = \"c\"\n",
        "[segmentation]\nvalue = \"a\"\nfeatures = [\"a\"]\nclusters = 4\n",
    ] {
        let text = completed(fragment).unwrap();
        assert!(Manifest::parse(Path::new("dataset.toml"), &text).is_err(), "{text}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

/// What a reader brings: a workbook of sales, their customers, and customers to predict.
fn write_files_of_the_reader(folder: &Path) {
    let mut customers = "customer_id,city\n".to_owned();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet().set_name("sales").unwrap();
    for (column, name) in ["customer_id", "order_id", "sold_on", "amount"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, name).unwrap();
    }
    for customer in 0..40_u32 {
        customers += &format!("c{customer},{}\n", ["Bari", "Bonn", "Graz"][customer as usize % 3]);
        for order in 0..3 {
            let row = 1 + 3 * customer + order;
            sheet.write_string(row, 0, format!("c{customer}")).unwrap();
            sheet.write_string(row, 1, format!("o{row}")).unwrap();
            sheet.write_string(row, 2, format!("2024-{:02}-{:02}", 1 + row % 12, 1 + row % 28)).unwrap();
            sheet.write_number(row, 3, f64::from(5 + 7 * row % 90) + 0.5).unwrap();
        }
    }
    book.save(folder.join("sales.xlsx")).unwrap();
    std::fs::write(folder.join("customers.csv"), customers).unwrap();
    std::fs::copy(folder.join("data/personality/raw/marketing_campaign.csv"), folder.join("new.csv")).unwrap();
}

/// Commands of the README's sh blocks in their order, each once.
fn commands() -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for (_, block) in blocks(&document("README.md"), "sh") {
        for line in block.lines().filter(|line| line.split_whitespace().next() == Some("segmenta")) {
            let command = line.split(" #").next().unwrap_or(line).trim().to_owned();
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    commands
}

#[test]
fn every_command_of_the_readme_runs() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("data"), &folder.path().join("data"));
    write_files_of_the_reader(folder.path());
    let (left_out, run): (Vec<String>, Vec<String>) = commands()
        .into_iter()
        .partition(|command| command == "segmenta" || NOT_RUN.iter().any(|(start, _)| command.starts_with(start)));
    for (start, why) in NOT_RUN {
        assert!(left_out.iter().any(|command| command.starts_with(start)), "no command starts with {start} ({why})");
    }
    assert!(run.len() >= 10, "{run:?}");
    for command in run {
        // A million rows show nothing that a thousand do not.
        let command = command.replace("--rows 1000000", "--rows 1000");
        let arguments: Vec<&str> = command.split_whitespace().skip(1).collect();
        let said = works(folder.path(), &arguments);
        if let Some(at) = arguments.iter().position(|argument| *argument == "--out") {
            assert!(folder.path().join(arguments[at + 1]).exists(), "{command} wrote nothing: {said}");
        }
    }
}

#[test]
fn the_readme_lists_every_setting_with_its_default_and_no_other() {
    let serve = ServeConfig::augment_args(clap::Command::new("serve"));
    let mut expected = BTreeMap::from([(String::new(), ("RUST_LOG".to_owned(), "info".to_owned()))]);
    for argument in serve.get_arguments() {
        let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let values: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
        let default = if argument.get_action().takes_values() { values.join(" ") } else { String::new() };
        expected.insert(format!("--{}", argument.get_long().unwrap()), (variable, default));
    }
    let mut listed = BTreeMap::new();
    for row in rows(&document("README.md"), "| option | variable | default |") {
        let [option, variable, default, meaning] = row.as_slice() else { panic!("{row:?}") };
        assert!(!meaning.is_empty(), "{option} {variable} has no meaning");
        let default = if default == "none" { "" } else { default };
        let before = listed.insert(option.clone(), (variable.clone(), default.to_owned()));
        assert!(before.is_none(), "{option} stands twice");
    }
    assert_eq!(listed, expected, "left: the README, right: the program");
}

#[test]
fn the_documents_name_every_subcommand() {
    let (commands, architecture) = (commands(), document("docs/ARCHITECTURE.md"));
    let of_cli = architecture.lines().find(|line| line.starts_with("| `cli` |")).unwrap();
    for subcommand in Arguments::command().get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
        let name = subcommand.get_name();
        let is_shown = commands.iter().any(|command| command.split_whitespace().nth(1) == Some(name));
        assert!(is_shown, "no command of the README shows segmenta {name}");
        assert!(
            of_cli.split([' ', '`']).any(|word| word == name),
            "docs/ARCHITECTURE.md does not name {name} in: {of_cli}"
        );
    }
}

#[test]
fn every_score_has_its_formula_and_its_words() {
    let (methods, glossary) = (document("docs/METHODS.md"), document("docs/GLOSSARY.md"));
    let mut described: Vec<String> = rows(&methods, "| score | formula")
        .iter()
        .flat_map(|cells| cells[0].split(", ").map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut titles = Score::ALL.map(|score| score.title().to_owned()).to_vec();
    described.sort();
    titles.sort();
    assert_eq!(described, titles, "the table of scores in docs/METHODS.md");
    for title in titles {
        assert!(glossary.contains(&format!("\n**{title}")), "docs/GLOSSARY.md does not explain {title}");
    }
}
