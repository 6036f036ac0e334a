//! The series and reference values of the tests, as `golden/series.py` makes them.

use serde_json::Value;
use std::sync::LazyLock;

static VALUES: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("golden/series.json")).expect("golden/series.json is JSON"));

/// Uniform numbers in `[0, 1)`, the same ones as `noise` in `golden/series.py`.
pub(super) fn noise(n: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    (0..n)
        .map(|_| {
            state = (state * 1_103_515_245 + 12_345) % (1 << 31);
            state as f64 / (1u64 << 31) as f64
        })
        .collect()
}

/// A rising series with a season of 7.
pub(super) fn weekly(n: usize) -> Vec<f64> {
    let season = [0.0, 12.0, 7.0, -20.0, -6.0, 4.0, 3.0];
    let step = |(t, u): (usize, f64)| 100.0 + t as f64 / 4.0 + season[t % 7] + 16.0 * (u - 0.5);
    noise(n, 12_345).into_iter().enumerate().map(step).collect()
}

/// A random walk.
pub(super) fn walk(n: usize) -> Vec<f64> {
    let mut at = 0.0;
    noise(n, 777)
        .into_iter()
        .map(|u| {
            at += u - 0.5;
            at + 20.0
        })
        .collect()
}

/// A first-order autoregression around 5.
pub(super) fn autoregressive(n: usize) -> Vec<f64> {
    let mut x = 0.0;
    noise(n, 4_242)
        .into_iter()
        .map(|u| {
            x = x / 2.0 + (u - 0.5);
            x + 5.0
        })
        .collect()
}

/// A reference number by its JSON pointer, such as `/tests/walk/c/adf`.
pub(super) fn number(pointer: &str) -> f64 {
    VALUES.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer}"))
}

/// A list of reference numbers; null is NaN.
pub(super) fn numbers(pointer: &str) -> Vec<f64> {
    let list = VALUES.pointer(pointer).and_then(Value::as_array).unwrap_or_else(|| panic!("no list at {pointer}"));
    list.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

/// Whether two numbers agree to `tolerance`, relative to the expected one when that is above 1.
#[track_caller]
pub(super) fn close(found: f64, expected: f64, tolerance: f64) {
    let scale = expected.abs().max(1.0);
    assert!((found - expected).abs() <= tolerance * scale, "{found} is not {expected} within {tolerance}");
}

/// The same for lists, in which NaN equals NaN.
#[track_caller]
pub(super) fn all_close(found: &[f64], expected: &[f64], tolerance: f64) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        if !(found.is_nan() && expected.is_nan()) {
            close(*found, *expected, tolerance);
        }
    }
}

/// Sales a day of the pet shop, a column of `sale_cleaned.csv` summed by day over all days from the first to the last,
/// from the folder that `SEGMENTA_REAL_DATA` names; `None`, with a notice, when it is unset.
pub(super) fn petshop(column: &str) -> Option<Vec<f64>> {
    let Some(folder) = std::env::var_os("SEGMENTA_REAL_DATA") else {
        eprintln!("skipped: SEGMENTA_REAL_DATA is not set");
        return None;
    };
    let path = std::path::Path::new(&folder).join("petshop/sale_cleaned.csv");
    let text = std::fs::read_to_string(path).expect("petshop/sale_cleaned.csv can be read");
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let at = |name: &str| header.iter().position(|field| *field == name).expect("the column is there");
    let (date, value) = (at("sale_date"), at(column));
    let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).expect("a date");
    let (mut days, mut values) = (Vec::new(), Vec::new());
    for line in lines {
        // A description may hold commas in quotes: only fields before and after it are taken, from both ends.
        let quoted = line.find('"').zip(line.rfind('"'));
        let line = quoted.map_or(line.to_owned(), |(from, to)| format!("{}{}", &line[..from], &line[to + 1..]));
        let fields: Vec<&str> = line.split(',').collect();
        let day: chrono::NaiveDate = fields[date].parse().expect("a date");
        days.push((day - epoch).num_days() as i32);
        values.push(fields[value].parse().expect("a number"));
    }
    let sums = super::calendar::daily(&days, &values, super::calendar::Gaps::Zero).expect("days in range");
    Some(sums.values)
}
