//! Forms of exponential smoothing, and what each carries from step to step.

use serde::{Deserialize, Serialize};

/// How the trend goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = EtsTrend)]
pub enum Trend {
    /// Level only.
    None,
    /// A straight line.
    Additive,
    /// A line that flattens.
    Damped,
}

/// One form of exponential smoothing. With `multiplicative`, errors are relative and the season is a factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(as = EtsForm)]
pub struct Form {
    /// Whether errors, and the season if there is one, are relative to the level.
    pub multiplicative: bool,
    /// How the trend goes on.
    pub trend: Trend,
    /// Whether there is a season.
    pub seasonal: bool,
}

impl Form {
    /// The form in Hyndman's notation: error, trend, season, such as `ETS(A,Ad,N)`.
    #[must_use]
    pub fn name(self) -> String {
        let letter = if self.multiplicative { "M" } else { "A" };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        format!("ETS({letter},{trend},{})", if self.seasonal { letter } else { "N" })
    }

    /// Parameters and first states to estimate.
    pub(super) fn count(self, period: usize) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        2 + trend + if self.seasonal { period } else { 0 }
    }
}

#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) level: f64,
    pub(super) slope: f64,
    /// The season, at the place of the next value first.
    pub(super) season: Vec<f64>,
}
