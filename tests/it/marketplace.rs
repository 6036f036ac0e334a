//! Nine tables become one data set: nothing is counted twice, everything can be followed to the files.

use std::collections::{BTreeMap, HashMap, HashSet};

use segmenta::dataset::{Dataset, load};
use segmenta::generate::{DataRecipe, generate};

use crate::app::TestApp;

const ROWS: usize = 2000;

/// A csv file by column, read without the program's own reader.
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn read(folder: &std::path::Path, name: &str) -> Self {
        let text = std::fs::read_to_string(folder.join("raw").join(name)).unwrap();
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        Self { header, rows }
    }

    fn at(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap()
    }

    fn numbers(&self, name: &str) -> Vec<f64> {
        let at = self.at(name);
        self.rows.iter().map(|row| row[at].parse().unwrap()).collect()
    }

    fn texts(&self, name: &str) -> Vec<&str> {
        let at = self.at(name);
        self.rows.iter().map(|row| row[at].as_str()).collect()
    }
}

fn generated() -> (tempfile::TempDir, Dataset) {
    let folder = tempfile::tempdir().unwrap();
    generate(DataRecipe::Marketplace, ROWS, 7, folder.path()).unwrap();
    let dataset = load(folder.path()).unwrap();
    (folder, dataset)
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() < 0.005
}

#[test]
fn items_and_payments_are_counted_once() {
    let (folder, dataset) = generated();
    let items = Sheet::read(folder.path(), "olist_order_items_dataset.csv");
    let payments = Sheet::read(folder.path(), "olist_order_payments_dataset.csv");
    let facts = dataset.facts.as_ref().unwrap();
    assert_eq!((items.rows.len(), facts.len()), (ROWS, ROWS));
    let spent: f64 = items.numbers("price").iter().chain(&items.numbers("freight_value")).sum();
    assert!(close(facts.amount.iter().sum(), spent));
    assert!(close(facts.ledger.value_out, spent) && facts.ledger.reconciles());
    let sum =
        |name: &str| dataset.customers.numbers(name).unwrap().iter().filter(|value| value.is_finite()).sum::<f64>();
    assert!(close(sum("monetary"), spent), "every customer is known");
    let several =
        payments.texts("order_id").len() > payments.texts("order_id").into_iter().collect::<HashSet<_>>().len();
    assert!(several, "some orders have several payments");
    assert!(close(sum("total_payment_value"), payments.numbers("payment_value").iter().sum()));
    let orders: HashSet<&str> = items.texts("order_id").into_iter().collect();
    assert_eq!(sum("frequency") as usize, orders.len());
}

#[test]
fn a_customer_is_a_person_and_what_is_known_of_one_follows_from_the_files() {
    let (folder, dataset) = generated();
    let orders = Sheet::read(folder.path(), "olist_orders_dataset.csv");
    let people = Sheet::read(folder.path(), "olist_customers_dataset.csv");
    let reviews = Sheet::read(folder.path(), "olist_order_reviews_dataset.csv");
    let items = Sheet::read(folder.path(), "olist_order_items_dataset.csv");
    let person_of: HashMap<&str, &str> =
        people.texts("customer_id").into_iter().zip(people.texts("customer_unique_id")).collect();
    let of_order: HashMap<&str, &str> =
        orders.texts("order_id").into_iter().zip(orders.texts("customer_id")).map(|(o, c)| (o, person_of[c])).collect();
    let bought: HashSet<&str> = items.texts("order_id").into_iter().collect();
    let mut scores: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (order, score) in reviews.texts("order_id").into_iter().zip(reviews.numbers("review_score")) {
        if bought.contains(order) {
            scores.entry(of_order[order]).or_default().push(score);
        }
    }
    let means = dataset.customers.numbers("mean_review_score").unwrap();
    let mut compared = 0;
    for (row, id) in dataset.customers.ids.iter().enumerate() {
        match scores.get(id) {
            None => assert!(means[row].is_nan(), "{id}"),
            Some(scores) => {
                assert!(close(means[row], scores.iter().sum::<f64>() / scores.len() as f64), "{id}");
                compared += 1;
            }
        }
    }
    assert!(compared > 1000);
    let facts = dataset.facts.as_ref().unwrap();
    let (_, last) = facts.days().unwrap();
    let on_last = facts.day.iter().filter(|day| **day == last).count();
    assert!(on_last < ROWS / 50, "{on_last} lines on the last day are no season but a mistake");
    let repeat = dataset.customers.numbers("frequency").unwrap().iter().filter(|orders| **orders > 1.0).count();
    assert!(repeat > 50, "people come back under new customer numbers");
    let categories = dataset.facts.as_ref().unwrap().dimension("product_category_name_english").unwrap();
    assert!(categories.names.contains(&"watches_gifts".to_owned()) && categories.has_missing, "translated");
    let far = dataset.customers.numbers("mean_distance_km").unwrap();
    assert!(far.iter().any(|far| *far > 1000.0) && far.iter().any(|far| *far < 60.0), "kilometres");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_draws_and_segments_are_compared_by_what_was_bought() {
    let app = TestApp::with(&[(DataRecipe::Marketplace, ROWS)]);
    for tab in ["overview", "explore", "cluster", "segments", "predict", "rfm", "sales", "data"] {
        app.page(&format!("/d/marketplace/{tab}")).await;
    }
    let page = app.page("/d/marketplace/insights").await;
    for id in ["bought-product-category-name-english", "bought-payment-type", "bought-customer-state"] {
        assert_eq!(page.all(&format!("#chart-{id} .chart-summary")).len(), 1, "{id}");
    }
    for id in ["number-price", "number-payment-value", "number-payment-installments", "by-segment"] {
        assert!(!page.all(&format!("#chart-{id} tbody tr")).is_empty(), "{id}");
    }
    let shares = page.all("#chart-bought-payment-type tbody td:nth-child(2)");
    let of_segment: f64 = shares
        .iter()
        .map(|text| text.split('(').nth(1).unwrap().split_whitespace().next().unwrap().parse::<f64>().unwrap())
        .sum();
    assert!((98.0..=102.0).contains(&of_segment), "shares of a segment add up: {shares:?}");
    let answer = app.get("/api/v1/datasets/marketplace/purchases?by=payment_type").await.json();
    let levels = answer["levels"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let total = |level: &serde_json::Value| level["segments"][0]["sales"].as_f64().unwrap();
    let boleto = levels.iter().find(|level| level["level"] == "boleto").unwrap();
    let share = (100.0 * total(boleto) / levels.iter().map(total).sum::<f64>()).round();
    let names = page.all("#chart-bought-payment-type tbody th, #chart-bought-payment-type tbody td:nth-child(1)");
    let at = names.iter().position(|name| name == "boleto").unwrap();
    assert!(shares[at].ends_with(&format!("({share} %)")), "{} is not {share}", shares[at]);
    let of_orders = answer["numbers"].as_array().unwrap().iter().find(|n| n["column"] == "review_score").unwrap();
    assert_eq!(of_orders["per_order"], true);
    let refused = app.get("/api/v1/datasets/marketplace/purchases?by=colour").await;
    assert!(refused.text().contains("There is no column \\\"colour\\\""), "{}", refused.text());
    let sales = app.page("/d/marketplace/sales?facet=customer_state").await;
    assert_eq!(sales.all("#chart-map .chart-summary").len(), 1, "places by postal code");
    let food = app.page("/d/marketplace/insights?on.payment_type=boleto").await;
    assert_eq!(food.all("#chart-bought-payment-type tbody tr").len(), 1);
}
