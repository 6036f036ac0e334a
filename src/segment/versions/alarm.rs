//! Whether the model should be trained anew, in words.

use serde::Serialize;

use super::drift::{FEWEST, MOVED, MOVED_MUCH, SIGNIFICANT, verdict};
use super::{FeatureDrift, Migration, Unusual, Verdict};
use crate::figures;

/// Rise of the share of unusual customers from which to watch, and from which to train anew.
const UNUSUAL_WATCH: f64 = 0.02;
const UNUSUAL_ALARM: f64 = 0.05;

/// How loud the alarm is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The model fits.
    #[default]
    None,
    /// Something moved that may make it unfit.
    Watch,
    /// Train it anew.
    Alarm,
}

/// Something that speaks for or against training anew.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Signal {
    /// What is looked at.
    pub what: String,
    /// How loud it is.
    pub level: Level,
    /// Its number: an index, or the rise of a share.
    pub value: f64,
    /// From where on to watch it.
    pub watch_from: f64,
    /// From where on it asks for training anew.
    pub alarm_from: f64,
    /// The finding in a sentence.
    pub sentence: String,
}

/// The answer to "does the model still fit?".
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Alarm {
    /// The loudest of its signals.
    pub level: Level,
    /// The answer in a sentence.
    pub headline: String,
    /// What it is drawn from.
    pub signals: Vec<Signal>,
}

/// What the alarm watches.
#[derive(Debug)]
pub struct Watched<'a> {
    /// All features.
    pub features: &'a [FeatureDrift],
    /// Who moved.
    pub migration: Option<&'a Migration>,
    /// Customers unlike those learned from.
    pub unusual: Option<&'a Unusual>,
    /// Whether the model was trained on the present data.
    pub fitted_to_present: bool,
    /// Customers then and now.
    pub customers: [usize; 2],
}

impl Alarm {
    /// Draws the answer from what is watched: features of the model, unusual customers, sizes of segments. Each speaks only
    /// when its change is more than chance.
    #[must_use]
    pub fn of(watched: &Watched<'_>) -> Self {
        let signals: Vec<Signal> =
            [features(watched.features), watched.unusual.map(unusual), watched.migration.and_then(shares)]
                .into_iter()
                .flatten()
                .collect();
        let loudest = signals.iter().map(|signal| signal.level).max().unwrap_or_default();
        let reasons = |level: Level| {
            let of = |signal: &&Signal| signal.level == level;
            signals.iter().filter(of).map(|signal| signal.sentence.clone()).collect::<Vec<_>>().join(" ")
        };
        if watched.customers.iter().any(|customers| *customers < FEWEST) {
            let headline = format!("There are too few customers to tell; {FEWEST} in each version are needed.");
            return Self { level: Level::None, headline, signals: Vec::new() };
        }
        if watched.fitted_to_present {
            let headline = "The model was trained on the data as it is now, so there is no need to train it anew.";
            return Self { level: Level::None, headline: headline.to_owned(), signals };
        }
        let headline = match loudest {
            Level::None => "The model still fits: nothing that it rests on moved beyond its limits.".to_owned(),
            Level::Watch => format!("Keep an eye on the model. {}", reasons(Level::Watch)),
            Level::Alarm => format!("Train the model anew. {}", reasons(Level::Alarm)),
        };
        Self { level: loudest, headline, signals }
    }
}

fn level(value: f64, watch_from: f64, alarm_from: f64, beyond_chance: bool) -> Level {
    if !beyond_chance || value < watch_from {
        Level::None
    } else if value > alarm_from {
        Level::Alarm
    } else {
        Level::Watch
    }
}

/// The feature of the model that drifted most.
fn features(all: &[FeatureDrift]) -> Option<Signal> {
    let own = || all.iter().filter(|feature| feature.in_model);
    let most = own().filter(|feature| feature.psi.is_some()).max_by(|a, b| a.strength().total_cmp(&b.strength()))?;
    let psi = most.psi?;
    let beyond = most.verdict.is_beyond_chance();
    let moved = own().filter(|feature| matches!(feature.verdict, Verdict::Moved | Verdict::MovedMuch)).count();
    let of = figures::count(own().count());
    let mut sentence = if moved > 0 {
        format!(
            "{} of the model's {of} features moved, most of all {}: its stability index is {}, and chance alone stays below {}.",
            figures::count(moved),
            most.label,
            figures::thousandths(psi.value),
            figures::thousandths(psi.limit)
        )
    } else if beyond {
        format!(
            "None of the model's {of} features moved; {} changed a little, with a stability index of {}.",
            most.label,
            figures::thousandths(psi.value)
        )
    } else {
        format!(
            "None of the model's {of} features changed by more than chance; the highest stability index is {}, of {}.",
            figures::thousandths(psi.value),
            most.label
        )
    };
    let absent: Vec<&str> = own().filter(|feature| feature.psi.is_none()).map(|f| f.label.as_str()).collect();
    if !absent.is_empty() {
        sentence.push_str(&format!(" {} cannot be compared.", absent.join(", ")));
    }
    Some(Signal {
        what: "Features of the model".to_owned(),
        level: level(psi.value, MOVED, MOVED_MUCH, beyond),
        value: psi.value,
        watch_from: MOVED,
        alarm_from: MOVED_MUCH,
        sentence,
    })
}

fn unusual(found: &Unusual) -> Signal {
    let (before, after) = (found.share_before(), found.share_after());
    let beyond = found.p_value < SIGNIFICANT;
    let sentence = format!(
        "{} of the customers are unlike those the model learned from; in the earlier version {} were{}.",
        figures::percent(after),
        figures::percent(before),
        if beyond { "" } else { ", and the difference is no more than chance" }
    );
    Signal {
        what: "Unusual customers".to_owned(),
        level: level(after - before, UNUSUAL_WATCH, UNUSUAL_ALARM, beyond),
        value: after - before,
        watch_from: UNUSUAL_WATCH,
        alarm_from: UNUSUAL_ALARM,
        sentence,
    }
}

fn shares(migration: &Migration) -> Option<Signal> {
    let psi = migration.shares_psi?;
    let most = migration.most_changed()?;
    let found = verdict(psi.value, psi.p_value);
    let change = format!(
        "{} went from {} to {} of the customers",
        most.name,
        figures::percent(most.old.share),
        figures::percent(most.new.share)
    );
    let index = figures::thousandths(psi.value);
    let sentence = match found {
        Verdict::Moved | Verdict::MovedMuch => {
            format!("The sizes of the segments moved: {change}; the stability index of all is {index}.")
        }
        Verdict::Stable => {
            format!("The sizes of the segments changed a little: {change}; the stability index of all is {index}.")
        }
        _ => format!("The sizes of the segments changed by no more than chance, with a stability index of {index}."),
    };
    Some(Signal {
        what: "Sizes of segments".to_owned(),
        level: level(psi.value, MOVED, MOVED_MUCH, found.is_beyond_chance()),
        value: psi.value,
        watch_from: MOVED,
        alarm_from: MOVED_MUCH,
        sentence,
    })
}
