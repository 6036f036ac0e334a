//! Sales, RFM and Forecast in a real Chromium on the shipped pet shop: every control changes what is shown the right way, and
//! the address holds it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fantoccini::key::Key;
use segmenta::cluster::Observer;
use segmenta::jobs::Ending;
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
    async fn shown(&self, expression: &str) -> Value {
        self.run(&format!("{READ} return {expression};")).await
    }

    async fn figure(&self, expression: &str) -> f64 {
        self.shown(expression).await.as_f64().unwrap_or_else(|| panic!("{expression} is no number"))
    }

    async fn becomes(&self, condition: &str) {
        self.until(condition, &format!("{READ} return {condition};")).await;
    }

    /// Picks an option and waits until the address and with it the page holds it.
    async fn pick(&self, name: &str, value: &str) {
        self.element(&format!("main select[name={name}]")).await.select_by_value(value).await.unwrap();
        self.becomes(&format!("asked('{name}').includes('{value}')")).await;
    }

    /// Ticks or clears a box of the filter panel, unfolding its filter first.
    async fn tick(&self, filter: &str, name: &str, value: &str) {
        let held = self.figure(&format!("asked('{name}').length")).await;
        self.run(&format!("document.querySelector(\"details[data-filter='{filter}']\").open = true;")).await;
        self.click(&format!("input[name='{name}'][value={}]", json!(value))).await;
        self.becomes(&format!("asked('{name}').length !== {held}")).await;
    }

    async fn chips(&self) -> usize {
        self.figure("all('.chip').length").await as usize
    }
}

