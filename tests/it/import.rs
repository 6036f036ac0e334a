//! Data sets from files: workbooks against csv files, bad files, what is inferred, and `segmenta import`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use segmenta::dataset::manifest::{DateOrder, Role};
use segmenta::dataset::{Dataset, dates, load};
use segmenta::library::Staging;
use segmenta::propose::{FactsProposal, Proposal};
use serde_json::Value;

use crate::command_line::{fails, json, works};

fn shipped(data: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(data)
}

/// A text file as a sheet: numbers as numbers, dates as days or moments, the rest as text.
fn write_sheet(book: &mut Workbook, file: &Path, separator: u8, order: Option<DateOrder>) {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let sheet = book.add_worksheet();
    sheet.set_name(name).unwrap();
    let (day, moment) = (Format::new().set_num_format("dd/mm/yyyy"), Format::new().set_num_format("d/m/yy hh:mm"));
    let mut reader = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_path(file).unwrap();
    for (row, record) in reader.records().enumerate() {
        let row = row as u32;
        for (column, cell) in record.unwrap().iter().enumerate() {
            let column = column as u16;
            let is_value = row > 0 && !cell.is_empty();
            if let Some(date) =
                order.and_then(|order| dates::parse(cell, order)).filter(|_| is_value && dates::looks_like_date(cell))
            {
                let iso = dates::format_iso(f64::from(date));
                let time = cell.split_once(' ').map(|(_, time)| format!("T{time:0>5}:00"));
                let at = ExcelDateTime::parse_from_str(&(iso + time.as_deref().unwrap_or_default())).unwrap();
                let format = if time.is_some() { &moment } else { &day };
                sheet.write_datetime_with_format(row, column, at, format).unwrap();
            } else if let Some(number) = cell.parse::<f64>().ok().filter(|_| is_value) {
                sheet.write_number(row, column, number).unwrap();
            } else if !cell.is_empty() {
                sheet.write_string(row, column, cell).unwrap();
            }
        }
    }
}

/// Everything that a data set holds, as text.
fn content(dataset: &Dataset) -> String {
    let customers = &dataset.customers;
    let mut text = format!("{:?}\n", customers.ids.iter().collect::<Vec<_>>());
    for column in &customers.columns {
        writeln!(text, "{} {:?} {:?}", column.name, column.role, column.values).unwrap();
    }
    writeln!(text, "{:?}", dataset.ledger.entries).unwrap();
    if let Some(facts) = &dataset.facts {
        let buyers: Vec<&str> = facts.buyers.iter().collect();
        writeln!(text, "{buyers:?} {:?} {:?} {:?}", facts.buyer, facts.order, facts.day).unwrap();
        writeln!(text, "{:?} {:?} {:?} {:?}", facts.amount, facts.quantity, facts.places, facts.snapshot).unwrap();
        for dimension in &facts.dimensions {
            writeln!(text, "{} {:?} {:?}", dimension.name, dimension.codes, dimension.names).unwrap();
        }
        writeln!(text, "{:?} {:?}", facts.uses.as_ref().map(|uses| &uses.is_used), facts.ledger.entries).unwrap();
    }
    text
}

/// The shipped data set with its files as sheets of one workbook.
fn in_a_workbook(data: &str, files: &[&str], separator: u8, order: DateOrder) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let raw = folder.path().join("raw");
    std::fs::create_dir(&raw).unwrap();
    let mut book = Workbook::new();
    let mut manifest = std::fs::read_to_string(shipped(data).join("dataset.toml")).unwrap();
    for file in files {
        write_sheet(&mut book, &shipped(data).join("raw").join(file), separator, Some(order));
        let sheet = file.trim_end_matches(".csv");
        let (from, to) = (format!("\"raw/{file}\""), format!("\"raw/book.xlsx\"\nsheet = \"{sheet}\""));
        assert!(manifest.contains(&from));
        manifest = manifest.replace(&from, &to);
    }
    book.save(raw.join("book.xlsx")).unwrap();
    std::fs::write(folder.path().join("dataset.toml"), manifest).unwrap();
    load(folder.path()).unwrap()
}

const COUPONS: [&str; 6] =
    ["transactions.csv", "customers.csv", "genders.csv", "cities.csv", "branches.csv", "merchants.csv"];

