//! What changed in the customers, feature by feature.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::Serialize;

use super::Spread;
use crate::cluster::Progress;
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::{Column, Dataset, Role, Values};
use crate::query::error::MISSING_NAME;
use crate::segment::Model;
use crate::stats::describe::{mean, median};
use crate::stats::drift::homogeneity::merge_rare;
use crate::stats::drift::psi::counts_at_deciles;
use crate::stats::drift::{Homogeneity, KolmogorovSmirnov, Psi, holm, homogeneity, kolmogorov_smirnov, psi};

/// From here on a feature moved, and from there on much (Siddiqi 2006).
pub(super) const MOVED: f64 = 0.1;
pub(super) const MOVED_MUCH: f64 = 0.25;

/// Adjusted p-values below this are more than chance.
pub(super) const SIGNIFICANT: f64 = 0.05;

/// With fewer customers in a version nothing is said about drift.
pub(super) const FEWEST: usize = 10;

/// What is to be said about a feature's drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Only the earlier version has it.
    Gone,
    /// Only the present version has it.
    Added,
    /// It is of different kinds, such as a number and a category.
    OtherKind,
    /// There are too few customers.
    TooFew,
    /// The index is within its sampling noise.
    Chance,
    /// More than chance, but the index is below 0.1.
    Stable,
    /// The index is from 0.1 to 0.25.
    Moved,
    /// The index is above 0.25.
    MovedMuch,
}

impl Verdict {
    /// The verdict in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Gone => "only in the earlier version",
            Self::Added => "only in the present version",
            Self::OtherKind => "of another kind then",
            Self::TooFew => "too few customers to tell",
            Self::Chance => "no more than chance",
            Self::Stable => "stable: a small change",
            Self::Moved => "moved",
            Self::MovedMuch => "moved much",
        }
    }

    /// Whether the feature drifted more than chance explains.
    #[must_use]
    pub fn is_beyond_chance(self) -> bool {
        matches!(self, Self::Stable | Self::Moved | Self::MovedMuch)
    }
}

/// A feature in one version.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Side {
    /// Customers.
    pub customers: usize,
    /// Customers of whom it is unknown.
    pub missing: usize,
    /// Mean of the known values, the share of yes for a flag; NaN for a category and when nothing is known.
    pub mean: f64,
    /// Median of the known values; NaN as the mean.
    pub median: f64,
}

/// The level whose share changed most.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct LevelChange {
    /// The level.
    pub level: String,
    /// Its share of all customers then.
    pub old_share: f64,
    /// Its share now.
    pub new_share: f64,
}

/// A test of whether a feature has the same distribution in both versions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Test {
    /// Numbers and days.
    KolmogorovSmirnov(KolmogorovSmirnov),
    /// Categories and flags.
    ChiSquared(Homogeneity),
}

impl Test {
    /// How likely so large a difference is by chance; NaN when it cannot be tested.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        match self {
            Self::KolmogorovSmirnov(test) => test.p_value,
            Self::ChiSquared(test) => test.p_value,
        }
    }
}

/// How a feature differs between the versions.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct FeatureDrift {
    /// Column name.
    pub name: String,
    /// Column label.
    pub label: String,
    /// Kind of column: numeric, flag, date or category.
    #[schema(value_type = String)]
    pub role: Role,
    /// Whether the model uses it.
    pub in_model: bool,
    /// In the earlier version, where it is.
    pub old: Option<Side>,
    /// In the present one, where it is.
    pub new: Option<Side>,
    /// Population stability index; absent when the versions cannot be compared.
    pub psi: Option<Psi>,
    /// Its p-value after Holm's correction for all features.
    pub psi_p_adjusted: f64,
    /// Kolmogorov-Smirnov or chi-squared test.
    pub test: Option<Test>,
    /// Its p-value after the same correction.
    pub test_p_adjusted: f64,
    /// The level of a category or flag that changed most.
    pub level: Option<LevelChange>,
    /// What is to be said.
    pub verdict: Verdict,
    /// Both versions on common bins.
    pub spread: Option<Spread>,
}

