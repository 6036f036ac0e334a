//! Segments: who they are, how they differ, and their customers.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, Redirect};

use super::parts::{Picker, PickerForm};
use super::worth::{Worth, worth};
use crate::dataset::{Column, Role, Values};
use crate::figures;
use crate::query::distribution::densities_by_segment;
use crate::query::filter::{UNDECIDED_WORD, segment_text};
use crate::query::relation::{Colour, MAX_POINTS, boxes, correlations, level_of, parts, sampled};
use crate::query::table::{self, SORT_BY_ID, SORT_BY_SEGMENT, TableRequest};
use crate::query::{QueryError, View};
use crate::segment::explore::Geometry;
use crate::segment::profile::{SegmentWorth, VariableProfile, leading, profiles};
use crate::segment::{Model, Segment};
use crate::stats::correlation::Method;
use crate::web::address::{Query, href};
use crate::web::charts::style::{ColourStyle, SegmentStyle};
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::report::ReportLinks;
use crate::web::state::{AppState, ModelEntry};
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "segments.html")]
struct SegmentsPage {
    shell: Shell,
    empty: bool,
    dataset: String,
    model: String,
    back: String,
    csv: String,
    parquet: String,
    report: Option<ReportLinks>,
    segments: Vec<SegmentCard>,
    radar: Chart,
    components: Chart,
    profile_header: Vec<String>,
    profile: Vec<ProfileRow>,
    worth: Option<Worth>,
    variable_form: PickerForm,
    variable_charts: Vec<Chart>,
    pair_form: PickerForm,
    pair: Chart,
    inside_form: PickerForm,
    inside: Vec<Chart>,
    table: CustomerTable,
}

struct SegmentCard {
    key: String,
    name: String,
    description: String,
    colour: String,
    facts: Vec<(String, String)>,
}

struct ProfileRow {
    label: String,
    eta: String,
    all: String,
    cells: Vec<ProfileCell>,
}

struct ProfileCell {
    value: String,
    note: String,
}

struct CustomerTable {
    hidden: Vec<(String, String)>,
    search: String,
    found: String,
    header: Vec<SortLink>,
    rows: Vec<Vec<String>>,
    previous: String,
    next: String,
    position: String,
}

struct SortLink {
    label: String,
    href: String,
    sorted: &'static str,
    is_text: bool,
}

/// Variables of the radar beside the model's features.
const RADAR_VARIABLES: usize = 8;

/// What the page can be asked: variables to draw, a segment to look into, a page of the table.
pub(super) struct SegmentsQuestion {
    variables: [Option<String>; 2],
    pair: [Option<String>; 2],
    inside: Option<String>,
    table: TableRequest,
}

impl Question for SegmentsQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            variables: ["v1", "v2"].map(|key| asking.text(key)),
            pair: ["px", "py"].map(|key| asking.text(key)),
            inside: asking.text("inside"),
            table: asking.table()?,
        })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<SegmentsQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &SegmentsQuestion) -> Result<SegmentsPage, AppError> {
    let entry = context.model()?;
    let view = context.view();
    let style = context.style();
    let dataset = &context.dataset;
    let measures: Vec<&Column> = dataset.customers.measures().collect();
    let mut download = context.model_pair();
    download.extend(context.filter.pairs(&dataset.customers));
    let link = |ending: &str| href(&format!("/d/{}/download/labelled.{ending}", dataset.name), &download);
    // The parts know nothing of each other, so they are worked out side by side.
    let ((variables, pair), (profiles, inside, components)) = rayon::join(
        || (variables(context, &question.variables, &view, &style), pair(context, &question.pair, &view)),
        || {
            let profiles = profiles(&view, &measures);
            (
                profiles,
                inside(context, question.inside.as_deref(), &view, &entry.model),
                components(context, &view, entry, &style),
            )
        },
    );
    let ((variable_form, variable_charts), (pair_form, pair), (inside_form, inside)) = (variables?, pair?, inside?);
    Ok(SegmentsPage {
        shell: Shell::of(context, Tab::Segments).with_filters(context, Tab::Segments, &view),
        empty: view.rows.is_empty(),
        dataset: dataset.name.clone(),
        model: entry.model.name.clone(),
        back: context.filter_link(Tab::Segments, &context.filter),
        report: ReportLinks::of(context),
        csv: link("csv"),
        parquet: link("parquet"),
        segments: cards(context, &view, &entry.model, &style),
        radar: charts::segments::radar(&leading(&profiles, &entry.model.recipe.features, RADAR_VARIABLES), &style),
        components: components?,
        profile_header: view.by_segment().iter().map(|group| style.name(group.key)).collect(),
        profile: profile_rows(context, &profiles),
        worth: worth(context, &view, &style),
        variable_form,
        variable_charts,
        pair_form,
        pair,
        inside_form,
        inside,
        table: customer_table(context, &question.table, &view)?,
    })
}

