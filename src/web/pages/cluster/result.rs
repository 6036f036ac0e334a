//! A trained model: what it found, how good that is, and how far it can be trusted.

use super::request::AXES;
use crate::cluster::hierarchical::top_of_tree;
use crate::dataset::Column;
use crate::figures;
use crate::segment::artefact::Scores;
use crate::segment::estimator::Estimator;
use crate::segment::explore::silhouettes_by_cluster;
use crate::segment::scores::{Score, Scored};
use crate::segment::verdict;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::pages::parts::{Card, Picker, PickerForm};
use crate::web::state::{ModelEntry, Storage};

/// Ends of the dendrogram that is drawn.
const LEAVES: usize = 30;

/// A model as it is shown.
pub(super) struct ResultView {
    pub name: String,
    pub title: String,
    pub sentences: Vec<String>,
    pub storage: String,
    pub save_as: String,
    pub cards: Vec<Card>,
    pub rows: Vec<SegmentRow>,
    pub charts: Vec<Chart>,
    pub space: Option<Chart>,
    pub space_form: PickerForm,
}

/// A segment of the model.
pub(super) struct SegmentRow {
    pub name: String,
    pub colour: String,
    pub cells: Vec<String>,
    pub trust: String,
}

impl ResultView {
    pub(super) fn of(context: &PageContext, entry: &ModelEntry, axes: &[Option<String>; 3]) -> Result<Self, AppError> {
        let model = &entry.model;
        let (space_form, space) = space(context, entry, axes)?;
        Ok(Self {
            name: model.name.clone(),
            title: format!("{}, {}", model.recipe.algorithm.title(), model.parameters()),
            sentences: verdict::sentences(model),
            storage: match &entry.storage {
                Storage::Saved => String::new(),
                Storage::Trial => "This model is kept in memory only; save it to keep it.".to_owned(),
                Storage::Failed(reason) => {
                    format!("This model could not be saved and is kept in memory only: {reason}.")
                }
            },
            save_as: if model.name.starts_with("trial-") { String::new() } else { model.name.clone() },
            cards: cards(&model.scores),
            rows: rows(context, entry),
            charts: charts(context, entry),
            space,
            space_form,
        })
    }
}

fn cards(scores: &Scores) -> Vec<Card> {
    let further = Score::FURTHER.into_iter().filter(|score| scores.score(*score).is_some());
    Score::COMPARED
        .into_iter()
        .chain(further)
        .map(|score| Card::new(score.title(), score.text(scores.score(score)), score.range()))
        .collect()
}

fn rows(context: &PageContext, entry: &ModelEntry) -> Vec<SegmentRow> {
    let style = context.style();
    let scores = &entry.model.scores;
    entry
        .model
        .segments
        .iter()
        .map(|segment| {
            let of = |values: &[f64]| usize::try_from(segment.cluster).ok().and_then(|c| values.get(c).copied());
            let stable = of(&scores.stability);
            SegmentRow {
                name: segment.name.clone(),
                colour: style.colour(segment.cluster),
                cells: vec![
                    figures::count(segment.size),
                    figures::percent(segment.size as f64 / entry.model.labels.len().max(1) as f64),
                    of(&scores.silhouette_per_cluster).map_or("–".to_owned(), |score| format!("{score:.3}")),
                    Score::Stability.text(stable),
                ],
                trust: stable.and_then(|jaccard| Score::Stability.words(jaccard)).unwrap_or_default().to_owned(),
            }
        })
        .collect()
}

fn charts(context: &PageContext, entry: &ModelEntry) -> Vec<Chart> {
    let style = context.style();
    let mut charts = Vec::new();
    if let Estimator::Hierarchical { linkage, representative_labels, weights, merges, .. } = &entry.model.estimator
        && let Ok(nodes) = top_of_tree(merges, weights, representative_labels, LEAVES)
    {
        charts.push(charts::tree::dendrogram(&nodes, linkage.as_str(), &style));
    }
    let Some(geometry) = entry.geometry(&context.dataset) else { return charts };
    let labels = entry.model.encoder.space_labels(&entry.model.recipe, &context.dataset);
    let silhouettes = silhouettes_by_cluster(geometry, entry.labels());
    if !silhouettes.is_empty() {
        charts.push(charts::segments::silhouettes(&silhouettes, &style));
    }
    charts.push(charts::segments::principal_components(geometry, entry.labels(), |_| true, None, &style));
    charts.push(charts::segments::loadings(geometry, &labels));
    charts
}

fn space(
    context: &PageContext,
    entry: &ModelEntry,
    [first, second, third]: &[Option<String>; 3],
) -> Result<(PickerForm, Option<Chart>), AppError> {
    let customers = &context.dataset.customers;
    let features = entry.model.recipe.features.iter().filter_map(|name| customers.column(name));
    let fallback: Vec<&Column> = features.filter(|column| column.is_measure()).chain(customers.numeric()).collect();
    let axis = |asked: &Option<String>, position: usize| {
        context.column(asked.as_deref(), "to draw", Column::is_measure, fallback.get(position).copied())
    };
    let axes = [axis(first, 0)?, axis(second, 1)?, axis(third, 2)?];
    let pickers = AXES
        .iter()
        .zip(["First axis", "Second axis", "Third axis"])
        .zip(axes)
        .map(|((key, label), chosen)| Picker::of_columns(key, label, customers.measures(), chosen, None))
        .collect();
    let chart = match (axes, entry.geometry(&context.dataset)) {
        ([Some(x), Some(y), Some(z)], Some(geometry)) => {
            Some(charts::segments::space(geometry, entry.labels(), [x, y, z], &context.style()))
        }
        _ => None,
    };
    Ok((PickerForm::new(context, pickers), chart))
}
