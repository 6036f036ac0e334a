//! Times with several time zones behind them: one moment must not count on different days.

use std::collections::BTreeSet;

use chrono_tz::Tz;

use crate::dataset::dates;
use crate::dataset::manifest::DateOrder;
use crate::figures;
use crate::propose::proposal::Kind;
use crate::propose::questions::{Answers, Question, Reading};
use crate::propose::reading::Values;
use crate::propose::told::Told;

const UTC: &str = "UTC";
const WRITTEN: &str = "written";

/// Zones that are told one by one.
const TOLD: usize = 5;

/// Asks by which calendar the times of a table have their day, where zones of several kinds stand behind them.
pub(super) fn ask(
    table: &str,
    columns: &[Values],
    told: &[Told],
    order: Option<DateOrder>,
    answers: &Answers,
) -> Option<Question> {
    let of_days = columns.iter().zip(told).filter(|(column, told)| told.kind == Kind::Day && column.stored.is_none());
    let mut several = of_days.filter_map(|(column, told)| {
        let zones: BTreeSet<&str> = column.counts.keys().filter_map(|text| dates::zone(text)).collect();
        (zones.len() > 1).then(|| (column, told.order.or(order).unwrap_or(DateOrder::YearMonthDay), zones))
    });
    let (column, order, zones) = several.next()?;
    let (mut moved, mut rows) = (0, 0);
    let mut ends = [(i32::MAX, i32::MIN); 2];
    for (text, cells) in &column.counts {
        let (Some(written), Some(utc)) = (dates::parse(text, order), dates::parse_in(text, order, Tz::UTC)) else {
            continue;
        };
        rows += cells;
        moved += if written == utc { 0 } else { *cells };
        for (ends, day) in ends.iter_mut().zip([utc, written]) {
            *ends = (ends.0.min(day), ends.1.max(day));
        }
    }
    let [of_utc, of_written] =
        ends.map(|(first, last)| [first, last].map(|day| dates::format_iso(f64::from(day))).join(" to "));
    let others = format!("{} of {} fall on another day.", figures::counted(moved, "row", "rows"), figures::count(rows));
    let options = vec![
        Reading::new(
            UTC,
            "All times have their day in UTC; any other zone can be set as time_zone in the manifest.",
            format!("Days from {of_utc}. {others}"),
        ),
        Reading::new(
            WRITTEN,
            "Each time counts on the day that is written, in its own zone.",
            format!("Days from {of_written}."),
        ),
    ];
    let shown: Vec<&str> = zones.iter().copied().take(TOLD).collect();
    let more = if zones.len() > shown.len() { " and others" } else { "" };
    let text = format!(
        "Times of column {} in table {table} have several time zones behind them ({}{more}). Which day does a time have?",
        column.name,
        shown.join(", ")
    );
    Some(Question::new(format!("zone.{table}"), text, options, (UTC, 0.7), answers))
}

/// The time zone that was taken; none for the day that is written.
pub(super) fn taken(question: &Question) -> Option<String> {
    Some(question.taken()).filter(|taken| *taken != WRITTEN).map(str::to_owned)
}
