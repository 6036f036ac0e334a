//! What the segments are expected to be worth in the next year, as a part of the Segments page.

use crate::dataset::dates;
use crate::query::View;
use crate::segment::lifetime::{ASSUMPTIONS, Expectation};
use crate::web::address::href;
use crate::web::charts::style::SegmentStyle;
use crate::web::charts::{self, Chart};
use crate::web::context::PageContext;
use crate::web::written::{cells, header};

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
    let row =
        |name: String, part: &Expectation| WorthRow { name, cells: cells(part, &all, found.has_values(), currency) };
    let rows = segments
        .iter()
        .map(|segment| row(style.name(segment.cluster), segment))
        .chain([row("All chosen".to_owned(), &all)])
        .collect();
    let mut pairs = context.model_pair();
    pairs.extend(context.filter.pairs(&context.dataset.customers));
    Some(Worth {
        failure: found.failure.clone().unwrap_or_default(),
        sentence: found.sentence(&all, &dates::format_iso(f64::from(facts.snapshot)), currency),
        header: header(found.has_values()),
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
