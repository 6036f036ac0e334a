use super::super::Silent;
use super::super::golden::weekly;
use super::*;

fn settings(horizon: usize) -> Settings {
    Settings { horizon, ..Settings::default() }
}

#[test]
fn every_model_widens_and_nests() {
    for model in Model::ALL {
        let found = forecast(&weekly(140), model, &settings(21), &Silent).unwrap();
        assert_eq!((found.point.len(), found.fitted.len()), (21, 140), "{}", found.name);
        for h in 0..21 {
            assert!(found.low_95[h] < found.low_80[h] && found.low_80[h] < found.point[h], "{}", found.name);
            assert!(found.point[h] < found.high_80[h] && found.high_80[h] < found.high_95[h], "{}", found.name);
            let width = |h: usize| found.high_95[h] - found.low_95[h];
            assert!(h < 7 || width(h) > width(h - 7), "{} {h}", found.name);
        }
        assert!(found.notes.is_empty(), "{:?}", found.notes);
    }
}

#[test]
fn constant_and_zero_series_forecast_themselves() {
    for level in [0.0, 5.0] {
        for model in Model::ALL {
            let found = forecast(&[level; 40], model, &settings(3), &Silent).unwrap();
            assert_eq!((found.point.as_slice(), found.high_95[2]), (&[level; 3][..], level));
            assert!(found.notes[0].starts_with("All values are equal"));
        }
    }
}

#[test]
fn short_series_fall_back() {
    let found = forecast(&[1.0, 2.0, 3.0, 4.0, 5.0], Model::Arima, &settings(2), &Silent).unwrap();
    assert_eq!((found.choice, found.point[0]), (Choice::Mean, 3.0));
    assert!(found.notes[0].contains("shorter than two seasons"));
    let found = forecast(&[1.0, 4.0], Model::Ets, &settings(2), &Silent).unwrap();
    assert_eq!((found.name.as_str(), found.point[1]), ("Naive", 4.0));
    assert!(found.high_95[1] > found.high_95[0]);
    let found = forecast(&[7.0], Model::Theta, &settings(2), &Silent).unwrap();
    assert_eq!(found.point, [7.0, 7.0]);
}

#[test]
fn gaps_are_filled_with_a_note() {
    let mut values = weekly(70);
    values[10] = f64::NAN;
    let found = forecast(&values, Model::Ets, &settings(2), &Silent).unwrap();
    assert_eq!(found.notes[0], "1 missing values were filled on the line between their neighbours.");
}

#[test]
fn box_cox_keeps_forecasts_positive() {
    let values: Vec<f64> = weekly(140).iter().map(|value| (value / 20.0).exp()).collect();
    let with = Settings { box_cox: true, non_negative: false, ..settings(14) };
    let found = forecast(&values, Model::Ets, &with, &Silent).unwrap();
    assert!(found.low_95.iter().all(|low| *low > 0.0) && found.notes[0].contains("medians"));
    assert!(found.high_95[0] - found.point[0] > found.point[0] - found.low_95[0]);
    let zero = forecast(&[0.0, 1.0, 2.0, 4.0], Model::Ets, &with, &Silent).unwrap_err();
    assert!(zero.to_string().contains("above zero"), "{zero}");
}

#[test]
fn negative_numbers_are_cut_with_a_note() {
    let falling: Vec<f64> =
        weekly(70).iter().enumerate().map(|(t, value)| value / 10.0 - t as f64 / 6.0 + 1.0).collect();
    let found = forecast(&falling, Model::Theta, &settings(60), &Silent).unwrap();
    assert!(found.low_95.iter().all(|low| *low >= 0.0) && found.notes.iter().any(|note| note.contains("raised to 0")));
    let free = Settings { non_negative: false, ..settings(60) };
    assert!(forecast(&falling, Model::Theta, &free, &Silent).unwrap().low_95.iter().any(|low| *low < 0.0));
}

#[test]
fn refuses_nonsense() {
    for (horizon, period) in [(0, 7), (1_001, 7), (5, 0)] {
        let settings = Settings { horizon, period, ..Settings::default() };
        assert!(matches!(forecast(&[1.0; 9], Model::Ets, &settings, &Silent), Err(SeriesError::Parameter { .. })));
    }
    for values in [&[][..], &[f64::NAN]] {
        assert!(matches!(forecast(values, Model::Ets, &settings(1), &Silent), Err(SeriesError::TooShort { .. })));
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn never_panics(values in proptest::collection::vec(proptest::prop_oneof![Just(0.0), Just(f64::NAN), 0.0..1e4f64], 0..40), box_cox: bool) {
        for model in Model::ALL {
            let settings = Settings { box_cox, ..settings(9) };
            if let Ok(found) = forecast(&values, model, &settings, &Silent) {
                proptest::prop_assert!(found.low_95.iter().zip(&found.high_95).all(|(low, high)| low <= high));
            }
        }
    }
}
use proptest::prelude::Just;
