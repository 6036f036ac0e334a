//! Insights: groups of columns (products, channels, campaigns) by segment.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use crate::dataset::manifest::ChartGroup;
use crate::dataset::{Column, Role};
use crate::figures;
use crate::query::View;
use crate::query::sales::{Grain, Measure, Totals, check_steps};
use crate::query::view::{mean, sum};
use crate::segment::Model;
use crate::segment::profile::{SegmentWorth, findings, group_finding};
use crate::web::charts::sales::Written;
use crate::web::charts::segments::Said;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "insights.html")]
struct InsightsPage {
    shell: Shell,
    empty: bool,
    findings: Vec<String>,
    groups: Vec<GroupView>,
    /// What the customers of each segment buy, where there are facts.
    purchases: Vec<Chart>,
    /// Dimensions of so many levels that they are left out, in a sentence.
    left_out: String,
}

struct GroupView {
    name: String,
    label: String,
    charts: Vec<Chart>,
    header: Vec<String>,
    ranking: Vec<Vec<String>>,
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext) -> Result<InsightsPage, AppError> {
    let model = &context.model()?.model;
    let view = context.view();
    let dataset = &context.dataset;
    let empty = view.rows.is_empty();
    let mut sentences = Vec::new();
    let mut groups = Vec::new();
    if !empty {
        if let Some(value) = dataset.value() {
            sentences = findings(&view, dataset, model, &SegmentWorth::of(&view, value, None).segments);
        }
        for group in &dataset.manifest.group {
            let columns = columns(context, group);
            sentences.extend(group_finding(&view, &group.label, &columns, model));
            groups.push(group_view(context, &view, group, &columns));
        }
    }
    let purchases = if empty || dataset.facts.is_none() { Vec::new() } else { purchases(context, model)? };
    Ok(InsightsPage {
        shell: Shell::of(context, Tab::Insights).with_filters(context, Tab::Insights, &view),
        empty,
        findings: sentences,
        groups,
        left_out: if purchases.is_empty() { String::new() } else { left_out(context) },
        purchases,
    })
}

/// Most levels of a dimension that segments are compared by; more are no picture.
const MOST_LEVELS: usize = 1000;

fn left_out(context: &PageContext) -> String {
    let dimensions = context.dataset.facts.iter().flat_map(|facts| &facts.dimensions);
    let many = dimensions.filter(|dimension| dimension.names.len() > MOST_LEVELS);
    let named: Vec<String> = many
        .map(|dimension| format!("{} ({} levels)", dimension.label, figures::count(dimension.names.len())))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!(
        "Left out, because more than {} levels are no picture: {}. The Sales page shows their largest levels.",
        figures::count(MOST_LEVELS),
        named.join(", ")
    )
}

/// What the facts say of each segment: how its money or coupons are spread over the levels of each dimension, its numbers, and
/// its months.
fn purchases(context: &PageContext, model: &Model) -> Result<Vec<Chart>, AppError> {
    let view = context.sales()?;
    let style = context.style();
    let clusters = model.clusters();
    let Some(labels) = context.labels() else { return Ok(Vec::new()) };
    let written = Written::new(Measure::main(view.facts), &context.dataset);
    let mut charts = Vec::new();
    for dimension in view.facts.dimensions.iter().filter(|dimension| dimension.names.len() <= MOST_LEVELS) {
        let totals = view.by_level_and_cluster(dimension, labels, &clusters, written.measure)?;
        charts.push(charts::purchases::levels_by_segment(dimension, &clusters, &totals, written, &style));
    }
    charts.extend(view.facts.numbers.iter().filter_map(|number| {
        let found = view.number_by_cluster(number, labels, &clusters)?;
        Some(charts::purchases::number_by_segment(number, &clusters, &found, &style))
    }));
    let monthly = if view.facts.has_amounts { Measure::AverageOrderValue } else { written.measure };
    if check_steps(view.days()?, Grain::Month).is_ok() {
        let (days, totals) = view.by_cluster_and_time(labels, &clusters, Grain::Month, monthly)?;
        let values = |totals: &Vec<Totals>| totals.iter().map(|totals| monthly.of(totals)).collect();
        let segments: Vec<(i32, Vec<f64>)> = clusters.iter().copied().zip(totals.iter().map(values)).collect();
        charts.push(charts::sales::by_segment(&days, &segments, &style, Written { measure: monthly, ..written }));
    }
    Ok(charts)
}

fn columns<'a>(context: &'a PageContext, group: &ChartGroup) -> Vec<&'a Column> {
    group.columns.iter().filter_map(|name| context.dataset.customers.column(name)).collect()
}

fn group_view(context: &PageContext, view: &View<'_>, group: &ChartGroup, columns: &[&Column]) -> GroupView {
    let style = context.style();
    let groups = view.by_segment();
    let of_each = |figure: fn(&Column, &[u32]) -> f64| -> Vec<(i32, Vec<f64>)> {
        groups.iter().map(|g| (g.key, columns.iter().map(|column| figure(column, &g.rows)).collect())).collect()
    };
    let unit = columns.first().and_then(|column| column.unit.clone());
    let titled = |what: &str| unit.as_ref().map_or_else(|| what.to_owned(), |unit| format!("{what} ({unit})"));
    let lower = group.label.to_lowercase();
    GroupView {
        name: group.name.clone(),
        label: group.label.clone(),
        charts: vec![
            charts::segments::grouped(
                &format!("{}-mean", group.name),
                &format!("Which {lower} does an average customer use most?"),
                columns,
                &of_each(mean),
                &Said {
                    title: titled("mean per customer"),
                    write: figures::of_column,
                    are_shares: columns.iter().all(|column| column.role == Role::Flag),
                },
                &style,
            ),
            charts::segments::grouped(
                &format!("{}-total", group.name),
                &format!("Which {lower} bring most in total?"),
                columns,
                &of_each(sum),
                &Said { title: titled("total"), write: figures::sum_of_column, are_shares: false },
                &style,
            ),
        ],
        header: std::iter::once(group.label.clone())
            .chain(["Total".to_owned(), "Share".to_owned(), "Mean".to_owned(), "Strongest segment".to_owned()])
            .collect(),
        ranking: ranking(context, view, columns),
    }
}

fn ranking(context: &PageContext, view: &View<'_>, columns: &[&Column]) -> Vec<Vec<String>> {
    let groups = view.by_segment();
    let all: f64 = columns.iter().map(|column| sum(column, &view.rows)).sum();
    let mut ranked: Vec<(&&Column, f64)> = columns.iter().map(|column| (column, sum(column, &view.rows))).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked
        .into_iter()
        .map(|(column, total)| {
            let strongest = groups
                .iter()
                .filter(|group| group.key >= 0)
                .map(|group| (group.key, mean(column, &group.rows)))
                .filter(|(_, mean)| mean.is_finite())
                .max_by(|a, b| a.1.total_cmp(&b.1));
            vec![
                column.label.clone(),
                figures::with_unit(&figures::number(total), column.unit.as_deref()),
                figures::percent(total / all),
                figures::of_column(mean(column, &view.rows), column),
                strongest.map_or("–".to_owned(), |(key, mean)| {
                    format!("{} ({})", context.segment_name(key), figures::of_column(mean, column))
                }),
            ]
        })
        .collect()
}
