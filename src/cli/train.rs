//! `segmenta train`

use serde::Serialize;

use super::recipe::RecipeArguments;
use super::{Failure, output};
use crate::config::Folders;
use crate::figures;
use crate::library::catalog::load_named;
use crate::segment::advice::warnings;
use crate::segment::artefact::Scores;
use crate::segment::fit::{Occasion, fit};
use crate::segment::scores::{Score, Scored};
use crate::segment::{Model, Recipe, Segment, store};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set to train on.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    /// Name to save the model under.
    #[arg(long, default_value = "default")]
    name: String,
    #[command(flatten)]
    recipe: RecipeArguments,
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
    let recipe = arguments.recipe.request()?.resolve(&dataset)?;
    for warning in warnings(&dataset, &recipe)? {
        output::note(&format!("note: {warning}"));
    }
    let stored = store::read_all(&arguments.folders.models_dir);
    let of_name = |name: &str| stored.models.iter().find(|model| model.dataset == dataset.name && model.name == name);
    let predecessor = of_name(&arguments.name).or_else(|| of_name("default"));
    let occasion = Occasion { name: &arguments.name, predecessor, now: output::now(), quick: false };
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
                Score::Stability.text(model.stability(segment.cluster)),
                segment.description.clone(),
            ]
        })
        .collect();
    output::table(&["SEGMENT", "CUSTOMERS", "SHARE", "STABILITY", "DESCRIPTION"], &rows, &[1, 2, 3]);
    let words: Vec<String> = [&Score::COMPARED[..], &Score::FURTHER[..]]
        .concat()
        .into_iter()
        .filter_map(|score| {
            model.scores.score(score).map(|value| format!("{} {}", score.within(), score.text(Some(value))))
        })
        .collect();
    output::line(&format!("\n{} ({}): {}", model.recipe.algorithm.title(), model.parameters(), words.join(", ")));
    output::note(&format!("wrote {file}"));
    Ok(())
}
