//! What can be shown of sales, and by which steps of time.

use crate::dataset::facts::remote::{Counted, Key};
use crate::dataset::facts::{Totals, Uses};
use crate::dataset::{Facts, dates};
use crate::figures::capitalised;
use crate::query::error::QueryError;

/// What can be shown of sales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Sum of amounts.
    Sales,
    /// Sum of quantities.
    Units,
    /// Different known orders.
    Orders,
    /// Different known customers.
    Customers,
    /// Sales of known orders over known orders.
    AverageOrderValue,
    /// Sales over units, so that each unit counts alike.
    AveragePrice,
    /// Rows: things that were handed out, such as coupons.
    Things,
    /// Rows of things that were used.
    Uses,
    /// Share of the rows whose things were used, 0 to 1.
    UseRate,
    /// Rows of known customers over different known customers.
    ThingsPerCustomer,
}

impl Measure {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Sales,
        Self::Units,
        Self::Orders,
        Self::Customers,
        Self::AverageOrderValue,
        Self::AveragePrice,
        Self::Things,
        Self::Uses,
        Self::UseRate,
        Self::ThingsPerCustomer,
    ];

    /// Those of sales.
    pub const OF_SALES: [Self; 6] =
        [Self::Sales, Self::Units, Self::Orders, Self::Customers, Self::AverageOrderValue, Self::AveragePrice];

    /// Those of things that are handed out and used.
    pub const OF_USES: [Self; 5] = [Self::Things, Self::Uses, Self::UseRate, Self::Customers, Self::ThingsPerCustomer];

    /// What facts are mainly about: money, else how many there are.
    #[must_use]
    pub fn main(facts: &Facts) -> Self {
        [Self::Sales, Self::Things].into_iter().find(|measure| measure.fits(facts)).unwrap_or(Self::Orders)
    }

    /// Whether facts allow it: money, units and a status are not in all of them.
    #[must_use]
    pub fn fits(self, facts: &Facts) -> bool {
        match self {
            Self::Sales | Self::AverageOrderValue => facts.has_amounts,
            Self::Units => facts.has_units(),
            Self::AveragePrice => facts.has_amounts && facts.has_units(),
            Self::Orders | Self::Customers => true,
            Self::Things | Self::Uses | Self::UseRate | Self::ThingsPerCustomer => facts.uses.is_some(),
        }
    }

    /// Name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sales => "sales",
            Self::Units => "units",
            Self::Orders => "orders",
            Self::Customers => "customers",
            Self::AverageOrderValue => "average_order_value",
            Self::AveragePrice => "average_price",
            Self::Things => "things",
            Self::Uses => "uses",
            Self::UseRate => "use_rate",
            Self::ThingsPerCustomer => "things_per_customer",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Sales => "Sales",
            Self::Units => "Units",
            Self::Orders => "Orders",
            Self::Customers => "Customers",
            Self::AverageOrderValue => "Average order value",
            Self::AveragePrice => "Weighted average price",
            Self::Things => "Number",
            Self::Uses => "Used",
            Self::UseRate => "Use rate",
            Self::ThingsPerCustomer => "Number per customer",
        }
    }

    /// Name for people in the words of what is handed out, where the facts say what that is.
    #[must_use]
    pub fn title(self, uses: Option<&Uses>) -> String {
        let Some(Uses { thing, word, .. }) = uses else { return self.label().to_owned() };
        match self {
            Self::Things => capitalised(&format!("{thing}s")),
            Self::Uses => capitalised(&format!("{thing}s {word}")),
            Self::UseRate => format!("Share {word}"),
            Self::ThingsPerCustomer => capitalised(&format!("{thing}s per customer")),
            _ => self.label().to_owned(),
        }
    }

    /// Whether it is an amount of money.
    #[must_use]
    pub fn is_money(self) -> bool {
        matches!(self, Self::Sales | Self::AverageOrderValue | Self::AveragePrice)
    }

    /// Whether the values of groups add up to the value of all.
    #[must_use]
    pub fn adds_up(self) -> bool {
        matches!(self, Self::Sales | Self::Units | Self::Things | Self::Uses)
    }

    /// Its value; NaN where it divides by nothing.
    #[must_use]
    pub fn of(self, totals: &Totals) -> f64 {
        match self {
            Self::Sales => totals.sales,
            Self::Units => totals.units,
            Self::Orders => totals.orders as f64,
            Self::Customers => totals.customers as f64,
            Self::AverageOrderValue if totals.orders == 0 => f64::NAN,
            Self::AverageOrderValue => totals.order_sales / totals.orders as f64,
            Self::AveragePrice if totals.units == 0.0 => f64::NAN,
            Self::AveragePrice => totals.sales / totals.units,
            Self::Things => totals.lines as f64,
            Self::Uses => totals.uses as f64,
            Self::UseRate if totals.lines == 0 => f64::NAN,
            Self::UseRate => totals.uses as f64 / totals.lines as f64,
            Self::ThingsPerCustomer if totals.customers == 0 => f64::NAN,
            Self::ThingsPerCustomer => totals.customer_lines as f64 / totals.customers as f64,
        }
    }

    /// What must be counted for it beside sums.
    pub(super) fn counted(self) -> Counted {
        Counted {
            orders: matches!(self, Self::Orders | Self::AverageOrderValue),
            customers: matches!(self, Self::Customers | Self::ThingsPerCustomer),
        }
    }

    /// The measure of that name.
    ///
    /// # Errors
    /// [`QueryError::UnknownChoice`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Self::ALL.into_iter().find(|measure| measure.as_str() == text).ok_or_else(|| QueryError::UnknownChoice {
            what: "measure",
            text: text.to_owned(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}

/// Lengths of a time bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A month.
    Month,
}

impl Grain {
    /// All, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// Name in addresses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    pub(super) fn key(self) -> Key<'static> {
        match self {
            Self::Day => Key::Day,
            Self::Week => Key::Week,
            Self::Month => Key::Month,
        }
    }

    /// First day of the bucket that a day is in.
    #[must_use]
    pub fn start(self, day: i32) -> i32 {
        match self {
            Self::Day => day,
            // 1970-01-01 was a Thursday.
            Self::Week => day - (day + 3).rem_euclid(7),
            Self::Month => dates::month_start(day),
        }
    }

    /// First day of the next bucket.
    #[must_use]
    pub fn next(self, start: i32) -> i32 {
        match self {
            Self::Day => start + 1,
            Self::Week => start + 7,
            Self::Month => dates::month_start(start + 31),
        }
    }

    /// The grain of that name.
    ///
    /// # Errors
    /// [`QueryError::UnknownChoice`].
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Self::ALL.into_iter().find(|grain| grain.as_str() == text).ok_or_else(|| QueryError::UnknownChoice {
            what: "time step",
            text: text.to_owned(),
            known: Self::ALL.map(Self::as_str).join(", "),
        })
    }
}
