//! What every page of a data set knows: the data set, the model, the filter, and links that keep them.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::header;
use axum::http::request::Parts;

use crate::dataset::{Column, Dataset, Facts};
use crate::query::rfm::{Rfm, rfm};
use crate::query::sales::{Measure, SalesFilter, SalesView};
use crate::query::{Filter, View};
use crate::segment::lifetime::LifetimeValues;
use crate::web::address::{Query, href, is_filter_key};
use crate::web::charts::style::SegmentStyle;
use crate::web::error::{AppError, sentence};
use crate::web::state::{AppState, DEFAULT_MODEL, ModelEntry, Snapshot};
use crate::web::tab::Tab;

/// Refuses a data set whose sales know nobody, with what to do about it.
pub(in crate::web) fn check_customers(dataset: &Dataset) -> Result<(), AppError> {
    if !dataset.customers.is_empty() {
        return Ok(());
    }
    Err(AppError::Unprocessable(
        "This data set has no customers, because no sale names both a customer and an order; check facts.customer and facts.order in its manifest."
            .to_owned(),
    ))
}

/// A request to a data set's page, checked.
#[derive(Debug, Clone)]
pub(in crate::web) struct PageContext {
    pub snapshot: Arc<Snapshot>,
    pub dataset: Arc<Dataset>,
    pub entry: Option<Arc<ModelEntry>>,
    pub filter: Filter,
    pub query: Query,
    /// Host and port the reader sees, for examples to copy.
    pub host: String,
    /// The job that makes the first model, while there is none.
    pub first_model: Option<u64>,
}

