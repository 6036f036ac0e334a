//! Customers written out again, as csv or Parquet.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use polars::io::parquet::write::BatchedWriter;
use polars::prelude::*;

use super::customers::{Customers, MISSING_LEVEL, Values};
use super::dates::format_iso;
use super::manifest::Role;

/// A column that is no part of the customers (cluster, segment, confidence), a text a row.
#[derive(Debug, Clone)]
pub struct ExtraColumn {
    /// Name in the header.
    pub name: String,
    /// Values, one for each customer of the table (not only the chosen rows).
    pub values: ExtraValues,
}

/// Values of an extra column.
#[derive(Debug, Clone)]
pub enum ExtraValues {
    /// Whole numbers.
    Whole(Vec<i32>),
    /// Numbers; NaN is missing.
    Numbers(Vec<f64>),
    /// Texts.
    Texts(Vec<String>),
}

/// Writes the chosen rows as csv with a header.
///
/// A text that a spreadsheet would take for a formula gets an apostrophe in front.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(out: impl Write, customers: &Customers, rows: &[u32], extra: &[ExtraColumn]) -> csv::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    write_header(&mut writer, customers, extra)?;
    write_rows(&mut writer, customers, rows, extra)
}

fn write_header(writer: &mut csv::Writer<impl Write>, customers: &Customers, extra: &[ExtraColumn]) -> csv::Result<()> {
    let names = customers.columns.iter().map(|column| &column.name).chain(extra.iter().map(|column| &column.name));
    for name in std::iter::once(&customers.id_name).chain(names) {
        writer.write_field(guard(name).as_ref())?;
    }
    writer.write_record(None::<&[u8]>)
}

