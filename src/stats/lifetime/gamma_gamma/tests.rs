use super::super::bg_nbd::BgNbd;
use super::super::test_customers::{cdnow, simulated};
use super::*;

/// The estimates printed in the note of Fader and Hardie (2013).
const PUBLISHED: GammaGamma = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };

fn spender(repeat_purchases: u32, mean_value: f64) -> CustomerSummary {
    CustomerSummary { repeat_purchases, last_purchase: 1.0, age: 2.0, mean_value }
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

#[test]
fn the_cdnow_sample_gives_the_published_estimates() {
    let customers = cdnow();
    let fit = GammaGamma::fit(&customers).unwrap();
    assert!(fit.converged && !fit.undetermined);
    assert_eq!((fit.customers, fit.left_out), (946, 0));
    let GammaGamma { p, q, v } = fit.model;
    for (found, published) in [(p, 6.25), (q, 3.74), (v, 15.44)] {
        assert!((found - published).abs() < 0.01, "{found} is not {published}");
    }
    // `GammaGammaFitter().fit(...)._negative_log_likelihood_` times 946 customers, lifetimes 0.11.3.
    close(fit.log_likelihood, -4_055.923_243_502_864_4, 1e-6);
    assert!(fit.log_likelihood >= PUBLISHED.log_likelihood(&customers));
}

/// `GammaGammaFitter.conditional_expected_average_profit(x, zbar)` with the published parameters, lifetimes 0.11.3.
#[test]
fn expected_values_agree_with_lifetimes() {
    close(PUBLISHED.mean_value(), 35.218_978_102_189_78, 1e-13);
    for (x, mean, expected) in [
        (0, 0.0, 35.218_978_102_189_78),
        (2, 22.35, 24.663_713_910_761_157),
        (1, 11.77, 18.916_852_057_842_05),
        (10, 100.0, 97.279_276_517_473_95),
        (29, 40.0, 39.928_800_478_286_76),
    ] {
        close(PUBLISHED.expected_value(x, mean), expected, 1e-13);
    }
}

#[test]
fn derivatives_agree_with_differences() {
    let spenders = Spenders::new(&cdnow());
    for at in [[6.25, 3.74, 15.44], [0.3, 0.8, 200.0]] {
        let (_, gradient) = spenders.mean(at);
        for i in 0..3 {
            let moved = |by: f64| {
                let mut there = at;
                there[i] *= by.exp();
                spenders.mean(there).0
            };
            close(gradient[i], (moved(1e-5) - moved(-1e-5)) / 2e-5, 1e-5);
        }
    }
}

#[test]
fn planted_parameters_are_found() {
    let purchases = BgNbd { r: 1.0, alpha: 5.0, a: 0.5, b: 4.0 };
    for (seed, planted) in [(1, PUBLISHED), (2, GammaGamma { p: 1.2, q: 8.0, v: 300.0 })] {
        let fit = GammaGamma::fit(&simulated(20_000, (26.0, 104.0), &purchases, &planted, seed)).unwrap();
        assert!(fit.converged);
        close(fit.model.p, planted.p, 0.1);
        close(fit.model.q, planted.q, 0.1);
        close(fit.model.mean_value(), planted.mean_value(), 0.02);
    }
}

#[test]
fn the_currency_does_not_matter() {
    let dollars = cdnow();
    let cents: Vec<_> = dollars.iter().map(|c| CustomerSummary { mean_value: c.mean_value * 100.0, ..*c }).collect();
    let (dollars, cents) = (GammaGamma::fit(&dollars).unwrap().model, GammaGamma::fit(&cents).unwrap().model);
    close(cents.p, dollars.p, 1e-6);
    close(cents.v, 100.0 * dollars.v, 1e-6);
}

#[test]
fn customers_without_a_value_are_left_out() {
    let odd = [spender(0, 50.0), spender(3, -4.0), spender(2, f64::NAN), spender(5, 0.0), spender(1, f64::INFINITY)];
    let customers = [cdnow(), odd.to_vec()].concat();
    let fit = GammaGamma::fit(&customers).unwrap();
    assert_eq!((fit.customers, fit.left_out), (946, 4));
    assert_eq!(fit.model, GammaGamma::fit(&cdnow()).unwrap().model);
    for c in odd {
        assert_eq!(fit.model.expected_value(c.repeat_purchases, c.mean_value), fit.model.mean_value());
    }
}

#[test]
fn what_has_no_distribution_is_refused() {
    assert_eq!(GammaGamma::fit(&[]), Err(LifetimeError::TooFewValues { count: 0 }));
    assert_eq!(GammaGamma::fit(&[spender(2, 9.0), spender(0, 3.0)]), Err(LifetimeError::TooFewValues { count: 1 }));
    assert_eq!(GammaGamma::fit(&[spender(2, 9.0), spender(1, 9.0)]), Err(LifetimeError::EqualValues { value: 9.0 }));
    let extreme = [spender(u32::MAX, 1e-300), spender(1, 1e300), spender(2, 1.0)];
    assert!(GammaGamma::fit(&extreme).is_ok());
}

#[test]
fn a_heavy_tail_has_no_mean() {
    let heavy = GammaGamma { p: 0.3, q: 0.5, v: 10.0 };
    assert!(heavy.mean_value().is_nan() && heavy.expected_value(1, 20.0).is_nan());
    assert!(heavy.expected_value(4, 20.0) > 0.0);
    assert!(GammaGamma { p: f64::NAN, ..PUBLISHED }.expected_value(3, 5.0).is_nan());
    assert_eq!(PUBLISHED.log_likelihood(&[]), 0.0);
}

proptest::proptest! {
    #[test]
    fn more_purchases_bring_the_expectation_nearer_the_own_mean(
        p in 0.1..50.0f64, q in 1.1..50.0f64, v in 0.1..1e4f64, x in 1..1000u32, mean in 0.01..1e5f64,
    ) {
        let model = GammaGamma { p, q, v };
        let (all, now, later) = (model.mean_value(), model.expected_value(x, mean), model.expected_value(x + 1, mean));
        let slack = 1e-9 * (all + mean);
        proptest::prop_assert!(now >= all.min(mean) - slack && now <= all.max(mean) + slack);
        proptest::prop_assert!((later - mean).abs() <= (now - mean).abs() + slack);
    }
}
