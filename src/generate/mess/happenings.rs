//! What rows say that is no plain purchase.

use super::amounts::add_returns;
use super::kind::{Aspect, Kind};
use super::records::{Record, Shape, Standing, a_few};
use crate::dataset::dates;

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    Kind::new("returns as rows of their own", Aspect::Rows, add_returns),
    Kind::new("rows without a customer", Aspect::Rows, |export, random| {
        if export.shape != Shape::Purchases {
            return false;
        }
        let mut next = export.records.iter().map(|record| record.order).max().unwrap_or_default();
        a_few(&mut export.records, random, |bought, _| {
            next += 1;
            Record { order: next, customer: None, ..bought.clone() }
        });
        true
    }),
    Kind::new("a few rows that stand there twice", Aspect::Rows, |export, random| {
        a_few(&mut export.records, random, |row, _| Record { standing: Standing::Repeat, ..row.clone() });
        true
    }),
    Kind::new("all rows stand there twice", Aspect::Rows, |export, _| {
        let again = export.records.iter().map(|row| Record { standing: Standing::Repeat, ..row.clone() });
        let again: Vec<Record> = again.collect();
        export.records.extend(again);
        true
    }),
    Kind::new("a day 1900-01-01", Aspect::Rows, |export, random| {
        let at = random.below(export.records.len() as u32) as usize;
        export.records[at].day = dates::parse_iso("1900-01-01").unwrap_or_default();
        export.records[at].standing = Standing::Sentinel;
        export.shape == Shape::Purchases
    }),
    Kind::new("a day 9999-12-31", Aspect::Rows, |export, random| {
        let at = random.below(export.records.len() as u32) as usize;
        export.records[at].day = dates::parse_iso("9999-12-31").unwrap_or_default();
        export.records[at].standing = Standing::Sentinel;
        export.shape == Shape::Purchases
    }),
    Kind::new("a mistyped year 2042", Aspect::Rows, |export, random| {
        let at = random.below(export.records.len() as u32) as usize;
        export.records[at].day = dates::parse_iso("2042-03-04").unwrap_or_default();
        export.records[at].standing = Standing::Sentinel;
        export.shape == Shape::Purchases
    }),
    Kind::new("all amounts are the same", Aspect::Rows, |export, _| {
        for record in &mut export.records {
            record.cents = 999;
        }
        export.shape == Shape::Purchases
    }),
    Kind::new("rows in any order", Aspect::Rows, |export, random| {
        for at in (1..export.records.len()).rev() {
            let other = random.below(at as u32 + 1) as usize;
            export.records.swap(at, other);
        }
        true
    }),
    Kind::new("the latest row first", Aspect::Rows, |export, _| {
        export.records.reverse();
        true
    }),
    Kind::new("a shop where few come again", Aspect::Rows, |export, _| {
        if export.shape != Shape::Purchases {
            return false;
        }
        let count = export.records.len();
        for (at, record) in export.records.iter_mut().enumerate() {
            record.order = at;
            record.customer = Some(at.min(count - 3));
        }
        true
    }),
];
