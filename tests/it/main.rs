//! Integration tests, one binary so that linking stays fast.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may fail by panic and says when it skips"
)]

mod algorithms;
mod api;
mod app;
mod architecture;
mod browser;
mod cluster_pages;
mod command_line;
mod engine_properties;
mod forecasts;
mod lifetime;
mod models;
mod pages;
mod petshop;
mod properties;
mod real_files;
mod reference;
mod reference_algorithms;
mod sales_pages;
