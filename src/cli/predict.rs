//! `segmenta predict`

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::label::find_model;
use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::newcomers::Newcomers;
use crate::figures;
use crate::segment::predict::{Placement, newcomer_placements, parse_features, predict};

#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("who").required(true).args(["set", "input"])))]
pub(super) struct Arguments {
    /// Model, as DATASET or DATASET/NAME.
    model: String,
    #[command(flatten)]
    folders: Folders,
    /// A feature of the new customer, as name=value; features left out are unknown.
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// File with new customers.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Report {
    customers: Vec<Placement>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (dataset, model) = find_model(&arguments.folders, &arguments.model)?;
    if let Some(input) = &arguments.input {
        let people = Newcomers::read(&dataset, input, &model.encoder.wanted(&model.recipe))?;
        let customers = newcomer_placements(&model, &people.features)?;
        if arguments.json {
            return output::json(&Report { customers });
        }
        let rows: Vec<Vec<String>> = customers
            .iter()
            .enumerate()
            .map(|(row, p)| vec![(row + 1).to_string(), p.segment.clone(), figures::percent(p.confidence)])
            .collect();
        output::table(&["ROW", "SEGMENT", "CONFIDENCE"], &rows, &[0, 2]);
        return Ok(());
    }
    let inputs = parse_settings(&arguments.set)?;
    let prediction = predict(&model, &dataset, &parse_features(&model, &dataset, &inputs)?)?;
    if arguments.json {
        return output::json(&prediction);
    }
    output::line(&format!("{} (confidence {})", prediction.segment, figures::percent(prediction.confidence)));
    for distance in &prediction.distances {
        output::line(&format!("  distance to {}: {}", distance.segment, figures::number(distance.distance)));
    }
    for reason in &prediction.reasons {
        output::line(&format!("  {}: {} of the evidence", reason.label, figures::signed_percent(reason.share)));
    }
    for name in &prediction.unknown {
        output::line(&format!("  {name} is unknown; the median was used"));
    }
    for warning in &prediction.warnings {
        output::line(&format!("  {warning}"));
    }
    Ok(())
}

fn parse_settings(settings: &[String]) -> Result<BTreeMap<String, String>, Failure> {
    settings
        .iter()
        .map(|text| {
            text.split_once('=')
                .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
                .ok_or_else(|| format!("--set {text} must be written as NAME=VALUE").into())
        })
        .collect()
}
