use super::super::super::Silent;
use super::super::super::golden::{autoregressive, noise, number, numbers, petshop, walk, weekly};
use super::super::search::choose;
use super::*;

const NONE: Orders = Orders { p: 0, d: 0, q: 0, seasonal_p: 0, seasonal_d: 0, seasonal_q: 0, constant: false };

/// `SARIMAX(y, order, seasonal_order, trend, simple_differencing=True).fit(method="powell")`, and forecasts of the same model with
/// differencing inside, statsmodels 0.15.0.
#[test]
fn agrees_with_statsmodels() {
    let cases = [
        ("seasonal", weekly(70), Orders { p: 1, seasonal_d: 1, seasonal_q: 1, ..NONE }),
        ("walk", walk(80), Orders { d: 1, q: 1, ..NONE }),
        ("autoregressive", autoregressive(90), Orders { p: 1, constant: true, ..NONE }),
    ];
    for (name, values, orders) in cases {
        let found = fit(&values, 7, orders, &Silent).unwrap();
        let expected = number(&format!("/arima/{name}/log_likelihood"));
        assert!((found.log_likelihood - expected).abs() < 1e-4, "{name}: {} is not {expected}", found.log_likelihood);
        let path = found.forecast(&values, 14);
        let low = numbers(&format!("/arima/{name}/low"));
        let n = (values.len() - orders.d - 7 * orders.seasonal_d) as f64;
        for (h, mean) in numbers(&format!("/arima/{name}/mean")).into_iter().enumerate() {
            let deviation = (mean - low[h]) / 1.959_963_984_540_054;
            assert!((path.mean[h] - mean).abs() < 0.01 * deviation, "{name} {h}: {} is not {mean}", path.mean[h]);
            // Theirs divides by n, ours by n less the estimated coefficients.
            let ours = (path.variance[h] * (n - orders.count() as f64) / n).sqrt();
            assert!((ours / deviation - 1.0).abs() < 0.01, "{name} {h}: {ours} is not {deviation}");
        }
    }
}

/// `SARIMAX(sales, order=(1, 0, 1), seasonal_order=(1, 1, 2, 7), simple_differencing=True)`, statsmodels 0.15.0: its optimiser stops at a
/// log-likelihood of -3301.041, and at our coefficients it computes -3300.6256.
#[test]
fn agrees_on_the_real_file() {
    let Some(sales) = petshop("sale") else { return };
    let orders = Orders { p: 1, q: 1, seasonal_p: 1, seasonal_d: 1, seasonal_q: 2, ..NONE };
    let found = fit(&sales, 7, orders, &Silent).unwrap();
    assert!((found.log_likelihood + 3_300.625_63).abs() < 1e-3, "{}", found.log_likelihood);
}

#[test]
fn finds_the_orders_that_made_a_series() {
    let found = choose(&walk(80), 7, &Silent).unwrap();
    assert_eq!((found.d, found.seasonal_d), (1, 0), "{}", found.name(7));
    let found = choose(&weekly(140), 7, &Silent).unwrap();
    assert_eq!((found.d, found.seasonal_d), (0, 1), "{}", found.name(7));
    let mut x = 0.0;
    let memory: Vec<f64> = noise(400, 31)
        .iter()
        .map(|u| {
            x = 0.7 * x + u - 0.5;
            x + 9.0
        })
        .collect();
    let found = choose(&memory, 7, &Silent).unwrap();
    assert!(found.constant && found.d == 0 && found.p + found.q >= 1, "{}", found.name(7));
    assert_eq!(choose(&[1.0, 2.0], 7, &Silent).unwrap().count(), 1);
}

#[test]
fn a_random_walk_spreads_with_the_root_of_the_horizon() {
    let values = walk(80);
    let path = fit(&values, 7, Orders { d: 1, ..NONE }, &Silent).unwrap().forecast(&values, 9);
    assert!(path.mean.iter().all(|mean| mean == &values[79]));
    assert!((path.variance[8] / path.variance[0] - 9.0).abs() < 1e-9);
}

#[test]
fn refuses_what_cannot_be_fitted() {
    let one = Orders { p: 1, ..NONE };
    assert!(matches!(fit(&[1.0, 2.0], 7, one, &Silent), Err(SeriesError::TooShort { .. })));
    assert!(matches!(fit(&[1.0; 20], 7, one, &Silent), Err(SeriesError::Constant { .. })));
    assert_eq!(Orders { p: 1, seasonal_d: 1, constant: true, ..NONE }.name(7), "ARIMA(1,0,0)(0,1,0)[7] with drift");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
    #[test]
    fn never_panics(values in proptest::collection::vec(-1e4..1e4f64, 0..50), period in 0usize..9) {
        if let Ok(orders) = choose(&values, period, &Silent)
            && let Ok(found) = fit(&values, period, orders, &Silent)
        {
            let path = found.forecast(&values, 12);
            proptest::prop_assert!(path.variance.windows(2).all(|pair| pair[1] >= pair[0]));
        }
    }
}