#[test]
fn a_workbook_and_csv_files_of_the_same_tables_give_the_same_data_set() {
    for (data, files, separator, order) in [
        ("petshop", &["sale.csv", "product.csv", "customer.csv", "state.csv"][..], b',', DateOrder::MonthDayYear),
        ("personality", &["marketing_campaign.csv"], b'\t', DateOrder::DayMonthYear),
        ("clickstream", &["clickstream.csv"], b',', DateOrder::YearMonthDay),
        ("coupons", &COUPONS, b',', DateOrder::YearMonthDay),
    ] {
        let (from_csv, from_book) = (load(&shipped(data)).unwrap(), in_a_workbook(data, files, separator, order));
        let (csv, book) = (content(&from_csv), content(&from_book));
        for (left, right) in csv.lines().zip(book.lines()) {
            let start = |line: &str| line.chars().take(300).collect::<String>();
            assert!(left == right, "{data}: {} is not {}", start(left), start(right));
        }
        assert_eq!(csv.len(), book.len());
        assert_ne!(from_csv.fingerprint, from_book.fingerprint, "the files differ");
    }
}

/// What is proposed for files, and the data set that its manifest makes without a correction.
#[track_caller]
fn import(files: &[PathBuf]) -> (Proposal, Dataset) {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "imported").unwrap();
    for file in files {
        staging.add(file).unwrap();
    }
    let proposal = staging.propose().unwrap();
    let manifest = proposal.manifest();
    match staging.finish(&manifest) {
        Ok(dataset) => (proposal, dataset),
        Err(error) => panic!("{error}\n{manifest}"),
    }
}

fn facts(proposal: &Proposal) -> &FactsProposal {
    proposal.facts.as_ref().unwrap()
}

fn role(proposal: &Proposal, table: &str, column: &str) -> Role {
    proposal.table(table).unwrap().column(column).unwrap().role
}

fn files(folder: &Path, names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| folder.join(name)).collect()
}

/// What the shipped manifest of the pet shop says of its tables, facts and joins.
fn check_petshop(proposal: &Proposal, dataset: &Dataset) {
    let facts = facts(proposal);
    assert_eq!((facts.table.as_str(), facts.customer.as_str()), ("sale", "customer_id"));
    assert_eq!((facts.order.as_deref(), facts.time.as_str()), (Some("invoice_no"), "transaction_date"));
    assert_eq!((facts.amount.as_deref(), facts.quantity.as_deref()), (Some("sale"), Some("quantity")));
    let place = facts.place.as_ref().unwrap();
    assert_eq!((place.latitude.as_str(), place.longitude.as_str()), ("latitude", "longitude"));
    assert_eq!(proposal.table("sale").unwrap().date_order, Some(DateOrder::MonthDayYear));
    let customers = proposal.customers.as_ref().unwrap();
    assert_eq!((customers.table.as_str(), customers.id.as_deref()), ("customer", Some("customer_id")));
    let mut keys: Vec<(&str, &str, &str)> =
        proposal.keys.iter().map(|key| (key.from.as_str(), key.column.as_str(), key.to.as_str())).collect();
    keys.sort_unstable();
    assert_eq!(
        keys,
        [("customer", "order_state", "state"), ("sale", "customer_id", "customer"), ("sale", "stock_code", "product")]
    );
    let dimensions: Vec<&str> = facts.dimensions.iter().map(|dimension| dimension.column.as_str()).collect();
    for name in ["category", "description", "region", "state"] {
        assert!(dimensions.contains(&name), "{dimensions:?}");
    }
    assert_eq!(proposal.segmentation.features, ["recency_days", "frequency", "monetary"]);
    assert!(dataset.customers.ids.iter().all(|id| !id.contains('.')), "17850.0 is 17850");
    assert!(dataset.customers.column("region").is_some_and(|column| column.role == Role::Category));
}

#[test]
fn the_pet_shop_is_understood_without_a_correction() {
    let names = ["sale.csv", "product.csv", "customer.csv", "state.csv"];
    let (proposal, dataset) = import(&files(&shipped("petshop/raw"), &names));
    check_petshop(&proposal, &dataset);
    let by_hand = load(&shipped("petshop")).unwrap();
    let known = |dataset: &Dataset| dataset.facts.as_ref().unwrap().len();
    // The shipped manifest drops returns, free goods and contradictions; an inferred one keeps every row.
    assert_eq!(known(&dataset), by_hand.facts.as_ref().unwrap().ledger.rows_in);
    assert!(dataset.synthetic.is_some(), "the mark of a generated file goes with it");
}

