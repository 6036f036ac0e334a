//! Every chart of every page over the samples that the program ships: its figure says what the table under it says.

mod apart;
mod check;
mod figure;
mod rules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use axum::http::StatusCode;

use crate::app::{Answer, TestApp};
use figure::{Chart, pickers};
use rules::check;

/// A data set that the program ships.
struct Sample {
    name: &'static str,
    /// Filters of customers and of facts, as they stand in an address.
    filters: &'static [&'static str],
    /// A measure to forecast.
    forecast: Option<&'static str>,
    /// Whether algorithms are compared: on the larger ones this takes minutes and draws the same charts.
    is_small: bool,
    /// Charts that must have been seen beside those of every data set.
    ids: &'static [&'static str],
    /// The least numbers of charts and of compared numbers.
    least: [usize; 2],
}

const SAMPLES: [Sample; 5] = [
    Sample {
        name: "clickstream",
        filters: &["min.n_clicks=20", "seg=undecided"],
        forecast: None,
        is_small: false,
        ids: &["dist-monto-compras", "activity-mean", "money-total"],
        least: [250, 6_000],
    },
    Sample {
        name: "coupons",
        filters: &["seg=0", "in.gender_name=Female", "from=2024-01-01&to=2024-02-10"],
        forecast: Some("use_rate"),
        is_small: true,
        ids: &[
            "statuses",
            "frequency",
            "crossed",
            "used-by-city-name",
            "per-customer",
            "days-to-use",
            "bought-branch-id",
        ],
        least: [800, 32_000],
    },
    Sample {
        name: "marketplace",
        filters: &["seg=0", "in.state=AM", "on.payment_type=boleto"],
        forecast: Some("average_order_value"),
        is_small: false,
        ids: &["number-price", "map", "facet-0", "worth", "rfm-heatmap", "rfm-segments", "weekday", "by-payment-type"],
        least: [1_200, 45_000],
    },
    Sample {
        name: "personality",
        filters: &["seg=0", "in.Education=Basic", "min.Total_Spent=2000"],
        forecast: None,
        is_small: false,
        ids: &["dist-Dt-Customer", "dist-Year-Birth", "products-mean", "campaigns-mean", "campaigns-total"],
        least: [2_000, 55_000],
    },
    Sample {
        name: "petshop",
        filters: &["seg=0", "in.region=East", "on.category=Food", "from=2024-03-01&to=2024-03-31"],
        forecast: Some("sales"),
        is_small: true,
        ids: &["worth", "rfm-heatmap", "rfm-segments", "weekday", "by-category", "bought-description", "facet-0"],
        least: [950, 34_000],
    },
];

const OF_EVERY_SAMPLE: [&str; 18] = [
    "chosen",
    "correlation",
    "dendrogram",
    "density-0",
    "density-1",
    "inside-correlation",
    "inside-loadings",
    "k-distance",
    "loadings",
    "matrix",
    "pca",
    "pie-customers",
    "radar",
    "scatter",
    "silhouettes",
    "space",
    "then-and-now",
    "who-moved",
];

const OF_FACTS: [&str; 10] =
    ["over-time", "by-segment", "retention", "forecast", "trend", "season", "remainder", "tested", "acf", "pacf"];

const OF_COMPARISONS: [&str; 9] = [
    "agreement",
    "criterion-kneedle",
    "criterion-silhouette",
    "criterion-calinski-harabasz",
    "criterion-davies-bouldin",
    "criterion-bic",
    "criterion-gap",
    "criterion-stability",
    "k-distance",
];

/// What was seen on the way over the pages of a data set.
struct Walk<'a> {
    app: &'a TestApp,
    name: &'static str,
    charts: usize,
    compared: usize,
    ids: BTreeSet<String>,
    /// How often charts whose ids begin alike have a kind of fault, and the first one.
    faults: BTreeMap<(String, &'static str), (usize, String)>,
}

impl<'a> Walk<'a> {
    fn new(app: &'a TestApp, name: &'static str) -> Self {
        Self { app, name, charts: 0, compared: 0, ids: BTreeSet::new(), faults: BTreeMap::new() }
    }

    /// Gets a page below the data set's address and looks at its charts.
    async fn page(&mut self, address: &str) -> Answer {
        let answer = self.app.page(address).await;
        for chart in Chart::all(&answer.text()) {
            let found = check(&chart);
            self.charts += 1;
            self.compared += found.compared;
            for (kind, words) in found.faults {
                let family = chart.id.split('-').next().unwrap_or("").to_owned();
                let first = || (0, format!("{} of {address}: {words}", chart.id));
                self.faults.entry((family, kind)).or_insert_with(first).0 += 1;
            }
            self.ids.insert(chart.id);
        }
        answer
    }

