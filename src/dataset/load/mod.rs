//! From a folder to a data set: facts and attributes are read, brought together, cleaned, derived and checked.

mod customers;
pub(in crate::dataset) mod facts;
pub(in crate::dataset) mod remote;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use rayon::prelude::*;

use self::facts::column::FeatureColumn;
use crate::dataset::customers::{Column, Customers};
use crate::dataset::error::DatasetError;
use crate::dataset::facts::{Facts, UNKNOWN};
use crate::dataset::ledger::{Ledger, LedgerEntry};
use crate::dataset::loaded::{Dataset, RawColumn};
use crate::dataset::manifest::{self, FactSource, Manifest, Others, Role};
use crate::dataset::prepare::clean::{Cleaner, Plan};
use crate::dataset::prepare::interner::Interner;
use crate::dataset::prepare::remark::Remarks;
use crate::dataset::prepare::tables::Tables;
use crate::dataset::prepare::typed::{RoleByUse, Typed};
use crate::dataset::synthetic::SyntheticOrigin;
use crate::progress::{Progress, Silent};

/// Loads the data set in `folder`.
///
/// # Errors
/// [`DatasetError`], naming file and key, or file, row and column.
pub fn load(folder: &Path) -> Result<Dataset, DatasetError> {
    load_watched(folder, &Silent)
}

/// The same for somebody who may ask to stop.
///
/// # Errors
/// As [`load`]; [`DatasetError::Cancelled`].
pub fn load_watched(folder: &Path, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
    load_as(folder, Manifest::read(folder)?, watch)
}

/// The same as another manifest says than the one in the folder.
///
/// # Errors
/// As [`load_watched`].
pub fn load_as(folder: &Path, manifest: Manifest, watch: &dyn Progress) -> Result<Dataset, DatasetError> {
    let name = folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut tables = Tables::new(folder, &manifest, watch);
    let loaded = manifest.facts.as_ref().map(|source| buyers(&mut tables, source)).transpose()?;
    let table = customers(&mut tables, loaded.as_ref())?;
    let returns = loaded.as_ref().is_some_and(|loaded| loaded.facts.returns.is_some());
    let fingerprint = fingerprint(&manifest, &tables.hashes, returns);
    let hash = tables.hashes.first().map_or(0, |(_, hash)| *hash);
    let raw = raw_columns(&table);
    let file = table.file;
    let mut notes = table.notes;

    let mut cleaner = Cleaner::new(&file, Plan::of_customers(&manifest), table.frame, table.roles);
    let (rows_in, value_in) = (cleaner.frame.height(), cleaner.value()?);
    cleaner.entries.extend(LedgerEntry::of_infinite(rows_in, table.infinite));
    DatasetError::check(watch)?;
    cleaner.run()?;
    DatasetError::check(watch)?;
    let value_out = cleaner.value()?;
    notes.append(std::mem::take(&mut cleaner.notes));
    let derivations = std::mem::take(&mut cleaner.derivations);
    let mut customers = customers::from_frame(&file, &manifest, &cleaner.frame, &cleaner.roles)?;
    if returns {
        explain_returns(&manifest, &mut customers);
    }
    let ledger = Ledger {
        value: manifest.segmentation.value.clone(),
        rows_in,
        rows_out: customers.len(),
        value_in,
        value_out,
        entries: cleaner.entries,
        notes: notes.into_texts(),
    };
    check_references(folder, &manifest, &customers)?;
    let facts = loaded.map(|loaded| matched(loaded.facts, &customers));
    let synthetic = SyntheticOrigin::of(&source_file(folder, &manifest), hash);
    let folder = folder.to_owned();
    Ok(Dataset { name, folder, manifest, customers, ledger, facts, raw, synthetic, fingerprint, derivations })
}

/// The facts, and what they say of each buyer.
struct Buyers {
    facts: Facts,
    features: Vec<FeatureColumn>,
}

/// Says what features mean where facts hold returns, unless the manifest says it in its own words.
fn explain_returns(manifest: &Manifest, customers: &mut Customers) {
    let is_told = |name: &str| manifest.columns.get(name).is_some_and(|column| column.description.is_some());
    for column in customers.columns.iter_mut().filter(|column| !is_told(&column.name)) {
        if let Some(words) = manifest::features::with_returns(&column.name) {
            column.description = Some(words.to_owned());
        }
    }
}

fn buyers(tables: &mut Tables<'_>, source: &FactSource) -> Result<Buyers, DatasetError> {
    let load = if source.in_database { remote::load } else { facts::load };
    let (facts, features) = load(tables, source)?;
    Ok(Buyers { facts, features })
}

