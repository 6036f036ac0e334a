//! Explore: every variable, alone and together, for the customers that pass the filter.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;
use rayon::prelude::*;

use super::parts::{Choice, Picker, PickerForm};
use crate::dataset::{Column, Role};
use crate::query::View;
use crate::query::distribution::distribution;
use crate::query::relation::{Colour, MAX_POINTS, boxes, correlations, parts, sampled};
use crate::query::view::is_splitter;
use crate::stats::correlation::Method;
use crate::web::address::href;
use crate::web::charts::style::ColourStyle;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{self, Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "explore.html")]
struct ExplorePage {
    shell: Shell,
    empty: bool,
    csv: String,
    parquet: String,
    distributions: Vec<Chart>,
    correlation_form: PickerForm,
    correlation: Chart,
    scatter_form: PickerForm,
    scatter: Chart,
    box_form: PickerForm,
    boxes: Vec<Chart>,
    matrix_hidden: Vec<(String, String)>,
    matrix_limit: usize,
    matrix_choices: Vec<Choice>,
    matrix: Vec<Chart>,
}

/// Variables of a scatter matrix.
const MATRIX_LIMIT: usize = 5;

/// Panels of a faceted box plot.
const FACET_LIMIT: usize = 8;

/// The choice that colours by segment.
const BY_SEGMENT: &str = "segment";

/// What the page can be asked: a method for correlations, and what scatter, box plots and matrix draw.
pub(super) struct ExploreQuestion {
    correlation: Method,
    x: Option<String>,
    y: Option<String>,
    size: Option<String>,
    colour: Option<String>,
    box_variable: Option<String>,
    box_groups: Option<String>,
    box_panels: Option<String>,
    box_colour: Option<String>,
    matrix: Vec<String>,
    /// Whether the form of the matrix was sent, also with nothing chosen.
    matrix_chosen: bool,
}

impl Question for ExploreQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            correlation: asking.parsed("corr", question::correlation)?.unwrap_or_default(),
            x: asking.text("x"),
            y: asking.text("y"),
            size: asking.text("size"),
            colour: asking.given("color"),
            box_variable: asking.text("by"),
            box_groups: asking.text("bx"),
            box_panels: asking.text("bf"),
            box_colour: asking.given("bc"),
            matrix: asking.all("m"),
            matrix_chosen: asking.flag("matrix"),
        })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<ExploreQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &ExploreQuestion) -> Result<ExplorePage, AppError> {
    let view = context.view();
    let customers = &context.dataset.customers;
    let shell = Shell::of(context, Tab::Explore).with_filters(context, Tab::Explore, &view);
    let mut download = context.model_pair();
    download.extend(context.filter.pairs(customers));
    let link = |ending: &str| href(&format!("/d/{}/download/customers.{ending}", context.dataset.name), &download);
    // The parts know nothing of each other, so they are worked out side by side.
    let ((correlation, boxes), (scatter, matrix)) = rayon::join(
        || (correlation(context, question, &view), box_plots(context, question, &view)),
        || (scatter(context, question, &view), matrix(context, question, &view)),
    );
    let ((correlation_form, correlation), (box_form, boxes)) = (correlation, boxes?);
    let ((scatter_form, scatter), (matrix_choices, matrix)) = (scatter?, matrix?);
    Ok(ExplorePage {
        empty: view.rows.is_empty(),
        csv: link("csv"),
        parquet: link("parquet"),
        distributions: customers
            .columns
            .par_iter()
            .map(|column| charts::distribution::of_variable(column, &distribution(&view, column)))
            .collect(),
        correlation_form,
        correlation,
        scatter_form,
        scatter,
        box_form,
        boxes,
        matrix_hidden: context.hidden_except(&["m", "matrix"]),
        matrix_limit: MATRIX_LIMIT,
        matrix_choices,
        matrix,
        shell,
    })
}

fn correlation(context: &PageContext, question: &ExploreQuestion, view: &View<'_>) -> (PickerForm, Chart) {
    let method = question.correlation;
    let columns: Vec<&Column> = view.customers.numeric().collect();
    let chart = charts::relation::heatmap(&correlations(view, &columns, method));
    let options = [("pearson", "Pearson (linear)"), ("spearman", "Spearman (ranks)"), ("kendall", "Kendall (pairs)")];
    (PickerForm::new(context, vec![Picker::new("corr", "Method", options, method.as_str())]), chart)
}

/// What colours a chart.
fn colour<'a>(context: &'a PageContext, asked: Option<&str>) -> Result<(Colour<'a>, String), AppError> {
    let default = if context.entry.is_some() { BY_SEGMENT } else { "" };
    match asked.unwrap_or(default) {
        "" | "none" => Ok((Colour::Single, String::new())),
        BY_SEGMENT if context.entry.is_some() => Ok((Colour::Segment, BY_SEGMENT.to_owned())),
        name => {
            let column = View::all(&context.dataset.customers, None).column(name, "to colour by", is_splitter)?;
            Ok((Colour::Level(column), name.to_owned()))
        }
    }
}

