//! Which columns there are and where they stand, and what stands in and around their cells.

use super::export::{Edit, Export, Field, plain};
use super::kind::{Aspect, Kind};
use super::moment::Moment;
use super::records::{Record, Shape, Standing, has_lines};
use super::sheet::{Line, Sheet};

/// A kind that changes a sheet when it is written.
macro_rules! edited {
    ($name:literal, $aspect:expr, $edit:expr) => {
        Kind::new($name, $aspect, |export, _| {
            let edit: Edit = $edit;
            export.edits.push(edit);
            true
        })
    };
}

/// Each order with one line or several of the same customer and moment.
fn with_lines(export: &mut Export) -> bool {
    if export.shape != Shape::Purchases {
        return false;
    }
    if !has_lines(&export.records) {
        for at in 1..export.records.len() {
            if at % 3 == 1 && export.records[at].standing == Standing::Plain {
                let before = export.records[at - 1].clone();
                let own = &mut export.records[at];
                (own.order, own.customer, own.day, own.minute, own.place) =
                    (before.order, before.customer, before.day, before.minute, before.place);
            }
        }
    }
    // Lines of an order follow each other.
    export.records.sort_by_key(|record| record.order);
    true
}

/// Money of the whole order of a row.
fn order_total(export: &Export, record: &Record) -> i64 {
    let lines = export.records.iter().filter(|other| other.order == record.order);
    lines.map(|line| line.cents).sum()
}

/// Makes each amount so many times a price, whole where all amounts are.
fn with_prices(export: &mut Export) {
    let unit = if export.records.iter().all(|record| record.cents % 100 == 0) { 100 } else { 1 };
    for record in &mut export.records {
        let quantity = i64::from(record.quantity);
        let price = (record.cents.abs() / quantity / unit).max(1) * unit;
        record.cents = record.cents.signum() * price * quantity;
    }
}

/// Columns of price and quantity instead of the amount of a line, and the total of the order on each of its lines.
fn with_order_totals(export: &mut Export) -> bool {
    let is_possible = with_lines(export);
    with_prices(export);
    let Some(at) = export.position(Field::Amount) else { return false };
    let first = export.extras.len();
    export.add("order_total", |export, record, _| (export.amount)(order_total(export, record)));
    export.add("unit_price", |export, record, _| (export.amount)(record.cents / i64::from(record.quantity)));
    export.fields.truncate(export.fields.len() - 2);
    export.fields.splice(at..=at, [Field::Extra(first + 1), Field::Extra(first)]);
    is_possible && export.unknown.is_none()
}