/// The file that is read first: that of the facts, else that of the customers.
fn source_file(folder: &Path, manifest: &Manifest) -> PathBuf {
    let facts = manifest.facts.as_ref().and_then(|facts| manifest.table(&facts.table));
    facts.unwrap_or_else(|| manifest.customer_table()).place(folder)
}

/// One row a customer: attributes, and what facts say.
fn customers(tables: &mut Tables<'_>, loaded: Option<&Buyers>) -> Result<Typed, DatasetError> {
    let manifest = tables.manifest;
    let attributes = match (&manifest.customers, manifest.attribute_table()) {
        (Some(source), _) => {
            let mut uses = RoleByUse::from([(source.id.as_str(), Role::Id)]);
            for join in &source.join {
                if let Ok((here, _)) = join.keys() {
                    uses.entry(here).or_insert(Role::Category);
                }
            }
            let mut table = tables.typed(&source.table, &uses)?;
            tables.join_all(&mut table, &source.join, &uses)?;
            // A key is a column as long as it is needed to join.
            table.roles.retain(|(name, _)| manifest.column(name).role != Some(Role::Ignore));
            Some((table, Some(source)))
        }
        (None, Some(table)) => Some((tables.typed(table.name(), &RoleByUse::new())?, None)),
        (None, None) => None,
    };
    match (attributes, loaded, &manifest.facts) {
        (Some((table, _)), None, _) => Ok(table),
        (attributes, Some(loaded), Some(source)) => match attributes {
            Some((table, Some(people))) => with_attributes(table, &people.id, people.without_facts, loaded),
            _ => from_facts_alone(tables, &source.customer, loaded),
        },
        _ => Err(DatasetError::manifest(&tables.manifest_file(), "table", "expected customers or facts")),
    }
}

/// Buyers as customers, when nothing else is known of them.
fn from_facts_alone(tables: &Tables<'_>, id: &str, loaded: &Buyers) -> Result<Typed, DatasetError> {
    let Buyers { facts, features } = loaded;
    let file = source_file(tables.folder, tables.manifest);
    let mut sorted: Vec<(u64, IdxSize)> =
        having_orders(features, facts.buyers.len()).map(|buyer| (facts.buyers.front(buyer as usize), buyer)).collect();
    // The text is only looked up where the first bytes do not tell.
    sorted.par_sort_unstable_by(|a, b| {
        a.0.cmp(&b.0).then_with(|| facts.buyers.get(a.1 as usize).cmp(facts.buyers.get(b.1 as usize)))
    });
    let buyers: Vec<Option<IdxSize>> = sorted.into_iter().map(|(_, buyer)| Some(buyer)).collect();
    let ids: Vec<&str> = buyers.iter().flatten().map(|buyer| facts.buyers.get(*buyer as usize)).collect();
    let frame = DataFrame::new(ids.len(), vec![Series::new(id.into(), ids).into_column()]);
    let table = Typed {
        frame: frame.map_err(|error| DatasetError::data(&file, error.to_string()))?,
        roles: vec![(id.to_owned(), Role::Id)],
        infinite: 0,
        notes: Remarks::default(),
        file,
    };
    add_features(table, loaded, &buyers, false)
}

/// Number of orders of each buyer; missing for one without a known order or return.
fn frequency(features: &[FeatureColumn], buyers: usize) -> Vec<f64> {
    let frequency = features.iter().find_map(|column| match column {
        FeatureColumn::Number(name, values) if name == "frequency" => Some(values.clone()),
        _ => None,
    });
    frequency.unwrap_or_else(|| vec![f64::NAN; buyers])
}

/// Buyers with a known order, or with returns.
fn having_orders(features: &[FeatureColumn], buyers: usize) -> impl Iterator<Item = IdxSize> {
    let frequency = frequency(features, buyers);
    (0..buyers).filter(move |buyer| frequency[*buyer].is_finite()).map(|buyer| buyer as IdxSize)
}

/// Customers that are named where something is told of them.
const NAMED: usize = 5;

/// Names the customers who have returns and no purchase.
fn returned_only(Buyers { facts, features }: &Buyers, buyers: &[Option<IdxSize>]) -> Option<String> {
    facts.returns.as_ref()?;
    let frequency = frequency(features, facts.buyers.len());
    let found: Vec<usize> =
        buyers.iter().flatten().map(|buyer| *buyer as usize).filter(|buyer| frequency[*buyer] == 0.0).collect();
    let named: Vec<&str> = found.iter().take(NAMED).map(|buyer| facts.buyers.get(*buyer)).collect();
    let more = if found.len() > NAMED { format!(" and {} more", found.len() - NAMED) } else { String::new() };
    let count = match found.len() {
        0 => return None,
        1 => "1 customer has returns and no purchase".to_owned(),
        count => format!("{count} customers have returns and no purchase"),
    };
    Some(format!("{count} ({}{more}): frequency is 0, and when they bought is missing.", named.join(", ")))
}

