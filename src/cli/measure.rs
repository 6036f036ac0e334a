//! `segmenta measure`: times one piece of the engine's work on a matrix, for benchmarks beside other programs.

use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;
use serde::Serialize;

use super::{Failure, output};
use crate::cluster::Silent;
use crate::segment::measure::{Measured, Settings, Work, measure, read_matrix};

#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// What to do.
    work: Task,
    /// Matrix of little-endian 64-bit floats, row after row.
    #[arg(long)]
    matrix: PathBuf,
    /// Columns of the matrix.
    #[arg(long)]
    columns: usize,
    /// Clusters.
    #[arg(long, default_value_t = 8)]
    k: usize,
    /// Restarts.
    #[arg(long, default_value_t = 10)]
    n_init: usize,
    /// DBSCAN's radius.
    #[arg(long, default_value_t = 0.5)]
    eps: f64,
    /// DBSCAN's neighbours.
    #[arg(long, default_value_t = 5)]
    min_samples: usize,
    /// Seed.
    #[arg(long, default_value_t = 42)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Task {
    Kmeans,
    Sweep,
    Dbscan,
    Silhouette,
    Ward,
    Mixture,
    Stability,
}

#[derive(Serialize)]
struct Report {
    seconds: f64,
    #[serde(flatten)]
    measured: Measured,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let matrix = read_matrix(&arguments.matrix, arguments.columns)
        .map_err(|error| format!("{}: {error}", arguments.matrix.display()))?;
    let work = match arguments.work {
        Task::Kmeans => Work::Kmeans,
        Task::Sweep => Work::Sweep,
        Task::Dbscan => Work::Dbscan,
        Task::Silhouette => Work::Silhouette,
        Task::Ward => Work::Ward,
        Task::Mixture => Work::Mixture,
        Task::Stability => Work::Stability,
    };
    let Arguments { k, n_init, eps, min_samples, seed, .. } = *arguments;
    let settings = Settings { k, n_init, eps, min_samples, seed };
    let started = Instant::now();
    let measured = measure(work, matrix.view(), &settings, &Silent)?;
    output::json(&Report { seconds: started.elapsed().as_secs_f64(), measured })
}
