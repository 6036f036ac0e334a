use super::super::golden::petshop;
use super::*;

fn day(date: &str) -> i32 {
    date.parse::<NaiveDate>().unwrap().to_epoch_days()
}

#[test]
fn sums_days_and_fills_gaps() {
    let days = [3, 1, 3, 5];
    let found = daily(&days, &[1.0, 2.0, 4.0, f64::NAN], Gaps::Zero).unwrap();
    assert_eq!((found.start, found.values.as_slice(), found.filled), (1, &[2.0, 0.0, 5.0][..], 1));
    let found = daily(&days, &[1.0, 2.0, 4.0, 8.0], Gaps::Missing).unwrap();
    assert!(found.values[1].is_nan() && found.values[3].is_nan());
    assert_eq!(found.days(), [1, 2, 3, 4, 5]);
}

#[test]
fn weeks_start_on_monday() {
    // 2021-01-03 is a Sunday of week 53 of 2020, 2021-01-04 a Monday.
    let days = [day("2021-01-03"), day("2021-01-04"), day("2021-01-10")];
    let found = regular(&days, &[1.0, 2.0, 4.0], Step::Week, Gaps::Zero).unwrap();
    assert_eq!((found.start, found.values.as_slice()), (day("2020-12-28"), &[1.0, 6.0][..]));
    assert_eq!(found.day(1), Some(day("2021-01-04")));
    let weekdays = weekdays(day("2021-01-03"), &[1.0, 2.0, f64::NAN]);
    assert_eq!((weekdays[6].sum, weekdays[0].mean, weekdays[1].days), (1.0, 2.0, 0));
    assert!(weekdays[1].mean.is_nan());
}

#[test]
fn months_follow_the_calendar() {
    let days = [day("2020-12-31"), day("2021-02-01"), day("1969-12-31")];
    let found = regular(&days[..2], &[1.0, 2.0], Step::Month, Gaps::Zero).unwrap();
    assert_eq!((found.start, found.values.as_slice()), (day("2020-12-01"), &[1.0, 0.0, 2.0][..]));
    assert_eq!(found.day(3), Some(day("2021-03-01")));
    assert_eq!(regular(&days[2..], &[1.0], Step::Month, Gaps::Zero).unwrap().start, day("1969-12-01"));
}

#[test]
fn drops_months_that_the_record_covers_in_part() {
    let days = [day("2020-12-10"), day("2021-01-15"), day("2021-02-10")];
    let found = regular(&days, &[1.0, 2.0, 4.0], Step::Month, Gaps::Zero).unwrap();
    let whole = whole_steps(&found, days[0], days[2]);
    assert_eq!((whole.start, whole.values.as_slice()), (day("2021-01-01"), &[2.0][..]));
    let one = regular(&days[..1], &[1.0], Step::Month, Gaps::Zero).unwrap();
    assert!(whole_steps(&one, days[0], days[0]).values.is_empty());
    let kept = whole_steps(&found, day("2020-12-01"), day("2021-02-28"));
    assert_eq!(kept.values.len(), 3);
}

/// `pd.Series([1, 2, 3, 4, 5]).rolling(3).mean()`, `.rolling(4, center=True).mean()`, pandas 3.1.1.
#[test]
fn moving_means_say_which_side_they_look_at() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0];
    let text = |found: Vec<f64>| format!("{found:?}");
    assert_eq!(text(moving_mean(&values, 3, Window::Trailing)), "[NaN, NaN, 2.0, 3.0, 4.0]");
    assert_eq!(text(moving_mean(&values, 3, Window::Centred)), "[NaN, 2.0, 3.0, 4.0, NaN]");
    assert_eq!(text(moving_mean(&values, 4, Window::Centred)), "[NaN, NaN, 2.5, 3.5, NaN]");
    assert_eq!(text(moving_mean(&values[..2], 7, Window::Centred)), "[NaN, NaN]");
    assert_eq!(text(moving_mean(&values[..1], 0, Window::Trailing)), "[NaN]");
}

#[test]
fn interpolates_between_neighbours() {
    let gap = f64::NAN;
    assert_eq!(interpolate(&[gap, 2.0, gap, gap, 5.0, gap]), (vec![2.0, 2.0, 3.0, 4.0, 5.0, 5.0], 4));
    assert_eq!(interpolate(&[]).1, 0);
    assert!(interpolate(&[gap]).0[0].is_nan());
}

#[test]
fn refuses_nonsense() {
    assert!(matches!(daily(&[1], &[], Gaps::Zero), Err(SeriesError::Lengths { .. })));
    assert!(matches!(daily(&[1], &[f64::NAN], Gaps::Zero), Err(SeriesError::TooShort { .. })));
    assert!(matches!(daily(&[i32::MIN, i32::MAX], &[1.0; 2], Gaps::Zero), Err(SeriesError::Parameter { .. })));
    for step in [Step::Week, Step::Month] {
        assert!(matches!(regular(&[i32::MAX], &[1.0], step, Gaps::Zero), Err(SeriesError::Parameter { .. })));
    }
}

#[test]
fn counts_the_days_of_the_pet_shop() {
    let Some(sales) = petshop("sale") else { return };
    assert_eq!(sales.len(), 374);
    assert!((sales.iter().sum::<f64>() - 1_297_522.2).abs() < 1e-6);
}