/// Customers of a table with what their facts say; buyers that the table does not know follow.
fn with_attributes(mut table: Typed, id: &str, without_facts: Others, loaded: &Buyers) -> Result<Typed, DatasetError> {
    let Buyers { facts, features } = loaded;
    let file = table.file.clone();
    let fail = |error: PolarsError| DatasetError::column(&file, id, error.to_string());
    let known_ids = table.frame.column(id).and_then(|column| column.str().cloned()).map_err(fail)?;
    let mut rows: HashMap<&str, IdxSize> = HashMap::new();
    for (row, text) in known_ids.iter().enumerate() {
        let Some(text) = text else { continue };
        if rows.insert(text, row as IdxSize).is_some() {
            return Err(DatasetError::cell(
                &file,
                row + 1,
                id,
                format!(
                    "customer \"{text}\" stands twice; remove the repetition with a cleaning rule of the table, for example rule = \"duplicate-ids\""
                ),
            ));
        }
    }
    let mut buyer_of: Vec<Option<IdxSize>> = vec![None; known_ids.len()];
    let mut strangers = Vec::new();
    for buyer in having_orders(features, facts.buyers.len()) {
        match rows.get(facts.buyers.get(buyer as usize)) {
            Some(row) => buyer_of[*row as usize] = Some(buyer),
            None => strangers.push(buyer),
        }
    }
    strangers.sort_unstable_by_key(|buyer| facts.buyers.get(*buyer as usize));
    let silent = buyer_of.iter().filter(|buyer| buyer.is_none()).count();
    let kept: Vec<usize> =
        (0..known_ids.len()).filter(|row| without_facts == Others::Keep || buyer_of[*row].is_some()).collect();
    if silent > 0 {
        let what = if without_facts == Others::Keep { "are kept" } else { "are left out" };
        table.notes.say(format!("{silent} customers of the table have no known order and {what}."));
    }
    if !strangers.is_empty() {
        let count = strangers.len();
        table.notes.say(format!("{count} buyers are not in the table of customers; their attributes are missing."));
    }
    let attributes: IdxCa =
        kept.iter().map(|row| Some(*row as IdxSize)).chain(strangers.iter().map(|_| None)).collect();
    let ids: Vec<Option<&str>> = kept
        .iter()
        .map(|row| known_ids.get(*row))
        .chain(strangers.iter().map(|buyer| Some(facts.buyers.get(*buyer as usize))))
        .collect();
    let mut frame = table.frame.take(&attributes).map_err(fail)?;
    frame.with_column(Series::new(id.into(), ids).into_column()).map_err(fail)?;
    let buyers: Vec<Option<IdxSize>> =
        kept.iter().map(|row| buyer_of[*row]).chain(strangers.iter().map(|buyer| Some(*buyer))).collect();
    let table = Typed { frame, ..table };
    add_features(table, loaded, &buyers, without_facts == Others::Keep)
}

/// What is counted or summed is 0 for a customer without facts; the rest is missing.
fn add_features(
    mut table: Typed,
    loaded: &Buyers,
    buyers: &[Option<IdxSize>],
    fill: bool,
) -> Result<Typed, DatasetError> {
    if let Some(note) = returned_only(loaded, buyers) {
        table.notes.say(note);
    }
    let columns: Vec<_> =
        loaded.features.par_iter().map(|feature| feature_of_customers(feature, buyers, fill)).collect();
    for (name, series, role) in columns {
        if table.roles.iter().any(|(known, _)| *known == name) {
            return Err(DatasetError::column(
                &table.file,
                &name,
                "has the name of a feature that is made from facts; leave it out with role = \"ignore\"",
            ));
        }
        let column = series.with_name(name.as_str().into()).into_column();
        table.frame.with_column(column).map_err(|error| DatasetError::column(&table.file, &name, error.to_string()))?;
        table.roles.push((name, role));
    }
    Ok(table)
}