fn cards(context: &PageContext, view: &View<'_>, model: &Model, style: &SegmentStyle) -> Vec<SegmentCard> {
    let Some(value) = context.dataset.value() else { return Vec::new() };
    SegmentWorth::of(view, value, None)
        .segments
        .into_iter()
        .filter_map(|totals| {
            let segment: &Segment = model.segment(totals.cluster)?;
            Some(SegmentCard {
                key: segment_text(segment.cluster),
                name: segment.name.clone(),
                description: segment.description.clone(),
                colour: style.colour(segment.cluster),
                facts: vec![
                    ("Customers".to_owned(), figures::count(totals.customers)),
                    ("Share of customers".to_owned(), figures::percent(totals.customer_share)),
                    (value.label.clone(), figures::with_unit(&figures::short(totals.value), value.unit.as_deref())),
                    (format!("Share of {}", value.label.to_lowercase()), figures::percent(totals.value_share)),
                ],
            })
        })
        .collect()
}

fn components(
    context: &PageContext,
    view: &View<'_>,
    entry: &ModelEntry,
    style: &SegmentStyle,
) -> Result<Chart, AppError> {
    let geometry: &Geometry = entry.geometry(&context.dataset).ok_or_else(|| {
        AppError::Unprocessable("The model does not fit this data any more; train it again.".to_owned())
    })?;
    let keep = |row: u32| view.rows.binary_search(&row).is_ok();
    Ok(charts::segments::principal_components(geometry, entry.labels(), keep, None, style))
}

fn profile_rows(context: &PageContext, profiles: &[VariableProfile]) -> Vec<ProfileRow> {
    profiles
        .iter()
        .filter_map(|profile| {
            let column = context.dataset.customers.column(&profile.column)?;
            Some(ProfileRow {
                label: profile.label.clone(),
                eta: if profile.eta_squared.is_finite() {
                    format!("{:.2}", profile.eta_squared)
                } else {
                    "–".to_owned()
                },
                all: figures::of_column(profile.mean, column),
                cells: profile
                    .segments
                    .iter()
                    .map(|segment| ProfileCell {
                        value: figures::of_column(segment.mean, column),
                        note: if column.role == Role::Flag {
                            figures::relative(segment.mean, profile.mean)
                        } else {
                            format!(
                                "({}) {}",
                                figures::bare_of_column(segment.median, column),
                                figures::relative(segment.mean, profile.mean)
                            )
                        },
                    })
                    .collect(),
            })
        })
        .collect()
}

/// The manifest's features that can be drawn along an axis; other numbers where it has none.
fn drawable_features(context: &PageContext) -> Vec<&Column> {
    let customers = &context.dataset.customers;
    let manifest = &context.dataset.manifest.segmentation.features;
    let drawable = |column: &&Column| matches!(column.role, Role::Numeric | Role::Date);
    let features: Vec<&Column> = manifest.iter().filter_map(|name| customers.column(name)).filter(drawable).collect();
    if features.is_empty() { customers.numeric().collect() } else { features }
}

