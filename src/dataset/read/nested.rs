//! Columns of Parquet and Arrow that are no plain values: lists are left out, structs are flattened, and moments of a time zone
//! become what a clock there shows.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use polars::prelude::*;

use crate::dataset::error::DatasetError;
use crate::words;

/// How the columns of a file become those of a table.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    /// Names of the columns of the table.
    pub(super) names: Vec<String>,
    /// Columns of the file that hold them.
    pub(super) roots: Vec<String>,
}

impl Plan {
    /// Goes through the columns of a file, and says what is done with those that are no plain values.
    pub(super) fn of(fields: impl Iterator<Item = Field>, notes: &mut Vec<String>) -> Self {
        let mut seen = Seen::default();
        let mut plan = Self::default();
        for field in fields {
            let before = plan.names.len();
            seen.field(field.name.as_str(), &field.dtype, &mut plan.names);
            if plan.names.len() > before {
                plan.roots.push(field.name.to_string());
            }
        }
        seen.say(notes);
        plan
    }

    /// The columns of the file that the wanted columns of the table come from.
    pub(super) fn roots_of(&self, wanted: Option<&[String]>) -> Vec<String> {
        let comes_from = |root: &&String| {
            let is_below = |name: &String| {
                name == *root || name.strip_prefix(root.as_str()).is_some_and(|rest| rest.starts_with('.'))
            };
            wanted.is_none_or(|wanted| wanted.iter().any(is_below))
        };
        self.roots.iter().filter(comes_from).cloned().collect()
    }

    /// Makes the columns of the table of those of the file.
    ///
    /// # Errors
    /// [`DatasetError`] for columns that cannot be taken apart.
    pub(super) fn flatten(
        file: &Path,
        frame: &DataFrame,
        wanted: Option<&[String]>,
    ) -> Result<DataFrame, DatasetError> {
        let fail = |error: PolarsError| DatasetError::data(file, error.to_string());
        let mut columns = Vec::with_capacity(frame.width());
        for column in frame.columns() {
            take_apart(column.name().as_str(), column.as_materialized_series(), &mut columns).map_err(fail)?;
        }
        if let Some(wanted) = wanted {
            columns.retain(|column| wanted.iter().any(|name| name == column.name().as_str()));
        }
        DataFrame::new(frame.height(), columns).map_err(fail)
    }
}

/// What is told of columns.
#[derive(Default)]
struct Seen {
    lists: BTreeSet<String>,
    zones: BTreeSet<String>,
    structs: BTreeSet<String>,
}

impl Seen {
    fn field(&mut self, name: &str, dtype: &DataType, names: &mut Vec<String>) {
        match dtype {
            DataType::List(_) | DataType::Array(..) => {
                self.lists.insert(name.to_owned());
            }
            DataType::Struct(fields) => {
                if !name.contains('.') {
                    self.structs.insert(name.to_owned());
                }
                for field in fields {
                    self.field(&format!("{name}.{}", field.name), &field.dtype, names);
                }
            }
            other => {
                if let DataType::Datetime(_, Some(zone)) = other
                    && !is_universal(zone.as_str())
                {
                    self.zones.insert(zone.to_string());
                }
                names.push(name.to_owned());
            }
        }
    }

    fn say(&self, notes: &mut Vec<String>) {
        let named = |names: &BTreeSet<String>| words::all_of(&names.iter().collect::<Vec<_>>());
        let one = |names: &BTreeSet<String>, one: &str, many: &str| {
            if names.len() == 1 { one.to_owned() } else { many.to_owned() }
        };
        if !self.lists.is_empty() {
            notes.push(format!(
                "{} {} left out.",
                named(&self.lists),
                one(&self.lists, "holds lists and is", "hold lists and are")
            ));
        }
        if !self.structs.is_empty() {
            let holds =
                one(&self.structs, "holds several values; each is a column", "hold several values; each is a column");
            notes.push(format!("{} {holds}.", named(&self.structs)));
        }
        if !self.zones.is_empty() {
            notes.push(format!("Days are those of the time zone of the column ({}).", named(&self.zones)));
        }
    }
}

fn is_universal(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT")
}

