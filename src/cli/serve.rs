//! `segmenta serve`

use std::time::Duration;

use super::{Failure, output};
use crate::config::ServeConfig;
use crate::web;

/// How long work on other threads may take to end.
const SHUTDOWN: Duration = Duration::from_secs(2);

pub(super) fn run(config: &ServeConfig) -> Result<(), Failure> {
    web::logging::start(config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(web::serve(config, |address| {
        output::line(&format!("Segmenta is at http://{address} (stop with Ctrl-C)"));
    }));
    // Work that does not look whether to stop must not keep the process.
    runtime.shutdown_timeout(SHUTDOWN);
    outcome
}
