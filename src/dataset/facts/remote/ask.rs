//! Questions of pages, answered by the database.

use xxhash_rust::xxh3::Xxh3;

use super::{Expression, Parameters, Remote};
use crate::dataset::database::sql::literal;
use crate::dataset::dates;
use crate::dataset::error::DatasetError;
use crate::dataset::facts::Totals;

/// The facts that count.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen {
    /// First day.
    pub from: Option<i32>,
    /// Last day.
    pub to: Option<i32>,
    /// Kept levels by dimension; whether facts without a level are kept.
    pub levels: Vec<(String, Vec<String>, bool)>,
    /// Ids of the customers whose facts count; all facts when silent, also those of unknown customers.
    pub customers: Option<Vec<String>>,
}

/// What totals are grouped by.
#[derive(Debug, Clone, Copy)]
pub enum Key<'a> {
    /// Each day.
    Day,
    /// Weeks from Monday.
    Week,
    /// Months.
    Month,
    /// Weekdays, Monday is 0.
    Weekday,
    /// Levels of a dimension.
    Level(&'a str),
    /// Places, in ten-thousandths of a degree.
    Place,
    /// Groups of customers, given by id; others are left out.
    Group(&'a [String], &'a [i32]),
}

/// A group's value of a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Days since 1970-01-01, a weekday, or a customer group.
    Number(i32),
    /// A level; `None` for facts without one.
    Level(Option<String>),
    /// Latitude and longitude in degrees.
    Place(f64, f64),
}

/// What is counted beside sums, because counting different things is dear.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Different orders.
    pub orders: bool,
    /// Different customers.
    pub customers: bool,
}

impl Counted {
    /// Whether nothing is counted.
    #[must_use]
    pub fn is_nothing(self) -> bool {
        !self.orders && !self.customers
    }
}

/// A statement that is being written.
struct Statement<'a> {
    expressions: Vec<Expression>,
    conditions: Vec<String>,
    parameters: Parameters<'a>,
    joins: String,
    differs: Xxh3,
}

impl Remote {
    fn statement<'a>(&'a self, chosen: &'a Chosen) -> Statement<'a> {
        let passes = self.base.passes();
        let mut statement = Statement {
            conditions: vec![passes.sql.clone()],
            expressions: vec![passes],
            parameters: Vec::new(),
            joins: String::new(),
            differs: Xxh3::new(),
        };
        let day = |day: i32| format!("'{}'::date", dates::format_iso(f64::from(day)));
        for (limit, sign) in [(chosen.from, ">="), (chosen.to, "<=")] {
            if let Some(limit) = limit {
                statement.conditions.push(format!("({}) {sign} {}", self.day.sql, day(limit)));
                statement.expressions.push(self.day.clone());
            }
        }
        for (dimension, levels, with_missing) in &chosen.levels {
            let level = self.base.expression(dimension);
            let list = levels.iter().map(|level| literal(level)).collect::<Vec<_>>().join(", ");
            let mut kept = Vec::new();
            if !levels.is_empty() {
                kept.push(format!("({}) IN ({list})", level.sql));
            }
            if *with_missing {
                kept.push(format!("({}) IS NULL", level.sql));
            }
            statement.conditions.push(if kept.is_empty() {
                "false".to_owned()
            } else {
                format!("({})", kept.join(" OR "))
            });
            statement.expressions.push(level);
        }
        if let Some(ids) = &chosen.customers {
            statement.take(ids);
            statement.parameters.push(ids);
            statement.conditions.push(format!(
                "({}) = ANY(${}::text[])",
                self.customer.sql,
                statement.parameters.len()
            ));
            statement.expressions.push(self.customer.clone());
        }
        statement
    }

