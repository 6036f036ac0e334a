//! `segmenta serve`

use super::{Failure, output};
use crate::config::ServeConfig;
use crate::web;

pub(super) fn run(config: &ServeConfig) -> Result<(), Failure> {
    web::logging::start(config.log_format);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(web::serve(config, |address| {
        output::line(&format!("Segmenta is at http://{address} (stop with Ctrl-C)"));
    }))
}