fn write_rows(
    writer: &mut csv::Writer<impl Write>,
    customers: &Customers,
    rows: &[u32],
    extra: &[ExtraColumn],
) -> csv::Result<()> {
    for row in rows.iter().map(|row| *row as usize) {
        writer.write_field(guard(customers.ids.get(row)).as_ref())?;
        for column in &customers.columns {
            match &column.values {
                Values::Numbers(numbers) => {
                    writer.write_field(format_value(numbers[row], column.role))?;
                }
                Values::Levels { codes, names } => {
                    writer.write_field(guard(level(codes[row], names)).as_ref())?;
                }
            }
        }
        for column in extra {
            match &column.values {
                ExtraValues::Whole(values) => writer.write_field(values[row].to_string())?,
                ExtraValues::Numbers(values) => writer.write_field(format_value(values[row], Role::Numeric))?,
                ExtraValues::Texts(values) => writer.write_field(guard(&values[row]).as_ref())?,
            }
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(())
}

/// Writes the chosen rows as Parquet; days are days, flags and numbers `Float64`.
///
/// # Errors
/// What polars or the writer reports.
pub fn write_parquet(
    out: impl Write + Send,
    customers: &Customers,
    rows: &[u32],
    extra: &[ExtraColumn],
) -> PolarsResult<()> {
    ParquetWriter::new(out).finish(&mut frame(customers, rows, extra)?)?;
    Ok(())
}

fn frame(customers: &Customers, rows: &[u32], extra: &[ExtraColumn]) -> PolarsResult<DataFrame> {
    let pick = |values: &[f64]| rows.iter().map(|row| Some(values[*row as usize]).filter(|v| !v.is_nan())).collect();
    let mut columns = Vec::with_capacity(customers.columns.len() + extra.len() + 1);
    let ids: Vec<&str> = rows.iter().map(|row| customers.ids.get(*row as usize)).collect();
    columns.push(Series::new(customers.id_name.as_str().into(), ids).into_column());
    for column in &customers.columns {
        let name: PlSmallStr = column.name.as_str().into();
        columns.push(match &column.values {
            Values::Numbers(numbers) if column.role == Role::Date => {
                let days =
                    rows.iter().map(|row| Some(numbers[*row as usize]).filter(|d| !d.is_nan()).map(|d| d as i32));
                Int32Chunked::from_iter_options(name, days).into_date().into_series().into_column()
            }
            Values::Numbers(numbers) => {
                let values: Vec<Option<f64>> = pick(numbers);
                Series::new(name, values).into_column()
            }
            Values::Levels { codes, names } => {
                let texts: Vec<Option<&str>> =
                    rows.iter().map(|row| names.get(codes[*row as usize] as usize).map(String::as_str)).collect();
                Series::new(name, texts).into_column()
            }
        });
    }
    for column in extra {
        let name: PlSmallStr = column.name.as_str().into();
        columns.push(match &column.values {
            ExtraValues::Whole(values) => {
                Series::new(name, rows.iter().map(|row| values[*row as usize]).collect::<Vec<_>>()).into_column()
            }
            ExtraValues::Numbers(values) => {
                let values: Vec<Option<f64>> = pick(values);
                Series::new(name, values).into_column()
            }
            ExtraValues::Texts(values) => {
                Series::new(name, rows.iter().map(|row| values[*row as usize].as_str()).collect::<Vec<_>>())
                    .into_column()
            }
        });
    }
    DataFrame::new(rows.len(), columns)
}

/// Rows that are written in one go.
const ROWS: usize = 1 << 13;

/// Rows of a Parquet file that are packed together.
const ROWS_PACKED: usize = 1 << 17;

/// A file of customers made piece by piece, for a reader who may be slow: nothing but the next piece is in memory.
pub struct Pieces {
    form: Form,
    /// Chosen rows that were written.
    done: usize,
}

enum Form {
    Csv { begun: bool },
    Parquet { writer: Box<BatchedWriter<Shared>>, out: Shared },
    Ended,
}

/// Bytes that a writer has written and nobody has taken yet.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Pieces {
    /// A csv file.
    #[must_use]
    pub fn csv() -> Self {
        Self { form: Form::Csv { begun: false }, done: 0 }
    }

    /// A Parquet file of these columns.
    ///
    /// # Errors
    /// What polars reports.
    pub fn parquet(customers: &Customers, extra: &[ExtraColumn]) -> PolarsResult<Self> {
        let out = Shared::default();
        let schema = frame(customers, &[], extra)?.schema().clone();
        let writer = Box::new(ParquetWriter::new(out.clone()).batched(&schema)?);
        Ok(Self { form: Form::Parquet { writer, out }, done: 0 })
    }

    /// The next piece of the file with the chosen rows; none at its end.
    ///
    /// # Errors
    /// What the writers report.
    pub fn next(
        &mut self,
        customers: &Customers,
        rows: &[u32],
        extra: &[ExtraColumn],
    ) -> std::io::Result<Option<Vec<u8>>> {
        let most = if matches!(self.form, Form::Parquet { .. }) { ROWS_PACKED } else { ROWS };
        let next = &rows[self.done..rows.len().min(self.done + most)];
        let piece = match &mut self.form {
            Form::Ended => return Ok(None),
            Form::Csv { begun: true } if next.is_empty() => None,
            Form::Csv { begun } => {
                let mut out = Vec::new();
                let mut writer = csv::Writer::from_writer(&mut out);
                if !*begun {
                    write_header(&mut writer, customers, extra)?;
                    *begun = true;
                }
                write_rows(&mut writer, customers, next, extra)?;
                drop(writer);
                Some(out)
            }
            Form::Parquet { writer, out } => {
                if next.is_empty() {
                    writer.finish().map_err(std::io::Error::other)?;
                } else {
                    let frame = frame(customers, next, extra).map_err(std::io::Error::other)?;
                    writer.write_batch(&frame).map_err(std::io::Error::other)?;
                }
                Some(out.take())
            }
        };
        let is_over = piece.is_none() || (next.is_empty() && matches!(self.form, Form::Parquet { .. }));
        if is_over {
            self.form = Form::Ended;
        }
        self.done += next.len();
        Ok(piece)
    }
}

fn level(code: u32, names: &[String]) -> &str {
    if code == MISSING_LEVEL { "" } else { names.get(code as usize).map_or("", String::as_str) }
}

fn format_value(value: f64, role: Role) -> String {
    match role {
        Role::Date => format_iso(value),
        _ if value.is_nan() => String::new(),
        _ => value.to_string(),
    }
}

/// A text that starts like a formula, made harmless.
pub(super) fn guard(text: &str) -> std::borrow::Cow<'_, str> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err();
    if formula { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_made_harmless_and_numbers_are_not() {
        assert_eq!(guard("=SUM(A1)"), "'=SUM(A1)");
        assert_eq!(guard("-5"), "-5");
        assert_eq!(guard("Bari"), "Bari");
    }
}
