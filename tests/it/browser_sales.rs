//! Sales in a real Chromium on the shipped pet shop: every control changes what is shown the right way, and the address holds it.

use std::collections::BTreeSet;

use fantoccini::key::Key;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::chromium::Browser;

/// What the page shows, for scripts: numbers as they are written, cards by label, tables below charts, drawn values. Tables
/// leave out what is long ago; figures hold everything, in five digits.
const READ: &str = "
const all = (selector) => [...document.querySelectorAll(selector)];
const number = (text) => {
  const scale = { K: 1e3, M: 1e6, B: 1e9 }[text.trim().slice(-1)] ?? 1;
  return Number(text.replace('−', '-').replace(/[^0-9.-]/g, '')) * scale;
};
const card = (label) => number(all('.cards .kpi').find((c) => c.querySelector('dt').textContent === label).querySelector('dd').textContent);
const rows = (id) => all(`#chart-${id} tbody tr`);
const column = (id, at = 1) => rows(id).map((row) => number(row.cells[at].textContent));
const sum = (id, at = 1) => column(id, at).reduce((a, b) => a + b, 0);
const asked = (name) => new URLSearchParams(location.search).getAll(name);
const level = (dimension) => `by-${dimension.replace('_', '-')}`;
const drawn = (id) => JSON.parse(figure(id)).data[0].y;
const total = (id) => drawn(id).reduce((a, b) => a + b, 0);
const figure = (id) => document.querySelector(`#chart-${id} script[data-figure]`).textContent;
";

impl Browser {
    /// The value of an expression over what the page shows.
    pub(crate) async fn shown(&self, expression: &str) -> Value {
        self.run(&format!("{READ} return {expression};")).await
    }

    pub(crate) async fn figure(&self, expression: &str) -> f64 {
        self.shown(expression).await.as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    pub(crate) async fn becomes(&self, condition: &str) {
        self.until(condition, &format!("{READ} return {condition};")).await;
    }

    /// Picks an option and waits until the address and with it the page holds it.
    pub(crate) async fn pick(&self, name: &str, value: &str) {
        self.element(&format!("main select[name={name}]")).await.select_by_value(value).await.unwrap();
        self.becomes(&format!("asked('{name}').includes('{value}')")).await;
    }

    /// Ticks or clears a box of the filter panel, unfolding its filter first.
    pub(crate) async fn tick(&self, filter: &str, name: &str, value: &str) {
        let held = self.figure(&format!("asked('{name}').length")).await;
        self.run(&format!("document.querySelector(\"details[data-filter='{filter}']\").open = true;")).await;
        self.click(&format!("input[name='{name}'][value={}]", json!(value))).await;
        self.becomes(&format!("asked('{name}').length !== {held}")).await;
    }

    pub(crate) async fn chips(&self) -> usize {
        self.figure("all('.chip').length").await as usize
    }
}

pub(crate) async fn shop(width: u32) -> Option<Browser> {
    Browser::over(width, || TestApp::shipped("petshop")).await
}

/// Sums of numbers in five digits agree to four.
#[track_caller]
fn same(left: f64, right: f64, what: &str) {
    assert!((left - right).abs() <= 1e-4 * right.abs(), "{what}: {left} is not {right}");
}

#[tokio::test(flavor = "multi_thread")]
async fn measure_and_step_change_every_chart_of_sales() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/sales").await;
    browser.draw_all().await;
    browser.run("window.stayed = true;").await;
    let mut drawn = BTreeSet::new();
    for (measure, label) in [
        ("units", "Units"),
        ("orders", "Orders"),
        ("customers", "Customers"),
        ("average_order_value", "Average order value"),
        ("average_price", "Weighted average price"),
        ("sales", "Sales"),
    ] {
        browser.pick("measure", measure).await;
        let header = "all('#chart-over-time th, #chart-by-category th, #chart-facet-0 th').map((th) => th.textContent)";
        let heads = browser.shown(header).await;
        assert_eq!(heads.as_array().unwrap().iter().filter(|head| **head == label).count(), 3, "{measure}: {heads}");
        let figures = "[figure('over-time'), figure('weekday'), figure('by-region'), figure('map')].join()";
        assert!(drawn.insert(browser.shown(figures).await.to_string()), "{measure} draws what another measure drew");
        // Rows in which nothing was sold say nothing of an average.
        let known = "drawn('over-time').filter((value) => value > 0)";
        let card = browser.figure(&format!("card('{label}')")).await;
        let (least, most) = (
            browser.figure(&format!("Math.min(...{known})")).await,
            browser.figure(&format!("Math.max(...{known})")).await,
        );
        let total = browser.figure("total('over-time')").await;
        match measure {
            // Cards are written with three digits.
            "sales" | "units" => assert!((total / card - 1.0).abs() < 0.005, "{measure}: {total} is not {card}"),
            "orders" => assert_eq!(total, card, "an order lies on one day"),
            "customers" => assert!(most < card && card < total, "{most} < {card} < {total}"),
            _ => assert!(least < card && card < most, "{measure}: {least} < {card} < {most}"),
        }
        browser.draw_all().await;
    }

