//! What stands in strangers' tables: codes that look like numbers, levels that look like nothing, totals beside their parts and on each
//! line, one table in several files.

use std::collections::BTreeMap;

use segmenta::dataset::manifest::Role;
use segmenta::dataset::{Dataset, Values};
use segmenta::propose::Answers;

use crate::imported::{answers, import, outcome, propose, unasked};

/// Rows of a file, one of each number.
fn rows(count: usize, row: impl Fn(usize) -> String) -> String {
    (0..count).map(row).collect::<Vec<_>>().concat()
}

/// The levels of a column of the customers, each with how many have it; a missing one is empty.
fn levels(dataset: &Dataset, name: &str) -> Vec<(String, usize)> {
    let column = dataset.customers.column(name).unwrap();
    let Values::Levels { codes, names } = &column.values else { panic!("{name} is no category") };
    let mut counts = BTreeMap::new();
    for code in codes {
        *counts.entry(names.get(*code as usize).cloned().unwrap_or_default()).or_insert(0) += 1;
    }
    counts.into_iter().collect()
}

#[test]
fn levels_that_look_like_nothing_are_levels() {
    let customers = rows(12, |at| {
        let (promotion, region) = (["None", "Email", "SMS"][at % 3], ["NA", "EMEA", "APAC"][at / 4]);
        let age = if at == 5 { "NA".to_owned() } else { (20 + at).to_string() };
        format!("{at},{},{promotion},{region},{age}\n", 100 + at * 7)
    });
    let (proposal, dataset) = unasked(&[("c.csv", format!("customer_id,spent,promotion,region,age\n{customers}"))]);
    let counted = |pairs: &[(&str, usize)]| pairs.iter().map(|(l, n)| ((*l).to_owned(), *n)).collect::<Vec<_>>();
    assert_eq!(levels(&dataset, "promotion"), counted(&[("Email", 4), ("None", 4), ("SMS", 4)]));
    assert_eq!(levels(&dataset, "region"), counted(&[("APAC", 4), ("EMEA", 4), ("NA", 4)]));
    let age = proposal.tables[0].column("age").unwrap();
    assert_eq!((age.role, age.missing), (Role::Numeric, 1));
    assert!(age.reason.contains("1 cell spelt \"NA\" counts as missing"), "{}", age.reason);
    // Beside names in words NA is nothing.
    let customers = rows(12, |at| format!("{at},{},{}\n", 100 + at * 7, ["male", "female", "NA"][at % 3]));
    let (proposal, _) = unasked(&[("c.csv", format!("customer_id,spent,sex\n{customers}"))]);
    assert_eq!(proposal.tables[0].column("sex").unwrap().missing, 4);
}

#[test]
fn codes_are_no_quantities() {
    let customers = rows(40, |at| {
        let dept = ["01", "13", "75"][at % 3];
        let batch = ["1E5", "100000", "2E3"][at / 2 % 3];
        format!("{:04},{dept},{batch},{},{},{},{}\n", at, 1 + at % 2, 1 + at % 26, 100 + at * 13 % 97, at % 7)
    });
    let (proposal, dataset) =
        unasked(&[("c.csv", format!("customer_id,department,batch,Channel,week,spent,weeks\n{customers}"))]);
    for code in ["department", "batch", "Channel", "week"] {
        let column = proposal.tables[0].column(code).unwrap();
        assert_eq!(column.role, Role::Category, "{code}: {}", column.reason);
        assert!(!proposal.segmentation.features.contains(&code.to_owned()), "{code}");
    }
    assert_eq!(proposal.tables[0].column("weeks").unwrap().role, Role::Numeric, "weeks are counted");
    assert_eq!(levels(&dataset, "batch").len(), 3);
    assert_eq!(levels(&dataset, "department")[0].0, "01");
    assert_eq!(dataset.customers.ids.get(7), "0007");
}

