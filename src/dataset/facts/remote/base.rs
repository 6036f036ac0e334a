//! Cleaned and joined facts as SQL: what each column of the manifest is in the database, and which rows a rule removes.
//!
//! Other tables are read, cleaned and joined to each other here, as for facts in memory. The database gets them as arrays, so
//! that their rules need no second wording in SQL, and a table may be a file.

use std::collections::{BTreeMap, BTreeSet};

use postgres::types::ToSql;

use crate::dataset::manifest::Role;

/// A column of a lookup, by position; the key's own position is [`KEY`].
pub(in crate::dataset) type Need = (usize, usize);

pub(in crate::dataset) const KEY: usize = usize::MAX;

/// Whether an order was bought on the day of a row; it stands in no table, see [`Base::bought`].
pub(in crate::dataset) const BOUGHT: Need = (usize::MAX, KEY);

/// Its name as a column; no real one is called so.
pub(in crate::dataset) const BOUGHT_NAME: &str = "f.\"\u{1}bought\"";

/// An expression and the columns of lookups that it needs.
#[derive(Debug, Clone, Default)]
pub(in crate::dataset) struct Expression {
    pub(in crate::dataset) sql: String,
    pub(in crate::dataset) needs: BTreeSet<Need>,
}

/// Cleaned facts.
#[derive(Debug)]
pub(in crate::dataset) struct Base {
    /// What stands behind `FROM` as `f`.
    pub(in crate::dataset) from: String,
    /// Names of the table's own columns.
    pub(in crate::dataset) in_table: Vec<String>,
    pub(in crate::dataset) sides: Vec<Side>,
    pub(in crate::dataset) columns: BTreeMap<String, (Expression, Role)>,
    /// Rules of the facts in the order in which they run.
    pub(in crate::dataset) rules: Vec<Rule>,
    /// Rules of the table that respell: name of the rule, its columns, whether a cell changes.
    pub(in crate::dataset) respelt: Vec<(String, Vec<String>, Expression)>,
    /// Joins: table, keys here and there, whether a row has no partner, whether it has no key.
    pub(in crate::dataset) joined: Vec<(String, String, String, Expression, Expression)>,
    /// Whether some row of the same order and day is one of a purchase, over all cleaned rows; told when a row may lower a purchase.
    pub(in crate::dataset) bought: Option<Expression>,
}

/// A rule: its words and columns, when it removes a row, and what else it counts.
#[derive(Debug)]
pub(in crate::dataset) struct Rule {
    pub(in crate::dataset) words: String,
    pub(in crate::dataset) columns: Vec<String>,
    pub(in crate::dataset) removes: Option<Expression>,
    pub(in crate::dataset) changes: Option<Expression>,
    /// Missing values that are kept, by column.
    pub(in crate::dataset) kept: Vec<(String, Expression)>,
    /// Contradictions that are kept.
    pub(in crate::dataset) contradicts: Option<Expression>,
}

/// A lookup as arrays.
#[derive(Debug)]
pub(in crate::dataset) struct Side {
    pub(in crate::dataset) key: String,
    pub(in crate::dataset) keys: Vec<String>,
    pub(in crate::dataset) columns: Vec<Array>,
}

#[derive(Debug)]
pub(in crate::dataset) enum Array {
    Texts(Vec<Option<String>>),
    Numbers(Vec<Option<f64>>),
}

/// Parameters of a statement.
pub(in crate::dataset) type Parameters<'a> = Vec<&'a (dyn ToSql + Sync)>;

impl Expression {
    pub(in crate::dataset) fn own(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), needs: BTreeSet::new() }
    }

    /// An expression around others.
    pub(in crate::dataset) fn of(parts: &[&Self], write: impl Fn(&[&str]) -> String) -> Self {
        let texts: Vec<&str> = parts.iter().map(|part| part.sql.as_str()).collect();
        Self { sql: write(&texts), needs: parts.iter().flat_map(|part| part.needs.iter().copied()).collect() }
    }

    pub(in crate::dataset) fn map(&self, write: impl Fn(&str) -> String) -> Self {
        Self { sql: write(&self.sql), needs: self.needs.clone() }
    }

    pub(in crate::dataset) fn is_null(&self) -> Self {
        self.map(|sql| format!("({sql}) IS NULL"))
    }
}

