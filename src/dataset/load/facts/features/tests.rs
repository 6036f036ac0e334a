use super::*;
use crate::dataset::facts::{FactNumber, Returns, ReturnsFound};
use crate::dataset::ledger::Ledger;
use crate::dataset::manifest::Gaps;

fn facts(rows: &[(u32, u32, i32, f64)]) -> Facts {
    Facts {
        buyer: rows.iter().map(|row| row.0).collect(),
        order: rows.iter().map(|row| row.1).collect(),
        day: rows.iter().map(|row| row.2).collect(),
        amount: rows.iter().map(|row| row.3).collect(),
        has_amounts: true,
        uses: None,
        returns: None,
        quantity: Vec::new(),
        dimensions: vec![FactDimension {
            name: "kind".to_owned(),
            label: "Kind".to_owned(),
            codes: (0..rows.len() as u32).map(|row| row % 2).collect(),
            has_missing: false,
            names: vec!["a".to_owned(), "b".to_owned()],
        }],
        numbers: vec![
            FactNumber {
                name: "weight".to_owned(),
                label: String::new(),
                unit: None,
                per_order: false,
                values: rows.iter().map(|row| row.3).collect(),
            },
            FactNumber {
                name: "score".to_owned(),
                label: String::new(),
                unit: None,
                per_order: true,
                values: rows.iter().map(|row| f64::from(row.1)).collect(),
            },
        ],
        places: None,
        buyers: ["x", "y", "z"].into_iter().collect(),
        customer_of: vec![0, 1, 2],
        orders: 5,
        snapshot: 11,
        missing_days: Gaps::Zero,
        ledger: Ledger {
            value: String::new(),
            rows_in: 0,
            rows_out: 0,
            value_in: 0.0,
            value_out: 0.0,
            entries: Vec::new(),
            notes: Vec::new(),
        },
        remote: None,
    }
}

fn columns_of(rows: &[(u32, u32, i32, f64)], wanted: &Features) -> Vec<FeatureColumn> {
    let facts = facts(rows);
    columns(&facts, &OrderStarts::of(&facts.order, &facts.buyer, facts.orders, &[]), wanted)
}

#[test]
fn returns_lower_money_and_say_nothing_of_when_somebody_bought() {
    // Buyer 0 takes back a part later, without a number; 1 everything; 2 what was bought before the record.
    let rows =
        [(0, 0, 1, 50.0), (1, 1, 2, 30.0), (0, 2, 5, 40.0), (1, 3, 8, -30.0), (0, UNKNOWN, 9, -40.0), (2, 4, 10, -7.0)];
    let mut facts = facts(&rows);
    let is_return: Vec<bool> = rows.iter().map(|row| row.3 < 0.0).collect();
    let starts = OrderStarts::of(&facts.order, &facts.buyer, facts.orders, &is_return);
    facts.returns = Some(Returns { is_return, found: ReturnsFound::default() });
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = Features {
        distinct: names(&["kind"]),
        preferred: names(&["kind"]),
        mean: names(&["weight"]),
        ..Features::default()
    };
    let columns = columns(&facts, &starts, &wanted);
    assert_eq!(number(&columns, "frequency"), [2.0, 1.0, 0.0]);
    assert_eq!(number(&columns, "monetary"), [50.0, 0.0, -7.0]);
    assert_eq!(number(&columns, "average_order_value")[..2], [45.0, 30.0], "before returns");
    assert_eq!(number(&columns, "recency_days")[..2], [6.0, 9.0]);
    assert_eq!(number(&columns, "days_between_orders")[0], 4.0);
    assert_eq!(number(&columns, "distinct_kind"), [1.0, 1.0, 0.0]);
    assert_eq!(number(&columns, "mean_weight")[..2], [45.0, 30.0]);
    for name in ["recency_days", "tenure_days", "average_order_value", "weekend_share", "mean_weight"] {
        assert!(number(&columns, name)[2].is_nan(), "nothing was bought, so {name} is missing");
    }
    let Some(FeatureColumn::Level(_, levels)) = columns.last() else { panic!("a level") };
    assert_eq!(*levels, [Some("a".to_owned()), Some("b".to_owned()), None]);
}

