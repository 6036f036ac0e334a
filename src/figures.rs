//! How numbers are written for people: thousands separators, at most three significant decimals,
//! K and M for large sums.

use crate::dataset::{Column, Role, SyntheticOrigin, dates};

/// A number with thousands separators and at most three significant decimals; a dash for NaN.
///
/// ```
/// assert_eq!(segmenta::figures::number(1_234_567.8), "1,234,568");
/// assert_eq!(segmenta::figures::number(0.123_45), "0.123");
/// ```
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let magnitude = value.abs();
    let decimals = if magnitude >= 1000.0 || magnitude.fract() == 0.0 {
        0
    } else if magnitude >= 100.0 {
        1
    } else if magnitude >= 1.0 {
        2
    } else if magnitude >= 0.001 {
        3
    } else {
        return format!("{value:.1e}");
    };
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { text.as_str() };
    grouped(text)
}

/// A small number that is not negative to the thousandth: `<0.001` below that unless it is 0; a dash for NaN.
///
/// ```
/// assert_eq!(segmenta::figures::thousandths(0.123_45), "0.123");
/// assert_eq!(segmenta::figures::thousandths(1e-9), "<0.001");
/// ```
#[must_use]
pub fn thousandths(value: f64) -> String {
    if value > 0.0 && value < 0.001 { "<0.001".to_owned() } else { number(value) }
}

/// A p-value to the thousandth, `<0.001` below that: one too small for the machine is not 0. A dash for NaN.
#[must_use]
pub fn p_value(p: f64) -> String {
    if p < 0.001 { "<0.001".to_owned() } else { number(p) }
}

/// A difference of two shares in percentage points, with its sign: `+1.2 points`; a dash for NaN.
///
/// ```
/// assert_eq!(segmenta::figures::points(0.012), "+1.2 points");
/// ```
#[must_use]
pub fn points(difference: f64) -> String {
    if difference.is_finite() {
        format!("{:+.1} points", difference * 100.0).replace('-', "−")
    } else {
        "–".to_owned()
    }
}

/// A whole number with thousands separators.
#[must_use]
pub fn count(value: usize) -> String {
    grouped(&value.to_string())
}

/// A number of things with their word: "1 file", "1,234 files".
///
/// ```
/// assert_eq!(segmenta::figures::counted(2, "file", "files"), "2 files");
/// ```
#[must_use]
pub fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A size of files: 512 bytes, 12.3 MB. A kilobyte is 1,000 bytes, as disks are sold.
///
/// ```
/// assert_eq!(segmenta::figures::bytes(12_345_678), "12.3 MB");
/// ```
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    match UNITS.iter().find(|(size, _)| value >= *size) {
        Some((size, unit)) => format!("{} {unit}", number((value as f64 / *size as f64 * 10.0).round() / 10.0)),
        None => counted(value as usize, "byte", "bytes"),
    }
}

/// An amount to the cent, with thousands separators; a dash for NaN.
///
/// ```
/// assert_eq!(segmenta::figures::cents(1_234_567.8), "1,234,567.80");
/// ```
#[must_use]
pub fn cents(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    // Rounded before it is written, so that nothing is "minus 0.00".
    grouped(&format!("{:.2}", (value * 100.0).round() / 100.0 + 0.0))
}

/// A large sum in thousands (K), millions (M) or billions (B).
#[must_use]
pub fn short(value: f64) -> String {
    let magnitude = value.abs();
    let (divisor, suffix) = if magnitude >= 1e15 {
        return format!("{value:.2e}");
    } else if magnitude >= 999_500_000.0 {
        (1e9, "B")
    } else if magnitude >= 999_500.0 {
        (1e6, "M")
    } else if magnitude >= 1e4 {
        (1e3, "K")
    } else {
        return number(value);
    };
    let scaled = value / divisor;
    let decimals = usize::from(scaled.abs() < 10.0) + usize::from(scaled.abs() < 100.0);
    format!("{scaled:.decimals$}{suffix}").replace('-', "−")
}

