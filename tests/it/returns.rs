//! Returns: rows that take purchases back lower money and are no purchases, on every page and in every way they are written.
//!
//! The shop is small enough to be worked out by hand; what random shops come to was worked out by a program in Python that shares
//! nothing with this one, see each test.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;

use axum::http::{Method, StatusCode};
use segmenta::dataset::{Dataset, Facts, load};
use segmenta::query::sales::{Measure, SalesFilter, SalesView};
use serde_json::Value;

use segmenta::propose::Answers;

use crate::app::{Answer, TestApp};
use crate::imported::{answers, import, propose};

/// Anna (a) takes all of her only purchase back, Ben (b) a part of one of two; in March both have a return and no purchase.
/// Eve (e) only gives back what she bought before the record.
pub(crate) const SALES: &str = "bill,of,kind,day,who,item,units,money\n\
    1,,sale,2024-01-10,a,lamp,10,50\n2,,sale,2024-01-12,b,rug,2,80\n2,,sale,2024-01-12,b,pot,6,18\n\
    3,,sale,2024-02-05,c,lamp,4,20\n4,,sale,2024-02-11,b,rug,1,40\n5,,sale,2024-02-20,d,pot,20,60\n\
    C6,4,Credit note,2024-03-15,b,rug,-1,-40\nC7,1,Credit note,2024-03-20,a,lamp,-10,-50\n\
    8,,sale,2024-03-22,c,lamp,2,10\nC9,,Credit note,2024-03-25,e,pot,-1,-3\n10,,sale,2024-03-31,f,pot,5,15\n";

const MANIFEST: &str = "title='Shop'\ncurrency='€'\n[[table]]\nfile='sales.csv'\n\
    [facts]\ntable='sales'\ncustomer='who'\norder='bill'\ntime='day'\namount='money'\nquantity='units'\n\
    [[facts.dimension]]\ncolumn='item'\n[facts.features]\ndistinct=['item']\npreferred=['item']\n\
    [segmentation]\nvalue='monetary'\nfeatures=['frequency','monetary']\n";

/// The shop with another file and with more lines under `[facts]`.
fn shop(sales: &str, facts: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    write_shop(folder.path(), sales, facts);
    load(folder.path()).map_err(|error| error.to_string())
}

pub(crate) fn write_shop(folder: &Path, sales: &str, facts: &str) {
    std::fs::create_dir_all(folder).unwrap();
    std::fs::write(folder.join("sales.csv"), sales).unwrap();
    std::fs::write(folder.join("dataset.toml"), manifest(facts)).unwrap();
}

fn manifest(facts: &str) -> String {
    MANIFEST.replace("[[facts.dimension]]", &format!("{facts}\n[[facts.dimension]]"))
}

/// Frequency, recency, monetary value and units of each customer by id; recency is -1 where it is missing.
fn bought(shop: &Dataset) -> Vec<(String, f64, f64, f64, f64)> {
    let column = |name: &str| shop.customers.numbers(name).unwrap_or_else(|| panic!("no {name}"));
    let number = |name: &str, row: usize| if column(name)[row].is_nan() { -1.0 } else { column(name)[row] };
    let of = |row: usize| {
        let [frequency, recency, money, units] =
            ["frequency", "recency_days", "monetary", "units"].map(|name| number(name, row));
        (shop.customers.ids.get(row).to_owned(), frequency, recency, money, units)
    };
    (0..shop.customers.len()).map(of).collect()
}

fn facts(shop: &Dataset) -> &Facts {
    shop.facts.as_ref().unwrap()
}

/// What the shop is however its returns are written, worked out by hand.
fn expected() -> Vec<(String, f64, f64, f64, f64)> {
    [
        ("a", 1.0, 82.0, 0.0, 0.0),
        ("b", 2.0, 50.0, 98.0, 8.0),
        ("c", 2.0, 10.0, 30.0, 6.0),
        ("d", 1.0, 41.0, 60.0, 20.0),
        ("e", 0.0, -1.0, -3.0, -1.0),
        ("f", 1.0, 1.0, 15.0, 5.0),
    ]
    .map(|(who, frequency, recency, money, units)| (who.to_owned(), frequency, recency, money, units))
    .to_vec()
}