    let whole = browser.figure("total('over-time')").await;
    let mut steps = browser.figure("drawn('over-time').length").await;
    for (step, fewest, most) in [("week", 53.0, 55.0), ("month", 12.0, 14.0)] {
        browser.pick("step", step).await;
        let next = browser.figure("drawn('over-time').length").await;
        assert!((fewest..=most).contains(&next) && next < steps, "{step}: {next} rows");
        same(browser.figure("total('over-time')").await, whole, step);
        same(browser.figure("sum('by-category')").await, whole, "categories do not depend on the step");
        steps = next;
        browser.draw_all().await;
    }
    browser.pick("step", "day").await;
    assert!(browser.figure("drawn('over-time').length").await > 360.0);
    assert_eq!(browser.run("return window.stayed === true;").await, json!(true), "the page was not reloaded");
    browser.assert_quiet("measure and step").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn panels_follow_the_dimension_that_is_picked() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/sales").await;
    for dimension in ["category", "region", "state", "order_city", "description"] {
        browser.pick("facet", dimension).await;
        let levels =
            format!("rows(level('{dimension}')).filter((row) => !row.cells[0].textContent.startsWith('unknown '))");
        let panels = browser.figure("all('#facets figure').length").await;
        assert_eq!(panels, browser.figure(&format!("Math.min(6, {levels}.length)")).await, "{dimension}");
        for panel in 0..panels as usize {
            let (title, name) = (
                browser.shown(&format!("all('#facets h3')[{panel}].textContent.replace('…', '')")).await,
                browser.shown(&format!("{levels}[{panel}].cells[0].textContent")).await,
            );
            let (title, name) = (title.as_str().unwrap(), name.as_str().unwrap());
            assert!(name.starts_with(title), "{dimension}: the panel {title} stands where {name} belongs");
            let own = browser.figure(&format!("total('facet-{panel}')")).await;
            same(own, browser.figure(&format!("number({levels}[{panel}].cells[1].textContent)")).await, name);
        }
        browser.draw_all().await;
    }
    browser.assert_quiet("panels").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_cuts_sales_to_its_share_and_a_removed_chip_gives_them_back() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/sales?step=week").await;
    let whole = browser.figure("total('over-time')").await;
    for dimension in ["category", "description", "region", "state", "order_city"] {
        let name = format!("on.{dimension}");
        let level = browser.shown(&format!("document.querySelector(\"input[name='{name}']\").value")).await;
        let level = level.as_str().unwrap();
        let row = format!("rows(level('{dimension}')).find((row) => row.cells[0].textContent === {})", json!(level));
        let share = browser.figure(&format!("number({row}.cells[1].textContent)")).await;
        browser.tick(&name, &name, level).await;
        assert_eq!(browser.shown(&format!("asked('{name}')")).await, json!([level]));
        assert_eq!(browser.figure(&format!("rows(level('{dimension}')).length")).await, 1.0, "only {level} is left");
        let left = browser.figure("total('over-time')").await;
        same(left, share, level);
        assert!(left < 0.99 * whole, "{level} is not everything");
        assert_eq!(browser.chips().await, 1);
        assert_eq!(browser.shown("asked('step')").await, json!(["week"]), "a filter keeps the step");
        browser.click(".chip").await;
        browser.becomes(&format!("asked('{name}').length === 0 && all('.chip').length === 0")).await;
        same(browser.figure("total('over-time')").await, whole, "without the chip");
    }
    browser.assert_quiet("filters of sales").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_period_segments_and_customers_cut_sales_and_are_reset_together() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/sales?measure=sales&step=day").await;
    let (whole, days) = (browser.figure("total('over-time')").await, browser.figure("card('Days')").await);