    /// Gets a page with each choice of each of its pickers, `laps` times with other choices beside each other.
    async fn settings(&mut self, address: &str, laps: usize) {
        let forms = pickers(&self.page(address).await.text());
        let most = forms.iter().flatten().map(|(_, choices)| choices.len()).max().unwrap_or(0);
        for turn in 0..most * laps {
            let (lap, turn) = (turn / most, turn % most);
            let fields = forms.iter().flat_map(|form| form.iter().enumerate());
            let fields = fields.map(|(at, (name, choices))| (name, &choices[(turn + lap * at) % choices.len()]));
            let query = serde_urlencoded::to_string(fields.collect::<Vec<(&String, &String)>>()).unwrap();
            self.page(&format!("{address}?{query}")).await;
        }
    }

    /// Posts a form, waits for its job where it starts one, and looks at the page with the result.
    async fn result_of(&mut self, path: &str, fields: &[(String, String)]) -> String {
        let path = format!("/d/{}/{path}", self.name);
        let started = self.app.form(&path, &serde_urlencoded::to_string(fields).unwrap()).await;
        assert_eq!(started.status, StatusCode::SEE_OTHER, "{path}: {}", started.text());
        let mut address = started.location();
        if address.starts_with("/jobs/") {
            let state = self.app.wait(&address).await;
            assert_eq!(state["phase"], "done", "{path}: {state}");
            state["result"].as_str().unwrap().clone_into(&mut address);
        }
        let address = address.split('#').next().unwrap().to_owned();
        self.page(&address).await;
        address
    }

    /// Trains and has suggested by other algorithms than the default model's.
    async fn clusters(&mut self, tabs: &[String], is_small: bool) {
        let page = self.app.page(&format!("/d/{}/cluster", self.name)).await;
        let form = page.fields("form[data-train]");
        let with = |settings: &[(&str, &str)]| -> Vec<(String, String)> {
            let is_own = |name: &str| name == "name" || settings.iter().any(|(own, _)| *own == name);
            let kept = form.iter().filter(|(name, _)| !is_own(name)).cloned();
            kept.chain(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))).collect()
        };
        self.result_of("cluster/suggest", &with(&[("algorithm", "dbscan")])).await;
        for settings in [&[("algorithm", "hierarchical"), ("k", "3")][..], &[("algorithm", "dbscan")]] {
            let address = self.result_of("cluster/train", &with(settings)).await;
            let query = address.split('?').nth(1).unwrap();
            for tab in tabs {
                self.page(&format!("{tab}?{query}")).await;
            }
        }
        if is_small {
            let quick = [("n_init", "1"), ("covariance", "spherical")];
            for algorithm in ["kmeans", "gaussian-mixture"] {
                let settings = [&quick[..], &[("algorithm", algorithm)]].concat();
                self.result_of("cluster/suggest", &with(&settings)).await;
            }
            self.result_of("cluster/compare", &with(&[("algorithm", "kmeans"), ("n_init", "1"), ("k", "3")])).await;
        }
    }
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// Gives a data set an earlier version, which lacks every third row of the file that was made for it.
fn add_earlier_version(folder: &Path) {
    let version = folder.join("versions").join("0001");
    std::fs::create_dir_all(version.join("raw")).unwrap();
    std::fs::copy(folder.join("dataset.toml"), version.join("dataset.toml")).unwrap();
    for file in std::fs::read_dir(folder.join("raw")).unwrap().map(|entry| entry.unwrap().path()) {
        let target = version.join("raw").join(file.file_name().unwrap());
        if file.with_extension("csv.synthetic.json").is_file() {
            let text = std::fs::read_to_string(&file).unwrap();
            let kept = text.lines().enumerate().filter(|(at, _)| at % 3 != 1).map(|(_, line)| line);
            std::fs::write(target, kept.collect::<Vec<&str>>().join("\n")).unwrap();
        } else {
            std::fs::copy(&file, target).unwrap();
        }
    }
}

