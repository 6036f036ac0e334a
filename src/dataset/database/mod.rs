//! PostgreSQL: rows streamed out of a table or a query, and questions that the database answers itself.
//!
//! A connection is read-only and every statement has a time limit. Its address, password included, comes from an environment
//! variable; it is in no message and no log.

pub(in crate::dataset) mod error;
mod relation;
pub(in crate::dataset) mod sql;

use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use postgres::types::{ToSql, Type};

use self::error::explain;
pub use self::relation::{Relation, STATEMENT_SECONDS};
use self::sql::quoted;
use super::error::DatasetError;

/// Bytes that are handed on at once, and how many such blocks may wait.
const BLOCK: usize = 1 << 20;
const WAITING: usize = 4;

/// A connection that can only read.
pub(in crate::dataset) struct Connection {
    /// Always there, except while it is dropped.
    client: Option<postgres::Client>,
    place: PathBuf,
    seconds: u32,
}

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::dataset) struct Described {
    pub(in crate::dataset) name: String,
    pub(in crate::dataset) kind: Kind,
}

/// What a column of a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dataset) enum Kind {
    /// Binary, written one way only.
    Number,
    /// With a written number of decimals.
    Decimal,
    Flag,
    Day,
    Text,
}

/// Opens the address in an environment variable; `place` says in messages what for.
pub(in crate::dataset) fn open(place: &Path, variable: &str) -> Result<postgres::Client, DatasetError> {
    let fail = |message: String| DatasetError::Database { place: place.to_owned(), message };
    let address = std::env::var(variable).ok().filter(|address| !address.trim().is_empty()).ok_or_else(|| {
        fail(format!(
            "the environment variable {variable} is not set; set it to the database's address, such as postgres://user:password@host/database"
        ))
    })?;
    // The library's own message could quote the address.
    let mut config: postgres::Config = address.parse().map_err(|_| {
        fail(format!(
            "the environment variable {variable} holds no address of a PostgreSQL database such as postgres://user:password@host/database"
        ))
    })?;
    config.connect_timeout(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(30));
    if config.get_application_name().is_none() {
        config.application_name("segmenta");
    }
    let connected = match tokio_postgres_rustls::MakeRustlsConnect::with_native_certs() {
        Ok((tls, _)) => config.connect(tls),
        Err(_) if config.get_ssl_mode() == postgres::config::SslMode::Require => {
            return Err(fail(
                "this machine has no certificates to trust, so no encrypted connection is possible; set SSL_CERT_FILE to a file of them".to_owned(),
            ));
        }
        Err(_) => config.connect(postgres::NoTls),
    };
    connected.map_err(|error| fail(explain(&error, 10)))
}

impl Connection {
    /// Opens a connection for a relation; `place` says in messages what for.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with what to do.
    pub(in crate::dataset) fn open(place: &Path, relation: &Relation) -> Result<Self, DatasetError> {
        let mut connection =
            Self { client: Some(open(place, &relation.variable)?), place: place.to_owned(), seconds: relation.seconds };
        let settings = format!(
            "SET default_transaction_read_only = on; SET statement_timeout = '{}s'; SET datestyle = 'ISO, YMD'; SET extra_float_digits = 1; SET synchronize_seqscans = off",
            relation.seconds
        );
        connection.with(|client| client.batch_execute(&settings))?;
        Ok(connection)
    }

    /// Whether it was cut.
    pub(in crate::dataset) fn is_closed(&self) -> bool {
        self.client.as_ref().is_none_or(postgres::Client::is_closed)
    }

    fn with<T>(
        &mut self,
        work: impl FnOnce(&mut postgres::Client) -> Result<T, postgres::Error>,
    ) -> Result<T, DatasetError> {
        let failed = |message: String| DatasetError::Database { place: self.place.clone(), message };
        let client = self.client.as_mut().ok_or_else(|| failed(error::cut("it is closed")))?;
        work(client).map_err(|error| failed(explain(&error, self.seconds)))
    }

    /// The columns of a relation.
    ///
    /// # Errors
    /// [`DatasetError::Database`] when there is no such relation.
    pub(in crate::dataset) fn columns(&mut self, relation: &Relation) -> Result<Vec<Described>, DatasetError> {
        let statement = self.with(|client| client.prepare(&format!("SELECT * FROM {} AS t", relation.from)))?;
        let kind = |kind: &Type| match *kind {
            Type::BOOL => Kind::Flag,
            Type::INT2 | Type::INT4 | Type::INT8 | Type::FLOAT4 | Type::FLOAT8 => Kind::Number,
            Type::NUMERIC => Kind::Decimal,
            Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ => Kind::Day,
            _ => Kind::Text,
        };
        let columns = statement.columns().iter();
        Ok(columns.map(|column| Described { name: column.name().to_owned(), kind: kind(column.type_()) }).collect())
    }

