//! One table in several files, and files that belong to each other.

use std::collections::BTreeSet;

use super::export::{Arrangement, Export, Field};
use super::kind::{Aspect, Kind};
use super::records::Shape;
use super::sheet::{Line, Sheet};

/// A kind that makes several files of one table of purchases.
macro_rules! files {
    ($name:literal, $arrangement:expr) => {
        Kind::new(concat!("files: ", $name), Aspect::Files, |export, _| {
            let arrangement: Arrangement = $arrangement;
            export.arrangement = Some(arrangement);
            export.shape == Shape::Purchases && export.has_header
        })
    };
}

/// Two halves of a sheet, of which the second begins so many rows earlier.
fn halves(sheet: &Sheet, overlap: usize) -> [Sheet; 2] {
    let middle = sheet.rows.len() / 2;
    let part = |rows: &[Line], below: &[Line]| Sheet { rows: rows.to_vec(), below: below.to_vec(), ..sheet.clone() };
    [part(&sheet.rows[..middle], &[]), part(&sheet.rows[middle.saturating_sub(overlap)..], &sheet.below)]
}

fn named(sheets: [Sheet; 2], names: [&str; 2]) -> Vec<(String, Sheet)> {
    names.into_iter().map(str::to_owned).zip(sheets).collect()
}

/// Takes the places out of the sheet into one of customers, whose ids are spelt in a way.
fn with_customers(mut sheet: Sheet, export: &Export, spell: fn(&str) -> String) -> Vec<(String, Sheet)> {
    let customers: BTreeSet<(usize, usize)> =
        export.records.iter().filter_map(|record| Some((record.customer?, record.place))).collect();
    let rows = customers.iter().map(|(customer, place)| {
        let city = export.places[place % export.places.len()];
        Line::Cells(vec![spell(&(export.id)(*customer)), (export.place)(city), (20 + customer % 50).to_string()])
    });
    let header = [export.name(Field::Customer), export.name(Field::Place), "age"].map(str::to_owned).to_vec();
    let people = Sheet { above: Vec::new(), header: Some(header), rows: rows.collect(), below: Vec::new() };
    if let Some(at) = export.position(Field::Place) {
        sheet.each_wide_line(|cells| _ = cells.remove(at));
    }
    vec![("orders".to_owned(), sheet), ("customers".to_owned(), people)]
}

/// A kind with a file of customers, who stay at one place each.
macro_rules! lookup {
    ($name:literal, $spell:expr) => {
        Kind::new(concat!("files: ", $name), Aspect::Files, |export, _| {
            for record in &mut export.records {
                record.place = record.customer.unwrap_or(0);
            }
            export.arrangement = Some(|sheet, export, _| with_customers(sheet, export, $spell));
            let is_known = export.records.iter().all(|record| record.customer.is_some());
            export.shape == Shape::Purchases && export.has_header && is_known
        })
    };
}

/// All of them.
pub(super) const KINDS: &[Kind] = &[
    files!("two parts of one table", |sheet, _, _| named(halves(&sheet, 0), ["part-1", "part-2"])),
    files!("two years of one table", |sheet, _, _| named(halves(&sheet, 0), ["orders 2022", "orders 2023"])),
    files!("two parts with the columns in another order", |sheet, _, _| {
        let mut parts = halves(&sheet, 0);
        parts[1].each_wide_line(|cells| cells.reverse());
        named(parts, ["part-1", "part-2"])
    }),
    files!("two parts that overlap", |sheet, _, _| named(halves(&sheet, 10), ["part-1", "part-2"])),
    files!("the same table twice", |sheet, _, _| named([sheet.clone(), sheet], ["orders", "orders (1)"])),
    lookup!("customers beside the orders", str::to_owned),
    lookup!("customers with ids in small letters", str::to_lowercase),
    lookup!("customers with blanks around ids", |id| format!(" {id} ")),
    lookup!("customers with zeros in front of ids", |id| {
        let digits = id.find(|letter: char| letter.is_ascii_digit()).unwrap_or(0);
        format!("{}00{}", &id[..digits], &id[digits..])
    }),
    lookup!("customers with ids as decimal numbers", |id| {
        if id.bytes().all(|byte| byte.is_ascii_digit()) { format!("{id}.0") } else { id.to_owned() }
    }),
];
