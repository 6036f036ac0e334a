//! Sales, RFM and forecasts: what the pages say, what their controls do, and that numbers agree between them.

use axum::http::{Method, StatusCode, header};
use serde_json::json;

use crate::app::TestApp;

/// The number in a card, as it is written.
fn card(page: &crate::app::Answer, label: &str) -> String {
    let labels = page.all(".cards dt");
    let at = labels.iter().position(|text| text == label).unwrap_or_else(|| panic!("{label} in {labels:?}"));
    page.all(".cards dd:nth-of-type(1)")[at].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn sales_are_shown_by_every_measure_step_and_dimension() {
    let app = TestApp::new();
    let page = app.page("/d/petshop/sales").await;
    for label in ["Sales", "Units", "Orders", "Customers", "Average order value", "Weighted average price"] {
        assert_ne!(card(&page, label), "–", "{label}");
    }
    let charts = ["over-time", "by-segment", "weekday", "by-category", "by-description", "by-region", "by-state"];
    for id in charts.into_iter().chain(["map", "facet-0", "facet-5", "retention"]) {
        assert_eq!(page.all(&format!("#chart-{id} .chart-summary")).len(), 1, "{id}");
    }
    for measure in ["sales", "units", "orders", "customers", "average_order_value", "average_price"] {
        for step in ["day", "week", "month"] {
            app.page(&format!("/d/petshop/sales?measure={measure}&step={step}")).await;
        }
    }
    let months = app.page("/d/petshop/sales?step=month&measure=orders").await;
    assert!((12..=14).contains(&months.all("#chart-over-time tbody tr").len()));
    let facets = app.page("/d/petshop/sales?facet=region").await;
    assert_eq!(facets.all("#facets figure").len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_sales_and_of_customers_cut_the_same_numbers() {
    let app = TestApp::new();
    let whole = app.page("/d/petshop/sales").await;
    let food = app.page("/d/petshop/sales?on.category=Food").await;
    assert_ne!(card(&whole, "Sales"), card(&food, "Sales"));
    assert!(food.all(".chip").iter().any(|chip| chip.starts_with("Category: Food")));
    assert_eq!(food.all("#chart-by-category tbody tr").len(), 1, "only food is left");
    let period = app.page("/d/petshop/sales?from=2024-03-01&to=2024-03-31&step=day").await;
    assert!(period.all(".chip").iter().any(|chip| chip.starts_with("Period 2024-03-01 to 2024-03-31")));
    assert!(period.all("#chart-over-time tbody tr").len() <= 31);
    let segment = app.page("/d/petshop/sales?seg=0").await;
    let customers = app.page("/d/petshop/segments?seg=0").await;
    let counted = card(&segment, "Customers").replace(',', "");
    assert!(customers.all(".count")[0].starts_with(&counted), "{counted}: {:?}", customers.all(".count"));
    let nothing = app.page("/d/petshop/sales?from=2030-01-01").await;
    assert!(nothing.text().contains("Nothing was sold in this selection"));
    assert!(nothing.attributes(".empty a", "href")[0].starts_with("/d/petshop/sales"));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_about_sales_are_refused_with_the_choices() {
    let app = TestApp::new();
    for (path, expected) in [
        ("sales?measure=profit", "choose one of sales, units"),
        ("sales?step=hour", "choose one of day, week, month"),
        ("sales?facet=colour", "There is no column \"colour\""),
        ("sales?from=yesterday", "is no day such as 2024-12-31"),
        ("sales?on.category=Cars", "Category has no value \"Cars\""),
        ("rfm?recency=1,2", "four rising numbers of days"),
        ("rfm?cells=x", "customers, value or mean"),
        ("sales/forecast?horizon=0", "is no number from 1 to 365"),
    ] {
        let answer = app.get(&format!("/d/petshop/{path}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}");
        let message = answer.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{path}: {message}");
    }
    for path in ["sales", "rfm", "sales/forecast"] {
        let answer = app.get(&format!("/d/personality/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.all("[data-error-message]")[0].contains("has no sales"));
    }
    let tabs = app.page("/d/personality/overview").await.all(".tabs a");
    assert!(!tabs.contains(&"Sales".to_owned()), "a tab without data is absent");
}

#[tokio::test(flavor = "multi_thread")]
async fn rfm_segments_add_up_to_all_customers_and_are_downloaded() {
    let app = TestApp::new();
    let page = app.page("/d/petshop/rfm").await;
    let counts: Vec<usize> = page
        .all("#rfm-table tbody td:nth-child(2)")
        .iter()
        .map(|text| text.replace(',', "").parse().unwrap())
        .collect();
    let customers = app.state.snapshot().datasets["petshop"].customers.len();
    assert_eq!(counts.iter().sum::<usize>(), customers);
    assert!(page.all("#rfm-table tbody th").contains(&"Champions".to_owned()));
    assert_eq!(page.all("#rfm-rules tbody tr").len(), 5);
    let earned: Vec<String> = page.all("#rfm-rules tbody td:nth-child(3)");
    let given = earned.iter().filter(|rule| *rule != "does not occur");
    assert_eq!(given.clone().collect::<std::collections::BTreeSet<_>>().len(), given.count(), "{earned:?}");
    let bands = app.page("/d/petshop/rfm?recency=10,20,40,80&cells=mean").await;
    assert!(bands.all("#rfm-rules tbody td")[0].contains("up to 10 days"));
    let file = app.get(&page.attributes("#rfm-table a[download]", "href")[0]).await;
    assert!(file.headers[header::CONTENT_DISPOSITION].to_str().unwrap().contains("petshop-rfm.csv"));
    let text = file.text();
    assert_eq!(text.lines().count(), customers + 1);
    assert!(text.lines().next().unwrap().ends_with("r_score,f_score,m_score,rfm_segment,action"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forecast_is_tested_on_the_past_and_follows_the_filters() {
    let app = TestApp::new();
    let offered = app.page("/d/petshop/sales/forecast?on.category=Food").await;
    assert_eq!(offered.all("#outlook").len(), 0, "nothing is forecast unasked");
    let started = app.form("/d/petshop/sales/forecast", "measure=units&horizon=14&on.category=Food").await;
    let state = app.wait(&started.location()).await;
    assert_eq!(state["phase"], "done", "{state}");
    let page = app.page(state["result"].as_str().unwrap()).await;
    assert_eq!(page.all("#chart-forecast tbody tr").len(), 14);
    assert_eq!(page.all("#backtest tbody tr").len(), 4);
    assert_eq!(page.all("#backtest tr.best").len(), 1);
    assert!(page.all("#outlook > p")[0].contains("repeating the last season"), "{:?}", page.all("#outlook > p"));
    for id in ["trend", "season", "remainder", "acf", "pacf"] {
        assert_eq!(page.all(&format!("#chart-{id}")).len(), 1, "{id}");
    }
    assert_eq!(page.all("#stationarity tbody tr").len(), 2);
    let again = app.form("/d/petshop/sales/forecast", "measure=units&horizon=14&on.category=Food").await;
    assert!(again.location().starts_with("/d/petshop/sales/forecast?"), "a known answer is shown at once");
    let short = app.form("/d/petshop/sales/forecast", "from=2024-03-01&to=2024-03-05").await;
    let state = app.wait(&short.location()).await;
    assert_eq!(state["phase"], "done", "{state}");
    let page = app.page(state["result"].as_str().unwrap()).await;
    assert!(page.all(".warning").join(" ").contains("No model could be tested on the past"), "five days are too few");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dimension_of_too_many_levels_is_named_on_insights() {
    let mut sales = "customer,day,amount,product,shop\n".to_owned();
    for row in 0..1200 {
        let day = 1 + row % 28;
        sales.push_str(&format!("c{},2024-01-{day:02},{},p{row},s{}\n", row % 90, 1 + row % 7, row % 3));
    }
    let manifest = "title='t'\n[[table]]\nfile='sale.csv'\n[facts]\ntable='sale'\ncustomer='customer'\ntime='day'\n\
        amount='amount'\n[[facts.dimension]]\ncolumn='product'\n[[facts.dimension]]\ncolumn='shop'\n[segmentation]\n\
        value='monetary'\nfeatures=['recency_days','monetary']\n";
    let app = TestApp::of_files(&[("shop/sale.csv", sales), ("shop/dataset.toml", manifest.to_owned())]);
    let job = app.json(Method::POST, "/api/v1/datasets/shop/models", &json!({})).await.json();
    assert_eq!(app.wait(&format!("/jobs/{}", job["id"])).await["phase"], "done");
    let page = app
        .page(&format!(
            "/d/shop/insights?model={}",
            app.page("/api/v1/datasets/shop/models").await.json()[0]["name"].as_str().unwrap()
        ))
        .await;
    assert!(page.all("#left-out").join("").contains("Product (1,200 levels)"), "{:?}", page.all("#purchases"));
    assert_eq!(page.all("#purchases figure").iter().filter(|text| text.contains("product")).count(), 0);
}