fn take_apart(name: &str, series: &Series, columns: &mut Vec<Column>) -> PolarsResult<()> {
    match series.dtype() {
        DataType::List(_) | DataType::Array(..) => {}
        DataType::Struct(_) => {
            let whole = series.struct_()?;
            let is_missing = series.is_null();
            for field in whole.fields_as_series() {
                // A value of a struct that is missing as a whole is missing too.
                let field = if series.null_count() > 0 {
                    field
                        .zip_with(&!&is_missing, &Series::full_null(field.name().clone(), field.len(), field.dtype()))?
                } else {
                    field
                };
                take_apart(&format!("{name}.{}", field.name()), &field, columns)?;
            }
        }
        DataType::Datetime(unit, Some(zone)) => {
            let local = local(series, *unit, zone)?;
            columns.push(local.with_name(name.into()).into_column());
        }
        _ => columns.push(series.clone().with_name(name.into()).into_column()),
    }
    Ok(())
}

/// What a clock in the time zone shows.
fn local(series: &Series, unit: TimeUnit, zone: &TimeZone) -> PolarsResult<Series> {
    let zone: Tz = zone.to_chrono()?;
    let shown = |moment: i64| -> Option<i64> {
        let moment = match unit {
            TimeUnit::Nanoseconds => DateTime::from_timestamp_nanos(moment),
            TimeUnit::Microseconds => DateTime::from_timestamp_micros(moment)?,
            TimeUnit::Milliseconds => DateTime::from_timestamp_millis(moment)?,
        };
        let local: NaiveDateTime = moment.with_timezone(&zone).naive_local();
        let local = local.and_utc();
        match unit {
            TimeUnit::Nanoseconds => local.timestamp_nanos_opt(),
            TimeUnit::Microseconds => Some(local.timestamp_micros()),
            TimeUnit::Milliseconds => Some(local.timestamp_millis()),
        }
    };
    let moments = series.datetime()?.physical().clone();
    let local: Int64Chunked = moments.iter().map(|moment| moment.and_then(shown)).collect();
    Ok(local.with_name(series.name().clone()).into_datetime(unit, None).into_series())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_those_of_a_clock_in_the_zone_on_both_sides_of_summer_time() {
        let moment = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis();
        let moments = [Some(moment("2024-01-04T04:30:00Z")), None, Some(moment("2024-07-04T03:30:00Z"))];
        let zone = TimeZone::opt_try_new(Some("America/New_York")).unwrap().unwrap();
        let series = Int64Chunked::from_slice_options("t".into(), &moments).into_series();
        let series = series.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(zone.clone()))).unwrap();
        let shown = local(&series, TimeUnit::Milliseconds, &zone).unwrap();
        let shown: Vec<Option<i64>> = shown.datetime().unwrap().physical().iter().collect();
        assert_eq!(shown, [Some(moment("2024-01-03T23:30:00Z")), None, Some(moment("2024-07-03T23:30:00Z"))]);
    }

    #[test]
    fn structs_become_columns_and_lists_go() {
        let inner = df!("city" => ["Bari", "Roma"], "zip" => [1, 2]).unwrap();
        let mut whole = df!("id" => [7, 8]).unwrap();
        whole.with_column(inner.into_struct("home".into()).into_series().into_column()).unwrap();
        let tags = Series::new("tags".into(), [Series::new("".into(), [1, 2]), Series::new("".into(), [3])]);
        whole.with_column(tags.into_column()).unwrap();
        let mut notes = Vec::new();
        let fields = whole.columns().iter().map(|column| Field::new(column.name().clone(), column.dtype().clone()));
        let plan = Plan::of(fields, &mut notes);
        assert_eq!(
            (plan.names.join(" "), plan.roots.join(" ")),
            ("id home.city home.zip".to_owned(), "id home".to_owned())
        );
        assert_eq!(notes, ["tags holds lists and is left out.", "home holds several values; each is a column."]);
        let wanted = ["home.city".to_owned()];
        assert_eq!(plan.roots_of(Some(&wanted)), ["home"]);
        let flat = Plan::flatten(Path::new("a"), &whole, Some(&wanted)).unwrap();
        assert_eq!(flat.get_column_names(), ["home.city"]);
    }
}