#[test]
fn totals_and_twins_are_no_features_beside_what_they_say() {
    let customers = rows(40, |at| {
        let (fresh, milk, soap) = (at * 7 % 31 + 1, at * 11 % 37 + 1, at * 5 % 23 + 1);
        format!("{at},{fresh},{milk},{soap},{},{fresh},{}\n", fresh + milk + soap, at + 1)
    });
    let (proposal, _) =
        unasked(&[("c.csv", format!("customer_id,fresh,milk,soap,total,fresh_again,position\n{customers}"))]);
    assert_eq!(proposal.segmentation.value, "total");
    assert_eq!(proposal.segmentation.features, ["fresh", "milk", "soap"]);
    let reasons = proposal.segmentation.reasons.concat();
    assert!(reasons.contains("total is no feature: it is the sum of fresh, milk and soap"), "{reasons}");
    assert_eq!(proposal.tables[0].column("position").unwrap().role, Role::Ignore, "it counts the rows");
}

/// Lines of twelve orders, one to three a order: order, customer, day, units, price in cents.
fn lines() -> Vec<(usize, usize, usize, i64, i64)> {
    let of_order = |order: usize| {
        (0..=(order % 3)).map(move |line| {
            (order, order % 4, 1 + order * 2, (1 + line + order % 2) as i64, (350 + 125 * ((order + line) % 5)) as i64)
        })
    };
    (0..12).flat_map(of_order).collect()
}

fn total_of(order: usize) -> i64 {
    lines().iter().filter(|line| line.0 == order).map(|line| line.3 * line.4).sum()
}

fn money(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

#[test]
fn the_total_of_an_order_counts_once() {
    let all: i64 = (0..12).map(total_of).sum();
    let each = lines().into_iter().map(|(order, customer, day, units, price)| {
        format!("O{order},2024-01-{day:02},K{customer},{units},{},{}\n", money(price), money(total_of(order)))
    });
    let each = each.collect::<Vec<_>>().concat();
    let (proposal, dataset) =
        unasked(&[("l.csv", format!("order_id,order_date,customer_id,quantity,unit_price,order_total\n{each}"))]);
    assert_eq!(outcome(&dataset).2, all);
    assert_eq!(proposal.facts.as_ref().unwrap().amount.as_deref(), Some("amount"));
    // Without units and prices the total itself counts once for each order.
    let bare = lines().into_iter().enumerate().map(|(at, (order, customer, day, ..))| {
        format!("O{order},2024-01-{day:02},K{customer},P{at},{}\n", money(total_of(order)))
    });
    let bare = bare.collect::<Vec<_>>().concat();
    let (_, dataset) =
        import(&[("l.csv", format!("order_id,order_date,customer_id,sku,order_total\n{bare}"))], &answers(&[]));
    assert_eq!((outcome(&dataset).1, outcome(&dataset).2), (lines().len(), all));
}

#[test]
fn what_stands_on_the_first_line_of_an_order_is_of_all_its_lines() {
    let all: i64 = (0..12).map(total_of).sum();
    let mut before = None;
    let mut content = "Name,Customer ID,Created at,Total,Lineitem quantity,Lineitem name,Lineitem price\n".to_owned();
    for (at, (order, customer, day, units, price)) in lines().into_iter().enumerate() {
        let first = before.replace(order) != Some(order);
        let of_order =
            if first { format!("K{customer},2024-01-{day:02},{}", money(total_of(order))) } else { ",,".to_owned() };
        content.push_str(&format!("#{order},{of_order},{units},P{},{}\n", at % 5, money(price)));
    }
    let (proposal, dataset) = unasked(&[("export.csv", content)]);
    let found = outcome(&dataset);
    assert_eq!((found.0, found.1, found.2), (4, lines().len(), all), "{}", proposal.manifest());
    assert_eq!(proposal.facts.unwrap().order.as_deref(), Some("Name"));
}

fn part(from: usize, to: usize) -> String {
    let row =
        |at: usize| format!("O{at},K{},2024-{:02}-{:02},{}.50\n", at % 5, 1 + at / 10, 1 + at % 28, 10 + at * 7 % 90);
    (from..to).map(row).collect::<Vec<_>>().concat()
}

const HEADER: &str = "order_id,customer_id,order_date,amount\n";

#[test]
fn files_of_the_same_columns_are_one_table() {
    let whole = outcome(&unasked(&[("all.csv", format!("{HEADER}{}", part(0, 60)))]).1);
    let (proposal, dataset) = unasked(&[
        ("sales_2023.csv", format!("{HEADER}{}", part(0, 25))),
        ("sales_2024.csv", format!("{HEADER}{}", part(25, 60))),
    ]);
    assert_eq!(outcome(&dataset), whole);
    assert_eq!(proposal.tables[0].name, "sales");
    let note = proposal.tables[0].reasons.concat();
    assert!(note.contains("sales_2023.csv (25 rows) and sales_2024.csv (35 rows)"), "{note}");
    // Columns are matched by name, in any order and spelling; what a part has not is missing there.
    let second = part(25, 60);
    let turned = second.lines().map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        format!("{};{};shop {};{};{}\n", cells[3], cells[1], cells[0].len(), cells[0], cells[2])
    });
    let turned = turned.collect::<Vec<_>>().concat();
    let (proposal, dataset) = unasked(&[
        ("sales_2023.csv", format!("{HEADER}{}", part(0, 25))),
        ("sales_2024.csv", format!("Amount;Customer ID;shop;Order ID;Order Date\n{turned}")),
    ]);
    assert_eq!(outcome(&dataset), whole);
    assert!(proposal.tables[0].reasons.concat().contains("sales_2023.csv has no shop"));
}

