use std::fmt::Write;

use crate::dataset::facts::UNKNOWN;
use crate::dataset::load::load;
use crate::dataset::loaded::Dataset;

const SALES: &str = "day,who,order,code,units,price,amount\n\
    1/3/2024 9:15,7.0,1,A1,2,5,10\n1/1/2024 8:00,8.0,2,B2x,1,3,3\n1/2/2024 8:00,,3,A1,1,5,5\n\
    1/2/2024 8:30,9.0,,A1,1,5,5\n1/13/2024 8:30,7.0,4,C3,1,4,9\n1/13/2024 8:30,7.0,5,A1,-1,5,-5\n,7.0,6,A1,1,5,5\n";
const PEOPLE: &str = "who,town,born\n7,Bari,1980\n8,BARI ,1990\n10,Bonn,2000\n";
const PRODUCTS: &str = "code,kind\nA1,food\nB2,toys\n";
const MANIFEST: &str = "title='t'\n\
    [[table]]\nfile='sales.csv'\ndate_order='month-day-year'\n[[table.clean]]\nrule='leading-digits'\ncolumns=['who']\n\
    [[table]]\nfile='people.csv'\n[[table.clean]]\nrule='normalise'\ncolumns=['town']\ncase='title'\n\
    [[table]]\nfile='products.csv'\n\
    [customers]\ntable='people'\nid='who'\n\
    [columns.town]\nrole='category'\n[columns.born]\nrole='numeric'\n\
    [facts]\ntable='sales'\ncustomer='who'\norder='order'\ntime='day'\namount='amount'\nquantity='units'\n\
    [[facts.join]]\ntable='products'\non='code'\n[[facts.dimension]]\ncolumn='kind'\n\
    [facts.features]\ndistinct=['kind']\npreferred=['kind']\n\
    [[facts.clean]]\nrule='negatives'\ncolumns=['amount']\naction='drop'\n\
    [[facts.clean]]\nrule='consistent'\nquantity='units'\nprice='price'\namount='amount'\ntolerance=0.005\naction='drop'\n\
    [segmentation]\nvalue='monetary'\nfeatures=['recency_days','frequency','monetary']\n";

fn shop(changes: &[(&str, &str)], files: &[(&str, &str)]) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("sales.csv", SALES), ("people.csv", PEOPLE), ("products.csv", PRODUCTS)] {
        let text = files.iter().find(|(other, _)| *other == name).map_or(text, |(_, text)| text);
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let manifest = changes.iter().fold(MANIFEST.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    });
    std::fs::write(folder.path().join("dataset.toml"), manifest).unwrap();
    load(folder.path()).map_err(|error| error.to_string())
}

#[test]
fn facts_are_joined_cleaned_sorted_and_made_customers() {
    let shop = shop(&[], &[]).unwrap();
    let facts = shop.facts.as_ref().unwrap();
    assert_eq!(facts.amount, [3.0, 5.0, 5.0, 10.0], "by day");
    assert_eq!(facts.dimension("kind").unwrap().names, ["food"], "B2x has no partner");
    assert_eq!((facts.buyer[1], facts.order[2], facts.orders), (UNKNOWN, UNKNOWN, 3));
    assert_eq!(shop.customers.len(), 2, "9 has no known order, 10 never bought");
    assert_eq!([shop.customers.ids.get(0), shop.customers.ids.get(1)], ["7", "8"]);
    assert_eq!(shop.customers.numbers("frequency").unwrap(), [1.0, 1.0]);
    assert_eq!(shop.customers.numbers("recency_days").unwrap(), [1.0, 3.0]);
    assert_eq!(shop.customers.column("town").unwrap().levels().unwrap(), ["Bari"]);
    assert_eq!(facts.customer(3), Some(0));
    assert_eq!((facts.customer(0), facts.customer(1), facts.customer(2)), (Some(1), None, None));
}