fn colour_picker(context: &PageContext, key: &str, chosen: &str) -> Picker {
    let segment = context.entry.is_some().then_some((BY_SEGMENT, "Segment"));
    let columns = context.dataset.customers.columns.iter().filter(|column| is_splitter(column));
    let options = std::iter::once(("none", "One colour"))
        .chain(segment)
        .chain(columns.map(|column| (column.name.as_str(), column.label.as_str())));
    Picker::new(key, "Colour", options, if chosen.is_empty() { "none" } else { chosen })
}

fn is_axis(column: &Column) -> bool {
    column.role != Role::Category && column.role != Role::Flag
}

fn scatter(
    context: &PageContext,
    question: &ExploreQuestion,
    view: &View<'_>,
) -> Result<(PickerForm, Chart), AppError> {
    let customers = &context.dataset.customers;
    let defaults: Vec<&Column> =
        context.dataset.manifest.segmentation.features.iter().filter_map(|name| customers.column(name)).collect();
    let (first, second) = (defaults.first().copied(), defaults.get(1).or(defaults.first()).copied());
    let x = context.column(question.x.as_deref(), "to draw", is_axis, first)?;
    let y = context.column(question.y.as_deref(), "to draw", is_axis, second)?;
    let size = context.column(question.size.as_deref(), "to size points by", Column::is_measure, None)?;
    let (colour, colour_key) = colour(context, question.colour.as_deref())?;
    let sample = view.with_rows(sampled(&view.rows, MAX_POINTS));
    let style = ColourStyle::of(colour, context.style());
    let (Some(x), Some(y)) = (x, y) else {
        return Err(AppError::Unprocessable("There is no numeric variable to draw.".to_owned()));
    };
    let chart = charts::relation::scatter(x, y, size, &parts(&sample, colour), view.rows.len(), &style);
    let axes = || customers.columns.iter().filter(|column| is_axis(column));
    let form = PickerForm::new(
        context,
        vec![
            Picker::of_columns("x", "Across", axes(), Some(x), None),
            Picker::of_columns("y", "Up", axes(), Some(y), None),
            Picker::of_columns("size", "Size", customers.measures(), size, Some("Equal")),
            colour_picker(context, "color", &colour_key),
        ],
    );
    Ok((form, chart))
}

fn box_plots(
    context: &PageContext,
    question: &ExploreQuestion,
    view: &View<'_>,
) -> Result<(PickerForm, Vec<Chart>), AppError> {
    let customers = &context.dataset.customers;
    let y = context.column(question.box_variable.as_deref(), "to draw", is_axis, context.dataset.value())?;
    let x =
        context.column(question.box_groups.as_deref(), "to group by", is_splitter, customers.categories().next())?;
    let facet = context.column(question.box_panels.as_deref(), "to split by", is_splitter, None)?;
    let (colour, colour_key) = colour(context, question.box_colour.as_deref())?;
    let Some(y) = y else {
        return Err(AppError::Unprocessable("There is no numeric variable to draw.".to_owned()));
    };
    let mut charts =
        charts::relation::boxes(y, x, &boxes(view, y, x, colour, facet), &ColourStyle::of(colour, context.style()));
    charts.truncate(FACET_LIMIT);
    let splitters = || customers.columns.iter().filter(|column| is_splitter(column));
    let form = PickerForm::new(
        context,
        vec![
            Picker::of_columns("by", "Variable", customers.columns.iter().filter(|c| is_axis(c)), Some(y), None),
            Picker::of_columns("bx", "Groups", splitters(), x, x.is_none().then_some("None")),
            colour_picker(context, "bc", &colour_key),
            Picker::of_columns("bf", "A panel for each", splitters(), facet, Some("One panel")),
        ],
    );
    Ok((form, charts))
}

fn matrix(
    context: &PageContext,
    question: &ExploreQuestion,
    view: &View<'_>,
) -> Result<(Vec<Choice>, Vec<Chart>), AppError> {
    let customers = &context.dataset.customers;
    let mut names = question.matrix.clone();
    if names.is_empty() && !question.matrix_chosen {
        names = context.dataset.manifest.segmentation.features.iter().take(3).cloned().collect();
    }
    if names.len() > MATRIX_LIMIT {
        return Err(AppError::BadRequest(format!(
            "A scatter matrix takes at most {MATRIX_LIMIT} variables; choose fewer."
        )));
    }
    let columns: Vec<&Column> =
        names.iter().map(|name| view.column(name, "to draw", is_axis)).collect::<Result<_, _>>()?;
    let choices = customers
        .columns
        .iter()
        .filter(|column| is_axis(column))
        .map(|column| Choice {
            value: column.name.clone(),
            label: column.label.clone(),
            chosen: names.contains(&column.name),
        })
        .collect();
    if columns.len() < 2 {
        return Ok((choices, Vec::new()));
    }
    let colour = if context.entry.is_some() { Colour::Segment } else { Colour::Single };
    let sample = view.with_rows(sampled(&view.rows, charts::relation::MATRIX_POINTS));
    let style = ColourStyle::of(colour, context.style());
    Ok((choices, vec![charts::relation::matrix(&columns, &parts(&sample, colour), &style)]))
}
