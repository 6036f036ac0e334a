//! What surrounds every page: data sets on the left, tabs on top, filters beside.

use crate::dataset::{Column, Facts, Role, Values};
use crate::figures;
use crate::query::error::MISSING_NAME;
use crate::query::filter::{limit_text, segment_text};
use crate::query::{Filter, View};

use crate::web::charts::palette;
use crate::web::context::PageContext;
use crate::web::state::Snapshot;
use crate::web::tab::Tab;

/// Levels offered in a filter before the rest must be typed into the address.
const OFFERED_LEVELS: usize = 40;

/// The frame of a page.
#[derive(Debug, Default)]
pub(in crate::web) struct Shell {
    pub title: String,
    pub rail: Vec<RailItem>,
    pub dataset: Option<DatasetHead>,
    pub tabs: Vec<Link>,
    pub filters: Option<FilterPanel>,
}

#[derive(Debug)]
pub(in crate::web) struct RailItem {
    pub title: String,
    pub href: String,
    pub note: String,
    pub current: bool,
}

#[derive(Debug)]
pub(in crate::web) struct DatasetHead {
    pub title: String,
    pub synthetic: bool,
    pub models: Vec<Link>,
    pub model_note: String,
}

#[derive(Debug, Clone)]
pub(in crate::web) struct Link {
    pub text: String,
    pub href: String,
    pub current: bool,
}

/// Filters as a form, with what is active.
#[derive(Debug)]
pub(in crate::web) struct FilterPanel {
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<FilterField>,
    pub chips: Vec<Link>,
    pub count: String,
    pub is_empty: bool,
    pub reset: String,
}

#[derive(Debug)]
pub(in crate::web) struct FilterField {
    pub name: String,
    pub label: String,
    pub active: bool,
    pub range: Option<RangeField>,
    pub options: Vec<LevelOption>,
}

#[derive(Debug)]
pub(in crate::web) struct RangeField {
    pub min_name: String,
    pub max_name: String,
    pub low: f64,
    pub high: f64,
    pub step: f64,
    pub low_text: String,
    pub high_text: String,
    pub min: String,
    pub max: String,
    pub at_min: f64,
    pub at_max: f64,
    pub is_date: bool,
}

#[derive(Debug)]
pub(in crate::web) struct LevelOption {
    pub field: String,
    pub value: String,
    pub label: String,
    pub checked: bool,
    pub colour: Option<String>,
}

impl Shell {
    /// The frame of a page that belongs to no data set.
    pub(in crate::web) fn outer(snapshot: &Snapshot, title: &str) -> Self {
        Self { title: title.to_owned(), rail: rail(snapshot, ""), ..Self::default() }
    }

    /// The frame of a data set's page.
    pub(in crate::web) fn of(context: &PageContext, tab: Tab) -> Self {
        let dataset = &context.dataset;
        let tabs = Tab::ALL
            .iter()
            .filter(|other| context.entry.is_some() || !other.needs_model())
            .filter(|other| other.fits(&context.dataset))
            .map(|other| Link {
                text: other.title().to_owned(),
                href: context.tab_link(*other),
                current: *other == tab,
            })
            .collect();
        let models = context
            .snapshot
            .models_of(&dataset.name)
            .iter()
            .map(|entry| Link {
                text: entry.model.name.clone(),
                href: context.model_link(tab, &entry.model.name),
                current: context.entry.as_ref().is_some_and(|current| current.model.name == entry.model.name),
            })
            .collect();
        Self {
            title: format!("{} · {}", tab.title(), dataset.manifest.title),
            rail: rail(&context.snapshot, &dataset.name),
            dataset: Some(DatasetHead {
                title: dataset.manifest.title.clone(),
                synthetic: dataset.synthetic.is_some(),
                models,
                model_note: model_note(context),
            }),
            tabs,
            filters: None,
        }
    }

    /// The same with the filter panel of a view.
    pub(in crate::web) fn with_filters(self, context: &PageContext, tab: Tab, view: &View<'_>) -> Self {
        let action = context.path(tab);
        self.with_filters_at(context, tab, view, &action)
    }

