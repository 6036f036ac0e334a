use super::*;
use crate::query::sales::Measure;
use crate::series::Silent;
use crate::series::backtest::{Plan, backtest};
use crate::series::forecast::{Model, Settings, forecast};

fn saved() -> SavedForecast {
    let values: Vec<f64> = (0..80).map(|day| 50.0 + f64::from(day % 7) + f64::from(day * 31 % 13)).collect();
    let settings = Settings { horizon: 5, ..Settings::default() };
    let mut backtest = backtest(&values, &[], &Plan { settings, ..Plan::default() }, &Silent).unwrap();
    backtest.improvement = f64::NAN;
    let mut forecast = forecast(&values, Model::Theta, &settings, &Silent).unwrap();
    forecast.parameters.push(("unknown".to_owned(), f64::NAN));
    let outlook = Outlook {
        first_day: 19_000,
        values: std::iter::once(f64::NAN).chain(values).collect(),
        backtest: Some(backtest),
        forecast,
        model: Model::Theta,
        missing: Vec::new(),
    };
    let question = Question {
        measure: Measure::AverageOrderValue,
        horizon: 5,
        box_cox: false,
        filter: vec![("seg".to_owned(), "0".to_owned())],
        model: Some(("default".to_owned(), 7)),
    };
    let (dataset, fingerprint) = ("shop".to_owned(), "f".to_owned());
    SavedForecast { schema_version: SCHEMA_VERSION, dataset, fingerprint, question, outlook }
}

#[test]
fn a_forecast_survives_saving() {
    let folder = tempfile::tempdir().unwrap();
    let forecast = saved();
    let file = save(folder.path(), &forecast).unwrap();
    assert!(file.starts_with(folder.path().join("shop/forecasts")));
    let stored = read_all(folder.path());
    assert_eq!((stored.forecasts.len(), stored.set_aside.len()), (1, 0), "{:?}", stored.set_aside);
    let text = |forecast: &SavedForecast| serde_json::to_string(forecast).unwrap();
    assert_eq!(text(&stored.forecasts[0]), text(&forecast), "to the last digit, NaN included");
    assert_eq!(stored.forecasts[0].key(), forecast.key());
    assert!(stored.forecasts[0].outlook.values[0].is_nan());
}

#[test]
fn a_later_answer_takes_the_place_of_an_earlier_one_under_another_key() {
    let folder = tempfile::tempdir().unwrap();
    let (old, mut new) = (saved(), saved());
    new.fingerprint = "g".to_owned();
    new.question.model = Some(("default".to_owned(), 8));
    assert_ne!(old.key(), new.key());
    assert_eq!(save(folder.path(), &old).unwrap(), save(folder.path(), &new).unwrap());
    assert_eq!(read_all(folder.path()).forecasts[0].fingerprint, "g");
    new.question.horizon = 6;
    assert_ne!(path(folder.path(), "shop", &new.question), path(folder.path(), "shop", &old.question));
}

#[test]
fn damaged_newer_and_misplaced_files_are_set_aside_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = save(folder.path(), &saved()).unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    for (damaged, expected) in [
        (text[..text.len() / 2].to_owned(), "is no forecast file"),
        (text.replace("\"schema_version\":1", "\"schema_version\":99"), "newer version of the program"),
        (text.replace("\"point\":[", "\"point\":[1.0,"), "does not have 5 days"),
        (text.replace("\"first_day\":19000", "\"first_day\":2000000000"), "from day 2000000000 cannot be"),
        (text.replace("\"measure\":", "\"other\":"), "is damaged"),
        (text.replace("\"horizon\":5", "\"horizon\":0"), "does not have 0 days"),
        (text.replace("\"dataset\":\"shop\"", "\"dataset\":\"elsewhere\""), "than its name says"),
    ] {
        std::fs::write(&file, damaged).unwrap();
        let stored = read_all(folder.path());
        assert!(stored.forecasts.is_empty(), "{expected}");
        assert!(stored.set_aside[0].reason.contains(expected), "{}", stored.set_aside[0].reason);
    }
    std::fs::write(&file, "{").unwrap();
    save(folder.path(), &saved()).unwrap();
    assert!(file.with_extension("json.set-aside").exists(), "what could not be read is kept");
    assert_eq!(read_all(folder.path()).forecasts.len(), 1);
    assert!(read_all(&folder.path().join("nowhere")).set_aside.is_empty());
}

#[test]
fn days_ahead_are_written_as_csv() {
    let mut forecast = saved();
    forecast.outlook.forecast.high_95[0] = f64::INFINITY;
    let mut out = Vec::new();
    write_csv(&mut out, &forecast.outlook).unwrap();
    let text = String::from_utf8(out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (6, "day,forecast,low_80,high_80,low_95,high_95"));
    // The series starts on day 19,000 (2022-01-08) and has 81 days.
    assert!(lines[1].starts_with("2022-03-30,") && lines[1].ends_with(','), "{}", lines[1]);
}
