//! Editing a data set: columns, cleaning rules and computed columns, with the ledger as it would be.

mod form;
mod rules;

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawForm, State};
use axum::response::{Html, Redirect};

use super::data::{LedgerView, ledgers};
use super::parts::Picker;
use crate::dataset::Dataset;
use crate::figures;
use crate::library::edit::{CUSTOMERS, FACTS, Settings, Source, Steps};
use crate::progress::Progress;
use crate::web::address::Query;
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Nothing};
use crate::web::state::AppState;
use crate::web::tab::Tab;
use crate::web::uploads::problem;
use crate::web::work::editing;
use rules::RuleView;

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage {
    shell: Shell,
    dataset: String,
    mark: String,
    problem: String,
    /// Whether something differs from what is written down.
    is_changed: bool,
    outcome: String,
    ledgers: Vec<LedgerView>,
    title: String,
    description: String,
    currency: String,
    columns: Vec<ColumnView>,
    places: Vec<PlaceView>,
}

struct ColumnView {
    at: usize,
    name: String,
    role: Picker,
    label: String,
    label_hint: String,
    unit: String,
    description: String,
}

struct PlaceView {
    at: usize,
    place: String,
    heading: String,
    rules: Vec<RuleView>,
    derived: Vec<DerivedView>,
}

struct DerivedView {
    prefix: String,
    name: String,
    sql: String,
}

/// `GET /d/{dataset}/edit`
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Html<String>, AppError> {
    state
        .compute(move || {
            let source = Source::read(&context.dataset.folder)?;
            let wanted = source.settings.clone();
            page(&build(&context, &source, &wanted, None, String::new()))
        })
        .await?
}

/// `POST /d/{dataset}/edit/preview`: the same page with the edits, and what they would do. Nothing is written.
pub(super) async fn preview(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    RawForm(body): RawForm,
) -> Result<Html<String>, AppError> {
    state
        .look(move |watch| {
            let source = Source::read(&context.dataset.folder)?;
            let fields = form::fields(&body)?;
            let mut shown = tried(&context, &source, &fields, watch);
            // The page keeps the mark of what its fields were made of, so that saving them cannot undo another's change.
            if let Some(mark) = fields.get("mark").filter(|mark| *mark != shown.mark) {
                mark.clone_into(&mut shown.mark);
                editing::CHANGED_MEANWHILE.clone_into(&mut shown.problem);
            }
            page(&shown)
        })
        .await?
}

/// `POST /d/{dataset}/edit`: writes the edits and shows the data set with them.
pub(super) async fn save(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
    RawForm(body): RawForm,
) -> Result<Redirect, AppError> {
    let shared = Arc::clone(&state);
    state
        .compute(move || {
            let source = Source::read(&context.dataset.folder)?;
            let fields = form::fields(&body)?;
            let wanted = form::wanted(&source.settings, &fields)?;
            let mark = fields.get("mark").unwrap_or_default();
            let job = editing::start(&shared, &context.dataset, source, &wanted, mark)?;
            Ok(Redirect::to(&format!("/jobs/{}", job.id)))
        })
        .await?
}

