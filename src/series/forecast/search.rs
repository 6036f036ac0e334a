//! Finding the orders of an ARIMA model by the stepwise search of Hyndman and Khandakar (2008).
//!
//! The number of differences comes from the tests of [`verdict`](super::super::verdict). The search compares AICc: exact up to 150 values,
//! beyond that of the conditional sum of squares, which is much faster. The chosen orders are then estimated exactly.

use super::super::verdict::{difference, differences, seasonal_differences};
use super::super::{Progress, SeriesError, check};
use super::arima::{Orders, Problem};

/// Beyond this many values the search uses the conditional sum of squares (as R's `auto.arima`).
const EXACT_SEARCH: usize = 150;
/// Seasons longer than this have no seasonal terms beyond the difference: the exact likelihood takes the cube of the season.
const LONGEST_SEASON: usize = 24;
/// Highest p and q, and highest P and Q.
const HIGHEST: (usize, usize) = (5, 2);
/// Most models that a search tries.
const MOST_MODELS: usize = 60;

/// Finds the orders.
pub(super) fn choose(values: &[f64], period: usize, watch: &dyn Progress) -> Result<Orders, SeriesError> {
    let seasonal = period >= 2 && values.len() >= 3 * period;
    let seasonal_d = if seasonal { seasonal_differences(values, period) } else { 0 };
    let seasonally = if seasonal_d == 1 { difference(values, period) } else { values.to_vec() };
    let d = differences(&seasonally);
    let terms = seasonal && period <= LONGEST_SEASON;
    let constant = d + seasonal_d <= 1;
    let orders =
        |p, q, seasonal_p, seasonal_q, constant| Orders { p, d, q, seasonal_p, seasonal_d, seasonal_q, constant };
    let s = usize::from(terms);
    let mut starts = vec![
        orders(2, 2, s, s, constant),
        orders(0, 0, 0, 0, constant),
        orders(1, 0, s, 0, constant),
        orders(0, 1, 0, s, constant),
    ];
    if constant {
        starts.push(orders(0, 0, 0, 0, false));
    }
    let mut search = Search { values, period, watch, tried: Vec::new(), best: None };
    for start in starts {
        search.try_orders(start)?;
    }
    while let Some((current, _)) = search.best {
        let mut moved = false;
        for next in neighbours(current, terms, constant) {
            if search.try_orders(next)? {
                moved = true;
                break;
            }
        }
        if !moved {
            return Ok(current);
        }
    }
    Ok(orders(0, 0, 0, 0, constant))
}

struct Search<'a> {
    values: &'a [f64],
    period: usize,
    watch: &'a dyn Progress,
    tried: Vec<Orders>,
    best: Option<(Orders, f64)>,
}

impl Search<'_> {
    /// Whether these orders are the best so far.
    fn try_orders(&mut self, orders: Orders) -> Result<bool, SeriesError> {
        check(self.watch)?;
        if self.tried.contains(&orders) || self.tried.len() >= MOST_MODELS {
            return Ok(false);
        }
        self.tried.push(orders);
        let problem = Problem::new(self.values, self.period, orders);
        let exactly = problem.w.len() <= EXACT_SEARCH;
        let Some((x, value)) = problem.solve(exactly, self.watch)? else { return Ok(false) };
        if problem.near_the_edge(&x) {
            return Ok(false);
        }
        let better = self.best.is_none_or(|(_, best)| problem.aicc(value) < best - 1e-9);
        if better {
            self.best = Some((orders, problem.aicc(value)));
        }
        Ok(better)
    }
}

fn neighbours(at: Orders, seasonal: bool, constant: bool) -> Vec<Orders> {
    let mut list = Vec::new();
    let mut push = |p: i32, q: i32, seasonal_p: i32, seasonal_q: i32| {
        let shift = |value: usize, by: i32, most: usize| value.checked_add_signed(by as isize).filter(|v| *v <= most);
        let shifted = (
            shift(at.p, p, HIGHEST.0),
            shift(at.q, q, HIGHEST.0),
            shift(at.seasonal_p, seasonal_p, HIGHEST.1),
            shift(at.seasonal_q, seasonal_q, HIGHEST.1),
        );
        if let (Some(p), Some(q), Some(seasonal_p), Some(seasonal_q)) = shifted {
            list.push(Orders { p, q, seasonal_p, seasonal_q, ..at });
        }
    };
    if seasonal {
        for (p, q) in [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)] {
            push(0, 0, p, q);
        }
    }
    for (p, q) in [(-1, 0), (0, -1), (1, 0), (0, 1), (-1, -1), (-1, 1), (1, -1), (1, 1)] {
        push(p, q, 0, 0);
    }
    if constant {
        list.push(Orders { constant: !at.constant, ..at });
    }
    list
}
