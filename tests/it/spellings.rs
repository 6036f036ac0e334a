//! What strangers' files look like: the same purchases in other spellings of days and numbers, below titles, with other names. They are
//! read to the same values, or asked about; never read wrong in silence.

use segmenta::dataset::Dataset;
use segmenta::library::Staging;
use segmenta::propose::{Answers, Proposal};

use crate::command_line::segmenta;
use crate::imported::{self, answers, outcome};

/// Writes a day of 2023, from its month and day of the month.
type Days = dyn Fn(u32, u32) -> String;

/// Writes an amount, from its cents.
type Amounts = fn(i64) -> String;

/// Lines of a file, one of each thing.
fn rows_of<T>(things: impl IntoIterator<Item = T>, line: impl Fn(T) -> String) -> String {
    things.into_iter().map(line).collect::<Vec<_>>().concat()
}

/// 36 purchases of 8 customers: order, customer, day of 2023 (month, day), cents.
fn purchases() -> Vec<(usize, usize, u32, u32, i64)> {
    let of = |at: usize| {
        let (month, day) = (1 + at as u32 / 3, 3 + (at as u32 * 7) % 25);
        (1001 + at, 1 + (at * 5 + at / 7) % 8, month, day, 500 + (at as i64 * 37_919) % 180_000)
    };
    (0..36).map(of).collect()
}

fn file(day: impl Fn(u32, u32) -> String, amount: impl Fn(i64) -> String) -> String {
    let line = |(order, customer, month, of_month, cents): &(usize, usize, u32, u32, i64)| {
        format!("O{order};C{customer};\"{}\";\"{}\"\n", day(*month, *of_month), amount(*cents))
    };
    let lines: String = purchases().iter().map(line).collect();
    format!("order_id;customer_id;order_date;amount\n{lines}")
}

fn iso(month: u32, day: u32) -> String {
    format!("2023-{month:02}-{day:02}")
}

