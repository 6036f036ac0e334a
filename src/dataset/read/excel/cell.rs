//! A cell as the text that a csv file of the same table would hold.
//!
//! Everything downstream (missing values, roles, dates, keys of joins) is then the same code for a workbook and for csv files,
//! which is why they give the same data set. A number is written as briefly as it can be read back exactly.

use calamine::{DataRef, ExcelDateTime};

use crate::dataset::manifest::{DateOrder, Table};

/// How numbers and days are written.
#[derive(Debug, Clone, Copy)]
pub(in crate::dataset::read) struct Writing {
    decimal: char,
    order: DateOrder,
}

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::dataset::read) enum Content {
    /// Nothing.
    Empty,
    /// An error such as `#DIV/0!`.
    Error(String),
    /// A text, a number, a day or a truth value.
    Text(String),
}

impl Writing {
    /// The marks and the order that the table's text is read with.
    pub(in crate::dataset::read) fn of(table: &Table) -> Self {
        Self { decimal: table.decimal, order: table.date_order.unwrap_or(DateOrder::YearMonthDay) }
    }

    pub(in crate::dataset::read) fn content(self, cell: &DataRef<'_>) -> Content {
        let text = match cell {
            DataRef::Empty => return Content::Empty,
            DataRef::Error(error) => return Content::Error(error.to_string()),
            DataRef::String(text) | DataRef::DurationIso(text) => text.clone(),
            DataRef::SharedString(text) => (*text).to_owned(),
            DataRef::Bool(value) => u8::from(*value).to_string(),
            DataRef::Int(number) => number.to_string(),
            DataRef::Float(number) => self.number(*number),
            DataRef::DateTime(moment) => self.moment(*moment),
            DataRef::DateTimeIso(text) => self.iso(text),
        };
        if text.is_empty() { Content::Empty } else { Content::Text(text) }
    }

    /// Digits as they are written, with the table's decimal mark.
    pub(in crate::dataset::read) fn digits(self, digits: &str) -> String {
        if self.decimal == '.' { digits.to_owned() } else { digits.replace('.', self.decimal.encode_utf8(&mut [0; 4])) }
    }

    fn number(self, number: f64) -> String {
        let size = number.abs();
        let is_plain = size == 0.0 || (1e-7..1e17).contains(&size);
        // Adding zero takes the sign from a negative zero.
        let text = if is_plain { (number + 0.0).to_string() } else { format!("{number:e}") };
        if self.decimal == '.' { text } else { text.replace('.', self.decimal.encode_utf8(&mut [0; 4])) }
    }

    /// A day with its time of day, if it has one; a time alone; or a duration in days.
    fn moment(self, moment: ExcelDateTime) -> String {
        let days = moment.as_f64();
        // Beyond the last day of the year 9999 a number is no day, whatever its format.
        if moment.is_duration() || !(0.0..2_958_466.0).contains(&days) {
            return self.number(days);
        }
        let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
        let time = format!("{hour:02}:{minute:02}:{second:02}");
        if days < 1.0 {
            return time;
        }
        self.day(u32::from(year), u32::from(month), u32::from(day), if time == "00:00:00" { "" } else { &time })
    }

    fn iso(self, text: &str) -> String {
        let (date, time) = text.split_once('T').unwrap_or((text, ""));
        let parts: Vec<u32> = date.split('-').filter_map(|part| part.parse().ok()).collect();
        match parts[..] {
            [year, month, day] => {
                let time = time.trim_end_matches('Z');
                self.day(year, month, day, if time.starts_with("00:00:00") { "" } else { time })
            }
            _ => text.to_owned(),
        }
    }

    fn day(self, year: u32, month: u32, day: u32, time: &str) -> String {
        let date = match self.order {
            DateOrder::YearMonthDay => format!("{year:04}-{month:02}-{day:02}"),
            DateOrder::DayMonthYear => format!("{day:02}-{month:02}-{year:04}"),
            DateOrder::MonthDayYear => format!("{month:02}-{day:02}-{year:04}"),
        };
        if time.is_empty() { date } else { format!("{date} {time}") }
    }
}

#[cfg(test)]
mod tests {
    use calamine::{CellErrorType, ExcelDateTimeType};

    use super::*;

    fn written(table: &str, cell: &DataRef<'_>) -> String {
        let table: Table = toml::from_str(&format!("file = 'a.xlsx'\n{table}")).unwrap();
        match Writing::of(&table).content(cell) {
            Content::Text(text) => text,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn numbers_are_those_of_a_csv() {
        for (number, text) in [
            (123.0, "123"),
            (-0.0, "0"),
            (15.3, "15.3"),
            (39.78, "39.78"),
            (1e15, "1000000000000000"),
            (1e20, "1e20"),
            (1.5e-9, "1.5e-9"),
        ] {
            assert_eq!(written("", &DataRef::Float(number)), text);
        }
        assert_eq!(written("decimal = ','", &DataRef::Float(-1234.5)), "-1234,5");
        assert_eq!(written("", &DataRef::Bool(true)), "1");
        assert_eq!(written("", &DataRef::String(String::new())), "Empty");
        assert_eq!(written("", &DataRef::Error(CellErrorType::Div0)), "Error(\"#DIV/0!\")");
    }

    #[test]
    fn days_count_from_either_epoch_and_follow_the_order_of_the_table() {
        let moment =
            |days: f64, is_1904| DataRef::DateTime(ExcelDateTime::new(days, ExcelDateTimeType::DateTime, is_1904));
        assert_eq!(written("", &moment(45_657.0, false)), "2024-12-31");
        assert_eq!(written("", &moment(45_657.0 - 1462.0, true)), "2024-12-31");
        assert_eq!(written("", &moment(45_657.351_388_888_89, false)), "2024-12-31 08:26:00");
        assert_eq!(written("date_order = 'day-month-year'", &moment(45_657.0, false)), "31-12-2024");
        assert_eq!(written("date_order = 'month-day-year'", &moment(45_657.0, false)), "12-31-2024");
        assert_eq!(written("", &moment(0.5, false)), "12:00:00");
        assert_eq!(written("", &moment(1e9, false)), "1000000000");
        assert_eq!(written("", &DataRef::DateTimeIso("2024-12-31T00:00:00Z".to_owned())), "2024-12-31");
        assert_eq!(written("", &DataRef::DateTimeIso("2024-12-31T08:26:00".to_owned())), "2024-12-31 08:26:00");
        let span = ExcelDateTime::new(1.5, ExcelDateTimeType::TimeDelta, false);
        assert_eq!(written("", &DataRef::DateTime(span)), "1.5");
    }
}