fn variables(
    context: &PageContext,
    [left, right]: &[Option<String>; 2],
    view: &View<'_>,
    style: &SegmentStyle,
) -> Result<(PickerForm, Vec<Chart>), AppError> {
    let customers = &context.dataset.customers;
    let features = drawable_features(context);
    let default = |position: usize| features.get(position).or(features.first()).copied();
    let not_category = |column: &Column| column.role != Role::Category && column.role != Role::Flag;
    let first = context.column(left.as_deref(), "to draw", not_category, default(0))?;
    let second = context.column(right.as_deref(), "to draw", not_category, default(1))?;
    let mut charts = Vec::new();
    for (position, column) in [first, second].into_iter().flatten().enumerate() {
        charts.push(charts::distribution::densities(
            &format!("density-{position}"),
            column,
            &densities_by_segment(view, column),
            style,
        ));
    }
    for (position, column) in [first, second].into_iter().flatten().enumerate() {
        let colour = Colour::Segment;
        let found = boxes(view, column, None, colour, None);
        for mut chart in charts::relation::boxes(column, None, &found, &ColourStyle::of(colour, style.clone())) {
            chart.id = format!("{}-{position}", chart.id);
            charts.push(chart);
        }
    }
    let columns = || customers.columns.iter().filter(|column| not_category(column));
    let pickers = vec![
        Picker::of_columns("v1", "Left", columns(), first, None),
        Picker::of_columns("v2", "Right", columns(), second, None),
    ];
    Ok((PickerForm::new(context, pickers), charts))
}

fn pair(
    context: &PageContext,
    [across, up]: &[Option<String>; 2],
    view: &View<'_>,
) -> Result<(PickerForm, Chart), AppError> {
    let customers = &context.dataset.customers;
    let features = drawable_features(context);
    let default = |position: usize| features.get(position).or(features.first()).copied();
    let numeric = |column: &Column| matches!(column.role, Role::Numeric | Role::Date);
    let x = context.column(across.as_deref(), "to draw", numeric, default(0))?;
    let y = context.column(up.as_deref(), "to draw", numeric, default(1))?;
    let (Some(x), Some(y)) = (x, y) else {
        return Err(AppError::Unprocessable("There is no numeric variable to draw.".to_owned()));
    };
    let colour = Colour::Segment;
    let sample = view.with_rows(sampled(&view.rows, MAX_POINTS));
    let style = ColourStyle::of(colour, context.style());
    let chart = charts::relation::scatter(x, y, None, &parts(&sample, colour), view.rows.len(), &style);
    let columns = || customers.columns.iter().filter(|column| numeric(column));
    let pickers = vec![
        Picker::of_columns("px", "Across", columns(), Some(x), None),
        Picker::of_columns("py", "Up", columns(), Some(y), None),
    ];
    Ok((PickerForm::new(context, pickers), chart))
}

/// Correlations and principal components within one segment.
fn inside(
    context: &PageContext,
    asked: Option<&str>,
    view: &View<'_>,
    model: &Model,
) -> Result<(PickerForm, Vec<Chart>), AppError> {
    let clusters = model.clusters();
    let chosen = match asked {
        None => clusters.first().copied().unwrap_or(0),
        Some(text) => clusters.iter().copied().find(|cluster| segment_text(*cluster) == text).ok_or_else(|| {
            QueryError::UnknownChoice {
                what: "segment",
                text: text.to_owned(),
                known: clusters.iter().map(|cluster| segment_text(*cluster)).collect::<Vec<_>>().join(", "),
            }
        })?,
    };
    let rows: Vec<u32> =
        view.by_segment().iter().find(|group| group.key == chosen).map_or_else(Vec::new, |group| group.rows.clone());
    let own = view.with_rows(rows);
    let columns = model.recipe.features.iter().filter_map(|name| view.customers.column(name));
    let columns: Vec<&Column> = columns.filter(|column| column.is_measure()).collect();
    let mut charts = Vec::new();
    if own.rows.len() > 1 {
        if columns.len() > 1 {
            let mut heatmap = charts::relation::heatmap(&correlations(&own, &columns, Method::Pearson));
            "inside-correlation".clone_into(&mut heatmap.id);
            heatmap.question = format!("Which features go together within {}?", model.segment_name(chosen));
            heatmap.wide = false;
            charts.push(heatmap);
        }
        if let Ok(geometry) = Geometry::within(model, &context.dataset, &own.rows) {
            let labels = model.encoder.space_labels(&model.recipe, &context.dataset);
            let mut loadings = charts::segments::loadings(&geometry, &labels);
            "inside-loadings".clone_into(&mut loadings.id);
            loadings.question = format!("In which directions do customers of {} differ?", model.segment_name(chosen));
            charts.push(loadings);
        }
    }
    let names: Vec<(String, String)> =
        model.segments.iter().map(|segment| (segment_text(segment.cluster), segment.name.clone())).collect();
    let options = names.iter().map(|(key, name)| (key.as_str(), name.as_str()));
    let picker = Picker::new("inside", "Segment", options, &segment_text(chosen));
    Ok((PickerForm::new(context, vec![picker]), charts))
}

