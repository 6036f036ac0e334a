use crate::dataset::Dataset;
use crate::dataset::manifest::{DateOrder, Format};
use crate::library::Staging;
use crate::propose::*;

/// What is proposed for files, and the data set that its manifest makes.
#[track_caller]
fn import(files: &[(&str, &[u8])]) -> (Proposal, Dataset) {
    import_with(files, |_| ())
}

/// The same after corrections.
#[track_caller]
fn import_with(files: &[(&str, &[u8])], correct: impl FnOnce(&mut Proposal)) -> (Proposal, Dataset) {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "new_shop").unwrap();
    for (name, bytes) in files {
        staging.add_from(name, &mut &bytes[..]).unwrap();
    }
    let mut proposal = staging.propose().unwrap();
    correct(&mut proposal);
    let manifest = proposal.manifest();
    match staging.finish(&manifest) {
        Ok(dataset) => (proposal, dataset),
        Err(error) => panic!("{error}\n{manifest}"),
    }
}

fn facts(proposal: &Proposal) -> &FactsProposal {
    proposal.facts.as_ref().unwrap()
}

fn dimensions(proposal: &Proposal) -> Vec<&str> {
    facts(proposal).dimensions.iter().map(|dimension| dimension.column.as_str()).collect()
}

fn roles(proposal: &Proposal, table: &str) -> Vec<(String, Role)> {
    proposal.table(table).unwrap().columns.iter().map(|column| (column.name.clone(), column.role)).collect()
}

/// Purchase lines of an invoice with quantity and price, as they are often published.
fn invoice_lines() -> String {
    let mut text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    for line in 0..600 {
        let (invoice, customer) = (536_365 + line / 3, 12_000 + (line / 3) % 45);
        let customer = if line % 10 == 0 { String::new() } else { format!("{customer}.0") };
        let (stock, day) = (line % 7, 1 + line / 25);
        text.push_str(&format!(
            "{invoice},{}A,\"LAMP, no. {stock}\",{},12/{day}/2010 8:26,{:.2},{customer},{}\n",
            84_000 + stock,
            1 + line % 5,
            1.25 + stock as f64,
            ["France", "Italy", "Spain"][line % 3]
        ));
    }
    text
}

#[test]
fn lines_with_quantity_and_price_are_facts_with_a_computed_amount() {
    let (proposal, dataset) = import(&[("lines.csv", invoice_lines().as_bytes())]);
    let facts = facts(&proposal);
    assert_eq!((facts.customer.as_str(), facts.order.as_deref()), ("CustomerID", Some("InvoiceNo")));
    assert_eq!((facts.time.as_str(), facts.amount.as_deref()), ("InvoiceDate", Some("amount")));
    assert_eq!((facts.price.as_deref(), facts.quantity.as_deref()), (Some("UnitPrice"), Some("Quantity")));
    assert_eq!(dimensions(&proposal), ["Description", "StockCode", "Country"]);
    assert_eq!(proposal.table("lines").unwrap().date_order, Some(DateOrder::MonthDayYear));
    assert!(proposal.customers.is_none());
    let loaded = dataset.facts.as_ref().unwrap();
    let expected: f64 = (0..600).map(|line| f64::from(1 + line % 5) * (1.25 + f64::from(line % 7))).sum();
    assert!((loaded.amount.iter().sum::<f64>() - expected).abs() < 1e-6);
    assert_eq!(dataset.customers.len(), 45);
    assert!(dataset.customers.ids.iter().all(|id| !id.contains('.')));
    assert_eq!(proposal.segmentation.features, ["recency_days", "frequency", "monetary"]);
}