/// Leaves customer and day out of all lines of an order but the first.
fn first_line_only(sheet: &mut Sheet, export: &Export) {
    let places: Vec<usize> =
        [Field::Customer, Field::Day].into_iter().filter_map(|field| export.position(field)).collect();
    for at in (1..sheet.rows.len().min(export.records.len())).rev() {
        if export.records[at].order == export.records[at - 1].order
            && let Some(cells) = sheet.rows[at].cells_mut()
        {
            for place in &places {
                if let Some(cell) = cells.get_mut(*place) {
                    cell.clear();
                }
            }
        }
    }
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    Kind::new("columns from right to left", Aspect::Columns, |export, _| {
        export.fields.reverse();
        true
    }),
    Kind::new("columns in any order", Aspect::Columns, |export, random| {
        for at in (1..export.fields.len()).rev() {
            let other = random.below(at as u32 + 1) as usize;
            export.fields.swap(at, other);
        }
        true
    }),
    Kind::new("a column of row numbers without a name", Aspect::Columns, |export, _| {
        export.add("", |_, _, row| row.to_string());
        export.fields.rotate_right(1);
        true
    }),
    Kind::new("a column without name and values", Aspect::Columns, |export, _| {
        export.add("", |_, _, _| String::new());
        let empty = Field::Extra(export.extras.len() - 1);
        export.fields.pop();
        export.fields.insert(2, empty);
        true
    }),
    Kind::new("two columns of the same name", Aspect::Columns, |export, _| {
        export
            .add("note", |_, record, _| if record.order.is_multiple_of(3) { "gift".to_owned() } else { String::new() });
        export.add(
            "note",
            |_, record, _| if record.order.is_multiple_of(4) { "called".to_owned() } else { String::new() },
        );
        true
    }),
    Kind::new("two days of the same name", Aspect::Columns, |export, _| {
        let name = export.name(Field::Day).to_owned();
        export.add(&name, |export, record, _| {
            let later = Record { day: record.day + 3 + (record.order % 5) as i32, ..record.clone() };
            export.day(&later)
        });
        export.shape == Shape::Purchases && export.position(Field::Day).is_some()
    }),
    Kind::new("the time in a column of its own", Aspect::Columns, |export, _| {
        export.add("time", |_, record, _| {
            let at = Moment::of(record);
            format!("{:02}:{:02}:00", at.hour, at.minute)
        });
        true
    }),
    Kind::new("a column of per cents", Aspect::Columns, |export, _| {
        export.add("discount", |_, record, _| format!("{} %", record.order * 7 % 40));
        true
    }),
    Kind::new("tax and freight beside the amount", Aspect::Columns, |export, _| {
        export.add("tax", |export, record, _| (export.amount)(record.cents / 5));
        export.add("freight", |export, record, _| (export.amount)(490 + (record.order % 3) as i64 * 200));
        true
    }),
    Kind::new("unit price and quantity without an amount", Aspect::Columns, |export, _| {
        with_prices(export);
        let Some(at) = export.position(Field::Amount) else { return false };
        export.add("unit_price", |export, record, _| (export.amount)(record.cents / i64::from(record.quantity)));
        export.fields.pop();
        export.fields[at] = Field::Extra(export.extras.len() - 1);
        // A price without its quantity would be no amount.
        export.shape == Shape::Purchases && export.unknown.is_none()
    }),
    Kind::new("the total of the order on each of its lines", Aspect::Columns, |export, _| with_order_totals(export)),
    Kind::new("customer and day on the first line of an order only", Aspect::Columns, |export, _| {
        export.edits.push(|sheet, export, _| first_line_only(sheet, export));
        with_lines(export)
    }),
    Kind::new("a column of remarks with quotes and line ends", Aspect::Columns, |export, _| {
        export.add("remark", |_, record, row| match row % 4 {
            0 => format!("said \"hello\", order {}", record.order),
            1 => "two\nlines".to_owned(),
            2 => "a;b,c\td".to_owned(),
            _ => String::new(),
        });
        true
    }),
    Kind::new("no header", Aspect::Columns, |export, _| {
        export.has_header = false;
        true
    }),
    edited!("cells padded with blanks", Aspect::Cells, |sheet, _, _| {
        let width = |row: &Vec<String>| row.iter().map(|cell| cell.chars().count()).collect::<Vec<_>>();
        let mut widths = sheet.header.as_ref().map(width).unwrap_or_default();
        for row in sheet.rows.iter().filter_map(Line::cells) {
            let own = width(&row.to_vec());
            widths.resize(widths.len().max(own.len()), 0);
            widths.iter_mut().zip(own).for_each(|(width, own)| *width = own.max(*width));
        }
        sheet.each_row(|row| {
            for (cell, width) in row.iter_mut().zip(&widths) {
                *cell = format!("{cell:<width$} ");
            }
        });
    }),
    edited!("blanks in front of cells", Aspect::Cells, |sheet, _, _| {
        sheet.each_row(|row| row.iter_mut().skip(1).for_each(|cell| cell.insert(0, ' ')));
    }),
    edited!("no-break spaces behind ids", Aspect::Cells, |sheet, export, _| {
        let place = export.position(Field::Customer).unwrap_or(0);
        for row in sheet.rows.iter_mut().filter_map(Line::cells_mut).step_by(3) {
            if let Some(cell) = row.get_mut(place).filter(|cell| !cell.is_empty()) {
                cell.push('\u{a0}');
            }
        }
    }),
    edited!("a separator behind each row", Aspect::Cells, |sheet, _, _| sheet.each_row(|row| row.push(String::new()))),
    edited!("a separator behind each row but the header", Aspect::Cells, |sheet, _, _| {
        for row in sheet.rows.iter_mut().filter_map(Line::cells_mut) {
            row.push(String::new());
        }
    }),
    edited!("empty columns behind the table", Aspect::Cells, |sheet, _, _| {
        sheet.each_row(|row| row.extend([String::new(), String::new(), String::new()]));
    }),
    edited!("empty cells at the end left out", Aspect::Cells, |sheet, _, _| {
        for row in sheet.rows.iter_mut().filter_map(Line::cells_mut) {
            row.push(String::new());
        }
        if let Some(header) = &mut sheet.header {
            header.push("remark".to_owned());
        }
        for row in sheet.rows.iter_mut().filter_map(Line::cells_mut) {
            while row.last().is_some_and(String::is_empty) {
                row.pop();
            }
        }
    }),
    Kind::new("amounts in a column of text beside", Aspect::Cells, |export, _| {
        export.add("paid", |_, record, _| format!("paid {} by card", plain(record.cents)));
        true
    }),
];
