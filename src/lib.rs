//! Segmenta turns a company's raw customer data into named, tested, explained customer segments and
//! serves them as an interactive dashboard.
//!
//! Arrows point one way: `web, cli -> jobs -> segment -> {dataset, query, cluster, series, stats}`.
//! `docs/ARCHITECTURE.md` says what each part must not know.

pub mod cli;
pub mod cluster;
pub mod config;
pub mod dataset;
pub mod figures;
pub mod generate;
pub mod jobs;
pub mod library;
pub mod progress;
pub mod propose;
pub mod query;
pub mod segment;
pub mod series;
pub mod stats;
pub mod unfinished;
pub mod web;
pub mod words;