    /// All rows that a query gives.
    ///
    /// # Errors
    /// [`DatasetError::Database`] with the server's reason.
    pub(in crate::dataset) fn rows(
        &mut self,
        query: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<postgres::Row>, DatasetError> {
        self.with(|client| client.query(query, parameters))
    }
}

impl Drop for Connection {
    /// A client ends its own runtime, which must not happen on a thread of another one.
    fn drop(&mut self) {
        let client = self.client.take();
        // Without a thread the client would stay open, which is better than to panic.
        let _ = std::thread::Builder::new().name("database".to_owned()).spawn(move || drop(client));
    }
}

/// The rows of a relation as csv with a header; of the wanted columns where any are named. A thread of its own reads ahead
/// by a few blocks, so that no more than those are held.
///
/// # Errors
/// [`DatasetError::Database`]; what goes wrong later is the reader's error.
pub(in crate::dataset) fn stream(
    place: &Path,
    relation: &Relation,
    wanted: Option<&[String]>,
) -> Result<impl Read + Send + 'static, DatasetError> {
    let mut connection = Connection::open(place, relation)?;
    let columns = connection.columns(relation)?;
    let list: Vec<String> = columns
        .iter()
        .filter(|column| wanted.is_none_or(|wanted| wanted.contains(&column.name)))
        .map(|column| match column.kind {
            // csv writes a flag as a letter; everything else reads numbers.
            Kind::Flag => format!("{0}::int AS {0}", quoted(&column.name)),
            _ => quoted(&column.name),
        })
        .collect();
    let query = format!(
        "COPY (SELECT {} FROM {} AS t) TO STDOUT WITH (FORMAT csv, HEADER)",
        if list.is_empty() { "*".to_owned() } else { list.join(", ") },
        relation.from
    );
    let (sender, blocks) = sync_channel(WAITING);
    std::thread::Builder::new()
        .name("database".to_owned())
        .spawn(move || {
            if let Err(error) = send(&mut connection, &query, &sender) {
                // Nobody listens when reading was given up.
                let _ = sender.send(Err(error));
            }
        })
        .map_err(|error| DatasetError::Database {
            place: place.to_owned(),
            message: format!("no thread can be started to read it ({error}); free memory and load again"),
        })?;
    Ok(Stream { blocks, block: Vec::new(), at: 0 })
}

/// Sends what a `COPY` gives, block by block, until its end or until nobody listens.
fn send(
    connection: &mut Connection,
    query: &str,
    sender: &SyncSender<Result<Vec<u8>, DatasetError>>,
) -> Result<(), DatasetError> {
    let (place, seconds) = (connection.place.clone(), connection.seconds);
    let failed = |message: String| DatasetError::Database { place: place.clone(), message };
    let Some(client) = connection.client.as_mut() else { return Ok(()) };
    let mut copy = client.copy_out(query).map_err(|error| failed(explain(&error, seconds)))?;
    let mut is_at_end = false;
    // Behind its end a copy must not be read again.
    while !is_at_end {
        let mut block = Vec::with_capacity(BLOCK);
        while block.len() < BLOCK {
            let part = copy.fill_buf().map_err(|error| {
                failed(match error.downcast::<postgres::Error>() {
                    Ok(error) => explain(&error, seconds),
                    Err(error) => error::cut(&error.to_string()),
                })
            })?;
            is_at_end = part.is_empty();
            if is_at_end {
                break;
            }
            block.extend_from_slice(part);
            let read = part.len();
            copy.consume(read);
        }
        if block.is_empty() || sender.send(Ok(block)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The reading end of a stream.
struct Stream {
    blocks: Receiver<Result<Vec<u8>, DatasetError>>,
    block: Vec<u8>,
    at: usize,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.block.len() {
            match self.blocks.recv() {
                Ok(Ok(block)) => (self.block, self.at) = (block, 0),
                Ok(Err(error)) => return Err(std::io::Error::other(error)),
                Err(_) => return Ok(0),
            }
        }
        let length = buffer.len().min(self.block.len() - self.at);
        buffer[..length].copy_from_slice(&self.block[self.at..self.at + length]);
        self.at += length;
        Ok(length)
    }
}
