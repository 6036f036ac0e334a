//! Who comes back: customers by the month of their first purchase, and how many of them buy in the months after.

use super::{Progress, SeriesError, calendar, check};
use serde::Serialize;
use std::collections::HashMap;

/// Customers whose first purchase was in one month. Lists have one number for each month from that one (0) to the last of the record.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Cohort {
    /// First day of the month.
    pub month: i32,
    /// Number of customers.
    pub size: usize,
    /// Customers with a purchase that many months later; the first is the size.
    pub active: Vec<usize>,
    /// Those as a share of the size, 0 to 1; the first is 1.
    pub retention: Vec<f64>,
    /// Sum of the amounts of that month; absent when no amounts were given.
    pub value: Option<Vec<f64>>,
    /// Sum of the amounts up to and with that month, divided by the size; absent when no amounts were given.
    pub value_per_customer: Option<Vec<f64>>,
}

/// All cohorts.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
pub struct Cohorts {
    /// One for each month from the first to the last of the record in which someone bought for the first time, ascending.
    pub cohorts: Vec<Cohort>,
    /// Share of all customers, of the cohorts that are old enough, active that many months later: sum of active divided by sum of sizes.
    pub retention: Vec<f64>,
    /// What the reader must know, as sentences.
    pub notes: Vec<String>,
}

/// Most months a record may span.
const MOST: i32 = 1_200;

/// Retention by month of first purchase. Rows are purchases in any order; a customer is counted once a month. Rows whose amount is not finite
/// count as purchases and add no value.
///
/// # Errors
///
/// When the inputs differ in length, there are no rows, the days span more than 100 years or leave the calendar, or on cancelling.
pub fn cohorts(
    customers: &[u32],
    days: &[i32],
    amounts: Option<&[f64]>,
    watch: &dyn Progress,
) -> Result<Cohorts, SeriesError> {
    same_length("customers and days", customers.len(), days.len())?;
    if let Some(amounts) = amounts {
        same_length("customers and amounts", customers.len(), amounts.len())?;
    }
    let (Some(&first_day), Some(&last_day)) = (days.iter().min(), days.iter().max()) else {
        return Err(SeriesError::TooShort { what: "retention", needed: 1, count: 0 });
    };
    let (first, last) = months(first_day, last_day)?;
    check(watch)?;
    watch.progress(0.0, "Finding first purchases");
    let month = |day: i32| calendar::month_of(day).map_or(0, |month| (month - first) as usize);
    let months: Vec<usize> = days.iter().map(|day| month(*day)).collect();
    let mut joined: HashMap<u32, usize> = HashMap::new();
    for (customer, month) in customers.iter().zip(&months) {
        joined.entry(*customer).and_modify(|first| *first = (*first).min(*month)).or_insert(*month);
    }
    check(watch)?;
    watch.progress(0.4, "Counting returns");
    let count = (last - first + 1) as usize;
    let mut sizes = vec![0_usize; count];
    for first in joined.values() {
        sizes[*first] += 1;
    }
    let mut table = Table::new(count);
    let mut visits: Vec<(u32, usize)> = customers.iter().copied().zip(months.iter().copied()).collect();
    visits.sort_unstable();
    visits.dedup();
    for (customer, month) in &visits {
        table.active[joined[customer]][month - joined[customer]] += 1;
    }
    check(watch)?;
    watch.progress(0.8, "Adding up values");
    for ((customer, month), amount) in customers.iter().zip(&months).zip(amounts.unwrap_or_default()) {
        if amount.is_finite() {
            table.value[joined[customer]][month - joined[customer]] += amount;
        }
    }
    let cohorts = (0..count)
        .filter(|index| sizes[*index] > 0)
        .filter_map(|index| {
            let start = calendar::month_start(first + index as i32)?;
            let value = amounts.map(|_| table.value[index].clone());
            Some(cohort(start, sizes[index], table.active[index].clone(), value))
        })
        .collect();
    Ok(Cohorts { retention: overall(&sizes, &table.active), cohorts, notes: notes(first_day, last_day, last) })
}

