//! The part of the report on purchases, or on things that were handed out and used.

use super::svg::{DASHES, Series, Svg, lines};
use super::written::{TotalsRow, colour};
use crate::dataset::Dataset;
use crate::figures;
use crate::query::sales::{Measure, Totals};
use crate::segment::lifetime::ASSUMPTIONS;
use crate::segment::report::{Report, ReportedFacts, ReportedWorth};
use crate::web::charts::sales::Written;
use crate::web::error::sentence;
use crate::web::written::{cells, header};

/// Facts by segment.
pub(super) struct FactsPart {
    pub title: String,
    pub header: Vec<String>,
    pub rows: Vec<TotalsRow>,
    pub elsewhere: String,
    /// Gross sales, returns and net sales in words; nothing for facts without returns.
    pub returns: String,
    pub months: Option<Months>,
    pub no_months: String,
    pub rfm: Vec<[String; 5]>,
}

/// What the segments are expected to be worth.
pub(super) struct WorthPart {
    pub sentence: String,
    pub header: Vec<&'static str>,
    /// Empty when nothing can be told.
    pub rows: Vec<TotalsRow>,
    pub assumptions: &'static str,
    pub notes: Vec<String>,
}

impl WorthPart {
    /// The part as texts.
    pub(super) fn of(dataset: &Dataset, report: &Report, found: &ReportedWorth) -> Self {
        let currency = &dataset.manifest.currency;
        let of_segments = report.segments.iter().zip(&found.segments).map(|(segment, expected)| TotalsRow {
            name: segment.name.clone(),
            colour: colour(segment),
            cells: cells(expected, &found.all, found.has_values, currency),
        });
        let of_all = TotalsRow {
            name: "All".to_owned(),
            colour: String::new(),
            cells: cells(&found.all, &found.all, found.has_values, currency),
        };
        let rows = of_segments.chain([of_all]);
        Self {
            sentence: found.sentence.clone(),
            header: header(found.has_values),
            rows: if found.is_known { rows.collect() } else { Vec::new() },
            assumptions: ASSUMPTIONS,
            notes: found.notes.clone(),
        }
    }
}

/// A measure by month.
pub(super) struct Months {
    pub question: String,
    pub note: String,
    pub picture: Svg,
    pub legend: Vec<Key>,
    pub header: Vec<String>,
    pub rows: Vec<(String, Vec<String>)>,
}

/// A curve's name and looks.
pub(super) struct Key {
    pub name: String,
    pub colour: String,
    pub dash: &'static str,
}

impl FactsPart {
    /// The part as texts and a picture.
    pub(super) fn of(dataset: &Dataset, report: &Report, facts: &ReportedFacts) -> Self {
        let written = |measure: Measure| Written::new(measure, dataset);
        let cells = |totals: &Totals| -> Vec<String> {
            facts.measures.iter().map(|measure| written(*measure).text(measure.of(totals))).collect()
        };
        let named = report.segments.iter().zip(&facts.segments);
        let mut rows: Vec<TotalsRow> = named
            .map(|(segment, totals)| TotalsRow {
                name: segment.name.clone(),
                colour: colour(segment),
                cells: cells(totals),
            })
            .collect();
        rows.push(TotalsRow { name: "All".to_owned(), colour: String::new(), cells: cells(&facts.all) });
        let main = written(facts.measure);
        Self {
            title: format!("{} by segment", main.label()),
            header: facts.measures.iter().map(|measure| written(*measure).label()).collect(),
            rows,
            elsewhere: if facts.elsewhere == 0 {
                String::new()
            } else {
                format!(
                    "The line of all holds {} more rows, of customers who are not known or are in none of these segments.",
                    figures::count(facts.elsewhere)
                )
            },
            returns: facts.returns.as_ref().map_or_else(String::new, |found| {
                let money = |value: f64| written(Measure::Sales).text(value);
                format!(
                    "Gross sales {}, returns {}, net sales {}. {} Sales are net; orders and their average value are of purchases.",
                    money(found.gross),
                    money(found.returned),
                    money(found.net),
                    found.sentence(&dataset.manifest.currency)
                )
            }),
            months: (facts.months.len() > 1).then(|| months(report, facts, main)),
            no_months: facts.too_long.as_deref().map(sentence).unwrap_or_default(),
            rfm: facts
                .rfm
                .iter()
                .map(|found| {
                    [
                        found.segment.name().to_owned(),
                        figures::count(found.customers),
                        figures::percent(found.share),
                        figures::percent(found.monetary_share),
                        found.segment.action().to_owned(),
                    ]
                })
                .collect(),
        }
    }
}

fn months(report: &Report, facts: &ReportedFacts, written: Written<'_>) -> Months {
    // "2024-03-01" is shown as its month.
    let steps: Vec<String> = facts.months.iter().map(|day| day.chars().take(7).collect()).collect();
    let series: Vec<Series> = report
        .segments
        .iter()
        .zip(&facts.by_month)
        .map(|(segment, values)| Series { name: segment.name.clone(), colour: colour(segment), values: values.clone() })
        .collect();
    let question = format!("{} by month and segment", written.label());
    let mut note = "The first and the last month may not be complete.".to_owned();
    if facts.months.len() < facts.months_in_all {
        note = format!("The last {} of {} months. {note}", facts.months.len(), facts.months_in_all);
    }
    let rows = steps.iter().enumerate().map(|(step, month)| {
        let value = |line: &Series| written.text(line.values.get(step).copied().unwrap_or(f64::NAN));
        (month.clone(), series.iter().map(value).collect())
    });
    Months {
        rows: rows.collect(),
        header: series.iter().map(|line| line.name.clone()).collect(),
        picture: lines("months", &question, &series, &steps, |value| written.text(value)),
        legend: series
            .iter()
            .enumerate()
            .map(|(at, line)| Key {
                name: line.name.clone(),
                colour: line.colour.clone(),
                dash: DASHES[at % DASHES.len()],
            })
            .collect(),
        question,
        note,
    }
}
