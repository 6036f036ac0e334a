//! All algorithms on the same customers: the table, why the best is best, and how far they agree.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, Redirect};

use super::request::{current, fields, posted};
use crate::figures;
use crate::segment::comparison::{Comparison, comparison_key};
use crate::segment::scores::{Better, Score, Scored};
use crate::segment::{Recipe, RecipeRequest};
use crate::web::address::href;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::Asked;
use crate::web::state::AppState;
use crate::web::tab::Tab;
use crate::web::work::train;
use crate::words;

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparePage {
    shell: Shell,
    dataset: String,
    back: String,
    features: String,
    fields: Vec<(String, String)>,
    comparison: Option<ComparisonView>,
}

struct ComparisonView {
    best: String,
    reason: String,
    warnings: Vec<String>,
    opinions: Vec<String>,
    scores: [&'static str; 4],
    /// Which scores are better high, and which low.
    better: String,
    rows: Vec<CandidateRow>,
    chart: Chart,
    customers: String,
}

struct CandidateRow {
    title: String,
    parameters: String,
    best: bool,
    cells: Vec<Cell>,
    remark: String,
    fields: Vec<(String, String)>,
}

struct Cell {
    text: String,
    best: bool,
}

/// `POST /d/{dataset}/cluster/compare`
pub(in crate::web::pages) async fn start(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let (dataset, recipe) = posted(&state, &name, &body).await?;
    let address = href(&format!("/d/{name}/cluster/compare"), &fields(&recipe));
    if state.snapshot().comparisons.contains(&comparison_key(&dataset, &recipe)) {
        return Ok(Redirect::to(&address));
    }
    let job = train::start_comparison(&state, &dataset, recipe, address)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

/// `GET /d/{dataset}/cluster/compare`
pub(in crate::web::pages) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<RecipeRequest>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &RecipeRequest) -> Result<ComparePage, AppError> {
    let recipe = current(context, question)?;
    let dataset = &context.dataset;
    let known = context.snapshot.comparisons.get(&comparison_key(dataset, &recipe));
    let label = |name: &String| dataset.customers.column(name).map_or(name.clone(), |column| column.label.clone());
    Ok(ComparePage {
        shell: Shell::of(context, Tab::Cluster),
        dataset: dataset.name.clone(),
        back: href(&context.path(Tab::Cluster), &fields(&recipe)),
        features: format!(
            "{} (transform {}, scaling {})",
            recipe.features.iter().map(label).collect::<Vec<_>>().join(", "),
            recipe.transform.as_str(),
            recipe.scale.as_str()
        ),
        fields: fields(&recipe),
        comparison: known.map(|comparison| view(comparison, &recipe)),
    })
}

fn view(comparison: &Comparison, recipe: &Recipe) -> ComparisonView {
    let titles: Vec<String> = comparison.candidates.iter().map(|candidate| candidate.title.clone()).collect();
    ComparisonView {
        best: comparison.best.map_or_else(|| "No clear choice".to_owned(), |best| titles[best].clone()),
        reason: comparison.reason.clone(),
        warnings: comparison.warnings.clone(),
        opinions: comparison.second_opinions.iter().map(|opinion| opinion.sentence(comparison.customers)).collect(),
        scores: Score::COMPARED.map(Score::title),
        better: better(),
        rows: rows(comparison, recipe),
        chart: charts::agreement::adjusted_rand(&titles, &comparison.adjusted_rand),
        customers: figures::count(comparison.customers),
    }
}

/// Which scores are better high, and which low, in words.
fn better() -> String {
    let named = |better: Better, words: &str| {
        let names: Vec<&str> =
            Score::COMPARED.iter().filter(|score| score.better() == better).map(|score| score.within()).collect();
        format!("{} {words}", words::all_of(&names))
    };
    format!("{}, {}", named(Better::Higher, "high"), named(Better::Lower, "low"))
}

fn rows(comparison: &Comparison, recipe: &Recipe) -> Vec<CandidateRow> {
    let candidates = &comparison.candidates;
    // The best value of a column, among the results that are useful.
    let bests = Score::COMPARED.map(|score| {
        let useful = candidates.iter().filter(|candidate| candidate.not_useful.is_none());
        (score, score.best(useful.filter_map(|candidate| candidate.score(score))))
    });
    let plain = |text: String| Cell { text, best: false };
    candidates
        .iter()
        .enumerate()
        .map(|(position, candidate)| {
            let mut cells = vec![
                plain(candidate.sizes.len().to_string()),
                plain(sizes(&candidate.sizes)),
                plain(figures::percent(candidate.undecided as f64 / comparison.customers.max(1) as f64)),
            ];
            cells.extend(bests.map(|(score, best)| {
                let value = candidate.score(score);
                let is_best = candidate.not_useful.is_none() && value.is_some() && value == best;
                Cell { text: score.text(value), best: is_best }
            }));
            cells.push(plain(format!("{:.2}", candidate.seconds)));
            let useless = candidate.not_useful.as_ref().map(|why| format!("Not useful: {why}."));
            CandidateRow {
                title: candidate.title.clone(),
                parameters: candidate.parameters.clone(),
                best: comparison.best == Some(position),
                cells,
                remark: [useless, candidate.note.clone()].into_iter().flatten().collect::<Vec<_>>().join(" "),
                fields: fields(&Recipe { algorithm: candidate.algorithm.clone(), ..recipe.clone() }),
            }
        })
        .collect()
}

/// The largest segments, and how many more there are.
fn sizes(sizes: &[usize]) -> String {
    const SHOWN: usize = 4;
    let mut text = sizes.iter().take(SHOWN).map(|size| figures::count(*size)).collect::<Vec<_>>().join(" · ");
    if sizes.len() > SHOWN {
        text.push_str(&format!(" and {} more", sizes.len() - SHOWN));
    }
    if text.is_empty() { "–".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    #[test]
    fn many_sizes_are_cut_short() {
        assert_eq!(super::sizes(&[]), "–");
        assert_eq!(super::sizes(&[1200, 3]), "1,200 · 3");
        assert_eq!(super::sizes(&[9, 8, 7, 6, 5, 4]), "9 · 8 · 7 · 6 and 2 more");
    }
}
