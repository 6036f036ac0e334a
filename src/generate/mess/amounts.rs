//! Spellings of amounts.

use super::export::{Export, plain};
use super::kind::{Aspect, Kind};
use super::records::{Record, Shape, a_few};
use crate::generate::Draw;

/// Digits in groups of three with a mark between them.
fn grouped(number: i64, mark: &str) -> String {
    let digits = number.abs().to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap_or_default()).collect();
    groups.join(mark)
}

/// Digits as India groups them: three at the end, then two by two.
fn indian(number: i64) -> String {
    let digits = number.abs().to_string();
    let (front, end) = digits.split_at(digits.len().saturating_sub(3));
    if front.is_empty() {
        return end.to_owned();
    }
    let pairs: Vec<&str> =
        front.as_bytes().rchunks(2).rev().map(|pair| std::str::from_utf8(pair).unwrap_or_default()).collect();
    format!("{},{end}", pairs.join(","))
}

/// An amount with marks, without its sign.
fn marked(cents: i64, thousands: &str, decimal: &str) -> String {
    format!("{}{decimal}{:02}", grouped(cents.abs() / 100, thousands), cents.abs() % 100)
}

/// The sign in front.
fn signed(cents: i64, amount: String) -> String {
    if cents < 0 { format!("-{amount}") } else { amount }
}

/// Whether amounts have the marks of the rest of the file.
fn has_fitting_marks(export: &Export) -> bool {
    let amount = (export.amount)(123_450);
    !export.has_english_marks || !(amount.contains(",5") || amount.contains("1.234"))
}

/// Makes all amounts whole, so many and up to so many more; equal ones stay equal.
fn make_whole(export: &mut Export, least: i64, spread: i64) {
    for record in &mut export.records {
        let other = least + (record.cents.abs() * 7919) % spread;
        record.cents = record.cents.signum() * 100 * other;
    }
}

/// Adds returns where there are none: rows of their own, below zero.
pub(super) fn add_returns(export: &mut Export, random: &mut Draw) -> bool {
    if export.shape != Shape::Purchases {
        return false;
    }
    if export.records.iter().any(|record| record.cents < 0) {
        return true;
    }
    let last = export.records.iter().map(|record| record.day).max().unwrap_or_default();
    let mut next = export.records.iter().map(|record| record.order).max().unwrap_or_default();
    a_few(&mut export.records, random, |bought, _| {
        next += 1;
        let cents = -bought.cents.abs();
        Record { order: next, day: (bought.day + 5).min(last), cents, ..bought.clone() }
    });
    export.records.sort_by_key(|record| (record.day, record.minute));
    true
}

