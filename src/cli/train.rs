//! `segmenta train`

use serde::Serialize;

use super::{Failure, output};
use crate::config::Folders;
use crate::dataset::catalog::load_named;
use crate::figures;
use crate::segment::artefact::Scores;
use crate::segment::fit::{Occasion, fit};
use crate::segment::{Model, Recipe, RecipeRequest, Segment, store};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set to train on.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// Name to save the model under.
    #[arg(long, default_value = "default")]
    name: String,
    /// Columns, separated by commas.
    #[arg(long, value_delimiter = ',')]
    features: Option<Vec<String>>,
    /// none, log1p, box-cox or yeo-johnson.
    #[arg(long)]
    transform: Option<String>,
    /// standard, minmax, robust or none.
    #[arg(long)]
    scale: Option<String>,
    /// kmeans or dbscan.
    #[arg(long)]
    algorithm: Option<String>,
    /// Number of clusters, or auto.
    #[arg(long)]
    k: Option<String>,
    /// DBSCAN's radius in scaled units.
    #[arg(long)]
    eps: Option<f64>,
    /// DBSCAN's neighbours that make a core sample.
    #[arg(long)]
    min_samples: Option<usize>,
    /// Restarts of K-Means.
    #[arg(long)]
    n_init: Option<usize>,
    /// Seed of every random choice.
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    model: String,
    file: String,
    recipe: &'a Recipe,
    seconds: f64,
    scores: &'a Scores,
    segments: &'a [Segment],
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    store::check_name(&arguments.name)?;
    let dataset = load_named(&arguments.folders.data_dir, &arguments.dataset)?;
    let request = RecipeRequest {
        features: arguments.features.clone(),
        transform: arguments.transform.clone(),
        scale: arguments.scale.clone(),
        algorithm: arguments.algorithm.clone(),
        k: arguments.k.clone(),
        n_init: arguments.n_init,
        eps: arguments.eps,
        min_samples: arguments.min_samples,
        seed: arguments.seed,
    };
    let recipe = request.resolve(&dataset)?;
    let stored = store::read_all(&arguments.folders.models_dir);
    let of_name = |name: &str| stored.models.iter().find(|model| model.dataset == dataset.name && model.name == name);
    let predecessor = of_name(&arguments.name).or_else(|| of_name("default"));
    let occasion = Occasion { name: &arguments.name, predecessor, now: output::now() };
    let model = fit(&dataset, &recipe, occasion, &output::Bar::new())?;
    let file = store::save(&arguments.folders.models_dir, &model)?;
    report(&model, &file.display().to_string(), arguments.json)
}

fn report(model: &Model, file: &str, json: bool) -> Result<(), Failure> {
    if json {
        return output::json(&Report {
            model: format!("{}/{}", model.dataset, model.name),
            file: file.to_owned(),
            recipe: &model.recipe,
            seconds: model.seconds,
            scores: &model.scores,
            segments: &model.segments,
        });
    }
    let all: usize = model.segments.iter().map(|segment| segment.size).sum();
    let rows: Vec<Vec<String>> = model
        .segments
        .iter()
        .map(|segment| {
            vec![
                segment.name.clone(),
                figures::count(segment.size),
                figures::percent(segment.size as f64 / all as f64),
                segment.description.clone(),
            ]
        })
        .collect();
    output::table(&["SEGMENT", "CUSTOMERS", "SHARE", "DESCRIPTION"], &rows, &[1, 2]);
    let scores = [
        ("inertia", model.scores.inertia),
        ("silhouette", model.scores.silhouette),
        ("Davies-Bouldin", model.scores.davies_bouldin),
        ("Calinski-Harabasz", model.scores.calinski_harabasz),
    ];
    let words: Vec<String> =
        scores.iter().filter_map(|(name, score)| score.map(|s| format!("{name} {}", figures::number(s)))).collect();
    output::line(&format!("\n{} ({}): {}", model.recipe.algorithm.title(), model.parameters(), words.join(", ")));
    output::note(&format!("wrote {file}"));
    Ok(())
}
