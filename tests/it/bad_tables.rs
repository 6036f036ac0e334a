//! Bad tables behind sales: keys without partners and keys that repeat, thousands of levels, amounts beyond all measure.

use crate::bad_sales::{joined, sound};

const FAMILIES: &str = "[[facts.dimension]]\ncolumn='family'\n[[facts.join]]\ntable='kinds'\non='kind'\n\
    [[table]]\nname='kinds'\nfile='kinds.csv'\n";

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_a_partner_stay_and_are_counted() {
    let lines = sound(60, 9);
    let app = joined(&lines, FAMILIES, &[("shop/kinds.csv", "kind,family\na,food\nb,toys\n")]);
    let notes = app.page("/d/shop/data").await.all(".notes li").join(" ");
    assert!(notes.contains("20 of 60 rows have no partner in table kinds"), "{notes}");
    let page = app.page("/d/shop/sales").await;
    let mut names = page.all("#chart-by-family tbody td:first-child");
    names.sort_unstable();
    assert_eq!(names, ["food", "toys", "unknown family"]);
    let answer = app.page("/api/v1/datasets/shop/sales").await.json();
    let total: f64 = lines.iter().map(|line| line.3.parse::<f64>().unwrap()).sum();
    assert_eq!((answer["totals"]["sales"].as_f64(), answer["totals"]["lines"].as_u64()), (Some(total), Some(60)));
    assert_eq!(app.tour().await.len(), 3, "only what needs a model waits for one");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_join_that_cannot_be_meant_is_refused_with_the_way_out() {
    for (kinds, expected, way_out) in [
        ("kind,family\nx,food\ny,toys\n", "no value has a partner in column \"kind\" of table kinds", "check the join"),
        ("kind,family\na,food\na,toys\nb,toys\nc,toys\n", "1 rows repeat a key (such as \"a\")", "duplicate-rows"),
    ] {
        let app = joined(&sound(60, 9), FAMILIES, &[("shop/kinds.csv", kinds)]);
        let named = app.page("/").await.all(".warning li").join(" ");
        assert!(named.contains(expected) && named.contains(way_out), "{named}");
        let refusals = app.tour().await;
        assert_eq!(refusals.len(), 10, "{refusals:?}");
        assert!(refusals.iter().all(|(_, message)| message.contains(expected)), "{refusals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_levels_are_counted_the_first_drawn_and_each_can_be_asked_for() {
    let mut lines = sound(5000, 50);
    lines.iter_mut().enumerate().for_each(|(at, line)| line.5 = format!("level {at}"));
    let app = joined(&lines, "", &[]);
    let page = app.page("/d/shop/sales").await;
    let summary = page.all("#chart-by-kind .chart-summary").join(" ");
    assert!(summary.contains("The first 15 of 5,000 are drawn."), "{summary}");
    assert_eq!(page.all("#chart-by-kind tbody tr").len(), 60);
    assert_eq!(page.attributes("input[name='on.kind']", "value").len(), 40);
    assert!(page.body.len() < 3_000_000, "{} bytes", page.body.len());
    let one = app.page("/d/shop/sales?on.kind=level+4321").await;
    assert_eq!(one.all("#chart-by-kind tbody td:first-child"), ["level 4321"]);
    assert!(one.attributes("input[name='on.kind'][checked]", "value").contains(&"level 4321".to_owned()));
    assert_eq!(app.tour().await.len(), 3, "only what needs a model waits for one");
}

#[tokio::test(flavor = "multi_thread")]
async fn amounts_of_1e15_are_added_up_segmented_and_forecast() {
    let mut lines = sound(84, 10);
    lines.iter_mut().enumerate().for_each(|(at, line)| line.3 = format!("{}e15", 1 + at % 9));
    let app = joined(&lines, "", &[]);
    for transform in ["none", "box-cox"] {
        let state = app.trained(transform).await;
        assert_eq!(state["phase"], "done", "{state}");
    }
    assert!(app.tour().await.is_empty());
    // Nine amounts from 1 to 9, nine times, and 1 + 2 + 3.
    assert_eq!(app.card("Sales").await, "$4.11e17");
    let answer = app.page("/api/v1/datasets/shop/sales").await.json();
    assert_eq!(answer["totals"]["sales"].as_f64(), Some(411e15));
    let notes = app.page("/d/shop/data").await.text();
    assert!(notes.contains("The ledger reconciles.") && !notes.contains("does not reconcile"));
    let (page, _) = app.forecast().await;
    assert_eq!(page.all("#backtest tr.best").len(), 1);
}
