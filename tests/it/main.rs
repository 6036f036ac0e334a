//! Integration tests, one binary so that linking stays fast.

mod api;
mod app;
mod architecture;
mod browser;
mod command_line;
mod models;
mod pages;
mod properties;
mod real_files;
mod reference;