impl Rule {
    pub(in crate::dataset) fn new(words: String, columns: Vec<String>) -> Self {
        Self { words, columns, removes: None, changes: None, kept: Vec::new(), contradicts: None }
    }

    pub(in crate::dataset) fn removing(words: String, columns: Vec<String>, removes: Expression) -> Self {
        Self { removes: Some(removes), ..Self::new(words, columns) }
    }
}

impl Base {
    pub(in crate::dataset) fn lacks(&self, name: &str) -> String {
        format!("there is no column \"{name}\"; the columns are {}", self.in_table.join(", "))
    }

    /// What a column of the manifest is; null for one that is not there.
    pub(in crate::dataset) fn expression(&self, name: &str) -> Expression {
        self.columns.get(name).map_or_else(|| Expression::own("NULL"), |(expression, _)| expression.clone())
    }

    /// Whether a row passes every rule.
    pub(in crate::dataset) fn passes(&self) -> Expression {
        let removing: Vec<&Expression> = self.rules.iter().filter_map(|rule| rule.removes.as_ref()).collect();
        Expression::of(&removing, |sql| {
            let kept: Vec<String> = sql.iter().map(|sql| format!("({sql}) IS NOT TRUE")).collect();
            if kept.is_empty() { "true".to_owned() } else { kept.join(" AND ") }
        })
    }

    /// The facts with the lookups that some expressions need, whose arrays become parameters.
    pub(in crate::dataset) fn from<'a>(
        &'a self,
        expressions: &[&Expression],
        parameters: &mut Parameters<'a>,
    ) -> String {
        let needs: BTreeSet<Need> =
            expressions.iter().flat_map(|expression| expression.needs.iter().copied()).collect();
        let mut from = match self.bought.as_ref().filter(|_| needs.contains(&BOUGHT)) {
            Some(bought) => self.with_bought(bought, parameters),
            None => format!("{} AS f", self.from),
        };
        for (position, side) in self.sides.iter().enumerate() {
            let columns: Vec<usize> =
                needs.iter().filter(|need| need.0 == position && need.1 != KEY).map(|need| need.1).collect();
            if !needs.iter().any(|need| need.0 == position) {
                continue;
            }
            parameters.push(&side.keys);
            let mut arrays = vec![format!("${}::text[]", parameters.len())];
            for column in &columns {
                match &side.columns[*column] {
                    Array::Texts(texts) => {
                        parameters.push(texts);
                        arrays.push(format!("${}::text[]", parameters.len()));
                    }
                    Array::Numbers(numbers) => {
                        parameters.push(numbers);
                        arrays.push(format!("${}::float8[]", parameters.len()));
                    }
                }
            }
            let names: Vec<String> =
                std::iter::once("k".to_owned()).chain(columns.iter().map(|column| format!("c{column}"))).collect();
            from.push_str(&format!(
                " LEFT JOIN unnest({}) AS l{position}({}) ON l{position}.k = {}",
                arrays.join(", "),
                names.join(", "),
                side.key
            ));
        }
        from
    }

    /// The cleaned facts with a column that says whether their order was bought on their day.
    fn with_bought<'a>(&'a self, bought: &Expression, parameters: &mut Parameters<'a>) -> String {
        let passes = self.passes();
        let inner = self.from(&[bought, &passes], parameters);
        let (_, name) = BOUGHT_NAME.split_at(2);
        format!("(SELECT f.*, {} AS {name} FROM {inner} WHERE {}) AS f", bought.sql, passes.sql)
    }
}
