//! Spellings of days.

use super::export::{Export, Field};
use super::kind::{Aspect, Kind};
use super::moment::Moment;
use super::records::Shape;

const ENGLISH: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const GERMAN: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const SPANISH: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const FRENCH: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const FRENCH_SHORT: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];
const PORTUGUESE: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];
const ITALIAN: [&str; 12] = [
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
];
const DUTCH: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];
const POLISH: [&str; 12] = [
    "stycznia",
    "lutego",
    "marca",
    "kwietnia",
    "maja",
    "czerwca",
    "lipca",
    "sierpnia",
    "września",
    "października",
    "listopada",
    "grudnia",
];
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const WOCHENTAGE: [&str; 7] = ["Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"];

/// The first three letters of the English month.
fn mon(at: &Moment) -> &'static str {
    &at.name(&ENGLISH)[..3]
}

/// The hour of a clock with twelve, and the half of the day.
fn twelve(at: &Moment) -> (u32, &'static str) {
    (if at.hour.is_multiple_of(12) { 12 } else { at.hour % 12 }, if at.hour < 12 { "AM" } else { "PM" })
}

/// Moves all days to the first twelve of their months, so that day and month can be taken for each other.
fn keep_to_twelve(export: &mut Export) {
    for record in &mut export.records {
        let day = Moment::of(record).day as i32;
        record.day -= (day - 1) / 12 * 12;
    }
}

/// A kind that spells days in a way.
macro_rules! days {
    ($name:literal, $spell:expr) => {
        Kind::new(concat!("days as ", $name), Aspect::Days, |export, _| {
            export.day = $spell;
            true
        })
    };
    ($name:literal, $order:literal, $spell:expr) => {
        Kind::new(concat!("days as ", $name), Aspect::Days, |export, _| {
            export.day = $spell;
            export.date_order = Some($order);
            true
        })
    };
}