/// The shop whose returns have no sign.
pub(crate) fn without_signs() -> String {
    let unsigned = |line: &str| if line.contains("Credit") { line.replace(",-", ",") } else { line.to_owned() };
    SALES.lines().map(|line| unsigned(line) + "\n").collect()
}

/// The lines that are no credit notes.
fn bought_only(sales: &str) -> String {
    sales.split_inclusive('\n').filter(|line| !line.contains("Credit")).collect()
}

#[test]
fn returns_are_no_purchases_however_they_are_written() {
    let prefix = "[facts.returns]\norder_prefix=['c']";
    let column = "[facts.returns]\ncolumn='kind'\nvalues=['credit note','refund']";
    // The same order on a later day.
    let same_order = SALES.replace("\nC6,", "\n4,").replace("\nC7,", "\n1,").replace("\nC9,", "\n,");
    for (name, sales, facts_lines) in [
        ("below zero with a number of their own", SALES, ""),
        ("below zero, as the manifest says", SALES, "[facts.returns]\nnegative=true"),
        ("below zero under the number of the purchase", same_order.as_str(), ""),
        ("prefix and sign", SALES, prefix),
        ("prefix without a sign", without_signs().as_str(), prefix),
        ("column and sign", SALES, column),
        ("column without a sign", without_signs().as_str(), column),
    ] {
        let shop = shop(sales, facts_lines).unwrap();
        assert_eq!(bought(&shop), expected(), "{name}");
        let found = facts(&shop).returns.as_ref().unwrap().found;
        assert_eq!((found.lines, found.returns, found.amount, found.gross), (3, 3, -93.0, 293.0), "{name}");
        assert_eq!((found.purchases, found.as_purchases >= 7), (7, true), "{name}");
        let totals = SalesView::new(facts(&shop), &SalesFilter::default(), None).totals().unwrap();
        assert_eq!((totals.gross(), totals.returned, totals.sales), (293.0, -93.0, 200.0), "{name}");
        assert_eq!((totals.orders, totals.customers, totals.units), (7, 5, 38.0), "{name}");
        assert_eq!(Measure::AverageOrderValue.of(&totals), 293.0 / 7.0, "{name}: before returns");
        assert!(facts(&shop).ledger.reconciles(), "{name}: {:?}", facts(&shop).ledger);
        let notes = shop.ledger.notes.join(" ");
        assert!(notes.contains("1 customer has returns and no purchase (e): frequency is 0"), "{name}: {notes}");
    }
}

#[test]
fn a_sign_that_was_turned_is_told_with_its_sum() {
    let shop = shop(&without_signs(), "[facts.returns]\norder_prefix=['C']").unwrap();
    let ledger = &facts(&shop).ledger;
    let note =
        "3 returns are written with an amount above zero, 93.00 in all; the sign is turned, so that they lower money.";
    assert!(ledger.notes.contains(&note.to_owned()), "{:?}", ledger.notes);
    let entry = ledger.entries.last().unwrap();
    assert_eq!((entry.cells_changed, entry.value_changed), (3, -186.0));
    assert_eq!((ledger.value_in, ledger.value_out), (386.0, 200.0));
}

#[test]
fn switched_off_every_row_counts_as_it_did() {
    let shop = shop(SALES, "[facts.returns]\nnegative=false").unwrap();
    assert!(facts(&shop).returns.is_none());
    let found: Vec<(String, f64, f64, f64)> =
        bought(&shop).into_iter().map(|(who, frequency, recency, money, _)| (who, frequency, recency, money)).collect();
    assert_eq!(found[0], ("a".to_owned(), 2.0, 12.0, 0.0));
    assert_eq!(found[1], ("b".to_owned(), 3.0, 17.0, 98.0));
    assert_eq!(found[4], ("e".to_owned(), 1.0, 7.0, -3.0));
}