#[test]
fn orders_lines_and_customers_are_joined_by_their_keys() {
    let mut orders = "order_id,customer_id,order_status,order_purchase_timestamp,order_delivered_date\n".to_owned();
    let mut customers = "customer_id,customer_unique_id,customer_city\n".to_owned();
    let mut items = "order_id,order_item_id,product_id,price,freight_value\n".to_owned();
    let mut products = "product_id,product_category_name,product_weight_g\n".to_owned();
    for order in 0..120 {
        let status = if order % 9 == 0 { "canceled" } else { "delivered" };
        let day = 1 + order % 28;
        orders.push_str(&format!("o{order},c{order},{status},2018-03-{day:02} 10:00:00,2018-04-{day:02} 09:00:00\n"));
        customers.push_str(&format!("c{order},u{},{}\n", order % 40, ["lima", "quito", "cusco"][order % 3]));
        for item in 0..=order % 2 {
            items.push_str(&format!("o{order},{},p{},{:.2},4.5\n", item + 1, (order + item) % 15, 10.5 + item as f64));
        }
    }
    for product in 0..15 {
        products.push_str(&format!("p{product},{},{}\n", ["toys", "books"][product % 2], 100 + product));
    }
    let (proposal, dataset) = import(&[
        ("orders.csv", orders.as_bytes()),
        ("customers.csv", customers.as_bytes()),
        ("items.csv", items.as_bytes()),
        ("products.csv", products.as_bytes()),
    ]);
    let facts = facts(&proposal);
    assert_eq!((facts.table.as_str(), facts.amount.as_deref()), ("items", Some("price")));
    assert_eq!((facts.customer.as_str(), facts.time.as_str()), ("customer_unique_id", "order_purchase_timestamp"));
    assert_eq!(facts.order.as_deref(), Some("order_id"));
    let mut names = dimensions(&proposal);
    names.sort_unstable();
    assert_eq!(names, ["customer_city", "order_status", "product_category_name"]);
    assert!(proposal.customers.is_none(), "a customer has a row for each order");
    let column = |table: &str, name: &str| proposal.table(table).unwrap().column(name).unwrap().clone();
    assert_eq!(column("items", "order_id").reason, "It names the order.");
    assert_eq!(column("items", "product_id").reason, "Its values are keys of table products.");
    assert_eq!(column("products", "product_id").reason, "It names the rows of products.");
    assert_eq!(dataset.customers.len(), 40);
    // Every ninth order was cancelled: seven of one line and seven of two.
    assert_eq!(dataset.facts.as_ref().unwrap().len(), 180 - 21);
    assert!(facts.reasons.iter().any(|reason| reason.contains("rows that say canceled are no sales and are left out")));
}

#[test]
fn codes_of_other_tables_are_followed_from_customers_and_from_facts() {
    let mut customers = "customer_id,gender_id,city_id,age\n".to_owned();
    let mut transactions = "transaction_id,customer_id,branch_id,coupon_amount,date\n".to_owned();
    for customer in 0..60 {
        customers.push_str(&format!("{customer},{},{},{}\n", 1 + customer % 2, 1 + customer % 4, 20 + customer % 30));
        for visit in 0..=customer % 4 {
            let day = 1 + (customer + visit) % 27;
            transactions.push_str(&format!(
                "{}{visit},{customer},{},{:.1},{day:02}.05.2021\n",
                1000 + customer,
                10 + visit,
                5.5 + f64::from(visit)
            ));
        }
    }
    let (proposal, dataset) = import(&[
        ("customers.csv", customers.as_bytes()),
        ("genders.csv", b"gender_id,gender\n1,female\n2,male\n"),
        ("cities.csv", b"city_id,city\n1,Bonn\n2,Bari\n3,Brno\n4,Oslo\n"),
        ("transactions.csv", transactions.as_bytes()),
        ("branches.csv", b"branch_id,merchant_id,branch\n10,1,North\n11,1,South\n12,2,East\n13,2,West\n"),
        ("merchants.csv", b"merchant_id,merchant\n1,Alpha\n2,Beta\n"),
    ]);
    assert_eq!(facts(&proposal).table, "transactions");
    assert_eq!(facts(&proposal).amount.as_deref(), Some("coupon_amount"));
    let customers = proposal.customers.as_ref().unwrap();
    assert_eq!((customers.table.as_str(), customers.id.as_deref()), ("customers", Some("customer_id")));
    let names = dimensions(&proposal);
    for name in ["branch", "merchant", "gender", "city"] {
        assert!(names.contains(&name), "{names:?}");
    }
    for name in ["gender", "city"] {
        assert!(dataset.customers.column(name).is_some_and(|column| column.role == Role::Category), "{name}");
    }
    assert!(dataset.customers.column("age").is_some_and(|column| column.role == Role::Numeric));
    assert_eq!(dataset.facts.as_ref().unwrap().dimension("merchant").unwrap().names, ["Alpha", "Beta"]);
}

