//! Runs cleaning rules over typed columns and writes down what each did.

mod amounts;
mod groups;
mod spelling;

use crate::dataset::manifest::fault::manifest_error;
use std::path::Path;

use polars::prelude::*;

use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::ledger::LedgerEntry;
use crate::dataset::manifest::rules::{CleaningRule, Columns, Constant, Keep, MissingAction, OffenceAction};
use crate::dataset::manifest::{Derivation, Manifest, Role};
use crate::dataset::prepare::derive::{self, Frozen};
use crate::dataset::prepare::remark::{Remark, Remarks};

/// Columns on their way from raw to clean, with the ledger so far.
pub(in crate::dataset) struct Cleaner<'a> {
    file: &'a Path,
    plan: Plan<'a>,
    pub(in crate::dataset) frame: DataFrame,
    pub(in crate::dataset) roles: Vec<(String, Role)>,
    pub(in crate::dataset) entries: Vec<LedgerEntry>,
    pub(in crate::dataset) notes: Remarks,
    /// Derivations still to come; the value measure may depend on them.
    pending: &'a [Derivation],
    /// Derivations that have run.
    pub(in crate::dataset) derivations: Vec<Frozen>,
}

/// What is to be done with a table.
#[derive(Clone, Copy)]
pub(in crate::dataset) struct Plan<'a> {
    /// Says the roles of derived columns.
    pub(in crate::dataset) manifest: &'a Manifest,
    /// The column whose sum the ledger follows, with the key that names it; none for tables without money.
    pub(in crate::dataset) value: Option<(&'a str, &'a str)>,
    pub(in crate::dataset) clean: &'a [CleaningRule],
    pub(in crate::dataset) derive: &'a [Derivation],
    /// Whether the table is a piece of a greater one, of which a rule may remove every row.
    pub(in crate::dataset) partial: bool,
}

impl<'a> Plan<'a> {
    /// The plan for the customers.
    pub(in crate::dataset) fn of_customers(manifest: &'a Manifest) -> Self {
        let value = Some(("segmentation.value", manifest.segmentation.value.as_str()));
        Self { manifest, value, clean: &manifest.clean, derive: &manifest.derive, partial: false }
    }
}

/// What a rule did to the table.
struct Effect {
    frame: DataFrame,
    cells_changed: usize,
    columns: Vec<String>,
}

impl<'a> Cleaner<'a> {
    pub(in crate::dataset) fn new(
        file: &'a Path,
        plan: Plan<'a>,
        frame: DataFrame,
        roles: Vec<(String, Role)>,
    ) -> Self {
        Self {
            file,
            plan,
            frame,
            roles,
            entries: Vec::new(),
            notes: Remarks::default(),
            pending: plan.derive,
            derivations: Vec::new(),
        }
    }

    /// Runs rules on file columns, then derivations, then rules on derived columns.
    pub(in crate::dataset) fn run(&mut self) -> Result<(), DatasetError> {
        let (on_derived, on_file): (Vec<_>, Vec<_>) = self.plan.clean.iter().partition(|rule| self.names_derived(rule));
        for rule in on_file {
            self.apply(rule)?;
        }
        (self.frame, self.derivations) = derive::apply(self.file, &self.frame, self.pending)?;
        for step in self.pending {
            let role = derive::role_of(&self.frame, &step.name, self.plan.manifest);
            self.roles.push((step.name.clone(), role));
        }
        self.pending = &[];
        for rule in on_derived {
            self.apply(rule)?;
        }
        Ok(())
    }

    fn names_derived(&self, rule: &CleaningRule) -> bool {
        let derived = |name: &String| self.plan.derive.iter().any(|step| &step.name == name);
        match (rule, rule.columns()) {
            (CleaningRule::Merge { column, .. }, _) => derived(column),
            (_, Some(Columns::Named(names))) => names.iter().any(derived),
            _ => false,
        }
    }

