//! Who moved: the flows, the matrix, and the segments then and now.

use crate::figures;
use crate::segment::versions::{Flow, Migration, SegmentChange};
use crate::web::charts::style::SegmentStyle;
use crate::web::charts::{Chart, versions as charts};
use crate::web::context::PageContext;
use crate::web::error::AppError;
use crate::web::pages::parts::{Picker, PickerForm};

/// Who moved.
pub(super) struct Moves {
    pub(super) chart: Chart,
    pub(super) form: PickerForm,
    pub(super) answer: String,
    pub(super) header: Vec<Name>,
    pub(super) rows: Vec<MatrixRow>,
    pub(super) note: String,
    pub(super) sizes_answer: String,
    pub(super) value_label: String,
    pub(super) segments: Vec<SizeRow>,
}

/// A segment's name and colour; no colour for what is none.
pub(super) struct Name {
    pub(super) text: String,
    pub(super) colour: String,
}

pub(super) struct MatrixRow {
    pub(super) name: Name,
    pub(super) cells: Vec<MatrixCell>,
    pub(super) total: bool,
}

pub(super) struct MatrixCell {
    pub(super) text: String,
    pub(super) note: String,
    /// How much of the accent colour is behind it, in per cent.
    pub(super) shade: u32,
    pub(super) same: bool,
}

pub(super) struct SizeRow {
    pub(super) name: Name,
    pub(super) cells: Vec<String>,
}

/// What the cells of the matrix show.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    Customers,
    Value,
}

impl Shown {
    pub(super) fn parse(text: &str) -> Result<Self, AppError> {
        match text {
            "customers" => Ok(Self::Customers),
            "value" => Ok(Self::Value),
            _ => Err(AppError::BadRequest("The cells show customers or value; choose one of them.".to_owned())),
        }
    }

    fn as_str(self) -> &'static str {
        if self == Self::Customers { "customers" } else { "value" }
    }
}

/// The strongest shade of a cell, in per cent of the accent colour: text stays readable on it.
const DARKEST: f64 = 32.0;

/// Writes who moved.
pub(super) fn moves(context: &PageContext, found: &Migration, shown: Shown, style: &SegmentStyle) -> Moves {
    let value = context.dataset.value();
    let unit = value.and_then(|column| column.unit.clone());
    let money = |amount: f64| {
        if amount.is_finite() { figures::with_unit(&figures::short(amount), unit.as_deref()) } else { "–".to_owned() }
    };
    let label = value.map_or_else(|| "Value".to_owned(), |column| column.label.clone());
    let name = |segment: &SegmentChange| Name { text: segment.name.clone(), colour: style.colour(segment.cluster) };
    let plain = |text: &str| Name { text: text.to_owned(), colour: String::new() };
    let header = found.segments.iter().map(name);
    let header = header.chain(["Left", "All then", "Stayed"].map(plain)).collect();
    let options = [("customers", "Customers"), ("value", label.as_str())];
    Moves {
        chart: charts::who_moved(found, style, money),
        form: PickerForm::new(context, vec![Picker::new("cells", "Cells show", options, shown.as_str())]),
        answer: kept_answer(found),
        header,
        rows: matrix(found, shown, style, &money),
        note: if found.nameless == 0 {
            String::new()
        } else {
            format!(
                "{} rows of the two versions have no id of their own; they cannot be matched and count as left and joined.",
                figures::count(found.nameless)
            )
        },
        sizes_answer: sizes_answer(found),
        value_label: label.clone(),
        segments: found
            .segments
            .iter()
            .map(|segment| SizeRow { name: name(segment), cells: sizes(segment, &money) })
            .collect(),
    }
}

