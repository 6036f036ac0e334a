//! Derived columns: SQL expressions over the columns of the table.

use crate::dataset::manifest::fault::manifest_error;
use std::path::Path;

use polars::prelude::*;

use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::{Derivation, Manifest, Role};
use crate::dataset::prepare::expression::{Expression, Sizes};

const MILLISECONDS_PER_DAY: f64 = 86_400_000.0;

/// The table with the derivations planned but not computed, so that unused ones cost nothing.
///
/// # Errors
/// [`DatasetError::Manifest`] when an expression is no SQL.
pub(in crate::dataset) fn lazily(
    file: &Path,
    frame: &DataFrame,
    steps: &[Derivation],
) -> Result<LazyFrame, DatasetError> {
    let (mut lazy, mut sizes) = (frame.clone().lazy(), Sizes::of(frame));
    for step in steps {
        let key = format!("derive.{}.sql", step.name);
        let refused = |why: String| manifest_error(file, key.as_str(), why);
        let expression = Expression::read(&step.sql).map_err(refused)?;
        expression.check_size(&step.name, &mut sizes).map_err(refused)?;
        lazy = lazy.with_columns([expression.planned.alias(step.name.as_str())]);
    }
    Ok(lazy)
}

/// A derivation whose whole-table aggregates (`MAX(day)`) hold their value over the data set, so that
/// it means the same for one new customer as for all.
#[derive(Debug, Clone)]
pub(in crate::dataset) struct Frozen {
    pub(in crate::dataset) name: String,
    expression: Expr,
}

/// Computes the derivations; numbers become `Float64`, durations days, truth values 0 and 1,
/// infinite and undefined results missing. Also returns them frozen.
///
/// # Errors
/// [`DatasetError::Manifest`] when an expression names an unknown column or cannot be computed.
pub(in crate::dataset) fn apply(
    file: &Path,
    frame: &DataFrame,
    steps: &[Derivation],
) -> Result<(DataFrame, Vec<Frozen>), DatasetError> {
    let mut frame = frame.clone();
    let mut frozen = Vec::with_capacity(steps.len());
    for step in steps {
        let key = format!("derive.{}.sql", step.name);
        let fail = |error: PolarsError| {
            manifest_error(
                file,
                key.as_str(),
                format!("cannot be computed ({why}); check column names and functions", why = first_line(&error)),
            )
        };
        if frame.column(&step.name).is_ok() {
            return Err(manifest_error(
                file,
                format!("derive.{}.name", step.name),
                "expected a name that no column of the file has",
            ));
        }
        let refused = |why: String| manifest_error(file, key.as_str(), why);
        let expression = Expression::read(&step.sql).map_err(refused)?;
        expression.check_size(&step.name, &mut Sizes::of(&frame)).map_err(refused)?;
        let step = Frozen { name: step.name.clone(), expression: freeze(expression.planned, &frame).map_err(fail)? };
        frame = step.add_to(&frame).map_err(fail)?;
        frozen.push(step);
    }
    Ok((frame, frozen))
}

/// Replaces every whole-table aggregate by its value. An expression with a window (`OVER`) stays as it
/// is: its aggregates are of groups, not of the table.
fn freeze(expression: Expr, frame: &DataFrame) -> PolarsResult<Expr> {
    if expression.into_iter().any(|part| matches!(part, Expr::Over { .. })) {
        return Ok(expression);
    }
    let mut failure = None;
    let frozen = expression.map_expr(|part| {
        if failure.is_some() || !matches!(part, Expr::Agg(_) | Expr::Len) {
            return part;
        }
        match value_of(&part, frame) {
            Ok(value) => Expr::Literal(LiteralValue::Scalar(value)),
            Err(error) => {
                failure = Some(error);
                part
            }
        }
    });
    failure.map_or(Ok(frozen), Err)
}

fn value_of(aggregate: &Expr, frame: &DataFrame) -> PolarsResult<Scalar> {
    let table = frame.clone().lazy().select([aggregate.clone().alias("value")]).collect()?;
    let column = table.column("value")?;
    Ok(Scalar::new(column.dtype().clone(), column.get(0)?.into_static()))
}