#[test]
fn a_deduction_within_a_purchase_lowers_it_and_is_no_return() {
    let sales = SALES
        .replace("3,,sale,2024-02-05,c,lamp,4,20\n", "3,,sale,2024-02-05,c,lamp,4,20\n3,,sale,2024-02-05,c,rug,0,-5\n");
    let shop = shop(&sales, "").unwrap();
    let found = facts(&shop).returns.as_ref().unwrap().found;
    assert_eq!((found.lines, found.gross, found.amount), (3, 288.0, -93.0));
    assert_eq!(bought(&shop)[2], ("c".to_owned(), 2.0, 10.0, 25.0, 6.0));
    let notes = facts(&shop).ledger.notes.join(" ");
    assert!(notes.contains("1 row below zero stands among rows of a purchase with the same order and day"), "{notes}");
}

#[test]
fn purchases_that_came_back_are_found_by_their_number() {
    let of = |facts_lines: &str, sales: &str| {
        let found = facts(&shop(sales, facts_lines).unwrap()).returns.as_ref().unwrap().found;
        (found.matched, found.taken_back)
    };
    assert_eq!(of("", SALES), (0, 0), "no number leads to a purchase");
    assert_eq!(of("[facts.returns]\npurchase='of'", SALES), (2, 2), "the lamp and the second rug came back");
    let part = SALES.replace("b,rug,-1,-40", "b,rug,-1,-30");
    assert_eq!(of("[facts.returns]\npurchase='of'", &part), (2, 1), "the rug only in part");
    let numbered = SALES.replace("\nC6,", "\nC4,").replace("\nC7,", "\nC1,");
    assert_eq!(of("[facts.returns]\norder_prefix=['C']", &numbered), (2, 2), "C4 takes back 4");
    let others = SALES.replace("\nC6,", "\nC3,").replace("\nC7,", "\nC8,");
    assert_eq!(of("[facts.returns]\norder_prefix=['C']", &others), (0, 0), "of another customer, and bought later");
}

#[test]
fn orders_of_which_nothing_was_sold_are_left_out_when_told() {
    let sales = SALES.replace("8,,sale,", "8,,cancelled,");
    let before = shop(&sales, "").unwrap();
    assert_eq!(bought(&before)[2].1, 2.0);
    let after = shop(&sales, "[[facts.leave_out]]\ncolumn='kind'\nvalues=['cancelled','void']").unwrap();
    assert_eq!(bought(&after)[2], ("c".to_owned(), 1.0, 56.0, 20.0, 4.0));
    let ledger = &facts(&after).ledger;
    let entry = ledger.entries.last().unwrap();
    assert_eq!((entry.rule.as_str(), entry.rows_removed), ("No sales (cancelled, void): row removed", 1));
    assert_eq!(entry.value_removed, 10.0);
    assert!(ledger.reconciles());
    let message = shop(&sales, "[[facts.leave_out]]\ncolumn='state'\nvalues=['x']").unwrap_err();
    assert!(message.contains("facts.leave_out.column: there is no column \"state\""), "{message}");
}

#[test]
fn settings_that_cannot_be_are_refused() {
    for (lines, expected) in [
        ("[facts.returns]\ncolumn='sort'\nvalues=['x']", "facts.returns.column: there is no column \"sort\""),
        ("[facts.returns]\npurchase='original'", "facts.returns.purchase: there is no column \"original\""),
        ("[facts.returns]\nvalues=['x']", "facts.returns.column: expected the column"),
        ("[facts.returns]\ncolumn='kind'", "facts.returns.values: expected the texts that mean a return"),
        ("[facts.returns]\nprefix=['C']", "unknown field `prefix`"),
    ] {
        let message = shop(SALES, lines).unwrap_err();
        assert!(message.contains(expected), "{lines}: {message}");
    }
    let notes = facts(&shop(SALES, "[facts.returns]\norder_prefix=['RET']").unwrap()).ledger.notes.join(" ");
    assert!(notes.contains("No row is marked as a return: none has an order that begins with RET."), "{notes}");
}

