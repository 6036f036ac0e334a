//! Sales: what was sold, when, what, where and to whom.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::parts::{Card, Picker, PickerForm};
use crate::dataset::{DatasetError, Facts, dates};
use crate::figures;
use crate::query::Filter;
use crate::query::sales::{Grain, Measure, SalesView, Totals, check_steps, dimension, effect};
use crate::segment::outlook::unusual_days;
use crate::series::calendar::{Window, moving_mean};
use crate::series::cohorts::from_counts;
use crate::web::charts::Chart;
use crate::web::charts::sales::{self as charts, Written};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page, sentence};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "sales.html")]
struct SalesPage {
    shell: Shell,
    empty: bool,
    /// Why nothing is drawn over time, when the period is too long for it.
    too_long: Option<String>,
    reset: String,
    cards: Vec<Card>,
    form: PickerForm,
    time: Vec<Chart>,
    levels: Vec<Chart>,
    map: Vec<Chart>,
    facet_form: PickerForm,
    facets: Vec<Chart>,
    retention: Vec<Chart>,
    returns: Option<ReturnsPart>,
    forecast: String,
}

/// What came back.
struct ReturnsPart {
    sentences: Vec<String>,
    /// Empty when the period is too long.
    rows: Vec<Vec<String>>,
}

/// Levels of a dimension that are drawn beside each other.
const FACETS: usize = 6;

/// Places that are drawn.
const PLACES: usize = 1500;

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<SalesQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

/// What the page can be asked.
pub(super) struct SalesQuestion {
    measure: Option<Measure>,
    step: Option<Grain>,
    facet: Option<String>,
}

impl Question for SalesQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            measure: asking.parsed("measure", Measure::parse)?,
            step: asking.parsed("step", Grain::parse)?,
            facet: asking.text("facet"),
        })
    }
}

/// What is shown and how it is written.
struct Sold<'a> {
    context: &'a PageContext,
    view: SalesView<'a>,
    grain: Grain,
    written: Written<'a>,
}

