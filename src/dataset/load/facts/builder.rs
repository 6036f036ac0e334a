//! Facts put together from cleaned pieces of a table.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use polars::prelude::*;
use rayon::prelude::*;

use super::returns::{self, Marks};
use crate::dataset::customers::MISSING_LEVEL;
use crate::dataset::dates;
use crate::dataset::error::DatasetError;
use crate::dataset::facts::uses::{NO_DAY, Uses};
use crate::dataset::facts::{FactDimension, FactNumber, Facts, Places, UNKNOWN};
use crate::dataset::label::humanise;
use crate::dataset::ledger::Ledger;
use crate::dataset::manifest::{Dimension, FactSource, Manifest, Number, Per};
use crate::dataset::prepare::interner::Interner;

/// Facts on their way into columns.
pub(crate) struct Builder<'a> {
    file: &'a Path,
    source: &'a FactSource,
    day: Vec<i32>,
    amount: Vec<f64>,
    quantity: Vec<f64>,
    /// Day of use of each row, where facts have a status.
    used_on: Vec<i32>,
    buyers: Codes,
    orders: Codes,
    dimensions: Vec<Codes>,
    numbers: Vec<Vec<f64>>,
    marks: Marks,
    places: Places,
    known_places: HashMap<(i64, i64), u32>,
}

/// A column of text as numbers.
struct Codes {
    codes: Vec<u32>,
    interner: Interner,
}

impl Codes {
    fn of(interner: Interner) -> Self {
        Self { codes: Vec::new(), interner }
    }

    /// Takes in texts, or whole numbers that stand for their texts.
    fn append(&mut self, column: &Column) -> PolarsResult<()> {
        let Self { codes, interner } = self;
        if column.dtype() == &DataType::Int64 {
            for chunk in column.i64()?.downcast_iter() {
                match chunk.validity() {
                    None => codes.extend(chunk.values().iter().map(|number| interner.code_of(*number))),
                    Some(_) => codes
                        .extend(chunk.iter().map(|number| number.map_or(UNKNOWN, |number| interner.code_of(*number)))),
                }
            }
        } else {
            let texts = column.str()?;
            codes.extend(texts.iter().map(|text| text.map_or(UNKNOWN, |text| interner.code(text))));
        }
        Ok(())
    }
}

impl<'a> Builder<'a> {
    pub(crate) fn new(file: &'a Path, source: &'a FactSource) -> Self {
        Self {
            file,
            source,
            day: Vec::new(),
            amount: Vec::new(),
            quantity: Vec::new(),
            used_on: Vec::new(),
            buyers: Codes::of(Interner::keeping()),
            orders: Codes::of(Interner::counting()),
            dimensions: source.dimension.iter().map(|_| Codes::of(Interner::keeping())).collect(),
            numbers: vec![Vec::new(); source.number.len()],
            marks: Marks::default(),
            places: Places { place: Vec::new(), points: Vec::new() },
            known_places: HashMap::new(),
        }
    }

    /// Makes room for about so many rows, so that columns need not move when they grow. Room that is not used costs nothing.
    pub(crate) fn reserve(&mut self, rows: usize) {
        // A little more, because an estimate falls short as often as not.
        let rows = rows + rows / 16;
        self.day.reserve(rows);
        self.amount.reserve(rows);
        if self.source.quantity.is_some() {
            self.quantity.reserve(rows);
        }
        let orders = self.source.order.as_ref().map(|_| &mut self.orders);
        for codes in std::iter::once(&mut self.buyers).chain(orders).chain(&mut self.dimensions) {
            codes.codes.reserve(rows);
        }
    }

