//! What a database's errors mean for the person who wrote the manifest.

use std::error::Error;

/// One sentence on what is wrong and what to do. The address is not in it.
pub(in crate::dataset) fn explain(error: &postgres::Error, seconds: u32) -> String {
    let Some(reported) = error.as_db_error() else { return without_answer(error) };
    let said = reported.message();
    match reported.code().code() {
        "28P01" | "28000" => {
            "the server refuses the user or the password; correct the address in the environment variable".to_owned()
        }
        "3D000" => format!("{said}; correct the database's name in the address"),
        "42P01" | "3F000" => {
            format!("{said}; correct table or query in the manifest's [[table]], or create the table (segmenta load)")
        }
        "42703" => format!("{said}; the manifest names a column that the database does not have"),
        "42501" => format!("{said}; grant the user the right to read it (GRANT SELECT)"),
        "57014" => format!(
            "the database did not answer within {seconds} seconds; raise timeout_seconds in the manifest's [[table]], or help it with an index"
        ),
        "25006" => format!("{said}; only queries that read are allowed"),
        "57P01" | "57P02" | "57P03" => cut(said),
        _ => format!("the database reports: {said}; correct the manifest or the data"),
    }
}

/// The connection went away.
pub(in crate::dataset) fn cut(why: &str) -> String {
    format!("the connection was cut ({why}); check that the server runs and load again")
}

fn without_answer(error: &postgres::Error) -> String {
    let cause = error.source().map_or_else(String::new, ToString::to_string);
    match error.to_string().as_str() {
        "error connecting to server" => {
            format!("the server cannot be reached ({cause}); start it, or correct host and port in the address")
        }
        "error performing TLS handshake" => format!(
            "no encrypted connection can be made ({cause}); set SSL_CERT_FILE to the certificate that signed the server's, or sslmode=disable in the address when the network is trusted"
        ),
        "invalid configuration" | "invalid connection string" => {
            "the address is incomplete; it looks like postgres://user:password@host/database".to_owned()
        }
        "authentication error" => {
            "the server asks for a way to log in that is not supported or needs a password; give user and password in the address".to_owned()
        }
        said => cut(&if cause.is_empty() { said.to_owned() } else { cause }),
    }
}
