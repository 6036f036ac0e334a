//! Overview: how many customers, what they are worth, how the segments share it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::parts::{Card, Picker, PickerForm};
use crate::dataset::Column;
use crate::figures;
use crate::query::View;
use crate::query::distribution::{counts_by_segment, distribution};
use crate::query::relation::{Colour, boxes};
use crate::query::view::mean;
use crate::segment::profile::{SegmentTotals, SegmentWorth, findings};
use crate::web::charts::style::ColourStyle;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::report::ReportLinks;
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    shell: Shell,
    cards: Vec<Card>,
    findings: Vec<String>,
    header: Vec<String>,
    rows: Vec<TotalsRow>,
    pies: Vec<Chart>,
    form: PickerForm,
    chosen: Vec<Chart>,
    empty: bool,
    report: Option<ReportLinks>,
}

struct TotalsRow {
    name: String,
    colour: String,
    cells: Vec<String>,
    total: bool,
}

/// Kinds of the chart whose variable the reader picks.
const KINDS: [(&str, &str); 3] = [("means", "Bars of means"), ("histogram", "Histograms"), ("box", "Box plots")];

/// What the page can be asked.
pub(super) struct OverviewQuestion {
    variable: Option<String>,
    kind: &'static str,
}

impl Question for OverviewQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            variable: asking.text("var"),
            kind: asking.one_of("kind", &KINDS.map(|(kind, _)| (kind, kind)))?.unwrap_or("means"),
        })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<OverviewQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &OverviewQuestion) -> Result<OverviewPage, AppError> {
    let view = context.view();
    let dataset = &context.dataset;
    let shell = Shell::of(context, Tab::Overview).with_filters(context, Tab::Overview, &view);
    let value = dataset.value().ok_or_else(|| AppError::internal("the value measure is gone"))?;
    let visits = dataset.manifest.segmentation.visits.as_deref().and_then(|name| dataset.customers.column(name));
    let numeric = |column: &Column| column.is_measure();
    let chosen =
        context.column(question.variable.as_deref(), "to compare segments by", numeric, Some(value))?.unwrap_or(value);
    let kind = question.kind;
    let form = PickerForm::new(
        context,
        vec![
            Picker::of_columns("var", "Variable", dataset.customers.measures(), Some(chosen), None),
            Picker::new("kind", "Chart", KINDS, kind),
        ],
    );
    let worth = SegmentWorth::of(&view, value, visits);
    let empty = view.rows.is_empty();
    Ok(OverviewPage {
        shell,
        cards: cards(context, value, visits, &worth),
        findings: match (&context.entry, empty) {
            (Some(entry), false) => findings(&view, dataset, &entry.model, &worth.segments),
            _ => Vec::new(),
        },
        header: header(value, visits),
        rows: rows(context, value, visits, &worth),
        pies: if empty { Vec::new() } else { pies(context, &worth, value, visits) },
        form,
        chosen: if empty {
            Vec::new()
        } else {
            vec![chart(context, &view, chosen, kind)].into_iter().flatten().collect()
        },
        empty,
        report: ReportLinks::of(context),
    })
}

fn cards(context: &PageContext, value: &Column, visits: Option<&Column>, worth: &SegmentWorth) -> Vec<Card> {
    let all = &worth.all;
    let unit = value.unit.as_deref();
    let mut cards = vec![
        Card::new(
            "Customers",
            figures::count(all.customers),
            format!("of {}", figures::count(context.dataset.customers.len())),
        ),
        Card::new(value.label.clone(), figures::with_unit(&figures::short(all.value), unit), "all chosen customers"),
        Card::new(
            format!("Mean {}", value.label.to_lowercase()),
            figures::of_column(all.mean_value, value),
            "per customer",
        ),
    ];
    if let Some(visits) = visits {
        cards.push(Card::new(
            format!("Per {}", singular(&visits.label)),
            figures::with_unit(&figures::number(all.value_per_visit.unwrap_or(f64::NAN)), unit),
            format!("{} divided by {}", value.label.to_lowercase(), visits.label.to_lowercase()),
        ));
    }
    if let Some(entry) = &context.entry {
        let here = worth.segments.iter().filter(|s| s.cluster >= 0).count();
        let note = format!("of {} by {}", entry.model.n_clusters(), entry.model.recipe.algorithm.title());
        cards.push(Card::new("Segments", here.to_string(), note));
        let undecided = worth.segments.iter().find(|s| s.cluster < 0).map_or(0.0, |s| s.customer_share);
        cards.push(Card::new("Undecided", figures::percent(undecided), "customers without a segment"));
    }
    cards
}