impl PageContext {
    /// The context of a request. Pages take it with their question, as `Asked`.
    pub(in crate::web) async fn of_request(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, AppError> {
        let Path(path) = Path::<std::collections::HashMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| AppError::NotFound("There is no such page.".to_owned()))?;
        let query = parts.uri.query().unwrap_or("").to_owned();
        let name = path.get("dataset").map_or("", String::as_str);
        let context = Self::new(state.snapshot(), name, Query::parse(&query)?)?;
        let first_model =
            if context.entry.is_none() { state.jobs.open_of(&context.dataset.name).map(|job| job.id) } else { None };
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self { host: host.unwrap_or_default().to_owned(), first_model, ..context })
    }

    pub(in crate::web) fn new(snapshot: Arc<Snapshot>, dataset: &str, query: Query) -> Result<Self, AppError> {
        let dataset = snapshot.datasets.get(dataset).cloned().ok_or_else(|| {
            let why = snapshot.broken.iter().find(|broken| broken.name == dataset);
            AppError::NotFound(why.map_or_else(
                || format!("There is no data set named \"{dataset}\"; choose one on the left or on the first page."),
                |broken| format!("The data set \"{dataset}\" cannot be used: {}.", broken.reason),
            ))
        })?;
        let entry = match query.get("model") {
            Some(name) => Some(snapshot.model(&dataset.name, name).ok_or_else(|| {
                AppError::NotFound(format!(
                    "There is no model named \"{name}\" for this data set; train it on the Cluster tab."
                ))
            })?),
            None => snapshot
                .model(&dataset.name, DEFAULT_MODEL)
                .or_else(|| snapshot.models_of(&dataset.name).first().cloned()),
        };
        let clusters = entry.as_ref().map_or_else(Vec::new, |entry| entry.model.clusters());
        let mut filter = Filter::parse(&query.0, &dataset.customers, &clusters)?;
        if let Some(facts) = &dataset.facts {
            filter.sales = SalesFilter::parse(&query.0, facts)?;
        }
        Ok(Self { snapshot, dataset, entry, filter, query, host: String::new(), first_model: None })
    }

    /// The model, or what to do without one.
    pub(in crate::web) fn model(&self) -> Result<&ModelEntry, AppError> {
        self.model_entry().map(Arc::as_ref)
    }

    /// The same, to be shared with a job.
    pub(in crate::web) fn model_entry(&self) -> Result<&Arc<ModelEntry>, AppError> {
        check_customers(&self.dataset)?;
        self.entry.as_ref().ok_or_else(|| match self.first_model {
            Some(job) => AppError::BeingMade { title: self.dataset.manifest.title.clone(), job },
            None => AppError::Unprocessable("This data set has no model yet; train one on the Cluster tab.".to_owned()),
        })
    }

    /// The customers that pass the filter.
    pub(in crate::web) fn view(&self) -> View<'_> {
        let labels = self.labels();
        let customers = &self.dataset.customers;
        View::new(customers, self.filter.rows(customers, labels), labels)
    }

    /// The facts of the data set, or that there are none.
    pub(in crate::web) fn facts(&self) -> Result<&Facts, AppError> {
        self.dataset
            .facts
            .as_ref()
            .ok_or_else(|| AppError::NotFound("This data set has no sales; its manifest names no [facts].".to_owned()))
    }

    /// The measure that is asked for, or another; one that the facts do not have is refused.
    pub(in crate::web) fn measure(&self, asked: Option<Measure>, default: Measure) -> Result<Measure, AppError> {
        let measure = asked.unwrap_or(default);
        self.check_measure(measure)?;
        Ok(measure)
    }

    /// Refuses a measure that the facts do not have.
    pub(in crate::web) fn check_measure(&self, measure: Measure) -> Result<(), AppError> {
        let facts = self.facts()?;
        if measure.fits(facts) {
            return Ok(());
        }
        let known: Vec<&str> = Measure::ALL.into_iter().filter(|m| m.fits(facts)).map(Measure::as_str).collect();
        Err(AppError::BadRequest(format!(
            "This data has nothing to work out {} from; choose one of {}.",
            measure.as_str(),
            known.join(", ")
        )))
    }

    /// The facts that pass the filter; a filter of customers keeps only theirs.
    pub(in crate::web) fn sales(&self) -> Result<SalesView<'_>, AppError> {
        let facts = self.facts()?;
        let customers = (!self.filter.is_empty()).then(|| {
            let mut kept = vec![false; self.dataset.customers.len()];
            for row in self.filter.rows(&self.dataset.customers, self.labels()) {
                kept[row as usize] = true;
            }
            kept
        });
        Ok(SalesView::new(facts, &self.filter.sales, customers.as_deref()))
    }

    /// The scores that pages, API and downloads show.
    pub(in crate::web) fn scored(&self, bands: Option<&[f64]>) -> Result<Rfm, AppError> {
        self.facts()?;
        check_customers(&self.dataset)?;
        rfm(&self.view(), bands).map_err(|error| AppError::Unprocessable(sentence(&error.to_string())))?.ok_or_else(
            || AppError::Unprocessable("Recency, frequency or monetary value was left out by cleaning.".to_owned()),
        )
    }

    /// What customers are expected to be worth.
    ///
    /// # Errors
    /// `AppError::NotFound` where there are no facts, or none with amounts.
    pub(in crate::web) fn expected_values(&self) -> Result<Arc<LifetimeValues>, AppError> {
        self.facts()?;
        self.lifetimes().ok_or_else(|| {
            AppError::NotFound("There are no amounts in this data, so customers have no expected value.".to_owned())
        })
    }

    /// What customers are expected to be worth; `None` without facts that have amounts.
    pub(in crate::web) fn lifetimes(&self) -> Option<Arc<LifetimeValues>> {
        self.snapshot.lifetimes.of(&self.dataset)
    }

    pub(in crate::web) fn labels(&self) -> Option<&[i32]> {
        self.entry.as_ref().map(|entry| entry.labels())
    }

    pub(in crate::web) fn segment_name(&self, cluster: i32) -> String {
        self.entry.as_ref().map_or_else(|| cluster.to_string(), |entry| entry.model.segment_name(cluster).to_owned())
    }

    pub(in crate::web) fn style(&self) -> SegmentStyle {
        SegmentStyle { segments: self.entry.as_ref().map_or_else(Vec::new, |entry| entry.model.segments.clone()) }
    }

    pub(in crate::web) fn path(&self, tab: Tab) -> String {
        format!("/d/{}/{}", self.dataset.name, tab.path())
    }

    /// Another tab with the same model and filter.
    pub(in crate::web) fn tab_link(&self, tab: Tab) -> String {
        let mut pairs = self.model_pair();
        pairs.extend(self.filter.pairs(&self.dataset.customers));
        href(&self.path(tab), &pairs)
    }

    /// The same page with another model; segments in the filter belong to the old one and go.
    pub(in crate::web) fn model_link(&self, tab: Tab, model: &str) -> String {
        let mut pairs: Vec<(String, String)> =
            self.query.0.iter().filter(|(key, _)| key != "model" && key != "seg").cloned().collect();
        pairs.insert(0, ("model".to_owned(), model.to_owned()));
        href(&self.path(tab), &pairs)
    }

    /// The same page with another filter; the page of a table starts again.
    pub(in crate::web) fn filter_link(&self, tab: Tab, filter: &Filter) -> String {
        self.filter_link_at(&self.path(tab), filter)
    }

    pub(in crate::web) fn filter_link_at(&self, address: &str, filter: &Filter) -> String {
        let mut pairs = self.filter_hidden();
        pairs.extend(filter.pairs(&self.dataset.customers));
        href(address, &pairs)
    }

    /// The same page with some view keys changed; an empty value removes the key.
    pub(in crate::web) fn view_link(&self, tab: Tab, changes: &[(&str, &str)]) -> String {
        let changed: Vec<&str> = changes.iter().map(|(key, _)| *key).collect();
        let mut pairs = self.hidden_except(&changed);
        pairs.extend(
            changes.iter().filter(|(_, v)| !v.is_empty()).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())),
        );
        href(&self.path(tab), &pairs)
    }

    /// What the filter's form keeps of the address.
    pub(in crate::web) fn filter_hidden(&self) -> Vec<(String, String)> {
        self.view_pairs().into_iter().filter(|(key, _)| key != "page").collect()
    }

    /// Everything in the address that is no filter.
    pub(in crate::web) fn view_pairs(&self) -> Vec<(String, String)> {
        self.query.0.iter().filter(|(key, value)| !is_filter_key(key) && !value.is_empty()).cloned().collect()
    }

    /// Everything in the address but some keys, for the hidden fields of a form that sets those.
    pub(in crate::web) fn hidden_except(&self, keys: &[&str]) -> Vec<(String, String)> {
        let mut pairs: Vec<(String, String)> =
            self.view_pairs().into_iter().filter(|(key, _)| !keys.contains(&key.as_str())).collect();
        pairs.extend(
            self.filter.pairs(&self.dataset.customers).into_iter().filter(|(k, _)| !keys.contains(&k.as_str())),
        );
        pairs
    }

    pub(in crate::web) fn model_pair(&self) -> Vec<(String, String)> {
        self.query.get("model").map(|name| ("model".to_owned(), name.to_owned())).into_iter().collect()
    }

    /// The column of a name, or the default where none is asked for.
    pub(in crate::web) fn column<'a>(
        &'a self,
        asked: Option<&str>,
        purpose: &str,
        fits: impl Fn(&Column) -> bool,
        default: Option<&'a Column>,
    ) -> Result<Option<&'a Column>, AppError> {
        match asked {
            Some(name) => Ok(Some(View::all(&self.dataset.customers, None).column(name, purpose, fits)?)),
            None => Ok(default),
        }
    }
}
