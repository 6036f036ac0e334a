//! `segmenta generate`

use std::path::PathBuf;

use super::{Failure, output};
use crate::figures;
use crate::generate::{DataRecipe, generate};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Shape of the data.
    recipe: DataRecipe,
    /// Rows to make: customers, or lines of sale.
    #[arg(long)]
    rows: usize,
    /// Data set folder to write.
    #[arg(long)]
    out: PathBuf,
    /// Seed; the same seed makes the same data.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    if arguments.rows == 0 {
        return Err("--rows must be at least 1".into());
    }
    let written = generate(arguments.recipe, arguments.rows, arguments.seed, &arguments.out)?;
    if arguments.json {
        return output::json(&written);
    }
    output::line(&format!(
        "wrote {} synthetic rows to {} ({} bytes)",
        figures::count(written.rows),
        written.file.display(),
        figures::count(written.bytes)
    ));
    Ok(())
}