#[test]
fn the_ledger_of_facts_reconciles_in_rows_and_money() {
    let shop = shop(&[], &[]).unwrap();
    let ledger = &shop.facts.as_ref().unwrap().ledger;
    assert_eq!((ledger.rows_in, ledger.rows_out), (7, 4));
    assert_eq!((ledger.value_in, ledger.value_out), (32.0, 23.0));
    assert!(ledger.reconciles());
    let removed: Vec<(usize, f64)> = ledger.entries.iter().map(|e| (e.rows_removed, e.value_removed)).collect();
    assert_eq!(removed, [(1, 5.0), (1, -5.0), (1, 9.0)], "no day, negative, inconsistent");
    let notes = ledger.notes.join(" ");
    assert!(notes.contains("have no partner in table products"), "{notes}");
    assert!(notes.contains("Codes: digits in front kept; 0 rows removed, 6 cells changed"), "{notes}");
    let notes = shop.ledger.notes.join(" ");
    assert!(notes.contains("1 customers of the table have no known order and are left out"), "{notes}");
}

#[test]
fn rows_that_a_table_rule_removes_leave_a_ledger_that_reconciles() {
    let rule = "columns=['who']\n[[table.clean]]\nrule='duplicate-rows'\n";
    let sales = format!("{SALES}1/1/2024 8:00,8.0,2,B2x,1,3,3\n");
    let shop = shop(&[("columns=['who']\n", rule)], &[("sales.csv", &sales)]).unwrap();
    let ledger = &shop.facts.as_ref().unwrap().ledger;
    assert!(ledger.reconciles(), "{ledger:?}");
    assert_eq!((ledger.rows_in, ledger.rows_out), (7, 4));
    assert!(ledger.notes.join(" ").contains("Duplicate rows: first kept; 1 rows removed"), "{:?}", ledger.notes);
}

#[test]
fn customers_without_facts_can_stay_and_unknown_ones_have_no_attributes() {
    let keep = [("id='who'\n", "id='who'\nwithout_facts='keep'\n")];
    let people = "who,town,born\n8,Bari,1990\n10,Bonn,2000\n";
    let shop = shop(&keep, &[("people.csv", people)]).unwrap();
    let ids: Vec<&str> = (0..shop.customers.len()).map(|row| shop.customers.ids.get(row)).collect();
    assert_eq!(ids, ["8", "10", "7"]);
    assert_eq!(shop.customers.numbers("frequency").unwrap(), [1.0, 0.0, 1.0]);
    assert!(shop.customers.numbers("recency_days").unwrap()[1].is_nan());
    assert!(shop.customers.numbers("born").unwrap()[2].is_nan());
}

#[test]
fn facts_alone_make_customers() {
    let alone = [
        ("[customers]\ntable='people'\nid='who'\n", ""),
        ("[columns.town]\nrole='category'\n[columns.born]\nrole='numeric'\n", ""),
    ];
    let shop = shop(&alone, &[]).unwrap();
    assert_eq!(shop.customers.len(), 2);
    assert_eq!(shop.customers.id_name, "who");
}

#[test]
fn bad_facts_are_one_clear_sentence() {
    let twice = format!("{PRODUCTS}A1,toys\n");
    let people = format!("{PEOPLE}7,Rome,1970\n");
    let mut bad_day = SALES.to_owned();
    _ = writeln!(bad_day, "31/31/2024,7.0,9,A1,1,5,5");
    for (changes, files, expected) in [
        (
            &[][..],
            &[("products.csv", twice.as_str())][..],
            "1 rows repeat a key (such as \"A1\"), so joining would multiply rows",
        ),
        (&[], &[("people.csv", people.as_str())], "row 4, column \"who\": customer \"7\" stands twice"),
        (&[], &[("sales.csv", bad_day.as_str())], "row 8, column \"day\": \"31/31/2024\" is not a date"),
        (
            &[("amount='amount'\nquantity", "amount='money'\nquantity")],
            &[],
            "facts.amount: there is no column \"money\"",
        ),
        (
            &[("time='day'", "time='day'\nsnapshot='2024-01-02'")],
            &[],
            "facts.snapshot: expected a day after the last one, 2024-01-03",
        ),
        (&[("on='code'", "on='kode'")], &[], "column \"kode\": is needed to join tables"),
        (
            &[("table='products'", "table='goods'")],
            &[],
            "there is no table \"goods\"; the tables are sales, people, products",
        ),
        (
            &[("distinct=['kind']", "distinct=['colour']")],
            &[],
            "facts.features.distinct: expected a dimension, found \"colour\"",
        ),
        (
            &[],
            &[("products.csv", "code,kind\nZ,food\n")],
            "no value has a partner in column \"code\" of table products",
        ),
    ] {
        let message = shop(changes, files).unwrap_err();
        assert!(message.contains(expected), "{message}");
    }
}
