//! What the segments are expected to be worth in the next year, as a part of the Segments page.

use super::context::{PageContext, SegmentStyle, href};
use crate::dataset::dates;
use crate::figures;
use crate::query::View;
use crate::segment::lifetime::{Expectation, LifetimeValues};
use crate::web::charts::{self, Chart};

/// What the models take for granted; shown with every number that rests on them.
const ASSUMPTIONS: &str = "Expected from how often and how lately each customer bought (BG/NBD) and from what its repeat \
    orders were worth (Gamma-Gamma). The models take it that everybody buys at a steady pace of their own until they leave \
    for good, that spending does not depend on how often somebody buys, and that nothing else changes: no season, no growth, \
    no new customers. Orders of one day count as one. Who bought on one day only counts as active, because nothing speaks \
    against it yet. Value is revenue, not profit.";

pub(super) struct Worth {
    pub failure: String,
    pub sentence: String,
    pub header: Vec<&'static str>,
    pub rows: Vec<WorthRow>,
    pub assumptions: &'static str,
    pub notes: Vec<String>,
    pub charts: Vec<Chart>,
    pub csv: String,
}

pub(super) struct WorthRow {
    pub name: String,
    pub cells: Vec<String>,
}

/// The part for the chosen customers; `None` for a data set without facts.
pub(super) fn worth(context: &PageContext, view: &View<'_>, style: &SegmentStyle) -> Option<Worth> {
    let facts = context.dataset.facts.as_ref()?;
    let found = context.lifetimes()?;
    let segments = found.by_segment(view);
    let all = found.expect(0, &view.rows);
    let currency = &context.dataset.manifest.currency;
    let rows = segments
        .iter()
        .map(|segment| row(style.name(segment.cluster), segment, &all, &found, currency))
        .chain([row("All chosen".to_owned(), &all, &all, &found, currency)])
        .collect();
    let mut header = vec!["Customers", "Bought once", "Likely still active", "Expected orders"];
    if found.has_values() {
        header.extend(["Value a customer", "Value in total", "Share of value"]);
    }
    let mut pairs = context.model_pair();
    pairs.extend(context.filter.pairs(&context.dataset.customers));
    Some(Worth {
        failure: found.failure.clone().unwrap_or_default(),
        sentence: sentence(&all, &found, &dates::format_iso(f64::from(facts.snapshot)), currency),
        header,
        rows,
        assumptions: ASSUMPTIONS,
        notes: found.notes.clone(),
        charts: if found.has_values() && segments.len() > 1 {
            vec![charts::lifetime::by_segment(&segments, &all, style, currency)]
        } else {
            Vec::new()
        },
        csv: href(&format!("/d/{}/download/lifetime.csv", context.dataset.name), &pairs),
    })
}

fn sentence(all: &Expectation, found: &LifetimeValues, day: &str, currency: &str) -> String {
    if all.known == 0 {
        return "None of the chosen customers has a known order.".to_owned();
    }
    let unknown = all.customers - all.known;
    let left_out = if unknown > 0 {
        format!(" {} customers without a known order are left out.", figures::count(unknown))
    } else {
        String::new()
    };
    let worth = if found.has_values() {
        format!(" worth {}", figures::with_unit(&figures::short(all.value), Some(currency)))
    } else {
        String::new()
    };
    format!(
        "{} of {} customers are expected to be still active. In the 12 months from {day} all together are expected to place {} \
         orders{worth}.{left_out}",
        figures::percent(all.active_share),
        figures::count(all.known),
        figures::short(all.orders),
    )
}

fn row(name: String, part: &Expectation, all: &Expectation, found: &LifetimeValues, currency: &str) -> WorthRow {
    let money = |text: String| figures::with_unit(&text, Some(currency));
    let mut cells = vec![
        figures::count(part.customers),
        figures::count(part.bought_once),
        figures::percent(part.active_share),
        figures::short(part.orders),
    ];
    if found.has_values() {
        cells.push(money(figures::number(part.value_per_customer)));
        cells.push(money(figures::short(part.value)));
        cells.push(figures::percent(part.value / all.value));
    }
    WorthRow { name, cells }
}