#[test]
fn parts_that_overlap_are_asked_about() {
    let files = [
        ("sales_2023.csv", format!("{HEADER}{}", part(0, 30))),
        ("sales_2024.csv", format!("{HEADER}{}", part(25, 60))),
    ];
    let (proposal, ..) = propose(&files, &Answers::new()).unwrap();
    assert_eq!(proposal.questions.iter().map(|question| question.key.as_str()).collect::<Vec<_>>(), ["parts.sales"]);
    assert!(proposal.questions[0].text.contains("5 rows"), "{}", proposal.questions[0].text);
    let lines = |answer: &str| outcome(&import(&files, &answers(&[("parts.sales", answer)])).1).1;
    assert_eq!((lines("once"), lines("each-time")), (60, 65));
}

#[test]
fn a_row_that_cannot_be_read_is_named_by_its_own_file() {
    let files = [
        ("sales_2023.csv", format!("{HEADER}{}", part(0, 25))),
        ("sales_2024.csv", format!("{HEADER}{}", part(25, 60))),
    ];
    let (proposal, staging, _data) = propose(&files, &Answers::new()).unwrap();
    let manifest = proposal.manifest();
    let broken = manifest.replace("raw/sales_2024.csv", "raw/sales_2025.csv");
    assert!(staging.finish(&broken).unwrap_err().to_string().contains("sales_2025.csv"));
    let late = part(25, 60).replace("O40,K0,2024-05-13,", "O40,K0,2024-05-13,x");
    let files = [files[0].clone(), ("sales_2024.csv", format!("{HEADER}{late}"))];
    let (_, staging, _data) = propose(&files, &Answers::new()).unwrap();
    let error = staging.finish(&manifest).unwrap_err().to_string();
    assert!(error.contains("sales_2024.csv, row 16, column \"amount\""), "{error}");
}

#[test]
fn blanks_around_ids_go_and_are_told() {
    let customers = rows(20, |at| format!("C{at:03}   ,Riga{},{}\n", if at % 2 == 0 { "  " } else { "" }, 50 + at * 3));
    let (proposal, dataset) = unasked(&[("c.csv", format!("customer_id ,city  ,spent\n{customers}"))]);
    assert_eq!(dataset.customers.ids.get(3), "C003");
    assert!(proposal.manifest().contains("Blanks stand around the values."));
}

type Spelling = fn(usize) -> String;

