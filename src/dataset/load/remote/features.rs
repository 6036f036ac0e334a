//! What facts say of each customer, worked out by the database.

use crate::dataset::error::DatasetError;
use crate::dataset::facts::remote::{Parameters, Remote};
use crate::dataset::load::facts::column::FeatureColumn;
use crate::dataset::load::facts::features::{Buying, Money, number_columns};
use crate::dataset::manifest::Features;
use crate::dataset::texts::Texts;

impl Remote {
    /// Ids of the known buyers in alphabetical order, and the features that a manifest asks for.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub(in crate::dataset) fn features(
        &self,
        wanted: &Features,
        snapshot: i32,
    ) -> Result<(Texts, Vec<FeatureColumn>), DatasetError> {
        let rows = self.ask_for(&self.buying_sql())?;
        let ids: Texts = rows.iter().map(|row| row.get::<_, String>(0)).collect();
        let buyings: Vec<Buying> = rows
            .iter()
            .map(|row| {
                let day = |at: usize| row.get::<_, Option<i32>>(at);
                let count = |at: usize| row.get::<_, i64>(at) as f64;
                let money = Money { net: row.get(4), gross: row.get(7) };
                let units = row.get::<_, Option<f64>>(5);
                match (day(1), day(2)) {
                    (Some(first), Some(last)) => Buying::of((first, last), count(3), money, units, count(6), snapshot),
                    _ if count(8) > 0.0 => Buying::of_returns(money.net, units),
                    _ => Buying::NOTHING,
                }
            })
            .collect();
        let mut columns = number_columns(&buyings, self.has_units(), true);
        let mut distinct = Vec::new();
        let mut preferred = Vec::new();
        let dimensions =
            wanted.distinct.iter().chain(wanted.preferred.iter().filter(|name| !wanted.distinct.contains(name)));
        for name in dimensions {
            // The same order as above, so that rows fit together.
            let rows = self.ask_for(&self.liking_sql(name))?;
            if wanted.distinct.contains(name) {
                let counts = rows.iter().map(|row| row.get::<_, Option<i64>>(0).map_or(f64::NAN, |count| count as f64));
                distinct.push((name, counts.collect()));
            }
            if wanted.preferred.contains(name) {
                preferred.push((name, rows.iter().map(|row| row.get::<_, Option<String>>(1)).collect()));
            }
        }
        let position = |names: &[String], name: &String| names.iter().position(|known| known == name);
        distinct.sort_by_key(|(name, _)| position(&wanted.distinct, name));
        preferred.sort_by_key(|(name, _)| position(&wanted.preferred, name));
        columns.extend(
            distinct.into_iter().map(|(name, counts)| FeatureColumn::Number(format!("distinct_{name}"), counts)),
        );
        columns.extend(
            preferred.into_iter().map(|(name, levels)| FeatureColumn::Level(format!("preferred_{name}"), levels)),
        );
        Ok((ids, columns))
    }

    /// How many orders name more than one known customer.
    pub(crate) fn shared_orders(&self) -> Result<usize, DatasetError> {
        let Some(order) = &self.order else { return Ok(0) };
        let customer = &self.customer.sql;
        let (inner, parameters) = self.buyers_select(
            &format!("{} AS ord", order.sql),
            &format!(" AND {} GROUP BY 1 HAVING min({customer}) <> max({customer})", self.known_purchase()),
        );
        let rows = self.ask_for(&(format!("SELECT count(*) FROM ({inner}) AS shared"), parameters))?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0) as usize))
    }

    /// Orders of each customer summed up: an order counts once, on the day of its first row. Returns stand in groups of their own,
    /// so that they have money and no day.
    fn buying_sql(&self) -> (String, Parameters<'_>) {
        let quantity = self.quantity.as_ref().map_or("NULL::float8", |quantity| quantity.sql.as_str());
        let (customer, day, amount) = (&self.customer.sql, &self.day.sql, &self.amount.sql);
        let returned = self.returned().sql;
        let bought = "FILTER (WHERE ord IS NOT NULL AND NOT back)";
        let counts = "FILTER (WHERE ord IS NOT NULL OR back)";
        let (inner, parameters) = match &self.order {
            Some(order) => self.buyers_select(
                &format!(
                    "{customer} AS who, {} AS ord, {returned} AS back, min({day}) AS d0, max({day}) AS d1, sum({amount}) AS s, sum({quantity}) AS q",
                    order.sql
                ),
                " GROUP BY 1, 2, 3",
            ),
            None => self.buyers_select(
                &format!(
                    "{customer} AS who, 1 AS ord, {returned} AS back, {day} AS d0, {day} AS d1, {amount} AS s, {quantity} AS q"
                ),
                "",
            ),
        };
        let sql = format!(
            "SELECT who, min(d0) {bought} - '1970-01-01'::date, max(d1) {bought} - '1970-01-01'::date, count(*) {bought}, COALESCE(sum(s) {counts}, 0), COALESCE(sum(q) {counts}, 0), count(*) FILTER (WHERE ord IS NOT NULL AND NOT back AND extract(isodow FROM d0) > 5), COALESCE(sum(s) {bought}, 0), count(*) FILTER (WHERE back) FROM ({inner}) AS orders GROUP BY who ORDER BY who COLLATE \"C\""
        );
        (sql, parameters)
    }

    /// How many levels each customer bought, and the one with most money after returns, of equal ones the first in the alphabet.
    fn liking_sql(&self, dimension: &str) -> (String, Parameters<'_>) {
        let level = self.base.expression(dimension);
        let bought = self.known_purchase();
        let known = format!("({bought} OR {})", self.returned().sql);
        let (customer, amount) = (&self.customer.sql, &self.amount.sql);
        let (inner, parameters) = self.buyers_select_of(
            &[&level],
            &format!(
                "{customer} AS who, CASE WHEN {known} THEN {} END AS level, sum({amount}) AS s, bool_or({known}) AS known, bool_or({bought}) AS bought",
                level.sql
            ),
            " GROUP BY 1, 2",
        );
        let of_bought = "FILTER (WHERE level IS NOT NULL AND bought)";
        let sql = format!(
            "SELECT CASE WHEN bool_or(known) THEN count(level) {of_bought} END, (array_agg(level ORDER BY s DESC, level COLLATE \"C\") {of_bought})[1] FROM ({inner}) AS levels GROUP BY who ORDER BY who COLLATE \"C\""
        );
        (sql, parameters)
    }
}