    /// Totals of the chosen facts by the values of some keys, in no order; one group without keys.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub fn totals(
        &self,
        chosen: &Chosen,
        keys: &[Key<'_>],
        counted: Counted,
    ) -> Result<Vec<(Vec<Value>, Totals)>, DatasetError> {
        let mut statement = self.statement(chosen);
        let mut columns = Vec::new();
        for key in keys {
            self.key(key, &mut statement, &mut columns);
        }
        let grouped: Vec<String> = (1..=columns.len()).map(|position| position.to_string()).collect();
        let returned = self.returned();
        let is_bought = format!("NOT {}", returned.sql);
        let known_order = match &self.order {
            Some(order) => {
                statement.expressions.push(order.clone());
                format!("({}) IS NOT NULL AND {is_bought}", order.sql)
            }
            None => is_bought.clone(),
        };
        let orders = match (&self.order, counted.orders) {
            (Some(order), true) => format!("count(DISTINCT {}) FILTER (WHERE {is_bought})", order.sql),
            (None, true) => format!("count(*) FILTER (WHERE {is_bought})"),
            _ => "0::bigint".to_owned(),
        };
        let nothing = || "0::bigint".to_owned();
        let (customers, customer_lines) = if counted.customers {
            statement.expressions.push(self.customer.clone());
            let customer = &self.customer.sql;
            let bought = format!("FILTER (WHERE {is_bought})");
            (format!("count(DISTINCT {customer}) {bought}"), format!("count({customer}) {bought}"))
        } else {
            (nothing(), nothing())
        };
        let units = self.quantity.as_ref().map_or("0", |quantity| quantity.sql.as_str());
        statement.expressions.extend([Some(self.amount.clone()), self.quantity.clone()].into_iter().flatten());
        let amount = &self.amount.sql;
        columns.extend([
            format!("COALESCE(sum({amount}), 0)::float8"),
            format!("COALESCE(sum({units}), 0)::float8"),
            "count(*)".to_owned(),
            orders,
            format!("COALESCE(sum({amount}) FILTER (WHERE {known_order}), 0)::float8"),
            customers,
            customer_lines,
            format!("COALESCE(sum({amount}) FILTER (WHERE {}), 0)::float8", returned.sql),
            format!("count(*) FILTER (WHERE {})", returned.sql),
        ]);
        statement.expressions.push(returned);
        let group = if grouped.is_empty() { String::new() } else { format!(" GROUP BY {}", grouped.join(", ")) };
        let rows = self.answer(statement, &columns.join(", "), &group)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows.iter() {
            let mut at = 0;
            let values = keys.iter().map(|key| value(key, row, &mut at)).collect();
            let totals = Totals {
                sales: row.get(at),
                units: row.get(at + 1),
                lines: row.get::<_, i64>(at + 2) as usize,
                orders: row.get::<_, i64>(at + 3) as usize,
                order_sales: if counted.orders { row.get(at + 4) } else { 0.0 },
                customers: row.get::<_, i64>(at + 5) as usize,
                uses: 0,
                customer_lines: row.get::<_, i64>(at + 6) as usize,
                returned: row.get(at + 7),
                return_lines: row.get::<_, i64>(at + 8) as usize,
            };
            if totals.lines > 0 || keys.is_empty() {
                found.push((values, totals.settled()));
            }
        }
        Ok(found)
    }