/// A kind that spells amounts in a way.
macro_rules! amounts {
    ($name:literal, $spell:expr) => {
        Kind::new(concat!("amounts as ", $name), Aspect::Amounts, |export, _| {
            export.amount = $spell;
            has_fitting_marks(export)
        })
    };
    (whole $name:literal, $spell:expr) => {
        Kind::new(concat!("amounts as ", $name), Aspect::Amounts, |export, _| {
            make_whole(export, 200, 4800);
            export.amount = $spell;
            export.marks = Some("thousands");
            has_fitting_marks(export)
        })
    };
    (below zero $name:literal, $spell:expr) => {
        Kind::new(concat!("returns as ", $name), Aspect::Amounts, |export, random| {
            export.amount = $spell;
            add_returns(export, random) && has_fitting_marks(export)
        })
    };
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    amounts!("1,234.50", |cents| signed(cents, marked(cents, ",", "."))),
    amounts!("1.234,50", |cents| signed(cents, marked(cents, ".", ","))),
    amounts!("1234,50", |cents| signed(cents, marked(cents, "", ","))),
    amounts!("1 234,50", |cents| signed(cents, marked(cents, " ", ","))),
    amounts!("1 234,50 (no-break space)", |cents| signed(cents, marked(cents, "\u{a0}", ","))),
    amounts!("1 234,50 (thin space)", |cents| signed(cents, marked(cents, "\u{202f}", ","))),
    amounts!("1'234.50", |cents| signed(cents, marked(cents, "'", "."))),
    amounts!("1’234.50", |cents| signed(cents, marked(cents, "\u{2019}", "."))),
    amounts!("12.5 (zeros left out)", |cents| {
        let text = plain(cents);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }),
    amounts!("12.5000", |cents| format!("{}00", plain(cents))),
    amounts!("$1,234.50", |cents| signed(cents, format!("${}", marked(cents, ",", ".")))),
    amounts!("1.234,50 €", |cents| signed(cents, format!("{} €", marked(cents, ".", ",")))),
    amounts!("EUR 1.234,50", |cents| format!("EUR {}", signed(cents, marked(cents, ".", ",")))),
    amounts!("1,234.50 USD", |cents| signed(cents, format!("{} USD", marked(cents, ",", ".")))),
    amounts!("R$ 1.234,50", |cents| signed(cents, format!("R$ {}", marked(cents, ".", ",")))),
    amounts!("CHF 1'234.50", |cents| signed(cents, format!("CHF {}", marked(cents, "'", ".")))),
    amounts!("1 234,50 zł", |cents| signed(cents, format!("{} zł", marked(cents, " ", ",")))),
    amounts!("1 234,50 kr", |cents| signed(cents, format!("{} kr", marked(cents, " ", ",")))),
    amounts!("1 234,50 руб.", |cents| signed(cents, format!("{} руб.", marked(cents, " ", ",")))),
    amounts!("£1,234.50", |cents| signed(cents, format!("£{}", marked(cents, ",", ".")))),
    amounts!("₹1,234.50", |cents| signed(cents, format!("₹{}", marked(cents, ",", ".")))),
    amounts!("=\"12.50\"", |cents| format!("=\"{}\"", plain(cents))),
    amounts!("Arabic digits", |cents| {
        let digit = |letter: char| letter.to_digit(10).and_then(|digit| char::from_u32(0x0660 + digit));
        plain(cents).chars().map(|letter| digit(letter).unwrap_or(letter)).collect()
    }),
    amounts!("+12.50", |cents| if cents < 0 { plain(cents) } else { format!("+{}", plain(cents)) }),
    amounts!(whole "1.250 beside 980", |cents| signed(cents, grouped(cents / 100, "."))),
    amounts!(whole "1,250 beside 980", |cents| signed(cents, grouped(cents / 100, ","))),
    amounts!(whole "1 250 beside 980", |cents| signed(cents, grouped(cents / 100, " "))),
    amounts!(whole "¥1,250", |cents| signed(cents, format!("¥{}", grouped(cents / 100, ",")))),
    amounts!(whole "1250 元", |cents| signed(cents, format!("{} 元", cents.abs() / 100))),
    amounts!(whole "1.25k", |cents| {
        // Thousandths are units, so that nothing is rounded.
        let units = cents.abs() / 100;
        signed(cents, format!("{}.{:03}k", units / 1000, units % 1000))
    }),
    amounts!(below zero "-12.50", plain),
    amounts!(below zero "(12.50)", |cents| if cents < 0 { format!("({})", plain(-cents)) } else { plain(cents) }),
    amounts!(below zero "($1,234.50)", |cents| {
        let amount = format!("${}", marked(cents, ",", "."));
        if cents < 0 { format!("({amount})") } else { amount }
    }),
    amounts!(below zero "12.50-", |cents| if cents < 0 { format!("{}-", plain(-cents)) } else { plain(cents) }),
    amounts!(below zero "1.234,50-", |cents| {
        let amount = marked(cents, ".", ",");
        if cents < 0 { format!("{amount}-") } else { amount }
    }),
    amounts!(below zero "\u{2212}12.50 (U+2212)", |cents| {
        if cents < 0 { format!("\u{2212}{}", plain(-cents)) } else { plain(cents) }
    }),
    amounts!(below zero "- 12.50", |cents| if cents < 0 { format!("- {}", plain(-cents)) } else { plain(cents) }),
    amounts!(below zero "12.50 CR", |cents| if cents < 0 { format!("{} CR", plain(-cents)) } else { plain(cents) }),
    amounts!(below zero "-$12.50", |cents| signed(cents, format!("${}", plain(cents.abs())))),
    Kind::new("amounts as 1,23,456.00 (India)", Aspect::Amounts, |export, _| {
        for record in &mut export.records {
            record.cents *= 100;
        }
        export.amount = |cents| signed(cents, format!("{}.{:02}", indian(cents / 100), cents.abs() % 100));
        true
    }),
    Kind::new("amounts as 1.251, all from 1,000 to 9,999", Aspect::Amounts, |export, _| {
        make_whole(export, 1000, 9000);
        export.amount = |cents| signed(cents, grouped(cents / 100, "."));
        export.marks = Some("thousands");
        has_fitting_marks(export)
    }),
    Kind::new("amounts of few that are large: 1,234.50 beside 87.10", Aspect::Amounts, |export, random| {
        for record in &mut export.records {
            record.cents = record.cents.signum() * (1000 + (record.cents.abs() * 7919) % 90_000);
        }
        for large in 0..3 {
            let chosen = export.records[random.below(export.records.len() as u32) as usize].clone();
            let same = |record: &&mut Record| (record.order, record.cents) == (chosen.order, chosen.cents);
            for record in export.records.iter_mut().filter(same) {
                record.cents = 123_450 + 100_000 * large;
            }
        }
        export.amount = |cents| signed(cents, marked(cents, ",", "."));
        true
    }),
    Kind::new("amounts in dollars and euros", Aspect::Amounts, |export, _| {
        export.has_currencies = true;
        export.amount =
            |cents| signed(cents, format!("{}{}", if cents % 3 == 0 { "€" } else { "$" }, marked(cents, ",", ".")));
        true
    }),
];
