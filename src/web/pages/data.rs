//! Data: what cleaning did, and every column.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use crate::dataset::{Dataset, Ledger, LedgerEntry, Role, Values};
use crate::figures;
use crate::query::View;
use crate::query::distribution::distribution;
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    shell: Shell,
    dataset: String,
    has_raw_file: bool,
    synthetic: String,
    ledgers: Vec<LedgerView>,
    columns: Vec<ColumnRow>,
    /// Names of the files it is made of; empty when its tables stand in a database.
    files: String,
    opens_replace: bool,
    upload_limit: u64,
    upload_limit_text: String,
}

/// What cleaning did to facts or to customers.
pub(super) struct LedgerView {
    pub(super) id: &'static str,
    pub(super) question: &'static str,
    pub(super) remaining: &'static str,
    pub(super) value_label: String,
    pub(super) rows_in: String,
    pub(super) rows_removed: String,
    pub(super) rows_out: String,
    pub(super) value_in: String,
    pub(super) value_change: String,
    pub(super) value_out: String,
    pub(super) reconciles: bool,
    pub(super) entries: Vec<Vec<String>>,
    pub(super) notes: Vec<String>,
}

struct ColumnRow {
    label: String,
    name: String,
    description: String,
    cells: Vec<String>,
}

/// What the page can be asked: to open the place where new data is given.
pub(super) struct DataQuestion {
    replace: bool,
}

impl Question for DataQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { replace: asking.flag("replace") })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<DataQuestion>,
) -> Result<Html<String>, AppError> {
    let upload_limit = state.config.upload_limit;
    state.compute(move || page(&build(&context, &question, upload_limit))).await?
}

fn build(context: &PageContext, question: &DataQuestion, upload_limit: u64) -> DataPage {
    let dataset = &context.dataset;
    DataPage {
        shell: Shell::of(context, Tab::Data),
        dataset: dataset.name.clone(),
        has_raw_file: !dataset.source_files().is_empty(),
        synthetic: dataset.synthetic.as_ref().map(figures::origin).unwrap_or_default(),
        ledgers: ledgers(dataset),
        columns: columns(context),
        files: dataset.manifest.files().collect::<Vec<_>>().join(", "),
        opens_replace: question.replace,
        upload_limit,
        upload_limit_text: figures::bytes(upload_limit),
    }
}

/// What cleaning did: to the facts, where there are some, and to the customers.
pub(super) fn ledgers(dataset: &Dataset) -> Vec<LedgerView> {
    let value = dataset.value();
    let label = value.map_or_else(|| dataset.ledger.value.clone(), |column| column.label.clone());
    let unit = value.and_then(|column| column.unit.as_deref());
    let question = if dataset.facts.is_some() { "And to the customers?" } else { "What did cleaning change?" };
    let of_facts = dataset.facts.as_ref().map(|facts| {
        let currency = Some(dataset.manifest.currency.as_str());
        let (question, label) = if facts.has_amounts {
            ("What did cleaning change in the sales?", "Sales")
        } else {
            ("What did cleaning change in the facts?", "")
        };
        ledger_view("ledger-facts", question, "remain", &facts.ledger, label, currency)
    });
    let of_customers = ledger_view("ledger", question, "customers remain", &dataset.ledger, &label, unit);
    of_facts.into_iter().chain([of_customers]).collect()
}

fn ledger_view(
    id: &'static str,
    question: &'static str,
    remaining: &'static str,
    ledger: &Ledger,
    value_label: &str,
    unit: Option<&str>,
) -> LedgerView {
    // Sums of many amounts differ in their last digits; that is no money.
    let noise = 1e-12 * ledger.value_in.abs().max(ledger.value_out.abs());
    let money = |amount: f64| {
        let amount = if amount.abs() <= noise { 0.0 } else { amount };
        figures::with_unit(&figures::number(amount), unit)
    };
    let columns = |columns: &[String]| {
        if columns.len() > 4 { format!("{} columns", columns.len()) } else { columns.join(", ") }
    };
    let row = |entry: &LedgerEntry| {
        vec![
            entry.rule.clone(),
            columns(&entry.columns),
            figures::count(entry.rows_before),
            figures::count(entry.rows_removed),
            figures::count(entry.cells_changed),
            money(-entry.value_removed),
            money(entry.value_changed),
        ]
    };
    LedgerView {
        id,
        question,
        remaining,
        value_label: value_label.to_owned(),
        rows_in: figures::count(ledger.rows_in),
        rows_removed: figures::count(ledger.rows_removed()),
        rows_out: figures::count(ledger.rows_out),
        value_in: money(ledger.value_in),
        value_change: money(ledger.value_out - ledger.value_in),
        value_out: money(ledger.value_out),
        reconciles: ledger.reconciles(),
        entries: ledger.entries.iter().map(row).collect(),
        notes: ledger.notes.clone(),
    }
}

fn columns(context: &PageContext) -> Vec<ColumnRow> {
    let dataset = &context.dataset;
    let view = View::all(&dataset.customers, None);
    dataset
        .customers
        .columns
        .iter()
        .map(|column| {
            let before = dataset.raw.iter().find(|raw| raw.name == column.name);
            let missing = distribution_missing(&view, column);
            let mut cells = vec![
                if column.derived {
                    format!("{}, derived", column.role.as_str())
                } else {
                    column.role.as_str().to_owned()
                },
                before.map_or("–".to_owned(), |raw| figures::count(raw.missing)),
                figures::count(missing),
            ];
            match (&column.values, column.summary()) {
                (Values::Levels { names, .. }, _) => {
                    cells.push(figures::count(names.len()));
                    cells.extend(vec!["–".to_owned(); 8]);
                }
                (Values::Numbers(_), None) => cells.extend(vec!["–".to_owned(); 9]),
                (Values::Numbers(_), Some(s)) => {
                    let text = |value: f64| figures::of_column(value, column);
                    cells.push(figures::count(s.distinct));
                    cells.push(text(s.mean));
                    cells.push(match column.role {
                        Role::Date => format!("{} days", figures::number(s.std)),
                        _ => figures::number(s.std),
                    });
                    cells.extend(
                        [s.min, s.q1, s.median, s.q3, s.max].map(|value| figures::sum_of_column(value, column)),
                    );
                    cells.push(figures::number(s.skew));
                }
            }
            ColumnRow {
                label: column.label.clone(),
                name: column.name.clone(),
                description: column.description.clone().unwrap_or_default(),
                cells,
            }
        })
        .collect()
}

fn distribution_missing(view: &View<'_>, column: &crate::dataset::Column) -> usize {
    match column.summary() {
        Some(summary) => summary.missing,
        None => distribution(view, column).missing,
    }
}
