//! Forecast: a series of sales taken apart, tested, and carried on.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{Html, Redirect};

use super::parts::{Card, Picker, PickerForm};
use crate::dataset::Facts;
use crate::figures;
use crate::query::sales::Measure;
use crate::segment::anatomy::{Anatomy, Differencing, Method, Transform, take_apart};
use crate::segment::outlook::{Outlook, daily};
use crate::series::backtest::Backtest;
use crate::series::stationarity::Test;
use crate::series::verdict::Stationarity;
use crate::web::address::{Query, href};
use crate::web::charts::sales::Written;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page, sentence};
use crate::web::pages::shell::Shell;
use crate::web::question::{self, Asked, Nothing};
use crate::web::state::AppState;
use crate::web::tab::Tab;
use crate::web::work::forecasts::{self, ForecastKeys, ForecastQuestion};

#[derive(Template)]
#[template(path = "forecast.html")]
struct ForecastPage {
    shell: Shell,
    action: String,
    back: String,
    form: PickerForm,
    hidden: Vec<(String, String)>,
    horizon: usize,
    outlook: Option<OutlookView>,
    anatomy_form: PickerForm,
    anatomy: AnatomyView,
}

struct OutlookView {
    sentences: Vec<String>,
    cards: Vec<Card>,
    main: Chart,
    backtest: Vec<BacktestRow>,
    missing: Vec<String>,
    csv: String,
    json: String,
}

struct AnatomyView {
    sentences: Vec<String>,
    parts: Vec<Chart>,
    tested: Vec<Chart>,
    tests: Vec<[String; 5]>,
    verdict: Vec<String>,
    missing: Vec<String>,
}

struct BacktestRow {
    name: String,
    best: bool,
    cells: Vec<String>,
}

/// `GET /d/{dataset}/sales/forecast`
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<ForecastKeys>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

