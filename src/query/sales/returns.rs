//! What was sold, what came back of it, and what is left.

use serde::Serialize;

use super::{Grain, Measure, SalesView, Totals};
use crate::dataset::DatasetError;
use crate::dataset::facts::ReturnsFound;
use crate::figures;

/// Gross sales, returns and net sales of the chosen facts.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
pub struct ReturnedSales {
    /// Money of purchases, before returns.
    pub gross: f64,
    /// Money of returns, below zero as a rule.
    pub returned: f64,
    /// What is left: gross and returns together.
    pub net: f64,
    /// Returns as a share of gross sales, 0 to 1; `null` without sales.
    pub share: f64,
    /// Rows that are returns.
    pub lines: usize,
    /// Different orders; returns are none.
    pub orders: usize,
    /// The returns of all facts, whatever is chosen.
    pub of_all: ReturnsFound,
}

impl SalesView<'_> {
    /// What came back of the chosen facts; `None` for facts without returns.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn returned(&self) -> Result<Option<ReturnedSales>, DatasetError> {
        if self.facts.returns.is_none() {
            return Ok(None);
        }
        Ok(self.returned_of(&self.totals()?))
    }

    /// The same of facts that were added up before.
    #[must_use]
    pub fn returned_of(&self, totals: &Totals) -> Option<ReturnedSales> {
        let of_all = self.facts.returns.as_ref().filter(|_| self.facts.has_amounts)?.found;
        let gross = totals.gross();
        let share = if gross > 0.0 { -totals.returned / gross } else { f64::NAN };
        Some(ReturnedSales {
            gross,
            returned: totals.returned,
            net: totals.sales,
            share,
            lines: totals.return_lines,
            orders: totals.orders,
            of_all,
        })
    }

    /// Totals of each month from the first to the last with gross sales and returns; nothing for facts without returns.
    ///
    /// # Errors
    /// See [`SalesView`].
    pub fn returned_by_month(&self) -> Result<Vec<(i32, Totals)>, DatasetError> {
        if self.facts.returns.is_none() {
            return Ok(Vec::new());
        }
        self.by_time(Grain::Month, Measure::Sales)
    }
}

impl ReturnedSales {
    /// What the chosen returns come to, in a sentence.
    #[must_use]
    pub fn sentence(&self, currency: &str) -> String {
        if self.lines == 0 {
            return "Nothing came back in this selection.".to_owned();
        }
        let rows = figures::counted(self.lines, "row is a return", "rows are returns");
        let share = if self.share.is_finite() {
            format!(", {} of gross sales", figures::percent(self.share))
        } else {
            String::new()
        };
        let money = figures::with_unit(&figures::cents(-self.returned), Some(currency));
        format!("{rows} and took back {money}{share}.")
    }
}

/// What returns do to the numbers of customers, and which purchases they take back, in sentences.
#[must_use]
pub fn effect(found: &ReturnsFound, currency: &str) -> Vec<String> {
    let is_one = found.returns == 1;
    let returns = figures::counted(found.returns, "return", "returns");
    let money = figures::with_unit(&figures::cents(-found.amount), Some(currency));
    let counting = format!(
        "{returns} {} left out of recency and frequency and {} monetary value by {money}. With {} as {} there would be {} instead of \
         {}; [facts.returns] in dataset.toml says what is a return.",
        if is_one { "is" } else { "are" },
        if is_one { "lowers" } else { "lower" },
        if is_one { "it" } else { "them" },
        if is_one { "a purchase" } else { "purchases" },
        figures::counted(found.as_purchases, "order", "orders"),
        figures::count(found.purchases),
    );
    let matching = if found.matched == 0 {
        "No return names its purchase, so that it is not known which purchases came back.".to_owned()
    } else {
        format!(
            "{} of {returns} {} the purchase by its number; {} of {} ({}) came back as a whole.",
            figures::count(found.matched),
            if found.matched == 1 { "names" } else { "name" },
            figures::count(found.taken_back),
            figures::counted(found.purchases, "purchase", "purchases"),
            figures::percent(found.taken_back as f64 / found.purchases.max(1) as f64)
        )
    };
    vec![counting, matching]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_is_told_in_one_and_in_many() {
        let one = ReturnsFound { returns: 1, amount: -5.0, purchases: 2, as_purchases: 3, ..ReturnsFound::default() };
        let found = effect(&one, "€");
        assert!(found[0].starts_with("1 return is left out of recency and frequency and lowers monetary value by €5"));
        assert!(found[0].contains("With it as a purchase there would be 3 orders instead of 2;"), "{found:?}");
        assert!(found[1].starts_with("No return names its purchase"));
        let many = ReturnsFound { returns: 3, matched: 2, taken_back: 1, purchases: 4, as_purchases: 7, ..one };
        let found = effect(&many, "");
        assert!(found[0].starts_with("3 returns are left out"), "{found:?}");
        assert!(found[0].contains("With them as purchases there would be 7 orders instead of 4;"), "{found:?}");
        let whole =
            "2 of 3 returns name the purchase by its number; 1 of 4 purchases (25\u{a0}%) came back as a whole.";
        assert_eq!(found[1], whole);
    }

    #[test]
    fn nothing_that_came_back_is_told() {
        let none = ReturnedSales {
            gross: 0.0,
            returned: 0.0,
            net: 0.0,
            share: f64::NAN,
            lines: 0,
            orders: 0,
            of_all: ReturnsFound::default(),
        };
        assert_eq!(none.sentence("€"), "Nothing came back in this selection.");
        let some = ReturnedSales { gross: 8.0, returned: -4.0, share: 0.5, lines: 1, ..none };
        assert_eq!(some.sentence(""), "1 row is a return and took back 4.00, 50\u{a0}% of gross sales.");
    }
}
