//! From text to typed columns by role, inferred where the manifest is silent.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use polars::prelude::*;

use crate::dataset::dates::{self, OrderProblem};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::{DateOrder, Role, Table};
use crate::dataset::numbers;
use crate::dataset::prepare::interner::whole_number;
use crate::dataset::read::RawPiece;

/// Most levels a column of text may have and still be taken for a category unasked.
const MAX_INFERRED_LEVELS: usize = 60;

/// Typed columns: numbers and flags are `Float64`, days `Date`, ids and categories `String`.
#[derive(Debug)]
pub(in crate::dataset) struct Interpreted {
    pub(in crate::dataset) frame: DataFrame,
    pub(in crate::dataset) roles: Vec<(String, Role)>,
    /// Cells that held an infinite number and are missing now.
    pub(in crate::dataset) infinite: usize,
    pub(in crate::dataset) notes: Vec<String>,
    pub(in crate::dataset) settled: Settled,
}

/// What the first piece of a table settled for those that follow.
#[derive(Debug, Clone, Default)]
pub(in crate::dataset) struct Settled {
    roles: HashMap<String, Role>,
    orders: HashMap<String, DateOrder>,
}

/// Gives every column of a table its type: by its declared role, else by what its values look like.
///
/// # Errors
/// [`DatasetError::Data`] with row and column of the first cell that contradicts its role.
pub(in crate::dataset) fn interpret(
    file: &Path,
    table: &Table,
    declared: &dyn Fn(&str) -> Option<Role>,
    raw: &DataFrame,
) -> Result<Interpreted, DatasetError> {
    interpret_piece(file, table, declared, &RawPiece::Frame(raw.clone()), None, &|_| false)
}

/// The same for a piece of a table, after what the first piece settled. An id or category that is a whole number in the file
/// may stay one (`Int64`), where nobody looks at its text.
///
/// # Errors
/// As [`interpret`]; rows count from the start of the piece.
pub(in crate::dataset) fn interpret_piece(
    file: &Path,
    table: &Table,
    declared: &dyn Fn(&str) -> Option<Role>,
    raw: &RawPiece<'_>,
    known: Option<&Settled>,
    may_stay_number: &dyn Fn(&str) -> bool,
) -> Result<Interpreted, DatasetError> {
    let (mut columns, mut roles, mut infinite, mut notes) = (Vec::new(), Vec::new(), 0, Vec::new());
    let mut settled = Settled::default();
    for (position, name) in names(raw).into_iter().enumerate() {
        let stored = || match raw {
            RawPiece::Frame(frame) => frame.columns()[position].as_materialized_series().clone(),
            RawPiece::Cells(cells) => cells.series(position),
        };
        let role =
            if let Some(role) = known.and_then(|known| known.roles.get(&name).copied()).or_else(|| declared(&name)) {
                role
            } else {
                let (role, why) = infer_role(&name, &stored(), table);
                if let Some(why) = why {
                    notes.push(format!("Column {name} is not used: {why}."));
                }
                role
            };
        settled.roles.insert(name.clone(), role);
        let order = known.and_then(|known| known.orders.get(&name).copied()).or(table.date_order);
        let mut cell = Cell { file, name: &name, table, order, may_stay_number: may_stay_number(&name) };
        let typed = match raw {
            RawPiece::Cells(cells) => cell.typed_text(role, || cells.texts(position), &mut infinite)?,
            RawPiece::Frame(_) => cell.typed(role, &stored(), &mut infinite)?,
        };
        if let Some(typed) = typed {
            settled.orders.extend(cell.order.map(|order| (name.clone(), order)));
            columns.push(typed.into_column());
            roles.push((name, role));
        }
    }
    if columns.is_empty() {
        return Err(DatasetError::data(file, "has no usable column; give at least one a role in the manifest"));
    }
    let frame = DataFrame::new(raw.height(), columns).map_err(|error| {
        DatasetError::data(file, format!("columns do not fit together ({why})", why = first_line(&error)))
    })?;
    Ok(Interpreted { frame, roles, infinite, notes, settled })
}

fn names(raw: &RawPiece<'_>) -> Vec<String> {
    match raw {
        RawPiece::Frame(frame) => frame.get_column_names().into_iter().map(ToString::to_string).collect(),
        RawPiece::Cells(cells) => cells.names().iter().map(ToString::to_string).collect(),
    }
}

/// A column on its way to its type.
struct Cell<'a> {
    file: &'a Path,
    name: &'a str,
    table: &'a Table,
    /// Order of day, month and year, once it is known.
    order: Option<DateOrder>,
    may_stay_number: bool,
}

