//! `segmenta datasets`

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::Facts;
use crate::figures;
use crate::library::catalog::Catalog;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    folders: Folders,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line {
    name: String,
    title: String,
    customers: usize,
    columns: usize,
    facts: usize,
    synthetic: bool,
}

#[derive(Serialize)]
struct Listing {
    datasets: Vec<Line>,
    broken: Vec<Broken>,
}

#[derive(Serialize)]
struct Broken {
    name: String,
    reason: String,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let catalog = Catalog::load(&arguments.folders.data_dir)?;
    let listing = Listing {
        datasets: catalog
            .datasets
            .iter()
            .map(|dataset| Line {
                name: dataset.name.clone(),
                title: dataset.manifest.title.clone(),
                customers: dataset.customers.len(),
                columns: dataset.customers.columns.len(),
                facts: dataset.facts.as_ref().map_or(0, Facts::len),
                synthetic: dataset.synthetic.is_some(),
            })
            .collect(),
        broken: catalog.broken.into_iter().map(|b| Broken { name: b.name, reason: b.reason }).collect(),
    };
    if arguments.json {
        return output::json(&listing);
    }
    let rows: Vec<Vec<String>> = listing
        .datasets
        .iter()
        .map(|line| {
            vec![
                line.name.clone(),
                line.title.clone(),
                figures::count(line.customers),
                line.columns.to_string(),
                figures::count(line.facts),
                if line.synthetic { "synthetic" } else { "" }.to_owned(),
            ]
        })
        .collect();
    output::table(&["NAME", "TITLE", "CUSTOMERS", "COLUMNS", "FACTS", ""], &rows, &[2, 3, 4]);
    for broken in &listing.broken {
        output::note(&format!("{} cannot be used: {}", broken.name, broken.reason));
    }
    Ok(())
}