#[test]
fn ids_are_found_however_another_table_writes_them() {
    let orders = |id: fn(usize) -> String| {
        let row = |at: usize| format!("O{at},{},2024-01-{:02},{}.50\n", id(at % 9), 1 + at % 28, 10 + at);
        format!("order_id,customer_id,order_date,amount\n{}", rows(40, row))
    };
    let people = |id: fn(usize) -> String| {
        format!("customer_id,city\n{}", rows(9, |at| format!("{},{}\n", id(at), ["Bonn", "Bari", "Brno"][at % 3])))
    };
    let plain = |at: usize| format!("{}", 40 + at * 13);
    let cases: [(Spelling, Spelling, &str); 5] = [
        (|at| format!("{:05}", 40 + at * 13), plain, "00040"),
        (plain, |at| format!("{:05}", 40 + at * 13), "00040"),
        (|at| format!("C{}", 40 + at * 13), |at| format!(" c-{} ", 40 + at * 13), "C40"),
        (|at| format!("C{}", 40 + at * 13), |at| format!("C{:06}", 40 + at * 13), "C40"),
        (|at| format!("{}.0", 40 + at * 13), plain, "40"),
    ];
    for (of_orders, of_people, first) in cases {
        let (proposal, dataset) = unasked(&[("orders.csv", orders(of_orders)), ("people.csv", people(of_people))]);
        assert_eq!(dataset.customers.ids.get(0), first);
        let of_city: Vec<usize> = levels(&dataset, "city").into_iter().map(|(_, customers)| customers).collect();
        assert_eq!(of_city, [3, 3, 3], "{first}: {:?}", proposal.keys);
    }
    // Where one spelling would make two customers one, ids stay as they are.
    let both = "customer_id,city\n40,Bonn\n040,Bari\n53,Brno\n66,Bonn\n79,Bari\n";
    let (proposal, _) = import(&[("orders.csv", orders(plain)), ("people.csv", both.to_owned())], &answers(&[]));
    assert!(proposal.keys.iter().all(|key| !key.is_respelt), "{:?}", proposal.keys);
}

#[test]
fn a_day_in_three_columns_is_one() {
    let row =
        |at: usize| format!("O{at},K{},{},{},{},{}.25\n", at % 7, 2023 + at / 30, 1 + at % 12, 1 + at * 5 % 28, 5 + at);
    let (proposal, dataset) =
        unasked(&[("o.csv", format!("order_id,customer_id,Year,Month,Day,amount\n{}", rows(45, row)))]);
    assert_eq!(proposal.facts.as_ref().unwrap().time, "date");
    let (customers, purchases, _, first, last) = outcome(&dataset);
    assert_eq!((customers, purchases), (7, 45));
    assert_eq!((first.as_str(), last.as_str()), ("2023-01-01", "2024-12-08"));
    assert!(proposal.tables[0].reasons.iter().any(|reason| reason.contains("Year, Month and Day make up together")));
}

#[test]
fn rows_that_stand_twice_are_told_from_lines_and_from_customers() {
    // A few purchases twice: they are kept, and nothing is taken for the total of an order.
    let row = |at: usize| format!("O{at},K{},2024-02-{:02},{}.5\n", at % 6, 1 + at % 28, 20 + at);
    let again: String = [3, 9, 17, 21].map(row).concat();
    let (proposal, dataset) =
        unasked(&[("o.csv", format!("order_id,customer_id,day,amount\n{}{again}", rows(40, row)))]);
    let cents = |at: usize| 2050 + 100 * at as i64;
    let all: i64 = (0..40).map(cents).sum::<i64>() + [3, 9, 17, 21].map(cents).iter().sum::<i64>();
    assert_eq!((outcome(&dataset).1, outcome(&dataset).2), (44, all));
    let reasons = [proposal.tables[0].reasons.concat(), proposal.notes.concat()].concat();
    assert!(reasons.contains("equal to an earlier one"), "{reasons}");
    // Customers of whom each stands there twice are customers.
    let row = |at: usize| format!("K{at},2023-05-{:02},{}.5,{}\n", 1 + at % 28, 20 + at * 7, at % 4);
    let twice = rows(20, |at| row(at).repeat(2));
    let (proposal, dataset) = unasked(&[("c.csv", format!("customer_id,joined,spent,visits\n{twice}"))]);
    assert!(proposal.facts.is_none());
    assert_eq!(dataset.customers.len(), 20);
}