fn number(columns: &[FeatureColumn], wanted: &str) -> Vec<f64> {
    let found = columns.iter().find_map(|column| match column {
        FeatureColumn::Number(name, values) if name == wanted => Some(values.clone()),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_customer_is_summed_up_and_unknown_orders_do_not_count() {
    // Day 1 was a Friday, day 10 a Sunday; the third row has no order, the last no customer.
    let rows = [
        (0, 0, 1, 10.0),
        (0, 0, 1, 5.0),
        (0, UNKNOWN, 9, 99.0),
        (0, 1, 10, -3.0),
        (1, 2, 10, 7.0),
        (UNKNOWN, 3, 10, 1.0),
    ];
    let wanted =
        Features { distinct: vec!["kind".to_owned()], preferred: vec!["kind".to_owned()], ..Features::default() };
    let columns = columns_of(&rows, &wanted);
    assert_eq!(number(&columns, "recency_days")[..2], [1.0, 1.0]);
    assert_eq!(number(&columns, "frequency")[..2], [2.0, 1.0]);
    assert_eq!(number(&columns, "monetary")[..2], [12.0, 7.0]);
    assert_eq!(number(&columns, "average_order_value")[..2], [6.0, 7.0]);
    assert_eq!(number(&columns, "tenure_days")[..2], [10.0, 1.0]);
    assert_eq!(number(&columns, "weekend_share")[..2], [0.5, 1.0]);
    assert_eq!(number(&columns, "days_between_orders")[0], 9.0);
    assert!(number(&columns, "days_between_orders")[1].is_nan(), "one order has no next");
    assert!(number(&columns, "monetary")[2].is_nan(), "nothing is known of a buyer without orders");
    assert_eq!(number(&columns, "distinct_kind")[..2], [2.0, 1.0]);
    let Some(FeatureColumn::Level(_, levels)) = columns.last() else { panic!("a level") };
    assert_eq!(levels[..2], [Some("a".to_owned()), Some("a".to_owned())]);
    assert!(levels[2].is_none());
}

#[test]
fn numbers_of_an_order_count_once_for_it() {
    let rows = [(0, 0, 1, 10.0), (0, 0, 1, f64::NAN), (0, 4, 2, 5.0), (0, UNKNOWN, 9, 99.0), (1, 2, 10, f64::NAN)];
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let wanted = Features {
        mean: names(&["weight", "score"]),
        total: names(&["weight", "score"]),
        max: names(&["weight"]),
        ..Features::default()
    };
    let columns = columns_of(&rows, &wanted);
    assert_eq!((number(&columns, "mean_weight")[0], number(&columns, "total_weight")[0]), (7.5, 15.0));
    assert_eq!(
        (number(&columns, "mean_score")[0], number(&columns, "total_score")[0]),
        (2.0, 4.0),
        "0 and 4, each once"
    );
    assert_eq!(number(&columns, "max_weight")[0], 10.0);
    assert!(number(&columns, "mean_weight")[1].is_nan() && number(&columns, "total_weight")[1].is_nan());
}

#[test]
fn an_order_of_two_customers_counts_once_for_each() {
    let rows = [(0, 0, 1, 1.0), (1, 0, 1, 1.0), (0, 0, 1, 1.0), (1, 0, 2, 1.0), (2, 0, 3, 1.0), (1, 4, 3, 1.0)];
    let columns = columns_of(&rows, &Features::default());
    assert_eq!(number(&columns, "frequency"), [1.0, 2.0, 1.0]);
    assert_eq!(number(&columns, "monetary"), [2.0, 3.0, 1.0]);
}

#[test]
fn weekends_are_saturday_and_sunday() {
    // 1970-01-01 was a Thursday.
    assert_eq!((0..7).filter(|day| is_weekend(*day)).collect::<Vec<_>>(), [2, 3]);
    assert!(is_weekend(-5) && !is_weekend(-1));
}
