//! `segmenta generate`

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{Failure, output};
use crate::figures;
use crate::generate::{DataRecipe, generate, mess};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Shape of the data.
    recipe: Recipe,
    /// Rows to make: customers, or lines of sale.
    #[arg(long, required_unless_present = "files", conflicts_with = "files")]
    rows: Option<usize>,
    /// Exports to make, of a seed each: for mess, in place of rows.
    #[arg(long)]
    files: Option<usize>,
    /// Folder to write: that of a data set, or for mess of exports with a folder each.
    #[arg(long)]
    out: PathBuf,
    /// Seed; the same seed makes the same data. For mess that of the first export.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// What can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recipe {
    Data(DataRecipe),
    Mess,
}

impl ValueEnum for Recipe {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::Data(DataRecipe::Personality),
            Self::Data(DataRecipe::Clickstream),
            Self::Data(DataRecipe::Petshop),
            Self::Data(DataRecipe::Coupons),
            Self::Data(DataRecipe::Marketplace),
            Self::Mess,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Data(recipe) => recipe.to_possible_value(),
            Self::Mess => Some(PossibleValue::new("mess").help("Dirty exports of shops, with the truth beside them")),
        }
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    match (arguments.recipe, arguments.rows, arguments.files) {
        (_, Some(0), _) => Err("--rows must be at least 1".into()),
        (_, _, Some(0)) => Err("--files must be at least 1".into()),
        (Recipe::Data(recipe), Some(rows), _) => data(arguments, recipe, rows),
        (Recipe::Data(recipe), None, _) => {
            Err(format!("--files is for mess; say how many rows of {} to make with --rows", recipe.name()).into())
        }
        (Recipe::Mess, _, Some(files)) => exports(arguments, files),
        (Recipe::Mess, _, None) => Err("exports of mess draw their own rows; say how many to make with --files".into()),
    }
}

fn data(arguments: &Arguments, recipe: DataRecipe, rows: usize) -> Result<(), Failure> {
    let written = generate(recipe, rows, arguments.seed, &arguments.out)?;
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

fn exports(arguments: &Arguments, files: usize) -> Result<(), Failure> {
    let written = mess::write(arguments.seed, files, &arguments.out)?;
    if arguments.json {
        return output::json(&written);
    }
    output::line(&format!(
        "wrote {} to {} ({} bytes), each with its truth.json",
        figures::counted(written.exports, "synthetic export", "synthetic exports"),
        written.folder.display(),
        figures::count(written.bytes)
    ));
    Ok(())
}
