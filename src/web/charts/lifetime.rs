//! What segments are expected to be worth.

use plotly::Bar;
use plotly::common::{Marker, Orientation};

use super::{Chart, Table, briefs, layout, plot};
use crate::figures;
use crate::segment::lifetime::Expectation;
use crate::web::charts::style::SegmentStyle;

/// Expected value of each segment, the most valuable on top.
pub(in crate::web) fn by_segment(
    segments: &[Expectation],
    all: &Expectation,
    style: &SegmentStyle,
    currency: &str,
) -> Chart {
    let mut sorted: Vec<&Expectation> = segments.iter().collect();
    sorted.sort_by(|a, b| b.value.total_cmp(&a.value));
    // The lowest bar comes first.
    let upward = || sorted.iter().rev();
    let names: Vec<String> = upward().map(|segment| style.name(segment.cluster)).collect();
    let colours: Vec<String> = upward().map(|segment| style.colour(segment.cluster)).collect();
    let bars = Bar::new(briefs(upward().map(|segment| segment.value)), names)
        .orientation(Orientation::Horizontal)
        .marker(Marker::new().color_array(colours))
        .hover_template("%{y}: %{x:,.0f}<extra></extra>");
    let summary = sorted.first().map_or_else(String::new, |best| {
        format!(
            "{}: {} of the customers are expected to bring {} of the value.",
            style.name(best.cluster),
            figures::percent(best.customers as f64 / all.customers as f64),
            figures::percent(best.value / all.value)
        )
    });
    let rows = sorted
        .iter()
        .map(|segment| {
            vec![
                style.name(segment.cluster),
                figures::count(segment.customers),
                figures::with_unit(&figures::cents(segment.value), Some(currency)),
                figures::percent(segment.value / all.value),
            ]
        })
        .collect();
    let title =
        if currency.is_empty() { "value in 12 months".to_owned() } else { format!("value in 12 months ({currency})") };
    let figure = plot(vec![bars], layout(&title, "").show_legend(false));
    let header = ["segment", "customers", "expected value", "share of value"];
    Chart::new("worth", "Who brings next year's sales?", summary, &figure, Table::new(&header, rows))
        .height(100 + 34 * segments.len() as u32)
}
