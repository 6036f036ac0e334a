//! Coupons: what was handed out, to whom, and what became of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::parts::{Card, Picker, PickerForm};
use crate::dataset::DatasetError;
use crate::dataset::facts::{FactDimension, Uses};
use crate::figures::{self, capitalised};
use crate::query::Filter;
use crate::query::distribution::distribution;
use crate::query::sales::{Grain, Measure, SalesView, check_steps, dimension};
use crate::series::calendar::{Window, moving_mean};
use crate::series::cohorts::from_counts;
use crate::web::charts::sales::{self as sales_charts, Written};
use crate::web::charts::{Chart, coupons as charts, distribution as variable_charts, series as series_charts};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page, sentence};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "coupons.html")]
struct CouponsPage {
    shell: Shell,
    empty: bool,
    /// Why nothing is drawn over time, when the period is too long for it.
    too_long: Option<String>,
    /// How much belongs to customers that are not known, in a sentence; empty when nothing does.
    of_nobody: String,
    reset: String,
    thing: String,
    cards: Vec<Card>,
    form: PickerForm,
    time: Vec<Chart>,
    levels: Vec<Chart>,
    crossed_form: PickerForm,
    crossed: Vec<Chart>,
    spreads: Vec<Chart>,
    customers: Vec<Chart>,
    retention: Vec<Chart>,
    forecast: String,
}

/// Levels of each dimension that are held against those of another.
const CROSSED: usize = 12;

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<CouponsQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

/// What the page can be asked.
pub(super) struct CouponsQuestion {
    measure: Option<Measure>,
    step: Option<Grain>,
    down: Option<String>,
    across: Option<String>,
}

impl Question for CouponsQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            measure: asking.parsed("measure", Measure::parse)?,
            step: asking.parsed("step", Grain::parse)?,
            down: asking.text("down"),
            across: asking.text("across"),
        })
    }
}

/// What is shown.
struct Handed<'a> {
    view: SalesView<'a>,
    uses: &'a Uses,
    grain: Grain,
    written: Written<'a>,
    crossed: Option<[&'a FactDimension; 2]>,
}

fn build(context: &PageContext, question: &CouponsQuestion) -> Result<CouponsPage, AppError> {
    let view = context.sales()?;
    let uses = view.facts.uses.as_ref().ok_or_else(|| {
        AppError::NotFound(
            "This data set has nothing that is handed out and used; its manifest names no [facts.status].".to_owned(),
        )
    })?;
    let measure = context.measure(question.measure, Measure::Things)?;
    let grain = question.step.unwrap_or(Grain::Month);
    let crossed = crossed_dimensions(question, &view, uses)?;
    let written = Written::new(measure, &context.dataset);
    let days = view.days()?;
    let empty = days.is_none();
    let too_long = check_steps(days, grain).err().map(|error| sentence(&error.to_string()));
    let titles: Vec<String> = Measure::OF_USES.iter().map(|measure| measure.title(Some(uses))).collect();
    let measures = Measure::OF_USES.iter().zip(&titles).map(|(measure, title)| (measure.as_str(), title.as_str()));
    let form = PickerForm::new(
        context,
        vec![
            Picker::new("measure", "Measure", measures, measure.as_str()),
            Picker::new("step", "Time step", [("day", "Day"), ("week", "Week"), ("month", "Month")], grain.as_str()),
        ],
    );
    let offered = || compared(&view, uses).map(|d| (d.name.as_str(), d.label.as_str()));
    let chosen = |at: usize| crossed.map_or("", |pair| pair[at].name.as_str());
    let crossed_form = PickerForm::new(
        context,
        vec![Picker::new("down", "Rows", offered(), chosen(0)), Picker::new("across", "Columns", offered(), chosen(1))],
    );
    let customers = context.view();
    let shell = Shell::of(context, Tab::Coupons).with_filters(context, Tab::Coupons, &customers);
    let mut built = CouponsPage {
        shell,
        empty,
        too_long,
        of_nobody: of_nobody(&view, uses),
        reset: context.filter_link(Tab::Coupons, &Filter::default()),
        thing: capitalised(&uses.thing),
        cards: Vec::new(),
        form,
        time: Vec::new(),
        levels: Vec::new(),
        crossed_form,
        crossed: Vec::new(),
        spreads: Vec::new(),
        customers: Vec::new(),
        retention: Vec::new(),
        forecast: context.view_link(Tab::Sales, &[("measure", Measure::Things.as_str())]).replacen(
            "/sales",
            "/sales/forecast",
            1,
        ),
    };
    if !empty {
        let timed = built.too_long.is_none();
        let question = Handed { view, uses, grain, written, crossed };
        built.cards = cards(&question)?;
        if timed {
            built.time = over_time(&question)?;
            built.retention = retention(&question)?;
        }
        built.levels = levels(&question)?;
        built.crossed = crossed_chart(&question)?;
        built.spreads = spreads(&question);
        let attributes = customers.customers.categories().filter(|column| !column.name.starts_with("preferred_"));
        built.customers =
            attributes.map(|column| variable_charts::of_variable(column, &distribution(&customers, column))).collect();
    }
    Ok(built)
}

