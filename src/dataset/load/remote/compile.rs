//! The manifest's facts as expressions of the database: joins, typing and cleaning rules in SQL.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::dataset::database::sql::{literal, quoted};
use crate::dataset::database::{Described, Kind};
use crate::dataset::dates;
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::facts::remote::base::{Array, Base, Expression, KEY, Rule, Side};
use crate::dataset::load::facts::leave_out::words;
use crate::dataset::manifest::fault::manifest_error;
use crate::dataset::manifest::rules::{Case, CleaningRule, Columns, Contradiction, MissingAction, OffenceAction};
use crate::dataset::manifest::{FactSource, Role, Table};
use crate::dataset::prepare::lookup::Lookup;
use crate::dataset::prepare::typed::RoleByUse;

/// Name of the column that says whether a row of a lookup found its partner; no real column is called so.
fn mark(here: &str) -> String {
    format!("\u{0}partner of {here}")
}

/// A table joined to another one: its name, the key there and here.
type Chained = (String, String, String);

/// What the compilation of the facts knows.
pub(super) struct Compiler<'a> {
    pub(super) place: &'a Path,
    pub(super) source: &'a FactSource,
    pub(super) table: &'a Table,
    pub(super) uses: &'a RoleByUse<'a>,
    pub(super) declared: &'a dyn Fn(&str) -> Option<Role>,
}