/// The label of a count as one of it: "Purchases" becomes "purchase".
fn singular(label: &str) -> String {
    let lower = label.to_lowercase();
    lower.strip_suffix('s').map_or(lower.clone(), str::to_owned)
}

fn header(value: &Column, visits: Option<&Column>) -> Vec<String> {
    let mut header = vec!["Segment".to_owned(), "Customers".to_owned(), "Share".to_owned()];
    header.extend([value.label.clone(), format!("Share of {}", value.label.to_lowercase()), "Mean".to_owned()]);
    if let Some(visits) = visits {
        header.extend([visits.label.clone(), format!("Per {}", singular(&visits.label))]);
    }
    header
}

fn rows(context: &PageContext, value: &Column, visits: Option<&Column>, worth: &SegmentWorth) -> Vec<TotalsRow> {
    let style = context.style();
    let unit = value.unit.as_deref();
    let line = |totals: &SegmentTotals| {
        let mut cells = vec![
            figures::count(totals.customers),
            figures::percent(totals.customer_share),
            figures::with_unit(&figures::number(totals.value), unit),
            figures::percent(totals.value_share),
            figures::of_column(totals.mean_value, value),
        ];
        if visits.is_some() {
            let ratio = totals.value_per_visit.map(|ratio| figures::with_unit(&figures::number(ratio), unit));
            cells.push(figures::number(totals.visits.unwrap_or(f64::NAN)));
            cells.push(ratio.unwrap_or_else(|| "–".to_owned()));
        }
        cells
    };
    let of_segment = |totals: &SegmentTotals| TotalsRow {
        name: style.name(totals.cluster),
        colour: style.colour(totals.cluster),
        cells: line(totals),
        total: false,
    };
    let segments = if context.entry.is_some() { worth.segments.as_slice() } else { &[] };
    let total = TotalsRow { name: "Total".to_owned(), colour: String::new(), cells: line(&worth.all), total: true };
    segments.iter().map(of_segment).chain([total]).collect()
}

fn pies(context: &PageContext, worth: &SegmentWorth, value: &Column, visits: Option<&Column>) -> Vec<Chart> {
    if context.entry.is_none() {
        return Vec::new();
    }
    let style = context.style();
    let of_each = |figure: fn(&SegmentTotals) -> f64| -> Vec<(i32, f64)> {
        worth.segments.iter().map(|totals| (totals.cluster, figure(totals))).collect()
    };
    let written = |n: f64| format!("{} customers", figures::number(n));
    let customers = of_each(|totals| totals.customers as f64);
    let mut pies =
        vec![charts::segments::shares("pie-customers", "How are customers shared?", &customers, written, &style)];
    let values = (value, of_each(|totals| totals.value));
    let visits = visits.map(|visits| (visits, of_each(|totals| totals.visits.unwrap_or(0.0))));
    for (column, sums) in std::iter::once(values).chain(visits) {
        pies.push(charts::segments::shares(
            &format!("pie-{}", column.name),
            &format!("How is the sum of {} shared?", column.label.to_lowercase()),
            &sums,
            |amount| figures::with_unit(&figures::short(amount), column.unit.as_deref()),
            &style,
        ));
    }
    pies
}

fn chart(context: &PageContext, view: &View<'_>, column: &Column, kind: &str) -> Vec<Chart> {
    let style = context.style();
    match kind {
        "histogram" if context.entry.is_some() => {
            vec![charts::distribution::overlaid("chosen", column, &counts_by_segment(view, column), &style)]
        }
        "histogram" => vec![charts::distribution::of_variable(column, &distribution(view, column))],
        "box" => {
            let colour = if context.entry.is_some() { Colour::Segment } else { Colour::Single };
            let found = boxes(view, column, None, colour, None);
            charts::relation::boxes(column, None, &found, &ColourStyle::of(colour, style))
        }
        _ => {
            let means: Vec<(i32, f64)> =
                view.by_segment().iter().map(|group| (group.key, mean(column, &group.rows))).collect();
            vec![charts::segments::means("chosen", column, &means, mean(column, &view.rows), &style)]
        }
    }
}