/// A feature in the order of the customers, of whom some are no buyers.
fn feature_of_customers(feature: &FeatureColumn, buyers: &[Option<IdxSize>], fill: bool) -> (String, Series, Role) {
    match feature {
        FeatureColumn::Number(name, values) => {
            let counted = matches!(name.as_str(), "frequency" | "monetary" | "units") || name.starts_with("distinct_");
            let nothing = if fill && counted { 0.0 } else { f64::NAN };
            let number = |buyer: &Option<IdxSize>| buyer.map_or(nothing, |buyer| values[buyer as usize]);
            let numbers: Vec<f64> = buyers.iter().map(number).collect();
            let column: Float64Chunked = if numbers.iter().all(|number| number.is_finite()) {
                Float64Chunked::from_vec(PlSmallStr::EMPTY, numbers)
            } else {
                numbers.into_iter().map(|number| Some(number).filter(|number| number.is_finite())).collect()
            };
            (name.clone(), column.into_series(), Role::Numeric)
        }
        FeatureColumn::Level(name, levels) => {
            let column: StringChunked =
                buyers.iter().map(|buyer| buyer.and_then(|buyer| levels[buyer as usize].as_deref())).collect();
            (name.clone(), column.into_series(), Role::Category)
        }
    }
}

/// Facts whose buyers know their row among the customers that are left.
fn matched(mut facts: Facts, customers: &Customers) -> Facts {
    let mut known = Interner::counting();
    // Of customers without an id all have the empty one; the last of them stands for it.
    let mut rows = Vec::with_capacity(customers.len());
    for (row, id) in customers.ids.iter().enumerate() {
        let code = known.code(id) as usize;
        rows.resize(rows.len().max(code + 1), UNKNOWN);
        rows[code] = row as u32;
    }
    facts.customer_of =
        facts.buyers.iter().map(|id| rows.get(known.code(id) as usize).copied().unwrap_or(UNKNOWN)).collect();
    facts
}

fn raw_columns(table: &Typed) -> Vec<RawColumn> {
    let raw =
        |column: &polars::prelude::Column| RawColumn { name: column.name().to_string(), missing: column.null_count() };
    table.frame.columns().iter().map(raw).collect()
}

/// With returns the features are others than they were when returns counted as purchases, so that the fingerprint is too.
fn fingerprint(manifest: &Manifest, hashes: &[(String, u64)], returns: bool) -> String {
    let roles: Vec<_> = manifest.columns.iter().filter_map(|(name, spec)| Some((name, spec.role?))).collect();
    let mut text = serde_json::json!({
        "table": manifest.table, "roles": roles, "clean": manifest.clean, "derive": manifest.derive,
    });
    if returns {
        text["returns"] = serde_json::json!(true);
    }
    // A data set of one table keeps the fingerprint that it had before there were several.
    let file_hash = match hashes {
        [(_, hash)] => *hash,
        several => xxhash_rust::xxh3::xxh3_64(serde_json::json!(several).to_string().as_bytes()),
    };
    for (key, value) in
        [("customers", serde_json::json!(manifest.customers)), ("facts", serde_json::json!(manifest.facts))]
    {
        if !value.is_null() {
            text[key] = value;
        }
    }
    let manifest_hash = xxhash_rust::xxh3::xxh3_64(text.to_string().as_bytes());
    format!("{file_hash:016x}{manifest_hash:016x}")
}

/// Every column that the manifest names outside the rules must exist and fit.
fn check_references(folder: &Path, manifest: &Manifest, customers: &Customers) -> Result<(), DatasetError> {
    let file = folder.join(manifest::MANIFEST_FILE);
    let segmentation = &manifest.segmentation;
    let measures = std::iter::once(("segmentation.value".to_owned(), &segmentation.value))
        .chain(segmentation.visits.iter().map(|name| ("segmentation.visits".to_owned(), name)))
        .chain(
            manifest
                .group
                .iter()
                .flat_map(|group| group.columns.iter().map(|name| (format!("group.{}.columns", group.name), name))),
        );
    for (key, name) in measures {
        if !customers.column(name).is_some_and(Column::is_measure) {
            let known: Vec<&str> = customers.measures().map(|column| column.name.as_str()).collect();
            return Err(DatasetError::manifest(
                &file,
                key,
                format!("expected a numeric column, found \"{name}\"; numeric columns are {}", known.join(", ")),
            ));
        }
    }
    let usable = |column: &&Column| column.is_measure() || column.role == Role::Category;
    for name in &segmentation.features {
        if !customers.column(name).as_ref().is_some_and(usable) {
            let known: Vec<&str> = customers.columns.iter().filter(usable).map(|column| column.name.as_str()).collect();
            return Err(DatasetError::manifest(
                &file,
                "segmentation.features",
                format!("expected a numeric column or a category, found \"{name}\"; there are {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}
