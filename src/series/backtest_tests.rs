use super::super::Silent;
use super::super::golden::{petshop, walk, weekly};
use super::*;

fn plan(horizon: usize, origins: usize) -> Plan {
    Plan { settings: Settings { horizon, ..Settings::default() }, origins, spacing: None }
}

#[test]
fn scores_are_those_of_the_definitions() {
    // Season 2; the last season again misses by 1 and 3.
    let values = [1.0, 2.0, 1.0, 4.0, 1.0, 4.0, 3.0, 4.0, 4.0, 7.0];
    let settings = Settings { horizon: 2, period: 2, ..Settings::default() };
    let found = backtest(&values, &[], &Plan { settings, origins: 1, spacing: None }, &Silent).unwrap();
    let score = &found.scores[0];
    assert_eq!(found.origins, [8]);
    assert_eq!((score.mae, score.rmse, score.bias), (2.0, 5f64.sqrt(), -2.0));
    // Seasonal differences before the origin: 0, 2, 0, 0, 2, 0.
    assert!((score.mase - 2.0 / (4.0 / 6.0)).abs() < 1e-12);
    assert_eq!(score.mae_by_step, [1.0, 3.0]);
    // Standard deviation sqrt(8 / 6): the interval of 95 % reaches 2.26, that of 80 % 1.48.
    assert_eq!((score.coverage_80, score.coverage_95), (0.5, 0.5));
    assert_eq!(found.sentence, "No model beats repeating the last season: use that, and treat it as a rough guide.");
}

#[test]
fn models_beat_the_yardstick_where_they_should() {
    let found = backtest(&weekly(210), &Model::ALL, &plan(14, 6), &Silent).unwrap();
    assert_eq!((found.scores.len(), found.origins.len()), (4, 6));
    assert_ne!(found.best, Model::SeasonalNaive);
    assert!(found.improvement > 0.1, "{}", found.sentence);
    assert!(found.scores.iter().all(|score| score.failure.is_none() && score.coverage_95 > 0.8), "{:?}", found.scores);
}

#[test]
fn the_future_does_not_leak() {
    let mut values = weekly(140);
    let before = backtest(&values, &[Model::Ets], &plan(7, 3), &Silent).unwrap();
    values[139] += 1e6;
    let after = backtest(&values, &[Model::Ets], &plan(7, 3), &Silent).unwrap();
    assert_eq!(before.scores[1].choice, after.scores[1].choice);
    assert_eq!(before.scores[1].mase_by_origin[..2], after.scores[1].mase_by_origin[..2]);
}

#[test]
fn short_series_get_fewer_origins() {
    let found = backtest(&walk(50), &[Model::Theta], &plan(10, 6), &Silent).unwrap();
    assert_eq!(found.origins, [30, 40]);
    assert_eq!(found.notes, ["The series is long enough for 2 origins, not 6."]);
    let short = backtest(&walk(30), &[], &plan(10, 6), &Silent);
    assert_eq!(short, Err(SeriesError::TooShort { what: "a back-test", needed: 31, count: 30 }));
}

#[test]
fn gaps_and_constants_are_survived() {
    let mut values = weekly(70);
    (values[65], values[5]) = (f64::NAN, f64::NAN);
    let found = backtest(&values, &Model::ALL, &plan(7, 2), &Silent).unwrap();
    assert!(found.scores.iter().all(|score| score.mae.is_finite()));
    let found = backtest(&[3.0; 60], &Model::ALL, &plan(7, 2), &Silent).unwrap();
    assert!(found.scores[0].mase.is_nan() && found.scores[0].mae == 0.0);
    assert_eq!(found.best, Model::SeasonalNaive);
}

#[test]
fn refuses_and_stops() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    assert_eq!(backtest(&weekly(140), &Model::ALL, &plan(7, 2), &Stop), Err(SeriesError::Cancelled));
    assert!(matches!(backtest(&weekly(70), &[], &plan(7, 0), &Silent), Err(SeriesError::Parameter { .. })));
    let still = Plan { spacing: Some(0), ..plan(7, 2) };
    assert!(matches!(backtest(&weekly(70), &[], &still, &Silent), Err(SeriesError::Parameter { .. })));
}

#[test]
fn every_model_is_tested_on_the_real_file() {
    for column in ["sale", "quantity"] {
        let Some(sales) = petshop(column) else { return };
        let found = backtest(&sales, &Model::ALL, &plan(28, 6), &Silent).unwrap();
        assert!(found.scores.iter().all(|score| score.failure.is_none() && score.mase < 2.0));
    }
}