/// Customers and the months after the first in which some of them bought.
#[test]
fn nobody_comes_back_by_giving_back() {
    let shop = shop(SALES, "").unwrap();
    let view = SalesView::new(facts(&shop), &SalesFilter::default(), None);
    let mut counts = view.returning().unwrap();
    counts.sort_unstable();
    let month = |text: &str| segmenta::dataset::dates::parse_iso(text).unwrap();
    let [january, february, march] = ["2024-01-01", "2024-02-01", "2024-03-01"].map(month);
    let expected = [
        (january, january, 2),
        (january, february, 1),
        (february, february, 2),
        (february, march, 1),
        (march, march, 1),
    ];
    assert_eq!(counts, expected, "in March nobody of January bought");
    let found = segmenta::series::cohorts::from_counts(&counts, view.days().unwrap().unwrap()).unwrap();
    assert_eq!(found.cohorts[0].active, [2, 1, 0]);
    // Nobody bought in the last month, in which there are returns only.
    let only = SALES.replace("8,,sale,2024-03-22,c,lamp,2,10\n", "").replace("10,,sale,2024-03-31,f,pot,5,15\n", "");
    let shop = self::shop(&only, "").unwrap();
    let view = SalesView::new(facts(&shop), &SalesFilter::default(), None);
    let found =
        segmenta::series::cohorts::from_counts(&view.returning().unwrap(), view.days().unwrap().unwrap()).unwrap();
    assert_eq!(found.cohorts[0].active, [2, 1, 0]);
    assert_eq!(found.retention, [1.0, 0.25, 0.0]);
}

#[test]
fn what_is_bought_again_knows_purchases_only() {
    let sales = format!(
        "{SALES}11,,sale,2024-04-30,d,pot,3,9\n12,,sale,2024-05-02,f,rug,2,70\n13,,sale,2024-05-03,b,pot,1,3\n"
    );
    let with = shop(&sales, "").unwrap();
    let without = shop(&bought_only(&sales), "").unwrap();
    let values = |shop: &Dataset| segmenta::segment::lifetime::LifetimeValues::of(facts(shop), shop.customers.len());
    let (found, bare) = (values(&with), values(&without));
    assert_eq!(found.models, bare.models, "the models are those of the purchases alone");
    assert!(found.probability_alive[4].is_nan(), "e never bought");
    assert_eq!(found.probability_alive[..4], bare.probability_alive[..4]);
    let note = found.notes.last().unwrap();
    assert_eq!(
        note,
        "Expected value is that of purchases, before returns. So far 25\u{a0}% of the money of purchases came back."
    );
    assert!(!bare.notes.iter().any(|note| note.contains("returns")));
}

/// The shop served.
fn served(facts_lines: &str, sales: &str) -> TestApp {
    TestApp::of_files(&[("shop/sales.csv", sales.to_owned()), ("shop/dataset.toml", manifest(facts_lines))])
}

/// Trains the model by which the report parts customers.
async fn train(app: &TestApp) {
    let body = serde_json::json!({ "name": "default", "recipe": { "k": "2" } });
    let answer = app.json(Method::POST, "/api/v1/datasets/shop/models", &body).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    let job = answer.json()["id"].to_string();
    let state = app.wait(job.trim_matches('"')).await;
    assert_eq!(state["phase"], "done", "{state}");
}