fn customer_table(context: &PageContext, request: &TableRequest, view: &View<'_>) -> Result<CustomerTable, AppError> {
    let customers = &context.dataset.customers;
    let page = table::page(view, request)?;
    let features = &context.model()?.model.recipe.features;
    let shown: Vec<&Column> = features
        .iter()
        .filter_map(|name| customers.column(name))
        .chain(customers.columns.iter().filter(|column| !features.contains(&column.name) && !column.derived))
        .take(12)
        .collect();
    let sort_link = |key: &str, label: &str, is_text: bool| {
        let sorted = request.sort == key;
        let next = if sorted && !request.descending { "desc" } else { "asc" };
        SortLink {
            label: label.to_owned(),
            href: context.view_link(Tab::Segments, &[("sort", key), ("dir", next), ("page", "")]) + "#customers",
            sorted: match (sorted, request.descending) {
                (true, false) => "ascending",
                (true, true) => "descending",
                _ => "",
            },
            is_text,
        }
    };
    let mut header = vec![sort_link(SORT_BY_ID, &customers.id_name, true), sort_link(SORT_BY_SEGMENT, "Segment", true)];
    header.extend(shown.iter().map(|column| sort_link(&column.name, &column.label, !column.is_measure())));
    let labels = context.labels().unwrap_or(&[]);
    let rows = page
        .rows
        .iter()
        .map(|row| {
            let row = *row as usize;
            let segment = labels.get(row).map_or_else(String::new, |label| context.segment_name(*label));
            let mut cells = vec![customers.ids.get(row).to_owned(), segment];
            cells.extend(shown.iter().map(|column| cell(column, row)));
            cells
        })
        .collect();
    let to_page = |number: usize, there: bool| {
        if there {
            context.view_link(Tab::Segments, &[("page", &number.to_string())]) + "#customers"
        } else {
            String::new()
        }
    };
    Ok(CustomerTable {
        hidden: context.hidden_except(&["q", "page"]),
        search: request.search.clone(),
        found: format!("{} found", figures::count(page.found)),
        header,
        rows,
        previous: to_page(page.page.saturating_sub(1), page.page > 1),
        next: to_page(page.page + 1, page.page < page.pages),
        position: format!("Page {} of {}", figures::count(page.page), figures::count(page.pages)),
    })
}

/// One value as it stands in a table.
pub(super) fn cell(column: &Column, row: usize) -> String {
    match &column.values {
        Values::Levels { .. } => level_of(column, row).to_owned(),
        Values::Numbers(_) if column.role == Role::Flag => level_of(column, row).to_owned(),
        Values::Numbers(numbers) if numbers[row].is_nan() => "–".to_owned(),
        Values::Numbers(numbers) => figures::of_column(numbers[row], column),
    }
}

/// `POST /d/{dataset}/segments/edit`
pub(super) async fn edit(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let query = Query::parse(&String::from_utf8_lossy(&body))?;
    let model = query.get("model").unwrap_or("").to_owned();
    let cluster = match query.get("cluster").unwrap_or("") {
        UNDECIDED_WORD => -1,
        text => text.parse().map_err(|_| AppError::BadRequest(format!("\"{text}\" is no segment.")))?,
    };
    let edit = crate::web::state::SegmentEdit {
        cluster,
        name: query.get("name").unwrap_or("").to_owned(),
        description: query.get("description").unwrap_or("").to_owned(),
    };
    let back = query.get("back").filter(|back| back.starts_with(&format!("/d/{name}/"))).unwrap_or("").to_owned();
    let shared = Arc::clone(&state);
    let dataset = name.clone();
    state.compute(move || shared.edit_segment(&dataset, &model, &edit)).await??;
    Ok(Redirect::to(if back.is_empty() { "/" } else { &back }))
}