    /// Takes in a cleaned piece.
    pub(crate) fn append(&mut self, frame: &DataFrame) -> Result<(), DatasetError> {
        let (file, source) = (self.file, self.source);
        let fail = |name: &str, error: PolarsError| DatasetError::column(file, name, error.to_string());
        let column = |name: &str| frame.column(name).map_err(|error| fail(name, error));
        let days = |name: &str| {
            let day = column(name)?.cast(&DataType::Int32).map_err(|error| fail(name, error))?;
            day.i32().cloned().map_err(|error| fail(name, error))
        };
        let day = days(&source.time)?;
        for chunk in day.downcast_iter() {
            match chunk.validity() {
                None => self.day.extend_from_slice(chunk.values()),
                Some(_) => self.day.extend(chunk.iter().flatten()),
            }
        }
        let numbers = |name: &str, values: &mut Vec<f64>| -> Result<(), DatasetError> {
            let column = column(name)?.f64().map_err(|error| fail(name, error))?;
            for chunk in column.downcast_iter() {
                // What is missing is rare in numbers; without it they are copied as they stand.
                match chunk.validity() {
                    None => values.extend_from_slice(chunk.values()),
                    Some(_) => values.extend(chunk.iter().map(|value| value.copied().unwrap_or(f64::NAN))),
                }
            }
            Ok(())
        };
        match &source.amount {
            Some(name) => numbers(name, &mut self.amount)?,
            None => self.amount.resize(self.amount.len() + frame.height(), 1.0),
        }
        if let Some(name) = source.status.as_ref().and_then(|status| status.time.as_deref()) {
            self.used_on.extend(days(name)?.iter().map(|day| day.unwrap_or(NO_DAY)));
        }
        if let Some(name) = &source.quantity {
            numbers(name, &mut self.quantity)?;
        }
        for (number, values) in source.number.iter().zip(&mut self.numbers) {
            numbers(&number.column, values)?;
        }
        if let (Some(latitude), Some(longitude)) = (&source.latitude, &source.longitude) {
            let (mut latitudes, mut longitudes) = (Vec::new(), Vec::new());
            numbers(latitude, &mut latitudes)?;
            numbers(longitude, &mut longitudes)?;
            self.append_places(&latitudes, &longitudes);
        }
        let names = std::iter::once(source.customer.as_str())
            .chain(source.order.as_deref())
            .chain(source.dimension.iter().map(|dimension| dimension.column.as_str()));
        let orders = source.order.as_ref().map(|_| &mut self.orders);
        let columns: Vec<_> =
            names.zip(std::iter::once(&mut self.buyers).chain(orders).chain(&mut self.dimensions)).collect();
        columns
            .into_par_iter()
            .try_for_each(|(name, codes)| codes.append(column(name)?).map_err(|error| fail(name, error)))?;
        let Some(returns) = &source.returns else { return Ok(()) };
        let appended = self.marks.append(source, returns, frame, &mut self.orders.interner);
        appended.map_err(|error| DatasetError::data(file, error.to_string()))
    }

    /// Places of equal coordinates, rounded to a ten-thousandth of a degree (about ten metres).
    fn append_places(&mut self, latitudes: &[f64], longitudes: &[f64]) {
        let rounded = |degrees: f64| (degrees * 1e4).round() as i64;
        for (latitude, longitude) in latitudes.iter().zip(longitudes) {
            let is_on_earth = (-90.0..=90.0).contains(latitude) && (-180.0..=180.0).contains(longitude);
            let place = if is_on_earth {
                *self.known_places.entry((rounded(*latitude), rounded(*longitude))).or_insert_with(|| {
                    let middle = |degrees: f64| rounded(degrees) as f64 / 1e4;
                    self.places.points.push((middle(*latitude), middle(*longitude)));
                    self.places.points.len() as u32 - 1
                })
            } else {
                UNKNOWN
            };
            self.places.place.push(place);
        }
    }

