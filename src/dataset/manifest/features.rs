//! What features from facts are called and mean.

use super::column::{ColumnSpec, Role};
use super::facts::StatusSource;
use super::status;

/// What is known of a feature without the manifest saying so; `None` for other columns.
pub(crate) fn spec(name: &str, status: Option<&StatusSource>) -> Option<ColumnSpec> {
    let say = |label: &str, unit: Option<&str>, description: &str| {
        Some(ColumnSpec {
            role: Some(Role::Numeric),
            label: Some(label.to_owned()),
            unit: unit.map(str::to_owned),
            description: Some(description.to_owned()),
            ..ColumnSpec::default()
        })
    };
    match name {
        "recency_days" => say("Recency", Some("days"), "Days since the last order."),
        "frequency" => say("Frequency", None, "Different orders."),
        "monetary" => say("Monetary value", Some("currency"), "Sum of all amounts."),
        "tenure_days" => say("Tenure", Some("days"), "Days since the first order."),
        "average_order_value" => say("Average order value", Some("currency"), "Monetary value divided by frequency."),
        "units" => say("Units", None, "Units bought."),
        "days_between_orders" => {
            say("Days between orders", Some("days"), "Mean time from an order to the next; unknown with one order.")
        }
        "weekend_share" => say("Weekend share", None, "Share of orders on Saturday or Sunday."),
        _ => status::spec(name, status?),
    }
}

/// What a feature means where facts hold returns, when that differs from what it means without.
pub(in crate::dataset) fn with_returns(name: &str) -> Option<&'static str> {
    Some(match name {
        "recency_days" => "Days since the last purchase; missing for customers who have returns only.",
        "frequency" => "Different orders; returns are none.",
        "monetary" => "Sum of all amounts, less what was returned.",
        "average_order_value" => "Money of the orders, before returns, divided by frequency.",
        "units" => "Units bought, less those returned.",
        _ => return None,
    })
}