    /// Sum of the value measure as it stands.
    ///
    /// # Errors
    /// [`DatasetError::Manifest`] when the measure is no numeric column.
    pub(in crate::dataset) fn value(&self) -> Result<f64, DatasetError> {
        let Some((key, name)) = self.plan.value else { return Ok(0.0) };
        let known = |columns: &str| self.roles.iter().any(|(role_of, _)| role_of == columns);
        if !known(name) && !self.pending.iter().any(|step| step.name == name) {
            return Err(manifest_error(
                self.file,
                key,
                format!("expected a numeric column, found \"{name}\"; usable columns are {}", self.column_list()),
            ));
        }
        if self.pending.is_empty()
            && let Ok(numbers) = self.frame.column(name).and_then(|column| column.f64())
        {
            return Ok(sum_of_finite(numbers));
        }
        let frame = derive::lazily(self.file, &self.frame, self.pending)?
            .select([col(name).cast(DataType::Float64).alias("value")])
            .collect()
            .map_err(|error| {
                manifest_error(
                    self.file,
                    key,
                    format!("expected a numeric column; \"{name}\" cannot be summed ({why})", why = first_line(&error)),
                )
            })?;
        let total = frame.column("value").ok().and_then(|column| column.f64().ok().map(sum_of_finite));
        Ok(total.unwrap_or(0.0))
    }

    pub(in crate::dataset) fn apply(&mut self, rule: &CleaningRule) -> Result<(), DatasetError> {
        let rows_before = self.frame.height();
        let value_before = self.value()?;
        let effect = self.effect(rule).map_err(|error| match error {
            RuleError::Dataset(error) => error,
            RuleError::Polars(error) => DatasetError::data(
                self.file,
                format!("cleaning rule \"{}\" cannot run ({why})", rule.describe(), why = first_line(&error)),
            ),
        })?;
        let width = std::mem::replace(&mut self.frame, effect.frame).width();
        if self.frame.height() == 0 && !self.plan.partial {
            return Err(removes_all(self.file, &rule.describe()));
        }
        let rows_removed = rows_before - self.frame.height();
        let is_as_before = rows_removed == 0 && effect.cells_changed == 0 && self.frame.width() == width;
        let moved = if is_as_before { 0.0 } else { self.value()? - value_before };
        self.entries.push(LedgerEntry {
            rule: rule.describe(),
            columns: effect.columns,
            rows_before,
            rows_removed,
            cells_changed: effect.cells_changed,
            value_removed: if rows_removed > 0 { -moved } else { 0.0 },
            value_changed: if rows_removed > 0 { 0.0 } else { moved },
        });
        Ok(())
    }

    fn effect(&mut self, rule: &CleaningRule) -> Result<Effect, RuleError> {
        match rule {
            CleaningRule::Missing { columns, action: MissingAction::Keep, .. } => self.keep_missing(columns),
            CleaningRule::Missing { columns, action, value } => self.missing(columns, *action, value.as_ref()),
            CleaningRule::Negatives { columns, action } => {
                self.offences(columns, *action, false, |column| column.lt(lit(0.0)))
            }
            CleaningRule::Zeros { columns, action } => {
                self.offences(columns, *action, false, |column| column.eq(lit(0.0)))
            }
            CleaningRule::Range { columns, low, high, action } => {
                let low = low.as_ref().and_then(crate::dataset::manifest::rules::Bound::value);
                let high = high.as_ref().and_then(crate::dataset::manifest::rules::Bound::value);
                self.offences(columns, *action, true, |column| outside(column, low, high))
            }
            CleaningRule::Cap { columns, low, high } => self.cap(columns, *low, *high),
            CleaningRule::DuplicateRows => {
                let frame = self.frame.unique_stable(None, UniqueKeepStrategy::First, None)?;
                Ok(Effect { frame, cells_changed: 0, columns: Vec::new() })
            }
            CleaningRule::DuplicateIds { keep } => {
                let Some(id) = self.roles.iter().find(|(_, role)| *role == Role::Id).map(|(name, _)| name.clone())
                else {
                    return Err(
                        manifest_error(self.file, "clean.duplicate-ids", "expected a column with role \"id\"").into()
                    );
                };
                let kept = kept_ids(self.frame.column(&id)?.str()?, *keep);
                let frame = self.frame.filter(&kept)?;
                Ok(Effect { frame, cells_changed: 0, columns: vec![id] })
            }
            CleaningRule::Merge { column, into, values } => self.merge(column, into, values),
            CleaningRule::Normalise { columns, case } => self.normalise(columns, *case),
            CleaningRule::LeadingDigits { columns } => self.leading_digits(columns),
            CleaningRule::Codes { columns, width } => self.codes(columns, width.unwrap_or(0)),
            CleaningRule::FillWithin { by, columns } => self.fill_within(by, columns),
            CleaningRule::OncePer { by, columns } => self.once_per(by, columns),
            CleaningRule::Consistent { quantity, price, amount, tolerance, action } => {
                self.consistent([quantity, price, amount], *tolerance, *action)
            }
            CleaningRule::Outliers { columns, factor, action } => self.outliers(columns, *factor, *action),
            CleaningRule::ConstantColumns => self.constant_columns(),
        }
    }

