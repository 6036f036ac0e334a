//! The API: the same numbers as the pages, JSON errors, jobs, security headers, static files.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn data_sets_and_their_parts_are_listed() {
    let app = TestApp::new();
    let list = app.page("/api/v1/datasets").await.json();
    insta::assert_json_snapshot!(list, { "[].fingerprint" => "(hash)" }, @r#"
    [
      {
        "name": "clickstream",
        "title": "Clickstream",
        "description": "How often the customers of an online shop click and visit, what they buy and how much discount they use.",
        "customers": 2929,
        "columns": 6,
        "facts": 0,
        "synthetic": true,
        "fingerprint": "(hash)",
        "models": [
          "default"
        ]
      },
      {
        "name": "personality",
        "title": "Customer personality",
        "description": "Who the customers of a food and wine retailer are, what they buy, through which channel, and which offers they accept.",
        "customers": 598,
        "columns": 36,
        "facts": 0,
        "synthetic": true,
        "fingerprint": "(hash)",
        "models": [
          "default"
        ]
      },
      {
        "name": "petshop",
        "title": "Pet shop",
        "description": "A year of orders of an online pet shop: what was bought, by whom, and where they live.",
        "customers": 397,
        "columns": 15,
        "facts": 3900,
        "synthetic": true,
        "fingerprint": "(hash)",
        "models": [
          "default"
        ]
      }
    ]
    "#);
    let ledger = app.page("/api/v1/datasets/personality/ledger").await.json();
    assert_eq!(ledger["reconciles"], true);
    let detail = app.page("/api/v1/datasets/personality").await.json();
    assert_eq!(detail["variables"].as_array().unwrap().len(), 36);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_mean_the_same_as_on_the_pages() {
    let app = TestApp::new();
    let filter = "min.Income=50000&in.Education=PhD&seg=0&seg=1";
    let page = app.page(&format!("/d/personality/overview?{filter}")).await;
    let customers = app.page(&format!("/api/v1/datasets/personality/customers?{filter}")).await.json();
    assert_eq!(page.all(".kpi dd")[0], customers["found"].to_string());
    let distribution = app.page(&format!("/api/v1/datasets/personality/distributions/Age?{filter}")).await.json();
    assert_eq!(distribution["summary"]["count"], customers["found"]);
    let counts: u64 = distribution["counts"].as_array().unwrap().iter().map(|c| c.as_u64().unwrap()).sum();
    assert_eq!(counts, customers["found"].as_u64().unwrap());
    let segments = app.page(&format!("/api/v1/datasets/personality/models/default/segments?{filter}")).await.json();
    let total: u64 = segments["totals"].as_array().unwrap().iter().map(|t| t["customers"].as_u64().unwrap()).sum();
    assert_eq!(total, counts);
    let correlations = app.page("/api/v1/datasets/personality/correlations?method=kendall").await.json();
    assert_eq!(correlations["matrix"][0][0], 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn models_are_trained_shown_edited_and_used() {
    let app = TestApp::new();
    let path = "/api/v1/datasets/personality/models";
    let request = json!({ "name": "pair", "recipe": { "k": "2", "n_init": 2 } });
    let started = app.json(Method::POST, path, &request).await;
    assert_eq!(started.status, StatusCode::ACCEPTED, "{}", started.text());
    let id = started.json()["id"].clone();
    assert_eq!(app.wait(&format!("/{id}")).await["phase"], "done");
    let model = app.page(&format!("{path}/pair")).await.json();
    assert_eq!((model["segments"].as_array().unwrap().len(), &model["saved"]), (2, &json!(true)));

    let patch = json!({ "name": "The few" });
    let edited = app.json(Method::PATCH, &format!("{path}/pair/segments/1"), &patch).await;
    assert_eq!(edited.json()["name"], "The few");
    let wanted = json!({ "customers": [{ "Total_Spent": 1800, "AverageCheck": null }, {}] });
    let answer = app.json(Method::POST, &format!("{path}/pair/predict"), &wanted).await.json();
    let predictions = answer["predictions"].as_array().unwrap();
    assert_eq!(predictions.len(), 2);
    assert_eq!(predictions[0]["unknown"].as_array().unwrap().len(), 3);
    assert_eq!(predictions[0]["alike"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn comparisons_and_suggestions_are_those_of_the_pages() {
    let app = TestApp::new();
    let base = "/api/v1/datasets/personality";
    let boxes = app.page(&format!("{base}/boxes/Total_Spent?seg=0")).await.json();
    let page = app.page("/d/personality/overview?kind=box&seg=0").await;
    let (stats, row) = (&boxes[0]["stats"], page.all("#chart-box-Total-Spent- tbody td"));
    assert_eq!(boxes[0]["group"], row[1].as_str());
    assert_eq!(stats["outliers"].to_string(), row[8]);
    let levels = app.page(&format!("{base}/boxes/Income?by=Education")).await.json();
    assert_eq!(levels.as_array().unwrap().len(), 5);
    let curves = app.page(&format!("{base}/densities/Income")).await.json();
    assert_eq!(curves.as_array().unwrap().len(), 4);
    let findings = app.page(&format!("{base}/models/default/segments")).await.json()["findings"].clone();
    let finding = findings[0].as_str().unwrap().replace('\u{a0}', " ");
    assert_eq!(finding, app.page("/d/personality/overview").await.all(".findings li")[0]);

    let recipe = json!({ "features": ["Total_Spent", "Income"], "n_init": 1 });
    let path = format!("{base}/suggestions");
    let first = app.json(Method::POST, &path, &recipe).await;
    assert_eq!(first.status, StatusCode::ACCEPTED, "{}", first.text());
    assert_eq!(app.wait(&format!("/{}", first.json()["id"])).await["phase"], "done");
    let known = app.json(Method::POST, &path, &recipe).await;
    assert_eq!((known.status, &known.json()["parameter"]), (StatusCode::OK, &json!("n_clusters")));
    for (path, status) in [("boxes/nothing", 404), ("boxes/Education", 404), ("boxes/Income?by=Income", 400)] {
        assert_eq!(app.get(&format!("{base}/{path}")).await.status.as_u16(), status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_json_with_a_sentence() {
    let app = TestApp::new();
    let models = "/api/v1/datasets/personality/models";
    for (path, status) in [
        ("/api/v1/nothing", 404),
        ("/api/v1/datasets/nothing", 404),
        ("/api/v1/datasets/personality/distributions/nothing", 404),
        ("/api/v1/datasets/personality/customers?min.Income=x", 400),
        ("/api/v1/datasets/personality/customers?page=-1", 400),
        ("/api/v1/datasets/personality/correlations?method=x", 400),
        ("/api/v1/datasets/personality/models/nothing", 404),
        ("/api/v1/jobs/77", 404),
        ("/api/v1/jobs/77/events", 404),
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert!(answer.json()["error"]["message"].as_str().unwrap().len() > 10, "{path}");
    }
    for (path, body, status) in [
        (models.to_owned(), json!({ "recipe": { "k": "none" } }), 400),
        (models.to_owned(), json!({ "name": "No Name" }), 400),
        (models.to_owned(), json!({ "surprise": 1 }), 400),
        (format!("{models}/default/predict"), json!({ "customers": [] }), 400),
        (format!("{models}/default/predict"), json!({ "customers": [{ "nothing": 1 }] }), 400),
        (format!("{models}/default/predict"), json!({ "customers": [{ "Total_Spent": "many" }] }), 400),
        (format!("{models}/default/predict"), json!([1]), 400),
    ] {
        let answer = app.json(Method::POST, &path, &body).await;
        assert_eq!(answer.status.as_u16(), status, "{body}: {}", answer.text());
        answer.json()["error"]["message"].as_str().unwrap();
    }
    let kind = Request::post(models).body(Body::from("{}")).unwrap();
    assert!(app.send(kind).await.status.is_client_error());
    let method = app.json(Method::DELETE, "/api/v1/datasets", &json!({})).await;
    assert_eq!(method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(method.json()["error"]["message"].as_str().unwrap().contains("takes no DELETE requests"));
    let large = app.json(Method::POST, &format!("{models}/default/predict"), &json!("x".repeat(400_000))).await;
    assert!(large.status.is_client_error());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_reports_live_and_can_be_cancelled() {
    let app = TestApp::new();
    let slow = |observer: &dyn segmenta::cluster::Progress| {
        observer.progress(0.3, "a third");
        while !observer.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        segmenta::jobs::Ending::Cancelled
    };
    let job = app.state.jobs.submit("personality", "Slow", "slow", Box::new(slow)).unwrap();
    while job.status().message != "a third" {
        tokio::task::yield_now().await;
    }
    let path = format!("/api/v1/jobs/{}", job.id);
    let events_path = format!("{path}/events");
    let events = app.get(&events_path);
    let cancel = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        app.json(Method::DELETE, &path, &json!({})).await
    };
    let (events, cancelled) = tokio::join!(events, cancel);
    assert_eq!(cancelled.status, StatusCode::OK);
    let text = events.text();
    assert!(text.contains("\"fraction\":0.3") && text.contains("\"phase\":\"cancelled\""), "{text}");
    assert_eq!(events.headers[header::CONTENT_TYPE], "text/event-stream");
}

#[tokio::test(flavor = "multi_thread")]
async fn open_event_streams_end_when_the_server_stops() {
    let app = TestApp::new();
    let forever = |observer: &dyn segmenta::cluster::Progress| {
        while !observer.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        segmenta::jobs::Ending::Cancelled
    };
    let job = app.state.jobs.submit("personality", "Forever", "forever", Box::new(forever)).unwrap();
    let path = format!("/api/v1/jobs/{}/events", job.id);
    let stop = async {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        app.state.stop();
    };
    let ended = tokio::time::timeout(std::time::Duration::from_secs(10), async { tokio::join!(app.get(&path), stop) });
    ended.await.expect("the stream ends");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_cannot_change_anything() {
    let app = TestApp::new();
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://elsewhere.example")] {
        let request = Request::post("/d/personality/cluster/train")
            .header(header::HOST, "127.0.0.1:8080")
            .header(name, value)
            .body(Body::empty())
            .unwrap();
        assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN, "{name}");
    }
    let own = Request::post("/d/personality/cluster/train")
        .header(header::HOST, "127.0.0.1:8080")
        .header(header::ORIGIN, "http://127.0.0.1:8080")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .unwrap();
    assert_eq!(app.send(own).await.status, StatusCode::SEE_OTHER);
    let page = app.page("/").await;
    let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
    let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src")).unwrap();
    assert_eq!(scripts.trim(), "script-src 'self'");
}

#[tokio::test(flavor = "multi_thread")]
async fn static_files_are_compressed_tagged_and_kept() {
    let app = TestApp::new();
    let page = app.page("/").await;
    let plotly = page.attributes("body", "data-plotly")[0].clone();
    let zipped = Request::get(&plotly).header(header::ACCEPT_ENCODING, "gzip, br").body(Body::empty()).unwrap();
    let zipped = app.send(zipped).await;
    assert_eq!(zipped.headers[header::CONTENT_ENCODING], "gzip");
    assert!(zipped.body.len() < 1_500_000, "{}", zipped.body.len());
    assert!(zipped.headers[header::CACHE_CONTROL].to_str().unwrap().contains("immutable"));
    let tag = zipped.headers[header::ETAG].clone();
    let again = Request::get(&plotly).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
    assert_eq!(app.send(again).await.status, StatusCode::NOT_MODIFIED);
    let plain = app.page(&plotly).await;
    assert!(plain.body.len() > 4_000_000 && !plain.headers.contains_key(header::CONTENT_ENCODING));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_sees_health_metrics_and_a_description() {
    let app = TestApp::new();
    assert_eq!(app.page("/healthz").await.json()["status"], "ok");
    assert_eq!(app.page("/readyz").await.json()["datasets"], 3);
    app.page("/d/personality/overview").await;
    let metrics = app.page("/metrics").await.text();
    assert!(
        metrics
            .contains("segmenta_http_requests_total{method=\"GET\",route=\"/d/{dataset}/overview\",status=\"200\"} 1")
    );
    assert!(metrics.contains("segmenta_customers{dataset=\"personality\"} 598"), "{metrics}");
    let description = app.page("/api/openapi.json").await.json();
    for path in ["/api/v1/datasets", "/api/v1/datasets/{dataset}/models/{model}/predict", "/api/v1/jobs/{id}"] {
        assert!(description["paths"][path].is_object(), "{path}");
    }
    assert!(app.page("/api/docs/").await.text().contains("swagger"));
}