#[test]
fn marks_encoding_and_dates_of_other_countries_are_told() {
    let mut text = "Kunde;Name;Umsatz;Eintritt;leer;Stadt\n".to_owned();
    for row in 1..=40 {
        let city = if row % 2 == 0 { "Köln" } else { "Bonn" };
        text.push_str(&format!("K{row};Müller {row};1.{row:03},50;{:02}.03.2020;;{city}\n", 1 + row % 28));
    }
    let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    let (proposal, dataset) = import(&[("kunden.csv", &bytes)]);
    let table = proposal.table("kunden").unwrap();
    assert_eq!((table.encoding.as_deref(), table.separator), (Some("windows-1252"), Some(';')));
    assert_eq!((table.decimal, table.thousands, table.date_order), (',', Some('.'), Some(DateOrder::DayMonthYear)));
    let expected = [
        ("Kunde", Role::Id),
        ("Name", Role::Ignore),
        ("Umsatz", Role::Numeric),
        ("Eintritt", Role::Date),
        ("leer", Role::Ignore),
        ("Stadt", Role::Category),
    ];
    assert_eq!(roles(&proposal, "kunden"), expected.map(|(name, role)| (name.to_owned(), role)));
    assert!(proposal.notes.iter().any(|note| note.contains("leer hold")), "{:?}", proposal.notes);
    assert_eq!(proposal.segmentation.value, "Umsatz");
    assert_eq!(dataset.customers.numbers("Umsatz").unwrap()[0], 1001.5);
    assert_eq!(dataset.customers.column("Stadt").unwrap().levels().unwrap(), ["Bonn", "Köln"]);
}

#[test]
fn names_that_would_break_toml_or_sql_are_written_as_they_are() {
    let text = b"id,\"a \"\"b\"\" = [c]\",Unit Price,Quantity,\"line\nend\",customer id,date\n\
        1,x,2.5,2,u,7,2020-01-13\n2,y,3.5,1,v,7,2020-01-14\n3,x,1.5,4,u,8,2020-01-15\n4,y,1.0,1,v,8,2020-01-16\n";
    let (proposal, dataset) = import(&[("it's \"here\".csv", text)]);
    assert_eq!(facts(&proposal).price.as_deref(), Some("Unit Price"));
    assert_eq!(dimensions(&proposal), ["a \"b\" = [c]", "line\nend"]);
    assert_eq!(dataset.facts.as_ref().unwrap().amount, [5.0, 3.5, 6.0, 1.0]);
}