/// Says why sums here are greater than those over customers, where they are.
fn of_nobody(view: &SalesView<'_>, uses: &Uses) -> String {
    let totals = view.of_nobody();
    if totals.lines == 0 {
        return String::new();
    }
    format!(
        "{}, {} of them {}, belong to customers that this data set does not hold. They count on this page, and not in what is said of customers and segments.",
        figures::counted(totals.lines, &uses.thing, &format!("{}s", uses.thing)),
        figures::count(totals.uses),
        uses.word
    )
}

/// Dimensions that what was handed out can be compared by: all but the status itself.
fn compared<'a>(view: &SalesView<'a>, uses: &'a Uses) -> impl Iterator<Item = &'a FactDimension> + use<'a> {
    view.facts.dimensions.iter().filter(|dimension| dimension.name != uses.status)
}

/// The two dimensions that are held against each other: the chosen ones, else the first two.
fn crossed_dimensions<'a>(
    question: &CouponsQuestion,
    view: &SalesView<'a>,
    uses: &'a Uses,
) -> Result<Option<[&'a FactDimension; 2]>, AppError> {
    let known: Vec<&FactDimension> = compared(view, uses).collect();
    let of = |asked: &Option<String>, default: usize| match asked {
        Some(name) => Ok(Some(dimension(view.facts, name, "to compare by")?)),
        None => Ok::<_, AppError>(known.get(default).or(known.last()).copied()),
    };
    Ok(of(&question.down, 0)?.zip(of(&question.across, 1)?).map(|(down, across)| [down, across]))
}

fn cards(question: &Handed<'_>) -> Result<Vec<Card>, DatasetError> {
    let Handed { view, uses, written, .. } = question;
    let Uses { thing, word, .. } = uses;
    let totals = view.totals()?;
    let (users, customers) = view.users();
    let text = |measure: Measure| Written { measure, ..*written }.text(measure.of(&totals));
    let label = |measure: Measure| measure.title(Some(uses));
    let all = view.facts.len();
    let mut cards = vec![
        Card::new(
            label(Measure::Things),
            text(Measure::Things),
            format!("{} of all", figures::percent(totals.lines as f64 / all.max(1) as f64)),
        ),
        Card::new(label(Measure::Uses), text(Measure::Uses), format!("with a status that means {word}")),
        Card::new(label(Measure::UseRate), text(Measure::UseRate), format!("of all {thing}s in this selection")),
        Card::new(
            "Customers",
            text(Measure::Customers),
            format!(
                "{} {word} at least one ({})",
                figures::count(users),
                figures::percent(users as f64 / customers.max(1) as f64)
            ),
        ),
        Card::new(label(Measure::ThingsPerCustomer), text(Measure::ThingsPerCustomer), "on average".to_owned()),
    ];
    if let Some(days) = view.days_to_use() {
        let known = figures::count(days.summary.count);
        cards.push(Card::new(
            format!("Days until {word}"),
            figures::number(days.summary.median),
            format!("median of {known} with a known day"),
        ));
    }
    Ok(cards)
}

