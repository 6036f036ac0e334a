//! An export as somebody would make it: rows, and how each part of them is spelt.

use std::collections::BTreeMap;

use super::moment::Moment;
use super::records::{Record, Shape};
use super::sheet::{Line, Sheet};
use super::style::Style;
use crate::generate::Draw;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Order,
    Customer,
    Day,
    Amount,
    Quantity,
    Place,
    /// One of the columns beside, by its place among them.
    Extra(usize),
}

impl Field {
    /// The fields of every export, in their usual order.
    pub(super) const ALL: [Self; 6] =
        [Self::Order, Self::Customer, Self::Day, Self::Amount, Self::Quantity, Self::Place];

    /// What it is called in the truth.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Customer => "customer",
            Self::Day => "day",
            Self::Amount => "amount",
            Self::Quantity => "quantity",
            Self::Place => "place",
            Self::Extra(_) => "extra",
        }
    }
}

/// A column beside those that count.
#[derive(Debug, Clone)]
pub(super) struct Extra {
    pub(super) name: String,
    /// Its cell, of the export, a row and the row's number.
    pub(super) cell: fn(&Export, &Record, usize) -> String,
}

/// A change of a sheet that is written already.
pub(super) type Edit = fn(&mut Sheet, &Export, &mut Draw);

/// Makes several sheets of one.
pub(super) type Arrangement = fn(Sheet, &Export, &mut Draw) -> Vec<(String, Sheet)>;

/// A written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessFile {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Makes a file of a sheet, under a name without its ending; none when its letters do not stand in the code page.
pub(super) type Writer = fn(&str, &Sheet, &Export) -> Option<MessFile>;

/// An export on its way to a file. Each mess changes a part of it.
#[derive(Debug, Clone)]
pub(super) struct Export {
    pub(super) shape: Shape,
    pub(super) records: Vec<Record>,
    /// Names of the columns of [`Field::ALL`].
    pub(super) names: [String; 6],
    pub(super) day: fn(&Moment) -> String,
    pub(super) amount: fn(i64) -> String,
    pub(super) id: fn(usize) -> String,
    /// The id as it is to be read.
    pub(super) known_id: fn(usize) -> String,
    pub(super) places: &'static [&'static str],
    /// How a place is spelt.
    pub(super) place: fn(&str) -> String,
    /// The columns from left to right.
    pub(super) fields: Vec<Field>,
    pub(super) extras: Vec<Extra>,
    pub(super) has_header: bool,
    /// What stands for an unknown quantity, where some are not known.
    pub(super) unknown: Option<&'static str>,
    /// Whether every branch writes its own time with its zone.
    pub(super) has_zones: bool,
    /// Whether amounts are in several currencies.
    pub(super) has_currencies: bool,
    /// Whether some column can only be written in English marks, so that no other may be in others.
    pub(super) has_english_marks: bool,
    /// The right answer where the order of days is asked.
    pub(super) date_order: Option<&'static str>,
    /// The right answer where the marks of numbers are asked.
    pub(super) marks: Option<&'static str>,
    pub(super) edits: Vec<Edit>,
    pub(super) arrangement: Option<Arrangement>,
    pub(super) style: Style,
    pub(super) writer: Writer,
}

impl Export {
    /// The plain export of some rows: comma-separated UTF-8 with an English header.
    pub(super) fn plain((shape, records): (Shape, Vec<Record>)) -> Self {
        let names = match shape {
            Shape::Purchases => ["order_id", "customer_id", "order_date", "amount", "quantity", "city"],
            Shape::Customers => ["", "customer_id", "joined", "total_spent", "visits", "city"],
        };
        Self {
            shape,
            records,
            names: names.map(str::to_owned),
            day: Moment::iso,
            amount: plain,
            id: customer_number,
            known_id: customer_number,
            places: &["Berlin", "Madrid", "Paris", "Rome", "Lisbon", "Vienna", "Dublin", "Oslo"],
            place: str::to_owned,
            fields: Field::ALL
                .into_iter()
                .filter(|field| shape == Shape::Purchases || *field != Field::Order)
                .collect(),
            extras: Vec::new(),
            has_header: true,
            unknown: None,
            has_zones: false,
            has_currencies: false,
            has_english_marks: false,
            date_order: None,
            marks: None,
            edits: Vec::new(),
            arrangement: None,
            style: Style::default(),
            writer: |name, sheet, export| Some(MessFile { name: format!("{name}.csv"), bytes: export.text(sheet)? }),
        }
    }