#[test]
fn corrections_are_changes_of_the_proposal() {
    let text = "id,spent,visits,city,noise\n1,5,2,Bari,1\n2,6,3,Bonn,2\n3,9,4,Bari,3\n4,1,4,Bonn,5\n";
    let files: &[(&str, &[u8])] = &[("people.csv", text.as_bytes())];
    let (proposal, _) = import(files);
    assert_eq!(proposal.segmentation.features, ["spent", "visits", "noise"]);
    let (corrected, dataset) = import_with(files, |proposal| {
        let json = serde_json::to_string(proposal).unwrap();
        let mut again: Proposal = serde_json::from_str(&json).unwrap();
        assert_eq!(again, *proposal);
        let column = again.tables[0].columns.iter_mut().find(|column| column.name == "noise").unwrap();
        column.role = Role::Ignore;
        again.title = "People".to_owned();
        again.choose_segmentation();
        *proposal = again;
    });
    assert_eq!(corrected.segmentation.features, ["spent", "visits"]);
    assert_eq!(dataset.manifest.title, "People");
    assert!(dataset.customers.column("noise").is_none());
    let (_, dataset) = import_with(&[("lines.csv", invoice_lines().as_bytes())], |proposal| {
        let facts = proposal.facts.as_mut().unwrap();
        (facts.amount, facts.price, facts.order) = (Some("UnitPrice".to_owned()), None, None);
        facts.dimensions.retain(|dimension| dimension.column == "Country");
    });
    let loaded = dataset.facts.unwrap();
    assert_eq!((loaded.orders, loaded.dimensions.len()), (600, 1));
}

#[test]
fn a_key_that_is_not_wanted_is_not_joined() {
    let people = b"customer_id,city_id,spent\n1,1,5\n2,2,6\n3,1,7\n4,2,8\n";
    let cities = b"city_id,city\n1,Bonn\n2,Bari\n";
    let files: &[(&str, &[u8])] = &[("people.csv", people), ("cities.csv", cities)];
    let (proposal, dataset) = import(files);
    assert!(proposal.keys[0].is_used && dataset.customers.column("city").is_some());
    let (_, dataset) = import_with(files, |proposal| proposal.keys[0].is_used = false);
    assert!(dataset.customers.column("city").is_none());
}

#[test]
fn a_long_file_is_looked_at_in_part_and_that_is_said() {
    let mut text = "id,spent\n".to_owned();
    (0..uneven::ROWS + 10).for_each(|row| text.push_str(&format!("{row},{}\n", row % 97)));
    let (proposal, dataset) = import(&[("people.csv", text.as_bytes())]);
    let table = proposal.table("people").unwrap();
    assert_eq!((table.rows, table.is_complete), (uneven::ROWS, false));
    assert!(proposal.notes.contains(&"Of table people only the first 200000 rows were looked at.".to_owned()));
    assert_eq!((table.preview.len(), dataset.customers.len()), (look::PREVIEW, uneven::ROWS + 10));
}

#[test]
fn repeated_ids_and_rows_are_dropped_where_they_would_be_refused() {
    let people = b"customer_id,city,spent\n1,a,5\n2,b,6\n2,b,7\n3,a,8\n4,b,9\n5,b,9\n6,a,1\n7,a,2\n8,b,3\n";
    let cities = b"city,region\na,North\nb,South\nb,South\n";
    let (proposal, dataset) = import(&[("people.csv", people), ("cities.csv", cities)]);
    assert!(proposal.table("people").unwrap().drops_duplicate_ids);
    assert!(proposal.table("cities").unwrap().drops_duplicate_rows);
    assert_eq!(dataset.customers.len(), 8);
    assert_eq!(dataset.customers.numbers("spent").unwrap()[1], 7.0);
    assert!(dataset.customers.column("region").is_some());
}

#[test]
fn the_content_says_the_format_where_the_ending_does_not() {
    let (proposal, dataset) = import(&[("export.xls", b"id\tspent\n1\t5\n2\t6\n3\t7\n")]);
    assert_eq!(proposal.tables[0].format, Format::Csv);
    assert_eq!(dataset.customers.len(), 3);
}

#[test]
fn what_cannot_be_segmented_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("names.csv");
    std::fs::write(&file, "name,city\na,Bonn\nb,Bari\n").unwrap();
    let message = propose("names", &[file], &Answers::new(), &crate::progress::Silent).unwrap_err().to_string();
    assert!(message.contains("holds no number that tells customers apart"), "{message}");
}