async fn shop(width: u32) -> Option<Browser> {
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

#[tokio::test(flavor = "multi_thread")]
async fn rfm_scores_follow_their_rule_the_cells_their_figure_and_all_the_filter() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/rfm").await;
    browser.draw_all().await;
    let counted =
        "all('#rfm-table tbody td:nth-child(2)').map((td) => number(td.textContent)).reduce((a, b) => a + b, 0)";
    let everyone = browser.figure(counted).await;
    let cells = "rows('rfm-heatmap').flatMap((row) => [...row.cells].slice(1)).map((cell) => number(cell.textContent))";
    let added = format!("{cells}.reduce((a, b) => a + b, 0)");
    assert_eq!(browser.figure(&added).await, everyone);
    let earned = "all('#rfm-rules tbody td:nth-child(2)').map((td) => td.textContent)";
    let mut rules = BTreeSet::from([browser.shown(earned).await.to_string()]);
    for (rule, best) in [
        ("30,90,180,365", "up to 30 days"),
        ("14,30,60,90", "up to 14 days"),
        ("90,180,365,730", "up to 90 days"),
        ("quintiles", "below "),
    ] {
        browser.pick("recency", rule).await;
        let found = browser.shown(earned).await;
        assert!(found[0].as_str().unwrap().starts_with(best), "{rule}: {found}");
        assert_eq!(rules.insert(found.to_string()), rule != "quintiles", "{rule} is scored as another rule");
        assert_eq!(browser.figure(counted).await, everyone, "{rule}: everybody has a segment");
        assert_eq!(browser.figure(&added).await, everyone, "{rule}: everybody has a cell");
        browser.draw_all().await;
    }

    browser.pick("cells", "value").await;
    let value = browser.figure(&added).await;
    let worth =
        "all('#rfm-table tbody td:nth-child(4)').map((td) => number(td.textContent)).reduce((a, b) => a + b, 0)";
    assert!((value / browser.figure(worth).await - 1.0).abs() < 0.01, "the cells hold {value}");
    let most = browser.figure(&format!("Math.max(...{cells})")).await;
    browser.pick("cells", "mean").await;
    assert!(browser.figure(&format!("Math.max(...{cells})")).await < most, "a mean is less than its sum");
    browser.pick("cells", "customers").await;
    assert_eq!(browser.figure(&added).await, everyone);

    browser.tick("seg", "seg", "0").await;
    let some = browser.figure(counted).await;
    assert!(0.0 < some && some < everyone, "{some} of {everyone}");
    assert_eq!(browser.figure(&added).await, some);
    assert_eq!(
        browser.shown("[asked('cells'), asked('recency'), asked('seg')]").await,
        json!([["customers"], ["quintiles"], ["0"]])
    );
    assert_eq!(browser.shown("all('#rfm-table a[download]').length").await, json!(1));
    browser.click("#rfm-table a[download]").await;
    let file = browser.downloads.path().join("petshop-rfm.csv");
    browser.downloaded(&file).await;
    let lines = std::fs::read_to_string(&file).unwrap().lines().count();
    assert_eq!(lines as f64, some + 1.0, "the file holds the customers that are shown");
    browser.click(".chip").await;
    browser.becomes("all('.chip').length === 0").await;
    assert_eq!(browser.figure(counted).await, everyone);
    browser.assert_quiet("rfm").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_of_a_selection_is_started_followed_and_drawn() {
    let Some(browser) = shop(1400).await else { return };
    browser.visit("/d/petshop/sales?step=week&on.category=Food").await;
    browser.click("main .actions a").await;
    browser.becomes("location.pathname === '/d/petshop/sales/forecast'").await;
    assert_eq!(browser.shown("asked('on.category')").await, json!(["Food"]));
    assert_eq!(browser.chips().await, 1, "the forecast keeps the filter");
    assert_eq!(browser.shown("document.querySelector('#outlook')").await, Value::Null, "nothing is forecast unasked");

    // The only worker is kept busy until the page watches, so that no progress is missed.
    let released = Arc::new(AtomicBool::new(false));
    let gate = Arc::clone(&released);
    let wait = move |observer: &dyn Observer| {
        while !gate.load(Ordering::Acquire) && !observer.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Ending::Done { result: String::new(), message: String::new() }
    };
    browser.app.state.jobs.submit("petshop", "Waiting", "waiting", Box::new(wait)).unwrap();
    browser.element("form[method=post] select[name=measure]").await.select_by_value("units").await.unwrap();
    let horizon = browser.element("input[name=horizon]").await;
    horizon.clear().await.unwrap();
    horizon.send_keys("14").await.unwrap();
    browser.click("form[method=post] button[type=submit]").await;
    browser.becomes("document.querySelector('[data-job-progress]') !== null").await;
    assert!(browser.text(".job h1").await.contains("Forecasting units"));
    assert_eq!(browser.figure("document.querySelector('[data-job-progress]').value").await, 0.0);
    browser
        .run(
            "const bar = document.querySelector('[data-job-progress]');\
             const seen = [];\
             new MutationObserver(() => { seen.push(bar.value); sessionStorage.setItem('seen', JSON.stringify(seen)); })\
               .observe(bar, { attributes: true, attributeFilter: ['value'] });",
        )
        .await;
    released.store(true, Ordering::Release);
    browser.becomes("document.querySelector('#outlook') !== null").await;
    let seen = browser.run("return JSON.parse(sessionStorage.getItem('seen'));").await;
    let seen: Vec<f64> = seen.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    assert!(seen.iter().any(|value| 0.0 < *value && *value < 1.0), "progress on the way: {seen:?}");

    let held = "[asked('measure'), asked('horizon'), asked('on.category')]";
    assert_eq!(browser.shown(held).await, json!([["units"], ["14"], ["Food"]]));
    assert_eq!(browser.figure("rows('forecast').length").await, 14.0);
    let expected = browser.figure("sum('forecast')").await;
    assert!((browser.figure("card('Expected in all')").await / expected - 1.0).abs() < 0.01, "{expected} units");
    let inside = "rows('forecast').every((row) => {\
        const [point, low80, high80, low95, high95] = [...row.cells].slice(1).map((cell) => number(cell.textContent));\
        return low95 <= low80 && low80 <= point && point <= high80 && high80 <= high95; })";
    assert_eq!(browser.shown(inside).await, json!(true), "intervals hold the forecast, the wider the narrower");
    assert_eq!(browser.figure("all('#backtest tr.best').length").await, 1.0);
    browser.draw_all().await;
    let drawn = "all('figure[data-chart]').filter((f) => f.dataset.drawn === 'true').map((f) => f.dataset.chart)";
    assert_eq!(browser.shown(drawn).await, json!(["forecast", "trend", "season", "remainder", "acf", "pacf"]));

    // Another measure of the same days is another forecast.
    browser.element("form[method=post] select[name=measure]").await.select_by_value("sales").await.unwrap();
    browser.click("form[method=post] button[type=submit]").await;
    browser
        .until(
            "the sales",
            "const link = document.querySelector('[data-job][data-phase=done] [data-job-result]');\
             if (link) link.click();\
             return location.search.includes('measure=sales') && document.querySelector('#outlook') !== null;",
        )
        .await;
    assert!(browser.figure("sum('forecast')").await > expected, "food costs more than 1 a unit");
    browser.click("main .lead a").await;
    browser.becomes("location.pathname === '/d/petshop/sales'").await;
    assert_eq!(browser.shown("asked('on.category')").await, json!(["Food"]));
    browser.assert_quiet("forecast").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_page_of_sales_is_wider_than_a_telephone() {
    let Some(browser) = shop(360).await else { return };
    let query = "measure=sales&horizon=28";
    let started = browser.app.form("/d/petshop/sales/forecast", query).await;
    assert_eq!(browser.app.wait(&started.location()).await["phase"], "done");
    for path in ["sales", "sales?on.category=Food&seg=0", "rfm", &format!("sales/forecast?{query}")] {
        browser.visit(&format!("/d/petshop/{path}")).await;
        browser.draw_all().await;
        assert_eq!(browser.run("return document.documentElement.scrollWidth;").await, json!(360), "{path}");
    }
    browser.assert_quiet("a telephone").await;
    browser.close().await;
}