#[test]
fn an_order_is_told_by_what_its_lines_share() {
    let row = |at: usize| {
        let order = at / 2;
        format!("N{order},k{}@example.org,2024-03-{:02},{}.75,{}\n", order % 5, 1 + order % 28, 10 + at * 3, 1 + at % 3)
    };
    let (proposal, dataset) =
        unasked(&[("w.csv", format!("Name,Email,Created at,Total,Lineitem quantity\n{}", rows(60, row)))]);
    let facts = proposal.facts.as_ref().unwrap();
    assert_eq!((facts.order.as_deref(), facts.customer.as_str()), (Some("Name"), "Email"));
    let orders: f64 = dataset.customers.numbers("frequency").unwrap().iter().sum();
    assert_eq!(orders, 30.0);
}

#[test]
fn money_that_cannot_be_read_is_asked_about() {
    let row = |at: usize| format!("O{at},K{},2024-02-{:02},{} Taler,{}\n", at % 6, 1 + at % 28, 20 + at, 1 + at % 3);
    let content = format!("order_id,customer_id,day,amount,quantity\n{}", rows(30, row));
    let (proposal, ..) = propose(&[("o.csv", content)], &answers(&[])).unwrap();
    let question = proposal.questions.iter().find(|question| question.key == "amount.o").unwrap();
    assert!(
        question.is_open() && question.text.starts_with("Column amount of table o is called like money"),
        "{question:?}"
    );
}

#[test]
fn a_moment_has_one_day_whatever_zone_is_written() {
    let row = |at: usize| {
        let zone = ["+00:00", "+02:00", "-05:00"][at % 3];
        format!("O{at},K{},2024-02-{:02}T23:30:00{zone},{}.5\n", at % 6, 1 + at % 28, 20 + at)
    };
    let files = [("o.csv", format!("order_id,customer_id,at,amount\n{}", rows(30, row)))];
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    let question = &proposal.questions[0];
    assert!(question.is_open() && question.key == "zone.o", "{question:?}");
    assert!(question.text.contains("several time zones behind them (+00:00, +02:00, -05:00)"), "{question:?}");
    assert_eq!(question.options[0].effect, "Days from 2024-02-01 to 2024-02-28. 10 rows of 30 fall on another day.");
    let sum_of_days = |answer: &str| {
        let (_, dataset) = import(&files, &answers(&[("zone.o", answer)]));
        dataset.facts.unwrap().day.iter().map(|day| i64::from(*day)).sum::<i64>()
    };
    assert_eq!(sum_of_days("UTC"), sum_of_days("written") + 10, "ten rows are a day later in UTC");
    // One zone is nothing to ask about.
    unasked(&[("o.csv", files[0].1.replace("+02:00", "+00:00").replace("-05:00", "+00:00"))]);
}

#[test]
fn several_currencies_are_never_added_up_unasked() {
    let row = |at: usize, amount: &str| format!("O{at},K{},2024-02-{:02},{amount}\n", at % 6, 1 + at % 28);
    // Signs beside the amounts.
    let signed = rows(30, |at| row(at, &format!("{}{}.50", if at % 3 == 0 { "€" } else { "$" }, 10 + at)));
    let files = [("o.csv", format!("order_id,customer_id,day,amount\n{signed}"))];
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    let question = proposal.questions.iter().find(|question| question.key == "currency.o").unwrap();
    assert!(question.is_open() && question.text.contains("USD 510 in 20 rows; EUR 240 in 10 rows"), "{question:?}");
    assert_eq!(proposal.tables[0].column("amount").unwrap().role, Role::Ignore);
    let (_, dataset) = import(&files, &answers(&[("currency.o", "one")]));
    assert_eq!(outcome(&dataset).2, 75_000);
    // The same currency in two spellings is one.
    let euros = rows(30, |at| row(at, &format!("{}{}.50", if at % 3 == 0 { "€" } else { "EUR " }, 10 + at)));
    unasked(&[("o.csv", format!("order_id,customer_id,day,amount\n{euros}"))]);
    // A column of codes.
    let coded = rows(30, |at| row(at, &format!("{}.50,{}", 10 + at, if at % 3 == 0 { "EUR" } else { "USD" })));
    let files = [("o.csv", format!("order_id,customer_id,day,amount,currency\n{coded}"))];
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    assert!(proposal.questions[0].is_open() && proposal.questions[0].key == "currency.o", "{:?}", proposal.questions);
    for (answer, cents) in [("USD", 51_000), ("EUR", 24_000), ("one", 75_000)] {
        assert_eq!(outcome(&import(&files, &answers(&[("currency.o", answer)])).1).2, cents, "{answer}");
    }
    unasked(&[("o.csv", format!("order_id,customer_id,day,amount_eur,currency\n{coded}"))]);
}

