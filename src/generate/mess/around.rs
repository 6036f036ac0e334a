//! What stands above a table, among its rows and below them.

use super::export::{Export, Field};
use super::kind::{Aspect, Kind};
use super::moment::Moment;
use super::records::{Record, Shape, Standing};
use super::sheet::{Line, Sheet};

/// A kind that puts lines above the table.
macro_rules! above {
    ($name:literal, $edit:expr) => {
        Kind::new(concat!("above: ", $name), Aspect::Above, |export, _| {
            export.edits.push(|sheet, export, _| {
                let put: fn(&mut Sheet, &Export) = $edit;
                put(sheet, export);
            });
            true
        })
    };
}

/// A kind that puts lines among the rows or below them.
macro_rules! below {
    ($name:literal, $edit:expr) => {
        Kind::new(concat!("below: ", $name), Aspect::Below, |export, _| {
            export.edits.push(|sheet, export, _| {
                let put: fn(&mut Sheet, &Export) = $edit;
                put(sheet, export);
            });
            true
        })
    };
}

/// A row that adds up the amounts of others, below a word.
fn total_of<'a>((sheet, export): (&Sheet, &Export), word: &str, records: impl Iterator<Item = &'a Record>) -> Line {
    let cents: i64 = records.map(|record| record.cents).sum();
    let mut cells = vec![String::new(); sheet.width()];
    let amount = export.position(Field::Amount);
    if let Some(cell) = amount.and_then(|at| cells.get_mut(at)) {
        *cell = (export.amount)(cents);
    }
    // The word stands in the first cell that is free.
    if let Some(cell) = cells.iter_mut().find(|cell| cell.is_empty()) {
        word.clone_into(cell);
    }
    Line::Cells(cells)
}

fn put_total(sheet: &mut Sheet, export: &Export, word: &str) {
    let total = total_of((sheet, export), word, export.records.iter());
    sheet.below.push(total);
}

/// The cells of a header that say what some columns have in common.
fn groups(export: &Export) -> Vec<String> {
    let group = |field: &Field| match field {
        Field::Order => "Order",
        Field::Customer => "Customer",
        _ => "",
    };
    export.fields.iter().map(|field| group(field).to_owned()).collect()
}

