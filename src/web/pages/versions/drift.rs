//! What changed in the customers: the table of drift.

use crate::dataset::{Column, Role};
use crate::figures;
use crate::segment::versions::{FeatureDrift, Side, Test, Verdict};
use crate::web::context::PageContext;

/// A column in the table.
pub(super) struct DriftRow {
    pub(super) label: String,
    pub(super) name: String,
    pub(super) in_model: bool,
    pub(super) cells: Vec<String>,
    /// Then and now: what comes first, and what is written smaller below.
    pub(super) sides: [(String, String); 2],
    pub(super) verdict: &'static str,
    pub(super) class: &'static str,
}

/// How many columns drifted, and which most.
pub(super) fn drift_answer(features: &[FeatureDrift]) -> String {
    let compared = features.iter().filter(|feature| feature.psi.is_some()).count();
    let beyond: Vec<&FeatureDrift> = features.iter().filter(|feature| feature.verdict.is_beyond_chance()).collect();
    let most = beyond.iter().max_by(|a, b| a.strength().total_cmp(&b.strength()));
    match most {
        None => format!("Of {} columns none changed by more than chance.", figures::count(compared)),
        Some(most) => format!(
            "{} of {} columns changed by more than chance, most of all {} ({}).",
            figures::count(beyond.len()),
            figures::count(compared),
            most.label,
            most.verdict.words()
        ),
    }
}

pub(super) fn drift_row(context: &PageContext, feature: &FeatureDrift) -> DriftRow {
    let column = context.dataset.customers.column(&feature.name);
    let number = |value: Option<f64>| value.map_or("–".to_owned(), figures::thousandths);
    let test = feature.test.as_ref().filter(|test| !test.p_value().is_nan()).map(|test| match test {
        Test::KolmogorovSmirnov(test) => format!("KS {}", figures::thousandths(test.statistic)),
        Test::ChiSquared(test) => format!("χ² {} ({} df)", figures::thousandths(test.statistic), test.dof),
    });
    DriftRow {
        label: feature.label.clone(),
        name: feature.name.clone(),
        in_model: feature.in_model,
        cells: vec![
            number(feature.psi.map(|psi| psi.value)),
            number(feature.psi.map(|psi| psi.limit)),
            figures::p_value(feature.psi_p_adjusted),
            test.unwrap_or_else(|| "–".to_owned()),
            figures::p_value(feature.test_p_adjusted),
        ],
        sides: [side(feature, feature.old.as_ref(), false, column), side(feature, feature.new.as_ref(), true, column)],
        verdict: feature.verdict.words(),
        class: match feature.verdict {
            Verdict::MovedMuch => "alarm",
            Verdict::Moved | Verdict::Gone | Verdict::Added | Verdict::OtherKind => "watch",
            Verdict::Stable => "calm",
            Verdict::Chance | Verdict::TooFew => "quiet",
        },
    }
}

/// A feature in one version: mean and median, a day, the share of yes, or that of the level that changed most; then how much is
/// unknown.
fn side(feature: &FeatureDrift, side: Option<&Side>, now: bool, column: Option<&Column>) -> (String, String) {
    let Some(side) = side else { return ("–".to_owned(), String::new()) };
    let text = |value: f64| column.map_or_else(|| figures::number(value), |column| figures::of_column(value, column));
    let unknown = (side.missing > 0)
        .then(|| format!("{} unknown", figures::percent(side.missing as f64 / side.customers.max(1) as f64)));
    let (first, second) = match &feature.level {
        Some(level) => {
            let share = if now { level.new_share } else { level.old_share };
            (format!("{} {}", level.level, figures::percent(share)), None)
        }
        None if side.mean.is_nan() => ("–".to_owned(), None),
        None if feature.role == Role::Date => (format!("median {}", text(side.median)), None),
        None => (format!("mean {}", text(side.mean)), Some(format!("median {}", text(side.median)))),
    };
    (first, [second, unknown].into_iter().flatten().collect::<Vec<_>>().join("; "))
}
