//! What a series is made of: transformed, taken apart and differenced as the reader chooses, and tested.

use serde::Serialize;

use super::outlook::WEEK;
use crate::query::QueryError;
use crate::series::autocorrelation::{Correlogram, correlogram};
use crate::series::calendar::interpolate;
use crate::series::decompose::{Decomposition, Form, classical};
use crate::series::verdict::{Stationarity, difference, stationarity};
use crate::series::{SeriesError, Silent, stl, transform};

/// Days of the long season.
pub const YEAR: usize = 365;

/// Lags of the correlograms: a month of days.
const LAGS: usize = 28;

/// How the series is taken apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = DecompositionMethod)]
pub enum Method {
    /// Local regression with a weekly season, outliers weighed down.
    #[default]
    Stl,
    /// Moving average and mean week, added.
    Additive,
    /// Moving average and mean week, multiplied.
    Multiplicative,
    /// Local regression with a season of a week and one of a year.
    Mstl,
}

impl Method {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Stl, Self::Additive, Self::Multiplicative, Self::Mstl];

    /// Name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stl => "stl",
            Self::Additive => "additive",
            Self::Multiplicative => "multiplicative",
            Self::Mstl => "mstl",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Stl => "STL",
            Self::Additive => "Classical, additive",
            Self::Multiplicative => "Classical, multiplicative",
            Self::Mstl => "MSTL, week and year",
        }
    }

    /// Whether a series of so many days is long enough for its seasons.
    #[must_use]
    pub fn fits(self, days: usize) -> bool {
        days >= 2 * if self == Self::Mstl { YEAR } else { WEEK }
    }

    /// The method of that name.
    ///
    /// # Errors
    /// [`QueryError::UnknownChoice`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        choice("decomposition", text, &Self::ALL, Self::as_str)
    }
}

/// What is done to the values before anything else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = SeriesTransform)]
pub enum Transform {
    /// Nothing.
    #[default]
    None,
    /// A power that makes them most nearly normal.
    BoxCox,
}

impl Transform {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::None, Self::BoxCox];

    /// Name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::BoxCox => "box-cox",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::BoxCox => "Box-Cox",
        }
    }

    /// The transform of that name.
    ///
    /// # Errors
    /// [`QueryError::UnknownChoice`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        choice("transform", text, &Self::ALL, Self::as_str)
    }
}

/// Which changes are tested in place of the values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Differencing {
    /// The values themselves.
    #[default]
    None,
    /// Changes from the day before.
    First,
    /// Changes from the same weekday of the week before.
    Weekly,
}

impl Differencing {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::None, Self::First, Self::Weekly];

    /// Name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::First => "first",
            Self::Weekly => "weekly",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::First => "From the day before",
            Self::Weekly => "From a week before",
        }
    }

    /// Days between the values that are subtracted; `None` where none are.
    #[must_use]
    pub fn lag(self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::First => Some(1),
            Self::Weekly => Some(WEEK),
        }
    }

    /// The differencing of that name.
    ///
    /// # Errors
    /// [`QueryError::UnknownChoice`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        choice("differencing", text, &Self::ALL, Self::as_str)
    }
}

fn choice<T: Copy>(what: &'static str, text: &str, all: &[T], name: fn(T) -> &'static str) -> Result<T, QueryError> {
    all.iter().copied().find(|one| name(*one) == text).ok_or_else(|| QueryError::UnknownChoice {
        what,
        text: text.to_owned(),
        known: all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", "),
    })
}

/// How a series is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = SeriesChoices)]
pub struct Choices {
    /// How it is taken apart.
    pub method: Method,
    /// What is done to the values first.
    pub transform: Transform,
    /// Which changes are tested.
    pub differencing: Differencing,
}

/// A series taken apart and tested.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Anatomy {
    /// What was chosen.
    pub choices: Choices,
    /// Power of the Box-Cox transform; absent without one.
    pub lambda: Option<f64>,
    /// First day of the series since 1970-01-01.
    pub first_day: i32,
    /// Its parts, on the scale of the transform.
    pub decomposition: Option<Decomposition>,
    /// First day of the tested series.
    pub tested_from: i32,
    /// What is tested: the values, transformed and differenced.
    pub tested: Vec<f64>,
    /// How strongly one of these days resembles the days before it.
    pub correlogram: Option<Correlogram>,
    /// Whether they keep a level.
    pub stationarity: Option<Stationarity>,
    /// What the reader must know, as sentences.
    pub notes: Vec<String>,
    /// What could not be worked out and why, as sentences.
    pub missing: Vec<String>,
}

/// Takes a daily series apart and tests it. Missing days are interpolated, with a note; what cannot be worked out is named with
/// the reason.
#[must_use]
pub fn take_apart(first_day: i32, values: &[f64], choices: Choices) -> Anatomy {
    let mut anatomy = Anatomy {
        choices,
        lambda: None,
        first_day,
        decomposition: None,
        tested_from: first_day,
        tested: Vec::new(),
        correlogram: None,
        stationarity: None,
        notes: Vec::new(),
        missing: Vec::new(),
    };
    let (mut complete, filled) = interpolate(values);
    if !complete.first().is_some_and(|value| value.is_finite()) {
        anatomy.missing.push("There is no day with a value in this selection.".to_owned());
        return anatomy;
    }
    if filled > 0 {
        anatomy.notes.push(format!("{filled} of {} days have no value and were interpolated.", values.len()));
    }
    if choices.transform == Transform::BoxCox {
        match transform::box_cox(&complete) {
            Ok((transformed, lambda)) => {
                complete = transformed;
                anatomy.lambda = Some(lambda);
            }
            Err(error) => {
                anatomy.missing.push(format!("The series cannot be transformed: {error}."));
                return anatomy;
            }
        }
    }
    let mut keep = |what: &str, error: SeriesError| anatomy.missing.push(format!("{what}: {error}."));
    anatomy.decomposition = decomposed(&complete, choices.method)
        .map_err(|error| keep("Trend and season cannot be told apart", error))
        .ok();
    let lag = choices.differencing.lag();
    let tested = lag.map_or_else(|| complete.clone(), |lag| difference(&complete, lag));
    anatomy.correlogram = correlogram(&tested, LAGS).map_err(|error| keep("There is no correlogram", error)).ok();
    anatomy.stationarity = stationarity(&tested, Some(WEEK))
        .map_err(|error| keep("Whether the series keeps a level cannot be told", error))
        .ok();
    anatomy.tested_from = first_day + lag.unwrap_or(0) as i32;
    anatomy.tested = tested;
    anatomy
}

fn decomposed(complete: &[f64], method: Method) -> Result<Decomposition, SeriesError> {
    match method {
        Method::Stl => stl::stl(complete, WEEK, &stl::Settings { robust: true, ..stl::Settings::default() }, &Silent),
        Method::Additive => classical(complete, WEEK, Form::Additive),
        Method::Multiplicative => classical(complete, WEEK, Form::Multiplicative),
        Method::Mstl => stl::mstl(complete, &[WEEK, YEAR], true, &Silent),
    }
}

#[cfg(test)]
mod tests;
