//! New customers from a file: the model's features, taken from the file or derived as the manifest says.

use std::io::Write;
use std::path::Path;

use polars::prelude::*;

use super::manifest::{Role, Table};
use crate::dataset::error::DatasetError;
use crate::dataset::loaded::Dataset;
use crate::dataset::prepare::{clean, interpret};
use crate::dataset::read;
use crate::progress::Silent;

/// A feature to read of new customers.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// Column name.
    pub name: &'a str,
    /// The levels of a category; `None` for a number.
    pub levels: Option<&'a [String]>,
}

/// Rows of a file with the features a model needs.
#[derive(Debug)]
pub struct Newcomers {
    /// A vector a feature, a value a row: a number, or the position of a category's level. What is unknown, and a level
    /// that the model does not know, is NaN.
    pub features: Vec<Vec<f64>>,
    header: Vec<String>,
    cells: Vec<StringChunked>,
}

impl Newcomers {
    /// Reads `file`. A feature that is no column of the file is derived as for the data set, with
    /// whole-table aggregates (the last day of the data) as they were there. Caps and merges apply;
    /// rules that remove rows do not, because nobody asked for rows to go.
    ///
    /// # Errors
    /// [`DatasetError`] with row and column, or the features that can neither be read nor derived.
    pub fn read(dataset: &Dataset, file: &Path, wanted: &[Wanted<'_>]) -> Result<Self, DatasetError> {
        let manifest = &dataset.manifest;
        let folder = file.parent().unwrap_or(Path::new(""));
        let name = file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let table = Table {
            file: name,
            sheet: None,
            format: None,
            separator: None,
            database: None,
            from: None,
            query: None,
            ..manifest.customer_table().clone()
        };
        let raw = read::read(folder, &table, &Silent)?;
        let typed = interpret::interpret(file, &table, &|name| manifest.column(name).role, &raw.frame)?;
        let frame = complete(dataset, file, typed.frame, typed.roles);
        let mut values = Vec::with_capacity(wanted.len());
        for Wanted { name: feature, levels } in wanted {
            let column = frame.column(feature).map_err(|_| {
                let names: Vec<&str> = wanted.iter().map(|wanted| wanted.name).collect();
                DatasetError::column(
                    file,
                    feature,
                    format!("is missing and cannot be derived; the model needs {}", names.join(", ")),
                )
            })?;
            if let Some(levels) = levels {
                let texts = column.cast(&DataType::String).and_then(|texts| texts.str().cloned());
                let texts = texts.map_err(|error| DatasetError::column(file, feature, error.to_string()))?;
                let position = |text: &str| levels.iter().position(|level| level == text).map(|at| at as f64);
                values.push(texts.iter().map(|text| text.and_then(position).unwrap_or(f64::NAN)).collect());
                continue;
            }
            if column.dtype() == &DataType::String {
                return Err(DatasetError::column(file, feature, "holds no numbers; the model needs them"));
            }
            let numbers = column
                .cast(&DataType::Float64)
                .map_err(|_| DatasetError::column(file, feature, "holds no numbers; the model needs them"))?;
            let numbers = numbers.f64().map(|v| v.iter().map(|v| v.unwrap_or(f64::NAN)).collect());
            values.push(numbers.unwrap_or_default());
        }
        let mut cells = Vec::with_capacity(raw.frame.width());
        for column in raw.frame.columns() {
            let texts = column
                .cast(&DataType::String)
                .and_then(|texts| texts.str().cloned())
                .map_err(|error| DatasetError::column(file, column.name(), error.to_string()))?;
            cells.push(texts);
        }
        let header = raw.frame.get_column_names().into_iter().map(ToString::to_string).collect();
        Ok(Self { features: values, header, cells })
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.first().map_or(0, StringChunked::len)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Writes the file's own columns with more columns behind them, as csv.
    ///
    /// # Errors
    /// What the writer reports.
    pub fn write_csv(&self, out: impl Write, extra: &[(&str, Vec<String>)]) -> csv::Result<()> {
        let mut writer = csv::Writer::from_writer(out);
        writer.write_record(self.header.iter().map(String::as_str).chain(extra.iter().map(|(name, _)| *name)))?;
        for row in 0..self.len() {
            for column in &self.cells {
                writer.write_field(super::export::guard(column.get(row).unwrap_or("")).as_ref())?;
            }
            for (_, values) in extra {
                writer.write_field(super::export::guard(values.get(row).map_or("", String::as_str)).as_ref())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush()?;
        Ok(())
    }

    /// Writes the same as Parquet; the file's own columns are text.
    ///
    /// # Errors
    /// What polars or the writer reports.
    pub fn write_parquet(&self, out: impl Write + Send, extra: &[(&str, Vec<String>)]) -> PolarsResult<()> {
        let mut columns: Vec<Column> = self.cells.iter().map(|cells| cells.clone().into_column()).collect();
        for (name, values) in extra {
            columns.push(Series::new((*name).into(), values.as_slice()).into_column());
        }
        let mut frame = DataFrame::new(self.len(), columns)?;
        ParquetWriter::new(out).finish(&mut frame)?;
        Ok(())
    }
}

/// Adds the derived columns whose inputs the file has and which it does not bring itself.
fn complete(dataset: &Dataset, file: &Path, frame: DataFrame, mut roles: Vec<(String, Role)>) -> DataFrame {
    let mut frame = clean::adjust(file, &dataset.manifest, frame, roles.clone());
    for step in &dataset.derivations {
        if frame.column(&step.name).is_err()
            && let Ok(derived) = step.add_to(&frame)
        {
            frame = derived;
            roles.push((step.name.clone(), Role::Numeric));
        }
    }
    clean::adjust(file, &dataset.manifest, frame, roles)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "title='t'\n[[table]]\nfile='a.csv'\n[[clean]]\nrule='cap'\ncolumns=['c']\nhigh=50\n[[derive]]\nname='c'\nsql='a + b'\n[[derive]]\nname='behind'\nsql='MAX(a) - a'\n[segmentation]\nvalue='a'\nfeatures=['a','c']\n";

    fn read_as(text: &str, features: &[&str]) -> Result<Newcomers, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.csv"), "a,b\n1,1\n100,2\n").unwrap();
        std::fs::write(folder.path().join("dataset.toml"), MANIFEST).unwrap();
        let dataset = super::super::load(folder.path()).unwrap();
        let file = folder.path().join("new.csv");
        std::fs::write(&file, text).unwrap();
        let levels = ["north".to_owned(), "south".to_owned()];
        let wanted: Vec<Wanted<'_>> =
            features.iter().map(|name| Wanted { name, levels: (*name == "region").then_some(&levels[..]) }).collect();
        Newcomers::read(&dataset, &file, &wanted).map_err(|error| error.to_string())
    }

    fn newcomers(text: &str) -> Result<Newcomers, String> {
        read_as(text, &["a", "c"])
    }

    #[test]
    fn new_customers_are_measured_as_the_data_set_was() {
        let people = read_as("a,b\n40,2\n70,9\n", &["behind", "c"]).unwrap();
        assert_eq!(people.features[0], [60.0, 30.0], "behind the data set's maximum, not the file's");
        assert_eq!(people.features[1], [42.0, 50.0], "capped like the data set");
    }

    #[test]
    fn features_are_read_or_derived() {
        assert_eq!(newcomers("a,b\n1,2\n3,4\n").unwrap().features, [[1.0, 3.0], [3.0, 7.0]]);
        assert_eq!(newcomers("a;c\n1;9\n").unwrap().features, [[1.0], [9.0]]);
        assert!(newcomers("a,c\n1,\n2,3\n").unwrap().features[1][0].is_nan());
    }

    #[test]
    fn categories_are_read_by_level() {
        let people = read_as("a,region\n1,south\n2,\n3,mars\n4,north\n", &["a", "region"]).unwrap();
        assert_eq!([people.features[1][0], people.features[1][3]], [1.0, 0.0]);
        assert!(people.features[1][1].is_nan() && people.features[1][2].is_nan());
    }

    #[test]
    fn what_is_missing_is_named() {
        let message = newcomers("a\n1\n").unwrap_err();
        assert!(message.contains("column \"c\": is missing and cannot be derived; the model needs a, c"), "{message}");
        assert!(newcomers("a,c\n1,x\n").unwrap_err().contains("holds no numbers"));
    }

    #[test]
    fn answers_stand_behind_the_files_own_columns() {
        let people = newcomers("a,b,note\n1,2,=x\n").unwrap();
        let mut out = Vec::new();
        people.write_csv(&mut out, &[("segment", vec!["Elite".to_owned()])]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,b,note,segment\n1,2,'=x,Elite\n");
    }
}