#[test]
fn the_sheets_of_a_workbook_are_understood_like_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut book = Workbook::new();
    for name in ["sale.csv", "product.csv", "customer.csv", "state.csv"] {
        write_sheet(&mut book, &shipped("petshop/raw").join(name), b',', Some(DateOrder::MonthDayYear));
    }
    book.add_worksheet().set_name("notes").unwrap();
    let file = folder.path().join("shop.xlsx");
    book.save(&file).unwrap();
    let (mut proposal, dataset) = import(&[file]);
    assert!(proposal.tables[0].reasons.iter().any(|reason| reason.contains("sheet \"notes\" is empty")));
    // Days are written in ISO form whatever their format is on screen.
    assert_eq!(proposal.table("sale").unwrap().date_order, Some(DateOrder::YearMonthDay));
    proposal.tables[0].date_order = Some(DateOrder::MonthDayYear);
    check_petshop(&proposal, &dataset);
}

fn used_keys(proposal: &Proposal) -> Vec<(&str, &str, &str)> {
    let used = proposal.keys.iter().filter(|key| key.is_used);
    let mut keys: Vec<_> = used.map(|key| (key.from.as_str(), key.column.as_str(), key.to.as_str())).collect();
    keys.sort_unstable();
    keys
}

#[test]
fn coupons_are_understood_without_a_correction() {
    let (proposal, dataset) = import(&files(&shipped("coupons/raw"), &COUPONS));
    let facts = facts(&proposal);
    assert_eq!((facts.table.as_str(), facts.customer.as_str()), ("transactions", "customer_id"));
    assert_eq!((facts.order.as_deref(), facts.time.as_str()), (Some("transaction_id"), "transaction_date"));
    assert_eq!(facts.amount, None, "there is no money");
    let status = facts.status.as_ref().unwrap();
    assert_eq!((status.column.as_str(), status.time.as_deref()), ("transaction_status", Some("burn_date")));
    assert_eq!(status.used, ["Burned", "burned", "burnt"]);
    let expected = [
        ("branches", "merchant_id", "merchants"),
        ("customers", "city_id", "cities"),
        ("customers", "gender_id", "genders"),
        ("transactions", "branch_id", "branches"),
        ("transactions", "customer_id", "customers"),
    ];
    assert_eq!(used_keys(&proposal), expected);
    let by_hand = load(&shipped("coupons")).unwrap();
    assert_eq!(dataset.customers.len(), by_hand.customers.len());
    let uses = |dataset: &Dataset| dataset.customers.numbers("uses").unwrap().iter().sum::<f64>();
    assert_eq!(uses(&dataset), uses(&by_hand));
    assert_eq!(proposal.segmentation.features, ["frequency", "use_rate", "recency_days"]);
}

#[test]
fn a_marketplace_of_nine_files_is_understood_but_for_what_stands_several_times() {
    let names = [
        "olist_order_items_dataset.csv",
        "olist_orders_dataset.csv",
        "olist_order_payments_dataset.csv",
        "olist_order_reviews_dataset.csv",
        "olist_customers_dataset.csv",
        "olist_products_dataset.csv",
        "olist_sellers_dataset.csv",
        "olist_geolocation_dataset.csv",
        "product_category_name_translation.csv",
    ];
    let (proposal, dataset) = import(&files(&shipped("marketplace/raw"), &names));
    let facts = facts(&proposal);
    assert_eq!((facts.table.as_str(), facts.customer.as_str()), ("olist_order_items_dataset", "customer_unique_id"));
    assert_eq!((facts.order.as_deref(), facts.time.as_str()), (Some("order_id"), "order_purchase_timestamp"));
    let source = dataset.manifest.facts.as_ref().unwrap();
    let joined: Vec<&str> = source.join.iter().map(|join| join.table.as_str()).collect();
    for table in ["olist_orders_dataset", "olist_customers_dataset", "olist_products_dataset", "olist_sellers_dataset"]
    {
        assert!(joined.contains(&table), "{joined:?}");
    }
    let by_hand = load(&shipped("marketplace")).unwrap();
    // Orders that were cancelled are no sales, which the manifest by hand does not say.
    let cancelled = &dataset.facts.as_ref().unwrap().ledger.entries[0];
    assert_eq!(cancelled.rule, "No sales (canceled): row removed");
    assert_eq!((cancelled.rows_removed, dataset.customers.len()), (27, by_hand.customers.len() - 19));
    // What is not right yet: the money is the price without freight, and payments, reviews and places, of which a key has
    // several rows, are left out, because nothing proposes how to add them up.
    assert_eq!(facts.amount.as_deref(), Some("price"));
    for table in ["olist_order_payments_dataset", "olist_order_reviews_dataset", "olist_geolocation_dataset"] {
        assert!(!joined.contains(&table), "{joined:?}");
    }
}