impl FeatureDrift {
    /// Puts features in order: those beyond chance before the rest, each by its index; what cannot be compared last.
    #[must_use]
    pub fn strength(&self) -> f64 {
        match (self.verdict.is_beyond_chance(), &self.psi) {
            (true, Some(psi)) => 1.0 + psi.value,
            (false, Some(psi)) => psi.value / (1.0 + psi.value),
            (_, None) => -1.0,
        }
    }
}

/// Compares all columns: those of the model first, then the others, each from the most to the least drifted.
///
/// Both p-values are corrected for the number of features by Holm's method. When the observer cancels, the rest is left
/// uncompared.
#[must_use]
pub fn of_features(model: &Model, old: &Dataset, new: &Dataset, observer: &dyn Progress) -> Vec<FeatureDrift> {
    let known = new.customers.columns.iter().chain(&old.customers.columns).map(|column| &column.name);
    let mut names: Vec<&String> = Vec::new();
    for name in model.recipe.features.iter().chain(known) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let of = |name: &&String| {
        let columns = [old.customers.column(name), new.customers.column(name)];
        let drift = one(columns, !observer.is_cancelled())?;
        Some(FeatureDrift { in_model: model.recipe.features.contains(name), ..drift })
    };
    let mut drifts: Vec<FeatureDrift> = names.par_iter().filter_map(of).collect();
    let p_values: Vec<f64> = drifts.iter().map(|d| d.psi.map_or(f64::NAN, |psi| psi.p_value)).collect();
    let tests: Vec<f64> = drifts.iter().map(|d| d.test.as_ref().map_or(f64::NAN, Test::p_value)).collect();
    for ((drift, psi_p), test_p) in drifts.iter_mut().zip(holm(&p_values)).zip(holm(&tests)) {
        (drift.psi_p_adjusted, drift.test_p_adjusted) = (psi_p, test_p);
        if let (Verdict::Chance, Some(psi)) = (drift.verdict, drift.psi) {
            drift.verdict = verdict(psi.value, psi_p);
        }
    }
    drifts.sort_by(|a, b| {
        b.in_model.cmp(&a.in_model).then(b.strength().total_cmp(&a.strength())).then_with(|| a.name.cmp(&b.name))
    });
    drifts
}

/// What is to be said of an index with an adjusted p-value.
pub(super) fn verdict(psi: f64, p_adjusted: f64) -> Verdict {
    // NaN, when there is but one bin, is no more than chance either.
    if p_adjusted.is_nan() || p_adjusted >= SIGNIFICANT {
        Verdict::Chance
    } else if psi > MOVED_MUCH {
        Verdict::MovedMuch
    } else if psi >= MOVED {
        Verdict::Moved
    } else {
        Verdict::Stable
    }
}

