//! The command line: one file a subcommand. Results go to standard output, everything else to
//! standard error.

mod clean;
mod compare;
mod datasets;
mod forecast;
mod generate;
mod import;
mod label;
mod load;
mod measure;
mod order;
mod output;
mod predict;
mod recipe;
mod report;
mod rfm;
mod serve;
mod train;
mod versions;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub use self::order::ordered;
use crate::config::ServeConfig;

/// Turns customer data into named, tested, explained segments.
#[derive(Debug, Parser)]
#[command(version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: ServeConfig,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the dashboard (also without a subcommand).
    Serve(ServeConfig),
    /// List data sets.
    Datasets(datasets::Arguments),
    /// Clean a data set, write it below its folder and print the ledger.
    Clean(clean::Arguments),
    /// Fit, score and save a model.
    Train(Box<train::Arguments>),
    /// Fit every algorithm with sensible settings and compare the results.
    Compare(Box<compare::Arguments>),
    /// Time one piece of the engine's work on a matrix.
    #[command(hide = true)]
    Measure(measure::Arguments),
    /// Append cluster, segment and confidence to customers.
    Label(label::Arguments),
    /// Predict the segment of new customers.
    Predict(predict::Arguments),
    /// Write the report on a model's segments as one HTML file.
    Report(report::Arguments),
    /// Analyse and forecast a data set's sales.
    Forecast(forecast::Arguments),
    /// Score recency, frequency and monetary value, and name the segments they make.
    Rfm(rfm::Arguments),
    /// List earlier versions of a data set and compare one with the present: who moved, what drifted.
    Versions(versions::Arguments),
    /// Make a data set of files, with a manifest that is inferred from them.
    Import(import::Arguments),
    /// Write a data set's files as tables of a database.
    Load(load::Arguments),
    /// Make synthetic data of a manifest's shape.
    Generate(generate::Arguments),
}

/// A subcommand's failure; its text is the sentence people read.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the subcommand; failures go to standard error with status 1.
#[must_use]
pub fn run(arguments: Arguments) -> ExitCode {
    let outcome = match arguments.command {
        None => serve::run(&arguments.serve),
        Some(Command::Serve(config)) => serve::run(&config),
        Some(Command::Datasets(arguments)) => datasets::run(&arguments),
        Some(Command::Clean(arguments)) => clean::run(&arguments),
        Some(Command::Train(arguments)) => train::run(&arguments),
        Some(Command::Compare(arguments)) => compare::run(&arguments),
        Some(Command::Measure(arguments)) => measure::run(&arguments),
        Some(Command::Label(arguments)) => label::run(&arguments),
        Some(Command::Predict(arguments)) => predict::run(&arguments),
        Some(Command::Report(arguments)) => report::run(&arguments),
        Some(Command::Forecast(arguments)) => forecast::run(&arguments),
        Some(Command::Rfm(arguments)) => rfm::run(&arguments),
        Some(Command::Versions(arguments)) => versions::run(&arguments),
        Some(Command::Import(arguments)) => import::run(&arguments),
        Some(Command::Load(arguments)) => load::run(&arguments),
        Some(Command::Generate(arguments)) => generate::run(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error.to_string());
            ExitCode::FAILURE
        }
    }
}
