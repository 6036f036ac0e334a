//! A table with typed columns.

use std::collections::HashMap;
use std::path::PathBuf;

use polars::prelude::DataFrame;

use super::remark::Remarks;
use crate::dataset::manifest::Role;

/// A table with typed columns.
#[derive(Debug, Clone)]
pub(in crate::dataset) struct Typed {
    /// Its file.
    pub(in crate::dataset) file: PathBuf,
    /// Numbers and flags are `Float64`, days `Date`, ids and categories `String` (`Int64` where they may stay numbers).
    pub(in crate::dataset) frame: DataFrame,
    pub(in crate::dataset) roles: Vec<(String, Role)>,
    /// Cells that held an infinite number and are missing now.
    pub(in crate::dataset) infinite: usize,
    pub(in crate::dataset) notes: Remarks,
}

/// Roles that follow from what a column is used for.
pub(in crate::dataset) type RoleByUse<'a> = HashMap<&'a str, Role>;
