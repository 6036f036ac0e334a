//! Parses the command line and hands over to the subcommand.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    segmenta::cli::run(segmenta::cli::Arguments::parse())
}
