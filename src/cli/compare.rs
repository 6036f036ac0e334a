//! `segmenta compare`

use super::recipe::RecipeArguments;
use super::{Failure, output};
use crate::config::Folders;
use crate::figures;
use crate::library::catalog::load_named;
use crate::segment::comparison::{Candidate, Comparison, compare_algorithms};
use crate::segment::scores::{Score, Scored};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Data set to compare algorithms on.
    dataset: String,
    #[command(flatten)]
    folders: Folders,
    #[command(flatten)]
    recipe: RecipeArguments,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let dataset = load_named(&arguments.folders.data_dir, &arguments.dataset)?;
    let recipe = arguments.recipe.request()?.resolve(&dataset)?;
    let comparison = compare_algorithms(&dataset, &recipe, &output::Bar::new())?;
    if arguments.json {
        return output::json(&comparison);
    }
    print(&comparison);
    Ok(())
}

fn print(comparison: &Comparison) {
    let row = |(position, candidate): (usize, &Candidate)| {
        let mut cells = vec![
            if comparison.best == Some(position) { "*" } else { "" }.to_owned(),
            candidate.title.clone(),
            candidate.sizes.len().to_string(),
            figures::percent(candidate.undecided as f64 / comparison.customers.max(1) as f64),
        ];
        cells.extend(Score::COMPARED.map(|score| score.text(candidate.score(score))));
        cells.extend([
            format!("{:.2}", comparison.adjusted_rand[comparison.best.unwrap_or(0)][position]),
            format!("{:.2}", candidate.seconds),
            sizes(candidate),
        ]);
        cells
    };
    let rows: Vec<Vec<String>> = comparison.candidates.iter().enumerate().map(row).collect();
    let scores = Score::COMPARED.map(|score| score.title().to_uppercase());
    let mut header = vec!["", "ALGORITHM", "SEGMENTS", "UNDECIDED"];
    header.extend(scores.iter().map(String::as_str));
    header.extend(["RAND", "SECONDS", "SIZES"]);
    output::table(&header, &rows, &[2, 3, 4, 5, 6, 7, 8, 9]);
    output::line(&format!("\n{}", comparison.reason));
    output::line("RAND is the adjusted Rand index with the best (or first), 1 for the same segments.");
    for opinion in &comparison.second_opinions {
        output::line(&opinion.sentence(comparison.customers));
    }
    for warning in &comparison.warnings {
        output::note(&format!("note: {warning}"));
    }
    for candidate in &comparison.candidates {
        if let Some(note) = &candidate.note {
            output::note(&format!("note: {}: {note}", candidate.title));
        }
    }
}

fn sizes(candidate: &Candidate) -> String {
    const SHOWN: usize = 6;
    let shown: Vec<String> = candidate.sizes.iter().take(SHOWN).map(|size| figures::count(*size)).collect();
    let rest = candidate.sizes.len().saturating_sub(SHOWN);
    if rest > 0 { format!("{} and {rest} more", shown.join(" ")) } else { shown.join(" ") }
}
