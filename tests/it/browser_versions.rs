//! Comparing versions in a real Chromium: the flows and the column then and now are drawn, and a choice changes them.

use segmenta::generate::DataRecipe;

use crate::app::TestApp;
use crate::chromium::Browser;

async fn replaced(width: u32) -> Option<Browser> {
    let browser = Browser::over(width, || TestApp::replaced(DataRecipe::Personality, 600, |text| text)).await?;
    browser.visit("/d/personality/versions").await;
    browser.click("#compare button").await;
    browser.element("#alarm").await;
    Some(browser)
}

#[tokio::test(flavor = "multi_thread")]
async fn flows_and_columns_are_drawn_and_follow_the_choice() {
    let Some(browser) = replaced(1400).await else { return };
    browser.draw_all().await;
    let links = browser.figure("all('#chart-who-moved .sankey-link').length").await;
    let nodes = browser.figure("all('#chart-who-moved .sankey-node').length").await;
    assert!(links >= 4.0 && nodes >= 8.0, "{links} links between {nodes} nodes");
    assert_eq!(links, browser.figure("rows('who-moved').length").await, "a link a row");
    let before = browser.shown("figure('then-and-now')").await;
    browser.pick("feature", "Income").await;
    browser.draw_all().await;
    let income = browser.shown("figure('then-and-now')").await;
    assert_ne!(income, before);
    assert_eq!(browser.figure("all('#chart-then-and-now .trace.bars').length").await, 2.0, "then and now");
    browser.pick("feature", "Education").await;
    browser.draw_all().await;
    assert_ne!(browser.shown("figure('then-and-now')").await, income);
    let customers = browser.text("#matrix tbody td").await;
    browser.pick("cells", "value").await;
    browser.becomes("document.querySelector('#matrix tbody td').textContent.includes('$')").await;
    assert_ne!(browser.text("#matrix tbody td").await, customers);
    browser.assert_quiet("versions").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_fit_a_narrow_screen() {
    let Some(browser) = replaced(360).await else { return };
    browser.draw_all().await;
    let wide = browser.figure("document.documentElement.scrollWidth").await;
    assert!(wide <= 360.0, "{wide}");
    browser.assert_quiet("versions at 360 px").await;
    browser.close().await;
}