async fn look_at(name: &str) {
    let sample = SAMPLES.iter().find(|sample| sample.name == name).unwrap();
    let app = TestApp::shipped(name);
    add_earlier_version(&app.state.config.folders.data_dir.join(name));
    let mut walk = Walk::new(&app, sample.name);
    walk.result_of("versions", &[pair("with", "1")]).await;
    let overview = walk.page(&format!("/d/{name}/overview")).await;
    let mut tabs: Vec<String> =
        overview.attributes(".tabs a", "href").iter().map(|href| href.split('?').next().unwrap().to_owned()).collect();
    assert!(tabs.len() > 7, "{tabs:?}");
    if let Some(measure) = sample.forecast {
        walk.result_of("sales/forecast", &[pair("measure", measure), pair("horizon", "28")]).await;
        tabs.push(format!("/d/{name}/sales/forecast"));
    }
    for tab in &tabs {
        let has_few_choices = ["overview", "sales", "coupons", "forecast", "rfm"].iter().any(|end| tab.ends_with(end));
        walk.settings(tab, if has_few_choices { 3 } else { 1 }).await;
        for filter in sample.filters {
            walk.page(&format!("{tab}?{filter}")).await;
        }
    }
    let asked = app.page(&format!("/d/{name}/predict")).await.fields("form.predict-form");
    walk.page(&format!("/d/{name}/predict?{}", serde_urlencoded::to_string(asked).unwrap())).await;
    let others: Vec<String> = tabs.into_iter().filter(|tab| !tab.ends_with("/versions")).collect();
    walk.clusters(&others, sample.is_small).await;

    let faults: Vec<String> = walk
        .faults
        .iter()
        .map(|((family, kind), (times, first))| format!("{family}, {kind}, {times} times, first in {first}"))
        .collect();
    assert!(faults.is_empty(), "{} faults in {name}:\n{}", faults.len(), faults.join("\n"));
    let of_facts = if sample.forecast.is_some() { &OF_FACTS[..] } else { &[] };
    let of_comparisons = if sample.is_small { &OF_COMPARISONS[..] } else { &[] };
    for id in [&OF_EVERY_SAMPLE[..], of_facts, of_comparisons, sample.ids].concat() {
        assert!(walk.ids.contains(id), "{name} has no {id}: {:?}", walk.ids);
    }
    let found = [walk.charts, walk.compared];
    assert!(found[0] >= sample.least[0] && found[1] >= sample.least[1], "{name}: only {found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chart_of_the_clickstream_says_what_its_table_says() {
    look_at("clickstream").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chart_of_the_coupons_says_what_its_table_says() {
    look_at("coupons").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chart_of_the_marketplace_says_what_its_table_says() {
    look_at("marketplace").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chart_of_the_personalities_says_what_its_table_says() {
    look_at("personality").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_chart_of_the_petshop_says_what_its_table_says() {
    look_at("petshop").await;
}

#[test]
fn no_sample_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let folders = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let shipped = folders.filter(|entry| entry.path().join("dataset.toml").is_file());
    let shipped: BTreeSet<String> = shipped.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(shipped, SAMPLES.iter().map(|sample| sample.name.to_owned()).collect::<BTreeSet<_>>());
}

/// A page with a chart of two bars and the rows under it.
fn page_with(id: &str, labels: [&str; 2], rows: &[[&str; 3]]) -> String {
    let figure = serde_json::json!({
        "data": [{ "type": "bar", "x": labels, "y": [1234.5, 765.5] }],
        "layout": { "yaxis": { "title": { "text": "Sales ($)" } } },
    });
    let row = |cells: &[&str; 3]| format!("<tr><td>{}</td></tr>", cells.join("</td><td>"));
    format!(
        "<figure data-chart=\"{id}\"><script type=\"application/json\" data-figure>{figure}</script><table>\
         <thead><tr><th>weekday</th><th>Sales</th><th>share</th></tr></thead><tbody>{}</tbody></table></figure>",
        rows.iter().map(row).collect::<Vec<String>>().concat()
    )
}

fn kinds(page: &str) -> Vec<&'static str> {
    Chart::all(page).iter().flat_map(|chart| check(chart).faults).map(|(kind, _)| kind).collect()
}

#[test]
fn a_table_that_says_something_else_is_found() {
    let labels = ["Monday", "Tuesday"];
    let (monday, tuesday) = (["Monday", "$1,234.50", "62 %"], ["Tuesday", "$765.50", "38 %"]);
    assert_eq!(kinds(&page_with("weekday", labels, &[monday, tuesday])), [""; 0]);
    for (what, rows, kind) in [
        ("a number", vec![["Monday", "$1,235.50", "62 %"], tuesday], "value"),
        ("no number", vec![["Monday", "–", "62 %"], tuesday], "value"),
        ("a share", vec![["Monday", "$1,234.50", "64 %"], tuesday], "value"),
        ("the order", vec![tuesday, monday], "order"),
        ("a label", vec![["Friday", "$1,234.50", "62 %"], tuesday], "names"),
        ("the unit", vec![["Monday", "€1,234.50", "62 %"], ["Tuesday", "€765.50", "38 %"]], "unit"),
        ("a row", vec![monday], "rows"),
    ] {
        let found = kinds(&page_with("weekday", labels, &rows));
        assert!(found.contains(&kind), "{what}: {found:?}");
    }
    let branches = [["101", "$1,234.50", "62 %"], ["102", "$765.50", "38 %"]];
    assert_eq!(kinds(&page_with("weekday", ["101", "102"], &branches)), ["axis"]);
    assert_eq!(kinds(&page_with("something-new", labels, &[monday, tuesday])), ["rule"]);
}