impl Cell<'_> {
    fn typed(&mut self, role: Role, series: &Series, infinite: &mut usize) -> Result<Option<Series>, DatasetError> {
        if series.dtype() == &DataType::String {
            return self.typed_text(role, || texts(series), infinite);
        }
        let Self { file, name, .. } = *self;
        let convert = |dtype: &DataType| {
            series.cast(dtype).map_err(|error| {
                DatasetError::column(
                    file,
                    name,
                    format!("cannot be used as {} ({why})", role.as_str(), why = first_line(&error)),
                )
            })
        };
        Ok(Some(match role {
            Role::Ignore => return Ok(None),
            Role::Id | Role::Category if self.may_stay_number && fits_in_int64(series.dtype()) => {
                convert(&DataType::Int64)?
            }
            Role::Id | Role::Category => convert(&DataType::String)?,
            Role::Date if series.dtype().is_primitive_numeric() => {
                let numbers = convert(&DataType::Float64)?;
                self.counted_days(&numbers)?
            }
            Role::Date => series.cast(&DataType::Date).map_err(|error| {
                DatasetError::column(file, name, format!("cannot be read as days ({why})", why = first_line(&error)))
            })?,
            Role::Numeric | Role::Flag => self.finite(role, &convert(&DataType::Float64)?, infinite)?,
        }))
    }

    /// The same for text, which can be gone through again.
    fn typed_text<'t, T: Iterator<Item = Option<&'t str>>>(
        &mut self,
        role: Role,
        texts: impl Fn() -> T,
        infinite: &mut usize,
    ) -> Result<Option<Series>, DatasetError> {
        let Self { file, name, table, .. } = *self;
        Ok(Some(match role {
            Role::Ignore => return Ok(None),
            Role::Id | Role::Category => {
                let numbers = if self.may_stay_number { whole_numbers(texts()) } else { None };
                let series = numbers.map(Int64Chunked::into_series);
                series.unwrap_or_else(|| texts().collect::<StringChunked>().into_series()).with_name(name.into())
            }
            Role::Date => self.days(texts)?,
            Role::Numeric | Role::Flag => self.finite(role, &parse_numbers(file, name, texts(), table)?, infinite)?,
        }))
    }

    fn finite(&self, role: Role, numbers: &Series, infinite: &mut usize) -> Result<Series, DatasetError> {
        let numbers = finite_only(numbers, infinite);
        if role == Role::Flag {
            check_flag(self.file, self.name, &numbers)?;
        }
        Ok(numbers)
    }

    /// Days that are stored as numbers of a size that tells how they count.
    fn counted_days(&self, numbers: &Series) -> Result<Series, DatasetError> {
        let Self { file, name, .. } = *self;
        let values = numbers.f64().map_err(|error| DatasetError::column(file, name, error.to_string()))?;
        let zone = self.table.zone();
        let day = |value: f64| zone.map_or_else(|| dates::of_number(value), |zone| dates::of_number_in(value, zone));
        let mut days = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            days.push(match value.filter(|value| *value != 0.0 && !value.is_nan()) {
                None => None,
                Some(value) => Some(day(value).ok_or_else(|| {
                    DatasetError::cell(
                        file,
                        index + 1,
                        name,
                        format!("{value} is no day: neither eight digits such as 20241231, nor a spreadsheet's day, nor a time since 1970"),
                    )
                })?),
            });
        }
        Ok(Int32Chunked::from_iter_options(name.into(), days.into_iter()).into_date().into_series())
    }

    fn days<'t, T: Iterator<Item = Option<&'t str>>>(&mut self, texts: impl Fn() -> T) -> Result<Series, DatasetError> {
        let Self { file, name, table, .. } = *self;
        let order = match self.order {
            Some(order) => order,
            None if texts().flatten().all(|text| is_missing(text, table)) => {
                return Ok(Int32Chunked::full_null(name.into(), texts().count()).into_date().into_series());
            }
            None => match dates::infer_order(texts().flatten().filter(|text| !is_missing(text, table))) {
                Ok(order) => order,
                // Numbers that count days have no order.
                Err(OrderProblem::NotDates) => DateOrder::YearMonthDay,
                Err(problem) => return Err(DatasetError::column(file, name, problem.to_string())),
            },
        };
        self.order = Some(order);
        let zone = table.zone();
        let mut days = Vec::new();
        // The lines of an order share their time.
        let mut last = ("", None);
        for (index, text) in texts().enumerate() {
            let Some(text) = text else {
                days.push(None);
                continue;
            };
            if text != last.0 || index == 0 {
                last = (text, dates::read_in(text, order, zone));
            }
            if last.1.is_none() && !text.trim().is_empty() && !dates::is_no_day(text) && !is_missing(text, table) {
                return Err(DatasetError::cell(
                    file,
                    index + 1,
                    name,
                    format!(
                        "\"{text}\" is not a date in the order of the column; correct it or set date_order in the manifest's [[table]]"
                    ),
                ));
            }
            days.push(last.1);
        }
        Ok(Int32Chunked::from_iter_options(name.into(), days.into_iter()).into_date().into_series())
    }
}

