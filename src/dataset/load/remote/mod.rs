//! What must be known of facts in a database before a page asks: ledger, levels, days, buyers.

mod compile;
mod features;
mod ledger;
mod returns;

use std::collections::HashMap;
use std::sync::Mutex;

use self::compile::Compiler;
use self::ledger::ledger;
use crate::dataset::database::{Connection, Relation};
use crate::dataset::error::DatasetError;
use crate::dataset::facts::remote::{Chosen, Counted, Key, Remote, Value};
use crate::dataset::facts::{FactDimension, Facts, UNKNOWN};
use crate::dataset::load::facts::builder::{label, shared_orders, snapshot};
use crate::dataset::load::facts::column::FeatureColumn;
use crate::dataset::load::facts::uses_of;
use crate::dataset::manifest::FactSource;
use crate::dataset::prepare::remark::Remarks;
use crate::dataset::prepare::tables::Tables;

/// Describes the facts that stay in the database. Their customers are not known yet.
///
/// # Errors
/// [`DatasetError`] when the database does not answer, or the manifest asks for what it cannot do.
pub(in crate::dataset) fn load(
    tables: &mut Tables<'_>,
    source: &FactSource,
) -> Result<(Facts, Vec<FeatureColumn>), DatasetError> {
    let uses = uses_of(source);
    let table = tables.named(&source.table)?;
    let place = table.place(tables.folder);
    let Some(relation) = Relation::of(table) else {
        return Err(DatasetError::manifest(
            &tables.manifest_file(),
            "facts.in_database",
            format!("table {} is a file; leave in_database out, or give the table a database", table.name()),
        ));
    };
    let lookups = tables.lookups(&source.join, &uses)?;
    let mut notes = Remarks::default();
    let of_lookups: Vec<Remarks> = lookups.iter().map(|lookup| lookup.right.notes.clone()).collect();
    let mut connection = Connection::open(&place, &relation)?;
    let described = connection.columns(&relation)?;
    let manifest = tables.manifest;
    let declared = |name: &str| manifest.column(name).role;
    let compiler = Compiler { place: &place, source, table, uses: &uses, declared: &declared };
    let base = compiler.base(relation.from.clone(), &described, lookups)?;
    let of = |name: &String| base.expression(name);
    let mut remote = Remote {
        customer: of(&source.customer),
        order: source.order.as_ref().map(of),
        day: of(&source.time),
        amount: of(source.amount.as_ref().unwrap_or(&source.time)),
        quantity: source.quantity.as_ref().map(of),
        is_return: None,
        place_of: source.latitude.as_ref().map(of).zip(source.longitude.as_ref().map(of)),
        days: (0, 0),
        connection: Mutex::new(Some(connection)),
        answers: Mutex::new(HashMap::new()),
        place,
        relation,
        base,
    };
    let mut ledger = ledger(&remote, source, table.name(), &mut notes)?;
    for own in of_lookups {
        notes.append(own);
    }
    ledger.notes = notes.into_texts();
    let returns = returns::settle(&mut remote, source, &mut ledger)?;
    ledger.notes.extend(shared_orders(remote.shared_orders()?));
    let everything = Chosen::default();
    let Some(days) = remote.days_of(&everything)? else {
        return Err(DatasetError::data(
            &remote.place,
            "has no row that passes the cleaning rules; correct the manifest",
        ));
    };
    remote.days = days;
    let snapshot = snapshot(&remote.place, source, days.1)?;
    let mut dimensions = Vec::with_capacity(source.dimension.len());
    for dimension in &source.dimension {
        let levels = remote.totals(&everything, &[Key::Level(&dimension.column)], Counted::default())?;
        let (mut names, mut has_missing) = (Vec::with_capacity(levels.len()), false);
        for (mut values, _) in levels {
            match values.pop() {
                Some(Value::Level(Some(name))) => names.push(name),
                _ => has_missing = true,
            }
        }
        names.sort_unstable();
        let label = label(dimension, manifest);
        dimensions.push(FactDimension { name: dimension.column.clone(), label, codes: Vec::new(), has_missing, names });
    }
    let orders = remote.totals(&everything, &[], Counted { orders: true, customers: false })?;
    let (buyers, features) = remote.features(&source.features, snapshot)?;
    // The fingerprint follows what is known of the data: its sums, and every customer's.
    let hash = xxhash_rust::xxh3::xxh3_64(format!("{ledger:?}{days:?}{features:?}").as_bytes());
    tables.hashes.insert(0, (source.table.clone(), hash));
    let facts = Facts {
        buyer: Vec::new(),
        order: Vec::new(),
        day: Vec::new(),
        amount: Vec::new(),
        has_amounts: true,
        uses: None,
        returns,
        quantity: Vec::new(),
        dimensions,
        numbers: Vec::new(),
        places: None,
        customer_of: vec![UNKNOWN; buyers.len()],
        buyers,
        orders: orders.first().map_or(0, |(_, totals)| totals.orders),
        snapshot,
        missing_days: source.missing_days,
        ledger,
        remote: Some(remote),
    };
    Ok((facts, features))
}