    /// The rule's columns; `"*"` means all that `fits` accepts.
    fn select(&self, columns: &Columns, fits: impl Fn(Role) -> bool) -> Result<Vec<String>, DatasetError> {
        match columns {
            Columns::Pattern(_) => {
                Ok(self.roles.iter().filter(|(_, role)| fits(*role)).map(|(name, _)| name.clone()).collect())
            }
            Columns::Named(names) => {
                for name in names {
                    match self.roles.iter().find(|(known, _)| known == name) {
                        None => {
                            return Err(manifest_error(
                                self.file,
                                "clean.columns",
                                format!("there is no column \"{name}\"; the columns are {}", self.column_list()),
                            ));
                        }
                        Some((_, role)) if !fits(*role) => {
                            return Err(manifest_error(
                                self.file,
                                "clean.columns",
                                format!("the rule does not fit column \"{name}\" of role {}", role.as_str()),
                            ));
                        }
                        Some(_) => {}
                    }
                }
                Ok(names.clone())
            }
        }
    }

    fn column_list(&self) -> String {
        self.roles.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn count(&self, condition: &Expr) -> PolarsResult<usize> {
        let counted = self
            .frame
            .clone()
            .lazy()
            .select([condition.clone().cast(DataType::UInt64).sum().alias("count")])
            .collect()?;
        Ok(counted.column("count")?.u64()?.get(0).unwrap_or(0) as usize)
    }

    fn keep_rows(&self, offence: Expr, columns: Vec<String>) -> Result<Effect, RuleError> {
        let frame = self.frame.clone().lazy().filter(offence.fill_null(lit(false)).not()).collect()?;
        Ok(Effect { frame, cells_changed: 0, columns })
    }

    fn replace(&self, changes: Vec<Expr>, cells_changed: usize, columns: Vec<String>) -> Result<Effect, RuleError> {
        let frame = self.frame.clone().lazy().with_columns(changes).collect()?;
        Ok(Effect { frame, cells_changed, columns })
    }

    fn offences(
        &self,
        columns: &Columns,
        action: OffenceAction,
        dates: bool,
        is_offence: impl Fn(Expr) -> Expr,
    ) -> Result<Effect, RuleError> {
        let names = self.select(columns, |role| role == Role::Numeric || role == Role::Date && dates)?;
        let offence_of = |name: &String| is_offence(number(name)).fill_null(lit(false));
        match action {
            OffenceAction::Drop => match any(names.iter().map(offence_of)) {
                Some(offence) => self.keep_rows(offence, names),
                None => Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names }),
            },
            OffenceAction::Missing => {
                let (mut changes, mut cells) = (Vec::new(), 0);
                for name in &names {
                    cells += self.count(&offence_of(name))?;
                    changes.push(
                        when(offence_of(name)).then(lit(NULL)).otherwise(col(name.as_str())).alias(name.as_str()),
                    );
                }
                self.replace(changes, cells, names)
            }
        }
    }

    fn missing(&self, columns: &Columns, action: MissingAction, value: Option<&Constant>) -> Result<Effect, RuleError> {
        let names = self.select(columns, |role| match action {
            MissingAction::Mean | MissingAction::Median => matches!(role, Role::Numeric),
            MissingAction::Constant => match value {
                Some(Constant::Text(_)) => role == Role::Category,
                _ => matches!(role, Role::Numeric | Role::Flag),
            },
            MissingAction::Mode => matches!(role, Role::Numeric | Role::Flag | Role::Category),
            MissingAction::Drop | MissingAction::Keep => true,
        })?;
        if action == MissingAction::Drop {
            let is_whole = |name: &String| self.frame.column(name).is_ok_and(|column| column.null_count() == 0);
            if names.iter().all(is_whole) {
                return Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names });
            }
            return match any(names.iter().map(|name| col(name.as_str()).is_null())) {
                Some(offence) => self.keep_rows(offence, names),
                None => Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names }),
            };
        }
        let (mut changes, mut cells) = (Vec::new(), 0);
        for name in &names {
            let column = self.frame.column(name)?;
            let nulls = column.null_count();
            if nulls == 0 || nulls == column.len() && !matches!(action, MissingAction::Constant) {
                continue;
            }
            let replacement = match (action, value) {
                (MissingAction::Median, _) => col(name.as_str()).median(),
                (MissingAction::Constant, Some(Constant::Number(number))) => lit(*number),
                (MissingAction::Constant, Some(Constant::Text(text))) => lit(text.clone()),
                (MissingAction::Mode, _) => most_frequent(column)?,
                _ => col(name.as_str()).mean(),
            };
            cells += nulls;
            changes.push(col(name.as_str()).fill_null(replacement).alias(name.as_str()));
        }
        self.replace(changes, cells, names)
    }

    /// Counts what is missing and leaves it.
    fn keep_missing(&mut self, columns: &Columns) -> Result<Effect, RuleError> {
        let names = self.select(columns, |_| true)?;
        for name in &names {
            let cells = self.frame.column(name)?.null_count();
            self.notes.push(Remark::Kept { column: name.clone(), cells });
        }
        Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names })
    }

    fn cap(&self, columns: &Columns, low: Option<f64>, high: Option<f64>) -> Result<Effect, RuleError> {
        let names = self.select(columns, |role| role == Role::Numeric)?;
        let (mut changes, mut cells) = (Vec::new(), 0);
        for name in &names {
            let column = || col(name.as_str());
            cells += self.count(&outside(column(), low, high).fill_null(lit(false)))?;
            let mut capped = column();
            if let Some(low) = low {
                capped = when(column().lt(lit(low))).then(lit(low)).otherwise(capped);
            }
            if let Some(high) = high {
                capped = when(column().gt(lit(high))).then(lit(high)).otherwise(capped);
            }
            changes.push(capped.alias(name.as_str()));
        }
        self.replace(changes, cells, names)
    }

    fn merge(&self, column: &str, into: &str, values: &[String]) -> Result<Effect, RuleError> {
        let names = self.select(&Columns::Named(vec![column.to_owned()]), |role| role == Role::Category)?;
        let Some(affected) = any(values.iter().map(|value| col(column).eq(lit(value.clone())))) else {
            return Ok(Effect { frame: self.frame.clone(), cells_changed: 0, columns: names });
        };
        let affected = affected.fill_null(lit(false));
        let cells = self.count(&affected)?;
        let change = when(affected).then(lit(into.to_owned())).otherwise(col(column)).alias(column);
        self.replace(vec![change], cells, names)
    }

    fn constant_columns(&mut self) -> Result<Effect, RuleError> {
        let mut constant = Vec::new();
        for (name, role) in &self.roles {
            if *role != Role::Id && self.frame.column(name)?.drop_nulls().n_unique()? <= 1 {
                constant.push(name.clone());
            }
        }
        self.roles.retain(|(name, _)| !constant.contains(name));
        if !constant.is_empty() {
            self.notes.say(format!("Left out because every customer has the same value: {}.", constant.join(", ")));
        }
        Ok(Effect {
            frame: self.frame.drop_many(constant.iter().map(String::as_str)),
            cells_changed: 0,
            columns: constant,
        })
    }
}