#[test]
fn money_that_is_the_same_on_all_lines_is_asked_about() {
    let price = |at: usize| ["9.99", "19.99", "4.99"][at / 2 % 3];
    let lines = |name: &str| {
        let row = |at: usize| format!("O{},K{},2024-01-{:02},S{at},{}\n", at / 2, at / 2 % 5, 1 + at / 2, price(at));
        format!("order_id,customer_id,day,sku,{name}\n{}", rows(48, row))
    };
    let files = [("l.csv", lines("amount"))];
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    let question = &proposal.questions[0];
    assert!(question.is_open() && question.key == "total.l", "{question:?}");
    for (answer, cents) in [("once", 27_976), ("each-line", 55_952)] {
        assert_eq!(outcome(&import(&files, &answers(&[("total.l", answer)])).1).2, cents, "{answer}");
    }
    let (_, dataset) = import(&[("l.csv", lines("order_total"))], &answers(&[]));
    assert_eq!(outcome(&dataset).2, 27_976, "its name says that it is the order's");
}

#[test]
fn letters_without_a_sign_and_rows_that_cannot_count_are_asked_about() {
    let row = |at: usize| {
        format!(
            "{}{},K{},2024-02-{:02},{}.5\n",
            if at.is_multiple_of(6) { "C" } else { "" },
            1000 + at,
            at % 5,
            1 + at % 28,
            10 + at
        )
    };
    let files = [("o.csv", format!("order_id,customer_id,day,amount\n{}", rows(30, row)))];
    let all: i64 = (0..30).map(|at| 1050 + 100 * at).sum();
    let back: i64 = (0..30).step_by(6).map(|at| 1050 + 100 * at).sum();
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    assert!(proposal.questions[0].is_open() && proposal.questions[0].key == "returns.o", "{:?}", proposal.questions);
    for (answer, cents) in [("returns", all - 2 * back), ("purchases", all)] {
        assert_eq!(outcome(&import(&files, &answers(&[("returns.o", answer)])).1).2, cents, "{answer}");
    }
    let gaps = rows(30, |at| {
        format!("{at},K{},2024-02-{:02},{}\n", at % 5, 1 + at % 28, if at % 9 == 4 { "" } else { "7.5" })
    });
    let files = [("o.csv", format!("order_id,customer_id,day,amount\n{gaps}"))];
    let (proposal, ..) = propose(&files, &answers(&[])).unwrap();
    assert!(proposal.questions[0].is_open() && proposal.questions[0].key == "missing.o", "{:?}", proposal.questions);
    let message = propose(&files, &answers(&[("missing.o", "stop")])).unwrap_err();
    assert!(message.contains("has no amount in 3 rows of 30; fill it"), "{message}");
    // A cell that is missing within a row is no cell that is missing at its end.
    let short = rows(30, |at| {
        let name = if at % 5 == 0 { "" } else { "Mug," };
        format!("{at},K{},2024-02-{:02},{name}{}.5\n", at % 5, 1 + at % 28, 10 + at)
    });
    let files = [("o.csv", format!("order_id,customer_id,day,name,amount\n{short}"))];
    assert!(propose(&files, &answers(&[])).unwrap_err().contains("has 4 fields where the header has 5"));
}

#[test]
fn ids_that_look_like_money_are_none() {
    let row = |at: usize| {
        let buyer = ["RM-19375", "EUR-10480", "KR-16795"][at % 3];
        format!("O{at},{buyer},2024-02-{:02},{}.5\n", 1 + at % 28, 20 + at)
    };
    let (proposal, _) = unasked(&[("o.csv", format!("order_id,Customer ID,day,amount\n{}", rows(30, row)))]);
    assert_eq!(proposal.currency, "");
}