#[test]
fn flat_files_are_understood_without_a_correction() {
    let (proposal, dataset) = import(&files(&shipped("personality/raw"), &["marketing_campaign.csv"]));
    check_personality(&proposal);
    assert_eq!(dataset.customers.numbers("total_spent").unwrap().len(), dataset.customers.len());
    let (proposal, dataset) = import(&files(&shipped("clickstream/raw"), &["clickstream.csv"]));
    assert_eq!(proposal.customers.as_ref().unwrap().id.as_deref(), Some("ID"));
    let segmentation = &proposal.segmentation;
    assert_eq!((segmentation.value.as_str(), segmentation.visits.as_deref()), ("monto_compras", Some("n_visitas")));
    assert_eq!(segmentation.features.len(), 6);
    assert_eq!(dataset.customers.len(), 6000);
}

fn check_personality(proposal: &Proposal) {
    let table = proposal.table("marketing_campaign").unwrap();
    assert_eq!((table.separator, table.date_order), (Some('\t'), Some(DateOrder::DayMonthYear)));
    assert!(proposal.facts.is_none());
    assert_eq!(proposal.customers.as_ref().unwrap().id.as_deref(), Some("ID"));
    for (column, expected) in [
        ("Education", Role::Category),
        ("Marital_Status", Role::Category),
        ("Dt_Customer", Role::Date),
        ("Income", Role::Numeric),
        ("Complain", Role::Flag),
        ("AcceptedCmp3", Role::Flag),
        ("Z_CostContact", Role::Ignore),
    ] {
        assert_eq!(role(proposal, "marketing_campaign", column), expected, "{column}");
    }
    let segmentation = &proposal.segmentation;
    assert_eq!((segmentation.value.as_str(), segmentation.visits.as_deref()), ("total_spent", Some("all_purchases")));
    let sums: Vec<usize> = proposal.derived.iter().map(|derived| derived.sql.matches('+').count() + 1).collect();
    assert_eq!(sums, [6, 4]);
    assert!(segmentation.features.contains(&"Income".to_owned()) && segmentation.features.len() <= 8);
    let groups: Vec<&str> = proposal.groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(groups, ["mnt", "num", "accepted"]);
}

#[test]
fn real_files_are_understood_without_a_correction() {
    let Some(folder) = std::env::var_os("SEGMENTA_REAL_DATA").map(PathBuf::from) else {
        eprintln!("skipped: SEGMENTA_REAL_DATA is not set");
        return;
    };
    let names = ["sale.csv", "product.csv", "customer.csv", "state.csv"];
    let (proposal, dataset) = import(&files(&folder.join("petshop"), &names));
    check_petshop(&proposal, &dataset);
    assert_eq!(dataset.facts.as_ref().unwrap().len(), 25_065);

    let (proposal, dataset) = import(&files(&folder.join("personality"), &["marketing_campaign.csv"]));
    check_personality(&proposal);
    assert_eq!(dataset.customers.len(), 2240);
    // Counted with pandas: the sum of the six Mnt columns of all customers.
    assert_eq!(dataset.customers.numbers("total_spent").unwrap().iter().sum::<f64>(), 1_356_988.0);

    let (proposal, dataset) = import(&files(&folder.join("petshop"), &["sale_cleaned.csv"]));
    let facts = facts(&proposal);
    assert_eq!((facts.customer.as_str(), facts.amount.as_deref()), ("customer_id", Some("sale")));
    assert_eq!(proposal.table("sale_cleaned").unwrap().missing_values, ["-1"], "the customer of unknown orders");
    assert_eq!(dataset.customers.len(), 3084);

    let (proposal, _) = import(&files(&folder.join("personality"), &["selected_features.csv"]));
    assert_eq!(role(&proposal, "selected_features", "column_1"), Role::Ignore);
    let segmentation = &proposal.segmentation;
    assert_eq!((segmentation.value.as_str(), segmentation.visits.as_deref()), ("Total_Spent", Some("NumAllPurchases")));
}