impl Compiler<'_> {
    fn refuse(&self, key: &str, message: String) -> DatasetError {
        manifest_error(self.place, format!("facts.{key}"), message)
    }

    /// Puts the facts together.
    pub(super) fn base(
        &self,
        from: String,
        described: &[Described],
        lookups: Vec<Lookup>,
    ) -> Result<Base, DatasetError> {
        if let Some(step) = self.table.derive.first() {
            return Err(self.refuse(
                "in_database",
                format!("column \"{}\" cannot be computed inside the database; make it a query or a view there, or leave in_database out", step.name),
            ));
        }
        let mut base = Base {
            from,
            in_table: described.iter().map(|column| column.name.clone()).collect(),
            sides: Vec::new(),
            columns: BTreeMap::new(),
            rules: Vec::new(),
            respelt: Vec::new(),
            joined: Vec::new(),
            bought: None,
        };
        let wanted = self.wanted();
        for column in described.iter().filter(|column| wanted.contains(column.name.as_str())) {
            let typed = self.own(column)?;
            base.columns.insert(column.name.clone(), typed);
        }
        for rule in &self.table.clean {
            self.respell(&mut base, rule, true)?;
        }
        self.join(&mut base, lookups, &wanted)?;
        if let Some((key, name)) =
            self.source.named_columns().into_iter().find(|(_, name)| !base.columns.contains_key(*name))
        {
            return Err(self.refuse(key, base.lacks(name)));
        }
        for name in std::iter::once(&self.source.time).chain(&self.source.amount) {
            let removes = base.expression(name).is_null();
            let words = CleaningRule::Missing {
                columns: Columns::Named(vec![name.clone()]),
                action: MissingAction::Drop,
                value: None,
            };
            base.rules.push(Rule::removing(words.describe(), vec![name.clone()], removes));
        }
        for rule in &self.source.clean {
            self.rule(&mut base, rule)?;
        }
        for left in &self.source.leave_out {
            let values: Vec<String> = left.values.iter().map(|value| literal(value)).collect();
            let removes = base.expression(&left.column).map(|sql| format!("({sql}) IN ({})", values.join(", ")));
            base.rules.push(Rule::removing(words(left), vec![left.column.clone()], removes));
        }
        Ok(base)
    }

    /// Names of the columns that matter.
    fn wanted(&self) -> BTreeSet<&str> {
        let rules = self.table.clean.iter().chain(&self.source.clean).flat_map(|rule| rule.reads().unwrap_or_default());
        self.uses.keys().copied().chain(rules).collect()
    }

    /// A column of the table itself as what its role makes of it.
    fn own(&self, column: &Described) -> Result<(Expression, Role), DatasetError> {
        let name = format!("f.{}", quoted(&column.name));
        let role = self.uses.get(column.name.as_str()).copied().or_else(|| (self.declared)(&column.name));
        let role = role.unwrap_or(match column.kind {
            Kind::Number | Kind::Decimal => Role::Numeric,
            Kind::Flag => Role::Flag,
            Kind::Day => Role::Date,
            Kind::Text => Role::Category,
        });
        let name = if column.kind == Kind::Flag { format!("{name}::int") } else { name };
        let present = self.without_missing(&name, column.kind);
        let sql = match (role, column.kind) {
            (Role::Id | Role::Category | Role::Ignore, Kind::Text) => present,
            (Role::Id | Role::Category | Role::Ignore, _) => format!("({present})::text"),
            (Role::Numeric | Role::Flag, Kind::Day) => {
                return Err(self.refuse("columns", format!("column \"{}\" holds days, not numbers", column.name)));
            }
            (Role::Numeric | Role::Flag, _) => {
                let number = format!("({present})::float8");
                format!("NULLIF(NULLIF(NULLIF({number}, 'NaN'), 'Infinity'), '-Infinity')")
            }
            (Role::Date, Kind::Day) => format!("({present})::date"),
            (Role::Date, _) => {
                return Err(self.refuse(
                    "in_database",
                    format!(
                        "column \"{}\" must be of type date or timestamp in the database; change it there, or leave in_database out",
                        column.name
                    ),
                ));
            }
        };
        Ok((Expression::own(sql), role))
    }

    /// Null where the value is one of the table's spellings of a missing value.
    fn without_missing(&self, name: &str, kind: Kind) -> String {
        let spellings: Vec<&String> = match kind {
            Kind::Text => self.table.missing_values.iter().collect(),
            Kind::Day => Vec::new(),
            _ => {
                self.table.missing_values.iter().filter(|text| text.parse::<f64>().is_ok_and(f64::is_finite)).collect()
            }
        };
        if spellings.is_empty() {
            return name.to_owned();
        }
        let as_text = if kind == Kind::Text { name.to_owned() } else { format!("{name}::text") };
        let (compared, list): (String, Vec<String>) = match kind {
            Kind::Number => (name.to_owned(), spellings.iter().map(|text| (*text).clone()).collect()),
            _ => (as_text, spellings.iter().map(|text| literal(text)).collect()),
        };
        format!("CASE WHEN {compared} IN ({}) THEN NULL ELSE {name} END", list.join(", "))
    }

    /// Rules that change how a text is spelt.
    fn respell(&self, base: &mut Base, rule: &CleaningRule, of_table: bool) -> Result<(), DatasetError> {
        let spaces = "E' \\t\\n\\r'";
        let spell: Box<dyn Fn(&str) -> String> = match rule {
            CleaningRule::LeadingDigits { .. } => Box::new(move |sql| {
                format!(
                    "COALESCE(substring(btrim({sql}, {spaces}) FROM '^[0-9]+'), NULLIF(btrim({sql}, {spaces}), ''))"
                )
            }),
            CleaningRule::Merge { into, values, .. } => {
                let list = values.iter().map(|value| literal(value)).collect::<Vec<_>>().join(", ");
                let into = literal(into);
                Box::new(move |sql| format!("CASE WHEN {sql} IN ({list}) THEN {into} ELSE {sql} END"))
            }
            CleaningRule::Normalise { case: case @ (Case::Keep | Case::Upper | Case::Lower), .. } => {
                let function = match case {
                    Case::Upper => "upper",
                    Case::Lower => "lower",
                    _ => "",
                };
                Box::new(move |sql| {
                    format!("NULLIF({function}(regexp_replace(btrim({sql}, {spaces}), '\\s+', ' ', 'g')), '')")
                })
            }
            other => return Err(self.cannot(other)),
        };
        let names: Vec<String> = rule.reads().unwrap_or_default().into_iter().map(str::to_owned).collect();
        let mut changes = Vec::new();
        for name in &names {
            let before = match base.columns.get(name) {
                Some((before, Role::Id | Role::Category)) => before.clone(),
                Some(_) => return Err(self.refuse("clean.columns", format!("the rule does not fit column \"{name}\""))),
                None => return Err(self.refuse("clean.columns", base.lacks(name))),
            };
            let after = before.map(&spell);
            changes
                .push(Expression::of(&[&before, &after], |sql| format!("({}) IS DISTINCT FROM ({})", sql[0], sql[1])));
            base.columns.insert(name.clone(), (after, Role::Category));
        }
        let parts: Vec<&Expression> = changes.iter().collect();
        let changes =
            Expression::of(&parts, |sql| sql.iter().map(|sql| format!("({sql})::int")).collect::<Vec<_>>().join(" + "));
        if of_table {
            base.respelt.push((rule.describe(), names, changes));
        } else {
            base.rules.push(Rule { changes: Some(changes), ..Rule::new(rule.describe(), names) });
        }
        Ok(())
    }

    fn cannot(&self, rule: &CleaningRule) -> DatasetError {
        self.refuse(
            "in_database",
            format!(
                "the cleaning rule \"{}\" cannot run inside the database; clean there, or leave in_database out",
                rule.describe()
            ),
        )
    }

    /// Lookups by a column of the table become arrays; lookups by a column of another lookup are joined to that one first.
    fn join(&self, base: &mut Base, lookups: Vec<Lookup>, wanted: &BTreeSet<&str>) -> Result<(), DatasetError> {
        let mut roots: Vec<(Lookup, Vec<Chained>)> = Vec::new();
        for lookup in lookups {
            if base.columns.contains_key(&lookup.here) {
                roots.push((lookup.narrowed(), Vec::new()));
                continue;
            }
            let Some((root, chained)) =
                roots.iter_mut().find(|(root, _)| root.adds(|_| false).any(|(name, _)| *name == lookup.here))
            else {
                return Err(self.refuse("join", format!("there is no column \"{}\" to join by", lookup.here)));
            };
            lookup.join_marked(&mut root.right, &mark(&lookup.here))?;
            chained.push((lookup.table.clone(), lookup.here.clone(), lookup.there.clone()));
        }
        for (position, (lookup, chained)) in roots.into_iter().enumerate() {
            let key = base.expression(&lookup.here);
            let (keys, rows): (Vec<String>, Vec<usize>) =
                lookup.partners().map(|(key, row)| (key.to_owned(), row)).unzip();
            let mut side = Side { key: key.sql.clone(), keys, columns: Vec::new() };
            let no_partner =
                Expression { sql: format!("l{position}.k IS NULL"), needs: BTreeSet::from([(position, KEY)]) };
            let note = (lookup.table.clone(), lookup.here.clone(), lookup.there.clone(), no_partner, key.is_null());
            base.joined.push(note);
            let marks: Vec<String> = chained.iter().map(|(_, here, _)| mark(here)).collect();
            for (name, role) in lookup.adds(|_| false) {
                let is_mark = marks.contains(name);
                if base.columns.contains_key(name) || !(is_mark || wanted.contains(name.as_str())) {
                    continue;
                }
                let fail = |error: polars::prelude::PolarsError| {
                    DatasetError::column(&lookup.right.file, name, first_line(&error))
                };
                let column = lookup.right.frame.column(name).map_err(fail)?;
                let array = match role {
                    Role::Numeric | Role::Flag => {
                        let numbers = column.f64().map_err(fail)?;
                        Array::Numbers(rows.iter().map(|row| numbers.get(*row)).collect())
                    }
                    Role::Date => {
                        return Err(
                            self.refuse("join", format!("column \"{name}\" holds days, which cannot be looked up"))
                        );
                    }
                    _ => {
                        let texts = column.str().map_err(fail)?;
                        Array::Texts(rows.iter().map(|row| texts.get(*row).map(str::to_owned)).collect())
                    }
                };
                let need = (position, side.columns.len());
                let expression = Expression { sql: format!("l{position}.c{}", need.1), needs: BTreeSet::from([need]) };
                base.columns.insert(name.clone(), (expression, *role));
                side.columns.push(array);
            }
            for ((table, here, there), mark) in chained.into_iter().zip(marks) {
                let without = base.expression(&mark).is_null();
                let unknown = base.expression(&here).is_null();
                base.joined.push((table, here, there, without, unknown));
            }
            base.sides.push(side);
        }
        Ok(())
    }

    fn rule(&self, base: &mut Base, rule: &CleaningRule) -> Result<(), DatasetError> {
        let names: Vec<String> =
            rule.reads().ok_or_else(|| self.cannot(rule))?.into_iter().map(str::to_owned).collect();
        if let Some(name) = names.iter().find(|name| !base.columns.contains_key(*name)) {
            return Err(self.refuse("clean.columns", base.lacks(name)));
        }
        let each = |base: &Base, write: &dyn Fn(&str) -> String| {
            let columns: Vec<Expression> = names.iter().map(|name| base.expression(name)).collect();
            let parts: Vec<&Expression> = columns.iter().collect();
            Expression::of(&parts, |sql| {
                sql.iter().map(|sql| format!("COALESCE({}, false)", write(sql))).collect::<Vec<_>>().join(" OR ")
            })
        };
        let words = rule.describe();
        let made = match rule {
            CleaningRule::Missing { action: MissingAction::Drop, .. } => {
                Rule::removing(words, names.clone(), each(base, &|sql| format!("({sql}) IS NULL")))
            }
            CleaningRule::Missing { action: MissingAction::Keep, .. } => {
                let kept = names.iter().map(|name| (name.clone(), base.expression(name).is_null())).collect();
                Rule { kept, ..Rule::new(words, names.clone()) }
            }
            CleaningRule::Negatives { action: OffenceAction::Drop, .. } => {
                Rule::removing(words, names.clone(), each(base, &|sql| format!("({sql}) < 0")))
            }
            CleaningRule::Zeros { action: OffenceAction::Drop, .. } => {
                Rule::removing(words, names.clone(), each(base, &|sql| format!("({sql}) = 0")))
            }
            CleaningRule::Range { low, high, action: OffenceAction::Drop, .. } => {
                let is_day = |name: &String| matches!(base.columns.get(name), Some((_, Role::Date)));
                let as_day = names.iter().any(is_day);
                let limit = |bound: f64| {
                    if as_day { format!("'{}'::date", dates::format_iso(bound)) } else { format!("{bound}::float8") }
                };
                let low = low.as_ref().and_then(crate::dataset::manifest::rules::Bound::value).map(limit);
                let high = high.as_ref().and_then(crate::dataset::manifest::rules::Bound::value).map(limit);
                let outside = |sql: &str| {
                    let low = low.as_ref().map(|low| format!("({sql}) < {low}"));
                    let high = high.as_ref().map(|high| format!("({sql}) > {high}"));
                    low.into_iter().chain(high).collect::<Vec<_>>().join(" OR ")
                };
                Rule::removing(words, names.clone(), each(base, &outside))
            }
            CleaningRule::Consistent { quantity, price, amount, tolerance, action } => {
                let parts = [quantity, price, amount].map(|name| base.expression(name));
                let limit = tolerance * (1.0 + 1e-9) + 1e-9;
                let offence = Expression::of(&[&parts[0], &parts[1], &parts[2]], |sql| {
                    format!("COALESCE(abs(({}) * ({}) - ({})) > {limit}::float8, false)", sql[0], sql[1], sql[2])
                });
                match action {
                    Contradiction::Drop => Rule::removing(words, names.clone(), offence),
                    Contradiction::Keep => Rule { contradicts: Some(offence), ..Rule::new(words, names.clone()) },
                    Contradiction::Recompute => return Err(self.cannot(rule)),
                }
            }
            other => return self.respell(base, other, false),
        };
        base.rules.push(made);
        Ok(())
    }
}
