//! `segmenta import`

use std::path::PathBuf;

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::manifest::{MANIFEST_FILE, Role};
use crate::dataset::{Dataset, Facts};
use crate::figures;
use crate::library::Staging;
use crate::propose::{Proposal, TableProposal};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Name of the new data set: small letters, digits, "-" and "_".
    #[arg(long)]
    name: String,
    /// Files to make it of: csv, tsv, Parquet, Excel workbooks.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    folders: Folders,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    dataset: &'a str,
    manifest: String,
    customers: usize,
    facts: usize,
    proposal: &'a Proposal,
    notes: &'a [String],
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut staging = Staging::new(&arguments.folders.data_dir, &arguments.name)?;
    for file in &arguments.files {
        staging.add(file)?;
    }
    let proposal = staging.propose()?;
    let dataset = staging.finish(&proposal.manifest())?;
    let report = Report {
        dataset: &dataset.name,
        manifest: dataset.folder.join(MANIFEST_FILE).display().to_string(),
        customers: dataset.customers.len(),
        facts: dataset.facts.as_ref().map_or(0, Facts::len),
        proposal: &proposal,
        notes: &dataset.ledger.notes,
    };
    if arguments.json {
        return output::json(&report);
    }
    print(&proposal, &dataset);
    output::note(&format!("wrote {}", report.manifest));
    Ok(())
}

/// What was inferred, with the reasons.
fn print(proposal: &Proposal, dataset: &Dataset) {
    for table in &proposal.tables {
        print_table(table);
    }
    for key in proposal.keys.iter().filter(|key| key.is_used) {
        output::line(&format!("{}.{} -> {}.{}: {}", key.from, key.column, key.to, key.key, key.reason));
    }
    if let Some(customers) = &proposal.customers {
        output::line(&format!("customers: {}", customers.reason));
    }
    for reason in proposal.facts.iter().flat_map(|facts| &facts.reasons) {
        output::line(&format!("facts: {reason}"));
    }
    let segmentation = &proposal.segmentation;
    output::line(&format!("value: {}; features: {}", segmentation.value, segmentation.features.join(", ")));
    for note in proposal.notes.iter().chain(&dataset.ledger.notes) {
        output::line(note);
    }
    let facts = dataset.facts.as_ref().map(|facts| format!(", {} facts", figures::count(facts.len())));
    output::line(&format!(
        "{}: {} customers{}",
        dataset.name,
        figures::count(dataset.customers.len()),
        facts.unwrap_or_default()
    ));
}

fn print_table(table: &TableProposal) {
    let rows = figures::count(table.rows);
    let part = if table.is_complete { "" } else { " looked at" };
    output::line(&format!("{} ({}, {rows} rows{part})", table.name, table.file));
    for reason in &table.reasons {
        output::line(&format!("  {reason}"));
    }
    let lines: Vec<Vec<String>> = table
        .columns
        .iter()
        .map(|column| {
            let role = if column.role == Role::Ignore { "-" } else { column.role.as_str() };
            vec![format!("  {}", column.name), role.to_owned(), figures::count(column.distinct), column.reason.clone()]
        })
        .collect();
    output::table(&["  COLUMN", "ROLE", "VALUES", "WHY"], &lines, &[2]);
    output::line("");
}