    /// Facts by day, and where their orders start. Customers are not known yet.
    pub(crate) fn finish(self, manifest: &Manifest, ledger: Ledger) -> Result<(Facts, OrderStarts), DatasetError> {
        let Self {
            file,
            source,
            mut day,
            mut amount,
            mut quantity,
            mut used_on,
            mut buyers,
            mut orders,
            dimensions,
            mut numbers,
            mut marks,
            mut places,
            ..
        } = self;
        let dimensions: Vec<(Codes, &Dimension)> = dimensions.into_iter().zip(&source.dimension).collect();
        let mut dimensions: Vec<FactDimension> =
            dimensions.into_par_iter().map(|(codes, dimension)| by_name(codes, dimension, manifest)).collect();
        if !day.is_sorted() {
            let order = by_day(&day);
            sort(&mut day, &order);
            sort(&mut amount, &order);
            sort(&mut quantity, &order);
            sort(&mut used_on, &order);
            sort(&mut buyers.codes, &order);
            sort(&mut orders.codes, &order);
            sort(&mut marks.is_marked, &order);
            sort(&mut marks.named, &order);
            sort(&mut marks.bare, &order);
            sort(&mut places.place, &order);
            for values in &mut numbers {
                sort(values, &order);
            }
            for dimension in &mut dimensions {
                sort(&mut dimension.codes, &order);
            }
        }
        let (order, orders) = match &source.order {
            Some(_) => (orders.codes, orders.interner.len()),
            None => ((0..day.len() as u32).collect(), day.len()),
        };
        let mut ledger = ledger;
        let mut rows = returns::Rows {
            day: &day,
            buyer: &buyers.codes,
            order: &order,
            orders,
            amount: &mut amount,
            quantity: &mut quantity,
        };
        let returns = returns::settle(source, &marks, &mut rows, &mut ledger);
        let is_return = returns.as_ref().map_or(&[][..], |returns| returns.is_return.as_slice());
        let starts = OrderStarts::of(&order, &buyers.codes, orders, is_return);
        ledger.notes.extend(shared_orders(starts.shared));
        let uses = source.status.as_ref().and_then(|status| Uses::new(status, &dimensions, &day, used_on));
        ledger.notes.extend(uses.iter().flat_map(Uses::notes));
        let last = day.last().copied().unwrap_or_default();
        let ids = buyers.interner.into_texts();
        let facts = Facts {
            amount,
            has_amounts: source.amount.is_some(),
            uses,
            returns,
            quantity,
            customer_of: vec![UNKNOWN; ids.len()],
            buyers: ids,
            buyer: buyers.codes,
            order,
            day,
            dimensions,
            numbers: numbers.into_iter().zip(&source.number).map(|(v, number)| named(v, number, manifest)).collect(),
            places: source.latitude.as_ref().map(|_| places),
            orders,
            snapshot: snapshot(file, source, last)?,
            missing_days: source.missing_days,
            ledger,
            remote: None,
        };
        Ok((facts, starts))
    }
}

/// Where the orders of buyers start among rows by day.
pub(crate) struct OrderStarts {
    /// Whether each row is the first of an order of its buyer that is a purchase.
    pub(crate) is_start: Vec<bool>,
    /// Orders that name more than one known buyer.
    pub(crate) shared: usize,
}

impl OrderStarts {
    /// An order has one buyer as a rule, who is remembered; only those of several are looked up. A return starts no order;
    /// `is_return` is empty when there is none.
    pub(crate) fn of(order: &[u32], buyer: &[u32], orders: usize, is_return: &[bool]) -> Self {
        let mut owner = vec![UNKNOWN; orders];
        let mut others = HashSet::new();
        let is_start = order.iter().zip(buyer).enumerate().map(|(row, (order, buyer))| {
            if is_return.get(row).copied().unwrap_or(false) {
                return false;
            }
            let Some(owner) = owner.get_mut(*order as usize).filter(|_| *buyer != UNKNOWN) else { return false };
            if *owner == UNKNOWN {
                *owner = *buyer;
                return true;
            }
            *owner != *buyer && others.insert((*order, *buyer))
        });
        let is_start = is_start.collect();
        let shared = others.into_iter().map(|(order, _)| order).collect::<HashSet<u32>>().len();
        Self { is_start, shared }
    }
}

/// What is worth telling of orders that name more than one customer.
pub(crate) fn shared_orders(count: usize) -> Option<String> {
    (count > 0)
        .then(|| format!("{count} orders name more than one customer; each of them gets the order and its own rows."))
}

/// The day from which recency is counted.
pub(crate) fn snapshot(file: &Path, source: &FactSource, last: i32) -> Result<i32, DatasetError> {
    let snapshot = source.snapshot.as_deref().and_then(dates::parse_iso).unwrap_or(last + 1);
    if snapshot > last {
        return Ok(snapshot);
    }
    Err(crate::dataset::manifest::fault::manifest_error(
        file,
        "facts.snapshot",
        format!("expected a day after the last one, {}", dates::format_iso(f64::from(last))),
    ))
}

