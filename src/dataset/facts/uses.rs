//! Things that are handed out and used later: which were used, when, and what that says of a customer.

use super::features::FeatureColumn;
use super::{FactDimension, Facts, UNKNOWN};
use crate::dataset::customers::humanise;
use crate::dataset::dates;
use crate::dataset::manifest::{ColumnSpec, Role, StatusSource};

/// The day of what did not happen or is not known.
pub(super) const NO_DAY: i32 = i32::MIN;

/// Which rows are of things that were used.
#[derive(Debug, Clone)]
pub struct Uses {
    /// The dimension that holds the status.
    pub status: String,
    /// What one of the things is called.
    pub thing: String,
    /// What a used one is said to be.
    pub word: String,
    /// Whether the thing of each row was used.
    pub is_used: Vec<bool>,
    /// Days from the fact to the use; [`NO_DAY`] for what was not used, has no day of use, or has one before the fact.
    waited: Vec<i32>,
    /// Uses that are dated before their fact.
    impossible: usize,
    /// Values that mean used and do not occur.
    absent: Vec<String>,
}

impl Uses {
    /// `None` when the status is no dimension. `used_on` is empty when days of use are not known.
    pub(super) fn new(
        source: &StatusSource,
        dimensions: &[FactDimension],
        day: &[i32],
        used_on: Vec<i32>,
    ) -> Option<Self> {
        let dimension = dimensions.iter().find(|dimension| dimension.name == source.column)?;
        let means_used: Vec<bool> = dimension.names.iter().map(|name| source.used.contains(name)).collect();
        let is_used: Vec<bool> =
            dimension.codes.iter().map(|code| means_used.get(*code as usize).copied().unwrap_or(false)).collect();
        let mut impossible = 0;
        let mut waited = used_on;
        for (row, used_on) in waited.iter_mut().enumerate() {
            if *used_on == NO_DAY || !is_used[row] {
                *used_on = NO_DAY;
                continue;
            }
            *used_on -= day[row];
            if *used_on < 0 {
                *used_on = NO_DAY;
                impossible += 1;
            }
        }
        let (status, thing, word) = (source.column.clone(), source.thing.clone(), source.word.clone());
        let absent = source.used.iter().filter(|value| !dimension.names.contains(value)).cloned().collect();
        Some(Self { status, thing, word, is_used, waited, impossible, absent })
    }

    /// What is worth telling of the status and the days of use.
    pub(super) fn notes(&self) -> Vec<String> {
        let Self { impossible, absent, status, thing, word, .. } = self;
        let mut notes = Vec::new();
        if *impossible > 0 {
            notes.push(format!("{impossible} rows say that the {thing} was {word} before it was handed out; how long that took is not counted for them."));
        }
        if !absent.is_empty() {
            notes.push(format!(
                "Of the values of {status} that mean {word}, these do not occur: {}.",
                absent.join(", ")
            ));
        }
        notes
    }

    /// Days from the fact of a row to the use; `None` when that is not known.
    #[must_use]
    pub fn waited(&self, row: usize) -> Option<i32> {
        self.waited.get(row).copied().filter(|days| *days != NO_DAY)
    }

    /// Whether the day of a use is known for some row.
    #[must_use]
    pub fn has_waits(&self) -> bool {
        self.waited.iter().any(|days| *days != NO_DAY)
    }

    /// What the uses say of each buyer; missing for a buyer without a known order.
    pub(super) fn features(&self, facts: &Facts) -> Vec<FeatureColumn> {
        let mut tallies = vec![Tally::default(); facts.buyers.len()];
        for row in 0..facts.len() {
            if facts.order[row] == UNKNOWN {
                continue;
            }
            if let Some(tally) = tallies.get_mut(facts.buyer[row] as usize) {
                tally.add(dates::month_start(facts.day[row]), self.is_used[row], self.waited(row));
            }
        }
        let column = |name: &str, of: fn(&Tally) -> f64| {
            let value = |tally: &Tally| if tally.rows == 0 { f64::NAN } else { of(tally) };
            FeatureColumn::Number(name.to_owned(), tallies.iter().map(value).collect())
        };
        let mut columns = vec![
            column("uses", |tally| f64::from(tally.uses)),
            column("use_rate", |tally| f64::from(tally.uses) / f64::from(tally.rows)),
            column("active_months", |tally| f64::from(tally.months)),
        ];
        if self.has_waits() {
            columns.push(column("days_to_use", |tally| tally.days as f64 / f64::from(tally.dated)));
        }
        columns
    }
}

/// What is counted of a buyer.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    rows: u32,
    uses: u32,
    /// Uses whose wait is known, and their days together.
    dated: u32,
    days: i64,
    months: u32,
    last_month: Option<i32>,
}