    /// The same on a page below a tab's own.
    pub(in crate::web) fn with_filters_at(
        mut self,
        context: &PageContext,
        tab: Tab,
        view: &View<'_>,
        address: &str,
    ) -> Self {
        self.filters = Some(filter_panel(context, tab, view, address));
        self
    }
}

fn rail(snapshot: &Snapshot, current: &str) -> Vec<RailItem> {
    snapshot
        .datasets
        .values()
        .map(|dataset| RailItem {
            title: dataset.manifest.title.clone(),
            href: format!("/d/{}/overview", dataset.name),
            note: format!(
                "{} customers{}",
                figures::count(dataset.customers.len()),
                if dataset.synthetic.is_some() { ", synthetic" } else { "" }
            ),
            current: dataset.name == current,
        })
        .collect()
}

fn model_note(context: &PageContext) -> String {
    match &context.entry {
        None => "No model yet; one is being trained or can be trained on the Cluster tab.".to_owned(),
        Some(entry) if !entry.model.is_fitted_to(&context.dataset) => {
            "The data has changed since this model was trained; segments are predictions.".to_owned()
        }
        Some(entry) => format!("{}, {}", entry.model.recipe.algorithm.title(), entry.model.parameters()),
    }
}

fn filter_panel(context: &PageContext, tab: Tab, view: &View<'_>, address: &str) -> FilterPanel {
    let customers = &context.dataset.customers;
    let filter = &context.filter;
    let (shown, all) = (view.rows.len(), customers.len());
    let of_sales = context.dataset.facts.as_ref().filter(|_| tab.filters_facts());
    let chips = filter
        .parts(customers, |cluster| context.segment_name(cluster))
        .into_iter()
        .chain(of_sales.iter().flat_map(|facts| filter.sales_parts(facts)))
        .map(|part| Link { text: part.text, href: context.filter_link_at(address, &part.without), current: false })
        .collect();
    let mut fields: Vec<FilterField> = of_sales.map_or_else(Vec::new, |facts| sales_fields(facts, filter));
    if let Some(entry) = &context.entry {
        fields.push(FilterField {
            name: "seg".to_owned(),
            label: "Segment".to_owned(),
            active: !filter.segments.is_empty(),
            range: None,
            options: entry
                .model
                .segments
                .iter()
                .map(|segment| LevelOption {
                    field: "seg".to_owned(),
                    value: segment_text(segment.cluster),
                    label: segment.name.clone(),
                    checked: filter.segments.contains(&segment.cluster),
                    colour: Some(palette::colour(segment.colour)),
                })
                .collect(),
        });
    }
    fields.extend(customers.columns.iter().filter_map(|column| field(column, filter)));
    FilterPanel {
        action: address.to_owned(),
        hidden: context.filter_hidden(),
        fields,
        chips,
        count: format!(
            "{} of {} customers ({})",
            figures::count(shown),
            figures::count(all),
            figures::percent(shown as f64 / all.max(1) as f64)
        ),
        is_empty: shown == 0,
        reset: context.filter_link_at(address, &Filter::default()),
    }
}