#[test]
fn a_command_makes_a_data_set_of_files() {
    let here = tempfile::tempdir().unwrap();
    std::fs::write(here.path().join("people.csv"), "id,spent,visits\n1,5,2\n2,6,3\n3,9,5\n").unwrap();
    let made: Value = json(here.path(), &["import", "--name", "shop", "people.csv", "--json"]);
    assert_eq!((made["dataset"].as_str(), made["customers"].as_u64()), (Some("shop"), Some(3)));
    assert_eq!(made["proposal"]["segmentation"]["value"], "spent");
    let manifest = std::fs::read_to_string(here.path().join("data/shop/dataset.toml")).unwrap();
    assert!(manifest.contains("# Inferred from people.csv."), "{manifest}");
    assert!(here.path().join("data/shop/raw/people.csv").exists());
    assert_eq!(json(here.path(), &["datasets", "--json"])["datasets"][0]["name"], "shop");
    let said = works(here.path(), &["import", "--name", "shop_2", "people.csv"]);
    assert!(said.contains("value: spent; features: spent, visits") && said.contains("shop_2: 3 customers"), "{said}");
}

#[test]
fn bad_files_are_refused_in_one_sentence_and_leave_nothing_behind() {
    let here = tempfile::tempdir().unwrap();
    let place = |name: &str| here.path().join(name);
    std::fs::create_dir(place("other")).unwrap();
    let encrypted = [&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1][..], &[0; 600]].concat();
    let wide = (0..=2000).map(|at| format!("c{at}")).collect::<Vec<_>>().join(",");
    let mut open = b"id,spent\n1,2\n2,\"".to_vec();
    open.resize(20 << 20, b'x');
    for (name, bytes) in [
        ("good.csv", b"id,spent\n1,5\n2,6\n3,7\n".to_vec()),
        ("other/good.csv", b"id,spent\n1,5\n".to_vec()),
        ("empty.csv", Vec::new()),
        ("header.csv", b"id,spent\n".to_vec()),
        ("ragged.csv", b"id,spent\n1,5\n2,6,7\n3,6,7\n4,5\n".to_vec()),
        ("twice.csv", b"id,id\n1,5\n".to_vec()),
        ("zeros.csv", [&b"id,spent\n1,"[..], &[0; 4], b"\n"].concat()),
        ("wide.csv", format!("{wide}\n{wide}\n").into_bytes()),
        ("open.csv", open),
        ("locked.xlsx", encrypted),
        ("text.xlsx", b"PK\x03\x04 but no workbook".to_vec()),
        ("old.parquet", b"PAR1 but no more".to_vec()),
    ] {
        std::fs::write(place(name), bytes).unwrap();
    }
    for (files, expected) in [
        (&["good.csv", "other/good.csv"][..], "two files are named \"good.csv\"; rename one of them"),
        (&["gone.csv"], "gone.csv: cannot be read"),
        (&["other"], "other: is a folder; name the files in it"),
        (&["empty.csv"], "empty.csv: is empty"),
        (&["header.csv"], "header.csv: has a header but no rows"),
        (&["ragged.csv"], "ragged.csv, row 2: has 3 fields where the header has 2"),
        (&["twice.csv"], "twice.csv: holds no number that tells customers apart"),
        (&["zeros.csv"], "zeros.csv: holds bytes of zero"),
        (&["wide.csv"], "wide.csv: has more than 2000 columns; leave out those that are not needed"),
        (&["open.csv"], "open.csv, row 2: does not end (within 16 MB); look for a quote that is never closed"),
        (&["locked.xlsx"], "locked.xlsx: is a damaged workbook or document of Microsoft Office"),
        (&["text.xlsx"], "text.xlsx: is a damaged zip file or workbook"),
        (&["old.parquet"], "old.parquet: is not a readable Parquet file"),
    ] {
        let arguments: Vec<&str> = ["import", "--name", "shop"].into_iter().chain(files.iter().copied()).collect();
        fails(here.path(), &arguments, 1, expected);
    }
    for name in ["../up", "Shop", "a b", "", "/etc/x"] {
        fails(here.path(), &["import", "--name", name, "good.csv"], 1, "cannot be a data set's name");
    }
    works(here.path(), &["import", "--name", "shop", "good.csv"]);
    fails(here.path(), &["import", "--name", "shop", "good.csv"], 1, "named \"shop\" already; choose another name");
    fails(here.path(), &["import", "--name", "shop"], 2, "required");
    let left: Vec<_> = std::fs::read_dir(place("data")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["shop"]);
}
