//! `segmenta report`

use std::path::PathBuf;

use super::label::find_model;
use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::DatasetError;
use crate::segment::lifetime::LifetimeValues;
use crate::segment::report::Report;
use crate::web::report::html;

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set to report on.
    dataset: String,
    /// Model whose segments are reported.
    #[arg(long, default_value = "default")]
    model: String,
    /// File to write, .html.
    #[arg(long)]
    out: PathBuf,
    #[command(flatten)]
    folders: Folders,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let out = &arguments.out;
    if out.extension().is_none_or(|ending| ending != "html" && ending != "htm") {
        return Err("--out must end in .html".into());
    }
    if out.is_dir() {
        return Err(format!("{} is a folder; give the name of a file", out.display()).into());
    }
    let (dataset, model) = find_model(&arguments.folders, &format!("{}/{}", arguments.dataset, arguments.model))?;
    let labels = model.labels_for(&dataset)?;
    let with_sales = dataset.facts.as_ref().filter(|facts| facts.has_amounts);
    let lifetimes = with_sales.map(|facts| LifetimeValues::of(facts, dataset.customers.len()));
    let page = html(&dataset, &Report::of(&dataset, &model, &labels, lifetimes.as_ref())?)?;
    std::fs::write(out, page).map_err(|source| DatasetError::Unwritable { file: out.clone(), source })?;
    output::line(&format!("wrote the report to {}", out.display()));
    Ok(())
}
