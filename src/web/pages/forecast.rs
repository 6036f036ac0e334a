//! Forecast: a series of sales taken apart, tested, and carried on.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{Html, Redirect};

use super::context::{PageContext, Query, Tab, href};
use super::parts::{Card, Picker};
use crate::figures;
use crate::query::QueryError;
use crate::query::sales::Measure;
use crate::segment::outlook::{LONGEST, Outlook};
use crate::series::backtest::Backtest;
use crate::series::stationarity::Test;
use crate::web::charts::sales::Written;
use crate::web::charts::{self, Chart};
use crate::web::error::{AppError, page};
use crate::web::shell::Shell;
use crate::web::state::AppState;
use crate::web::train;

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    shell: Shell,
    action: String,
    back: String,
    hidden: Vec<(String, String)>,
    measure: Picker,
    horizon: usize,
    outlook: Option<OutlookView>,
}

struct OutlookView {
    sentences: Vec<String>,
    cards: Vec<Card>,
    main: Chart,
    backtest: Vec<BacktestRow>,
    parts: Vec<Chart>,
    memory: Vec<Chart>,
    tests: Vec<[String; 5]>,
    missing: Vec<String>,
}

struct BacktestRow {
    name: String,
    best: bool,
    cells: Vec<String>,
}

/// What is to be forecast.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) struct ForecastQuestion {
    pub measure: Measure,
    pub horizon: usize,
}

impl ForecastQuestion {
    pub(in crate::web) fn of(query: &Query) -> Result<Self, AppError> {
        let measure = query.get("measure").map_or(Ok(Measure::Sales), Measure::parse)?;
        let text = query.get("horizon").unwrap_or("28");
        let horizon =
            text.parse().ok().filter(|days| (1..=LONGEST).contains(days)).ok_or_else(|| QueryError::BadLimit {
                column: "the days ahead".to_owned(),
                text: text.to_owned(),
                expected: "number from 1 to 365",
            })?;
        Ok(Self { measure, horizon })
    }
}

/// `GET /d/{dataset}/sales/forecast`
pub(super) async fn show(State(state): State<Arc<AppState>>, context: PageContext) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context).and_then(|built| page(&built))).await?
}

/// `POST /d/{dataset}/sales/forecast`; the form holds the whole question, filters included.
pub(super) async fn start(
    State(state): State<Arc<AppState>>,
    context: PageContext,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let query = Query::parse(&String::from_utf8_lossy(&body))?;
    let context = PageContext::new(Arc::clone(&context.snapshot), &context.dataset.name, query)?;
    context.facts()?;
    let question = ForecastQuestion::of(&context.query)?;
    let address = href(&address_of(&context), &context.query.0);
    if context.snapshot.outlooks.contains_key(&train::outlook_key(&context, question)) {
        return Ok(Redirect::to(&address));
    }
    let job = train::start_outlook(&state, context, question, address)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

fn address_of(context: &PageContext) -> String {
    format!("{}/forecast", context.path(Tab::Sales))
}

fn build(context: &PageContext) -> Result<ForecastPage, AppError> {
    context.facts()?;
    let question = ForecastQuestion::of(&context.query)?;
    let view = context.view();
    let written = Written { measure: question.measure, currency: &context.dataset.manifest.currency };
    let known = context.snapshot.outlooks.get(&train::outlook_key(context, question));
    let offered = super::sales::offered(context.facts()?);
    Ok(ForecastPage {
        shell: Shell::of(context, Tab::Sales).with_filters_at(context, Tab::Sales, &view, &address_of(context)),
        action: address_of(context),
        back: context.view_link(Tab::Sales, &[("horizon", "")]),
        hidden: context.hidden_except(&["measure", "horizon"]),
        measure: Picker::new("measure", "Measure", offered, question.measure.as_str()),
        horizon: question.horizon,
        outlook: known.map(|outlook| view_of(outlook, written)),
    })
}

fn view_of(outlook: &Outlook, written: Written<'_>) -> OutlookView {
    let mut sentences = Vec::new();
    if let Some(found) = &outlook.backtest {
        sentences.push(found.sentence.clone());
        sentences.extend(found.notes.iter().cloned());
    }
    sentences.extend(outlook.forecast.notes.iter().cloned());
    sentences.extend(outlook.notes.iter().cloned());
    sentences.extend(outlook.stationarity.as_ref().map(|found| found.sentence.clone()));
    let point = &outlook.forecast.point;
    let mut cards = vec![Card::new("Model", outlook.forecast.name.clone(), outlook.model.label().to_lowercase())];
    if written.measure.adds_up() {
        cards.push(Card::new(
            "Expected in all",
            written.text(point.iter().sum()),
            format!("next {} days", point.len()),
        ));
    }
    cards.push(Card::new(
        "A day on average",
        written.text(outlook.mean_ahead()),
        format!("{} against as many days before", figures::relative(outlook.mean_ahead(), outlook.mean_before())),
    ));
    if let Some(best) = outlook.backtest.as_ref().and_then(|b| b.scores.iter().find(|score| score.model == b.best)) {
        cards.push(Card::new("Error so far", written.text(best.mae), "mean absolute error of a day in the test"));
        cards.push(Card::new("95 % interval held", figures::percent(best.coverage_95), "of the days in the test"));
    }
    OutlookView {
        sentences,
        cards,
        main: charts::series::forecast(outlook, written),
        backtest: outlook.backtest.as_ref().map_or_else(Vec::new, |backtest| rows(backtest, written)),
        parts: charts::series::parts(outlook, written),
        memory: charts::series::memory(outlook),
        tests: outlook.stationarity.as_ref().map_or_else(Vec::new, |found| {
            vec![
                test("Augmented Dickey-Fuller", "it wanders (unit root)", &found.adf),
                test("KPSS", "it keeps a level", &found.kpss),
            ]
        }),
        missing: outlook.missing.clone(),
    }
}

fn rows(backtest: &Backtest, written: Written<'_>) -> Vec<BacktestRow> {
    backtest
        .scores
        .iter()
        .map(|score| {
            let number = |value: f64| if value.is_finite() { format!("{value:.2}") } else { "–".to_owned() };
            let cells = match &score.failure {
                Some(why) => vec![why.clone()],
                None => vec![
                    number(score.mase),
                    written.exact(score.mae),
                    written.exact(score.rmse),
                    figures::percent(score.coverage_80),
                    figures::percent(score.coverage_95),
                ],
            };
            let name = if score.name == score.model.label() || score.name.is_empty() {
                score.model.label().to_owned()
            } else {
                format!("{}: {}", score.model.label(), score.name)
            };
            BacktestRow { name, best: score.model == backtest.best, cells }
        })
        .collect()
}

/// Name, hypothesis, statistic, p-value and what follows.
fn test(name: &str, hypothesis: &str, found: &Test) -> [String; 5] {
    let p = match (found.p_is_limit, found.p < 0.05) {
        (true, true) => format!("below {:.2}", found.p),
        (true, false) => format!("above {:.2}", found.p),
        _ => format!("{:.3}", found.p),
    };
    let verdict = if found.p < 0.05 { "rejected at 5 %" } else { "not rejected at 5 %" };
    [name.to_owned(), hypothesis.to_owned(), format!("{:.3}", found.statistic), p, verdict.to_owned()]
}