/// `POST /d/{dataset}/sales/forecast`; the form holds the whole question, filters included.
pub(super) async fn start(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let query = Query::parse(&String::from_utf8_lossy(&body))?;
    let context = PageContext::new(Arc::clone(&context.snapshot), &context.dataset.name, query)?;
    let asked = ForecastQuestion::of(&context, &question::read(&context.query)?)?;
    let address = href(&address_of(&context), &context.query.0);
    if forecasts::known(&context, asked).is_some() {
        return Ok(Redirect::to(&address));
    }
    let job = forecasts::start(&state, context, asked, address).await?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

fn address_of(context: &PageContext) -> String {
    format!("{}/forecast", context.path(Tab::Sales))
}

/// Keys of this page that the Sales page does not know.
const OWN_KEYS: [(&str, &str); 4] = [("horizon", ""), ("decomposition", ""), ("transform", ""), ("differences", "")];

/// The measures that can be forecast of the facts.
fn offered(facts: &Facts) -> Vec<(Measure, String)> {
    let measures: &[Measure] = if facts.has_amounts { &Measure::OF_SALES } else { &Measure::OF_USES };
    let fitting = measures.iter().copied().filter(|measure| measure.fits(facts));
    fitting.map(|measure| (measure, measure.title(facts.uses.as_ref()))).collect()
}

fn build(context: &PageContext, question: &ForecastKeys) -> Result<ForecastPage, AppError> {
    let facts = context.facts()?;
    let asked = ForecastQuestion::of(context, question)?;
    let choices = question.choices;
    let view = context.view();
    let written = Written::new(asked.measure, &context.dataset);
    let sales = context.sales()?;
    sales.days()?;
    // The page is where another period is chosen, so one that is too long does not take it away.
    let (first_day, values, refusal) = match daily(&sales, asked.measure) {
        Ok((first_day, values)) => (first_day, values, None),
        Err(error) => (0, Vec::new(), Some(sentence(&error.to_string()))),
    };
    let mut anatomy = take_apart(first_day, &values, choices);
    if let Some(refusal) = refusal {
        anatomy.missing = vec![refusal];
    }
    // What does not fit the series is offered only when it was asked for, beside the reason.
    let methods = Method::ALL.into_iter().filter(|method| method.fits(values.len()) || *method == choices.method);
    let tab = if facts.has_amounts { Tab::Sales } else { Tab::Coupons };
    let titles = offered(facts);
    let measures = titles.iter().map(|(measure, title)| (measure.as_str(), title.as_str()));
    let measure = Picker::new("measure", "Measure", measures, asked.measure.as_str());
    let transforms = Transform::ALL.map(|one| (one.as_str(), one.label()));
    let transform = Picker::new("transform", "Transform", transforms, choices.transform.as_str());
    let methods = methods.map(|one| (one.as_str(), one.label()));
    let method = Picker::new("decomposition", "Taken apart by", methods, choices.method.as_str());
    let differences = Differencing::ALL.map(|one| (one.as_str(), one.label()));
    let differences = Picker::new("differences", "Changes", differences, choices.differencing.as_str());
    Ok(ForecastPage {
        shell: Shell::of(context, tab).with_filters_at(context, tab, &view, &address_of(context)),
        action: address_of(context),
        back: context.view_link(tab, &OWN_KEYS),
        form: PickerForm::new(context, vec![measure, transform]),
        hidden: context.hidden_except(&["horizon"]),
        horizon: asked.horizon,
        outlook: forecasts::known(context, asked).map(|saved| outlook_view(context, &saved.outlook, written)),
        anatomy_form: PickerForm::new(context, vec![method, differences]),
        anatomy: anatomy_view(&anatomy, written),
    })
}

fn outlook_view(context: &PageContext, outlook: &Outlook, written: Written<'_>) -> OutlookView {
    let mut sentences = Vec::new();
    if let Some(found) = &outlook.backtest {
        sentences.push(found.sentence.clone());
        sentences.extend(found.notes.iter().cloned());
    }
    sentences.extend(outlook.forecast.notes.iter().cloned());
    let link = |ending: &str| {
        href(&format!("/d/{}/download/forecast.{ending}", context.dataset.name), &context.hidden_except(&[]))
    };
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
        missing: outlook.missing.clone(),
        csv: link("csv"),
        json: link("json"),
    }
}

fn anatomy_view(anatomy: &Anatomy, written: Written<'_>) -> AnatomyView {
    let mut tested: Vec<Chart> = charts::series::tested(anatomy, written).into_iter().collect();
    tested.extend(charts::series::memory(anatomy));
    let lambda = anatomy.lambda.map(|lambda| {
        format!(
            "The values are transformed with the Box-Cox power λ = {lambda:.3}, the most likely one; parts and tests are on that \
             scale, the forecast is in the unit of the series."
        )
    });
    AnatomyView {
        sentences: anatomy.notes.iter().cloned().chain(lambda).collect(),
        parts: charts::series::parts(anatomy, written),
        tested,
        tests: anatomy.stationarity.as_ref().map_or_else(Vec::new, |found| {
            vec![
                test("Augmented Dickey-Fuller", "it wanders (unit root)", &found.adf),
                test("KPSS", "it keeps a level", &found.kpss),
            ]
        }),
        verdict: anatomy.stationarity.as_ref().map_or_else(Vec::new, |found| {
            let suggested = (anatomy.choices.differencing == Differencing::None).then(|| suggestion(found)).flatten();
            std::iter::once(found.sentence.clone()).chain(suggested).collect()
        }),
        missing: anatomy.missing.clone(),
    }
}

/// Which differences the tests suggest; `None` when none.
fn suggestion(found: &Stationarity) -> Option<String> {
    let weekly = (found.seasonal_differences == Some(1)).then_some("from a week before");
    let first = match found.differences {
        0 => None,
        1 => Some("from the day before"),
        _ => Some("from the day before, twice"),
    };
    let words: Vec<&str> = weekly.into_iter().chain(first).collect();
    (!words.is_empty()).then(|| format!("Changes that should keep a level: {}.", words.join(", then ")))
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