/// `POST /d/{dataset}/reload`: reads the files of the data set again.
pub(super) async fn reload(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Redirect, AppError> {
    let job = editing::start_reading(&state, &context.dataset)?;
    Ok(Redirect::to(&format!("/jobs/{}", job.id)))
}

fn tried(context: &PageContext, source: &Source, fields: &Query, watch: &dyn Progress) -> EditPage {
    let wanted = match form::wanted(&source.settings, fields) {
        Ok(wanted) => wanted,
        Err(error) => return build(context, source, &source.settings, None, error.to_string()),
    };
    match editing::try_out(source, &wanted, watch) {
        Ok(edited) => build(context, source, &wanted, Some(&edited), String::new()),
        Err(error) => build(context, source, &wanted, None, problem(&error)),
    }
}

fn build(
    context: &PageContext,
    source: &Source,
    wanted: &Settings,
    edited: Option<&Dataset>,
    problem: String,
) -> EditPage {
    let is_changed = *wanted != source.settings;
    let shown = edited.unwrap_or(&context.dataset);
    EditPage {
        shell: Shell::of(context, Tab::Data),
        dataset: context.dataset.name.clone(),
        mark: source.mark(),
        outcome: if problem.is_empty() { outcome(&context.dataset, shown, is_changed) } else { String::new() },
        ledgers: if problem.is_empty() { ledgers(shown) } else { Vec::new() },
        problem,
        is_changed,
        title: wanted.title.clone(),
        description: wanted.description.clone(),
        currency: wanted.currency.clone(),
        columns: columns(&context.dataset, wanted),
        places: wanted.steps.iter().enumerate().map(|(at, steps)| place(at, steps)).collect(),
    }
}

/// What the edits do to the number of customers and facts.
fn outcome(before: &Dataset, after: &Dataset, is_changed: bool) -> String {
    if !is_changed {
        return "This is what the manifest does as it is written down. Change something to see what would become of it."
            .to_owned();
    }
    let differs = |what: (&str, &str), before: usize, after: usize| {
        let now = figures::counted(after, what.0, what.1);
        match after.cmp(&before) {
            std::cmp::Ordering::Equal => format!("{now} as before"),
            std::cmp::Ordering::Less => format!("{now}, {} fewer", figures::count(before - after)),
            std::cmp::Ordering::Greater => format!("{now}, {} more", figures::count(after - before)),
        }
    };
    let mut text = differs(("customer", "customers"), before.customers.len(), after.customers.len());
    if let (Some(before), Some(after)) = (&before.facts, &after.facts) {
        text = format!("{text}; {}", differs(("fact", "facts"), before.len(), after.len()));
    }
    format!("With these edits: {text}. Nothing is written yet.")
}

/// All columns that are known: of the customers, of the file, and those that the manifest speaks of.
fn columns(dataset: &Dataset, wanted: &Settings) -> Vec<ColumnView> {
    let mut names: Vec<&str> = dataset.customers.columns.iter().map(|column| column.name.as_str()).collect();
    let others = dataset.raw.iter().map(|raw| raw.name.as_str()).chain(wanted.columns.keys().map(String::as_str));
    for name in others {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.into_iter().enumerate().map(|(at, name)| column(at, name, dataset, wanted)).collect()
}

fn column(at: usize, name: &str, dataset: &Dataset, wanted: &Settings) -> ColumnView {
    let said = wanted.columns.get(name).cloned().unwrap_or_default();
    let known = dataset.customers.column(name);
    let inferred = known.map_or_else(|| "inferred".to_owned(), |column| format!("inferred: {}", column.role.as_str()));
    let roles = super::import::ROLES.iter().map(|(role, word)| (role.as_str(), *word));
    let options = std::iter::once(("", inferred.as_str())).chain(roles);
    ColumnView {
        at,
        role: Picker::new(&format!("c{at}.role"), name, options, said.role.map_or("", |role| role.as_str())),
        label_hint: known.map_or_else(String::new, |column| column.label.clone()),
        label: said.label,
        unit: said.unit,
        description: said.description,
        name: name.to_owned(),
    }
}

/// The steps of a place, each list with an empty row for one more.
fn place(at: usize, steps: &Steps) -> PlaceView {
    let heading = match steps.place.as_str() {
        CUSTOMERS => "What happens to the customers?".to_owned(),
        FACTS => "What happens to the purchases or other facts?".to_owned(),
        table => format!("What happens to table {} first?", table.trim_start_matches("table:")),
    };
    let rules = steps.clean.iter().map(Some).chain([None]);
    let derived = steps.derive.iter().map(Some).chain([None]);
    PlaceView {
        at,
        place: steps.place.clone(),
        heading,
        rules: rules.enumerate().map(|(row, rule)| RuleView::of(&format!("p{at}.r{row}"), row, rule)).collect(),
        derived: derived
            .enumerate()
            .map(|(row, step)| DerivedView {
                prefix: format!("p{at}.d{row}"),
                name: step.map_or_else(String::new, |step| step.name.clone()),
                sql: step.map_or_else(String::new, |step| step.sql.clone()),
            })
            .collect(),
    }
}