/// The same from counts: how many customers whose first purchase was in the month that starts on the first day bought in the
/// month that starts on the second. `ends` are the first and last day of the record: a last month in which nobody bought is one all
/// the same.
///
/// # Errors
///
/// When there are no counts, the months span more than 100 years or leave the calendar, or a month is before the first one.
pub fn from_counts(counts: &[(i32, i32, usize)], ends: (i32, i32)) -> Result<Cohorts, SeriesError> {
    let (Some(first_day), Some(last_day)) =
        (counts.iter().map(|count| count.0).min(), counts.iter().map(|count| count.1).max())
    else {
        return Err(SeriesError::TooShort { what: "retention", needed: 1, count: 0 });
    };
    let (first, last) = months(first_day, last_day.max(ends.1))?;
    let mut table = Table::new((last - first + 1) as usize);
    for (joined, month, count) in counts {
        let joined_month = calendar::month_of(*joined).ok_or_else(|| outside(*joined))?;
        let later = calendar::month_of(*month).ok_or_else(|| outside(*month))? - joined_month;
        let cell = usize::try_from(later)
            .ok()
            .and_then(|later| table.active.get_mut((joined_month - first) as usize)?.get_mut(later));
        *cell.ok_or_else(|| outside(*month))? += count;
    }
    let sizes: Vec<usize> = table.active.iter().map(|active| active[0]).collect();
    let cohorts = (0..sizes.len())
        .filter(|index| sizes[*index] > 0)
        .filter_map(|index| {
            let start = calendar::month_start(first + index as i32)?;
            Some(cohort(start, sizes[index], table.active[index].clone(), None))
        })
        .collect();
    Ok(Cohorts { retention: overall(&sizes, &table.active), cohorts, notes: notes(ends.0, ends.1, last) })
}

fn outside(day: i32) -> SeriesError {
    SeriesError::Parameter {
        parameter: "a day",
        allowed: "within the calendar and 100 years of the others",
        value: day.to_string(),
    }
}

/// The months of the first and the last day.
fn months(first_day: i32, last_day: i32) -> Result<(i32, i32), SeriesError> {
    let first = calendar::month_of(first_day).ok_or_else(|| outside(first_day))?;
    let last = calendar::month_of(last_day).ok_or_else(|| outside(last_day))?;
    if last - first >= MOST { Err(outside(last_day)) } else { Ok((first, last)) }
}

fn same_length(what: &'static str, left: usize, right: usize) -> Result<(), SeriesError> {
    if left == right { Ok(()) } else { Err(SeriesError::Lengths { what, left, right }) }
}

/// Numbers by cohort and months later; cohort `i` of `n` has `n - i` months.
struct Table {
    active: Vec<Vec<usize>>,
    value: Vec<Vec<f64>>,
}

impl Table {
    fn new(count: usize) -> Self {
        Self {
            active: (0..count).map(|index| vec![0; count - index]).collect(),
            value: (0..count).map(|index| vec![0.0; count - index]).collect(),
        }
    }
}

fn cohort(month: i32, size: usize, active: Vec<usize>, value: Option<Vec<f64>>) -> Cohort {
    let retention = active.iter().map(|active| *active as f64 / size as f64).collect();
    let value_per_customer = value.as_ref().map(|value| {
        let mut total = 0.0;
        let add = |value: &f64| {
            total += value;
            total / size as f64
        };
        value.iter().map(add).collect()
    });
    Cohort { month, size, active, retention, value, value_per_customer }
}

fn overall(sizes: &[usize], active: &[Vec<usize>]) -> Vec<f64> {
    let at = |later: usize| {
        let old_enough = || (0..sizes.len() - later).filter(|index| sizes[*index] > 0);
        let came: usize = old_enough().map(|index| active[index][later]).sum();
        came as f64 / old_enough().map(|index| sizes[index]).sum::<usize>() as f64
    };
    (0..sizes.len()).map(at).collect()
}

