use super::*;

/// A rising series with a week and noise that does not repeat.
fn weekly(days: u32) -> Vec<f64> {
    let noise = |day: u32| f64::from(day.wrapping_mul(2_654_435_761) >> 20) / 256.0;
    (0..days).map(|day| 100.0 + f64::from(day) * 0.5 + f64::from(day % 7) * 9.0 + noise(day)).collect()
}

fn with(method: Method, transform: Transform, differencing: Differencing) -> Choices {
    Choices { method, transform, differencing }
}

#[test]
fn every_choice_is_found_by_its_name() {
    for method in Method::ALL {
        assert_eq!(Method::parse(method.as_str()), Ok(method));
    }
    for transform in Transform::ALL {
        assert_eq!(Transform::parse(transform.as_str()), Ok(transform));
    }
    for differencing in Differencing::ALL {
        assert_eq!(Differencing::parse(differencing.as_str()), Ok(differencing));
    }
    let refused = Method::parse("fourier").unwrap_err().to_string();
    assert!(refused.contains("stl, additive, multiplicative, mstl"), "{refused}");
}

#[test]
fn parts_make_up_the_series_by_every_method() {
    let values = weekly(760);
    for method in Method::ALL {
        let found = take_apart(0, &values, with(method, Transform::None, Differencing::None));
        assert!(found.missing.is_empty(), "{:?}", found.missing);
        let parts = found.decomposition.unwrap();
        assert_eq!(parts.seasonal.len(), 1 + usize::from(method == Method::Mstl));
        let at = 400;
        let seasons = parts.seasonal.iter().map(|season| season[at]);
        let whole = if parts.form == Form::Multiplicative {
            parts.trend[at] * seasons.product::<f64>() * parts.remainder[at]
        } else {
            parts.trend[at] + seasons.sum::<f64>() + parts.remainder[at]
        };
        assert!((whole - values[at]).abs() < 1e-9, "{method:?}: {whole} {}", values[at]);
    }
}

#[test]
fn a_year_needs_two_years() {
    let found = take_apart(0, &weekly(700), with(Method::Mstl, Transform::None, Differencing::None));
    assert!(found.decomposition.is_none() && found.stationarity.is_some());
    assert!(found.missing[0].contains("730 values"), "{:?}", found.missing);
    assert!(Method::Mstl.fits(730) && !Method::Mstl.fits(729) && Method::Stl.fits(14) && !Method::Stl.fits(13));
}

#[test]
fn changes_are_tested_where_they_are_asked_for() {
    let values = weekly(200);
    let level = take_apart(10, &values, Choices::default());
    assert_eq!((level.tested_from, &level.tested), (10, &values));
    let first = take_apart(10, &values, with(Method::Stl, Transform::None, Differencing::First));
    assert_eq!((first.tested_from, first.tested.len()), (11, 199));
    assert_eq!(first.tested[0], values[1] - values[0]);
    let week = take_apart(10, &values, with(Method::Stl, Transform::None, Differencing::Weekly));
    assert_eq!((week.tested_from, week.tested.len()), (17, 193));
    assert_eq!(week.tested[0], values[7] - values[0]);
    assert_eq!(level.decomposition, week.decomposition, "parts are of the values");
    assert_ne!(level.correlogram, week.correlogram);
    assert!(level.stationarity.unwrap().kpss.p < week.stationarity.unwrap().kpss.p);
}

#[test]
fn a_power_is_found_or_refused_with_the_reason() {
    let growing: Vec<f64> = weekly(200).iter().map(|value| (value / 40.0).exp()).collect();
    let box_cox = with(Method::Stl, Transform::BoxCox, Differencing::None);
    let found = take_apart(0, &growing, box_cox);
    assert!(found.lambda.is_some_and(|lambda| lambda.abs() < 0.4), "{:?}", found.lambda);
    assert!(found.tested.iter().all(|value| value.is_finite()) && found.tested != growing);
    let mut zero = growing;
    zero[5] = 0.0;
    let refused = take_apart(0, &zero, box_cox);
    assert!(refused.decomposition.is_none() && refused.tested.is_empty() && refused.lambda.is_none());
    let expected = "The series cannot be transformed: the Box-Cox transform needs values above zero, but the smallest is 0; \
                    choose no transform.";
    assert_eq!(refused.missing, [expected]);
    let factors = take_apart(0, &zero, with(Method::Multiplicative, Transform::None, Differencing::None));
    assert!(factors.missing[0].ends_with("use the additive form."), "{:?}", factors.missing);
    assert!(factors.decomposition.is_none() && factors.stationarity.is_some());
}

#[test]
fn short_and_empty_series_are_told_apart_from_failures() {
    for values in [&[][..], &[f64::NAN; 40]] {
        let found = take_apart(0, values, Choices::default());
        assert_eq!(found.missing, ["There is no day with a value in this selection."]);
    }
    let short = take_apart(0, &[1.0, 2.0, f64::NAN, 4.0], with(Method::Stl, Transform::None, Differencing::Weekly));
    assert_eq!(short.missing.len(), 3, "{:?}", short.missing);
    assert_eq!(short.notes, ["1 of 4 days have no value and were interpolated."]);
    let constant = take_apart(0, &[3.0; 60], with(Method::Stl, Transform::BoxCox, Differencing::None));
    assert!(constant.missing[0].contains("all values are equal"), "{:?}", constant.missing);
}