fn revised(files: &[(&str, &[u8])], correct: impl FnOnce(&mut Proposal)) -> Result<(Proposal, Dataset), String> {
    let data = tempfile::tempdir().unwrap();
    let mut staging = Staging::new(data.path(), "new_shop").unwrap();
    for (name, bytes) in files {
        staging.add_from(name, &mut &bytes[..]).unwrap();
    }
    let proposal = staging.propose().unwrap();
    let mut wanted = proposal.clone();
    correct(&mut wanted);
    let revised = staging.revise(&proposal, wanted).map_err(|error| error.to_string())?;
    let manifest = revised.manifest();
    let dataset = staging.finish(&manifest).map_err(|error| format!("{error}\n{manifest}"))?;
    Ok((revised, dataset))
}

const PEOPLE: &[u8] =
    b"id;joined;spent;visits;city\n1;02/01/2020;1,5;3;Bari\n2;03/01/2020;2,25;4;Bonn\n3;04/02/2020;9;1;Bari\n4;05/02/2020;4;2;Bonn\n";

#[test]
fn a_table_that_is_to_be_read_otherwise_is_read_anew() {
    let (_, dataset) = import(&[("people.csv", PEOPLE)]);
    let joined = |dataset: &Dataset| crate::dataset::dates::format_iso(dataset.customers.numbers("joined").unwrap()[0]);
    assert_eq!(joined(&dataset), "2020-02-01");
    let (proposal, dataset) = revised(&[("people.csv", PEOPLE)], |wanted| {
        wanted.tables[0].date_order = Some(DateOrder::DayMonthYear);
        wanted.title = " My\nshop ".to_owned();
    })
    .unwrap();
    assert_eq!((joined(&dataset).as_str(), proposal.title.as_str()), ("2020-01-02", "My shop"));
    assert_eq!(dataset.customers.numbers("spent").unwrap()[1], 2.25);
    // Read with a point the comma is no number any more, and what to segment by is chosen anew.
    let (proposal, _) = revised(&[("people.csv", PEOPLE)], |wanted| wanted.tables[0].decimal = '.').unwrap();
    let kind = |name: &str| proposal.table("people").unwrap().column(name).unwrap().kind;
    assert_eq!((kind("spent"), kind("visits")), (Kind::Text, Kind::Whole));
    assert_eq!(proposal.segmentation.value, "visits");
}

#[test]
fn a_corrected_role_is_kept_and_what_follows_is_chosen_anew() {
    let files: &[(&str, &[u8])] = &[("people.csv", PEOPLE)];
    let at =
        |wanted: &Proposal, name: &str| wanted.tables[0].columns.iter().position(|column| column.name == name).unwrap();
    let (proposal, dataset) = revised(files, |wanted| {
        let spent = at(wanted, "spent");
        wanted.tables[0].columns[spent].role = Role::Ignore;
    })
    .unwrap();
    assert_eq!(proposal.segmentation.value, "visits");
    assert!(dataset.customers.column("spent").is_none());
    let (proposal, dataset) = revised(files, |wanted| {
        wanted.segmentation.features = vec!["visits".to_owned()];
    })
    .unwrap();
    assert_eq!(proposal.segmentation.reasons, ["Chosen by hand."]);
    assert_eq!(dataset.manifest.segmentation.features, ["visits"]);
    let message = revised(files, |wanted| wanted.tables[0].columns[0].name = "x".to_owned()).unwrap_err();
    assert!(message.contains("hold no table \"people\" with these columns"), "{message}");
    let message = revised(files, |wanted| wanted.tables.clear()).unwrap_err();
    assert!(message.contains("a table is missing"), "{message}");
}

