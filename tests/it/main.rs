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
mod attacks;
mod bad_sales;
mod bad_tables;
mod browser;
mod browser_coupons;
mod browser_forecast;
mod browser_report;
mod browser_sales;
mod browser_upload;
mod browser_versions;
mod cases;
mod charts;
mod chromium;
mod cluster_pages;
mod command_line;
mod connections;
mod coupons;
mod documents;
mod editing;
mod engine_properties;
mod forecasts;
mod formats;
mod import;
mod imported;
mod lifetime;
mod marketplace;
mod mess;
mod models;
mod old_files;
mod pages;
mod petshop;
mod postgres;
mod properties;
mod real_files;
mod reference;
mod reference_algorithms;
mod reference_series;
mod report;
mod returns;
mod sales_pages;
mod spellings;
mod strangers;
mod upload;
mod versions;
