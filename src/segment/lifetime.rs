//! What customers are worth in the next year: the models of lifetime value fitted to a data set's facts, for every customer.

use serde::Serialize;

use crate::dataset::facts::remote::OrderDays;
use crate::dataset::facts::{UNKNOWN, settled};
use crate::dataset::{DatasetError, Facts};
use crate::figures;
use crate::query::View;
use crate::stats::lifetime::bg_nbd::{BgNbd, BgNbdFit};
use crate::stats::lifetime::gamma_gamma::GammaGammaFit;
use crate::stats::lifetime::{CustomerSummary, DAYS_PER_MONTH, Horizon, Lifetime, LifetimeError, Warning, summarise};

/// Months ahead that customers are valued over.
pub const MONTHS: u32 = 12;

/// What the models take for granted; shown with every number that rests on them.
pub const ASSUMPTIONS: &str = "Expected from how often and how lately each customer bought (BG/NBD) and from what its repeat \
    orders were worth (Gamma-Gamma). The models take it that everybody buys at a steady pace of their own until they leave \
    for good, that spending does not depend on how often somebody buys, and that nothing else changes: no season, no growth, \
    no new customers. Orders of one day count as one. Who bought on one day only counts as active, because nothing speaks \
    against it yet. Value is revenue, not profit.";

/// What is expected of every customer in the 12 months after the snapshot. Lists have one entry for each customer of the data
/// set, NaN where it cannot be told.
#[derive(Debug, Clone, PartialEq)]
pub struct LifetimeValues {
    /// Probability of being still active, 0 to 1; NaN without a known order.
    pub probability_alive: Vec<f64>,
    /// Expected orders in 12 months; NaN without a known order.
    pub expected_orders: Vec<f64>,
    /// Expected value of these orders; NaN also where the value of an order is not known.
    pub expected_value: Vec<f64>,
    /// Whether all known orders of the customer lie on one day.
    pub bought_once: Vec<bool>,
    /// The models behind the lists.
    pub models: Models,
    /// Why nothing at all can be told, as a sentence; all lists are then NaN.
    pub failure: Option<String>,
    /// What to doubt, as sentences.
    pub notes: Vec<String>,
}

/// The fitted models.
#[derive(Debug, Clone, Default, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = LifetimeModels)]
pub struct Models {
    /// The model of orders, times in days; absent when nothing can be told.
    pub orders: Option<BgNbdFit>,
    /// The model of their value; absent when only orders can be told.
    pub values: Option<GammaGammaFit>,
    /// Pearson's correlation of a customer's repeat orders with their mean value; absent without a model of values.
    pub correlation: Option<f64>,
}

/// What is expected of a group of customers.
#[derive(Debug, Clone, PartialEq, Serialize, utoipa::ToSchema)]
#[schema(as = LifetimeExpectation)]
pub struct Expectation {
    /// Cluster; -1 is undecided. 0 without a model.
    pub cluster: i32,
    /// Customers.
    pub customers: usize,
    /// Those with a known order, on whom everything below rests.
    pub known: usize,
    /// Those among them whose orders all lie on one day.
    pub bought_once: usize,
    /// Expected share still active: mean of the probabilities.
    pub active_share: f64,
    /// Expected orders of all together.
    pub orders: f64,
    /// Expected value of all together.
    pub value: f64,
    /// Expected value of one, on average.
    pub value_per_customer: f64,
}

impl LifetimeValues {
    /// Fits the models to the known orders of a data set's customers, returns left out, observed up to the snapshot. The same for any number of
    /// threads.
    #[must_use]
    pub fn of(facts: &Facts, customers: usize) -> Self {
        let found = match summaries(facts, customers) {
            Ok(found) => found,
            Err(error) => {
                let failure = Some(format!("The future of customers cannot be told: {error}."));
                return Self { failure, ..Self::unknown(&vec![None; customers]) };
            }
        };
        let known: Vec<CustomerSummary> = found.iter().copied().flatten().collect();
        let mut values = Self::unknown(&found);
        let one_day = facts.days().is_some_and(|(first, last)| first == last);
        let horizon = Horizon { months: MONTHS, ..Horizon::default() };
        match Lifetime::fit(&known, horizon) {
            _ if one_day => {
                values.failure = Some("All orders lie on one day, so nothing is known of who comes back.".to_owned());
            }
            Ok(lifetime) => {
                values.fill(&found, &lifetime);
                values.notes.extend(before_returns(facts));
            }
            Err(LifetimeError::TooFewValues { .. } | LifetimeError::EqualValues { .. }) => {
                values.fill_orders(&found, &known);
            }
            Err(error) => values.failure = Some(reason(&error)),
        }
        values
    }