/// The period and the dimensions of facts.
fn sales_fields(facts: &Facts, filter: &Filter) -> Vec<FilterField> {
    let chosen = &filter.sales;
    let day = |day: i32| limit_text(f64::from(day), Role::Date);
    let period = facts.days().map(|(first, last)| FilterField {
        name: "period".to_owned(),
        label: "Period".to_owned(),
        active: chosen.from.is_some() || chosen.to.is_some(),
        range: Some(RangeField {
            min_name: "from".to_owned(),
            max_name: "to".to_owned(),
            low: f64::from(first),
            high: f64::from(last),
            step: 1.0,
            low_text: day(first),
            high_text: day(last),
            min: chosen.from.map_or_else(String::new, day),
            max: chosen.to.map_or_else(String::new, day),
            at_min: f64::from(chosen.from.unwrap_or(first)),
            at_max: f64::from(chosen.to.unwrap_or(last)),
            is_date: true,
        }),
        options: Vec::new(),
    });
    let dimensions = facts.dimensions.iter().map(|dimension| {
        let wanted = chosen.levels.get(&dimension.name);
        let is_wanted = |name: &str| wanted.is_some_and(|wanted| wanted.contains(name));
        let mut options: Vec<LevelOption> = dimension
            .names
            .iter()
            .enumerate()
            .filter(|(position, name)| *position < OFFERED_LEVELS || is_wanted(name))
            .map(|(_, name)| sales_option(&dimension.name, name, is_wanted(name)))
            .collect();
        if dimension.has_missing {
            options.push(sales_option(&dimension.name, MISSING_NAME, is_wanted(MISSING_NAME)));
        }
        FilterField {
            name: format!("on.{}", dimension.name),
            label: match &facts.uses {
                Some(uses) => format!("{} of the {}", dimension.label, uses.thing),
                None => format!("{} sold", dimension.label),
            },
            active: wanted.is_some(),
            range: None,
            options,
        }
    });
    period.into_iter().chain(dimensions).collect()
}

fn sales_option(dimension: &str, level: &str, checked: bool) -> LevelOption {
    LevelOption {
        field: format!("on.{dimension}"),
        value: level.to_owned(),
        label: level.to_owned(),
        checked,
        colour: None,
    }
}

fn field(column: &Column, filter: &Filter) -> Option<FilterField> {
    let base = |range, options| FilterField {
        name: column.name.clone(),
        label: column.axis_title(),
        active: filter.ranges.contains_key(&column.name) || filter.levels.contains_key(&column.name),
        range,
        options,
    };
    let chosen = filter.levels.get(&column.name);
    let option = |value: &str, label: &str| LevelOption {
        field: format!("in.{}", column.name),
        value: value.to_owned(),
        label: label.to_owned(),
        checked: chosen.is_some_and(|chosen| chosen.contains(value)),
        colour: None,
    };
    match (&column.values, column.role) {
        (Values::Levels { names, codes }, _) => {
            let mut options: Vec<LevelOption> = names
                .iter()
                .enumerate()
                .filter(|(position, name)| {
                    *position < OFFERED_LEVELS || chosen.is_some_and(|chosen| chosen.contains(*name))
                })
                .map(|(_, name)| option(name, name))
                .collect();
            if codes.contains(&crate::dataset::customers::MISSING_LEVEL) {
                options.push(option(MISSING_NAME, MISSING_NAME));
            }
            Some(base(None, options))
        }
        (Values::Numbers(_), Role::Flag) => Some(base(None, vec![option("1", "yes"), option("0", "no")])),
        (Values::Numbers(_), role) => {
            let summary = column.summary()?;
            let (low, high) = (summary.min, summary.max);
            let range = filter.ranges.get(&column.name).copied().unwrap_or_default();
            let text = |limit: Option<f64>| limit.map_or(String::new(), |limit| limit_text(limit, role));
            Some(base(
                Some(RangeField {
                    min_name: format!("min.{}", column.name),
                    max_name: format!("max.{}", column.name),
                    low,
                    high,
                    step: step(low, high, role),
                    low_text: limit_text(low, role),
                    high_text: limit_text(high, role),
                    min: text(range.min),
                    max: text(range.max),
                    at_min: range.min.unwrap_or(low),
                    at_max: range.max.unwrap_or(high),
                    is_date: role == Role::Date,
                }),
                Vec::new(),
            ))
        }
    }
}

/// A slider step of about a two-hundredth of the range, a power of ten; whole for days.
fn step(low: f64, high: f64, role: Role) -> f64 {
    let width = high - low;
    if role == Role::Date || width <= 0.0 {
        return 1.0;
    }
    let step = 10_f64.powf((width / 200.0).log10().floor());
    if low.fract() == 0.0 && high.fract() == 0.0 { step.max(1.0) } else { step }
}