/// What a card says, and its note.
fn card(page: &Answer, label: &str) -> (String, String) {
    let labels = page.all(".cards dt");
    let at = labels.iter().position(|text| text == label).unwrap_or_else(|| panic!("{label} in {labels:?}"));
    (page.all(".cards dd:nth-of-type(1)")[at].clone(), page.all(".cards dd:nth-of-type(2)")[at].clone())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sales_page_shows_gross_returns_and_net() {
    let app = served("[facts.returns]\npurchase='of'", SALES);
    let page = app.page("/d/shop/sales").await;
    assert_eq!(card(&page, "Gross sales").0, "€293");
    assert_eq!(card(&page, "Returns"), ("−€93".to_owned(), "3 rows, 32 % of gross sales".to_owned()));
    assert_eq!(card(&page, "Net sales").0, "€200");
    assert_eq!(card(&page, "Orders").0, "7");
    assert!(!page.all(".cards dt").contains(&"Sales".to_owned()));
    let said = page.all("#returns p").join(" ");
    assert!(said.contains("3 rows are returns and took back €93.00, 32 % of gross sales."), "{said}");
    assert!(said.contains("With them as purchases there would be 10 orders instead of 7;"), "{said}");
    assert!(
        said.contains("2 of 3 returns name the purchase by its number; 2 of 7 purchases (29 %) came back as a whole."),
        "{said}"
    );
    let rows = page.all("#returns tbody tr");
    assert_eq!(rows.len(), 3, "{rows:?}");
    assert_eq!(page.all("#returns tbody tr:nth-child(3) td"), ["2024-03", "€25", "−€93", "−€68", "372 %"]);
    let lamps = app.page("/d/shop/sales?on.item=rug").await;
    assert_eq!((card(&lamps, "Gross sales").0, card(&lamps, "Net sales").0), ("€120".to_owned(), "€80".to_owned()));
    let rfm = app.page("/d/shop/rfm").await.all("main p.hint").join(" ");
    assert!(
        rfm.contains("3 returns are left out of recency and frequency and lower monetary value by €93.00."),
        "{rfm}"
    );
    assert!(rfm.contains("1 customers have no purchase that is known and no scores."), "{rfm}");
    let data = app.page("/d/shop/data").await.text();
    assert!(data.contains("1 customer has returns and no purchase (e)"));
    train(&app).await;
    let report = app.page("/d/shop/report").await.all("#returns").join(" ");
    assert!(report.starts_with("Gross sales €293, returns −€93, net sales €200."), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_tells_what_the_pages_show() {
    let app = served("", SALES);
    let sales = app.page("/api/v1/datasets/shop/sales").await.json();
    let found = &sales["returns"];
    assert_eq!(
        (found["gross"].as_f64(), found["returned"].as_f64(), found["net"].as_f64()),
        (Some(293.0), Some(-93.0), Some(200.0))
    );
    assert_eq!((sales["totals"]["orders"].as_u64(), sales["totals"]["returned"].as_f64()), (Some(7), Some(-93.0)));
    let rfm = app.page("/api/v1/datasets/shop/rfm").await.json();
    assert_eq!((rfm["returns"]["returns"].as_u64(), rfm["missing"].as_u64()), (Some(3), Some(1)));
    train(&app).await;
    let report = app.page("/api/v1/datasets/shop/report").await.json();
    assert_eq!(report["facts"]["returns"]["net"].as_f64(), Some(200.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_returns_says_nothing_of_them() {
    let app = served("", &bought_only(SALES));
    let page = app.page("/d/shop/sales").await;
    assert_eq!(card(&page, "Sales").0, "€293");
    assert!(!page.all(".cards dt").contains(&"Returns".to_owned()) && page.all("#returns").is_empty());
    assert!(app.page("/api/v1/datasets/shop/sales").await.json().get("returns").is_none());
    train(&app).await;
    assert!(app.page("/d/shop/report").await.all("#returns").is_empty());
}

#[test]
fn the_command_line_tells_recency_frequency_and_what_was_left_out() {
    let folder = tempfile::tempdir().unwrap();
    write_shop(&folder.path().join("data/shop"), SALES, "");
    let segmenta = |arguments: &[&str]| {
        let out = Command::new(env!("CARGO_BIN_EXE_segmenta"))
            .current_dir(folder.path())
            .env("SEGMENTA_DATA_DIR", folder.path().join("data"))
            .env("SEGMENTA_MODELS_DIR", folder.path().join("models"))
            .args(arguments)
            .output()
            .unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let json: Value = serde_json::from_str(&segmenta(&["rfm", "shop", "--json", "--out", "rfm.csv"])).unwrap();
    assert_eq!((json["orders"].as_f64(), json["monetary"].as_f64()), (Some(7.0), Some(200.0)));
    assert_eq!((json["returns"]["returns"].as_u64(), json["without_scores"].as_u64()), (Some(3), Some(1)));
    let rows = csv::Reader::from_path(folder.path().join("rfm.csv")).unwrap().into_records().count();
    assert_eq!(rows, 6);
    assert!(segmenta(&["rfm", "shop"]).contains("3 returns are left out of recency and frequency"));
}

/// What the import makes of a file: the manifest, and the data set.
fn imported(text: &str) -> (String, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("export.csv"), text).unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_segmenta"))
        .current_dir(folder.path())
        .env("SEGMENTA_DATA_DIR", folder.path().join("data"))
        .args(["import", "--name", "export", "export.csv", "--yes"])
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let data = folder.path().join("data/export");
    (std::fs::read_to_string(data.join("dataset.toml")).unwrap(), load(&data).unwrap())
}

/// Thirty orders of ten customers, two a month each, and a few rows behind them.
fn export(header: &str, row: impl Fn(usize, &str) -> String, more: &[&str]) -> String {
    let mut text = format!("{header}\n");
    for order in 0..30 {
        let day = format!("2024-{:02}-{:02}", 1 + order / 10, 1 + order % 10);
        writeln!(text, "{}", row(order, &day)).unwrap();
    }
    for line in more {
        writeln!(text, "{line}").unwrap();
    }
    text
}

/// Orders and money of all customers together.
fn sums(shop: &Dataset) -> (f64, f64) {
    let sum = |name: &str| shop.customers.numbers(name).unwrap().iter().filter(|value| value.is_finite()).sum();
    (sum("frequency"), sum("monetary"))
}

#[test]
fn an_import_proposes_what_is_a_return() {
    let lines =
        |order: usize, day: &str| format!("{},rug,{},{day},2.50,{}", 5001 + order, 1 + order % 3, 70 + order % 10);
    let back = ["C5031,rug,-2,2024-03-20,2.50,71", "C5032,rug,-1,2024-03-21,2.50,72"];
    let header = "Invoice,Description,Quantity,InvoiceDate,Price,Customer ID";
    let (manifest, shop) = imported(&export(header, lines, &back));
    assert!(manifest.contains("[facts.returns]\nnegative = true\norder_prefix = [\"C\"]\n"), "{manifest}");
    assert!(manifest.contains("2 of 32 rows have Quantity below zero; they are returns."), "{manifest}");
    assert_eq!(sums(&shop), (30.0, 150.0 - 7.5));

    let typed = |order: usize, day: &str| format!("{},{day},{},invoice,{}", 100 + order, 70 + order % 10, 10 + order);
    let back = ["130,2024-03-20,71,credit note,7", "131,2024-03-21,72,credit note,8"];
    let (manifest, shop) = imported(&export("order_no,order_date,customer_no,document,total", typed, &back));
    let section = "[facts.returns]\ncolumn = \"document\"\nvalues = [\"credit note\"]\n";
    assert!(manifest.contains(section), "{manifest}");
    assert_eq!(sums(&shop), (30.0, 735.0 - 15.0));

    let ended = |order: usize, day: &str| format!("{},{day},{},completed,{}", 100 + order, 70 + order % 10, 10 + order);
    let gone = ["130,2024-03-20,71,cancelled,700", "131,2024-03-21,72,failed,800"];
    let (manifest, shop) = imported(&export("order_no,order_date,customer_no,status,total", ended, &gone));
    let section = "[[facts.leave_out]]\ncolumn = \"status\"\nvalues = [\"cancelled\", \"failed\"]\n";
    assert!(manifest.contains(section), "{manifest}");
    assert_eq!(sums(&shop), (30.0, 735.0));
    let ledger = &facts(&shop).ledger;
    assert_eq!((ledger.entries[0].rows_removed, ledger.entries[0].value_removed), (2, 1500.0));
}

#[test]
fn many_orders_that_came_to_nothing_are_asked_about() {
    let ended = |order: usize, day: &str| {
        let status = if order % 10 == 9 { "Cancelled" } else { "completed" };
        format!("{},{day},{},{status},{}", 100 + order, 70 + order % 9, 10 + order)
    };
    let text = export("order_no,order_date,customer_no,status,total", ended, &[]);
    let files = [("export.csv", text)];
    let (proposal, ..) = propose(&files, &Answers::new()).unwrap();
    let question = &proposal.questions[0];
    assert!(question.is_open() && question.key == "sales.export", "{question:?}");
    assert_eq!(question.text, "3 rows of 30 of table export have \"Cancelled\" as status. Are they sales?");
    for (answer, expected) in [("left-out", (27.0, 648.0)), ("sales", (30.0, 735.0))] {
        let (_, shop) = import(&files, &answers(&[("sales.export", answer)]));
        assert_eq!(sums(&shop), expected, "{answer}");
    }
}

#[test]
fn what_came_back_is_not_left_out_twice() {
    let ended = |order: usize, day: &str| format!("{},{day},{},completed,{}", 100 + order, 70 + order % 10, 10 + order);
    let header = "order_no,order_date,customer_no,status,total";
    let refunded = "130,2024-03-20,71,refunded,700";
    let (manifest, shop) = imported(&export(header, ended, &[refunded]));
    assert!(manifest.contains("values = [\"refunded\"]"), "{manifest}");
    assert_eq!(sums(&shop), (30.0, 735.0), "nothing takes it back, so that it is no sale");
    let (manifest, shop) = imported(&export(header, ended, &[refunded, "131,2024-03-22,71,completed,-700"]));
    assert!(!manifest.contains("leave_out") && manifest.contains("negative = true"), "{manifest}");
    assert_eq!(sums(&shop), (31.0, 735.0), "a row of its own takes it back");
}

#[test]
fn a_return_ticket_is_sold() {
    let ticket = |order: usize, day: &str| {
        let kind = if order.is_multiple_of(5) { "return" } else { "single" };
        format!("{},{day},{},{kind},{}", 100 + order, 70 + order % 10, 10 + order)
    };
    let (manifest, shop) = imported(&export("order_no,order_date,customer_no,ticket_type,total", ticket, &[]));
    assert!(!manifest.contains("facts.returns"), "{manifest}");
    assert_eq!(sums(&shop), (30.0, 735.0));
}

#[test]
fn an_import_of_purchases_alone_says_nothing_of_returns() {
    let shops = |order: usize, day: &str| {
        format!("{}{},{day},{},open,{}", ["R", "M", "T", "V"][order % 4], 100 + order, 70 + order % 10, 10 + order)
    };
    let (manifest, shop) =
        imported(&export("order_no,order_date,customer_no,status,total", shops, &["T1,2024-03-30,71,paid,5"]));
    assert!(!manifest.contains("facts.returns") && !manifest.contains("leave_out"), "{manifest}");
    assert_eq!(sums(&shop), (31.0, 740.0));
}

/// A shop of the same numbers for every program: a linear congruential generator makes its rows.
pub(crate) fn random_shop(seed: u64, rows: usize) -> String {
    let mut state = seed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut text = "bill,day,who,item,units,money\n".to_owned();
    for row in 0..rows {
        let (customer, any_day, order) = (next(9), next(300), next(rows as u64 / 2));
        let day = if next(3) > 0 { order * 7 % 300 } else { any_day };
        let (cents, kind) = (1 + next(9_999), next(10));
        let (sign, units) = if kind < 2 { ("-", -1) } else { ("", 1) };
        let bill = if kind == 0 { format!("R{row}") } else { format!("{order}") };
        let day = chrono::NaiveDate::from_ymd_opt(2023, 1, 1).unwrap() + chrono::Days::new(day);
        let item = row % 4;
        writeln!(text, "{bill},{day},c{customer},i{item},{units},{sign}{}.{:02}", cents / 100, cents % 100).unwrap();
    }
    text
}

/// What a program in plain Python makes of [`random_shop`]: rows of a customer and order are grouped by dictionary, a row below zero
/// is a return unless its order has a row from zero on the same day, and each number is added up in whole cents. For each shop: the
/// sums over customers of frequency, of recency and of money, the gross sales, the returned money and the number of returns.
const BY_PYTHON: [(u64, usize, [f64; 6]); 3] = [
    (1, 60, [47.0, 909.0, 1902.58, 2207.73, -305.15, 7.0]),
    (2, 200, [151.0, 102.0, 6356.41, 7851.69, -1495.28, 30.0]),
    (3, 500, [381.0, 63.0, 13116.51, 17978.79, -4862.28, 81.0]),
];

#[test]
fn random_shops_come_to_what_another_program_makes_of_them() {
    for (seed, rows, expected) in BY_PYTHON {
        let shop = shop(&random_shop(seed, rows), "").unwrap();
        let sum = |name: &str| {
            let values = shop.customers.numbers(name).unwrap();
            values.iter().filter(|value| value.is_finite()).sum::<f64>()
        };
        let found = facts(&shop).returns.as_ref().unwrap().found;
        let numbers =
            [sum("frequency"), sum("recency_days"), sum("monetary"), found.gross, found.amount, found.returns as f64];
        for (ours, theirs) in numbers.iter().zip(expected) {
            assert!((ours - theirs).abs() < 1e-6, "seed {seed}: {numbers:?} and {expected:?}");
        }
    }
}
