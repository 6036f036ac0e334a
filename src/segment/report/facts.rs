//! What purchases, or things that were handed out and used, say of the segments.

use serde::Serialize;

use crate::dataset::{Dataset, DatasetError, Facts, dates};
use crate::query::sales::{Grain, Measure, ReturnedSales, SalesFilter, SalesView, Totals, check_steps};
use crate::query::{View, rfm};
use crate::stats::rfm::SegmentSummary;

/// Most months that are drawn, the last ones.
const SHOWN_MONTHS: usize = 36;

/// Facts by segment. Lists of segments are in the order of the report's.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReportedFacts {
    /// What is drawn by month: sales, or the number of things.
    pub measure: Measure,
    /// What the table of segments holds.
    pub measures: Vec<Measure>,
    /// All facts, those of unknown customers included.
    pub all: Totals,
    /// Gross sales, returns and net sales of all; absent for facts without returns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnedSales>,
    /// Facts of each segment's customers.
    pub segments: Vec<Totals>,
    /// Facts of customers who are not known or in a segment that is left out.
    pub elsewhere: usize,
    /// First days of the months; at most the last 36.
    pub months: Vec<String>,
    /// How many months there are.
    pub months_in_all: usize,
    /// The measure of each segment in each of these months.
    pub by_month: Vec<Vec<f64>>,
    /// Why months are not shown; `null` when they are.
    pub too_long: Option<String>,
    /// Customers by the segments that recency, frequency and monetary value make, where these are known.
    pub rfm: Vec<SegmentSummary>,
}

/// The facts of all customers by cluster; `None` for a data set without facts.
///
/// # Errors
/// See [`SalesView`].
pub(super) fn of(
    view: &View<'_>,
    dataset: &Dataset,
    labels: &[i32],
    clusters: &[i32],
) -> Result<Option<ReportedFacts>, DatasetError> {
    let Some(facts) = &dataset.facts else { return Ok(None) };
    let sales = SalesView::new(facts, &SalesFilter::default(), None);
    let measure = Measure::main(facts);
    let measures = measures(facts);
    // The last measure is the one that needs most to be counted.
    let segments = sales.by_cluster(labels, clusters, measures.last().copied().unwrap_or(measure))?;
    let all = sales.totals()?;
    let known: usize = segments.iter().map(|totals| totals.lines).sum();
    let too_long = check_steps(sales.days()?, Grain::Month).err().map(|error| error.to_string());
    let (mut months, mut by_month) = (Vec::new(), vec![Vec::new(); clusters.len()]);
    if too_long.is_none() {
        let (days, totals) = sales.by_cluster_and_time(labels, clusters, Grain::Month, measure)?;
        months = days.into_iter().map(|day| dates::format_iso(f64::from(day))).collect();
        by_month = totals.iter().map(|totals| totals.iter().map(|totals| measure.of(totals)).collect()).collect();
    }
    let months_in_all = months.len();
    let first = months_in_all.saturating_sub(SHOWN_MONTHS);
    for values in &mut by_month {
        values.drain(..first.min(values.len()));
    }
    Ok(Some(ReportedFacts {
        measure,
        measures,
        elsewhere: all.lines.saturating_sub(known),
        returns: sales.returned_of(&all),
        all,
        segments,
        months: months.split_off(first),
        months_in_all,
        by_month,
        too_long,
        rfm: rfm::rfm(view, None).ok().flatten().map_or_else(Vec::new, |found| found.segments),
    }))
}

fn measures(facts: &Facts) -> Vec<Measure> {
    let wanted: &[Measure] = if facts.uses.is_some() && !facts.has_amounts {
        &[Measure::Things, Measure::Uses, Measure::UseRate, Measure::ThingsPerCustomer]
    } else {
        &[Measure::Sales, Measure::Orders, Measure::AverageOrderValue]
    };
    wanted.iter().copied().filter(|measure| measure.fits(facts)).collect()
}
