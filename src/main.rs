//! Parses the command line and hands over to the subcommand.

use std::process::ExitCode;

use clap::Parser;

/// Columns come and go by the megabyte; this allocator keeps their memory instead of asking the system each time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    segmenta::cli::run(segmenta::cli::Arguments::parse_from(segmenta::cli::ordered(std::env::args_os())))
}