/// Compares a column, without adjusted p-values; `None` when neither version has it.
fn one([old, new]: [Option<&Column>; 2], wanted: bool) -> Option<FeatureDrift> {
    let column = new.or(old)?;
    let mut drift = FeatureDrift {
        name: column.name.clone(),
        label: column.label.clone(),
        role: column.role,
        in_model: false,
        old: old.map(side),
        new: new.map(side),
        psi: None,
        psi_p_adjusted: f64::NAN,
        test: None,
        test_p_adjusted: f64::NAN,
        level: None,
        verdict: Verdict::TooFew,
        spread: None,
    };
    let (Some(old), Some(new)) = (old, new) else {
        drift.verdict = if new.is_some() { Verdict::Added } else { Verdict::Gone };
        return Some(drift);
    };
    if !wanted {
        return Some(drift);
    }
    match (&old.values, &new.values) {
        (Values::Numbers(before), Values::Numbers(after)) if (old.role, new.role) == (Role::Flag, Role::Flag) => {
            let count = |values: &[f64]| {
                let of = |wanted: fn(f64) -> bool| values.iter().filter(|value| wanted(**value)).count() as u64;
                vec![of(|v| v.is_finite() && v != 0.0), of(|v| v == 0.0), of(|v| !v.is_finite())]
            };
            let names = ["yes".to_owned(), "no".to_owned(), MISSING_NAME.to_owned()];
            of_levels(&mut drift, &names, &count(before), &count(after));
        }
        (Values::Numbers(before), Values::Numbers(after))
            if old.role == new.role || ![old.role, new.role].contains(&Role::Date) =>
        {
            let [reference, counts] = counts_at_deciles(before, after);
            drift.psi = psi(&reference, &counts);
            drift.test = kolmogorov_smirnov(before, after).map(Test::KolmogorovSmirnov);
            drift.spread = Some(Spread::of_numbers(before, after));
        }
        (Values::Levels { .. }, Values::Levels { .. }) => {
            let (names, before, after) = aligned(&old.values, &new.values);
            of_levels(&mut drift, &names, &before, &after);
        }
        _ => {
            drift.verdict = Verdict::OtherKind;
            return Some(drift);
        }
    }
    let few = [&drift.old, &drift.new].into_iter().flatten().any(|side| side.customers < FEWEST);
    if drift.psi.is_some() && !few {
        drift.verdict = Verdict::Chance;
    }
    Some(drift)
}

fn of_levels(drift: &mut FeatureDrift, names: &[String], before: &[u64], after: &[u64]) {
    let merged = merge_rare(before, after).counts;
    drift.psi = psi(&merged[0], &merged[1]);
    drift.test = Some(Test::ChiSquared(homogeneity(before, after)));
    drift.spread = Some(Spread::of_levels(names, before, after));
    let share = |counts: &[u64], level: usize| counts[level] as f64 / counts.iter().sum::<u64>().max(1) as f64;
    // A flag is read as its share of yes.
    let candidates = if drift.role == Role::Flag { 1 } else { names.len() };
    let change = |level: usize| (share(after, level) - share(before, level)).abs();
    let most = (0..candidates).max_by(|a, b| change(*a).total_cmp(&change(*b)).then(b.cmp(a)));
    drift.level = most.map(|level| LevelChange {
        level: names[level].clone(),
        old_share: share(before, level),
        new_share: share(after, level),
    });
}

/// The levels of both versions in alphabetical order, unknown last, with the customers of each.
fn aligned(old: &Values, new: &Values) -> (Vec<String>, Vec<u64>, Vec<u64>) {
    let mut counts: BTreeMap<(bool, &str), [u64; 2]> = BTreeMap::new();
    for (side, values) in [old, new].into_iter().enumerate() {
        let Values::Levels { codes, names } = values else { continue };
        let mut by_code = vec![0_u64; names.len()];
        let mut missing = 0;
        for code in codes {
            match *code {
                MISSING_LEVEL => missing += 1,
                code => by_code[code as usize] += 1,
            }
        }
        for (name, count) in names.iter().zip(by_code) {
            counts.entry((false, name)).or_default()[side] = count;
        }
        if missing > 0 {
            counts.entry((true, MISSING_NAME)).or_default()[side] = missing;
        }
    }
    let names = counts.keys().map(|(_, name)| (*name).to_owned()).collect();
    let of = |side: usize| counts.values().map(|both| both[side]).collect();
    (names, of(0), of(1))
}

fn side(column: &Column) -> Side {
    match &column.values {
        Values::Numbers(values) => Side {
            customers: values.len(),
            missing: values.iter().filter(|value| !value.is_finite()).count(),
            mean: column.summary().map_or_else(|| mean(values), |summary| summary.mean),
            median: column.summary().map_or_else(|| median(values), |summary| summary.median),
        },
        Values::Levels { codes, .. } => Side {
            customers: codes.len(),
            missing: codes.iter().filter(|code| **code == MISSING_LEVEL).count(),
            mean: f64::NAN,
            median: f64::NAN,
        },
    }
}
