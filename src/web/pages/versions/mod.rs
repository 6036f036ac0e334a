//! Versions: what changed since an earlier version of the data, who moved, and whether the model still fits.

mod drift;
mod moves;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, RawForm, State};
use axum::response::{Html, Redirect};

use self::drift::{DriftRow, drift_answer, drift_row};
use self::moves::{Moves, Shown, moves};
use super::parts::{Card, Picker, PickerForm};
use crate::figures;
use crate::segment::versions::{Level, Signal, VersionComparison};
use crate::web::address::{Query, href};
use crate::web::charts::{Chart, versions as charts};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{self, Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;
use crate::web::work::versions::{self as work, Choice, called};

#[derive(Template)]
#[template(path = "versions.html")]
struct VersionsPage {
    shell: Shell,
    action: String,
    /// What the button sends.
    fields: Vec<(String, String)>,
    form: PickerForm,
    called: String,
    note: String,
    found: Option<Found>,
}

/// A comparison, written.
struct Found {
    level: &'static str,
    badge: &'static str,
    headline: String,
    signals: Vec<SignalRow>,
    cards: Vec<Card>,
    moves: Option<Moves>,
    no_moves: String,
    drift_answer: String,
    drift: Vec<DriftRow>,
    columns: String,
    feature_form: PickerForm,
    charts: Vec<Chart>,
}

struct SignalRow {
    what: String,
    sentence: String,
    badge: &'static str,
    class: &'static str,
    value: String,
    limits: String,
}

/// What the page can be asked: a version, what the cells of the table show, and a column to draw.
pub(super) struct VersionsQuestion {
    with: Option<String>,
    cells: Shown,
    feature: Option<String>,
}

impl Question for VersionsQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            with: asking.text("with"),
            cells: asking.parsed("cells", Shown::parse)?.unwrap_or(Shown::Customers),
            feature: asking.text("feature"),
        })
    }
}

/// `GET /d/{dataset}/versions`
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<VersionsQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

/// `POST /d/{dataset}/versions`
pub(super) async fn start(
    State(state): State<Arc<AppState>>,
    Path(name): Path<String>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let shared = Arc::clone(&state);
    state
        .compute(move || {
            let context = PageContext::new(shared.snapshot(), &name, Query::parse(&String::from_utf8_lossy(&body))?)?;
            let question: VersionsQuestion = question::read(&context.query)?;
            let choice = Choice::of(&context, question.with.as_deref())?;
            let entry = context.model_entry()?;
            let address = href(&context.path(Tab::Versions), &fields(&context, &choice));
            if work::known(&context, entry, &choice.chosen).is_some() {
                return Ok(Redirect::to(&address));
            }
            let job = work::start(&shared, &context, entry, &choice.chosen, address)?;
            Ok(Redirect::to(&format!("/jobs/{}", job.id)))
        })
        .await?
}

/// What names a comparison in an address.
fn fields(context: &PageContext, choice: &Choice) -> Vec<(String, String)> {
    let mut pairs = context.model_pair();
    pairs.push(("with".to_owned(), choice.chosen.number.to_string()));
    pairs
}

fn build(context: &PageContext, question: &VersionsQuestion) -> Result<VersionsPage, AppError> {
    let choice = Choice::of(context, question.with.as_deref())?;
    let entry = context.model()?;
    let numbers: Vec<(String, String)> = choice
        .versions
        .iter()
        .map(|version| (version.number.to_string(), figures::capitalised(&called(version))))
        .collect();
    let options = numbers.iter().map(|(number, text)| (number.as_str(), text.as_str()));
    let chosen = choice.chosen.number.to_string();
    let found = work::known(context, entry, &choice.chosen);
    Ok(VersionsPage {
        shell: Shell::of(context, Tab::Versions),
        action: context.path(Tab::Versions),
        fields: fields(context, &choice),
        form: PickerForm::new(context, vec![Picker::new("with", "Earlier version", options, &chosen)]),
        called: called(&choice.chosen),
        note: choice.chosen.note.clone(),
        found: found.map(|comparison| written(context, question, &comparison)).transpose()?,
    })
}