fn over_time(question: &Handed<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Handed { view, uses, grain, written, .. } = question;
    let series = view.by_time(*grain, written.measure)?;
    let values: Vec<f64> = series.iter().map(|(_, totals)| written.measure.of(totals)).collect();
    let smooth = moving_mean(&values, 7, Window::Trailing);
    let mut charts = vec![sales_charts::over_time(&series, *grain, &smooth, &[], *written)];
    if let Some(status) = view.facts.dimension(&uses.status) {
        let levels: Vec<usize> = (0..status.names.len()).collect();
        let (days, crossed) = view.by_level_and_time(status, &levels, *grain, Measure::Things)?;
        let names = status.names.iter().cloned();
        let stacks: Vec<(String, Vec<f64>)> = names
            .zip(crossed)
            .map(|(name, totals)| (name, totals.iter().map(|totals| totals.lines as f64).collect::<Vec<f64>>()))
            .filter(|(_, values)| values.iter().any(|value| *value > 0.0))
            .collect();
        charts.push(charts::statuses(uses, &days, &stacks));
    }
    let frequency = Written { measure: Measure::ThingsPerCustomer, ..*written };
    let step = if *grain == Grain::Day { Grain::Week } else { *grain };
    let series = view.by_time(step, frequency.measure)?;
    let days: Vec<i32> = series.iter().map(|(day, _)| *day).collect();
    let values = series.iter().map(|(_, totals)| frequency.measure.of(totals)).collect();
    let line = [("all customers".to_owned(), crate::web::charts::palette::colour(0), values)];
    let text = format!("How many {}s does an active customer get?", uses.thing);
    charts.push(sales_charts::lines_over_time("frequency", &text, &days, &line, frequency));
    Ok(charts)
}

fn levels(question: &Handed<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Handed { view, uses, written, .. } = question;
    compared(view, uses)
        .map(|dimension| {
            let totals = view.by_level(dimension, Measure::Uses)?;
            let id = format!("used-by-{}", dimension.name);
            Ok(charts::used_by_level(&id, &dimension.label, &dimension.names, &totals, *written))
        })
        .collect()
}

/// The levels with most rows of each of two dimensions.
fn crossed_chart(question: &Handed<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Handed { view, written, crossed, .. } = question;
    let Some([down, across]) = *crossed else { return Ok(Vec::new()) };
    let largest = |dimension: &FactDimension| -> Result<Vec<usize>, DatasetError> {
        let totals = view.by_level(dimension, Measure::Things)?;
        let mut levels: Vec<usize> = (0..dimension.names.len()).filter(|level| totals[*level].lines > 0).collect();
        levels.sort_by_key(|level| std::cmp::Reverse(totals[*level].lines));
        levels.truncate(CROSSED);
        Ok(levels)
    };
    let (lines, columns) = (largest(down)?, largest(across)?);
    let totals = view.by_two_levels((down, &lines), (across, &columns), written.measure)?;
    let names = |dimension: &FactDimension, levels: &[usize]| {
        levels.iter().map(|l| dimension.names[*l].clone()).collect::<Vec<_>>()
    };
    let labels = [down.label.as_str(), across.label.as_str()];
    Ok(vec![charts::crossed(labels, &names(down, &lines), &names(across, &columns), &totals, *written)])
}

fn spreads(question: &Handed<'_>) -> Vec<Chart> {
    let Handed { view, uses, .. } = question;
    let Uses { thing, word, .. } = uses;
    let per_customer = view.per_customer().map(|spread| {
        let text = format!("How many {thing}s does a customer get?");
        charts::spread("per-customer", &text, &format!("{thing}s of a customer"), "customers", &spread)
    });
    let days = view.days_to_use().map(|spread| {
        let text = format!("How long does it take until a {thing} is {word}?");
        charts::spread("days-to-use", &text, "days", &format!("{thing}s {word}"), &spread)
    });
    per_customer.into_iter().chain(days).collect()
}

fn retention(question: &Handed<'_>) -> Result<Vec<Chart>, DatasetError> {
    let Handed { view, .. } = question;
    let Some(ends) = view.days()? else { return Ok(Vec::new()) };
    let found = from_counts(&view.returning()?, ends);
    Ok(found.map(|found| series_charts::retention(&found, false)).into_iter().collect())
}