fn plain(cents: i64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// A number with marks.
fn marked(cents: i64, thousands: &str, decimal: &str) -> String {
    let (whole, rest) = (cents / 100, cents % 100);
    let whole =
        if whole >= 1000 { format!("{}{thousands}{:03}", whole / 1000, whole % 1000) } else { whole.to_string() };
    format!("{whole}{decimal}{rest:02}")
}

fn propose(name: &str, content: &str, answers: &Answers) -> Result<(Proposal, Staging, tempfile::TempDir), String> {
    imported::propose(&[(name, content)], answers)
}

fn import_with(content: &str, given: &Answers) -> (Proposal, Dataset) {
    imported::import(&[("orders.csv", content)], given)
}

#[track_caller]
fn is_right(what: &str, content: &str) {
    let (proposal, dataset) = import_with(content, &Answers::new());
    assert!(proposal.questions.is_empty(), "{what}: {:?}", proposal.questions);
    let expected = outcome(&import_with(&file(iso, plain), &Answers::new()).1);
    assert_eq!(outcome(&dataset), expected, "{what}");
}

#[test]
fn days_are_read_in_every_spelling() {
    let total: i64 = purchases().iter().map(|purchase| purchase.4).sum();
    let plain_file = outcome(&import_with(&file(iso, plain), &Answers::new()).1);
    assert_eq!((plain_file.0, plain_file.1, plain_file.2), (8, 36, total));
    let english = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let german = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ];
    let spanish = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let polish = [
        "stycznia",
        "lutego",
        "marca",
        "kwietnia",
        "maja",
        "czerwca",
        "lipca",
        "sierpnia",
        "września",
        "października",
        "listopada",
        "grudnia",
    ];
    let since = |month: u32, day: u32| segmenta::dataset::dates::parse_iso(&iso(month, day)).unwrap();
    let name = |names: [&'static str; 12], month: u32| names[month as usize - 1];
    let spellings: Vec<(&str, Box<Days>)> = vec![
        ("11-Feb-23", Box::new(move |m, d| format!("{d:02}-{}-23", name(english, m)))),
        ("07-Jan-2023", Box::new(move |m, d| format!("{d:02}-{}-2023", name(english, m)))),
        ("Jan 7, 2023", Box::new(move |m, d| format!("{} {d}, 2023", name(english, m)))),
        ("07JAN2023", Box::new(move |m, d| format!("{d:02}{}2023", name(english, m).to_uppercase()))),
        (
            "Sat, 07 Jan 2023 08:26:00 +0100",
            Box::new(move |m, d| format!("Sat, {d:02} {} 2023 08:26:00 +0100", name(english, m))),
        ),
        ("7. Januar 2023", Box::new(move |m, d| format!("{d}. {} 2023", name(german, m)))),
        ("7 de enero de 2023", Box::new(move |m, d| format!("{d} de {} de 2023", name(spanish, m)))),
        ("7 stycznia 2023", Box::new(move |m, d| format!("{d} {} 2023", name(polish, m)))),
        ("20230107", Box::new(|m, d| format!("2023{m:02}{d:02}"))),
        ("1/7/23 8:26", Box::new(|m, d| format!("{m}/{d}/23 8:26"))),
        ("07.01.23", Box::new(|m, d| format!("{d:02}.{m:02}.23"))),
        ("2023/01/07", Box::new(|m, d| format!("2023/{m:02}/{d:02}"))),
        ("2023-01-07T08:26:00.123Z", Box::new(|m, d| format!("{}T08:26:00.123Z", iso(m, d)))),
        ("spreadsheet", Box::new(move |m, d| (since(m, d) + 25_569).to_string())),
        ("seconds", Box::new(move |m, d| (i64::from(since(m, d)) * 86_400 + 30_360).to_string())),
        ("milliseconds", Box::new(move |m, d| ((i64::from(since(m, d)) * 86_400 + 30_360) * 1000).to_string())),
    ];
    for (what, day) in spellings {
        is_right(what, &file(day, plain));
    }
}

#[test]
fn numbers_are_read_in_every_spelling() {
    let spellings: [(&str, Amounts); 14] = [
        ("1,234.50", |cents| marked(cents, ",", ".")),
        ("1.234,50", |cents| marked(cents, ".", ",")),
        ("1 234,50", |cents| marked(cents, "\u{a0}", ",")),
        ("1 234,50 thin", |cents| marked(cents, "\u{202f}", ",")),
        ("1'234.50", |cents| marked(cents, "'", ".")),
        ("1\u{2019}234.50", |cents| marked(cents, "\u{2019}", ".")),
        ("R$ 1.234,50", |cents| format!("R$ {}", marked(cents, ".", ","))),
        ("CHF 1'234.50", |cents| format!("CHF {}", marked(cents, "'", "."))),
        ("1,234.50 USD", |cents| format!("{} USD", marked(cents, ",", "."))),
        ("12,30 zł", |cents| format!("{} zł", marked(cents, " ", ","))),
        ("12,30 kr", |cents| format!("{} kr", marked(cents, ".", ","))),
        ("12,30 руб.", |cents| format!("{} руб.", marked(cents, " ", ","))),
        ("¥", |cents| format!("¥{}", marked(cents, ",", "."))),
        ("Arabic digits", |cents| {
            plain(cents).chars().map(|c| c.to_digit(10).map_or(c, |d| char::from_u32(0x0660 + d).unwrap())).collect()
        }),
    ];
    for (what, amount) in spellings {
        is_right(what, &file(iso, amount));
    }
}

#[test]
fn what_is_below_zero_stays_below_zero() {
    let spellings: [(&str, Amounts); 6] = [
        ("(30.00)", |cents| format!("({})", plain(cents))),
        ("($30.00)", |cents| format!("(${})", plain(cents))),
        ("30.00-", |cents| format!("{}-", plain(cents))),
        ("\u{2212}30.00", |cents| format!("\u{2212}{}", plain(cents))),
        ("- 30.00", |cents| format!("- {}", plain(cents))),
        ("30.00 CR", |cents| format!("{} CR", plain(cents))),
    ];
    let is_refund = |cents: i64| cents % 7 == 0;
    let net: i64 =
        purchases().iter().map(|purchase| if is_refund(purchase.4) { -purchase.4 } else { purchase.4 }).sum();
    assert!(purchases().iter().any(|purchase| is_refund(purchase.4)));
    for (what, refund) in spellings {
        let content = file(iso, |cents| if is_refund(cents) { refund(cents) } else { plain(cents) });
        let found = outcome(&import_with(&content, &Answers::new()).1);
        assert_eq!((found.0, found.1, found.2), (8, 36, net), "{what}");
    }
}

#[test]
fn what_stands_above_a_table_is_left_out_and_told() {
    let table = file(iso, plain);
    for above in
        ["Orders of 2023\n", "Orders of 2023;;;\n", "# from the shop\n# on Monday\n", "sep=;\n", "Report\nfor you\n\n"]
    {
        let content = format!("{above}{table}");
        is_right(above, &content);
        let (proposal, _) = import_with(&content, &Answers::new());
        assert!(!proposal.tables[0].reasons.is_empty(), "{above:?} is not told");
    }
    let bare = table.split_once('\n').unwrap().1;
    let (proposal, _, _data) = propose("orders.csv", bare, &Answers::new()).unwrap();
    assert_eq!(proposal.tables[0].rows, 36, "the first purchase is no header");
}

#[test]
fn whole_amounts_with_a_mark_are_thousands_or_a_question() {
    let whole = |cents: i64| {
        if cents / 100 >= 1000 {
            format!("{}.{:03}", cents / 100_000, cents / 100 % 1000)
        } else {
            (cents / 100).to_string()
        }
    };
    let expected: i64 = purchases().iter().map(|purchase| purchase.4 / 100).sum();
    let (proposal, dataset) = import_with(&file(iso, whole), &Answers::new());
    assert!(proposal.questions.is_empty());
    assert_eq!(outcome(&dataset).2, expected * 100);
    // Two of them alone could be either.
    let few = "id;customer_id;order_date;amount\n1;C1;2023-01-02;1.251\n2;C1;2023-02-03;2.341\n3;C2;2023-02-05;3.117\n4;C2;2023-03-05;4.223\n";
    let (proposal, _, _data) = propose("orders.csv", few, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert_eq!(question.key, "numbers.orders");
    assert!(question.is_open() && question.text.contains("can be read in two ways"), "{question:?}");
    let total = |answer: &str| {
        let (_, dataset) = import_with(few, &answers(&[("numbers.orders", answer)]));
        dataset.facts.unwrap().amount.iter().sum::<f64>()
    };
    assert!((total("thousands") - 10_932.0).abs() < 1e-9);
    assert!((total("decimals") - 10.932).abs() < 1e-9);
    assert!(question.options[0].effect.contains("10,932"), "{question:?}");
}

#[test]
fn days_that_allow_two_readings_are_a_question() {
    let content = "order_id,customer_id,order_date,amount\n1,C1,01/02/2024,5\n2,C1,03/04/2024,6\n3,C2,02/01/2024,7\n4,C2,05/03/2024,8\n";
    let (proposal, _, _data) = propose("orders.csv", content, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert_eq!((question.key.as_str(), question.is_open()), ("dates.orders", true));
    assert!(
        question.options[0].effect.contains("2024-01-02") && question.options[1].effect.contains("2024-01-02"),
        "{question:?}"
    );
    let ends = |answer: &str| {
        let found = outcome(&import_with(content, &answers(&[("dates.orders", answer)])).1);
        (found.3, found.4)
    };
    assert_eq!(ends("day-first"), ("2024-01-02".to_owned(), "2024-04-03".to_owned()));
    assert_eq!(ends("month-first"), ("2024-01-02".to_owned(), "2024-05-03".to_owned()));
    // Rows that follow each other in one reading only tell it.
    let rising = (1..=12)
        .flat_map(|month| [3, 9].map(|day| (month, day)))
        .map(|(month, day)| format!("{month}{day},C{},{day:02}/{month:02}/2024,5\n", day % 4))
        .collect::<Vec<_>>()
        .concat();
    let (proposal, dataset) =
        import_with(&format!("order_id,customer_id,order_date,amount\n{rising}"), &Answers::new());
    assert!(proposal.questions.is_empty(), "{:?}", proposal.questions);
    assert_eq!(outcome(&dataset).4, "2024-12-09");
    let contradiction =
        "order_id,customer_id,order_date,amount\n1,C1,13/02/2024,5\n2,C1,02/14/2024,6\n3,C2,02/01/2024,7\n";
    let (proposal, _, _data) = propose("orders.csv", contradiction, &Answers::new()).unwrap();
    let open: Vec<&str> = proposal.questions.iter().map(|question| question.key.as_str()).collect();
    assert!(open.contains(&"column.orders.order_date"), "{open:?}");
    assert!(proposal.questions[0].text.contains("13/02/2024") && proposal.questions[0].text.contains("02/14/2024"));
}

#[test]
fn rows_of_an_id_that_comes_again_are_never_dropped_unasked() {
    let content = "customer_id,age,visits,spend\nK1,20,1,50\nK2,30,2,65\nK1,21,3,70\nK3,40,4,80\nK2,31,5,90\n";
    let (proposal, _, _data) = propose("people.csv", content, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert_eq!((question.key.as_str(), question.is_open()), ("rows.people", true));
    assert!(question.options[0].effect.contains("2 of 5 rows are dropped"), "{question:?}");
    let customers = |answer: &str| {
        let (proposal, staging, _data) = propose("people.csv", content, &answers(&[("rows.people", answer)])).unwrap();
        staging.finish(&proposal.manifest()).unwrap().customers.len()
    };
    assert_eq!((customers("last"), customers("each")), (3, 5));
    // Rows that are equal in everything are one row, which is told.
    let twice = "customer_id,age,visits,spend\nK1,20,1,50\nK2,30,2,65\nK1,20,1,50\nK3,40,4,80\n";
    let (proposal, staging, _data) = propose("people.csv", twice, &Answers::new()).unwrap();
    assert!(proposal.questions.is_empty(), "{:?}", proposal.questions);
    assert!(proposal.tables[0].reasons.iter().any(|reason| reason.contains("equal to an earlier one and are dropped")));
    assert_eq!(staging.finish(&proposal.manifest()).unwrap().customers.len(), 3);
}

#[test]
fn who_buys_is_told_by_name_in_many_languages_or_asked() {
    let table = file(iso, plain);
    for name in [
        "email",
        "loyalty_card",
        "code client",
        "Kundennummer",
        "phone",
        "客户编号",
        "клиент",
        "klant_id",
        "id_cliente",
    ] {
        is_right(name, &table.replace("customer_id", name));
    }
    let unknown = table.replace("customer_id", "zzz");
    let (proposal, _, _data) = propose("orders.csv", &unknown, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert_eq!((question.key.as_str(), question.likely.as_str()), ("customer.orders", "zzz"));
    let (_, dataset) = import_with(&unknown, &answers(&[("customer.orders", "zzz")]));
    assert_eq!(outcome(&dataset).1, 36);
    let (_, dataset) = import_with(&unknown, &answers(&[("customer.orders", "each")]));
    assert!(dataset.facts.is_none() && dataset.customers.len() == 36);
}

#[test]
fn a_shop_where_few_come_again_and_one_without_amounts_have_purchases() {
    let once = rows_of(0..200, |at| format!("O{at},K{:03},2024-01-{:02},{}\n", at % 194, 1 + at % 28, 5 + at));
    let (_, dataset) = import_with(&format!("order_id,customer_id,order_date,amount\n{once}"), &Answers::new());
    let found = outcome(&dataset);
    assert_eq!((found.0, found.1), (194, 200));
    let visits =
        rows_of(purchases(), |(order, customer, month, day, _)| format!("O{order},C{customer},{}\n", iso(month, day)));
    let (proposal, dataset) = import_with(&format!("order_id,customer_id,order_date\n{visits}"), &Answers::new());
    assert_eq!((dataset.customers.len(), dataset.facts.unwrap().len()), (8, 36));
    assert_eq!(proposal.segmentation.value, "frequency");
}

#[test]
fn worth_is_never_an_age_unasked() {
    let people =
        rows_of(0..40, |at| format!("{},{},{},{}\n", at + 1, 18 + at * 7 % 40, 15 + at * 3 % 90, 1 + at * 25 % 99));
    let content = format!("CustomerID,Age,Annual_Income,Spending_Score\n{people}");
    let (proposal, _, _data) = propose("mall.csv", &content, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert_eq!((question.key.as_str(), question.is_open()), ("worth", true));
    assert_eq!(question.options.last().unwrap().value, "Age");
    let (proposal, _, _data) = propose("mall.csv", &content, &answers(&[("worth", "Annual_Income")])).unwrap();
    assert_eq!(proposal.segmentation.value, "Annual_Income");
}

#[test]
fn worth_is_what_was_bought_and_not_how_often() {
    let cards = rows_of(0..40, |at| {
        format!("C{at},{},{},{},0.{}\n", 100 + at * 7, at * 13 % 50, 900 + at * 31 % 400, 1 + at % 9)
    });
    let content = |name: &str| format!("CUST_ID,BALANCE,PURCHASES_TRX,{name},PURCHASES_FREQUENCY\n{cards}");
    let (proposal, _, _data) = propose("cards.csv", &content("PURCHASES"), &Answers::new()).unwrap();
    assert_eq!(proposal.segmentation.value, "PURCHASES");
    let (proposal, _, _data) = propose("cards.csv", &content("POINTS"), &Answers::new()).unwrap();
    assert!(proposal.questions[0].is_open() && proposal.questions[0].key == "worth", "{:?}", proposal.questions);
    assert_eq!(proposal.questions[0].likely, "BALANCE");
}

#[test]
fn a_number_that_cannot_be_read_is_asked_about_and_never_lost() {
    let content = file(iso, |cents| if cents % 100 == 19 { "12a".to_owned() } else { plain(cents) });
    assert!(content.contains("12a"));
    let (proposal, _, _data) = propose("orders.csv", &content, &Answers::new()).unwrap();
    let question = proposal.questions.iter().find(|question| question.key == "column.orders.amount").unwrap();
    assert!(question.text.contains("such as \"12a\""), "{question:?}");
    let (_, dataset) = import_with(&content, &answers(&[("column.orders.amount", "missing")]));
    // A purchase without its money is left out, which the ledger says.
    let odd = purchases().iter().filter(|purchase| purchase.4 % 100 == 19).count();
    assert_eq!(outcome(&dataset).1, 36 - odd);
}

#[test]
fn the_command_line_stops_with_the_question_and_takes_an_answer() {
    let folder = tempfile::tempdir().unwrap();
    let content = "order_id,customer_id,order_date,amount\n1,C1,01/02/2024,5\n2,C1,03/04/2024,6\n3,C2,02/01/2024,7\n4,C2,05/03/2024,8\n";
    std::fs::write(folder.path().join("orders.csv"), content).unwrap();
    let import = |more: &[&str]| segmenta(folder.path(), &[&["import", "--name", "shop", "orders.csv"], more].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let stopped = import(&[]);
    assert_eq!(stopped.status.code(), Some(1));
    assert!(text(&stopped.stdout).contains("--answer dates.orders=day-first"), "{}", text(&stopped.stdout));
    assert!(text(&stopped.stderr).contains("1 question is open and nothing was made"));
    assert!(!folder.path().join("data/shop").exists());
    let listed: serde_json::Value = serde_json::from_slice(&import(&["--json"]).stdout).unwrap();
    assert_eq!(listed["questions"][0]["options"].as_array().unwrap().len(), 2);
    for (wrong, expected) in [
        ("dates.orders=sideways", "does not answer dates.orders; choose day-first or month-first"),
        ("dates.lines=day-first", "no question is called \"dates.lines\"; there are dates.orders"),
        ("dates.orders", "as KEY=VALUE"),
    ] {
        let refused = import(&["--answer", wrong]);
        assert!(!refused.status.success() && text(&refused.stderr).contains(expected), "{}", text(&refused.stderr));
    }
    let made = import(&["--answer", "dates.orders=day-first", "--json"]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let (guessed, printed) =
        (import(&["--yes"]).status, segmenta(folder.path(), &["import", "--name", "other", "orders.csv", "--yes"]));
    assert!(!guessed.success(), "the name is taken");
    assert!(text(&printed.stdout).contains("answer dates.orders=month-first"), "{}", text(&printed.stdout));
}
