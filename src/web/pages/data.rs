//! Data: what cleaning did, and every column.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::context::{PageContext, Tab};
use crate::dataset::{Role, Values};
use crate::figures;
use crate::query::View;
use crate::query::distribution::distribution;
use crate::web::error::{AppError, page};
use crate::web::shell::Shell;
use crate::web::state::AppState;

#[derive(Template)]
#[template(path = "data.html")]
struct DataPage {
    shell: Shell,
    dataset: String,
    synthetic: String,
    value_label: String,
    rows_in: String,
    rows_removed: String,
    rows_out: String,
    value_in: String,
    value_change: String,
    value_out: String,
    reconciles: bool,
    entries: Vec<Vec<String>>,
    notes: Vec<String>,
    columns: Vec<ColumnRow>,
}

struct ColumnRow {
    label: String,
    name: String,
    description: String,
    cells: Vec<String>,
}

pub(super) async fn show(State(state): State<Arc<AppState>>, context: PageContext) -> Result<Html<String>, AppError> {
    state.compute(move || page(&build(&context))).await?
}

fn build(context: &PageContext) -> DataPage {
    let dataset = &context.dataset;
    let ledger = &dataset.ledger;
    let value = dataset.value();
    let money = |amount: f64| figures::with_unit(&figures::number(amount), value.and_then(|c| c.unit.as_deref()));
    DataPage {
        shell: Shell::of(context, Tab::Data),
        dataset: dataset.name.clone(),
        synthetic: dataset.synthetic.as_ref().map_or_else(String::new, |origin| {
            format!(
                "{} customers made by the {} recipe with seed {}.",
                figures::count(origin.rows),
                origin.recipe,
                origin.seed
            )
        }),
        value_label: value.map_or_else(|| ledger.value.clone(), |column| column.label.clone()),
        rows_in: figures::count(ledger.rows_in),
        rows_removed: figures::count(ledger.rows_removed()),
        rows_out: figures::count(ledger.rows_out),
        value_in: money(ledger.value_in),
        value_change: money(ledger.value_out - ledger.value_in),
        value_out: money(ledger.value_out),
        reconciles: ledger.reconciles(),
        entries: ledger
            .entries
            .iter()
            .map(|entry| {
                vec![
                    entry.rule.clone(),
                    if entry.columns.len() > 4 {
                        format!("{} columns", entry.columns.len())
                    } else {
                        entry.columns.join(", ")
                    },
                    figures::count(entry.rows_before),
                    figures::count(entry.rows_removed),
                    figures::count(entry.cells_changed),
                    money(-entry.value_removed),
                    money(entry.value_changed),
                ]
            })
            .collect(),
        notes: ledger.notes.clone(),
        columns: columns(context),
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