    fn unknown(found: &[Option<CustomerSummary>]) -> Self {
        let nothing = vec![f64::NAN; found.len()];
        Self {
            probability_alive: nothing.clone(),
            expected_orders: nothing.clone(),
            expected_value: nothing,
            bought_once: found.iter().map(|summary| summary.is_some_and(|s| s.repeat_purchases == 0)).collect(),
            models: Models::default(),
            failure: None,
            notes: Vec::new(),
        }
    }

    fn fill(&mut self, found: &[Option<CustomerSummary>], lifetime: &Lifetime) {
        let known = (0..found.len()).filter(|row| found[*row].is_some());
        for (row, customer) in known.zip(&lifetime.customers) {
            self.probability_alive[row] = customer.probability_alive;
            self.expected_orders[row] = customer.expected_purchases;
            self.expected_value[row] = customer.lifetime_value;
        }
        self.notes = lifetime.warnings.iter().map(ToString::to_string).collect();
        if lifetime.values.left_out > 0 {
            self.notes.push(format!(
                "Customers whose repeat orders come to nothing or less, as gifts and deductions make them: {}. They are given the \
                 mean value of an order of all.",
                figures::count(lifetime.values.left_out)
            ));
        }
        self.models = Models {
            orders: Some(lifetime.purchases),
            values: Some(lifetime.values),
            correlation: Some(lifetime.correlation).filter(|value| value.is_finite()),
        };
    }

    /// Orders without their value, where amounts tell nothing of it.
    fn fill_orders(&mut self, found: &[Option<CustomerSummary>], known: &[CustomerSummary]) {
        let fitted = match BgNbd::fit(known) {
            Ok(fitted) => fitted,
            Err(error) => {
                self.failure = Some(reason(&error));
                return;
            }
        };
        for (row, customer) in found.iter().enumerate().filter_map(|(row, summary)| Some((row, summary.as_ref()?))) {
            self.probability_alive[row] = fitted.model.probability_alive(customer);
            self.expected_orders[row] = fitted.model.expected_purchases(f64::from(MONTHS) * DAYS_PER_MONTH, customer);
        }
        self.models.orders = Some(fitted);
        self.notes.push(
            "What an order is worth cannot be told: fewer than two customers have repeat orders of a value above 0, or \
             all of them spend the same."
                .to_owned(),
        );
        let doubts =
            [(fitted.undetermined, Warning::PurchasesUndetermined), (!fitted.converged, Warning::NotConverged)];
        self.notes.extend(doubts.iter().filter(|(holds, _)| *holds).map(|(_, warning)| warning.to_string()));
    }

    /// Whether the value of orders is known, and not only their number.
    #[must_use]
    pub fn has_values(&self) -> bool {
        self.models.values.is_some()
    }

    /// What is expected of some customers.
    #[must_use]
    pub fn expect(&self, cluster: i32, rows: &[u32]) -> Expectation {
        let known: Vec<usize> =
            rows.iter().map(|row| *row as usize).filter(|row| self.probability_alive[*row].is_finite()).collect();
        let sum = |list: &[f64]| known.iter().map(|row| list[*row]).sum::<f64>();
        let (count, value) = (known.len() as f64, sum(&self.expected_value));
        Expectation {
            cluster,
            customers: rows.len(),
            known: known.len(),
            bought_once: known.iter().filter(|row| self.bought_once[**row]).count(),
            active_share: sum(&self.probability_alive) / count,
            orders: sum(&self.expected_orders),
            value,
            value_per_customer: value / count,
        }
    }

