//! A day with its time, in the parts that people write.

use chrono::{Datelike, NaiveDate};

use super::records::Record;

/// From the first day of our era to 1970-01-01.
const EPOCH_FROM_CE: i32 = 719_163;

/// Hours from Greenwich in which a shop with branches all over the world writes.
const HOURS: [i32; 4] = [0, 2, -5, 9];

/// A day with its time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) year: i32,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: u32,
    pub(super) minute: u32,
    /// Days since 1970-01-01.
    pub(super) since: i32,
    /// Hours by which the clock is ahead of Greenwich.
    pub(super) ahead: i32,
}

impl Moment {
    /// The moment of a row by one clock for all.
    pub(super) fn of(record: &Record) -> Self {
        Self::at(record.day, i32::try_from(record.minute).unwrap_or(0), 0)
    }

    /// The moment of a row by the clock of its branch.
    pub(super) fn of_branch(record: &Record) -> Self {
        Self::at(record.day, i32::try_from(record.minute).unwrap_or(0), HOURS[record.order % HOURS.len()])
    }

    fn at(day: i32, minute: i32, ahead: i32) -> Self {
        let minutes = minute + 60 * ahead;
        let (since, minute) = (day + minutes.div_euclid(1440), minutes.rem_euclid(1440));
        let date = NaiveDate::from_num_days_from_ce_opt(since + EPOCH_FROM_CE).unwrap_or_default();
        Self {
            year: date.year(),
            month: date.month(),
            day: date.day(),
            hour: (minute / 60) as u32,
            minute: (minute % 60) as u32,
            since,
            ahead,
        }
    }

    /// As ISO 8601 has it.
    pub(super) fn iso(&self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// The year in two digits.
    pub(super) fn short(&self) -> i32 {
        self.year % 100
    }

    /// One of twelve names.
    pub(super) fn name(&self, names: &[&'static str; 12]) -> &'static str {
        names[self.month as usize - 1]
    }

    /// Day of the week, from Monday as 0.
    pub(super) fn weekday(&self) -> usize {
        (self.since + 3).rem_euclid(7) as usize
    }

    /// Seconds since 1970-01-01 UTC.
    pub(super) fn seconds(&self) -> i64 {
        i64::from(self.since) * 86_400 + i64::from(self.hour) * 3600 + i64::from(self.minute) * 60
    }

    /// Days as a spreadsheet counts them.
    pub(super) fn serial(&self) -> i32 {
        self.since + 25_569
    }
}
