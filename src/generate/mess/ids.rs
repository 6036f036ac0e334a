//! Spellings of customers' ids.

use super::export::Field;
use super::kind::{Aspect, Kind};

/// A kind that spells ids in a way, and they are to be read as they are written.
macro_rules! ids {
    ($name:literal, $spell:expr) => {
        ids!($name, $spell, $spell)
    };
    ($name:literal, $spell:expr, $known:expr) => {
        Kind::new(concat!("ids as ", $name), Aspect::Ids, |export, _| {
            export.id = $spell;
            export.known_id = $known;
            true
        })
    };
}

/// Pairs of codes that are the same as floating-point numbers: 1E2 and 100.
fn exponent(customer: usize) -> String {
    let pair = customer / 2;
    let (digit, zeros) = (1 + pair % 9, 2 + pair / 9);
    if customer.is_multiple_of(2) { format!("{digit}E{zeros}") } else { format!("{digit}{}", "0".repeat(zeros)) }
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    ids!("12346", |customer| (12_346 + customer * 7).to_string()),
    ids!("12346.0", |customer| format!("{}.0", 12_346 + customer * 7), |customer| (12_346 + customer * 7).to_string()),
    ids!("00017", |customer| format!("{:05}", 17 + customer * 3)),
    ids!("1234567890123456789", |customer| (1_234_567_890_123_456_700 + customer as u64).to_string()),
    ids!("1E2 beside 100", exponent),
    Kind::new("ids as 1,234 (marks between thousands)", Aspect::Ids, |export, _| {
        export.has_english_marks = true;
        export.id = |customer| format!("{},{:03}", (1234 + customer) / 1000, (1234 + customer) % 1000);
        export.known_id = export.id;
        true
    }),
    ids!("words and digits in one: 7F3A", |customer| format!("{:04X}", 0x7f3a + customer * 257)),
    ids!("a UUID", |customer| format!(
        "{:08x}-52f1-4c0d-9a3e-{:012x}",
        customer * 7_919 + 40_503,
        customer * 104_729 + 17
    )),
    ids!("two words: Anna Berg 17", |customer| {
        const NAMES: [&str; 6] = ["Anna Berg", "Bo Lind", "Cy Stone", "Dee Marsh", "Eli Wood", "Fay Hill"];
        format!("{} {}", NAMES[customer % NAMES.len()], customer)
    }),
    ids!("a date: 2023-01", |customer| format!("{}-{:02}", 2000 + customer / 12, 1 + customer % 12)),
    Kind::new("ids as an e-mail", Aspect::Ids, |export, _| {
        export.id = |customer| format!("anna.{customer}@shop.example");
        export.known_id = export.id;
        export.call(Field::Customer, "email");
        true
    }),
    Kind::new("ids as a phone number", Aspect::Ids, |export, _| {
        export.id = |customer| format!("+49 170 {}", 1_234_567 + customer * 11);
        export.known_id = export.id;
        export.call(Field::Customer, "phone");
        true
    }),
];
