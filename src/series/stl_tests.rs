use super::super::Silent;
use super::super::golden::{all_close, noise, numbers, petshop, weekly};
use super::*;

fn agrees(found: &Decomposition, name: &str) {
    all_close(&found.trend, &numbers(&format!("/{name}/trend")), 1e-10);
    all_close(&found.seasonal[0], &numbers(&format!("/{name}/seasonal")), 1e-10);
    all_close(&found.remainder, &numbers(&format!("/{name}/remainder")), 1e-10);
}

/// `STL(y, period=7).fit()`, the same with `robust=True` and an outlier, and `STL(y, period=12, seasonal=9).fit()`, statsmodels 0.15.0.
#[test]
fn agrees_with_statsmodels() {
    let values = weekly(70);
    agrees(&stl(&values, 7, &Settings::default(), &Silent).unwrap(), "stl");
    let mut spiked = values;
    spiked[30] += 200.0;
    agrees(&stl(&spiked, 7, &Settings { robust: true, ..Settings::default() }, &Silent).unwrap(), "stl_robust");
    agrees(&stl(&weekly(45), 12, &Settings { seasonal: 9, ..Settings::default() }, &Silent).unwrap(), "stl_even");
}

/// `MSTL(y, periods=(7, 12)).fit()`, statsmodels 0.15.0.
#[test]
fn several_seasons_agree_with_statsmodels() {
    let season = [0.0, 12.0, 7.0, -20.0, -6.0, 4.0, 3.0];
    let bump = |t: usize| if (t / 2).is_multiple_of(6) { 15.0 } else { 0.0 };
    let step = |(t, u): (usize, f64)| 100.0 + season[t % 7] + bump(t) + 16.0 * (u - 0.5);
    let values: Vec<f64> = noise(120, 12_345).into_iter().enumerate().map(step).collect();
    let found = mstl(&values, &[12, 7], false, &Silent).unwrap();
    all_close(&found.trend, &numbers("/mstl/trend"), 1e-10);
    all_close(&found.seasonal[0], &numbers("/mstl/seasonal/0"), 1e-10);
    all_close(&found.seasonal[1], &numbers("/mstl/seasonal/1"), 1e-10);
    all_close(&found.remainder, &numbers("/mstl/remainder"), 1e-10);
}

/// `STL(y, period=7).fit().trend[-5:]` of the daily sales, statsmodels 0.15.0.
#[test]
fn agrees_on_the_real_file() {
    let Some(sales) = petshop("sale") else { return };
    let found = stl(&sales, 7, &Settings::default(), &Silent).unwrap();
    let expected = [
        6_945.548_319_190_493,
        7_074.187_765_562_649,
        7_198.629_537_400_09,
        7_322.793_148_672_576,
        7_447.216_097_283_697,
    ];
    all_close(&found.trend[found.trend.len() - 5..], &expected, 1e-9);
}

#[test]
fn refuses_what_cannot_be_split() {
    let settings = Settings::default();
    let short = stl(&[1.0; 13], 7, &settings, &Silent);
    assert_eq!(short, Err(SeriesError::TooFewSeasons { period: 7, needed: 14, count: 13 }));
    assert!(matches!(stl(&[1.0; 13], 1, &settings, &Silent), Err(SeriesError::Parameter { .. })));
    let even = Settings { seasonal: 8, ..settings };
    assert!(matches!(stl(&[1.0; 20], 7, &even, &Silent), Err(SeriesError::Parameter { .. })));
    let narrow = Settings { trend: Some(5), ..settings };
    assert!(matches!(stl(&[1.0; 20], 7, &narrow, &Silent), Err(SeriesError::Parameter { .. })));
    assert!(matches!(stl(&[f64::NAN; 20], 7, &settings, &Silent), Err(SeriesError::Missing { .. })));
    assert!(matches!(mstl(&[1.0; 20], &[], false, &Silent), Err(SeriesError::Parameter { .. })));
    assert!(matches!(stl(&[], usize::MAX, &settings, &Silent), Err(SeriesError::TooFewSeasons { .. })));
}

#[test]
fn a_constant_series_is_all_trend() {
    let found = stl(&[3.0; 20], 7, &Settings { robust: true, ..Settings::default() }, &Silent).unwrap();
    assert!(found.trend.iter().all(|value| (value - 3.0).abs() < 1e-12));
}

#[test]
fn stops_when_asked() {
    struct Stop;
    impl Progress for Stop {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    assert_eq!(stl(&weekly(70), 7, &Settings::default(), &Stop), Err(SeriesError::Cancelled));
}

proptest::proptest! {
    #[test]
    fn parts_add_up(values in proptest::collection::vec(-1e3..1e3f64, 14..60), robust: bool) {
        let found = stl(&values, 7, &Settings { robust, ..Settings::default() }, &Silent).unwrap();
        for (t, value) in values.iter().enumerate() {
            let sum = found.trend[t] + found.seasonal[0][t] + found.remainder[t];
            proptest::prop_assert!((sum - value).abs() < 1e-6);
        }
    }
}
