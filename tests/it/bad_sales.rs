//! Bad sales: each ends in one clear sentence that says what to do, or in a page that says so, and everything else goes on.

use std::fmt::Write;

use axum::http::StatusCode;
use serde_json::Value;

use crate::app::{Answer, TestApp};

/// Buyer, invoice, day, amount, units, kind.
type Line = (String, String, String, String, u32, String);

const FACTS: &str = "title='Shop'\ncurrency='$'\n[[table]]\nname='sales'\nfile='sales.csv'\n[columns.buyer]\nrole='id'\n\
    [segmentation]\nvalue='monetary'\nfeatures=['recency_days','frequency','monetary']\nalgorithm='kmeans'\nn_clusters=2\n\
    [facts]\ntable='sales'\ncustomer='buyer'\norder='invoice'\ntime='day'\namount='amount'\nquantity='units'\n\
    [[facts.dimension]]\ncolumn='kind'\n";

const TABS: [&str; 10] =
    ["overview", "explore", "cluster", "segments", "insights", "predict", "rfm", "sales", "sales/forecast", "data"];

/// Day `at` of a record that begins with 2024; months are taken for 28 days.
fn day(at: u32) -> String {
    format!("{}-{:02}-{:02}", 2024 + at / 336, 1 + at / 28 % 12, 1 + at % 28)
}

/// Lines of a sound shop: an order a day, customers in turn, amounts and kinds that vary.
pub(crate) fn sound(days: u32, buyers: u32) -> Vec<Line> {
    let line = |at: u32| {
        let (buyer, amount) = (at * 7 % buyers, 5 + at * 13 % 40);
        let kind = ["a", "b", "c"][(at % 3) as usize].to_owned();
        (format!("b{buyer}"), at.to_string(), day(at), format!("{amount}.5"), 1 + at % 4, kind)
    };
    (0..days).map(line).collect()
}

/// An application with a data set "shop" of these lines and a sound one, "good".
fn shop(lines: &[Line]) -> TestApp {
    joined(lines, "", &[])
}

/// The same with more in the manifest and more files.
pub(crate) fn joined(lines: &[Line], manifest: &str, others: &[(&str, &str)]) -> TestApp {
    let mut files = vec![
        ("shop/dataset.toml", format!("{FACTS}{manifest}")),
        ("shop/sales.csv", text(lines)),
        ("good/dataset.toml", FACTS.to_owned()),
        ("good/sales.csv", text(&sound(60, 9))),
    ];
    files.extend(others.iter().map(|(path, text)| (*path, (*text).to_owned())));
    TestApp::of_files(&files)
}

fn text(lines: &[Line]) -> String {
    let mut text = "buyer,invoice,day,amount,units,kind\n".to_owned();
    for (buyer, invoice, day, amount, units, kind) in lines {
        writeln!(text, "{buyer},{invoice},{day},{amount},{units},{kind}").unwrap();
    }
    text
}

/// Whether a text is a sentence for people: it begins and ends as one, and shows nothing of the program.
#[track_caller]
fn is_sentence(text: &str) {
    assert!(text.chars().next().is_some_and(|first| !first.is_lowercase()), "{text}");
    assert!(text.ends_with('.'), "{text}");
    for word in ["NaN", "Err(", "Some(", "panicked", "unwrap", "Something went wrong", "took too long"] {
        assert!(!text.contains(word), "{text}");
    }
}

impl TestApp {
    /// Asks for every page of the shop, and for some of the other data set; the tabs that refuse, with their sentence.
    pub(crate) async fn tour(&self) -> Vec<(&'static str, String)> {
        let mut refusals = Vec::new();
        for tab in TABS {
            let answer = self.get(&format!("/d/shop/{tab}")).await;
            if answer.status == StatusCode::OK {
                let text = answer.text();
                assert!(!text.contains("NaN") && !text.contains(">inf"), "{tab}: {text}");
                continue;
            }
            assert!(answer.status.is_client_error(), "{tab}: {} {}", answer.status, answer.text());
            let message = answer.all("[data-error-message]").join(" ");
            is_sentence(&message);
            refusals.push((tab, message));
        }
        for path in ["/", "/d/good/sales", "/d/good/rfm", "/d/good/data"] {
            self.page(path).await;
        }
        refusals
    }

    /// Trains two segments; the job when it ended.
    pub(crate) async fn trained(&self, transform: &str) -> Value {
        let features = "features=recency_days&features=frequency&features=monetary";
        let form = format!("{features}&algorithm=kmeans&k=2&n_init=2&scale=standard&transform={transform}");
        self.job("/d/shop/cluster/train", &form).await
    }

    async fn job(&self, path: &str, body: &str) -> Value {
        let started = self.form(path, body).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{path}: {}", started.text());
        let state = self.wait(&started.location()).await;
        is_sentence(state["message"].as_str().unwrap());
        state
    }

