//! `segmenta label`, and finding a model by its name on the command line.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::newcomers::Newcomers;
use crate::dataset::{Dataset, DatasetError, export};
use crate::figures;
use crate::library::catalog::load_named;
use crate::segment::predict::{Placement, newcomer_placements, placements};
use crate::segment::{Model, SegmentError, store};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Model, as DATASET or DATASET/NAME.
    model: String,
    #[command(flatten)]
    folders: Folders,
    /// File with customers; without it the data set's own customers.
    #[arg(long)]
    input: Option<PathBuf>,
    /// File to write, .csv or .parquet.
    #[arg(long)]
    out: PathBuf,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(serde::Serialize)]
struct Report {
    out: String,
    customers: usize,
}

/// Loads a data set and its saved model named `DATASET` (its model `default`) or `DATASET/NAME`.
pub(super) fn find_model(folders: &Folders, text: &str) -> Result<(Dataset, Model), Failure> {
    let (dataset_name, name) = text.split_once('/').unwrap_or((text, "default"));
    let dataset = load_named(&folders.data_dir, dataset_name)?;
    let models = store::read_all(&folders.models_dir);
    let known: Vec<String> =
        models.models.iter().filter(|m| m.dataset == dataset_name).map(|m| m.name.clone()).collect();
    for aside in &models.set_aside {
        output::note(&format!("{} is not used: it {}", aside.file.display(), aside.reason));
    }
    let found = models.models.into_iter().find(|model| model.dataset == dataset_name && model.name == name);
    found.map(|model| (dataset, model)).ok_or_else(|| {
        SegmentError::Unknown {
            name: format!("{dataset_name}/{name}"),
            known: if known.is_empty() {
                format!("train one with: segmenta train {dataset_name}")
            } else {
                format!("there are {}", known.join(", "))
            },
        }
        .into()
    })
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let parquet = match arguments.out.extension().and_then(|e| e.to_str()) {
        Some("csv") => false,
        Some("parquet") => true,
        _ => return Err("--out must end in .csv or .parquet".into()),
    };
    let (dataset, model) = find_model(&arguments.folders, &arguments.model)?;
    let customers = match &arguments.input {
        None => {
            let extra = placements(&model, &dataset)?.columns(&dataset);
            let rows: Vec<u32> = (0..dataset.customers.len() as u32).collect();
            let file = create(&arguments.out)?;
            if parquet {
                export::write_parquet(file, &dataset.customers, &rows, &extra)?;
            } else {
                export::write_csv(file, &dataset.customers, &rows, &extra)?;
            }
            rows.len()
        }
        Some(input) => {
            let people = Newcomers::read(&dataset, input, &model.encoder.wanted(&model.recipe))?;
            let extra = text_columns(&newcomer_placements(&model, &people.features)?);
            let file = create(&arguments.out)?;
            if parquet {
                people.write_parquet(file, &extra)?;
            } else {
                people.write_csv(file, &extra)?;
            }
            people.len()
        }
    };
    let out = arguments.out.display().to_string();
    if arguments.json {
        return output::json(&Report { out, customers });
    }
    output::line(&format!("wrote {} labelled customers to {out}", figures::count(customers)));
    Ok(())
}

fn create(file: &Path) -> Result<BufWriter<File>, DatasetError> {
    File::create(file).map(BufWriter::new).map_err(|source| DatasetError::Unwritable { file: file.to_owned(), source })
}

fn text_columns(placements: &[Placement]) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("cluster", placements.iter().map(|p| p.cluster.to_string()).collect()),
        ("segment", placements.iter().map(|p| p.segment.clone()).collect()),
        ("confidence", placements.iter().map(|p| format!("{:.3}", p.confidence)).collect()),
    ]
}
