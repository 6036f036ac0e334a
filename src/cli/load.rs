//! `segmenta load`

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::DatasetError;
use crate::dataset::fill::{self, Filled};
use crate::dataset::manifest::MANIFEST_FILE;
use crate::figures;
use crate::library::catalog;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set whose files are written as tables.
    dataset: String,
    /// What kind of database they go to.
    #[arg(long)]
    to: Kind,
    /// Environment variable with the database's address, such as `postgres://user:password@host/database`.
    #[arg(long, default_value = "DATABASE_URL")]
    variable: String,
    /// Schema of the tables; the data set's name when silent.
    #[arg(long)]
    schema: Option<String>,
    /// Replace tables that are there already.
    #[arg(long)]
    replace: bool,
    /// Also make a data set of that name whose manifest reads the tables.
    #[arg(long = "as")]
    name: Option<String>,
    /// With `--as`: facts stay in the database, which adds them up when a page asks.
    #[arg(long, requires = "name")]
    in_database: bool,
    #[command(flatten)]
    folders: Folders,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// PostgreSQL 15 or later.
    Postgres,
}

#[derive(Serialize)]
struct Report {
    tables: Vec<Filled>,
    #[serde(skip_serializing_if = "Option::is_none")]
    manifest: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let Kind::Postgres = arguments.to;
    let folder = catalog::folder_of(&arguments.folders.data_dir, &arguments.dataset)?;
    let schema = arguments.schema.as_ref().unwrap_or(&arguments.dataset);
    let target = arguments.name.as_ref().map(|name| new_folder(&arguments.folders, name)).transpose()?;
    let tables = fill::fill(&folder, &arguments.variable, schema, arguments.replace)?;
    let mut manifest = None;
    if let Some(target) = target {
        let mut written = fill::manifest_for(&folder, &arguments.variable, schema)?;
        if let Some(facts) = &mut written.facts {
            facts.in_database = arguments.in_database;
        }
        let file = target.join(MANIFEST_FILE);
        let unwritable = |source| DatasetError::Unwritable { file: file.clone(), source };
        std::fs::create_dir_all(&target).map_err(unwritable)?;
        std::fs::write(&file, toml::to_string(&written)?).map_err(unwritable)?;
        manifest = Some(file.display().to_string());
    }
    let report = Report { tables, manifest };
    if arguments.json {
        return output::json(&report);
    }
    for table in &report.tables {
        output::line(&format!("{}: {} rows", table.table, figures::count(table.rows)));
    }
    if let Some(manifest) = &report.manifest {
        output::line(&format!("Wrote {manifest}; it needs the environment variable {}.", arguments.variable));
    }
    Ok(())
}

/// The folder of a data set that is not there yet.
fn new_folder(folders: &Folders, name: &str) -> Result<std::path::PathBuf, Failure> {
    let is_plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !is_plain {
        return Err(format!("\"{name}\" cannot be a data set's name; use letters, digits, \"-\" and \"_\"").into());
    }
    let folder = folders.data_dir.join(name);
    if folder.join(MANIFEST_FILE).exists() {
        return Err(format!("there is a data set named \"{name}\" already; choose another name").into());
    }
    Ok(folder)
}