    // One step of the lower handle leaves the first day out.
    let first = browser.figure("drawn('over-time')[0]").await;
    let handle = browser.element("details[data-filter=period] [data-slider=min]").await;
    handle.send_keys(&String::from(char::from(Key::Home))).await.unwrap();
    handle.send_keys(&String::from(char::from(Key::Right))).await.unwrap();
    browser.becomes("asked('from').length === 1 && card('Days') > 300").await;
    let from = browser.shown("asked('from')[0]").await;
    let cut = browser.figure("total('over-time')").await;
    assert!(first > 100.0 && browser.figure("card('Days')").await < days, "from {from}");
    same(cut, whole - first, "without the first day");
    let oldest = browser.shown("JSON.parse(figure('over-time')).data[0].x[0]").await;
    assert!(oldest.as_str().unwrap() >= from.as_str().unwrap(), "{oldest} lies before {from}");

    // The segments part the known customers.
    let segments = browser.figure("all('input[name=seg]').length").await as usize;
    assert_eq!(segments, 3);
    let (mut sales, mut customers) = (0.0, 0.0);
    for segment in 0..segments {
        let name = segment.to_string();
        browser.tick("seg", "seg", &name).await;
        assert_eq!(browser.chips().await, 2, "period and segment");
        sales += browser.figure("total('over-time')").await;
        customers += browser.figure("card('Customers')").await;
        browser.tick("seg", "seg", &name).await;
    }
    for segment in 0..segments {
        browser.tick("seg", "seg", &segment.to_string()).await;
    }
    same(browser.figure("total('over-time')").await, sales, "the segments add up");
    assert_eq!(browser.figure("card('Customers')").await, customers, "each customer is in one segment");
    assert!(sales < cut, "sales without a customer are in no segment");

    browser.tick("region", "in.region", "East").await;
    let east = browser.figure("total('over-time')").await;
    assert!(0.0 < east && east < sales, "{east} of {sales}");
    assert_eq!(browser.shown("rows('by-region').map((row) => row.cells[0].textContent)").await, json!(["East"]));
    browser.run("document.querySelector(\"details[data-filter='monetary']\").open = true;").await;
    browser.element("input[name='min.monetary']").await.send_keys("200\t").await.unwrap();
    browser.becomes("asked('min.monetary').length === 1").await;
    assert!(browser.figure("total('over-time')").await < east, "large customers of the East only");

    browser.click(".selection .reset").await;
    browser.becomes("all('.chip').length === 0").await;
    same(browser.figure("total('over-time')").await, whole, "after the reset");
    assert_eq!(
        browser.shown("[asked('measure'), asked('step'), asked('from')]").await,
        json!([["sales"], ["day"], []])
    );
    browser.run("history.back();").await;
    browser.becomes("asked('min.monetary').length === 1 && all('.chip').length > 3").await;
    browser.draw_all().await;
    browser.click("[data-filter-form] .reset").await;
    browser.becomes("all('.chip').length === 0").await;
    same(browser.figure("total('over-time')").await, whole, "after the panel's reset");
    browser.assert_quiet("period, segments and customers").await;
    browser.close().await;
}