impl Frozen {
    /// The table with this column behind the others.
    pub(in crate::dataset) fn add_to(&self, frame: &DataFrame) -> PolarsResult<DataFrame> {
        let derived = frame.clone().lazy().select([self.expression.clone().alias(self.name.as_str())]).collect()?;
        let series = derived.column(&self.name)?.as_materialized_series().clone();
        let series =
            if series.len() == 1 && frame.height() != 1 { series.new_from_index(0, frame.height()) } else { series };
        let mut frame = frame.clone();
        frame.with_column(normalised(&series)?.with_name(self.name.as_str().into()).into_column())?;
        Ok(frame)
    }
}

fn normalised(series: &Series) -> PolarsResult<Series> {
    match series.dtype() {
        DataType::String | DataType::Date => Ok(series.clone()),
        DataType::Datetime(..) => series.cast(&DataType::Date),
        DataType::Duration(_) => {
            let milliseconds = series
                .cast(&DataType::Duration(TimeUnit::Milliseconds))?
                .cast(&DataType::Int64)?
                .cast(&DataType::Float64)?;
            Ok(milliseconds.f64()?.apply_values(|value| value / MILLISECONDS_PER_DAY).into_series())
        }
        _ => {
            let numbers = series.cast(&DataType::Float64)?;
            let finite: Float64Chunked =
                numbers.f64()?.iter().map(|value| value.filter(|value| value.is_finite())).collect();
            Ok(finite.into_series())
        }
    }
}

/// The role of a derived column: what the manifest says, else what its type suggests.
pub(in crate::dataset) fn role_of(frame: &DataFrame, name: &str, manifest: &Manifest) -> Role {
    if let Some(role) = manifest.column(name).role {
        return role;
    }
    match frame.column(name).map(|column| column.dtype().clone()) {
        Ok(DataType::String) => Role::Category,
        Ok(DataType::Date) => Role::Date,
        _ => Role::Numeric,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derive(sql: &str) -> Result<DataFrame, String> {
        let day = |text| crate::dataset::dates::parse_iso(text);
        let frame = df!("a" => [6.0, 3.0], "b" => [2.0, 0.0], "s" => ["x", "y"]).unwrap();
        let days = Int32Chunked::from_iter_options("d".into(), [day("2020-01-31"), day("2020-01-01")].into_iter());
        let frame = frame.lazy().collect().unwrap();
        let mut frame = frame;
        frame.with_column(days.into_date().into_series().into_column()).unwrap();
        let step = Derivation { name: "new".to_owned(), sql: sql.to_owned() };
        apply(Path::new("data/x/raw/a.csv"), &frame, &[step]).map(|(frame, _)| frame).map_err(|error| error.to_string())
    }

    fn numbers(sql: &str) -> Vec<Option<f64>> {
        derive(sql).unwrap().column("new").unwrap().f64().unwrap().iter().collect()
    }

    #[test]
    fn expressions_become_numbers_days_and_levels() {
        assert_eq!(numbers("a + b"), [Some(8.0), Some(3.0)]);
        assert_eq!(numbers("a / b"), [Some(3.0), None]);
        assert_eq!(numbers("MAX(d) - d"), [Some(0.0), Some(30.0)]);
        assert_eq!(numbers("MAX(EXTRACT(YEAR FROM d)) - a"), [Some(2014.0), Some(2017.0)]);
        assert_eq!(numbers("a > 4"), [Some(1.0), Some(0.0)]);
        assert_eq!(numbers("SUM(a)"), [Some(9.0), Some(9.0)]);
        assert_eq!(numbers("SUM(a) OVER (PARTITION BY s)"), [Some(6.0), Some(3.0)], "a sum of each group");
        let levels = derive("CASE WHEN s IN ('x') THEN 'first' ELSE 'other' END").unwrap();
        assert_eq!(levels.column("new").unwrap().str().unwrap().get(1), Some("other"));
    }

    #[test]
    fn problems_name_the_key() {
        for sql in ["a +", "a + nothing", "NOSUCH(a)"] {
            let message = derive(sql).unwrap_err();
            assert!(message.contains("derive.new.sql"), "{message}");
        }
    }
}