    /// What is expected of some customers from a day on, as a sentence.
    #[must_use]
    pub fn sentence(&self, all: &Expectation, day: &str, currency: &str) -> String {
        if all.known == 0 {
            return "None of the chosen customers has a known order.".to_owned();
        }
        let unknown = all.customers - all.known;
        let left_out = if unknown > 0 {
            format!(" {} customers without a known order are left out.", figures::count(unknown))
        } else {
            String::new()
        };
        let worth = if self.has_values() {
            format!(" worth {}", figures::with_unit(&figures::short(all.value), Some(currency)))
        } else {
            String::new()
        };
        format!(
            "{} of {} customers are expected to be still active. In the 12 months from {day} all together are expected to place {} \
             orders{worth}.{left_out}",
            figures::percent(all.active_share),
            figures::count(all.known),
            figures::short(all.orders),
        )
    }

    /// What is expected of each segment of the chosen customers.
    #[must_use]
    pub fn by_segment(&self, view: &View<'_>) -> Vec<Expectation> {
        view.by_segment().iter().map(|group| self.expect(group.key, &group.rows)).collect()
    }
}

/// What the models need to know of each customer; `None` without a known order.
///
/// # Errors
/// [`DatasetError::Database`] when the facts are in a database that cannot be asked.
fn summaries(facts: &Facts, customers: usize) -> Result<Vec<Option<CustomerSummary>>, DatasetError> {
    if let Some(remote) = &facts.remote {
        let mut found = vec![None; customers];
        for (buyer, days) in remote.order_days()?.into_iter().enumerate() {
            let customer = facts.customer_of.get(buyer).copied().unwrap_or(UNKNOWN);
            if let (Some(days), Some(place)) = (days, found.get_mut(customer as usize)) {
                *place = summary_of(&days, facts.snapshot);
            }
        }
        return Ok(found);
    }
    let (mut customer, mut day, mut amount) = (Vec::new(), Vec::new(), Vec::new());
    let is_return = facts.return_rows();
    let is_bought = |row: &usize| facts.order[*row] != UNKNOWN && !is_return.get(*row).copied().unwrap_or(false);
    for row in (0..facts.day.len()).filter(is_bought) {
        if let Some(buyer) = facts.customer(row) {
            customer.push(buyer as usize);
            day.push(f64::from(facts.day[row]));
            amount.push(facts.amount[row]);
        }
    }
    let mut found = summarise(&customer, &day, &amount, customers, f64::from(facts.snapshot));
    for summary in found.iter_mut().flatten().filter(|summary| summary.repeat_purchases > 0) {
        let repeats = f64::from(summary.repeat_purchases);
        summary.mean_value = settled(summary.mean_value * repeats) / repeats;
    }
    Ok(found)
}

/// That returns are not part of what is expected, with what share of sales they were.
fn before_returns(facts: &Facts) -> Option<String> {
    let found = facts.returns.as_ref()?.found;
    let share = -found.amount / found.gross;
    let so_far = if found.gross > 0.0 && share > 0.0 {
        format!(" So far {} of the money of purchases came back.", figures::percent(share))
    } else {
        String::new()
    };
    Some(format!("Expected value is that of purchases, before returns.{so_far}"))
}

/// What [`summarise`] makes of a customer's days with orders.
fn summary_of(days: &OrderDays, end: i32) -> Option<CustomerSummary> {
    let repeats = days.count.saturating_sub(1);
    let mean_value = if repeats == 0 { f64::NAN } else { days.after_first / f64::from(repeats) };
    (days.first < end).then(|| CustomerSummary {
        repeat_purchases: repeats,
        last_purchase: f64::from(days.last - days.first),
        age: f64::from(end - days.first),
        mean_value,
    })
}

fn reason(error: &LifetimeError) -> String {
    match error {
        LifetimeError::TooFewCustomers { count: 0 } => "No customer has a known order.".to_owned(),
        LifetimeError::TooFewCustomers { .. } => {
            "Only one customer has a known order; what is usual among customers needs several.".to_owned()
        }
        LifetimeError::NoRepeatPurchases => {
            "Nobody bought on a second day, so nothing is known of who comes back.".to_owned()
        }
        other => format!("The future of customers cannot be told: {other}."),
    }
}

#[cfg(test)]
mod tests;
