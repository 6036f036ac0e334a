//! When customers ordered, told by the database.

use super::{Expression, Parameters, Remote};
use crate::dataset::error::DatasetError;
use crate::dataset::facts::settled;

/// The days on which a customer ordered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderDays {
    /// How many.
    pub count: u32,
    /// The first, since 1970-01-01.
    pub first: i32,
    /// The last.
    pub last: i32,
    /// Sum of the amounts of all but the first.
    pub after_first: f64,
}

impl Remote {
    /// Whether a row is one of a known order that is a purchase.
    pub(in crate::dataset) fn known_purchase(&self) -> String {
        let bought = format!("NOT {}", self.returned().sql);
        match &self.order {
            Some(order) => format!("({}) IS NOT NULL AND {bought}", order.sql),
            None => bought,
        }
    }

    /// The days on which each buyer ordered; `None` for one without a known order.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub fn order_days(&self) -> Result<Vec<Option<OrderDays>>, DatasetError> {
        let (customer, day, amount) = (&self.customer.sql, &self.day.sql, &self.amount.sql);
        let known = self.known_purchase();
        let (inner, parameters) = self.buyers_select(
            &format!(
                "{customer} AS who, {day} AS day, sum({amount}) FILTER (WHERE {known}) AS s, bool_or({known}) AS known"
            ),
            " GROUP BY 1, 2",
        );
        let of_known = "FILTER (WHERE known)";
        let sql = format!(
            "SELECT count(*) {of_known}, min(day) {of_known} - '1970-01-01'::date, max(day) {of_known} - '1970-01-01'::date, sum(s) {of_known} - (array_agg(s ORDER BY day) {of_known})[1] FROM ({inner}) AS days GROUP BY who ORDER BY who COLLATE \"C\""
        );
        let rows = self.ask_for(&(sql, parameters))?;
        let days = rows.iter().map(|row| {
            Some(OrderDays {
                count: row.get::<_, i64>(0) as u32,
                first: row.get::<_, Option<i32>>(1)?,
                last: row.get::<_, Option<i32>>(2)?,
                after_first: settled(row.get::<_, Option<f64>>(3)?),
            })
        });
        Ok(days.collect())
    }

    pub(in crate::dataset) fn ask_for(
        &self,
        (sql, parameters): &(String, Parameters<'_>),
    ) -> Result<Vec<postgres::Row>, DatasetError> {
        tracing::debug!(sql, "asking the database");
        self.ask(sql, parameters)
    }

    pub(in crate::dataset) fn buyers_select(&self, columns: &str, behind: &str) -> (String, Parameters<'_>) {
        self.buyers_select_of(&[], columns, behind)
    }

    pub(in crate::dataset) fn buyers_select_of(
        &self,
        more: &[&Expression],
        columns: &str,
        behind: &str,
    ) -> (String, Parameters<'_>) {
        let (passes, returned) = (self.base.passes(), self.returned());
        let mut needed = vec![&passes, &returned, &self.customer, &self.day, &self.amount];
        needed.extend(self.order.iter().chain(&self.quantity));
        needed.extend(more);
        let mut parameters = Parameters::new();
        let from = self.base.from(&needed, &mut parameters);
        let sql = format!(
            "SELECT {columns} FROM {from} WHERE {} AND ({}) IS NOT NULL{behind}",
            passes.sql, self.customer.sql
        );
        (sql, parameters)
    }
}
