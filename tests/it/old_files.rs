//! Data sets, models and forecasts that an earlier program wrote are read by every later one.

use std::path::Path;

use segmenta::config::Folders;

use crate::app::TestApp;

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_version_0_1_0_wrote_is_read() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/written-by-0.1.0"), folder.path());
    let folders = Folders { data_dir: folder.path().join("data"), models_dir: folder.path().join("models") };
    let app = TestApp::over(folder, folders);
    let shown = app.state.snapshot();
    assert!(shown.broken.is_empty() && shown.set_aside.is_empty(), "{:?} {:?}", shown.broken, shown.set_aside);
    for name in ["default", "old", "density"] {
        let entry = shown.model("petshop", name).unwrap_or_else(|| panic!("the model {name} is gone"));
        assert!(entry.model.is_fitted_to(&shown.datasets["petshop"]), "{name} is of the same data");
    }
    assert_eq!(shown.forecasts.len(), 1, "a forecast of the same data");
    for path in ["/d/petshop/segments?model=old", "/d/petshop/cluster?model=density", "/d/petshop/predict"] {
        app.page(path).await;
    }
    let forecast = app.page("/d/petshop/download/forecast.json?horizon=14").await.json();
    assert_eq!(forecast["question"]["horizon"], 14);
}
