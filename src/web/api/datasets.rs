//! Data sets: list, columns, ledger, distributions, correlations, customers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;

use crate::dataset::{Column, Facts, Ledger, Role};
use crate::query::View;
use crate::query::distribution::{Distribution, distribution as distribution_of};
use crate::query::relation::{Correlations, correlations as correlations_of};
use crate::query::table::{self, TableRequest};
use crate::stats::correlation::Method;
use crate::stats::describe::Summary;
use crate::web::address::Query;
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::question::{self, Asked, Asking, Nothing, Question};
use crate::web::state::AppState;

/// A data set in the list.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DatasetView {
    /// Name used in addresses.
    name: String,
    /// Heading.
    title: String,
    /// What the data is.
    description: String,
    /// Customers after cleaning.
    customers: usize,
    /// Columns.
    columns: usize,
    /// Facts (purchases) beside the customers.
    facts: usize,
    /// Whether the program generated it.
    synthetic: bool,
    /// Changes when the data or its cleaning changes.
    fingerprint: String,
    /// Names of its models.
    models: Vec<String>,
}

/// A data set with its columns.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct DatasetDetail {
    #[serde(flatten)]
    dataset: DatasetView,
    /// Column that says what a customer is worth.
    value: String,
    /// Columns.
    variables: Vec<ColumnView>,
}

/// A column over all customers.
#[derive(Serialize, utoipa::ToSchema)]
struct ColumnView {
    name: String,
    label: String,
    unit: Option<String>,
    description: Option<String>,
    role: Role,
    derived: bool,
    summary: Option<Summary>,
}

/// The ledger and whether it adds up.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct LedgerView {
    #[serde(flatten)]
    ledger: Ledger,
    /// The ledger of the facts, where there are some.
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Ledger>,
    /// Whether rows in = rows out + rows removed, and the value measure likewise.
    reconciles: bool,
}

/// A page of customers.
#[derive(Serialize, utoipa::ToSchema)]
pub(super) struct CustomerPage {
    /// Customers found.
    found: usize,
    /// This page, from 1.
    page: usize,
    /// Pages.
    pages: usize,
    /// Customers: id, cluster, segment and every column.
    #[schema(value_type = Vec<Object>)]
    customers: Vec<serde_json::Map<String, serde_json::Value>>,
}

fn view_of(context: &PageContext) -> DatasetView {
    let dataset = &context.dataset;
    DatasetView {
        name: dataset.name.clone(),
        title: dataset.manifest.title.clone(),
        description: dataset.manifest.description.clone(),
        customers: dataset.customers.len(),
        columns: dataset.customers.columns.len(),
        facts: dataset.facts.as_ref().map_or(0, Facts::len),
        synthetic: dataset.synthetic.is_some(),
        fingerprint: dataset.fingerprint.clone(),
        models: context.snapshot.models_of(&dataset.name).iter().map(|entry| entry.model.name.clone()).collect(),
    }
}

/// All data sets.
#[utoipa::path(get, path = "/api/v1/datasets", tag = "data sets", responses((status = 200, body = [DatasetView])))]
pub(super) async fn list(State(state): State<Arc<AppState>>) -> Result<Json<Vec<DatasetView>>, AppError> {
    let snapshot = state.snapshot();
    snapshot
        .datasets
        .keys()
        .map(|name| PageContext::new(Arc::clone(&snapshot), name, Query::default()).map(|context| view_of(&context)))
        .collect::<Result<_, _>>()
        .map(Json)
}

/// A data set with its columns.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}", tag = "data sets", params(("dataset" = String, Path)), responses((status = 200, body = DatasetDetail), (status = 404)))]
pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<DatasetDetail>, AppError> {
    state
        .compute(move || {
            let variables = context.dataset.customers.columns.iter().map(column_view).collect();
            let value = context.dataset.manifest.segmentation.value.clone();
            Json(DatasetDetail { dataset: view_of(&context), value, variables })
        })
        .await
}