/// All of them. A name shows the 7th of January 2023.
pub(super) const KINDS: &[Kind] = &[
    days!("2023-01-07 08:26:00", |at| format!("{} {:02}:{:02}:00", at.iso(), at.hour, at.minute)),
    days!("2023-01-07T08:26:00Z", |at| format!("{}T{:02}:{:02}:00Z", at.iso(), at.hour, at.minute)),
    days!("2023-01-07T08:26:00.123+01:00", |at| format!("{}T{:02}:{:02}:00.123+01:00", at.iso(), at.hour, at.minute)),
    days!("2023-01-07 08:26:00 UTC", |at| format!("{} {:02}:{:02}:00 UTC", at.iso(), at.hour, at.minute)),
    days!("2023/01/07", |at| format!("{}/{:02}/{:02}", at.year, at.month, at.day)),
    days!("2023.01.07", |at| format!("{}.{:02}.{:02}", at.year, at.month, at.day)),
    days!("2023-1-7", |at| format!("{}-{}-{}", at.year, at.month, at.day)),
    days!("07.01.2023", "day-first", |at| format!("{:02}.{:02}.{}", at.day, at.month, at.year)),
    days!("7.1.2023", "day-first", |at| format!("{}.{}.{}", at.day, at.month, at.year)),
    days!("07.01.23", "day-first", |at| format!("{:02}.{:02}.{:02}", at.day, at.month, at.short())),
    days!("07.01.2023 08:26", "day-first", |at| format!(
        "{:02}.{:02}.{} {:02}:{:02}",
        at.day, at.month, at.year, at.hour, at.minute
    )),
    days!("07.01.2023, 08:26 Uhr", "day-first", |at| format!(
        "{:02}.{:02}.{}, {:02}:{:02} Uhr",
        at.day, at.month, at.year, at.hour, at.minute
    )),
    days!("Sa, 07.01.2023", "day-first", |at| format!(
        "{}, {:02}.{:02}.{}",
        WOCHENTAGE[at.weekday()],
        at.day,
        at.month,
        at.year
    )),
    days!("07/01/2023 (day first)", "day-first", |at| format!("{:02}/{:02}/{}", at.day, at.month, at.year)),
    days!("7/1/23 (day first)", "day-first", |at| format!("{}/{}/{:02}", at.day, at.month, at.short())),
    days!("07-01-2023", "day-first", |at| format!("{:02}-{:02}-{}", at.day, at.month, at.year)),
    days!("07-01-23", "day-first", |at| format!("{:02}-{:02}-{:02}", at.day, at.month, at.short())),
    days!("07 01 2023", "day-first", |at| format!("{:02} {:02} {}", at.day, at.month, at.year)),
    days!("01/07/2023 (month first)", "month-first", |at| format!("{:02}/{:02}/{}", at.month, at.day, at.year)),
    days!("1/7/2023 (month first)", "month-first", |at| format!("{}/{}/{}", at.month, at.day, at.year)),
    days!("1/7/23 8:26", "month-first", |at| format!(
        "{}/{}/{:02} {}:{:02}",
        at.month,
        at.day,
        at.short(),
        at.hour,
        at.minute
    )),
    days!("1/7/2023 8:26:00 AM", "month-first", |at| {
        let (hour, half) = twelve(at);
        format!("{}/{}/{} {hour}:{:02}:00 {half}", at.month, at.day, at.year, at.minute)
    }),
    days!("01-07-2023 (month first)", "month-first", |at| format!("{:02}-{:02}-{}", at.month, at.day, at.year)),
    days!("7-Jan-23", |at| format!("{}-{}-{:02}", at.day, mon(at), at.short())),
    days!("07-Jan-2023", |at| format!("{:02}-{}-{}", at.day, mon(at), at.year)),
    days!("07-JAN-23", |at| format!("{:02}-{}-{:02}", at.day, mon(at).to_uppercase(), at.short())),
    days!("07JAN2023", |at| format!("{:02}{}{}", at.day, mon(at).to_uppercase(), at.year)),
    days!("07JAN2023:08:26:00", |at| format!(
        "{:02}{}{}:{:02}:{:02}:00",
        at.day,
        mon(at).to_uppercase(),
        at.year,
        at.hour,
        at.minute
    )),
    days!("Jan 7, 2023", |at| format!("{} {}, {}", mon(at), at.day, at.year)),
    days!("Jan 7, 2023, 8:26 AM", |at| {
        let (hour, half) = twelve(at);
        format!("{} {}, {}, {hour}:{:02} {half}", mon(at), at.day, at.year, at.minute)
    }),
    days!("January 7, 2023", |at| format!("{} {}, {}", at.name(&ENGLISH), at.day, at.year)),
    days!("7 January 2023", |at| format!("{} {} {}", at.day, at.name(&ENGLISH), at.year)),
    days!("7th January 2023", |at| {
        let ending = match at.day {
            1 | 21 | 31 => "st",
            2 | 22 => "nd",
            3 | 23 => "rd",
            _ => "th",
        };
        format!("{}{ending} {} {}", at.day, at.name(&ENGLISH), at.year)
    }),
    days!("Sat, 07 Jan 2023 08:26:00 +0100", |at| format!(
        "{}, {:02} {} {} {:02}:{:02}:00 +0100",
        WEEKDAYS[at.weekday()],
        at.day,
        mon(at),
        at.year,
        at.hour,
        at.minute
    )),
    days!("Sat Jan 7 08:26:00 2023", |at| format!(
        "{} {} {} {:02}:{:02}:00 {}",
        WEEKDAYS[at.weekday()],
        mon(at),
        at.day,
        at.hour,
        at.minute,
        at.year
    )),
    days!("7. Januar 2023", |at| format!("{}. {} {}", at.day, at.name(&GERMAN), at.year)),
    days!("7 de enero de 2023", |at| format!("{} de {} de {}", at.day, at.name(&SPANISH), at.year)),
    days!("7 janvier 2023", |at| format!("{} {} {}", at.day, at.name(&FRENCH), at.year)),
    days!("7 janv. 2023", |at| format!("{} {} {}", at.day, at.name(&FRENCH_SHORT), at.year)),
    days!("7 de janeiro de 2023", |at| format!("{} de {} de {}", at.day, at.name(&PORTUGUESE), at.year)),
    days!("7 gennaio 2023", |at| format!("{} {} {}", at.day, at.name(&ITALIAN), at.year)),
    days!("7 januari 2023", |at| format!("{} {} {}", at.day, at.name(&DUTCH), at.year)),
    days!("7 stycznia 2023", |at| format!("{} {} {}", at.day, at.name(&POLISH), at.year)),
    days!("20230107", |at| format!("{}{:02}{:02}", at.year, at.month, at.day)),
    days!("20230107082600", |at| format!("{}{:02}{:02}{:02}{:02}00", at.year, at.month, at.day, at.hour, at.minute)),
    days!("230107", |at| format!("{:02}{:02}{:02}", at.short(), at.month, at.day)),
    days!("44933 (spreadsheet)", |at| at.serial().to_string()),
    Kind::new("days as 44933.35 (spreadsheet)", Aspect::Days, |export, _| {
        export.has_english_marks = true;
        export.day = |at| {
            let minute = at.hour * 60 + at.minute;
            format!("{}.{:04}", at.serial(), u64::from(minute) * 10_000 / 1440)
        };
        true
    }),
    days!("1673079960 (seconds)", |at| at.seconds().to_string()),
    days!("1673079960000 (milliseconds)", |at| (at.seconds() * 1000).to_string()),
    days!("1673079960000000 (microseconds)", |at| (at.seconds() * 1_000_000).to_string()),
    Kind::new("days as 07/01/2023 (day first), none after the 12th", Aspect::Days, |export, _| {
        keep_to_twelve(export);
        export.day = |at| format!("{:02}/{:02}/{}", at.day, at.month, at.year);
        export.date_order = Some("day-first");
        true
    }),
    Kind::new("days as 01/07/2023 (month first), none after the 12th", Aspect::Days, |export, _| {
        keep_to_twelve(export);
        export.day = |at| format!("{:02}/{:02}/{}", at.month, at.day, at.year);
        export.date_order = Some("month-first");
        true
    }),
    Kind::new("day, month and year in three columns", Aspect::Days, |export, _| {
        let Some(at) = export.position(Field::Day) else { return false };
        let first = export.extras.len();
        export.add("day", |_, record, _| Moment::of(record).day.to_string());
        export.add("month", |_, record, _| Moment::of(record).month.to_string());
        export.add("year", |_, record, _| Moment::of(record).year.to_string());
        export.fields.truncate(export.fields.len() - 3);
        export.fields.splice(at..=at, [2, 1, 0].map(|part| Field::Extra(first + part)));
        export.shape == Shape::Purchases
    }),
    Kind::new("every branch with its own time and zone", Aspect::Days, |export, _| {
        if export.shape != Shape::Purchases {
            return false;
        }
        export.has_zones = true;
        for record in &mut export.records {
            record.minute = (record.order as u32 * 389 + record.quantity * 61) % 1440;
        }
        export.day = |at| format!("{}T{:02}:{:02}:00{:+03}:00", at.iso(), at.hour, at.minute, at.ahead);
        true
    }),
    Kind::new("0000-00-00 in a column of days beside", Aspect::Days, |export, _| {
        export.add(
            "shipped_on",
            |export: &Export, record, row| {
                if row % 9 == 4 { "0000-00-00".to_owned() } else { export.day(record) }
            },
        );
        true
    }),
];
