//! Writes the tables of a data set into a database, for trying one out.

use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

use polars::prelude::*;
use serde::Serialize;

use crate::dataset::database::error::{cut, explain};
use crate::dataset::database::sql::{quoted, table as table_name};
use crate::dataset::database::{STATEMENT_SECONDS, open};
use crate::dataset::dates::format_iso;
use crate::dataset::error::{DatasetError, first_line};
use crate::dataset::load::facts;
use crate::dataset::manifest::{Manifest, Role, Table};
use crate::dataset::prepare::interpret::{Settled, interpret_piece};
use crate::dataset::prepare::typed::RoleByUse;
use crate::dataset::read::{RawPiece, Reader};
use crate::progress::Silent;

/// A table that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Schema and table.
    pub table: String,
    /// Rows.
    pub rows: usize,
}

/// Mark of a missing value on its way to the database.
const MISSING: &str = "\\N";

/// Writes every file of the data set in `folder` as a table of `schema`, all or none. Existing tables are an error unless
/// they may be replaced.
///
/// # Errors
/// [`DatasetError`] when a file cannot be read or the database refuses.
pub fn fill(folder: &Path, variable: &str, schema: &str, replace: bool) -> Result<Vec<Filled>, DatasetError> {
    let manifest = Manifest::read(folder)?;
    let place = Path::new("the database").to_owned();
    let failed = |error: postgres::Error| DatasetError::Database {
        place: place.clone(),
        message: explain(&error, STATEMENT_SECONDS),
    };
    let mut client = open(&place, variable)?;
    let mut transaction = client.transaction().map_err(failed)?;
    transaction.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema))).map_err(failed)?;
    let mut done = Vec::new();
    for table in manifest.table.iter().filter(|table| table.database.is_none() && table.of.is_none()) {
        let name = format!("{schema}.{}", table.name());
        let exists = transaction.query_one("SELECT to_regclass($1) IS NOT NULL", &[&table_name(&name)]);
        if exists.map_err(failed)?.get(0) {
            if !replace {
                return Err(DatasetError::Database {
                    place,
                    message: format!("table {name} is there already; choose another --schema, or --replace it"),
                });
            }
            transaction.batch_execute(&format!("DROP TABLE {}", table_name(&name))).map_err(failed)?;
        }
        let rows = write(&mut transaction, folder, &manifest, table, &name)?;
        done.push(Filled { table: name, rows });
    }
    transaction.commit().map_err(failed)?;
    for filled in &done {
        client.batch_execute(&format!("ANALYZE {}", table_name(&filled.table))).map_err(failed)?;
    }
    Ok(done)
}

/// The manifest of the data set with its files replaced by the tables that [`fill`] writes.
///
/// # Errors
/// [`DatasetError`] when the manifest cannot be read.
pub fn manifest_for(folder: &Path, variable: &str, schema: &str) -> Result<Manifest, DatasetError> {
    let mut manifest = Manifest::read(folder)?;
    for table in manifest.table.iter_mut().filter(|table| table.database.is_none() && table.of.is_none()) {
        let name = table.name().to_owned();
        let Table { missing_values, missing_numbers, derive, clean, .. } = std::mem::take(table);
        *table = Table {
            name: Some(name.clone()),
            database: Some(format!("env:{variable}")),
            from: Some(format!("{schema}.{name}")),
            missing_values,
            missing_numbers,
            derive,
            clean,
            ..Table::default()
        };
    }
    Ok(manifest)
}

/// Roles that follow from what the manifest uses a table's columns for.
fn uses<'a>(manifest: &'a Manifest, table: &str) -> RoleByUse<'a> {
    let mut uses = RoleByUse::new();
    let customers = manifest.customers.as_ref();
    let facts = manifest.facts.as_ref();
    let joins = customers.into_iter().flat_map(|source| &source.join).chain(facts.into_iter().flat_map(|f| &f.join));
    for join in joins {
        if let Ok((here, there)) = join.keys() {
            uses.insert(there, Role::Id);
            uses.insert(here, Role::Id);
        }
    }
    if let Some(source) = customers.filter(|source| source.table == table) {
        uses.insert(&source.id, Role::Id);
    }
    if let Some(source) = facts.filter(|source| source.table == table) {
        uses.extend(facts::uses_of(source));
    }
    uses
}

