//! What is expected of customers, in words for pages and report.

use crate::figures;
use crate::segment::lifetime::Expectation;

/// Headings of the figures of [`cells`].
pub(in crate::web) fn header(has_values: bool) -> Vec<&'static str> {
    let mut header = vec!["Customers", "Bought once", "Likely still active", "Expected orders"];
    if has_values {
        header.extend(["Value a customer", "Value in total", "Share of value"]);
    }
    header
}

/// What is expected of a part of the customers, in words.
pub(in crate::web) fn cells(part: &Expectation, all: &Expectation, has_values: bool, currency: &str) -> Vec<String> {
    let money = |text: String| figures::with_unit(&text, Some(currency));
    let mut cells = vec![
        figures::count(part.customers),
        figures::count(part.bought_once),
        figures::percent(part.active_share),
        figures::short(part.orders),
    ];
    if has_values {
        cells.push(money(figures::number(part.value_per_customer)));
        cells.push(money(figures::short(part.value)));
        cells.push(figures::percent(part.value / all.value));
    }
    cells
}
