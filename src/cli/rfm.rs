//! `segmenta rfm`

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::facts::ReturnsFound;
use crate::dataset::{DatasetError, export};
use crate::figures;
use crate::library::catalog::load_named;
use crate::query::sales::effect;
use crate::query::{View, rfm};
use crate::stats::rfm::{Cuts, SegmentSummary};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set with facts.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// Four rising numbers of days as bands of recency instead of quintiles.
    #[arg(long, value_name = "DAYS,DAYS,DAYS,DAYS")]
    recency: Option<String>,
    /// Write every customer with scores, segment and action to this csv file.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    dataset: &'a str,
    customers: usize,
    without_scores: usize,
    orders: f64,
    monetary: f64,
    cuts: Cuts,
    #[serde(skip_serializing_if = "Option::is_none")]
    returns: Option<ReturnsFound>,
    segments: &'a [SegmentSummary],
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let bands = rfm::bands(arguments.recency.as_deref())?;
    let dataset = load_named(&arguments.folders.data_dir, &arguments.dataset)?;
    let view = View::all(&dataset.customers, None);
    let Some(found) = rfm::rfm(&view, bands.as_deref())? else {
        return Err(format!("data set \"{}\" has no recency, frequency and monetary value", dataset.name).into());
    };
    if let Some(file) = &arguments.out {
        let unwritable = |source| DatasetError::Unwritable { file: file.clone(), source };
        let out = BufWriter::new(File::create(file).map_err(unwritable)?);
        export::write_csv(out, &dataset.customers, &view.rows, &rfm::columns_of(&found.scores))?;
    }
    let total = |name: &str| {
        dataset.customers.numbers(name).map_or(0.0, |values| values.iter().filter(|value| value.is_finite()).sum())
    };
    let returns = dataset.facts.as_ref().and_then(|facts| facts.returns.as_ref()).map(|returns| returns.found);
    if arguments.json {
        return output::json(&Report {
            dataset: &dataset.name,
            customers: dataset.customers.len(),
            without_scores: found.scores.missing,
            orders: total("frequency"),
            monetary: total("monetary"),
            cuts: found.scores.cuts,
            returns,
            segments: &found.segments,
        });
    }
    for segment in &found.segments {
        output::line(&format!(
            "{:<20} {:>9} customers  {:>6} of the money  {}",
            segment.segment.name(),
            figures::count(segment.customers),
            figures::percent(segment.monetary_share),
            segment.segment.action()
        ));
    }
    for sentence in returns.iter().flat_map(|found| effect(found, &dataset.manifest.currency)) {
        output::line(&sentence);
    }
    Ok(())
}