type Draw = fn(&Sold<'_>) -> Result<Vec<Chart>, DatasetError>;

fn build(context: &PageContext, question: &SalesQuestion) -> Result<SalesPage, AppError> {
    let view = context.sales()?;
    let measure = context.measure(question.measure, Measure::Sales)?;
    let grain = question.step.unwrap_or(Grain::Day);
    let facet = match question.facet.as_deref() {
        Some(name) => Some(dimension(view.facts, name, "to look at level by level")?),
        None => view.facts.dimensions.get(1).or(view.facts.dimensions.first()),
    };
    let customers = context.view();
    let written = Written::new(measure, &context.dataset);
    let days = view.days()?;
    let empty = days.is_none();
    let too_long = check_steps(days, grain).err().map(|error| sentence(&error.to_string()));
    let form = PickerForm::new(
        context,
        vec![
            Picker::new("measure", "Measure", offered(view.facts), measure.as_str()),
            Picker::new("step", "Time step", [("day", "Day"), ("week", "Week"), ("month", "Month")], grain.as_str()),
        ],
    );
    let dimensions = view.facts.dimensions.iter().map(|d| (d.name.as_str(), d.label.as_str()));
    let facet_picker = Picker::new("facet", "By", dimensions, facet.map_or("", |facet| facet.name.as_str()));
    let shell = Shell::of(context, Tab::Sales).with_filters(context, Tab::Sales, &customers);
    let question = Sold { context, view, grain, written };
    let mut built = SalesPage {
        shell,
        empty,
        too_long,
        reset: context.filter_link(Tab::Sales, &Filter::default()),
        cards: Vec::new(),
        form,
        time: Vec::new(),
        levels: Vec::new(),
        map: Vec::new(),
        facet_form: PickerForm::new(context, vec![facet_picker]),
        facets: Vec::new(),
        retention: Vec::new(),
        returns: None,
        forecast: context.view_link(Tab::Sales, &[]).replacen("/sales", "/sales/forecast", 1),
    };
    if !empty {
        // The parts know nothing of each other, so they are worked out side by side.
        let timed = built.too_long.is_none();
        let charts = |draw: Draw| if timed { draw(&question) } else { Ok(Vec::new()) };
        let ((cards, time), (levels, rest)) = rayon::join(
            || rayon::join(|| cards(&question), || charts(over_time)),
            || {
                rayon::join(
                    || levels(&question),
                    || {
                        let facet = facet.filter(|_| timed);
                        let facets = facet.map_or_else(|| Ok(Vec::new()), |facet| facets(&question, facet));
                        let returns = returns(&question, timed)?;
                        Ok::<_, DatasetError>((map(&question)?, facets?, charts(retention)?, returns))
                    },
                )
            },
        );
        (built.cards, built.time, built.levels) = (cards?, time?, levels?);
        (built.map, built.facets, built.retention, built.returns) = rest?;
    }
    Ok(built)
}

/// The measures of sales that the facts allow.
pub(super) fn offered(facts: &Facts) -> Vec<(&'static str, &'static str)> {
    let fitting = Measure::OF_SALES.into_iter().filter(|measure| measure.fits(facts));
    fitting.map(|measure| (measure.as_str(), measure.label())).collect()
}

fn cards(question: &Sold<'_>) -> Result<Vec<Card>, DatasetError> {
    let totals = question.view.totals()?;
    let facts = question.view.facts;
    let all = facts.ledger.value_out;
    let returned = question.view.returned_of(&totals);
    let money = |value: f64| Written { measure: Measure::Sales, ..question.written }.text(value);
    let mut cards: Vec<Card> = Vec::new();
    if let Some(found) = &returned {
        let rows = figures::counted(found.lines, "row", "rows");
        cards.push(Card::new("Gross sales", money(found.gross), "purchases before returns".to_owned()));
        cards.push(Card::new(
            "Returns",
            money(found.returned),
            format!("{rows}, {} of gross sales", figures::percent(found.share)),
        ));
    }
    let of_measures = Measure::OF_SALES.into_iter().filter(|measure| measure.fits(facts)).map(|measure| {
        let note = match measure {
            Measure::Sales => format!("{} of all", figures::percent(totals.sales / all)),
            Measure::Units => "sum of quantities".to_owned(),
            Measure::Orders => "different known orders".to_owned(),
            Measure::Customers => "different known customers".to_owned(),
            Measure::AverageOrderValue if returned.is_some() => "before returns, by order".to_owned(),
            Measure::AverageOrderValue => "sales of known orders by order".to_owned(),
            _ => "sales divided by units".to_owned(),
        };
        let label = if measure == Measure::Sales && returned.is_some() { "Net sales" } else { measure.label() };
        Card::new(label, Written { measure, ..question.written }.text(measure.of(&totals)), note)
    });
    cards.extend(of_measures);
    if let Some((first, last)) = question.view.days()? {
        let days = last - first + 1;
        cards.push(Card::new(
            "Days",
            figures::count(days as usize),
            format!("{} to {}", dates::format_iso(f64::from(first)), dates::format_iso(f64::from(last))),
        ));
    }
    Ok(cards)
}

/// Most months of the table of returns, the last ones.
const MONTHS: usize = 36;

/// What came back, month by month; `None` for facts without returns.
fn returns(question: &Sold<'_>, timed: bool) -> Result<Option<ReturnsPart>, DatasetError> {
    let Sold { context, view, written, .. } = question;
    let Some(found) = view.returned()? else { return Ok(None) };
    let currency = &context.dataset.manifest.currency;
    let money = |value: f64| Written { measure: Measure::Sales, ..*written }.text(value);
    let months = if timed { view.returned_by_month()? } else { Vec::new() };
    let row = |(month, totals): &(i32, Totals)| {
        let share = view.returned_of(totals).map_or(f64::NAN, |found| found.share);
        vec![
            dates::format_iso(f64::from(*month)).chars().take(7).collect(),
            money(totals.gross()),
            money(totals.returned),
            money(totals.sales),
            figures::percent(share),
        ]
    };
    Ok(Some(ReturnsPart {
        sentences: std::iter::once(found.sentence(currency)).chain(effect(&found.of_all, currency)).collect(),
        rows: months.iter().skip(months.len().saturating_sub(MONTHS)).map(row).collect(),
    }))
}

fn over_time(question: &Sold<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Sold { context, view, grain, written } = question;
    let series = view.by_time(*grain, written.measure)?;
    let values: Vec<f64> = series.iter().map(|(_, totals)| written.measure.of(totals)).collect();
    let smooth = moving_mean(&values, 7, Window::Trailing);
    let unusual = if *grain == Grain::Day { unusual_days(&values) } else { Vec::new() };
    let mut charts = vec![charts::over_time(&series, *grain, &smooth, &unusual, *written)];
    if let Some(entry) = &context.entry {
        let step = if *grain == Grain::Day { Grain::Week } else { *grain };
        let clusters = entry.model.clusters();
        let (days, totals) = view.by_cluster_and_time(entry.labels(), &clusters, step, written.measure)?;
        let segments: Vec<(i32, Vec<f64>)> =
            clusters.into_iter().zip(totals.iter().map(|totals| values_of(totals, written.measure))).collect();
        charts.push(charts::by_segment(&days, &segments, &context.style(), *written));
    }
    Ok(charts)
}

fn values_of(totals: &[Totals], measure: Measure) -> Vec<f64> {
    totals.iter().map(|totals| measure.of(totals)).collect()
}

fn levels(question: &Sold<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Sold { view, written, .. } = question;
    let mut charts = vec![charts::weekdays(&view.by_weekday(written.measure)?, *written)];
    for dimension in &view.facts.dimensions {
        let totals = view.by_level(dimension, written.measure)?;
        let id = format!("by-{}", dimension.name);
        charts.push(charts::levels(&id, &dimension.label, &dimension.names, &totals, *written));
    }
    Ok(charts)
}

fn map(question: &Sold<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Sold { view, written, .. } = question;
    let mut places: Vec<charts::Place> = view
        .by_place(written.measure)?
        .into_iter()
        .map(|(point, totals)| (point.0, point.1, written.measure.of(&totals)))
        .filter(|place| place.2.is_finite())
        .collect();
    let all = places.len();
    places.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.total_cmp(&b.0)).then(a.1.total_cmp(&b.1)));
    places.truncate(PLACES);
    Ok(if all == 0 { Vec::new() } else { vec![charts::map(&places, all, *written)] })
}

