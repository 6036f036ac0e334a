//! `segmenta clean`

use std::fs::File;
use std::io::BufWriter;

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::{DatasetError, Ledger, export};
use crate::figures;
use crate::library::catalog::load_named;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set to clean.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    dataset: &'a str,
    #[serde(flatten)]
    ledger: &'a Ledger,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<&'a Ledger>,
    reconciles: bool,
    written: Vec<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let dataset = load_named(&arguments.folders.data_dir, &arguments.dataset)?;
    let folder = dataset.folder.join("processed");
    std::fs::create_dir_all(&folder).map_err(|source| DatasetError::Unwritable { file: folder.clone(), source })?;
    let rows: Vec<u32> = (0..dataset.customers.len() as u32).collect();
    let (csv, parquet) = (folder.join("customers.csv"), folder.join("customers.parquet"));
    let create = |file: &std::path::Path| {
        File::create(file)
            .map(BufWriter::new)
            .map_err(|source| DatasetError::Unwritable { file: file.to_owned(), source })
    };
    export::write_csv(create(&csv)?, &dataset.customers, &rows, &[])?;
    export::write_parquet(create(&parquet)?, &dataset.customers, &rows, &[])?;
    let ledger = &dataset.ledger;
    let written = [&csv, &parquet].map(|file| file.display().to_string());
    if arguments.json {
        return output::json(&Report {
            dataset: &dataset.name,
            ledger,
            facts: dataset.facts.as_ref().map(|facts| &facts.ledger),
            reconciles: ledger.reconciles(),
            written: written.to_vec(),
        });
    }
    if let Some(facts) = &dataset.facts {
        print(&facts.ledger);
    }
    print(ledger);
    for file in written {
        output::note(&format!("wrote {file}"));
    }
    Ok(())
}

/// The ledger as a table with its totals.
fn print(ledger: &Ledger) {
    let lines: Vec<Vec<String>> = ledger
        .entries
        .iter()
        .map(|entry| {
            vec![
                entry.rule.clone(),
                entry.columns.join(", "),
                figures::count(entry.rows_removed),
                figures::count(entry.cells_changed),
                figures::number(entry.value_changed - entry.value_removed),
            ]
        })
        .collect();
    output::table(&["RULE", "COLUMNS", "ROWS REMOVED", "CELLS CHANGED", "CHANGE OF VALUE"], &lines, &[2, 3, 4]);
    output::line(&format!(
        "\nrows   {} in = {} out + {} removed",
        figures::count(ledger.rows_in),
        figures::count(ledger.rows_out),
        figures::count(ledger.rows_removed())
    ));
    if !ledger.value.is_empty() {
        output::line(&format!(
            "value  {} in, {} out ({})",
            figures::number(ledger.value_in),
            figures::number(ledger.value_out),
            ledger.value
        ));
    }
    output::line(if ledger.reconciles() { "The ledger reconciles." } else { "The ledger does NOT reconcile." });
    for note in &ledger.notes {
        output::line(note);
    }
}