    /// The name of a field's column.
    pub(super) fn name(&self, field: Field) -> &str {
        match field {
            Field::Extra(at) => self.extras.get(at).map_or("", |extra| extra.name.as_str()),
            own => Field::ALL.iter().position(|field| *field == own).map_or("", |at| self.names[at].as_str()),
        }
    }

    /// Gives a field's column another name.
    pub(super) fn call(&mut self, field: Field, name: &str) {
        if let Some(at) = Field::ALL.iter().position(|own| *own == field) {
            name.clone_into(&mut self.names[at]);
        }
    }

    /// Adds a column beside the others, at the end.
    pub(super) fn add(&mut self, name: &str, cell: fn(&Self, &Record, usize) -> String) {
        self.fields.push(Field::Extra(self.extras.len()));
        self.extras.push(Extra { name: name.to_owned(), cell });
    }

    /// Names of the columns as they are read, by what they hold.
    pub(super) fn columns(&self) -> BTreeMap<&'static str, String> {
        let of = |(at, field): (usize, &Field)| {
            let name = self.name(*field).trim();
            let name = if self.has_header { name.to_owned() } else { format!("column_{}", at + 1) };
            (field.key(), name)
        };
        self.fields.iter().enumerate().map(of).collect()
    }

    /// The place of a row, as it is to be read.
    pub(super) fn place(&self, record: &Record) -> String {
        self.places[record.place % self.places.len()].to_owned()
    }

    /// Whether the quantity of a row is not known.
    pub(super) fn is_unknown(&self, record: &Record) -> bool {
        self.unknown.is_some() && (record.order * 7 + record.quantity as usize).is_multiple_of(9)
    }

    /// The text of a row's day.
    pub(super) fn day(&self, record: &Record) -> String {
        (self.day)(&if self.has_zones { Moment::of_branch(record) } else { Moment::of(record) })
    }

    fn cell(&self, field: Field, record: &Record, row: usize) -> String {
        match field {
            Field::Order => format!("O{}", 20_001 + record.order),
            Field::Customer => record.customer.map_or_else(String::new, self.id),
            Field::Day => self.day(record),
            Field::Amount => (self.amount)(record.cents),
            Field::Quantity => match self.unknown {
                Some(mark) if self.is_unknown(record) => mark.to_owned(),
                _ => record.quantity.to_string(),
            },
            Field::Place => (self.place)(self.places[record.place % self.places.len()]),
            Field::Extra(at) => self.extras.get(at).map_or_else(String::new, |extra| (extra.cell)(self, record, row)),
        }
    }

    /// The sheets of the export with their names.
    pub(super) fn sheets(&self, random: &mut Draw) -> Vec<(String, Sheet)> {
        let line = |(row, record): (usize, &Record)| {
            Line::Cells(self.fields.iter().map(|field| self.cell(*field, record, row)).collect())
        };
        let header = self.fields.iter().map(|field| self.name(*field).to_owned()).collect();
        let mut sheet = Sheet {
            above: Vec::new(),
            header: self.has_header.then_some(header),
            rows: self.records.iter().enumerate().map(line).collect(),
            below: Vec::new(),
        };
        for edit in &self.edits {
            edit(&mut sheet, self, random);
        }
        match self.arrangement {
            Some(arrangement) => arrangement(sheet, self, random),
            None => vec![("orders".to_owned(), sheet)],
        }
    }

    /// A sheet as the bytes of a text; none when its letters do not stand in the code page.
    pub(super) fn text(&self, sheet: &Sheet) -> Option<Vec<u8>> {
        self.style.bytes(&self.style.text(sheet))
    }

    /// Place of a field's column from the left.
    pub(super) fn position(&self, field: Field) -> Option<usize> {
        self.fields.iter().position(|own| *own == field)
    }
}

/// An amount as programs write it.
pub(super) fn plain(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

fn customer_number(customer: usize) -> String {
    format!("C{}", 1001 + customer)
}