fn badge(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::None => ("no alarm", "calm"),
        Level::Watch => ("watch", "watch"),
        Level::Alarm => ("alarm", "alarm"),
    }
}

fn written(
    context: &PageContext,
    question: &VersionsQuestion,
    comparison: &VersionComparison,
) -> Result<Found, AppError> {
    let shown = question.cells;
    let style = context.style();
    let feature = match question.feature.as_deref() {
        Some(name) => Some(comparison.feature(name).filter(|feature| feature.spread.is_some()).ok_or_else(|| {
            let known: Vec<&str> =
                comparison.features.iter().filter(|f| f.spread.is_some()).map(|f| f.name.as_str()).collect();
            AppError::BadRequest(format!(
                "There is no column \"{name}\" in both versions to draw; choose one of {}.",
                known.join(", ")
            ))
        })?),
        None => comparison.most_drifted(),
    };
    let drawn = comparison.features.iter().filter(|feature| feature.spread.is_some());
    let options = drawn.map(|feature| (feature.name.as_str(), feature.label.as_str()));
    let picker = Picker::new("feature", "Column", options, feature.map_or("", |feature| feature.name.as_str()));
    let charts = feature.and_then(|feature| {
        let column = context.dataset.customers.column(&feature.name)?;
        Some(charts::then_and_now(feature, column, feature.spread.as_ref()?))
    });
    let (badge, level) = badge(comparison.alarm.level);
    Ok(Found {
        level,
        badge,
        headline: comparison.alarm.headline.clone(),
        signals: comparison.alarm.signals.iter().map(signal).collect(),
        cards: cards(comparison),
        moves: comparison.migration.as_ref().map(|found| moves(context, found, shown, &style)),
        no_moves: comparison.no_migration.clone().unwrap_or_default(),
        drift_answer: drift_answer(&comparison.features),
        drift: comparison.features.iter().map(|feature| drift_row(context, feature)).collect(),
        columns: figures::count(comparison.features.iter().filter(|feature| feature.psi.is_some()).count()),
        feature_form: PickerForm::new(context, vec![picker]),
        charts: charts.into_iter().collect(),
    })
}

fn signal(signal: &Signal) -> SignalRow {
    let is_share = signal.what == "Unusual customers";
    let text = |value: f64| if is_share { figures::points(value) } else { figures::thousandths(value) };
    let (badge, class) = badge(signal.level);
    SignalRow {
        what: signal.what.clone(),
        sentence: signal.sentence.clone(),
        badge,
        class,
        value: text(signal.value),
        limits: format!("watch from {}, alarm above {}", text(signal.watch_from), text(signal.alarm_from)),
    }
}

fn cards(comparison: &VersionComparison) -> Vec<Card> {
    let mut cards = vec![
        Card::new("Customers then", figures::count(comparison.old_customers), "in the earlier version"),
        Card::new(
            "Customers now",
            figures::count(comparison.new_customers),
            figures::relative(comparison.new_customers as f64, comparison.old_customers as f64),
        ),
    ];
    if let Some(found) = &comparison.migration {
        let share = |count: usize, of: usize| figures::percent(count as f64 / of as f64);
        let followed = found.stayed + found.moved;
        cards.extend([
            Card::new(
                "Joined",
                figures::count(found.joined),
                format!("{} of those now", share(found.joined, found.new_customers)),
            ),
            Card::new(
                "Left",
                figures::count(found.left),
                format!("{} of those then", share(found.left, found.old_customers)),
            ),
            Card::new(
                "Moved",
                figures::count(found.moved),
                format!("{} of those in both", share(found.moved, followed)),
            ),
            Card::new(
                "Stayed",
                figures::count(found.stayed),
                format!("{} of those in both", share(found.stayed, followed)),
            ),
        ]);
    }
    cards
}
