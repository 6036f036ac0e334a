//! RFM: scores, the named segments, what they are worth and what to do with them.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Html;

use super::parts::{Picker, PickerForm};
use crate::figures;
use crate::query::rfm::{Rfm, bands};
use crate::query::sales::effect;
use crate::stats::rfm::{RecencyCuts, SegmentSummary};
use crate::web::address::href;
use crate::web::charts::Chart;
use crate::web::charts::rfm::{self as charts, Shown};
use crate::web::context::PageContext;
use crate::web::error::{AppError, page};
use crate::web::pages::shell::Shell;
use crate::web::question::{Asked, Asking, Question};
use crate::web::state::AppState;
use crate::web::tab::Tab;

#[derive(Template)]
#[template(path = "rfm.html")]
struct RfmPage {
    shell: Shell,
    empty: bool,
    form: PickerForm,
    charts: Vec<Chart>,
    rows: Vec<SegmentRow>,
    rules: Vec<[String; 4]>,
    notes: Vec<String>,
    csv: String,
}

struct SegmentRow {
    name: &'static str,
    cells: Vec<String>,
    action: &'static str,
}

/// Rules for recency that are offered; any other four days can stand in the address.
const RULES: [(&str, &str); 4] = [
    ("quintiles", "Quintiles of all customers"),
    ("30,90,180,365", "30, 90, 180, 365 days"),
    ("14,30,60,90", "14, 30, 60, 90 days"),
    ("90,180,365,730", "90, 180, 365, 730 days"),
];

/// What the page can be asked.
pub(super) struct RfmQuestion {
    recency: Option<String>,
    cells: Shown,
}

impl Question for RfmQuestion {
    fn read(asking: &mut Asking<'_>) -> Result<Self, AppError> {
        Ok(Self {
            recency: asking.text("recency"),
            cells: asking.parsed("cells", Shown::parse)?.unwrap_or(Shown::Customers),
        })
    }
}

pub(super) async fn show(
    State(state): State<Arc<AppState>>,
    Asked(context, question): Asked<RfmQuestion>,
) -> Result<Html<String>, AppError> {
    state.compute(move || build(&context, &question).and_then(|built| page(&built))).await?
}

fn build(context: &PageContext, question: &RfmQuestion) -> Result<RfmPage, AppError> {
    let asked = question.recency.as_deref();
    let days = bands(asked)?;
    let shown = question.cells;
    let view = context.view();
    let found = context.scored(days.as_deref())?;
    let rule = asked.unwrap_or("quintiles");
    let own = (!RULES.iter().any(|(value, _)| *value == rule)).then_some((rule, rule));
    let form = PickerForm::new(
        context,
        vec![
            Picker::new("recency", "Recency by", RULES.into_iter().chain(own), rule),
            Picker::new("cells", "Cells show", Shown::ALL, shown.as_str()),
        ],
    );
    let currency = &context.dataset.manifest.currency;
    let empty = found.segments.is_empty();
    let mut pairs = context.model_pair();
    pairs.extend(context.filter.pairs(&context.dataset.customers));
    pairs.push(("recency".to_owned(), rule.to_owned()));
    Ok(RfmPage {
        shell: Shell::of(context, Tab::Rfm).with_filters(context, Tab::Rfm, &view),
        empty,
        form,
        charts: if empty {
            Vec::new()
        } else {
            vec![charts::heatmap(&found.heatmap, shown, currency), charts::segments(&found.segments, currency)]
        },
        rows: found.segments.iter().map(|segment| row(segment, currency)).collect(),
        rules: rules(&found, currency),
        notes: notes(&found, context),
        csv: href(&format!("/d/{}/download/rfm.csv", context.dataset.name), &pairs),
    })
}

fn row(segment: &SegmentSummary, currency: &str) -> SegmentRow {
    let money = |value: f64| figures::with_unit(&figures::number(value), Some(currency));
    SegmentRow {
        name: segment.segment.name(),
        cells: vec![
            figures::count(segment.customers),
            figures::percent(segment.share),
            figures::with_unit(&figures::short(segment.monetary), Some(currency)),
            figures::percent(segment.monetary_share),
            format!("{} days", figures::number(segment.median_recency)),
            figures::number(segment.median_frequency),
            money(segment.median_monetary),
            money(segment.average_order_value),
        ],
        action: segment.segment.action(),
    }
}

/// What earns each score: score, recency, frequency, monetary value.
fn rules(found: &Rfm, currency: &str) -> Vec<[String; 4]> {
    let cuts = &found.scores.cuts;
    let days = |days: f64| format!("{} days", figures::number(days));
    let money = |amount: f64| figures::with_unit(&figures::number(amount), Some(currency));
    (1..=5)
        .rev()
        .map(|score: usize| {
            let recency = match &cuts.recency {
                // Few days are good: the cuts stand the other way round.
                RecencyCuts::Quintiles([a, b, c, d]) => rule(
                    score,
                    [*d, *c, *b, *a],
                    |cut| format!("below {}", days(cut)),
                    |cut| format!("{} or more", days(cut)),
                ),
                RecencyCuts::Bands([a, b, c, d]) => rule(
                    score,
                    [*d, *c, *b, *a],
                    |cut| format!("up to {}", days(cut)),
                    |cut| format!("over {}", days(cut)),
                ),
            };
            let over = |write: &dyn Fn(f64) -> String, cuts: [f64; 4]| {
                rule(score, cuts, |cut| format!("over {}", write(cut)), |cut| format!("up to {}", write(cut)))
            };
            [score.to_string(), recency, over(&figures::number, cuts.frequency), over(&money, cuts.monetary)]
        })
        .collect()
}

/// What earns a score from 1 to 5 by four cuts, the easiest first. A score whose cut is also that of the next one is never
/// given: who passes it has the next one too.
fn rule(score: usize, cuts: [f64; 4], passed: impl Fn(f64) -> String, failed: impl Fn(f64) -> String) -> String {
    match score {
        1 => failed(cuts[0]),
        2..=4 if cuts[score - 2] == cuts[score - 1] => "does not occur".to_owned(),
        _ => passed(cuts[score - 2]),
    }
}

fn notes(found: &Rfm, context: &PageContext) -> Vec<String> {
    let dataset = &context.dataset;
    let returns = dataset.facts.as_ref().and_then(|facts| facts.returns.as_ref()).map(|returns| &returns.found);
    let mut notes = returns.map_or_else(Vec::new, |found| effect(found, &dataset.manifest.currency));
    if found.scores.missing > 0 {
        let why = if returns.is_some() { "no purchase that is known" } else { "no known order" };
        notes.push(format!("{} customers have {why} and no scores.", figures::count(found.scores.missing)));
    }
    for (name, levels) in ["recency", "frequency", "monetary value"].iter().zip(found.scores.levels()) {
        if levels == 1 {
            notes.push(format!("All customers have the same score of {name}, because their values are equal."));
        } else if levels < 5 {
            notes.push(format!(
                "So many customers have equal {name} that only {levels} of the 5 scores occur; equal values always share a score."
            ));
        }
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn equal_cuts_leave_a_score_out() {
        let of = |score| rule(score, [1.0, 1.0, 2.0, 4.0], |cut| format!("over {cut}"), |cut| format!("up to {cut}"));
        assert_eq!([1, 2, 3, 4, 5].map(of), ["up to 1", "does not occur", "over 1", "over 2", "over 4"]);
    }
}
