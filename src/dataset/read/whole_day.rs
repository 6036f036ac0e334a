//! Days that are written in several columns, put together into one.

use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::cells::RawPiece;
use super::fit::SetAside;
use super::source::{Source, Work};
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::manifest::DayParts;

/// A source with a column more for each day that is put together.
pub(super) struct WholeDay {
    source: Box<dyn Source>,
    days: Vec<DayParts>,
    names: Vec<String>,
    /// Columns that are handed on; all when silent.
    wanted: Option<Vec<String>>,
    file: PathBuf,
}

impl WholeDay {
    /// Puts days together of the columns of a source.
    ///
    /// # Errors
    /// [`DatasetError::Data`] for a column that is not there, and for a name that is taken.
    pub(super) fn new(
        source: Box<dyn Source>,
        days: &[DayParts],
        wanted: Option<Vec<String>>,
        file: &Path,
    ) -> Result<Self, DatasetError> {
        let mut names = source.names().to_vec();
        for day in days {
            for part in day.columns() {
                if !names.iter().any(|name| name == part) {
                    return Err(DatasetError::column(
                        file,
                        part,
                        format!("is not there to make the day {} of", day.name),
                    ));
                }
            }
            if names.contains(&day.name) {
                return Err(DatasetError::column(file, &day.name, "is there already; give the day another name"));
            }
            names.push(day.name.clone());
        }
        Ok(Self { source, days: days.to_vec(), names, wanted, file: file.to_owned() })
    }
}

/// The day of a row as text; a part that is missing makes it missing, and one that is none is left to be told by the reader of days.
fn text(year: Option<&str>, month: Option<&str>, day: Option<&str>) -> Option<String> {
    let part = |text: Option<&str>| {
        let text = text?.trim();
        // Programs write whole numbers with decimals where some are missing.
        let text = text.strip_suffix(".0").unwrap_or(text);
        (!text.is_empty()).then(|| text.to_owned())
    };
    let (year, month, day) = (part(year)?, part(month)?, part(day)?);
    let is_number = month.bytes().all(|byte| byte.is_ascii_digit());
    Some(if is_number { format!("{year}-{month}-{day}") } else { format!("{day} {month} {year}") })
}

fn with_days(frame: &DataFrame, days: &[DayParts], wanted: Option<&[String]>) -> Result<DataFrame, PolarsError> {
    let mut frame = frame.clone();
    for day in days {
        if wanted.is_some_and(|wanted| !wanted.contains(&day.name)) {
            continue;
        }
        let texts = |name: &str| frame.column(name)?.cast(&DataType::String);
        let (years, months) = (texts(&day.year)?, texts(&day.month)?);
        let of_month = day.day.as_deref().map(texts).transpose()?;
        let of_month = of_month.as_ref().map(|column| column.str()).transpose()?;
        let whole: StringChunked = years
            .str()?
            .iter()
            .zip(months.str()?.iter())
            .enumerate()
            .map(|(row, (year, month))| text(year, month, of_month.map_or(Some("1"), |days| days.get(row))))
            .collect();
        frame.with_column(whole.with_name(day.name.as_str().into()).into_column())?;
    }
    match wanted {
        None => Ok(frame),
        Some(wanted) => {
            let there = frame.get_column_names_owned();
            let is_there = |name: &&String| there.iter().any(|own| own.as_str() == name.as_str());
            frame.select(wanted.iter().filter(is_there).map(String::as_str))
        }
    }
}

impl Source for WholeDay {
    fn names(&self) -> &[String] {
        &self.names
    }

    fn expected_rows(&self) -> usize {
        self.source.expected_rows()
    }

    fn separator(&self) -> Option<char> {
        self.source.separator()
    }

    fn is_at_end(&self) -> bool {
        self.source.is_at_end()
    }

    fn hash(&mut self) -> Result<u64, DatasetError> {
        self.source.hash()
    }

    fn set_aside(&self) -> Option<&SetAside> {
        self.source.set_aside()
    }

    fn end(&mut self) -> Result<Vec<String>, DatasetError> {
        self.source.end()
    }

    fn relocated(&self, error: DatasetError) -> DatasetError {
        self.source.relocated(error)
    }

    fn next(&mut self, most: usize, work: &Work<'_>) {
        let Self { source, days, wanted, file, .. } = self;
        source.next(most, &|at, piece| {
            let piece = piece.and_then(|piece| {
                let frame = piece.frame(file)?;
                with_days(&frame, days, wanted.as_deref()).map_err(|error| DatasetError::data(file, first_line(&error)))
            });
            work(at, piece.map(RawPiece::Frame));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_put_together_or_missing() {
        for (parts, expected) in [
            ([Some("2023"), Some("1"), Some("7")], Some("2023-1-7")),
            ([Some("2023.0"), Some("1.0"), Some("7.0")], Some("2023-1-7")),
            ([Some("2023"), Some("January"), Some(" 7 ")], Some("7 January 2023")),
            ([Some("2023"), None, Some("7")], None),
            ([Some("2023"), Some("1"), Some("")], None),
        ] {
            assert_eq!(text(parts[0], parts[1], parts[2]).as_deref(), expected, "{parts:?}");
        }
    }
}