#[test]
fn facts_can_be_taken_away_moved_and_corrected() {
    let lines = invoice_lines();
    let files: &[(&str, &[u8])] = &[("lines.csv", lines.as_bytes()), ("people.csv", PEOPLE)];
    let (proposal, dataset) = revised(files, |wanted| wanted.facts = None).unwrap();
    assert!(proposal.facts.is_none() && dataset.facts.is_none());
    assert!(proposal.customers.is_some());
    // Numbers that purchases had no use for are features of customers.
    let rows = (1..30).map(|at| format!("K{},2024-01-{at:02},{}.5,{}\n", at % 7, at * 3, at * at % 11));
    let stays = format!("customer_id,day,amount,nights_away\n{}", rows.collect::<Vec<_>>().concat());
    let (proposal, _) = import(&[("stays.csv", stays.as_bytes())]);
    let nights = |proposal: &Proposal| proposal.tables[0].column("nights_away").unwrap().role;
    assert_eq!(nights(&proposal), Role::Ignore);
    let (proposal, _) = revised(&[("stays.csv", stays.as_bytes())], |wanted| wanted.facts = None).unwrap();
    assert_eq!(nights(&proposal), Role::Numeric);
    let message = revised(files, |wanted| wanted.facts.as_mut().unwrap().table = "people".to_owned()).unwrap_err();
    assert!(message.starts_with("table \"people\" cannot hold purchases: it needs a day"), "{message}");
    let correct =
        |change: fn(&mut FactsProposal)| revised(&files[..1], |wanted| change(wanted.facts.as_mut().unwrap()));
    let (proposal, dataset) = correct(|facts| {
        facts.dimensions.retain(|dimension| dimension.column == "Country");
        facts.order = None;
    })
    .unwrap();
    assert_eq!(dimensions(&proposal), ["Country"]);
    assert_eq!(dataset.facts.as_ref().unwrap().dimensions.len(), 1);
    for (change, expected) in [
        ((|facts| facts.time = "Country".to_owned()) as fn(&mut FactsProposal), "holds no dates"),
        (|facts| facts.customer = "nobody".to_owned(), "there is no column \"nobody\""),
        (|facts| facts.quantity = Some("Description".to_owned()), "holds no numbers"),
        (|facts| facts.quantity = None, "a price of one needs a column of units"),
    ] {
        let message = correct(change).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn other_customers_bring_their_own_id() {
    let cards = b"card,points,level\nA1,5,gold\nA2,7,silver\nA3,9,gold\n";
    let files: &[(&str, &[u8])] = &[("people.csv", PEOPLE), ("cards.csv", cards)];
    let (proposal, dataset) =
        revised(files, |wanted| wanted.customers.as_mut().unwrap().table = "cards".to_owned()).unwrap();
    assert_eq!(proposal.customers.as_ref().unwrap().table, "cards");
    assert_eq!(dataset.customers.len(), 3);
    let message =
        revised(files, |wanted| wanted.customers.as_mut().unwrap().id = Some("nothing".to_owned())).unwrap_err();
    assert!(message.contains("has no column \"nothing\""), "{message}");
}

#[test]
fn amounts_with_the_sign_of_a_currency_are_numbers() {
    let text = "id,spent,visits\n1,\"$1,250.50\",3\n2,$2.25,4\n3,-$9.00,1\n4,$0.75,2\n";
    let (proposal, dataset) = import(&[("people.csv", text.as_bytes())]);
    assert_eq!((proposal.currency.as_str(), proposal.segmentation.value.as_str()), ("$", "spent"));
    assert_eq!(dataset.customers.numbers("spent").unwrap(), [1250.5, 2.25, -9.0, 0.75]);
    assert!(proposal.questions.is_empty(), "{:?}", proposal.questions);
    let (proposal, _) = import(&[("people.csv", text.replace("$2.25", "€2.25").as_bytes())]);
    assert!(proposal.questions[0].text.contains("several currencies: USD 1,242 in 3 rows; EUR 2.25 in 1 row"));
    assert_eq!(proposal.segmentation.value, "visits", "amounts of several currencies are not added up");
}
