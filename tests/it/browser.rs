//! The dashboard in a real Chromium: every tab, and the controls of customers, models and names.

use std::time::Duration;

use segmenta::cluster::Progress;
use segmenta::jobs::Ending;
use serde_json::json;

use crate::chromium::Browser;

const TABS: [&str; 7] = ["overview", "explore", "cluster", "segments", "insights", "predict", "data"];

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_of_both_data_sets_draws_without_complaint() {
    let Some(browser) = Browser::open(1400).await else { return };
    for dataset in ["personality", "clickstream"] {
        for tab in TABS {
            let path = format!("/d/{dataset}/{tab}");
            browser.visit(&path).await;
            browser.draw_all().await;
            let failed = "return [...document.querySelectorAll('figure[data-chart]')].filter(f => f.dataset.drawn !== 'true').map(f => f.id);";
            assert_eq!(browser.run(failed).await, json!([]), "{path}");
            browser.assert_quiet(&path).await;
        }
    }
    browser.visit("/").await;
    browser.visit("/api/docs/").await;
    browser.until("the API page", "return document.querySelectorAll('.opblock').length > 10;").await;
    browser.assert_quiet("/api/docs/").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn controls_change_the_page_in_place() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/personality/overview").await;
    browser.draw_all().await;
    browser.run("window.stayed = true;").await;
    let figure = "document.querySelector('#chart-chosen script[data-figure]').textContent";
    for (control, value) in [("var", "Income"), ("kind", "histogram"), ("kind", "box")] {
        browser.run(&format!("window.before = {figure};")).await;
        let select = browser.element(&format!("select[name={control}]")).await;
        select.select_by_value(value).await.unwrap();
        browser.until("another chart", &format!(
            "const f = document.querySelector('#chart-chosen script[data-figure], #chart-box-Income- script[data-figure]');\
             return f !== null && f.textContent !== window.before && location.search.includes('{control}={value}');"
        )).await;
        browser.draw_all().await;
        browser.run("const f = document.querySelector('.block figure'); f.id = 'chart-chosen';").await;
    }
    let all = browser.run("return document.querySelector('.count').textContent;").await;
    browser.click("input[name=seg][value='0']").await;
    browser.until("a narrower count", &format!("return document.querySelector('.count').textContent !== {all};")).await;
    browser.click("details[data-filter=Income] > summary").await;
    let bound = browser.element("input[name='min.Income']").await;
    bound.send_keys("30000\t").await.unwrap();
    browser.until("two chips", "return document.querySelectorAll('.chip').length === 2;").await;
    assert_eq!(browser.run("return window.stayed === true;").await, json!(true), "the page was not reloaded");
    browser.run("history.back();").await;
    browser.until("one chip after going back", "return document.querySelectorAll('.chip').length === 1;").await;
    browser.click(".chip").await;
    browser
        .until("all customers again", &format!("return document.querySelector('.count').textContent === {all};"))
        .await;
    browser.assert_quiet("controls").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_keeps_the_page_and_says_why() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/personality/predict").await;
    let field = browser.element("input[name='f.Total_Spent']").await;
    field.clear().await.unwrap();
    field.send_keys("lots").await.unwrap();
    browser.click(".predict-form button[type=submit]").await;
    browser.until("a message", "const t = document.querySelector('[data-toast]'); return !t.hidden && t.textContent.includes('no number');").await;
    field.clear().await.unwrap();
    field.send_keys("1800").await.unwrap();
    let check = browser.element("input[name='f.AverageCheck']").await;
    check.clear().await.unwrap();
    check.send_keys("95").await.unwrap();
    browser.click(".predict-form button[type=submit]").await;
    assert_eq!(browser.text("#answer h2").await, "Elite");
    browser.draw_all().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_edited_on_the_page() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/personality/segments").await;
    browser.click("[data-segment='0'] details.edit > summary").await;
    let name = browser.element("[data-segment='0'] input[name=name]").await;
    name.clear().await.unwrap();
    name.send_keys("Big spenders").await.unwrap();
    browser.click("[data-segment='0'] form button").await;
    browser
        .until(
            "the new name",
            "return document.querySelector(\"[data-segment='0'] h2\").textContent.trim() === 'Big spenders';",
        )
        .await;
    browser.visit("/d/personality/overview").await;
    assert!(browser.text("main").await.contains("Big spenders"));
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn training_shows_progress_ends_on_its_result_and_can_be_cancelled() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/clickstream/cluster").await;
    browser.element("select[name=algorithm]").await.select_by_value("kmeans").await.unwrap();
    browser.until("K-Means' own settings", "return document.querySelector('input[name=k]').offsetParent !== null && document.querySelector('input[name=eps]').offsetParent === null;").await;
    browser.click("form[data-train] button[type=submit]").await;
    browser
        .until("the result", "return location.hash === '#result' && document.querySelector('#result h2') !== null;")
        .await;
    assert!(browser.text("#result h2").await.contains("K-Means"));
    browser.draw_all().await;

    let slow = |observer: &dyn Progress| {
        let mut done = 0.0;
        while !observer.is_cancelled() {
            done += 0.01;
            observer.progress(done, "Counting");
            std::thread::sleep(Duration::from_millis(30));
        }
        Ending::Cancelled
    };
    let job = browser.app.state.jobs.submit("clickstream", "Slow work", "slow", Box::new(slow)).unwrap();
    browser.visit(&format!("/jobs/{}", job.id)).await;
    browser.until("live progress", "return document.querySelector('[data-job-progress]').value > 0.2;").await;
    browser.click("[data-job-cancel] button").await;
    browser
        .until(
            "the end",
            "const j = document.querySelector('[data-job]'); return j !== null && j.dataset.phase === 'cancelled';",
        )
        .await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_train_form_shows_what_the_algorithm_needs_and_follows_a_suggestion() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/personality/cluster").await;
    let shown = "const on = (name) => document.querySelector(`[name='${name}']`).offsetParent !== null;";
    for (algorithm, expected) in [
        ("hierarchical", ["k", "linkage"]),
        ("gaussian-mixture", ["covariance", "n_init"]),
        ("dbscan", ["eps", "min_samples"]),
        ("hdbscan", ["min_cluster_size", "min_samples"]),
        ("kmeans", ["k", "n_init"]),
    ] {
        browser.element("select[name=algorithm]").await.select_by_value(algorithm).await.unwrap();
        let settings = "['k','n_init','linkage','covariance','eps','min_samples','min_cluster_size'].filter(on).length";
        let few = if algorithm == "gaussian-mixture" { 3 } else { 2 };
        let [first, second] = expected;
        browser
            .until(algorithm, &format!("{shown} return on('{first}') && on('{second}') && {settings} === {few};"))
            .await;
    }
    browser.click("details.weights > summary").await;
    let weights = "[...document.querySelectorAll('[data-weight]')].filter((field) => field.offsetParent !== null)";
    let chosen = "document.querySelectorAll('input[name=features]:checked').length";
    browser.until("a weight for each feature", &format!("return {weights}.length === {chosen};")).await;
    browser.click("input[name=features][value=Education]").await;
    browser.until("one more", &format!("return {weights}.length === {chosen} && {chosen} > 1;")).await;
    browser.click("input[name=features][value=Education]").await;

    browser.click("form[data-train] button[formaction$=suggest]").await;
    browser.until("the suggestion", "return document.querySelector('#suggestion form button') !== null;").await;
    browser.draw_all().await;
    browser.click("#suggestion form button").await;
    browser.until("its model", "return location.hash === '#result';").await;

    browser.click("form[data-train] button[formaction$=compare]").await;
    browser.until("the comparison", "return document.querySelector('#candidates tr.best') !== null;").await;
    browser.draw_all().await;
    browser.click("#candidates tr.best button").await;
    browser.until("the best one's model", "return location.hash === '#result';").await;
    browser.draw_all().await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_downloaded() {
    let Some(browser) = Browser::open(1400).await else { return };
    browser.visit("/d/personality/segments?seg=0").await;
    browser.click(".downloads a").await;
    let file = browser.downloads.path().join("personality-labelled.csv");
    browser.downloaded(&file).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let shown = browser.text(".count").await;
    assert!(shown.starts_with(&format!("{} of", text.lines().count() - 1)), "{shown}");
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_wider_than_a_telephone() {
    let Some(browser) = Browser::open(360).await else { return };
    for tab in TABS {
        browser.visit(&format!("/d/personality/{tab}")).await;
        browser.draw_all().await;
        let width = browser.run("return document.documentElement.scrollWidth;").await;
        assert_eq!(width, json!(360), "{tab}");
    }
    browser.close().await;
}