fn notes(first_day: i32, last_day: i32, last: i32) -> Vec<String> {
    let mut notes = vec![format!(
        "Customers of the first month may have bought before the record began on {}.",
        calendar::iso_date(first_day).unwrap_or_default()
    )];
    // The record may end before its last month does: then that month shows too few returns.
    if calendar::month_start(last + 1).is_some_and(|next| last_day < next - 1) {
        let end = calendar::iso_date(last_day).unwrap_or_default();
        notes.push(format!("The last month ends on {end} and is not complete: its shares are too low."));
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::super::Silent;
    use super::*;

    fn day(date: &str) -> i32 {
        date.parse::<chrono::NaiveDate>().unwrap().to_epoch_days()
    }

    fn sample() -> (Vec<u32>, Vec<i32>, Vec<f64>) {
        let rows = [
            (1, "2021-01-05", 10.0),
            (1, "2021-01-20", 5.0),
            (2, "2021-01-31", 1.0),
            (1, "2021-03-02", 4.0),
            (9, "2021-02-28", 8.0),
            (9, "2021-03-31", f64::NAN),
        ];
        let customers = rows.iter().map(|row| row.0).collect();
        (customers, rows.iter().map(|row| day(row.1)).collect(), rows.iter().map(|row| row.2).collect())
    }

    #[test]
    fn follows_customers_from_their_first_month() {
        let (customers, days, amounts) = sample();
        let found = cohorts(&customers, &days, Some(&amounts), &Silent).unwrap();
        assert_eq!(found.cohorts.len(), 2);
        let january = &found.cohorts[0];
        assert_eq!((january.month, january.size), (day("2021-01-01"), 2));
        assert_eq!((january.active.as_slice(), january.retention.as_slice()), (&[2, 0, 1][..], &[1.0, 0.0, 0.5][..]));
        assert_eq!(january.value.as_deref(), Some(&[16.0, 0.0, 4.0][..]));
        assert_eq!(january.value_per_customer.as_deref(), Some(&[8.0, 8.0, 10.0][..]));
        assert_eq!(found.cohorts[1].retention, [1.0, 1.0]);
        // One month later: none of two and one of one.
        assert_eq!(found.retention, [1.0, 1.0 / 3.0, 0.5]);
        assert_eq!(found.notes.len(), 1);
    }

    #[test]
    fn says_when_the_last_month_is_cut_short() {
        let (customers, mut days, _) = sample();
        days[5] = day("2021-03-30");
        let found = cohorts(&customers, &days, None, &Silent).unwrap();
        assert!(found.notes[1].contains("2021-03-30") && found.cohorts[0].value.is_none());
    }

    #[test]
    fn refuses_nonsense() {
        assert!(matches!(cohorts(&[], &[], None, &Silent), Err(SeriesError::TooShort { .. })));
        assert!(matches!(cohorts(&[1], &[], None, &Silent), Err(SeriesError::Lengths { .. })));
        assert!(matches!(cohorts(&[1], &[1], Some(&[]), &Silent), Err(SeriesError::Lengths { .. })));
        assert!(matches!(cohorts(&[1], &[i32::MAX], None, &Silent), Err(SeriesError::Parameter { .. })));
        assert!(matches!(cohorts(&[1, 2], &[0, 40_000], None, &Silent), Err(SeriesError::Parameter { .. })));
    }

    #[test]
    fn a_last_month_without_a_purchase_has_nobody_back() {
        let (january, february) = (day("2024-01-01"), day("2024-02-01"));
        let counts = [(january, january, 4), (january, february, 1)];
        let found = from_counts(&counts, (january, day("2024-03-31"))).unwrap();
        assert_eq!(found.cohorts[0].active, [4, 1, 0]);
        assert_eq!(found.retention, [1.0, 0.25, 0.0]);
        assert_eq!(found.notes.len(), 1, "the month is complete");
    }

    proptest::proptest! {
        #[test]
        fn every_customer_is_in_one_cohort(rows in proptest::collection::vec((0u32..20, 0i32..400), 1..80)) {
            let (customers, days): (Vec<u32>, Vec<i32>) = rows.into_iter().unzip();
            let found = cohorts(&customers, &days, None, &Silent).unwrap();
            let distinct: std::collections::HashSet<u32> = customers.iter().copied().collect();
            proptest::prop_assert_eq!(found.cohorts.iter().map(|cohort| cohort.size).sum::<usize>(), distinct.len());
            let visits: std::collections::BTreeSet<(u32, i32)> =
                customers.iter().copied().zip(days.iter().map(|day| calendar::month_of(*day).unwrap())).collect();
            let mut counts = std::collections::BTreeMap::new();
            for (customer, month) in &visits {
                let joined = visits.iter().find(|(other, _)| other == customer).unwrap().1;
                let start = |month: i32| calendar::month_start(month).unwrap();
                *counts.entry((start(joined), start(*month))).or_insert(0) += 1;
            }
            let counts: Vec<(i32, i32, usize)> = counts.into_iter().map(|((a, b), count)| (a, b, count)).collect();
            let ends = (*days.iter().min().unwrap(), *days.iter().max().unwrap());
            proptest::prop_assert_eq!(from_counts(&counts, ends).unwrap(), found.clone());
            proptest::prop_assert!(found.cohorts.iter().flat_map(|c| &c.retention).all(|r| (0.0..=1.0).contains(r)));
        }
    }
}