/// The numbers that all texts are the shortest spellings of; none when one is not.
fn whole_numbers<'t>(texts: impl Iterator<Item = Option<&'t str>>) -> Option<Int64Chunked> {
    let numbers = texts.map(|text| match text {
        None => Ok(None),
        Some(text) => whole_number(text).map(Some).ok_or(()),
    });
    let numbers: Result<Vec<Option<i64>>, ()> = numbers.collect();
    Some(Int64Chunked::from_iter_options(PlSmallStr::EMPTY, numbers.ok()?.into_iter()))
}

fn fits_in_int64(dtype: &DataType) -> bool {
    dtype.is_integer() && !matches!(dtype, DataType::UInt64 | DataType::UInt128 | DataType::Int128)
}

fn texts(series: &Series) -> impl Iterator<Item = Option<&str>> {
    series.str().ok().into_iter().flat_map(polars::prelude::ChunkedArray::iter)
}

/// Whether a text means a missing value in a column of numbers or days.
fn is_missing(text: &str, table: &Table) -> bool {
    table.missing_numbers.iter().any(|missing| missing == text.trim())
}

/// Spellings of a number that is not finite; such cells are counted and become missing.
const INFINITE: [&str; 8] = ["inf", "Inf", "INF", "-inf", "-Inf", "-INF", "Infinity", "-Infinity"];

/// The number that a text of a column of numbers stands for.
fn number_of(text: &str, table: &Table) -> Option<f64> {
    numbers::parse(text, table.decimal, table.thousands)
        .or_else(|| INFINITE.contains(&text.trim()).then_some(f64::INFINITY))
}

fn parse_numbers<'t>(
    file: &Path,
    name: &str,
    texts: impl Iterator<Item = Option<&'t str>>,
    table: &Table,
) -> Result<Series, DatasetError> {
    let mut numbers = Vec::with_capacity(texts.size_hint().0);
    for (index, text) in texts.enumerate() {
        numbers.push(match text {
            None => None,
            // A cell of blanks is an empty one, however many there are.
            Some(text) if text.trim().is_empty() || is_missing(text, table) => None,
            Some(text) => Some(number_of(text, table).ok_or_else(|| {
                DatasetError::cell(
                    file,
                    index + 1,
                    name,
                    format!("\"{text}\" is not a number; correct it, add it to missing_values, or set the column's role or the table's decimal and thousands marks"),
                )
            })?),
        });
    }
    Ok(Series::new(name.into(), numbers))
}

fn finite_only(numbers: &Series, infinite: &mut usize) -> Series {
    let Ok(values) = numbers.f64() else { return numbers.clone() };
    // What stands behind a missing value counts here and costs a look at each; mostly there is none.
    let odd: usize = values.downcast_iter().map(|chunk| chunk.values().iter().filter(|v| !v.is_finite()).count()).sum();
    let bad = if odd == 0 { 0 } else { values.iter().flatten().filter(|v| !v.is_finite()).count() };
    if bad == 0 {
        return numbers.clone();
    }
    *infinite += bad;
    let kept: Float64Chunked = values.iter().map(|v| v.filter(|v| v.is_finite())).collect();
    kept.with_name(numbers.name().clone()).into_series()
}

fn check_flag(file: &Path, name: &str, numbers: &Series) -> Result<(), DatasetError> {
    let offender =
        numbers.f64().ok().and_then(|values| values.iter().position(|v| v.is_some_and(|v| v != 0.0 && v != 1.0)));
    match offender {
        None => Ok(()),
        Some(index) => Err(DatasetError::cell(
            file,
            index + 1,
            name,
            "a flag must be 0 or 1; correct the value or set the column's role to numeric or category",
        )),
    }
}