/// Months of first orders and how many of their customers came back.
fn retention(question: &Sold<'_>) -> Result<Vec<Chart>, DatasetError> {
    let view = &question.view;
    let Some(ends) = view.days()? else { return Ok(Vec::new()) };
    let found = from_counts(&view.returning()?, ends);
    let is_part = !question.context.filter.sales.is_empty();
    Ok(found.map(|found| crate::web::charts::series::retention(&found, is_part)).into_iter().collect())
}

fn facets(question: &Sold<'_>, dimension: &crate::dataset::facts::FactDimension) -> Result<Vec<Chart>, DatasetError> {
    let Sold { view, grain, written, .. } = question;
    let step = if *grain == Grain::Day { Grain::Week } else { *grain };
    let totals = view.by_level(dimension, Measure::Sales)?;
    let mut ranked: Vec<usize> = (0..dimension.names.len()).filter(|level| totals[*level].lines > 0).collect();
    ranked.sort_by(|a, b| totals[*b].sales.total_cmp(&totals[*a].sales));
    ranked.truncate(FACETS);
    let (days, crossed) = view.by_level_and_time(dimension, &ranked, step, written.measure)?;
    let series: Vec<Vec<f64>> = crossed.iter().map(|totals| values_of(totals, written.measure)).collect();
    let top = series.iter().flatten().copied().filter(|value| value.is_finite()).fold(0.0, f64::max);
    let charts = ranked.iter().zip(&series).enumerate().map(|(position, (level, values))| {
        charts::facet(&format!("facet-{position}"), &dimension.names[*level], &days, values, top, *written)
    });
    Ok(charts.collect())
}
