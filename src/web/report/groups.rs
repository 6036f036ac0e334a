//! The manifest's chart groups, a panel a column.

use super::svg::{Item, Svg, bars};
use super::written::{colour, mean_text};
use crate::dataset::{Column, Dataset, Role};
use crate::figures;
use crate::segment::report::{Report, ReportedGroup};

/// A chart group; what it leaves out may be empty.
pub(super) struct GroupPart {
    pub label: String,
    pub finding: String,
    pub left_out: String,
    pub panels: Vec<Panel>,
}

/// A column of it.
pub(super) struct Panel {
    pub label: String,
    pub all: String,
    pub picture: Svg,
}

/// What decides whether two columns can share a scale.
fn kind(column: Option<&Column>) -> Option<(Option<&str>, Role)> {
    column.map(|column| (column.unit.as_deref(), column.role))
}

/// A chart group, the `at`-th of the report.
pub(super) fn group_part(dataset: &Dataset, report: &Report, at: usize, group: &ReportedGroup) -> GroupPart {
    let columns: Vec<Option<&Column>> =
        group.columns.iter().map(|reported| dataset.customers.column(&reported.column)).collect();
    // Columns of one unit share their scale, so that they compare with each other as well.
    let alike = columns.windows(2).all(|pair| kind(pair[0]) == kind(pair[1]));
    let range = |means: &mut dyn Iterator<Item = f64>| {
        means.filter(|mean| mean.is_finite()).fold((0.0, 0.0), |(low, high), mean| (mean.min(low), mean.max(high)))
    };
    let shared = range(&mut group.columns.iter().flat_map(|reported| reported.means.iter().copied()));
    let panels = group.columns.iter().zip(&columns).enumerate().map(|(panel, (reported, column))| {
        let items: Vec<Item> = report
            .segments
            .iter()
            .zip(&reported.means)
            .map(|(segment, mean)| Item {
                name: segment.name.clone(),
                colour: colour(segment),
                value: *mean,
                text: mean_text(*mean, *column),
            })
            .collect();
        let own = if alike { shared } else { range(&mut reported.means.iter().copied()) };
        Panel {
            label: reported.label.clone(),
            all: mean_text(reported.mean, *column),
            picture: bars(
                &format!("group-{at}-{panel}"),
                &format!("{}: mean per customer by segment", reported.label),
                &items,
                own,
            ),
        }
    });
    let left_out = group.columns_in_all - group.columns.len();
    GroupPart {
        label: group.label.clone(),
        finding: group.finding.clone().unwrap_or_default(),
        panels: panels.collect(),
        left_out: if left_out == 0 {
            String::new()
        } else {
            format!("{} columns of smaller sums are left out; the Insights page has them.", figures::count(left_out))
        },
    }
}