fn units(export: &Export) -> Vec<String> {
    let unit = |field: &Field| match field {
        Field::Amount => "EUR",
        Field::Quantity => "pcs",
        _ => "",
    };
    export.fields.iter().map(|field| unit(field).to_owned()).collect()
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    above!("a title", |sheet, _| sheet.above.push(Line::only("Orders of the shop"))),
    above!("a title in a row of cells", |sheet, _| {
        let width = sheet.width();
        sheet.above.push(Line::padded("Orders of the shop", width));
    }),
    above!("a title and a blank line", |sheet, _| {
        sheet.above.extend([Line::only("Orders of the shop"), Line::Bare(String::new())]);
    }),
    above!("a title, a subtitle and a blank row", |sheet, _| {
        let width = sheet.width();
        sheet.above.extend(["Orders", "from the till", ""].map(|text| Line::padded(text, width)));
    }),
    above!("names and values of a report", |sheet, _| {
        let pair = |name: &str, value: &str| Line::Cells(vec![name.to_owned(), value.to_owned()]);
        sheet.above.extend([pair("Report", "Orders"), pair("Made by", "Anna"), pair("Made on", "2024-06-01")]);
        sheet.above.push(Line::Bare(String::new()));
    }),
    above!("comments with #", |sheet, _| {
        sheet.above.extend(["# orders of the shop", "# made on Monday"].map(|text| Line::Bare(text.to_owned())));
    }),
    above!("sep=", |sheet, _| sheet.above.push(Line::Separator)),
    above!("a row of groups", |sheet, export| sheet.above.push(Line::Cells(groups(export)))),
    above!("blank lines", |sheet, _| sheet.above.extend([Line::Bare(String::new()), Line::Bare(String::new())])),
    above!("a row of units below the header", |sheet, export| sheet.rows.insert(0, Line::Cells(units(export)))),
    above!("a rule of dashes below the header", |sheet, _| {
        let dashes = vec!["-----".to_owned(); sheet.width()];
        sheet.rows.insert(0, Line::Cells(dashes));
    }),
    below!("a total", |sheet, export| put_total(sheet, export, "Total")),
    below!("a total: Summe", |sheet, export| put_total(sheet, export, "Summe")),
    below!("a grand total behind a blank row", |sheet, export| {
        let width = sheet.width();
        sheet.below.push(Line::padded("", width));
        put_total(sheet, export, "Grand total");
    }),
    below!("a total with a day", |sheet, export| {
        let mut total = total_of((sheet, export), "Total", export.records.iter());
        let day = export.records.last().map(|record| export.day(record));
        if let (Some(cells), Some(at), Some(day)) = (total.cells_mut(), export.position(Field::Day), day) {
            cells[at] = day;
        }
        sheet.below.push(total);
    }),
    below!("a total without a word", |sheet, export| put_total(sheet, export, "")),
    Kind::new("below: subtotals by month", Aspect::Below, |export, _| {
        export.records.sort_by_key(|record| (record.day, record.minute));
        export.edits.push(|sheet, export, _| {
            let month = |record: &Record| Moment::of(record).iso()[..7].to_owned();
            let mut rows = Vec::new();
            for (at, row) in sheet.rows.iter().enumerate() {
                rows.push(row.clone());
                let Some(own) = export.records.get(at).map(month) else { continue };
                if export.records.get(at + 1).map(month).as_ref() != Some(&own) {
                    let of_month = export.records.iter().filter(|record| month(record) == own);
                    rows.push(total_of((sheet, export), "Subtotal", of_month));
                }
            }
            sheet.rows = rows;
            put_total(sheet, export, "Total");
        });
        export.shape == Shape::Purchases
    }),
    below!("the header again in the middle", |sheet, _| {
        if let Some(header) = sheet.header.clone() {
            sheet.rows.insert(sheet.rows.len() / 2, Line::Cells(header));
        }
    }),
    below!("the header again every 25 rows", |sheet, _| {
        if let Some(header) = sheet.header.clone() {
            let pages: Vec<usize> = (1..sheet.rows.len()).filter(|row| row % 25 == 0).rev().collect();
            for row in pages {
                sheet.rows.insert(row, Line::Cells(header.clone()));
            }
        }
    }),
    below!("rows of separators", |sheet, _| {
        let width = sheet.width();
        for row in [sheet.rows.len() / 2, sheet.rows.len() / 3] {
            sheet.rows.insert(row, Line::padded("", width));
        }
    }),
    below!("blank lines among the rows", |sheet, _| {
        for row in [sheet.rows.len() / 2, sheet.rows.len() / 3] {
            sheet.rows.insert(row, Line::Bare(String::new()));
        }
    }),
    below!("a line on where it comes from", |sheet, _| {
        sheet.below.extend([Line::Bare(String::new()), Line::only("Source: till 7")]);
    }),
    below!("a line on where it comes from, in a row of cells", |sheet, _| {
        let width = sheet.width();
        sheet.below.push(Line::padded("Source: till 7", width));
    }),
    below!("the number of rows", |sheet, _| {
        let count = sheet.rows.len();
        sheet.below.push(Line::only(format!("{count} rows")));
    }),
    below!("a second table", |sheet, _| {
        let line = |cells: [&str; 2]| Line::Cells(cells.map(str::to_owned).to_vec());
        sheet.below.push(Line::Bare(String::new()));
        sheet.below.extend([["manager", "region"], ["Anna Berg", "East"], ["Bo Lind", "West"]].map(line));
    }),
    below!("blank lines at the end", |sheet, _| {
        sheet.below.extend([Line::Bare(String::new()), Line::Bare(String::new())]);
    }),
    Kind::new("a row that is cut off", Aspect::Below, |export, _| {
        let middle = export.records.len() / 2;
        export.records[middle].standing = Standing::Cut;
        export.edits.push(|sheet, export, _| {
            let behind = export.records.len() - export.records.len() / 2;
            let row = sheet.rows.len().saturating_sub(behind);
            if let Some(cells) = sheet.rows.get_mut(row).and_then(Line::cells_mut) {
                cells.truncate(2);
            }
        });
        true
    }),
    Kind::new("a row with a cell too many", Aspect::Below, |export, _| {
        export.edits.push(|sheet, _, _| {
            let row = sheet.rows.len() / 2;
            if let Some(cells) = sheet.rows[row].cells_mut() {
                cells.push("checked".to_owned());
            }
        });
        true
    }),
];