    /// The page of a forecast of all sales, and its warnings.
    pub(crate) async fn forecast(&self) -> (Answer, String) {
        let state = self.job("/d/shop/sales/forecast", "measure=sales&horizon=28").await;
        assert_eq!(state["phase"], "done", "{state}");
        let page = self.page(state["result"].as_str().unwrap()).await;
        assert_eq!(page.all("#chart-forecast tbody tr").len(), 28);
        let warnings = page.all(".warning");
        for warning in &warnings {
            is_sentence(warning);
        }
        (page, warnings.join(" "))
    }

    /// The card of that label on the Sales page.
    pub(crate) async fn card(&self, label: &str) -> String {
        let page = self.page("/d/shop/sales").await;
        let at = page.all(".cards dt").iter().position(|text| text == label).unwrap();
        page.all(".cards dd:nth-of-type(1)")[at].clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_without_any_customer_are_shown_and_what_needs_one_says_so() {
    let mut lines = sound(60, 9);
    for line in &mut lines {
        line.0.clear();
    }
    let app = shop(&lines);
    let refusals = app.tour().await;
    let tabs: Vec<&str> = refusals.iter().map(|(tab, _)| *tab).collect();
    assert_eq!(tabs, ["cluster", "segments", "insights", "predict", "rfm"]);
    let words = "no sale names both a customer and an order; check facts.customer and facts.order";
    for (tab, message) in &refusals {
        assert!(message.contains(words), "{tab}: {message}");
    }
    assert_eq!(app.form("/d/shop/cluster/train", "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!((app.card("Customers").await, app.card("Orders").await), ("0".to_owned(), "60".to_owned()));
    app.forecast().await;
}

/// 40 lines, an order of every two, each line of another buyer.
fn spanning() -> TestApp {
    let mut lines = sound(40, 10);
    for (at, line) in lines.iter_mut().enumerate() {
        (line.0, line.1) = (format!("b{}", at % 10), (at / 2).to_string());
    }
    shop(&lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_two_customers_counts_once_for_the_shop_and_once_for_each() {
    let app = spanning();
    assert_eq!(app.trained("none").await["phase"], "done");
    assert!(app.tour().await.is_empty());
    assert_eq!(app.card("Orders").await, "20");
    let snapshot = app.state.snapshot();
    let frequency = snapshot.datasets["shop"].customers.numbers("frequency").unwrap();
    assert_eq!((frequency.len(), frequency.iter().sum::<f64>()), (10, 40.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_of_two_customers_is_noted() {
    let notes = spanning().page("/d/shop/data").await.all(".notes li").join(" ");
    assert!(notes.contains("20 orders") && notes.contains("more than one customer"), "{notes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_and_zero_amounts_count_as_they_are_and_box_cox_says_what_to_use_instead() {
    // Who only brings things back bought nothing.
    for (refund, feature) in [("-40", "frequency"), ("0", "monetary")] {
        let mut lines = sound(60, 30);
        lines.iter_mut().filter(|line| line.0 == "b7").for_each(|line| line.3 = refund.to_owned());
        let app = shop(&lines);
        let total: f64 = lines.iter().map(|line| line.3.parse::<f64>().unwrap()).sum();
        let answer = app.page("/api/v1/datasets/shop/sales").await.json();
        assert!((answer["totals"]["sales"].as_f64().unwrap() - total).abs() < 1e-9);
        let failed = app.trained("box-cox").await;
        assert_eq!(failed["phase"], "failed", "{failed}");
        let message = failed["message"].as_str().unwrap();
        assert!(message.contains(&format!("\"{feature}\" has the value 0, and box-cox needs")), "{message}");
        assert!(message.contains("use yeo-johnson"), "{message}");
        assert_eq!(app.trained("yeo-johnson").await["phase"], "done");
        assert!(app.tour().await.is_empty());
        app.forecast().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_who_all_bought_once_are_segmented_with_box_cox() {
    let lines: Vec<Line> = sound(40, 40)
        .into_iter()
        .enumerate()
        .map(|(at, line)| (format!("b{at}"), line.1, line.2, line.3, line.4, line.5))
        .collect();
    let app = shop(&lines);
    let state = app.trained("box-cox").await;
    assert_eq!(state["phase"], "done", "{state}");
    assert!(app.tour().await.is_empty());
    let hints = app.page("/d/shop/rfm").await.all(".hint").join(" ");
    assert!(
        hints.contains("All customers have the same score of frequency, because their values are equal."),
        "{hints}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_cannot_be_read_are_named_with_their_row() {
    for (text, way_out) in [
        ("someday", "row 37, column \"day\": \"someday\" is not a date in the order of the column; correct it"),
        ("2024-02-31", "row 37, column \"day\": \"2024-02-31\" is not a date in the order of the column; correct it"),
        ("12", "row 37, column \"day\": \"12\" is not a date in the order of the column; correct it"),
        ("05/06/2024", "column \"day\": dates such as 05/06/2024 can be read day first or month first; set date_order"),
    ] {
        let mut lines = sound(60, 9);
        lines[36].2 = text.to_owned();
        let app = shop(&lines);
        let expected = format!("sales.csv, {way_out}");
        let named = app.page("/").await.all(".warning li").join(" ");
        assert!(named.contains(&expected), "{named}");
        let refusals = app.tour().await;
        assert_eq!(refusals.len(), TABS.len());
        assert!(refusals.iter().all(|(_, message)| message.contains(&expected)), "{refusals:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_in_the_far_future_leaves_the_charts_over_time_out_and_says_why() {
    let mut lines = sound(80, 9);
    lines[79].2 = "9999-12-31".to_owned();
    let app = shop(&lines);
    assert_eq!(app.trained("none").await["phase"], "done");
    assert!(app.tour().await.is_empty());
    for step in ["day", "week", "month"] {
        let page = app.page(&format!("/d/shop/sales?step={step}")).await;
        let warning = page.all(".warning").join(" ");
        is_sentence(&warning);
        assert!(
            warning.contains(&format!(
                "From 2024-01-01 to 9999-12-31 there are more than 10,000 {step}s; choose a shorter period"
            )),
            "{warning}"
        );
        assert_eq!((page.all("#chart-over-time").len(), page.all("#chart-by-kind").len()), (0, 1));
        assert!(page.body.len() < 200_000, "{step}: {} bytes", page.body.len());
    }
    let warning = app.page("/d/shop/sales/forecast").await.all(".warning").join(" ");
    assert!(warning.contains("more than 10,000 days"), "the page is there to choose a period on: {warning}");
    let refused = app.form("/d/shop/sales/forecast", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let message = refused.all("[data-error-message]").join(" ");
    is_sentence(&message);
    assert!(message.contains("more than 10,000 days"), "{message}");
    assert_eq!(app.get("/api/v1/datasets/shop/sales").await.status, StatusCode::BAD_REQUEST);

    let period = app.page("/d/shop/sales?to=2024-12-31").await;
    assert_eq!(period.all("#chart-over-time tbody tr").len(), 60, "a table holds the last 60 days");
    let done = app.job("/d/shop/sales/forecast", "to=2024-12-31").await;
    assert_eq!(done["phase"], "done", "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_day_of_sales_fills_every_page_and_the_forecast_says_what_it_lacks() {
    let mut lines = sound(40, 20);
    for line in &mut lines {
        "2024-01-05".clone_into(&mut line.2);
    }
    let app = shop(&lines);
    assert_eq!(app.trained("none").await["phase"], "done");
    assert!(app.tour().await.is_empty());
    assert_eq!(app.card("Days").await, "1");
    let hints = app.page("/d/shop/rfm").await.all(".hint").join(" ");
    assert!(hints.contains("All customers have the same score of recency"), "{hints}");
    let (page, warnings) = app.forecast().await;
    for lacking in ["needs at least 14 values", "needs at least 49 values, and there are 1.", "There is no correlogram"]
    {
        assert!(warnings.contains(lacking), "{warnings}");
    }
    assert!(page.all("#outlook > p")[0].contains("the forecast is that value"), "{:?}", page.all("#outlook > p"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_customer_has_scores_and_cannot_be_parted() {
    let app = shop(&sound(60, 1));
    let refusals = app.tour().await;
    let tabs: Vec<&str> = refusals.iter().map(|(tab, _)| *tab).collect();
    assert_eq!(tabs, ["segments", "insights", "predict"]);
    assert!(refusals.iter().all(|(_, message)| message.contains("train one on the Cluster tab")), "{refusals:?}");
    let counted = app.page("/d/shop/rfm").await.all("#rfm-table tbody td:nth-child(2)");
    assert_eq!(counted, ["1"]);
    for transform in ["none", "box-cox"] {
        let failed = app.trained(transform).await;
        let message = failed["message"].as_str().unwrap();
        assert!(message.contains("there are only 1; choose fewer clusters"), "{message}");
    }
    app.forecast().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_shorter_than_two_seasons_is_forecast_by_its_mean() {
    let app = shop(&sound(13, 5));
    let (page, warnings) = app.forecast().await;
    assert!(warnings.contains("a season of 7 steps needs at least 14 values to show, and there are 13"), "{warnings}");
    assert!(page.all("#outlook > p").join(" ").contains("shorter than two seasons: the forecast is its mean"));
    let (page, warnings) = shop(&sound(14, 5)).forecast().await;
    assert!(!warnings.contains("a season of 7 steps"), "{warnings}");
    assert_eq!(page.all("#chart-season").len(), 1);
}