/// A role for a column of which the manifest says nothing, and why it is not used if it is not.
fn infer_role(name: &str, series: &Series, table: &Table) -> (Role, Option<&'static str>) {
    if series.null_count() == series.len() {
        return (Role::Ignore, Some("every value is missing"));
    }
    let identifier = is_identifier_name(name);
    match series.dtype() {
        DataType::String => {}
        DataType::Boolean => return (Role::Flag, None),
        DataType::Date | DataType::Datetime(..) => return (Role::Date, None),
        dtype if dtype.is_primitive_numeric() => {
            let unique = names_customers(name) || series.n_unique().unwrap_or(0) == series.len();
            return (if identifier && unique { Role::Id } else { Role::Numeric }, None);
        }
        _ => return (Role::Ignore, Some("its type holds neither numbers, text nor days")),
    }
    let unique = || series.n_unique().unwrap_or(0) == series.len();
    if texts(series).flatten().all(|t| numbers::parse(t, table.decimal, table.thousands).is_some()) {
        if identifier && (names_customers(name) || unique()) {
            return (Role::Id, None);
        }
        let flag = texts(series).flatten().all(|text| matches!(text, "0" | "1")) && series.n_unique().unwrap_or(0) > 1;
        return (if flag { Role::Flag } else { Role::Numeric }, None);
    }
    if texts(series).flatten().all(dates::looks_like_date) {
        return (Role::Date, None);
    }
    if identifier && (names_customers(name) || unique()) {
        return (Role::Id, None);
    }
    let levels: HashSet<&str> = texts(series).flatten().collect();
    if levels.len() <= MAX_INFERRED_LEVELS {
        (Role::Category, None)
    } else {
        (Role::Ignore, Some("its text has too many different values to compare; set its role to category to use it"))
    }
}

/// Names that mean the customer's id even when it repeats, so that repetition can be told.
fn names_customers(name: &str) -> bool {
    matches!(name.to_lowercase().as_str(), "id" | "customer_id" | "customerid")
}

fn is_identifier_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower == "id" || lower.ends_with("_id") || name.ends_with("ID") || name.ends_with("Id") || lower == "customer"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::manifest::Manifest;

    fn manifest(extra: &str) -> Manifest {
        let text = format!("title='t'\n[[table]]\nfile='a.csv'\n{extra}\n[segmentation]\nvalue='a'\nfeatures=['a']\n");
        Manifest::parse(Path::new("dataset.toml"), &text).unwrap()
    }

    fn run(columns: &[(&str, &[&str])], extra: &str) -> Result<Interpreted, String> {
        let frame = DataFrame::new(
            columns[0].1.len(),
            columns
                .iter()
                .map(|(name, values)| {
                    let values: Vec<Option<&str>> = values.iter().map(|v| Some(*v).filter(|v| !v.is_empty())).collect();
                    Series::new((*name).into(), values).into_column()
                })
                .collect(),
        )
        .unwrap();
        let manifest = manifest(extra);
        let declared = |name: &str| manifest.column(name).role;
        interpret(Path::new("a.csv"), manifest.customer_table(), &declared, &frame).map_err(|error| error.to_string())
    }

    #[test]
    fn roles_are_inferred_from_values() {
        let out = run(
            &[
                ("ID", &["1", "2", "3"]),
                ("income", &["1.5", "", "3"]),
                ("response", &["0", "1", "0"]),
                ("joined", &["13-01-2020", "01-02-2020", ""]),
                ("city", &["Bari", "Bonn", "Bari"]),
                ("empty", &["", "", ""]),
            ],
            "",
        )
        .unwrap();
        let roles: Vec<Role> = out.roles.iter().map(|(_, role)| *role).collect();
        assert_eq!(roles, [Role::Id, Role::Numeric, Role::Flag, Role::Date, Role::Category]);
        assert_eq!(out.notes, ["Column empty is not used: every value is missing."]);
    }

    #[test]
    fn cells_that_contradict_their_role_are_named() {
        for (values, extra, expected) in [
            (&["1", "x"][..], "[columns.a]\nrole='numeric'", "row 2, column \"a\": \"x\" is not a number"),
            (&["1", "2"], "[columns.a]\nrole='flag'", "row 2, column \"a\": a flag must be 0 or 1"),
            (&["01-02-2020", "02-02-2020"], "[columns.a]\nrole='date'", "set date_order"),
            (&["13-02-2020", "31-02-2020"], "[columns.a]\nrole='date'", "row 2, column \"a\": \"31-02-2020\""),
        ] {
            let message = run(&[("a", values)], extra).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }

    #[test]
    fn infinities_are_counted_and_missing() {
        let out = run(&[("a", &["1", "inf", "-inf"])], "[columns.a]\nrole='numeric'").unwrap();
        assert_eq!(out.infinite, 2);
        assert_eq!(out.frame.column("a").unwrap().null_count(), 2);
    }
}
