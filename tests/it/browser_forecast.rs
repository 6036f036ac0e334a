//! RFM and Forecast in a real Chromium on the shipped pet shop, and the width of all its pages.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use segmenta::cluster::Progress;
use segmenta::jobs::Ending;
use serde_json::{Value, json};

use crate::browser_sales::shop;

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
    let wait = move |observer: &dyn Progress| {
        while !gate.load(Ordering::Acquire) && !observer.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Ending::Done { result: String::new(), message: String::new() }
    };
    browser.app.state.jobs.submit("petshop", "Waiting", "waiting", Box::new(wait)).unwrap();
    browser.pick("measure", "units").await;
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
    let figures = "all('figure[data-chart]').map((f) => f.dataset.chart)";
    let figures: Vec<Value> = browser.shown(figures).await.as_array().unwrap().clone();
    for chart in ["forecast", "trend", "season", "remainder", "acf", "pacf"] {
        assert!(figures.contains(&json!(chart)), "{chart}: {figures:?}");
    }
    let blank = "all('figure[data-chart]').filter((f) => f.dataset.drawn !== 'true').length";
    assert_eq!(browser.figure(blank).await, 0.0);

    // Another measure of the same days is another forecast.
    browser.pick("measure", "sales").await;
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