fn write(
    transaction: &mut postgres::Transaction<'_>,
    folder: &Path,
    manifest: &Manifest,
    table: &Table,
    name: &str,
) -> Result<usize, DatasetError> {
    let file = table.place(folder);
    let uses = uses(manifest, table.name());
    let declared = |column: &str| uses.get(column).copied().or_else(|| manifest.column(column).role);
    let mut reader = Reader::open(folder, table, None)?;
    let settled: OnceLock<Settled> = OnceLock::new();
    let database = |message: String| DatasetError::Database { place: Path::new("the database").to_owned(), message };
    let failed = |error: postgres::Error| database(explain(&error, STATEMENT_SECONDS));
    let mut rows = 0;
    let mut columns: Option<Vec<(String, Role)>> = None;
    let work = |piece: RawPiece<'_>| {
        let raw = piece.frame(&file)?;
        let piece = RawPiece::Frame(raw.clone());
        let typed = interpret_piece(&file, table, &declared, &piece, settled.get(), &|_| false)?;
        let _ = settled.set(typed.settled);
        let roles = raw.get_column_names().into_iter().map(|name| {
            let role = typed.roles.iter().find(|(known, _)| known == name.as_str());
            (name.to_string(), role.map_or(Role::Ignore, |(_, role)| *role))
        });
        let roles: Vec<(String, Role)> = roles.collect();
        let text = lines(&file, &raw, &typed.frame, &roles)?;
        Ok((roles, text, raw.height()))
    };
    // A piece is sent when it is there, so that a table larger than memory goes through.
    reader.pieces(&Silent, work, |(roles, text, height)| {
        if columns.is_none() {
            let list: Vec<String> =
                roles.iter().map(|(name, role)| format!("{} {}", quoted(name), kind(*role))).collect();
            let create = format!("CREATE TABLE {} ({})", table_name(name), list.join(", "));
            transaction.batch_execute(&create).map_err(failed)?;
            columns = Some(roles);
        }
        let copy = format!("COPY {} FROM STDIN WITH (FORMAT csv, NULL '{MISSING}')", table_name(name));
        let mut copy = transaction.copy_in(&copy).map_err(failed)?;
        copy.write_all(&text).map_err(|error| database(cut(&error.to_string())))?;
        copy.finish().map_err(failed)?;
        rows += height;
        Ok(())
    })?;
    Ok(rows)
}

fn kind(role: Role) -> &'static str {
    match role {
        Role::Numeric => "double precision",
        Role::Flag => "smallint",
        Role::Date => "date",
        Role::Id | Role::Category | Role::Ignore => "text",
    }
}

/// Rows as csv. Columns without use go as they were read.
fn lines(file: &Path, raw: &DataFrame, typed: &DataFrame, roles: &[(String, Role)]) -> Result<Vec<u8>, DatasetError> {
    let mut columns = Vec::with_capacity(roles.len());
    for (name, role) in roles {
        let fail = |error: PolarsError| DatasetError::column(file, name, first_line(&error));
        let column = if *role == Role::Ignore { raw.column(name) } else { typed.column(name) };
        let column = match role {
            Role::Numeric | Role::Flag | Role::Date => column.and_then(|column| column.cast(&DataType::Float64)),
            _ => column.and_then(|column| column.cast(&DataType::String)),
        };
        columns.push((column.map_err(fail)?, *role));
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fail = |error: csv::Error| DatasetError::data(file, error.to_string());
    for row in 0..raw.height() {
        for (column, role) in &columns {
            let text = match role {
                Role::Numeric | Role::Flag | Role::Date => {
                    let number = column.f64().ok().and_then(|numbers| numbers.get(row));
                    number.map(|number| if *role == Role::Date { format_iso(number) } else { number.to_string() })
                }
                _ => column.str().ok().and_then(|texts| texts.get(row)).map(str::to_owned),
            };
            writer.write_field(text.as_deref().unwrap_or(MISSING)).map_err(fail)?;
        }
        writer.write_record(None::<&[u8]>).map_err(fail)?;
    }
    writer.into_inner().map_err(|error| DatasetError::data(file, error.to_string()))
}