/// A dimension whose levels are in alphabetical order.
fn by_name(codes: Codes, dimension: &Dimension, manifest: &Manifest) -> FactDimension {
    let texts = codes.interner.into_texts();
    let mut order: Vec<u32> = (0..texts.len() as u32).collect();
    order.sort_unstable_by_key(|code| texts.get(*code as usize));
    let mut position = vec![0; order.len()];
    for (at, code) in order.iter().enumerate() {
        position[*code as usize] = at as u32;
    }
    let mut codes = codes.codes;
    let mut has_missing = false;
    for code in &mut codes {
        *code = position.get(*code as usize).copied().unwrap_or(MISSING_LEVEL);
        has_missing |= *code == MISSING_LEVEL;
    }
    FactDimension {
        name: dimension.column.clone(),
        label: label(dimension, manifest),
        codes,
        has_missing,
        names: order.iter().map(|code| texts.get(*code as usize).to_owned()).collect(),
    }
}

fn named(values: Vec<f64>, number: &Number, manifest: &Manifest) -> FactNumber {
    let label = number.label.clone().or_else(|| manifest.column(&number.column).label);
    FactNumber {
        name: number.column.clone(),
        label: label.unwrap_or_else(|| humanise(&number.column)),
        unit: manifest.unit(&number.column).filter(|unit| !unit.is_empty()),
        per_order: number.per == Per::Order,
        values,
    }
}

/// A dimension's name for people.
pub(crate) fn label(dimension: &Dimension, manifest: &Manifest) -> String {
    let label = dimension.label.clone().or_else(|| manifest.column(&dimension.column).label);
    label.unwrap_or_else(|| humanise(&dimension.column))
}

/// Rows by day, those of a day in their own order.
fn by_day(day: &[i32]) -> Vec<u32> {
    let first = day.iter().min().copied().unwrap_or_default();
    let last = day.iter().max().copied().unwrap_or_default();
    let span = (i64::from(last) - i64::from(first)) as usize;
    if span > 4 * day.len() + 100_000 {
        let mut order: Vec<u32> = (0..day.len() as u32).collect();
        order.sort_by_key(|row| day[*row as usize]);
        return order;
    }
    let mut starts = vec![0; span + 2];
    let at = |day: i32| (i64::from(day) - i64::from(first)) as usize;
    for day in day {
        starts[at(*day) + 1] += 1_u32;
    }
    for position in 1..starts.len() {
        starts[position] += starts[position - 1];
    }
    let mut order = vec![0; day.len()];
    for (row, day) in day.iter().enumerate() {
        let next = &mut starts[at(*day)];
        order[*next as usize] = row as u32;
        *next += 1;
    }
    order
}

fn sort<T: Copy + Send + Sync>(values: &mut Vec<T>, order: &[u32]) {
    if !values.is_empty() {
        *values = order.par_iter().map(|row| values[*row as usize]).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ordered_by_day_and_keep_their_order_within_it() {
        assert_eq!(by_day(&[5, -3, 5, 0, -3]), [1, 4, 3, 0, 2]);
        assert_eq!(by_day(&[i32::MAX, i32::MIN, 0]), [1, 2, 0]);
        assert_eq!(by_day(&[]), Vec::<u32>::new());
    }

    #[test]
    fn an_order_starts_once_for_each_of_its_buyers() {
        let (order, buyer) = ([0, 0, 0, 1, 0, 0, UNKNOWN, 1], [5, 6, 5, UNKNOWN, 6, 7, 5, 5]);
        let starts = OrderStarts::of(&order, &buyer, 2, &[]);
        assert_eq!(starts.is_start, [true, true, false, false, false, true, false, true]);
        assert_eq!(starts.shared, 1);
        let returned = [true, false, false, false, false, true, false, true];
        let starts = OrderStarts::of(&order, &buyer, 2, &returned);
        assert_eq!(starts.is_start, [false, true, true, false, false, false, false, false]);
    }
}