fn column_view(column: &Column) -> ColumnView {
    ColumnView {
        name: column.name.clone(),
        label: column.label.clone(),
        unit: column.unit.clone(),
        description: column.description.clone(),
        role: column.role,
        derived: column.derived,
        summary: column.summary().cloned(),
    }
}

/// What cleaning did.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/ledger", tag = "data sets", params(("dataset" = String, Path)), responses((status = 200, body = LedgerView), (status = 404)))]
pub(super) async fn ledger(Asked(context, Nothing): Asked<Nothing>) -> Json<LedgerView> {
    let ledger = context.dataset.ledger.clone();
    let facts = context.dataset.facts.as_ref().map(|facts| facts.ledger.clone());
    let reconciles = ledger.reconciles() && facts.as_ref().is_none_or(Ledger::reconciles);
    Json(LedgerView { ledger, facts, reconciles })
}

/// How a variable is distributed over the customers that pass the filter.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/distributions/{column}", tag = "data sets", params(("dataset" = String, Path), ("column" = String, Path)), responses((status = 200, body = Distribution), (status = 400), (status = 404)))]
pub(super) async fn distribution(
    State(state): State<Arc<AppState>>,
    Path((_dataset, column)): Path<(String, String)>,
    Asked(context, Nothing): Asked<Nothing>,
) -> Result<Json<Distribution>, AppError> {
    state
        .compute(move || {
            let view = context.view();
            let column =
                view.column(&column, "to describe", |_| true).map_err(|error| AppError::NotFound(error.to_string()))?;
            Ok(Json(distribution_of(&view, column)))
        })
        .await?
}

/// What correlations can be asked by.
pub(super) struct CorrelationKeys {
    method: Method,
}

impl Question for CorrelationKeys {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self { method: asking.parsed("method", question::correlation)?.unwrap_or_default() })
    }
}

/// Correlations of the numeric variables; `method` is `pearson`, `spearman` or `kendall`.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/correlations", tag = "data sets", params(("dataset" = String, Path), ("method" = Option<String>, Query)), responses((status = 200, body = Correlations), (status = 400), (status = 404)))]
pub(super) async fn correlations(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<CorrelationKeys>,
) -> Result<Json<Correlations>, AppError> {
    state
        .compute(move || {
            let columns: Vec<&Column> = context.dataset.customers.numeric().collect();
            Json(correlations_of(&context.view(), &columns, question.method))
        })
        .await
}

/// Customers that pass the filter; `q` searches, `sort` and `dir=desc` sort, `page` turns pages.
#[utoipa::path(get, path = "/api/v1/datasets/{dataset}/customers", tag = "data sets", params(("dataset" = String, Path), ("q" = Option<String>, Query), ("sort" = Option<String>, Query), ("dir" = Option<String>, Query), ("page" = Option<usize>, Query)), responses((status = 200, body = CustomerPage), (status = 400), (status = 404)))]
pub(super) async fn customers(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<TableRequest>,
) -> Result<Json<CustomerPage>, AppError> {
    state
        .compute(move || {
            let view = context.view();
            let page = table::page(&view, &question)?;
            Ok(Json(CustomerPage {
                found: page.found,
                page: page.page,
                pages: page.pages,
                customers: page.rows.iter().map(|row| customer(&context, &view, *row as usize)).collect(),
            }))
        })
        .await?
}

fn customer(context: &PageContext, view: &View<'_>, row: usize) -> serde_json::Map<String, serde_json::Value> {
    let mut fields = serde_json::Map::new();
    fields.insert("id".to_owned(), view.customers.ids.get(row).into());
    if let Some(label) = view.labels.and_then(|labels| labels.get(row)) {
        fields.insert("cluster".to_owned(), (*label).into());
        fields.insert("segment".to_owned(), context.segment_name(*label).into());
    }
    for column in &view.customers.columns {
        fields.insert(column.name.clone(), table::value(column, row));
    }
    fields
}
