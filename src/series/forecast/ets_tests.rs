use super::super::super::Silent;
use super::super::super::golden::{number, numbers, petshop, walk, weekly};
use super::*;

const FORMS: [(&str, bool, Trend, bool); 7] = [
    ("ANN", false, Trend::None, false),
    ("AAN", false, Trend::Additive, false),
    ("AAA", false, Trend::Additive, true),
    ("AAdA", false, Trend::Damped, true),
    ("ANA", false, Trend::None, true),
    ("MAM", true, Trend::Additive, true),
    ("MNM", true, Trend::None, true),
];

/// `ETSModel(y, error, trend, damped_trend, seasonal, seasonal_periods=7).fit()`, statsmodels 0.15.0: our likelihood is as high or
/// higher, and forecasts lie within a tenth of a standard deviation.
#[test]
fn is_as_likely_as_statsmodels() {
    for (name, multiplicative, trend, seasonal) in FORMS {
        let values = if name == "ANN" { walk(80) } else { weekly(70) };
        let found = fit(&values, 7, Form { multiplicative, trend, seasonal }, &Silent).unwrap();
        let expected = number(&format!("/ets/{name}/log_likelihood"));
        assert!(found.log_likelihood > expected - 0.02, "{name}: {} < {expected}", found.log_likelihood);
        let path = found.forecast(14);
        let low = numbers(&format!("/ets/{name}/low"));
        for (h, mean) in numbers(&format!("/ets/{name}/mean")).into_iter().enumerate() {
            let deviation = (mean - low[h]) / 1.96;
            assert!((path.mean[h] - mean).abs() < 0.1 * deviation, "{name} {h}: {} is not {mean}", path.mean[h]);
            // Theirs divides by n, ours by n less the estimated numbers; theirs is simulated for relative errors.
            let n = values.len() as f64;
            let ours = (path.variance[h] * (n - found.form.count(7) as f64) / n).sqrt();
            let tolerance = if multiplicative { 0.15 } else { 0.03 };
            assert!((ours / deviation - 1.0).abs() < tolerance, "{name} {h}: {ours} is not {deviation}");
        }
    }
}

/// `ExponentialSmoothing(y[:-28], trend="add", seasonal="add", seasonal_periods=7, initialization_method="estimated").fit()` misses the last
/// 28 days of sales by 2648.85 on average, of units by 160.06, statsmodels 0.15.0.
#[test]
fn is_as_near_as_holt_winters_on_the_real_file() {
    for (column, reference) in [("sale", 2_648.849_004_751_677_5), ("quantity", 160.057_147_287_358_42)] {
        let Some(sales) = petshop(column) else { return };
        let form = Form { multiplicative: false, trend: Trend::Additive, seasonal: true };
        let (train, test) = sales.split_at(sales.len() - 28);
        let path = fit(train, 7, form, &Silent).unwrap().forecast(28);
        let miss = path.mean.iter().zip(test).map(|(a, b)| (a - b).abs()).sum::<f64>() / 28.0;
        assert!(miss < 1.005 * reference, "{miss} is worse than {reference}");
    }
}

#[test]
fn chooses_a_form_that_fits() {
    let found = choose(&weekly(140), 7, &Silent).unwrap();
    assert!(found.form.seasonal && found.form.trend != Trend::None, "{}", found.form.name());
    let found = choose(&walk(120), 7, &Silent).unwrap();
    assert!(!found.form.seasonal, "{}", found.form.name());
    assert!(matches!(choose(&[1.0, 2.0], 7, &Silent), Err(SeriesError::Model { .. })));
}

#[test]
fn spread_grows_with_the_horizon() {
    for (name, multiplicative, trend, seasonal) in FORMS {
        let path = fit(&weekly(70), 7, Form { multiplicative, trend, seasonal }, &Silent).unwrap().forecast(21);
        let scaled = |h: usize| path.variance[h] / if multiplicative { path.mean[h].powi(2) } else { 1.0 };
        assert!((1..21).all(|h| scaled(h) >= scaled(h - 1) * (1.0 - 1e-2)), "{name}");
        assert!((7..21).all(|h| scaled(h) >= scaled(h - 7) * (1.0 - 1e-9)), "{name}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(16))]
    #[test]
    fn never_panics(values in proptest::collection::vec(-1e4..1e4f64, 0..40), period in 0usize..9) {
        if let Ok(found) = choose(&values, period, &Silent) {
            let path = found.forecast(20);
            proptest::prop_assert!(path.variance.iter().all(|v| *v >= 0.0));
        }
    }
}