/// A rule that leaves nothing is a mistake.
pub(in crate::dataset) fn removes_all(file: &Path, rule: &str) -> DatasetError {
    DatasetError::data(file, format!("cleaning rule \"{rule}\" would remove every row; correct it in the manifest"))
}

/// Caps and merges for new customers, without touching the rows; rules whose columns they lack are left out.
pub(in crate::dataset) fn adjust(
    file: &Path,
    manifest: &Manifest,
    frame: DataFrame,
    roles: Vec<(String, Role)>,
) -> DataFrame {
    let mut cleaner = Cleaner::new(file, Plan::of_customers(manifest), frame, roles);
    for rule in &manifest.clean {
        if matches!(rule, CleaningRule::Cap { .. } | CleaningRule::Merge { .. })
            && let Ok(effect) = cleaner.effect(rule)
        {
            cleaner.frame = effect.frame;
        }
    }
    cleaner.frame
}

/// Which rows stay when an id repeats; rows without an id all stay.
fn kept_ids(ids: &StringChunked, keep: Keep) -> BooleanChunked {
    let mut kept = vec![true; ids.len()];
    let mut seen = std::collections::HashSet::new();
    let mut look = |(row, id): (usize, Option<&str>)| {
        if let Some(id) = id {
            kept[row] = seen.insert(id.to_owned());
        }
    };
    match keep {
        Keep::First => ids.iter().enumerate().for_each(&mut look),
        Keep::Last => {
            let all: Vec<_> = ids.iter().enumerate().collect();
            all.into_iter().rev().for_each(&mut look);
        }
    }
    kept.into_iter().collect()
}

