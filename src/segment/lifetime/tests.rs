use super::*;
use crate::dataset::{Dataset, load};

const MANIFEST: &str = "title='t'\n[[table]]\nfile='sale.csv'\n[facts]\ntable='sale'\ncustomer='who'\norder='bill'\n\
    time='day'\namount='money'\n[segmentation]\nvalue='monetary'\nfeatures=['frequency']\n";

/// A data set of orders, each `(customer, day of January or later, money)`; an order without customer is of nobody.
fn orders(orders: &[(&str, u32, f64)]) -> Dataset {
    let folder = tempfile::tempdir().unwrap();
    let mut text = "who,bill,day,money\n".to_owned();
    for (bill, (who, day, money)) in orders.iter().enumerate() {
        let (month, day) = (1 + (day - 1) / 28, 1 + (day - 1) % 28);
        text.push_str(&format!("{who},b{bill},2024-{month:02}-{day:02},{money}\n"));
    }
    std::fs::write(folder.path().join("sale.csv"), text).unwrap();
    std::fs::write(folder.path().join("dataset.toml"), MANIFEST).unwrap();
    load(folder.path()).unwrap()
}

fn values(dataset: &Dataset) -> LifetimeValues {
    LifetimeValues::of(dataset.facts.as_ref().unwrap(), dataset.customers.len())
}

/// Forty customers with one to four orders of different worth.
fn shop(money: impl Fn(u32, u32) -> f64) -> Dataset {
    let names: Vec<String> = (0..40).map(|i| format!("c{i}")).collect();
    let mut lines = Vec::new();
    for (i, name) in (0..40).zip(&names) {
        for order in 0..=i % 4 {
            lines.push((name.as_str(), 1 + i + order * (11 + i % 7), money(i, order)));
        }
    }
    orders(&lines)
}

#[test]
fn every_customer_gets_expectations_that_add_up() {
    let dataset = shop(|i, order| 10.0 + f64::from(i * 13 % 17 + order));
    let values = values(&dataset);
    assert_eq!((values.failure.clone(), values.probability_alive.len()), (None, 40));
    assert!(values.has_values() && values.models.orders.is_some());
    assert!(values.probability_alive.iter().all(|p| (0.0..=1.0).contains(p)));
    assert_eq!(values.bought_once.iter().filter(|once| **once).count(), 10);
    let labels: Vec<i32> = (0..40).map(|row| row % 3 - 1).collect();
    let view = View::all(&dataset.customers, Some(&labels));
    let segments = values.by_segment(&view);
    assert_eq!(segments.iter().map(|segment| segment.cluster).collect::<Vec<_>>(), [0, 1, -1]);
    let all = values.expect(0, &view.rows);
    assert_eq!(segments.iter().map(|segment| segment.customers).sum::<usize>(), all.customers);
    for (parts, whole) in [
        (segments.iter().map(|s| s.value).sum::<f64>(), all.value),
        (segments.iter().map(|s| s.orders).sum(), all.orders),
        (segments.iter().map(|s| s.active_share * s.known as f64).sum(), all.active_share * 40.0),
    ] {
        assert!((parts - whole).abs() < 1e-9 * whole.abs(), "{parts} {whole}");
    }
    assert!(all.value > 0.0 && (all.value_per_customer * 40.0 - all.value).abs() < 1e-9 * all.value);
    assert_eq!(values, super::LifetimeValues::of(dataset.facts.as_ref().unwrap(), 40), "the same again");
}

#[test]
fn nothing_chosen_is_nothing_and_no_number() {
    let values = values(&shop(|i, _| 10.0 + f64::from(i)));
    let none = values.expect(0, &[]);
    assert_eq!((none.customers, none.known, none.value), (0, 0, 0.0));
    assert!(none.active_share.is_nan() && none.value_per_customer.is_nan());
}

#[test]
fn what_cannot_be_told_is_said_in_a_sentence() {
    for (lines, expected) in [
        (&[("a", 1, 5.0), ("a", 9, 5.0), ("b", 3, 4.0), ("b", 20, 7.0)][..], None),
        (&[("a", 4, 5.0), ("b", 4, 6.0), ("b", 4, 7.0)], Some("All orders lie on one day")),
        (&[("a", 1, 5.0), ("b", 2, 6.0), ("c", 9, 7.0)], Some("Nobody bought on a second day")),
        (&[("a", 1, 5.0), ("a", 2, 6.0)], Some("Only one customer has a known order")),
    ] {
        let found = values(&orders(lines));
        assert_eq!(found.failure.is_some(), expected.is_some(), "{:?}", found.failure);
        if let (Some(failure), Some(expected)) = (&found.failure, expected) {
            assert!(failure.starts_with(expected) && failure.ends_with('.'), "{failure}");
            assert!(found.probability_alive.iter().chain(&found.expected_value).all(|value| value.is_nan()));
            assert_eq!(found.models, Models::default());
        }
    }
}

#[test]
fn amounts_that_are_not_positive_leave_orders() {
    let refunds = values(&shop(|i, _| -1.0 - f64::from(i)));
    assert_eq!(refunds.failure, None);
    assert!(refunds.notes[0].starts_with("What an order is worth cannot be told"), "{:?}", refunds.notes);
    assert!(!refunds.has_values());
    assert!(refunds.expected_orders.iter().all(|orders| *orders > 0.0));
    assert!(refunds.expected_value.iter().all(|value| value.is_nan()));
    let some = values(&shop(|i, _| if i == 7 { 0.0 } else { 10.0 + f64::from(i) }));
    assert!(
        some.notes.iter().any(|note| note.contains("nothing or less, as gifts and deductions make them: 1.")),
        "{:?}",
        some.notes
    );
    assert!(some.expected_value.iter().all(|value| value.is_finite()));
}

#[test]
fn a_return_is_no_repeat_purchase_and_makes_nobody_young() {
    let dataset = orders(&[
        ("a", 10, 50.0),
        ("b", 12, 98.0),
        ("b", 42, 40.0),
        ("b", 70, -40.0),
        ("a", 75, -50.0),
        ("c", 80, -5.0),
        ("d", 86, 7.0),
    ]);
    let found = summaries(dataset.facts.as_ref().unwrap(), dataset.customers.len()).unwrap();
    let told: Vec<Option<(u32, f64, f64, f64)>> = found
        .iter()
        .map(|summary| summary.map(|s| (s.repeat_purchases, s.last_purchase, s.age, s.mean_value)))
        .collect();
    let (x, t_x, age, mean) = told[0].unwrap();
    assert_eq!((x, t_x, age), (0, 0.0, 84.0));
    assert!(mean.is_nan());
    assert_eq!(told[1], Some((1, 33.0, 82.0, 40.0)));
    assert_eq!(told[2], None, "c never bought");
}
