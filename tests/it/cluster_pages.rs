//! The Cluster page: training with every algorithm, suggestions, the comparison of algorithms.

use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

impl TestApp {
    /// Posts a form, waits for its job and returns the page with the result.
    async fn result_of(&self, path: &str, body: &str) -> (String, crate::app::Answer) {
        let started = self.form(path, body).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{body}: {}", started.text());
        let state = self.wait(&started.location()).await;
        assert_eq!(state["phase"], "done", "{body}: {state}");
        let result = state["result"].as_str().unwrap().split('#').next().unwrap().to_owned();
        let page = self.page(&result).await;
        (result, page)
    }
}

/// The hidden fields of a form as a body to post.
fn fields(page: &crate::app::Answer, form: &str) -> String {
    let names = page.attributes(&format!("{form} input[type=hidden]"), "name");
    let values = page.attributes(&format!("{form} input[type=hidden]"), "value");
    serde_urlencoded::to_string(names.into_iter().zip(values).collect::<Vec<_>>()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn training_from_the_page_ends_on_a_result_that_can_be_saved() {
    let app = TestApp::new();
    let body =
        "features=Total_Spent&features=Income&algorithm=kmeans&k=3&n_init=3&scale=standard&transform=log1p&seed=5";
    let started = app.form("/d/personality/cluster/train", body).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER);
    let job = started.location();
    let state = app.wait(&job).await;
    assert_eq!(state["phase"], "done", "{state}");
    let done = app.page(&job).await;
    let result = done.attributes("[data-job-result]", "href")[0].clone();
    let page = app.page(result.split('#').next().unwrap()).await;
    assert_eq!(page.all("#result tbody tr").len(), 3);
    assert!(page.all("#result .warning-text")[0].contains("in memory only"));
    let trial = page.attributes("input[name=model]", "value")[0].clone();

    let bad = app.form("/d/personality/cluster/save", &format!("model={trial}&name=../x")).await;
    assert_eq!(bad.status, StatusCode::BAD_REQUEST);
    let saved = app.form("/d/personality/cluster/save", &format!("model={trial}&name=three")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let app = app.restarted();
    let tried = app.page("/d/personality/cluster?model=three").await;
    assert!(tried.all("#tried tbody th").contains(&"three".to_owned()));
    assert!(tried.all("#result h2")[0].contains("K-Means, k 3"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_criterion_has_a_panel_and_the_recommendation_can_be_followed() {
    let app = TestApp::new();
    let path = "/d/personality/cluster/suggest";
    for (algorithm, own) in [("kmeans", "gap"), ("gaussian-mixture", "bic"), ("hierarchical", "stability")] {
        // Round clouds are the quickest to resample.
        let body =
            format!("features=Total_Spent&features=days_enrolled&algorithm={algorithm}&n_init=1&covariance=spherical");
        let (_, page) = app.result_of(path, &body).await;
        for criterion in ["kneedle", "silhouette", "calinski_harabasz", "davies_bouldin", "stability", own] {
            let id = format!("#chart-criterion-{} .chart-summary", criterion.replace('_', "-"));
            assert_eq!(page.all(&id).len(), 1, "{algorithm}: {id}");
        }
        let words = page.all("#suggestion > p").join(" ");
        assert!(words.contains("silhouette says") && words.contains("stability"), "{words}");
        assert!(words.contains("are found again reliably"), "{words}");
        let button = page.all("#suggestion form button")[0].clone();
        let k = button.strip_prefix("Train with k = ").unwrap();
        assert!(words.starts_with(&format!("{k} segments")), "{button}: {words}");
        let (_, trained) = app.result_of("/d/personality/cluster/train", &fields(&page, "#suggestion form")).await;
        assert_eq!(trained.all("#result tbody tr").len().to_string(), k, "{algorithm}");
        assert_eq!(trained.attributes("input[name=features][checked]", "value"), ["days_enrolled", "Total_Spent"]);
        assert!(app.form(path, &body).await.location().starts_with("/d/"), "a known answer is shown at once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_radius_is_suggested_and_can_be_followed() {
    let app = TestApp::new();
    let body = "features=n_visitas&features=monto_compras&algorithm=dbscan&scale=minmax";
    let (_, page) = app.result_of("/d/clickstream/cluster/suggest", body).await;
    assert_eq!(page.all("#chart-k-distance .chart-summary").len(), 1);
    let eps = page.all("#suggestion form button")[0].strip_prefix("Train with eps = ").unwrap().to_owned();
    let (_, trained) = app.result_of("/d/clickstream/cluster/train", &fields(&page, "#suggestion form")).await;
    assert!(trained.all("#result h2")[0].contains(&format!("eps {eps}")), "{:?}", trained.all("#result h2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_algorithm_trains_on_weighted_numbers_and_categories_and_fills_every_page() {
    let app = TestApp::new();
    let features = "features=Total_Spent&features=Education&weight.Total_Spent=2&weight.Education=0.5&weight.Income=9";
    for (settings, card, chart) in [
        ("algorithm=kmeans&k=3&n_init=2", "Inertia", "silhouettes"),
        ("algorithm=hierarchical&k=3&linkage=average", "Inertia", "dendrogram"),
        ("algorithm=gaussian-mixture&k=2&n_init=1&covariance=spherical", "BIC", "pca"),
        ("algorithm=dbscan&eps=0.6&min_samples=8", "Least stability", "pca"),
        ("algorithm=hdbscan&min_cluster_size=20&min_samples=5", "Least stability", "loadings"),
    ] {
        let (address, page) = app.result_of("/d/personality/cluster/train", &format!("{features}&{settings}")).await;
        assert!(page.all("#result dt").contains(&card.to_owned()), "{settings}");
        assert_eq!(page.all(&format!("#chart-{chart}")).len(), 1, "{settings}");
        let trust = page.all("#result tbody td.text");
        assert!(trust.iter().any(|words| !words.is_empty()), "{settings}: stability in words: {trust:?}");
        assert_eq!(page.attributes("input[name='weight.Total_Spent']", "value"), ["2"], "{settings}");
        assert_eq!(page.attributes("input[name='weight.Income']", "value"), ["1"], "not a feature: no weight");
        let query = address.split('?').nth(1).unwrap();
        for tab in ["overview", "segments", "insights", "predict"] {
            app.page(&format!("/d/personality/{tab}?{query}")).await;
        }
        let asked =
            app.page(&format!("/d/personality/predict?{query}&ask=1&f.Total_Spent=500&f.Education=Master")).await;
        assert_eq!(asked.all("#answer").len(), 1, "{settings}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_varying_features_are_kept_and_doubtful_ones_are_named() {
    let app = TestApp::new();
    let body = "features=Income&features=Total_Spent&features=Response&select=1&algorithm=kmeans&k=2&n_init=1";
    let (_, page) = app.result_of("/d/personality/cluster/train", body).await;
    assert_eq!(page.attributes("input[name=features][checked]", "value").len(), 1);
    let plain = app.page("/d/personality/cluster?features=Income&features=Total_Spent&scale=standard").await;
    assert!(plain.all("#advice li").is_empty());
    let unscaled = app.page("/d/personality/cluster?features=Income&features=Response&scale=none&transform=none").await;
    assert!(unscaled.all("#advice li")[0].starts_with("Household income carries"), "{:?}", unscaled.all("#advice li"));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_algorithms_are_compared_and_each_can_be_trained() {
    let app = TestApp::new();
    let query =
        "features=Total_Spent&features=days_enrolled&algorithm=kmeans&k=3&n_init=2&scale=standard&transform=none";
    let offered = app.page(&format!("/d/personality/cluster/compare?{query}")).await;
    assert_eq!(offered.all("#candidates").len(), 0, "nothing is compared unasked");
    let body = fields(&offered, "form[action$=compare]");
    let (address, page) = app.result_of("/d/personality/cluster/compare", &body).await;
    assert_eq!(page.all("#candidates tbody tr").len(), 9);
    assert_eq!(page.all("#candidates tr.best").len(), 1);
    let best = page.all("#best")[0].strip_prefix("Best: ").unwrap().to_owned();
    assert!(page.all("#candidates tr.best th")[0].starts_with(&best));
    assert!(page.text().contains("has the highest silhouette"));
    assert_eq!(page.all("#chart-agreement tbody tr").len(), 9);
    let opinions = page.all("#second-opinion li");
    assert_eq!(opinions.len(), 2, "{opinions:?}");
    assert!(opinions[0].starts_with("K-Means of linfa-clustering, another library, finds "), "{opinions:?}");
    assert!(
        opinions[1].starts_with("DBSCAN of linfa-clustering, another library, finds the same segments"),
        "{opinions:?}"
    );
    let again = app.form("/d/personality/cluster/compare", &body).await.location();
    assert_eq!(again, address, "a known answer is shown at once");
    let (_, trained) =
        app.result_of("/d/personality/cluster/train", &fields(&page, "#candidates tr:nth-child(4) form")).await;
    assert!(trained.all("#result h2")[0].contains("Hierarchical, k 3, ward linkage"));

    let asked = json!({
        "features": ["Total_Spent", "days_enrolled"], "weights": { "Total_Spent": 1.0, "days_enrolled": 1.0 },
        "algorithm": "kmeans", "k": "3", "n_init": 2, "scale": "standard", "transform": "none",
    });
    let path = "/api/v1/datasets/personality/algorithm-comparisons";
    let known = app.json(Method::POST, path, &asked).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text());
    let known = known.json();
    assert_eq!(known["candidates"].as_array().unwrap().len(), 9);
    assert_eq!(known["candidates"][known["best"].as_u64().unwrap() as usize]["title"], best);
    let mut other = asked.clone();
    other["seed"] = json!(7);
    let queued = app.json(Method::POST, path, &other).await;
    assert_eq!(queued.status, StatusCode::ACCEPTED);
    app.state.jobs.cancel_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_training_forms_are_refused_with_the_setting() {
    let app = TestApp::new();
    for (body, expected) in [
        ("algorithm=kmeans&k=3", "Features: choose at least one"),
        ("features=nothing&algorithm=kmeans", "\"nothing\" is no numeric column"),
        ("features=Income&algorithm=kmeans&k=abc", "K: \"abc\" is no number of clusters"),
        ("features=Income&algorithm=dbscan&eps=-1", "Eps: -1 is no radius"),
        ("features=Income&algorithm=dbscan&eps=x", "Eps: \"x\" is no number"),
        ("features=Income&algorithm=kmeans&seed=-4", "Seed: \"-4\" is no whole number"),
        ("features=Income&algorithm=kmeans&n_init=1.5", "n_init: \"1.5\" is no whole number"),
        ("features=Income&weight.Income=heavy&algorithm=kmeans", "Weights: \"heavy\" is no weight for \"Income\""),
        ("features=Income&weight.Income=-1&algorithm=kmeans", "Weights: -1 is no weight for \"Income\""),
        ("features=Income&algorithm=hierarchical&linkage=x", "Linkage: \"x\" is unknown"),
        ("features=Income&algorithm=gaussian-mixture&covariance=x", "Covariance: \"x\" is unknown"),
        ("features=Income&algorithm=hdbscan&min_cluster_size=1", "min_cluster_size: give a whole number of at least 2"),
        ("features=Income&select=0&algorithm=kmeans", "Select: keep at least one feature"),
    ] {
        let answer = app.form("/d/personality/cluster/train", body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        let message = answer.all("[data-error-message]").join(" ");
        assert!(message.contains(expected), "{body}: {message}");
    }
    let body = "features=Response&algorithm=kmeans&k=9";
    let job = app.form("/d/personality/cluster/train", body).await.location();
    let state = app.wait(&job).await;
    assert_eq!(state["phase"], "failed");
    assert!(state["message"].as_str().unwrap().contains("there are only 2; choose fewer clusters"), "{state}");
}
