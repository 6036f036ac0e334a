//! Things that are handed out and used later: which were used, when, and what that says of a customer.

use super::FactDimension;
use crate::dataset::manifest::StatusSource;

/// The day of what did not happen or is not known.
pub(in crate::dataset) const NO_DAY: i32 = i32::MIN;

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
    pub(in crate::dataset) fn new(
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
    pub(in crate::dataset) fn notes(&self) -> Vec<String> {
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
}

#[cfg(test)]
mod tests {
    use crate::dataset::load::load;

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
