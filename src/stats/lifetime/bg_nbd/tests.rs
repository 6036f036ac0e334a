use super::super::gamma_gamma::GammaGamma;
use super::super::test_customers::{cdnow, simulated};
use super::*;

/// The estimates printed by Fader, Hardie, Lee (2005), table 2.
const PUBLISHED: BgNbd = BgNbd { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const VALUES: GammaGamma = GammaGamma { p: 6.25, q: 3.74, v: 15.44 };

fn customer(repeat_purchases: u32, last_purchase: f64, age: f64) -> CustomerSummary {
    CustomerSummary { repeat_purchases, last_purchase, age, mean_value: f64::NAN }
}

fn close(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
}

#[test]
fn the_cdnow_sample_gives_the_published_estimates() {
    let customers = cdnow();
    assert_eq!(customers.len(), 2357);
    let fit = BgNbd::fit(&customers).unwrap();
    assert!(fit.converged && !fit.undetermined);
    let BgNbd { r, alpha, a, b } = fit.model;
    for (found, published) in [(r, 0.243), (alpha, 4.414), (a, 0.793), (b, 2.426)] {
        assert!((found - published).abs() < 0.000_5, "{found} is not {published}");
    }
    assert!((fit.log_likelihood + 9582.4).abs() < 0.05, "{}", fit.log_likelihood);
    // No neighbour is better: the maximum is one to the last digits.
    for (i, factor) in (0..4).flat_map(|i| [(i, 0.999), (i, 1.001)]) {
        let mut near = [r, alpha, a, b];
        near[i] *= factor;
        let near = BgNbd { r: near[0], alpha: near[1], a: near[2], b: near[3] };
        assert!(near.log_likelihood(&customers) < fit.log_likelihood);
    }
    close(fit.model.log_likelihood(&customers), fit.log_likelihood, 1e-12);
}

/// `BetaGeoFitter.conditional_probability_alive(x, t_x, T)` and
/// `.conditional_expected_number_of_purchases_up_to_time(t, x, t_x, T)` for t = 1, 39, 520, with the published parameters;
/// Python package lifetimes 0.11.3.
#[test]
fn predictions_agree_with_lifetimes() {
    let reference = [
        (
            customer(2, 30.43, 38.86),
            0.726_578_570_080_673,
            [0.037_447_969_741_730_654, 1.226_028_174_767_135, 7.319_313_811_711_086],
        ),
        (customer(0, 0.0, 38.86), 1.0, [0.005_595_657_889_482_763, 0.195_098_052_011_253_96, 1.464_547_771_448_216_2]),
        (
            customer(29, 37.71, 38.0),
            0.969_129_518_159_339_6,
            [0.662_394_835_051_782_8, 20.052_948_986_498_027, 100.279_207_269_300_12],
        ),
        (
            customer(1, 1.71, 38.86),
            0.212_100_985_377_379_1,
            [0.006_062_951_798_283_454_5, 0.203_186_987_079_751_83, 1.307_418_450_824_353_6],
        ),
        (
            customer(7, 29.43, 38.86),
            0.641_756_345_946_107_2,
            [0.106_629_212_971_519_02, 3.337_053_274_851_357_7, 17.773_468_968_100_463],
        ),
        (
            customer(4, 26.57, 27.0),
            0.865_838_514_461_654_7,
            [0.115_889_546_487_729_44, 3.488_216_995_110_361_7, 17.486_614_016_627_794],
        ),
    ];
    for (customer, alive, purchases) in reference {
        close(PUBLISHED.probability_alive(&customer), alive, 1e-12);
        for (t, expected) in [1.0, 39.0, 520.0].into_iter().zip(purchases) {
            close(PUBLISHED.expected_purchases(t, &customer), expected, 1e-11);
        }
    }
    for (t, expected) in
        [(1.0, 0.053_267_891_171_656_27), (39.0, 1.196_723_193_320_798_5), (520.0, 4.974_617_861_849_564)]
    {
        close(PUBLISHED.expected_of_new_customer(t), expected, 1e-11);
    }
}

/// Equation 10 with `mpmath.hyp2f1` at 50 digits (mpmath 1.4), where doubles would cancel, overflow or divide by zero.
#[test]
fn expectations_hold_where_the_published_form_cancels() {
    let reference = [
        ([0.243, 4.414, 1.000_000_1, 2.426], customer(2, 30.43, 38.86), 39.0, 1.102_136_731_416_906_8),
        ([5.0, 1.0, 3.0, 0.5], customer(0, 0.0, 2.0), 1000.0, 1.249_999_295_812_921_5),
        ([0.5, 10.0, 0.02, 7.0], customer(400, 300.0, 301.0), 52.0, 66.847_945_363_002_45),
        ([40.0, 2.0, 2.5, 0.3], customer(300, 99.0, 100.0), 365.0, 148.123_015_932_199_7),
        ([0.243, 4.414, 0.793, 2.426], customer(2, 30.43, 38.86), 1e-9, 3.766_039_036_561_609e-11),
        ([0.05, 1e-3, 8.0, 0.1], customer(1, 5.0, 30.0), 365.0, 0.002_027_879_557_006_562_8),
        ([2.0, 3.0, 1e-4, 1e4], customer(900, 500.0, 501.0), 300.0, 536.903_429_827_247),
    ];
    for ([r, alpha, a, b], customer, t, expected) in reference {
        close(BgNbd { r, alpha, a, b }.expected_purchases(t, &customer), expected, 1e-11);
    }
    // At a = 1 the published form is 0 / 0; the neighbours show the value.
    let at = |a| BgNbd { a, ..PUBLISHED }.expected_of_new_customer(39.0);
    close(at(1.0), f64::midpoint(at(0.999), at(1.001)), 1e-6);
}

#[test]
fn planted_parameters_are_found() {
    for (seed, planted) in [
        (1, BgNbd { r: 0.8, alpha: 6.0, a: 0.6, b: 3.0 }),
        (2, BgNbd { r: 3.0, alpha: 20.0, a: 1.5, b: 2.0 }),
        (3, BgNbd { r: 0.3, alpha: 2.0, a: 0.2, b: 5.0 }),
    ] {
        let customers = simulated(20_000, (26.0, 104.0), &planted, &VALUES, seed);
        let fit = BgNbd::fit(&customers).unwrap();
        assert!(fit.converged && fit.log_likelihood >= planted.log_likelihood(&customers), "{fit:?}");
        let found = fit.model;
        close(found.r, planted.r, 0.1);
        close(found.alpha, planted.alpha, 0.1);
        // a and b are only known well together.
        close(found.a / (found.a + found.b), planted.a / (planted.a + planted.b), 0.1);
        close(found.expected_of_new_customer(52.0), planted.expected_of_new_customer(52.0), 0.03);
    }
}

#[test]
fn the_unit_of_time_does_not_matter() {
    let weeks = cdnow();
    let days: Vec<_> = weeks
        .iter()
        .map(|c| CustomerSummary { last_purchase: c.last_purchase * 7.0, age: c.age * 7.0, ..*c })
        .collect();
    let (weeks, days) = (BgNbd::fit(&weeks).unwrap().model, BgNbd::fit(&days).unwrap().model);
    close(days.alpha, 7.0 * weeks.alpha, 1e-6);
    close(days.r, weeks.r, 1e-6);
    close(days.expected_of_new_customer(70.0), weeks.expected_of_new_customer(10.0), 1e-7);
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let customers = simulated(20_000, (26.0, 104.0), &PUBLISHED, &VALUES, 7);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| BgNbd::fit(&customers).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn customers_who_never_leave_do_not_determine_how_they_leave() {
    // All buy until the very end, so that the probability of leaving tends to 0.
    let customers: Vec<_> = (0..500_u32).map(|i| customer(1 + i % 40, 49.9, 50.0)).collect();
    let fit = BgNbd::fit(&customers).unwrap();
    assert!(fit.undetermined, "{fit:?}");
    assert!(fit.model.probability_alive(&customers[3]) > 0.99);
}

#[test]
fn impossible_customers_are_refused() {
    let good = customer(2, 5.0, 9.0);
    let refused = |other| BgNbd::fit(&[good, other]).unwrap_err();
    assert_eq!(refused(customer(2, 5.0, 0.0)), LifetimeError::NoAge { customer: 1, age: 0.0 });
    assert_eq!(refused(customer(2, 5.0, f64::NAN)), LifetimeError::NotFinite { customer: 1 });
    assert_eq!(refused(customer(2, f64::NAN, 9.0)), LifetimeError::NotFinite { customer: 1 });
    let late = LifetimeError::LastPurchase { customer: 1, last_purchase: 9.5, age: 9.0 };
    assert_eq!(refused(customer(2, 9.5, 9.0)), late);
    assert_eq!(late.to_string(), "the last purchase of customer 2 is at 9.5, outside 0 to its age 9");
    assert!(matches!(refused(customer(2, -1.0, 9.0)), LifetimeError::LastPurchase { .. }));
    assert_eq!(BgNbd::fit(&[]), Err(LifetimeError::TooFewCustomers { count: 0 }));
    assert_eq!(BgNbd::fit(&[good]), Err(LifetimeError::TooFewCustomers { count: 1 }));
    assert_eq!(BgNbd::fit(&[customer(0, 0.0, 9.0); 5]), Err(LifetimeError::NoRepeatPurchases));
}

#[test]
fn odd_customers_do_no_harm() {
    let odd = [
        customer(u32::MAX, 1e-300, 1e300),
        customer(1, 0.0, 1e-300),
        customer(0, f64::NAN, 1.0),
        customer(3, 2.0, 2.0),
    ];
    let fit = BgNbd::fit(&odd).unwrap();
    assert!(fit.log_likelihood.is_finite(), "{fit:?}");
    for customer in &odd {
        assert!((0.0..=1.0).contains(&fit.model.probability_alive(customer)));
        assert!(fit.model.expected_purchases(1e12, customer) >= 0.0);
    }
    let bad = BgNbd { a: 0.0, ..PUBLISHED };
    assert!(bad.expected_of_new_customer(1.0).is_nan() && bad.log_likelihood(&odd).is_nan());
    assert!(
        PUBLISHED.expected_of_new_customer(-1.0).is_nan() && PUBLISHED.expected_of_new_customer(f64::INFINITY).is_nan()
    );
    assert!(PUBLISHED.probability_alive(&customer(1, 3.0, 2.0)).is_nan());
    let busy = customer(4_000_000_000, 1.0, 1.0);
    assert!(BgNbd { a: 1e-4, b: 1e4, ..PUBLISHED }.expected_purchases(1e3, &busy) <= 100_000.0);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]
    #[test]
    fn predictions_are_in_range_and_ordered(
        r in 0.01..20.0f64, alpha in 0.01..100.0f64, a in 0.01..20.0f64, b in 0.01..20.0f64,
        x in 1..200u32, share in 0.0..1.0f64, age in 0.1..500.0f64, t in 0.01..500.0f64,
    ) {
        let model = BgNbd { r, alpha, a, b };
        let early = customer(x, share * age, age);
        let late = customer(x, (share * age).midpoint(age), age);
        let (alive, alive_late) = (model.probability_alive(&early), model.probability_alive(&late));
        proptest::prop_assert!((0.0..=1.0).contains(&alive));
        proptest::prop_assert!(alive <= alive_late);
        let (soon, later) = (model.expected_purchases(t, &early), model.expected_purchases(2.0 * t, &early));
        proptest::prop_assert!(soon >= 0.0 && soon <= later);
        // Nobody is expected to buy more often than without leaving.
        proptest::prop_assert!(soon <= (r + f64::from(x)) / (alpha + age) * t * (1.0 + 1e-9));
    }
}