    /// First and last day of the chosen facts; `None` when there is none.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub fn days_of(&self, chosen: &Chosen) -> Result<Option<(i32, i32)>, DatasetError> {
        let mut statement = self.statement(chosen);
        statement.expressions.push(self.day.clone());
        let day = &self.day.sql;
        let columns = format!("min({day}) - '1970-01-01'::date, max({day}) - '1970-01-01'::date");
        let rows = self.answer(statement, &columns, "")?;
        Ok(rows.first().and_then(|row| Some((row.get::<_, Option<i32>>(0)?, row.get::<_, Option<i32>>(1)?))))
    }

    /// Customers by first day of the month of their first purchase and of a month with purchases.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub fn returning(&self, chosen: &Chosen) -> Result<Vec<(i32, i32, usize)>, DatasetError> {
        let mut statement = self.statement(chosen);
        statement.expressions.extend([self.day.clone(), self.customer.clone()]);
        let (day, customer, returned) = (&self.day.sql, &self.customer.sql, self.returned());
        statement.conditions.push(format!("({customer}) IS NOT NULL AND NOT {}", returned.sql));
        statement.expressions.push(returned);
        let inner =
            statement.select(self, &format!("DISTINCT {customer} AS who, date_trunc('month', {day})::date AS month"));
        let sql = format!(
            "SELECT first - '1970-01-01'::date, month - '1970-01-01'::date, count(*) FROM (SELECT month, min(month) OVER (PARTITION BY who) AS first FROM ({inner}) AS visits) AS months GROUP BY 1, 2"
        );
        let rows = self.rows(&sql, &statement.parameters, statement.differs.digest())?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1), row.get::<_, i64>(2) as usize)).collect())
    }

    fn answer<'a>(
        &'a self,
        mut statement: Statement<'a>,
        columns: &str,
        behind: &str,
    ) -> Result<std::sync::Arc<Vec<postgres::Row>>, DatasetError> {
        let sql = statement.select(self, columns) + behind;
        self.rows(&sql, &statement.parameters, statement.differs.digest())
    }

    fn key<'a>(&'a self, key: &'a Key<'a>, statement: &mut Statement<'a>, columns: &mut Vec<String>) {
        let day = &self.day.sql;
        let since = |day: String| format!("{day} - '1970-01-01'::date");
        match key {
            Key::Day => columns.push(since(format!("({day})"))),
            Key::Week => columns.push(since(format!("date_trunc('week', {day})::date"))),
            Key::Month => columns.push(since(format!("date_trunc('month', {day})::date"))),
            Key::Weekday => columns.push(format!("extract(isodow FROM {day})::int - 1")),
            Key::Level(name) => {
                let level = self.base.expression(name);
                columns.push(level.sql.clone());
                statement.expressions.push(level);
                return;
            }
            Key::Place => {
                let Some((latitude, longitude)) = &self.place_of else {
                    columns.extend(["0::float8".to_owned(), "0::float8".to_owned()]);
                    return;
                };
                // Halves are rounded away from zero, as for facts in memory.
                let rounded = |sql: &str| format!("(sign({sql}) * floor(abs({sql}) * 1e4 + 0.5) / 1e4)::float8");
                columns.extend([rounded(&latitude.sql), rounded(&longitude.sql)]);
                statement.conditions.push(format!(
                    "({}) BETWEEN -90 AND 90 AND ({}) BETWEEN -180 AND 180",
                    latitude.sql, longitude.sql
                ));
                statement.expressions.extend([latitude.clone(), longitude.clone()]);
                return;
            }
            Key::Group(ids, groups) => {
                statement.take(ids);
                statement.differs.update(bytes_of(groups).as_slice());
                statement.parameters.push(ids);
                statement.parameters.push(groups);
                let last = statement.parameters.len();
                statement.joins.push_str(&format!(
                    " JOIN unnest(${}::text[], ${last}::int4[]) AS g(id, number) ON g.id = {}",
                    last - 1,
                    self.customer.sql
                ));
                columns.push("g.number".to_owned());
                statement.expressions.push(self.customer.clone());
                return;
            }
        }
        statement.expressions.push(self.day.clone());
    }
}

fn bytes_of(numbers: &[i32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

impl<'a> Statement<'a> {
    /// Parameters make answers differ that have the same text.
    fn take(&mut self, texts: &[String]) {
        for text in texts {
            self.differs.update(text.as_bytes());
            self.differs.update(&[0]);
        }
    }

    fn select(&mut self, remote: &'a Remote, columns: &str) -> String {
        let expressions: Vec<&Expression> = self.expressions.iter().collect();
        let from = remote.base.from(&expressions, &mut self.parameters);
        format!("SELECT {columns} FROM {from}{} WHERE {}", self.joins, self.conditions.join(" AND "))
    }
}

fn value(key: &Key<'_>, row: &postgres::Row, at: &mut usize) -> Value {
    let position = *at;
    *at += if matches!(key, Key::Place) { 2 } else { 1 };
    match key {
        Key::Level(_) => Value::Level(row.get(position)),
        Key::Place => Value::Place(row.get(position), row.get(position + 1)),
        _ => Value::Number(row.get(position)),
    }
}