/// A share of 1 in per cent; `<1 %` for a small one that is not zero. The space does not break.
#[must_use]
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let points = if share.abs() < 1e-12 { 0.0 } else { share * 100.0 };
    if points > 0.0 && points < 0.5 { "<1\u{a0}%".to_owned() } else { format!("{points:.0}\u{a0}%") }
}

/// A difference relative to a reference, with its sign: `+12 %`; a dash where the reference is 0.
#[must_use]
pub fn relative(value: f64, reference: f64) -> String {
    let share = (value - reference) / reference.abs();
    if share.is_finite() { signed_percent(share) } else { "–".to_owned() }
}

/// A share with its sign: `+12 %`, `−3 %`, `0 %`.
#[must_use]
pub fn signed_percent(share: f64) -> String {
    let points = (share * 100.0).round();
    if points == 0.0 { "0\u{a0}%".to_owned() } else { format!("{points:+.0}\u{a0}%").replace('-', "−") }
}

/// A mean of a column with its unit, days as dates, flags as shares.
#[must_use]
pub fn of_column(value: f64, column: &Column) -> String {
    match column.role {
        Role::Date => dates::format_iso(value),
        Role::Flag => percent(value),
        _ if column.is_year() => format!("{value:.0}"),
        _ => with_unit(&number(value), column.unit.as_deref()),
    }
}

/// The same without its unit, for a place beside a figure that has it.
#[must_use]
pub fn bare_of_column(value: f64, column: &Column) -> String {
    if column.is_year() && value.is_finite() { format!("{value:.0}") } else { number(value) }
}

/// A sum over a column, or one of its values, with its unit; flags are counted, not shared out.
#[must_use]
pub fn sum_of_column(value: f64, column: &Column) -> String {
    if column.role == Role::Flag { number(value) } else { of_column(value, column) }
}

/// A written number with its unit: currency symbols in front, everything else behind.
#[must_use]
pub fn with_unit(text: &str, unit: Option<&str>) -> String {
    match unit {
        None | Some("") => text.to_owned(),
        // Nothing is in no unit.
        Some(_) if text == "–" => text.to_owned(),
        Some(symbol @ ("$" | "€" | "£" | "¥")) => match text.strip_prefix(['-', '−']) {
            Some(positive) => format!("−{symbol}{positive}"),
            None => format!("{symbol}{text}"),
        },
        Some(unit) => format!("{text} {unit}"),
    }
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("−", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut out = String::from(sign);
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    if out == "−0" { "0".to_owned() } else { out }
}

/// How synthetic data was made, as a sentence.
#[must_use]
pub fn origin(origin: &SyntheticOrigin) -> String {
    format!("{} rows made by the {} recipe with seed {}.", count(origin.rows), origin.recipe, origin.seed)
}

/// A text that starts with a capital letter.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        for (value, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1_234_567.0, "1,234,567"),
            (-1234.5, "−1,234"),
            (12.345, "12.35"),
            (0.1234, "0.123"),
            (3.0, "3"),
            (123.46, "123.5"),
            (0.00001, "1.0e-5"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn sums_and_shares_are_short() {
        assert_eq!(
            [short(9999.0), short(999_950.0), short(2.5e10), short(-45_600.0)],
            ["9,999", "1.00M", "25.0B", "−45.6K"]
        );
        assert_eq!(
            [percent(0.554), percent(0.004), percent(0.0), percent(f64::NAN)],
            ["55\u{a0}%", "<1\u{a0}%", "0\u{a0}%", "–"]
        );
        assert_eq!([relative(3.0, 2.0), relative(1.0, 2.0), relative(1.0, 0.0)], ["+50\u{a0}%", "−50\u{a0}%", "–"]);
        assert_eq!(
            [p_value(0.0), p_value(0.0123), thousandths(0.0), points(-0.02), points(f64::NAN)],
            ["<0.001", "0.012", "0", "−2.0 points", "–"]
        );
        assert_eq!(
            [
                with_unit("5", Some("€")),
                with_unit("5", Some("days")),
                with_unit("5", None),
                with_unit("–", Some("days"))
            ],
            ["€5", "5 days", "5", "–"]
        );
    }
}
