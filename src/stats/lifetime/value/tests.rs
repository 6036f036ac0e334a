use super::super::test_customers::cdnow;
use super::*;

/// A month in weeks.
const MONTH: f64 = DAYS_PER_MONTH / 7.0;

fn horizon(monthly_discount: f64) -> Horizon {
    Horizon { month: MONTH, monthly_discount, ..Horizon::default() }
}

#[test]
fn without_discount_value_is_purchases_times_value() {
    let customers = cdnow();
    let lifetime = Lifetime::fit(&customers, horizon(0.0)).unwrap();
    assert_eq!(lifetime.customers.len(), customers.len());
    for (customer, found) in customers.iter().zip(&lifetime.customers) {
        assert_eq!(found.lifetime_value, found.expected_purchases * found.expected_value);
        assert_eq!(found.expected_purchases, lifetime.purchases.model.expected_purchases(12.0 * MONTH, customer));
    }
    // `d.x.corr(d.zbar)` of the repeat customers, pandas: below the rule of thumb, so nothing is doubted.
    assert!((lifetime.correlation - 0.113_884).abs() < 1e-6);
    assert_eq!(lifetime.warnings, []);
}

#[test]
fn a_discount_takes_something_off() {
    let (free, discounted) =
        (Lifetime::fit(&cdnow(), horizon(0.0)).unwrap(), Lifetime::fit(&cdnow(), horizon(0.01)).unwrap());
    for (free, discounted) in free.customers.iter().zip(&discounted.customers) {
        let share = discounted.lifetime_value / free.lifetime_value;
        // Purchases thin out with time, so the mean discount is a little less than that of 6.5 months.
        assert!(share > 1.01f64.powf(-6.5) && share < 1.01f64.powf(-5.0), "{share}");
        assert_eq!(free.expected_purchases, discounted.expected_purchases);
    }
}

#[test]
fn correlated_values_and_heavy_tails_are_doubted() {
    let mut customers = cdnow();
    for customer in &mut customers {
        customer.mean_value *= f64::from(1 + customer.repeat_purchases);
    }
    let lifetime = Lifetime::fit(&customers, horizon(0.0)).unwrap();
    assert!(matches!(lifetime.warnings[0], Warning::ValueDependsOnFrequency { correlation } if correlation > 0.5));
    assert!(lifetime.warnings[0].to_string().starts_with("Customers who buy more often spend more"));
    for (i, customer) in customers.iter_mut().enumerate() {
        customer.mean_value = (((i * 7919) % 2357) as f64 / 100.0).exp();
    }
    let lifetime = Lifetime::fit(&customers, horizon(0.0)).unwrap();
    assert!(lifetime.warnings.iter().any(|warning| matches!(warning, Warning::NoMeanValue { .. })), "{lifetime:?}");
    assert!(lifetime.customers.iter().all(|customer| customer.lifetime_value.is_finite()));
}

#[test]
fn impossible_horizons_are_refused() {
    let customers = cdnow();
    let refused = |horizon| Lifetime::fit(&customers, horizon).unwrap_err();
    let good = Horizon::default();
    for bad in [
        Horizon { months: 0, ..good },
        Horizon { months: 1201, ..good },
        Horizon { month: 0.0, ..good },
        Horizon { month: f64::NAN, ..good },
        Horizon { monthly_discount: -0.1, ..good },
        Horizon { monthly_discount: f64::INFINITY, ..good },
    ] {
        assert_eq!(refused(bad), LifetimeError::Horizon);
    }
}

#[test]
fn a_customer_that_cannot_be_has_no_value() {
    let lifetime = Lifetime::fit(&cdnow(), horizon(0.01)).unwrap();
    let bad = CustomerSummary { repeat_purchases: 1, last_purchase: 9.0, age: 3.0, mean_value: 5.0 };
    let found = lifetime.predict(&bad);
    assert!(found.probability_alive.is_nan() && found.expected_purchases.is_nan());
    assert!(found.expected_value.is_nan() && found.lifetime_value.is_nan());
}

#[test]
fn a_fit_survives_json() {
    let mut lifetime = Lifetime::fit(&cdnow(), horizon(0.0)).unwrap();
    lifetime.warnings = vec![Warning::NotConverged, Warning::NoMeanValue { q: 0.5 }];
    lifetime.customers.truncate(3);
    let json = serde_json::to_string(&lifetime).unwrap();
    let back: Lifetime = serde_json::from_str(&json).unwrap();
    assert_eq!(back.warnings, lifetime.warnings);
    assert_eq!(back.customers.len(), 3);
}
