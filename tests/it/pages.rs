//! Pages, by selector: each shows what it should, changes with its controls, and survives bad input.

use axum::http::{StatusCode, header};
use segmenta::jobs::QUEUE_LENGTH;

use crate::app::TestApp;

const TABS: [&str; 7] = ["overview", "explore", "cluster", "segments", "insights", "predict", "data"];

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_lists_data_sets_and_calls_synthetic_data_synthetic() {
    let app = TestApp::new();
    let page = app.page("/").await;
    assert_eq!(page.all(".dataset-card h2"), ["Clickstream", "Customer personality", "Pet shop"]);
    assert!(page.all(".dataset-card .badge").iter().all(|badge| badge.starts_with("Synthetic data, seed 7")));
    assert!(page.all(".dataset-card dd")[3].contains("default: DBSCAN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_of_all_data_sets_draws_charts_with_words_and_tables() {
    let app = TestApp::new();
    for dataset in ["personality", "clickstream", "petshop"] {
        let of_sales: &[&str] = if dataset == "petshop" { &["sales", "rfm"] } else { &[] };
        for tab in TABS.iter().chain(of_sales).copied() {
            let page = app.page(&format!("/d/{dataset}/{tab}")).await;
            assert_eq!(page.all(".tabs [aria-current]").len(), 1, "{dataset} {tab}");
            assert!(page.all(".badge-synthetic").contains(&"synthetic".to_owned()));
            let figures = page.all("script[data-figure]");
            for figure in &figures {
                let json: serde_json::Value = serde_json::from_str(figure).unwrap();
                assert!(!json["data"].as_array().unwrap().is_empty(), "{dataset} {tab}: empty chart");
            }
            assert_eq!(figures.is_empty(), matches!(tab, "data" | "predict"), "{dataset} {tab}");
            assert!(page.all(".chart-summary").iter().all(|summary| summary.len() > 10));
            assert_eq!(page.all(".chart-table table").len(), figures.len());
            let text = page.text();
            for raw in ["NaN", "inf ", "Infinity", "undefined"] {
                assert!(!text.contains(raw), "{dataset} {tab} shows {raw}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_agree_between_pages() {
    let app = TestApp::new();
    let overview = app.page("/d/personality/overview?seg=0").await;
    let segments = app.page("/d/personality/segments?seg=0").await;
    let count = overview.all(".count");
    assert_eq!(count, segments.all(".count"));
    let customers = overview.all(".kpi dd")[0].clone();
    assert!(count[0].starts_with(&format!("{customers} of ")));
    assert_eq!(segments.all(".segment-card .facts dd")[0], customers);
    assert!(segments.all("#customers .hint")[0].starts_with(&format!("{customers} found")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_is_counted_shown_as_a_chip_and_can_be_taken_away() {
    let app = TestApp::new();
    let all = app.page("/d/personality/explore").await;
    let page = app.page("/d/personality/explore?min.Income=60000&in.Education=PhD").await;
    assert_ne!(all.all(".count"), page.all(".count"));
    let chips = page.all(".chip");
    assert_eq!(chips.len(), 2);
    assert!(chips[0].starts_with("Household income from 60000"), "{chips:?}");
    let without = app.page(&page.attributes(".chip", "href")[1]).await;
    assert_eq!(without.all(".chip").len(), 1);
    assert_eq!(page.attributes("[data-filter-form] input[name='min.Income']", "value"), ["60000"]);
    assert!(page.attributes(".tabs a", "href").iter().all(|link| link.contains("min.Income=60000")));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_selection_says_so_and_offers_to_reset() {
    let app = TestApp::new();
    for tab in ["overview", "explore", "segments", "insights"] {
        let page = app.page(&format!("/d/personality/{tab}?min.Income=9e9")).await;
        assert_eq!(page.all(".empty h2"), ["No customer passes these filters"], "{tab}");
        assert!(page.all("script[data-figure]").is_empty(), "{tab}");
        let reset = page.attributes(".empty a", "href")[0].clone();
        assert!(app.page(&reset).await.all(".empty").is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_control_changes_its_chart() {
    let app = TestApp::new();
    for (path, chart, changed) in [
        ("overview?", "chart-chosen", "var=Income"),
        ("overview?", "chart-chosen", "kind=histogram"),
        ("explore?", "chart-correlation", "corr=spearman"),
        ("explore?", "chart-correlation", "corr=kendall"),
        ("explore?", "chart-scatter", "x=Income"),
        ("explore?", "chart-scatter", "y=Income"),
        ("explore?", "chart-scatter", "size=Income"),
        ("explore?", "chart-scatter", "color=Education"),
        ("explore?", "chart-scatter", "color=none"),
        ("explore?", "chart-box-Total-Spent-", "bx=Marital_Status"),
        ("explore?", "chart-box-Total-Spent-", "bc=Response"),
        ("explore?", "chart-matrix", "m=Income&m=Age"),
        ("cluster?", "chart-space", "ax=Income"),
        ("segments?", "chart-density-0", "v1=Income"),
        ("segments?", "chart-scatter", "px=Income"),
        ("segments?", "chart-inside-correlation", "inside=1"),
    ] {
        let figure = |query: String| {
            let app = &app;
            async move {
                let page = app.page(&format!("/d/personality/{path}{query}")).await;
                let found = page.all(&format!("#{chart} script[data-figure]"));
                assert_eq!(found.len(), 1, "{path}{query}: {chart}");
                found[0].clone()
            }
        };
        assert_ne!(figure(String::new()).await, figure(changed.to_owned()).await, "{path}{changed}");
    }
    let facets = app.page("/d/personality/explore?bf=Degree").await;
    assert_eq!(facets.all("#boxes figure").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_questions_get_a_sentence_and_a_way_out() {
    let app = TestApp::new();
    for (path, status, expected) in [
        ("/nothing", 404, "There is no such page."),
        ("/d/nothing/overview", 404, "There is no data set named \"nothing\""),
        ("/d/personality/nothing", 404, "There is no such page."),
        ("/d/personality/overview?model=nothing", 404, "There is no model named \"nothing\""),
        ("/d/personality/overview?var=nothing", 400, "There is no column \"nothing\" to compare segments by"),
        ("/d/personality/overview?kind=tree", 400, "kind cannot be \"tree\"; choose means, histogram or box."),
        (
            "/d/personality/overview?kidn=box",
            400,
            "Nothing here is called \"kidn\"; beside the model and filters there are var and kind.",
        ),
        ("/d/personality/report?kind=box", 400, "only the model and filters can be chosen"),
        ("/d/personality/cluster?ax=Income&weigth.Age=2", 400, "Nothing here is called \"weigth.Age\""),
        ("/d/personality/download/rfm.csv?recensy=1", 400, "Nothing here is called \"recensy\""),
        ("/d/personality/explore?min.Income=abc", 400, "\"abc\" is no number for Household income"),
        ("/d/personality/explore?min.Income=NaN", 400, "\"NaN\" is no number"),
        ("/d/personality/explore?min.Dt_Customer=1-2-2013", 400, "is no day such as 2024-12-31"),
        ("/d/personality/explore?in.Education=Kindergarten", 400, "has no value \"Kindergarten\""),
        ("/d/personality/explore?seg=17", 400, "Segment has no value \"17\""),
        ("/d/personality/explore?corr=magic", 400, "choose one of pearson, spearman or kendall"),
        ("/d/personality/explore?color=Income", 400, "to colour by"),
        ("/d/personality/explore?m=Age&m=Income&m=Recency&m=kids&m=Kidhome&m=Teenhome", 400, "at most 5 variables"),
        ("/d/personality/segments?page=x", 400, "\"x\" is no whole number"),
        ("/d/personality/segments?sort=nothing", 400, "to sort by"),
        ("/d/personality/predict?ask=1&f.Total_Spent=NaN", 400, "\"NaN\" is no number"),
        ("/d/personality/predict?ask=1&f.Total_Spent=inf", 400, "\"inf\" is no number"),
        ("/d/personality/predict?ask=1&f.Shoe=1", 400, "is no feature of the model"),
        ("/d/personality/download/secrets.txt", 404, "There is no such download."),
        ("/d/%2e%2e/overview", 404, "There is no data set named"),
        ("/jobs/99999", 404, "There is no job 99999"),
        ("/jobs/x", 400, "malformed"),
        ("/static/x/nothing.js", 404, "There is no such file."),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
        let message = answer.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{path}: {message}");
        assert!(answer.attributes(".error-page a", "href").contains(&"/".to_owned()));
    }
    let script = app.get("/d/personality/overview?var=%3Cscript%3Ealert(1)%3C/script%3E").await;
    assert!(!script.text().contains("<script>alert"));
    let wrong = app.form("/d/personality/overview", "").await;
    assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(wrong.all("[data-error-message]")[0].contains("takes no POST requests"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_answers_busy_with_a_time_to_come_back() {
    let app = TestApp::new();
    let block = |observer: &dyn segmenta::cluster::Progress| {
        while !observer.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        segmenta::jobs::Ending::Cancelled
    };
    let running = app.state.jobs.submit("d", "t", "running", Box::new(block)).unwrap();
    while running.status().phase == segmenta::jobs::Phase::Queued {
        tokio::task::yield_now().await;
    }
    for index in 0..QUEUE_LENGTH {
        app.state.jobs.submit("d", "t", &format!("{index}"), Box::new(block)).unwrap();
    }
    let answer = app.form("/d/personality/cluster/train", "features=Income&algorithm=kmeans&k=2").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    let cancelled = app.form(&format!("/jobs/{}/cancel", running.id), "").await;
    assert_eq!(cancelled.status, StatusCode::SEE_OTHER);
    app.state.jobs.cancel_all();
    assert_eq!(app.wait(&format!("/jobs/{}", running.id)).await["phase"], "cancelled");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_answer_while_a_job_uses_every_core() {
    let app = TestApp::new();
    let hungry = |observer: &dyn segmenta::cluster::Progress| {
        rayon::broadcast(|_| {
            while !observer.is_cancelled() {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
        });
        segmenta::jobs::Ending::Cancelled
    };
    let job = app.state.jobs.submit("personality", "Hungry", "hungry", Box::new(hungry)).unwrap();
    while job.status().phase == segmenta::jobs::Phase::Queued {
        tokio::task::yield_now().await;
    }
    for tab in TABS {
        let path = format!("/d/personality/{tab}");
        tokio::time::timeout(std::time::Duration::from_secs(20), app.page(&path)).await.expect("a page is not held up");
    }
    job.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_name_shows_everywhere_and_after_a_restart() {
    let app = TestApp::new();
    let edit = "model=default&cluster=0&name=Best+friends&description=They+stay.&back=/d/personality/segments";
    let answer = app.form("/d/personality/segments/edit", edit).await;
    assert_eq!((answer.status, answer.location().as_str()), (StatusCode::SEE_OTHER, "/d/personality/segments"));
    let app = app.restarted();
    for tab in ["overview", "explore", "cluster", "segments", "insights"] {
        assert!(app.page(&format!("/d/personality/{tab}")).await.text().contains("Best friends"), "{tab}");
    }
    let job = app.form("/d/personality/cluster/train", "").await.location();
    app.wait(&job).await;
    for (body, expected) in [
        ("model=default&cluster=0&name=", "1 to 60 characters"),
        ("model=default&cluster=1&name=Best+friends", "Another segment is called"),
        ("model=default&cluster=9&name=x", "no such segment"),
        ("model=nothing&cluster=0&name=x", "no model named"),
        ("model=default&cluster=x&name=x", "is no segment"),
    ] {
        let answer = app.form("/d/personality/segments/edit", body).await;
        assert!(answer.all("[data-error-message]").join(" ").contains(expected), "{body}");
    }
    let away = app.form("/d/personality/segments/edit", "model=default&cluster=0&name=A&back=https://elsewhere").await;
    assert_eq!(away.location(), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_models_folder_that_refuses_leaves_the_result_on_screen() {
    let app = TestApp::new();
    // A file where the folder should be refuses even the administrator.
    let folder = app.models_dir();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "not a folder").unwrap();
    let page = app.page("/d/personality/cluster").await;
    assert!(page.all("#result .warning-text").is_empty());
    let saved = app.form("/d/personality/cluster/save", "model=default&name=kept").await;
    let shown = app.page(saved.location().split('#').next().unwrap()).await;
    assert!(shown.all("#result .warning-text")[0].contains("could not be saved"), "{}", shown.text());
    assert!(shown.all("#result .warning-text")[0].contains("check free space and permissions"));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_data_and_newer_models_are_named_and_the_rest_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let folders = crate::app::fill(folder.path());
    std::fs::write(folders.data_dir.join("clickstream/raw/clickstream.csv"), "ID,n_clicks\n1\n").unwrap();
    let model = folders.models_dir.join("personality/future.json");
    std::fs::write(&model, "{\"schema_version\": 99}").unwrap();
    let app = TestApp::over(folder, folders);
    let page = app.page("/").await;
    let warnings = page.all(".warning li").join(" ");
    assert!(warnings.contains("row 1: has 1 fields where the header has 2"), "{warnings}");
    assert!(warnings.contains("newer version of the program"), "{warnings}");
    app.page("/d/personality/overview").await;
    let gone = app.get("/d/clickstream/overview").await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert!(gone.all("[data-error-message]")[0].contains("cannot be used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_predict_form_answers_and_files_are_scored() {
    let app = TestApp::new();
    let blank = app.page("/d/personality/predict").await;
    assert!(blank.attributes(".predict-field input", "value").iter().all(|value| !value.is_empty()));
    let page = app.page("/d/personality/predict?ask=1&f.Total_Spent=1900&f.AverageCheck=95&f.NumAllPurchases=").await;
    assert_eq!(page.all("#answer h2"), ["Elite"]);
    assert!(page.text().contains("Unknown, median used: Days enrolled, Purchases."));
    assert_eq!(page.all("#chart-pca").len(), 1);
    assert!(page.all("pre code")[0].contains("\"Total_Spent\":1900.0"));

    let upload = |name: &str, text: &str| {
        format!("--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n--b--\r\n")
    };
    let send = |body: String| {
        let request = axum::http::Request::post("/d/clickstream/predict/file")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
            .body(body.into())
            .unwrap();
        app.send(request)
    };
    let good = send(upload("new.csv", "who,n_visitas,monto_compras,monto_descuentos\nAnn,14,620,70\nBob,1,,1\n")).await;
    assert_eq!(good.status, StatusCode::OK);
    let text = good.text();
    let lines: Vec<String> = text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "who,n_visitas,monto_compras,monto_descuentos,cluster,segment,confidence,unknown_features");
    assert!(lines[1].starts_with("Ann,14,620,70,") && lines[1].ends_with(",0"), "{}", lines[1]);
    assert!(lines[2].ends_with(",1"), "one unknown feature: {}", lines[2]);
    for (name, text, expected) in [
        ("new.csv", "n_visitas\n1\n", "is missing and cannot be derived"),
        (
            "new.csv",
            "n_visitas,monto_compras,monto_descuentos\n1,x,2\n",
            "new.csv, row 1, column \"monto_compras\": \"x\" is not a number",
        ),
        ("new.xlsx", "PK", "A .xlsx file cannot be scored"),
        ("new.csv", "", "is empty"),
        ("", "", "Choose a file first"),
    ] {
        let bad = send(upload(name, text)).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST, "{name} {text}");
        let message = bad.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{message}");
    }
    let large = send(upload("new.csv", &"x".repeat(400 * 1024))).await;
    assert!(large.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_hold_the_chosen_customers() {
    let app = TestApp::new();
    let count = |text: &str| text.lines().count() - 1;
    let all = app.page("/d/personality/download/customers.csv").await;
    let some = app.page("/d/personality/download/labelled.csv?seg=0").await;
    // Spreadsheets need the mark of UTF-8.
    assert!(all.text().starts_with('\u{feff}') && some.text().starts_with('\u{feff}'));
    assert!(count(&some.text()) < count(&all.text()));
    assert!(some.text().lines().next().unwrap().ends_with("cluster,segment,confidence"));
    let shown = app.page("/d/personality/overview?seg=0").await.all(".kpi dd")[0].clone();
    assert_eq!(count(&some.text()).to_string(), shown);
    for name in ["customers.parquet", "labelled.parquet"] {
        let file = app.page(&format!("/d/personality/download/{name}")).await;
        assert_eq!(&file.body[..4], b"PAR1");
    }
    let raw = app.page("/d/personality/download/raw").await;
    assert!(raw.text().starts_with("ID\tYear_Birth"));
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_of_flags_are_counts_and_their_means_shares() {
    let app = TestApp::new();
    let page = app.page("/d/personality/insights").await;
    let totals = page.all("#chart-campaigns-total tbody td").join(" ");
    assert!(!totals.contains('%'), "{totals}");
    assert!(page.all("#chart-campaigns-mean tbody td").iter().any(|cell| cell.ends_with('%')));
    let data = app.page("/d/personality/data").await;
    assert!(!data.text().contains("100\u{a0}%"), "quartiles of a flag are 0 or 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_data_page_reconciles_and_describes_columns() {
    let app = TestApp::new();
    let page = app.page("/d/personality/data").await;
    assert!(page.text().contains("The ledger reconciles."));
    assert_eq!(page.all("#ledger tbody tr").len(), 8);
    assert!(page.all("#columns tbody th").iter().any(|head| head.starts_with("Household income")));
    let widths: Vec<usize> = page.all("#columns thead th").iter().map(|_| 1).collect();
    assert_eq!(page.all("#columns tbody tr:first-child > *").len(), widths.len());
}