/// Which segment keeps its customers worst and which best, with the intervals.
fn kept_answer(found: &Migration) -> String {
    let known = || found.segments.iter().filter(|segment| segment.kept.present > 0);
    let share = |segment: &&SegmentChange| segment.kept.share;
    let (Some(best), Some(worst)) =
        (known().max_by(|a, b| share(a).total_cmp(&share(b))), known().min_by(|a, b| share(a).total_cmp(&share(b))))
    else {
        return "No customer of the earlier version is a customer still.".to_owned();
    };
    let text = |segment: &SegmentChange| {
        let kept = &segment.kept;
        format!(
            "{} ({}, 95 % interval {} to {})",
            segment.name,
            figures::percent(kept.share),
            figures::percent(kept.low),
            figures::percent(kept.high)
        )
    };
    if best.cluster == worst.cluster {
        return format!("Of those who are customers still, so many stayed in their segment: {}.", text(best));
    }
    format!("Of those who are customers still, most stayed in {}, fewest in {}.", text(best), text(worst))
}

fn matrix(found: &Migration, shown: Shown, style: &SegmentStyle, money: &impl Fn(f64) -> String) -> Vec<MatrixRow> {
    let plain = |text: String| MatrixCell { text, note: String::new(), shade: 0, same: false };
    let cell = |flow: Option<&Flow>, same: bool| {
        let Some(flow) = flow else { return MatrixCell { same, ..plain("–".to_owned()) } };
        let (text, note) = match shown {
            Shown::Customers => (figures::count(flow.customers), figures::percent(flow.share)),
            Shown::Value if flow.from.is_none() => (money(flow.value_after), String::new()),
            Shown::Value => (money(flow.value_after), format!("then {}", money(flow.value_before))),
        };
        MatrixCell { text, note, shade: (flow.share * DARKEST).round() as u32, same }
    };
    let columns: Vec<Option<i32>> = found.segments.iter().map(|segment| Some(segment.cluster)).chain([None]).collect();
    let mut rows: Vec<MatrixRow> = found
        .segments
        .iter()
        .map(|segment| {
            let from = Some(segment.cluster);
            let mut cells: Vec<MatrixCell> =
                columns.iter().map(|to| cell(found.flow(from, *to), *to == from)).collect();
            cells.push(plain(match shown {
                Shown::Customers => figures::count(segment.old.customers),
                Shown::Value => money(segment.old.value),
            }));
            let kept = &segment.kept;
            cells.push(if kept.present == 0 {
                plain("–".to_owned())
            } else {
                MatrixCell {
                    note: format!("{} to {}", figures::percent(kept.low), figures::percent(kept.high)),
                    ..plain(figures::percent(kept.share))
                }
            });
            let name = Name { text: segment.name.clone(), colour: style.colour(segment.cluster) };
            MatrixRow { name, cells, total: false }
        })
        .collect();
    let mut joined: Vec<MatrixCell> =
        found.segments.iter().map(|segment| cell(found.flow(None, Some(segment.cluster)), false)).collect();
    joined.extend([plain(String::new()), plain(String::new()), plain(String::new())]);
    rows.push(MatrixRow {
        name: Name { text: "Joined".to_owned(), colour: String::new() },
        cells: joined,
        total: false,
    });
    let mut now: Vec<MatrixCell> = found
        .segments
        .iter()
        .map(|segment| {
            plain(match shown {
                Shown::Customers => figures::count(segment.new.customers),
                Shown::Value => money(segment.new.value),
            })
        })
        .collect();
    now.extend(match shown {
        Shown::Customers => [figures::count(found.left), figures::count(found.old_customers), String::new()].map(plain),
        Shown::Value => [String::new(), String::new(), String::new()].map(plain),
    });
    rows.push(MatrixRow { name: Name { text: "All now".to_owned(), colour: String::new() }, cells: now, total: true });
    rows
}

fn sizes_answer(found: &Migration) -> String {
    found.most_changed().map_or_else(String::new, |most| {
        format!(
            "The share of {} changed most: {} of the customers then, {} now.",
            most.name,
            figures::percent(most.old.share),
            figures::percent(most.new.share)
        )
    })
}

fn sizes(segment: &SegmentChange, money: &impl Fn(f64) -> String) -> Vec<String> {
    let SegmentChange { old, new, .. } = segment;
    vec![
        figures::count(old.customers),
        figures::count(new.customers),
        figures::relative(new.customers as f64, old.customers as f64),
        figures::percent(old.share),
        figures::percent(new.share),
        money(old.value),
        money(new.value),
        figures::relative(new.value, old.value),
        money(old.mean_value),
        money(new.mean_value),
    ]
}