impl Tally {
    /// Rows come by day, so a month that is not the last one is new.
    fn add(&mut self, month: i32, is_used: bool, waited: Option<i32>) {
        self.rows += 1;
        self.uses += u32::from(is_used);
        if let Some(days) = waited {
            self.dated += 1;
            self.days += i64::from(days);
        }
        if self.last_month != Some(month) {
            self.last_month = Some(month);
            self.months += 1;
        }
    }
}

/// What is known of a feature of uses.
pub(super) fn spec(name: &str, source: &StatusSource) -> Option<ColumnSpec> {
    let StatusSource { thing, word, .. } = source;
    let (label, unit, description) = match name {
        "uses" => (format!("{thing}s {word}"), None, format!("Number of {thing}s that were {word}.")),
        "use_rate" => (format!("Share {word}"), None, format!("Share of the {thing}s that were {word}, 0 to 1.")),
        "active_months" => ("Active months".to_owned(), Some("months"), format!("Calendar months with a {thing}.")),
        "days_to_use" => (
            format!("Days until {word}"),
            Some("days"),
            format!("Mean days from a {thing} to its use; missing for those who used none."),
        ),
        _ => return None,
    };
    Some(ColumnSpec {
        role: Some(Role::Numeric),
        label: Some(humanise(&label)),
        unit: unit.map(str::to_owned),
        description: Some(description),
        ..ColumnSpec::default()
    })
}

#[cfg(test)]
mod tests {
    use crate::dataset::load;

    const FACTS: &str = "id,day,status,used\n\
        a,2024-01-05,burned,2024-01-09\na,2024-01-20,claimed,\na,2024-03-02,burnt,2024-03-02\n\
        b,2024-02-01,burned,2024-01-01\nb,2024-02-03,burned,\nc,2024-02-01,claimed,2024-02-09\n";

    const MANIFEST: &str = "title='t'\n[[table]]\nfile='facts.csv'\n[facts]\ntable='facts'\ncustomer='id'\ntime='day'\n\
        [facts.status]\ncolumn='status'\nused=['burned','burnt']\ntime='used'\nword='burned'\n\
        [segmentation]\nvalue='frequency'\nfeatures=['frequency','uses']\n";

    fn shop(manifest: &str) -> Result<crate::dataset::Dataset, String> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("facts.csv"), FACTS).unwrap();
        std::fs::write(folder.path().join("dataset.toml"), manifest).unwrap();
        load(folder.path()).map_err(|error| error.to_string())
    }

    #[test]
    fn uses_are_counted_by_customer_and_impossible_days_are_told() {
        let shop = shop(MANIFEST).unwrap();
        let numbers = |name: &str| shop.customers.numbers(name).unwrap_or_else(|| panic!("no {name}")).to_vec();
        assert_eq!(numbers("frequency"), [3.0, 2.0, 1.0]);
        assert_eq!(numbers("uses"), [2.0, 2.0, 0.0]);
        assert_eq!(numbers("use_rate"), [2.0 / 3.0, 1.0, 0.0]);
        assert_eq!(numbers("active_months"), [2.0, 1.0, 1.0]);
        let days = numbers("days_to_use");
        assert_eq!(days[0], 2.0, "four days and none");
        assert!(days[1].is_nan() && days[2].is_nan(), "one impossible, one unknown; not used");
        assert!(shop.customers.column("monetary").is_none(), "there is no money");
        let facts = shop.facts.as_ref().unwrap();
        assert!(!facts.has_amounts && facts.dimension("status").is_some());
        assert!(facts.ledger.notes.iter().any(|note| note.starts_with("1 rows say that the coupon was burned before")));
        assert!(facts.ledger.reconciles());
        let uses = shop.customers.column("uses").unwrap();
        assert_eq!(uses.label, "Coupons burned");
    }

    #[test]
    fn a_status_that_cannot_be_used_is_refused() {
        let notes = shop(&MANIFEST.replace("'burnt']", "'spent']")).unwrap().facts.unwrap().ledger.notes;
        assert!(
            notes.contains(&"Of the values of status that mean burned, these do not occur: spent.".to_owned()),
            "{notes:?}"
        );
        for (from, to, expected) in [
            ("used=['burned','burnt']", "used=[]", "facts.status.used: expected the values that mean used"),
            ("column='status'", "column='state'", "there is no column \"state\""),
            ("time='used'", "time='when'", "facts.status.time: there is no column \"when\""),
        ] {
            let message = shop(&MANIFEST.replace(from, to)).unwrap_err();
            assert!(message.contains(expected), "{message}");
        }
    }
}
