//! Coupons in a real Chromium on the shipped sample: every control changes what is shown, and the address holds it.

use std::collections::BTreeSet;

use crate::app::TestApp;
use crate::chromium::Browser;

async fn programme(width: u32) -> Option<Browser> {
    Browser::over(width, || TestApp::shipped("coupons")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_of_coupons_changes_its_charts() {
    let Some(browser) = programme(1400).await else { return };
    browser.visit("/d/coupons/coupons").await;
    browser.draw_all().await;
    let mut drawn = BTreeSet::new();
    for measure in ["uses", "use_rate", "customers", "things_per_customer", "things"] {
        browser.pick("measure", measure).await;
        let figures = browser.shown("[figure('over-time'), figure('crossed')].join()").await.to_string();
        assert!(drawn.insert(figures), "{measure} draws what another measure drew");
        browser.draw_all().await;
    }
    let months = browser.figure("drawn('over-time').length").await;
    let whole = browser.figure("total('over-time')").await;
    assert_eq!(whole, browser.figure("card('Coupons')").await);
    browser.pick("step", "week").await;
    assert!(browser.figure("drawn('over-time').length").await > 4.0 * months);
    assert_eq!(browser.figure("total('over-time')").await, whole, "no coupon is lost between weeks");

    let before = browser.shown("figure('crossed')").await;
    browser.pick("across", "merchant_name").await;
    browser.pick("down", "coupon_name").await;
    assert_ne!(browser.shown("figure('crossed')").await, before);
    assert_eq!(browser.figure("rows('crossed').length").await, 6.0, "a row a coupon");
    assert_eq!(browser.figure("all('#chart-crossed thead th').length").await, 13.0, "a column a merchant");

    browser.tick("on.city_name", "on.city_name", "Amman").await;
    assert_eq!(browser.chips().await, 1);
    let amman = browser.figure("card('Coupons')").await;
    assert!(amman > 0.0 && amman < whole);
    assert_eq!(browser.figure("sum('used-by-merchant-name')").await, amman, "bars are of the same coupons");
    browser.click(".chip").await;
    browser.becomes(&format!("card('Coupons') === {whole}")).await;
    browser.draw_all().await;
    browser.assert_quiet("coupons").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coupons_fit_a_narrow_screen() {
    let Some(browser) = programme(360).await else { return };
    browser.visit("/d/coupons/coupons").await;
    browser.draw_all().await;
    let wide = browser.figure("document.documentElement.scrollWidth").await;
    assert!(wide <= 360.0, "{wide}");
    browser.assert_quiet("coupons at 360 px").await;
    browser.close().await;
}