/// Why a rule could not run.
enum RuleError {
    Dataset(DatasetError),
    Polars(PolarsError),
}

impl From<DatasetError> for RuleError {
    fn from(error: DatasetError) -> Self {
        Self::Dataset(error)
    }
}

impl From<PolarsError> for RuleError {
    fn from(error: PolarsError) -> Self {
        Self::Polars(error)
    }
}

/// A column as a number; days count from 1970-01-01.
fn number(name: &str) -> Expr {
    col(name).cast(DataType::Float64)
}

fn any(mut conditions: impl Iterator<Item = Expr>) -> Option<Expr> {
    let first = conditions.next()?;
    Some(conditions.fold(first, Expr::or))
}

fn outside(column: Expr, low: Option<f64>, high: Option<f64>) -> Expr {
    let mut condition = lit(false);
    if let Some(low) = low {
        condition = condition.or(column.clone().lt(lit(low)));
    }
    if let Some(high) = high {
        condition = condition.or(column.gt(lit(high)));
    }
    condition
}

/// The most frequent value; of several the smallest, so that the result does not depend on order.
fn most_frequent(column: &Column) -> PolarsResult<Expr> {
    fn pick<K: Ord + Clone>(values: impl Iterator<Item = K>) -> Option<K> {
        let mut counts = std::collections::BTreeMap::<K, usize>::new();
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
        let most = counts.values().copied().max()?;
        counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
    }
    if let Ok(texts) = column.str() {
        return Ok(lit(pick(texts.iter().flatten()).unwrap_or_default().to_owned()));
    }
    let numbers = column.f64()?;
    let values: Vec<f64> = numbers.iter().flatten().collect();
    Ok(lit(crate::stats::describe::mode(&values).unwrap_or(f64::NAN)))
}
/// Sum of the numbers that are there and finite.
fn sum_of_finite(numbers: &Float64Chunked) -> f64 {
    let finite = |value: &f64| value.is_finite();
    let sums = numbers.downcast_iter().map(|chunk| match chunk.validity() {
        None => chunk.values().iter().copied().filter(finite).sum::<f64>(),
        Some(_) => chunk.iter().flatten().copied().filter(finite).sum(),
    });
    // An empty sum is -0.0.
    sums.sum::<f64>() + 0.0
}
